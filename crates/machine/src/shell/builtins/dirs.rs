//! `dirs`: there is no stack of directories here, so it shows the one there is.

use crate::shell::{Run, Shell, prompt};

pub(super) fn run<'a>(shell: &'a mut Shell, _: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let text = format!("{}\n", prompt(&shell.state, &shell.process, "\\w"));
        Ok(shell.print("dirs", text.as_bytes()).await)
    })
}
