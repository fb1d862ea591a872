//! The kernel shared by all machines of a world: its state as data, and what runs.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::rc::Rc;

use network::{HostId, ListenerId, Network, Trace};
use sim::{Notify, SharedMap, SharedQueue, SharedSet, Sim, Time};

use crate::attach::Input;
use crate::dns::Names;
use crate::fd::Fifos;
use crate::suspend::{Awaits, Suspended};
use crate::{
    Daemon, DefaultAction, Disk, DiskId, Exit, Hint, Machine, MachineId, Note, Pid, Program, Service, ServiceCx,
    Signal, Tty, TtyId, User,
};

/// Names a trace that the kernel keeps.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct TraceId(pub u64);

/// A trace with when and for whom it was made.
#[derive(Clone, Debug)]
pub struct TraceRecord {
    /// Its name.
    pub id: TraceId,
    /// When the packet was sent.
    pub time: Time,
    /// The machine that sent it.
    pub machine: MachineId,
    /// The program that sent it.
    pub program: Rc<str>,
    /// The terminal it was started from, if any.
    pub tty: Option<TtyId>,
    /// What happened.
    pub trace: Rc<Trace>,
}

/// How many traces are kept.
const TRACE_LIMIT: usize = 200;
/// How many processes may live at once in the whole world; `:(){ :|:& };:` ends with fork's own error.
pub const PROCESS_LIMIT: usize = 2000;

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

/// A change in a container that its node's kubelet wants to know of (the runtime's event stream).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ContainerEvent {
    /// The container.
    pub machine: MachineId,
    /// How its PID 1 ended.
    pub exit: Exit,
    /// When.
    pub time: Time,
}

/// A command that the host had started with [`Kernel::start_command`] ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CommandEnd {
    /// Its process.
    pub pid: Pid,
    /// How it ended.
    pub exit: Exit,
    /// The beginning of what it wrote to its standard output and error.
    pub output: Vec<u8>,
}

/// All that outlives a running command: plain data, cheap to clone.
#[derive(Clone)]
pub struct KernelState {
    /// Where packets go.
    pub network: Network,
    /// The computers, nodes and containers.
    pub machines: SharedMap<MachineId, Machine>,
    /// Their disks.
    pub disks: SharedMap<DiskId, Disk>,
    /// Their processes.
    pub processes: SharedMap<Pid, ProcessData>,
    /// Recent connections and pings, oldest first.
    pub traces: SharedQueue<TraceRecord>,
    /// The machine whose files the person's editor opens: the outside computer.
    pub editor_on: Option<MachineId>,
    /// Containers whose PID 1 ended since [`KernelState::take_events`].
    pub(crate) events: Vec<ContainerEvent>,
    /// The host's commands that ended since [`KernelState::take_command_ends`].
    pub(crate) command_ends: Vec<CommandEnd>,
    /// When processes that live as data end by themselves, or go on.
    ends: SharedSet<(Time, Pid)>,
    pub(crate) ttys: SharedMap<TtyId, Tty>,
    pub(crate) listeners: SharedMap<ListenerId, Pid>,
    /// For how long the programs of each machine have computed.
    pub(crate) computed: SharedMap<MachineId, sim::Duration>,
    next: u64,
}

impl KernelState {
    fn new(network: Network) -> Self {
        KernelState {
            network,
            machines: SharedMap::new(),
            disks: SharedMap::new(),
            processes: SharedMap::new(),
            traces: SharedQueue::new(),
            editor_on: None,
            events: Vec::new(),
            command_ends: Vec::new(),
            ends: SharedSet::new(),
            ttys: SharedMap::new(),
            listeners: SharedMap::new(),
            computed: SharedMap::new(),
            next: 1,
        }
    }

    pub(crate) fn next_id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Adds a disk.
    pub fn add_disk(&mut self, disk: Disk) -> DiskId {
        let id = DiskId(self.next_id());
        self.disks.insert(id, disk);
        id
    }

    /// Adds a machine.
    pub fn add_machine(&mut self, machine: Machine) -> MachineId {
        let id = MachineId(self.next_id());
        self.machines.insert(id, machine);
        id
    }

    /// The machine with this host name that is not a container, for commands that name a node.
    pub fn machine_named(&self, hostname: &str) -> Option<MachineId> {
        self.machines.iter().find(|(_, m)| m.hostname == hostname && m.image.is_empty()).map(|(id, _)| *id)
    }

    /// Containers that ended since this was last called.
    pub fn take_events(&mut self) -> Vec<ContainerEvent> {
        std::mem::take(&mut self.events)
    }

    /// The host's commands that ended since this was last called.
    pub fn take_command_ends(&mut self) -> Vec<CommandEnd> {
        std::mem::take(&mut self.command_ends)
    }

    /// The trace with this name, if it is still kept.
    pub fn trace(&self, id: TraceId) -> Option<&TraceRecord> {
        self.traces.iter().find(|record| record.id == id)
    }

    pub(crate) fn record_trace(&mut self, time: Time, machine: MachineId, pid: Option<Pid>, trace: Trace) -> TraceId {
        let id = TraceId(self.next_id());
        let process = pid.and_then(|pid| self.processes.get(&pid));
        let program = process.and_then(|p| p.argv.first()).map_or("", |name| name.as_str()).into();
        let tty = process.and_then(|p| p.tty);
        self.traces.push_back(TraceRecord { id, time, machine, program, tty, trace: Rc::new(trace) });
        if self.traces.len() > TRACE_LIMIT {
            self.traces.pop_front();
        }
        id
    }

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
    fn leave_pending(&mut self, pid: Pid, signal: Signal) -> bool {
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

    /// Everything a daemon may do about a request that reached its listener; `None` if nobody is behind it any more.
    pub(crate) fn respond(
        &mut self,
        listener: ListenerId,
        request: &[u8],
        (client, local): ((Ipv4Addr, u16), (Ipv4Addr, u16)),
        now: Time,
        rng: &mut sim::Rng,
        names: Option<&dyn Names>,
    ) -> Option<Vec<u8>> {
        let pid = *self.listeners.get(&listener)?;
        let data = self.processes.get(&pid)?;
        let (machine, service) = (data.machine, data.daemon.as_ref()?.service.clone());
        self.note_computed(machine, service.cost());
        Some(service.respond(&mut ServiceCx { kernel: self, machine, pid, client, local, now, rng, names }, request))
    }

    /// Adds to the log of the container that the machine is, as PID 1's standard output or error.
    pub fn write_log(&mut self, id: MachineId, stderr: bool, bytes: &[u8], now: Time) {
        if let Some(machine) = self.machines.get_mut(&id) {
            machine.append_log(stderr, bytes, now);
            if machine.log_file.is_some() {
                self.write_log_file(id, now);
            }
        }
    }

    /// The process that a listener is open for, if it still lives.
    pub fn listening(&self, listener: ListenerId) -> Option<&ProcessData> {
        self.processes.get(self.listeners.get(&listener)?)
    }

    /// Makes a daemon behave otherwise from now on, as one does that has read its configuration again. Nothing happens to
    /// a process that is none.
    pub fn set_service(&mut self, pid: Pid, service: Rc<dyn Service>) {
        if let Some(daemon) = self.processes.get_mut(&pid).and_then(|data| data.daemon.as_mut()) {
            daemon.service = service;
        }
    }

    /// The host in the network that a machine is.
    pub fn host_of(&self, machine: MachineId) -> Option<HostId> {
        self.machines.get(&machine).map(|machine| machine.net)
    }

    /// A terminal's state.
    pub fn tty_mut(&mut self, tty: TtyId) -> Option<&mut Tty> {
        self.ttys.get_mut(&tty)
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

/// What a running process has beside its data.
#[derive(Default)]
pub(crate) struct Live {
    /// Set once: how it was made to end.
    pub killed: Cell<Option<Exit>>,
    /// How it ended, for one whose parent is the host: nobody keeps its data.
    pub exit: Cell<Option<Exit>>,
    /// SIGINT came and was not looked at yet.
    pub interrupted: Cell<bool>,
    /// A signal came.
    pub signal: Notify,
    /// It ended.
    pub ended: Notify,
    /// Its terminal is to be handed to a session when it ends.
    pub handover: RefCell<Option<crate::Session>>,
    /// It may hand its terminal over: a whole simple command at a terminal's prompt.
    pub may_hand_over: Cell<bool>,
}

pub(crate) struct Inner {
    pub sim: Sim,
    pub state: RefCell<KernelState>,
    pub programs: RefCell<BTreeMap<String, Program>>,
    pub live: RefCell<BTreeMap<Pid, Rc<Live>>>,
    /// Who knows names, beside the world's machines.
    pub names: RefCell<Option<Rc<dyn Names>>>,
    /// How many times slower than usual everything computes.
    pub pace: Cell<u32>,
    /// The standard input of PID 1s that read it.
    pub inputs: RefCell<BTreeMap<MachineId, Rc<Input>>>,
    /// Rings when a terminal has input, or was closed.
    pub bells: RefCell<BTreeMap<TtyId, Notify>>,
    pub fifos: Fifos,
}

/// A handle on a world's machines. Clones share them.
///
/// The programs' table and what is running are not part of [`KernelState`]: a checkpoint is to be taken when
/// [`Kernel::is_idle`] says so.
#[derive(Clone)]
pub struct Kernel(pub(crate) Rc<Inner>);

impl Kernel {
    /// A world without machines, over an empty network, that knows these programs and no others ([`Kernel::register`] adds
    /// more).
    pub fn new(sim: Sim, programs: Vec<Program>) -> Self {
        let kernel = Kernel(Rc::new(Inner {
            sim,
            state: RefCell::new(KernelState::new(Network::new())),
            programs: RefCell::default(),
            live: RefCell::default(),
            names: RefCell::default(),
            pace: Cell::new(1),
            inputs: RefCell::default(),
            bells: RefCell::default(),
            fifos: Fifos::default(),
        }));
        for program in programs {
            kernel.register(program);
        }
        kernel
    }

    /// The world's time, chance and tasks.
    pub fn sim(&self) -> &Sim {
        &self.0.sim
    }

    /// A copy of all state.
    pub fn state(&self) -> KernelState {
        self.0.state.borrow().clone()
    }

    /// Goes back to a copy. The running tasks are gone with [`Sim::restore`], which the host calls first.
    pub fn restore(&self, state: KernelState) {
        let dropped = std::mem::take(&mut *self.0.live.borrow_mut());
        drop(dropped);
        self.0.inputs.borrow_mut().clear();
        *self.0.state.borrow_mut() = state;
    }

    /// Looks at or changes the state. `f` must not call the kernel.
    pub fn with<R>(&self, f: impl FnOnce(&mut KernelState) -> R) -> R {
        f(&mut self.0.state.borrow_mut())
    }

    /// Makes everything compute so many times slower than usual (1 to 1024): how a host gets through a long time in which
    /// programs do nothing but compute. Not part of [`KernelState`].
    pub fn set_pace(&self, times_slower: u32) {
        self.0.pace.set(times_slower.clamp(1, 1024));
    }

    /// Makes a program known under its name; a later one replaces an earlier one.
    pub fn register(&self, program: Program) {
        self.0.programs.borrow_mut().insert(program.name.clone(), program);
    }

    /// Says who name servers of the world may ask ([`ServiceCx::names`]).
    pub fn set_names(&self, names: Rc<dyn Names>) {
        *self.0.names.borrow_mut() = Some(names);
    }

    /// Whether no process is running as a future, so that the state is all there is.
    pub fn is_idle(&self) -> bool {
        self.0.live.borrow().keys().all(|pid| self.is_data(*pid))
    }

    /// When the next process that lives as data ends by itself, or goes on.
    pub fn next_due(&self) -> Option<Time> {
        self.with(|state| state.ends.first().map(|(at, _)| *at))
    }

    /// Ends one process that lives as data and whose time has come, or lets it go on. False when there was none.
    pub fn step(&self) -> bool {
        let now = self.0.sim.now();
        let due = self.with(|state| {
            let (at, pid) = *state.ends.first().filter(|(at, _)| *at <= now)?;
            let exit = state.processes.get(&pid).and_then(|data| data.daemon.as_ref()?.ends);
            Some((at, pid, exit.map_or(Exit::Code(0), |(_, exit)| exit)))
        });
        let Some((at, pid, exit)) = due else { return false };
        if !self.resume_at(pid, at) {
            self.end(pid, exit);
        }
        true
    }

    /// A process ended: tells its waiters; if it was a container's PID 1, all others of the container go too.
    pub(crate) fn end(&self, pid: Pid, exit: Exit) {
        let parent = self.with(|state| state.processes.get(&pid).filter(|data| data.ended.is_none())?.parent);
        let others = self.with(|state| state.end_process(pid, exit, self.0.sim.now()));
        let live = self.0.live.borrow_mut().remove(&pid);
        if let Some(live) = live {
            live.exit.set(Some(exit));
            live.ended.notify_all();
        }
        for other in others {
            self.kill_now(other, Exit::Signal(Signal::Kill));
        }
        self.resume_parent(pid, parent);
    }

    /// Ends a process without asking it.
    pub(crate) fn kill_now(&self, pid: Pid, exit: Exit) {
        let live = self.0.live.borrow().get(&pid).cloned();
        match live {
            Some(live) if self.with(|s| s.processes.get(&pid).is_some_and(|p| !p.is_data())) => {
                if live.killed.get().is_none() {
                    live.killed.set(Some(exit));
                }
                live.signal.notify_all(); // its own task drops it, at the same virtual time
            }
            _ => self.end(pid, exit),
        }
    }

    /// Sends a signal as kill(2) does. PID 1 of a container gets only signals it handles, and SIGKILL.
    pub fn kill(&self, pid: Pid, signal: Signal) {
        let now = self.0.sim.now();
        let Some((is_init, daemon, catches, interactive)) = self.with(|state| {
            let data = state.processes.get(&pid)?;
            let is_init = state.machines.get(&data.machine).is_some_and(|machine| machine.init == Some(pid));
            data.ended.is_none().then(|| (is_init, data.daemon.clone(), data.catches_interrupt, data.interactive_shell))
        }) else {
            return;
        };
        if signal == Signal::Kill {
            return self.kill_now(pid, Exit::Signal(signal));
        }
        if self.with(|state| state.processes.get(&pid).is_some_and(|data| data.ignores.contains(&signal))) {
            return;
        }
        if self.with(|state| state.leave_pending(pid, signal)) {
            // One that waits for a command in the foreground comes to it afterwards.
            if !self.resume_interruptible(pid)
                && let Some(live) = self.0.live.borrow().get(&pid)
            {
                live.signal.notify_all();
            }
            return;
        }
        if signal.default_action() != DefaultAction::End {
            return; // whoever sends one that stops a process has said that it is not simulated
        }
        if let Some(mut daemon) = daemon {
            if let Some((after, exit)) = daemon.service.signal(signal, is_init) {
                if after.is_zero() {
                    return self.end(pid, exit);
                }
                daemon.ends = Some((now + after, exit));
                self.with(|state| state.set_daemon(pid, Some(daemon)));
            }
            return;
        }
        if signal == Signal::Interrupt && catches && self.is_data(pid) {
            self.interrupt_suspended(pid);
            return;
        }
        let live = self.0.live.borrow().get(&pid).cloned();
        match (signal, live) {
            (Signal::Interrupt, Some(live)) if catches => {
                live.interrupted.set(true);
                live.signal.notify_all();
            }
            (Signal::Terminate | Signal::Quit, _) if interactive => {}
            (Signal::Interrupt, None) if !self.is_data(pid) => {} // a shell at its prompt: its terminal's readline has seen the key
            _ if is_init => {}
            _ => self.kill_now(pid, Exit::Signal(signal)),
        }
    }

    /// Sends a signal to all processes of a group.
    pub fn kill_group(&self, group: Pid, signal: Signal) {
        let members: Vec<Pid> = self
            .with(|s| s.processes.values().filter(|p| p.group == group && p.ended.is_none()).map(|p| p.pid).collect());
        for pid in members {
            self.kill(pid, signal);
        }
    }

    /// Takes a machine away with all its processes. Its disks stay: they are removed by name.
    pub fn remove_machine(&self, machine: MachineId) {
        let members: Vec<Pid> = self.with(|state| {
            if let Some(machine) = state.machines.get_mut(&machine) {
                machine.init = None;
            }
            state.processes.values().filter(|p| p.machine == machine && p.ended.is_none()).map(|p| p.pid).collect()
        });
        for pid in members {
            self.kill_now(pid, Exit::Signal(Signal::Kill));
        }
        self.with(|state| {
            state.machines.remove(&machine);
            state.computed.remove(&machine);
            // Those that ended and whose parent had no time to look.
            let zombies = state.processes.values().filter(|p| p.machine == machine && p.ended.is_some());
            for pid in zombies.map(|p| p.pid).collect::<Vec<Pid>>() {
                state.processes.remove(&pid);
            }
        });
        self.0.inputs.borrow_mut().remove(&machine);
        let bells: Vec<Notify> = self.0.bells.borrow().values().cloned().collect();
        for bell in bells {
            bell.notify_all(); // a session on it looks whether its machine is still there
        }
    }

    /// Makes a terminal.
    pub fn add_tty(&self, interactive: bool) -> TtyId {
        self.with(|state| {
            let id = TtyId(state.next_id());
            state.ttys.insert(id, Tty::new(interactive));
            id
        })
    }

    pub(crate) fn bell(&self, tty: TtyId) -> Notify {
        self.0.bells.borrow_mut().entry(tty).or_default().clone()
    }

    /// Bytes typed at a terminal whose foreground is a running program.
    pub(crate) fn type_at(&self, tty: TtyId, bytes: &[u8]) {
        for &byte in bytes {
            let group = self.with(|state| {
                let tty = state.ttys.get_mut(&tty)?;
                if tty.take(byte) { tty.foreground } else { None }
            });
            if let Some(group) = group {
                self.kill_group(group, Signal::Interrupt);
            }
        }
        self.bell(tty).notify_all();
    }

    pub(crate) fn live(&self, pid: Pid) -> Rc<Live> {
        self.0.live.borrow_mut().entry(pid).or_default().clone()
    }

    /// Says something beside the screen of a terminal, and that a person may be lost.
    pub(crate) fn hint(&self, tty: Option<TtyId>, hint: Hint) {
        if let Some(tty) = tty {
            self.with(|state| {
                if let Some(tty) = state.ttys.get_mut(&tty) {
                    tty.note(Note::Hint(hint));
                }
            });
        }
    }
}
