//! Pressure on the node's memory: the Node says so, and one Pod after another is evicted until there is enough again.
//!
//! <https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/>, pkg/kubelet/eviction
//! Not here: pressure on the node's disk, which no Pod of this world can fill, and on its number of processes.

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
const THRESHOLD: i64 = 100 << 20;
/// What the node's own programs take.
const OF_NODE: i64 = 640 << 20;
/// How long the Node says so at least (`--eviction-pressure-transition-period`).
const STAYS: Duration = Duration::from_secs(300);
/// Pods of this priority, and above, are not evicted (`system-cluster-critical`).
const CRITICAL: i64 = 2_000_000_000;

/// The condition with pressure and without: status, reason, message, and the event's reason.
const HIGH: [&str; 4] =
    ["True", "KubeletHasInsufficientMemory", "kubelet has insufficient memory available", "NodeHasInsufficientMemory"];
const NONE: [&str; 4] =
    ["False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available", "NodeHasSufficientMemory"];

/// When the node was last short of memory; `None` while it says that it is not.
pub(super) type Pressure = Option<Time>;

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

impl Kubelet {
    /// Looks whether the node has memory left, and begins to evict a Pod if it has not.
    pub(super) fn watch_memory(&mut self, cx: &Context, key: &ObjectKey, machine: &dyn Node, out: &mut Reconciled) {
        let Some(node) = cx.view.get("nodes", "", &key.name) else { return };
        // The sum alone at first: there is nearly always enough.
        let alive = || self.pods.iter().filter(|(_, state)| !state.ended);
        let each = alive().flat_map(|(_, state)| containers(state, machine));
        let used = each.fold(OF_NODE, |sum, (_, bytes)| sum.saturating_add(bytes));
        let available = amount(&node["status"]["capacity"]["memory"]).saturating_sub(used).max(0);
        if available >= THRESHOLD {
            if self.pressure.is_some_and(|since| cx.now.since(since) >= STAYS) {
                self.pressure = None;
                tell(cx, key, node, NONE, out);
            }
            return;
        }
        let all: Vec<Held> = alive().map(|(key, state)| held(key, state, machine)).collect();
        self.relieve(cx, key, node, &all, available, out);
    }

    #[inline(never)]
    fn relieve(
        &mut self,
        cx: &Context,
        key: &ObjectKey,
        node: &Rc<Value>,
        all: &[Held],
        available: i64,
        out: &mut Reconciled,
    ) {
        if self.pressure.replace(cx.now).is_none() {
            tell(cx, key, node, HIGH, out);
        }
        out.warning(node, "EvictionThresholdMet", "Attempting to reclaim memory");
        // First who uses more than it asked for, then the least important, then who uses most beyond what it asked for.
        let rank = |pod: &Held| {
            let info = cx.index.pods.get(&pod.pod)?;
            let beyond = pod.bytes - info.requests.memory;
            (info.priority < CRITICAL && pod.bytes > 0).then_some((beyond <= 0, info.priority, -beyond))
        };
        let ranked = all.iter().filter_map(|pod| Some((rank(pod)?, pod)));
        let Some((_, chosen)) = ranked.min_by(|(a, _), (b, _)| a.cmp(b)) else { return };
        let quantity = |bytes: i64| Quantity::from_bytes(bytes).to_string();
        let mut message = format!(
            "The node was low on resource: memory. Threshold quantity: {}, available: {}. ",
            quantity(THRESHOLD),
            quantity(available >> 10 << 10)
        );
        let specs = cx.view.get("pods", &chosen.pod.namespace, &chosen.pod.name);
        let specs = specs.map(|pod| path::list(pod, "spec.containers")).unwrap_or_default();
        for (name, bytes) in &chosen.containers {
            let spec = specs.iter().find(|spec| path::str(spec, "name") == name);
            let request = spec.map_or(0, |spec| amount(&spec["resources"]["requests"]["memory"]));
            if *bytes > request {
                message.push_str(&format!(
                    "Container {name} was using {}, request is {}, has larger consumption of memory. ",
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

/// Writes the Node's condition, and tells of it.
fn tell(cx: &Context, key: &ObjectKey, node: &Rc<Value>, says: [&str; 4], out: &mut Reconciled) {
    let [status, reason, message, event] = says;
    let now = cx.now.rfc3339();
    let mut conditions = path::list(node, "status.conditions").to_vec();
    for condition in conditions.iter_mut().filter(|one| one["type"] == "MemoryPressure") {
        *condition = json!({
            "type": "MemoryPressure", "status": status, "reason": reason, "message": message, "lastHeartbeatTime": now,
            "lastTransitionTime": now,
        });
    }
    let body = json!({"status": {"conditions": conditions}});
    out.writes.push(Write::Patch { key: key.clone(), subresource: "status", patch: PatchType::Merge, body });
    out.normal(node, event, format!("Node {} status is now: {event}", key.name));
}
