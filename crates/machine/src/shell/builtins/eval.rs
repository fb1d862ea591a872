//! `eval [arg …]`

use crate::shell::{DEPTH_LIMIT, Flow, Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let text = words[1..].join(" ");
        if shell.state.depth >= DEPTH_LIMIT {
            shell.builtin_error("eval", "maximum eval nesting level exceeded", 1).await;
            return Err(Flow::Abort(1));
        }
        shell.state.depth += 1;
        shell.state.status = 0;
        let result = shell.evaluate(&text).await;
        shell.state.depth = shell.state.depth.saturating_sub(1);
        match result {
            // An error ends only the eval, but for a variable that must be set.
            Err(Flow::Abort(status)) if status != 127 => Ok(status),
            other => other,
        }
    })
}
