//! `/proc`: what the kernel tells of its processes, as files. It is made when a process looks below it, and mounted there.
//!
//! proc(5)

use network::Proto;
use sim::Time;

use crate::kernel::ProcessData;
use crate::{Content, Disk, DiskId, FileType, KernelState, Machine, MachineId, MountPoint, Pid, Process, User};

/// Where a machine's `/proc` is, and for whom and when it was made last.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    disk: DiskId,
    of: (Time, u32, Pid, usize),
}

impl Process {
    /// Makes the files below `/proc`, or those of the container's limits, if a path leads there.
    pub(crate) fn show_proc(&self, path: &str) {
        if path.starts_with("/proc") {
            self.kernel().with(|state| show(state, self));
        } else if path.starts_with("/sys") {
            let (machine, now) = (self.machine(), self.now());
            self.kernel().with(|state| crate::cgroup::show(state, machine, path, now));
        }
    }
}

#[inline(never)]
fn show(state: &mut KernelState, asking: &Process) {
    let (machine, now) = (asking.machine(), asking.now());
    let Some(computer) = state.machines.get(&machine) else { return };
    let mine: Vec<ProcessData> = state.processes.values().filter(|one| one.machine == machine).cloned().collect();
    let of = (now, computer.next_local_pid, asking.pid(), mine.len());
    if computer.proc.as_ref().is_some_and(|shown| shown.of == of) {
        return;
    }
    let mut disk = Disk::new(now);
    if let Some(root) = computer.mounts.first().map(|root| root.disk)
        && let Some(Content::Directory(entries)) =
            state.disks.get(&root).and_then(|disk| disk.get(&["proc"])).map(|folder| &folder.content)
    {
        for (name, inode) in entries.iter() {
            let _ = disk.insert::<&str>(&[], name, (**inode).clone(), now);
        }
    }
    let files = [
        ("sys/kernel/hostname", format!("{}\n", computer.hostname)),
        ("sys/net/ipv4/ip_unprivileged_port_start", format!("{}\n", computer.unprivileged_port_start)),
        ("sys/vm/overcommit_memory", "1\n".to_owned()),
        ("loadavg", format!("0.08 0.12 0.10 1/{} {}\n", 220 + mine.len(), of.1)),
        ("uptime", uptime(now, &mine)),
        ("net/tcp", sockets(state, machine)),
    ];
    for (path, text) in files {
        let _ = disk.remove(&path.split('/').collect::<Vec<&str>>(), now);
        disk.add_file(&format!("/{path}"), text, 0o444, now);
    }
    let mounts = mount_table(state, machine);
    for one in &mine {
        add_process(state, &mut disk, one, asking, &mounts, now);
    }
    let me = mine.iter().find(|one| one.pid == asking.pid()).map_or(1, |one| one.local_pid);
    disk.add_symlink("/self", &me.to_string(), now);
    disk.add_symlink("/thread-self", &format!("{me}/task/{me}"), now);
    disk.add_symlink("/mounts", "self/mounts", now);
    disk.set_mode("/", 0o555);
    let known = state.machines.get(&machine).and_then(|computer| computer.proc.as_ref()).map(|shown| shown.disk);
    let id = match known {
        Some(id) => {
            state.disks.insert(id, disk);
            id
        }
        None => state.add_disk(disk),
    };
    if let Some(computer) = state.machines.get_mut(&machine) {
        computer.proc = Some(Shown { disk: id, of });
        if known.is_none() {
            let read_only = !computer.image.is_empty();
            computer.push_mount(MountPoint { path: "/proc".to_owned(), disk: id, subpath: String::new(), read_only });
        }
    }
}

fn uptime(now: Time, mine: &[ProcessData]) -> String {
    let since = mine.iter().map(|one| one.started).min().unwrap_or(now);
    let seconds = now.since(since).as_millis() as f64 / 1000.0;
    format!("{seconds:.2} {:.2}\n", seconds * 1.8)
}

/// The name that `ps` shows, at most 15 bytes.
fn comm(one: &ProcessData) -> String {
    let name = one.argv.first().map_or("", |name| name.rsplit('/').next().unwrap_or(name));
    name.trim_start_matches('-').chars().take(15).collect()
}

fn add_process(state: &KernelState, disk: &mut Disk, one: &ProcessData, asking: &Process, mounts: &str, now: Time) {
    let Some(computer) = state.machines.get(&one.machine) else { return };
    let folder = format!("/{}", one.local_pid);
    let parent = one.parent.and_then(|pid| state.processes.get(&pid)).filter(|parent| parent.machine == one.machine);
    let parent = parent.map_or(0, |parent| parent.local_pid);
    let environment: Vec<(String, String)> = if one.pid == asking.pid() {
        asking.env.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    } else {
        computer.env.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    let zero = |texts: &mut dyn Iterator<Item = String>| texts.map(|text| format!("{text}\0")).collect::<String>();
    let container = !computer.image.is_empty();
    let (memory, name) = (one.holds / 1024 + 1_080, comm(one));
    let words = [
        ("status", status(one, computer, parent)),
        ("cmdline", zero(&mut one.argv.iter().cloned())),
        ("environ", zero(&mut environment.iter().map(|(name, value)| format!("{name}={value}")))),
        ("comm", format!("{name}\n")),
        ("cgroup", if container { "0::/\n" } else { "0::/init.scope\n" }.to_owned()),
        ("mounts", mounts.to_owned()),
        ("oom_score", "0\n".to_owned()),
        ("oom_score_adj", if container { "1000\n" } else { "0\n" }.to_owned()),
        ("limits", LIMITS.to_owned()),
        (
            "stat",
            format!(
                "{0} ({name}) {1} {parent} {0} {0} 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 {2} {3} {4} 18446744073709551615\n",
                one.local_pid,
                if one.ended.is_some() { "Z" } else { "S" },
                one.started.unix_micros() / 10_000 % 1_000_000,
                memory * 4096,
                memory / 4,
            ),
        ),
    ];
    for (file, text) in words {
        let path = format!("{folder}/{file}");
        disk.add_file(&path, text, if file == "environ" { 0o400 } else { 0o444 }, now);
        disk.set_owner(&path, one.user.uid, one.user.gid);
    }
    let own = one.pid == asking.pid();
    let cwd = if own { asking.cwd() } else { computer.cwd.clone() };
    for (link, target) in [("cwd", cwd), ("root", "/".to_owned()), ("exe", program_of(state, one))] {
        disk.add_symlink(&format!("{folder}/{link}"), &target, now);
    }
    let terminal = |number: u64| match (one.tty, container) {
        (Some(_), _) => "/dev/pts/0".to_owned(),
        (None, true) if number == 0 => "/dev/null".to_owned(),
        (None, true) => format!("pipe:[{}]", 48_213 + number),
        (None, false) => "/dev/null".to_owned(),
    };
    disk.add_dir(&format!("{folder}/fd"), now);
    for number in 0..3 {
        disk.add_symlink(&format!("{folder}/fd/{number}"), &terminal(number), now);
    }
    let spaces = ["cgroup", "ipc", "mnt", "net", "pid", "pid_for_children", "user", "uts"];
    for (space, number) in spaces.iter().zip(0..) {
        let kind = if *space == "pid_for_children" { "pid" } else { space };
        let place = match *space {
            "user" => 4_026_531_837,
            // The containers of a Pod share their network.
            "net" => 4_026_532_000 + u64::from(computer.net.0) * 8,
            _ if container => 4_026_532_400 + one.machine.0 * 8 + number,
            _ => 4_026_531_835 + number,
        };
        disk.add_symlink(&format!("{folder}/ns/{space}"), &format!("{kind}:[{place}]"), now);
    }
}

/// The file of its program: an absolute name, or where the usual folders have it.
fn program_of(state: &KernelState, one: &ProcessData) -> String {
    let name = one.argv.first().map_or("", String::as_str).trim_start_matches('-');
    if name.starts_with('/') {
        return name.to_owned();
    }
    let folders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
    let mut places = folders.iter().map(|folder| format!("{folder}/{name}"));
    let is_there = |path: &String| {
        state.metadata(one.machine, &User::root(), path, true).is_ok_and(|found| found.file_type == FileType::File)
    };
    places.find(is_there).unwrap_or_else(|| format!("/{name}"))
}

fn status(one: &ProcessData, computer: &Machine, parent: u32) -> String {
    let (user, pid, bounding) = (&one.user, one.local_pid, computer.capabilities);
    let effective = if user.uid == 0 { bounding.0 } else { 0 };
    let mut groups: Vec<u32> = user.groups.clone();
    if !groups.contains(&user.gid) {
        groups.insert(0, user.gid);
    }
    let groups: String = groups.iter().map(|group| format!("{group} ")).collect();
    let memory = one.holds / 1024 + 1_080;
    let state = if one.ended.is_some() { "Z (zombie)" } else { "S (sleeping)" };
    let bits = |signals: &[crate::Signal]| signals.iter().fold(0, |bits: u64, one| bits | 1 << (one.number() - 1));
    format!(
        "Name:\t{name}\nUmask:\t0022\nState:\t{state}\nTgid:\t{pid}\nNgid:\t0\nPid:\t{pid}\nPPid:\t{parent}\nTracerPid:\t0\n\
         Uid:\t{uid}\t{uid}\t{uid}\t{uid}\nGid:\t{gid}\t{gid}\t{gid}\t{gid}\nFDSize:\t64\nGroups:\t{groups}\nNStgid:\t{pid}\n\
         NSpid:\t{pid}\nNSpgid:\t{pid}\nNSsid:\t{pid}\nVmPeak:\t{size:>8} kB\nVmSize:\t{size:>8} kB\nVmLck:\t       0 kB\n\
         VmHWM:\t{memory:>8} kB\nVmRSS:\t{memory:>8} kB\nThreads:\t1\nSigQ:\t0/31353\nSigPnd:\t{zero}\nShdPnd:\t{pending:016x}\n\
         SigBlk:\t{zero}\nSigIgn:\t{ignored:016x}\nSigCgt:\t{caught:016x}\nCapInh:\t{zero}\nCapPrm:\t{effective:016x}\n\
         CapEff:\t{effective:016x}\nCapBnd:\t{bounding:016x}\nCapAmb:\t{zero}\nNoNewPrivs:\t{no_new}\nSeccomp:\t{seccomp}\nSeccomp_filters:\t{filters}\n\
         Cpus_allowed:\t3\nCpus_allowed_list:\t0-1\nMems_allowed:\t1\nMems_allowed_list:\t0\nvoluntary_ctxt_switches:\t1\n\
         nonvoluntary_ctxt_switches:\t0\n",
        name = comm(one),
        no_new = u8::from(computer.no_new_privileges),
        seccomp = if computer.seccomp { 2 } else { 0 },
        filters = u8::from(computer.seccomp),
        uid = user.uid,
        gid = user.gid,
        size = memory + 3_080,
        zero = "0000000000000000",
        pending = bits(&one.pending),
        ignored = bits(&one.ignores),
        caught = bits(&one.handles),
        bounding = bounding.0,
    )
}

const LIMITS: &str = "Limit                     Soft Limit           Hard Limit           Units     
Max cpu time              unlimited            unlimited            seconds   
Max file size             unlimited            unlimited            bytes     
Max data size             unlimited            unlimited            bytes     
Max stack size            8388608              unlimited            bytes     
Max core file size        unlimited            unlimited            bytes     
Max resident set          unlimited            unlimited            bytes     
Max processes             unlimited            unlimited            processes 
Max open files            1048576              1048576              files     
Max locked memory         8388608              8388608              bytes     
Max address space         unlimited            unlimited            bytes     
Max file locks            unlimited            unlimited            locks     
Max pending signals       31353                31353                signals   
Max msgqueue size         819200               819200               bytes     
Max nice priority         0                    0                    
Max realtime priority     0                    0                    
Max realtime timeout      unlimited            unlimited            us        
";

fn mount_table(state: &KernelState, machine: MachineId) -> String {
    let Some(computer) = state.machines.get(&machine) else { return String::new() };
    let container = !computer.image.is_empty();
    let mut text = String::new();
    for mount in computer.mounts.iter().filter(|mount| mount.path != "/proc") {
        let memory = state.disks.get(&mount.disk).is_some_and(|disk| disk.memory().is_some());
        let (source, kind) = match mount.path.as_str() {
            _ if memory => ("tmpfs", "tmpfs"),
            "/" if container => ("overlay", "overlay"),
            _ => ("/dev/sda1", "ext4"),
        };
        let way = if mount.read_only { "ro" } else { "rw" };
        text.push_str(&format!("{source} {} {kind} {way},relatime 0 0\n", mount.path));
        if mount.path == "/" {
            text.push_str("proc /proc proc rw,nosuid,nodev,noexec,relatime 0 0\n");
        }
    }
    text
}

/// `/proc/net/tcp`: who listens; a connection here is over as soon as it was answered.
fn sockets(state: &KernelState, machine: MachineId) -> String {
    let mut text =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n".to_owned();
    let host = state.host_of(machine).and_then(|host| state.network.host(host));
    let listeners = host.into_iter().flat_map(|host| &host.listeners).filter(|one| one.proto == Proto::Tcp);
    for (listener, number) in listeners.zip(0u32..) {
        let address = listener.address.map_or(0, |address| u32::from(address).swap_bytes());
        text.push_str(&format!(
            "{number:>4}: {address:08X}:{:04X} 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 {} 1 \
             0000000000000000 100 0 0 10 0\n",
            listener.port,
            30_412 + number,
        ));
    }
    text
}

/// A machine's `/proc` goes with it.
pub(crate) fn forget(state: &mut KernelState, machine: MachineId) {
    if let Some(shown) = state.machines.get(&machine).and_then(|computer| computer.proc.clone()) {
        state.disks.remove(&shown.disk);
    }
}
