//! `uptime`: for how long the machine is up. uptime(1) of procps-ng 4.0.2.

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let started = p.processes().iter().map(|entry| entry.started).min().unwrap_or_else(|| p.now());
    let minutes = p.now().since(started).as_secs() / 60;
    let up = match minutes / 60 {
        0 => format!("{minutes} min"),
        hours if hours < 24 => format!("{hours:2}:{:02}", minutes % 60),
        hours => format!("{} days, {:2}:{:02}", hours / 24, hours % 24, minutes % 60),
    };
    let clock = strftime::format(p.now(), "%H:%M:%S");
    p.out(&format!(" {clock} up {up},  1 user,  load average: 0.31, 0.28, 0.25\n")).await;
    Ok(())
}
