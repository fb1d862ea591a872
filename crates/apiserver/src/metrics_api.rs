//! `metrics.k8s.io`, the API group that a metrics server answers for: what the API server must know of it.

use std::rc::Rc;

use api::path;
use serde_json::Value;

/// The group of the metrics.
pub const GROUP: &str = "metrics.k8s.io";
/// What says that the API has this group, and who answers for it.
pub const SERVICE: (&str, &str) = ("apiservices.apiregistration.k8s.io", "v1beta1.metrics.k8s.io");

/// Whether the API has metrics: `None` when nobody answers for the group, else whether that one answers.
pub fn answers(service: Option<&Rc<Value>>) -> Option<bool> {
    let conditions = path::list(&service?["status"], "conditions");
    let available = conditions.iter().find(|condition| path::str(condition, "type") == "Available");
    Some(available.is_some_and(|available| available["status"] == "True"))
}
