//! `clear`: an empty screen. clear(1) of ncurses 6.4.

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    match p.env("TERM") {
        Some(term) if !term.is_empty() => {
            p.out("\x1b[H\x1b[2J\x1b[3J").await;
            Ok(())
        }
        _ => {
            p.err("TERM environment variable not set.\n").await;
            Err(ExitStatus(1))
        }
    }
}
