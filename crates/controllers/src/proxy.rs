//! kube-proxy: Services and their ready endpoints become NAT rules of the node.
//!
//! <https://kubernetes.io/docs/reference/networking/virtual-ips/>

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::rc::Rc;

use api::path;
use component::node::{Node, ServiceRule};
use component::{Context, Reconciled};
use serde_json::Value;

/// The slices of each Service, by namespace and name.
type Slices<'a> = BTreeMap<(&'a str, &'a str), Vec<&'a Rc<Value>>>;

/// Programs all rules anew.
#[inline(never)]
pub fn reconcile(cx: &mut Context, node: &mut dyn Node) -> Reconciled {
    let rules = rules(cx);
    node.sync_services(&rules);
    let services: BTreeSet<&Ipv4Addr> = sim::order::collect(rules.iter().map(|rule| &rule.cluster_ip));
    let services = services.len();
    Reconciled { summary: Some(format!("synced the rules of {services} Services")), ..Reconciled::default() }
}

fn rules(cx: &Context) -> Vec<ServiceRule> {
    let mut rules = Vec::new();
    let mut slices: Slices = BTreeMap::new();
    for slice in cx.view.list("endpointslices.discovery.k8s.io", None).filter(|slice| slice["addressType"] == "IPv4") {
        let service = slice["metadata"]["labels"]["kubernetes.io/service-name"].as_str().unwrap_or_default();
        slices.entry((path::str(slice, "metadata.namespace"), service)).or_default().push(slice);
    }
    for service in cx.view.list("services", None) {
        let Ok(cluster_ip) = path::str(service, "spec.clusterIP").parse::<Ipv4Addr>() else { continue };
        let (namespace, name) = (path::str(service, "metadata.namespace"), path::str(service, "metadata.name"));
        let external = external(service);
        for port in path::list(service, "spec.ports") {
            let port_name = path::str(port, "name");
            let full = if port_name.is_empty() { String::new() } else { format!(":{port_name}") };
            let number = |value: &Value| value.as_u64().and_then(|number| u16::try_from(number).ok());
            let Some(number_of_port) = number(&port["port"]) else { continue };
            rules.push(ServiceRule {
                service: format!("{namespace}/{name}{full}"),
                cluster_ip,
                protocol: port["protocol"].as_str().unwrap_or("TCP").to_owned(),
                port: number_of_port,
                node_port: number(&port["nodePort"]).filter(|port| *port > 0),
                endpoints: slices
                    .get(&(namespace, name))
                    .map(|slices| endpoints(slices, port_name))
                    .unwrap_or_default(),
                client_affinity: service["spec"]["sessionAffinity"] == "ClientIP",
                external: external.clone(),
                keeps_source: service["spec"]["externalTrafficPolicy"] == "Local",
            });
        }
    }
    rules
}

/// The addresses from outside that a Service answers for.
fn external(service: &Value) -> Vec<Ipv4Addr> {
    let own = path::list(service, "spec.externalIPs").iter();
    let balanced = service["spec"]["type"] == "LoadBalancer";
    let balancer = path::list(service, "status.loadBalancer.ingress").iter().filter(|_| balanced);
    let balancer = balancer.filter(|one| one["ipMode"] != "Proxy").map(|one| &one["ip"]);
    own.chain(balancer).filter_map(|address| address.as_str()?.parse().ok()).collect()
}

/// The ready endpoints of a Service's port; without any ready one, those that still serve while they end.
fn endpoints(slices: &[&Rc<Value>], port_name: &str) -> Vec<(Ipv4Addr, u16)> {
    let (mut ready, mut ending) = (Vec::new(), Vec::new());
    for slice in slices {
        for port in path::list(slice, "ports").iter().filter(|port| path::str(port, "name") == port_name) {
            let Some(number) = port["port"].as_u64().and_then(|number| u16::try_from(number).ok()) else { continue };
            for endpoint in path::list(slice, "endpoints") {
                let conditions = &endpoint["conditions"];
                let addresses = path::list(endpoint, "addresses").iter();
                let addresses = addresses.filter_map(|address| address.as_str()?.parse().ok());
                if conditions["ready"].as_bool().unwrap_or(true) {
                    ready.extend(addresses.map(|address| (address, number)));
                } else if path::bool(conditions, "serving") && path::bool(conditions, "terminating") {
                    ending.extend(addresses.map(|address| (address, number)));
                }
            }
        }
    }
    let mut chosen = if ready.is_empty() { ending } else { ready };
    sim::order::sort(&mut chosen);
    chosen.dedup();
    chosen
}
