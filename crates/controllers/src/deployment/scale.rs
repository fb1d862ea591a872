//! What happens when only the size changed, or while a Deployment is paused: proportional scaling.

use std::rc::Rc;

use api::path;
use component::Reconciled;
use serde_json::Value;

use super::sets::{Sets, max_surge};

/// Brings the ReplicaSets to the wanted size without going on with a rollout.
pub(super) fn scale(deployment: &Rc<Value>, sets: &mut Sets, out: &mut Reconciled) {
    let wanted = path::int(deployment, "spec.replicas").unwrap_or(1);
    if let Some(at) = active_or_latest(sets) {
        if sets.at(at).replicas() != wanted {
            sets.scale(at, wanted, deployment, out);
        }
        return;
    }
    let saturated = sets.new_set().is_some_and(|new| {
        new.replicas() == wanted
            && new.annotation("deployment.kubernetes.io/desired-replicas") == Some(wanted)
            && new.count("availableReplicas") == wanted
    });
    if saturated {
        for at in sets.old() {
            if sets.at(at).replicas() > 0 {
                sets.scale(at, 0, deployment, out);
            }
        }
        return;
    }
    if path::str(deployment, "spec.strategy.type") == "Recreate" {
        return;
    }
    for (at, size) in proportional(deployment, sets) {
        sets.scale(at, size, deployment, out);
    }
}

/// The one ReplicaSet with replicas; without any, the new or else the latest; `None` when several have some.
fn active_or_latest(sets: &Sets) -> Option<usize> {
    let everything: Vec<usize> = sets.old().into_iter().chain(sets.new_at()).collect();
    let active: Vec<usize> = everything.iter().copied().filter(|at| sets.at(*at).replicas() > 0).collect();
    match active.as_slice() {
        [] => sets.new_at().or_else(|| sets.old().last().copied()),
        [one] => Some(*one),
        _ => None,
    }
}

/// Each active ReplicaSet gets its share of the Pods to add or to take away; the largest takes what rounding leaves.
pub(super) fn proportional(deployment: &Value, sets: &Sets) -> Vec<(usize, i64)> {
    let wanted = path::int(deployment, "spec.replicas").unwrap_or(1);
    let mut active: Vec<usize> =
        sets.old().into_iter().chain(sets.new_at()).filter(|at| sets.at(*at).replicas() > 0).collect();
    let total: i64 = active.iter().map(|at| sets.at(*at).replicas()).sum();
    let allowed = if wanted > 0 { wanted + max_surge(deployment) } else { 0 };
    let to_add = allowed - total;
    // Larger ones first; of equals the newer when adding, the older when taking away.
    sim::order::sort_by(&mut active, |a, b| {
        let by_age = sets.at(*a).age().cmp(&sets.at(*b).age());
        let by_age = if to_add > 0 { by_age.reverse() } else { by_age };
        sets.at(*b).replicas().cmp(&sets.at(*a).replicas()).then(by_age)
    });
    let mut added = 0;
    let mut sizes: Vec<(usize, i64)> = Vec::new();
    for at in active {
        let set = sets.at(at);
        let mut size = set.replicas();
        if to_add != 0 {
            let before_scale = set
                .annotation("deployment.kubernetes.io/max-replicas")
                .filter(|before| *before > 0)
                .unwrap_or_else(|| path::int(deployment, "status.replicas").unwrap_or(0).max(1));
            let fraction =
                if wanted == 0 { -size } else { rounded(size * (wanted + max_surge(deployment)), before_scale) - size };
            let left = to_add - added;
            let share = if left == 0 {
                0
            } else if to_add > 0 {
                fraction.min(left)
            } else {
                fraction.max(left)
            };
            size += share;
            added += share;
        }
        sizes.push((at, size));
    }
    if let Some((_, size)) = sizes.first_mut().filter(|_| to_add != 0) {
        *size = (*size + to_add - added).max(0);
    }
    sizes
}

fn rounded(numerator: i64, denominator: i64) -> i64 {
    (2 * numerator + denominator).div_euclid(2 * denominator)
}
