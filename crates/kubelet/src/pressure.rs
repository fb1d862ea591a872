//! Pressure on the node's memory or disk: the Node says so, and one Pod after another is evicted until there is enough again.
//!
//! <https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/>, pkg/kubelet/eviction
//! Not here: pressure on the number of processes, of which no container of this world starts so many.

use std::rc::Rc;
use std::time::Duration;

use api::{PatchType, Quantity, path};
use apiserver::ObjectKey;
use component::resources::amount;
use component::{Context, Node, Reconciled, Write};
use serde_json::{Value, json};
use sim::Time;

use super::{Kubelet, PodState};

/// `memory.available<100Mi`
const MEMORY_LEFT: i64 = 100 << 20;
/// `nodefs.available<10%`, a number of 32 bits in the kubelet.
const DISK_LEFT: f32 = 0.1;
/// What the node's own programs take.
const MEMORY_OF_NODE: i64 = 640 << 20;
/// What is on the node's disk from the start, or kept for root.
const DISK_OF_NODE: i64 = (9_671_204 + 3_128_616) << 10;
/// How long the Node says so at least (`--eviction-pressure-transition-period`).
const STAYS: Duration = Duration::from_secs(300);
/// Pods of this priority, and above, are not evicted (`system-cluster-critical`).
const CRITICAL: i64 = 2_000_000_000;

/// What a node may be short of: the resource, the condition, and what that says with pressure and without: status, reason,
/// message, and the event's reason.
struct Kind {
    resource: &'static str,
    condition: &'static str,
    high: [&'static str; 4],
    none: [&'static str; 4],
}

const MEMORY: Kind = Kind {
    resource: "memory",
    condition: "MemoryPressure",
    high: [
        "True",
        "KubeletHasInsufficientMemory",
        "kubelet has insufficient memory available",
        "NodeHasInsufficientMemory",
    ],
    none: ["False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available", "NodeHasSufficientMemory"],
};
const DISK: Kind = Kind {
    resource: "ephemeral-storage",
    condition: "DiskPressure",
    high: ["True", "KubeletHasDiskPressure", "kubelet has disk pressure", "NodeHasDiskPressure"],
    none: ["False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure", "NodeHasNoDiskPressure"],
};

/// When the node was last short of each; `None` while it says that it is not.
#[derive(Clone, Copy, Default)]
pub(super) struct Pressure {
    memory: Option<Time>,
    disk: Option<Time>,
}

/// What a Pod holds: all its containers together, and each one with its name.
struct Held {
    pod: ObjectKey,
    bytes: i64,
    containers: Vec<(String, i64)>,
}

/// The running containers of a Pod, and the bytes that each holds.
fn containers<'a>(state: &'a PodState, machine: &'a dyn Node) -> impl Iterator<Item = (&'a String, i64)> {
    state.containers.iter().filter_map(move |(name, record)| {
        let bytes = machine.container_load(record.running()?).memory;
        Some((name, i64::try_from(bytes).unwrap_or(i64::MAX)))
    })
}

fn held(key: &ObjectKey, state: &PodState, machine: &dyn Node) -> Held {
    let containers: Vec<(String, i64)> =
        containers(state, machine).map(|(name, bytes)| (name.clone(), bytes)).collect();
    let bytes = containers.iter().fold(0_i64, |sum, (_, bytes)| sum.saturating_add(*bytes));
    Held { pod: key.clone(), bytes, containers }
}

/// What a Pod has written to the node's disk: its containers to their layers and logs, and into its volumes.
fn written(cx: &Context, key: &ObjectKey, state: &PodState, machine: &dyn Node) -> Held {
    let pages = |bytes: u64| i64::try_from(bytes.next_multiple_of(4096)).unwrap_or(i64::MAX);
    let running = state.containers.iter().filter_map(|(name, record)| Some((name, record.running()?)));
    let containers: Vec<(String, i64)> =
        running.map(|(name, id)| (name.clone(), pages(machine.container_usage(id)))).collect();
    let pod = cx.view.get("pods", &key.namespace, &key.name);
    let volumes = pod.map(|pod| path::list(pod, "spec.volumes")).unwrap_or_default();
    let on_disk =
        volumes.iter().filter(|volume| volume["emptyDir"].is_object() && volume["emptyDir"]["medium"] != "Memory");
    let volumes = on_disk.map(|volume| pages(machine.volume_usage(&state.uid, path::str(volume, "name"))));
    let bytes = containers.iter().map(|(_, bytes)| *bytes).chain(volumes).fold(0, i64::saturating_add);
    Held { pod: key.clone(), bytes, containers }
}

impl Kubelet {
    /// Looks whether the node has memory and room on its disk left, and begins to evict a Pod if it has not.
    pub(super) fn watch_pressure(&mut self, cx: &Context, key: &ObjectKey, machine: &dyn Node, out: &mut Reconciled) {
        let Some(node) = cx.view.get("nodes", "", &key.name) else { return };
        // The sum alone at first: there is nearly always enough.
        let alive = || self.pods.iter().filter(|(_, state)| !state.ended);
        let each = alive().flat_map(|(_, state)| containers(state, machine));
        let used = each.fold(MEMORY_OF_NODE, |sum, (_, bytes)| sum.saturating_add(bytes));
        let left = amount(&node["status"]["capacity"]["memory"]).saturating_sub(used).max(0);
        if left >= MEMORY_LEFT {
            self.pressure.memory = relieved(cx, key, node, &MEMORY, self.pressure.memory, out);
        } else {
            let all: Vec<Held> = alive().map(|(key, state)| held(key, state, machine)).collect();
            self.pressure.memory = begun(cx, key, node, &MEMORY, self.pressure.memory, out);
            self.relieve(cx, &MEMORY, &all, (MEMORY_LEFT, left), out);
        }
        self.watch_disk(cx, key, node, machine, out);
    }

    /// The same for the disk.
    #[inline(never)]
    fn watch_disk(
        &mut self,
        cx: &Context,
        key: &ObjectKey,
        node: &Rc<Value>,
        machine: &dyn Node,
        out: &mut Reconciled,
    ) {
        let capacity = amount(&node["status"]["capacity"]["ephemeral-storage"]);
        let threshold = (capacity as f64 * f64::from(DISK_LEFT)) as i64;
        let left = |used: u64| {
            let used = i64::try_from(used).unwrap_or(i64::MAX);
            capacity.saturating_sub(DISK_OF_NODE).saturating_sub(used).max(0)
        };
        let (own, of_pods) = machine.disk_usage();
        let mut all = Vec::new();
        let mut available = left(own + of_pods);
        if available < threshold {
            // What an ended Pod wrote counts no more: the kubelet takes it away.
            let alive = self.pods.iter().filter(|(_, state)| !state.ended);
            all.extend(alive.map(|(key, state)| written(cx, key, state, machine)));
            available = left(own).saturating_sub(all.iter().map(|pod| pod.bytes).fold(0, i64::saturating_add)).max(0);
        }
        if available >= threshold {
            self.pressure.disk = relieved(cx, key, node, &DISK, self.pressure.disk, out);
            return;
        }
        self.pressure.disk = begun(cx, key, node, &DISK, self.pressure.disk, out);
        self.relieve(cx, &DISK, &all, (threshold, available), out);
    }

    /// Chooses the Pod that is evicted: of which resource, what each Pod has of it, how much should be left and how much is.
    #[inline(never)]
    fn relieve(
        &mut self,
        cx: &Context,
        kind: &Kind,
        all: &[Held],
        (threshold, available): (i64, i64),
        out: &mut Reconciled,
    ) {
        // First who uses more than it asked for, then the least important, then who uses most beyond what it asked for.
        let rank = |pod: &Held| {
            let info = cx.index.pods.get(&pod.pod)?;
            let asked = if kind.resource == "memory" { info.requests.memory } else { info.requests.ephemeral_storage };
            let beyond = pod.bytes - asked;
            (info.priority < CRITICAL && pod.bytes > 0).then_some((beyond <= 0, info.priority, -beyond))
        };
        let ranked = all.iter().filter_map(|pod| Some((rank(pod)?, pod)));
        let Some((_, chosen)) = ranked.min_by(|(a, _), (b, _)| a.cmp(b)) else { return };
        let quantity = |bytes: i64| Quantity::from_bytes(bytes).to_string();
        let resource = kind.resource;
        let mut message = format!(
            "The node was low on resource: {resource}. Threshold quantity: {}, available: {}. ",
            quantity(threshold),
            quantity(available >> 10 << 10)
        );
        let specs = cx.view.get("pods", &chosen.pod.namespace, &chosen.pod.name);
        let specs = specs.map(|pod| path::list(pod, "spec.containers")).unwrap_or_default();
        for (name, bytes) in &chosen.containers {
            let spec = specs.iter().find(|spec| path::str(spec, "name") == name);
            let request = spec.map_or(0, |spec| amount(&spec["resources"]["requests"][resource]));
            if *bytes > request {
                message.push_str(&format!(
                    "Container {name} was using {}, request is {}, has larger consumption of {resource}. ",
                    quantity(bytes >> 10 << 10),
                    quantity(request)
                ));
            }
        }
        if let Some(state) = self.pods.get_mut(&chosen.pod) {
            Rc::make_mut(state).evicted = Some(message.into());
            out.enqueue.push(chosen.pod.clone());
        }
    }
}

/// The node is short of something: it says so, if it does not yet.
fn begun(
    cx: &Context,
    key: &ObjectKey,
    node: &Rc<Value>,
    kind: &Kind,
    since: Option<Time>,
    out: &mut Reconciled,
) -> Option<Time> {
    if since.is_none() {
        set_condition(cx, key, node, kind.condition, kind.high, out);
    }
    out.warning(node, "EvictionThresholdMet", format!("Attempting to reclaim {}", kind.resource));
    Some(cx.now)
}

/// There is enough: after a while the node says that, too.
fn relieved(
    cx: &Context,
    key: &ObjectKey,
    node: &Rc<Value>,
    kind: &Kind,
    since: Option<Time>,
    out: &mut Reconciled,
) -> Option<Time> {
    if since.is_none_or(|since| cx.now.since(since) < STAYS) {
        return since;
    }
    set_condition(cx, key, node, kind.condition, kind.none, out);
    None
}

/// Writes the Node's condition, and an Event about it.
fn set_condition(cx: &Context, key: &ObjectKey, node: &Rc<Value>, kind: &str, says: [&str; 4], out: &mut Reconciled) {
    let [status, reason, message, event] = says;
    let now = cx.now.rfc3339();
    let mut conditions = path::list(node, "status.conditions").to_vec();
    for condition in conditions.iter_mut().filter(|one| one["type"] == kind) {
        *condition = json!({
            "type": kind, "status": status, "reason": reason, "message": message, "lastHeartbeatTime": now,
            "lastTransitionTime": now,
        });
    }
    let body = json!({"status": {"conditions": conditions}});
    out.writes.push(Write::Patch { key: key.clone(), subresource: "status", patch: PatchType::Merge, body });
    out.normal(node, event, format!("Node {} status is now: {event}", key.name));
}
