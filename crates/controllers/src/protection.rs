//! Storage object in use protection: a claim stays while a Pod uses it, a volume while a claim is bound to it.
//!
//! <https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection>

use api::path;
use apiserver::ObjectKey;
use component::{Context, Reconciled};
use serde_json::{Value, json};

use super::patch;

/// Reconciles one PersistentVolumeClaim.
#[inline(never)]
pub fn reconcile_claim(cx: &mut Context, key: &ObjectKey) -> Reconciled {
    let mut out = Reconciled::default();
    let Some(claim) = cx.view.get("persistentvolumeclaims", &key.namespace, &key.name) else { return out };
    let used = || {
        let users = cx.index.users.get(key).into_iter().flatten();
        users.filter_map(|pod| cx.index.pods.get(pod)).any(|pod| !pod.node.is_empty() && !pod.ended())
    };
    protect(key, claim, "kubernetes.io/pvc-protection", used, &mut out);
    out
}

/// Reconciles one PersistentVolume.
#[inline(never)]
pub fn reconcile_volume(cx: &mut Context, key: &ObjectKey) -> Reconciled {
    let mut out = Reconciled::default();
    let Some(volume) = cx.view.get("persistentvolumes", "", &key.name) else { return out };
    let used = || volume["status"]["phase"] == "Bound";
    protect(key, volume, "kubernetes.io/pv-protection", used, &mut out);
    out
}

fn protect(key: &ObjectKey, object: &Value, finalizer: &str, used: impl Fn() -> bool, out: &mut Reconciled) {
    let finalizers = path::list(object, "metadata.finalizers");
    let has = finalizers.iter().any(|name| name == finalizer);
    let deleting = !path::get(object, "metadata.deletionTimestamp").is_null();
    let mut wanted: Vec<Value> = finalizers.to_vec();
    if deleting && has && !used() {
        wanted.retain(|name| name != finalizer);
    } else if !deleting && !has {
        wanted.push(finalizer.into());
    } else {
        return;
    }
    let wanted = if wanted.is_empty() { Value::Null } else { Value::Array(wanted) };
    out.writes.push(patch(key, json!({"metadata": {"finalizers": wanted}})));
}
