//! Custom resources: objects that follow the schema of a CustomResourceDefinition.
//!
//! Not simulated: conversion between versions (all versions show the stored object), validation rules in CEL
//! (`x-kubernetes-validations`), webhooks.

pub mod definition;
pub mod schema;
pub mod table;

use api::{Resource, schema as known};
use serde_json::Value;

/// The schema of a custom resource's objects; `None` for built-in ones.
pub fn schema_of(resource: &Resource) -> Option<&'static Value> {
    Some(&resource.definition?["schema"]["openAPIV3Schema"])
}

/// What is said of a version that its definition calls deprecated.
pub fn deprecation(resource: &Resource) -> String {
    let said = resource.definition.map(|version| &version["deprecationWarning"]).and_then(Value::as_str);
    said.map_or_else(|| format!("{} {} is deprecated", resource.api_version(), resource.kind), str::to_owned)
}

/// Reads a custom object: unknown fields are dropped, metadata is read as that of every kind. The first wrong type in
/// metadata, and the unknown fields.
pub fn read(schema: &Value, object: &mut Value) -> known::Decoded {
    let mut decoded = known::Decoded::default();
    if let (Some(kind), Some(metadata)) = (known::find_struct("meta.v1.ObjectMeta"), object.get_mut("metadata")) {
        decoded = known::decode(kind, metadata);
        decoded.unknown.iter_mut().for_each(|field| *field = format!("metadata.{field}"));
    }
    schema::prune(schema, object, &mut decoded.unknown);
    decoded
}

/// Whether an update changes more than metadata (and status, where that is a subresource).
pub fn content_differs(new: &Value, old: &Value, has_status: bool) -> bool {
    let (Some(new), Some(old)) = (new.as_object(), old.as_object()) else { return false };
    let counts = |name: &str| name != "metadata" && !(has_status && name == "status");
    new.keys().chain(old.keys()).any(|name| counts(name) && new.get(name) != old.get(name))
}

/// An object of another version of its kind, as this version shows it.
pub fn in_version(resource: &Resource, object: &Value) -> Option<Value> {
    let version = resource.api_version();
    if resource.definition.is_none() || object["apiVersion"] == *version {
        return None;
    }
    let mut shown = object.clone();
    shown["apiVersion"] = version.into();
    Some(shown)
}
