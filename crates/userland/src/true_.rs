//! `true` and `sync`: nothing, with success. true(1) of GNU coreutils 9.1.

use super::prelude::*;

pub(crate) async fn run(_: Process) -> Result<(), ExitStatus> {
    Ok(())
}
