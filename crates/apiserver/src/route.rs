//! Which resource, object and subresource a path names.

use api::{Reason, Resource, Status, resource_at};

use crate::{ObjectKey, Store, served};

/// What a path of the resource API names.
#[derive(Clone, PartialEq, Debug)]
pub struct Target {
    /// The resource.
    pub resource: &'static Resource,
    /// The namespace; empty for cluster-scoped resources and for lists over all namespaces.
    pub namespace: String,
    /// The object's name; empty for the collection.
    pub name: String,
    /// `status`, `log` …; empty for the object itself.
    pub subresource: String,
}

impl Target {
    /// The object's key in the store.
    pub fn key(&self) -> ObjectKey {
        ObjectKey::new(storage_key(self.resource), &self.namespace, &self.name)
    }

    /// `pods "web" not found`
    pub fn not_found(&self) -> Status {
        Status::not_found(self.resource.group, self.resource.plural, &self.name)
    }

    /// The namespace as an option for lists.
    pub fn scope(&self) -> Option<&str> {
        if self.namespace.is_empty() { None } else { Some(&self.namespace) }
    }
}

/// The key under which objects of a resource are stored: `events.k8s.io` and core Events are the same objects.
pub fn storage_key(resource: &Resource) -> &str {
    if resource.plural == "events" { "events" } else { resource.key() }
}

/// The 404 of a path that no resource has.
pub fn page_not_found() -> Status {
    Status::new(Reason::NotFound, "the server could not find the requested resource")
}

/// Reads `/api/v1/…` and `/apis/GROUP/VERSION/…`; `None` for a path that names no resource.
///
/// # Errors
/// 404 for a resource or subresource that does not exist.
pub fn route(store: &Store, path: &str) -> Result<Option<Target>, Status> {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let (group, version) = match parts.next() {
        Some("api") => ("", parts.next()),
        Some("apis") => match parts.next() {
            Some(group) => (group, parts.next()),
            None => return Ok(None),
        },
        _ => return Ok(None),
    };
    let rest: Vec<&str> = parts.collect();
    let (Some(version), false) = (version, rest.is_empty()) else { return Ok(None) };
    // /namespaces/NS/RESOURCE… but not /namespaces/NS/status or /finalize, which are subresources of the Namespace.
    let (namespace, rest) = match rest.as_slice() {
        ["namespaces", _, "status" | "finalize"] if group.is_empty() => ("", rest.as_slice()),
        ["namespaces", namespace, tail @ ..] if !tail.is_empty() => (*namespace, tail),
        whole => ("", whole),
    };
    let (plural, name, subresource) = match rest {
        [plural] => (*plural, "", ""),
        [plural, name] => (*plural, *name, ""),
        [plural, name, subresource] => (*plural, *name, *subresource),
        _ => return Err(page_not_found()),
    };
    let resource = resource_at(group, version, plural)
        .or_else(|| served::resource_at(store, group, version, plural))
        .ok_or_else(page_not_found)?;
    let misplaced = if resource.namespaced { namespace.is_empty() && !name.is_empty() } else { !namespace.is_empty() };
    if misplaced {
        return Err(page_not_found());
    }
    if !subresource.is_empty() && resource.subresource(subresource).is_none() {
        return Err(page_not_found());
    }
    Ok(Some(Target {
        resource,
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        subresource: subresource.to_owned(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_resources() {
        for (path, expected) in [
            ("/api/v1/pods", "pods///"),
            ("/api/v1/namespaces/default/pods/web/log", "pods/default/web/log"),
            ("/api/v1/namespaces", "namespaces///"),
            ("/api/v1/namespaces/default", "namespaces//default/"),
            ("/api/v1/namespaces/default/finalize", "namespaces//default/finalize"),
            ("/apis/apps/v1/namespaces/a/deployments/web/scale", "deployments.apps/a/web/scale"),
            ("/api/v1/nodes/minikube", "nodes//minikube/"),
        ] {
            let target = route(&Store::new(), path).unwrap().unwrap();
            let text = format!("{}/{}/{}/{}", target.resource.key(), target.namespace, target.name, target.subresource);
            assert_eq!(text, expected);
        }
        for path in ["/api", "/apis/apps", "/apis/apps/v1", "/version", "", "/healthz"] {
            assert_eq!(route(&Store::new(), path), Ok(None), "{path}");
        }
        for path in [
            "/api/v1/nosuch",
            "/api/v2/pods",
            "/api/v1/pods/web",
            "/api/v1/namespaces/default/nodes/x",
            "/api/v1/namespaces/default/pods/web/nosuch",
            "/api/v1/namespaces/default/pods/web/log/more",
        ] {
            assert_eq!(route(&Store::new(), path).map_err(|status| status.code), Err(404), "{path}");
        }
    }
}
