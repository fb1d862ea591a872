//! Validation: one file a kind. All errors of an object at once, in the order in which Kubernetes finds them.
//!
//! Here: the mistakes that beginners make. Not here: fields that only experts write (security contexts, CSI).

mod affinity;
mod config;
mod container;
mod ephemeral;
pub mod field;
mod job;
mod labels;
mod network;
mod network_policy;
mod pod;
mod pod_update;
mod policy;
mod storage;
mod volumes;
mod workloads;

pub use ephemeral::ephemeral_containers;
pub use field::Errors;

use std::fmt::Arguments;

use api::path;

use super::custom::definition;
use serde_json::Value;

/// Finds what is wrong with an object.
type Check = fn(&Value, &mut Errors);
/// Finds what an update (new, old) may not do.
type CheckUpdate = fn(&Value, &Value, &mut Errors);

/// How an object of a resource is checked.
pub struct Validation {
    /// Validates a new object, or the new object of an update.
    pub object: Check,
    /// Finds what an update must not change. Its errors go before those of `object` …
    pub before: CheckUpdate,
    /// … or after them.
    pub after: CheckUpdate,
}

fn nothing(_: &Value, _: &mut Errors) {}
fn anything(_: &Value, _: &Value, _: &mut Errors) {}

/// The checks of a resource.
pub fn of(key: &str) -> Validation {
    let (object, before, after): (Check, CheckUpdate, CheckUpdate) = match key {
        "pods" => (pod::pod, anything, pod_update::pod_update),
        "deployments.apps" => (workloads::deployment, anything, workloads::selector_is_immutable),
        "replicasets.apps" => (workloads::replica_set, anything, workloads::selector_is_immutable),
        "replicationcontrollers" => (workloads::replication_controller, anything, anything),
        "daemonsets.apps" => (workloads::daemon_set, anything, workloads::selector_is_immutable),
        "statefulsets.apps" => (workloads::stateful_set, anything, workloads::stateful_set_update),
        "jobs.batch" => (job::job, anything, job::job_update),
        "cronjobs.batch" => (workloads::cron_job, anything, anything),
        "services" => (network::service, network::service_update, anything),
        "endpoints" => (network::endpoints, anything, anything),
        "endpointslices.discovery.k8s.io" => (network::endpoint_slice, network::endpoint_slice_update, anything),
        "ingresses.networking.k8s.io" => (network::ingress, anything, anything),
        "networkpolicies.networking.k8s.io" => (network_policy::network_policy, anything, anything),
        "persistentvolumeclaims" => (storage::claim, anything, storage::claim_update),
        "persistentvolumes" => (storage::volume, anything, storage::volume_update),
        "storageclasses.storage.k8s.io" => (storage::class, anything, storage::class_update),
        "configmaps" => (config::config_map, anything, config::immutable_data),
        "secrets" => (config::secret, anything, config::secret_update),
        "namespaces" => (super::admission::pod_security::check_labels, anything, anything),
        "nodes" => (config::node, anything, anything),
        "events" => (config::event, anything, anything),
        "horizontalpodautoscalers.autoscaling" => (workloads::autoscaler, anything, anything),
        "roles.rbac.authorization.k8s.io" | "clusterroles.rbac.authorization.k8s.io" => {
            (policy::role, anything, anything)
        }
        "rolebindings.rbac.authorization.k8s.io" | "clusterrolebindings.rbac.authorization.k8s.io" => {
            (policy::role_binding, anything, policy::role_binding_update)
        }
        "priorityclasses.scheduling.k8s.io" => (policy::priority_class, anything, policy::priority_class_update),
        "poddisruptionbudgets.policy" => (policy::disruption_budget, anything, anything),
        "resourcequotas" => (policy::quota, anything, anything),
        "limitranges" => (policy::limit_range, anything, anything),
        super::certificates::KEY => (super::certificates::validate, anything, anything),
        crate::served::DEFINITIONS => (definition::validate, anything, definition::validate_update),
        _ => (nothing, anything, anything),
    };
    Validation { object, before, after }
}

const NOT_NEGATIVE: &str = "must be greater than or equal to 0";

/// A number that may be missing but not negative.
fn non_negative(object: &Value, name: &str, field: Arguments, errors: &mut Errors) {
    if let Some(value) = object[name].as_i64().filter(|value| *value < 0) {
        errors.invalid(format_args!("{field}.{name}"), value, NOT_NEGATIVE);
    }
}

/// One of some words; a missing or empty one is left to others.
fn one_of(object: &Value, name: &str, field: Arguments, supported: &[&str], errors: &mut Errors) {
    let value = path::str(object, name);
    if !value.is_empty() && !supported.contains(&value) {
        errors.unsupported(format_args!("{field}.{name}"), value, supported);
    }
}

/// A port's number or name.
fn port_number_or_name(value: &Value, field: Arguments, errors: &mut Errors) {
    match value {
        Value::String(name) => errors.invalid_all(field, name, &api::names::port_name(name)),
        number => {
            let number = number.as_i64().unwrap_or_default();
            for error in api::names::port_number(number) {
                errors.invalid(field, number, &error);
            }
        }
    }
}
