//! `timeout`: a command with a time limit. timeout(1) of GNU coreutils 9.1.

use futures_util::future::{Either, select};
use machine::Spawn;

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec {
        short: "+k:s:fvt:",
        long: &[("kill-after", 'k'), ("signal", 's'), ("foreground", 'f'), ("preserve-status", 'p'), ("verbose", 'v')],
        usage: "[OPTION] DURATION COMMAND [ARG]...",
        status: 125,
    };
    let options = SPEC.parse(&p).await?;
    let Some((limit, command)) = options.operands.split_first() else {
        p.err("Try 'timeout --help' for more information.\n").await;
        return Err(ExitStatus(125));
    };
    let Some(limit) = super::sleep::interval(limit) else {
        return usage_error(&p, 125, &format!("invalid time interval {}", quote(&p, limit))).await;
    };
    if command.is_empty() {
        p.err("Try 'timeout --help' for more information.\n").await;
        return Err(ExitStatus(125));
    }
    let signal = options.value('s').map_or(Some(machine::Signal::Terminate), machine::Signal::parse);
    let Some(signal) = signal else {
        return usage_error(&p, 125, &format!("{}: invalid signal", quote(&p, options.value('s').unwrap_or("")))).await;
    };
    let child = match p.spawn(Spawn::new(command.to_vec())) {
        Ok(child) => child,
        Err(error) => {
            let name = &command[0];
            complain(&p, &format!("failed to run command {}: No such file or directory", quote(&p, name))).await;
            return ExitStatus::check(error.status());
        }
    };
    let pid = child.pid();
    let waiting = Box::pin(child.wait());
    match select(waiting, Box::pin(p.sleep(limit.max(Duration::from_micros(1))))).await {
        Either::Left((status, _)) => ExitStatus::check(status),
        Either::Right(((), rest)) => {
            let preserve = options.has('p');
            p.kernel().kill(pid, signal);
            match options.value('k').and_then(super::sleep::interval) {
                Some(grace) => {
                    if let Either::Right(((), rest)) = select(rest, Box::pin(p.sleep(grace))).await {
                        p.kernel().kill(pid, machine::Signal::Kill);
                        rest.await;
                        return Err(ExitStatus(137));
                    }
                }
                None => {
                    let status = rest.await;
                    if preserve || is_busybox(&p) {
                        return ExitStatus::check(status);
                    }
                }
            }
            Err(ExitStatus(if signal == machine::Signal::Kill { 137 } else { 124 }))
        }
    }
}
