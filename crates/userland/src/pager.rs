//! `less`, `more`: one page after the other. less(1) 590, more(1) of util-linux 2.38.

use super::prelude::*;

/// `less`, `more`: one page after the other on a terminal, everything at once elsewhere.
pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let name = name_of(&p);
    let operands: Vec<String> =
        p.args().iter().skip(1).filter(|arg| !arg.starts_with('-') && !arg.starts_with('+')).cloned().collect();
    if operands.is_empty() && p.is_tty(0) {
        let text = if name == "less" {
            "Missing filename (\"less --help\" for help)\n"
        } else {
            "more: bad usage\nTry 'more --help' for more information.\n"
        };
        p.err(text).await;
        return Err(ExitStatus(1));
    }
    let (data, status) = {
        let mut data = Vec::new();
        let mut status = Ok(());
        for path in operands_or_stdin(&operands) {
            match Source::open(&p, &path) {
                Ok(mut source) => data.extend(source.all().await),
                Err(Errno::EISDIR) if name == "more" => p.out(&format!("\n*** {path}: directory ***\n\n")).await,
                Err(Errno::EISDIR) => {
                    p.err(&format!("{path} is a directory\n")).await;
                    status = Err(ExitStatus(1));
                }
                Err(error) if name == "more" => {
                    p.err(&format!("more: cannot open {path}: {error}\n")).await;
                    status = Err(ExitStatus(1));
                }
                Err(error) => {
                    p.err(&format!("{path}: {error}\n")).await;
                    status = Err(ExitStatus(1));
                }
            }
        }
        (data, status)
    };
    // Keys come from the terminal only when standard input is one; a whole page of typed lines is not asked for.
    if !p.is_tty(1) || !p.is_tty(0) {
        p.write(1, &data).await;
        return status;
    }
    let page = usize::from(p.window().1.max(2)) - 1;
    let lines: Vec<&[u8]> = data.split_inclusive(|byte| *byte == b'\n').collect();
    let mut at = 0;
    while at < lines.len() {
        let end = (at + page).min(lines.len());
        p.write(1, &lines[at..end].concat()).await;
        at = end;
        if at < lines.len() {
            p.out(&format!("\x1b[7m--More-- ({}%; Enter: on, q: end)\x1b[m", at * 100 / lines.len())).await;
            let answer = p.read_line(0).await;
            p.out("\x1b[1A\r\x1b[K").await;
            if answer.is_none_or(|line| line.first() == Some(&b'q')) {
                break;
            }
        }
    }
    status
}
