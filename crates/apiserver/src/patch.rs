//! patch: JSON patch, merge patch, strategic merge patch; server-side apply is in `apply`.
//!
//! Follows apiserver/pkg/endpoints/handlers/patch.go.

use std::rc::Rc;

use api::patch::strategic::StrategicError;
use api::{PatchType, Reason, Request, Status, patch, path, schema};
use serde_json::{Map, Value};

use super::managed_fields::{self, Scope, Writer};
use super::route::Target;
use super::{Reply, custom, decode, prepare, update};
use crate::{ApiServer, Cx};

/// Changes an object by the request's patch.
///
/// # Errors
/// 404; 400 and 422 for a bad patch or what it makes; 409 when the patch carries an old resourceVersion, or applies what
/// another manager owns.
#[inline(never)]
pub fn patch(server: &mut ApiServer, cx: &mut Cx, target: &Target, request: &mut Request) -> Result<Reply, Status> {
    let Some(kind) = request.patch else {
        return Err(Status::new(Reason::UnsupportedMediaType, "the body of the request was in an unknown format"));
    };
    if kind == PatchType::Apply {
        return super::apply::apply(server, cx, target, request);
    }
    if kind == PatchType::Strategic && custom::schema_of(target.resource).is_some() {
        // Custom resources have no patch merge keys, and so no strategic merge patch.
        return Err(Status::new(
            Reason::UnsupportedMediaType,
            "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, \
             application/merge-patch+json, application/apply-patch+yaml",
        ));
    }
    let old = server.fetch(target)?;
    if kind == PatchType::Merge && has_only_status(target, &request.body) {
        // A component's patch fits the schema, and is not needed afterwards.
        let body = if request.ignores_warnings { request.body.take() } else { request.body.clone() };
        if let Some(object) = patch_status(server, cx, target, &old, body, request) {
            return Ok(Reply::ok(object));
        }
        if request.ignores_warnings {
            return Err(Status::internal(format!("a status of {} does not fit its schema", target.resource.kind)));
        }
    }
    let mut patched = apply(kind, target, &old, &request.body)?;
    // The path decides which kind the object is, whatever the patch sets.
    if patched.is_object() {
        patched["apiVersion"] = old["apiVersion"].clone();
        patched["kind"] = old["kind"].clone();
    }
    // The error shows a strategic patch itself, but for the other types the object that the patch made.
    let body = (kind == PatchType::Strategic).then_some(&request.body);
    let (new, warnings) = decode::decode_patched(target.resource, &old, patched, body, super::strictness(request))?;
    let name = path::str(&new, "metadata.name");
    if !name.is_empty() && name != target.name {
        let url = &target.name;
        let message = format!("the name of the object ({name}) does not match the name on the URL ({url})");
        return Err(Status::new(Reason::BadRequest, message));
    }
    let object = update::change(server, cx, target, &old, new, &Writer::of(target, request))?;
    let more = if request.ignores_warnings { Vec::new() } else { update::warnings_of(server, target, &old, &object) };
    Ok(Reply::ok(object).warn(warnings).warn(more))
}

/// Whether a patch of a built-in object's status carries a status and nothing else.
fn has_only_status(target: &Target, body: &Value) -> bool {
    target.subresource == "status"
        && target.resource.definition.is_none()
        && target.resource.key() != super::certificates::KEY
        && !super::autoscaling::is_v1(target.resource)
        && body
            .as_object()
            .is_some_and(|fields| fields.len() == 1 && fields.get("status").is_some_and(Value::is_object))
}

/// Applies a merge patch of a status, the most frequent write of a cluster. Gives what [`patch`] gives, without decoding and
/// comparing the fields that such a patch cannot change.
/// `None` where the full update has to do more, or fails.
fn patch_status(
    server: &mut ApiServer,
    cx: &mut Cx,
    target: &Target,
    old: &Rc<Value>,
    mut patch: Value,
    request: &Request,
) -> Option<Rc<Value>> {
    let status = patch::merge::applied(old.get("status"), path::remove(&mut patch, "status")?);
    let mut status = decode::decode_field(target.resource, "status", status)?;
    prepare::complete_status(target.resource.key(), &mut status);
    if old.get("status") == Some(&status) {
        return Some(old.clone());
    }
    // Field by field, so that the old status is not copied.
    let fields = old.as_object()?.iter().filter(|(name, _)| *name != "status");
    let mut new: Map<String, Value> = sim::order::collect(fields.map(|(name, value)| (name.clone(), value.clone())));
    new.insert("status".to_owned(), status);
    let (mut new, writer) = (Value::Object(new), Writer::of(target, request));
    prepare::update_status(target.resource.key(), &mut new, old, cx.now);
    managed_fields::record(target, true, Scope::Status(old), &mut new, &writer, cx.now);
    Some(update::store(server, target, new))
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
            patch::json::JsonPatchError::TooManyOperations(_) => {
                Status::new(Reason::RequestEntityTooLarge, format!("Request entity too large: {error}"))
            }
            // The real API server does not say what is wrong with such a patch.
            _ => Status::new(Reason::Invalid, "the server rejected our request due to an error in our request"),
        }),
        PatchType::Strategic => {
            patch::strategic::apply(old, body, schema::struct_of(target.resource)).map_err(|error| {
                // An error in an item becomes a plain bad request (interpretStrategicMergePatchError).
                let unnamed = matches!(error, StrategicError::NoMergeKey { .. } | StrategicError::BadDirective(_));
                Status::new(if unnamed { Reason::Unknown } else { Reason::BadRequest }, error.to_string())
            })
        }
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
