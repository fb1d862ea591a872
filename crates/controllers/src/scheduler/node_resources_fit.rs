//! Filter and score: whether a node has enough CPU, memory and devices left, and may run another Pod.
//!
//! pkg/scheduler/framework/plugins/noderesources/fit.go

use api::path;
use component::Context;
use component::resources::{Resources, amount};
use serde_json::Value;

use super::{Candidate, Rejection, WaitsFor};

/// Rejects a node with too little left; the message names everything that is short.
pub fn filter(cx: &Context, pod: &Value, candidate: &Candidate) -> Result<(), Rejection> {
    let allocatable = &candidate.node["status"]["allocatable"];
    let has = Resources::read(allocatable);
    let left = has.minus(candidate.used.requests);
    let wants = Resources::of_pod(pod);
    let mut reasons = Vec::new();
    let mut hopeless = false;
    if candidate.used.pods.len() as i64 + 1 > amount(&allocatable["pods"]) {
        reasons.push("Too many pods".to_owned());
    }
    for (wants, left, has, reason) in [
        (wants.milli_cpu, left.milli_cpu, has.milli_cpu, "Insufficient cpu"),
        (wants.memory, left.memory, has.memory, "Insufficient memory"),
        (wants.ephemeral_storage, left.ephemeral_storage, has.ephemeral_storage, "Insufficient ephemeral-storage"),
    ] {
        if wants > 0 && wants > left {
            reasons.push(reason.to_owned());
            hopeless |= wants > has;
        }
    }
    for name in devices(pod) {
        if let Some(never) = lacks_device(cx, pod, candidate, name) {
            reasons.push(format!("Insufficient {name}"));
            hopeless |= never;
        }
    }
    if reasons.is_empty() {
        return Ok(());
    }
    Err(Rejection { reasons, resolvable: !hopeless, waits_for: if hopeless { WaitsFor::Node } else { WaitsFor::Room } })
}

/// Whether a node has too little of a device, and if so whether it has too few of them in all.
#[inline(never)]
fn lacks_device(cx: &Context, pod: &Value, candidate: &Candidate, name: &str) -> Option<bool> {
    let wants = device_count(pod, name);
    let node = &candidate.node["status"];
    // A device that somebody added to the capacity counts as allocatable: the kubelet would report it.
    let has = ["allocatable", "capacity"].into_iter().map(|field| amount(&node[field][name])).max().unwrap_or(0);
    let others = candidate.used.pods.keys().filter_map(|key| cx.view.get("pods", &key.namespace, &key.name));
    let taken: i64 = others.map(|other| device_count(other, name)).fold(0, i64::saturating_add);
    (wants > has.saturating_sub(taken)).then_some(wants > has)
}

/// What a Pod asks for beside CPU, memory and disk: devices (`nvidia.com/gpu`) and huge pages, in the order of their names.
fn devices(pod: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for container in ["containers", "initContainers"].into_iter().flat_map(|list| path::list(&pod["spec"], list)) {
        let asks = container["resources"]["requests"].as_object().into_iter().flatten();
        for (name, _) in asks.filter(|(name, _)| name.contains('/') || name.starts_with("hugepages-")) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
    }
    sim::order::sort_texts(&mut names);
    names
}

fn device_count(pod: &Value, name: &str) -> i64 {
    let of = |list: &str| path::list(&pod["spec"], list).iter().map(|one| amount(&one["resources"]["requests"][name]));
    of("containers").fold(0, i64::saturating_add).max(of("initContainers").max().unwrap_or(0))
}

/// The score: the share of the node that stays free (`LeastAllocated`), 0 to 100.
pub fn score(pod: &Value, candidate: &Candidate) -> i64 {
    let has = Resources::read(&candidate.node["status"]["allocatable"]);
    let taken = candidate.used.requests.plus(Resources::of_pod(pod));
    let part = |taken: i64, has: i64| if has <= 0 || taken > has { 0 } else { (has - taken) * 100 / has };
    (part(taken.milli_cpu, has.milli_cpu) + part(taken.memory, has.memory)) / 2
}
