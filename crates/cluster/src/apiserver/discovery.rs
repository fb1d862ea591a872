//! Discovery, version and health: the documents outside the resources.

use api::{Request, Status, resources};
use serde_json::{Value, json};

use super::Reply;
use super::route::page_not_found;
use crate::Cluster;

/// Answers `/api`, `/apis`, `/api/v1`, `/apis/GROUP[/VERSION]`, `/version` and the health checks.
///
/// # Errors
/// 404 for every other path.
#[inline(never)]
pub fn answer(cluster: &Cluster, request: &Request) -> Result<Reply, Status> {
    let parts: Vec<&str> = request.path.split('/').filter(|part| !part.is_empty()).collect();
    Ok(Reply::ok(match parts.as_slice() {
        ["api"] => json!({
            "kind": "APIVersions",
            "versions": ["v1"],
            "serverAddressByClientCIDRs": [
                {"clientCIDR": "0.0.0.0/0", "serverAddress": format!("{}:8443", cluster.settings.node_ip)}
            ],
        }),
        ["apis"] => json!({
            "kind": "APIGroupList", "apiVersion": "v1",
            "groups": groups().into_iter().map(|(group, version)| api_group(group, version)).collect::<Vec<_>>(),
        }),
        ["apis", name] => {
            let groups = groups();
            let (group, version) = groups.iter().find(|(group, _)| group == name).ok_or_else(page_not_found)?;
            let mut value = api_group(group, version);
            value["kind"] = "APIGroup".into();
            value["apiVersion"] = "v1".into();
            value
        }
        ["api", version] => resource_list("", version)?,
        ["apis", group, version] => resource_list(group, version)?,
        ["version"] => version(&cluster.settings.version),
        ["healthz" | "livez" | "readyz"] => Value::from("ok"),
        [] => json!({"paths": ["/api", "/apis", "/healthz", "/livez", "/readyz", "/version"]}),
        _ => return Err(page_not_found()),
    }))
}

/// The named groups with their preferred version, in discovery's order.
fn groups() -> Vec<(&'static str, &'static str)> {
    let mut groups: Vec<(&str, &str)> = Vec::new();
    for resource in resources() {
        if !resource.group.is_empty() && !groups.iter().any(|(group, _)| *group == resource.group) {
            groups.push((resource.group, resource.version));
        }
    }
    groups
}

fn api_group(group: &str, version: &str) -> Value {
    let version = json!({"groupVersion": format!("{group}/{version}"), "version": version});
    json!({"name": group, "versions": [version], "preferredVersion": version})
}

fn resource_list(group: &str, version: &str) -> Result<Value, Status> {
    let mut list = Vec::new();
    for resource in resources().iter().filter(|resource| resource.group == group && resource.version == version) {
        let mut entry = json!({
            "name": resource.plural, "singularName": resource.singular, "namespaced": resource.namespaced,
            "kind": resource.kind, "verbs": resource.verbs,
        });
        if !resource.short_names.is_empty() {
            entry["shortNames"] = resource.short_names.clone().into();
        }
        if !resource.categories.is_empty() {
            entry["categories"] = resource.categories.clone().into();
        }
        list.push(entry);
        for sub in &resource.subresources {
            list.push(json!({
                "name": format!("{}/{}", resource.plural, sub.name), "singularName": "",
                "namespaced": resource.namespaced, "kind": sub.kind, "verbs": sub.verbs,
            }));
        }
    }
    if list.is_empty() {
        return Err(page_not_found());
    }
    let group_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    Ok(json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": list}))
}

fn version(version: &str) -> Value {
    let mut numbers = version.trim_start_matches('v').split('.');
    json!({
        "major": numbers.next().unwrap_or_default(), "minor": numbers.next().unwrap_or_default(),
        "gitVersion": version, "gitCommit": "", "gitTreeState": "clean", "buildDate": "2026-06-16T00:00:00Z",
        "goVersion": "go1.26.0", "compiler": "gc", "platform": "linux/amd64",
    })
}
