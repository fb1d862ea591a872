//! `tty`: the name of the terminal. tty(1) of GNU coreutils 9.1.

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    if p.is_tty(0) {
        p.out("/dev/pts/0\n").await;
        Ok(())
    } else {
        p.out("not a tty\n").await;
        Err(ExitStatus(1))
    }
}
