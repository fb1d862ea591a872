//! `return [n]`

use crate::shell::{Flavour, Flow, Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        if shell.state.calls.is_empty() {
            if shell.state.flavour == Flavour::Dash {
                let status = words.get(1).and_then(|word| word.parse().ok()).unwrap_or(shell.state.status);
                return Err(Flow::Exit(status));
            }
            let text = "can only `return' from a function or sourced script";
            return Ok(shell.builtin_error("return", text, 2).await);
        }
        match words.get(1).map(|word| word.parse::<i64>()) {
            None => Err(Flow::Return(shell.state.status)),
            Some(Ok(status)) => Err(Flow::Return((status & 0xff) as i32)),
            Some(Err(_)) => {
                shell.builtin_error("return", &format!("{}: numeric argument required", words[1]), 2).await;
                Err(Flow::Return(2))
            }
        }
    })
}
