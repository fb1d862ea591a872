//! CustomResourceDefinitions themselves: their defaults and rules.
//!
//! Follows k8s.io/apiextensions-apiserver/pkg/apis/apiextensions.

use api::{names, path};
use serde_json::{Value, json};

use crate::validation::Errors;

/// The status of a new definition: nothing is accepted yet.
pub fn first_status(object: &Value) -> Value {
    let stored = path::list(object, "spec.versions").iter().filter(|version| path::bool(version, "storage"));
    let stored: Vec<&Value> = stored.map(|version| &version["name"]).collect();
    json!({"acceptedNames": {"kind": "", "plural": ""}, "storedVersions": stored})
}

/// Fills in what a definition leaves out.
pub fn default(object: &mut Value) {
    let kind = path::str(object, "spec.names.kind").to_owned();
    let names = &mut object["spec"]["names"];
    if names.is_object() {
        if path::str(names, "singular").is_empty() {
            names["singular"] = kind.to_lowercase().into();
        }
        if path::str(names, "listKind").is_empty() && !kind.is_empty() {
            names["listKind"] = format!("{kind}List").into();
        }
    }
    if object["spec"].is_object() && object["spec"]["conversion"].is_null() {
        object["spec"]["conversion"] = json!({"strategy": "None"});
    }
}

/// Validates a definition.
pub fn validate(object: &Value, errors: &mut Errors) {
    let spec = &object["spec"];
    let (group, plural) = (path::str(spec, "group"), path::str(spec, "names.plural"));
    let name = path::str(object, "metadata.name");
    if name != format!("{plural}.{group}") {
        errors.invalid("metadata.name", name, "must be spec.names.plural+\".\"+spec.group");
    }
    if group.is_empty() {
        errors.required("spec.group", "");
    } else {
        errors.invalid_all("spec.group", group, &names::dns1123_subdomain(group));
        if group.split('.').count() < 2 {
            errors.invalid("spec.group", group, "should be a domain with at least one dot");
        }
    }
    match path::str(spec, "scope") {
        "" => errors.required("spec.scope", ""),
        scope @ ("Cluster" | "Namespaced") => _ = scope,
        other => errors.unsupported("spec.scope", other, &["Cluster", "Namespaced"]),
    }
    let versions = path::list(spec, "versions");
    let stored = versions.iter().filter(|version| path::bool(version, "storage")).count();
    if stored != 1 {
        errors.invalid(
            "spec.versions",
            spec["versions"].clone(),
            "must have exactly one version marked as storage version",
        );
    }
    for (index, version) in versions.iter().enumerate() {
        let field = format!("spec.versions[{index}]");
        let name = path::str(version, "name");
        if versions[..index].iter().any(|other| path::str(other, "name") == name) {
            errors.invalid("spec.versions", spec["versions"].clone(), "must contain unique version names");
        }
        errors.invalid_all(format_args!("{field}.name"), name, &names::dns1035_label(name));
        let schema = &version["schema"]["openAPIV3Schema"];
        let place = format!("{field}.schema.openAPIV3Schema");
        if !schema.is_object() {
            errors.required(&place, "schemas are required");
            continue;
        }
        match path::str(schema, "type") {
            "" => errors.required(format_args!("{place}.type"), "must not be empty at the root"),
            "object" => structural(schema, &place, 0, errors),
            other => errors.invalid(format_args!("{place}.type"), other, "must be object at the root"),
        }
    }
    for field in ["plural", "singular", "kind", "listKind"] {
        let word = path::str(spec, &format!("names.{field}"));
        let field = format!("spec.names.{field}");
        if word.is_empty() {
            errors.required(&field, "");
        } else {
            errors.invalid_all(&field, word, &names::dns1035_label(&word.to_lowercase()));
        }
    }
}

/// Checks that every field of a structural schema has a type.
fn structural(schema: &Value, place: &str, depth: usize, errors: &mut Errors) {
    if depth > 32 {
        return;
    }
    let mut below = |inner: &Value, place: String, what: &str| {
        let typed = !path::str(inner, "type").is_empty()
            || path::bool(inner, "x-kubernetes-int-or-string")
            || path::bool(inner, "x-kubernetes-preserve-unknown-fields");
        if !typed {
            errors.required(format_args!("{place}.type"), &format!("must not be empty for specified {what}"));
        }
        structural(inner, &place, depth + 1, errors);
    };
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        below(inner, format!("{place}.properties[{name}]"), "object fields");
    }
    if schema["items"].is_object() {
        below(&schema["items"], format!("{place}.items"), "array items");
    }
    if schema["additionalProperties"].is_object() {
        below(&schema["additionalProperties"], format!("{place}.additionalProperties"), "object fields");
    }
}

/// Finds what an update of a definition must not change.
pub fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    for field in ["spec.group", "spec.names.plural", "spec.scope", "spec.names.kind"] {
        let established = path::list(old, "status.conditions")
            .iter()
            .any(|condition| condition["type"] == "Established" && condition["status"] == "True");
        if (established || field == "spec.group") && path::get(new, field) != path::get(old, field) {
            errors.invalid(field, path::get(new, field).clone(), "field is immutable");
        }
    }
}
