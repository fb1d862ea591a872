//! The EndpointSlice controller: for each Service with a selector, slices with the addresses of the Pods it selects.
//!
//! <https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/>, k8s.io/endpointslice/reconciler.go

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use api::path;
use serde_json::{Value, json};

use super::{controller_reference, merge_patch, patch, selector};
use crate::reconcile::{Outcome, Write};
use crate::runtime::{Context, PodInfo};
use crate::store::ObjectKey;

const RESOURCE: &str = "endpointslices.discovery.k8s.io";
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
const CONTROLLER: &str = "endpointslice-controller.k8s.io";
const TRIGGER: &str = "endpoints.kubernetes.io/last-change-trigger-time";
/// `--max-endpoints-per-slice`
const PER_SLICE: usize = 100;

/// How soon after a write for so many endpoints the next may follow: each write carries all of them, so what changes
/// meanwhile goes in one. A few endpoints are told of at once, many within a second. (`--endpointslice-updates-batch-period`
/// and `--endpoint-updates-batch-period` of kube-controller-manager, which do not grow with the endpoints.)
pub(super) fn batch_period(endpoints: usize) -> Duration {
    Duration::from_millis(endpoints as u64 * 20).min(Duration::from_secs(1))
}

/// Looks at one Service.
#[inline(never)]
pub fn reconcile(cx: &mut Context, key: &ObjectKey) -> Outcome {
    let mut out = Outcome::default();
    let Some(service) = cx.view.get(&key.resource, &key.namespace, &key.name) else { return out };
    if service["spec"]["selector"].as_object().is_none_or(serde_json::Map::is_empty)
        || service["spec"]["type"] == "ExternalName"
        || !path::get(service, "metadata.deletionTimestamp").is_null()
    {
        return out;
    }
    let mut existing: Vec<&Rc<Value>> = cx
        .view
        .list(RESOURCE, Some(&key.namespace))
        .filter(|slice| {
            let labels = &slice["metadata"]["labels"];
            labels["kubernetes.io/service-name"] == *key.name && labels[MANAGED_BY] == CONTROLLER
        })
        .collect();
    // Pods with the same target ports share slices (a named port may be another number in another Pod).
    let mut wanted: BTreeMap<String, (Value, Vec<Value>)> = BTreeMap::new();
    let pods = endpoints_of(cx, service);
    for pod in &pods {
        let Some(object) = cx.view.get("pods", &pod.key.namespace, &pod.key.name) else { continue };
        let ports = ports_of(service, object);
        let group = wanted.entry(ports.to_string()).or_insert_with(|| (ports, Vec::new()));
        group.1.push(endpoint(service, object, pod));
    }
    if wanted.is_empty() {
        wanted.insert("null".to_owned(), (Value::Null, Vec::new())); // the placeholder
    }
    let mut updates: Vec<(Value, &Rc<Value>)> = Vec::new();
    let mut creates: Vec<Value> = Vec::new();
    for (ports, mut endpoints) in wanted.into_values() {
        let same =
            |slice: &&Rc<Value>| slice["ports"] == ports || ports.is_null() && path::list(slice, "ports").is_empty();
        let (mine, rest): (Vec<_>, Vec<_>) = existing.into_iter().partition(same);
        existing = rest;
        let mut filled: Vec<(Vec<Value>, &Rc<Value>)> = Vec::new();
        for slice in mine {
            let mut kept = Vec::new();
            for old in path::list(slice, "endpoints") {
                if let Some(at) = endpoints.iter().position(|new| new["addresses"] == old["addresses"]) {
                    kept.push(endpoints.remove(at));
                }
            }
            filled.push((kept, slice));
        }
        for (kept, _) in &mut filled {
            let free = PER_SLICE.saturating_sub(kept.len()).min(endpoints.len());
            kept.extend(endpoints.drain(..free));
        }
        let mut placed = false;
        for (kept, slice) in filled {
            if kept.is_empty() && (placed || !endpoints.is_empty()) {
                existing.push(slice);
            } else {
                placed = true;
                updates.push((slice_of(cx, service, &ports, kept), slice));
            }
        }
        while !endpoints.is_empty() || !placed {
            placed = true;
            let some: Vec<Value> = endpoints.drain(..PER_SLICE.min(endpoints.len())).collect();
            creates.push(slice_of(cx, service, &ports, some));
        }
    }
    // A slice that is no longer needed becomes the new one, under its name.
    while !creates.is_empty() && !existing.is_empty() {
        updates.push((creates.remove(0), existing.remove(0)));
    }
    for (wanted, slice) in updates {
        update(&wanted, slice, cx, &mut out);
    }
    for mut slice in creates {
        slice["metadata"]["generateName"] = format!("{}-", key.name).into();
        slice["metadata"]["annotations"] = json!({TRIGGER: cx.now.rfc3339()});
        out.writes.push(Write::Create(RESOURCE, slice));
    }
    for slice in existing {
        out.writes.push(Write::Delete(
            ObjectKey::new(RESOURCE, &key.namespace, path::str(slice, "metadata.name")),
            Value::Null,
        ));
    }
    out.rest = (!out.writes.is_empty()).then(|| batch_period(pods.len()));
    out
}

fn update(wanted: &Value, slice: &Value, cx: &Context, out: &mut Outcome) {
    let mut after = slice.clone();
    after["metadata"]["labels"] = wanted["metadata"]["labels"].clone();
    for field in ["ports", "endpoints"] {
        // An empty list and none at all are the same.
        if path::list(slice, field) != path::list(wanted, field) {
            after[field] = wanted[field].clone();
        }
    }
    if after == *slice {
        return;
    }
    after["metadata"]["annotations"][TRIGGER] = cx.now.rfc3339().into();
    let key = ObjectKey::new(RESOURCE, path::str(slice, "metadata.namespace"), path::str(slice, "metadata.name"));
    if let Some(body) = merge_patch(slice, &after) {
        out.writes.push(patch(&key, body));
    }
}

/// The Pods behind a Service: selected, with an address, not ended; in order of their addresses.
pub(super) fn endpoints_of(cx: &Context, service: &Value) -> Vec<Rc<PodInfo>> {
    let namespace = path::str(service, "metadata.namespace");
    let wanted = &service["spec"]["selector"];
    let from = ObjectKey::new("pods", namespace, "");
    let mut pods: Vec<Rc<PodInfo>> = cx
        .index
        .addressed
        .range(from..)
        .take_while(|(key, _)| *key.namespace == *namespace)
        .filter(|(_, pod)| !pod.ended() && selector::matches_map(wanted, &pod.labels))
        .map(|(_, pod)| pod.clone())
        .collect();
    let address = |pod: &Rc<PodInfo>| pod.ip.parse::<std::net::Ipv4Addr>().ok();
    sim::order::sort_by(&mut pods, |a, b| address(a).cmp(&address(b)).then_with(|| a.key.cmp(&b.key)));
    pods
}

/// The number a Service's `targetPort` is in a Pod; `None` when the Pod has no port of that name.
pub(super) fn target_port(port: &Value, pod: &Value) -> Option<i64> {
    match &port["targetPort"] {
        Value::Number(number) => number.as_i64(),
        Value::String(name) => {
            let sidecars = path::list(pod, "spec.initContainers").iter().filter(|one| one["restartPolicy"] == "Always");
            path::list(pod, "spec.containers")
                .iter()
                .chain(sidecars)
                .flat_map(|container| path::list(container, "ports"))
                .find(|known| {
                    known["name"] == name.as_str()
                        && known["protocol"].as_str().unwrap_or("TCP") == port["protocol"].as_str().unwrap_or("TCP")
                })
                .and_then(|known| path::int(known, "containerPort"))
        }
        _ => path::int(port, "port"),
    }
}

fn ports_of(service: &Value, pod: &Value) -> Value {
    let ports = path::list(service, "spec.ports").iter().filter_map(|port| {
        let mut entry = json!({
            "name": port["name"].as_str().unwrap_or_default(),
            "port": target_port(port, pod)?,
            "protocol": port["protocol"].as_str().unwrap_or("TCP"),
        });
        if let Some(protocol) = port["appProtocol"].as_str() {
            entry["appProtocol"] = protocol.into();
        }
        Some(entry)
    });
    Value::Array(ports.collect())
}

fn endpoint(service: &Value, pod: &Value, info: &PodInfo) -> Value {
    let ready = info.ready_since.is_some();
    let unready_too = path::bool(service, "spec.publishNotReadyAddresses");
    let mut endpoint = json!({
        "addresses": [&*info.ip],
        "conditions": {
            "ready": unready_too || ready && !info.terminating,
            "serving": ready,
            "terminating": info.terminating,
        },
        "nodeName": &*info.node,
        "targetRef": {
            "kind": "Pod", "namespace": &*info.key.namespace, "name": &*info.key.name, "uid": pod["metadata"]["uid"],
        },
    });
    let hostname = path::str(pod, "spec.hostname");
    if !hostname.is_empty() && path::str(pod, "spec.subdomain") == path::str(service, "metadata.name") {
        endpoint["hostname"] = hostname.into();
    }
    endpoint
}

fn slice_of(_cx: &Context, service: &Value, ports: &Value, endpoints: Vec<Value>) -> Value {
    let mut labels = service["metadata"]["labels"].clone();
    if !labels.is_object() {
        labels = json!({});
    }
    labels["kubernetes.io/service-name"] = service["metadata"]["name"].clone();
    labels[MANAGED_BY] = CONTROLLER.into();
    if service["spec"]["clusterIP"] == "None" {
        labels["service.kubernetes.io/headless"] = "".into();
    }
    json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {
            "namespace": service["metadata"]["namespace"], "labels": labels,
            "ownerReferences": [controller_reference(service)],
        },
        "endpoints": endpoints, "ports": ports,
    })
}
