//! `stty size`, `stty`: the window's size, the terminal's settings; nothing is set. stty(1) of GNU coreutils 9.1.

use super::prelude::*;

/// `stty size`, `stty`: the window's size, the terminal's settings. Nothing is set.
pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    if !p.is_tty(0) {
        p.err("stty: 'standard input': Inappropriate ioctl for device\n").await;
        return Err(ExitStatus(1));
    }
    let (columns, rows) = p.window();
    let words: Vec<&str> = p.args().iter().skip(1).map(String::as_str).collect();
    let text = match words.as_slice() {
        ["size"] => format!("{rows} {columns}\n"),
        [] => "speed 38400 baud; line = 0;\n".to_owned(),
        ["-a" | "--all"] => format!("speed 38400 baud; rows {rows}; columns {columns}; line = 0;\n"),
        _ => {
            p.err("stty: not simulated: settings cannot be changed; 'stty size' shows rows and columns\n").await;
            p.hint_not_simulated("stty");
            return Err(ExitStatus(1));
        }
    };
    p.out(&text).await;
    Ok(())
}
