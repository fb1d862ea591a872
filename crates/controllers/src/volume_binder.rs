//! The persistent volume controller: claims find volumes, or ask for them to be made; volumes know whether they are bound.
//!
//! <https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding>,
//! pkg/controller/volume/persistentvolume/pv_controller.go

use std::rc::Rc;
use std::time::Duration;

use api::{PatchType, path};
use apiserver::{ObjectKey, selector};
use component::resources::amount;
use component::{Context, Reconciled, Write, write_status};
use serde_json::{Value, json};

use super::patch;

const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";
const BOUND_BY_CONTROLLER: &str = "pv.kubernetes.io/bound-by-controller";
const PROVISIONED_BY: &str = "pv.kubernetes.io/provisioned-by";
pub(crate) const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";
pub(crate) const PROVISIONER: &str = "volume.kubernetes.io/storage-provisioner";
const PROVISIONER_BETA: &str = "volume.beta.kubernetes.io/storage-provisioner";
const NO_PROVISIONER: &str = "kubernetes.io/no-provisioner";
/// How often an unbound claim is reconciled again (`--pvclaimbinder-sync-period`).
const RESYNC: Duration = Duration::from_secs(15);

/// Reconciles one claim or volume.
#[inline(never)]
pub fn reconcile(cx: &mut Context, key: &ObjectKey) -> Reconciled {
    let mut out = Reconciled::default();
    if &*key.resource == "persistentvolumes" {
        if let Some(volume) = cx.view.get("persistentvolumes", "", &key.name) {
            sync_volume(cx, key, volume, &mut out);
        }
    } else if let Some(claim) = cx.view.get("persistentvolumeclaims", &key.namespace, &key.name) {
        if claim["metadata"]["annotations"][BIND_COMPLETED].is_null() {
            sync_unbound(cx, key, claim, &mut out);
        } else {
            sync_bound(cx, key, claim, &mut out);
        }
    }
    out
}

/// The class of a claim or volume; empty for none.
pub(crate) fn class_of(object: &Value) -> &str {
    match object["metadata"]["annotations"]["volume.beta.kubernetes.io/storage-class"].as_str() {
        Some(class) => class,
        None => path::str(object, "spec.storageClassName"),
    }
}

/// Whether a claim's class waits for the first Pod that uses the claim.
pub(crate) fn waits_for_consumer(cx: &Context, claim: &Value) -> bool {
    let class = class_of(claim);
    !class.is_empty()
        && cx
            .view
            .get("storageclasses.storage.k8s.io", "", class)
            .is_some_and(|class| class["volumeBindingMode"] == "WaitForFirstConsumer")
}

fn sync_unbound(cx: &Context, key: &ObjectKey, claim: &Rc<Value>, out: &mut Reconciled) {
    let name = path::str(claim, "spec.volumeName");
    if !name.is_empty() {
        match cx.view.get("persistentvolumes", "", name) {
            None => pending(key, claim, out),
            Some(volume) => match claim_ref(volume) {
                None => match mismatch(volume, claim) {
                    None => bind(volume, claim, key, out),
                    Some(why) => {
                        let message = format!("Cannot bind to requested volume \"{name}\": {why}");
                        out.warning(claim, "VolumeMismatch", message);
                        pending(key, claim, out);
                        out.requeue_within(RESYNC);
                    }
                },
                Some(held) if holds(held, claim) => bind(volume, claim, key, out),
                Some(held) => {
                    let other = format!("{}/{}", path::str(held, "namespace"), path::str(held, "name"));
                    let message = format!("volume \"{name}\" already bound to a different claim \"{other}\".");
                    out.warning(claim, "FailedBinding", message);
                    pending(key, claim, out);
                    out.requeue_within(RESYNC);
                }
            },
        }
        return;
    }
    let waits = waits_for_consumer(cx, claim);
    let selected = !claim["metadata"]["annotations"][SELECTED_NODE].is_null();
    if let Some(volume) = best_match(cx, claim, waits) {
        bind(volume, claim, key, out);
        return;
    }
    if claim["spec"]["storageClassName"].is_null()
        && let Some(class) = default_class(cx)
    {
        out.writes.push(patch(key, json!({"spec": {"storageClassName": class}})));
        return;
    }
    if waits && !selected {
        let pods = cx.index.users.get(key).into_iter().flatten();
        let user = pods.filter_map(|pod| cx.index.pods.get(pod)).find(|pod| pod.active() && pod.node.is_empty());
        match user {
            Some(pod) => {
                let message = format!("waiting for pod {} to be scheduled", pod.key.name);
                out.normal(claim, "WaitForPodScheduled", message);
            }
            None => {
                out.normal(claim, "WaitForFirstConsumer", "waiting for first consumer to be created before binding");
            }
        }
    } else if class_of(claim).is_empty() {
        let message = "no persistent volumes available for this claim and no storage class is set";
        out.normal(claim, "FailedBinding", message);
    } else {
        provision(cx, key, claim, out);
    }
    pending(key, claim, out);
    out.requeue_within(RESYNC);
}

/// Asks the class's provisioner for a volume, by annotations on the claim.
fn provision(cx: &Context, key: &ObjectKey, claim: &Rc<Value>, out: &mut Reconciled) {
    let class = class_of(claim);
    let Some(class) = cx.view.get("storageclasses.storage.k8s.io", "", class) else {
        let message = format!("storageclass.storage.k8s.io \"{class}\" not found");
        out.warning(claim, "ProvisioningFailed", message);
        return;
    };
    let provisioner = path::str(class, "provisioner");
    if provisioner == NO_PROVISIONER {
        let message = format!("no volume plugin matched name: {NO_PROVISIONER}");
        out.warning(claim, "ProvisioningFailed", message);
        return;
    }
    if claim["metadata"]["annotations"][PROVISIONER] != provisioner {
        let annotations = json!({PROVISIONER: provisioner, PROVISIONER_BETA: provisioner});
        out.writes.push(patch(key, json!({"metadata": {"annotations": annotations}})));
    }
    let message = format!(
        "Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the system \
         administrator. If volume creation is delayed, please verify that the provisioner is running and correctly \
         registered."
    );
    out.normal(claim, "ExternalProvisioning", message);
}

fn default_class(cx: &Context) -> Option<String> {
    let mut classes: Vec<&Rc<Value>> = cx
        .view
        .list("storageclasses.storage.k8s.io", None)
        .filter(|class| class["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true")
        .collect();
    // Of several default classes the youngest counts.
    let made = |class: &Value| path::str(class, "metadata.creationTimestamp").to_owned();
    sim::order::sort_by(&mut classes, |a, b| made(b).cmp(&made(a)));
    classes.first().map(|class| path::str(class, "metadata.name").to_owned())
}

fn pending(key: &ObjectKey, claim: &Value, out: &mut Reconciled) {
    let mut status = claim["status"].clone();
    path::set(&mut status, "phase", "Pending");
    path::remove(&mut status, "accessModes");
    path::remove(&mut status, "capacity");
    write_status(out, key, &claim["status"], status);
}

fn claim_ref(volume: &Value) -> Option<&Value> {
    Some(&volume["spec"]["claimRef"]).filter(|held| held.is_object())
}

/// Whether a volume's `claimRef` means this claim; one without a uid was written by a person beforehand.
fn holds(held: &Value, claim: &Value) -> bool {
    held["name"] == claim["metadata"]["name"]
        && held["namespace"] == claim["metadata"]["namespace"]
        && (path::str(held, "uid").is_empty() || held["uid"] == claim["metadata"]["uid"])
}

fn volume_mode(object: &Value) -> &str {
    object["spec"]["volumeMode"].as_str().unwrap_or("Filesystem")
}

fn has_modes(volume: &Value, claim: &Value) -> bool {
    let offered = path::list(volume, "spec.accessModes");
    path::list(claim, "spec.accessModes").iter().all(|mode| offered.contains(mode))
}

/// Why a volume that a claim asks for by name cannot be bound to it.
fn mismatch(volume: &Value, claim: &Value) -> Option<&'static str> {
    if amount(path::get(volume, "spec.capacity.storage")) < amount(path::get(claim, "spec.resources.requests.storage"))
    {
        return Some("requested PV is too small");
    }
    if class_of(volume) != class_of(claim) {
        return Some("storageClassName does not match");
    }
    if volume_mode(volume) != volume_mode(claim) {
        return Some("incompatible volumeMode");
    }
    if !has_modes(volume, claim) {
        return Some("incompatible accessMode");
    }
    None
}

/// The smallest volume that fits; one whose `claimRef` already means this claim wins over all.
pub(crate) fn best_match<'a>(cx: &Context<'a>, claim: &Value, waits: bool) -> Option<&'a Rc<Value>> {
    let wanted = amount(path::get(claim, "spec.resources.requests.storage"));
    let mut best: Option<(i64, &'a Rc<Value>)> = None;
    for volume in cx.view.list("persistentvolumes", None) {
        if let Some(held) = claim_ref(volume) {
            if holds(held, claim) && volume_mode(volume) == volume_mode(claim) {
                return Some(volume);
            }
            continue;
        }
        let size = amount(path::get(volume, "spec.capacity.storage"));
        let wanted_labels = &claim["spec"]["selector"];
        if waits
            || size < wanted
            || volume["status"]["phase"] != "Available"
            || !path::get(volume, "metadata.deletionTimestamp").is_null()
            || class_of(volume) != class_of(claim)
            || volume_mode(volume) != volume_mode(claim)
            || !has_modes(volume, claim)
            || !wanted_labels.is_null() && !selector::matches(wanted_labels, &volume["metadata"]["labels"])
        {
            continue;
        }
        if best.is_none_or(|(smallest, _)| size < smallest) {
            best = Some((size, volume));
        }
    }
    best.map(|(_, volume)| volume)
}

/// Binds volume and claim: both sides, and both statuses.
fn bind(volume: &Value, claim: &Value, key: &ObjectKey, out: &mut Reconciled) {
    let volume_key = ObjectKey::new("persistentvolumes", "", path::str(volume, "metadata.name"));
    let bound = claim_ref(volume).is_some_and(|held| !path::str(held, "uid").is_empty());
    if !bound {
        let mut body = json!({"spec": {"claimRef": {
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": claim["metadata"]["name"],
            "namespace": claim["metadata"]["namespace"], "uid": claim["metadata"]["uid"],
            "resourceVersion": claim["metadata"]["resourceVersion"],
        }}});
        if claim_ref(volume).is_none() {
            body["metadata"] = json!({"annotations": {BOUND_BY_CONTROLLER: "yes"}});
        }
        out.writes.push(patch(&volume_key, body));
    }
    phase(volume, &volume_key, "Bound", out);
    let mut annotations = json!({BIND_COMPLETED: "yes"});
    let mut body = json!({});
    if path::str(claim, "spec.volumeName").is_empty() {
        annotations[BOUND_BY_CONTROLLER] = "yes".into();
        body["spec"] = json!({"volumeName": volume["metadata"]["name"]});
    }
    body["metadata"] = json!({"annotations": annotations});
    out.writes.push(patch(key, body));
    bound_status(volume, claim, key, out);
}

fn bound_status(volume: &Value, claim: &Value, key: &ObjectKey, out: &mut Reconciled) {
    let mut status = claim["status"].clone();
    path::set(&mut status, "phase", "Bound");
    status["accessModes"] = volume["spec"]["accessModes"].clone();
    if path::str(claim, "status.phase") != "Bound" || claim["status"]["capacity"].is_null() {
        status["capacity"] = json!({"storage": volume["spec"]["capacity"]["storage"]});
    }
    write_status(out, key, &claim["status"], status);
}

fn sync_bound(cx: &Context, key: &ObjectKey, claim: &Rc<Value>, out: &mut Reconciled) {
    let name = path::str(claim, "spec.volumeName");
    let lost = |out: &mut Reconciled, reason: &str, message: &str| {
        if claim["status"]["phase"] != "Lost" {
            let mut status = claim["status"].clone();
            path::set(&mut status, "phase", "Lost");
            write_status(out, key, &claim["status"], status);
            out.warning(claim, reason, message);
        }
    };
    if name.is_empty() {
        let message = "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!";
        return lost(out, "ClaimLost", message);
    }
    let Some(volume) = cx.view.get("persistentvolumes", "", name) else {
        return lost(out, "ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!");
    };
    match claim_ref(volume) {
        None => bind(volume, claim, key, out),
        Some(held) if held["uid"] == claim["metadata"]["uid"] => {
            let volume_key = ObjectKey::new("persistentvolumes", "", name);
            phase(volume, &volume_key, "Bound", out);
            bound_status(volume, claim, key, out);
        }
        Some(_) => {
            lost(out, "ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly");
        }
    }
}

fn phase(volume: &Value, key: &ObjectKey, wanted: &str, out: &mut Reconciled) {
    if path::str(volume, "status.phase") != wanted {
        out.writes.push(Write::Patch {
            key: key.clone(),
            subresource: "status",
            patch: PatchType::Merge,
            body: json!({"status": {"phase": wanted}}),
        });
    }
}

fn sync_volume(cx: &Context, key: &ObjectKey, volume: &Rc<Value>, out: &mut Reconciled) {
    let Some(held) = claim_ref(volume) else { return phase(volume, key, "Available", out) };
    if path::str(held, "uid").is_empty() {
        return phase(volume, key, "Available", out);
    }
    let claim = cx
        .view
        .get("persistentvolumeclaims", path::str(held, "namespace"), path::str(held, "name"))
        .filter(|claim| claim["metadata"]["uid"] == held["uid"]);
    let Some(claim) = claim else {
        if path::str(volume, "status.phase") != "Failed" {
            phase(volume, key, "Released", out);
        }
        return reclaim(key, volume, out);
    };
    let name = path::str(claim, "spec.volumeName");
    if name == &*key.name {
        return phase(volume, key, "Bound", out);
    }
    if name.is_empty() {
        return; // the claim's own turn binds it
    }
    // The claim took another volume.
    let annotations = &volume["metadata"]["annotations"];
    if !annotations[PROVISIONED_BY].is_null() && volume["spec"]["persistentVolumeReclaimPolicy"] == "Delete" {
        phase(volume, key, "Released", out);
        reclaim(key, volume, out);
    } else if !annotations[BOUND_BY_CONTROLLER].is_null() {
        let body = json!({"metadata": {"annotations": {BOUND_BY_CONTROLLER: null}}, "spec": {"claimRef": null}});
        out.writes.push(patch(key, body));
        phase(volume, key, "Available", out);
    } else {
        let body = json!({"spec": {"claimRef": {"uid": null, "resourceVersion": null}}});
        out.writes.push(patch(key, body));
        phase(volume, key, "Available", out);
    }
}

/// Applies the reclaim policy to a released volume. A provisioner deletes those that it made.
fn reclaim(key: &ObjectKey, volume: &Rc<Value>, out: &mut Reconciled) {
    if volume["spec"]["persistentVolumeReclaimPolicy"] != "Delete"
        || !volume["metadata"]["annotations"][PROVISIONED_BY].is_null()
        || !path::get(volume, "metadata.deletionTimestamp").is_null()
    {
        return;
    }
    let directory = path::str(volume, "spec.hostPath.path");
    if directory.starts_with("/tmp/") && directory.len() > "/tmp/".len() {
        out.writes.push(Write::Delete(key.clone(), Value::Null));
    } else if !directory.is_empty() && path::str(volume, "status.phase") != "Failed" {
        let message = format!("host_path deleter only supports /tmp/.+ but received provided {directory}");
        let body = json!({"status": {"phase": "Failed", "message": message}});
        out.writes.push(Write::Patch { key: key.clone(), subresource: "status", patch: PatchType::Merge, body });
        out.warning(volume, "VolumeFailedDelete", message);
    }
}

#[cfg(test)]
#[path = "volume_binder_tests.rs"]
mod tests;
