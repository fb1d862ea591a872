//! `kubectl describe` for Ingress, IngressClass, NetworkPolicy, ServiceCIDR and IPAddress

use api::{find_resource, path};
use serde_json::Value;

use super::service::endpoints;
use super::text::{Text, format_selector, scalar};
use crate::duration::rfc1123;
use crate::session::Session;

/// Describes an Ingress.
pub async fn ingress(text: &mut Text, session: &Session, ingress: &Value) {
    let (spec, namespace) = (&ingress["spec"], path::str(ingress, "metadata.namespace"));
    text.pair(0, "Name", path::str(ingress, "metadata.name"));
    text.labels("", "Labels", path::get(ingress, "metadata.labels"));
    text.pair(0, "Namespace", namespace);
    let address = |at: &Value| [path::str(at, "ip"), path::str(at, "hostname")].concat();
    let mut addresses: Vec<String> = path::list(ingress, "status.loadBalancer.ingress").iter().map(address).collect();
    sim::order::sort_by(&mut addresses, |a, b| a.cmp(b));
    addresses.dedup();
    text.pair(0, "Address", addresses.join(","));
    text.pair(0, "Ingress Class", spec["ingressClassName"].as_str().unwrap_or("<none>"));
    let default = match &spec["defaultBackend"] {
        Value::Null => "<default>".to_owned(),
        found => backend(session, namespace, found).await,
    };
    text.pair(0, "Default backend", &default);
    let tls = path::list(spec, "tls");
    if !tls.is_empty() {
        text.line(0, "TLS:");
    }
    for entry in tls {
        let hosts: Vec<&str> = path::list(entry, "hosts").iter().filter_map(Value::as_str).collect();
        text.line(
            1,
            match path::str(entry, "secretName") {
                "" => format!("SNI routes {}", hosts.join(",")),
                secret => format!("{secret} terminates {}", hosts.join(",")),
            },
        );
    }
    text.line(0, "Rules:\n  Host\tPath\tBackends");
    text.line(1, "----\t----\t--------");
    let rules: Vec<&Value> = path::list(spec, "rules").iter().filter(|rule| !rule["http"].is_null()).collect();
    for rule in &rules {
        let host = path::str(rule, "host");
        text.line(1, format!("{}\t", if host.is_empty() { "*" } else { host }));
        for path in path::list(rule, "http.paths") {
            let backend = backend(session, namespace, &path["backend"]).await;
            text.line(2, format!("\t{} \t{backend}", path::str(path, "path")));
        }
    }
    if rules.is_empty() {
        text.line(1, format!("*\t*\t{default}"));
    }
    text.annotations("Annotations", path::get(ingress, "metadata.annotations"));
}

/// `web:80 (10.0.0.1:80)`
async fn backend(session: &Session, namespace: &str, backend: &Value) -> String {
    let service = &backend["service"];
    if service.is_null() {
        let resource = &backend["resource"];
        let field = |name: &str| path::str(resource, name);
        let group = resource["apiGroup"].as_str().unwrap_or("<none>");
        return format!("APIGroup: {group}, Kind: {}, Name: {}", field("kind"), field("name"));
    }
    let (name, port) = (path::str(service, "name"), &service["port"]);
    let number = path::int(port, "number").unwrap_or_default();
    let shown = if number == 0 { path::str(port, "name").to_owned() } else { number.to_string() };
    let (Some(services), Some(slices)) = (find_resource("services"), find_resource("endpointslices")) else {
        return format!("{name}:{shown}");
    };
    let label = format!("kubernetes.io/service-name={name}");
    let slices = session.list(slices, namespace, &[("labelSelector", &label)]).await.unwrap_or_default();
    let found = match session.get(services, namespace, name).await {
        Ok(found) => found,
        Err(error) => return format!("{name}:{shown} (<error: {error}>)"),
    };
    let same = |one: &&Value| match number {
        0 => !path::str(port, "name").is_empty() && one["name"] == port["name"],
        number => one["port"] == number,
    };
    let of_service = path::list(&found, "spec.ports").iter().rfind(same);
    let port_name = of_service.map_or("", |one| path::str(one, "name"));
    format!("{name}:{shown} ({})", endpoints(&slices, port_name))
}

/// Describes an IngressClass.
pub fn ingress_class(text: &mut Text, class: &Value) {
    text.pair(0, "Name", path::str(class, "metadata.name"));
    text.labels_and_annotations(class);
    text.pair(0, "Controller", path::str(class, "spec.controller"));
    let parameters = path::get(class, "spec.parameters");
    if !parameters.is_null() {
        text.line(0, "Parameters:");
        if let Some(group) = parameters["apiGroup"].as_str() {
            text.pair(1, "APIGroup", group);
        }
        text.pair(1, "Kind", path::str(parameters, "kind"));
        text.pair(1, "Name", path::str(parameters, "name"));
    }
}

/// Describes a NetworkPolicy.
pub fn policy(text: &mut Text, policy: &Value) {
    text.name(policy);
    let created = path::str(policy, "metadata.creationTimestamp").replace('T', " ").replace('Z', " +0000 UTC");
    text.pair(0, "Created on", created);
    text.labels_and_annotations(policy);
    let spec = &policy["spec"];
    text.line(0, "Spec:");
    let selector = match format_selector(&spec["podSelector"]) {
        none if none == "<none>" => "<none> (Allowing the specific traffic to all pods in this namespace)".to_owned(),
        selector => selector,
    };
    text.line(1, format!("PodSelector:     {selector}"));
    let types: Vec<&str> = path::list(spec, "policyTypes").iter().filter_map(Value::as_str).collect();
    for (kind, word, list, peers, from) in [
        ("Ingress", "ingress", "ingress", "from", "From: <any> (traffic not restricted by source)"),
        ("Egress", "egress", "egress", "to", "To: <any> (traffic not restricted by destination)"),
    ] {
        if !types.contains(&kind) {
            text.line(1, format!("Not affecting {word} traffic"));
            continue;
        }
        text.line(1, format!("Allowing {word} traffic:"));
        let rules = path::list(spec, list);
        if rules.is_empty() {
            text.line(2, format!("<none> (Selected pods are isolated for {word} connectivity)"));
        }
        for (index, rule) in rules.iter().enumerate() {
            if index > 0 {
                text.line(2, "----------");
            }
            ports(text, rule);
            let peers = path::list(rule, peers);
            if peers.is_empty() {
                text.line(2, from);
            }
            for peer in peers {
                text.line(2, if kind == "Ingress" { "From:" } else { "To:" });
                for (title, field) in [("NamespaceSelector", "namespaceSelector"), ("PodSelector", "podSelector")] {
                    if !peer[field].is_null() {
                        text.line(3, format!("{title}: {}", format_selector(&peer[field])));
                    }
                }
                let block = &peer["ipBlock"];
                if !block.is_null() {
                    let except: Vec<&str> = path::list(block, "except").iter().filter_map(Value::as_str).collect();
                    text.line(3, "IPBlock:");
                    text.line(4, format!("CIDR: {}", path::str(block, "cidr")));
                    text.line(4, format!("Except: {}", except.join(", ")));
                }
            }
        }
    }
    text.line(1, format!("Policy Types: {}", types.join(", ")));
}

fn ports(text: &mut Text, rule: &Value) {
    let ports = path::list(rule, "ports");
    if ports.is_empty() {
        text.line(2, "To Port: <any> (traffic allowed to all ports)");
    }
    for port in ports {
        let protocol = port["protocol"].as_str().unwrap_or("TCP");
        let first = if port["port"].is_null() { "<nil>".to_owned() } else { scalar(&port["port"]) };
        text.line(
            2,
            match path::int(port, "endPort") {
                None => format!("To Port: {first}/{protocol}"),
                Some(last) => format!("To Port Range: {first}-{last}/{protocol}"),
            },
        );
    }
}

/// Describes a ServiceCIDR.
pub fn service_cidr(text: &mut Text, range: &Value) {
    text.pair(0, "Name", path::str(range, "metadata.name"));
    text.labels_and_annotations(range);
    let ranges: Vec<&str> = path::list(range, "spec.cidrs").iter().filter_map(Value::as_str).collect();
    text.pair(0, "CIDRs", ranges.join(", "));
    let conditions = path::list(range, "status.conditions");
    if conditions.is_empty() {
        return;
    }
    text.line(0, "Status:");
    text.line(0, "Conditions:");
    text.line(1, "Type\tStatus\tLastTransitionTime\tReason\tMessage");
    text.line(1, "----\t------\t------------------\t------\t-------");
    for condition in conditions {
        let part = |field| path::str(condition, field);
        let when = rfc1123(part("lastTransitionTime"));
        text.line(1, format!("{}\t{}\t{when}\t{}\t{}", part("type"), part("status"), part("reason"), part("message")));
    }
}

/// Describes an IPAddress.
pub fn ip_address(text: &mut Text, address: &Value) {
    text.pair(0, "Name", path::str(address, "metadata.name"));
    text.labels_and_annotations(address);
    text.line(0, "Parent Reference:");
    for (title, field) in [("Group", "group"), ("Resource", "resource"), ("Namespace", "namespace"), ("Name", "name")] {
        text.pair(1, title, path::str(&address["spec"]["parentRef"], field));
    }
}
