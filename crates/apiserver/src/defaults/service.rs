//! Services, Endpoints and EndpointSlices.

use api::path;
use serde_json::{Value, json};

use super::{default, default_text, each};

/// A Service; addresses and node ports are the allocators'.
pub fn service(object: &mut Value) {
    let spec = &mut object["spec"];
    default_text(spec, "sessionAffinity", "None");
    if path::str(spec, "sessionAffinity") == "ClientIP" {
        default(spec, "sessionAffinityConfig", json!({"clientIP": {"timeoutSeconds": 10800}}));
    } else {
        path::remove(spec, "sessionAffinityConfig");
    }
    default_text(spec, "type", "ClusterIP");
    each(spec, "ports", |port| {
        default_text(port, "protocol", "TCP");
        let number = port["port"].clone();
        let target = &port["targetPort"];
        if target.is_null() || *target == 0 || *target == "" {
            port["targetPort"] = number;
        }
    });
    let kind = path::str(spec, "type").to_owned();
    let external = matches!(kind.as_str(), "NodePort" | "LoadBalancer") || !path::list(spec, "externalIPs").is_empty();
    if external {
        default_text(spec, "externalTrafficPolicy", "Cluster");
    }
    if kind != "ExternalName" {
        default_text(spec, "internalTrafficPolicy", "Cluster");
    }
    if kind == "LoadBalancer" {
        default(spec, "allocateLoadBalancerNodePorts", true);
    }
}

/// An Endpoints object.
pub fn endpoints(object: &mut Value) {
    each(object, "subsets", |subset| each(subset, "ports", |port| default_text(port, "protocol", "TCP")));
}

/// An EndpointSlice.
pub fn endpoint_slice(object: &mut Value) {
    each(object, "ports", |port| {
        default(port, "name", "");
        default(port, "protocol", "TCP");
    });
    each(object, "endpoints", |endpoint| default(endpoint, "conditions", json!({})));
}
