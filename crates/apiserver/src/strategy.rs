//! How objects are written, for each resource.

use api::Resource;
use serde_json::Value;

use super::defaults;
use super::validation::{self, Validation};

/// How the objects of a resource are created and updated (`RESTCreateStrategy` and `RESTUpdateStrategy` of k8s.io/apiserver).
pub struct Strategy {
    /// Whether `status` is a subresource: the main resource cannot change it, the subresource nothing else.
    pub has_status: bool,
    /// Whether `metadata.generation` counts changes of `spec`.
    pub has_generation: bool,
    /// Fills in what the manifest left out.
    pub default: fn(&mut Value),
    /// Validates the object and its updates.
    pub validation: Validation,
}

impl Strategy {
    /// The strategy of a resource.
    pub fn of(resource: &Resource) -> Strategy {
        Strategy {
            has_status: resource.subresource("status").is_some(),
            has_generation: matches!(
                resource.group,
                "apps"
                    | "batch"
                    | "networking.k8s.io"
                    | "policy"
                    | "discovery.k8s.io"
                    | "apiextensions.k8s.io"
                    | "flowcontrol.apiserver.k8s.io"
                    | "admissionregistration.k8s.io"
                    | "scheduling.k8s.io"
            ) && !matches!(resource.plural, "controllerrevisions")
                || matches!(resource.key(), "pods" | "replicationcontrollers")
                || resource.definition.is_some(),
            default: defaults::of(resource.key()),
            validation: validation::of(resource.key()),
        }
    }
}
