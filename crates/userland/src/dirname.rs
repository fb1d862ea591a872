//! `dirname`: a path without its last name. dirname(1) of GNU coreutils 9.1.

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec { short: "z", long: &[("zero", 'z')], usage: "[OPTION] NAME...", status: 1 };
    let options = SPEC.parse(&p).await?;
    if options.operands.is_empty() {
        return usage_hint(&p, "missing operand").await;
    }
    for path in &options.operands {
        let trimmed = path.trim_end_matches('/');
        let dir = match trimmed.rsplit_once('/') {
            Some((dir, _)) => match dir.trim_end_matches('/') {
                "" => "/",
                dir => dir,
            },
            None if trimmed.is_empty() && path.starts_with('/') => "/",
            None => ".",
        };
        p.out(&format!("{dir}\n")).await;
    }
    Ok(())
}
