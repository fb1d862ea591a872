//! update: PUT of an object or of its status, and the common end of every change.

use std::rc::Rc;

use api::{Reason, Request, Status, path};
use serde_json::Value;

use super::managed_fields::{self, Scope, Writer};
use super::route::Target;
use super::strategy::Strategy;
use super::{Reply, admission, certificates, decode, metadata, prepare, strictness, write};
use crate::{ApiServer, Cx};

/// Replaces the object by the request's body, which it takes.
///
/// # Errors
/// 404, 409 when the resourceVersion is not the current one, 400 and 422 for a bad object, 403 from admission.
#[inline(never)]
pub fn update(server: &mut ApiServer, cx: &mut Cx, target: &Target, request: &mut Request) -> Result<Reply, Status> {
    let body = std::mem::take(&mut request.body);
    let (new, warnings) = decode::decode(target.resource, body, strictness(request))?;
    let name = path::str(&new, "metadata.name");
    if name != target.name {
        let message = if name.is_empty() {
            "name must be provided".to_owned()
        } else {
            format!("the name of the object ({name}) does not match the name on the URL ({})", target.name)
        };
        return Err(Status::new(Reason::BadRequest, message));
    }
    let namespace = path::str(&new, "metadata.namespace");
    if !namespace.is_empty() && namespace != target.namespace {
        return Err(Status::new(
            Reason::BadRequest,
            format!(
                "the namespace of the provided object does not match the namespace sent on the request ({namespace} does \
                 not match {})",
                target.namespace
            ),
        ));
    }
    let old = server.fetch(target)?;
    let object = change(server, cx, target, &old, new, &Writer::of(target, request))?;
    let more = if request.ignores_warnings { Vec::new() } else { warnings_of(server, target, &old, &object) };
    Ok(Reply::ok(object).warn(warnings).warn(more))
}

/// What is odd about a changed object; a change of its status says nothing.
pub fn warnings_of(server: &ApiServer, target: &Target, old: &Value, object: &Value) -> Vec<String> {
    let mut warnings = Vec::new();
    if target.subresource.is_empty() {
        warnings = super::warnings::warnings(target.resource, object, Some(old));
        warnings.extend(super::network_plugin::warning(server.store(), target.resource));
        warnings.extend(admission::pod_security::admit(server, target, Some(old), object).unwrap_or_default());
    }
    warnings
}

/// Puts `new` in the place of `old`: the common end of update, patch, scale and the like.
///
/// # Errors
/// As [`update`].
pub fn change(
    server: &mut ApiServer,
    cx: &mut Cx,
    target: &Target,
    old: &Rc<Value>,
    mut new: Value,
    writer: &Writer,
) -> Result<Rc<Value>, Status> {
    let resource = target.resource;
    let conflict = |why: &str| Status::conflict(resource.group, resource.plural, &target.name, why);
    let strategy = Strategy::of(resource);
    let uid = path::str(&new, "metadata.uid");
    if !uid.is_empty() && uid != path::str(old, "metadata.uid") {
        return Err(conflict(&format!(
            "StorageError: invalid object, Code: 4, Key: {}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID \
             in precondition: {uid}, UID in object meta: {}",
            storage_path(target),
            path::str(old, "metadata.uid")
        )));
    }
    let version = path::str(&new, "metadata.resourceVersion");
    if !matches!(version, "" | "0") && version != path::str(old, "metadata.resourceVersion") {
        return Err(conflict(
            "the object has been modified; please apply your changes to the latest version and try again",
        ));
    }
    metadata::keep_system_fields(&mut new, old);
    if matches!(writer, Writer::Update { .. }) {
        managed_fields::take_over(&mut new, old);
    }
    new = prepare::written(strategy.has_status, target, new, old);
    if let Some(status) = new.get_mut("status") {
        prepare::complete_status(resource.key(), status);
    }
    if resource.key() == certificates::KEY {
        certificates::prepare(&target.subresource, &mut new, old, cx.now);
    }
    strategy.default_update(&target.subresource, &mut new);
    // What admission and allocation add nobody owns, as in the real API server.
    managed_fields::record(target, strategy.has_status, Scope::Since(old), &mut new, writer, cx.now);
    if target.subresource == "status" {
        prepare::update_status(resource.key(), &mut new, old, cx.now);
    }
    if target.subresource.is_empty() {
        prepare::update(resource.key(), &mut new, old);
        admission::update(server, cx, target, &mut new, old)?;
    }
    write::check(server, cx, target, &strategy, Some(old), &mut new)?;
    if new == **old {
        return Ok(old.clone());
    }
    Ok(store(server, target, new))
}

/// Where the real API server keeps an object in etcd.
fn storage_path(target: &Target) -> String {
    let resource = target.resource;
    let folder = match resource.key() {
        "services" => "services/specs".to_owned(),
        "endpoints" => "services/endpoints".to_owned(),
        "nodes" => "minions".to_owned(),
        "ingresses.networking.k8s.io" => "ingress".to_owned(),
        _ if resource.definition.is_some() => format!("{}/{}", resource.group, resource.plural),
        _ => resource.plural.to_owned(),
    };
    let namespace = if resource.namespaced { format!("{}/", target.namespace) } else { String::new() };
    format!("/registry/{folder}/{namespace}{}", target.name)
}

/// Puts a changed object that is in order into the store; takes it out if it was waiting for this.
pub fn store(server: &mut ApiServer, target: &Target, new: Value) -> Rc<Value> {
    if is_finished(&new) {
        return super::delete::remove(server, target, new);
    }
    server.store.put(target.key(), Some(new)).unwrap_or_default()
}

/// Whether an object that is being deleted has nothing left to wait for.
fn is_finished(object: &Value) -> bool {
    object["metadata"].get("deletionTimestamp").is_some_and(|time| !time.is_null())
        && path::list(object, "metadata.finalizers").is_empty()
        && path::list(object, "spec.finalizers").is_empty()
        && path::int(object, "metadata.deletionGracePeriodSeconds").unwrap_or_default() == 0
}
