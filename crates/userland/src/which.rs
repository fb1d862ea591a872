//! `which`: where a command is found. which(1) of debianutils 5.7.

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let all = p.args().iter().any(|arg| arg == "-a");
    let path = p.env("PATH").unwrap_or_default();
    let mut status = Ok(());
    let names: Vec<String> = p.args().iter().skip(1).filter(|arg| !arg.starts_with('-')).cloned().collect();
    for name in &names {
        let candidates: Vec<String> = if name.contains('/') {
            vec![name.clone()]
        } else {
            path.split(':').map(|dir| format!("{}/{name}", dir.trim_end_matches('/'))).collect()
        };
        let good = |file: &&String| p.metadata(file).is_ok_and(|m| m.is_file()) && p.may(file, machine::EXECUTE);
        let found: Vec<&String> = candidates.iter().filter(good).take(if all { usize::MAX } else { 1 }).collect();
        if found.is_empty() {
            status = Err(ExitStatus(1));
        }
        for file in found {
            p.out(&format!("{file}\n")).await;
        }
    }
    if names.is_empty() { Err(ExitStatus(1)) } else { status }
}
