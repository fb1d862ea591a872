//! PersistentVolumeClaims, PersistentVolumes and StorageClasses.

use serde_json::Value;

use super::{default, default_text};

/// A claim.
pub fn claim(object: &mut Value) {
    default_text(&mut object["spec"], "volumeMode", "Filesystem");
}

/// A volume.
pub fn volume(object: &mut Value) {
    let spec = &mut object["spec"];
    default_text(spec, "persistentVolumeReclaimPolicy", "Retain");
    default_text(spec, "volumeMode", "Filesystem");
    if spec.get("hostPath").is_some() {
        default(&mut spec["hostPath"], "type", "");
    }
}

/// A StorageClass.
pub fn class(object: &mut Value) {
    default_text(object, "reclaimPolicy", "Delete");
    default_text(object, "volumeBindingMode", "Immediate");
}
