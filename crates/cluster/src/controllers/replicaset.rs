//! The ReplicaSet controller: as many Pods as are wanted, no more, no less.
//!
//! <https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/>, pkg/controller/replicaset/replica_set.go

use std::cmp::Ordering;
use std::rc::Rc;

use api::path;
use serde_json::{Value, json};

use super::{available, claim_pods, pod_of_template, write_status};
use crate::controllers::selector;
use crate::reconcile::{Outcome, Write};
use crate::runtime::index::Phase;
use crate::runtime::{Context, PodInfo};
use crate::store::ObjectKey;

/// How many Pods are made or removed in one step; the next step goes on. (The real one does up to 500 at the pace its API
/// client is allowed; this keeps a step short.)
const AT_ONCE: usize = 25;

/// Looks at one ReplicaSet.
pub fn reconcile(cx: &mut Context, key: &ObjectKey) -> Outcome {
    let mut out = Outcome::default();
    let Some(set) = cx.view.get(&key.resource, &key.namespace, &key.name) else { return out };
    let pods = claim_pods(cx, set, &mut out);
    let active: Vec<Rc<PodInfo>> = pods.iter().filter(|pod| pod.active()).cloned().collect();
    let wanted = path::int(set, "spec.replicas").unwrap_or(1).max(0) as usize;
    if path::get(set, "metadata.deletionTimestamp").is_null() {
        if active.len() < wanted {
            create(cx, set, wanted - active.len(), &mut out);
        } else if active.len() > wanted {
            delete(set, active.clone(), active.len() - wanted, &mut out);
        }
    }
    let status = status(cx, set, &active, &pods, &mut out);
    write_status(&mut out, key, &set["status"], &status);
    out
}

fn create(cx: &mut Context, set: &Rc<Value>, missing: usize, out: &mut Outcome) {
    for _ in 0..missing.min(AT_ONCE) {
        let pod = pod_of_template(cx, set, &set["spec"]["template"]);
        out.normal(set, "SuccessfulCreate", format!("Created pod: {}", path::str(&pod, "metadata.name")));
        out.writes.push(Write::Create("pods", pod));
    }
}

fn delete(set: &Rc<Value>, mut active: Vec<Rc<PodInfo>>, surplus: usize, out: &mut Outcome) {
    active.sort_by(|a, b| worth_less(a, b));
    for pod in active.iter().take(surplus.min(AT_ONCE)) {
        out.writes.push(Write::Delete(pod.key.clone(), Value::Null));
        out.normal(set, "SuccessfulDelete", format!("Deleted pod: {}", pod.key.name));
    }
}

/// Which of two Pods is deleted first (`ActivePodsWithRanks`): the unassigned, the pending, the unready, the one that became
/// ready last, the one that restarted most, the youngest.
fn worth_less(a: &PodInfo, b: &PodInfo) -> Ordering {
    let assigned = |pod: &PodInfo| !pod.node.is_empty();
    let running = |pod: &PodInfo| pod.phase == Phase::Running;
    assigned(a)
        .cmp(&assigned(b))
        .then_with(|| running(a).cmp(&running(b)))
        .then_with(|| a.ready_since.is_some().cmp(&b.ready_since.is_some()))
        .then_with(|| b.ready_since.cmp(&a.ready_since))
        .then_with(|| b.restarts.cmp(&a.restarts))
        .then_with(|| b.created.cmp(&a.created))
        .then_with(|| a.key.cmp(&b.key))
}

fn status(cx: &Context, set: &Value, active: &[Rc<PodInfo>], pods: &[Rc<PodInfo>], out: &mut Outcome) -> Value {
    let labels = &set["spec"]["template"]["metadata"]["labels"];
    let min_ready = path::int(set, "spec.minReadySeconds").unwrap_or(0);
    let (mut labelled, mut ready, mut ready_long) = (0, 0, 0);
    for pod in active {
        labelled += i64::from(selector::matches_map(labels, &pod.labels));
        ready += i64::from(pod.ready_since.is_some());
        match available(pod, min_ready, cx.now) {
            Ok(()) => ready_long += 1,
            Err(Some(wait)) => out.again_after(wait),
            Err(None) => {}
        }
    }
    let terminating = pods.iter().filter(|pod| pod.terminating && !pod.ended()).count();
    let mut status = set["status"].clone();
    if !status.is_object() {
        status = json!({});
    }
    status["replicas"] = active.len().into();
    status["observedGeneration"] = set["metadata"]["generation"].clone();
    status["terminatingReplicas"] = terminating.into();
    for (field, count) in
        [("fullyLabeledReplicas", labelled), ("readyReplicas", ready), ("availableReplicas", ready_long)]
    {
        if count == 0 {
            path::remove(&mut status, field);
        } else {
            status[field] = count.into();
        }
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::Time;

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
            PodInfo::read(&ObjectKey::new("pods", "default", name), &pod)
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
        pods.sort_by(worth_less);
        let order: Vec<&str> = pods.iter().map(|pod| &*pod.key.name).collect();
        assert_eq!(order, ["unassigned", "pending", "unready", "ready-late", "restarted", "young", "old"]);
    }
}
