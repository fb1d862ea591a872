//! `let arg …`

use crate::shell::{Flow, Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        if words.len() < 2 {
            return Ok(shell.builtin_error("let", "expression expected", 1).await);
        }
        let mut value = 0;
        for word in &words[1..] {
            match shell.arithmetic_for("let: ", word).await {
                Ok(now) => value = now,
                Err(Flow::Abort(status)) => return Ok(status),
                Err(flow) => return Err(flow),
            }
        }
        Ok(i32::from(value == 0))
    })
}
