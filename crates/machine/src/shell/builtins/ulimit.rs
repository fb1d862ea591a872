//! `ulimit`: nothing is limited this way here.

use crate::shell::{Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        if words.len() > 2 {
            return Ok(0);
        }
        Ok(shell.print("ulimit", b"unlimited\n").await)
    })
}
