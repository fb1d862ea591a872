//! PersistentVolumeClaims, PersistentVolumes and StorageClasses.

use serde_json::Value;

use super::{default, default_text, pod};

/// A claim.
pub fn claim(object: &mut Value) {
    default_text(&mut object["spec"], "volumeMode", "Filesystem");
}

/// A volume.
pub fn volume(object: &mut Value) {
    let spec = &mut object["spec"];
    default_text(spec, "persistentVolumeReclaimPolicy", "Retain");
    default_text(spec, "volumeMode", "Filesystem");
    pod::source(spec);
}

/// A CSIDriver.
pub fn driver(object: &mut Value) {
    let spec = &mut object["spec"];
    default(spec, "attachRequired", true);
    for field in ["podInfoOnMount", "storageCapacity", "requiresRepublish", "seLinuxMount"] {
        default(spec, field, false);
    }
    default_text(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
    default(spec, "volumeLifecycleModes", vec!["Persistent"]);
}

/// A StorageClass.
pub fn class(object: &mut Value) {
    default_text(object, "reclaimPolicy", "Delete");
    default_text(object, "volumeBindingMode", "Immediate");
}
