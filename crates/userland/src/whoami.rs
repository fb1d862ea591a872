//! `whoami`: the user's name. whoami(1) of GNU coreutils 9.1.

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    if let Some(extra) = p.args().get(1).cloned() {
        return usage_hint(&p, &format!("extra operand {}", quote(&p, &extra))).await;
    }
    let user = p.user();
    if user.name.is_empty() {
        let why = if is_busybox(&p) { "unknown uid" } else { "cannot find name for user ID" };
        return fail(&p, &format!("{why} {}", user.uid)).await;
    }
    p.out(&format!("{}\n", user.name)).await;
    Ok(())
}
