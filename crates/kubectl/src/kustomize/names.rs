//! References by name follow when names change.

use api::path;
use serde_json::Value;

use super::{Item, each, template};

/// In a Pod's spec: what it refers to, and where.
const OF_PODS: &[(&str, &[&str])] = &[
    (
        "ConfigMap",
        &[
            "volumes/configMap/name",
            "volumes/projected/sources/configMap/name",
            "containers/env/valueFrom/configMapKeyRef/name",
            "initContainers/env/valueFrom/configMapKeyRef/name",
            "containers/envFrom/configMapRef/name",
            "initContainers/envFrom/configMapRef/name",
        ],
    ),
    (
        "Secret",
        &[
            "volumes/secret/secretName",
            "volumes/projected/sources/secret/name",
            "containers/env/valueFrom/secretKeyRef/name",
            "initContainers/env/valueFrom/secretKeyRef/name",
            "containers/envFrom/secretRef/name",
            "initContainers/envFrom/secretRef/name",
            "imagePullSecrets/name",
        ],
    ),
    ("PersistentVolumeClaim", &["volumes/persistentVolumeClaim/claimName"]),
    ("ServiceAccount", &["serviceAccountName", "serviceAccount"]),
    ("PriorityClass", &["priorityClassName"]),
];

/// In other objects: what, in which kind, where.
const OTHERS: &[(&str, &str, &str)] = &[
    ("Service", "StatefulSet", "spec/serviceName"),
    ("Service", "Ingress", "spec/rules/http/paths/backend/service/name"),
    ("Service", "Ingress", "spec/defaultBackend/service/name"),
    ("Secret", "Ingress", "spec/tls/secretName"),
    ("IngressClass", "Ingress", "spec/ingressClassName"),
    ("Secret", "ServiceAccount", "imagePullSecrets/name"),
    ("Secret", "ServiceAccount", "secrets/name"),
    ("PersistentVolume", "PersistentVolumeClaim", "spec/volumeName"),
    ("StorageClass", "PersistentVolumeClaim", "spec/storageClassName"),
    ("StorageClass", "PersistentVolume", "spec/storageClassName"),
    ("StorageClass", "StatefulSet", "spec/volumeClaimTemplates/spec/storageClassName"),
    ("ConfigMap", "Role", "rules/resourceNames"),
    ("ConfigMap", "ClusterRole", "rules/resourceNames"),
    ("Secret", "Role", "rules/resourceNames"),
    ("Secret", "ClusterRole", "rules/resourceNames"),
];

/// The names that an object of a kind had, and the one it has.
struct Renamed {
    kind: String,
    old: Vec<String>,
    new: String,
    namespace: String,
}

/// Makes all references name what things are called now.
pub fn fix_references(items: &mut [Item]) {
    let renamed: Vec<Renamed> = items
        .iter()
        .map(|item| Renamed {
            kind: item.kind().to_owned(),
            old: item.names.clone(),
            new: item.name().to_owned(),
            namespace: path::str(&item.object, "metadata.namespace").to_owned(),
        })
        .collect();
    for item in items {
        let namespace = path::str(&item.object, "metadata.namespace").to_owned();
        let fix = |kind: &str, value: &mut Value| {
            if let Value::Array(names) = value {
                names.iter_mut().for_each(|name| follow(&renamed, kind, &namespace, name));
            } else {
                follow(&renamed, kind, &namespace, value);
            }
        };
        let kind = item.kind().to_owned();
        if let Some(place) = template(&kind) {
            for (what, places) in OF_PODS {
                for field in *places {
                    each(&mut item.object, &format!("{place}spec/{field}"), false, &mut |value| fix(what, value));
                }
            }
        }
        for (what, _, field) in OTHERS.iter().filter(|(_, of, _)| *of == kind) {
            each(&mut item.object, field, false, &mut |value| fix(what, value));
        }
        match kind.as_str() {
            "RoleBinding" | "ClusterRoleBinding" => {
                let role = path::str(&item.object, "roleRef.kind").to_owned();
                fix(&role, &mut item.object["roleRef"]["name"]);
                for subject in item.object["subjects"].as_array_mut().into_iter().flatten() {
                    if subject["kind"] == "ServiceAccount" {
                        fix("ServiceAccount", &mut subject["name"]);
                    }
                }
            }
            "HorizontalPodAutoscaler" => {
                let target = path::str(&item.object, "spec.scaleTargetRef.kind").to_owned();
                fix(&target, &mut item.object["spec"]["scaleTargetRef"]["name"]);
            }
            _ => {}
        }
    }
}

/// Replaces a name by what the object of this kind is called now; one in the same namespace goes before others.
fn follow(renamed: &[Renamed], kind: &str, namespace: &str, name: &mut Value) {
    let Some(old) = name.as_str() else { return };
    let had = |one: &&Renamed| one.kind == kind && one.old.iter().any(|had| had == old);
    let found = renamed.iter().filter(had).find(|one| one.namespace == namespace);
    if let Some(one) = found.or_else(|| renamed.iter().find(had)) {
        *name = one.new.clone().into();
    }
}
