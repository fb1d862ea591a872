//! Services, Endpoints, EndpointSlices, Ingresses: kubernetes/pkg/apis/{core,discovery,networking}/validation.

use std::collections::BTreeSet;
use std::fmt::Arguments;
use std::net::IpAddr;

use api::{names, path};
use serde_json::{Value, json};

use super::{Errors, one_of, port_number_or_name};
use crate::metadata::validate_labels;

const PROTOCOLS: &[&str] = &["SCTP", "TCP", "UDP"];
/// `MaxClientIPServiceAffinitySeconds`: a day.
const LONGEST_AFFINITY: i64 = 86_400;
const BAD_IP: &str = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
const BAD_WILDCARD: &str = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must \
    consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', \
    regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/// A Service.
pub fn service(service: &Value, errors: &mut Errors) {
    let spec = &service["spec"];
    let kind = path::str(spec, "type");
    let headless = path::str(spec, "clusterIP") == "None";
    let ports = path::list(spec, "ports");
    if ports.is_empty() && !headless && kind != "ExternalName" {
        errors.required("spec.ports", "");
    }
    match kind {
        "LoadBalancer" | "NodePort" if headless => {
            errors.invalid("spec.clusterIPs[0]", "None", &format!("may not be set to 'None' for {kind} services"));
        }
        "ExternalName" => external_name(spec, errors),
        _ => {}
    }
    let mut seen = BTreeSet::new();
    for (index, port) in ports.iter().enumerate() {
        service_port(port, ports.len() > 1, &mut seen, format_args!("spec.ports[{index}]"), errors);
    }
    validate_labels(&spec["selector"], format_args!("spec.selector"), errors);
    one_of(spec, "sessionAffinity", format_args!("spec"), &["ClientIP", "None"], errors);
    if path::str(spec, "sessionAffinity") == "ClientIP" {
        affinity(&spec["sessionAffinityConfig"], errors);
    }
    if kind != "ExternalName" {
        families(spec, errors);
    }
    for (index, ip) in path::list(spec, "externalIPs").iter().enumerate() {
        if ip.as_str().is_none_or(|ip| ip.parse::<IpAddr>().is_err()) {
            errors.invalid(format_args!("spec.externalIPs[{index}]"), ip.clone(), BAD_IP);
        }
    }
    one_of(spec, "type", format_args!("spec"), &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"], errors);
    let node_port = |port: &Value| path::int(port, "nodePort").unwrap_or_default();
    if kind == "ClusterIP" {
        for (index, _) in ports.iter().enumerate().filter(|(_, port)| node_port(port) != 0) {
            let why = "may not be used when `type` is 'ClusterIP'";
            errors.forbidden(format_args!("spec.ports[{index}].nodePort"), why);
        }
    }
    duplicates(ports, errors);
    if spec.get("allocateLoadBalancerNodePorts").is_some() && kind != "LoadBalancer" {
        errors.forbidden("spec.allocateLoadBalancerNodePorts", "may only be used when `type` is 'LoadBalancer'");
    }
    let external = matches!(kind, "NodePort" | "LoadBalancer") || !path::list(spec, "externalIPs").is_empty();
    if !path::str(spec, "externalTrafficPolicy").is_empty() {
        if external {
            one_of(spec, "externalTrafficPolicy", format_args!("spec"), &["Cluster", "Local"], errors);
        } else {
            let why = "may only be set for externally-accessible services";
            errors.invalid("spec.externalTrafficPolicy", spec["externalTrafficPolicy"].clone(), why);
        }
    }
    one_of(spec, "internalTrafficPolicy", format_args!("spec"), &["Cluster", "Local"], errors);
}

/// The most seconds for which a client stays with its endpoint.
fn affinity(config: &Value, errors: &mut Errors) {
    const FIELD: &str = "spec.sessionAffinityConfig";
    let required = "when session affinity type is ClientIP";
    match (&config["clientIP"], &config["clientIP"]["timeoutSeconds"]) {
        (Value::Null, _) => errors.required(format_args!("{FIELD}.clientIP"), required),
        (_, Value::Null) => errors.required(format_args!("{FIELD}.clientIP.timeoutSeconds"), required),
        (_, timeout) if timeout.as_i64().is_none_or(|timeout| timeout <= 0 || timeout > LONGEST_AFFINITY) => {
            let why = format!("must be greater than 0 and less than {LONGEST_AFFINITY}");
            errors.invalid(format_args!("{FIELD}.clientIP.timeoutSeconds"), timeout.clone(), &why);
        }
        _ => {}
    }
}

fn external_name(spec: &Value, errors: &mut Errors) {
    for field in ["clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
        if spec.get(field).is_some_and(|value| !value.is_null()) {
            errors.forbidden(format_args!("spec.{field}"), "may not be set for ExternalName services");
        }
    }
    let name = path::str(spec, "externalName");
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.is_empty() {
        errors.required("spec.externalName", "");
    } else {
        errors.invalid_all("spec.externalName", name, &names::dns1123_subdomain(name));
    }
}

fn service_port<'a>(
    port: &'a Value,
    needs_name: bool,
    seen: &mut BTreeSet<&'a str>,
    field: Arguments,
    errors: &mut Errors,
) {
    let name = path::str(port, "name");
    if name.is_empty() {
        if needs_name {
            errors.required(format_args!("{field}.name"), "");
        }
    } else {
        errors.invalid_all(format_args!("{field}.name"), name, &names::dns1123_label(name));
        if !seen.insert(name) {
            errors.duplicate(format_args!("{field}.name"), name);
        }
    }
    let number = path::int(port, "port").unwrap_or_default();
    for error in names::port_number(number) {
        errors.invalid(format_args!("{field}.port"), number, &error);
    }
    one_of(port, "protocol", field, PROTOCOLS, errors);
    port_number_or_name(&port["targetPort"], format_args!("{field}.targetPort"), errors);
}

fn families(spec: &Value, errors: &mut Errors) {
    for (index, family) in path::list(spec, "ipFamilies").iter().filter_map(Value::as_str).enumerate() {
        if !matches!(family, "IPv4" | "IPv6") {
            errors.unsupported(format_args!("spec.ipFamilies[{index}]"), family, &["IPv4", "IPv6"]);
        }
    }
    one_of(
        spec,
        "ipFamilyPolicy",
        format_args!("spec"),
        &["PreferDualStack", "RequireDualStack", "SingleStack"],
        errors,
    );
    for (index, ip) in path::list(spec, "clusterIPs").iter().enumerate() {
        let ip = ip.as_str().unwrap_or_default();
        if !(index == 0 && ip == "None") && ip.parse::<IpAddr>().is_err() {
            errors.invalid(format_args!("spec.clusterIPs[{index}]"), ip, BAD_IP);
        }
    }
}

fn duplicates(ports: &[Value], errors: &mut Errors) {
    for (name, whole) in [("nodePort", false), ("port", true)] {
        let mut seen = BTreeSet::new();
        for (index, port) in ports.iter().enumerate() {
            let number = path::int(port, name).unwrap_or_default();
            let protocol = path::str(port, "protocol");
            if (number != 0 || whole) && !seen.insert((protocol, number)) {
                if whole {
                    // The error shows a ServicePort that has only the compared fields.
                    let shown = json!({"Name": "", "Protocol": protocol, "AppProtocol": null, "Port": number,
                        "TargetPort": 0, "NodePort": 0});
                    errors.duplicate(format_args!("spec.ports[{index}]"), shown);
                } else {
                    errors.duplicate(format_args!("spec.ports[{index}].nodePort"), number);
                }
            }
        }
    }
}

/// A Service's address never changes, unless it is or was an ExternalName.
pub fn service_update(new: &Value, old: &Value, errors: &mut Errors) {
    let external = |service: &Value| path::str(service, "spec.type") == "ExternalName";
    if external(new) || external(old) {
        return;
    }
    let (now, before) = (path::list(new, "spec.clusterIPs"), path::list(old, "spec.clusterIPs"));
    let shown = new["spec"]["clusterIPs"].clone();
    match (now.first(), before.first()) {
        (None, Some(_)) => errors.invalid("spec.clusterIPs[0]", shown, "primary clusterIP can not be unset"),
        (Some(now), Some(before)) if now != before => {
            errors.invalid("spec.clusterIPs[0]", shown, "may not change once set")
        }
        _ => {}
    }
}

/// An Endpoints object.
pub fn endpoints(endpoints: &Value, errors: &mut Errors) {
    for (index, subset) in path::list(endpoints, "subsets").iter().enumerate() {
        let field = format_args!("subsets[{index}]");
        let (ready, not_ready) = (path::list(subset, "addresses"), path::list(subset, "notReadyAddresses"));
        if ready.is_empty() && not_ready.is_empty() {
            errors.required(field, "must specify `addresses` or `notReadyAddresses`");
        }
        for (list, addresses) in [("addresses", ready), ("notReadyAddresses", not_ready)] {
            for (index, address) in addresses.iter().enumerate() {
                let ip = path::str(address, "ip");
                if ip.parse::<IpAddr>().is_err() {
                    errors.invalid(format_args!("{field}.{list}[{index}].ip"), ip, BAD_IP);
                }
            }
        }
        let ports = path::list(subset, "ports");
        for (index, port) in ports.iter().enumerate() {
            let here = format_args!("{field}.ports[{index}]");
            if ports.len() > 1 && path::str(port, "name").is_empty() {
                errors.required(format_args!("{here}.name"), "");
            }
            let number = path::int(port, "port").unwrap_or_default();
            for error in names::port_number(number) {
                errors.invalid(format_args!("{here}.port"), number, &error);
            }
            one_of(port, "protocol", here, PROTOCOLS, errors);
        }
    }
}

/// An EndpointSlice.
pub fn endpoint_slice(slice: &Value, errors: &mut Errors) {
    let kind = path::str(slice, "addressType");
    if kind.is_empty() {
        errors.required("addressType", "");
    }
    one_of(slice, "addressType", format_args!(""), &["FQDN", "IPv4", "IPv6"], errors);
    for (index, endpoint) in path::list(slice, "endpoints").iter().enumerate() {
        let addresses = path::list(endpoint, "addresses");
        if addresses.is_empty() {
            errors.required(format_args!("endpoints[{index}].addresses"), "must contain at least 1 address");
        }
        for (at, address) in addresses.iter().filter_map(Value::as_str).enumerate() {
            if kind != "FQDN" && address.parse::<IpAddr>().is_err() {
                errors.invalid(format_args!("endpoints[{index}].addresses[{at}]"), address, BAD_IP);
            }
        }
    }
    for (index, port) in path::list(slice, "ports").iter().enumerate() {
        one_of(port, "protocol", format_args!("ports[{index}]"), PROTOCOLS, errors);
    }
}

/// The address type of an EndpointSlice never changes.
pub fn endpoint_slice_update(new: &Value, old: &Value, errors: &mut Errors) {
    if new["addressType"] != old["addressType"] {
        errors.invalid("addressType", new["addressType"].clone(), "field is immutable");
    }
}

/// An Ingress.
pub fn ingress(ingress: &Value, errors: &mut Errors) {
    let rules = path::list(ingress, "spec.rules");
    if rules.is_empty() && !ingress["spec"]["defaultBackend"].is_object() {
        errors.invalid(
            "spec",
            ingress["spec"]["rules"].clone(),
            "either `defaultBackend` or `rules` must be specified",
        );
    }
    if ingress["spec"]["defaultBackend"].is_object() {
        ingress_backend(&ingress["spec"]["defaultBackend"], format_args!("spec.defaultBackend"), errors);
    }
    for (index, rule) in rules.iter().enumerate() {
        let host = path::str(rule, "host");
        let field = format_args!("spec.rules[{index}].host");
        if host.parse::<IpAddr>().is_ok() {
            errors.invalid(field, host, "must be a DNS name, not an IP address");
        }
        if host.contains('*') {
            if host.strip_prefix("*.").is_none_or(|domain| !names::dns1123_subdomain(domain).is_empty()) {
                errors.invalid(field, host, BAD_WILDCARD);
            }
        } else if !host.is_empty() {
            errors.invalid_all(field, host, &names::dns1123_subdomain(host));
        }
        for (at, route) in path::list(rule, "http.paths").iter().enumerate() {
            let field = format_args!("spec.rules[{index}].http.paths[{at}]");
            let kind = path::str(route, "pathType");
            if kind.is_empty() {
                errors.required(format_args!("{field}.pathType"), "pathType must be specified");
                continue;
            }
            one_of(route, "pathType", field, &["Exact", "ImplementationSpecific", "Prefix"], errors);
            let path = path::str(route, "path");
            if matches!(kind, "Exact" | "Prefix") && !path.starts_with('/') {
                errors.invalid(format_args!("{field}.path"), path, "must be an absolute path");
            }
            ingress_backend(&route["backend"], format_args!("{field}.backend"), errors);
        }
    }
}

fn ingress_backend(backend: &Value, field: Arguments, errors: &mut Errors) {
    let service = &backend["service"];
    match (service.is_object(), backend["resource"].is_object()) {
        (true, true) => return errors.invalid(field, "", "cannot set both resource and service backends"),
        (false, true) => return,
        (false, false) => return errors.invalid(field, "", "resource or service backend is required"),
        (true, false) => {}
    }
    let name = path::str(service, "name");
    if name.is_empty() {
        errors.required(format_args!("{field}.service.name"), "");
    } else {
        errors.invalid_all(format_args!("{field}.service.name"), name, &names::dns1123_label(name));
    }
    let (port, number) = (path::str(service, "port.name"), path::int(service, "port.number").unwrap_or(0));
    match (port, number) {
        ("", 0) => errors.required(field, "port name or number is required"),
        ("", number) => {
            for error in names::port_number(number) {
                errors.invalid(format_args!("{field}.service.port.number"), number, &error);
            }
        }
        (name, 0) => errors.invalid_all(format_args!("{field}.service.port.name"), name, &names::port_name(name)),
        _ => errors.invalid(field, "", "cannot set both port name & port number"),
    }
}
