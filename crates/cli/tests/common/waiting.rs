//! Whether programs wait, read from Linux' `/proc` (proc(5)): a world's time may go on then, however slow the machine is.

use std::fs;
use std::path::{Path, PathBuf};

/// A thread, and how often it gave up or lost its processor: a thread that ran in between has another count.
type Switches = Vec<(u32, u64)>;

/// Every process and its parent.
fn parents() -> Vec<(u32, u32)> {
    let numbers = fs::read_dir("/proc").into_iter().flatten().flatten();
    numbers
        .filter_map(|entry| {
            let process = entry.file_name().to_str()?.parse().ok()?;
            let status = fs::read_to_string(entry.path().join("status")).ok()?;
            Some((process, field(&status, "PPid:")?.parse().ok()?))
        })
        .collect()
}

fn field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
}

fn tasks(process: u32) -> PathBuf {
    Path::new("/proc").join(process.to_string()).join("task")
}

/// The threads of a process and of all that it started, while every one of them sleeps; `None` while one runs, waits for a
/// disk, has just begun or is just ending.
fn sleeping(process: u32) -> Option<Switches> {
    let parents = parents();
    let (mut processes, mut switches) = (vec![process], Switches::new());
    while let Some(process) = processes.pop() {
        for task in fs::read_dir(tasks(process)).ok()?.flatten() {
            let status = fs::read_to_string(task.path().join("status")).ok()?;
            // R runs, D waits for a disk; S sleeps, T is stopped, and a zombie (Z) has ended.
            if field(&status, "State:")?.starts_with(['R', 'D']) {
                return None;
            }
            let count = |name: &str| field(&status, name).and_then(|count| count.parse::<u64>().ok());
            let count = count("voluntary_ctxt_switches:")? + count("nonvoluntary_ctxt_switches:")?;
            switches.push((task.file_name().to_str()?.parse().ok()?, count));
        }
        processes.extend(parents.iter().filter(|(_, parent)| *parent == process).map(|(child, _)| child));
    }
    switches.sort_unstable();
    Some(switches)
}

/// Whether a client and all it started slept while their server slept: nothing is on the way between them. What is left to
/// wait for is the world, or the client's own timer.
pub fn wait_for_each_other(client: u32, server: u32) -> bool {
    let Some(before) = sleeping(client) else { return false };
    sleeping(server).is_some() && sleeping(client).is_some_and(|after| after == before)
}
