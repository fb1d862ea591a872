//! `history [n]`, `history -c`

use crate::shell::{Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let total = shell.state.history.len();
        let count = match words.get(1).map(String::as_str) {
            None => total,
            Some("-c") => {
                shell.state.history.clear();
                return Ok(0);
            }
            Some(word) => match word.parse::<usize>() {
                Ok(count) => count.min(total),
                Err(_) => {
                    return Ok(shell.builtin_error("history", &format!("{word}: numeric argument required"), 1).await);
                }
            },
        };
        let lines = shell.state.history.iter().enumerate().skip(total - count);
        let text: String = lines.map(|(at, line)| format!("{:5}  {line}\n", at + 1)).collect();
        Ok(shell.print("history", text.as_bytes()).await)
    })
}
