//! Filter: `nodeSelector` and the required part of `affinity.nodeAffinity`.
//!
//! <https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/>

use component::placement::{AFFINITY_MISMATCH, matches_affinity};
use serde_json::Value;

use super::{Candidate, Rejection, WaitsFor};

/// Rejects a node whose labels are not the wanted ones.
pub fn filter(pod: &Value, candidate: &Candidate) -> Result<(), Rejection> {
    if matches_affinity(pod, candidate.node) {
        return Ok(());
    }
    Err(Rejection::of(AFFINITY_MISMATCH, WaitsFor::Node))
}
