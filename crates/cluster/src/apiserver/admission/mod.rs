//! Admission: what the control plane adds to or refuses of valid objects. One plugin a file.

use api::{Resource, Status};
use serde_json::Value;

use super::route::Target;
use crate::{Cluster, Cx};

/// Admits a new object, changing it where a plugin does; gives the warnings.
///
/// # Errors
/// What the first plugin that refuses says.
pub fn create(cluster: &Cluster, _cx: &mut Cx, target: &Target, _object: &mut Value) -> Result<Vec<String>, Status> {
    if target.resource.namespaced
        && cluster.store.get(&crate::ObjectKey::new("namespaces", "", &target.namespace)).is_none()
    {
        return Err(Status::not_found("", "namespaces", &target.namespace));
    }
    Ok(Vec::new())
}

/// Admits a changed object, changing it where a plugin does.
///
/// # Errors
/// What the first plugin that refuses says.
pub fn update(
    _cluster: &Cluster,
    _cx: &mut Cx,
    _target: &Target,
    _new: &mut Value,
    _old: &Value,
) -> Result<(), Status> {
    Ok(())
}

/// The plugins that only look at a changed, valid object.
///
/// # Errors
/// What the first plugin that refuses says.
pub fn validate_update(_cluster: &Cluster, _target: &Target, _new: &Value, _old: &Value) -> Result<(), Status> {
    Ok(())
}

/// What the API warns of about a new object.
pub fn warnings(_resource: &Resource, _object: &Value) -> Vec<String> {
    Vec::new()
}
