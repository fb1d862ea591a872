//! Nodes.

use api::path;
use serde_json::Value;

use super::{Row, condition, or};

pub(super) fn cells(row: &Row) -> Vec<Value> {
    let mut status = match condition(row.object, "Ready").map(|ready| path::str(ready, "status")) {
        Some("True") => "Ready".to_owned(),
        Some(_) => "NotReady".to_owned(),
        None => "Unknown".to_owned(),
    };
    if path::bool(row.object, "spec.unschedulable") {
        status.push_str(",SchedulingDisabled");
    }
    let mut roles: Vec<&str> = path::object(row.object, "metadata.labels")
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) => Some(role),
            None if key == "kubernetes.io/role" => value.as_str(),
            None => None,
        })
        .filter(|role| !role.is_empty())
        .collect();
    sim::order::sort(&mut roles);
    roles.dedup();
    let address = |kind: &str| {
        let found =
            path::list(row.object, "status.addresses").iter().find(|address| path::str(address, "type") == kind);
        found.map_or("<none>", |address| path::str(address, "address")).to_owned()
    };
    let mut kernel = or(row.text("status.nodeInfo.kernelVersion"), "<unknown>").to_owned();
    let architecture = row.text("status.nodeInfo.architecture");
    if !architecture.is_empty() {
        kernel.push_str(&format!(" ({architecture})"));
    }
    vec![
        row.name(),
        status.into(),
        or(&roles.join(","), "<none>").into(),
        row.age(),
        row.text("status.nodeInfo.kubeletVersion").into(),
        address("InternalIP").into(),
        address("ExternalIP").into(),
        or(row.text("status.nodeInfo.osImage"), "<unknown>").into(),
        kernel.into(),
        or(row.text("status.nodeInfo.containerRuntimeVersion"), "<unknown>").into(),
    ]
}
