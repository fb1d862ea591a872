//! RuntimeClass: a Pod may only name one that there is.
//!
//! plugin/pkg/admission/runtimeclass/admission.go

use api::{Status, path};

use super::forbidden;
use crate::route::Target;
use crate::{ApiServer, ObjectKey};

/// Refuses a Pod whose class is missing.
///
/// # Errors
/// 403 when the class is missing.
pub fn admit(server: &ApiServer, target: &Target, pod: &serde_json::Value) -> Result<(), Status> {
    let name = path::str(pod, "spec.runtimeClassName");
    if name.is_empty() || server.store.get(&ObjectKey::new("runtimeclasses.node.k8s.io", "", name)).is_some() {
        return Ok(());
    }
    Err(forbidden(target, pod, &format!("pod rejected: RuntimeClass {name:?} not found")))
}
