//! What the API server itself does about CustomResourceDefinitions: it accepts their names, serves them, and takes their
//! objects along when they go.
//!
//! k8s.io/apiextensions-apiserver/pkg/controller: status, establish, finalizer

use std::time::Duration;

use api::path;
use apiserver::ObjectKey;
use apiserver::served::CLEANUP;
use component::{Context, Reconciled, Write, write_status};
use serde_json::{Value, json};

use super::{patch, set_condition};

/// How many objects are deleted in one reconcile.
const AT_ONCE: usize = 50;

/// Reconciles one definition.
#[inline(never)]
pub fn reconcile(cx: &mut Context, key: &ObjectKey) -> Reconciled {
    let mut out = Reconciled::default();
    let Some(definition) = cx.view.get(&key.resource, "", &key.name) else { return out };
    if !path::get(definition, "metadata.deletionTimestamp").is_null() {
        clean_up(cx, key, definition, &mut out);
        return out;
    }
    let mut status = if definition["status"].is_object() { definition["status"].clone() } else { json!({}) };
    status["acceptedNames"] = definition["spec"]["names"].clone();
    let stored = path::list(definition, "spec.versions").iter().find(|version| path::bool(version, "storage"));
    let stored = stored.map_or("", |version| path::str(version, "name"));
    let mut versions = path::list(&status, "storedVersions").to_vec();
    if !versions.iter().any(|version| version == stored) {
        versions.push(stored.into());
    }
    status["storedVersions"] = versions.into();
    set_condition(&mut status, "NamesAccepted", "True", "NoConflicts", "no conflicts found", cx.now, false);
    let message = "the initial names have been accepted";
    set_condition(&mut status, "Established", "True", "InitialNamesAccepted", message, cx.now, false);
    write_status(&mut out, key, &definition["status"], status);
    out
}

/// Deletes the objects; when none is left, removes the finalizer.
fn clean_up(cx: &Context, key: &ObjectKey, definition: &Value, out: &mut Reconciled) {
    let mut left = 0;
    for object in cx.view.list(&key.name, None) {
        left += 1;
        if path::get(object, "metadata.deletionTimestamp").is_null() && out.writes.len() < AT_ONCE {
            let field = |name: &str| path::str(object, name);
            let at = ObjectKey::new(&key.name, field("metadata.namespace"), field("metadata.name"));
            out.writes.push(Write::Delete(at, Value::Null));
        }
    }
    if left > 0 {
        out.requeue_within(Duration::from_millis(if out.writes.is_empty() { 1000 } else { 5 }));
        return;
    }
    let finalizers = path::list(definition, "metadata.finalizers").iter().filter(|name| **name != CLEANUP);
    let rest: Vec<Value> = finalizers.cloned().collect();
    let rest = if rest.is_empty() { Value::Null } else { Value::Array(rest) };
    out.writes.push(patch(key, json!({"metadata": {"finalizers": rest}})));
}
