//! `nproc`: how many processors there are. nproc(1) of GNU coreutils 9.1.

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    p.out("2\n").await;
    Ok(())
}
