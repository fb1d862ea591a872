//! PersistentVolumeClaims, PersistentVolumes, StorageClasses.

use std::fmt::Arguments;

use api::{Quantity, names, path};
use serde_json::Value;

use super::{Errors, one_of};

const ACCESS_MODES: &[&str] = &["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const VOLUME_MODES: &[&str] = &["Block", "Filesystem"];

fn quantity(value: &Value) -> Quantity {
    Quantity::parse(value.as_str().unwrap_or_default()).unwrap_or(Quantity::ZERO)
}

/// A claim.
pub fn claim(claim: &Value, errors: &mut Errors) {
    claim_spec(&claim["spec"], format_args!("spec"), errors);
}

/// The specification of a claim, which may be that of a template.
pub fn claim_spec(spec: &Value, field: Arguments, errors: &mut Errors) {
    if path::list(spec, "accessModes").is_empty() {
        errors.required(format_args!("{field}.accessModes"), "at least 1 access mode is required");
    }
    if spec["selector"].is_object() {
        super::labels::selector(&spec["selector"], format_args!("{field}.selector"), errors);
    }
    access_modes(spec, field, errors);
    let storage = format_args!("{field}.resources[storage]");
    match spec["resources"]["requests"].get("storage") {
        None => errors.required(storage, ""),
        Some(amount) => positive(amount, storage, errors),
    }
    class_name(spec, field, errors);
    one_of(spec, "volumeMode", field, VOLUME_MODES, errors);
}

fn access_modes(spec: &Value, field: Arguments, errors: &mut Errors) {
    let modes: Vec<&str> = path::list(spec, "accessModes").iter().filter_map(Value::as_str).collect();
    for mode in modes.iter().filter(|mode| !ACCESS_MODES.contains(mode)) {
        errors.unsupported(format_args!("{field}.accessModes"), *mode, ACCESS_MODES);
    }
    let others = modes.iter().any(|mode| *mode != "ReadWriteOncePod" && ACCESS_MODES.contains(mode));
    if modes.contains(&"ReadWriteOncePod") && others {
        errors.forbidden(format_args!("{field}.accessModes"), "may not use ReadWriteOncePod with other access modes");
    }
}

fn positive(value: &Value, field: Arguments, errors: &mut Errors) {
    let amount = quantity(value);
    if amount <= Quantity::ZERO {
        errors.invalid(field, amount.to_string(), "must be greater than zero");
    }
}

fn class_name(spec: &Value, field: Arguments, errors: &mut Errors) {
    let class = path::str(spec, "storageClassName");
    if !class.is_empty() {
        errors.invalid_all(format_args!("{field}.storageClassName"), class, &names::dns1123_subdomain(class));
    }
}

/// A claim changes only by growing, and by being bound.
pub fn claim_update(new: &Value, old: &Value, errors: &mut Errors) {
    let (mut now, mut before) = (new["spec"].clone(), old["spec"].clone());
    if path::str(old, "spec.volumeName").is_empty() {
        match now.get("volumeName") {
            Some(name) => before["volumeName"] = name.clone(),
            None => _ = path::remove(&mut before, "volumeName"),
        }
    }
    // The default class may come later (a claim made before there was one).
    if before.get("storageClassName").is_none() {
        path::remove(&mut now, "storageClassName");
    }
    if path::str(new, "status.phase") == "Bound" {
        if now["resources"]["requests"].is_object() {
            now["resources"]["requests"]["storage"] = before["resources"]["requests"]["storage"].clone();
        }
        match before.get("volumeAttributesClassName") {
            Some(class) => now["volumeAttributesClassName"] = class.clone(),
            None => _ = path::remove(&mut now, "volumeAttributesClassName"),
        }
    }
    if now != before {
        errors.forbidden(
            "spec",
            &format!(
                "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n{}",
                super::field::difference(&before, &now)
            ),
        );
    }
    let size = |claim: &Value| quantity(&claim["spec"]["resources"]["requests"]["storage"]);
    if size(new) < size(old) && size(new) <= quantity(&old["status"]["capacity"]["storage"]) {
        errors.forbidden("spec.resources.requests.storage", "field can not be less than status.capacity");
    }
    if new["spec"]["volumeMode"] != old["spec"]["volumeMode"] {
        errors.invalid("volumeMode", new["spec"]["volumeMode"].clone(), "field is immutable");
    }
}

const SOURCES: &[&str] = &[
    "hostPath",
    "local",
    "nfs",
    "csi",
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "glusterfs",
    "iscsi",
    "photonPersistentDisk",
    "portworxVolume",
    "quobyte",
    "rbd",
    "scaleIO",
    "storageos",
    "vsphereVolume",
];

/// A volume.
pub fn volume(volume: &Value, errors: &mut Errors) {
    let spec = &volume["spec"];
    if path::list(spec, "accessModes").is_empty() {
        errors.required("spec.accessModes", "");
    }
    access_modes(spec, format_args!("spec"), errors);
    let capacity = path::object(spec, "capacity");
    if capacity.is_none_or(serde_json::Map::is_empty) {
        errors.required("spec.capacity", "");
    }
    if capacity.is_none_or(|capacity| !capacity.contains_key("storage") || capacity.len() > 1) {
        errors.unsupported("spec.capacity", spec["capacity"].clone(), &["storage"]);
    }
    for (name, value) in capacity.into_iter().flatten() {
        positive(value, format_args!("spec.capacity[{name}]"), errors);
    }
    one_of(spec, "persistentVolumeReclaimPolicy", format_args!("spec"), &["Delete", "Recycle", "Retain"], errors);
    let mut sources = SOURCES.iter().filter(|source| spec[**source].is_object());
    match sources.next() {
        None => errors.required("spec", "must specify a volume type"),
        Some(&"hostPath") => {
            let path = path::str(spec, "hostPath.path");
            if path.is_empty() {
                errors.required("spec.hostPath.path", "");
            } else if path.split('/').any(|part| part == "..") {
                errors.invalid("spec.hostPath.path", path, "must not contain '..'");
            }
        }
        Some(&"local") => {
            if path::str(spec, "local.path").is_empty() {
                errors.required("spec.local.path", "");
            }
            if !spec["nodeAffinity"].is_object() {
                errors.required("spec.nodeAffinity", "Local volume requires node affinity");
            }
        }
        Some(_) => {}
    }
    for source in sources {
        errors.forbidden(format_args!("spec.{source}"), "may not specify more than 1 volume type");
    }
    class_name(spec, format_args!("spec"), errors);
    one_of(spec, "volumeMode", format_args!("spec"), VOLUME_MODES, errors);
}

/// A volume's source never changes.
pub fn volume_update(new: &Value, old: &Value, errors: &mut Errors) {
    if SOURCES.iter().any(|source| new["spec"][*source] != old["spec"][*source]) {
        errors.forbidden(
            "spec.persistentvolumesource",
            &format!(
                "spec.persistentvolumesource is immutable after creation\n{}",
                super::field::difference(&old["spec"], &new["spec"])
            ),
        );
    }
    if new["spec"]["volumeMode"] != old["spec"]["volumeMode"] {
        errors.invalid("volumeMode", new["spec"]["volumeMode"].clone(), "field is immutable");
    }
}

/// A StorageClass.
pub fn class(class: &Value, errors: &mut Errors) {
    if path::str(class, "provisioner").is_empty() {
        errors.required("provisioner", "");
    }
    let policy = path::str(class, "reclaimPolicy");
    if !matches!(policy, "Delete" | "Retain") {
        errors.unsupported("reclaimPolicy", policy, &["Delete", "Retain"]);
    }
    let mode = path::str(class, "volumeBindingMode");
    if !matches!(mode, "Immediate" | "WaitForFirstConsumer") {
        errors.unsupported("volumeBindingMode", mode, &["Immediate", "WaitForFirstConsumer"]);
    }
}

/// A StorageClass hardly changes.
pub fn class_update(new: &Value, old: &Value, errors: &mut Errors) {
    if new["parameters"] != old["parameters"] {
        errors.forbidden("parameters", "updates to parameters are forbidden.");
    }
    if new["provisioner"] != old["provisioner"] {
        errors.forbidden("provisioner", "updates to provisioner are forbidden.");
    }
    if new["reclaimPolicy"] != old["reclaimPolicy"] {
        errors.forbidden("reclaimPolicy", "updates to reclaimPolicy are forbidden.");
    }
    if new["volumeBindingMode"] != old["volumeBindingMode"] {
        errors.invalid("volumeBindingMode", new["volumeBindingMode"].clone(), "field is immutable");
    }
}
