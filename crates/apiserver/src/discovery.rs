//! Discovery, version and health: the documents outside the resources.

use api::{Request, Resource, Status, resources};
use serde_json::{Value, json};

use super::route::page_not_found;
use super::{Reply, aggregated, health, openapi, swagger};
use crate::{ApiServer, served};

/// Answers `/api`, `/apis`, `/api/v1`, `/apis/GROUP[/VERSION]`, `/version` and the health checks.
///
/// # Errors
/// 404 for every other path.
#[inline(never)]
pub fn answer(server: &ApiServer, request: &Request) -> Result<Reply, Status> {
    let parts: Vec<&str> = request.path.split('/').filter(|part| !part.is_empty()).collect();
    Ok(Reply::ok(match parts.as_slice() {
        ["api"] => json!({
            "kind": "APIVersions",
            "versions": ["v1"],
            "serverAddressByClientCIDRs": [
                {"clientCIDR": "0.0.0.0/0", "serverAddress": format!("{}:8443", server.settings.node_ip)}
            ],
        }),
        ["apis"] => json!({
            "kind": "APIGroupList", "apiVersion": "v1",
            "groups": groups(server).iter().map(|(group, versions)| api_group(group, versions)).collect::<Vec<_>>(),
        }),
        ["apis", name] => {
            let groups = groups(server);
            let (group, versions) = groups.iter().find(|(group, _)| group == name).ok_or_else(page_not_found)?;
            let mut value = api_group(group, versions);
            value["kind"] = "APIGroup".into();
            value["apiVersion"] = "v1".into();
            value
        }
        ["api", version] => resource_list(server, "", version)?,
        ["apis", group, version] => resource_list(server, group, version)?,
        ["openapi", "v3", ..] => openapi::answer(server, request)?,
        ["version"] => version(&server.settings.version),
        [endpoint @ ("healthz" | "livez" | "readyz"), check @ ..] => {
            Value::from(health::answer(endpoint, &check.join("/"), request).ok_or_else(page_not_found)?)
        }
        ["openapi", "v2"] => swagger::document(server)?,
        [] => {
            json!({"paths": ["/api", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"]})
        }
        _ => return Err(page_not_found()),
    }))
}

/// All resources, built-in and custom.
fn all(server: &ApiServer) -> impl Iterator<Item = &'static Resource> + '_ {
    resources().iter().chain(served::resources(&server.store))
}

/// The named groups with their versions, the preferred one first, in discovery's order.
fn groups(server: &ApiServer) -> Vec<(&'static str, Vec<&'static str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut built_in = 0;
    for resource in all(server).filter(|resource| !resource.group.is_empty()) {
        if resource.definition.is_none() {
            built_in = groups.len() + 1;
        }
        match groups.iter_mut().find(|(group, _)| *group == resource.group) {
            Some((_, versions)) if versions.contains(&resource.version) => {}
            Some((_, versions)) => versions.push(resource.version),
            None => groups.push((resource.group, vec![resource.version])),
        }
    }
    // Groups of custom resources all have the same priority, and are sorted by name.
    let mut custom = groups.split_off(built_in.min(groups.len()));
    sim::order::sort_by_text(&mut custom, |(group, _)| group);
    groups.extend(custom);
    groups
}

fn api_group(group: &str, versions: &[&str]) -> Value {
    let versions: Vec<Value> = versions
        .iter()
        .map(|version| json!({"groupVersion": format!("{group}/{version}"), "version": version}))
        .collect();
    json!({"name": group, "preferredVersion": versions.first(), "versions": versions})
}

fn resource_list(server: &ApiServer, group: &str, version: &str) -> Result<Value, Status> {
    let mut list = Vec::new();
    for resource in all(server).filter(|resource| resource.group == group && resource.version == version) {
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
            let mut entry = json!({
                "name": format!("{}/{}", resource.plural, sub.name), "singularName": "",
                "namespaced": resource.namespaced, "kind": sub.kind, "verbs": sub.verbs,
            });
            if let Some((group, version)) = aggregated::home_of(sub.kind) {
                entry["group"] = group.into();
                entry["version"] = version.into();
            }
            list.push(entry);
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
