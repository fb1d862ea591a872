//! Roles and their bindings, priority classes, disruption budgets, quotas and limit ranges.
//!
//! Follows kubernetes/pkg/apis/{rbac,scheduling,policy}/validation and ValidateResourceQuota and ValidateLimitRange of
//! pkg/apis/core/validation.

use std::collections::BTreeSet;

use api::{Quantity, names, path};
use serde_json::Value;

use super::{Errors, workloads};
use crate::escalation::GROUP;

/// The highest value of a class that is not the system's.
const HIGHEST_PRIORITY: i64 = 1_000_000_000;

/// The names that a quota may count or sum up.
const QUOTA_RESOURCES: &[&str] = &[
    "configmaps",
    "cpu",
    "ephemeral-storage",
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "memory",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
    "requests.storage",
    "resourcequotas",
    "secrets",
    "services",
    "services.loadbalancers",
    "services.nodeports",
];

/// A Role or ClusterRole.
pub fn role(object: &Value, errors: &mut Errors) {
    let namespaced = object["kind"] == "Role";
    for (index, rule) in path::list(object, "rules").iter().enumerate() {
        let field = format_args!("rules[{index}]");
        let lacks = |name: &str| path::list(rule, name).is_empty();
        if lacks("verbs") {
            errors.required(format_args!("{field}.verbs"), "verbs must contain at least one value");
        }
        if !lacks("nonResourceURLs") {
            let mut refuse = |why: &str| {
                errors.invalid(format_args!("{field}.nonResourceURLs"), rule["nonResourceURLs"].clone(), why);
            };
            if namespaced {
                refuse("namespaced rules cannot apply to non-resource URLs");
            }
            if !lacks("apiGroups") || !lacks("resources") || !lacks("resourceNames") {
                refuse("rules cannot apply to both regular resources and non-resource URLs");
            }
            continue;
        }
        for (name, what) in [("apiGroups", "api group"), ("resources", "resource")] {
            if lacks(name) {
                errors.required(
                    format_args!("{field}.{name}"),
                    &format!("resource rules must supply at least one {what}"),
                );
            }
        }
    }
}

/// A RoleBinding or ClusterRoleBinding.
pub fn role_binding(object: &Value, errors: &mut Errors) {
    let namespaced = object["kind"] == "RoleBinding";
    let role = &object["roleRef"];
    if path::str(role, "apiGroup") != GROUP {
        errors.unsupported("roleRef.apiGroup", path::str(role, "apiGroup"), &[GROUP]);
    }
    let kinds: &[&str] = if namespaced { &["Role", "ClusterRole"] } else { &["ClusterRole"] };
    if !kinds.contains(&path::str(role, "kind")) {
        errors.unsupported("roleRef.kind", path::str(role, "kind"), kinds);
    }
    if path::str(role, "name").is_empty() {
        errors.required("roleRef.name", "");
    }
    for (index, subject) in path::list(object, "subjects").iter().enumerate() {
        let field = format_args!("subjects[{index}]");
        let (kind, name, group) =
            (path::str(subject, "kind"), path::str(subject, "name"), path::str(subject, "apiGroup"));
        if name.is_empty() {
            errors.required(format_args!("{field}.name"), "");
        }
        let wanted = match kind {
            "ServiceAccount" => {
                if !name.is_empty() {
                    errors.invalid_all(format_args!("{field}.name"), name, &names::dns1123_subdomain(name));
                }
                ""
            }
            "User" | "Group" => GROUP,
            _ => {
                errors.unsupported(format_args!("{field}.kind"), kind, &["ServiceAccount", "User", "Group"]);
                continue;
            }
        };
        if group != wanted {
            errors.unsupported(format_args!("{field}.apiGroup"), group, &[wanted]);
        }
        if kind == "ServiceAccount" && !namespaced && path::str(subject, "namespace").is_empty() {
            errors.required(format_args!("{field}.namespace"), "");
        }
    }
}

/// The role of a binding never changes.
pub fn role_binding_update(new: &Value, old: &Value, errors: &mut Errors) {
    if new["roleRef"] != old["roleRef"] {
        errors.invalid("roleRef", new["roleRef"].clone(), "cannot change roleRef");
    }
}

/// A PriorityClass.
pub fn priority_class(object: &Value, errors: &mut Errors) {
    let (name, value) = (path::str(object, "metadata.name"), path::int(object, "value").unwrap_or(0));
    let known = [("system-node-critical", 2_000_001_000), ("system-cluster-critical", 2_000_000_000)];
    if name.starts_with("system-") && !known.contains(&(name, value)) {
        let why = match known.into_iter().find(|(known, _)| *known == name) {
            Some((_, value)) => format!("value of {name} PriorityClass must be {value}"),
            None => format!("{name} is not a known system priority class"),
        };
        let why = format!("priority class names with 'system-' prefix are reserved for system use only. error: {why}");
        errors.forbidden("metadata.name", &why);
    } else if !name.starts_with("system-") && value > HIGHEST_PRIORITY {
        let why = format!("maximum allowed value of a user defined priority is {HIGHEST_PRIORITY}");
        errors.forbidden("value", &why);
    }
    let (policy, known) = (path::str(object, "preemptionPolicy"), ["PreemptLowerPriority", "Never"]);
    if !known.contains(&policy) {
        errors.unsupported("preemptionPolicy", policy, &known);
    }
}

/// The value of a PriorityClass never changes.
pub fn priority_class_update(new: &Value, old: &Value, errors: &mut Errors) {
    if new["value"] != old["value"] {
        errors.forbidden("value", "may not be changed in an update.");
    }
    if new["preemptionPolicy"] != old["preemptionPolicy"] {
        errors.invalid("preemptionPolicy", new["preemptionPolicy"].clone(), "field is immutable");
    }
}

/// A PodDisruptionBudget.
pub fn disruption_budget(object: &Value, errors: &mut Errors) {
    let spec = &object["spec"];
    let bounds = ["minAvailable", "maxUnavailable"];
    if bounds.iter().all(|bound| !spec[*bound].is_null()) {
        errors.invalid("spec", spec.clone(), "minAvailable and maxUnavailable cannot be both set");
    }
    for bound in bounds.into_iter().filter(|bound| !spec[*bound].is_null()) {
        let field = format_args!("spec.{bound}");
        workloads::int_or_percent(&spec[bound], field, errors);
        if spec[bound].is_string() && workloads::amount(&spec[bound]).is_some_and(|percent| percent > 100) {
            errors.invalid(field, spec[bound].clone(), "must not be greater than 100%");
        }
    }
}

/// A ResourceQuota.
pub fn quota(object: &Value, errors: &mut Errors) {
    for (name, amount) in path::object(object, "spec.hard").into_iter().flatten() {
        let field = format_args!("spec.hard[{name}]");
        let odd = names::qualified_name(name);
        errors.invalid_all(field, name, &odd);
        let known = QUOTA_RESOURCES.contains(&name.as_str()) || name.starts_with("hugepages-");
        if odd.is_empty() && !name.contains('/') && !known {
            if name != "storage" {
                errors.invalid(field, name.clone(), "must be a standard resource type or fully qualified");
            }
            errors.invalid(field, name.clone(), "must be a standard resource for quota");
        }
        let amount = quantity(amount);
        if amount.is_negative() {
            errors.invalid(field, amount.to_string(), super::NOT_NEGATIVE);
        }
        let counts = QUOTA_RESOURCES.contains(&name.as_str())
            && !["cpu", "memory", "storage"].iter().any(|unit| name.ends_with(unit));
        if counts && amount.milli_value() % 1000 != 0 {
            errors.invalid(field, amount.to_string(), "must be an integer");
        }
    }
    scopes(&object["spec"], errors);
}

/// `validateResourceQuotaScopes`: what a scope cannot count.
fn scopes(spec: &Value, errors: &mut Errors) {
    const COMPUTE: &[&str] =
        &["cpu", "limits.cpu", "limits.memory", "memory", "requests.cpu", "requests.memory", "pods"];
    let scopes = path::list(spec, "scopes");
    let mut invalid = |why: &str| errors.invalid("spec.scopes", spec["scopes"].clone(), why);
    for scope in scopes.iter().filter_map(Value::as_str) {
        let fits: fn(&str) -> bool = match scope {
            "Terminating" | "NotTerminating" | "NotBestEffort" | "PriorityClass" | "CrossNamespacePodAffinity" => {
                |name| COMPUTE.contains(&name)
            }
            "BestEffort" => |name| name == "pods",
            "VolumeAttributesClass" => |name| name == "persistentvolumeclaims" || name == "requests.storage",
            _ => {
                invalid("unsupported scope");
                |_| true
            }
        };
        for name in path::object(spec, "hard").into_iter().flat_map(serde_json::Map::keys) {
            let standard = QUOTA_RESOURCES.contains(&name.as_str()) || name.starts_with("hugepages-");
            if standard && !fits(name) {
                invalid("unsupported scope applied to resource");
            }
        }
    }
    let has = |scope: &str| scopes.iter().any(|one| *one == scope);
    for (one, other) in [("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")] {
        if has(one) && has(other) {
            invalid("conflicting scopes");
        }
    }
}

/// A LimitRange.
pub fn limit_range(object: &Value, errors: &mut Errors) {
    let limits = path::list(object, "spec.limits");
    for (index, limit) in limits.iter().enumerate() {
        let field = format_args!("spec.limits[{index}]");
        let kind = path::str(limit, "type");
        if !["Pod", "Container", "PersistentVolumeClaim"].contains(&kind) && !kind.contains('/') {
            let why = "must be a standard limit type or fully qualified";
            errors.invalid(format_args!("{field}.type"), kind, why);
        }
        if limits[..index].iter().any(|other| other["type"] == limit["type"]) {
            errors.duplicate(format_args!("{field}.type"), kind);
        }
        for part in ["default", "defaultRequest"] {
            if kind == "Pod" && path::object(limit, part).is_some_and(|part| !part.is_empty()) {
                errors.forbidden(format_args!("{field}.{part}"), "may not be specified when `type` is 'Pod'");
            }
        }
        let storage = |part: &str| limit[part].get("storage").is_some();
        if kind == "PersistentVolumeClaim" && !storage("min") && !storage("max") {
            let why = "either minimum or maximum storage value is required, but neither was provided";
            errors.required(format_args!("{field}.limits"), why);
        }
        let parts = ["min", "max", "default", "defaultRequest", "maxLimitRequestRatio"];
        let parts = parts.into_iter().filter_map(|part| path::object(limit, part));
        let resources: BTreeSet<&String> = sim::order::collect(parts.flat_map(|part| part.keys()));
        for name in resources {
            // Of two that are there the first may not be greater; whose field is wrong, and which of both is shown.
            for (small, large, words, field_of, shown) in [
                ("min", "max", "min value {} is greater than max value {}", "min", "min"),
                (
                    "min",
                    "defaultRequest",
                    "min value {} is greater than default request value {}",
                    "defaultRequest",
                    "defaultRequest",
                ),
                (
                    "defaultRequest",
                    "max",
                    "default request value {} is greater than max value {}",
                    "defaultRequest",
                    "defaultRequest",
                ),
                (
                    "defaultRequest",
                    "default",
                    "default request value {} is greater than default limit value {}",
                    "defaultRequest",
                    "defaultRequest",
                ),
                ("min", "default", "min value {} is greater than default value {}", "default", "min"),
                ("default", "max", "default value {} is greater than max value {}", "default", "max"),
            ] {
                let of = |part: &str| limit[part].get(name).filter(|_| kind != "Pod" || !part.starts_with("default"));
                let (Some(small), Some(large)) = (of(small), of(large)) else { continue };
                if quantity(small) > quantity(large) {
                    let why = words.replacen("{}", &quantity(small).to_string(), 1);
                    let why = why.replacen("{}", &quantity(large).to_string(), 1);
                    errors.invalid(format_args!("{field}.{field_of}[{name}]"), limit[shown][name].clone(), &why);
                }
            }
            let ratio = limit["maxLimitRequestRatio"].get(name).map(quantity);
            if let Some(ratio) = ratio.filter(|ratio| *ratio < Quantity::from_int(1)) {
                let field = format_args!("{field}.maxLimitRequestRatio[{name}]");
                errors.invalid(field, ratio.to_string(), &format!("ratio {ratio} is less than 1"));
            }
        }
    }
}

fn quantity(value: &Value) -> Quantity {
    Quantity::parse(value.as_str().unwrap_or_default()).unwrap_or(Quantity::ZERO)
}
