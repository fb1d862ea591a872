//! `kubectl describe service`

use api::{find_resource, path};
use serde_json::Value;

use super::text::{Text, format_labels, scalar};
use crate::error::Outcome;
use crate::session::Session;

/// Describes a Service, with the endpoints of its slices.
///
/// # Errors
/// What the server refuses.
pub async fn describe(text: &mut Text, session: &Session, service: &Value) -> Outcome {
    let spec = &service["spec"];
    let slices = match find_resource("endpointslices") {
        Some(resource) => {
            let selector = format!("kubernetes.io/service-name={}", path::str(service, "metadata.name"));
            let namespace = path::str(service, "metadata.namespace");
            session.list(resource, namespace, &[("labelSelector", &selector)]).await?
        }
        None => Vec::new(),
    };
    let joined = |field: &str| -> String {
        let items: Vec<&str> = path::list(spec, field).iter().filter_map(Value::as_str).collect();
        if items.is_empty() { "<none>".to_owned() } else { items.join(",") }
    };
    text.name(service);
    text.labels_and_annotations(service);
    text.pair(0, "Selector", format_labels(&spec["selector"]));
    text.pair(0, "Type", path::str(spec, "type"));
    if let Some(policy) = spec["ipFamilyPolicy"].as_str() {
        text.pair(0, "IP Family Policy", policy);
    }
    text.pair(0, "IP Families", joined("ipFamilies"));
    text.pair(0, "IP", path::str(spec, "clusterIP"));
    text.pair(0, "IPs", joined("clusterIPs"));
    if !path::list(spec, "externalIPs").is_empty() {
        text.pair(0, "External IPs", joined("externalIPs"));
    }
    for (title, field) in [("Desired LoadBalancer IP", "loadBalancerIP"), ("External Name", "externalName")] {
        if !path::str(spec, field).is_empty() {
            text.pair(0, title, path::str(spec, field));
        }
    }
    let ingress: Vec<String> = path::list(service, "status.loadBalancer.ingress").iter().map(ingress).collect();
    if !ingress.is_empty() {
        text.pair(0, "LoadBalancer Ingress", ingress.join(", "));
    }
    for port in path::list(spec, "ports") {
        let name = path::str(port, "name");
        let shown = if name.is_empty() { "<unset>" } else { name };
        let protocol = path::str(port, "protocol");
        text.line(0, format!("Port:\t{shown}\t{}/{protocol}", scalar(&port["port"])));
        text.pair(0, "TargetPort", format!("{}/{protocol}", scalar(&port["targetPort"])));
        if let Some(protocol) = port["appProtocol"].as_str() {
            text.pair(0, "AppProtocol", protocol);
        }
        if let Some(node_port) = path::int(port, "nodePort").filter(|port| *port != 0) {
            text.line(0, format!("NodePort:\t{shown}\t{node_port}/{protocol}"));
        }
        text.pair(0, "Endpoints", endpoints(&slices, name));
    }
    text.pair(0, "Session Affinity", path::str(spec, "sessionAffinity"));
    for (title, field) in
        [("External Traffic Policy", "externalTrafficPolicy"), ("Internal Traffic Policy", "internalTrafficPolicy")]
    {
        if !path::str(spec, field).is_empty() {
            text.pair(0, title, path::str(spec, field));
        }
    }
    if let Some(port) = path::int(spec, "healthCheckNodePort").filter(|port| *port != 0) {
        text.pair(0, "HealthCheck NodePort", port.to_string());
    }
    if !path::str(spec, "trafficDistribution").is_empty() {
        text.pair(0, "Traffic Distribution", path::str(spec, "trafficDistribution"));
    }
    Ok(())
}

fn ingress(ingress: &Value) -> String {
    match (path::str(ingress, "ip"), path::str(ingress, "ipMode")) {
        ("", _) => path::str(ingress, "hostname").to_owned(),
        (ip, "") => ip.to_owned(),
        (ip, mode) => format!("{ip} ({mode})"),
    }
}

/// The ready endpoints behind a port, at most three.
pub fn endpoints(slices: &[Value], port_name: &str) -> String {
    const MAX: usize = 3;
    if slices.is_empty() {
        return "<none>".to_owned();
    }
    let mut ready: Vec<String> = Vec::new();
    for slice in slices {
        let endpoints = path::list(slice, "endpoints")
            .iter()
            .filter(|endpoint| endpoint["conditions"]["ready"].as_bool().unwrap_or(true));
        let address = |endpoint: &Value| endpoint["addresses"][0].as_str().unwrap_or_default().to_owned();
        let ports = path::list(slice, "ports");
        if ports.is_empty() {
            ready.extend(endpoints.map(address));
            continue;
        }
        for port in ports.iter().filter(|port| path::str(port, "name") == port_name) {
            ready.extend(endpoints.clone().map(|endpoint| format!("{}:{}", address(endpoint), scalar(&port["port"]))));
        }
    }
    match ready.len() {
        count if count > MAX => format!("{} + {} more...", ready[..MAX].join(","), count - MAX),
        _ => ready.join(","),
    }
}
