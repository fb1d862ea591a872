//! `top`: is not simulated.

use super::prelude::*;

/// `top`.
pub(crate) async fn run(p: Process) -> i32 {
    p.err("top: not simulated: 'ps aux' shows the processes\n").await;
    p.hint_not_simulated("top");
    1
}
