//! DefaultStorageClass and StorageObjectInUseProtection.

use api::path;
use serde_json::{Value, json};

use crate::ApiServer;

const IS_DEFAULT: &str = "storageclass.kubernetes.io/is-default-class";

/// Gives a claim without a class the default one: of several the newest.
pub fn default_class(server: &ApiServer, claim: &mut Value) {
    let old_style = &claim["metadata"]["annotations"]["volume.beta.kubernetes.io/storage-class"];
    if claim["spec"].get("storageClassName").is_some() || !old_style.is_null() {
        return;
    }
    let default = server
        .store
        .list("storageclasses.storage.k8s.io", None)
        .map(|(_, class)| class)
        .filter(|class| class["metadata"]["annotations"][IS_DEFAULT] == "true")
        .max_by_key(|class| {
            (path::str(class, "metadata.creationTimestamp"), std::cmp::Reverse(path::str(class, "metadata.name")))
        });
    if let Some(class) = default {
        path::set(claim, "spec.storageClassName", path::str(class, "metadata.name"));
    }
}

/// Adds the finalizer that keeps an object as long as it is used.
pub fn protect(object: &mut Value, finalizer: &str) {
    let finalizers = &mut object["metadata"]["finalizers"];
    match finalizers.as_array_mut() {
        Some(list) if list.iter().any(|known| known == finalizer) => {}
        Some(list) => list.push(finalizer.into()),
        None => *finalizers = json!([finalizer]),
    }
}
