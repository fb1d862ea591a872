//! StorageObjectInUseProtection: plugin/pkg/admission/storage/storageobjectinuseprotection.

use serde_json::{Value, json};

/// Adds the finalizer that keeps an object as long as it is used.
pub fn protect(object: &mut Value, finalizer: &str) {
    let finalizers = &mut object["metadata"]["finalizers"];
    match finalizers.as_array_mut() {
        Some(list) if list.iter().any(|known| known == finalizer) => {}
        Some(list) => list.push(finalizer.into()),
        None => *finalizers = json!([finalizer]),
    }
}
