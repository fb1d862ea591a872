//! What a network plugin such as Calico does with NetworkPolicies: each Pod that a policy selects takes, or makes, only the
//! connections that some policy allows.
//!
//! <https://kubernetes.io/docs/concepts/services-networking/network-policies/>
//! Not here: the plugin's own kinds of policies, and policies of the administrator's (`policy.networking.k8s.io`).

use std::net::Ipv4Addr;
use std::rc::Rc;

use api::path;
pub use apiserver::network_plugin::POLICIES;
use apiserver::selector;
use component::node::{Node, PodFilter, PolicyPeer, PolicyPort, PolicyRule, PolicyRules};
use component::{Context, PodInfo, Reconciled, View};
use serde_json::Value;

/// Whether there is any policy.
pub fn are_there(view: View) -> bool {
    view.list(POLICIES, None).next().is_some()
}

/// Programs all filters anew, as far as a plugin runs that has any.
#[inline(never)]
pub fn reconcile(cx: &mut Context, node: &mut dyn Node) -> Reconciled {
    let filters = cx.view.has_filtering_plugin().then(|| filters(cx));
    let summary = match &filters {
        Some(filters) => format!("filters the traffic of {} Pods", filters.len()),
        None => String::new(),
    };
    node.sync_filters(filters);
    Reconciled { summary: Some(summary), ..Reconciled::default() }
}

/// A policy with the Pods of its rules.
struct Policy<'a> {
    namespace: &'a str,
    name: String,
    spec: &'a Value,
    ingress: bool,
    egress: bool,
}

/// Each Pod that a policy selects. A Pod on the node's network has no address of its own, and the node leaves it out.
fn filters(cx: &Context) -> Vec<PodFilter> {
    let policies: Vec<Policy> = cx.view.list(POLICIES, None).map(|policy| read(policy)).collect();
    let mut filters = Vec::new();
    for pod in cx.index.pods.values().filter(|pod| !pod.ended()) {
        let (mut ingress, mut egress) = (None, None);
        let selects = |policy: &&Policy| {
            policy.namespace == &*pod.key.namespace && selector::matches(&policy.spec["podSelector"], &pod.labels)
        };
        for policy in policies.iter().filter(selects) {
            if policy.ingress {
                add(ingress.get_or_insert_default(), policy, inbound(cx, policy, pod));
            }
            if policy.egress {
                add(egress.get_or_insert_default(), policy, outbound(cx, policy));
            }
        }
        if ingress.is_some() || egress.is_some() {
            filters.push(PodFilter { pod: name_of(pod), ingress, egress });
        }
    }
    filters
}

fn read(policy: &Rc<Value>) -> Policy<'_> {
    let spec = &policy["spec"];
    let (namespace, name) = (path::str(policy, "metadata.namespace"), path::str(policy, "metadata.name"));
    let is_of = |direction: &str| path::list(spec, "policyTypes").iter().any(|one| one == direction);
    Policy { namespace, name: format!("{namespace}/{name}"), spec, ingress: is_of("Ingress"), egress: is_of("Egress") }
}

fn add(rules: &mut PolicyRules, policy: &Policy, allowed: Vec<PolicyRule>) {
    rules.policies.push(policy.name.clone());
    rules.allowed.extend(allowed);
}

fn name_of(pod: &PodInfo) -> String {
    format!("{}/{}", pod.key.namespace, pod.key.name)
}

/// What a policy allows a Pod to take. A port's name is that of a port of the Pod itself.
fn inbound(cx: &Context, policy: &Policy, pod: &PodInfo) -> Vec<PolicyRule> {
    let rules = path::list(policy.spec, "ingress").iter().map(|rule| {
        let ports = path::list(rule, "ports");
        PolicyRule {
            policy: policy.name.clone(),
            peers: peers(cx, policy, rule, "from"),
            ports: (!ports.is_empty()).then(|| {
                let named = |port: &Value| named_port(cx, pod, port);
                ports.iter().filter_map(|port| numbers(port).or_else(|| named(port))).collect()
            }),
        }
    });
    rules.collect()
}

/// What a policy allows a Pod to make. A port's name is that of a port of the other Pod, so each of those has a rule of its own.
fn outbound(cx: &Context, policy: &Policy) -> Vec<PolicyRule> {
    let mut rules = Vec::new();
    for rule in path::list(policy.spec, "egress") {
        let ports = path::list(rule, "ports");
        let peers = peers(cx, policy, rule, "to");
        let by_number: Vec<PolicyPort> = ports.iter().filter_map(numbers).collect();
        for port in ports.iter().filter(|port| port["port"].is_string()) {
            for pod in cx.index.pods.values().filter(|pod| !pod.ended()) {
                let peer = PolicyPeer::Pod(name_of(pod));
                if let Some(number) = named_port(cx, pod, port)
                    && peers.as_ref().is_none_or(|peers| peers.contains(&peer))
                {
                    let (peers, ports) = (Some(vec![peer]), Some(vec![number]));
                    rules.push(PolicyRule { policy: policy.name.clone(), peers, ports });
                }
            }
        }
        if ports.is_empty() || !by_number.is_empty() {
            let ports = (!ports.is_empty()).then_some(by_number);
            rules.push(PolicyRule { policy: policy.name.clone(), peers, ports });
        }
    }
    rules
}

/// Whom a rule names; `None` if it names nobody, and so means everybody.
fn peers(cx: &Context, policy: &Policy, rule: &Value, field: &str) -> Option<Vec<PolicyPeer>> {
    let peers = path::list(rule, field);
    if peers.is_empty() {
        return None;
    }
    let mut found = Vec::new();
    for peer in peers {
        if peer["ipBlock"].is_object() {
            let except = path::list(peer, "ipBlock.except").iter().filter_map(|range| block(range.as_str()?));
            found
                .extend(block(path::str(peer, "ipBlock.cidr")).map(|range| PolicyPeer::Block(range, except.collect())));
            continue;
        }
        let (pods, namespaces) = (&peer["podSelector"], &peer["namespaceSelector"]);
        let is_near = |namespace: &str| match namespaces {
            Value::Null => namespace == policy.namespace,
            _ => cx
                .view
                .get("namespaces", "", namespace)
                .is_some_and(|object| selector::matches(namespaces, &object["metadata"]["labels"])),
        };
        let mut last: (&str, bool) = ("", false);
        for pod in cx.index.pods.values().filter(|pod| !pod.ended()) {
            let namespace: &str = &pod.key.namespace;
            if last.0 != namespace {
                last = (namespace, is_near(namespace));
            }
            if last.1 && (pods.is_null() || selector::matches(pods, &pod.labels)) {
                found.push(PolicyPeer::Pod(name_of(pod)));
            }
        }
    }
    Some(found)
}

/// `10.0.0.0/8`; there is no IPv6 here.
fn block(text: &str) -> Option<(Ipv4Addr, u8)> {
    let (address, bits) = text.split_once('/')?;
    Some((address.parse().ok()?, bits.parse().ok()?))
}

fn protocol(port: &Value) -> String {
    port["protocol"].as_str().unwrap_or("TCP").to_owned()
}

/// A port by number, a range of them, or all of a protocol's; `None` for a name.
fn numbers(port: &Value) -> Option<PolicyPort> {
    let number = |field: &str| port[field].as_u64().and_then(|number| u16::try_from(number).ok());
    let (first, last) = match number("port") {
        Some(first) => (first, number("endPort").unwrap_or(first)),
        None if port["port"].is_null() => (0, u16::MAX),
        None => return None,
    };
    Some(PolicyPort { protocol: protocol(port), first, last })
}

/// The port of this name that a Pod's containers have.
fn named_port(cx: &Context, pod: &PodInfo, port: &Value) -> Option<PolicyPort> {
    let wanted = port["port"].as_str()?;
    let protocol = protocol(port);
    let object = cx.view.get("pods", &pod.key.namespace, &pod.key.name)?;
    let containers = path::list(object, "spec.containers").iter().chain(path::list(object, "spec.initContainers"));
    let found = containers
        .flat_map(|container| path::list(container, "ports"))
        .find(|one| one["name"] == wanted && one["protocol"].as_str().unwrap_or("TCP") == protocol)?;
    let number = found["containerPort"].as_u64().and_then(|number| u16::try_from(number).ok())?;
    Some(PolicyPort { protocol, first: number, last: number })
}
