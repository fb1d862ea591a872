//! `tput`: the terminal's size and sequences. tput(1) of ncurses 6.4.

use super::prelude::*;

/// `tput cols`, `tput lines`, `tput clear`.
pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let (columns, rows) = p.window();
    let text = match p.args().get(1).map(String::as_str) {
        Some("cols") => format!("{columns}\n"),
        Some("lines") => format!("{rows}\n"),
        Some("clear") => "\x1b[H\x1b[2J".to_owned(),
        Some("bold") => "\x1b[1m".to_owned(),
        Some("sgr0") => "\x1b(B\x1b[m".to_owned(),
        Some("setaf") => format!("\x1b[3{}m", p.args().get(2).map_or("7", String::as_str)),
        _ => String::new(),
    };
    p.out(&text).await;
    Ok(())
}
