//! Filter: a node's taints keep away Pods that do not tolerate them.
//!
//! <https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/>

use api::path;
use serde_json::Value;

use super::{Candidate, Rejection, WaitsFor};

/// Rejects a node with a `NoSchedule` or `NoExecute` taint that the Pod does not tolerate.
///
/// # Errors
/// The first such taint.
pub fn filter(pod: &Value, candidate: &Candidate) -> Result<(), Rejection> {
    let hard = |taint: &&Value| taint["effect"] == "NoSchedule" || taint["effect"] == "NoExecute";
    if path::list(candidate.node, "spec.taints").iter().filter(hard).all(|taint| tolerated(pod, taint)) {
        return Ok(());
    }
    Err(Rejection::of("node(s) had untolerated taint(s)", WaitsFor::Node))
}

/// Whether one of the Pod's tolerations tolerates the taint.
pub fn tolerated(pod: &Value, taint: &Value) -> bool {
    path::list(pod, "spec.tolerations").iter().any(|toleration| tolerates(toleration, taint))
}

/// Whether a toleration tolerates a taint.
pub fn tolerates(toleration: &Value, taint: &Value) -> bool {
    let effect = path::str(toleration, "effect");
    let key = path::str(toleration, "key");
    let exists = toleration["operator"] == "Exists";
    (effect.is_empty() || effect == path::str(taint, "effect"))
        && (key == path::str(taint, "key") || key.is_empty() && exists)
        && (exists || path::str(toleration, "value") == path::str(taint, "value"))
}
