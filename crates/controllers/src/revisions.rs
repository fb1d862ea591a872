//! ControllerRevisions: each template that a StatefulSet or a DaemonSet had, kept for `kubectl rollout history` and `undo`.
//!
//! pkg/controller/history

use std::rc::Rc;

use api::path;
use apiserver::ObjectKey;
use component::{Context, Reconciled, Write};
use serde_json::{Value, json};

use super::controller_reference;

const KEY: &str = "controllerrevisions.apps";

/// Keeps the set's template as the revision `name`. One that was there before and is wanted again becomes the newest; of
/// old ones as many stay as `revisionHistoryLimit` says.
pub fn keep(cx: &Context, set: &Value, name: &str, out: &mut Reconciled) {
    let namespace = path::str(set, "metadata.namespace");
    let uid = path::str(set, "metadata.uid");
    let number = |one: &Value| path::int(one, "revision").unwrap_or(0);
    let owned = |one: &&Rc<Value>| path::list(one, "metadata.ownerReferences").iter().any(|owner| owner["uid"] == uid);
    let mut mine: Vec<&Rc<Value>> = cx.view.list(KEY, Some(namespace)).filter(owned).collect();
    sim::order::sort_by(&mut mine, |a, b| number(a).cmp(&number(b)));
    let last = mine.last().map_or(0, |one| number(one));
    if let Some(old) = mine.iter().find(|one| path::str(one, "metadata.name") == name) {
        if number(old) != last {
            let mut newest = Value::clone(old);
            newest["revision"] = (last + 1).into();
            out.writes.push(Write::Update(KEY, newest));
        }
        return;
    }
    let limit = usize::try_from(path::int(set, "spec.revisionHistoryLimit").unwrap_or(10)).unwrap_or(10);
    // Beside the new revision and the one in use.
    for old in mine.iter().take(mine.len().saturating_sub(limit + 1)) {
        let key = ObjectKey::new(KEY, namespace, path::str(old, "metadata.name"));
        out.writes.push(Write::Delete(key, Value::Null));
    }
    let mut labels = set["spec"]["selector"]["matchLabels"].clone();
    if !labels.is_object() {
        labels = json!({});
    }
    labels["controller.kubernetes.io/hash"] = name.rsplit_once('-').map_or(name, |(_, hash)| hash).into();
    let mut template = set["spec"]["template"].clone();
    template["$patch"] = "replace".into();
    let mut metadata = json!({
        "name": name, "namespace": namespace, "labels": labels, "ownerReferences": [controller_reference(set)],
    });
    if let Some(annotations) = path::object(set, "metadata.annotations") {
        metadata["annotations"] = annotations.clone().into();
    }
    out.writes.push(Write::Create(
        KEY,
        json!({
            "apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": metadata,
            "data": {"spec": {"template": template}}, "revision": last + 1,
        }),
    ));
}
