//! Generic ephemeral volumes: a claim for each, made for its Pod and gone with it.
//!
//! <https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#generic-ephemeral-volumes>, pkg/controller/volume/ephemeral

use api::path;
use apiserver::ObjectKey;
use component::{Context, Reconciled, Write};
use serde_json::{Value, json};

use super::controller_reference;

/// Reconciles one Pod.
#[inline(never)]
pub fn reconcile(cx: &mut Context, key: &ObjectKey) -> Reconciled {
    let mut out = Reconciled::default();
    let Some(pod) = cx.view.get("pods", &key.namespace, &key.name) else { return out };
    if !path::get(pod, "metadata.deletionTimestamp").is_null() {
        return out;
    }
    for volume in path::list(pod, "spec.volumes") {
        let template = &volume["ephemeral"]["volumeClaimTemplate"];
        let name = format!("{}-{}", key.name, path::str(volume, "name"));
        if template.is_object() && cx.view.get("persistentvolumeclaims", &key.namespace, &name).is_none() {
            out.writes.push(Write::Create("persistentvolumeclaims", claim(pod, &name, template)));
        }
    }
    out
}

fn claim(pod: &Value, name: &str, template: &Value) -> Value {
    let mut claim = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {
            "name": name, "namespace": pod["metadata"]["namespace"], "ownerReferences": [controller_reference(pod)],
        },
        "spec": template["spec"],
    });
    for field in ["labels", "annotations"] {
        if template["metadata"][field].is_object() {
            claim["metadata"][field] = template["metadata"][field].clone();
        }
    }
    claim
}

/// Whether a claim was made for this Pod, and not for another of its name or by somebody.
///
/// # Errors
/// The message about a claim that is not of this Pod.
pub fn check_owner(pod: &Value, claim: &Value) -> Result<(), String> {
    let owners = path::list(claim, "metadata.ownerReferences");
    if owners.iter().any(|owner| owner["controller"] == true && owner["uid"] == pod["metadata"]["uid"]) {
        return Ok(());
    }
    let name =
        |object: &Value| format!("{}/{}", path::str(object, "metadata.namespace"), path::str(object, "metadata.name"));
    Err(format!("PVC {} was not created for pod {} (pod is not owner)", name(claim), name(pod)))
}
