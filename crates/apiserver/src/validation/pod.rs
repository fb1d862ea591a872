//! Pods and Pod templates: `ValidatePodSpec` of kubernetes/pkg/apis/core/validation.

use std::fmt::Arguments;

use api::{names, path};
use serde_json::Value;

use super::{Errors, affinity, container, one_of, volumes};
use crate::metadata::validate_labels;

/// A Pod.
pub fn pod(pod: &Value, errors: &mut Errors) {
    spec(&pod["spec"], format_args!("spec"), errors);
}

/// A Pod template; `field` is where it is.
pub fn template(template: &Value, field: Arguments, errors: &mut Errors) {
    validate_labels(&template["metadata"]["labels"], format_args!("{field}.labels"), errors);
    for key in path::object(template, "metadata.annotations").into_iter().flat_map(serde_json::Map::keys) {
        let field = format_args!("{field}.annotations");
        errors.invalid_all(field, key, &names::qualified_name(&key.to_lowercase()));
    }
    spec(&template["spec"], format_args!("{field}.spec"), errors);
    if !path::list(template, "spec.ephemeralContainers").is_empty() {
        let why = "ephemeral containers not allowed in pod template";
        errors.forbidden(format_args!("{field}.spec.ephemeralContainers"), why);
    }
}

fn spec(spec: &Value, field: Arguments, errors: &mut Errors) {
    let volumes = volumes::volumes(path::list(spec, "volumes"), format_args!("{field}.volumes"), errors);
    container::containers(spec, &volumes, field, errors);
    container::init_containers(spec, &volumes, field, errors);
    one_of(spec, "restartPolicy", field, &["Always", "OnFailure", "Never"], errors);
    one_of(spec, "dnsPolicy", field, &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"], errors);
    validate_labels(&spec["nodeSelector"], format_args!("{field}.nodeSelector"), errors);
    affinity::affinity(&spec["affinity"], format_args!("{field}.affinity"), errors);
    for (name, rule) in [
        ("serviceAccountName", names::dns1123_subdomain as fn(&str) -> Vec<String>),
        ("nodeName", names::dns1123_subdomain),
    ] {
        let value = path::str(spec, name);
        if !value.is_empty() {
            errors.invalid_all(format_args!("{field}.{name}"), value, &rule(value));
        }
    }
    if let Some(seconds) =
        spec["activeDeadlineSeconds"].as_i64().filter(|seconds| *seconds < 1 || *seconds > i64::from(i32::MAX))
    {
        let why = "must be between 1 and 2147483647, inclusive";
        errors.invalid(format_args!("{field}.activeDeadlineSeconds"), seconds, why);
    }
    for name in ["hostname", "subdomain"] {
        let value = path::str(spec, name);
        if !value.is_empty() {
            errors.invalid_all(format_args!("{field}.{name}"), value, &names::dns1123_label(value));
        }
    }
    tolerations(path::list(spec, "tolerations"), format_args!("{field}.tolerations"), errors);
    let class = path::str(spec, "priorityClassName");
    if !class.is_empty() {
        errors.invalid_all(format_args!("{field}.priorityClassName"), class, &names::dns1123_subdomain(class));
    }
    one_of(spec, "preemptionPolicy", field, &["PreemptLowerPriority", "Never"], errors);
    let constraints = path::list(spec, "topologySpreadConstraints");
    affinity::spread(constraints, format_args!("{field}.topologySpreadConstraints"), errors);
}

pub(super) fn tolerations(tolerations: &[Value], field: Arguments, errors: &mut Errors) {
    for (index, toleration) in tolerations.iter().enumerate() {
        let here = format_args!("{field}[{index}]");
        let (key, operator) = (path::str(toleration, "key"), path::str(toleration, "operator"));
        let (effect, value) = (path::str(toleration, "effect"), path::str(toleration, "value"));
        if !key.is_empty() {
            errors.invalid_all(format_args!("{here}.key"), key, &names::qualified_name(key));
        } else if operator != "Exists" {
            let why = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
            errors.invalid(format_args!("{here}.operator"), operator, why);
        }
        if toleration.get("tolerationSeconds").is_some() && effect != "NoExecute" {
            let why = "effect must be 'NoExecute' when `tolerationSeconds` is set";
            errors.invalid(format_args!("{here}.effect"), effect, why);
        }
        match operator {
            "Equal" | "" => {
                let wrong = names::label_value(value);
                if !wrong.is_empty() {
                    errors.invalid(format_args!("{here}.operator"), value, &wrong.join(";"));
                }
            }
            "Exists" if !value.is_empty() => {
                let why = "value must be empty when `operator` is 'Exists'";
                errors.invalid(format_args!("{here}.operator"), value, why);
            }
            "Exists" => {}
            other => errors.unsupported(format_args!("{here}.operator"), other, &["Equal", "Exists"]),
        }
        one_of(toleration, "effect", here, &["NoSchedule", "PreferNoSchedule", "NoExecute"], errors);
    }
}
