//! The garbage collector: what all its owners have left is deleted; an owner deleted in the foreground waits for what it
//! owns; one deleted with `Orphan` lets it go. Expired Events are removed here too.
//!
//! <https://kubernetes.io/docs/concepts/architecture/garbage-collection/>, pkg/controller/garbagecollector

use std::time::Duration;

use api::{PatchType, path};
use apiserver::ObjectKey;
use component::{Context, Reconciled, Write};
use serde_json::{Value, json};
use sim::Time;

use super::patch;

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

/// Reconciles one object.
#[inline(never)]
pub fn reconcile(cx: &mut Context, key: &ObjectKey) -> Reconciled {
    let mut out = Reconciled::default();
    let Some(object) = cx.view.get(&key.resource, &key.namespace, &key.name) else { return out };
    if &*key.resource == "events" && path::list(object, "metadata.ownerReferences").is_empty() {
        expire(cx, key, object, &mut out);
        return out;
    }
    let finalizers = path::list(object, "metadata.finalizers");
    if !path::get(object, "metadata.deletionTimestamp").is_null() {
        if finalizers.iter().any(|name| name == ORPHAN) {
            orphan(cx, key, object, &mut out);
        } else if finalizers.iter().any(|name| name == FOREGROUND) {
            foreground(cx, key, object, &mut out);
        }
        return out;
    }
    collect(cx, key, object, &mut out);
    out
}

fn dependents<'a>(cx: &'a Context, object: &Value) -> Vec<&'a ObjectKey> {
    cx.index.owned.get(path::str(object, "metadata.uid")).into_iter().flatten().collect()
}

fn without(object: &Value, finalizer: &str) -> Value {
    let rest: Vec<Value> =
        path::list(object, "metadata.finalizers").iter().filter(|name| *name != finalizer).cloned().collect();
    json!({"metadata": {"finalizers": if rest.is_empty() { Value::Null } else { Value::Array(rest) }}})
}

fn orphan(cx: &Context, key: &ObjectKey, object: &Value, out: &mut Reconciled) {
    let uid = path::str(object, "metadata.uid");
    for dependent in dependents(cx, object) {
        out.writes.push(disown(cx, dependent, &[uid]));
    }
    out.writes.push(patch(key, without(object, ORPHAN)));
}

fn foreground(cx: &Context, key: &ObjectKey, object: &Value, out: &mut Reconciled) {
    let uid = path::str(object, "metadata.uid");
    let mut blocked = false;
    for dependent in dependents(cx, object) {
        let Some(held) = cx.view.get(&dependent.resource, &dependent.namespace, &dependent.name) else { continue };
        let blocks = path::list(held, "metadata.ownerReferences")
            .iter()
            .any(|owner| path::str(owner, "uid") == uid && path::bool(owner, "blockOwnerDeletion"));
        blocked |= blocks;
        if path::get(held, "metadata.deletionTimestamp").is_null() {
            let deeper = !dependents(cx, held).is_empty();
            let policy = if deeper { "Foreground" } else { "Background" };
            out.writes.push(Write::Delete(dependent.clone(), json!({"propagationPolicy": policy})));
        }
    }
    if !blocked {
        out.writes.push(patch(key, without(object, FOREGROUND)));
    }
}

/// Deletes the object if none of its owners is there; lets go of the absent ones if some are.
fn collect(cx: &Context, key: &ObjectKey, object: &Value, out: &mut Reconciled) {
    let owners = path::list(object, "metadata.ownerReferences");
    if owners.is_empty() {
        return;
    }
    let (mut solid, mut gone, mut waiting) = (0, Vec::new(), Vec::new());
    for owner in owners {
        let uid = path::str(owner, "uid");
        let resource = cx.view.resource_of_kind(path::str(owner, "apiVersion"), path::str(owner, "kind"));
        let Some(resource) = resource else {
            solid += 1; // a kind it does not know: it would retry, never delete
            continue;
        };
        let namespace = if resource.namespaced { &*key.namespace } else { "" };
        match cx.view.get(resource.key(), namespace, path::str(owner, "name")) {
            Some(found) if path::str(found, "metadata.uid") == uid => {
                let foreground = !path::get(found, "metadata.deletionTimestamp").is_null()
                    && path::list(found, "metadata.finalizers").iter().any(|name| name == FOREGROUND);
                if foreground { waiting.push(uid) } else { solid += 1 }
            }
            _ => gone.push(uid),
        }
    }
    if solid > 0 {
        gone.extend(waiting);
        if !gone.is_empty() {
            out.writes.push(disown(cx, key, &gone));
        }
        return;
    }
    let finalizers = path::list(object, "metadata.finalizers");
    let policy = if finalizers.iter().any(|name| name == ORPHAN) {
        "Orphan"
    } else if finalizers.iter().any(|name| name == FOREGROUND)
        || !waiting.is_empty() && !dependents(cx, object).is_empty()
    {
        "Foreground"
    } else {
        "Background"
    };
    let options = json!({"propagationPolicy": policy, "preconditions": {"uid": object["metadata"]["uid"]}});
    out.writes.push(Write::Delete(key.clone(), options));
}

fn disown(cx: &Context, key: &ObjectKey, uids: &[&str]) -> Write {
    let object = cx.view.get(&key.resource, &key.namespace, &key.name);
    let owners = object.map(|object| path::list(object, "metadata.ownerReferences")).unwrap_or_default();
    let rest: Vec<Value> = owners.iter().filter(|owner| !uids.contains(&path::str(owner, "uid"))).cloned().collect();
    let rest = if rest.is_empty() { Value::Null } else { Value::Array(rest) };
    Write::Patch {
        key: key.clone(),
        subresource: "",
        patch: PatchType::Merge,
        body: json!({"metadata": {"ownerReferences": rest}}),
    }
}

/// Events are kept for an hour after they last happened.
fn expire(cx: &Context, key: &ObjectKey, event: &Value, out: &mut Reconciled) {
    let times = ["lastTimestamp", "series.lastObservedTime", "eventTime", "metadata.creationTimestamp"];
    let last = times.iter().filter_map(|field| Time::parse_rfc3339(path::str(event, field))).max().unwrap_or_default();
    let end = last + Duration::from_secs(3600);
    if cx.now >= end {
        out.writes.push(Write::Delete(key.clone(), Value::Null));
        out.summary = Some(String::new());
    } else {
        out.requeue_within(end.since(cx.now));
    }
}
