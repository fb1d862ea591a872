//! Filter: a Pod's claims must be bound, or wait for it (`WaitForFirstConsumer`).
//!
//! pkg/scheduler/framework/plugins/volumebinding

use std::rc::Rc;

use api::path;
use apiserver::ObjectKey;
use component::placement::matches_node;
use component::{Context, Reconciled};
use serde_json::{Value, json};

use super::{Candidate, Rejection, WaitsFor};
use crate::volume_binder::{SELECTED_NODE, best_match, class_of, waits_for_consumer};
use crate::{ephemeral_volume, patch};

fn claims<'a>(pod: &'a Value) -> impl Iterator<Item = (String, bool)> + 'a {
    path::list(pod, "spec.volumes").iter().filter_map(|volume| {
        if volume["ephemeral"].is_object() {
            return Some((format!("{}-{}", path::str(pod, "metadata.name"), path::str(volume, "name")), true));
        }
        volume["persistentVolumeClaim"]["claimName"].as_str().map(|claim| (claim.to_owned(), false))
    })
}

fn is_bound(claim: &Value) -> bool {
    !claim["metadata"]["annotations"]["pv.kubernetes.io/bind-completed"].is_null()
}

/// Looks at the claims before looking at any node.
///
/// # Errors
/// Why no node can do.
pub fn before(cx: &Context, pod: &Value) -> Result<(), String> {
    let claims: Vec<(String, bool)> = claims(pod).collect();
    if claims.is_empty() { Ok(()) } else { check(cx, pod, claims) }
}

#[inline(never)]
fn check(cx: &Context, pod: &Value, claims: Vec<(String, bool)>) -> Result<(), String> {
    let namespace = path::str(pod, "metadata.namespace");
    let mut unbound = false;
    for (name, ephemeral) in claims {
        let Some(claim) = cx.view.get("persistentvolumeclaims", namespace, &name) else {
            return Err(if ephemeral {
                format!("waiting for ephemeral volume controller to create the persistentvolumeclaim \"{name}\"")
            } else {
                format!("persistentvolumeclaim \"{name}\" not found")
            });
        };
        if ephemeral {
            ephemeral_volume::check_owner(pod, claim)?;
        }
        if claim["status"]["phase"] == "Lost" {
            let volume = path::str(claim, "spec.volumeName");
            return Err(format!(
                "persistentvolumeclaim \"{name}\" bound to non-existent persistentvolume \"{volume}\""
            ));
        }
        if !path::get(claim, "metadata.deletionTimestamp").is_null() {
            return Err(format!("persistentvolumeclaim \"{name}\" is being deleted"));
        }
        unbound |= !is_bound(claim) && !waits_for_consumer(cx, claim);
    }
    if unbound { Err("pod has unbound immediate PersistentVolumeClaims".to_owned()) } else { Ok(()) }
}

/// Rejects a node that cannot reach the Pod's bound volumes, or for whose claims there is no volume.
pub fn filter(cx: &Context, pod: &Value, candidate: &Candidate) -> Result<(), Rejection> {
    claims_of(cx, pod).into_iter().try_for_each(|claim| suits(cx, claim, candidate))
}

#[inline(never)]
fn suits(cx: &Context, claim: &Rc<Value>, candidate: &Candidate) -> Result<(), Rejection> {
    if is_bound(claim) {
        let Some(volume) = cx.view.get("persistentvolumes", "", path::str(claim, "spec.volumeName")) else {
            let reason = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)";
            return Err(Rejection::of(reason, WaitsFor::Storage));
        };
        if !reaches(volume, candidate.node) {
            let reason = "node(s) didn't match PersistentVolume's node affinity";
            return Err(Rejection::of(reason, WaitsFor::Storage));
        }
    } else if !provisionable(cx, claim) && find_static(cx, claim, candidate.node).is_none() {
        let reason = "node(s) didn't find available persistent volumes to bind";
        return Err(Rejection::of(reason, WaitsFor::Storage));
    }
    Ok(())
}

/// Before a Pod is bound to the chosen node, its waiting claims are told of it. True while they still have to be bound.
pub fn prepare(cx: &Context, pod: &Value, node: &Value, out: &mut Reconciled) -> bool {
    let mut waits = false;
    for claim in claims_of(cx, pod).into_iter().filter(|claim| !is_bound(claim)) {
        waits = true;
        let key = ObjectKey::new(
            "persistentvolumeclaims",
            path::str(claim, "metadata.namespace"),
            path::str(claim, "metadata.name"),
        );
        if let Some(volume) = find_static(cx, claim, node) {
            if volume["spec"]["claimRef"].is_null() {
                let volume = ObjectKey::new("persistentvolumes", "", path::str(volume, "metadata.name"));
                let held = json!({
                    "apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": &*key.namespace,
                    "name": &*key.name, "uid": claim["metadata"]["uid"],
                });
                out.writes.push(patch(&volume, json!({"spec": {"claimRef": held}})));
            }
        } else if claim["metadata"]["annotations"][SELECTED_NODE] != node["metadata"]["name"] {
            let annotations = json!({SELECTED_NODE: node["metadata"]["name"]});
            out.writes.push(patch(&key, json!({"metadata": {"annotations": annotations}})));
        }
    }
    waits
}

pub(super) fn claims_of<'a>(cx: &Context<'a>, pod: &Value) -> Vec<&'a Rc<Value>> {
    let namespace = path::str(pod, "metadata.namespace");
    claims(pod).filter_map(|(name, _)| cx.view.get("persistentvolumeclaims", namespace, &name)).collect()
}

fn reaches(volume: &Value, node: &Value) -> bool {
    let required = path::get(volume, "spec.nodeAffinity.required");
    required.is_null() || matches_node(required, node)
}

fn provisionable(cx: &Context, claim: &Value) -> bool {
    let class = cx.view.get("storageclasses.storage.k8s.io", "", class_of(claim));
    class.is_some_and(|class| class["provisioner"] != "kubernetes.io/no-provisioner")
}

fn find_static<'a>(cx: &Context<'a>, claim: &Value, node: &Value) -> Option<&'a Rc<Value>> {
    best_match(cx, claim, false).filter(|volume| reaches(volume, node))
}
