//! `bash` and `sh` as programs: their arguments, scripts, `-c`, commands from standard input.

use std::rc::Rc;

use super::builtins::set_letter;
use super::resume::Root;
use super::{Flavour, Shell, ShellState, SyntaxError, parse_as};
use crate::{Errno, ExitStatus, Process, Program};

/// The shells as programs: `bash`, `sh` (Debian's) and `busybox-sh`.
pub fn programs() -> Vec<Program> {
    [("bash", Flavour::Bash), ("sh", Flavour::Dash), ("busybox-sh", Flavour::Ash)]
        .map(|(name, flavour)| {
            Program::with(name, move |process| {
                Box::pin(async move { ExitStatus::check(start(process, flavour).await) })
            })
        })
        .to_vec()
}

async fn start(process: Process, flavour: Flavour) -> i32 {
    process.catch_interrupt();
    let arguments: Vec<String> = process.args().to_vec();
    let called = arguments.first().cloned().unwrap_or_default();
    let mut state = ShellState::new(flavour, &called, &process.environ(), &process.cwd(), process.now());
    state.login = called.starts_with('-');
    state.umask = process.umask;
    let (mut command, mut interactive, mut from_stdin, mut rest) = (false, false, false, 1);
    while let Some(word) = arguments.get(rest) {
        match word.as_str() {
            "--login" => state.login = true,
            "--norc" | "--noprofile" | "--posix" => {}
            "--version" if flavour == Flavour::Bash => {
                process.out("GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)\n").await;
                return 0;
            }
            "--" | "-" => {
                rest += 1;
                break;
            }
            "-o" | "+o" => {
                rest += 1;
                let on = word == "-o";
                match arguments.get(rest).map(String::as_str) {
                    Some("pipefail") => state.options.pipefail = on,
                    Some("errexit") => state.options.errexit = on,
                    Some("nounset") => state.options.nounset = on,
                    Some("xtrace") => state.options.xtrace = on,
                    _ => {}
                }
            }
            flags if flags.len() > 1 && flags.starts_with(['-', '+']) => {
                for flag in flags[1..].chars() {
                    match flag {
                        'c' => command = true,
                        'i' => interactive = true,
                        'l' => state.login = true,
                        's' => from_stdin = true,
                        letter
                            if !flags.starts_with("--")
                                && set_letter(&mut state.options, letter, flags.starts_with('-')) => {}
                        _ => {
                            let text = match flavour {
                                Flavour::Bash => format!("{called}: {flags}: invalid option\n"),
                                _ => format!("{called}: 0: Illegal option {flags}\n"),
                            };
                            process.err(&text).await;
                            return 2;
                        }
                    }
                }
            }
            _ => break,
        }
        rest += 1;
    }
    let operands = arguments.get(rest..).unwrap_or_default().to_vec();
    if command {
        let Some((text, rest)) = operands.split_first() else {
            process.err(&format!("{called}: -c: option requires an argument\n")).await;
            return 2;
        };
        if let Some((name, positional)) = rest.split_first() {
            state.name = name.clone();
            state.positional = positional.to_vec();
        }
        return run_script_text(Shell::new(state, process), text).await;
    }
    if from_stdin {
        state.positional = operands;
    } else if let Some((file, positional)) = operands.split_first() {
        let bytes = match process.read_file(file) {
            Ok(bytes) => bytes,
            Err(error) => {
                let text = match (flavour, error) {
                    (Flavour::Bash, Errno::EISDIR) => format!("{file}: {file}: Is a directory\n"),
                    (Flavour::Bash, error) => format!("{called}: {file}: {error}\n"),
                    (Flavour::Dash, _) => format!("{called}: 0: cannot open {file}: No such file\n"),
                    (Flavour::Ash, _) => format!("{called}: can't open '{file}': No such file or directory\n"),
                };
                process.err(&text).await;
                return if error == Errno::ENOENT && flavour != Flavour::Dash { 127 } else { 2 };
            }
        };
        state.name = file.clone();
        state.positional = positional.to_vec();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        return run_script_text(Shell::new(state, process), &text).await;
    }
    match process.tty().filter(|_| interactive || process.is_tty(0) && process.is_tty(2)) {
        Some(tty) if process.is_tty(0) => {
            let mut session = crate::Session::new(process.machine(), [called]);
            session.argv.extend(arguments.into_iter().skip(1));
            session.env = Some(process.environ());
            session.cwd = Some(process.cwd());
            session.user = Some(process.user());
            if process.kernel.live(process.pid).may_hand_over.get() {
                return process.session(session).await;
            }
            crate::terminal::interactive(process, tty).await
        }
        _ => from_input(Shell::new(state, process)).await,
    }
}

/// Runs a script whose text is all there, a complete command at a time, as bash reads it: what comes before a syntax
/// error runs.
async fn run_script_text(mut shell: Shell, text: &str) -> i32 {
    if let Ok(program) = parse_as(text, shell.state.flavour) {
        return shell.run_root(Root::Script(Rc::new(program))).await;
    }
    let status = run_pieces(&mut shell, text).await;
    shell.finish(status).await
}

/// Runs lines one after another, joining those that belong together, until one cannot be read.
async fn run_pieces(shell: &mut Shell, text: &str) -> i32 {
    let mut piece = String::new();
    let mut status = 0;
    let mut first = 1;
    for (at, line) in text.split_inclusive('\n').enumerate() {
        if piece.is_empty() {
            first = at + 1;
        }
        piece.push_str(line);
        match parse_as(&piece, shell.state.flavour) {
            Ok(_) => {
                match shell.run_text(&piece).await {
                    Ok(now) => status = now,
                    Err(now) => return now,
                }
                piece.clear();
            }
            Err(SyntaxError::Incomplete(_)) => {}
            Err(error) => {
                let error = match error {
                    SyntaxError::Wrong { line, text } => SyntaxError::Wrong { line: line + first - 1, text },
                    other => other,
                };
                shell.syntax_error(text, error).await;
                return 2;
            }
        }
    }
    if !piece.trim().is_empty() {
        match parse_as(&piece, shell.state.flavour) {
            Err(error @ SyntaxError::Incomplete(_)) if !matches!(&error, SyntaxError::Incomplete(said) if said.is_empty()) =>
            {
                shell.syntax_error(text, error).await;
                return 2;
            }
            _ => match shell.run_text(&piece).await {
                Ok(now) | Err(now) => status = now,
            },
        }
    }
    status
}

/// Runs commands from standard input as their lines come.
async fn from_input(mut shell: Shell) -> i32 {
    let mut piece = String::new();
    let mut status = 0;
    loop {
        let process = shell.process.clone();
        let line = match process.unless_interrupted(process.read_line(0)).await {
            None => return 130,
            Some(line) => line,
        };
        let ended = line.is_none();
        piece.push_str(&String::from_utf8_lossy(&line.unwrap_or_default()));
        if ended && piece.trim().is_empty() {
            break;
        }
        if !ended && matches!(parse_as(&piece, shell.state.flavour), Err(SyntaxError::Incomplete(_))) {
            continue;
        }
        match shell.run_text(&piece).await {
            Ok(now) => status = now,
            Err(now) => {
                status = now;
                break;
            }
        }
        shell.state.lines_before += piece.lines().count();
        piece.clear();
    }
    shell.finish(status).await
}
