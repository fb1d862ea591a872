//! `test` and `[` as programs. test(1) of GNU coreutils 9.1.

use super::env::run_command;
use super::prelude::*;

/// `test` and `[` as programs: the shell knows best.
pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let bracket = p.args().first().is_some_and(|name| name.ends_with('['));
    let script = if bracket { "[ \"$@\"" } else { "test \"$@\"" };
    let mut argv = ["/bin/sh", "-c", script, p.name()].map(str::to_owned).to_vec();
    argv.extend(p.args().iter().skip(1).cloned());
    run_command(&p, argv, None).await
}
