//! `fg [job]`, `bg [job]`: jobs are never stopped here, so `bg` has nothing to do and `fg` waits.

use crate::shell::{Run, Shell};
use crate::spawn::Group;

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let name = words[0].as_str();
        if !shell.state.interactive {
            return Ok(shell.builtin_error(name, "no job control", 1).await);
        }
        let wanted = words.get(1).map_or("%+", String::as_str);
        let Some(at) = shell.find_job(wanted) else {
            let shown = if words.len() > 1 { wanted } else { "current" };
            return Ok(shell.builtin_error(name, &format!("{shown}: no such job"), 1).await);
        };
        if name == "bg" {
            let number = shell.state.jobs[at].number;
            return Ok(shell.builtin_error(name, &format!("job {number} already in background"), 0).await);
        }
        let job = shell.state.jobs.remove(at);
        shell.print(name, format!("{}\n", job.command).as_bytes()).await;
        let kernel = shell.process.kernel.clone();
        let children: Vec<_> = job.pids.iter().map(|pid| kernel.child(*pid)).collect();
        let group = job.pids.first().map_or(Group::Inherit, |pid| Group::Of(*pid));
        let exits = shell.wait_in_front(children, group).await;
        Ok(exits.last().map_or(0, |exit| exit.status()))
    })
}
