//! PersistentVolumeClaims, PersistentVolumes, StorageClasses.

use api::path;
use serde_json::Value;

use super::{Row, or};

fn phase<'a>(row: &Row<'a>) -> &'a str {
    if row.is_deleting() { "Terminating" } else { path::str(row.object, "status.phase") }
}

/// `RWO,RWX`: each mode once, in this order.
fn access_modes(modes: &[Value]) -> String {
    let short: Vec<&str> =
        [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")]
            .into_iter()
            .filter(|(mode, _)| modes.iter().any(|known| known == mode))
            .map(|(_, short)| short)
            .collect();
    short.join(",")
}

fn class_of<'a>(row: &Row<'a>) -> &'a str {
    let old_style = row.object["metadata"]["annotations"]["volume.beta.kubernetes.io/storage-class"].as_str();
    old_style.unwrap_or_else(|| path::str(row.object, "spec.storageClassName"))
}

pub(super) fn claim(row: &Row) -> Vec<Value> {
    let volume = row.text("spec.volumeName");
    let (capacity, modes) = if volume.is_empty() {
        (String::new(), String::new())
    } else {
        let capacity = or(row.text("status.capacity.storage"), "0").to_owned();
        (capacity, access_modes(path::list(row.object, "status.accessModes")))
    };
    vec![
        row.name(),
        phase(row).into(),
        volume.into(),
        capacity.into(),
        modes.into(),
        class_of(row).into(),
        or(row.text("spec.volumeAttributesClassName"), "<unset>").into(),
        row.age(),
        or(row.text("spec.volumeMode"), "<unset>").into(),
    ]
}

pub(super) fn volume(row: &Row) -> Vec<Value> {
    let claim = &row.object["spec"]["claimRef"];
    let claim = match claim.is_object() {
        true => format!("{}/{}", path::str(claim, "namespace"), path::str(claim, "name")),
        false => String::new(),
    };
    vec![
        row.name(),
        or(row.text("spec.capacity.storage"), "0").into(),
        access_modes(path::list(row.object, "spec.accessModes")).into(),
        row.text("spec.persistentVolumeReclaimPolicy").into(),
        phase(row).into(),
        claim.into(),
        class_of(row).into(),
        or(row.text("spec.volumeAttributesClassName"), "<unset>").into(),
        row.text("status.reason").into(),
        row.age(),
        or(row.text("spec.volumeMode"), "<unset>").into(),
    ]
}

pub(super) fn class(row: &Row) -> Vec<Value> {
    let annotations = &row.object["metadata"]["annotations"];
    let is_default =
        ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"]
            .into_iter()
            .any(|name| annotations[name] == "true");
    let name = row.text("metadata.name");
    vec![
        if is_default { format!("{name} (default)") } else { name.to_owned() }.into(),
        row.text("provisioner").into(),
        or(row.text("reclaimPolicy"), "Delete").into(),
        or(row.text("volumeBindingMode"), "Immediate").into(),
        path::bool(row.object, "allowVolumeExpansion").into(),
        row.age(),
    ]
}
