//! The Endpoints controller: the older, single list of addresses behind a Service.
//!
//! pkg/controller/endpoint/endpoints_controller.go

use std::rc::Rc;

use api::path;
use serde_json::{Value, json};

use super::endpointslice::{batch_period, endpoints_of, target_port};
use super::{merge_patch, mirroring, patch};
use crate::reconcile::{Outcome, Write};
use crate::runtime::{Context, PodInfo};
use crate::store::ObjectKey;

const TRIGGER: &str = "endpoints.kubernetes.io/last-change-trigger-time";
const MANAGED_BY: &str = "endpoints.kubernetes.io/managed-by";

/// Looks at one Service.
#[inline(never)]
pub fn reconcile(cx: &mut Context, key: &ObjectKey) -> Outcome {
    let mut out = Outcome::default();
    let at = ObjectKey::new("endpoints", &key.namespace, &key.name);
    let current = cx.view.get("endpoints", &key.namespace, &key.name);
    let Some(service) = cx.view.get(&key.resource, &key.namespace, &key.name) else {
        if current.is_some() {
            out.writes.push(Write::Delete(at, Value::Null));
        }
        return out;
    };
    if service["spec"]["selector"].as_object().is_none_or(serde_json::Map::is_empty) {
        mirroring::reconcile(cx, service, current, &mut out);
        return out;
    }
    if service["spec"]["type"] == "ExternalName" {
        return out;
    }
    let pods = endpoints_of(cx, service);
    let subsets = subsets(cx, service, &pods);
    let mut labels = service["metadata"]["labels"].clone();
    if !labels.is_object() {
        labels = json!({});
    }
    labels[MANAGED_BY] = "endpoint-controller".into();
    if service["spec"]["clusterIP"] == "None" {
        labels["service.kubernetes.io/headless"] = "".into();
    }
    let Some(current) = current else {
        let mut object = json!({
            "apiVersion": "v1", "kind": "Endpoints",
            "metadata": {
                "name": &*key.name, "namespace": &*key.namespace, "labels": labels,
                "annotations": {TRIGGER: cx.now.rfc3339()},
            },
        });
        if !subsets.is_empty() {
            object["subsets"] = subsets.into();
        }
        out.writes.push(Write::Create("endpoints", object));
        return out;
    };
    let mut after = (**current).clone();
    after["metadata"]["labels"] = labels;
    if subsets.is_empty() {
        path::remove(&mut after, "subsets");
    } else {
        after["subsets"] = subsets.into();
    }
    if after != **current {
        after["metadata"]["annotations"][TRIGGER] = cx.now.rfc3339().into();
        if let Some(body) = merge_patch(current, &after) {
            out.writes.push(patch(&at, body));
            out.rest = Some(batch_period(pods.len()));
        }
    }
    out
}

/// Addresses with the same ports in one subset, ready ones and others apart.
fn subsets(cx: &Context, service: &Value, pods: &[Rc<PodInfo>]) -> Vec<Value> {
    let mut subsets: Vec<(Vec<Value>, Vec<Value>, Vec<Value>)> = Vec::new();
    for pod in pods {
        if pod.terminating {
            continue;
        }
        let Some(object) = cx.view.get("pods", &pod.key.namespace, &pod.key.name) else { continue };
        let mut ports = Vec::new();
        for port in path::list(service, "spec.ports") {
            let Some(number) = target_port(port, object) else { continue };
            let mut entry = json!({"port": number, "protocol": port["protocol"].as_str().unwrap_or("TCP")});
            if let Some(name) = port["name"].as_str().filter(|name| !name.is_empty()) {
                entry["name"] = name.into();
            }
            ports.push(entry);
        }
        if ports.is_empty() && !path::list(service, "spec.ports").is_empty() {
            continue;
        }
        let mut address = json!({
            "ip": &*pod.ip, "nodeName": &*pod.node,
            "targetRef": {
                "kind": "Pod", "namespace": &*pod.key.namespace, "name": &*pod.key.name, "uid": object["metadata"]["uid"],
            },
        });
        let hostname = path::str(object, "spec.hostname");
        if !hostname.is_empty() && path::str(object, "spec.subdomain") == path::str(service, "metadata.name") {
            address["hostname"] = hostname.into();
        }
        let ready = path::bool(service, "spec.publishNotReadyAddresses") || pod.ready_since.is_some();
        let at = match subsets.iter().position(|(known, ..)| *known == ports) {
            Some(at) => at,
            None => {
                subsets.push((ports, Vec::new(), Vec::new()));
                subsets.len() - 1
            }
        };
        if ready { subsets[at].1.push(address) } else { subsets[at].2.push(address) }
    }
    let mut list = Vec::new();
    for (ports, ready, unready) in subsets {
        let mut subset = json!({});
        for (field, items) in [("addresses", ready), ("notReadyAddresses", unready), ("ports", ports)] {
            if !items.is_empty() {
                subset[field] = items.into();
            }
        }
        list.push(subset);
    }
    list
}
