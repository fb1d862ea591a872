//! `kubectl describe endpoints` and `endpointslice`

use api::path;
use serde_json::Value;

use super::text::{Text, scalar};

/// Describes an Endpoints object.
pub fn endpoints(text: &mut Text, endpoints: &Value) {
    text.name(endpoints);
    text.labels_and_annotations(endpoints);
    text.line(0, "Subsets:");
    for subset in path::list(endpoints, "subsets") {
        for (title, field) in [("Addresses", "addresses"), ("NotReadyAddresses", "notReadyAddresses")] {
            let addresses: Vec<&str> = path::list(subset, field).iter().map(|at| path::str(at, "ip")).collect();
            text.pair(1, title, if addresses.is_empty() { "<none>".to_owned() } else { addresses.join(",") });
        }
        let ports = path::list(subset, "ports");
        if !ports.is_empty() {
            text.line(1, "Ports:");
            text.line(2, "Name\tPort\tProtocol");
            text.line(2, "----\t----\t--------");
        }
        for port in ports {
            text.line(2, format!("{}\t{}\t{}", named(port), scalar(&port["port"]), path::str(port, "protocol")));
        }
        text.line(0, "");
    }
}

fn named(port: &Value) -> &str {
    match path::str(port, "name") {
        "" => "<unset>",
        name => name,
    }
}

/// Describes an EndpointSlice.
pub fn endpoint_slice(text: &mut Text, slice: &Value) {
    text.name(slice);
    text.labels_and_annotations(slice);
    text.pair(0, "AddressType", path::str(slice, "addressType"));
    let ports = path::list(slice, "ports");
    if ports.is_empty() {
        text.line(0, "Ports: <unset>");
    } else {
        text.line(0, "Ports:");
        text.line(1, "Name\tPort\tProtocol");
        text.line(1, "----\t----\t--------");
    }
    for port in ports {
        let number = match scalar(&port["port"]).as_str() {
            "" => "<unset>".to_owned(),
            number => number.to_owned(),
        };
        text.line(1, format!("{}\t{number}\t{}", named(port), path::str(port, "protocol")));
    }
    let endpoints = path::list(slice, "endpoints");
    text.line(0, if endpoints.is_empty() { "Endpoints: <none>" } else { "Endpoints:" });
    for endpoint in endpoints {
        let addresses: Vec<&str> = path::list(endpoint, "addresses").iter().filter_map(Value::as_str).collect();
        let or_unset = |field: &str| match scalar(path::get(endpoint, field)) {
            text if text.is_empty() => "<unset>".to_owned(),
            text => text,
        };
        text.pair(1, "- Addresses", addresses.join(", "));
        text.line(2, "Conditions:");
        text.pair(3, "Ready", or_unset("conditions.ready"));
        text.pair(2, "Hostname", or_unset("hostname"));
        if !endpoint["targetRef"].is_null() {
            let (kind, name) = (path::str(endpoint, "targetRef.kind"), path::str(endpoint, "targetRef.name"));
            text.pair(2, "TargetRef", format!("{kind}/{name}"));
        }
        text.pair(2, "NodeName", or_unset("nodeName"));
        text.pair(2, "Zone", or_unset("zone"));
    }
}
