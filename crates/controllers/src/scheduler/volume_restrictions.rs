//! Filter: a claim with the access mode `ReadWriteOncePod` is one Pod's.
//!
//! pkg/scheduler/framework/plugins/volumerestrictions

use apiserver::ObjectKey;
use component::Context;
use serde_json::Value;

use api::path;

use super::{Rejection, WaitsFor, volume_binding};

/// Rejects a node while another Pod uses a claim that the Pod would have for itself.
pub fn filter(cx: &Context, pod: &Value) -> Result<(), Rejection> {
    for claim in volume_binding::claims_of(cx, pod) {
        if !path::list(claim, "spec.accessModes").iter().any(|mode| mode == "ReadWriteOncePod") {
            continue;
        }
        let (namespace, name) = (path::str(claim, "metadata.namespace"), path::str(claim, "metadata.name"));
        let key = ObjectKey::new("persistentvolumeclaims", namespace, name);
        let users = cx.index.users.get(&key).into_iter().flatten();
        let in_use =
            users.filter_map(|user| cx.index.pods.get(user)).any(|user| !user.node.is_empty() && !user.ended());
        if in_use {
            let reason = "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use \
                          by another pod";
            let mut rejection = Rejection::of(reason, WaitsFor::Pods);
            // The other Pod may be pushed away.
            rejection.resolvable = true;
            return Err(rejection);
        }
    }
    Ok(())
}
