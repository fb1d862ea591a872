//! `break [n]`, `continue [n]`

use crate::shell::{Flavour, Flow, Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let name = words[0].as_str();
        if shell.state.loops == 0 && shell.state.flavour != Flavour::Bash {
            return Ok(0);
        }
        if shell.state.loops == 0 {
            return Ok(shell.builtin_error(name, "only meaningful in a `for', `while', or `until' loop", 0).await);
        }
        let count = match words.get(1).map(|word| word.parse::<i64>()) {
            None => 1,
            Some(Ok(count)) if count > 0 => count.min(i64::from(shell.state.loops)) as u32,
            Some(Ok(_)) => {
                shell.builtin_error(name, &format!("{}: loop count out of range", words[1]), 1).await;
                return Err(Flow::Break(shell.state.loops));
            }
            Some(Err(_)) => {
                shell.builtin_error(name, &format!("{}: numeric argument required", words[1]), 1).await;
                return Err(Flow::Abort(128));
            }
        };
        Err(if name == "break" { Flow::Break(count) } else { Flow::Continue(count) })
    })
}
