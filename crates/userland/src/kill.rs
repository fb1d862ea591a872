//! `kill`: a signal to processes. kill(1) of procps-ng 4.0.2.

use machine::Signal;

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let mut signal = Signal::Terminate;
    let mut pids = Vec::new();
    let mut args = p.args().iter().skip(1);
    while let Some(arg) = args.next() {
        let name = match arg.as_str() {
            "-l" | "-L" | "--list" => {
                let names: Vec<String> = (1..32).filter_map(Signal::of_number).map(Signal::name).collect();
                p.out(&format!("{}\n", names.join(" "))).await;
                return Ok(());
            }
            "-s" | "--signal" => args.next().cloned(),
            arg if arg.starts_with('-') && arg.len() > 1 && arg != "--" => Some(arg[1..].to_owned()),
            "--" => continue,
            _ => {
                pids.push(arg.clone());
                continue;
            }
        };
        let name = name.unwrap_or_default();
        match Signal::parse(&name) {
            Some(found) => signal = found,
            None if name == "0" => return ExitStatus::check(i32::from(!pids.is_empty())),
            None => {
                p.err(&format!("kill: unknown signal {name}\n")).await;
                return Err(ExitStatus(1));
            }
        }
    }
    if pids.is_empty() {
        p.err("kill: not enough arguments\n").await;
        return Err(ExitStatus(1));
    }
    let mut status = Ok(());
    for text in pids {
        let result = text.parse::<u32>().map(|pid| p.kill(pid, signal));
        let why = match result {
            Ok(Ok(())) => continue,
            Ok(Err(error)) => format!("({text}): {error}"),
            Err(_) => format!("failed to parse argument: '{text}'"),
        };
        p.err(&format!("kill: {why}\n")).await;
        status = Err(ExitStatus(1));
    }
    status
}
