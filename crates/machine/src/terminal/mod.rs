//! A terminal as a person sees it.

use crate::{Process, TtyId};

/// An interactive shell as a future: a session inside another program.
pub(crate) async fn interactive(process: Process, tty: TtyId) -> i32 {
    let _ = (process, tty);
    0
}
