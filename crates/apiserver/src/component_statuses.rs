//! componentstatuses: computed when asked for, never stored. The simulated control plane is always well.

use api::{Resource, Status};
use serde_json::{Value, json};

use super::route::Target;

/// The components, in the order of their names.
const COMPONENTS: [&str; 3] = ["controller-manager", "etcd-0", "scheduler"];

/// All components, or the one that is named.
///
/// # Errors
/// 404 for a component there is not.
pub fn find(target: &Target) -> Result<Vec<Value>, Status> {
    let found: Vec<Value> = COMPONENTS
        .into_iter()
        .filter(|name| target.name.is_empty() || target.name == *name)
        .map(|name| component(target.resource, name))
        .collect();
    if found.is_empty() { Err(target.not_found()) } else { Ok(found) }
}

fn component(resource: &Resource, name: &str) -> Value {
    json!({
        "apiVersion": resource.api_version(), "kind": resource.kind,
        "metadata": {"name": name, "creationTimestamp": null},
        "conditions": [{"type": "Healthy", "status": "True", "message": "ok"}],
    })
}
