//! Priority: the number behind a PriorityClass.

use api::{Status, path};
use serde_json::Value;

use super::forbidden;
use crate::route::Target;
use crate::{ApiServer, ObjectKey};

/// The resource of PriorityClasses.
pub const CLASSES: &str = "priorityclasses.scheduling.k8s.io";

/// Refuses a second class that is the default.
///
/// # Errors
/// 403.
pub fn one_default(server: &ApiServer, target: &Target, class: &Value) -> Result<(), Status> {
    let is_default = |class: &Value| path::bool(class, "globalDefault");
    let other = server.store.list(CLASSES, None).find(|(key, other)| is_default(other) && *key.name != *target.name);
    match other.filter(|_| is_default(class)) {
        Some((key, _)) => {
            let why = format!("PriorityClass {} is already marked as default. Only one default can exist", key.name);
            Err(forbidden(target, class, &why))
        }
        None => Ok(()),
    }
}

/// Sets `priority` and `preemptionPolicy` from the Pod's class, or from the default one.
///
/// # Errors
/// 403 when the class is missing.
pub fn admit(server: &ApiServer, target: &Target, pod: &mut Value) -> Result<(), Status> {
    let name = path::str(pod, "spec.priorityClassName").to_owned();
    let class = if name.is_empty() {
        let default = server.store.list(CLASSES, None).map(|(_, class)| class);
        let default =
            default.filter(|class| path::bool(class, "globalDefault")).min_by_key(|class| class["value"].as_i64());
        if let Some(default) = default {
            path::set(pod, "spec.priorityClassName", path::str(default, "metadata.name"));
        }
        default
    } else {
        server.store.get(&ObjectKey::new(CLASSES, "", &name))
    };
    let (value, policy) = match (class, name.as_str()) {
        (Some(class), _) => (class["value"].as_i64().unwrap_or_default(), path::str(class, "preemptionPolicy")),
        (None, "") => (0, ""),
        // These two are always there.
        (None, "system-cluster-critical") => (2_000_000_000, ""),
        (None, "system-node-critical") => (2_000_001_000, ""),
        (None, name) => return Err(forbidden(target, pod, &format!("no PriorityClass with name {name} was found"))),
    };
    path::set(pod, "spec.priority", value);
    path::set(pod, "spec.preemptionPolicy", if policy.is_empty() { "PreemptLowerPriority" } else { policy });
    Ok(())
}
