//! A process as the program that it runs sees it.

mod files;
pub(crate) mod stream;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::future::Future;
use std::rc::Rc;

use sim::{Duration, Sim, Time};

pub use self::stream::MEMORY_LIMIT;
use crate::{Errno, Exit, Fd, Kernel, MachineId, Note, Pid, Signal, TtyId, User};

/// What a step of computing takes.
const STEP: Duration = Duration::from_micros(50);
/// How many bytes or characters a program works on in a step.
const STEP_SIZE: u64 = 4096;
/// Computing is slept off in pieces of so much: a sleep a step would cost the host more than the steps.
const SLICE: Duration = Duration::from_millis(1);

/// A handle on a process: its words, environment, directory, files. Clones are the same process.
///
/// Paths are relative to its working directory.
#[derive(Clone)]
pub struct Process {
    pub(crate) kernel: Kernel,
    pub(crate) pid: Pid,
    pub(crate) machine: MachineId,
    pub(crate) user: Rc<User>,
    pub(crate) argv: Rc<[String]>,
    pub(crate) env: Rc<BTreeMap<String, String>>,
    pub(crate) cwd: Rc<str>,
    pub(crate) fds: BTreeMap<u32, Fd>,
    pub(crate) umask: u32,
    /// Time it has used and not slept off yet; nothing while it waits.
    pub(crate) owed: Rc<Cell<Duration>>,
}

/// A line of `ps`.
#[derive(Clone, Debug)]
pub struct PsEntry {
    /// The number that the machine shows.
    pub pid: u32,
    /// The parent's; 0 if it is not of this machine.
    pub parent: u32,
    /// The owner's name.
    pub user: String,
    /// Its words.
    pub argv: Rc<[String]>,
    /// When it started.
    pub started: Time,
    /// Its terminal.
    pub tty: Option<TtyId>,
    /// Ended, and its parent has not looked.
    pub zombie: bool,
}

impl Process {
    /// Its words; the first is the name it was called by.
    pub fn args(&self) -> &[String] {
        &self.argv
    }

    /// The name it was called by, without directories: how its error messages start.
    pub fn name(&self) -> &str {
        self.argv.first().map_or("", |name| name.rsplit('/').next().unwrap_or(name))
    }

    /// An environment variable.
    pub fn env(&self, name: &str) -> Option<String> {
        self.env.get(name).cloned()
    }

    /// The whole environment, in the order of names.
    pub fn environ(&self) -> Vec<(String, String)> {
        self.env.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// The working directory.
    pub fn cwd(&self) -> String {
        self.cwd.to_string()
    }

    /// The machine it runs on.
    pub fn machine(&self) -> MachineId {
        self.machine
    }

    /// The machine's host name.
    pub fn hostname(&self) -> String {
        self.kernel.with(|state| state.machines.get(&self.machine).map_or(String::new(), |m| m.hostname.clone()))
    }

    /// The image its machine was made from, by its short name; empty on a computer.
    pub fn image(&self) -> String {
        self.kernel.with(|state| state.machines.get(&self.machine).map_or(String::new(), |m| m.image.clone()))
    }

    /// Who it runs as.
    pub fn user(&self) -> User {
        User::clone(&self.user)
    }

    /// Its global number.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// The number its machine shows: `$$`.
    pub fn local_pid(&self) -> u32 {
        self.kernel.with(|state| state.processes.get(&self.pid).map_or(0, |p| p.local_pid))
    }

    /// The permissions that files it makes do not get: umask(2).
    pub fn umask(&self) -> u32 {
        self.umask
    }

    /// Has a file open under a number from now on, in this handle and what is started from it.
    pub fn set_fd(&mut self, number: u32, fd: Fd) {
        self.fds.insert(number, fd);
    }

    /// The virtual time, as far as this process has come: the world's clock and the time it still owes.
    pub fn now(&self) -> Time {
        self.sim().now() + self.owed.get()
    }

    /// The world's time, chance and tasks.
    pub fn sim(&self) -> &Sim {
        self.kernel.sim()
    }

    /// The world's machines.
    pub fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    /// A number below `bound` from the world's chance.
    pub fn random(&self, bound: u64) -> u64 {
        self.sim().random(|rng| rng.below(bound))
    }

    /// What `/dev/urandom` gives next. Only its first state is drawn from the world's generator: a long file that is written from
    /// it is kept as that state.
    pub(crate) fn random_bytes(&self, len: usize) -> Vec<u8> {
        let drawn = || self.random(u64::MAX);
        let state = self.kernel.with(|state| state.random).unwrap_or_else(drawn);
        let (bytes, next) = crate::long_file::random_bytes(state, len);
        self.kernel.with(|state| state.random = Some(next));
        bytes
    }

    /// Its terminal, if it has one.
    pub fn tty(&self) -> Option<TtyId> {
        self.kernel.with(|state| state.processes.get(&self.pid).and_then(|p| p.tty))
    }

    /// Waits; a signal that is not caught ends the process meanwhile.
    pub async fn sleep(&self, duration: Duration) {
        let computed = self.owed.take();
        if !computed.is_zero() {
            self.kernel.with(|state| state.note_computed(self.machine, computed));
        }
        self.sim().sleep(computed + duration).await;
    }

    /// From now on it keeps so much of the processors busy while it waits, in thousandths of one.
    pub fn keep_busy(&self, milli: u64) {
        self.kernel.with(|state| {
            if let Some(data) = state.processes.get_mut(&self.pid) {
                data.busy = milli;
            }
        });
    }

    /// From now on Ctrl-C does not end it; see [`Process::interrupted`].
    pub fn catch_interrupt(&self) {
        self.kernel.live(self.pid).interrupted.set(false);
        self.set_catches(true);
    }

    pub(crate) fn set_catches(&self, catches: bool) -> bool {
        self.kernel.with(|state| {
            let data = state.processes.get_mut(&self.pid);
            data.is_some_and(|data| std::mem::replace(&mut data.catches_interrupt, catches))
        })
    }

    /// Waits for a SIGINT that came since [`Process::catch_interrupt`] or since this last returned.
    pub async fn interrupted(&self) {
        let live = self.kernel.live(self.pid);
        loop {
            let signal = live.signal.notified();
            if live.interrupted.take() || self.has_pending() {
                return;
            }
            signal.await;
        }
    }

    /// From now on this signal is kept until the process asks for it, or no longer.
    pub(crate) fn set_handles(&self, signal: Signal, handles: bool) {
        self.kernel.with(|state| {
            if let Some(data) = state.processes.get_mut(&self.pid) {
                data.handles.retain(|other| *other != signal);
                if handles {
                    data.handles.push(signal);
                }
            }
        });
    }

    /// From now on the process and its children ignore a signal, or no longer.
    pub fn set_ignores(&self, signal: Signal, ignores: bool) {
        self.kernel.with(|state| {
            if let Some(data) = state.processes.get_mut(&self.pid) {
                data.ignores.retain(|other| *other != signal);
                if ignores {
                    data.ignores.push(signal);
                }
            }
        });
    }

    fn has_pending(&self) -> bool {
        self.kernel.with(|state| state.processes.get(&self.pid).is_some_and(|data| !data.pending.is_empty()))
    }

    /// The first of the signals that have come and that it handles.
    pub(crate) fn take_signal(&self) -> Option<Signal> {
        self.kernel.with(|state| {
            let data = state.processes.get_mut(&self.pid).filter(|data| !data.pending.is_empty())?;
            Some(data.pending.remove(0))
        })
    }

    pub(crate) fn take_interrupt(&self) -> bool {
        self.kernel.0.live.borrow().get(&self.pid).is_some_and(|live| live.interrupted.take())
    }

    /// Ends the process at once with a status.
    pub async fn exit(&self, status: i32) -> ! {
        self.die(Exit::Code(status)).await
    }

    pub(crate) async fn die(&self, exit: Exit) -> ! {
        self.kernel.kill_now(self.pid, exit);
        loop {
            std::future::pending::<()>().await;
        }
    }

    /// The file under a number.
    pub fn fd(&self, fd: u32) -> Option<Fd> {
        self.fds.get(&fd).cloned()
    }

    /// Whether the file under a number is a terminal.
    pub fn is_tty(&self, fd: u32) -> bool {
        self.fds.get(&fd).is_some_and(Fd::is_tty)
    }

    /// Columns and rows of its terminal; 80 by 24 without one.
    pub fn window(&self) -> (u16, u16) {
        let tty = self.fds.values().find_map(Fd::tty_id).or_else(|| self.tty());
        self.kernel.with(|state| tty.and_then(|tty| state.ttys.get(&tty)).map_or((80, 24), |tty| tty.window))
    }

    /// Says something beside the screen of its terminal, if it has one.
    pub fn note(&self, note: Note) {
        if let Some(tty) = self.tty() {
            self.kernel.with(|state| {
                if let Some(tty) = state.ttys.get_mut(&tty) {
                    tty.note(note);
                }
            });
        }
    }

    /// Opens the person's editor on a file, if there is a person and the file is on the outside computer; else `None`.
    /// `awaited`: the program waits for a line on its terminal, by which the person says that the file is as it shall be.
    pub fn open_editor(&self, path: &str, awaited: bool) -> Option<()> {
        let tty = self.tty()?;
        let on_outside = self.kernel.with(|state| {
            state.ttys.get(&tty).is_some_and(|tty| tty.interactive) && state.editor_on == Some(self.machine)
        });
        on_outside.then(|| self.note(Note::Edit { path: self.resolve(path), awaited }))
    }

    /// Tells the person's page that a command does nothing here, so that it can say so in the person's language.
    pub fn hint_not_simulated(&self, command: &str) {
        self.note(Note::Hint(crate::Hint::NotSimulated(command.to_owned())));
    }

    /// Takes a step's worth of time (50 µs) and counts the step, so that endless loops end with the world's fuel. The time
    /// is slept off together with other steps', at the latest when the process waits or shows somebody something.
    pub async fn tick(&self) {
        self.sim().count_step();
        self.compute(STEP).await;
    }

    /// Takes time for work on so many bytes or characters and counts it: a step for each [`STEP_SIZE`] of them, none for
    /// less.
    pub async fn work(&self, amount: u64) {
        let steps = amount / STEP_SIZE;
        if steps > 0 {
            self.sim().count_steps(steps);
            self.compute(STEP * u32::try_from(steps).unwrap_or(u32::MAX)).await;
        }
    }

    /// Takes time for work; see [`Process::tick`].
    pub async fn compute(&self, work: Duration) {
        self.owed.set(self.owed.get() + work * self.kernel.0.pace.get());
        if self.owed.get() >= SLICE {
            self.catch_up().await;
        }
    }

    /// Sleeps off what is owed.
    pub(crate) async fn catch_up(&self) {
        if !self.owed.get().is_zero() {
            self.sleep(Duration::ZERO).await;
        }
    }

    /// The processes its machine shows, in the order of their numbers.
    pub fn processes(&self) -> Vec<PsEntry> {
        self.kernel.with(|state| {
            let local = |pid: Option<Pid>| {
                let data = pid.and_then(|pid| state.processes.get(&pid));
                data.filter(|p| p.machine == self.machine).map_or(0, |p| p.local_pid)
            };
            let entry = |p: &crate::ProcessData| PsEntry {
                pid: p.local_pid,
                parent: local(p.parent),
                user: if p.user.name.is_empty() { p.user.uid.to_string() } else { p.user.name.clone() },
                argv: p.argv.clone(),
                started: p.started,
                tty: p.tty,
                zombie: p.ended.is_some(),
            };
            state.processes.values().filter(|p| p.machine == self.machine).map(entry).collect()
        })
    }

    /// Sends a signal to a process of its machine, by the number the machine shows.
    ///
    /// # Errors
    ///
    /// ESRCH, EPERM.
    pub fn kill(&self, local_pid: u32, signal: Signal) -> Result<(), Errno> {
        let found = self.kernel.with(|state| {
            let mine = |p: &&crate::ProcessData| p.machine == self.machine && p.local_pid == local_pid;
            state.processes.values().find(mine).map(|p| (p.pid, p.user.uid))
        });
        let (pid, uid) = found.ok_or(Errno::ESRCH)?;
        if self.user.uid != uid && !self.is_capable("KILL") {
            return Err(Errno::EPERM);
        }
        // pid_namespaces(7): from inside, the first process cannot even be killed; from outside (the kubelet) it can.
        let is_init =
            || self.kernel.with(|state| state.machines.get(&self.machine).is_some_and(|it| it.init == Some(pid)));
        if signal == Signal::Kill && is_init() {
            return Ok(());
        }
        self.kernel.kill(pid, signal);
        Ok(())
    }

    /// Sends a signal (`None` only looks) to the processes of the group whose first has this number on its machine; 0 is the
    /// process's own group.
    ///
    /// # Errors
    ///
    /// ESRCH.
    pub(crate) fn kill_local_group(&self, local_pid: u32, signal: Option<Signal>) -> Result<(), Errno> {
        let group = self.kernel.with(|state| {
            let own = state.processes.get(&self.pid).map(|data| data.group);
            let of_machine = state.processes.values().filter(|data| data.machine == self.machine);
            let mut leaders = of_machine.filter(|data| data.group == data.pid && data.local_pid == local_pid);
            if local_pid == 0 { own } else { leaders.next().map(|data| data.group) }
        });
        let group = group.ok_or(Errno::ESRCH)?;
        if let Some(signal) = signal {
            self.kernel.kill_group(group, signal);
        }
        Ok(())
    }

    /// What a future gives, if it does so in time.
    pub async fn within<T>(&self, limit: Option<Duration>, future: impl Future<Output = T>) -> Option<T> {
        use futures_util::future::{Either, select};
        let Some(limit) = limit else { return Some(future.await) };
        match select(Box::pin(future), Box::pin(self.sleep(limit))).await {
            Either::Left((value, _)) => Some(value),
            Either::Right(_) => None,
        }
    }

    /// Runs `future` until it is done or SIGINT comes (`None`); the process must catch it.
    pub async fn unless_interrupted<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        use futures_util::future::{Either, select};
        match select(Box::pin(future), Box::pin(self.interrupted())).await {
            Either::Left((value, _)) => Some(value),
            Either::Right(_) => None,
        }
    }
}
