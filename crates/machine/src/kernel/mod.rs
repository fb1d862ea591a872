//! The kernel shared by all machines of a world: its state as data, and what runs.

mod kill;
mod process_table;
mod terminals;
mod trace;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::rc::Rc;

use network::{HostId, ListenerId, Network};
use sim::{Notify, SharedMap, SharedQueue, SharedSet, Sim, Time};

use crate::attach::Input;

use crate::fd::Fifos;
use crate::{Backend, Disk, DiskId, Exit, Machine, MachineId, Pid, Program, ServiceCx, Signal, Tty, TtyId};

pub(crate) use self::process_table::NewProcess;
pub use self::process_table::ProcessData;
pub use self::trace::{TraceId, TraceRecord};

/// How many processes may live at once in the whole world; `:(){ :|:& };:` ends with fork's own error.
pub(crate) const PROCESS_LIMIT: usize = 2000;

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
    /// How many daemons ask each other at this moment, one inside of the other.
    pub(crate) nested: u8,
    /// The state of `/dev/urandom`, once it was read.
    pub(crate) random: Option<u64>,
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
            nested: 0,
            random: None,
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

    /// Everything a daemon may do about a request that reached its listener; `None` if nobody is behind it any more.
    pub(crate) fn respond(
        &mut self,
        listener: ListenerId,
        request: &[u8],
        (client, local): ((Ipv4Addr, u16), (Ipv4Addr, u16)),
        now: Time,
        rng: &mut sim::Rng,
        backend: Option<&dyn Backend>,
    ) -> Option<Vec<u8>> {
        let pid = *self.listeners.get(&listener)?;
        let data = self.processes.get(&pid)?;
        let (machine, service) = (data.machine, data.daemon.as_ref()?.service.clone());
        self.note_computed(machine, service.cost());
        Some(service.respond(&mut ServiceCx { kernel: self, machine, pid, client, local, now, rng, backend }, request))
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

    /// The host in the network that a machine is.
    pub fn host_of(&self, machine: MachineId) -> Option<HostId> {
        self.machines.get(&machine).map(|machine| machine.net)
    }

    /// A terminal's state.
    pub fn tty_mut(&mut self, tty: TtyId) -> Option<&mut Tty> {
        self.ttys.get_mut(&tty)
    }
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
    pub backend: RefCell<Option<Rc<dyn Backend>>>,
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
            backend: RefCell::default(),
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

    /// Says whom daemons of the world may ask ([`ServiceCx::backend`]).
    pub fn set_backend(&self, backend: Rc<dyn Backend>) {
        *self.0.backend.borrow_mut() = Some(backend);
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
            crate::proc::forget(state, machine);
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

    pub(crate) fn live(&self, pid: Pid) -> Rc<Live> {
        self.0.live.borrow_mut().entry(pid).or_default().clone()
    }
}
