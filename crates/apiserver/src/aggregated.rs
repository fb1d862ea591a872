//! Aggregated discovery: all groups with all of their resources in one document, for clients that accept
//! `application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList`. What a client accepts is the wire's to read.
//!
//! <https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery>

use api::{Request, path};
use serde_json::{Value, json};

use super::discovery;
use crate::ApiServer;

impl ApiServer {
    /// The document at `/api` (the core group) or `/apis` (all others); `None` elsewhere.
    pub fn aggregated_discovery(&self, at: &str) -> Option<Value> {
        let groups: Vec<Value> = match at.trim_matches('/') {
            "api" => vec![self.discovered_group("", vec!["v1"])],
            "apis" => {
                let legacy = self.discovery_document("/apis");
                let versions = |group| path::list(group, "versions").iter().map(|one| path::str(one, "version"));
                let groups = path::list(&legacy, "groups").iter();
                groups.map(|one| self.discovered_group(path::str(one, "name"), versions(one).collect())).collect()
            }
            _ => return None,
        };
        Some(json!({
            "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": groups,
        }))
    }

    fn discovery_document(&self, at: &str) -> Value {
        let reply = discovery::answer(self, &Request::get(at));
        reply.and_then(super::Reply::json).map(std::rc::Rc::unwrap_or_clone).unwrap_or_default()
    }

    fn discovered_group(&self, group: &str, versions: Vec<&str>) -> Value {
        let versions = versions.into_iter().map(|version| {
            let at = if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") };
            let resources = resources(&self.discovery_document(&at), group, version);
            json!({"version": version, "resources": resources, "freshness": "Current"})
        });
        let versions: Vec<Value> = versions.collect();
        let mut metadata = json!({"creationTimestamp": null});
        if !group.is_empty() {
            metadata["name"] = group.into();
        }
        json!({"metadata": metadata, "versions": versions})
    }
}

/// The group and version of a subresource's kind, when they are not its resource's: clients look for
/// `policy/v1 Eviction` before they evict.
pub fn home_of(kind: &str) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        "Eviction" => ("policy", "v1"),
        "Scale" => ("autoscaling", "v1"),
        "TokenRequest" => ("authentication.k8s.io", "v1"),
        _ => return None,
    })
}

/// An `APIResourceList` as `APIResourceDiscovery` items: subresources inside of their resource.
fn resources(legacy: &Value, group: &str, version: &str) -> Vec<Value> {
    let mut found: Vec<Value> = Vec::new();
    for entry in path::list(legacy, "resources") {
        let kind = |entry: &Value| {
            let or = |field: &str, default: &str| match path::str(entry, field) {
                "" => default.to_owned(),
                text => text.to_owned(),
            };
            json!({"group": or("group", group), "version": or("version", version), "kind": entry["kind"]})
        };
        if let Some((_, name)) = path::str(entry, "name").split_once('/') {
            let Some(parent) = found.last_mut() else { continue };
            if parent.get("subresources").is_none() {
                parent["subresources"] = json!([]);
            }
            if let Some(list) = parent["subresources"].as_array_mut() {
                list.push(json!({"subresource": name, "responseKind": kind(entry), "verbs": entry["verbs"]}));
            }
            continue;
        }
        let mut resource = json!({
            "resource": entry["name"], "responseKind": kind(entry), "singularResource": entry["singularName"],
            "scope": if entry["namespaced"] == true { "Namespaced" } else { "Cluster" }, "verbs": entry["verbs"],
        });
        for field in ["shortNames", "categories"] {
            if let Some(names) = entry.get(field) {
                resource[field] = names.clone();
            }
        }
        found.push(resource);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tests::World;

    #[test]
    fn all_groups_with_their_resources_are_in_one_document() {
        let world = World::new();
        let core = world.server.aggregated_discovery("/api").unwrap();
        let resources = core["items"][0]["versions"][0]["resources"].as_array().unwrap();
        let pods = resources.iter().find(|one| one["resource"] == "pods").unwrap();
        assert_eq!((&pods["scope"], &pods["shortNames"][0]), (&"Namespaced".into(), &"po".into()));
        let names: Vec<&str> =
            pods["subresources"].as_array().unwrap().iter().filter_map(|sub| sub["subresource"].as_str()).collect();
        assert!(names.contains(&"log") && names.contains(&"exec"), "{names:?}");
        let eviction = pods["subresources"].as_array().unwrap().iter().find(|sub| sub["subresource"] == "eviction");
        assert_eq!(eviction.unwrap()["responseKind"]["group"], "policy");
        let named = world.server.aggregated_discovery("/apis").unwrap();
        let apps = named["items"].as_array().unwrap().iter().find(|one| one["metadata"]["name"] == "apps").unwrap();
        assert_eq!(apps["versions"][0]["freshness"], "Current");
        assert!(world.server.aggregated_discovery("/version").is_none());
    }
}
