//! `pwd`: the working directory. pwd(1) of GNU coreutils 9.1.

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let cwd = p.canonicalize(".").unwrap_or_else(|_| p.cwd());
    p.out(&format!("{cwd}\n")).await;
    Ok(())
}
