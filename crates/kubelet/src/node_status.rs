//! The Node's heartbeats: its Lease every 10 seconds, its status every 5 minutes.
//!
//! <https://kubernetes.io/docs/concepts/architecture/nodes/#heartbeats>

use std::rc::Rc;
use std::time::Duration;

use api::{PatchType, path};
use apiserver::ObjectKey;
use component::{Context, Node as Machine, Reconciled, Write};
use serde_json::{Value, json};
use sim::Time;

const LEASE_EVERY: Duration = Duration::from_secs(10);
const STATUS_EVERY: Duration = Duration::from_secs(300);

/// When the last heartbeats were.
#[derive(Clone, Default)]
pub(super) struct Heartbeat {
    lease: Option<Time>,
    status: Option<Time>,
    /// Whether the Node was cordoned at the last heartbeat.
    cordoned: bool,
    /// The kubelet was stopped since the last one.
    paused: bool,
    /// How many images the Node was last said to have.
    images: Option<usize>,
}

/// The conditions that a kubelet which has just started writes: type, status, reason, message, and the event's reason.
const HEALTHY: [(&str, &str, &str, &str, &str); 4] = [
    (
        "MemoryPressure",
        "False",
        "KubeletHasSufficientMemory",
        "kubelet has sufficient memory available",
        "NodeHasSufficientMemory",
    ),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure", "NodeHasNoDiskPressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available", "NodeHasSufficientPID"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status", "NodeReady"),
];

impl Heartbeat {
    /// The kubelet is stopped: when it starts again, all heartbeats are due.
    pub fn stopped(&mut self) {
        (self.paused, self.lease) = (true, None);
    }

    /// The first status after a start: it was not known whether the Node is well, or still is.
    fn resume(&mut self, cx: &Context, key: &ObjectKey, node: &Rc<Value>, out: &mut Reconciled) {
        self.status = Some(cx.now);
        out.normal(node, "Starting", "Starting kubelet.");
        let mut conditions = path::list(node, "status.conditions").to_vec();
        let now = cx.now.rfc3339();
        for (kind, state, reason, message, event) in HEALTHY {
            let Some(condition) = conditions.iter_mut().find(|one| one["type"] == kind) else { continue };
            let (changed, was) = (condition["status"] != state, condition["lastTransitionTime"].clone());
            let since = if changed { now.clone().into() } else { was };
            *condition = json!({
                "type": kind, "status": state, "reason": reason, "message": message, "lastHeartbeatTime": now,
                "lastTransitionTime": since,
            });
            if changed || kind != "Ready" {
                note(node, event, out);
            }
        }
        out.normal(node, "NodeAllocatableEnforced", "Updated Node Allocatable limit across pods");
        out.writes.push(Write::Patch {
            key: key.clone(),
            subresource: "status",
            patch: PatchType::Merge,
            body: json!({"status": {"conditions": conditions}}),
        });
    }

    /// Sends the heartbeats that are due.
    pub fn beat(&mut self, cx: &Context, key: &ObjectKey, machine: &dyn Machine, out: &mut Reconciled) {
        let Some(node) = cx.view.get("nodes", "", &key.name) else { return };
        let cordoned = path::bool(node, "spec.unschedulable");
        if cordoned != self.cordoned {
            self.cordoned = cordoned;
            note(node, if cordoned { "NodeNotSchedulable" } else { "NodeSchedulable" }, out);
        }
        let due = |last: Option<Time>, every: Duration| last.is_none_or(|last| cx.now.since(last) >= every);
        if due(self.lease, LEASE_EVERY) {
            self.lease = Some(cx.now);
            out.writes.push(self::lease(cx, node));
            out.summary = Some(String::new()); // too often to be news
        }
        if std::mem::take(&mut self.paused) {
            self.resume(cx, key, node, out);
        } else if self.status.is_none() {
            self.status = Some(cx.now); // bootstrap wrote it
            out.normal(node, "Starting", "Starting kubelet.");
            out.normal(node, "NodeAllocatableEnforced", "Updated Node Allocatable limit across pods");
            for (.., event) in HEALTHY.iter().filter(|(kind, ..)| *kind != "Ready") {
                note(node, event, out);
            }
        }
        if self.images.replace(machine.image_count()) != Some(machine.image_count()) {
            out.writes.extend(images(key, machine));
        }
        if due(self.status, STATUS_EVERY) {
            self.status = Some(cx.now);
            let mut conditions = path::list(node, "status.conditions").to_vec();
            for condition in &mut conditions {
                condition["lastHeartbeatTime"] = cx.now.rfc3339().into();
            }
            out.writes.push(Write::Patch {
                key: key.clone(),
                subresource: "status",
                patch: PatchType::Merge,
                body: json!({"status": {"conditions": conditions}}),
            });
        }
        out.requeue_within(LEASE_EVERY);
    }
}

/// The write of the images on the node, at most 50 of them (`--node-status-max-images`).
fn images(key: &ObjectKey, machine: &dyn Machine) -> Option<Write> {
    let images = machine.images().into_iter().take(50);
    let images: Vec<Value> = images.map(|(names, size)| json!({"names": names, "sizeBytes": size})).collect();
    (!images.is_empty()).then(|| Write::Patch {
        key: key.clone(),
        subresource: "status",
        patch: PatchType::Merge,
        body: json!({"status": {"images": images}}),
    })
}

/// Records an event about the Node's state.
fn note(node: &Rc<Value>, state: &str, out: &mut Reconciled) {
    out.normal(node, state, format!("Node {} status is now: {state}", path::str(node, "metadata.name")));
}

fn lease(cx: &Context, node: &Value) -> Write {
    let name = path::str(node, "metadata.name");
    if cx.view.get("leases.coordination.k8s.io", "kube-node-lease", name).is_some() {
        return Write::Patch {
            key: ObjectKey::new("leases.coordination.k8s.io", "kube-node-lease", name),
            subresource: "",
            patch: PatchType::Merge,
            body: json!({"spec": {"renewTime": cx.now.rfc3339_micros()}}),
        };
    }
    Write::Create(
        "leases.coordination.k8s.io",
        json!({
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {
                "name": name, "namespace": "kube-node-lease",
                "ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": name, "uid": node["metadata"]["uid"]}],
            },
            "spec": {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": cx.now.rfc3339_micros()},
        }),
    )
}
