//! Eviction of Pods that write more than they may: into an `emptyDir`, or altogether; and of those that `pressure` has chosen.
//!
//! <https://kubernetes.io/docs/concepts/storage/ephemeral-storage/#resource-emphemeralstorage-consumption>,
//! `localStorageEviction` in pkg/kubelet/eviction/eviction_manager.go

use std::rc::Rc;
use std::time::Duration;

use api::path;
use component::resources::amount;
use component::{Context, Node, Reconciled};
use serde_json::{Value, json};
use sim::Time;

use super::{Failed, PodState, terminate};

/// How often volumes are measured (`volumeStatsAggPeriod`).
const EVERY: Duration = Duration::from_secs(60);
/// The grace period of the containers of an evicted Pod, in seconds.
const GRACE: Duration = Duration::from_secs(1);

/// The reason of an evicted Pod.
pub(super) const EVICTED: &str = "Evicted";

/// The volumes with a limit, and the limit. Volumes in memory are left out: they cannot exceed theirs.
fn limited(pod: &Value) -> impl Iterator<Item = (&str, &Value)> {
    path::list(pod, "spec.volumes").iter().filter_map(|volume| {
        let limit = &volume["emptyDir"]["sizeLimit"];
        (!limit.is_null() && volume["emptyDir"]["medium"] != "Memory").then(|| (path::str(volume, "name"), limit))
    })
}

/// What a container may write to its layer and its log.
fn limit_of(container: &Value) -> Option<&Value> {
    Some(&container["resources"]["limits"]["ephemeral-storage"]).filter(|limit| !limit.is_null())
}

/// Begins to measure what the Pod writes, if it has a limit.
pub(super) fn begin(pod: &Value, state: &mut PodState, now: Time) {
    if limited(pod).next().is_some() || path::list(pod, "spec.containers").iter().any(|one| limit_of(one).is_some()) {
        state.limited = Some(now + EVERY);
    }
}

/// The message about the first volume or container that exceeds its limit; `None` while none does.
fn excess(pod: &Value, state: &PodState, node: &dyn Node) -> Option<String> {
    let text = |limit: &Value| limit.as_str().map_or_else(|| limit.to_string(), str::to_owned);
    let exceeds = |used: u64, limit: i64| i64::try_from(used).unwrap_or(i64::MAX) > limit;
    for (name, limit) in limited(pod) {
        if exceeds(node.volume_usage(&state.uid, name), amount(limit)) {
            return Some(format!("Usage of EmptyDir volume {name:?} exceeds the limit {:?}. ", text(limit)));
        }
    }
    let containers = path::list(pod, "spec.containers");
    let used = |container: &Value| {
        let record = state.containers.get(path::str(container, "name"));
        record.and_then(|record| record.running()).map_or(0, |id| node.container_usage(id))
    };
    let limits: Vec<&Value> = containers.iter().filter_map(limit_of).collect();
    if limits.is_empty() {
        return None;
    }
    let on_disk = path::list(pod, "spec.volumes").iter().filter(|volume| volume["emptyDir"]["medium"] != "Memory");
    let volumes: u64 = on_disk.map(|volume| node.volume_usage(&state.uid, path::str(volume, "name"))).sum();
    let sum: i64 = limits.iter().map(|limit| amount(limit)).fold(0, i64::saturating_add);
    if exceeds(containers.iter().map(used).sum::<u64>() + volumes, sum) {
        let sum = if let [one] = limits[..] { text(one) } else { api::Quantity::from_bytes(sum).to_string() };
        return Some(format!("Pod ephemeral local storage usage exceeds the total limit of containers {sum}. "));
    }
    containers.iter().find_map(|container| {
        let limit = limit_of(container)?;
        let name = path::str(container, "name");
        exceeds(used(container), amount(limit))
            .then(|| format!("Container {name} exceeded its local ephemeral storage limit {:?}. ", text(limit)))
    })
}

/// Measures what a Pod has written when it is time, and evicts it if that is more than it may.
pub(super) fn sync(cx: &Context, pod: &Rc<Value>, state: &mut PodState, node: &mut dyn Node, out: &mut Reconciled) {
    if let Some(message) = state.evicted.take().filter(|_| !state.ended) {
        return evict(cx, pod, state, message, node, out);
    }
    let Some(due) = state.limited.filter(|_| !state.ended) else { return };
    if due > cx.now {
        return out.requeue_within(due.since(cx.now));
    }
    measure(cx, pod, state, node, out);
}

#[inline(never)]
fn measure(cx: &Context, pod: &Rc<Value>, state: &mut PodState, node: &mut dyn Node, out: &mut Reconciled) {
    let Some(message) = excess(pod, state, node) else {
        state.limited = Some(cx.now + EVERY);
        return out.requeue_within(EVERY);
    };
    evict(cx, pod, state, message.into(), node, out);
}

fn evict(
    cx: &Context,
    pod: &Rc<Value>,
    state: &mut PodState,
    message: Rc<str>,
    node: &mut dyn Node,
    out: &mut Reconciled,
) {
    out.warning(pod, EVICTED, message.to_string());
    terminate::fail(cx, pod, state, (Failed { reason: EVICTED, message }, GRACE), node, out);
}

/// The condition of an evicted Pod.
pub(super) fn condition(failed: &Failed, pod: &Value, before: &Value, now: Time) -> Value {
    let known = path::list(before, "conditions").iter().find(|condition| condition["type"] == "DisruptionTarget");
    let since = known.map_or_else(|| now.rfc3339(), |known| path::str(known, "lastTransitionTime").to_owned());
    let mut condition = json!({
        "type": "DisruptionTarget", "status": "True", "lastProbeTime": null, "lastTransitionTime": since,
        "reason": "TerminationByKubelet", "message": &*failed.message,
    });
    if let Some(generation) = path::int(pod, "metadata.generation") {
        condition["observedGeneration"] = generation.into();
    }
    condition
}
