//! The control plane's other components: the controllers of kube-controller-manager (one a file), the scheduler, kube-proxy, DNS,
//! the volume provisioner, and what MetalLB and metrics-server do.
//!
//! Here: for each, what it decides about one key. It compares what is wanted with what is, and says which writes bring it closer.
//! They meet only at the API: none calls another, and none can call the kubelet, which is a crate beside this one.
//! Not here: when a component is asked and how its writes are sent (`cluster`), the API server's own work (`apiserver`).
//!
//! `#[inline(never)]` here and in the API server keeps what a new cluster does not need apart from what it does: only the
//! latter is fetched before the first command (ARCHITECTURE.md, "The page in two parts").

#![warn(clippy::missing_errors_doc)]

pub mod certificate_signer;
pub mod cronjob;
pub mod daemonset;
pub mod definitions;
pub mod deployment;
pub mod disruption;
pub mod dns;
pub mod endpoints;
pub mod endpointslice;
pub mod ephemeral_volume;
pub mod garbage_collector;
pub mod horizontal;
pub mod ingress_nginx;
pub mod job;
pub mod metallb;
pub mod metrics_server;
mod mirroring;
pub mod namespace;
pub mod network_policy;
pub mod node_lifecycle;
pub mod pod_gc;
pub mod protection;
pub mod provisioner;
pub mod proxy;
pub mod replicaset;
pub mod resourcequota;
mod revisions;
pub mod root_ca;
pub mod scheduler;
pub mod serviceaccount;
pub mod statefulset;
mod statefulset_claims;
pub mod volume_binder;

use std::rc::Rc;
use std::time::Duration;

use api::{PatchType, path};
use apiserver::{ObjectKey, selector};
use component::{Context, PodInfo, Reconciled, Write};
use serde_json::{Map, Value, json};
use sim::{Rng, Time};

/// The owner reference of an object that `owner` creates as its controller.
pub(crate) fn controller_reference(owner: &Value) -> Value {
    json!({
        "apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"], "controller": true, "blockOwnerDeletion": true,
    })
}

/// The merge patch (RFC 7386) that makes `after` of `before`; `None` when they are equal.
pub(crate) fn merge_patch(before: &Value, after: &Value) -> Option<Value> {
    let (Value::Object(old), Value::Object(new)) = (before, after) else {
        return (before != after).then(|| after.clone());
    };
    let mut patch = Map::new();
    for key in old.keys().filter(|key| !new.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    for (key, value) in new {
        match old.get(key) {
            None => drop(patch.insert(key.clone(), value.clone())),
            Some(before) => drop(merge_patch(before, value).map(|part| patch.insert(key.clone(), part))),
        }
    }
    if patch.is_empty() { None } else { Some(Value::Object(patch)) }
}

/// The write of a merge patch of an object.
pub(crate) fn patch(key: &ObjectKey, body: Value) -> Write {
    Write::Patch { key: key.clone(), subresource: "", patch: PatchType::Merge, body }
}

/// A condition of a status list by its type.
pub(crate) fn condition<'a>(status: &'a Value, kind: &str) -> Option<&'a Value> {
    path::list(status, "conditions").iter().find(|condition| path::str(condition, "type") == kind)
}

/// Puts a condition into a status; one of the same type is replaced, its `lastTransitionTime` kept while its status stays.
/// Nothing happens when status and reason stay the same.
pub(crate) fn set_condition(
    status: &mut Value,
    kind: &str,
    state: &str,
    reason: &str,
    message: &str,
    now: Time,
    updates: bool,
) {
    let mut transition = None;
    if let Some(current) = condition(status, kind).filter(|current| path::str(current, "status") == state) {
        if *path::field(current, "reason") == reason {
            return;
        }
        transition = Some(path::str(current, "lastTransitionTime").to_owned());
    }
    let transition = transition.unwrap_or_else(|| now.rfc3339());
    let mut condition = json!({
        "type": kind, "status": state, "reason": reason, "message": message, "lastTransitionTime": transition,
    });
    if updates {
        condition["lastUpdateTime"] = now.rfc3339().into();
    }
    if !status["conditions"].is_array() {
        status["conditions"] = json!([]);
    }
    if let Some(list) = status["conditions"].as_array_mut() {
        if updates {
            // A Deployment's condition that changes moves to the end.
            list.retain(|current| path::str(current, "type") != kind);
        }
        match list.iter_mut().find(|current| path::str(current, "type") == kind) {
            Some(current) => *current = condition,
            None => list.push(condition),
        }
    }
}

/// Removes a condition.
pub(crate) fn remove_condition(status: &mut Value, kind: &str) {
    if let Some(list) = status.get_mut("conditions").and_then(Value::as_array_mut) {
        list.retain(|current| path::str(current, "type") != kind);
    }
}

/// `maxSurge: 25%` or `1`, of a total.
pub(crate) fn int_or_percent(value: &Value, total: i64, round_up: bool) -> i64 {
    match value {
        Value::Number(number) => number.as_i64().unwrap_or(0),
        Value::String(text) => {
            let percent = text.strip_suffix('%').and_then(|digits| digits.parse::<i64>().ok()).unwrap_or(0);
            let product = percent.saturating_mul(total);
            if round_up { product.saturating_add(99).div_euclid(100) } else { product.div_euclid(100) }
        }
        _ => 0,
    }
}

/// The hash in ReplicaSets' names and `pod-template-hash` labels: FNV-1a of the template, in letters that make no words.
/// (The real one hashes Go's dump of the structure, so the digits differ; that equal templates give equal hashes does not.)
pub fn template_hash(template: &Value, collisions: Option<i64>) -> String {
    let mut hash: u32 = 0x811c_9dc5;
    let text = template.to_string();
    let salt = collisions.map(i64::to_le_bytes).unwrap_or_default();
    let salted = collisions.is_some();
    for byte in text.bytes().chain(salt.into_iter().filter(|_| salted)) {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    hash.to_string().bytes().map(|digit| char::from(LETTERS[usize::from(digit) % LETTERS.len()])).collect()
}

/// A Pod of a template, owned by its controller; the name is made here, so that events can say it.
pub(crate) fn pod_of_template(cx: &mut Context, owner: &Value, template: &Value) -> Value {
    let namespace = path::str(owner, "metadata.namespace");
    let base = path::str(owner, "metadata.name");
    let mut prefix: String = base.chars().take(57).collect();
    prefix.push('-');
    let name = free_name(cx.rng, &prefix, |name| cx.view.get("pods", namespace, name).is_some());
    let mut metadata = Value::Object(Map::new());
    for field in ["labels", "annotations", "finalizers"] {
        if let Some(value) = path::field(template, "metadata").get(field) {
            path::set(&mut metadata, field, value.clone());
        }
    }
    path::set(&mut metadata, "name", name);
    path::set(&mut metadata, "generateName", prefix);
    path::set(&mut metadata, "namespace", namespace);
    path::set(&mut metadata, "ownerReferences", vec![controller_reference(owner)]);
    let mut pod = Value::Object(Map::new());
    path::set(&mut pod, "apiVersion", "v1");
    path::set(&mut pod, "kind", "Pod");
    path::set(&mut pod, "metadata", metadata);
    path::set(&mut pod, "spec", path::field(template, "spec").clone());
    pod
}

/// A generated name that is free.
pub(crate) fn free_name(rng: &mut Rng, prefix: &str, taken: impl Fn(&str) -> bool) -> String {
    loop {
        let name = format!("{prefix}{}", rng.name_suffix(5));
        if !taken(&name) {
            return name;
        }
    }
}

/// Whether a Pod has been ready for long enough. `Err` has the time that is left; `None` in it while the Pod is not ready.
pub(crate) fn available(pod: &PodInfo, min_ready: i64, now: Time) -> Result<(), Option<Duration>> {
    let Some(since) = pod.ready_since else { return Err(None) };
    let wanted = Duration::from_secs(min_ready.max(0) as u64);
    let has = now.since(since);
    if has >= wanted { Ok(()) } else { Err(Some(wanted - has)) }
}

/// Adopts the loose Pods that a controller selects, which it returns, and lets go of those it no longer does
/// (`PodControllerRefManager`).
pub(crate) fn adopt_and_let_go(cx: &Context, owner: &Value, out: &mut Reconciled) -> Vec<Rc<PodInfo>> {
    let mut adopted = Vec::new();
    let uid = path::str(owner, "metadata.uid");
    let namespace = path::str(owner, "metadata.namespace");
    let wanted = &owner["spec"]["selector"];
    if let Some(group) = cx.index.controlled.get(uid)
        && !group.labels.values().all(|(labels, ..)| selector::matches(wanted, labels))
    {
        let unselected = group.pods.values().filter(|pod| !pod.terminating && !selector::matches(wanted, &pod.labels));
        for pod in unselected {
            let body = json!({"metadata": {"ownerReferences": [{"$patch": "delete", "uid": uid}]}});
            out.writes.push(Write::Patch { key: pod.key.clone(), subresource: "", patch: PatchType::Strategic, body });
        }
    }
    if !path::get(owner, "metadata.deletionTimestamp").is_null() {
        return adopted;
    }
    let from = ObjectKey::new("pods", namespace, "");
    for (key, pod) in cx.index.loose.range(from..) {
        if *key.namespace != *namespace {
            break;
        }
        if pod.active() && selector::matches(wanted, &pod.labels) {
            let body = json!({"metadata": {"ownerReferences": [controller_reference(owner)]}});
            out.writes.push(Write::Patch { key: key.clone(), subresource: "", patch: PatchType::Strategic, body });
            adopted.push(pod.clone());
        }
    }
    adopted
}

/// The Pods that a controller owns and selects, after adopting and releasing.
pub(crate) fn claim_pods(cx: &Context, owner: &Value, out: &mut Reconciled) -> Vec<Rc<PodInfo>> {
    let mut pods = adopt_and_let_go(cx, owner, out);
    let wanted = &owner["spec"]["selector"];
    let held = cx.index.pods_of(path::str(owner, "metadata.uid"));
    pods.extend(held.filter(|pod| selector::matches(wanted, &pod.labels)).cloned());
    pods
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merge_patches_lead_from_one_to_the_other() {
        let before = json!({"a": 1, "b": {"c": 2, "d": 3}, "e": [1]});
        let after = json!({"a": 1, "b": {"c": 4}, "e": [2], "f": true});
        assert_eq!(merge_patch(&before, &after), Some(json!({"b": {"c": 4, "d": null}, "e": [2], "f": true})));
        assert_eq!(merge_patch(&after, &after.clone()), None);
    }

    #[test]
    fn percentages_round_up_for_surge_and_down_for_unavailable() {
        for (value, total, up, down) in [
            (json!("25%"), 3, 1, 0),
            (json!("25%"), 4, 1, 1),
            (json!("25%"), 10, 3, 2),
            (json!("100%"), 3, 3, 3),
            (json!("0%"), 3, 0, 0),
            (json!(2), 3, 2, 2),
            (Value::Null, 3, 0, 0),
            (json!("x%"), 3, 0, 0),
        ] {
            assert_eq!(int_or_percent(&value, total, true), up, "{value} of {total}, up");
            assert_eq!(int_or_percent(&value, total, false), down, "{value} of {total}, down");
        }
    }

    #[test]
    fn equal_templates_have_equal_hashes() {
        let template = json!({"spec": {"containers": [{"image": "nginx:1.14.2"}]}});
        assert_eq!(template_hash(&template, None), template_hash(&template.clone(), None));
        assert_ne!(template_hash(&template, None), template_hash(&json!({}), None));
        assert_ne!(template_hash(&template, None), template_hash(&template, Some(1)));
        assert!(template_hash(&template, None).len() <= 10);
    }

    #[test]
    fn a_condition_keeps_its_transition_time_while_its_status_stays() {
        let (early, late) = (Time::from_unix_secs(0), Time::from_unix_secs(60));
        let mut status = json!({});
        set_condition(&mut status, "Progressing", "True", "NewReplicaSetCreated", "m", early, true);
        set_condition(&mut status, "Progressing", "True", "NewReplicaSetAvailable", "n", late, true);
        let progressing = condition(&status, "Progressing").unwrap();
        assert_eq!(progressing["lastTransitionTime"], "1970-01-01T00:00:00Z");
        assert_eq!(progressing["lastUpdateTime"], "1970-01-01T00:01:00Z");
        assert_eq!(path::list(&status, "conditions").len(), 1);
    }

    #[test]
    fn a_deployments_condition_that_changes_moves_to_the_end() {
        let mut status = json!({});
        let now = Time::from_unix_secs(0);
        set_condition(&mut status, "Progressing", "True", "NewReplicaSetCreated", "m", now, true);
        set_condition(&mut status, "Available", "True", "MinimumReplicasAvailable", "m", now, true);
        let order = |status: &Value| -> Vec<String> {
            path::list(status, "conditions").iter().map(|one| path::str(one, "type").to_owned()).collect()
        };
        set_condition(&mut status, "Progressing", "True", "NewReplicaSetCreated", "m", now, true);
        assert_eq!(order(&status), ["Progressing", "Available"]);
        set_condition(&mut status, "Progressing", "True", "NewReplicaSetAvailable", "n", now, true);
        assert_eq!(order(&status), ["Available", "Progressing"]);
    }
}
