//! Filter: the required parts of `podAffinity` and `podAntiAffinity`.
//!
//! <https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity>

use api::path;
use apiserver::selector;
use component::{Context, PodInfo};
use serde_json::Value;

use super::{Candidate, Rejection, WaitsFor};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";

/// Rejects a node whose topology domain lacks a wanted Pod, or holds an unwanted one.
pub fn filter(cx: &Context, pod: &Value, candidate: &Candidate) -> Result<(), Rejection> {
    if pod["spec"]["affinity"].is_object() {
        own_rules(cx, pod, candidate)?;
    }
    if cx.index.repelling.is_empty() { Ok(()) } else { rules_of_others(cx, pod, candidate) }
}

/// The rules of Pods that are there already.
#[inline(never)]
fn rules_of_others(cx: &Context, pod: &Value, candidate: &Candidate) -> Result<(), Rejection> {
    for key in cx.index.repelling.iter() {
        let Some(other) = cx.view.get("pods", &key.namespace, &key.name) else { continue };
        let Some(info) = cx.index.pods.get(key) else { continue };
        let labels = &pod["metadata"]["labels"];
        let namespace = path::str(pod, "metadata.namespace");
        let repelled = path::list(&other["spec"]["affinity"]["podAntiAffinity"], REQUIRED).iter().any(|term| {
            selects(cx, term, other, labels, namespace)
                && domain(cx, term, &info.node).is_some_and(|domain| domain == domain_of(term, candidate.node))
        });
        if repelled {
            let mut rejection =
                Rejection::of("node(s) didn't satisfy existing pods anti-affinity rules", WaitsFor::Pods);
            rejection.resolvable = true;
            return Err(rejection);
        }
    }
    Ok(())
}

/// The rules of the Pod itself.
#[inline(never)]
fn own_rules(cx: &Context, pod: &Value, candidate: &Candidate) -> Result<(), Rejection> {
    let affinity = &pod["spec"]["affinity"];
    for term in path::list(&affinity["podAffinity"], REQUIRED) {
        // The first Pod of a group that wants to be with its own kind may go anywhere.
        let alone = || {
            selects(cx, term, pod, &pod["metadata"]["labels"], path::str(pod, "metadata.namespace"))
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

/// Whether a term of a Pod selects another Pod, of which labels and namespace are given.
fn selects(cx: &Context, term: &Value, pod: &Value, labels: &Value, namespace: &str) -> bool {
    let namespaces = path::list(term, "namespaces");
    let by_labels = &term["namespaceSelector"];
    let fits = if namespaces.is_empty() && by_labels.is_null() {
        namespace == path::str(pod, "metadata.namespace")
    } else {
        namespaces.iter().any(|wanted| wanted == namespace)
            || cx
                .view
                .get("namespaces", "", namespace)
                .is_some_and(|namespace| selector::matches(by_labels, &namespace["metadata"]["labels"]))
    };
    let own = &pod["metadata"]["labels"];
    let keys =
        |field: &str| path::list(term, field).iter().filter_map(Value::as_str).filter(|key| !own[*key].is_null());
    fits && selector::matches(&term["labelSelector"], labels)
        && keys("matchLabelKeys").all(|key| own[key] == labels[key])
        && keys("mismatchLabelKeys").all(|key| own[key] != labels[key])
}

fn matching<'a>(cx: &'a Context, term: &'a Value, pod: &'a Value) -> impl Iterator<Item = &'a PodInfo> {
    let fits = |info: &&PodInfo| selects(cx, term, pod, &info.labels, &info.key.namespace);
    cx.index.nodes.values().flat_map(|node| node.pods.values().map(AsRef::as_ref)).filter(fits)
}

fn anywhere(cx: &Context, term: &Value, pod: &Value) -> bool {
    matching(cx, term, pod).next().is_some()
}

fn domain_of<'a>(term: &Value, node: &'a Value) -> &'a Value {
    &node["metadata"]["labels"][path::str(term, "topologyKey")]
}

/// The topology domain of a node by its name; `None` if it has none.
fn domain<'a>(cx: &Context<'a>, term: &Value, node: &str) -> Option<&'a Value> {
    cx.view.get("nodes", "", node).map(|node| domain_of(term, node)).filter(|domain| !domain.is_null())
}

fn in_domain(cx: &Context, term: &Value, pod: &Value, candidate: &Candidate) -> bool {
    let wanted = domain_of(term, candidate.node);
    !wanted.is_null() && matching(cx, term, pod).any(|info| domain(cx, term, &info.node) == Some(wanted))
}
