//! `jobs [-lpr] [%job …]`; in a subshell those of the shell it came from.

use crate::Exit;
use crate::shell::state::Job;
use crate::shell::{Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let (mut numbers_only, mut long, mut running_only, mut wanted) = (false, false, false, Vec::new());
        for word in &words[1..] {
            match word.strip_prefix('-') {
                Some(flags) => {
                    for flag in flags.chars() {
                        match flag {
                            'p' => numbers_only = true,
                            'l' => long = true,
                            'r' => running_only = true,
                            'n' | 's' => {}
                            other => {
                                let status = shell.builtin_error("jobs", &format!("-{other}: invalid option"), 2).await;
                                let usage = "jobs: usage: jobs [-lnprs] [jobspec ...] or jobs -x command [args]\n";
                                shell.process.err(usage).await;
                                return Ok(status);
                            }
                        }
                    }
                }
                None => wanted.push(word),
            }
        }
        shell.reap_jobs();
        let inherited = shell.state.in_subshell && shell.state.jobs.is_empty();
        let mut numbers = Vec::new();
        for word in &wanted {
            match shell.find_job(word) {
                Some(at) => numbers.push(shell.state.jobs[at].number),
                None => return Ok(shell.builtin_error("jobs", &format!("{word}: no such job"), 1).await),
            }
        }
        let jobs = if inherited { &shell.state.outer_jobs } else { &shell.state.jobs };
        let running = |job: &Job| match inherited {
            // Its processes are another's children, who looks at them.
            true => shell.process.kernel.with(|state| {
                let ended = |pid| state.processes.get(pid).is_none_or(|data| data.ended.is_some());
                !job.pids.iter().all(ended)
            }),
            false => job.ended.is_none(),
        };
        let last = jobs.len();
        let mut text = String::new();
        for (at, job) in jobs.iter().enumerate() {
            if !wanted.is_empty() && !numbers.contains(&job.number) || (running_only || inherited) && !running(job) {
                continue;
            }
            text.push_str(&match numbers_only {
                true => format!("{}\n", job.local_pid),
                false => line(job, mark(at, last), long),
            });
        }
        shell.state.jobs.retain(|job| job.ended.is_none());
        Ok(shell.print("jobs", text.as_bytes()).await)
    })
}

/// The current job and the one before it, the last two of `count`, are marked.
fn mark(at: usize, count: usize) -> char {
    match count - at {
        1 => '+',
        2 => '-',
        _ => ' ',
    }
}

fn line(job: &Job, mark: char, long: bool) -> String {
    let state = match job.ended {
        None => "Running".to_owned(),
        Some(Exit::Code(0)) => "Done".to_owned(),
        Some(Exit::Code(code)) => format!("Exit {code}"),
        Some(Exit::OutOfMemory) => crate::Signal::Kill.description(),
        Some(Exit::Signal(signal)) => signal.description(),
    };
    let and = if job.ended.is_none() { " &" } else { "" };
    let pid = if long { format!("{} ", job.local_pid) } else { String::new() };
    format!("[{}]{mark}  {pid}{state:<22}  {}{and}\n", job.number, shown(&job.command))
}

/// A command's text as bash writes it: `2>&1` without the space that the parser's text has.
fn shown(command: &str) -> String {
    let mut text = command.to_owned();
    for operator in [">& ", "<& "] {
        let mut from = 0;
        while let Some(at) = text[from..].find(operator).map(|at| from + at) {
            let after = at + operator.len();
            if text[after..].starts_with(|c: char| c.is_ascii_digit() || c == '-') {
                text.remove(after - 1);
            }
            from = after - 1;
        }
    }
    text
}

impl Shell {
    /// The index of the job that `%1`, `%+`, `%-`, `%name` or a process number names.
    pub(super) fn find_job(&self, word: &str) -> Option<usize> {
        let jobs = &self.state.jobs;
        match word.strip_prefix('%') {
            Some("" | "+" | "%") => jobs.len().checked_sub(1),
            Some("-") => jobs.len().checked_sub(2).or(jobs.len().checked_sub(1)),
            Some(name) => match name.parse::<usize>() {
                Ok(number) => jobs.iter().position(|job| job.number == number),
                Err(_) => jobs.iter().position(|job| job.command.starts_with(name)),
            },
            None => word.parse::<u32>().ok().and_then(|pid| jobs.iter().position(|job| job.local_pid == pid)),
        }
    }

    /// Sees which jobs have ended.
    pub(crate) fn reap_jobs(&mut self) {
        let kernel = self.process.kernel.clone();
        for job in self.state.jobs.iter_mut().filter(|job| job.ended.is_none()) {
            let exits: Vec<Option<Exit>> = job
                .pids
                .iter()
                .map(|pid| kernel.with(|state| state.processes.get(pid).map_or(Some(Exit::Code(0)), |p| p.ended)))
                .collect();
            if exits.iter().all(Option::is_some) {
                job.ended = exits.last().copied().flatten();
                for pid in &job.pids {
                    kernel.reap(*pid);
                }
            }
        }
    }

    /// Lines about jobs that ended, for an interactive shell to show before its prompt.
    pub(crate) fn ended_jobs(&mut self) -> String {
        self.reap_jobs();
        let last = self.state.jobs.len();
        let mut text = String::new();
        for (at, job) in self.state.jobs.iter().enumerate().filter(|(_, job)| job.ended.is_some()) {
            text.push_str(&line(job, mark(at, last), false));
        }
        self.state.jobs.retain(|job| job.ended.is_none());
        text
    }
}
