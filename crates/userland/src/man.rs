//! `man`: there are no pages. man(1) of man-db 2.11.

use super::prelude::*;

/// `man`.
pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    match p.args().get(1) {
        None => {
            p.err("What manual page do you want?\nFor example, try 'man man'.\n").await;
            Err(ExitStatus(1))
        }
        Some(name) => {
            p.err(&format!("No manual entry for {name}\n")).await;
            Err(ExitStatus(16))
        }
    }
}
