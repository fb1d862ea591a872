//! The node lifecycle controller: a node that is not ready gets a taint that keeps Pods away; a `NoExecute` taint also ends
//! those that run and do not tolerate it.
//!
//! <https://kubernetes.io/docs/concepts/architecture/nodes/#node-controller>. A toleration's
//! `tolerationSeconds` is taken as for ever.

use api::path;
use serde_json::{Value, json};

use super::{condition, patch};
use crate::reconcile::{Outcome, Write};
use crate::runtime::Context;
use crate::scheduler::taint_toleration::tolerated;
use crate::store::ObjectKey;

const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// Looks at one Node.
#[inline(never)]
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
    evict(cx, key, taints, &mut out);
    out
}

/// The taint eviction controller's part.
fn evict(cx: &Context, key: &ObjectKey, taints: &[Value], out: &mut Outcome) {
    let ending: Vec<&Value> = taints.iter().filter(|taint| taint["effect"] == "NoExecute").collect();
    if ending.is_empty() {
        return;
    }
    for pod in cx.index.nodes.get(&*key.name).into_iter().flat_map(|node| node.pods.values()) {
        let Some(object) = cx.view.get("pods", &pod.key.namespace, &pod.key.name) else { continue };
        if !pod.terminating && !ending.iter().all(|taint| tolerated(object, taint)) {
            let message = format!("Marking for deletion Pod {}/{}", pod.key.namespace, pod.key.name);
            out.normal(object, "TaintManagerEviction", message);
            out.writes.push(Write::Delete(pod.key.clone(), Value::Null));
        }
    }
}
