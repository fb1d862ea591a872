//! The Deployment controller: a ReplicaSet for each Pod template there was, and Pods moved from the old ones to the new one.
//!
//! <https://kubernetes.io/docs/concepts/workloads/controllers/deployment/>, pkg/controller/deployment

mod rollout;
mod scale;
mod sets;
mod status;

use api::path;
use apiserver::ObjectKey;
use component::{Context, Reconciled, write_status};

use sets::Sets;

/// Reconciles one Deployment.
pub fn reconcile(cx: &mut Context, key: &ObjectKey) -> Reconciled {
    let mut out = Reconciled::default();
    let Some(deployment) = cx.view.get(&key.resource, &key.namespace, &key.name) else { return out };
    let selector = &deployment["spec"]["selector"];
    if selector.as_object().is_none_or(serde_json::Map::is_empty) {
        return out;
    }
    let mut sets = Sets::find(cx, deployment, &mut out);
    if !path::get(deployment, "metadata.deletionTimestamp").is_null() {
        sets.write(&mut out);
        let status = status::calculate(cx, deployment, &sets, deployment["status"].clone());
        write_status(&mut out, key, &deployment["status"], status);
        return out;
    }
    let mut conditions = path::field(deployment, "status").clone();
    status::note_pause(cx, deployment, &mut conditions);
    let mut rolled = false;
    if path::bool(deployment, "spec.paused") || sets.scaling(deployment) {
        sets.sync_revision(deployment, cx, false, &mut conditions, &mut out);
        scale::scale(deployment, &mut sets, &mut out);
        if path::bool(deployment, "spec.paused") {
            sets.clean_up(deployment);
        }
    } else if path::str(deployment, "spec.strategy.type") == "Recreate" {
        rollout::recreate(cx, deployment, &mut sets, &mut conditions, &mut out);
        rolled = true;
    } else {
        rollout::rolling(cx, deployment, &mut sets, &mut conditions, &mut out);
        rolled = true;
    }
    let mut status = status::calculate(cx, deployment, &sets, conditions);
    if rolled && status::complete(deployment, &status) && sets.clean_up(deployment) {
        status = status::calculate(cx, deployment, &sets, status);
    }
    sets.write(&mut out);
    if rolled {
        status::judge_progress(cx, deployment, &sets, &mut status, &mut out);
    }
    write_status(&mut out, key, path::field(deployment, "status"), status);
    out
}

#[cfg(test)]
mod tests;
