//! `help`: lists the builtins.

use crate::shell::{Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, _: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let text = format!("These shell commands are defined internally:\n {}\n", super::names().join("\n "));
        Ok(shell.print("help", text.as_bytes()).await)
    })
}
