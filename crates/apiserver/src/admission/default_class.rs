//! DefaultStorageClass and DefaultIngressClass: plugin/pkg/admission/storage/storageclass/setdefault and
//! plugin/pkg/admission/network/defaultingressclass.

use api::path;
use serde_json::Value;

use crate::ApiServer;

/// Gives a claim without a class the default one.
pub fn of_claim(server: &ApiServer, claim: &mut Value) {
    let old_annotation = "volume.beta.kubernetes.io/storage-class";
    let is_default = "storageclass.kubernetes.io/is-default-class";
    set(server, claim, "storageClassName", old_annotation, "storageclasses.storage.k8s.io", is_default);
}

/// Gives an Ingress without a class the default one.
pub fn of_ingress(server: &ApiServer, ingress: &mut Value) {
    let old_annotation = "kubernetes.io/ingress.class";
    let is_default = "ingressclass.kubernetes.io/is-default-class";
    set(server, ingress, "ingressClassName", old_annotation, "ingressclasses.networking.k8s.io", is_default);
}

/// Sets `spec.FIELD` to the newest class whose annotation `is_default` is true, unless the field or `old_annotation`, which
/// named the class before there was a field, is set.
fn set(server: &ApiServer, object: &mut Value, field: &str, old_annotation: &str, classes: &str, is_default: &str) {
    let old = &object["metadata"]["annotations"][old_annotation];
    if object["spec"].get(field).is_some() || !old.is_null() {
        return;
    }
    let classes = server.store.list(classes, None).map(|(_, class)| class);
    let default = classes.filter(|class| class["metadata"]["annotations"][is_default] == "true").max_by_key(|class| {
        (path::str(class, "metadata.creationTimestamp"), std::cmp::Reverse(path::str(class, "metadata.name")))
    });
    if let Some(class) = default {
        path::set(object, &format!("spec.{field}"), path::str(class, "metadata.name"));
    }
}
