//! A simulated Linux computer: disks with mounts, processes, bash and the programs people type.
//!
//! Here: [`Kernel`] and [`KernelState`] (machines, disks, processes, terminals as data), [`Process`] (what a program
//! sees), the shell, [`terminal`] (line editing, sessions), [`headless`] (a shell that is fed lines), and, under
//! [`programs`] and [`images`], the commands and container images people use.
//! Not here: Kubernetes and anything that speaks to it, where packets go (`network`), and what virtual time is (`sim`).

mod attach;
mod container;
mod disk;
pub mod dns;
mod errno;
mod fd;
mod files;
mod forward;
pub mod headless;
pub mod images;
mod kernel;
mod listen;
mod log_file;
mod machine;
mod memory;
mod net;
mod process;
mod program;
pub mod programs;
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
pub use disk::{Change, Content, DISK_LIMIT, Device, Disk, DiskId, FILE_LIMIT, Inode, executable};
pub use errno::Errno;
pub use fd::Fd;
pub use files::{DirEntry, EXECUTE, FileType, Metadata, READ, WRITE};
pub use forward::{Forward, Forwarded, ListenError};
pub use kernel::{CommandEnd, ContainerEvent, Kernel, KernelState, ProcessData, TraceId, TraceRecord};
pub use listen::Listening;
pub use machine::{LogLine, Machine, MachineId, MountPoint, User};
pub use net::{ConnectError, ConnectErrorKind, Connection, Ping, PingReply, ResolveError};
pub use network::{HostId, ListenerId, Proto};
pub use process::{Process, PsEntry};
pub use program::{CommandFn, Daemon, DaemonFn, DaemonStart, Idle, LocalFuture, Program, Service, ServiceCx};
pub use remote::Remote;
pub use session::{Session, SessionEnd};
pub use signal::{DefaultAction, Exit, Pid, Signal};
pub use spawn::{Child, Group, Spawn, SpawnError, Stdio};
pub use tty::{Hint, Note, Output, Tty, TtyId};
pub use usage::Usage;
