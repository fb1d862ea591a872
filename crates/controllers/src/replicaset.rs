//! The ReplicaSet controller: keeps as many Pods as `spec.replicas` says. A ReplicationController is kept in the same way, as if it
//! were a ReplicaSet (pkg/controller/replication/conversion.go).
//!
//! <https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/>, pkg/controller/replicaset/replica_set.go

use std::rc::Rc;
use std::time::Duration;

use api::{Status, path};
use apiserver::{ObjectKey, selector};
use component::index::Group;
use component::{Context, Reconciled, Write, write_status};
use serde_json::{Value, json};
use sim::Time;

use super::{adopt_and_let_go, available, condition, pod_of_template, remove_condition, set_condition};

/// How many Pods are made or removed in one step, and how long it waits before the next. (The real one does up to 500 at the
/// pace its API client is allowed, some 20 a second; this keeps a step short and a large ReplicaSet from crowding out all.)
pub(super) const AT_ONCE: usize = 25;
const PAUSE: Duration = Duration::from_millis(60);
/// How many Pods are created at that pace. Beyond them, which is more than fit on a node, they come as fast as upstream's, 20 a
/// second.
const SOON: usize = 1_000;
const LONG_PAUSE: Duration = Duration::from_millis(1_250);

/// How long a controller waits after it created or deleted as many Pods as it may at once.
pub(super) fn pause(active: usize, wanted: usize) -> Duration {
    if (SOON..wanted).contains(&active) { LONG_PAUSE } else { PAUSE }
}

/// The type of the condition that Pods cannot be created or deleted.
pub const FAILURE: &str = "ReplicaFailure";

/// The older kind, whose selector is a plain map of labels.
pub const REPLICATION_CONTROLLERS: &str = "replicationcontrollers";

/// A ReplicationController with the selector of a ReplicaSet.
fn as_set(controller: &Value) -> Rc<Value> {
    let mut set = controller.clone();
    let labels = path::get(controller, "spec.selector").clone();
    path::set(&mut set, "spec.selector", json!({"matchLabels": labels}));
    Rc::new(set)
}

/// Reconciles one ReplicaSet or ReplicationController.
#[inline(never)]
pub fn reconcile(cx: &mut Context, key: &ObjectKey) -> Reconciled {
    let mut out = Reconciled::default();
    let Some(set) = cx.view.get(&key.resource, &key.namespace, &key.name) else { return out };
    let converted = (&*key.resource == REPLICATION_CONTROLLERS).then(|| as_set(set));
    let set = converted.as_ref().unwrap_or(set);
    if !adopt_and_let_go(cx, set, &mut out).is_empty() {
        // Adopted Pods are counted in the next reconcile, which their change enqueues.
        return out;
    }
    let group = cx.index.controlled.get(path::str(set, "metadata.uid")).cloned().unwrap_or_default();
    let active = group.ranked.len();
    let wanted = path::int(set, "spec.replicas").unwrap_or(1).max(0) as usize;
    if path::get(set, "metadata.deletionTimestamp").is_null() {
        if active < wanted {
            create(cx, set, wanted - active, &mut out);
        } else {
            delete(set, &group, active - wanted, &mut out);
        }
    }
    if active.abs_diff(wanted) > AT_ONCE {
        out.requeue_not_before = Some(pause(active, wanted));
    }
    let mut status = status(cx, set, &group, &mut out);
    if converted.is_some() {
        path::remove(&mut status, "terminatingReplicas");
    }
    write_status(&mut out, key, path::field(set, "status"), status);
    out
}

fn create(cx: &mut Context, set: &Rc<Value>, missing: usize, out: &mut Reconciled) {
    for _ in 0..missing.min(AT_ONCE) {
        let pod = pod_of_template(cx, set, &set["spec"]["template"]);
        out.normal(set, "SuccessfulCreate", format!("Created pod: {}", path::str(&pod, "metadata.name")));
        out.writes.push(Write::Create("pods", pod));
    }
}

fn delete(set: &Rc<Value>, group: &Group, surplus: usize, out: &mut Reconciled) {
    for rank in group.ranked.iter().take(surplus.min(AT_ONCE)) {
        out.writes.push(Write::Delete(rank.key.clone(), Value::Null));
        out.normal(set, "SuccessfulDelete", format!("Deleted pod: {}", rank.key.name));
    }
}

fn status(cx: &Context, set: &Value, group: &Group, out: &mut Reconciled) -> Value {
    let wanted = path::get(set, "spec.template.metadata.labels");
    let min_ready = path::int(set, "spec.minReadySeconds").unwrap_or(0);
    let fits = |labels: &Value| selector::matches_map(wanted, labels);
    let labelled: i64 = group.labels.values().filter(|(labels, ..)| fits(labels)).map(|(_, _, active)| active).sum();
    let mut ready_long = group.ready;
    if min_ready > 0 {
        ready_long = 0;
        for pod in group.pods.values().filter(|pod| pod.active()) {
            match available(pod, min_ready, cx.now) {
                Ok(()) => ready_long += 1,
                Err(Some(wait)) => out.requeue_within(wait),
                Err(None) => {}
            }
        }
    }
    let mut status = path::field(set, "status").clone();
    path::set(&mut status, "replicas", group.ranked.len());
    path::set(&mut status, "observedGeneration", path::get(set, "metadata.generation").clone());
    path::set(&mut status, "terminatingReplicas", group.terminating);
    // `failed` sets this condition again when a write fails.
    remove_condition(&mut status, FAILURE);
    if path::list(&status, "conditions").is_empty() {
        path::remove(&mut status, "conditions");
    }
    for (field, count) in
        [("fullyLabeledReplicas", labelled), ("readyReplicas", group.ready), ("availableReplicas", ready_long)]
    {
        if count == 0 {
            path::remove(&mut status, field);
        } else {
            path::set(&mut status, field, count);
        }
    }
    status
}

/// What is written of a ReplicaSet whose Pods could not be made or removed: the status that it wanted to write, which was
/// left, and that it failed (`calculateStatus` in pkg/controller/replicaset/replica_set_utils.go).
pub fn failed(
    key: &ObjectKey,
    set: &Value,
    left: Option<&Write>,
    reason: &str,
    why: &Status,
    now: Time,
) -> Option<Write> {
    let mut status = set["status"].clone();
    if let Some(Write::Patch { body, .. }) = left {
        api::patch::merge::apply(&mut status, &body["status"]);
    }
    match condition(&set["status"], FAILURE) {
        // The first failure's words stay until it works.
        Some(_) => status["conditions"] = set["status"]["conditions"].clone(),
        None => set_condition(&mut status, FAILURE, "True", reason, &why.message, now, false),
    }
    let mut out = Reconciled::default();
    write_status(&mut out, key, &set["status"], status);
    out.writes.pop()
}

#[cfg(test)]
mod tests {
    use super::*;
    use component::PodInfo;
    use component::index::Rank;

    #[test]
    fn pods_are_deleted_in_the_order_of_their_worth() {
        let pod = |name: &str, node: &str, phase: &str, ready: Option<i64>, restarts: i64, created: i64| {
            let mut pod = json!({
                "metadata": {"name": name, "creationTimestamp": Time::from_unix_secs(created).rfc3339()},
                "spec": {"nodeName": node},
                "status": {"phase": phase, "containerStatuses": [{"restartCount": restarts}]},
            });
            if let Some(ready) = ready {
                pod["status"]["conditions"] = json!([{"type": "Ready", "status": "True", "lastTransitionTime": Time::from_unix_secs(ready).rfc3339()}]);
            }
            PodInfo::read(&ObjectKey::new("pods", "default", name), &pod, None)
        };
        let mut pods = [
            pod("old", "n", "Running", Some(5), 0, 0),
            pod("young", "n", "Running", Some(5), 0, 3),
            pod("restarted", "n", "Running", Some(5), 2, 0),
            pod("ready-late", "n", "Running", Some(9), 0, 0),
            pod("unready", "n", "Running", None, 0, 0),
            pod("pending", "n", "Pending", None, 0, 0),
            pod("unassigned", "", "Pending", None, 0, 0),
        ];
        pods.sort_by_key(Rank::of);
        let order: Vec<&str> = pods.iter().map(|pod| &*pod.key.name).collect();
        assert_eq!(order, ["unassigned", "pending", "unready", "ready-late", "restarted", "young", "old"]);
    }
}
