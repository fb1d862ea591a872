//! Attaching to a container: the standard input of its PID 1, and a shell that waits for somebody to type.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::future::{Either, select};
use sim::{Duration, Notify};

use crate::kernel::Live;
use crate::session::is_interactive_shell;
use crate::{Child, Fd, Kernel, LocalFuture, MachineId, Pid, Process, Signal, TtyId};

/// How often what a container writes is looked at while somebody is attached to it.
const POLL: Duration = Duration::from_millis(20);

/// What a container's PID 1 gets as its standard input: `stdin`, `stdinOnce` and `tty` of a container.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct ContainerInput {
    /// It stays open, so that somebody can attach to it.
    pub stdin: bool,
    /// It ends when the first who attached is gone.
    pub once: bool,
    /// Input and output are a terminal to PID 1.
    pub tty: bool,
}

impl ContainerInput {
    /// Whether PID 1 would wait at its prompt: an interactive shell whose input is open. It lives as data until somebody
    /// attaches.
    pub(crate) fn waits(self, argv: &[String]) -> bool {
        (self.stdin || self.tty) && !argv.is_empty() && is_interactive_shell(argv)
    }
}

/// The standard input of a running PID 1: that of whoever is attached.
pub(crate) struct Input {
    /// A terminal to those who ask.
    pub tty: bool,
    once: bool,
    closed: Cell<bool>,
    from: RefCell<Option<Fd>>,
    bell: Notify,
}

impl Input {
    pub(crate) fn new(input: ContainerInput) -> Rc<Self> {
        let bell = Notify::default();
        Rc::new(Input { tty: input.tty, once: input.once, closed: Cell::new(false), from: RefCell::default(), bell })
    }

    /// The terminal of whoever is attached.
    pub(crate) fn tty_id(&self) -> Option<TtyId> {
        self.from.borrow().as_ref().and_then(Fd::tty_id)
    }

    fn connect(&self, fd: Option<Fd>) {
        if fd.is_none() && self.once {
            self.closed.set(true);
        }
        *self.from.borrow_mut() = fd;
        self.bell.notify_all();
    }

    /// Some bytes from whoever is attached; waits while nobody is.
    pub(crate) async fn read(&self, process: &Process, most: usize) -> Vec<u8> {
        loop {
            let bell = self.bell.notified();
            if self.closed.get() {
                return Vec::new();
            }
            let from = self.from.borrow().clone();
            let Some(from) = from else {
                bell.await;
                continue;
            };
            let reader = Process { fds: [(0, from)].into(), ..process.clone() };
            let reading: LocalFuture<Vec<u8>> = Box::pin(async move { reader.read_at_most(0, most).await });
            match select(reading, Box::pin(bell)).await {
                Either::Left((bytes, _)) if bytes.is_empty() => {
                    self.connect(None);
                    if !self.once && process.is_tty(0) {
                        return Vec::new(); // Ctrl-D at a terminal ends one read, not the terminal
                    }
                }
                Either::Left((bytes, _)) => return bytes,
                Either::Right(_) => {}
            }
        }
    }
}

/// How far somebody has seen what a container writes.
struct Seen {
    lines: u64,
    partial: [usize; 2],
}

impl Kernel {
    /// What PID 1 wrote since this was last asked, with the part of a line that has no end yet; true for standard error.
    fn written(&self, machine: MachineId, seen: &mut Seen) -> Vec<(bool, Vec<u8>)> {
        self.with(|state| {
            let Some(data) = state.machines.get(&machine) else { return Vec::new() };
            let mut pieces: Vec<(bool, Vec<u8>)> = Vec::new();
            let total = data.log_dropped + data.log.len() as u64;
            let fresh = usize::try_from(total.saturating_sub(seen.lines)).unwrap_or(0).min(data.log.len());
            for line in data.log.iter().skip(data.log.len() - fresh) {
                let shown = std::mem::take(&mut seen.partial[usize::from(line.stderr)]).min(line.text.len());
                let mut bytes = line.text.as_bytes()[shown..].to_vec();
                bytes.push(b'\n');
                pieces.push((line.stderr, bytes));
            }
            seen.lines = total;
            for stderr in [false, true] {
                let partial = &data.log_partial[usize::from(stderr)];
                let shown = &mut seen.partial[usize::from(stderr)];
                if partial.len() > *shown {
                    pieces.push((stderr, partial[*shown..].to_vec()));
                    *shown = partial.len();
                }
            }
            pieces
        })
    }

    /// The shell that waits at its prompt in a container, if that is its PID 1.
    fn waiting_shell(&self, machine: MachineId) -> Option<(Pid, ContainerInput)> {
        self.with(|state| {
            let data = state.machines.get(&machine)?;
            let pid = data.init?;
            let process = state.processes.get(&pid).filter(|process| process.daemon.is_some())?;
            data.input.waits(&process.argv).then_some((pid, data.input))
        })
    }

    /// The terminal's screen becomes a container's log too.
    fn record(&self, tty: TtyId, machine: MachineId) {
        let now = self.sim().now();
        self.with(|state| {
            let Some(bytes) = state.ttys.get_mut(&tty).and_then(|tty| tty.recorded.as_mut().map(std::mem::take)) else {
                return;
            };
            state.write_log(machine, false, &bytes, now);
        });
    }
}

impl Process {
    /// Connects this process's standard streams with those of a container's PID 1 until that ends: `kubectl attach`. With
    /// `tty`, Ctrl-C goes to the container. The code of PID 1 is not told, as the kubelet does not tell it.
    ///
    /// What PID 1 wrote before is not shown. The keys that detach (Ctrl-P, Ctrl-Q) are not simulated.
    pub async fn attach(&self, machine: MachineId, stdin: bool, tty: bool) {
        let kernel = self.kernel.clone();
        let mut seen = kernel.with(|state| {
            let data = state.machines.get(&machine);
            Seen { lines: data.map_or(0, |data| data.log_dropped + data.log.len() as u64), partial: [0, 0] }
        });
        if stdin && let Some((pid, input)) = kernel.waiting_shell(machine) {
            let terminal = self.fds.get(&0).filter(|_| tty && input.tty).and_then(Fd::tty_id);
            let Some(child) = self.wake_shell(machine, pid, terminal) else { return };
            if let Some(terminal) = terminal {
                return self.at_terminal(&child, machine, terminal).await;
            }
            drop(child);
        }
        let input = kernel.0.inputs.borrow().get(&machine).cloned().filter(|_| stdin);
        if let (Some(input), Some(fd)) = (&input, self.fds.get(&0)) {
            input.connect(Some(fd.clone()));
        }
        let catches = tty && stdin && self.set_catches(true);
        loop {
            let runs = kernel.container_runs(machine);
            for (stderr, bytes) in kernel.written(machine, &mut seen) {
                self.write(if stderr && !tty { 2 } else { 1 }, &bytes).await;
            }
            if !runs {
                break;
            }
            if tty && stdin && self.take_interrupt() {
                let front = kernel.with(|state| {
                    let init = state.machines.get(&machine)?.init?;
                    state.processes.get(&init).map(|process| process.group)
                });
                if let Some(group) = front {
                    kernel.kill_group(group, Signal::Interrupt);
                }
            }
            self.sleep(POLL).await;
        }
        if let Some(input) = input {
            input.connect(None);
        }
        if tty && stdin {
            self.set_catches(catches);
        }
    }

    /// The shell that waited starts to run, with this process's terminal or standard input as its own.
    fn wake_shell(&self, machine: MachineId, pid: Pid, terminal: Option<TtyId>) -> Option<Child> {
        let kernel = &self.kernel;
        let home = kernel.outsider(machine, None)?;
        let argv: Rc<[String]> = kernel.with(|state| state.processes.get(&pid).map(|data| data.argv.clone()))?;
        let loaded = kernel.load(machine, &home.user, &home.env, &home.cwd, &argv).ok()?;
        let fd = |number: u32| self.fds.get(&number).cloned().unwrap_or_else(Fd::null).dressed(terminal.is_some());
        let (out, err) = match terminal {
            Some(_) => (fd(1), fd(1)),
            None => (Fd::log(machine, false), Fd::log(machine, true)),
        };
        kernel.with(|state| {
            state.set_daemon(pid, None);
            if let Some(data) = state.processes.get_mut(&pid) {
                data.tty = terminal;
            }
        });
        let argv = loaded.argv.clone().into();
        let process = Process { pid, argv, fds: [(0, fd(0)), (1, out), (2, err)].into(), ..home };
        Some(kernel.start(process, loaded, false))
    }

    /// Waits for a shell that has this terminal; what it shows becomes the container's log.
    async fn at_terminal(&self, child: &Child, machine: MachineId, terminal: TtyId) {
        let kernel = self.kernel.clone();
        let caught = self.set_catches(true); // Ctrl-C is for what runs in the container
        let before = kernel.with(|state| {
            let tty = state.ttys.get_mut(&terminal)?;
            tty.recorded = Some(Vec::new());
            Some((tty.foreground, tty.echo))
        });
        let mut ends = Box::pin(child.ends());
        while let Either::Right((_, rest)) = select(ends, Box::pin(kernel.sim().sleep(POLL * 10))).await {
            ends = rest;
            kernel.record(terminal, machine);
        }
        kernel.record(terminal, machine);
        kernel.with(|state| {
            let Some(tty) = state.ttys.get_mut(&terminal) else { return };
            tty.recorded = None;
            // A shell that was killed has not given the terminal back.
            if let Some((foreground, echo)) = before {
                (tty.foreground, tty.echo) = (foreground, echo);
            }
        });
        let live: Rc<Live> = kernel.live(self.pid);
        live.interrupted.set(false);
        self.set_catches(caught);
    }
}
