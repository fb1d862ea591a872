//! DefaultIngressClass: plugin/pkg/admission/network/defaultingressclass.

use api::path;
use serde_json::Value;

use crate::ApiServer;

const IS_DEFAULT: &str = "ingressclass.kubernetes.io/is-default-class";

/// Gives an Ingress without a class the default one: of several the newest.
pub fn default_class(server: &ApiServer, ingress: &mut Value) {
    let old_style = &ingress["metadata"]["annotations"]["kubernetes.io/ingress.class"];
    if ingress["spec"].get("ingressClassName").is_some() || !old_style.is_null() {
        return;
    }
    let classes = server.store.list("ingressclasses.networking.k8s.io", None).map(|(_, class)| class);
    let default = classes.filter(|class| class["metadata"]["annotations"][IS_DEFAULT] == "true").max_by_key(|class| {
        (path::str(class, "metadata.creationTimestamp"), std::cmp::Reverse(path::str(class, "metadata.name")))
    });
    if let Some(class) = default {
        path::set(ingress, "spec.ingressClassName", path::str(class, "metadata.name"));
    }
}
