//! Disruption budgets at a Pod's `eviction` subresource.
//!
//! Follows kubernetes/pkg/registry/core/pod/storage/eviction.go.

use std::rc::Rc;

use api::{Cause, Reason, Status, path};
use serde_json::{Value, json};

use crate::selector;
use crate::{ApiServer, Cx, ObjectKey};

/// Counts an eviction against the Pod's disruption budget, if it has one.
///
/// # Errors
/// 429 when the budget allows none, 500 when there are two budgets.
#[inline(never)]
pub fn charge(server: &mut ApiServer, cx: &mut Cx, pod: &Value) -> Result<(), Status> {
    let ends_anyway = matches!(path::str(pod, "status.phase"), "Pending" | "Succeeded" | "Failed")
        || !pod["metadata"]["deletionTimestamp"].is_null();
    if ends_anyway {
        return Ok(());
    }
    let budgets: Vec<(ObjectKey, Rc<Value>)> = server
        .store
        .list("poddisruptionbudgets.policy", Some(path::str(pod, "metadata.namespace")))
        .filter(|(_, budget)| selector::matches(&budget["spec"]["selector"], &pod["metadata"]["labels"]))
        .map(|(key, budget)| (key.clone(), budget.clone()))
        .collect();
    let (key, budget) = match budgets.as_slice() {
        [] => return Ok(()),
        [only] => only,
        _ => {
            return Err(Status::internal(
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
            ));
        }
    };
    let number = |field: &str| path::int(budget, field).unwrap_or_default();
    let (healthy, needed) = (number("status.currentHealthy"), number("status.desiredHealthy"));
    let ready = path::list(pod, "status.conditions")
        .iter()
        .any(|condition| condition["type"] == "Ready" && condition["status"] == "True");
    let policy = path::str(budget, "spec.unhealthyPodEvictionPolicy");
    if !ready && (policy == "AlwaysAllow" || needed > 0 && healthy >= needed) {
        return Ok(());
    }
    let allowed = number("status.disruptionsAllowed");
    if allowed <= 0 {
        let message = "Cannot evict pod as it would violate the pod's disruption budget.";
        let mut status = Status::new(Reason::TooManyRequests, message);
        let name = &key.name;
        status.causes.push(Cause {
            reason: "DisruptionBudget".to_owned(),
            message: format!("The disruption budget {name} needs {needed} healthy pods and has {healthy} currently"),
            field: String::new(),
        });
        return Err(status);
    }
    let mut charged = (**budget).clone();
    charged["status"]["disruptionsAllowed"] = (allowed - 1).into();
    if !charged["status"]["disruptedPods"].is_object() {
        charged["status"]["disruptedPods"] = json!({});
    }
    charged["status"]["disruptedPods"][path::str(pod, "metadata.name")] = cx.now.rfc3339().into();
    server.store.put(key.clone(), Some(charged));
    Ok(())
}
