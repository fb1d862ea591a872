//! Ephemeral containers: `ValidatePodEphemeralContainersUpdate` of kubernetes/pkg/apis/core/validation.

use api::{names, path};
use serde_json::Value;

use super::Errors;

/// A Pod whose ephemeral containers were changed: they can only become more.
pub fn ephemeral_containers(pod: &Value, old: &Value, errors: &mut Errors) {
    const FIELD: &str = "spec.ephemeralContainers";
    let taken = ["spec.containers", "spec.initContainers"].into_iter().flat_map(|list| path::list(pod, list));
    let mut known: Vec<&str> = taken.map(|one| path::str(one, "name")).collect();
    for (at, one) in path::list(pod, FIELD).iter().enumerate() {
        let (field, name) = (format!("{FIELD}[{at}]"), path::str(one, "name"));
        if name.is_empty() {
            errors.required(format_args!("{field}.name"), "");
        } else {
            errors.invalid_all(format_args!("{field}.name"), name, &names::dns1123_label(name));
        }
        if known.contains(&name) {
            errors.duplicate(format_args!("{field}.name"), name);
        }
        known.push(name);
        if path::str(one, "image").is_empty() {
            errors.required(format_args!("{field}.image"), "");
        }
        for forbidden in ["ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle"] {
            if !one[forbidden].is_null() {
                errors.forbidden(format_args!("{field}.{forbidden}"), "cannot be set for an Ephemeral Container");
            }
        }
    }
    for before in path::list(old, FIELD) {
        let name = path::str(before, "name");
        match path::list(pod, FIELD).iter().find(|one| one["name"] == name) {
            None => errors.forbidden(FIELD, &format!("existing ephemeral containers {name:?} may not be removed\n")),
            Some(now) if now != before => {
                errors.forbidden(FIELD, &format!("existing ephemeral containers {name:?} may not be changed\n"));
            }
            Some(_) => {}
        }
    }
}
