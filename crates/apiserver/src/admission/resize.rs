//! PersistentVolumeClaimResize: a claim grows only if its StorageClass lets it.

use api::{Quantity, Status, path};
use serde_json::Value;

use super::forbidden;
use crate::route::Target;
use crate::{ApiServer, ObjectKey};

/// Refuses growth of a claim that is not bound or whose class does not allow it.
///
/// # Errors
/// 403
pub fn validate(server: &ApiServer, target: &Target, new: &Value, old: &Value) -> Result<(), Status> {
    let size =
        |claim: &Value| Quantity::parse(path::str(claim, "spec.resources.requests.storage")).unwrap_or(Quantity::ZERO);
    if size(new) <= size(old) {
        return Ok(());
    }
    if path::str(old, "status.phase") != "Bound" {
        return Err(forbidden(target, new, "Only bound persistent volume claims can be expanded"));
    }
    let class = path::str(new, "spec.storageClassName");
    let allowed = !class.is_empty()
        && class == path::str(old, "spec.storageClassName")
        && server
            .store
            .get(&ObjectKey::new("storageclasses.storage.k8s.io", "", class))
            .is_some_and(|class| path::bool(class, "allowVolumeExpansion"));
    if allowed {
        return Ok(());
    }
    let why = "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support \
               resize";
    Err(forbidden(target, new, why))
}
