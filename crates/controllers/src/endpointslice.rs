//! The EndpointSlice controller: for each Service with a selector, slices with the addresses of the Pods it selects.
//!
//! <https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/>, k8s.io/endpointslice/reconciler.go

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

use api::path;
use apiserver::{ObjectKey, selector};
use component::{Context, PodInfo, Reconciled, Write};
use serde_json::{Map, Value, json};

use super::{controller_reference, merge_patch, patch};

const RESOURCE: &str = "endpointslices.discovery.k8s.io";
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
const CONTROLLER: &str = "endpointslice-controller.k8s.io";
const TRIGGER: &str = "endpoints.kubernetes.io/last-change-trigger-time";
/// `--max-endpoints-per-slice`
const PER_SLICE: usize = 100;

/// How soon after a write for so many endpoints the next may follow: what changes meanwhile goes in one. A few endpoints are
/// told of at once. (`--endpointslice-updates-batch-period` and `--endpoint-updates-batch-period` of kube-controller-manager,
/// which do not grow with the endpoints.)
pub(super) fn batch_period(endpoints: usize) -> Duration {
    Duration::from_millis(endpoints as u64 * 20)
}

/// The longest time between writes of slices, however many endpoints there are: a write carries at most [`PER_SLICE`].
const LONGEST_BATCH: Duration = Duration::from_secs(1);

/// Reconciles one Service.
#[inline(never)]
pub fn reconcile(cx: &mut Context, key: &ObjectKey) -> Reconciled {
    let mut out = Reconciled::default();
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
            let labels = path::get(slice, "metadata.labels");
            *path::field(labels, "kubernetes.io/service-name") == *key.name
                && *path::field(labels, MANAGED_BY) == CONTROLLER
        })
        .collect();
    // Pods with the same target ports share slices (a named port may be another number in another Pod).
    let mut wanted: BTreeMap<String, Plan> = BTreeMap::new();
    let mut texts: Vec<(Vec<Option<i64>>, String)> = Vec::new();
    let pods = endpoints_of(cx, service);
    let all = pods.len();
    for pod in pods {
        let numbers = pod.target_ports(service);
        let at = texts.iter().position(|(known, _)| *known == numbers).unwrap_or_else(|| {
            let ports = ports_of(service, &numbers);
            let text = ports.to_string();
            wanted.entry(text.clone()).or_insert_with(|| Plan { ports, pods: Vec::new() });
            texts.push((numbers, text));
            texts.len() - 1
        });
        if let Some(plan) = wanted.get_mut(&texts[at].1) {
            plan.pods.push((pod, None));
        }
    }
    if wanted.is_empty() {
        wanted.insert("null".to_owned(), Plan { ports: Value::Null, pods: Vec::new() }); // the placeholder
    }
    let mut updates: Vec<(Plan, &Rc<Value>)> = Vec::new();
    let mut creates: Vec<Plan> = Vec::new();
    for Plan { ports, mut pods } in wanted.into_values() {
        let same = |slice: &&Rc<Value>| {
            *path::field(slice, "ports") == ports || ports.is_null() && path::list(slice, "ports").is_empty()
        };
        let (mine, rest): (Vec<_>, Vec<_>) = existing.into_iter().partition(same);
        existing = rest;
        let mut filled: Vec<(Vec<Shown>, &Rc<Value>)> = Vec::new();
        for slice in mine {
            let mut kept = Vec::new();
            for old in path::list(slice, "endpoints") {
                // Endpoints are in the order of their addresses.
                let address = address_of(old).and_then(|ip| ip.parse().ok());
                let at = pods.partition_point(|(new, _)| new.address < address);
                if pods.get(at).is_some_and(|(new, _)| address_of(old) == Some(&*new.info.ip)) {
                    kept.push((pods.remove(at).0, Some(old)));
                }
            }
            filled.push((kept, slice));
        }
        for (kept, _) in &mut filled {
            let free = PER_SLICE.saturating_sub(kept.len()).min(pods.len());
            kept.extend(pods.drain(..free));
        }
        let mut placed = false;
        for (kept, slice) in filled {
            if kept.is_empty() && (placed || !pods.is_empty()) {
                existing.push(slice);
            } else {
                placed = true;
                updates.push((Plan { ports: ports.clone(), pods: kept }, slice));
            }
        }
        while !pods.is_empty() || !placed {
            placed = true;
            let some = pods.drain(..PER_SLICE.min(pods.len())).collect();
            creates.push(Plan { ports: ports.clone(), pods: some });
        }
    }
    // A slice that is no longer needed becomes the new one, under its name.
    while !creates.is_empty() && !existing.is_empty() {
        updates.push((creates.remove(0), existing.remove(0)));
    }
    let labels = labels_of(service);
    for (plan, slice) in updates {
        update(plan, &labels, service, slice, cx, &mut out);
    }
    for plan in creates {
        let mut slice = json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {
                "namespace": &*key.namespace, "generateName": format!("{}-", key.name), "labels": labels,
                "annotations": {TRIGGER: cx.now.rfc3339()}, "ownerReferences": [controller_reference(service)],
            },
        });
        path::set(&mut slice, "endpoints", plan.endpoints(service));
        path::set(&mut slice, "ports", plan.ports);
        out.writes.push(Write::Create(RESOURCE, slice));
    }
    for slice in existing {
        out.writes.push(Write::Delete(
            ObjectKey::new(RESOURCE, &key.namespace, path::str(slice, "metadata.name")),
            Value::Null,
        ));
    }
    out.not_before = (!out.writes.is_empty()).then(|| batch_period(all).min(LONGEST_BATCH));
    out
}

/// A Pod, and how the slice shows it now, if it is in it.
type Shown<'a> = (Endpoint<'a>, Option<&'a Value>);

/// The wanted content of a slice.
struct Plan<'a> {
    ports: Value,
    pods: Vec<Shown<'a>>,
}

impl Plan<'_> {
    fn endpoints(&self, service: &Value) -> Vec<Value> {
        let shown = self.pods.iter().map(|(pod, old)| match old.filter(|old| pod.is_shown(old, service)) {
            Some(old) => old.clone(),
            None => pod.value(service),
        });
        shown.collect()
    }
}

/// Writes what differs of a slice. Of one that is as it shall be, nothing is made anew or copied: a Service may have many.
fn update(plan: Plan, labels: &Value, service: &Value, slice: &Value, cx: &Context, out: &mut Reconciled) {
    let mut patch_body = Value::Null;
    if let Some(labels) = merge_patch(path::get(slice, "metadata.labels"), labels) {
        path::set(&mut patch_body, "metadata.labels", labels);
    }
    // An empty list equals a missing one.
    if path::list(slice, "ports") != plan.ports.as_array().map(Vec::as_slice).unwrap_or_default() {
        path::set(&mut patch_body, "ports", plan.ports.clone());
    }
    let now = path::list(slice, "endpoints");
    if now.len() != plan.pods.len() || !plan.pods.iter().zip(now).all(|((pod, _), old)| pod.is_shown(old, service)) {
        path::set(&mut patch_body, "endpoints", plan.endpoints(service));
    }
    if patch_body.is_null() {
        return;
    }
    let annotations = json!({TRIGGER: cx.now.rfc3339()});
    path::set(&mut patch_body, "metadata.annotations", annotations);
    let key = ObjectKey::new(RESOURCE, path::str(slice, "metadata.namespace"), path::str(slice, "metadata.name"));
    out.writes.push(patch(&key, patch_body));
}

/// A Pod behind a Service.
pub(super) struct Endpoint<'a> {
    pub info: Rc<PodInfo>,
    pub object: &'a Value,
    /// Its address, which orders it.
    address: Option<Ipv4Addr>,
}

/// The Pods behind a Service: selected, with an address, not ended; in order of their addresses.
pub(super) fn endpoints_of<'a>(cx: &Context<'a>, service: &Value) -> Vec<Endpoint<'a>> {
    let namespace = path::str(service, "metadata.namespace");
    let wanted = path::get(service, "spec.selector");
    let from = ObjectKey::new("pods", namespace, "");
    let mut pods: Vec<Endpoint> = cx
        .index
        .addressed
        .range(from..)
        .take_while(|(key, _)| *key.namespace == *namespace)
        .filter(|(_, pod)| !pod.ended() && selector::matches_map(wanted, &pod.labels))
        .filter_map(|(key, pod)| {
            let object = cx.view.get("pods", &key.namespace, &key.name)?;
            Some(Endpoint { info: pod.clone(), object, address: pod.ip.parse().ok() })
        })
        .collect();
    sim::order::sort_by(&mut pods, |a, b| a.address.cmp(&b.address).then_with(|| a.info.key.cmp(&b.info.key)));
    pods
}

/// The number a Service's `targetPort` is in a Pod; `None` when the Pod has no port of that name.
fn target_port(port: &Value, pod: &Value) -> Option<i64> {
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

fn ports_of(service: &Value, numbers: &[Option<i64>]) -> Value {
    let ports = path::list(service, "spec.ports").iter().zip(numbers).filter_map(|(port, number)| {
        let mut entry = json!({
            "name": path::str(port, "name"), "port": (*number)?, "protocol": port["protocol"].as_str().unwrap_or("TCP"),
        });
        if let Some(protocol) = port["appProtocol"].as_str() {
            entry["appProtocol"] = protocol.into();
        }
        Some(entry)
    });
    Value::Array(ports.collect())
}

/// The one address of an endpoint.
fn address_of(endpoint: &Value) -> Option<&str> {
    match path::list(endpoint, "addresses") {
        [only] => only.as_str(),
        _ => None,
    }
}

impl Endpoint<'_> {
    /// The number of each of the Service's target ports in the Pod.
    pub fn target_ports(&self, service: &Value) -> Vec<Option<i64>> {
        path::list(service, "spec.ports").iter().map(|port| target_port(port, self.object)).collect()
    }

    /// The Pod's name in the Service's domain; empty if it has none.
    pub fn hostname(&self, service: &Value) -> &str {
        let hostname = path::str(self.object, "spec.hostname");
        let named =
            !hostname.is_empty() && path::str(self.object, "spec.subdomain") == path::str(service, "metadata.name");
        if named { hostname } else { "" }
    }

    /// Its conditions in a slice.
    fn conditions(&self, service: &Value) -> [(&'static str, bool); 3] {
        let ready = self.info.ready_since.is_some();
        let unready_too = path::bool(service, "spec.publishNotReadyAddresses");
        [
            ("ready", unready_too || ready && !self.info.terminating),
            ("serving", ready),
            ("terminating", self.info.terminating),
        ]
    }

    /// The reference to the Pod.
    pub fn target(&self) -> [(&'static str, &str); 4] {
        let key = &self.info.key;
        let uid = path::str(self.object, "metadata.uid");
        [("kind", "Pod"), ("namespace", &*key.namespace), ("name", &*key.name), ("uid", uid)]
    }

    /// Whether an endpoint of a slice is just what [`value`](Endpoint::value) would make.
    fn is_shown(&self, endpoint: &Value, service: &Value) -> bool {
        let fields = |value: &Value| value.as_object().map_or(0, Map::len);
        let (conditions, target) = (path::field(endpoint, "conditions"), path::field(endpoint, "targetRef"));
        let hostname = self.hostname(service);
        address_of(endpoint) == Some(&*self.info.ip)
            && path::str(endpoint, "nodeName") == &*self.info.node
            && path::str(endpoint, "hostname") == hostname
            && fields(endpoint) == 4 + usize::from(!hostname.is_empty())
            && fields(conditions) == 3
            && self.conditions(service).iter().all(|(name, holds)| path::field(conditions, name) == holds)
            && fields(target) == 4
            && self.target().iter().all(|(name, text)| path::str(target, name) == *text)
    }

    /// The endpoint as a slice shows it.
    fn value(&self, service: &Value) -> Value {
        let mut endpoint = Value::Null;
        path::set(&mut endpoint, "addresses", vec![Value::from(&*self.info.ip)]);
        path::set(&mut endpoint, "nodeName", &*self.info.node);
        let (mut conditions, mut target) = (Value::Null, Value::Null);
        for (name, holds) in self.conditions(service) {
            path::set(&mut conditions, name, holds);
        }
        for (name, text) in self.target() {
            path::set(&mut target, name, text);
        }
        path::set(&mut endpoint, "conditions", conditions);
        path::set(&mut endpoint, "targetRef", target);
        let hostname = self.hostname(service);
        if !hostname.is_empty() {
            path::set(&mut endpoint, "hostname", hostname);
        }
        endpoint
    }
}

fn labels_of(service: &Value) -> Value {
    let mut labels = service["metadata"]["labels"].clone();
    if !labels.is_object() {
        labels = json!({});
    }
    labels["kubernetes.io/service-name"] = service["metadata"]["name"].clone();
    labels[MANAGED_BY] = CONTROLLER.into();
    if service["spec"]["clusterIP"] == "None" {
        labels["service.kubernetes.io/headless"] = "".into();
    }
    labels
}
