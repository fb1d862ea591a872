//! `shift [n]`

use crate::shell::{Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let count = match words.get(1).map(|word| word.parse::<i64>()) {
            None => 1,
            Some(Ok(count)) if count >= 0 => count as usize,
            Some(Ok(_)) => {
                return Ok(shell.builtin_error("shift", &format!("{}: shift count out of range", words[1]), 1).await);
            }
            Some(Err(_)) => {
                return Ok(shell.builtin_error("shift", &format!("{}: numeric argument required", words[1]), 1).await);
            }
        };
        if count > shell.state.positional.len() {
            return Ok(1);
        }
        shell.state.positional.drain(..count);
        Ok(0)
    })
}
