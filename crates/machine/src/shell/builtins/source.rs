//! `source file [arg …]`, `. file [arg …]`

use crate::shell::{DEPTH_LIMIT, Flavour, Flow, Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let name = words[0].as_str();
        let Some(file) = words.get(1) else {
            shell.builtin_error(name, "filename argument required", 2).await;
            shell.process.err(&format!("{name}: usage: {name} filename [arguments]\n")).await;
            return Ok(2);
        };
        if shell.state.depth >= DEPTH_LIMIT {
            shell.builtin_error(name, "maximum source nesting level exceeded", 1).await;
            return Err(Flow::Abort(1));
        }
        let bytes = match shell.process.read_file(file) {
            Ok(bytes) => bytes,
            Err(error) => {
                let text = match shell.state.flavour {
                    Flavour::Bash => format!("{}: {file}: {error}", shell.state.prefix()),
                    Flavour::Dash => format!("{}: .: cannot open {file}: No such file", shell.state.prefix()),
                    Flavour::Ash => format!("{}: .: can't open '{file}': {error}", shell.state.prefix()),
                };
                shell.process.err(&format!("{text}\n")).await;
                if shell.state.flavour != Flavour::Bash && !shell.state.interactive {
                    return Err(Flow::Abort(2));
                }
                return Ok(1);
            }
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let positional = (words.len() > 2).then(|| std::mem::replace(&mut shell.state.positional, words[2..].to_vec()));
        shell.state.depth += 1;
        shell.state.calls.push("source".into());
        let result = shell.evaluate(&text).await;
        shell.state.calls.pop();
        if shell.state.traps.contains_key("RETURN") {
            shell.on_event("RETURN").await?;
        }
        shell.state.depth = shell.state.depth.saturating_sub(1);
        if let Some(positional) = positional {
            shell.state.positional = positional;
        }
        match result {
            Err(Flow::Return(status)) => Ok(status),
            other => other,
        }
    })
}
