//! Defaulting: one file a kind. Follows kubernetes/pkg/apis/*/v1/defaults.go.

use serde_json::Value;

/// No defaults.
pub fn none(_: &mut Value) {}

/// The defaulting function of a resource.
pub fn of(_key: &str) -> fn(&mut Value) {
    none
}
