//! `disown [-ahr] [jobspec …]`: the shell forgets jobs; they run on.

use crate::shell::{Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let (flags, jobs): (Vec<&String>, Vec<&String>) = words[1..].iter().partition(|word| word.starts_with('-'));
        if flags.iter().any(|flag| flag.contains('h')) {
            return Ok(0); // they stay in the table, and nothing hangs them up here
        }
        if flags.iter().any(|flag| flag.contains(['a', 'r'])) {
            shell.state.jobs.clear();
            return Ok(0);
        }
        if jobs.is_empty() {
            return match shell.state.jobs.pop() {
                Some(_) => Ok(0),
                None => Ok(shell.builtin_error("disown", "current: no such job", 1).await),
            };
        }
        let mut status = 0;
        for job in jobs {
            match shell.find_job(job) {
                Some(at) => drop(shell.state.jobs.remove(at)),
                None => status = shell.builtin_error("disown", &format!("{job}: no such job"), 1).await,
            }
        }
        Ok(status)
    })
}
