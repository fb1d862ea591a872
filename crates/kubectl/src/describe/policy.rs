//! `kubectl describe` for ResourceQuota, PodDisruptionBudget, Role and RoleBinding

use api::path;
use serde_json::Value;

use super::text::{Text, format_labels, format_selector, scalar};
use crate::rbac_rules;

/// Describes a ResourceQuota.
pub fn quota(text: &mut Text, quota: &Value) {
    text.name(quota);
    let mut scopes: Vec<&str> = path::list(quota, "spec.scopes").iter().filter_map(Value::as_str).collect();
    sim::order::sort_texts(&mut scopes);
    if !scopes.is_empty() {
        text.pair(0, "Scopes", scopes.join(", "));
        for scope in scopes {
            let meaning = match scope {
                "Terminating" => {
                    "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being \
                     actively terminated by the system."
                }
                "NotTerminating" => {
                    "Matches all pods that do not have an active deadline. These pods usually include long running pods whose \
                     container command is not expected to terminate."
                }
                "BestEffort" => {
                    "Matches all pods that do not have resource requirements set. These pods have a best effort quality of \
                     service."
                }
                "NotBestEffort" => {
                    "Matches all pods that have at least one resource requirement set. These pods have a burstable or \
                     guaranteed quality of service."
                }
                _ => continue,
            };
            text.line(0, format!(" * {meaning}"));
        }
    }
    text.line(0, "Resource\tUsed\tHard");
    text.line(0, "--------\t----\t----");
    for (resource, hard) in path::object(quota, "status.hard").into_iter().flatten() {
        let used = &quota["status"]["used"][resource];
        text.line(0, format!("{resource}\t{}\t{}", scalar(used), scalar(hard)));
    }
}

/// Describes a PodDisruptionBudget.
pub fn disruption_budget(text: &mut Text, budget: &Value) {
    let (spec, status) = (&budget["spec"], &budget["status"]);
    text.name(budget);
    if !spec["minAvailable"].is_null() {
        text.pair(0, "Min available", scalar(&spec["minAvailable"]));
    } else if !spec["maxUnavailable"].is_null() {
        text.pair(0, "Max unavailable", scalar(&spec["maxUnavailable"]));
    }
    text.pair(0, "Selector", format_selector(&spec["selector"]));
    text.line(0, "Status:");
    for (title, field) in [
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ] {
        text.pair(2, title, path::int(status, field).unwrap_or_default().to_string());
    }
}

/// Describes a PriorityClass.
pub fn priority_class(text: &mut Text, class: &Value) {
    text.pair(0, "Name", path::str(class, "metadata.name"));
    text.pair(0, "Value", scalar(&class["value"]));
    text.pair(0, "GlobalDefault", path::bool(class, "globalDefault").to_string());
    text.pair(0, "PreemptionPolicy", path::str(class, "preemptionPolicy"));
    text.pair(0, "Description", path::str(class, "description"));
    text.pair(0, "Annotations", format_labels(path::get(class, "metadata.annotations")));
}

/// Describes a Role or ClusterRole: a line a resource.
pub fn role(text: &mut Text, role: &Value) {
    text.pair(0, "Name", path::str(role, "metadata.name"));
    text.labels_and_annotations(role);
    text.line(0, "PolicyRule:");
    text.line(1, "Resources\tNon-Resource URLs\tResource Names\tVerbs");
    text.line(1, "---------\t-----------------\t--------------\t-----");
    rbac_rules::table(path::list(role, "rules").iter()).iter().for_each(|line| text.line(1, line));
}

/// Describes a RoleBinding or ClusterRoleBinding.
pub fn role_binding(text: &mut Text, binding: &Value) {
    text.pair(0, "Name", path::str(binding, "metadata.name"));
    text.labels_and_annotations(binding);
    text.line(0, "Role:");
    text.pair(1, "Kind", path::str(binding, "roleRef.kind"));
    text.pair(1, "Name", path::str(binding, "roleRef.name"));
    text.line(0, "Subjects:");
    text.line(1, "Kind\tName\tNamespace");
    text.line(1, "----\t----\t---------");
    for subject in path::list(binding, "subjects") {
        let field = |name: &str| path::str(subject, name).to_owned();
        text.line(1, format!("{}\t{}\t{}", field("kind"), field("name"), field("namespace")));
    }
}
