//! ServiceAccount: every Pod has one, and its token as a volume.

use std::sync::LazyLock;

use api::{Status, path};
use serde_json::{Value, json};

use super::forbidden;
use crate::route::Target;
use crate::{ApiServer, Cx, ObjectKey};

const MOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// What is in the volume: made once, as every Pod gets it.
static PROJECTED: LazyLock<Value> = LazyLock::new(|| {
    json!({"defaultMode": 420, "sources": [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}},
        {"downwardAPI": {"items": [
            {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}, "path": "namespace"}]}},
    ]})
});

/// Sets the default ServiceAccount and mounts its token into every container that has nothing there.
///
/// # Errors
/// 403 when the ServiceAccount is missing.
pub fn admit(server: &ApiServer, cx: &mut Cx, target: &Target, pod: &mut Value) -> Result<(), Status> {
    if !pod["metadata"]["annotations"]["kubernetes.io/config.mirror"].is_null() {
        return Ok(());
    }
    if path::str(pod, "spec.serviceAccountName").is_empty() {
        path::set(pod, "spec.serviceAccountName", "default");
        path::set(pod, "spec.serviceAccount", "default");
    }
    let name = path::str(pod, "spec.serviceAccountName").to_owned();
    let Some(account) = server.store.get(&ObjectKey::new("serviceaccounts", &target.namespace, &name)) else {
        let why = format!(
            "error looking up service account {}/{name}: serviceaccount \"{name}\" not found",
            target.namespace
        );
        return Err(forbidden(target, pod, &why));
    };
    if path::list(pod, "spec.imagePullSecrets").is_empty() && !path::list(account, "imagePullSecrets").is_empty() {
        pod["spec"]["imagePullSecrets"] = account["imagePullSecrets"].clone();
    }
    let wanted = path::get(pod, "spec.automountServiceAccountToken")
        .as_bool()
        .or_else(|| account["automountServiceAccountToken"].as_bool())
        .unwrap_or(true);
    if wanted {
        mount_token(cx, pod);
    }
    Ok(())
}

fn mount_token(cx: &mut Cx, pod: &mut Value) {
    let mounted = |container: &Value| {
        path::list(container, "volumeMounts").iter().any(|mount| path::str(mount, "mountPath") == MOUNT)
    };
    let existing = path::list(pod, "spec.volumes")
        .iter()
        .map(|volume| path::str(volume, "name").to_owned())
        .find(|name| name.starts_with("kube-api-access-"));
    let name = existing.clone().unwrap_or_else(|| format!("kube-api-access-{}", cx.rng.name_suffix(5)));
    let mut needed = false;
    for list in ["initContainers", "containers"] {
        let containers = pod["spec"].get_mut(list).and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten() {
            if !container.is_object() || mounted(container) {
                continue;
            }
            needed = true;
            let mount = json!({"mountPath": MOUNT, "name": name, "readOnly": true});
            super::append(container, "volumeMounts", mount);
        }
    }
    if !needed || existing.is_some() {
        return;
    }
    let mut volume = json!({"name": name});
    path::set(&mut volume, "projected", PROJECTED.clone());
    super::append(&mut pod["spec"], "volumes", volume);
}
