//! `wait [-n] [pid|%job …]`

use crate::shell::{Flow, Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let targets: Vec<String> = words[1..].iter().filter(|word| *word != "-n").cloned().collect();
        if targets.is_empty() {
            while let Some(job) = shell.state.jobs.first().cloned() {
                finish(shell, &job.pids).await?;
                shell.state.jobs.retain(|other| other.number != job.number);
            }
            return Ok(0);
        }
        let mut status = 0;
        for target in targets {
            let Some(at) = shell.find_job(&target) else {
                let text = match target.starts_with('%') {
                    true => format!("{target}: no such job"),
                    false => format!("pid {target} is not a child of this shell"),
                };
                status = shell.builtin_error("wait", &text, 127).await;
                continue;
            };
            let job = shell.state.jobs[at].clone();
            status = match job.ended {
                Some(exit) => exit.status(),
                None => finish(shell, &job.pids).await?,
            };
            shell.state.jobs.retain(|other| other.number != job.number);
        }
        Ok(status)
    })
}

/// Waits for processes; the last one's status.
async fn finish(shell: &mut Shell, pids: &[crate::Pid]) -> Result<i32, Flow> {
    let mut status = 0;
    let process = shell.process.clone();
    for pid in pids {
        let child = process.kernel.child(*pid);
        match process.unless_interrupted(child.ends()).await {
            Some(exit) => {
                status = exit.status();
                drop(child);
            }
            None => {
                child.leave();
                return Err(Flow::Interrupt);
            }
        }
    }
    Ok(status)
}
