//! create: POST to a collection.

use std::rc::Rc;

use api::{Reason, Request, Status, path};
use serde_json::{Value, json};

use super::managed_fields::{self, Scope, Writer};
use super::route::{Target, storage_key};
use super::strategy::Strategy;
use super::{Reply, admission, certificates, decode, metadata, network_plugin, strictness, warnings, write};
use crate::{ApiServer, Cx, ObjectKey};

/// How many names are generated at most until one is free.
const NAME_TRIES: usize = 8;

/// Creates the object in the request's body, which it takes.
///
/// # Errors
/// 400 for what is no object of this kind, 404 for a missing namespace, 422 for an invalid object, 409 for a name that is
/// taken, 403 from admission, 500 when the store is full.
#[inline(never)]
pub fn create(server: &mut ApiServer, cx: &mut Cx, target: &Target, request: &mut Request) -> Result<Reply, Status> {
    let body = std::mem::take(&mut request.body);
    let (mut object, warnings) = decode::decode(target.resource, body, strictness(request))?;
    if target.resource.key() == certificates::KEY {
        certificates::requested_by(&mut object, request);
    }
    let (mut object, more) = create_object(server, cx, target, object, &Writer::of(target, request))?;
    if target.resource.key() == super::served::DEFINITIONS {
        // The real one stores it so, too, but not for as long as a moment lasts here, and `kubectl wait` stumbles over it.
        Rc::make_mut(&mut object)["status"]["conditions"] = Value::Null;
    }
    let mut odd = Vec::new();
    if !request.ignores_warnings {
        odd = warnings::warnings(target.resource, &object, None);
        odd.extend(network_plugin::warning(server.store(), target.resource));
    }
    Ok(Reply::Json { code: 201, value: object, warnings: [warnings, odd, more].concat() })
}

/// Creates a decoded object: defaults, admission, allocation, validation, storage.
///
/// # Errors
/// As [`create`].
pub fn create_object(
    server: &mut ApiServer,
    cx: &mut Cx,
    target: &Target,
    mut object: Value,
    writer: &Writer,
) -> Result<(Rc<Value>, Vec<String>), Status> {
    let resource = target.resource;
    place_in_namespace(target, &mut object)?;
    let strategy = Strategy::of(resource);
    strategy.default(&mut object);
    if matches!(writer, Writer::Update { .. }) {
        path::remove(&mut object, "metadata.managedFields");
    }
    strategy.reset_status(&mut object);
    // Nobody owns what admission and the rest of the way to the store add, as in the real API server.
    managed_fields::record(target, strategy.has_status, Scope::New, &mut object, writer, cx.now);
    admission::create(server, cx, target, &mut object)?;
    metadata::fill_system_fields(&mut object, cx);
    if strategy.has_generation {
        path::set(&mut object, "metadata.generation", 1);
    }
    let base = path::str(&object, "metadata.generateName").to_owned();
    let named = !path::str(&object, "metadata.name").is_empty();
    for attempt in 1.. {
        if !named && !base.is_empty() {
            path::set(&mut object, "metadata.name", metadata::generate_name(&base, cx));
        }
        let key = ObjectKey::new(storage_key(resource), &target.namespace, path::str(&object, "metadata.name"));
        if named || base.is_empty() || attempt == NAME_TRIES || server.store.get(&key).is_none() {
            break;
        }
    }
    strategy.prepare_for_create(&mut object);
    let warnings = write::check(server, cx, target, &strategy, None, &mut object)?;
    let key = ObjectKey::new(storage_key(resource), &target.namespace, path::str(&object, "metadata.name"));
    let stored = server.store.put(key, Some(object));
    Ok((stored.unwrap_or_default(), warnings))
}

/// Sets the object's namespace to that of the path.
fn place_in_namespace(target: &Target, object: &mut Value) -> Result<(), Status> {
    if !object["metadata"].is_object() {
        object["metadata"] = json!({});
    }
    if !target.resource.namespaced {
        return Ok(());
    }
    let namespace = path::str(object, "metadata.namespace");
    if namespace.is_empty() {
        path::set(object, "metadata.namespace", &*target.namespace);
    } else if namespace != target.namespace {
        return Err(Status::new(
            Reason::BadRequest,
            format!(
                "the namespace of the provided object does not match the namespace sent on the request ({namespace} does \
                 not match {})",
                target.namespace
            ),
        ));
    }
    Ok(())
}
