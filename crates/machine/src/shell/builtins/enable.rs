//! `enable`: lists the builtins.

use crate::shell::{Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, _: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let text: String = super::names().iter().map(|name| format!("enable {name}\n")).collect();
        Ok(shell.print("enable", text.as_bytes()).await)
    })
}
