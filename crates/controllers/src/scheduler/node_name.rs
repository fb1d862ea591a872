//! Filter: a Pod that names its node wants no other.

use api::path;
use serde_json::Value;

use super::{Candidate, Rejection, WaitsFor};

/// Rejects every node but the named one.
pub fn filter(pod: &Value, candidate: &Candidate) -> Result<(), Rejection> {
    let wanted = path::str(pod, "spec.nodeName");
    if wanted.is_empty() || wanted == path::str(candidate.node, "metadata.name") {
        return Ok(());
    }
    Err(Rejection::of("node(s) didn't match the requested node name", WaitsFor::Node))
}
