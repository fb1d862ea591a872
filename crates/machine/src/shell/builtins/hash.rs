//! `hash [-r]`: paths are not remembered here, so there is nothing to forget.

use crate::shell::{Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let mut status = 0;
        for word in words[1..].iter().filter(|word| !word.starts_with('-')) {
            if shell.describe(word, false).is_none() {
                status = shell.builtin_error("hash", &format!("{word}: not found"), 1).await;
            }
        }
        Ok(status)
    })
}
