//! `/sys/fs/cgroup` of a container: what the kernel counts and limits, as files, written anew whenever a path leads there.
//!
//! <https://docs.kernel.org/admin-guide/cgroup-v2.html>

use sim::{Duration, Time};

use crate::{KernelState, MachineId};

const FOLDER: &str = "/sys/fs/cgroup";
/// What a page of a file's content, and of the kernel's own, comes to beside what programs hold, in hundredths.
const OF_FILES: u64 = 12;
const OF_KERNEL: u64 = 4;

/// Writes a container's files, if a path leads there.
pub(crate) fn show(state: &mut KernelState, machine: MachineId, path: &str, now: Time) {
    if path.starts_with(FOLDER) && state.machines.get(&machine).is_some_and(|computer| !computer.image.is_empty()) {
        write(state, machine, now);
    }
}

#[inline(never)]
fn write(state: &mut KernelState, machine: MachineId, now: Time) {
    let usage = state.usage(machine);
    let mine = state.processes.values().filter(|one| one.machine == machine && one.ended.is_none());
    let (mut pids, mut began) = (Vec::new(), now);
    for process in mine {
        pids.push(process.local_pid);
        began = began.min(process.started);
    }
    let Some(computer) = state.machines.get(&machine) else { return };
    let Some(root) = computer.mounts.first().map(|root| root.disk) else { return };
    let or_max = |limit: Option<u64>| limit.map_or_else(|| "max".to_owned(), |limit| limit.to_string());
    // As `usage` has it: what was computed, and what is kept busy all the time.
    let computed = usage.computed + now.since(began) * u32::try_from(usage.busy).unwrap_or(u32::MAX) / 1000;
    let micros = |time: Duration| time.as_micros();
    let (all, anon) = (usage.memory, usage.memory / 100 * (100 - OF_FILES - OF_KERNEL));
    let (file, kernel) = (usage.memory / 100 * OF_FILES, usage.memory / 100 * OF_KERNEL);
    let procs: String = pids.iter().map(|pid| format!("{pid}\n")).collect();
    let files = [
        ("cgroup.controllers", "cpuset cpu io memory hugetlb pids rdma misc\n".to_owned()),
        ("cgroup.procs", procs),
        ("cgroup.type", "domain\n".to_owned()),
        ("cpu.max", format!("{} 100000\n", or_max(computer.cpu_limit.map(|milli| (milli * 100).max(1000) as u64)))),
        (
            "cpu.stat",
            format!(
                "usage_usec {}\nuser_usec {}\nsystem_usec {}\nnr_periods 0\nnr_throttled 0\nthrottled_usec 0\n",
                micros(computed),
                micros(computed) * 7 / 10,
                micros(computed) - micros(computed) * 7 / 10,
            ),
        ),
        ("memory.current", format!("{all}\n")),
        ("memory.events", "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 0\n".to_owned()),
        ("memory.high", "max\n".to_owned()),
        ("memory.low", "0\n".to_owned()),
        ("memory.max", format!("{}\n", or_max(computer.memory_limit))),
        ("memory.min", "0\n".to_owned()),
        ("memory.peak", format!("{all}\n")),
        (
            "memory.stat",
            format!(
                "anon {anon}\nfile {file}\nkernel {kernel}\nkernel_stack {}\nsock 0\nshmem 0\nfile_mapped {}\nfile_dirty 0\n\
                 inactive_anon {anon}\nactive_anon 0\ninactive_file {}\nactive_file {}\nunevictable 0\npgfault {}\npgmajfault 0\n",
                16_384 * pids.len(),
                file / 2,
                file / 2,
                file - file / 2,
                anon / 4096,
            ),
        ),
        ("memory.swap.max", "0\n".to_owned()),
        ("pids.current", format!("{}\n", pids.len())),
        ("pids.max", "max\n".to_owned()),
    ];
    if let Some(disk) = state.disks.get_mut(&root) {
        for (name, text) in files {
            disk.add_file(&format!("{FOLDER}/{name}"), text, 0o444, now);
        }
    }
}
