//! Memory that programs hold, and what becomes of a container whose processes want more than it may have.
//!
//! As with memory cgroups of version 2 under Kubernetes (`memory.oom.group`): the kernel kills all processes of the container.
//! What is counted is what a program says that it holds, and what is in volumes of memory; its own code and the kernel's caches are
//! not.
//! <https://kubernetes.io/docs/tasks/configure-pod-container/assign-memory-resource/>

use sim::Duration;

use crate::{Exit, Kernel, KernelState, MachineId, Pid, Process, Signal};

/// What the node has in all, `MemTotal` of `/proc/meminfo`.
const NODE: u64 = 8_028_684 << 10;
/// How fast memory is filled, in bytes a second.
const SPEED: u64 = 1 << 30;

/// How long it takes to fill so many bytes.
fn filling(bytes: u64) -> Duration {
    Duration::from_micros(bytes.min(NODE).saturating_mul(1_000_000) / SPEED)
}

impl KernelState {
    /// Bytes in the volumes of memory that a machine has mounted to write to. What the kubelet writes, Secrets, counts as its own.
    pub(crate) fn in_memory(&self, id: MachineId) -> u64 {
        let Some(machine) = self.machines.get(&id) else { return 0 };
        let is_of_memory = |disk: &_| self.disks.get(disk).is_some_and(|disk| disk.memory().is_some());
        // Most machines have none: nothing is kept for those.
        let written = machine.mounts.iter().filter(|mount| !mount.read_only).map(|mount| mount.disk);
        let mut disks: Vec<_> = written.filter(is_of_memory).collect();
        sim::order::sort(&mut disks);
        disks.dedup();
        disks.iter().filter_map(|disk| self.disks.get(disk)).map(|disk| disk.used()).sum()
    }

    fn is_within_memory(&self, id: MachineId) -> bool {
        let limit = self.machines.get(&id).and_then(|machine| machine.memory_limit).unwrap_or(NODE);
        let own = self.processes.values().filter(|process| process.machine == id && process.ended.is_none());
        own.fold(self.in_memory(id), |sum, process| sum.saturating_add(process.holds)) <= limit
    }
}

impl Kernel {
    /// Writes down what a process holds. Whether its machine has so much: a container its limit, everything else what the node
    /// has.
    fn hold(&self, pid: Pid, bytes: u64) -> bool {
        self.with(|state| {
            let Some(process) = state.processes.get_mut(&pid) else { return true };
            process.holds = bytes;
            let machine = process.machine;
            state.is_within_memory(machine)
        })
    }

    /// Kills a container for want of memory; on a computer, which has no first process, this one alone.
    fn out_of_memory(&self, pid: Pid) {
        let init = self.with(|state| {
            let machine = state.processes.get(&pid)?.machine;
            state.machines.get(&machine)?.init
        });
        match init {
            Some(init) => self.kill_now(init, Exit::OutOfMemory),
            None => self.kill_now(pid, Exit::Signal(Signal::Kill)),
        }
    }
}

impl Process {
    /// Holds so many bytes of memory, as long as it runs or until it says another number. It takes the time that filling it
    /// takes. If that is more than there is, the process is killed, with its container.
    pub async fn hold(&self, bytes: u64) {
        let before = self.kernel.with(|state| state.processes.get(&self.pid()).map_or(0, |process| process.holds));
        let limit = self.memory_limit().unwrap_or(NODE);
        let filled = bytes.min(limit).saturating_sub(before);
        self.compute(filling(filled)).await;
        if !self.kernel.hold(self.pid(), bytes) {
            self.out_of_memory().await;
        }
    }

    /// It has written to a file: one in a volume of memory may be more than its container may have.
    pub async fn wrote(&self) {
        let within = |state: &mut KernelState| {
            let machine = self.machine();
            let limited = state.machines.get(&machine).is_some_and(|machine| machine.memory_limit.is_some());
            !limited || state.is_within_memory(machine)
        };
        if !self.kernel.with(within) {
            self.out_of_memory().await;
        }
    }

    /// The same for a program that is to live as data: nothing waits and nothing is killed.
    ///
    /// # Errors
    ///
    /// There is not so much. It gives the time that filling what there is takes, after which the program is to end
    /// ([`Exit::OutOfMemory`]).
    pub fn try_hold(&self, bytes: u64) -> Result<(), Duration> {
        if self.kernel.hold(self.pid(), bytes) {
            return Ok(());
        }
        Err(filling(bytes.min(self.memory_limit().unwrap_or(bytes))))
    }

    /// How much its container may hold, if that is limited.
    pub fn memory_limit(&self) -> Option<u64> {
        self.kernel.with(|state| state.machines.get(&self.machine())?.memory_limit)
    }

    /// It wanted memory without end: if it is in a container with a limit, that is the end of both.
    pub async fn wants_endless_memory(&self) {
        if let Some(limit) = self.memory_limit() {
            self.hold(limit.saturating_add(1)).await;
        }
    }

    async fn out_of_memory(&self) -> ! {
        self.catch_up().await;
        self.kernel.out_of_memory(self.pid());
        loop {
            std::future::pending::<()>().await;
        }
    }
}
