//! Filter: the required parts of `podAffinity` and `podAntiAffinity`.
//!
//! <https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity>

use api::path;
use serde_json::Value;

use super::{Candidate, Rejection, WaitsFor};
use crate::controllers::selector;
use crate::runtime::{Context, PodInfo};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";

/// Rejects a node whose topology domain lacks a wanted Pod, or holds an unwanted one.
pub fn filter(cx: &Context, pod: &Value, candidate: &Candidate) -> Result<(), Rejection> {
    let affinity = &pod["spec"]["affinity"];
    if !affinity.is_object() {
        return Ok(());
    }
    for term in path::list(&affinity["podAffinity"], REQUIRED) {
        // The first Pod of a group that wants to be with its own kind may go anywhere.
        let alone = || {
            selects(term, pod, &pod["metadata"]["labels"], path::str(pod, "metadata.namespace"))
                && !anywhere(cx, term, pod)
        };
        if !in_domain(cx, term, pod, candidate) && !alone() {
            return Err(Rejection::of("node(s) didn't match pod affinity rules", WaitsFor::Pods));
        }
    }
    for term in path::list(&affinity["podAntiAffinity"], REQUIRED) {
        if in_domain(cx, term, pod, candidate) {
            let mut rejection = Rejection::of("node(s) didn't match pod anti-affinity rules", WaitsFor::Pods);
            rejection.resolvable = true;
            return Err(rejection);
        }
    }
    Ok(())
}

fn selects(term: &Value, pod: &Value, labels: &Value, namespace: &str) -> bool {
    let namespaces = path::list(term, "namespaces");
    let fits = if namespaces.is_empty() {
        namespace == path::str(pod, "metadata.namespace")
    } else {
        namespaces.iter().any(|wanted| wanted == namespace)
    };
    fits && selector::matches(&term["labelSelector"], labels)
}

fn matching<'a>(cx: &'a Context, term: &'a Value, pod: &'a Value) -> impl Iterator<Item = &'a PodInfo> {
    let fits = |info: &&PodInfo| selects(term, pod, &info.labels, &info.key.namespace);
    cx.index.nodes.values().flat_map(|node| node.pods.values().map(AsRef::as_ref)).filter(fits)
}

fn anywhere(cx: &Context, term: &Value, pod: &Value) -> bool {
    matching(cx, term, pod).next().is_some()
}

fn in_domain(cx: &Context, term: &Value, pod: &Value, candidate: &Candidate) -> bool {
    let topology = path::str(term, "topologyKey");
    let domain = candidate.node["metadata"]["labels"][topology].clone();
    !domain.is_null()
        && matching(cx, term, pod).any(|info| {
            cx.view.get("nodes", "", &info.node).is_some_and(|node| node["metadata"]["labels"][topology] == domain)
        })
}
