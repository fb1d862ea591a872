//! `trap [action] [signal …]`: EXIT and the signals that there are run their action; ERR, DEBUG and others are kept and shown.

use super::quote_always;
use crate::shell::{Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let rest: Vec<&String> = words[1..].iter().filter(|word| *word != "--" && *word != "-p").collect();
        if rest.is_empty() {
            let line = |(name, action): (&String, &String)| {
                let signal = if name == "EXIT" || name == "ERR" { name.clone() } else { format!("SIG{name}") };
                format!("trap -- {} {signal}\n", quote_always(action))
            };
            let text: String = shell.state.traps.iter().map(line).collect();
            return Ok(shell.print("trap", text.as_bytes()).await);
        }
        let (action, signals) = if rest.len() == 1 { ("-", &rest[..]) } else { (rest[0].as_str(), &rest[1..]) };
        let mut status = 0;
        for signal in signals {
            let upper = signal.to_ascii_uppercase();
            let name = match upper.strip_prefix("SIG").unwrap_or(&upper) {
                "0" => "EXIT".to_owned(),
                name => crate::Signal::parse(name).map_or_else(|| name.to_owned(), |signal| signal.name().to_owned()),
            };
            let known = [
                "EXIT", "ERR", "DEBUG", "RETURN", "HUP", "INT", "QUIT", "KILL", "PIPE", "TERM", "USR1", "USR2", "CHLD",
                "WINCH", "ALRM",
            ];
            if !known.contains(&name.as_str()) {
                status = shell.builtin_error("trap", &format!("{signal}: invalid signal specification"), 1).await;
            } else {
                if let Some(signal) = crate::Signal::parse(&name) {
                    shell.process.set_handles(signal, action != "-");
                }
                if action == "-" {
                    shell.state.traps.remove(&name);
                } else {
                    shell.state.traps.insert(name, action.to_owned());
                }
            }
        }
        Ok(status)
    })
}
