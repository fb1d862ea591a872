//! Eviction of Pods whose `emptyDir`s outgrow their limits.
//!
//! <https://kubernetes.io/docs/concepts/storage/volumes/#emptydir>, `emptyDirLimitEviction` in
//! pkg/kubelet/eviction/eviction_manager.go

use std::rc::Rc;
use std::time::Duration;

use api::path;
use serde_json::{Value, json};
use sim::Time;

use super::{Failed, PodState, terminate};
use crate::node::Node;
use crate::reconcile::Outcome;
use crate::runtime::Context;
use crate::scheduler::resources::amount;

/// How often volumes are measured (`volumeStatsAggPeriod`).
const EVERY: Duration = Duration::from_secs(60);
/// What containers of an evicted Pod have between the stop signal and the end.
const GRACE: Duration = Duration::from_secs(1);

/// The reason of an evicted Pod.
pub(super) const EVICTED: &str = "Evicted";

/// The volumes that may not outgrow a limit: name and limit. What is in memory cannot.
fn limited(pod: &Value) -> impl Iterator<Item = (&str, &Value)> {
    path::list(pod, "spec.volumes").iter().filter_map(|volume| {
        let limit = &volume["emptyDir"]["sizeLimit"];
        (!limit.is_null() && volume["emptyDir"]["medium"] != "Memory").then(|| (path::str(volume, "name"), limit))
    })
}

/// From now on the Pod's volumes are measured, if one has a limit.
pub(super) fn begin(pod: &Value, state: &mut PodState, now: Time) {
    if limited(pod).next().is_some() {
        state.limited = Some(now + EVERY);
    }
}

/// Measures a Pod's volumes when it is time, and evicts it if one is larger than it may be.
pub(super) fn sync(cx: &Context, pod: &Rc<Value>, state: &mut PodState, node: &mut dyn Node, out: &mut Outcome) {
    let Some(due) = state.limited.filter(|_| !state.ended) else { return };
    if due > cx.now {
        return out.again_after(due.since(cx.now));
    }
    let too_large = |(name, limit): &(&str, &Value)| {
        i64::try_from(node.volume_usage(&state.uid, name)).unwrap_or(i64::MAX) > amount(limit)
    };
    let Some((name, limit)) = limited(pod).find(too_large) else {
        state.limited = Some(cx.now + EVERY);
        return out.again_after(EVERY);
    };
    let limit = limit.as_str().map_or_else(|| limit.to_string(), str::to_owned);
    let message = format!("Usage of EmptyDir volume {name:?} exceeds the limit {limit:?}. ");
    out.warning(pod, EVICTED, message.clone());
    let failed = Failed { reason: EVICTED, message: message.into() };
    terminate::fail(cx, pod, state, (failed, GRACE), node, out);
}

/// The condition of an evicted Pod.
pub(super) fn condition(failed: &Failed, pod: &Value, before: &Value, now: Time) -> Value {
    let known = path::list(before, "conditions").iter().find(|condition| condition["type"] == "DisruptionTarget");
    let since = known.map_or_else(|| now.rfc3339(), |known| path::str(known, "lastTransitionTime").to_owned());
    let mut condition = json!({
        "type": "DisruptionTarget", "status": "True", "lastTransitionTime": since,
        "reason": "TerminationByKubelet", "message": &*failed.message,
    });
    if let Some(generation) = path::int(pod, "metadata.generation") {
        condition["observedGeneration"] = generation.into();
    }
    condition
}
