//! Which resources are served beside the built-in ones: those of established CustomResourceDefinitions, and metrics where an
//! APIService says so.
//!
//! <https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/custom-resources/>

use api::{Resource, path, split_api_version};
use serde_json::Value;

use crate::metrics_api;
use crate::store::{ObjectKey, Store};

/// The key of the resource of definitions.
pub const DEFINITIONS: &str = "customresourcedefinitions.apiextensions.k8s.io";
/// The finalizer that keeps a definition until its objects are gone.
pub const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

/// The custom or metrics resource at a path; built-in ones are not looked up here.
pub fn resource_at(store: &Store, group: &str, version: &str, plural: &str) -> Option<&'static Resource> {
    if group == metrics_api::GROUP {
        return metrics(store).iter().find(|resource| resource.version == version && resource.plural == plural);
    }
    let definition = store.get(&ObjectKey::new(DEFINITIONS, "", &format!("{plural}.{group}")))?;
    resources_of(definition).find(|resource| resource.version == version)
}

/// The resource of a key in the store. For a custom resource, that of its storage version.
pub fn resource_of_key(store: &Store, key: &str) -> Option<&'static Resource> {
    if let Some(known) = api::resource_of_key(key) {
        return Some(known);
    }
    resources_of(store.get(&ObjectKey::new(DEFINITIONS, "", key))?).next()
}

/// The resource of a kind, built-in or custom.
pub fn resource_of_kind(store: &Store, api_version: &str, kind: &str) -> Option<&'static Resource> {
    if let Some(known) = api::resource_of_kind(api_version, kind) {
        return Some(known);
    }
    let (group, version) = split_api_version(api_version);
    resources(store).find(|resource| resource.group == group && resource.version == version && resource.kind == kind)
}

/// All custom and metrics resources: one for each served version.
pub fn resources(store: &Store) -> impl Iterator<Item = &'static Resource> + '_ {
    store.list(DEFINITIONS, None).flat_map(|(_, definition)| resources_of(definition)).chain(metrics(store))
}

/// The resources of `metrics.k8s.io`; none without its APIService.
fn metrics(store: &Store) -> &'static [Resource] {
    match store.get(&ObjectKey::new(metrics_api::SERVICE.0, "", metrics_api::SERVICE.1)) {
        Some(_) => api::metrics_resources(),
        None => &[],
    }
}

/// The served versions of one definition, the stored one first.
fn resources_of(definition: &Value) -> impl Iterator<Item = &'static Resource> {
    let conditions = path::list(definition, "status.conditions");
    let established =
        conditions.iter().any(|condition| condition["type"] == "Established" && condition["status"] == "True");
    let mut versions: Vec<&Value> = path::list(definition, "spec.versions")
        .iter()
        .filter(|version| established && path::bool(version, "served"))
        .collect();
    sim::order::sort_by(&mut versions, |a, b| path::bool(b, "storage").cmp(&path::bool(a, "storage")));
    let made: Vec<&'static Resource> = versions
        .into_iter()
        .map(|version| {
            let names = &definition["status"]["acceptedNames"];
            let namespaced = path::str(definition, "spec.scope") == "Namespaced";
            Resource::custom(
                path::str(definition, "spec.group"),
                path::str(version, "name"),
                names,
                namespaced,
                version,
            )
        })
        .collect();
    made.into_iter()
}
