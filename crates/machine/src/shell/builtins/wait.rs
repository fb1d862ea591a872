//! `wait [-n] [pid|%job …]`

use crate::shell::{Flavour, Flow, Run, Shell};

pub(in crate::shell) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let targets: Vec<String> = words[1..].iter().filter(|word| *word != "-n").cloned().collect();
        if targets.is_empty() {
            while let Some(job) = shell.state.jobs.first().cloned() {
                if let Waited::Signal(status) = finish(shell, &job.pids).await? {
                    return Ok(status);
                }
                shell.state.jobs.retain(|other| other.number != job.number);
            }
            return Ok(0);
        }
        // A wait as data begins again, and would not find those that it has waited for.
        let several = u32::from(targets.len() > 1);
        shell.unresumable += several;
        let mut result = Ok(0);
        for target in targets {
            result = one(shell, &target).await;
            if result.is_err() {
                break;
            }
        }
        shell.unresumable -= several;
        result
    })
}

async fn one(shell: &mut Shell, target: &str) -> Result<i32, Flow> {
    let Some(at) = shell.find_job(target) else {
        if shell.state.flavour == Flavour::Dash && !target.starts_with('%') {
            return Ok(127);
        }
        let text = match target.starts_with('%') {
            true => format!("{target}: no such job"),
            false => format!("pid {target} is not a child of this shell"),
        };
        return Ok(shell.builtin_error("wait", &text, 127).await);
    };
    let job = shell.state.jobs[at].clone();
    let status = match job.ended {
        Some(exit) => exit.status(),
        None => match finish(shell, &job.pids).await? {
            Waited::Ended(status) => status,
            Waited::Signal(status) => return Ok(status),
        },
    };
    shell.state.jobs.retain(|other| other.number != job.number);
    Ok(status)
}

enum Waited {
    /// All ended; the last one's status.
    Ended(i32),
    /// A signal came whose trap has run; its status.
    Signal(i32),
}

/// Waits for processes.
async fn finish(shell: &mut Shell, pids: &[crate::Pid]) -> Result<Waited, Flow> {
    let mut status = 0;
    let process = shell.process.clone();
    for pid in pids {
        if let Some(status) = shell.run_traps().await? {
            return Ok(Waited::Signal(status));
        }
        if process.take_interrupt() {
            return Err(Flow::Interrupt); // it came while the shell waited as data
        }
        let child = process.kernel.child(*pid);
        match process.unless_interrupted(shell.end_of(&child)).await {
            Some(None) => return Err(shell.suspended_at(child)),
            Some(Some(exit)) => {
                shell.print_death(exit).await;
                status = exit.status();
                drop(child);
            }
            None => {
                child.leave();
                return match shell.run_traps().await? {
                    Some(status) => Ok(Waited::Signal(status)),
                    None => Err(Flow::Interrupt),
                };
            }
        }
    }
    Ok(Waited::Ended(status))
}
