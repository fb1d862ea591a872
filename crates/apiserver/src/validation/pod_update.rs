//! What an update may change of a Pod: almost nothing of its spec.

use api::path;
use serde_json::Value;

use super::Errors;

/// `ValidatePodUpdate`: images, `activeDeadlineSeconds`, more tolerations, and `terminationGracePeriodSeconds` from a
/// negative value to 1.
pub fn pod_update(new: &Value, old: &Value, errors: &mut Errors) {
    if new["spec"] == old["spec"] {
        return;
    }
    for list in ["containers", "initContainers"] {
        let field = format_args!("spec.{list}");
        let (old, new) = (path::list(&old["spec"], list), path::list(&new["spec"], list));
        if new.len() != old.len() {
            errors.forbidden(field, "pod updates may not add or remove containers");
            return;
        }
        for (index, container) in new.iter().enumerate() {
            let image = path::str(container, "image");
            if image.trim() != image {
                let why = "must not have leading or trailing whitespace";
                errors.invalid(format_args!("{field}[{index}].image"), image, why);
            }
        }
    }
    let (deadline, old_deadline) = (&new["spec"]["activeDeadlineSeconds"], &old["spec"]["activeDeadlineSeconds"]);
    match (deadline.as_i64(), old_deadline.as_i64()) {
        (Some(now), Some(before)) if before < now => {
            errors.invalid("spec.activeDeadlineSeconds", now, "must be less than or equal to previous value");
            return;
        }
        (None, Some(_)) => {
            let why = "must not update from a positive integer to nil value";
            errors.invalid("spec.activeDeadlineSeconds", Value::Null, why);
        }
        _ => {}
    }
    let tolerations: Vec<Value> = path::list(new, "spec.tolerations").iter().map(without_seconds).collect();
    if path::list(old, "spec.tolerations").iter().any(|before| !tolerations.contains(&without_seconds(before))) {
        let why = "existing toleration can not be modified except its tolerationSeconds";
        errors.forbidden("spec.tolerations", why);
    }
    let mut munged = new["spec"].clone();
    for list in ["containers", "initContainers"] {
        let before = path::list(old, &format!("spec.{list}"));
        for (container, before) in munged.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten().zip(before)
        {
            container["image"] = before["image"].clone();
        }
    }
    for field in ["activeDeadlineSeconds", "tolerations", "schedulingGates"] {
        match old["spec"].get(field) {
            Some(before) => munged[field] = before.clone(),
            None => _ = path::remove(&mut munged, field),
        }
    }
    let grace = &old["spec"]["terminationGracePeriodSeconds"];
    if grace.as_i64().is_some_and(|grace| grace < 0) && munged["terminationGracePeriodSeconds"] == 1 {
        munged["terminationGracePeriodSeconds"] = grace.clone();
    }
    if munged != old["spec"] {
        errors.forbidden(
            "spec",
            &format!(
                "pod updates may not change fields other than \
                 `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` \
                 (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if \
                 it was previously negative)\n{}",
                super::field::difference(&old["spec"], &munged)
            ),
        );
    }
}

fn without_seconds(toleration: &Value) -> Value {
    let mut toleration = toleration.clone();
    path::remove(&mut toleration, "tolerationSeconds");
    toleration
}
