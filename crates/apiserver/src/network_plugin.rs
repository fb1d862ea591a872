//! Which network plugin there is: some act on NetworkPolicies, and minikube's own (a bridge) does not.
//!
//! <https://kubernetes.io/docs/concepts/services-networking/network-policies/#prerequisites>

use api::{Resource, path};
use serde_json::Value;

use crate::{ObjectKey, Store};

/// The resource.
pub const POLICIES: &str = "networkpolicies.networking.k8s.io";

const NAMESPACE: &str = "kube-system";

/// The Pods of plugins that filter, by their label `k8s-app`.
const FILTERING: [&str; 3] = ["calico-node", "canal", "cilium"];

/// Whether a Pod is one of a plugin that filters.
pub fn is_of_one(key: &ObjectKey, labels: &Value) -> bool {
    &*key.namespace == NAMESPACE && labels["k8s-app"].as_str().is_some_and(|name| FILTERING.contains(&name))
}

/// What is said of a policy that nothing acts on.
pub(crate) fn warning(store: &Store, resource: &Resource) -> Option<String> {
    let is_in_vain = resource.key() == POLICIES && !filters(store);
    is_in_vain.then(|| {
        "spec: nothing acts on it in this cluster: its network plugin does not filter traffic; 'minikube start --cni=calico' \
         installs one that does"
            .to_owned()
    })
}

/// Whether a plugin that acts on NetworkPolicies runs.
pub fn filters(store: &Store) -> bool {
    store.list("pods", Some(NAMESPACE)).any(|(key, pod)| {
        let is_ready = |condition: &Value| condition["type"] == "Ready" && condition["status"] == "True";
        is_of_one(key, &pod["metadata"]["labels"]) && path::list(pod, "status.conditions").iter().any(is_ready)
    })
}
