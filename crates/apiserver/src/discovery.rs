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
        ["metrics"] => Value::from(own_metrics(server)),
        [] => json!({"paths": paths(server)}),
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
        match groups.iter_mut().find(|(group, _)| *group == resource.group) {
            Some((_, versions)) if versions.contains(&resource.version) => {}
            Some((_, versions)) => versions.push(resource.version),
            None => groups.push((resource.group, vec![resource.version])),
        }
        if resource.definition.is_none() {
            built_in = groups.len();
        }
    }
    // Groups of custom resources all have the same priority, and are sorted by name.
    let mut custom = groups.split_off(built_in.min(groups.len()));
    sim::order::sort_by_text(&mut custom, |(group, _)| group);
    groups.extend(custom);
    groups
}

/// All paths that are no resource's.
fn paths(server: &ApiServer) -> Vec<String> {
    let mut paths: Vec<String> =
        ["/api", "/api/v1", "/apis", "/apis/", "/metrics", "/openapi/v2", "/openapi/v3", "/openapi/v3/", "/version"]
            .into_iter()
            .map(str::to_owned)
            .collect();
    for (group, versions) in groups(server) {
        paths.push(format!("/apis/{group}"));
        paths.extend(versions.into_iter().map(|version| format!("/apis/{group}/{version}")));
    }
    for endpoint in ["healthz", "livez", "readyz"] {
        paths.push(format!("/{endpoint}"));
        paths.extend(health::checks(endpoint).into_iter().map(|check| format!("/{endpoint}/{check}")));
    }
    sim::order::sort(&mut paths);
    paths
}

/// `/metrics`: how many objects there are, and of which build the server is.
fn own_metrics(server: &ApiServer) -> String {
    let mut text = String::from(
        "# Requests, their durations and what etcd does are not counted in this playground.\n\
         # HELP apiserver_storage_objects [STABLE] Number of stored objects at the time of last check split by kind. In case of \
         a fetching error, the value will be -1.\n\
         # TYPE apiserver_storage_objects gauge\n",
    );
    let mut counts: Vec<String> = Vec::new();
    for resource in all(server).filter(|resource| resource.can("list") && resource.can("create")) {
        let key = super::route::storage_key(resource);
        let count = server.store.list(key, None).count();
        let line = format!("apiserver_storage_objects{{resource=\"{key}\"}} {count}\n");
        if !counts.contains(&line) {
            counts.push(line);
        }
    }
    sim::order::sort(&mut counts);
    text.extend(counts);
    text.push_str(
        "# HELP kubernetes_build_info [ALPHA] A metric with a constant '1' value labeled by major, minor, git version, git \
         commit, git tree state, build date, Go version, and compiler from which Kubernetes was built, and platform on which \
         it is running.\n# TYPE kubernetes_build_info gauge\n",
    );
    let version = version(&server.settings.version);
    let labels = [
        ("build_date", "buildDate"),
        ("compiler", "compiler"),
        ("git_commit", "gitCommit"),
        ("git_tree_state", "gitTreeState"),
        ("git_version", "gitVersion"),
        ("go_version", "goVersion"),
        ("major", "major"),
        ("minor", "minor"),
        ("platform", "platform"),
    ];
    let labels = labels.map(|(label, field)| format!("{label}={}", version[field]));
    text.push_str(&format!("kubernetes_build_info{{{}}} 1\n", labels.join(",")));
    text
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
    let mut found = json!({"kind": "APIResourceList", "groupVersion": group_version, "resources": list});
    // The core group's document does not say of which version it is.
    if !group.is_empty() {
        found["apiVersion"] = "v1".into();
    }
    Ok(found)
}

fn version(version: &str) -> Value {
    let mut numbers = version.trim_start_matches('v').split('.');
    json!({
        "major": numbers.next().unwrap_or_default(), "minor": numbers.next().unwrap_or_default(),
        "gitVersion": version, "gitCommit": "", "gitTreeState": "clean", "buildDate": "2026-06-16T00:00:00Z",
        "goVersion": "go1.26.0", "compiler": "gc", "platform": "linux/amd64",
    })
}
