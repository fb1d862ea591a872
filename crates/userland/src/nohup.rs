//! `nohup`: runs a command that a hangup does not end. nohup(1) of GNU coreutils 9.1.

use machine::{Signal, Spawn};

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec { short: "+", long: &[], usage: "COMMAND [ARG]...", status: 125 };
    let options = SPEC.parse(&p).await?;
    let Some(name) = options.operands.first().cloned() else {
        return usage_error(&p, 125, "missing operand").await;
    };
    let mut child = p.clone();
    let (reads_tty, writes_tty, says_tty) = (p.is_tty(0), p.is_tty(1), p.is_tty(2));
    if reads_tty {
        child.set_fd(0, machine::Fd::null());
    }
    if writes_tty {
        // What the command prints goes to a file here, or to one at home.
        let home = p.env("HOME").unwrap_or_default();
        let opened = ["nohup.out".to_owned(), format!("{home}/nohup.out")].into_iter().find_map(|path| {
            let fd = p.open_append(&path, 0o077).ok()?;
            Some((path, fd))
        });
        let Some((path, fd)) = opened else {
            return fail_with(&p, 125, "failed to open 'nohup.out': Permission denied").await;
        };
        child.set_fd(1, fd.clone());
        if says_tty {
            child.set_fd(2, fd);
        }
        let input = if reads_tty { "ignoring input and " } else { "" };
        p.err(&format!("{}: {input}appending output to {}\n", name_of(&p), quote(&p, &path))).await;
    } else {
        if reads_tty {
            let and = if says_tty { " and redirecting stderr to stdout" } else { "" };
            p.err(&format!("{}: ignoring input{and}\n", name_of(&p))).await;
        } else if says_tty {
            p.err(&format!("{}: redirecting stderr to stdout\n", name_of(&p))).await;
        }
        if says_tty && let Some(fd) = p.fd(1) {
            child.set_fd(2, fd);
        }
    }
    p.set_ignores(Signal::Hangup, true);
    match child.spawn(Spawn::new(options.operands)) {
        Ok(started) => ExitStatus::check(started.wait().await),
        Err(error) => {
            let why = if error.status() == 127 { "No such file or directory" } else { "Permission denied" };
            complain(&p, &format!("failed to run command {}: {why}", quote_always(&name))).await;
            ExitStatus::check(error.status())
        }
    }
}
