//! A simulated Linux computer: disks with mounts, processes, terminals and bash.
//!
//! Here: [`Kernel`] and [`KernelState`] (machines, disks, processes, terminals as data), [`Process`] (what a program
//! sees), the shell, [`terminal`] (line editing, sessions), [`headless`] (a shell that is fed lines), and, under [`libc`],
//! what the shell shares with programs.
//! Not here: the programs people type and the images they are in (`userland`), Kubernetes and anything that speaks to it,
//! where packets go (`network`), and what virtual time is (`sim`).

#![warn(unreachable_pub)]

mod attach;
mod capabilities;
mod cgroup;
mod container;
mod disk;
pub mod dns;
mod errno;
mod fd;
mod files;
mod forward;
pub mod headless;
mod kernel;
pub mod libc;
mod listen;
mod log_file;
mod long_file;
mod machine;
mod memory;
mod net;
mod proc;
mod process;
mod program;
mod remote;
mod resolver;
mod session;
pub mod shell;
mod signal;
mod spawn;
mod suspend;
pub mod terminal;
mod tty;
mod usage;

pub use attach::ContainerInput;
pub use capabilities::Capabilities;
pub use disk::{Change, Content, DISK_LIMIT, DISK_ROOM, Device, Disk, DiskId, FILE_LIMIT, Inode, executable};
pub use errno::Errno;
pub use fd::{Copies, Fd};
pub use files::{DirEntry, EXECUTE, FileType, Metadata, READ, WRITE};
pub use forward::{Forward, Forwarded, ListenError};
pub use kernel::{CommandEnd, ContainerEvent, Kernel, KernelState, ProcessData, TraceId, TraceRecord};
pub use listen::{Listening, Serving};
pub use long_file::LongFile;
pub use machine::{LogLine, Machine, MachineId, MountPoint, User};
pub use net::{ConnectError, ConnectErrorKind, Connection, Ping, PingReply, ResolveError};
pub use network::{HostId, ListenerId, Proto};
pub use process::{MEMORY_LIMIT, Process, PsEntry};
pub use program::{
    Backend, CommandFn, Daemon, DaemonFn, DaemonStart, ExitStatus, Idle, LocalFuture, Program, Service, ServiceCx,
};
pub use remote::Remote;
pub use resolver::{INTERNET, ResolvConf, Resolved, Unanswered};
pub use session::{Session, SessionEnd, is_interactive_shell};
pub use signal::{DefaultAction, Exit, Pid, Signal};
pub use spawn::{Child, Group, Spawn, SpawnError, Stdio};
pub use suspend::Resume;
pub use tty::{Hint, Note, Output, Tty, TtyId};
pub use usage::Usage;
