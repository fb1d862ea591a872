//! Filter and score: a node has so many CPUs, so much memory, and runs so many Pods.
//!
//! pkg/scheduler/framework/plugins/noderesources/fit.go

use serde_json::Value;

use super::resources::{Resources, amount};
use super::{Candidate, Rejection, WaitsFor};

/// Rejects a node with too little left; the message names everything that is short.
pub fn filter(pod: &Value, candidate: &Candidate) -> Result<(), Rejection> {
    let allocatable = &candidate.node["status"]["allocatable"];
    let has = Resources::read(allocatable);
    let left = has.minus(candidate.used.requests);
    let wants = Resources::of_pod(pod);
    let mut reasons = Vec::new();
    let mut hopeless = false;
    if candidate.used.pods.len() as i64 + 1 > amount(&allocatable["pods"]) {
        reasons.push("Too many pods".to_owned());
    }
    for (wants, left, has, reason) in [
        (wants.milli_cpu, left.milli_cpu, has.milli_cpu, "Insufficient cpu"),
        (wants.memory, left.memory, has.memory, "Insufficient memory"),
        (wants.ephemeral_storage, left.ephemeral_storage, has.ephemeral_storage, "Insufficient ephemeral-storage"),
    ] {
        if wants > 0 && wants > left {
            reasons.push(reason.to_owned());
            hopeless |= wants > has;
        }
    }
    if reasons.is_empty() {
        return Ok(());
    }
    Err(Rejection { reasons, resolvable: !hopeless, waits_for: if hopeless { WaitsFor::Node } else { WaitsFor::Room } })
}

/// The emptier the better (`LeastAllocated`), 0 to 100.
pub fn score(pod: &Value, candidate: &Candidate) -> i64 {
    let has = Resources::read(&candidate.node["status"]["allocatable"]);
    let taken = candidate.used.requests.plus(Resources::of_pod(pod));
    let part = |taken: i64, has: i64| if has <= 0 || taken > has { 0 } else { (has - taken) * 100 / has };
    (part(taken.milli_cpu, has.milli_cpu) + part(taken.memory, has.memory)) / 2
}
