//! `jobs [-l|-p]`

use crate::Exit;
use crate::shell::state::Job;
use crate::shell::{Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        shell.look_at_jobs();
        let last = shell.state.jobs.len();
        let mut text = String::new();
        for (at, job) in shell.state.jobs.iter().enumerate() {
            if words.get(1).is_some_and(|word| word == "-p") {
                text.push_str(&format!("{}\n", job.local_pid));
            } else {
                text.push_str(&line(job, mark(at, last), words.get(1).is_some_and(|word| word == "-l")));
            }
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
        Some(Exit::Signal(crate::Signal::Kill) | Exit::OutOfMemory) => "Killed".to_owned(),
        Some(Exit::Signal(crate::Signal::Terminate)) => "Terminated".to_owned(),
        Some(Exit::Signal(signal)) => signal.name().to_owned(),
    };
    let and = if job.ended.is_none() { " &" } else { "" };
    let pid = if long { format!("{} ", job.local_pid) } else { String::new() };
    format!("[{}]{mark}  {pid}{state:<22}  {}{and}\n", job.number, job.command)
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
    pub(crate) fn look_at_jobs(&mut self) {
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
        self.look_at_jobs();
        let last = self.state.jobs.len();
        let mut text = String::new();
        for (at, job) in self.state.jobs.iter().enumerate().filter(|(_, job)| job.ended.is_some()) {
            text.push_str(&line(job, mark(at, last), false));
        }
        self.state.jobs.retain(|job| job.ended.is_none());
        text
    }
}
