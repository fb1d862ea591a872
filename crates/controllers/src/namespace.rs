//! The namespace controller: a namespace that is being deleted is emptied first.
//!
//! <https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/>, pkg/controller/namespace/deletion

use std::collections::BTreeMap;
use std::time::Duration;

use api::path;
use apiserver::ObjectKey;
use component::{Context, Reconciled, Write, write_status};
use serde_json::{Value, json};
use sim::Time;

use super::set_condition;

/// Deletions in one step.
const AT_ONCE: usize = 50;

/// Reconciles one namespace.
#[inline(never)]
pub fn reconcile(cx: &mut Context, key: &ObjectKey) -> Reconciled {
    let mut out = Reconciled::default();
    let Some(namespace) = cx.view.get("namespaces", "", &key.name) else { return out };
    if path::get(namespace, "metadata.deletionTimestamp").is_null()
        || path::list(namespace, "spec.finalizers").is_empty()
    {
        return out;
    }
    // Pods first; the rest when they are gone, so that nothing they need goes before them (KEP-5080).
    let mut left: BTreeMap<String, usize> = BTreeMap::new();
    let mut finalizers: BTreeMap<String, usize> = BTreeMap::new();
    for resource in cx.view.namespaced_resources() {
        let pods = resource.key() == "pods";
        if !pods && cx.view.list("pods", Some(&key.name)).next().is_some() {
            continue;
        }
        let mut count = 0;
        for object in cx.view.list(resource.key(), Some(&key.name)) {
            count += 1;
            if path::get(object, "metadata.deletionTimestamp").is_null() && out.writes.len() < AT_ONCE {
                let at = ObjectKey::new(resource.key(), &key.name, path::str(object, "metadata.name"));
                out.writes.push(Write::Delete(at, json!({"propagationPolicy": "Background"})));
            }
            for finalizer in path::list(object, "metadata.finalizers").iter().filter_map(Value::as_str) {
                *finalizers.entry(format!("{finalizer} in ")).or_default() += 1;
            }
        }
        if count > 0 {
            left.insert(format!("{}.{} has ", resource.plural, resource.group), count);
        }
    }
    if !out.writes.is_empty() {
        out.requeue_within(Duration::from_millis(5));
        return out;
    }
    let mut status = namespace["status"].clone();
    let more = !left.is_empty();
    // While it waits for Pods it does not report what is left, as upstream does not either.
    if left.contains_key("pods. has ") {
        conditions(&mut status, &BTreeMap::new(), &BTreeMap::new(), cx.now);
    } else {
        conditions(&mut status, &left, &finalizers, cx.now);
    }
    write_status(&mut out, key, &namespace["status"], status);
    if more {
        // An object that ends gracefully enqueues the namespace when it is gone.
        out.requeue_within(Duration::from_secs(5));
        return out;
    }
    let mut finalized = (**namespace).clone();
    path::remove(&mut finalized, "metadata.resourceVersion");
    let others = path::list(namespace, "spec.finalizers").iter().filter(|finalizer| *finalizer != "kubernetes");
    finalized["spec"]["finalizers"] = others.cloned().collect();
    out.writes.push(Write::Finalize(finalized));
    out
}

/// What of a namespace's content is left, and by whom it is held (`status_condition_utils.go`). Finding and deleting it never
/// fails here.
fn conditions(status: &mut Value, left: &BTreeMap<String, usize>, finalizers: &BTreeMap<String, usize>, now: Time) {
    let listed = |counts: &BTreeMap<String, usize>| {
        counts.iter().map(|(what, count)| format!("{what}{count} resource instances")).collect::<Vec<_>>().join(", ")
    };
    for (kind, reason, message) in [
        ("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
        (
            "NamespaceDeletionGroupVersionParsingFailure",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed",
        ),
        (
            "NamespaceDeletionContentFailure",
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization",
        ),
    ] {
        set_condition(status, kind, "False", reason, message, now, false);
    }
    for (kind, counts, some, lead, none, nothing) in [
        (
            "NamespaceContentRemaining",
            left,
            "SomeResourcesRemain",
            "Some resources are remaining: ",
            "ContentRemoved",
            "All content successfully removed",
        ),
        (
            "NamespaceFinalizersRemaining",
            finalizers,
            "SomeFinalizersRemain",
            "Some content in the namespace has finalizers remaining: ",
            "ContentHasNoFinalizers",
            "All content-preserving finalizers finished",
        ),
    ] {
        let (state, reason, message) = match counts.is_empty() {
            true => ("False", none, nothing.to_owned()),
            false => ("True", some, format!("{lead}{}", listed(counts))),
        };
        set_condition(status, kind, state, reason, &message, now, false);
        // Another message of the same reason counts as well.
        let list = status["conditions"].as_array_mut().into_iter().flatten();
        list.filter(|condition| condition["type"] == kind)
            .for_each(|condition| condition["message"] = message.as_str().into());
    }
}
