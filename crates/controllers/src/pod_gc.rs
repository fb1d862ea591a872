//! The Pod garbage collector: deletes the Pods of nodes that do not exist, without a grace period.
//!
//! pkg/controller/podgc. It looks every twenty seconds, and takes a node as gone when it has been for forty; here a Pod's turn
//! comes once, after as long as that takes on average.

use std::time::Duration;

use api::{PatchType, path};
use apiserver::ObjectKey;
use component::{Context, Reconciled, Write};
use serde_json::json;

use super::condition;

/// How long a Pod is kept after its node is gone.
pub const PATIENCE: Duration = Duration::from_secs(50);

/// Reconciles one Pod.
#[inline(never)]
pub fn reconcile(cx: &mut Context, key: &ObjectKey) -> Reconciled {
    let mut out = Reconciled::default();
    let Some(pod) = cx.view.get("pods", &key.namespace, &key.name) else { return out };
    let node = path::str(pod, "spec.nodeName");
    if node.is_empty() || cx.view.get("nodes", "", node).is_some() {
        return out;
    }
    if !matches!(path::str(pod, "status.phase"), "Succeeded" | "Failed") {
        let mut conditions = path::list(pod, "status.conditions").to_vec();
        if condition(&pod["status"], "DisruptionTarget").is_none() {
            conditions.push(json!({
                "type": "DisruptionTarget", "status": "True", "reason": "DeletionByPodGC",
                "message": "PodGC: node no longer exists", "lastTransitionTime": cx.now.rfc3339(),
            }));
        }
        let body = json!({"status": {"phase": "Failed", "conditions": conditions}});
        out.writes.push(Write::Patch { key: key.clone(), subresource: "status", patch: PatchType::Merge, body });
    }
    let options = json!({"gracePeriodSeconds": 0, "preconditions": {"uid": pod["metadata"]["uid"]}});
    out.writes.push(Write::Delete(key.clone(), options));
    out.summary = Some(format!("removed, as its node {node:?} does not exist"));
    out
}
