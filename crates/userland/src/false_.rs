//! `false`: nothing, without success. false(1) of GNU coreutils 9.1.

use super::prelude::*;

pub(crate) async fn run(_: Process) -> Result<(), ExitStatus> {
    Err(ExitStatus(1))
}
