//! A computer of the world: a host of the network with a file system and users.

use std::collections::BTreeMap;
use std::rc::Rc;

use network::HostId;
use sim::{SharedQueue, Time};

use crate::{Capabilities, ContainerInput, DiskId, Pid};

/// Names a machine of a world: a computer, a node, or a container.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct MachineId(pub u64);

/// Where a part of a disk is seen in a machine's tree.
#[derive(Clone, Debug)]
pub struct MountPoint {
    /// The absolute path it covers; `/` for the root.
    pub path: String,
    /// The disk.
    pub disk: DiskId,
    /// The directory (or file) of the disk that is seen there, from the disk's root.
    pub subpath: String,
    /// Writes fail with EROFS.
    pub read_only: bool,
}

/// Who a process runs as.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct User {
    /// The login name; empty for a number that has none.
    pub name: String,
    /// The user's number; 0 may do everything.
    pub uid: u32,
    /// The primary group's number.
    pub gid: u32,
    /// The numbers of more groups, besides those that `/etc/group` gives the name.
    pub groups: Vec<u32>,
    /// The home directory.
    pub home: String,
    /// What root lacks of the rights over files, where its container lacks them.
    pub lacks: Capabilities,
}

impl User {
    /// The superuser.
    pub fn root() -> Self {
        User {
            name: "root".into(),
            uid: 0,
            gid: 0,
            groups: Vec::new(),
            home: "/root".into(),
            lacks: Capabilities::default(),
        }
    }

    /// An ordinary user with a home under `/home`.
    pub fn named(name: &str, uid: u32) -> Self {
        User { name: name.into(), uid, gid: uid, home: format!("/home/{name}"), ..User::root() }
    }
}

/// One line of a container's log, as the container runtime keeps it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogLine {
    /// When the line was complete.
    pub time: Time,
    /// Whether it was written to standard error.
    pub stderr: bool,
    /// The line without its newline.
    pub text: Rc<str>,
}

/// The most lines a container's log keeps; older ones go, as with log rotation.
pub(crate) const LOG_LIMIT: usize = 4000;

/// The file that a container's log is written to.
#[derive(Clone, Debug)]
pub(crate) struct LogFile {
    pub disk: DiskId,
    pub path: Rc<str>,
    /// How many lines were written, with those that have fallen off since.
    pub lines: u64,
}

/// A computer, a node or a container: everything a process on it sees is found through this.
#[derive(Clone, Debug)]
pub struct Machine {
    /// What `hostname` prints.
    pub hostname: String,
    /// What its tree is made of; the entry for `/` first. Longest path wins.
    pub mounts: Vec<MountPoint>,
    /// Its place in the network. The containers of a Pod share one.
    pub net: HostId,
    /// The environment a new process starts from.
    pub env: BTreeMap<String, String>,
    /// Who a new process runs as.
    pub user: User,
    /// The directory a new process starts in.
    pub cwd: String,
    /// The image it was made from, for people; empty for a computer.
    pub image: String,
    /// A container's number and name as docker has them; empty for a computer.
    pub runtime: (String, String),
    /// What PID 1 wrote to its standard output and error, a line each.
    pub log: SharedQueue<LogLine>,
    /// Lines that fell off the front of `log`.
    pub log_dropped: u64,
    /// Where the log is a file as well, as docker keeps it.
    pub(crate) log_file: Option<LogFile>,
    /// What PID 1 wrote since the last newline: standard output, standard error.
    pub(crate) log_partial: [Vec<u8>; 2],
    /// What PID 1 has as its standard input.
    pub input: ContainerInput,
    /// How many bytes of memory its processes may hold: a container's `limits.memory`.
    pub memory_limit: Option<u64>,
    /// How much of the processors they may use, in thousandths of one: a container's `limits.cpu`.
    pub cpu_limit: Option<i64>,
    /// What of root's rights root has here.
    pub capabilities: Capabilities,
    /// Whether its programs may gain no rights (`allowPrivilegeEscalation: false`).
    pub no_new_privileges: bool,
    /// Whether a profile filters its system calls. None is enforced here; `/proc` shows it.
    pub seccomp: bool,
    /// The first port that needs no `CAP_NET_BIND_SERVICE`. Container runtimes set 0 in a network of a Pod's own, where anybody may
    /// ping, too (moby's daemon/oci_linux.go).
    pub unprivileged_port_start: u16,
    /// Its `/proc`, once somebody has looked.
    pub(crate) proc: Option<crate::proc::Shown>,
    /// PID 1's global number, while there is one.
    pub(crate) init: Option<Pid>,
    pub(crate) next_local_pid: u32,
}

impl Machine {
    /// The first process of a container, while it runs; a computer has none.
    pub fn init(&self) -> Option<Pid> {
        self.init
    }

    /// A machine with `disk` as its whole tree, root's, with nothing running.
    pub fn new(hostname: &str, disk: DiskId, net: HostId) -> Self {
        Machine {
            hostname: hostname.into(),
            mounts: vec![MountPoint { path: "/".into(), disk, subpath: String::new(), read_only: false }],
            net,
            env: BTreeMap::new(),
            user: User::root(),
            cwd: "/".into(),
            image: String::new(),
            runtime: (String::new(), String::new()),
            log: SharedQueue::new(),
            log_dropped: 0,
            log_file: None,
            log_partial: [Vec::new(), Vec::new()],
            input: ContainerInput::default(),
            memory_limit: None,
            cpu_limit: None,
            capabilities: Capabilities::ALL,
            no_new_privileges: false,
            seccomp: false,
            unprivileged_port_start: 1024,
            proc: None,
            init: None,
            next_local_pid: 1,
        }
    }

    /// Mounts a part of a disk; a later mount on the same path hides the earlier. The directory must exist for `ls` of
    /// its parent to show it: see [`crate::KernelState::mount`], which makes it.
    pub fn push_mount(&mut self, mount: MountPoint) {
        self.mounts.retain(|old| old.path != mount.path);
        self.mounts.push(mount);
    }

    pub(crate) fn append_log(&mut self, stderr: bool, bytes: &[u8], now: Time) {
        let mut partial = std::mem::take(&mut self.log_partial[usize::from(stderr)]);
        for &byte in bytes {
            if byte == b'\n' || partial.len() >= 16 * 1024 {
                self.log.push_back(LogLine { time: now, stderr, text: String::from_utf8_lossy(&partial).into() });
                partial.clear();
                if self.log.len() > LOG_LIMIT {
                    self.log.pop_front();
                    self.log_dropped += 1;
                }
            }
            if byte != b'\n' {
                partial.push(byte);
            }
        }
        self.log_partial[usize::from(stderr)] = partial;
    }
}
