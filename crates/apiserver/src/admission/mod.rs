//! Admission: what the control plane adds to or refuses of valid objects. One plugin a file.

mod default_class;
pub mod limit_range;
mod namespace_lifecycle;
pub mod pod_security;
mod priority;
mod resize;
pub mod resource_quota;
mod runtime_class;
mod service_account;
mod storage;
mod tolerations;

use api::{Status, path};
use serde_json::Value;

use super::route::Target;
use crate::{ApiServer, Cx};

/// Admits a new object, changing it where a plugin does.
///
/// # Errors
/// What the first plugin that refuses says.
pub fn create(server: &ApiServer, cx: &mut Cx, target: &Target, object: &mut Value) -> Result<(), Status> {
    namespace_lifecycle::admit(server, target, object)?;
    match target.resource.key() {
        "pods" => {
            limit_range::default(server, target, object);
            service_account::admit(server, cx, target, object)?;
            priority::admit(server, target, object)?;
            runtime_class::admit(server, target, object)?;
            tolerations::admit(object);
        }
        "persistentvolumeclaims" => {
            default_class::of_claim(server, object);
            storage::protect(object, "kubernetes.io/pvc-protection");
        }
        "ingresses.networking.k8s.io" => default_class::of_ingress(server, object),
        "persistentvolumes" => storage::protect(object, "kubernetes.io/pv-protection"),
        super::certificates::KEY => super::certificates::admit(object)?,
        priority::CLASSES => priority::one_default(server, target, object)?,
        _ => {}
    }
    Ok(())
}

/// Puts an item at the end of a list, which is made if there is none.
fn append(object: &mut Value, list: &str, item: Value) {
    match object.get_mut(list).and_then(Value::as_array_mut) {
        Some(items) => items.push(item),
        None => path::set(object, list, vec![item]),
    }
}

/// Admits a changed object, changing it where a plugin does.
///
/// # Errors
/// What the first plugin that refuses says.
pub fn update(server: &ApiServer, _cx: &mut Cx, target: &Target, new: &mut Value, old: &Value) -> Result<(), Status> {
    match target.resource.key() {
        // What admission once filled in stays if the update leaves it out.
        "pods" => {
            for field in ["priority", "preemptionPolicy"] {
                if new["spec"].get(field).is_none()
                    && let Some(value) = old["spec"].get(field)
                {
                    new["spec"][field] = value.clone();
                }
            }
            tolerations::admit(new);
        }
        priority::CLASSES => priority::one_default(server, target, new)?,
        "persistentvolumeclaims" if path::str(new, "spec.volumeName").is_empty() => {
            default_class::of_claim(server, new)
        }
        _ => {}
    }
    Ok(())
}

/// Asks the plugins that only look at a valid object, `new`, which may take the place of an `old` one. Returns what they warn of in a
/// new object; what there is to warn of in a changed one is asked for when somebody reads it.
///
/// # Errors
/// What the first plugin that refuses says.
pub fn validate(
    server: &mut ApiServer,
    target: &Target,
    old: Option<&Value>,
    new: &Value,
) -> Result<Vec<String>, Status> {
    let key = target.resource.key();
    let resizes = target.subresource == "resize";
    let is_charged = target.subresource.is_empty() || resizes;
    if let Some(old) = old.filter(|_| is_charged && key == "persistentvolumeclaims") {
        resize::validate(server, target, new, old)?;
    }
    if old.is_none() || resizes || is_charged && key == "persistentvolumeclaims" {
        limit_range::validate(server, target, new)?;
    }
    let mut warnings = Vec::new();
    match old {
        None => warnings = pod_security::admit(server, target, None, new)?,
        Some(_) if key == "pods" && target.subresource != "status" => {
            pod_security::admit(server, target, old, new)?;
        }
        Some(_) => {}
    }
    if is_charged {
        resource_quota::charge(server, target, old, new)?;
    }
    Ok(warnings)
}

/// The name an object is refused under; one that is still to be generated is named by its prefix.
fn name_of<'a>(target: &'a Target, object: &'a Value) -> &'a str {
    [path::str(object, "metadata.name"), path::str(object, "metadata.generateName"), &target.name]
        .into_iter()
        .find(|name| !name.is_empty())
        .unwrap_or_default()
}

fn forbidden(target: &Target, object: &Value, why: &str) -> Status {
    Status::forbidden(target.resource.group, target.resource.plural, name_of(target, object), why)
}
