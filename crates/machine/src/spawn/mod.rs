//! Starting processes: from a process, in a container, over a session.

mod child;
mod load;

use std::collections::BTreeMap;
use std::future::Future;
use std::net::Ipv4Addr;
use std::rc::Rc;

use futures_util::future::{Either, select};
use sim::Duration;
use thiserror::Error;

use crate::files::join;
use crate::kernel::NewProcess;
use crate::program::DaemonStart;
use crate::{Daemon, Errno, Exit, ExitStatus, Fd, Kernel, LocalFuture, MachineId, Pid, Process, TtyId, User};

pub use self::child::Child;
pub(crate) use self::load::Loaded;

/// What starting a program takes.
const START: Duration = Duration::from_millis(1);
/// As much work as so many steps, for the host.
const START_STEPS: u64 = 50;

/// Why a program could not be started.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum SpawnError {
    /// No directory of `$PATH` has it, or the path leads nowhere: bash's 127.
    #[error("{0}: not found")]
    NotFound(String),
    /// It is there but cannot be run: bash's 126.
    #[error("{0}: {1}")]
    NotExecutable(String, Errno),
    /// fork(2) failed.
    #[error("fork: {0}")]
    Fork(Errno),
    /// There is no such machine.
    #[error("the machine is gone")]
    NoMachine,
}

impl SpawnError {
    /// The status a shell gives it.
    pub fn status(&self) -> i32 {
        match self {
            SpawnError::NotFound(_) => 127,
            SpawnError::NotExecutable(..) => 126,
            SpawnError::Fork(_) | SpawnError::NoMachine => 254,
        }
    }
}

/// What a child gets as one of its first three files.
#[derive(Clone, Default)]
pub enum Stdio {
    /// The parent's.
    #[default]
    Inherit,
    /// `/dev/null`.
    Null,
    /// This one.
    Fd(Fd),
}

/// A child to start.
#[derive(Clone, Default)]
pub struct Spawn {
    /// Its words; the first is looked up in its `PATH`.
    pub argv: Vec<String>,
    /// Its environment; `None` is the parent's, or the machine's on another machine.
    pub env: Option<Vec<(String, String)>>,
    /// Its directory; `None` is the parent's, or the machine's.
    pub cwd: Option<String>,
    /// Standard input.
    pub stdin: Stdio,
    /// Standard output.
    pub stdout: Stdio,
    /// Standard error.
    pub stderr: Stdio,
    /// Another machine: what `ssh` and `kubectl exec` do.
    pub machine: Option<MachineId>,
    /// Another user; `None` is the parent's, or the machine's.
    pub user: Option<User>,
    /// With `machine`: whether it gets a terminal there (`ssh -t`, `exec -t`). If not, its files are no terminals, even if
    /// the parent's are.
    pub tty: bool,
    /// Its process group.
    pub group: Group,
}

/// Which process group a child joins.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Group {
    /// The parent's.
    #[default]
    Inherit,
    /// A new one that it leads: a shell's job.
    New,
    /// This one.
    Of(Pid),
}

impl Spawn {
    /// A child that inherits everything.
    pub fn new<S: Into<String>>(argv: impl IntoIterator<Item = S>) -> Self {
        Spawn { argv: argv.into_iter().map(Into::into).collect(), ..Spawn::default() }
    }
}

impl Kernel {
    /// Runs `main` as the process `pid`, until it is done or a signal ends the process.
    pub(crate) async fn run_as<T>(&self, pid: Pid, main: impl Future<Output = T>) -> Result<T, Exit> {
        let live = self.live(pid);
        let mut main = Box::pin(main);
        loop {
            let signal = live.signal.notified();
            if let Some(exit) = live.killed.get() {
                drop(main); // its files close before anyone learns of its end
                return Err(exit);
            }
            // The signal first: who is killed together with its child does not see the child's end.
            match select(Box::pin(signal), main).await {
                Either::Left(((), rest)) => main = rest,
                Either::Right((value, _)) => return live.killed.get().map_or(Ok(value), Err),
            }
        }
    }

    /// Runs `main` as a process of its own: a task that ends when `main` does, or when a signal ends it. A process that has
    /// become data meanwhile goes on without it.
    pub(crate) fn run_process(&self, process: Process, main: impl Future<Output = i32> + 'static) -> Child {
        let (kernel, pid) = (self.clone(), process.pid);
        let live = self.live(pid);
        let owed = process.owed.clone();
        drop(process);
        let main: LocalFuture<i32> = Box::pin(main);
        self.sim().spawn(async move {
            let exit = kernel.run_as(pid, main).await;
            if exit.is_ok() && kernel.is_data(pid) {
                kernel.live(pid).ended.notify_all(); // who waits for it may become data too
                return;
            }
            if exit.is_ok() && !owed.get().is_zero() {
                kernel.sim().sleep(owed.take()).await;
            }
            kernel.end(pid, exit.map_or_else(|exit| exit, Exit::Code));
        });
        Child::of(self, pid, live)
    }

    /// A daemon starts: what it listens on, what it says.
    pub(crate) fn start_daemon(&self, process: &Process, daemon: Daemon) -> Result<(), (String, i32)> {
        let now = self.sim().now();
        let pid = process.pid;
        let (greeting, errors) = (daemon.greeting.clone(), daemon.greeting_stderr.clone());
        let (cannot_bind, said) = (daemon.cannot_bind, daemon.greeting.clone());
        let refused = move |port: u16, why: &str| {
            let text = match cannot_bind {
                Some(text) => format!("{said}{}", text(port, why, now)),
                None => format!("{}: bind() to 0.0.0.0:{port} failed ({why})\n", process.name()),
            };
            Err((text, 1))
        };
        for (_, port) in &daemon.listen {
            if !process.may_bind(*port) {
                return refused(*port, "13: Permission denied");
            }
        }
        self.with(|state| {
            let Some(host) = state.host_of(process.machine) else { return Ok(()) };
            for (proto, port) in &daemon.listen {
                let Ok(listener) = state.network.listen(host, *proto, None, *port) else {
                    return refused(*port, "98: Address already in use");
                };
                state.listeners.insert(listener, pid);
                if let Some(data) = state.processes.get_mut(&pid) {
                    data.listeners.push(listener);
                }
            }
            state.set_daemon(pid, Some(daemon));
            Ok(())
        })?;
        for (stderr, text) in [(false, greeting), (true, errors)] {
            if !text.is_empty()
                && process.fds.get(&1).is_some_and(|fd| matches!(fd.bare(), crate::fd::Stream::Log { .. }))
            {
                self.with(|state| state.write_log(process.machine, stderr, text.as_bytes(), now));
            }
        }
        Ok(())
    }

    /// Starts what was loaded as `process`.
    pub(crate) fn start(&self, process: Process, loaded: Loaded, prefer_data: bool) -> Child {
        let pid = process.pid;
        let mut failure = None;
        let anywhere = loaded.anywhere && loaded.command.is_some() && !prefer_data;
        if let Some(daemon) = &loaded.daemon
            && (prefer_data || loaded.command.is_none() || anywhere && !process.fds.values().any(Fd::is_pipe))
        {
            if anywhere {
                process.owed.set(START * self.0.pace.get()); // as the command's future takes it
            }
            let started = daemon(&process);
            match started.and_then(|d| d.map_or(Ok(false), |d| self.start_daemon(&process, d).map(|()| true))) {
                Ok(true) => {
                    let live = self.live(pid);
                    if prefer_data {
                        self.0.live.borrow_mut().remove(&pid); // nobody waits for a PID 1
                    }
                    return Child::of(self, pid, live);
                }
                Err(error) if !anywhere => failure = Some(error),
                Ok(false) | Err(_) => drop(process.owed.take()),
            }
        }
        let handle = process.clone();
        match (failure, loaded.command) {
            (Some((text, status)), _) => self.run_process(handle, async move {
                process.compute(START).await;
                process.err(&text).await;
                status
            }),
            (None, Some(command)) => self.run_process(handle, async move {
                process.compute(START).await;
                ExitStatus::code(command(process).await)
            }),
            (None, None) => self.run_process(handle, async move { 0 }),
        }
    }

    /// Runs a command in a machine for the host itself (a probe, a headless test): no parent, no terminal.
    ///
    /// # Errors
    ///
    /// As [`Process::spawn`].
    pub fn execute(
        &self,
        machine: MachineId,
        argv: &[String],
        stdin: Fd,
        stdout: Fd,
        stderr: Fd,
    ) -> Result<Child, SpawnError> {
        let process = self.outsider(machine, None).ok_or(SpawnError::NoMachine)?;
        let spawn = Spawn {
            argv: argv.to_vec(),
            stdin: Stdio::Fd(stdin),
            stdout: Stdio::Fd(stdout),
            stderr: Stdio::Fd(stderr),
            ..Spawn::default()
        };
        process.spawn(spawn)
    }

    /// A handle that looks like a process of the machine but is none: pid 0.
    pub fn outsider(&self, machine: MachineId, tty: Option<TtyId>) -> Option<Process> {
        let fd = tty.map_or_else(Fd::null, Fd::tty);
        self.with(|state| {
            let data = state.machines.get(&machine)?;
            Some(Process {
                kernel: self.clone(),
                pid: Pid(0),
                machine,
                user: Rc::new(data.user.clone()),
                argv: Rc::new([]),
                env: Rc::new(data.env.clone()),
                cwd: data.cwd.as_str().into(),
                fds: [(0, fd.clone()), (1, fd.clone()), (2, fd)].into(),
                umask: 0o022,
                owed: Rc::default(),
            })
        })
    }

    /// What a daemon answers to bytes that reached its listener, for the host's own probes.
    pub fn ask(
        &self,
        listener: network::ListenerId,
        request: &[u8],
        client: (Ipv4Addr, u16),
        local: (Ipv4Addr, u16),
    ) -> Option<Vec<u8>> {
        let now = self.sim().now();
        let backend = self.0.backend.borrow().clone();
        let backend = backend.as_deref();
        self.sim().random(|rng| self.with(|state| state.respond(listener, request, (client, local), now, rng, backend)))
    }

    /// Asks a server over a connection from a host that no process of the world opens; `None` when there is none.
    pub fn ask_from(&self, host: network::HostId, server: (Ipv4Addr, u16), request: &[u8]) -> Option<Vec<u8>> {
        let now = self.sim().now();
        let backend = self.0.backend.borrow().clone();
        let backend = backend.as_deref();
        let nobody = (Ipv4Addr::UNSPECIFIED, 0);
        let (machine, pid, client, local) = (MachineId(0), Pid(0), nobody, nobody);
        self.sim().random(|rng| {
            self.with(|kernel| {
                let mut cx = crate::ServiceCx { kernel, machine, pid, client, local, now, rng, backend };
                cx.ask((host, client.1), server, request).ok()
            })
        })
    }
}

impl Process {
    /// The daemon that this process is as data when it runs another command in its place: what an entrypoint does at its end.
    /// `None` if there is no such command, or it runs as a future.
    ///
    /// # Errors
    ///
    /// The command refuses its arguments: see [`DaemonFn`].
    pub fn start_daemon(&self, argv: &[String]) -> DaemonStart {
        let Ok(loaded) = self.kernel.load(self.machine, &self.user, &self.env, &self.cwd, argv) else {
            return Ok(None);
        };
        match loaded.daemon {
            Some(daemon) => daemon(&Process { argv: loaded.argv.into(), ..self.clone() }),
            None => Ok(None),
        }
    }

    /// Goes on as a daemon, with the number and the files of this process; its command has to end with status 0 at once.
    ///
    /// # Errors
    ///
    /// A port is taken, or not for this user: what it then says, and its status.
    pub fn become_daemon(&self, daemon: Daemon) -> Result<(), (String, i32)> {
        self.kernel.start_daemon(self, daemon)
    }

    /// Starts a program.
    ///
    /// # Errors
    ///
    /// There is no such program, it cannot be run, or there are too many processes.
    pub fn spawn(&self, spawn: Spawn) -> Result<Child, SpawnError> {
        let remote = spawn.machine.is_some_and(|machine| machine != self.machine) || spawn.tty;
        let machine = spawn.machine.unwrap_or(self.machine);
        let home = self
            .kernel
            .with(|state| state.machines.get(&machine).map(|m| (m.env.clone(), m.user.clone(), m.cwd.clone())))
            .ok_or(SpawnError::NoMachine)?;
        let remote_env = || Rc::new(home.0.clone());
        let env = match &spawn.env {
            Some(env) => Rc::new(sim::order::collect(env.iter().cloned())),
            None if spawn.machine.is_some() => remote_env(),
            None => self.env.clone(),
        };
        let user = match (&spawn.user, spawn.machine) {
            (Some(user), _) => Rc::new(user.clone()),
            (None, Some(_)) => Rc::new(home.1),
            (None, None) => self.user.clone(),
        };
        let cwd: Rc<str> = match (&spawn.cwd, spawn.machine) {
            (Some(cwd), _) => join(&self.cwd, cwd).into(),
            (None, Some(_)) => home.2.into(),
            (None, None) => self.cwd.clone(),
        };
        let loaded = self.kernel.load(machine, &user, &env, &cwd, &spawn.argv)?;
        let file = |stdio: &Stdio, number: u32| match stdio {
            Stdio::Inherit => self.fds.get(&number).cloned(),
            Stdio::Null => Some(Fd::null()),
            Stdio::Fd(fd) => Some(fd.clone()),
        };
        let mut fds: BTreeMap<u32, Fd> = if remote { BTreeMap::new() } else { self.fds.clone() };
        for (number, stdio) in [(0, &spawn.stdin), (1, &spawn.stdout), (2, &spawn.stderr)] {
            match file(stdio, number) {
                Some(fd) if remote && spawn.machine.is_some() => {
                    let fd = if spawn.tty && number == 2 { file(&spawn.stdout, 1).unwrap_or(fd) } else { fd };
                    fds.insert(number, fd.dressed(spawn.tty));
                }
                Some(fd) => drop(fds.insert(number, fd)),
                None => drop(fds.remove(&number)),
            }
        }
        let process = self.child_process(machine, user, loaded.argv.clone(), spawn.group)?;
        let process = Process { env, cwd, fds, ..process };
        Ok(self.kernel.start(process, loaded, false))
    }

    /// A process in the table that is this one's child, with this one's environment, directory and files.
    fn child_process(
        &self,
        machine: MachineId,
        user: Rc<User>,
        argv: Vec<String>,
        group: Group,
    ) -> Result<Process, SpawnError> {
        let now = self.now();
        self.sim().count_steps(START_STEPS);
        let pid = self.kernel.with(|state| {
            if state.processes.len() >= crate::kernel::PROCESS_LIMIT {
                return Err(SpawnError::Fork(Errno::EAGAIN));
            }
            let parent = state.processes.get(&self.pid);
            let (own, tty) = parent.map_or((None, self.fds.get(&0).and_then(Fd::tty_id)), |p| (Some(p.group), p.tty));
            let parent = parent.map(|p| p.pid);
            let user = User::clone(&user);
            let group = match group {
                Group::Inherit => own,
                Group::New => None,
                Group::Of(group) => Some(group),
            };
            Ok(state.add_process(NewProcess { machine, parent, group, user, argv: argv.clone(), tty, now }))
        })?;
        Ok(Process { pid, machine, user, argv: argv.into(), owed: Rc::default(), ..self.clone() })
    }

    /// A child that runs `main`, as fork(2) makes one: a shell's subshell.
    pub(crate) fn fork<F>(&self, group: Group, main: impl FnOnce(Process) -> F) -> Result<Child, SpawnError>
    where
        F: Future<Output = i32> + 'static,
    {
        let process = self.child_process(self.machine, self.user.clone(), self.argv.to_vec(), group)?;
        let main = main(process.clone());
        Ok(self.kernel.run_process(process, main))
    }

    /// A process on `machine` that is this one's child and runs `main`, for a session.
    pub(crate) fn fork_on<F>(
        &self,
        machine: MachineId,
        user: User,
        argv: Vec<String>,
        main: impl FnOnce(Process) -> F,
    ) -> Result<Child, SpawnError>
    where
        F: Future<Output = i32> + 'static,
    {
        let process = self.child_process(machine, Rc::new(user), argv, Group::New)?;
        let main = main(process.clone());
        Ok(self.kernel.run_process(process, main))
    }
}
