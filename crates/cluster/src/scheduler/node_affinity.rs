//! Filter: `nodeSelector` and the required part of `affinity.nodeAffinity`.
//!
//! <https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/>

use api::path;
use serde_json::{Value, json};

use super::{Candidate, Rejection, WaitsFor};
use apiserver::selector::{matches_expression, matches_map};

/// Rejects a node whose labels are not the wanted ones.
pub fn filter(pod: &Value, candidate: &Candidate) -> Result<(), Rejection> {
    let required = path::get(pod, "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution");
    let labels = &candidate.node["metadata"]["labels"];
    if matches_map(&pod["spec"]["nodeSelector"], labels)
        && (required.is_null() || matches_node(required, candidate.node))
    {
        return Ok(());
    }
    Err(Rejection::of("node(s) didn't match Pod's node affinity/selector", WaitsFor::Node))
}

/// Whether a NodeSelector (terms, any of which suffices) matches a node.
pub fn matches_node(selector: &Value, node: &Value) -> bool {
    let labels = &node["metadata"]["labels"];
    let fields = json!({"metadata.name": node["metadata"]["name"]});
    path::list(selector, "nodeSelectorTerms").iter().any(|term| {
        let expressions = path::list(term, "matchExpressions");
        let on_fields = path::list(term, "matchFields");
        !(expressions.is_empty() && on_fields.is_empty())
            && expressions.iter().all(|expression| matches_expression(expression, labels))
            && on_fields.iter().all(|expression| matches_expression(expression, &fields))
    })
}
