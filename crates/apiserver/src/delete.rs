//! delete and deletecollection: grace, finalizers, propagation, preconditions.
//!
//! Follows apiserver's rest.BeforeDelete and the generic registry's Delete.

use std::rc::Rc;

use api::{Reason, Request, Status, path};
use serde_json::{Value, json};

use super::metadata::mark_deleted;
use super::route::Target;
use super::selection::Selection;
use super::{Reply, list};
use crate::served::CLEANUP;
use crate::{ApiServer, Cx, served};

/// Deletes one object, or starts its deletion.
///
/// # Errors
/// 404; 409 when a precondition fails; 403 for what may not be deleted; 400 for bad options.
#[inline(never)]
pub fn delete(server: &mut ApiServer, cx: &mut Cx, target: &Target, request: &Request) -> Result<Reply, Status> {
    let object = server.fetch(target)?;
    let options = options(request)?;
    if target.resource.key() == "namespaces"
        && matches!(target.name.as_str(), "default" | "kube-system" | "kube-public")
    {
        let why = "this namespace may not be deleted";
        return Err(Status::forbidden("", "namespaces", &target.name, why));
    }
    Ok(match delete_object(server, cx, target, &object, &options)? {
        Deleted::Later(object) => Reply::ok(object),
        Deleted::Now => Reply::ok(json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
            "details": details(target, &object),
        })),
    })
}

/// Deletes the objects a list with the same selectors would give.
///
/// # Errors
/// 400 for bad selectors or options.
#[inline(never)]
pub fn delete_collection(
    server: &mut ApiServer,
    cx: &mut Cx,
    target: &Target,
    request: &Request,
) -> Result<Reply, Status> {
    let selection = Selection::new(target.resource, "", request)?;
    let options = options(request)?;
    let mut items = Vec::new();
    for object in list::matching(server, target, &selection) {
        let one = Target {
            namespace: path::str(&object, "metadata.namespace").to_owned(),
            name: path::str(&object, "metadata.name").to_owned(),
            ..target.clone()
        };
        match delete_object(server, cx, &one, &object, &options) {
            Ok(Deleted::Later(object)) => items.push(object),
            Ok(Deleted::Now) => items.push(object),
            Err(status) if status.reason == Reason::NotFound => {}
            Err(status) => return Err(status),
        }
    }
    Ok(Reply::List(list::list_of(server.store.revision(), target.resource, items)))
}

enum Deleted {
    Now,
    Later(Rc<Value>),
}

/// `DeleteOptions` come as the body or in the query.
fn options(request: &Request) -> Result<Value, Status> {
    let mut options = if request.body.is_object() { request.body.clone() } else { json!({}) };
    if let Some(grace) = request.query("gracePeriodSeconds") {
        let bad = |_| Status::new(Reason::BadRequest, format!("strconv.ParseInt: parsing {grace:?}: invalid syntax"));
        options["gracePeriodSeconds"] = grace.parse::<i64>().map_err(bad)?.into();
    }
    if let Some(policy) = request.query("propagationPolicy") {
        options["propagationPolicy"] = policy.into();
    }
    if let Some(orphan) = options["orphanDependents"].as_bool() {
        options["propagationPolicy"] = if orphan { "Orphan" } else { "Background" }.into();
    }
    match path::str(&options, "propagationPolicy") {
        "" | "Orphan" | "Background" | "Foreground" => Ok(options),
        other => Err(Status::new(
            Reason::Invalid,
            format!(
                "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: {other:?}: supported \
                 values: \"Foreground\", \"Background\", \"Orphan\", \"nil\""
            ),
        )),
    }
}

fn delete_object(
    server: &mut ApiServer,
    cx: &mut Cx,
    target: &Target,
    object: &Rc<Value>,
    options: &Value,
) -> Result<Deleted, Status> {
    check_preconditions(target, object, options)?;
    let deleting = object["metadata"].get("deletionTimestamp").is_some();
    let grace = grace_period(target, object, options);
    let mut changed = (**object).clone();
    set_propagation_finalizers(&mut changed, path::str(options, "propagationPolicy"));
    let namespace = target.resource.key() == "namespaces";
    if target.resource.key() == served::DEFINITIONS && !deleting {
        // Its objects are deleted first.
        let mut finalizers = path::list(&changed, "metadata.finalizers").to_vec();
        finalizers.push(CLEANUP.into());
        changed["metadata"]["finalizers"] = finalizers.into();
    }
    if namespace {
        changed["status"]["phase"] = "Terminating".into();
    }
    let waits = !path::list(&changed, "metadata.finalizers").is_empty()
        || (namespace && !path::list(&changed, "spec.finalizers").is_empty());
    if grace == 0 && !waits {
        remove(server, target, changed);
        return Ok(Deleted::Now);
    }
    if !deleting {
        mark_deleted(&mut changed, cx.now, grace);
        if namespace {
            // A namespace is deleted through its finalizers (pkg/registry/core/namespace/storage), without a grace period.
            path::remove(&mut changed, "metadata.deletionGracePeriodSeconds");
        }
    } else if path::int(&changed, "metadata.deletionGracePeriodSeconds").is_some_and(|current| grace < current) {
        // A shorter grace moves the end; a longer one changes nothing.
        mark_deleted(&mut changed, cx.now, grace);
    }
    if changed == **object {
        return Ok(Deleted::Later(object.clone()));
    }
    Ok(Deleted::Later(server.store.put(target.key(), Some(changed)).unwrap_or_default()))
}

fn check_preconditions(target: &Target, object: &Value, options: &Value) -> Result<(), Status> {
    let resource = target.resource;
    for (field, name) in [("uid", "UID"), ("resourceVersion", "ResourceVersion")] {
        let wanted = options["preconditions"][field].as_str();
        let actual = object["metadata"][field].as_str().unwrap_or_default();
        if let Some(wanted) = wanted.filter(|wanted| *wanted != actual) {
            let why = format!("Precondition failed: {name} in precondition: {wanted}, {name} in object meta: {actual}");
            return Err(Status::conflict(resource.group, resource.plural, &target.name, &why));
        }
    }
    Ok(())
}

/// Only Pods end gracefully: by the options' period or their own, at once when nothing runs.
fn grace_period(target: &Target, object: &Value, options: &Value) -> i64 {
    if target.resource.key() != "pods" {
        return 0;
    }
    if path::str(object, "spec.nodeName").is_empty()
        || matches!(path::str(object, "status.phase"), "Failed" | "Succeeded")
    {
        return 0;
    }
    let grace =
        options["gracePeriodSeconds"].as_i64().or_else(|| path::int(object, "spec.terminationGracePeriodSeconds"));
    match grace.unwrap_or(30) {
        negative if negative < 0 => 1,
        grace => grace,
    }
}

fn set_propagation_finalizers(object: &mut Value, policy: &str) {
    let wanted = match policy {
        "Orphan" => Some("orphan"),
        "Foreground" => Some("foregroundDeletion"),
        "Background" => None,
        _ => return,
    };
    let mut finalizers: Vec<Value> = path::list(object, "metadata.finalizers")
        .iter()
        .filter(|finalizer| !matches!(finalizer.as_str(), Some("orphan" | "foregroundDeletion")))
        .cloned()
        .collect();
    finalizers.extend(wanted.map(Value::from));
    if finalizers.is_empty() {
        path::remove(&mut object["metadata"], "finalizers");
    } else {
        object["metadata"]["finalizers"] = finalizers.into();
    }
}

/// Removes an object from the store and releases what was allocated for it. Watchers see its last state.
pub fn remove(server: &mut ApiServer, target: &Target, last: Value) -> Rc<Value> {
    server.allocations.release(target.resource, &last);
    server.store.remove(target.key(), last)
}

fn details(target: &Target, object: &Value) -> Value {
    let mut details = json!({
        "name": target.name, "kind": target.resource.plural, "uid": object["metadata"]["uid"],
    });
    if !target.resource.group.is_empty() {
        details["group"] = target.resource.group.into();
    }
    details
}
