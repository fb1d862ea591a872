//! NamespaceLifecycle: nothing is made in a namespace that is missing or going.

use api::{Cause, Status, path};
use serde_json::Value;

use super::forbidden;
use crate::route::Target;
use crate::{ApiServer, ObjectKey};

/// Refuses a new object whose namespace is missing or being deleted.
///
/// # Errors
/// 404 or 403.
pub fn admit(server: &ApiServer, target: &Target, object: &Value) -> Result<(), Status> {
    if !target.resource.namespaced {
        return Ok(());
    }
    let namespace = &target.namespace;
    let Some(found) = server.store.get(&ObjectKey::new("namespaces", "", namespace)) else {
        return Err(Status::not_found("", "namespaces", namespace));
    };
    if found["metadata"].get("deletionTimestamp").is_none() {
        return Ok(());
    }
    let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
    let mut status = forbidden(target, object, &why);
    status.causes.push(Cause {
        reason: "NamespaceTerminating".to_owned(),
        message: format!("namespace {} is being terminated", path::str(found, "metadata.name")),
        field: "metadata.namespace".to_owned(),
    });
    Err(status)
}
