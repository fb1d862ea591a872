//! The table of processes: how an entry comes, changes and goes.

use std::rc::Rc;

use network::ListenerId;
use sim::Time;

use super::ContainerEvent;
use crate::suspend::{Awaits, Suspended};
use crate::{Daemon, Exit, KernelState, MachineId, Pid, Service, Signal, TtyId, User};

/// One process as data.
#[derive(Clone)]
pub struct ProcessData {
    /// The global number.
    pub pid: Pid,
    /// The number its own machine shows.
    pub local_pid: u32,
    /// Who started it, if that was a process.
    pub parent: Option<Pid>,
    /// Its process group: the first process's number.
    pub group: Pid,
    /// Where it runs.
    pub machine: MachineId,
    /// Who it runs as.
    pub user: User,
    /// Its words.
    pub argv: Rc<[String]>,
    /// When it started.
    pub started: Time,
    /// Its terminal.
    pub tty: Option<TtyId>,
    /// How it ended; it stays until its parent has looked.
    pub ended: Option<Exit>,
    /// Nobody will look.
    pub(crate) detached: bool,
    /// How much memory it holds, if that is worth counting: see [`crate::Process::hold`].
    pub(crate) holds: u64,
    /// How much of the processors it keeps busy while it waits, in thousandths of one.
    pub(crate) busy: u64,
    pub(crate) catches_interrupt: bool,
    /// Signals that it handles when it comes to it (a shell's traps), and those that have come.
    pub(crate) handles: Vec<Signal>,
    pub(crate) pending: Vec<Signal>,
    /// Signals that it ignores, which its children inherit.
    pub(crate) ignores: Vec<Signal>,
    /// Ignores SIGTERM and SIGQUIT.
    pub(crate) interactive_shell: bool,
    pub(crate) daemon: Option<Daemon>,
    /// It waits, as data.
    pub(crate) suspended: Option<Rc<Suspended>>,
    pub(crate) listeners: Vec<ListenerId>,
}

impl ProcessData {
    /// Whether it lives as data, so that no future runs it.
    pub(crate) fn is_data(&self) -> bool {
        self.daemon.is_some() || self.suspended.is_some()
    }
}

pub(crate) struct NewProcess {
    pub machine: MachineId,
    pub parent: Option<Pid>,
    pub group: Option<Pid>,
    pub user: User,
    pub argv: Vec<String>,
    pub tty: Option<TtyId>,
    pub now: Time,
}

impl KernelState {
    /// Adds a process that only exists as data.
    pub(crate) fn add_process(&mut self, new: NewProcess) -> Pid {
        let pid = Pid(self.next_id());
        let local_pid = match self.machines.get_mut(&new.machine) {
            Some(machine) => {
                machine.next_local_pid += 1;
                machine.next_local_pid - 1
            }
            None => 0,
        };
        let data = ProcessData {
            pid,
            local_pid,
            parent: new.parent,
            group: new.group.unwrap_or(pid),
            machine: new.machine,
            user: new.user,
            argv: new.argv.into(),
            started: new.now,
            tty: new.tty,
            ended: None,
            detached: false,
            holds: 0,
            busy: 0,
            catches_interrupt: false,
            handles: Vec::new(),
            pending: Vec::new(),
            ignores: new
                .parent
                .and_then(|parent| self.processes.get(&parent))
                .map_or_else(Vec::new, |data| data.ignores.clone()),
            interactive_shell: false,
            daemon: None,
            suspended: None,
            listeners: Vec::new(),
        };
        self.processes.insert(pid, data);
        pid
    }

    /// Keeps a signal for a process that handles it; says whether it does.
    pub(super) fn leave_pending(&mut self, pid: Pid, signal: Signal) -> bool {
        let Some(data) = self.processes.get_mut(&pid).filter(|data| data.handles.contains(&signal)) else {
            return false;
        };
        if !data.pending.contains(&signal) {
            data.pending.push(signal);
        }
        true
    }

    /// Makes a process live as data, or no longer.
    pub(crate) fn set_daemon(&mut self, pid: Pid, daemon: Option<Daemon>) {
        let Some(data) = self.processes.get_mut(&pid) else { return };
        if let Some((at, _)) = data.daemon.as_ref().and_then(|daemon| daemon.ends) {
            self.ends.remove(&(at, pid));
        }
        if let Some((at, _)) = daemon.as_ref().and_then(|daemon| daemon.ends) {
            self.ends.insert((at, pid));
        }
        data.daemon = daemon;
    }

    /// Makes a daemon behave otherwise from now on, as one does that has read its configuration again. Nothing happens to
    /// a process that is none.
    pub fn set_service(&mut self, pid: Pid, service: Rc<dyn Service>) {
        if let Some(daemon) = self.processes.get_mut(&pid).and_then(|data| data.daemon.as_mut()) {
            daemon.service = service;
        }
    }

    /// Makes a process wait as data, or no longer.
    pub(crate) fn set_suspended(&mut self, pid: Pid, suspended: Option<Rc<Suspended>>) {
        let moment = |suspended: &Option<Rc<Suspended>>| match suspended.as_ref()?.awaits {
            Awaits::Moment(at) => Some(at),
            Awaits::Child(_) => None,
        };
        let Some(data) = self.processes.get_mut(&pid) else { return };
        if let Some(at) = moment(&data.suspended) {
            self.ends.remove(&(at, pid));
        }
        if let Some(at) = moment(&suspended) {
            self.ends.insert((at, pid));
        }
        data.suspended = suspended;
    }

    /// Records that a process ended: closes what it listened on, tells the runtime of a container's PID 1.
    pub(crate) fn end_process(&mut self, pid: Pid, exit: Exit, now: Time) -> Vec<Pid> {
        let Some(data) = self.processes.get_mut(&pid) else { return Vec::new() };
        if data.ended.is_some() {
            return Vec::new();
        }
        data.ended = Some(exit);
        self.set_suspended(pid, None);
        self.set_daemon(pid, None);
        let Some(data) = self.processes.get_mut(&pid) else { return Vec::new() };
        let (machine, parent, detached) = (data.machine, data.parent, data.detached);
        for listener in std::mem::take(&mut data.listeners) {
            self.listeners.remove(&listener);
            if let Some(machine) = self.machines.get(&machine) {
                self.network.close(machine.net, listener);
            }
        }
        let waits = |parent: Pid| self.processes.get(&parent).is_some_and(|parent| parent.ended.is_none());
        if detached || !parent.is_some_and(waits) {
            self.processes.remove(&pid);
        }
        match self.machines.get_mut(&machine) {
            Some(data) if data.init == Some(pid) => {
                data.init = None;
                if data.log_partial.iter().any(|partial| !partial.is_empty()) {
                    data.append_log(false, b"", now);
                    for stderr in [false, true] {
                        if !data.log_partial[usize::from(stderr)].is_empty() {
                            data.append_log(stderr, b"\n", now);
                        }
                    }
                }
                self.write_log_file(machine, now);
                self.events.push(ContainerEvent { machine, exit, time: now });
                self.processes.values().filter(|p| p.machine == machine && p.ended.is_none()).map(|p| p.pid).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The process that a listener is open for, if it still lives.
    pub fn listening(&self, listener: ListenerId) -> Option<&ProcessData> {
        self.processes.get(self.listeners.get(&listener)?)
    }
}
