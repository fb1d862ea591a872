//! minikube's hostPath provisioner (`k8s.io/minikube-hostpath`): a folder on the node for each claim of its class.
//!
//! minikube pkg/storage/storage_provisioner.go

use std::rc::Rc;

use api::path;
use apiserver::ObjectKey;
use component::{Context, EventRecord, Node, Reconciled, Write};
use serde_json::{Value, json};
use sim::Duration;

use crate::volume_binder::{PROVISIONER, SELECTED_NODE, class_of, waits_for_consumer};

/// Its name, in StorageClasses and annotations.
pub const NAME: &str = "k8s.io/minikube-hostpath";
const PROVISIONED_BY: &str = "pv.kubernetes.io/provisioned-by";
const IDENTITY: &str = "hostPathProvisionerIdentity";
/// How soon it looks again whether an earlier volume has gone.
const AGAIN: Duration = Duration::from_secs(1);
const ROOT: &str = "/tmp/hostpath-provisioner";

/// Reconciles one claim or volume.
#[inline(never)]
pub fn reconcile(cx: &mut Context, key: &ObjectKey, node: &mut dyn Node) -> Reconciled {
    let mut out = Reconciled::default();
    if &*key.resource == "persistentvolumes" {
        if let Some(volume) = cx.view.get("persistentvolumes", "", &key.name) {
            delete(key, volume, node, &mut out);
            recycle(key, volume, node, &mut out);
        }
    } else if let Some(claim) = cx.view.get("persistentvolumeclaims", &key.namespace, &key.name) {
        provision(cx, claim, node, &mut out);
    }
    out
}

fn provision(cx: &mut Context, claim: &Rc<Value>, node: &mut dyn Node, out: &mut Reconciled) {
    let annotations = &claim["metadata"]["annotations"];
    if annotations[PROVISIONER] != NAME
        || !path::str(claim, "spec.volumeName").is_empty()
        || !path::get(claim, "metadata.deletionTimestamp").is_null()
        || waits_for_consumer(cx, claim) && annotations[SELECTED_NODE].is_null()
    {
        return;
    }
    let (namespace, name) = (path::str(claim, "metadata.namespace"), path::str(claim, "metadata.name"));
    let volume = format!("pvc-{}", path::str(claim, "metadata.uid"));
    let Some(class) = cx.view.get("storageclasses.storage.k8s.io", "", class_of(claim)) else { return };
    if class["provisioner"] != NAME || cx.view.get("persistentvolumes", "", &volume).is_some() {
        return;
    }
    let directory = format!("{ROOT}/{namespace}/{name}");
    // A volume of an earlier claim of this name goes first, and the folder with it.
    if cx.view.list("persistentvolumes", None).any(|volume| is_released(volume) && folder_of(volume) == directory) {
        out.requeue_after = Some(AGAIN);
        return;
    }
    node.make_directory(&directory);
    // Its identity stays the same as long as it runs, and every volume has it.
    let known =
        cx.view.list("persistentvolumes", None).find_map(|known| known["metadata"]["annotations"][IDENTITY].as_str());
    let identity = known.map_or_else(|| cx.rng.uuid(), str::to_owned);
    let reporter = format!("{NAME}_{}_{identity}", cx.settings.node_name);
    for (reason, message) in [
        ("Provisioning", format!("External provisioner is provisioning volume for claim \"{namespace}/{name}\"")),
        ("ProvisioningSucceeded", format!("Successfully provisioned volume {volume}")),
    ] {
        let (about, field_path, reporter) = (claim.clone(), String::new(), Some(reporter.clone()));
        let reason = reason.to_owned();
        out.events.push(EventRecord { about, kind: "Normal", reason, message, field_path, reporter });
    }
    out.writes.push(Write::Create(
        "persistentvolumes",
        json!({
            "apiVersion": "v1", "kind": "PersistentVolume",
            "metadata": {"name": volume, "annotations": {IDENTITY: identity, PROVISIONED_BY: NAME}},
            "spec": {
                "accessModes": claim["spec"]["accessModes"],
                "capacity": {"storage": claim["spec"]["resources"]["requests"]["storage"]},
                "claimRef": {
                    "apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": name, "namespace": namespace,
                    "uid": claim["metadata"]["uid"], "resourceVersion": claim["metadata"]["resourceVersion"],
                },
                "hostPath": {"path": directory, "type": ""},
                "persistentVolumeReclaimPolicy": class["reclaimPolicy"].as_str().unwrap_or("Delete"),
                "storageClassName": class["metadata"]["name"],
                "volumeMode": "Filesystem",
            },
        }),
    ));
}

/// Whether a volume is of this provisioner, and has to go.
fn is_released(volume: &Value) -> bool {
    volume["metadata"]["annotations"][PROVISIONED_BY] == NAME
        && volume["status"]["phase"] == "Released"
        && volume["spec"]["persistentVolumeReclaimPolicy"] == "Delete"
        && path::get(volume, "metadata.deletionTimestamp").is_null()
}

fn folder_of(volume: &Value) -> &str {
    path::str(volume, "spec.hostPath.path")
}

/// Empties a released volume with the policy `Recycle`, and makes it available again. The real controller runs a Pod on the node
/// for it, by which it takes some seconds.
fn recycle(key: &ObjectKey, volume: &Rc<Value>, node: &mut dyn Node, out: &mut Reconciled) {
    let spec = &volume["spec"];
    if spec["persistentVolumeReclaimPolicy"] != "Recycle"
        || volume["status"]["phase"] != "Released"
        || !path::get(volume, "metadata.deletionTimestamp").is_null()
    {
        return;
    }
    let directory = folder_of(volume);
    if directory.is_empty() || directory == "/" {
        return; // only folders of the node and nfs can be
    }
    node.remove_directory(directory);
    node.make_directory(directory);
    out.events.push(EventRecord {
        about: volume.clone(),
        kind: "Normal",
        reason: "VolumeRecycled".to_owned(),
        message: "Volume recycled".to_owned(),
        field_path: String::new(),
        reporter: Some("persistentvolume-controller".to_owned()),
    });
    let patch = |subresource, body| Write::Patch { key: key.clone(), subresource, patch: api::PatchType::Merge, body };
    out.writes.push(patch("", json!({"spec": {"claimRef": null}})));
    out.writes.push(patch("status", json!({"status": {"phase": "Available"}})));
}

/// Deletes a released volume with the policy `Delete`, and its folder.
fn delete(key: &ObjectKey, volume: &Value, node: &mut dyn Node, out: &mut Reconciled) {
    if !is_released(volume) {
        return;
    }
    let directory = folder_of(volume);
    if directory.starts_with(ROOT) && !directory.contains("/../") {
        node.remove_directory(directory);
    }
    out.writes.push(Write::Delete(key.clone(), Value::Null));
}
