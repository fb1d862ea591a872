//! Fields that are kept and printed though nothing here acts on them: whoever sets one is told, as a warning of the API.

use std::fmt::Arguments;

use serde_json::Value;

/// When a field is told.
#[derive(Clone, Copy)]
enum When {
    /// It is there, and neither false nor empty.
    Set,
    /// It says this.
    Is(&'static str),
}

use When::{Is, Set};

/// Below a Pod's `spec`. `[]` is every item of a list.
const POD: &[(&str, When, &str)] = &[
    ("volumes[].image.pullPolicy", Is("Never"), "the image is fetched all the same"),
    ("resourceClaims", Set, "the node has no devices to give"),
    ("schedulingGroup", Set, "each Pod is placed by itself"),
    ("securityContext.seLinuxChangePolicy", Set, "there is no SELinux"),
    ("securityContext.windowsOptions", Set, "no node runs Windows"),
    ("securityContext.seccompProfile.localhostProfile", Set, "system calls are not filtered"),
    ("volumes[].projected.sources[].clusterTrustBundle", Set, "the file is missing: nobody issues certificates"),
    ("volumes[].projected.sources[].podCertificate", Set, "the file is missing: nobody issues certificates"),
    ("shareProcessNamespace", Set, "each container sees its own processes only"),
    ("hostPID", Set, "each container sees its own processes only"),
    ("hostUsers", Is("false"), "users are the same on the node and in containers"),
    ("runtimeClassName", Set, "all containers run in the same way"),
    ("securityContext.sysctls", Set, "the kernel's parameters cannot be set"),
    ("securityContext.seccompProfile.type", Is("Localhost"), "system calls are not filtered"),
    ("securityContext.appArmorProfile", Set, "no AppArmor profile is loaded"),
    ("securityContext.seLinuxOptions", Set, "there is no SELinux"),
];

/// Below each container.
const CONTAINER: &[(&str, When, &str)] = &[
    ("env[].valueFrom.fileKeyRef", Set, "the variable is not set"),
    ("lifecycle.stopSignal", Set, "the signal that the image asks for is sent"),
    ("resources.claims", Set, "the node has no devices to give"),
    ("securityContext.procMount", Is("Unmasked"), "/proc is the same in all containers"),
    ("securityContext.windowsOptions", Set, "no node runs Windows"),
    ("volumeMounts[].mountPropagation", Is("Bidirectional"), "what a container mounts is seen by it alone"),
    ("volumeMounts[].mountPropagation", Is("HostToContainer"), "what the node mounts later is not seen"),
    ("volumeMounts[].recursiveReadOnly", Is("Enabled"), "there are no mounts within mounts"),
    ("restartPolicyRules[].action", Is("RestartAllContainers"), "only the container that ended starts again"),
    ("securityContext.privileged", Set, "the container gets all capabilities, but sees no more devices than others"),
    ("securityContext.appArmorProfile", Set, "no AppArmor profile is loaded"),
    ("securityContext.seLinuxOptions", Set, "there is no SELinux"),
    ("volumeDevices", Set, "there are no block devices"),
];

const SERVICE: &[(&str, When, &str)] = &[
    ("trafficDistribution", Set, "there is one node, so every endpoint is as near as another"),
    ("loadBalancerSourceRanges", Set, "traffic is not filtered"),
];

const PERSISTENT_VOLUME: &[(&str, When, &str)] = &[
    ("mountOptions", Set, "all volumes are folders of the node, mounted in the same way"),
    ("volumeAttributesClassName", Set, "all volumes are folders of the node"),
];

const PERSISTENT_VOLUME_CLAIM: &[(&str, When, &str)] = &[
    ("dataSource", Set, "the volume begins empty"),
    ("dataSourceRef", Set, "the volume begins empty"),
    ("volumeAttributesClassName", Set, "all volumes are folders of the node"),
];

const INGRESS: &[(&str, When, &str)] = &[
    ("rules[].http.paths[].backend.resource", Set, "no controller knows other backends than Services"),
    ("defaultBackend.resource", Set, "no controller knows other backends than Services"),
];
/// What annotations of ingress-nginx begin with, and those that it acts on.
const INGRESS_NGINX: (&str, [&str; 5]) = (
    "nginx.ingress.kubernetes.io/",
    ["rewrite-target", "use-regex", "ssl-redirect", "force-ssl-redirect", "backend-protocol"],
);

/// Its fields are not below a `spec`.
const STORAGE_CLASS: &[(&str, When, &str)] = &[
    ("allowedTopologies", Set, "there is one node, and its volumes are there"),
    ("mountOptions", Set, "all volumes are folders of the node, mounted in the same way"),
];

/// What is to be told of the fields of an object that is no Pod.
pub(super) fn of_kind(resource: &str, object: &Value, warnings: &mut Vec<String>) {
    let table = match resource {
        "services" => SERVICE,
        "ingresses.networking.k8s.io" => {
            let (prefix, known) = INGRESS_NGINX;
            for (name, _) in object["metadata"]["annotations"].as_object().into_iter().flatten() {
                let unknown = name.strip_prefix(prefix).filter(|name| !known.contains(name));
                if unknown.is_some() {
                    let why = "nothing acts on it in this playground: ingress-nginx sends requests on as without it";
                    warnings.push(format!("metadata.annotations[{name}]: {why}"));
                }
            }
            INGRESS
        }
        "persistentvolumes" => PERSISTENT_VOLUME,
        "persistentvolumeclaims" => PERSISTENT_VOLUME_CLAIM,
        "storageclasses.storage.k8s.io" => return add_warnings(STORAGE_CLASS, object, format_args!(""), warnings),
        _ => return,
    };
    add_warnings(table, &object["spec"], format_args!("spec."), warnings);
}

/// What is to be told of the fields of a Pod.
pub(super) fn of_pod(spec: &Value, at: &str, warnings: &mut Vec<String>) {
    add_warnings(POD, spec, format_args!("{at}."), warnings);
    for list in ["initContainers", "containers"] {
        for (index, container) in spec[list].as_array().into_iter().flatten().enumerate() {
            add_warnings(CONTAINER, container, format_args!("{at}.{list}[{index}]."), warnings);
        }
    }
}

/// Every Pod that is written is asked for every line of a table, so nothing is written down before something is found.
fn add_warnings(table: &[(&str, When, &str)], value: &Value, at: Arguments, warnings: &mut Vec<String>) {
    let mut missing = "";
    for (path, when, why) in table {
        let first = path.split(['.', '[']).next().unwrap_or(path);
        if first == missing {
            continue;
        }
        if value.get(first).is_none() {
            missing = first;
            continue;
        }
        find(value, path, &mut Vec::new(), &mut |found, indexes| {
            if applies(*when, found) {
                let place = place(path, indexes);
                warnings.push(format!("{at}{place}: nothing acts on it in this playground: {why}"));
            }
        });
    }
}

/// A path with the places in its lists: `volumes[1].emptyDir`.
fn place(path: &str, indexes: &[usize]) -> String {
    let mut pieces = path.split("[]");
    let first = pieces.next().unwrap_or("").to_owned();
    pieces.zip(indexes).fold(first, |place, (piece, index)| format!("{place}[{index}]{piece}"))
}

fn find(value: &Value, path: &str, indexes: &mut Vec<usize>, found: &mut dyn FnMut(&Value, &[usize])) {
    let (step, rest) = path.split_once('.').map_or((path, None), |(step, rest)| (step, Some(rest)));
    let (name, is_list) = step.strip_suffix("[]").map_or((step, false), |name| (name, true));
    let Some(inner) = value.get(name).filter(|inner| !inner.is_null()) else { return };
    let mut go_on = |value: &Value, indexes: &mut Vec<usize>| match rest {
        Some(rest) => find(value, rest, indexes, found),
        None => found(value, indexes),
    };
    if is_list {
        for (index, item) in inner.as_array().into_iter().flatten().enumerate() {
            indexes.push(index);
            go_on(item, indexes);
            indexes.pop();
        }
    } else {
        go_on(inner, indexes);
    }
}

fn applies(when: When, value: &Value) -> bool {
    match when {
        Set => match value {
            Value::Bool(on) => *on,
            Value::Array(items) => !items.is_empty(),
            Value::Object(fields) => !fields.is_empty(),
            Value::String(text) => !text.is_empty(),
            _ => true,
        },
        Is(odd) => value.as_str().map_or_else(|| value.to_string(), str::to_owned) == odd,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn warnings_of(resource: &str, object: Value) -> Vec<String> {
        super::super::warnings::warnings(api::find_resource(resource).unwrap(), &object, None)
    }

    #[test]
    fn what_nothing_acts_on_is_told_with_its_place() {
        let pod = json!({"metadata": {"name": "x"}, "spec": {"dnsPolicy": "ClusterFirst", "shareProcessNamespace": true,
            "containers": [{"terminationMessagePath": "/dev/termination-log", "securityContext": {"privileged": false}},
                {"securityContext": {"privileged": true}}]}});
        let why = "nothing acts on it in this playground:";
        assert_eq!(
            warnings_of("pods", pod),
            [
                format!("spec.shareProcessNamespace: {why} each container sees its own processes only"),
                format!(
                    "spec.containers[1].securityContext.privileged: {why} the container gets all capabilities, but sees no more devices than others"
                ),
            ]
        );
        assert_eq!(
            warnings_of("services", json!({"spec": {"externalTrafficPolicy": "Cluster"}})),
            Vec::<String>::new()
        );
    }

    /// A path that the kind does not have would never be told.
    #[test]
    fn every_field_is_one_of_its_kind() {
        let field = |kind: &str, api_version: &str, prefix: &str, path: &str| {
            let path = format!("{prefix}{}", path.replace("[]", ""));
            let found = api::schema::struct_of_kind(api_version, kind).unwrap().field_at(&path);
            assert!(found.is_some(), "{kind} has no {path}");
        };
        for (table, kind, api_version, prefix) in [
            (POD, "Pod", "v1", "spec."),
            (CONTAINER, "Pod", "v1", "spec.containers."),
            (SERVICE, "Service", "v1", "spec."),
            (PERSISTENT_VOLUME, "PersistentVolume", "v1", "spec."),
            (PERSISTENT_VOLUME_CLAIM, "PersistentVolumeClaim", "v1", "spec."),
            (STORAGE_CLASS, "StorageClass", "storage.k8s.io/v1", ""),
        ] {
            table.iter().for_each(|(path, ..)| field(kind, api_version, prefix, path));
        }
    }
}
