//! `namespace`, `namePrefix`, `labels`, `commonAnnotations`, `replicas`, `images`, and the order of `kubectl kustomize`.

use api::path;
use serde_json::Value;

use super::{Item, each, template};
use crate::error::{Outcome, plain};

fn is_cluster_scoped(item: &Item) -> bool {
    api::resource_of_kind(path::str(&item.object, "apiVersion"), item.kind())
        .is_some_and(|resource| !resource.namespaced)
}

/// Puts all into a namespace.
pub fn namespace(items: &mut [Item], namespace: &str) {
    let accounts: Vec<Vec<String>> = items
        .iter()
        .filter(|item| item.kind() == "ServiceAccount")
        .map(|item| item.names.iter().cloned().chain([item.name().to_owned()]).collect())
        .collect();
    for item in items {
        match item.kind() {
            "Namespace" => item.rename(namespace.to_owned()),
            "RoleBinding" | "ClusterRoleBinding" => {
                for subject in item.object["subjects"].as_array_mut().into_iter().flatten() {
                    let name = path::str(subject, "name");
                    let own = name == "default" || accounts.iter().any(|names| names.iter().any(|one| one == name));
                    if subject["kind"] == "ServiceAccount" && own {
                        subject["namespace"] = namespace.into();
                    }
                }
            }
            _ => {}
        }
        if !is_cluster_scoped(item) {
            path::set(&mut item.object, "metadata.namespace", namespace);
        }
    }
}

/// Puts something before and behind all names.
pub fn rename(items: &mut [Item], prefix: &str, suffix: &str) {
    for item in items {
        if !matches!(item.kind(), "CustomResourceDefinition" | "Namespace" | "APIService") {
            let name = format!("{prefix}{}{suffix}", item.name());
            item.rename(name);
        }
    }
}

fn put(object: &mut Value, place: &str, create: bool, pairs: &Value) {
    each(object, place, create, &mut |map| {
        if map.is_null() {
            *map = Value::Object(serde_json::Map::new());
        }
        for (key, value) in pairs.as_object().into_iter().flatten() {
            map[key] = match value {
                Value::String(_) => value.clone(),
                other => other.to_string().into(),
            };
        }
    });
}

/// Adds labels: to the objects, to their Pods' templates, to their selectors.
pub fn labels(items: &mut [Item], pairs: &Value, selectors: bool, templates: bool) {
    if !pairs.is_object() {
        return;
    }
    for item in items {
        let kind = item.kind().to_owned();
        let object = &mut item.object;
        put(object, "metadata/labels", true, pairs);
        if (selectors || templates) && kind != "Pod" && kind != "PodTemplate" {
            if kind == "CronJob" {
                put(object, "spec/jobTemplate/metadata/labels", true, pairs);
            }
            if let Some(place) = template(&kind) {
                put(object, &format!("{place}metadata/labels"), true, pairs);
            }
            if kind == "StatefulSet" && object["spec"]["volumeClaimTemplates"].is_array() {
                put(&mut object["spec"]["volumeClaimTemplates"], "metadata/labels", true, pairs);
            }
        }
        if !selectors {
            continue;
        }
        match kind.as_str() {
            "Service" | "ReplicationController" => put(object, "spec/selector", true, pairs),
            "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet" => {
                put(object, "spec/selector/matchLabels", true, pairs);
                for affinity in ["podAffinity", "podAntiAffinity"] {
                    let place = format!("spec/template/spec/affinity/{affinity}");
                    let soft = "preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm";
                    for term in [soft, "requiredDuringSchedulingIgnoredDuringExecution"] {
                        put(object, &format!("{place}/{term}/labelSelector/matchLabels"), false, pairs);
                    }
                }
                let spread = "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels";
                put(object, spread, false, pairs);
            }
            "Job" | "PodDisruptionBudget" => put(object, "spec/selector/matchLabels", false, pairs),
            "CronJob" => put(object, "spec/jobTemplate/spec/selector/matchLabels", false, pairs),
            "NetworkPolicy" => {
                for place in ["spec/podSelector", "spec/ingress/from/podSelector", "spec/egress/to/podSelector"] {
                    put(object, &format!("{place}/matchLabels"), false, pairs);
                }
            }
            _ => {}
        }
    }
}

/// Adds annotations to the objects and their Pods' templates.
pub fn annotations(items: &mut [Item], pairs: &Value) {
    if !pairs.is_object() {
        return;
    }
    for item in items {
        let kind = item.kind().to_owned();
        put(&mut item.object, "metadata/annotations", true, pairs);
        if kind == "CronJob" {
            put(&mut item.object, "spec/jobTemplate/metadata/annotations", true, pairs);
        }
        if let Some(place) = template(&kind).filter(|place| !place.is_empty() && kind != "PodTemplate") {
            put(&mut item.object, &format!("{place}metadata/annotations"), true, pairs);
        }
    }
}

/// Sets how many replicas an object has.
pub fn replicas(items: &mut [Item], entry: &Value) -> Outcome {
    let name = path::str(entry, "name");
    let mut found = false;
    for item in items {
        let scales = matches!(item.kind(), "Deployment" | "ReplicationController" | "ReplicaSet" | "StatefulSet");
        if scales && (item.name() == name || item.names.iter().any(|old| old == name)) {
            item.object["spec"]["replicas"] = entry["count"].clone();
            found = true;
        }
    }
    if !found {
        return plain(format!(
            "resource with name {name} does not match a config with the following GVK [Deployment.[noVer].[noGrp] ReplicationController.[noVer].[noGrp] ReplicaSet.[noVer].[noGrp] StatefulSet.[noVer].[noGrp]]"
        ));
    }
    Ok(())
}

/// Changes an image's name, tag or digest wherever it is used.
pub fn image(items: &mut [Item], entry: &Value) {
    for item in items {
        let Some(place) = template(item.kind()) else { continue };
        for list in ["containers", "initContainers"] {
            each(&mut item.object, &format!("{place}spec/{list}/image"), false, &mut |image| {
                if let Some(new) = image.as_str().and_then(|image| changed(image, entry)) {
                    *image = new.into();
                }
            });
        }
    }
}

fn changed(image: &str, entry: &Value) -> Option<String> {
    let (rest, digest) = image.split_once('@').map_or((image, ""), |(rest, digest)| (rest, digest));
    // A colon before the last slash belongs to a registry's port.
    let slash = rest.rfind('/').unwrap_or(0);
    let (name, tag) = match rest[slash..].find(':') {
        Some(at) => (&rest[..slash + at], &rest[slash + at + 1..]),
        None => (rest, ""),
    };
    if name != path::str(entry, "name") {
        return None;
    }
    let new = match path::str(entry, "newName") {
        "" => name,
        new => new,
    };
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let (new_tag, new_digest) = (text(&entry["newTag"]), path::str(entry, "digest"));
    let tail = match (new_tag.as_str(), new_digest) {
        ("", "") => {
            let tag = if tag.is_empty() { String::new() } else { format!(":{tag}{}", path::str(entry, "tagSuffix")) };
            let digest = if digest.is_empty() { String::new() } else { format!("@{digest}") };
            format!("{tag}{digest}")
        }
        ("", digest) => format!("@{digest}"),
        (tag, "") => format!(":{tag}"),
        (tag, digest) => format!(":{tag}@{digest}"),
    };
    Some(format!("{new}{tail}"))
}

const FIRST: &[&str] = &[
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];
const LAST: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// Where an object stands in kustomize's legacy order.
pub fn legacy_key(item: &Item) -> (i64, String, String) {
    let at = |list: &[&str]| list.iter().position(|kind| *kind == item.kind()).map(|at| at as i64);
    let rank = at(FIRST).map(|at| at - FIRST.len() as i64).or(at(LAST).map(|at| at + 1)).unwrap_or(0);
    let version = path::str(&item.object, "apiVersion");
    let (group, version) = version.split_once('/').unwrap_or(("~G", version));
    let namespace = match path::str(&item.object, "metadata.namespace") {
        "" => "~X",
        namespace => namespace,
    };
    (rank, format!("{group}_{version}_{}", item.kind()), format!("{namespace}|{}", item.name()))
}
