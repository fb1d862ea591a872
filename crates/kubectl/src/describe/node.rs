//! `kubectl describe node`

use api::quantity::Quantity;
use api::{find_resource, path};
use serde_json::Value;

use super::text::{Text, scalar};
use crate::duration::{age, rfc1123};
use crate::error::Outcome;
use crate::session::Session;

/// Describes a node and the Pods on it.
///
/// # Errors
/// What the server refuses.
pub async fn describe(text: &mut Text, session: &Session, node: &Value) -> Outcome {
    let (spec, status) = (&node["spec"], &node["status"]);
    let name = path::str(node, "metadata.name");
    text.pair(0, "Name", name);
    let roles: Vec<&str> = path::object(node, "metadata.labels")
        .into_iter()
        .flatten()
        .filter_map(|(key, _)| key.strip_prefix("node-role.kubernetes.io/"))
        .filter(|role| !role.is_empty())
        .collect();
    text.pair(0, "Roles", if roles.is_empty() { "<none>".to_owned() } else { roles.join(",") });
    text.labels_and_annotations(node);
    text.pair(0, "CreationTimestamp", rfc1123(path::str(node, "metadata.creationTimestamp")));
    let mut taints: Vec<&Value> = path::list(spec, "taints").iter().collect();
    let key = |taint: &Value| format!("{},{}", path::str(taint, "effect"), path::str(taint, "key"));
    sim::order::sort_by(&mut taints, |a, b| key(a).cmp(&key(b)));
    let taints: Vec<String> = taints
        .into_iter()
        .map(|taint| {
            let (key, value, effect) = (path::str(taint, "key"), path::str(taint, "value"), path::str(taint, "effect"));
            if value.is_empty() { format!("{key}:{effect}") } else { format!("{key}={value}:{effect}") }
        })
        .collect();
    text.column("", "Taints", &taints);
    text.pair(0, "Unschedulable", path::bool(spec, "unschedulable").to_string());
    lease(text, session, name).await;
    text.conditions(path::list(status, "conditions"), "LastHeartbeatTime");
    text.line(0, "Addresses:");
    for address in path::list(status, "addresses") {
        text.pair(1, path::str(address, "type"), path::str(address, "address"));
    }
    for (title, field) in [("Capacity", "capacity"), ("Allocatable", "allocatable")] {
        let Some(resources) = status[field].as_object().filter(|map| !map.is_empty()) else { continue };
        text.line(0, format!("{title}:"));
        for (name, quantity) in resources {
            text.pair(1, name, scalar(quantity));
        }
    }
    text.line(0, "System Info:");
    for (title, field) in [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
    ] {
        text.pair(1, title, path::str(&status["nodeInfo"], field));
    }
    if !path::str(spec, "podCIDR").is_empty() {
        text.pair(0, "PodCIDR", path::str(spec, "podCIDR"));
    }
    let ranges: Vec<&str> = path::list(spec, "podCIDRs").iter().filter_map(Value::as_str).collect();
    if !ranges.is_empty() {
        text.pair(0, "PodCIDRs", ranges.join(","));
    }
    if !path::str(spec, "providerID").is_empty() {
        text.pair(0, "ProviderID", path::str(spec, "providerID"));
    }
    pods(text, session, node).await
}

async fn lease(text: &mut Text, session: &Session, name: &str) {
    let Some(resource) = find_resource("leases") else { return };
    let lease = match session.get(resource, "kube-node-lease", name).await {
        Ok(lease) => lease,
        Err(error) => {
            text.pair(0, "Lease", format!("Failed to get lease: {error}"));
            return;
        }
    };
    let or_unset = |value: &str| if value.is_empty() { "<unset>".to_owned() } else { rfc1123(value) };
    text.line(0, "Lease:");
    text.pair(1, "HolderIdentity", or_unset(path::str(&lease, "spec.holderIdentity")));
    text.pair(1, "AcquireTime", or_unset(path::str(&lease, "spec.acquireTime")));
    text.pair(1, "RenewTime", or_unset(path::str(&lease, "spec.renewTime")));
}

/// What a Pod's containers ask for: the sum, or what one init container needs if that is more.
fn total(pod: &Value, list: &str, resource: &str) -> Quantity {
    let of = |container: &Value| {
        Quantity::parse(&scalar(&container["resources"][list][resource])).unwrap_or(Quantity::from_int(0))
    };
    let mut sum = Quantity::from_int(0);
    for container in path::list(pod, "spec.containers") {
        let quantity = of(container);
        sum = if sum.is_zero() { quantity } else { sum.plus(quantity) };
    }
    for container in path::list(pod, "spec.initContainers") {
        let quantity = of(container);
        if quantity.milli_value() > sum.milli_value() {
            sum = quantity;
        }
    }
    sum
}

/// `100m (5%)`
fn share(quantity: &Quantity, whole: &Quantity) -> String {
    let (part, all) = (quantity.milli_value(), whole.milli_value());
    let percent = if all == 0 { 0 } else { (i128::from(part) * 100 / i128::from(all)) as i64 };
    format!("{quantity} ({percent}%)")
}

async fn pods(text: &mut Text, session: &Session, node: &Value) -> Outcome {
    let Some(resource) = find_resource("pods") else { return Ok(()) };
    let name = path::str(node, "metadata.name");
    let selector = format!("spec.nodeName={name},status.phase!=Succeeded,status.phase!=Failed");
    let pods = session.list(resource, "", &[("fieldSelector", &selector)]).await?;
    let status = &node["status"];
    let allocatable = if status["allocatable"].is_null() { &status["capacity"] } else { &status["allocatable"] };
    let whole = |resource: &str| Quantity::parse(&scalar(&allocatable[resource])).unwrap_or(Quantity::from_int(0));
    text.line(0, format!("Non-terminated Pods:\t({} in total)", pods.len()));
    text.line(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
    text.line(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
    const COLUMNS: [(&str, &str); 4] =
        [("requests", "cpu"), ("limits", "cpu"), ("requests", "memory"), ("limits", "memory")];
    for pod in &pods {
        let shares = COLUMNS.map(|(list, resource)| share(&total(pod, list, resource), &whole(resource)));
        text.line(
            1,
            format!(
                "{}\t{}\t\t{}\t{}",
                path::str(pod, "metadata.namespace"),
                path::str(pod, "metadata.name"),
                shares.join("\t"),
                age(path::str(pod, "metadata.creationTimestamp"), session.now())
            ),
        );
    }
    text.line(0, "Allocated resources:");
    text.line(1, "(Total limits may be over 100 percent, i.e., overcommitted.)");
    text.line(1, "Resource\tRequests\tLimits");
    text.line(1, "--------\t--------\t------");
    for resource in ["cpu", "memory", "ephemeral-storage"] {
        let sum = |list: &str| {
            let mut sum = Quantity::from_int(0);
            for pod in &pods {
                let quantity = total(pod, list, resource);
                sum = if sum.is_zero() { quantity } else { sum.plus(quantity) };
            }
            share(&sum, &whole(resource))
        };
        text.line(1, format!("{resource}\t{}\t{}", sum("requests"), sum("limits")));
    }
    Ok(())
}
