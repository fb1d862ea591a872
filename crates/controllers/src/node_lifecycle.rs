//! The node lifecycle controller: a node that is not ready gets a taint that keeps Pods away; a `NoExecute` taint also ends
//! those that run and do not tolerate it.
//!
//! <https://kubernetes.io/docs/concepts/architecture/nodes/#node-controller>,
//! <https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions>

use std::rc::Rc;
use std::time::Duration;

use api::{PatchType, path};
use apiserver::ObjectKey;
use component::{Context, Reconciled, Write};
use serde_json::{Value, json};
use sim::{SharedMap, Time};

use super::{condition, patch};
use crate::scheduler::taint_toleration::tolerates;

const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
/// The conditions that keep Pods away while they are true, and the taints that do it.
const PRESSURES: [(&str, &str); 3] = [
    ("MemoryPressure", "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", "node.kubernetes.io/disk-pressure"),
    ("PIDPressure", "node.kubernetes.io/pid-pressure"),
];
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// How old a Lease is that should have been renewed.
pub const LATE: Duration = Duration::from_secs(15);
/// How old it may become before the node counts as not ready (`--node-monitor-grace-period`).
const GRACE: Duration = Duration::from_secs(50);

/// The controller's memory: since when Pods tolerate a taint that ends them, those that do for a time only.
#[derive(Clone, Default)]
pub struct Nodes {
    since: SharedMap<ObjectKey, Time>,
    /// The nodes it has seen, by their names, as they were then.
    known: SharedMap<Rc<str>, Rc<Value>>,
}

impl Nodes {
    /// Reconciles one Node.
    #[inline(never)]
    pub fn reconcile(&mut self, cx: &mut Context, key: &ObjectKey) -> Reconciled {
        let mut out = Reconciled::default();
        let Some(node) = cx.view.get("nodes", "", &key.name) else {
            if let Some(gone) = self.known.remove(&*key.name) {
                let message = format!("Node {0} event: Removing Node {0} from Controller", key.name);
                out.normal(&gone, "RemovingNode", message);
            }
            return out;
        };
        if !self.known.contains_key(&*key.name) {
            self.known.insert(key.name.clone(), node.clone());
            out.normal(node, "RegisteredNode", format!("Node {0} event: Registered Node {0} in Controller", key.name));
        }
        monitor(cx, key, node, &mut out);
        taint(cx, key, node, &mut out);
        self.evict(cx, key, path::list(node, "spec.taints"), &mut out);
        out
    }

    /// The taint eviction controller's part (pkg/controller/tainteviction).
    fn evict(&mut self, cx: &Context, key: &ObjectKey, taints: &[Value], out: &mut Reconciled) {
        let ending: Vec<&Value> = taints.iter().filter(|taint| taint["effect"] == "NoExecute").collect();
        if !ending.is_empty() || !self.since.is_empty() {
            self.evict_under(cx, key, &ending, out);
        }
    }

    #[inline(never)]
    fn evict_under(&mut self, cx: &Context, key: &ObjectKey, ending: &[&Value], out: &mut Reconciled) {
        for pod in cx.index.nodes.get(&*key.name).into_iter().flat_map(|node| node.pods.values()) {
            let Some(object) = cx.view.get("pods", &pod.key.namespace, &pod.key.name) else { continue };
            let name = format!("{}/{}", pod.key.namespace, pod.key.name);
            match patience(object, ending) {
                _ if pod.terminating => drop(self.since.remove(&pod.key)),
                None => {
                    if self.since.remove(&pod.key).is_some() {
                        out.normal(object, "TaintManagerEviction", format!("Cancelling deletion of Pod {name}"));
                    }
                }
                Some(patience) => {
                    let since = *self.since.get_or_insert_with(pod.key.clone(), || cx.now);
                    let left = patience.saturating_sub(cx.now.since(since));
                    if !left.is_zero() {
                        out.requeue_within(left);
                        continue;
                    }
                    self.since.remove(&pod.key);
                    out.normal(object, "TaintManagerEviction", format!("Marking for deletion Pod {name}"));
                    end(cx, &pod.key, object, out);
                }
            }
        }
        let gone: Vec<ObjectKey> = self.since.keys().filter(|pod| !cx.index.pods.contains_key(*pod)).cloned().collect();
        gone.iter().for_each(|pod| drop(self.since.remove(pod)));
    }
}

/// How long a Pod may stay under taints that end it; `None` for ever.
fn patience(pod: &Value, taints: &[&Value]) -> Option<Duration> {
    let mut shortest: Option<i64> = None;
    for taint in taints {
        // The first that fits counts.
        let fitting = path::list(pod, "spec.tolerations").iter().find(|one| tolerates(one, taint));
        let Some(toleration) = fitting else { return Some(Duration::ZERO) };
        let seconds = path::int(toleration, "tolerationSeconds");
        shortest = [shortest, seconds].into_iter().flatten().min();
    }
    shortest.map(|seconds| Duration::from_secs(seconds.max(0) as u64))
}

fn end(cx: &Context, key: &ObjectKey, pod: &Value, out: &mut Reconciled) {
    let mut conditions = path::list(pod, "status.conditions").to_vec();
    conditions.retain(|one| one["type"] != "DisruptionTarget");
    conditions.push(json!({
        "type": "DisruptionTarget", "status": "True", "reason": "DeletionByTaintManager",
        "message": "Taint manager: deleting due to NoExecute taint", "lastTransitionTime": cx.now.rfc3339(),
    }));
    let body = json!({"status": {"conditions": conditions}});
    out.writes.push(Write::Patch { key: key.clone(), subresource: "status", patch: PatchType::Merge, body });
    out.writes.push(Write::Delete(key.clone(), Value::Null));
}

/// A node whose Lease is not renewed is no longer known to be ready, nor are its Pods (`monitorNodeHealth` in
/// pkg/controller/nodelifecycle). While no node is ready, none gets the taint that ends Pods.
fn monitor(cx: &Context, key: &ObjectKey, node: &Rc<Value>, out: &mut Reconciled) {
    let lease = cx.view.get("leases.coordination.k8s.io", "kube-node-lease", &key.name);
    let Some(renewed) = lease.and_then(|lease| Time::parse_rfc3339(path::str(lease, "spec.renewTime"))) else { return };
    let age = cx.now.since(renewed);
    let known = condition(&node["status"], "Ready").is_some_and(|ready| ready["status"] != "Unknown");
    if age < LATE || !known {
        return;
    }
    if age < GRACE {
        return out.requeue_within(GRACE - age);
    }
    let mut conditions = path::list(node, "status.conditions").to_vec();
    for condition in &mut conditions {
        for (field, value) in [
            ("status", "Unknown".to_owned()),
            ("reason", "NodeStatusUnknown".to_owned()),
            ("message", "Kubelet stopped posting node status.".to_owned()),
            ("lastTransitionTime", cx.now.rfc3339()),
        ] {
            condition[field] = value.into();
        }
    }
    let status = |key: &ObjectKey, conditions: Vec<Value>| Write::Patch {
        key: key.clone(),
        subresource: "status",
        patch: PatchType::Merge,
        body: json!({"status": {"conditions": conditions}}),
    };
    out.writes.push(status(key, conditions));
    out.normal(node, "NodeNotReady", format!("Node {} status is now: NodeNotReady", key.name));
    for pod in cx.index.nodes.get(&*key.name).into_iter().flat_map(|node| node.pods.values()) {
        let Some(object) = cx.view.get("pods", &pod.key.namespace, &pod.key.name) else { continue };
        let mut conditions = path::list(object, "status.conditions").to_vec();
        let ready = conditions.iter_mut().find(|one| one["type"] == "Ready" && one["status"] == "True");
        let Some(ready) = ready else { continue };
        ready["status"] = "False".into();
        ready["lastTransitionTime"] = cx.now.rfc3339().into();
        out.writes.push(status(&pod.key, conditions));
        out.warning(object, "NodeNotReady", "Node is not ready");
    }
}

fn taint(cx: &Context, key: &ObjectKey, node: &Rc<Value>, out: &mut Reconciled) {
    let ready = condition(&node["status"], "Ready").map_or("Unknown", |ready| path::str(ready, "status"));
    let mut wanted = Vec::new();
    match ready {
        "True" => {}
        "False" => wanted.push(NOT_READY),
        _ => wanted.push(UNREACHABLE),
    }
    let high = |(kind, _): &&(&str, &str)| condition(&node["status"], kind).is_some_and(|one| one["status"] == "True");
    wanted.extend(PRESSURES.iter().filter(high).map(|(_, taint)| *taint));
    if path::bool(node, "spec.unschedulable") {
        wanted.push(UNSCHEDULABLE);
    }
    let taints = path::list(node, "spec.taints");
    let managed = |taint: &Value| {
        taint["effect"] == "NoSchedule"
            && [NOT_READY, UNREACHABLE, UNSCHEDULABLE]
                .into_iter()
                .chain(PRESSURES.map(|(_, taint)| taint))
                .any(|key| taint["key"] == key)
    };
    let mut after: Vec<Value> = taints
        .iter()
        .filter(|taint| !managed(taint) || wanted.iter().any(|key| taint["key"] == *key))
        .cloned()
        .collect();
    for key in wanted {
        if !after.iter().any(|taint| managed(taint) && taint["key"] == key) {
            after.push(json!({"key": key, "effect": "NoSchedule", "timeAdded": cx.now.rfc3339()}));
        }
    }
    if after != taints {
        let after = if after.is_empty() { Value::Null } else { Value::Array(after) };
        out.writes.push(patch(key, json!({"spec": {"taints": after}})));
    }
}
