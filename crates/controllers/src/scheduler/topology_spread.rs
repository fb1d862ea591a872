//! Filter: the hard part of `topologySpreadConstraints`.
//!
//! <https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/>,
//! pkg/scheduler/framework/plugins/podtopologyspread. What is `ScheduleAnyway` only scores nodes, and is not looked at.

use std::collections::BTreeMap;

use api::path;
use apiserver::selector;
use component::Context;
use component::index::NodeUse;
use serde_json::Value;

use super::{Candidate, Rejection, WaitsFor, node_affinity, taint_toleration};

const UNEVEN: &str = "node(s) didn't match pod topology spread constraints";
const UNLABELLED: &str = "node(s) didn't match pod topology spread constraints (missing required label)";

/// Rejects a node without a label that the Pod spreads by, or whose domain would have too many more Pods than another.
pub fn filter(cx: &Context, pod: &Value, candidate: &Candidate) -> Result<(), Rejection> {
    let constraints: Vec<&Value> = path::list(pod, "spec.topologySpreadConstraints")
        .iter()
        .filter(|one| one["whenUnsatisfiable"] == "DoNotSchedule")
        .collect();
    if constraints.is_empty() { Ok(()) } else { spread(cx, pod, candidate, &constraints) }
}

#[inline(never)]
fn spread(cx: &Context, pod: &Value, candidate: &Candidate, constraints: &[&Value]) -> Result<(), Rejection> {
    let domain_in = |node: &Value, constraint: &Value| -> Option<String> {
        let labels = &node["metadata"]["labels"];
        labels[path::str(constraint, "topologyKey")].as_str().map(str::to_owned)
    };
    for constraint in constraints {
        let Some(here) = domain_in(candidate.node, constraint) else {
            return Err(Rejection::of(UNLABELLED, WaitsFor::Node));
        };
        let labels = &pod["metadata"]["labels"];
        let counts = |other: &Value| {
            let keys = path::list(constraint, "matchLabelKeys").iter().filter_map(Value::as_str);
            selector::matches(&constraint["labelSelector"], other)
                && keys.into_iter().all(|key| labels[key].is_null() || labels[key] == other[key])
        };
        let nothing = NodeUse::default();
        let mut domains: BTreeMap<String, i64> = BTreeMap::new();
        for node in cx.view.list("nodes", None) {
            let used = cx.index.nodes.get(path::str(node, "metadata.name")).unwrap_or(&nothing);
            let one = Candidate { node, used };
            if !constraints.iter().all(|other| domain_in(node, other).is_some()) || !counted(pod, constraint, &one) {
                continue;
            }
            let namespace = path::str(pod, "metadata.namespace");
            let pods = used.pods.values().filter(|other| !other.terminating && *other.key.namespace == *namespace);
            let count = pods.filter(|other| counts(&other.labels)).count() as i64;
            if let Some(domain) = domain_in(node, constraint) {
                *domains.entry(domain).or_default() += count;
            }
        }
        let few = (domains.len() as i64) < path::int(constraint, "minDomains").unwrap_or(1);
        let least = if few { 0 } else { domains.values().copied().min().unwrap_or(0) };
        let skew = domains.get(&here).copied().unwrap_or(0) + i64::from(counts(labels)) - least;
        if skew > path::int(constraint, "maxSkew").unwrap_or(1) {
            let mut rejection = Rejection::of(UNEVEN, WaitsFor::Pods);
            rejection.resolvable = true;
            return Err(rejection);
        }
    }
    Ok(())
}

/// Whether a node's Pods are counted: it must be one that the Pod's selectors allow and, where asked for, its tolerations.
fn counted(pod: &Value, constraint: &Value, candidate: &Candidate) -> bool {
    (constraint["nodeAffinityPolicy"] == "Ignore" || node_affinity::filter(pod, candidate).is_ok())
        && (constraint["nodeTaintsPolicy"] != "Honor" || taint_toleration::filter(pod, candidate).is_ok())
}
