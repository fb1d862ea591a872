//! EndpointSlice mirroring: the Endpoints that somebody wrote for a Service without a selector become slices, for kube-proxy and
//! DNS read nothing else.
//!
//! pkg/controller/endpointslicemirroring. One slice a subset; the real controller splits those of more than 1,000 addresses.

use std::rc::Rc;

use api::path;
use apiserver::ObjectKey;
use component::{Context, Reconciled, Write};
use serde_json::{Value, json};

use super::{controller_reference, merge_patch, patch};

const RESOURCE: &str = "endpointslices.discovery.k8s.io";
const SERVICE: &str = "kubernetes.io/service-name";
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
const CONTROLLER: &str = "endpointslicemirroring-controller.k8s.io";
const SKIP: &str = "endpointslice.kubernetes.io/skip-mirror";
/// Annotations of Endpoints that slices do not get.
const NOT_COPIED: [&str; 2] =
    ["endpoints.kubernetes.io/last-change-trigger-time", "kubectl.kubernetes.io/last-applied-configuration"];

/// Reconciles a Service that selects nothing, and its Endpoints.
pub(super) fn reconcile(cx: &Context, service: &Value, endpoints: Option<&Rc<Value>>, out: &mut Reconciled) {
    let (namespace, name) = (path::str(service, "metadata.namespace"), path::str(service, "metadata.name"));
    let mut existing: Vec<&Rc<Value>> = cx
        .view
        .list(RESOURCE, Some(namespace))
        .filter(|slice| {
            let labels = &slice["metadata"]["labels"];
            labels[SERVICE] == name && labels[MANAGED_BY] == CONTROLLER
        })
        .collect();
    let endpoints = endpoints.filter(|endpoints| endpoints["metadata"]["labels"][SKIP] != "true");
    for subset in endpoints.map(|endpoints| path::list(endpoints, "subsets")).unwrap_or_default() {
        let Some(owner) = endpoints else { continue };
        let wanted = slice(owner, name, subset);
        let Some(at) = existing.iter().position(|slice| slice["ports"] == wanted["ports"]) else {
            out.writes.push(Write::Create(RESOURCE, wanted));
            continue;
        };
        let current = existing.remove(at);
        let mut after = (**current).clone();
        after["endpoints"] = wanted["endpoints"].clone();
        after["metadata"]["labels"] = wanted["metadata"]["labels"].clone();
        if after != **current
            && let Some(body) = merge_patch(current, &after)
        {
            out.writes.push(patch(&key(current), body));
        }
    }
    for slice in existing {
        out.writes.push(Write::Delete(key(slice), Value::Null));
    }
}

fn key(slice: &Value) -> ObjectKey {
    ObjectKey::new(RESOURCE, path::str(slice, "metadata.namespace"), path::str(slice, "metadata.name"))
}

fn slice(owner: &Value, name: &str, subset: &Value) -> Value {
    let mut labels = owner["metadata"]["labels"].clone();
    if !labels.is_object() {
        labels = json!({});
    }
    labels[SERVICE] = name.into();
    labels[MANAGED_BY] = CONTROLLER.into();
    let mut metadata = json!({
        "generateName": format!("{name}-"), "namespace": owner["metadata"]["namespace"], "labels": labels,
        "ownerReferences": [controller_reference(owner)],
    });
    for (annotation, value) in path::object(owner, "metadata.annotations").into_iter().flatten() {
        if !NOT_COPIED.contains(&annotation.as_str()) {
            metadata["annotations"][annotation] = value.clone();
        }
    }
    let mut endpoints = Vec::new();
    for (field, ready) in [("addresses", true), ("notReadyAddresses", false)] {
        for address in path::list(subset, field) {
            let mut endpoint = json!({"addresses": [address["ip"]], "conditions": {"ready": ready}});
            for field in ["hostname", "nodeName", "targetRef"] {
                if !address[field].is_null() {
                    endpoint[field] = address[field].clone();
                }
            }
            endpoints.push(endpoint);
        }
    }
    let ports = path::list(subset, "ports").iter().map(|port| {
        let protocol = port["protocol"].as_str().unwrap_or("TCP");
        let mut entry =
            json!({"name": port["name"].as_str().unwrap_or_default(), "port": port["port"], "protocol": protocol});
        if !port["appProtocol"].is_null() {
            entry["appProtocol"] = port["appProtocol"].clone();
        }
        entry
    });
    json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4", "metadata": metadata,
        "endpoints": endpoints, "ports": ports.collect::<Vec<_>>(),
    })
}
