//! What the scheduler and the kubelet both ask of a Pod and a node.
//!
//! k8s.io/component-helpers/scheduling/corev1/nodeaffinity; pkg/scheduler/framework/plugins/{nodeaffinity,nodeports}
//! <https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/>

use api::path;
use apiserver::selector::{matches_expression, matches_map};
use serde_json::{Value, json};

use crate::index::{NodeUse, host_ports};

/// Why a node is out for a Pod whose affinity it does not match, as messages have it.
pub const AFFINITY_MISMATCH: &str = "node(s) didn't match Pod's node affinity/selector";
/// Why a node is out on which another Pod has a host port.
pub const PORTS_TAKEN: &str = "node(s) didn't have free ports for the requested pod ports";

/// Whether a node has the labels that a Pod requires: `nodeSelector` and the required part of `affinity.nodeAffinity`.
pub fn matches_affinity(pod: &Value, node: &Value) -> bool {
    let required = path::get(pod, "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution");
    matches_map(&pod["spec"]["nodeSelector"], &node["metadata"]["labels"])
        && (required.is_null() || matches_node(required, node))
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

/// Whether no Pod of a node has one of the host ports that a Pod wants.
pub fn ports_are_free(pod: &Value, used: &NodeUse) -> bool {
    let wanted = host_ports(pod);
    if wanted.is_empty() {
        return true;
    }
    let any = |address: &str| address == "0.0.0.0";
    !used.pods.values().flat_map(|pod| pod.host_ports.iter()).any(|(protocol, address, port)| {
        wanted.iter().any(|(wanted_protocol, wanted_address, wanted_port)| {
            wanted_port == port
                && wanted_protocol == protocol
                && (wanted_address == address || any(wanted_address) || any(address))
        })
    })
}
