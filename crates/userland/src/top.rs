//! `top`: is not simulated.

use super::prelude::*;

/// `top`.
pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    p.err("top: not simulated: 'ps aux' shows the processes\n").await;
    p.hint_not_simulated("top");
    Err(ExitStatus(1))
}
