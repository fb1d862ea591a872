//! Starting processes: from a process, in a container, over a session.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::Ipv4Addr;
use std::rc::Rc;

use futures_util::future::{Either, select};
use sim::Duration;
use thiserror::Error;

use crate::files::{EXECUTE, join, permits};
use crate::kernel::{Live, NewProcess};
use crate::program::{CommandFn, DaemonFn, DaemonStart, Program};
use crate::{Content, Daemon, Errno, Exit, Fd, Kernel, LocalFuture, MachineId, Pid, Process, TtyId, User};

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

/// A started process. Dropped without [`Child::wait`], it goes on by itself.
pub struct Child {
    kernel: Kernel,
    pid: Pid,
    live: Rc<Live>,
    reaped: bool,
}

impl Child {
    /// Its global number.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Leaves it running; [`Kernel::child`] finds it again.
    pub(crate) fn leave(mut self) -> Pid {
        self.reaped = true;
        self.pid
    }

    /// How it ended, if it has.
    pub fn ended(&self) -> Option<Exit> {
        self.kernel.with(|state| match state.processes.get(&self.pid) {
            Some(data) => data.ended,
            None => Some(self.live.exit.get().or(self.live.killed.get()).unwrap_or(Exit::Signal(crate::Signal::Kill))),
        })
    }

    /// Waits for its end and gives the status a shell shows.
    pub async fn wait(self) -> i32 {
        self.wait_exit().await.status()
    }

    /// Waits for its end.
    pub async fn wait_exit(mut self) -> Exit {
        loop {
            let ended = self.live.ended.notified();
            if let Some(exit) = self.ended() {
                self.reaped = true;
                self.kernel.reap(self.pid);
                return exit;
            }
            ended.await;
        }
    }

    /// Waits for its end, or until it lives as data (`None`).
    pub(crate) async fn ends_or_is_data(&self) -> Option<Exit> {
        loop {
            let changed = self.live.ended.notified();
            if let Some(exit) = self.ended() {
                return Some(exit);
            }
            if self.kernel.is_data(self.pid) {
                return None;
            }
            changed.await;
        }
    }

    /// Likewise, without giving up the child.
    pub(crate) async fn ends(&self) -> Exit {
        loop {
            let ended = self.live.ended.notified();
            if let Some(exit) = self.ended() {
                return exit;
            }
            ended.await;
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if !self.reaped {
            self.kernel.detach(self.pid);
        }
    }
}

pub(crate) struct Loaded {
    pub argv: Vec<String>,
    pub command: Option<CommandFn>,
    pub daemon: Option<DaemonFn>,
    /// The daemon is preferred wherever it is started.
    pub anywhere: bool,
}

impl Kernel {
    /// A process that was left running, as the child it is.
    pub(crate) fn child(&self, pid: Pid) -> Child {
        let lives = self.with(|state| state.processes.get(&pid).is_some_and(|data| data.ended.is_none()));
        let live = if lives { self.live(pid) } else { Rc::default() };
        Child { kernel: self.clone(), pid, live, reaped: false }
    }

    pub(crate) fn reap(&self, pid: Pid) {
        self.with(|state| {
            if state.processes.get(&pid).is_some_and(|p| p.ended.is_some()) {
                state.processes.remove(&pid);
            }
        });
    }

    fn detach(&self, pid: Pid) {
        let Ok(mut state) = self.0.state.try_borrow_mut() else { return };
        match state.processes.get_mut(&pid) {
            Some(data) if data.ended.is_some() => {
                state.processes.remove(&pid);
            }
            Some(data) => data.detached = true,
            None => {}
        }
    }

    /// Where the program `name` is for this user, as execvp(3) looks for it.
    pub(crate) fn find_program(
        &self,
        machine: MachineId,
        user: &User,
        path: &str,
        cwd: &str,
        name: &str,
    ) -> Result<String, SpawnError> {
        let look = |file: &str| -> Result<(), Option<Errno>> {
            self.with(|state| {
                let place = state.walk(machine, user, file, true).map_err(Some)?;
                let inode = state.inode(&place).ok_or(None)?;
                if inode.is_dir() {
                    return Err(Some(Errno::EISDIR));
                }
                if !permits(user, inode.mode, inode.uid, inode.gid, EXECUTE) {
                    return Err(Some(Errno::EACCES));
                }
                Ok(())
            })
        };
        if name.contains('/') {
            return match look(&join(cwd, name)) {
                Ok(()) => Ok(join(cwd, name)),
                Err(None | Some(Errno::ENOENT)) => Err(SpawnError::NotFound(name.to_owned())),
                Err(Some(error)) => Err(SpawnError::NotExecutable(name.to_owned(), error)),
            };
        }
        let mut denied = None;
        for dir in path.split(':') {
            let file = join(cwd, &format!("{}/{name}", if dir.is_empty() { "." } else { dir.trim_end_matches('/') }));
            match look(&file) {
                Ok(()) if !name.is_empty() => return Ok(file),
                Err(Some(Errno::EACCES)) => denied = Some(file),
                _ => {}
            }
        }
        match denied {
            Some(file) => Err(SpawnError::NotExecutable(file, Errno::EACCES)),
            None => Err(SpawnError::NotFound(name.to_owned())),
        }
    }

    /// Finds what `argv` runs: an executable file of the program table, a script's interpreter, or `sh` for plain text.
    pub(crate) fn load(
        &self,
        machine: MachineId,
        user: &User,
        env: &BTreeMap<String, String>,
        cwd: &str,
        argv: &[String],
    ) -> Result<Loaded, SpawnError> {
        const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        let mut argv = argv.to_vec();
        if too_long(&argv, env) {
            return Err(SpawnError::NotExecutable(argv[0].clone(), Errno::E2BIG));
        }
        for _ in 0..4 {
            let name = argv.first().cloned().unwrap_or_default();
            let path = env.get("PATH").map_or(PATH, String::as_str);
            let file = self.find_program(machine, user, path, cwd, &name)?;
            let bytes = self
                .with(|state| {
                    let place = state.walk(machine, user, &file, true)?;
                    match &state.inode(&place).ok_or(Errno::ENOENT)?.content {
                        Content::File(bytes) => Ok(bytes.clone()),
                        _ => Err(Errno::EACCES),
                    }
                })
                .map_err(|error| SpawnError::NotExecutable(name.clone(), error))?;
            if let Some(program) = crate::disk::executable_program(&bytes) {
                let program = self.0.programs.borrow().get(program).cloned();
                let program = program.ok_or_else(|| SpawnError::NotExecutable(name.clone(), Errno::ENOEXEC))?;
                let Program { command, daemon, anywhere, .. } = program;
                return Ok(Loaded { argv, command, daemon, anywhere });
            }
            let text = String::from_utf8_lossy(&bytes[..bytes.len().min(256)]).into_owned();
            if bytes.contains(&0) {
                return Err(SpawnError::NotExecutable(name, Errno::ENOEXEC));
            }
            let mut with = match text.strip_prefix("#!") {
                Some(line) => {
                    let line = line.lines().next().unwrap_or_default().trim();
                    match line.split_once([' ', '\t']) {
                        Some((interpreter, word)) => vec![interpreter.to_owned(), word.trim().to_owned()],
                        None => vec![line.to_owned()],
                    }
                }
                None => vec!["/bin/sh".to_owned()],
            };
            with.push(file);
            with.extend(argv.drain(1..));
            argv = with;
        }
        Err(SpawnError::NotExecutable(argv.first().cloned().unwrap_or_default(), Errno::ELOOP))
    }

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
        Child { kernel: self.clone(), pid, live, reaped: false }
    }

    /// A daemon starts: what it listens on, what it says.
    pub(crate) fn start_daemon(&self, process: &Process, daemon: Daemon) -> Result<(), (String, i32)> {
        let now = self.sim().now();
        let pid = process.pid;
        let (greeting, errors) = (daemon.greeting.clone(), daemon.greeting_stderr.clone());
        self.with(|state| {
            let Some(host) = state.host_of(process.machine) else { return Ok(()) };
            for (proto, port) in &daemon.listen {
                let listener = state.network.listen(host, *proto, None, *port).map_err(|error| {
                    (format!("{}: bind() to 0.0.0.0:{port} failed (98: {error})\n", process.name()), 1)
                })?;
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
                    return Child { kernel: self.clone(), pid, live, reaped: false };
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
                command(process).await
            }),
            (None, None) => self.run_process(handle, async move { 0 }),
        }
    }

    /// Whether bash on a machine has a builtin, a keyword or a program of this name that does something. A program that is there
    /// only to say that it is not simulated does not count.
    pub fn has_command(&self, machine: MachineId, name: &str) -> bool {
        const KEYWORDS: &[&str] = &[
            "case", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in", "select", "then",
            "time", "until", "while",
        ];
        if KEYWORDS.contains(&name) || crate::shell::builtin_names().contains(&name) {
            return true;
        }
        let Some(process) = self.outsider(machine, None) else { return false };
        let path = process.env("PATH").unwrap_or_default();
        let Ok(file) = self.find_program(machine, &process.user(), &path, "/", name) else { return false };
        let bytes = self.with(|state| state.read_file(machine, &process.user(), &file));
        bytes.is_ok_and(|bytes| crate::disk::executable_program(&bytes) != Some("not-simulated"))
    }

    /// Runs a command in a machine for the host itself (a probe, a headless test): no parent, no terminal.
    ///
    /// Errors: as [`Process::spawn`].
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
        let names = self.0.names.borrow().clone();
        let names = names.as_deref();
        self.sim().random(|rng| self.with(|state| state.respond(listener, request, (client, local), now, rng, names)))
    }
}

/// Whether execve(2) refuses words and an environment: a string of more than 128 KiB, more than 2 MiB in all.
fn too_long(argv: &[String], env: &BTreeMap<String, String>) -> bool {
    const STRING_LIMIT: usize = 128 * 1024;
    const TOTAL_LIMIT: usize = 2 * 1024 * 1024;
    let words = argv.iter().map(|word| word.len() + 1);
    let lengths = words.chain(env.iter().map(|(name, value)| name.len() + value.len() + 2));
    let (mut total, mut longest) = (0, 0);
    for length in lengths {
        total += length + size_of::<u64>();
        longest = longest.max(length);
    }
    !argv.is_empty() && (longest > STRING_LIMIT || total > TOTAL_LIMIT)
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

    /// Starts a program.
    pub fn spawn(&self, spawn: Spawn) -> Result<Child, SpawnError> {
        let remote = spawn.machine.is_some_and(|machine| machine != self.machine) || spawn.tty;
        let machine = spawn.machine.unwrap_or(self.machine);
        let home = self
            .kernel
            .with(|state| state.machines.get(&machine).map(|m| (m.env.clone(), m.user.clone(), m.cwd.clone())))
            .ok_or(SpawnError::NoMachine)?;
        let remote_env = || Rc::new(home.0.clone());
        let env = match &spawn.env {
            Some(env) => Rc::new(sim::order::gather(env.iter().cloned())),
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
