//! What a machine uses of processors and memory, for whoever measures it.
//!
//! Processors: the time that programs computed, what daemons keep busy (`stress`), and what answering requests cost. Memory: what
//! programs hold that are known to hold much, and what the image's software takes at rest. A limit of processors slows down nothing
//! but servers whose answers are work ([`crate::Service::cost`]).

use network::ListenerId;
use sim::Duration;

use crate::{KernelState, MachineId};

/// What a machine uses.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Usage {
    /// For how long its programs have computed, on one processor.
    pub computed: Duration,
    /// What is kept busy beside that, in thousandths of a processor.
    pub busy: u64,
    /// Bytes of memory.
    pub memory: u64,
}

/// What software takes at rest: a word of the image's last part, thousandths of a processor, megabytes. The first that fits.
const AT_REST: &[(&str, u64, u64)] = &[
    ("kube-apiserver", 38, 224),
    ("kube-controller-manager", 14, 48),
    ("kube-scheduler", 4, 22),
    ("kube-proxy", 1, 18),
    ("etcd", 16, 44),
    ("coredns", 2, 14),
    ("storage-provisioner", 1, 9),
    ("metrics-server", 4, 18),
    ("hpa-example", 1, 12),
    ("nginx", 0, 3),
    ("httpd", 1, 6),
    ("apache", 1, 12),
    ("redis", 3, 4),
    ("valkey", 3, 4),
    ("memcached", 1, 2),
    ("mysql", 6, 380),
    ("mariadb", 3, 90),
    ("postgres", 2, 28),
    ("mongo", 7, 95),
    ("rabbitmq", 8, 130),
    ("kafka", 12, 420),
    ("cassandra", 25, 1100),
    ("elasticsearch", 14, 1200),
    ("opensearch", 14, 1000),
    ("tomcat", 2, 90),
    ("jenkins", 4, 520),
    ("prometheus", 5, 52),
    ("grafana", 4, 84),
    ("wordpress", 1, 62),
    ("controller", 2, 20),
    ("speaker", 4, 24),
];

/// What the software of an image takes at rest: thousandths of a processor, and bytes. A shell takes next to nothing.
fn at_rest(image: &str) -> (u64, u64) {
    let name = image.rsplit('/').next().unwrap_or(image);
    let found = AT_REST.iter().find(|(word, ..)| name.contains(word));
    found.map_or((0, 1 << 20), |(_, milli, megabytes)| (*milli, megabytes << 20))
}

impl KernelState {
    /// What a machine uses now.
    pub fn usage(&self, id: MachineId) -> Usage {
        let Some(machine) = self.machines.get(&id) else { return Usage::default() };
        let (milli, bytes) = at_rest(&machine.image);
        let alive = self.processes.values().filter(|process| process.machine == id && process.ended.is_none());
        let (busy, held) = alive.fold((0, 0_u64), |(busy, held), process| {
            let kept = process.busy + process.daemon.as_ref().map_or(0, |daemon| daemon.busy);
            (busy + kept, held.saturating_add(process.holds))
        });
        Usage {
            computed: self.computed.get(&id).copied().unwrap_or_default(),
            busy: milli + busy,
            memory: bytes.saturating_add(held).saturating_add(self.in_memory(id)),
        }
    }

    /// Writes down that a machine's programs computed for so long.
    pub(crate) fn note_computed(&mut self, id: MachineId, time: Duration) {
        *self.computed.get_or_insert_with(id, Duration::default) += time;
    }

    /// How long an answer of this listener takes: no time, where it is no work worth counting.
    pub(crate) fn answer_takes(&self, listener: ListenerId) -> Duration {
        let find = || {
            let process = self.processes.get(self.listeners.get(&listener)?)?;
            let cost = process.daemon.as_ref()?.service.cost();
            let limit = self.machines.get(&process.machine)?.cpu_limit.unwrap_or(1000).clamp(1, 1000);
            (cost >= WORK).then(|| cost * 1000 / u32::try_from(limit).unwrap_or(1000))
        };
        find().unwrap_or_default()
    }
}

/// Answers that cost less are given at once.
const WORK: Duration = Duration::from_millis(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn software_is_known_by_the_last_part_of_its_image() {
        assert_eq!(at_rest("registry.k8s.io/kube-apiserver:v1.36.2"), (38, 224 << 20));
        assert_eq!(at_rest("nginx:1.27"), (0, 3 << 20));
        assert_eq!(at_rest("busybox"), (0, 1 << 20));
    }
}
