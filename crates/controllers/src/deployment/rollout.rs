//! How Pods move from the old ReplicaSets to the new one: `RollingUpdate` and `Recreate`.

use std::rc::Rc;

use api::path;
use component::{Context, Reconciled};
use serde_json::Value;

use super::sets::{Set, Sets, max_unavailable};

/// One move of a rolling update: the new one up if it may, else the old ones down.
pub(super) fn rolling(cx: &Context, deployment: &Rc<Value>, sets: &mut Sets, status: &mut Value, out: &mut Reconciled) {
    let made = sets.new_at().is_none();
    sets.sync_revision(deployment, cx, true, status, out);
    if made || scale_new(deployment, sets, out) {
        return;
    }
    scale_old(deployment, sets, out);
}

fn scale_new(deployment: &Rc<Value>, sets: &mut Sets, out: &mut Reconciled) -> bool {
    let Some(at) = sets.new_at() else { return false };
    let wanted = path::int(deployment, "spec.replicas").unwrap_or(1);
    let now = sets.at(at).replicas();
    let size = if now > wanted { wanted } else { sets.new_replicas(deployment) };
    size != now && sets.scale(at, size, deployment, out)
}

fn scale_old(deployment: &Rc<Value>, sets: &mut Sets, out: &mut Reconciled) {
    let wanted = path::int(deployment, "spec.replicas").unwrap_or(1);
    let old = sets.old();
    if old.iter().map(|at| sets.at(*at).replicas()).sum::<i64>() == 0 {
        return;
    }
    let total: i64 = sets.all().map(Set::replicas).sum();
    let least = wanted - max_unavailable(deployment);
    let new_unavailable = sets.new_set().map_or(0, |new| new.replicas() - new.count("availableReplicas"));
    let most_down = total - least - new_unavailable;
    if most_down <= 0 {
        return;
    }
    // First the Pods that are not available anyway, so that they hold nothing up.
    let mut cleaned = 0;
    for at in &old {
        let set = sets.at(*at);
        let unhealthy = set.replicas() - set.count("availableReplicas");
        let down = unhealthy.min(most_down - cleaned).min(set.replicas());
        if down > 0 {
            let size = set.replicas() - down;
            sets.scale(*at, size, deployment, out);
            cleaned += down;
        }
    }
    let available: i64 = sets.all().map(|set| set.count("availableReplicas")).sum();
    let surplus = available - least;
    let mut taken = 0;
    for at in &old {
        let set = sets.at(*at);
        let down = set.replicas().min(surplus - taken);
        if down > 0 {
            let size = set.replicas() - down;
            sets.scale(*at, size, deployment, out);
            taken += down;
        }
    }
}

/// One move of a recreation: all old Pods away, and only when none is left the new ones.
pub(super) fn recreate(
    cx: &Context,
    deployment: &Rc<Value>,
    sets: &mut Sets,
    status: &mut Value,
    out: &mut Reconciled,
) {
    sets.sync_revision(deployment, cx, false, status, out);
    let active: Vec<usize> = sets.old().into_iter().filter(|at| sets.at(*at).replicas() > 0).collect();
    if !active.is_empty() {
        for at in active {
            sets.scale(at, 0, deployment, out);
        }
        return;
    }
    let old_pods = sets.old().iter().any(|at| {
        let uid = path::str(&sets.at(*at).object, "metadata.uid");
        sets.at(*at).count("replicas") > 0 || cx.index.pods_of(uid).any(|pod| !pod.ended())
    });
    if old_pods {
        return;
    }
    sets.sync_revision(deployment, cx, true, status, out);
    scale_new(deployment, sets, out);
}
