//! `exit [n]`, `logout [n]`

use crate::shell::{Flow, Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let name = words[0].as_str();
        if name == "logout" && !shell.state.login {
            return Ok(shell.builtin_error(name, "not login shell: use `exit'", 1).await);
        }
        match words.get(1).map(|word| word.parse::<i64>()) {
            None => Err(Flow::Exit(shell.state.status)),
            Some(Ok(_)) if words.len() > 2 => {
                shell.builtin_error(name, "too many arguments", 1).await;
                Err(Flow::Abort(1))
            }
            Some(Ok(status)) => Err(Flow::Exit((status & 0xff) as i32)),
            Some(Err(_)) => {
                shell.builtin_error(name, &format!("{}: numeric argument required", words[1]), 2).await;
                Err(Flow::Exit(2))
            }
        }
    })
}
