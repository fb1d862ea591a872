//! Server-side apply: PATCH with a whole or partial object, merged by who owns what.
//!
//! <https://kubernetes.io/docs/reference/using-api/server-side-apply/>

use api::{Reason, Request, Status, path};
use serde_json::{Value, json};

use super::managed_fields::{self, Writer};
use super::route::Target;
use super::strategy::Strategy;
use super::validation::Errors;
use super::{Reply, certificates, create, decode, strictness, update};
use crate::{ApiServer, Cx};

/// Applies the request's configuration: creates the object if there is none.
///
/// # Errors
/// 400 for what is no object of this kind, 500 for what does not fit its schema, 409 for conflicts with other managers, 422 for an invalid object or a missing
/// field manager; what create and update refuse.
#[inline(never)]
pub fn apply(server: &mut ApiServer, cx: &mut Cx, target: &Target, request: &Request) -> Result<Reply, Status> {
    if request.query("fieldManager").is_none_or(str::is_empty) {
        let mut errors = Errors::default();
        errors.required("fieldManager", "is required for apply patch");
        errors.into_result("meta.k8s.io", "PatchOptions", "")?;
    }
    let body = &request.body;
    if body["kind"] == target.resource.kind && body["apiVersion"] == *target.resource.api_version() {
        managed_fields::check(target, body)?;
    }
    let (mut applied, warnings) = decode::decode(target.resource, request.body.clone(), strictness(request))?;
    name_it(target, &mut applied)?;
    let has_status = Strategy::of(target.resource).has_status;
    let Some(live) = server.store.get(&target.key()).cloned() else {
        if !target.subresource.is_empty() {
            return Err(target.not_found());
        }
        let mut object = managed_fields::apply(target, has_status, &Value::Null, &applied, request, cx.now)?;
        if target.resource.key() == certificates::KEY {
            certificates::requested_by(&mut object, request);
        }
        let (object, more) = create::create_object(server, cx, target, object, &Writer::Applied)?;
        let mut odd = super::warnings::warnings(target.resource, &object, None);
        odd.extend(super::network_plugin::warning(server.store(), target.resource));
        return Ok(Reply::Json { code: 201, value: object, warnings: [warnings, odd, more].concat() });
    };
    let new = managed_fields::apply(target, has_status, &live, &applied, request, cx.now)?;
    let object = update::change(server, cx, target, &live, new, &Writer::Applied)?;
    let more = update::warnings_of(server, target, &live, &object);
    Ok(Reply::ok(object).warn(warnings).warn(more))
}

/// A configuration may leave out its name and namespace, but not name others.
fn name_it(target: &Target, applied: &mut Value) -> Result<(), Status> {
    if !applied["metadata"].is_object() {
        applied["metadata"] = json!({});
    }
    for (field, what, wanted) in [("name", "name", &target.name), ("namespace", "namespace", &target.namespace)] {
        let given = path::str(&applied["metadata"], field);
        if !given.is_empty() && given != wanted {
            let message = format!(
                "{what} in the object does not match the {what} on the request ({given} does not match {wanted})"
            );
            return Err(Status::new(Reason::BadRequest, message));
        }
        if !wanted.is_empty() {
            applied["metadata"][field] = wanted.clone().into();
        }
    }
    Ok(())
}
