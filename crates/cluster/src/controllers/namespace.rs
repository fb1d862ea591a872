//! The namespace controller: a namespace that is being deleted is emptied first.
//!
//! <https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/>, pkg/controller/namespace/deletion

use std::time::Duration;

use api::path;
use serde_json::{Value, json};

use crate::reconcile::{Outcome, Write};
use crate::runtime::Context;
use crate::store::ObjectKey;

/// Deletions in one step.
const AT_ONCE: usize = 50;

/// Looks at one namespace.
#[inline(never)]
pub fn reconcile(cx: &mut Context, key: &ObjectKey) -> Outcome {
    let mut out = Outcome::default();
    let Some(namespace) = cx.view.get("namespaces", "", &key.name) else { return out };
    if path::get(namespace, "metadata.deletionTimestamp").is_null()
        || path::list(namespace, "spec.finalizers").is_empty()
    {
        return out;
    }
    let mut left = 0;
    for resource in cx.view.namespaced_resources() {
        for object in cx.view.list(resource.key(), Some(&key.name)) {
            left += 1;
            if path::get(object, "metadata.deletionTimestamp").is_null() && out.writes.len() < AT_ONCE {
                let at = ObjectKey::new(resource.key(), &key.name, path::str(object, "metadata.name"));
                out.writes.push(Write::Delete(at, json!({"propagationPolicy": "Background"})));
            }
        }
    }
    if left > 0 {
        // What goes gracefully is looked at again when it is gone; the rest in the next step.
        out.again_after(if out.writes.is_empty() { Duration::from_secs(5) } else { Duration::from_millis(5) });
        return out;
    }
    let mut finalized = (**namespace).clone();
    finalized["spec"]["finalizers"] = Value::Array(Vec::new());
    out.writes.push(Write::Finalize(finalized));
    out
}
