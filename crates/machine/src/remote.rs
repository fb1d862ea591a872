//! A command run in a machine for somebody outside of the world, who feeds it and reads what it writes: what a real
//! client's `kubectl exec` is to a container.

use std::cell::Cell;
use std::rc::Rc;

use crate::fd::{PIPE_CAPACITY, Stream};
use crate::{
    Exit, Fd, Group, Kernel, MachineId, Pid, Process, Signal, Spawn, SpawnError, Stdio, Tty, TtyId, session, terminal,
};

/// A command whose standard streams lead out of the world. Dropped, it is hung up.
pub struct Remote {
    kernel: Kernel,
    pid: Pid,
    ended: Rc<Cell<Option<Exit>>>,
    /// The ends that this side holds: to write to, and two to read from.
    streams: Streams,
}

enum Streams {
    Pipes { stdin: Option<Fd>, stdout: Fd, stderr: Fd },
    Terminal(TtyId),
}

impl Remote {
    /// Starts a command. With `tty` it has a terminal, as after `exec -t`, and only one stream of output; a shell there
    /// shows prompts. Without `stdin` it reads nothing.
    ///
    /// # Errors
    /// As [`Process::spawn`].
    pub fn start(
        kernel: &Kernel,
        machine: MachineId,
        argv: &[String],
        stdin: bool,
        tty: bool,
    ) -> Result<Remote, SpawnError> {
        if tty { Self::on_terminal(kernel, machine, argv) } else { Self::on_pipes(kernel, machine, argv, stdin) }
    }

    fn on_pipes(kernel: &Kernel, machine: MachineId, argv: &[String], stdin: bool) -> Result<Remote, SpawnError> {
        let ((input, feed), (stdout, out), (stderr, err)) = (Fd::pipe(), Fd::pipe(), Fd::pipe());
        let input = if stdin { input } else { Fd::null() };
        let process = kernel.outsider(machine, None).ok_or(SpawnError::NoMachine)?;
        let child = process.spawn(Spawn {
            argv: argv.to_vec(),
            stdin: Stdio::Fd(input),
            stdout: Stdio::Fd(out),
            stderr: Stdio::Fd(err),
            group: Group::New,
            ..Spawn::default()
        })?;
        let streams = Streams::Pipes { stdin: stdin.then_some(feed), stdout, stderr };
        Ok(Self::watch(kernel, child, streams))
    }

    fn on_terminal(kernel: &Kernel, machine: MachineId, argv: &[String]) -> Result<Remote, SpawnError> {
        let tty = kernel.add_tty(true);
        let process = kernel.outsider(machine, Some(tty)).ok_or(SpawnError::NoMachine)?;
        let child = if session::is_interactive_shell(argv) {
            kernel.load(machine, &process.user, &process.env, &process.cwd, argv)?;
            let fds = process.fds.clone();
            process.fork_on(machine, process.user(), argv.to_vec(), |child| {
                terminal::interactive(Process { fds, ..child }, tty)
            })?
        } else {
            process.spawn(Spawn { group: Group::New, ..Spawn::new(argv.iter().cloned()) })?
        };
        let pid = child.pid();
        kernel.with(|state| {
            if let Some(tty) = state.tty_mut(tty) {
                tty.foreground = Some(pid);
            }
        });
        Ok(Self::watch(kernel, child, Streams::Terminal(tty)))
    }

    /// Attaches to a container's first process; see [`Process::attach`].
    ///
    /// # Errors
    /// When there is no such container.
    pub fn attach(kernel: &Kernel, machine: MachineId, stdin: bool, tty: bool) -> Result<Remote, SpawnError> {
        let (fds, streams) = if tty {
            let tty = kernel.add_tty(true);
            ([0, 1, 2].map(|number| (number, Fd::tty(tty))), Streams::Terminal(tty))
        } else {
            let ((input, feed), (stdout, out), (stderr, err)) = (Fd::pipe(), Fd::pipe(), Fd::pipe());
            ([(0, input), (1, out), (2, err)], Streams::Pipes { stdin: stdin.then_some(feed), stdout, stderr })
        };
        let process = kernel.outsider(machine, None).ok_or(SpawnError::NoMachine)?;
        let process = Process { fds: fds.into(), ..process };
        // Nothing that `ps` shows: whoever attaches is no process of the container.
        let child = process.fork_on(MachineId(0), process.user(), vec!["attach".to_owned()], |child| async move {
            child.attach(machine, stdin, tty).await;
            0
        })?;
        if let Streams::Terminal(tty) = streams {
            kernel.with(|state| {
                if let Some(tty) = state.tty_mut(tty) {
                    tty.foreground = Some(child.pid());
                }
            });
        }
        Ok(Self::watch(kernel, child, streams))
    }

    fn watch(kernel: &Kernel, child: crate::Child, streams: Streams) -> Remote {
        let ended = Rc::new(Cell::new(None));
        let (pid, result) = (child.pid(), ended.clone());
        kernel.sim().spawn(async move { result.set(Some(child.wait_exit().await)) });
        Remote { kernel: kernel.clone(), pid, ended, streams }
    }

    /// How many bytes of input there is room for.
    pub fn input_capacity(&self) -> usize {
        match &self.streams {
            Streams::Terminal(_) => PIPE_CAPACITY,
            Streams::Pipes { stdin: None, .. } => usize::MAX, // they go nowhere
            Streams::Pipes { stdin: Some(fd), .. } => match fd.bare() {
                Stream::PipeWriter(pipe) => PIPE_CAPACITY.saturating_sub(pipe.buffer.borrow().len()),
                _ => usize::MAX,
            },
        }
    }

    /// Gives it input.
    pub fn write(&self, bytes: &[u8]) {
        match &self.streams {
            Streams::Terminal(tty) => self.kernel.type_at(*tty, bytes),
            Streams::Pipes { stdin, .. } => {
                if let Some(Stream::PipeWriter(pipe)) = stdin.as_ref().map(Fd::bare)
                    && pipe.readers.get() > 0
                {
                    pipe.buffer.borrow_mut().extend(bytes);
                    pipe.bell.notify_all();
                }
            }
        }
    }

    /// Ends its input.
    pub fn close(&mut self) {
        if let Streams::Pipes { stdin, .. } = &mut self.streams {
            *stdin = None;
        }
    }

    /// Its terminal has another size.
    pub fn resize(&self, columns: u16, rows: u16) {
        if let Streams::Terminal(tty) = &self.streams {
            self.kernel.with(|state| {
                if let Some(tty) = state.tty_mut(*tty) {
                    tty.window = (columns, rows);
                }
            });
        }
    }

    /// What it wrote to standard output, and to standard error, since this was last called.
    pub fn read(&self) -> (Vec<u8>, Vec<u8>) {
        match &self.streams {
            Streams::Terminal(tty) => {
                let output = self.kernel.with(|state| state.tty_mut(*tty).map(Tty::take_output).unwrap_or_default());
                let mut bytes = Vec::new();
                for output in output {
                    if let crate::Output::Bytes(more) = output {
                        bytes.extend(more);
                    }
                }
                (bytes, Vec::new())
            }
            Streams::Pipes { stdout, stderr, .. } => (drain(stdout), drain(stderr)),
        }
    }

    /// How it ended, if it has. What it wrote may still have to be read.
    pub fn ended(&self) -> Option<Exit> {
        self.ended.get()
    }
}

fn drain(fd: &Fd) -> Vec<u8> {
    let Stream::PipeReader(pipe) = fd.bare() else { return Vec::new() };
    let bytes = std::mem::take(&mut *pipe.buffer.borrow_mut());
    if !bytes.is_empty() {
        pipe.bell.notify_all();
    }
    bytes.into()
}

impl Drop for Remote {
    fn drop(&mut self) {
        if self.ended.get().is_none() {
            self.kernel.kill_group(self.pid, Signal::Hangup);
        }
        if let Streams::Terminal(tty) = self.streams {
            self.kernel.bell(tty).notify_all();
        }
    }
}
