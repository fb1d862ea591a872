//! What a create and an update pass alike before the object is stored: allocation, validation, and the plugins of admission that
//! only look.

use api::{Reason, Status, path};
use serde_json::Value;

use super::route::{Target, storage_key};
use super::strategy::Strategy;
use super::validation::Errors;
use super::{admission, metadata};
use crate::{ApiServer, Cx, ObjectKey};

/// Checks an object that is to be stored, `new`, in the place of `old` if there was one. Addresses and ports are allocated for it
/// before it is validated, as in the Service registry; a write that fails leaves the allocations as they were.
///
/// Returns what admission warns of in a new object.
///
/// # Errors
/// 422 for an invalid object, 409 for a name that is taken, 403 from admission, 500 when the store is full.
pub fn check(
    server: &mut ApiServer,
    cx: &mut Cx,
    target: &Target,
    strategy: &Strategy,
    old: Option<&Value>,
    new: &mut Value,
) -> Result<Vec<String>, Status> {
    let before = server.allocations.clone();
    let checked = allocate_and_validate(server, cx, target, strategy, old, new)
        .and_then(|()| admission::validate(server, target, old, new));
    if checked.is_err() {
        server.allocations = before;
    }
    checked
}

fn allocate_and_validate(
    server: &mut ApiServer,
    cx: &mut Cx,
    target: &Target,
    strategy: &Strategy,
    old: Option<&Value>,
    new: &mut Value,
) -> Result<(), Status> {
    let resource = target.resource;
    if target.subresource.is_empty() {
        server.allocations.allocate(resource, old, new, cx)?;
    }
    let mut errors = Errors::default();
    match old {
        None => {
            metadata::validate(resource, new, &mut errors);
            strategy.validate(new, &mut errors);
        }
        Some(old) => {
            strategy.count_generation(new, old);
            metadata::validate_update(resource, new, old, &mut errors);
            strategy.validate_update(&target.subresource, new, old, &mut errors);
        }
    }
    let name: &str = if old.is_some() { &target.name } else { path::str(new, "metadata.name") };
    errors.into_result(resource.group, resource.kind, name)?;
    if old.is_none() {
        if server.store.get(&ObjectKey::new(storage_key(resource), &target.namespace, name)).is_some() {
            return Err(Status::already_exists(resource.group, resource.plural, name));
        }
        if server.store.is_full() {
            return Err(Status::new(Reason::Unknown, "etcdserver: mvcc: database space exceeded"));
        }
    }
    Ok(())
}
