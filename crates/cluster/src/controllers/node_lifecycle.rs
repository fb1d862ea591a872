//! The node lifecycle controller: a node that is not ready gets a taint that keeps Pods away.
//!
//! <https://kubernetes.io/docs/concepts/architecture/nodes/#node-controller>. Pods are not evicted from it here.

use api::path;
use serde_json::{Value, json};

use super::{condition, patch};
use crate::reconcile::Outcome;
use crate::runtime::Context;
use crate::store::ObjectKey;

const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// Looks at one Node.
pub fn reconcile(cx: &mut Context, key: &ObjectKey) -> Outcome {
    let mut out = Outcome::default();
    let Some(node) = cx.view.get("nodes", "", &key.name) else { return out };
    let ready = condition(&node["status"], "Ready").map_or("Unknown", |ready| path::str(ready, "status"));
    let mut wanted = Vec::new();
    match ready {
        "True" => {}
        "False" => wanted.push(NOT_READY),
        _ => wanted.push(UNREACHABLE),
    }
    if path::bool(node, "spec.unschedulable") {
        wanted.push(UNSCHEDULABLE);
    }
    let taints = path::list(node, "spec.taints");
    let managed = |taint: &Value| {
        taint["effect"] == "NoSchedule"
            && [NOT_READY, UNREACHABLE, UNSCHEDULABLE].iter().any(|key| taint["key"] == *key)
    };
    let mut after: Vec<Value> = taints
        .iter()
        .filter(|taint| !managed(taint) || wanted.iter().any(|key| taint["key"] == *key))
        .cloned()
        .collect();
    for key in wanted {
        if !after.iter().any(|taint| managed(taint) && taint["key"] == key) {
            after.push(json!({"key": key, "effect": "NoSchedule", "timeAdded": cx.now.rfc3339()}));
        }
    }
    if after != taints {
        let after = if after.is_empty() { Value::Null } else { Value::Array(after) };
        out.writes.push(patch(key, json!({"spec": {"taints": after}})));
    }
    out
}
