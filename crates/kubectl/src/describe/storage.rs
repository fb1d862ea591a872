//! `kubectl describe` for PersistentVolumeClaim, PersistentVolume, StorageClass and CSINode

use api::{find_resource, path};
use serde_json::Value;
use sim::Time;

use super::template::host_path;
use super::text::{Text, format_labels, go_list, scalar};
use crate::duration::{age, rfc1123};
use crate::error::Outcome;
use crate::session::Session;

/// `RWO,RWX`, in Kubernetes' order.
fn access_modes(modes: &Value) -> String {
    let names =
        [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")];
    let has = |name: &str| modes.as_array().into_iter().flatten().any(|mode| mode == name);
    let shown: Vec<&str> = names.iter().filter(|(name, _)| has(name)).map(|(_, short)| *short).collect();
    shown.join(",")
}

fn status(text: &mut Text, object: &Value, now: Time) {
    match path::str(object, "metadata.deletionTimestamp") {
        "" => text.pair(0, "Status", path::str(object, "status.phase")),
        time => text.pair(0, "Status", format!("Terminating (lasts {})", age(time, now))),
    }
}

/// Describes a claim and the Pods that use it.
///
/// # Errors
/// What the server refuses.
pub async fn claim(text: &mut Text, session: &Session, claim: &Value) -> Outcome {
    let spec = &claim["spec"];
    text.name(claim);
    text.pair(0, "StorageClass", path::str(spec, "storageClassName"));
    status(text, claim, session.now());
    text.pair(0, "Volume", path::str(spec, "volumeName"));
    text.labels_and_annotations(claim);
    text.pair(0, "Finalizers", go_list(path::get(claim, "metadata.finalizers")));
    let bound = !path::str(spec, "volumeName").is_empty();
    let capacity = if bound { scalar(path::get(claim, "status.capacity.storage")) } else { String::new() };
    let modes = if bound { access_modes(path::get(claim, "status.accessModes")) } else { String::new() };
    text.pair(0, "Capacity", capacity);
    text.pair(0, "Access Modes", modes);
    if let Some(mode) = spec["volumeMode"].as_str() {
        text.pair(0, "VolumeMode", mode);
    }
    let name = path::str(claim, "metadata.name");
    let mut users: Vec<String> = Vec::new();
    if let Some(resource) = find_resource("pods") {
        let uses = |pod: &Value| {
            path::list(pod, "spec.volumes")
                .iter()
                .any(|volume| path::str(volume, "persistentVolumeClaim.claimName") == name)
        };
        let pods = session.list(resource, path::str(claim, "metadata.namespace"), &[]).await?;
        users.extend(pods.iter().filter(|pod| uses(pod)).map(|pod| path::str(pod, "metadata.name").to_owned()));
    }
    sim::order::sort_texts(&mut users);
    text.column("", "Used By", &users);
    text.conditions(path::list(claim, "status.conditions"), "LastProbeTime");
    Ok(())
}

/// Describes a volume.
pub fn volume(text: &mut Text, volume: &Value, now: Time) {
    let spec = &volume["spec"];
    text.pair(0, "Name", path::str(volume, "metadata.name"));
    text.labels_and_annotations(volume);
    text.pair(0, "Finalizers", go_list(path::get(volume, "metadata.finalizers")));
    text.pair(0, "StorageClass", path::str(spec, "storageClassName"));
    status(text, volume, now);
    let claim = &spec["claimRef"];
    let name = format!("{}/{}", path::str(claim, "namespace"), path::str(claim, "name"));
    text.pair(0, "Claim", if claim.is_null() { String::new() } else { name });
    text.pair(0, "Reclaim Policy", path::str(spec, "persistentVolumeReclaimPolicy"));
    text.pair(0, "Access Modes", access_modes(&spec["accessModes"]));
    if let Some(mode) = spec["volumeMode"].as_str() {
        text.pair(0, "VolumeMode", mode);
    }
    text.pair(0, "Capacity", scalar(path::get(spec, "capacity.storage")));
    let terms = path::list(spec, "nodeAffinity.required.nodeSelectorTerms");
    if terms.is_empty() {
        text.pair(0, "Node Affinity", "<none>");
    } else {
        text.line(0, "Node Affinity:\t");
        text.line(1, "Required Terms:\t");
        for (index, term) in terms.iter().enumerate() {
            let expressions: Vec<String> = path::list(term, "matchExpressions")
                .iter()
                .map(|expression| {
                    let operator = path::str(expression, "operator").to_lowercase();
                    format!("{} {operator} {}", path::str(expression, "key"), go_list(&expression["values"]))
                })
                .collect();
            text.column("    ", &format!("Term {index}"), &expressions);
        }
    }
    text.pair(0, "Message", path::str(volume, "status.message"));
    text.line(0, "Source:");
    if let Some(source) = spec.get("hostPath") {
        host_path(text, source);
    } else if let Some(source) = spec.get("local") {
        text.pair(2, "Type", "LocalVolume (a persistent volume backed by local storage on a node)");
        text.pair(2, "Path", path::str(source, "path"));
    } else if let Some(source) = spec.get("nfs") {
        text.pair(2, "Type", "NFS (an NFS mount that lasts the lifetime of a pod)");
        text.pair(2, "Server", path::str(source, "server"));
        text.pair(2, "Path", path::str(source, "path"));
        text.pair(2, "ReadOnly", path::bool(source, "readOnly").to_string());
    } else {
        text.line(1, "<unknown>");
    }
}

/// Describes a StorageClass.
pub fn storage_class(text: &mut Text, class: &Value) {
    let default = class["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true";
    text.pair(0, "Name", path::str(class, "metadata.name"));
    text.pair(0, "IsDefaultClass", if default { "Yes" } else { "No" });
    text.pair(0, "Annotations", format_labels(path::get(class, "metadata.annotations")));
    text.pair(0, "Provisioner", path::str(class, "provisioner"));
    text.pair(0, "Parameters", format_labels(&class["parameters"]));
    let expansion = match class["allowVolumeExpansion"].as_bool() {
        None => "<unset>",
        Some(truth) => super::text::capital(truth),
    };
    text.pair(0, "AllowVolumeExpansion", expansion);
    let options = path::list(class, "mountOptions");
    text.line(0, if options.is_empty() { "MountOptions:\t<none>" } else { "MountOptions:" });
    options.iter().filter_map(Value::as_str).for_each(|option| text.line(1, option));
    for (title, field) in [("ReclaimPolicy", "reclaimPolicy"), ("VolumeBindingMode", "volumeBindingMode")] {
        if let Some(value) = class[field].as_str() {
            text.pair(0, title, value);
        }
    }
}

/// Describes a CSINode.
pub fn csi_node(text: &mut Text, node: &Value) {
    text.pair(0, "Name", path::str(node, "metadata.name"));
    text.labels_and_annotations(node);
    text.pair(0, "CreationTimestamp", rfc1123(path::str(node, "metadata.creationTimestamp")));
    text.line(0, "Spec:");
    if !node["spec"]["drivers"].is_array() {
        return;
    }
    text.line(1, "Drivers:");
    for driver in path::list(node, "spec.drivers") {
        text.line(2, format!("{}:", path::str(driver, "name")));
        text.pair(3, "Node ID", path::str(driver, "nodeID"));
    }
}
