//! Filter: a cordoned node takes only Pods that tolerate it.

use api::path;
use serde_json::{Value, json};

use super::taint_toleration::tolerated;
use super::{Candidate, Rejection, WaitsFor};

/// Rejects a node whose `spec.unschedulable` is true.
pub fn filter(pod: &Value, candidate: &Candidate) -> Result<(), Rejection> {
    let taint = json!({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"});
    if !path::bool(candidate.node, "spec.unschedulable") || tolerated(pod, &taint) {
        return Ok(());
    }
    Err(Rejection::of("node(s) were unschedulable", WaitsFor::Node))
}
