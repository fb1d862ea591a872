//! A StatefulSet's `persistentVolumeClaimRetentionPolicy`: which owners its claims get, and so when they are deleted.
//!
//! <https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention>,
//! `updateClaimOwnerRefForSetAndPod` in pkg/controller/statefulset/stateful_set_utils.go

use std::rc::Rc;

use api::path;
use apiserver::ObjectKey;
use component::{Context, PodInfo, Reconciled};
use serde_json::{Value, json};

use super::{controller_reference, patch};

/// Whether claims are deleted with the set, and whether with a Pod that is scaled away.
fn policy(set: &Value) -> (bool, bool) {
    let policy = &set["spec"]["persistentVolumeClaimRetentionPolicy"];
    (policy["whenDeleted"] == "Delete", policy["whenScaled"] == "Delete")
}

/// The owner of a new claim, whose Pod is one of those wanted.
pub(super) fn owners(set: &Value) -> Option<Value> {
    policy(set).0.then(|| json!([controller_reference(set)]))
}

/// Gives the claims of a set's Pods the owners that its policy says. `is_wanted` tells by its number whether a Pod is one of
/// those wanted.
pub(super) fn keep(
    cx: &Context,
    set: &Value,
    pods: &[(i64, &Rc<PodInfo>)],
    is_wanted: &dyn Fn(i64) -> bool,
    out: &mut Reconciled,
) {
    let (with_set, with_pod) = policy(set);
    for template in path::list(set, "spec.volumeClaimTemplates") {
        for (number, pod) in pods {
            let name = format!("{}-{}", path::str(template, "metadata.name"), pod.key.name);
            let Some(claim) = cx.view.get("persistentvolumeclaims", &pod.key.namespace, &name) else { continue };
            let now = path::list(claim, "metadata.ownerReferences");
            if now.is_empty() && !with_set && !with_pod {
                continue;
            }
            let Some(object) = cx.view.get("pods", &pod.key.namespace, &pod.key.name) else { continue };
            let scaled_away = !is_wanted(*number);
            let goes_with_pod = with_pod && scaled_away;
            let wanted = [(set, with_set && !goes_with_pod), (&**object, goes_with_pod)];
            let mut after = now.to_vec();
            for (owner, is_owner) in wanted {
                let uid = &owner["metadata"]["uid"];
                if !is_owner {
                    after.retain(|known| known["uid"] != *uid);
                } else if !after.iter().any(|known| known["uid"] == *uid) {
                    after.push(controller_reference(owner));
                }
            }
            if after != now {
                let key = ObjectKey::new("persistentvolumeclaims", &pod.key.namespace, &name);
                let after = if after.is_empty() { Value::Null } else { after.into() };
                out.writes.push(patch(&key, json!({"metadata": {"ownerReferences": after}})));
            }
        }
    }
}
