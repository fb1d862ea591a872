//! Filter: a host port can be taken once.

use component::placement::{PORTS_TAKEN, ports_are_free};
use serde_json::Value;

use super::{Candidate, Rejection, WaitsFor};

/// Rejects a node on which another Pod has a wanted host port.
pub fn filter(pod: &Value, candidate: &Candidate) -> Result<(), Rejection> {
    if ports_are_free(pod, candidate.used) {
        return Ok(());
    }
    Err(Rejection::of(PORTS_TAKEN, WaitsFor::Room))
}
