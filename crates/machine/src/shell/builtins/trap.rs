//! `trap [-lp] [[action] signal …]`

use super::quote_always;
use crate::Signal;
use crate::shell::{Flavour, Run, Shell};

/// What is no signal, and where it stands in the list: `EXIT` is number 0, the others come last.
const EVENTS: [&str; 4] = ["EXIT", "DEBUG", "ERR", "RETURN"];

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let mut rest = &words[1..];
        let mut print = rest.is_empty();
        let bash = shell.state.flavour == Flavour::Bash;
        while let Some(flag) = rest.first().filter(|word| word.len() > 1 && word.starts_with('-')) {
            rest = &rest[1..];
            match flag.as_str() {
                "--" => break,
                "-p" if bash => print = true,
                "-l" if bash => return Ok(shell.print("trap", Signal::table().as_bytes()).await),
                other => {
                    let other = other.chars().nth(1).unwrap_or('-');
                    match shell.state.flavour {
                        Flavour::Bash => {
                            shell.builtin_error("trap", &format!("-{other}: invalid option"), 2).await;
                            usage(shell).await;
                        }
                        Flavour::Dash => _ = shell.builtin_error("trap", &format!("Illegal option -{other}"), 2).await,
                        Flavour::Ash => {
                            shell.builtin_error("trap", &format!("{other}: invalid signal specification"), 1).await;
                        }
                    }
                    return Ok(2);
                }
            }
        }
        if print {
            let (mut wanted, mut status) = (Vec::new(), 0);
            for word in rest {
                match shell.event(word) {
                    Some(name) => wanted.push(name),
                    None => status = shell.bad_event(word).await,
                }
            }
            let text = list(shell, &wanted);
            return Ok(shell.print("trap", text.as_bytes()).await.max(status));
        }
        let Some(first) = rest.first() else { return Ok(0) };
        // A number, or a signal alone, is no action.
        let resets = first == "-" || first.parse::<u32>().is_ok() || rest.len() == 1;
        if rest.len() == 1 && (first == "-" || shell.event(first).is_none()) {
            if first == "-" && !bash {
                return Ok(0);
            }
            if bash {
                usage(shell).await;
                return Ok(2);
            }
        }
        let signals = if resets && first != "-" { rest } else { &rest[1..] };
        let mut status = 0;
        for word in signals {
            let Some(name) = shell.event(word) else {
                status = shell.bad_event(word).await;
                continue;
            };
            if let Some(signal) = Signal::parse(&name) {
                shell.process.set_handles(signal, !resets && !first.is_empty());
                shell.process.set_ignores(signal, !resets && first.is_empty());
            }
            if resets {
                shell.state.traps.remove(&name);
            } else {
                shell.state.traps.insert(name, first.clone());
            }
        }
        Ok(status)
    })
}

async fn usage(shell: &mut Shell) {
    shell.process.err("trap: usage: trap [-lp] [[arg] signal_spec ...]\n").await;
}

fn list(shell: &Shell, wanted: &[String]) -> String {
    let place = |name: &str| match name {
        "EXIT" => 0,
        name => Signal::parse(name).map_or(100, Signal::number),
    };
    let mut traps: Vec<(&String, &String)> = shell.state.traps.iter().collect();
    sim::order::sort_by(&mut traps, |a, b| place(a.0).cmp(&place(b.0)));
    let mut text = String::new();
    for (name, action) in traps.into_iter().filter(|(name, _)| wanted.is_empty() || wanted.contains(name)) {
        let full = shell.state.flavour != Flavour::Bash || EVENTS.contains(&name.as_str());
        text.push_str(&format!("trap -- {} {}{name}\n", quote_always(action), if full { "" } else { "SIG" }));
    }
    text
}

impl Shell {
    /// The name of a signal, or of what else a trap may be for; `None` for anything else.
    fn event(&self, word: &str) -> Option<String> {
        let upper = word.to_ascii_uppercase();
        let name = if upper == "0" { "EXIT" } else { upper.strip_prefix("SIG").unwrap_or(&upper) };
        let known = match self.state.flavour {
            Flavour::Bash => EVENTS.contains(&name),
            _ => name == "EXIT",
        };
        if known { Some(name.to_owned()) } else { Signal::parse(word).map(Signal::name) }
    }

    async fn bad_event(&mut self, word: &str) -> i32 {
        if self.state.flavour == Flavour::Dash {
            self.process.err(&format!("trap: {word}: bad trap\n")).await;
            return 1;
        }
        self.builtin_error("trap", &format!("{word}: invalid signal specification"), 1).await
    }

    /// Runs the action of an event that is no signal; `$?` stays as it is.
    pub(in crate::shell) fn on_event<'a>(&'a mut self, event: &'a str) -> Run<'a, ()> {
        Box::pin(async move {
            let Some(action) = self.state.traps.get(event).filter(|action| !action.is_empty()).cloned() else {
                return Ok(());
            };
            if self.state.trapping {
                return Ok(());
            }
            let status = self.state.status;
            self.state.trapping = true;
            self.state.depth += 1; // the line is the one that the event is about
            let result = self.evaluate(&action).await;
            self.state.depth = self.state.depth.saturating_sub(1);
            self.state.trapping = false;
            result?;
            self.state.status = status;
            Ok(())
        })
    }

    /// Takes away what a function does not inherit, and gives it: ERR without `set -E`, DEBUG and RETURN without `set -T`.
    pub(in crate::shell) fn hide_events(&mut self) -> Vec<(String, String)> {
        let options = &self.state.options;
        let hidden = [("DEBUG", options.functrace), ("RETURN", options.functrace), ("ERR", options.errtrace)];
        let hidden = hidden.into_iter().filter(|(_, kept)| !kept);
        hidden.filter_map(|(name, _)| Some((name.to_owned(), self.state.traps.remove(name)?))).collect()
    }
}
