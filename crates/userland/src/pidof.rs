//! `pidof`, `killall`: processes of a name. pidof(1) of procps-ng 4.0.2, killall(1) of psmisc 23.6.

use machine::Signal;

use super::prelude::*;
use super::ps::short_name;

/// `pidof NAME`, `killall NAME`.
pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let killing = name_of(&p) == "killall";
    let names: Vec<String> = p.args().iter().skip(1).filter(|arg| !arg.starts_with('-')).cloned().collect();
    let mut found = Vec::new();
    for name in &names {
        let before = found.len();
        found.extend(
            p.processes()
                .into_iter()
                .filter(|entry| short_name(entry) == *name && !entry.zombie)
                .map(|entry| entry.pid),
        );
        if killing && found.len() == before {
            p.err(&format!("killall: {name}: no process killed\n")).await;
        }
    }
    if killing {
        for pid in &found {
            let _ = p.kill(*pid, Signal::Terminate);
        }
    } else if !found.is_empty() {
        let text: Vec<String> = found.iter().rev().map(ToString::to_string).collect();
        p.out(&format!("{}\n", text.join(" "))).await;
    }
    ExitStatus::check(i32::from(found.is_empty()))
}
