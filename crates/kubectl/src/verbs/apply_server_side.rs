//! `kubectl apply --server-side`: the manifest goes to the server whole; fields that client-side apply owned move over.
//!
//! <https://kubernetes.io/docs/reference/using-api/server-side-apply/>, k8s.io/client-go/util/csaupgrade

use api::{PatchType, Reason, fields::set, path};
use serde_json::{Value, json};

use super::apply::LAST_APPLIED;
use crate::error::{Error, Outcome, plain};
use crate::flags::Args;
use crate::session::Session;
use crate::target::Target;

/// Who keeps the annotation of client-side apply alive.
const ANNOTATION_MANAGER: &str = "kubectl-last-applied";

const WAYS_OUT: &str = "Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts";

/// Applies one manifest as `manager`.
///
/// # Errors
/// The conflicts and the ways out of them; what else the server refuses.
pub async fn apply(
    session: &Session,
    args: &Args,
    mut target: Target,
    query: &[(&str, &str)],
    manager: &str,
) -> Outcome<(Target, &'static str)> {
    let mut query = query.to_vec();
    query.push(("force", if args.on("force-conflicts") { "true" } else { "false" }));
    let manifest = target.object.clone();
    target.object = match patch(session, args, &target, PatchType::Apply, manifest.clone(), &query).await {
        Ok(object) => object,
        Err(Error::Server(status)) if status.reason == Reason::Conflict => {
            return plain(format!("{}\n{WAYS_OUT}", status.message));
        }
        Err(error) => return Err(error),
    };
    if manager == "kubectl" && !owners(&target.object, "Apply") && owners(&target.object, "Update") {
        keep_annotation(session, args, &mut target).await?;
    }
    if let Some(fields) = moved_over(&target.object, manager) {
        let body = json!([
            {"op": "replace", "path": "/metadata/managedFields", "value": fields},
            {"op": "replace", "path": "/metadata/resourceVersion", "value": target.object["metadata"]["resourceVersion"]},
        ]);
        patch(session, args, &target, PatchType::Json, body, &[]).await?;
        // Once more, so that fields that the manifest no longer has can go.
        target.object = patch(session, args, &target, PatchType::Apply, manifest, &query).await?;
    }
    Ok((target, "serverside-applied"))
}

async fn patch(
    session: &Session,
    args: &Args,
    target: &Target,
    kind: PatchType,
    body: Value,
    query: &[(&str, &str)],
) -> Outcome<Value> {
    let place = match args.text("subresource") {
        "" => target.name.clone(),
        subresource => format!("{}/{subresource}", target.name),
    };
    session.patch(target.resource, &target.namespace, &place, kind, body, query).await
}

/// Whether an entry owns the annotation of client-side apply.
fn owns_annotation(entry: &Value, operation: &str) -> bool {
    entry["operation"] == operation
        && entry["fieldsV1"]["f:metadata"]["f:annotations"].get(format!("f:{LAST_APPLIED}")).is_some()
}

fn owners(object: &Value, operation: &str) -> bool {
    path::list(object, "metadata.managedFields").iter().any(|entry| owns_annotation(entry, operation))
}

/// Applies nothing but the annotation, so that somebody owns it when the old manager is gone.
async fn keep_annotation(session: &Session, args: &Args, target: &mut Target) -> Outcome {
    let metadata = &target.object["metadata"];
    let annotation = &metadata["annotations"][LAST_APPLIED];
    let body = json!({
        "apiVersion": target.object["apiVersion"], "kind": target.object["kind"],
        "metadata": {"name": target.name, "annotations": {LAST_APPLIED: annotation}},
    });
    target.object =
        patch(session, args, target, PatchType::Apply, body, &[("fieldManager", ANNOTATION_MANAGER)]).await?;
    Ok(())
}

/// `managedFields` with what client-side apply owned given to the server-side manager; `None` if there is nothing to move.
fn moved_over(object: &Value, manager: &str) -> Option<Vec<Value>> {
    let entries = path::list(object, "metadata.managedFields");
    let (old, mut kept): (Vec<Value>, Vec<Value>) =
        entries.iter().cloned().partition(|entry| owns_annotation(entry, "Update"));
    let own = kept.iter_mut().find(|entry| {
        entry["manager"] == manager && entry["operation"] == "Apply" && path::str(entry, "subresource").is_empty()
    })?;
    if old.is_empty() {
        return None;
    }
    let fields = own["fieldsV1"].as_object_mut()?;
    for entry in &old {
        set::unite(fields, entry["fieldsV1"].as_object()?.clone());
    }
    Some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_client_side_apply_owned_moves_over() {
        let annotation = json!({"f:annotations": {format!("f:{LAST_APPLIED}"): {}}});
        let object = json!({"metadata": {"managedFields": [
            {"manager": "kubectl", "operation": "Apply", "fieldsV1": {"f:spec": {"f:a": {}}}},
            {"manager": "kubectl-client-side-apply", "operation": "Update",
                "fieldsV1": {"f:metadata": annotation, "f:spec": {"f:b": {}}}},
            {"manager": "kube-controller-manager", "operation": "Update", "fieldsV1": {"f:status": {}}},
        ]}});
        let moved = moved_over(&object, "kubectl").unwrap();
        assert_eq!(moved.len(), 2);
        assert_eq!(moved[0]["fieldsV1"], json!({"f:metadata": annotation, "f:spec": {"f:a": {}, "f:b": {}}}));
        assert_eq!(moved_over(&json!({"metadata": {"managedFields": [moved[0]]}}), "kubectl"), None);
    }
}
