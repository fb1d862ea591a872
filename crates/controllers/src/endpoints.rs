//! The Endpoints controller: the older, single list of addresses behind a Service.
//!
//! pkg/controller/endpoint/endpoints_controller.go

use std::time::Duration;

use api::path;
use apiserver::ObjectKey;
use component::{Context, Reconciled, Write};
use serde_json::{Value, json};

use super::endpointslice::{Endpoint, batch_period, endpoints_of};
use super::{merge_patch, mirroring, patch};

const TRIGGER: &str = "endpoints.kubernetes.io/last-change-trigger-time";
const MANAGED_BY: &str = "endpoints.kubernetes.io/managed-by";

/// Each write carries all endpoints: a Service with many is told of more seldom, so that a Pod behind it costs no more than
/// one behind a small one.
const LONGEST_BATCH: Duration = Duration::from_secs(10);

/// Reconciles one Service.
#[inline(never)]
pub fn reconcile(cx: &mut Context, key: &ObjectKey) -> Reconciled {
    let mut out = Reconciled::default();
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
    let subsets = subsets(service, &pods);
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
            out.not_before = Some(batch_period(pods.len()).min(LONGEST_BATCH));
        }
    }
    out
}

/// What the target ports are, the ports as they are written, the ready addresses and the others.
type Subset = (Vec<Option<i64>>, Vec<Value>, Vec<Value>, Vec<Value>);

/// Addresses with the same ports in one subset, ready ones and others apart.
fn subsets(service: &Value, pods: &[Endpoint]) -> Vec<Value> {
    let mut subsets: Vec<Subset> = Vec::new();
    let unready_too = path::bool(service, "spec.publishNotReadyAddresses");
    for pod in pods.iter().filter(|pod| !pod.info.terminating) {
        let numbers = pod.target_ports(service);
        let at = match subsets.iter().position(|(known, ..)| *known == numbers) {
            Some(at) => at,
            None => {
                let ports = ports_of(service, &numbers);
                subsets.push((numbers, ports, Vec::new(), Vec::new()));
                subsets.len() - 1
            }
        };
        let (_, ports, ready, unready) = &mut subsets[at];
        if ports.is_empty() && !path::list(service, "spec.ports").is_empty() {
            continue;
        }
        let mut address = Value::Null;
        path::set(&mut address, "ip", &*pod.info.ip);
        path::set(&mut address, "nodeName", &*pod.info.node);
        let mut target = Value::Null;
        for (field, text) in pod.target() {
            path::set(&mut target, field, text);
        }
        path::set(&mut address, "targetRef", target);
        let hostname = pod.hostname(service);
        if !hostname.is_empty() {
            path::set(&mut address, "hostname", hostname);
        }
        if unready_too || pod.info.ready_since.is_some() { ready.push(address) } else { unready.push(address) }
    }
    let mut list = Vec::new();
    for (_, ports, ready, unready) in subsets {
        if ready.is_empty() && unready.is_empty() {
            continue;
        }
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

/// A Service's ports with these target port numbers.
fn ports_of(service: &Value, numbers: &[Option<i64>]) -> Vec<Value> {
    let ports = path::list(service, "spec.ports").iter().zip(numbers).filter_map(|(port, number)| {
        let mut entry = json!({"port": (*number)?, "protocol": port["protocol"].as_str().unwrap_or("TCP")});
        if let Some(name) = port["name"].as_str().filter(|name| !name.is_empty()) {
            entry["name"] = name.into();
        }
        Some(entry)
    });
    ports.collect()
}
