//! A Deployment's status: counts, and the conditions Available and Progressing.

use std::rc::Rc;
use std::time::Duration;

use api::path;
use component::{Context, Reconciled};
use serde_json::{Value, json};
use sim::Time;

use super::super::replicaset::FAILURE;
use super::super::{condition, remove_condition, set_condition};
use super::sets::{Set, Sets, max_unavailable};

/// Whether the Deployment says how long progress may take (the largest number means for ever).
pub(super) fn has_deadline(deployment: &Value) -> bool {
    path::int(deployment, "spec.progressDeadlineSeconds").is_some_and(|seconds| seconds != i64::from(i32::MAX))
}

/// Sets the Progressing condition when the Deployment was paused or resumed.
pub(super) fn note_pause(cx: &Context, deployment: &Value, status: &mut Value) {
    if !has_deadline(deployment) {
        return;
    }
    let reason = condition(status, "Progressing").map_or("", |condition| path::str(condition, "reason")).to_owned();
    if reason == "ProgressDeadlineExceeded" {
        return;
    }
    let paused = path::bool(deployment, "spec.paused");
    if paused && reason != "DeploymentPaused" {
        set_condition(status, "Progressing", "Unknown", "DeploymentPaused", "Deployment is paused", cx.now, true);
    } else if !paused && reason == "DeploymentPaused" {
        set_condition(status, "Progressing", "Unknown", "DeploymentResumed", "Deployment is resumed", cx.now, true);
    }
}

/// The counts and the Available condition; other conditions are as in `status`.
pub(super) fn calculate(cx: &Context, deployment: &Value, sets: &Sets, status: Value) -> Value {
    let wanted = path::int(deployment, "spec.replicas").unwrap_or(1);
    let sum = |field: &str| sets.all().map(|set| set.count(field)).sum::<i64>();
    let available = sum("availableReplicas");
    let total: i64 = sets.all().map(Set::replicas).sum();
    let counts = [
        ("replicas", sum("replicas")),
        ("updatedReplicas", sets.new_set().map_or(0, |set| set.count("replicas"))),
        ("readyReplicas", sum("readyReplicas")),
        ("availableReplicas", available),
        ("unavailableReplicas", (total - available).max(0)),
    ];
    let mut status = if status.is_object() { status } else { json!({}) };
    for (field, count) in counts {
        if count == 0 {
            path::remove(&mut status, field);
        } else {
            path::set(&mut status, field, count);
        }
    }
    path::set(&mut status, "observedGeneration", path::get(deployment, "metadata.generation").clone());
    path::set(&mut status, "terminatingReplicas", sum("terminatingReplicas"));
    let (state, reason, message) = if available >= wanted - max_unavailable(deployment) {
        ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    } else {
        ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    };
    set_condition(&mut status, "Available", state, reason, message, cx.now, true);
    status
}

/// Whether the rollout is over (`DeploymentComplete`).
pub(super) fn complete(deployment: &Value, status: &Value) -> bool {
    let wanted = path::int(deployment, "spec.replicas").unwrap_or(1);
    let count = |field| path::int(status, field).unwrap_or(0);
    count("updatedReplicas") == wanted && count("replicas") == wanted && count("availableReplicas") == wanted
}

/// Sets the conditions Progressing and ReplicaFailure of a rollout.
pub(super) fn judge_progress(
    cx: &Context,
    deployment: &Rc<Value>,
    sets: &Sets,
    status: &mut Value,
    out: &mut Reconciled,
) {
    if has_deadline(deployment) {
        progress(cx, deployment, sets, status, out);
    } else {
        remove_condition(status, "Progressing");
    }
    match sets.failure() {
        None => remove_condition(status, FAILURE),
        Some(failure) => copy_condition(status, failure),
    }
}

/// A ReplicaSet's condition as the Deployment's own (`ReplicaSetToDeploymentCondition`).
fn copy_condition(status: &mut Value, of_set: &Value) {
    let text = |field| path::str(of_set, field);
    let when = Time::parse_rfc3339(text("lastTransitionTime")).unwrap_or_default();
    set_condition(status, FAILURE, text("status"), text("reason"), text("message"), when, true);
}

fn progress(cx: &Context, deployment: &Value, sets: &Sets, status: &mut Value, out: &mut Reconciled) {
    let current = condition(status, "Progressing").cloned();
    let reason = current.as_ref().map_or("", |condition| path::str(condition, "reason")).to_owned();
    let reason = reason.as_str();
    let count = |status: &Value, field: &str| path::int(status, field).unwrap_or(0);
    let done_before =
        count(status, "replicas") == count(status, "updatedReplicas") && reason == "NewReplicaSetAvailable";
    if done_before {
        return;
    }
    let subject = match sets.new_set() {
        Some(set) => format!("ReplicaSet \"{}\"", set.name()),
        None => format!("Deployment \"{}\"", path::str(deployment, "metadata.name")),
    };
    let before = path::field(deployment, "status");
    let advanced = count(status, "updatedReplicas") > count(before, "updatedReplicas")
        || count(status, "replicas") - count(status, "updatedReplicas")
            < count(before, "replicas") - count(before, "updatedReplicas")
        || count(status, "readyReplicas") > count(before, "readyReplicas")
        || count(status, "availableReplicas") > count(before, "availableReplicas");
    if complete(deployment, status) {
        let message = format!("{subject} has successfully progressed.");
        set_condition(status, "Progressing", "True", "NewReplicaSetAvailable", &message, cx.now, true);
        return;
    }
    if advanced {
        let message = format!("{subject} is progressing.");
        // Progress always moves lastUpdateTime, from which the deadline counts, and the condition to the end.
        remove_condition(status, "Progressing");
        set_condition(status, "Progressing", "True", "ReplicaSetUpdated", &message, cx.now, true);
        if let Some(before) = current.filter(|current| path::str(current, "status") == "True")
            && let Some(condition) = status["conditions"].as_array_mut().and_then(|list| list.last_mut())
        {
            condition["lastTransitionTime"] = before["lastTransitionTime"].clone();
        }
        return;
    }
    let Some(current) = current else { return };
    if matches!(reason, "ProgressDeadlineExceeded" | "DeploymentPaused" | "NewReplicaSetAvailable") {
        return;
    }
    let updated = Time::parse_rfc3339(path::str(&current, "lastUpdateTime")).unwrap_or(cx.now);
    let deadline = updated
        + Duration::from_secs(path::int(deployment, "spec.progressDeadlineSeconds").unwrap_or(600).max(0) as u64);
    if cx.now > deadline {
        let message = format!("{subject} has timed out progressing.");
        set_condition(status, "Progressing", "False", "ProgressDeadlineExceeded", &message, cx.now, true);
    } else {
        out.requeue_within(deadline.since(cx.now) + Duration::from_secs(1));
    }
}
