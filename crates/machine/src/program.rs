//! What an executable file stands for.

use std::future::Future;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use network::{HostId, Packet, Verdict};
use sim::{Rng, Time};

use crate::dns::{Answer, Question};
use crate::{ConnectErrorKind, Exit, KernelState, MachineId, Pid, Process, Proto, Signal};

/// A future that stays on its thread.
pub type LocalFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// The status, other than 0, with which a program ends; 0 after `--help`, which ends a program early as an error does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExitStatus(pub i32);

impl ExitStatus {
    /// `Ok` for 0, which is success.
    ///
    /// # Errors
    ///
    /// Any other status.
    pub fn check(status: i32) -> Result<(), ExitStatus> {
        if status == 0 { Ok(()) } else { Err(ExitStatus(status)) }
    }

    /// What a parent learns of a program that ended so.
    pub fn code(ended: Result<(), ExitStatus>) -> i32 {
        ended.map_or_else(|ExitStatus(status)| status, |()| 0)
    }
}

/// A command's code: runs with the process it is, to success or to another exit status.
pub type CommandFn = Rc<dyn Fn(Process) -> LocalFuture<Result<(), ExitStatus>>>;

/// A daemon's start: gives the daemon, or `None` if these arguments ask for the command's future after all, or the text
/// for standard error and the exit status.
pub type DaemonFn = Rc<dyn Fn(&Process) -> DaemonStart>;

/// What a daemon's start comes to: see [`DaemonFn`].
pub type DaemonStart = Result<Option<Daemon>, (String, i32)>;

/// What the executable files made by [`crate::Disk::add_program`] run.
#[derive(Clone)]
pub struct Program {
    /// The name that `add_program` was given.
    pub name: String,
    /// Runs it as a future.
    pub command: Option<CommandFn>,
    /// Runs it as data, so that a checkpoint can be taken while it runs. Preferred when it is a container's PID 1, or
    /// when there is no `command`.
    pub daemon: Option<DaemonFn>,
    /// The daemon is preferred wherever it holds no pipe: `sleep` in a shell's loop.
    pub anywhere: bool,
}

impl Program {
    /// A program that runs as a future.
    pub fn command<F>(name: &str, run: fn(Process) -> F) -> Self
    where
        F: Future<Output = Result<(), ExitStatus>> + 'static,
    {
        Program::with(name, move |process| Box::pin(run(process)))
    }

    /// A program that carries something along, such as a connection to an API.
    pub fn with(name: &str, run: impl Fn(Process) -> LocalFuture<Result<(), ExitStatus>> + 'static) -> Self {
        Program { name: name.into(), command: Some(Rc::new(run)), daemon: None, anywhere: false }
    }

    /// A program that runs as data only.
    pub fn daemon(name: &str, start: fn(&Process) -> DaemonStart) -> Self {
        Program { name: name.into(), command: None, daemon: Some(Rc::new(start)), anywhere: false }
    }
}

/// A process that lives as data: no future, so checkpoints and clones work while it runs.
#[derive(Clone)]
pub struct Daemon {
    /// How it behaves. It keeps no state of its own: that is in disks and logs.
    pub service: Rc<dyn Service>,
    /// Ports it listens on, on all addresses.
    pub listen: Vec<(Proto, u16)>,
    /// When it ends by itself, and how.
    pub ends: Option<(Time, Exit)>,
    /// What it writes to its standard output when it starts.
    pub greeting: String,
    /// Likewise to its standard error.
    pub greeting_stderr: String,
    /// How much of the processors it keeps busy, in thousandths of one.
    pub busy: u64,
    /// What it writes when it cannot listen at a port, for such a reason: `98: Address already in use`.
    pub cannot_bind: Option<fn(u16, &str, Time) -> String>,
}

impl Daemon {
    /// A daemon that listens to nothing and never ends.
    pub fn new(service: impl Service + 'static) -> Self {
        let (greeting, greeting_stderr) = Default::default();
        Daemon {
            service: Rc::new(service),
            listen: Vec::new(),
            ends: None,
            greeting,
            greeting_stderr,
            busy: 0,
            cannot_bind: None,
        }
    }
}

/// Where and when a daemon is asked something.
pub struct ServiceCx<'a> {
    /// The world's machines: disks to read, logs to write.
    pub kernel: &'a mut KernelState,
    /// The machine the daemon runs on.
    pub machine: MachineId,
    /// The daemon's process.
    pub pid: Pid,
    /// Who asks; after SNAT, as the daemon sees it.
    pub client: (Ipv4Addr, u16),
    /// The address it was reached at.
    pub local: (Ipv4Addr, u16),
    /// Now.
    pub now: Time,
    /// The world's chance.
    pub rng: &'a mut Rng,
    /// Whom daemons ask for what only the host of the kernel knows: [`crate::Kernel::set_backend`].
    pub backend: Option<&'a dyn Backend>,
}

/// What stands behind daemons that serve what only the host of the kernel knows: names, objects.
pub trait Backend {
    /// A name server's answer; `None` when the name is of none of its zones.
    fn look_up(&self, question: &Question) -> Option<Answer>;

    /// What one of the host's own servers, by its name, answers to bytes that reached its daemon.
    fn respond(&self, server: &str, cx: &mut ServiceCx<'_>, request: &[u8]) -> Vec<u8>;
}

/// How many servers may ask each other, one inside of the other: what asks itself would do so for ever.
const NESTED: u8 = 16;

impl ServiceCx<'_> {
    /// Asks another server over TCP on the client's behalf, from a host and the client's port, and gives what it answers: nothing, if
    /// it closes the connection.
    ///
    /// # Errors
    ///
    /// There is no connection.
    pub fn ask(
        &mut self,
        from: (HostId, u16),
        to: (Ipv4Addr, u16),
        request: &[u8],
    ) -> Result<Vec<u8>, ConnectErrorKind> {
        self.send(Proto::Tcp, from, to, request)
    }

    fn send(
        &mut self,
        proto: Proto,
        from: (HostId, u16),
        to: (Ipv4Addr, u16),
        request: &[u8],
    ) -> Result<Vec<u8>, ConnectErrorKind> {
        let trace = self.kernel.network.send(self.rng, from.0, Packet::new(proto, to.0, to.1));
        match trace.verdict {
            Verdict::Deliver { listener: Some(listener), src, dst, port, .. } if self.kernel.nested < NESTED => {
                self.kernel.nested += 1;
                let ends = ((src, from.1), (dst, port));
                let answer = self.kernel.respond(listener, request, ends, self.now, self.rng, self.backend);
                self.kernel.nested -= 1;
                Ok(answer.unwrap_or_default())
            }
            Verdict::Refuse(_) => Err(ConnectErrorKind::Refused),
            Verdict::HostUnreachable { .. } => Err(ConnectErrorKind::HostUnreachable),
            Verdict::NetworkUnreachable { .. } => Err(ConnectErrorKind::NetworkUnreachable),
            _ => Err(ConnectErrorKind::TimedOut),
        }
    }

    /// The same from the daemon's own machine, as a proxy does.
    ///
    /// # Errors
    ///
    /// There is no connection.
    pub fn exchange(&mut self, to: (Ipv4Addr, u16), request: &[u8]) -> Result<Vec<u8>, ConnectErrorKind> {
        let from = self.own_end().ok_or(ConnectErrorKind::NetworkUnreachable)?;
        self.ask(from, to, request)
    }

    fn own_end(&mut self) -> Option<(HostId, u16)> {
        Some((self.kernel.host_of(self.machine)?, 32768 + self.rng.below(28232) as u16))
    }

    /// Asks a name server from the daemon's own machine; `None` if nothing came.
    pub fn ask_name_server(&mut self, server: (Ipv4Addr, u16), question: &Question) -> Option<Answer> {
        let from = self.own_end()?;
        let reply = self.send(Proto::Udp, from, server, &crate::dns::query(question)).ok()?;
        crate::dns::parse_reply(&reply)
    }
}

/// How a daemon behaves.
pub trait Service {
    /// Answers what a client sent over a connection (or in a datagram). An empty answer closes it.
    fn respond(&self, cx: &mut ServiceCx<'_>, request: &[u8]) -> Vec<u8> {
        let _ = (cx, request);
        Vec::new()
    }

    /// For how long an answer keeps a processor busy.
    fn cost(&self) -> Duration {
        Duration::from_micros(300)
    }

    /// What a signal other than SIGKILL does: `None` ignores it, else it ends so after so long. A daemon that is PID 1
    /// and has no handler ignores signals, as the kernel does for PID 1; elsewhere the signal ends it.
    fn signal(&self, signal: Signal, is_init: bool) -> Option<(Duration, Exit)> {
        if is_init { None } else { Some((Duration::ZERO, Exit::Signal(signal))) }
    }
}

/// Does nothing: `sleep`, `pause`, a computer's own processes.
pub struct Idle;

impl Service for Idle {}
