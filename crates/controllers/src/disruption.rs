//! The disruption controller: how many of a budget's Pods are healthy, and how many may be evicted.
//!
//! <https://kubernetes.io/docs/concepts/workloads/pods/disruptions/>, pkg/controller/disruption

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use api::path;
use apiserver::{ObjectKey, selector};
use component::{Context, Reconciled, write_status};
use serde_json::{Value, json};
use sim::Time;

use super::{int_or_percent, set_condition};

/// How long an allowed eviction counts whose deletion has not been seen.
const EVICTION: Duration = Duration::from_secs(120);

/// Reconciles one budget.
#[inline(never)]
pub fn reconcile(cx: &mut Context, key: &ObjectKey) -> Reconciled {
    let mut out = Reconciled::default();
    let Some(budget) = cx.view.get(&key.resource, &key.namespace, &key.name) else { return out };
    let pods: Vec<&Rc<Value>> = cx
        .view
        .list("pods", Some(&key.namespace))
        .filter(|pod| selector::matches(&budget["spec"]["selector"], &pod["metadata"]["labels"]))
        .filter(|pod| !matches!(path::str(pod, "status.phase"), "Succeeded" | "Failed"))
        .collect();
    // Allowed evictions count until the Pod is gone, or until the deletion is overdue.
    let mut disrupted = serde_json::Map::new();
    for (name, since) in path::object(budget, "status.disruptedPods").into_iter().flatten() {
        let end = Time::parse_rfc3339(since.as_str().unwrap_or_default()).unwrap_or_default() + EVICTION;
        let stays = pods
            .iter()
            .any(|pod| path::str(pod, "metadata.name") == name && pod["metadata"]["deletionTimestamp"].is_null());
        if stays && cx.now < end {
            disrupted.insert(name.clone(), since.clone());
            out.requeue_within(end.since(cx.now));
        }
    }
    let healthy = pods
        .iter()
        .filter(|pod| pod["metadata"]["deletionTimestamp"].is_null() && is_ready(pod))
        .filter(|pod| !disrupted.contains_key(path::str(pod, "metadata.name")))
        .count() as i64;
    let (expected, desired) = counts(cx, &key.namespace, &budget["spec"], &pods);
    let allowed = if expected <= 0 { 0 } else { (healthy - desired).max(0) };
    let mut status = if budget["status"].is_object() { budget["status"].clone() } else { json!({}) };
    for (field, number) in [
        ("currentHealthy", healthy),
        ("desiredHealthy", desired),
        ("disruptionsAllowed", allowed),
        ("expectedPods", expected),
        ("observedGeneration", path::int(budget, "metadata.generation").unwrap_or_default()),
    ] {
        status[field] = number.into();
    }
    if disrupted.is_empty() {
        path::remove(&mut status, "disruptedPods");
    } else {
        status["disruptedPods"] = disrupted.into();
    }
    let (state, reason) = if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
    set_condition(&mut status, "DisruptionAllowed", state, reason, "", cx.now, false);
    write_status(&mut out, key, &budget["status"], status);
    out
}

fn is_ready(pod: &Value) -> bool {
    path::list(pod, "status.conditions")
        .iter()
        .any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}

/// How many Pods there should be, and how many must stay healthy.
fn counts(cx: &Context, namespace: &str, spec: &Value, pods: &[&Rc<Value>]) -> (i64, i64) {
    match (&spec["maxUnavailable"], &spec["minAvailable"]) {
        (Value::Null, Value::Null) => (pods.len() as i64, 1),
        (Value::Null, Value::Number(least)) => (pods.len() as i64, least.as_i64().unwrap_or_default()),
        (Value::Null, percent) => {
            let expected = wanted_by_owners(cx, namespace, pods);
            (expected, int_or_percent(percent, expected, true))
        }
        (most, _) => {
            let expected = wanted_by_owners(cx, namespace, pods);
            (expected, (expected - int_or_percent(most, expected, true)).max(0))
        }
    }
}

/// The sum of the scales of the Pods' owners; a ReplicaSet of a Deployment counts as the Deployment.
fn wanted_by_owners(cx: &Context, namespace: &str, pods: &[&Rc<Value>]) -> i64 {
    let owner_of = |object: &Value| -> Option<&Rc<Value>> {
        let owner =
            path::list(object, "metadata.ownerReferences").iter().find(|owner| path::bool(owner, "controller"))?;
        let resource = cx.view.resource_of_kind(path::str(owner, "apiVersion"), path::str(owner, "kind"))?;
        cx.view.get(resource.key(), namespace, path::str(owner, "name"))
    };
    let mut scales: BTreeMap<String, i64> = BTreeMap::new();
    for pod in pods {
        let Some(owner) = owner_of(pod) else { continue };
        let owner = owner_of(owner).unwrap_or(owner);
        let replicas = path::int(owner, "spec.replicas").unwrap_or_default();
        scales.insert(path::str(owner, "metadata.uid").to_owned(), replicas);
    }
    scales.values().sum()
}
