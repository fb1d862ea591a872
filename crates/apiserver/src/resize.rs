//! `pods/resize`: changes the processors and the memory of a Pod's containers, and nothing else.
//!
//! <https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/>, `ValidatePodResize` in
//! pkg/apis/core/validation

use api::path;
use serde_json::Value;

use super::qos;
use super::validation::Errors;

const LISTS: [&str; 2] = ["containers", "initContainers"];

/// The old Pod with the resources and the resize policies of the new one's containers.
pub fn with_resources_of(old: &Value, new: &Value) -> Value {
    let mut pod = old.clone();
    for list in LISTS {
        for container in pod["spec"].get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            let Some(wanted) = path::list(&new["spec"], list).iter().find(|one| one["name"] == container["name"])
            else {
                continue;
            };
            for field in ["resources", "resizePolicy"] {
                match wanted.get(field) {
                    Some(value) => container[field] = value.clone(),
                    None => _ = path::remove(container, field),
                }
            }
        }
    }
    pod
}

/// Finds what a resize must not change.
pub fn validate(new: &Value, old: &Value, errors: &mut Errors) {
    if old["metadata"]["annotations"].get("kubernetes.io/config.mirror").is_some() {
        return errors.forbidden("", "static pods cannot be resized");
    }
    if path::str(old, "status.qosClass") != qos::class(&new["spec"]) {
        let why = "Pod QOS Class may not change as a result of resizing";
        errors.invalid("spec", new["status"]["qosClass"].clone(), why);
    }
    for list in LISTS {
        let pairs = path::list(&new["spec"], list).iter().zip(path::list(&old["spec"], list));
        for (index, (now, before)) in pairs.enumerate() {
            let field = format!("spec.{list}[{index}].resources");
            for (kind, what) in [("limits", "resource limits"), ("requests", "resource requests")] {
                let (now, before) = (&now["resources"][kind], &before["resources"][kind]);
                let gone = names(before).any(|name| now.get(name).is_none());
                if gone {
                    errors.forbidden(format!("{field}.{kind}"), &format!("{what} cannot be removed"));
                }
                let differs = |name: &str| now.get(name) != before.get(name);
                if names(now).any(|name| !matches!(name, "cpu" | "memory") && differs(name)) {
                    errors.forbidden("spec", "only cpu and memory resources are mutable");
                }
            }
            let sidecar = list == "containers" || now["restartPolicy"] == "Always";
            if !sidecar && now["resources"] != before["resources"] {
                errors.forbidden(&field, "resources for non-sidecar init containers are immutable");
            }
        }
    }
}

fn names(map: &Value) -> impl Iterator<Item = &str> {
    map.as_object().into_iter().flatten().map(|(name, _)| name.as_str())
}
