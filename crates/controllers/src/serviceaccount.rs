//! The ServiceAccount controller: each namespace has one called `default`.
//!
//! <https://kubernetes.io/docs/concepts/security/service-accounts/#default-service-accounts>

use apiserver::ObjectKey;
use component::{Context, Reconciled, Write};
use serde_json::json;

/// Reconciles one namespace.
#[inline(never)]
pub fn reconcile(cx: &mut Context, key: &ObjectKey) -> Reconciled {
    let mut out = Reconciled::default();
    let Some(namespace) = cx.view.get("namespaces", "", &key.name) else { return out };
    if namespace["status"]["phase"] != "Terminating" && cx.view.get("serviceaccounts", &key.name, "default").is_none() {
        out.writes.push(Write::Create(
            "serviceaccounts",
            json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": &*key.name}}),
        ));
    }
    out
}
