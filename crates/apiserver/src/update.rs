//! update: PUT of an object or of its status, and the common end of every change.

use std::rc::Rc;

use api::{Reason, Request, Status, path};
use serde_json::Value;

use super::custom;
use super::managed_fields::{self, Scope, Writer};
use super::route::Target;
use super::strategy::Strategy;
use super::validation::Errors;
use super::{Reply, admission, certificates, decode, metadata, prepare, resize, strictness};
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
        warnings = super::warnings::warnings(target.resource, object);
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
            "Precondition failed: UID in precondition: {uid}, UID in object meta: {}",
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
    match target.subresource.as_str() {
        "status" => new = with_status_of(old, new, resource.key()),
        "finalize" => {
            let mut object = (**old).clone();
            object["spec"]["finalizers"] = new["spec"]["finalizers"].take();
            new = object;
        }
        "ephemeralcontainers" => {
            let mut object = (**old).clone();
            object["spec"]["ephemeralContainers"] = new["spec"]["ephemeralContainers"].take();
            new = object;
        }
        "resize" => new = resize::with_resources_of(old, &new),
        "approval" => {}
        _ => {
            if strategy.has_status {
                match old.get("status") {
                    Some(status) => new["status"] = status.clone(),
                    None => _ = path::remove(&mut new, "status"),
                }
            }
            if resource.key() == "namespaces" {
                new["spec"] = old["spec"].clone();
            }
        }
    }
    if resource.key() == certificates::KEY {
        certificates::prepare(&target.subresource, &mut new, old, cx.now);
    }
    let main = target.subresource.is_empty();
    // What a status update leaves as it was has its defaults, and no built-in status has any.
    if target.subresource != "status" {
        (strategy.default)(&mut new);
    }
    custom::default(resource, &mut new);
    if main {
        prepare::update(resource.key(), &mut new, old);
        admission::update(server, cx, target, &mut new, old)?;
    }
    let before = server.allocations.clone();
    let checked =
        if main { server.allocations.allocate(resource, Some(old), &mut new, cx) } else { Ok(()) }.and_then(|()| {
            let differs = match resource.definition {
                Some(_) => custom::content_differs(&new, old, strategy.has_status),
                None => new.get("spec") != old.get("spec"),
            };
            if strategy.has_generation && differs {
                new["metadata"]["generation"] = (path::int(old, "metadata.generation").unwrap_or_default() + 1).into();
            }
            let mut errors = Errors::default();
            metadata::validate_update(resource, &new, old, &mut errors);
            custom::check(resource, &new, &mut errors);
            if target.subresource == "ephemeralcontainers" {
                super::validation::ephemeral_containers(&new, old, &mut errors);
            }
            if target.subresource == "resize" {
                (strategy.validation.object)(&new, &mut errors);
                resize::validate(&new, old, &mut errors);
            }
            if resource.key() == certificates::KEY {
                certificates::validate_update(&target.subresource, &new, old, &mut errors);
            } else if main {
                (strategy.validation.before)(&new, old, &mut errors);
                (strategy.validation.object)(&new, &mut errors);
                (strategy.validation.after)(&new, old, &mut errors);
            }
            errors.into_result(resource.group, resource.kind, &target.name)?;
            if resource.key() == "pods" && target.subresource != "status" {
                admission::pod_security::admit(server, target, Some(old), &new)?;
            }
            if !main && target.subresource != "resize" {
                return Ok(());
            }
            admission::validate_update(server, target, &new, old)?;
            admission::resource_quota::charge(server, target, Some(old), &new)
        });
    if let Err(status) = checked {
        server.allocations = before;
        return Err(status);
    }
    if new == **old {
        return Ok(old.clone());
    }
    Ok(store(server, cx, target, Scope::Since(old), new, writer))
}

/// Puts a changed object that is in order into the store, with the record of who changed what; takes it out if it was waiting
/// for this.
pub fn store(
    server: &mut ApiServer,
    cx: &Cx,
    target: &Target,
    scope: Scope,
    mut new: Value,
    writer: &Writer,
) -> Rc<Value> {
    managed_fields::record(target, Strategy::of(target.resource).has_status, scope, &mut new, writer, cx.now);
    if is_finished(&new) {
        return super::delete::remove(server, target, new);
    }
    server.store.put(target.key(), Some(new)).unwrap_or_default()
}

/// The old object with the new one's status, and with what else its status update may carry. Mostly the two differ in
/// nothing else, so the new one is put right rather than the old one copied.
fn with_status_of(old: &Value, mut new: Value, key: &str) -> Value {
    // Pods and Nodes take labels and annotations along with a status; the others do not.
    let carried: &[&str] = match key {
        "pods" | "nodes" | "persistentvolumes" | "persistentvolumeclaims" => &["labels", "annotations"],
        _ => &[],
    };
    let carried = [carried, &["managedFields"]].concat();
    restore(&mut new, old, &["status", "metadata"]);
    restore(&mut new["metadata"], &old["metadata"], &carried);
    new
}

/// Makes `new` equal to `old` but for some fields.
fn restore(new: &mut Value, old: &Value, except: &[&str]) {
    let (Some(new), Some(old)) = (new.as_object_mut(), old.as_object()) else { return };
    new.retain(|field, _| old.contains_key(field) || except.contains(&field.as_str()));
    for (field, value) in old.iter().filter(|(field, _)| !except.contains(&field.as_str())) {
        if new.get(field) != Some(value) {
            new.insert(field.clone(), value.clone());
        }
    }
}

/// Whether an object that is being deleted has nothing left to wait for.
fn is_finished(object: &Value) -> bool {
    object["metadata"].get("deletionTimestamp").is_some_and(|time| !time.is_null())
        && path::list(object, "metadata.finalizers").is_empty()
        && path::list(object, "spec.finalizers").is_empty()
        && path::int(object, "metadata.deletionGracePeriodSeconds").unwrap_or_default() == 0
}
