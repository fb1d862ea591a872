//! A shell that is fed command lines and what is typed to them, for transcripts and tests.
//!
//! The shell is a non-interactive bash whose standard input is a terminal and whose standard output and error are not: both
//! go to one text. A program that opens a terminal elsewhere (`kubectl exec -it`, `minikube ssh`) prints prompts and echoes
//! what it is fed, as a pty does.

use std::cell::RefCell;
use std::rc::Rc;

use crate::kernel::NewProcess;
use crate::shell::{Flavour, Shell, ShellState};
use crate::{Exit, Fd, Kernel, MachineId, Output, Process, Tty, TtyId};

struct Inner {
    shell: Option<(ShellState, Process)>,
    status: i32,
}

/// A non-interactive bash on a machine, kept from line to line.
#[derive(Clone)]
pub struct Headless {
    kernel: Kernel,
    machine: MachineId,
    tty: TtyId,
    inner: Rc<RefCell<Inner>>,
}

/// What a shell keeps between two lines: its variables, functions, aliases, options and folder.
#[derive(Clone)]
pub struct Kept(ShellState);

impl Headless {
    /// A shell that goes on from what another one kept, maybe in another world: a fork of the one it was in.
    pub fn going_on(kernel: &Kernel, machine: MachineId, kept: Kept) -> Self {
        let headless = Headless::new(kernel, machine);
        if let Some((state, _)) = &mut headless.inner.borrow_mut().shell {
            *state = kept.0;
        }
        headless
    }

    /// What it keeps until the next line; nothing while one is running.
    pub fn kept(&self) -> Option<Kept> {
        self.inner.borrow().shell.as_ref().map(|(state, _)| Kept(state.clone()))
    }

    /// A shell of the machine's user, in the machine's directory.
    pub fn new(kernel: &Kernel, machine: MachineId) -> Self {
        let tty = kernel.add_tty(false);
        let inner = Rc::new(RefCell::new(Inner { shell: None, status: 0 }));
        let headless = Headless { kernel: kernel.clone(), machine, tty, inner };
        headless.inner.borrow_mut().shell = headless.fresh();
        headless
    }

    fn fresh(&self) -> Option<(ShellState, Process)> {
        let mut process = self.kernel.outsider(self.machine, None)?;
        let (machine, user, now, tty) = (self.machine, process.user(), process.now(), Some(self.tty));
        let argv = vec!["bash".to_owned()];
        process.argv = argv.clone().into();
        process.pid = self.kernel.with(|state| {
            let pid = state.add_process(NewProcess { machine, parent: None, group: None, user, argv, tty, now });
            if let Some(data) = state.processes.get_mut(&pid) {
                data.catches_interrupt = true;
                data.detached = true;
            }
            pid
        });
        let plain = Fd::tty(self.tty).dressed(false);
        process.fds = [(0, Fd::tty(self.tty)), (1, plain.clone()), (2, plain)].into();
        let state = ShellState::new(Flavour::Bash, "bash", &process.environ(), &process.cwd(), process.now());
        Some((state, process))
    }

    /// Starts a command line (or several). Nothing happens while one is running.
    pub fn start(&self, text: &str) {
        let Some((mut state, process)) = self.inner.borrow_mut().shell.take() else { return };
        let (headless, text, pid) = (self.clone(), text.to_owned(), process.pid());
        self.kernel.with(|kernel| {
            if let Some(tty) = kernel.tty_mut(self.tty) {
                tty.take_unread();
                tty.foreground = Some(pid);
            }
        });
        state.line = 1;
        let live = self.kernel.live(pid);
        live.interrupted.set(false);
        self.kernel.sim().spawn(async move {
            let mut shell = Shell::new(state, process);
            let outcome = {
                let shell = &mut shell;
                headless.kernel.run_as(pid, async move { shell.run_fed(&text).await })
            }
            .await;
            let kept = match outcome {
                Ok(Ok(status)) => Some((status, true)),
                // Ctrl-C ends the command line, not the shell that is fed.
                Ok(Err(130)) => Some((130, true)),
                Ok(Err(status)) => Some((shell.finish(status).await, false)),
                Err(exit) => Some((exit.status(), false)),
            };
            let (status, keep) = kept.unwrap_or((0, true));
            headless.kernel.0.live.borrow_mut().remove(&pid);
            let mut inner = headless.inner.borrow_mut();
            inner.status = status;
            if keep {
                shell.state.status = status;
                shell.state.scopes.clear();
                inner.shell = Some((shell.state, shell.process));
            } else {
                headless.kernel.end(pid, Exit::Code(status));
                inner.shell = headless.fresh();
            }
        });
    }

    /// Whether a command line is running.
    pub fn is_running(&self) -> bool {
        self.inner.borrow().shell.is_none()
    }

    /// The last command line's exit status.
    pub fn status(&self) -> i32 {
        self.inner.borrow().status
    }

    /// Bytes typed to the running command: text with newlines, Ctrl-C (3), Ctrl-D (4).
    pub fn input(&self, bytes: &[u8]) {
        self.kernel.type_at(self.tty, bytes);
    }

    /// What was printed since this was last called.
    pub fn take_output(&self) -> Vec<Output> {
        self.kernel.with(|state| state.tty_mut(self.tty).map(Tty::take_output).unwrap_or_default())
    }

    /// The same as text, without notes.
    pub fn take_text(&self) -> String {
        let mut bytes = Vec::new();
        for output in self.take_output() {
            if let Output::Bytes(more) = output {
                bytes.extend(more);
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The terminal's name in the kernel.
    pub fn tty(&self) -> TtyId {
        self.tty
    }

    /// Runs a command line to its end (or until `limit` of virtual time has passed, then Ctrl-C) with only this kernel's
    /// own events: for tests of this crate's programs. A world runs its own loop.
    pub fn run(&self, text: &str, limit: sim::Duration) -> (String, i32) {
        self.start(text);
        let mut deadline = self.kernel.sim().now() + limit;
        let mut interrupts = 0;
        while self.is_running() {
            let due = [self.kernel.sim().next_due(), self.kernel.next_due()].into_iter().flatten().min();
            match due {
                Some(due) if due <= deadline => {
                    self.kernel.sim().set_now(due);
                    if !self.kernel.sim().step() {
                        self.kernel.step();
                    }
                }
                _ if interrupts < 3 => {
                    interrupts += 1;
                    deadline = deadline + sim::Duration::from_secs(1);
                    self.input(&[0x03]);
                }
                _ => break,
            }
        }
        (self.take_text(), self.status())
    }
}
