//! The ResourceQuota controller: counts how much of each quota is used.
//!
//! <https://kubernetes.io/docs/concepts/policy/resource-quotas/>, pkg/controller/resourcequota

use std::collections::BTreeSet;

use api::Quantity;
use apiserver::ObjectKey;
use apiserver::quota::{self, Amounts};
use component::{Context, Reconciled, write_status};
use serde_json::json;

/// Reconciles one quota.
#[inline(never)]
pub fn reconcile(cx: &mut Context, key: &ObjectKey) -> Reconciled {
    let mut out = Reconciled::default();
    let Some(quota) = cx.view.get(&key.resource, &key.namespace, &key.name) else { return out };
    let hard = quota::amounts(&quota["spec"]["hard"]);
    let resources: BTreeSet<String> = sim::order::collect(hard.keys().filter_map(|entry| quota::resource_of(entry)));
    let mut all = Amounts::new();
    for resource in &resources {
        for object in cx.view.list(resource, Some(&key.namespace)) {
            if quota::in_scope(quota, resource, object) {
                quota::add(&mut all, &quota::usage(resource, object));
            }
        }
    }
    let used = sim::order::collect(
        hard.keys().map(|entry| (entry.clone(), all.get(entry).copied().unwrap_or(Quantity::ZERO))),
    );
    let status = json!({"hard": quota::to_value(&hard), "used": quota::to_value(&used)});
    write_status(&mut out, key, &quota["status"], status);
    out
}
