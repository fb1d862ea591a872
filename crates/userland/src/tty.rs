//! `tty`: the name of the terminal. tty(1) of GNU coreutils 9.1.

use super::prelude::*;

pub(crate) async fn run(p: Process) -> i32 {
    if p.is_tty(0) {
        p.out("/dev/pts/0\n").await;
        0
    } else {
        p.out("not a tty\n").await;
        1
    }
}
