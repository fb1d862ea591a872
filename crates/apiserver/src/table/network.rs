//! Services, Endpoints, EndpointSlices, Ingresses, NetworkPolicies.

use api::path;
use serde_json::Value;

use super::{Row, labels, or, selector};

/// How many endpoints a row shows before it says how many more there are.
const SHOWN: usize = 3;

pub(super) fn service(row: &Row) -> Vec<Value> {
    let ports: Vec<String> = path::list(row.object, "spec.ports").iter().map(port).collect();
    let cluster_ip = path::list(row.object, "spec.clusterIPs").first().and_then(Value::as_str).unwrap_or_default();
    vec![
        row.name(),
        row.text("spec.type").into(),
        or(cluster_ip, "<none>").into(),
        external_ip(row.object).into(),
        or(&ports.join(","), "<none>").into(),
        row.age(),
        labels(&row.object["spec"]["selector"]).into(),
    ]
}

fn port(port: &Value) -> String {
    let (number, protocol) = (path::int(port, "port").unwrap_or_default(), path::str(port, "protocol"));
    match path::int(port, "nodePort").unwrap_or_default() {
        0 => format!("{number}/{protocol}"),
        node_port => format!("{number}:{node_port}/{protocol}"),
    }
}

fn external_ip(service: &Value) -> String {
    let external: Vec<String> =
        path::list(service, "spec.externalIPs").iter().filter_map(|ip| ip.as_str().map(str::to_owned)).collect();
    match path::str(service, "spec.type") {
        "ExternalName" => path::str(service, "spec.externalName").to_owned(),
        "LoadBalancer" => {
            let all = [load_balancer(service), external].concat();
            or(&all.join(","), "<pending>").to_owned()
        }
        "ClusterIP" | "NodePort" => or(&external.join(","), "<none>").to_owned(),
        _ => "<unknown>".to_owned(),
    }
}

fn load_balancer(object: &Value) -> Vec<String> {
    path::list(object, "status.loadBalancer.ingress")
        .iter()
        .map(|ingress| or(path::str(ingress, "ip"), path::str(ingress, "hostname")).to_owned())
        .collect()
}

pub(super) fn endpoints(row: &Row) -> Vec<Value> {
    let mut all = Vec::new();
    for subset in path::list(row.object, "subsets") {
        let addresses = path::list(subset, "addresses").iter().map(|address| path::str(address, "ip"));
        let ports = path::list(subset, "ports");
        if ports.is_empty() {
            all.extend(addresses.clone().map(str::to_owned));
        }
        for port in ports {
            let number = path::int(port, "port").unwrap_or_default();
            all.extend(addresses.clone().map(|address| format!("{address}:{number}")));
        }
    }
    // Blank where there are addresses and none is ready, as printers.go's formatEndpoints leaves it.
    let none = if path::list(row.object, "subsets").is_empty() { "<none>" } else { "" };
    vec![row.name(), some(&all, none).into(), row.age()]
}

pub(super) fn endpoint_slice(row: &Row) -> Vec<Value> {
    let ports: Vec<String> = path::list(row.object, "ports")
        .iter()
        .map(|port| match path::int(port, "port") {
            Some(number) => number.to_string(),
            None => port["name"].as_str().unwrap_or("*").to_owned(),
        })
        .collect();
    let addresses: Vec<String> = path::list(row.object, "endpoints")
        .iter()
        .flat_map(|endpoint| path::list(endpoint, "addresses"))
        .filter_map(|address| address.as_str().map(str::to_owned))
        .collect();
    vec![
        row.name(),
        row.text("addressType").into(),
        some(&ports, "<unset>").into(),
        some(&addresses, "<unset>").into(),
        row.age(),
    ]
}

/// The first few of a list, and how many more there are.
fn some(all: &[String], none: &str) -> String {
    let shown = all.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(",");
    if all.len() > SHOWN { format!("{shown} + {} more...", all.len() - SHOWN) } else { or(&shown, none).to_owned() }
}

pub(super) fn ingress(row: &Row) -> Vec<Value> {
    let rules = path::list(row.object, "spec.rules");
    let hosts: Vec<&str> = rules.iter().map(|rule| path::str(rule, "host")).collect();
    let shown = hosts.iter().take(SHOWN).filter(|host| !host.is_empty()).copied().collect::<Vec<_>>().join(",");
    let more = hosts.len() > SHOWN && !shown.is_empty();
    let hosts = if more { format!("{shown} + {} more...", hosts.len() - SHOWN) } else { or(&shown, "*").to_owned() };
    vec![
        row.name(),
        or(row.text("spec.ingressClassName"), "<none>").into(),
        hosts.into(),
        load_balancer(row.object).join(",").into(),
        if path::list(row.object, "spec.tls").is_empty() { "80" } else { "80, 443" }.into(),
        row.age(),
    ]
}

pub(super) fn network_policy(row: &Row) -> Vec<Value> {
    vec![row.name(), selector(&row.object["spec"]["podSelector"]).into(), row.age()]
}
