//! `exec [command [arg …]]`

use crate::shell::{Flow, Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        if words.len() < 2 {
            return Ok(0);
        }
        let environ = shell.state.environ().into_iter().collect();
        if shell.state.interactive {
            // The terminal's shell runs it and ends with it.
            let status = shell.run_external(&words[1..], false, false).await?;
            return if matches!(status, 126 | 127) { Ok(status) } else { Err(Flow::Exit(status)) };
        }
        let known = words[1].contains('/') || shell.describe(&words[1], false).is_some();
        if !known && shell.state.flavour == crate::shell::Flavour::Bash {
            shell.builtin_error("exec", &format!("{}: not found", words[1]), 127).await;
            return Err(Flow::Exit(127));
        }
        match shell.exec(&words[1..], environ).await {
            Ok(status) => Err(Flow::Exit(status)),
            other => other,
        }
    })
}
