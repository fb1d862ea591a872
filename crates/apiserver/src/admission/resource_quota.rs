//! ResourceQuota: nothing is made that a quota of the namespace has no room for, and what is made is charged at once.
//!
//! Follows k8s.io/apiserver/pkg/admission/plugin/resourcequota.

use api::{Quantity, Status, path};
use serde_json::Value;

use super::forbidden;
use crate::quota::{self, Amounts};
use crate::route::Target;
use crate::{ApiServer, ObjectKey};

/// What every container has to ask for when a quota counts it.
const REQUIRED: &[&str] = &["cpu", "limits.cpu", "limits.memory", "memory", "requests.cpu", "requests.memory"];

/// Charges a new object, or what an update adds to one, to the quotas of its namespace.
///
/// # Errors
/// 403 when there is no room, or when a container asks for nothing although a quota counts it.
pub fn charge(server: &mut ApiServer, target: &Target, old: Option<&Value>, object: &Value) -> Result<(), Status> {
    let resource = target.resource.key();
    let counts_changes = matches!(resource, "services" | "persistentvolumeclaims") || target.subresource == "resize";
    if target.namespace.is_empty() || old.is_some() && !counts_changes {
        return Ok(());
    }
    let quotas: Vec<(ObjectKey, Value)> = server
        .store
        .list("resourcequotas", Some(&target.namespace))
        .filter(|(_, quota)| quota::in_scope(quota, resource, object))
        .map(|(key, quota)| (key.clone(), (**quota).clone()))
        .collect();
    if quotas.is_empty() {
        return Ok(());
    }
    let mut wanted = quota::usage(resource, object);
    for (name, before) in old.map(|old| quota::usage(resource, old)).unwrap_or_default() {
        if let Some(amount) = wanted.get_mut(&name) {
            *amount = amount.minus(before);
        }
    }
    let mut charged = Vec::new();
    for (key, mut quota) in quotas {
        let hard = quota::amounts(&quota["status"]["hard"]);
        let mut used = quota::amounts(&quota["status"]["used"]);
        let counted: Vec<&String> =
            hard.keys().filter(|name| quota::resource_of(name).as_deref() == Some(resource)).collect();
        if resource == "pods" {
            require(&counted, object)
                .map_err(|why| forbidden(target, object, &format!("failed quota: {}: {why}", key.name)))?;
        }
        let asked = wanted
            .iter()
            .filter(|(name, amount)| hard.contains_key(*name) && !amount.is_zero() && !amount.is_negative())
            .map(|(name, amount)| (name.clone(), *amount));
        let asked: Amounts = sim::order::collect(asked);
        if asked.is_empty() {
            continue;
        }
        let before = used.clone();
        quota::add(&mut used, &asked);
        let over: Vec<&String> = asked
            .keys()
            .filter(|name| match (hard.get(*name), used.get(*name)) {
                (Some(hard), Some(used)) => hard.minus(*used).is_negative(),
                _ => false,
            })
            .collect();
        if !over.is_empty() {
            let shown = |amounts: &Amounts| -> String {
                let parts =
                    over.iter().map(|name| format!("{name}={}", amounts.get(*name).copied().unwrap_or(Quantity::ZERO)));
                parts.collect::<Vec<_>>().join(",")
            };
            let why = format!(
                "exceeded quota: {}, requested: {}, used: {}, limited: {}",
                key.name,
                shown(&asked),
                shown(&before),
                shown(&hard)
            );
            return Err(forbidden(target, object, &why));
        }
        quota["status"]["used"] = quota::to_value(&used);
        charged.push((key, quota));
    }
    for (key, quota) in charged {
        server.store.put(key, Some(quota));
    }
    Ok(())
}

/// A quota on CPU or memory makes every container ask for it.
fn require(counted: &[&String], pod: &Value) -> Result<(), String> {
    let mut missing: Vec<String> = Vec::new();
    for name in REQUIRED.iter().filter(|name| counted.iter().any(|entry| entry == *name)) {
        let (field, what) = match name.split_once('.') {
            Some((field, what)) => (field, what),
            None => ("requests", *name),
        };
        let mut without: Vec<&str> = ["spec.containers", "spec.initContainers"]
            .into_iter()
            .flat_map(|list| path::list(pod, list))
            .filter(|container| container["resources"][field][what].is_null())
            .map(|container| path::str(container, "name"))
            .collect();
        sim::order::sort_texts(&mut without);
        if !without.is_empty() {
            missing.push(format!("{name} for: {}", without.join(",")));
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(format!("must specify {}", missing.join("; "))) }
}
