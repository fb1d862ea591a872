//! An interactive shell that runs inside another program's future: in a script, after `&&`, in a headless run. It reads
//! lines from the terminal's line discipline, which echoes them as a pty does.

use super::frame::{flavour_of, interactive_state};
use crate::shell::{Flavour, Shell, SyntaxError, parse, prompt};
use crate::{Process, TtyId};

pub(crate) async fn interactive(process: Process, tty: TtyId) -> i32 {
    let kernel = process.kernel().clone();
    let argv = process.args().to_vec();
    let name = argv.first().cloned().unwrap_or_default();
    let Some(flavour) = flavour_of(&kernel, &process, &name) else { return 127 };
    process.catch_interrupt();
    let pid = process.pid();
    // The terminal is this shell's now: its group in front, what is typed shown.
    let before = kernel.with(|state| {
        let group = state.processes.get_mut(&pid).map(|data| {
            data.interactive_shell = true;
            data.group
        });
        let tty = state.tty_mut(tty)?;
        Some((std::mem::replace(&mut tty.foreground, group), std::mem::replace(&mut tty.echo, true)))
    });
    let status = run(Shell::new(interactive_state(&process, flavour, &argv), process)).await;
    kernel.with(|state| {
        if let (Some(tty), Some((foreground, echo))) = (state.tty_mut(tty), before) {
            tty.foreground = foreground;
            tty.echo = echo;
        }
    });
    status
}

async fn run(mut shell: Shell) -> i32 {
    let mut pending = String::new();
    loop {
        let jobs = shell.ended_jobs();
        shell.process.err(&jobs).await;
        let name = if pending.is_empty() { "PS1" } else { "PS2" };
        let text = prompt(&shell.state, &shell.process, shell.state.get(name).unwrap_or_default());
        shell.process.err(&text).await;
        let process = shell.process.clone();
        let line = match process.unless_interrupted(process.read_line(0)).await {
            None => {
                pending.clear();
                shell.state.status = 130;
                shell.process.err("\n").await;
                continue;
            }
            Some(line) => line,
        };
        let ended = line.is_none();
        pending.push_str(&String::from_utf8_lossy(&line.unwrap_or_default()));
        let status = if ended && pending.is_empty() {
            Err(shell.state.status)
        } else if !ended && matches!(parse(&pending), Err(SyntaxError::Incomplete(_))) {
            continue;
        } else {
            let text = std::mem::take(&mut pending);
            if !text.trim().is_empty() {
                shell.state.history.push(text.trim_end().to_owned());
            }
            let status = shell.run_text(&text).await;
            shell.state.lines_before += text.lines().count();
            status
        };
        if let Err(status) = status {
            if shell.state.flavour == Flavour::Bash {
                shell.process.err(if shell.state.login { "logout\n" } else { "exit\n" }).await;
            }
            return shell.finish(status).await;
        }
    }
}
