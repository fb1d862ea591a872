//! patch: JSON patch, merge patch, strategic merge patch; server-side apply is in `apply`.
//!
//! Follows apiserver/pkg/endpoints/handlers/patch.go.

use api::{PatchType, Reason, Request, Status, patch, schema};
use serde_json::Value;

use super::managed_fields::Writer;
use super::route::Target;
use super::{Reply, custom, decode, update};
use crate::{Cluster, Cx};

/// Changes an object by the request's patch.
///
/// # Errors
/// 404; 400 and 422 for a bad patch or what it makes; 409 when the patch carries an old resourceVersion, or applies what
/// another manager owns.
#[inline(never)]
pub fn patch(cluster: &mut Cluster, cx: &mut Cx, target: &Target, request: &Request) -> Result<Reply, Status> {
    let Some(kind) = request.patch else {
        return Err(Status::new(Reason::UnsupportedMediaType, "the body of the request was in an unknown format"));
    };
    if kind == PatchType::Apply {
        return super::apply::apply(cluster, cx, target, request);
    }
    if kind == PatchType::Strategic && custom::schema_of(target.resource).is_some() {
        // How the lists of a custom resource merge is not known.
        return Err(Status::new(
            Reason::UnsupportedMediaType,
            "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, \
             application/merge-patch+json, application/apply-patch+yaml",
        ));
    }
    let old = cluster.fetch(target)?;
    let mut patched = apply(kind, target, &old, &request.body)?;
    // What kind of object it is the path says, whatever the patch does.
    if patched.is_object() {
        patched["apiVersion"] = old["apiVersion"].clone();
        patched["kind"] = old["kind"].clone();
    }
    // A strategic patch is shown itself, of the others what they made.
    let body = (kind == PatchType::Strategic).then_some(&request.body);
    let (new, warnings) = decode::decode_patched(target.resource, patched, body, super::strictness(request))?;
    let object = update::change(cluster, cx, target, &old, new, &Writer::of(target, request))?;
    let more = update::warnings_of(target, &object);
    Ok(Reply::ok(object).warn(warnings).warn(more))
}

/// The patched object, not yet read as one of its kind.
///
/// # Errors
/// 400 for what is no patch, 422 for a patch that does not fit the object.
pub fn apply(kind: PatchType, target: &Target, old: &Value, body: &Value) -> Result<Value, Status> {
    let bad = |message: String| Status::new(Reason::BadRequest, message);
    match kind {
        PatchType::Json => patch::json::apply(old, body).map_err(|error| match error {
            patch::json::JsonPatchError::NotAPatch(_) => bad(format!("error decoding patch: {error}")),
            // What is wrong with it the API server keeps to itself.
            _ => Status::new(Reason::Invalid, "the server rejected our request due to an error in our request"),
        }),
        PatchType::Strategic => patch::strategic::apply(old, body, schema::struct_of(target.resource))
            .map_err(|error| bad(error.to_string())),
        PatchType::Merge | PatchType::Apply => {
            if !body.is_object() {
                let what = patch::json::go_kind(body);
                return Err(bad(format!(
                    "error decoding patch: json: cannot unmarshal {what} into Go value of type map[string]interface {{}}"
                )));
            }
            let mut new = old.clone();
            patch::merge::apply(&mut new, body);
            Ok(new)
        }
    }
}
