//! Containers: their PID 1, whose output is their log.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::attach::Input;
use crate::fd::Stream;
use crate::kernel::NewProcess;
use crate::spawn::Loaded;
use crate::{CommandEnd, Daemon, Errno, Fd, Kernel, MachineId, Pid, Process, SpawnError, User};

/// How much of a command's output its starter is told, as the kubelet reads of a probe's.
const OUTPUT_LIMIT: usize = 10 << 10;

impl Kernel {
    fn home(&self, machine: MachineId) -> Result<(BTreeMap<String, String>, User, String), String> {
        let home =
            self.with(|state| state.machines.get(&machine).map(|m| (m.env.clone(), m.user.clone(), m.cwd.clone())));
        home.ok_or_else(|| "the container is gone".to_owned())
    }

    /// Whether a command could be started in a container; the runtime's text if not, as in [`Kernel::start_container`].
    ///
    /// # Errors
    ///
    /// The container runtime's text, as of [`Kernel::start_container`].
    pub fn check_command(&self, machine: MachineId, argv: &[String]) -> Result<(), String> {
        let (env, user, cwd) = self.home(machine)?;
        self.load(machine, &user, &env, &cwd, argv).map(drop).map_err(|error| runtime_error(&error))
    }

    /// Starts a container's PID 1. Its standard output and error are the machine's log; its standard input is what
    /// [`Machine::input`](crate::Machine::input) says. A shell whose input stays open waits, as data, until somebody
    /// attaches.
    ///
    /// # Errors
    ///
    /// The container runtime's text, such as
    /// `exec: "foo": executable file not found in $PATH: unknown`.
    pub fn start_container(&self, machine: MachineId, argv: &[String]) -> Result<Pid, String> {
        let argv = exec_of_shell(argv);
        let (env, user, cwd) = self.home(machine)?;
        let loaded = match self.load(machine, &user, &env, &cwd, &argv) {
            // runc finds out when the container has started, and says it in the container's own log.
            Err(SpawnError::NotExecutable(name, Errno::E2BIG)) => {
                let path = env.get("PATH").map_or("", String::as_str);
                let name =
                    self.find_program(machine, &user, path, &cwd, &name).map_err(|error| runtime_error(&error))?;
                let why = format!("exec {name}: argument list too long\n");
                let daemon: crate::DaemonFn = Rc::new(move |_| Err((why.clone(), 255)));
                Loaded { argv: vec![name], command: None, daemon: Some(daemon), anywhere: false }
            }
            loaded => loaded.map_err(|error| runtime_error(&error))?,
        };
        let now = self.sim().now();
        let pid = self.with(|state| {
            if let Some(machine) = state.machines.get_mut(&machine) {
                machine.next_local_pid = machine.next_local_pid.max(1);
            }
            let (argv, user) = (loaded.argv.clone(), user.clone());
            let pid = state.add_process(NewProcess { machine, parent: None, group: None, user, argv, tty: None, now });
            if let Some(machine) = state.machines.get_mut(&machine) {
                machine.init = Some(pid);
            }
            if let Some(data) = state.processes.get_mut(&pid) {
                data.local_pid = 1;
                data.detached = true;
            }
            pid
        });
        let input = self.with(|state| state.machines.get(&machine).map(|machine| machine.input)).unwrap_or_default();
        let log = |stderr| if input.tty { Fd::log(machine, false).dressed(true) } else { Fd::log(machine, stderr) };
        let stdin = match input.stdin && !input.waits(&loaded.argv) && loaded.daemon.is_none() {
            true => {
                let input = Input::new(input);
                self.0.inputs.borrow_mut().insert(machine, input.clone());
                Fd::new(Stream::Input(input))
            }
            false => Fd::null(),
        };
        let process = Process {
            kernel: self.clone(),
            pid,
            machine,
            user: Rc::new(user),
            argv: loaded.argv.clone().into(),
            env: Rc::new(env),
            cwd: cwd.into(),
            fds: [(0, stdin), (1, log(false)), (2, log(true))].into(),
            umask: 0o022,
            owed: Rc::default(),
        };
        if input.waits(&process.argv) {
            self.with(|state| state.set_daemon(pid, Some(Daemon::new(crate::Idle))));
        } else {
            drop(self.start(process, loaded, true));
        }
        Ok(pid)
    }

    /// Starts a command in a container beside its PID 1, for the kubelet (a probe): no terminal, no input. Its end is among
    /// [`KernelState::take_command_ends`](crate::KernelState::take_command_ends).
    ///
    /// # Errors
    ///
    /// As [`Kernel::start_container`].
    pub fn start_command(&self, machine: MachineId, argv: &[String]) -> Result<Pid, String> {
        let output = Rc::new(RefCell::new(Vec::new()));
        let capture = Fd::capture_beginning(output.clone(), OUTPUT_LIMIT);
        let child =
            self.execute(machine, argv, Fd::null(), capture.clone(), capture).map_err(|error| runtime_error(&error))?;
        let (kernel, pid) = (self.clone(), child.pid());
        self.sim().spawn(async move {
            let exit = child.wait_exit().await;
            let output = output.take();
            kernel.with(|state| state.command_ends.push(CommandEnd { pid, exit, output }));
        });
        Ok(pid)
    }

    /// Whether a container's PID 1 runs.
    pub fn container_runs(&self, machine: MachineId) -> bool {
        self.with(|state| state.machines.get(&machine).is_some_and(|machine| machine.init.is_some()))
    }

    /// Asks a container to end: SIGTERM to PID 1. The runtime sends SIGKILL (with [`Kernel::kill_container`]) when the
    /// grace period is over.
    pub fn terminate_container(&self, machine: MachineId) {
        if let Some(pid) = self.with(|state| state.machines.get(&machine)?.init) {
            self.kill(pid, crate::Signal::Terminate);
        }
    }

    /// Ends a container: SIGKILL to PID 1, and so to all its processes.
    pub fn kill_container(&self, machine: MachineId) {
        if let Some(pid) = self.with(|state| state.machines.get(&machine)?.init) {
            self.kill(pid, crate::Signal::Kill);
        }
    }

    /// Adds a process that does nothing, for a computer whose own processes are only seen by `ps`.
    pub fn add_idle_process(&self, machine: MachineId, user: User, argv: &[&str]) -> Pid {
        let (argv, now) = (argv.iter().map(|word| (*word).to_owned()).collect(), self.sim().now());
        self.with(|state| {
            let new = NewProcess { machine, parent: None, group: None, user, argv, tty: None, now };
            let pid = state.add_process(new);
            state.set_daemon(pid, Some(Daemon::new(crate::Idle)));
            if let Some(data) = state.processes.get_mut(&pid) {
                data.detached = true;
            }
            pid
        })
    }
}

/// How runc says why a program could not be started.
fn runtime_error(error: &SpawnError) -> String {
    match error {
        SpawnError::NotFound(name) if name.contains('/') => {
            format!("exec: \"{name}\": stat {name}: no such file or directory: unknown")
        }
        SpawnError::NotFound(name) => format!("exec: \"{name}\": executable file not found in $PATH: unknown"),
        SpawnError::NotExecutable(name, errno) => {
            format!("exec: \"{name}\": {}: unknown", errno.to_string().to_lowercase())
        }
        error => error.to_string(),
    }
}

/// `sh -c "sleep 3600"` becomes `sleep 3600`: a shell runs its last simple command in its own place.
fn exec_of_shell(argv: &[String]) -> Vec<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || " ./_-:=,@%+".contains(c);
    if let [shell, flag, script] = argv
        && matches!(shell.rsplit('/').next(), Some("sh" | "bash" | "ash" | "dash"))
        && flag == "-c"
        && script.chars().all(plain)
    {
        let words: Vec<String> = script.split_whitespace().map(str::to_owned).collect();
        if words.first().is_some_and(|word| matches!(word.as_str(), "sleep" | "tail" | "nginx" | "pause")) {
            return words;
        }
        if words.first().is_some_and(|word| word == "exec") && words.len() > 1 {
            return words[1..].to_vec();
        }
    }
    argv.to_vec()
}
