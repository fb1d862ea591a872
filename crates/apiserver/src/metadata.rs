//! `metadata` of every kind: what the server fills in, and its rules.
//!
//! Follows k8s.io/apimachinery/pkg/api/validation/objectmeta.go and apiserver's rest.FillObjectMetaSystemFields.

use std::fmt::Arguments;

use api::{Resource, names, path};
use serde_json::{Value, json};
use sim::Time;

use super::validation::Errors;
use crate::Cx;

/// The longest name `generateName` makes: 63 letters, the last 5 of them random.
const GENERATED_BASE: usize = 58;

/// Finalizers that need no domain.
const FINALIZERS: &[&str] = &["kubernetes", "orphan", "foregroundDeletion"];

/// A name for `metadata.generateName`.
pub fn generate_name(base: &str, cx: &mut Cx) -> String {
    let mut end = base.len().min(GENERATED_BASE);
    while !base.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{}", &base[..end], cx.rng.name_suffix(5))
}

/// Sets the fields of a new object that the server owns, whatever the client sent.
pub fn fill_system_fields(object: &mut Value, cx: &mut Cx) {
    let metadata = &mut object["metadata"];
    if let Some(fields) = metadata.as_object_mut() {
        for field in ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion"] {
            fields.remove(field);
        }
    }
    path::set(metadata, "creationTimestamp", cx.now.rfc3339());
    path::set(metadata, "uid", cx.rng.uuid());
}

/// Copies the fields that the server owns from the old object to the new one.
pub fn keep_system_fields(new: &mut Value, old: &Value) {
    let old = &old["metadata"];
    let metadata = &mut new["metadata"];
    if !metadata.is_object() {
        *metadata = json!({});
    }
    let Some(fields) = metadata.as_object_mut() else { return };
    for field in ["creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"] {
        match old.get(field) {
            Some(value) => fields.insert(field.to_owned(), value.clone()),
            None => fields.remove(field),
        };
    }
    for field in ["uid", "name", "namespace", "resourceVersion"] {
        if fields.get(field).and_then(Value::as_str).unwrap_or_default().is_empty()
            && let Some(value) = old.get(field)
        {
            fields.insert(field.to_owned(), value.clone());
        }
    }
}

/// Validates the metadata of a new object.
pub fn validate(resource: &Resource, object: &Value, errors: &mut Errors) {
    let metadata = &object["metadata"];
    let name = path::str(metadata, "name");
    let check = name_rule(resource);
    let base = path::str(metadata, "generateName");
    if !base.is_empty() {
        // A prefix may end in a dash: the random part follows.
        errors.invalid_all("metadata.generateName", base, &check(base.strip_suffix('-').unwrap_or(base)));
    }
    if name.is_empty() {
        errors.required("metadata.name", "name or generateName is required");
    } else {
        errors.invalid_all("metadata.name", name, &check(name));
    }
    let namespace = path::str(metadata, "namespace");
    if resource.namespaced {
        errors.invalid_all("metadata.namespace", namespace, &names::dns1123_label(namespace));
    } else if !namespace.is_empty() {
        errors.forbidden("metadata.namespace", "not allowed on this type");
    }
    validate_common(resource, metadata, errors);
}

/// Validates the metadata of an updated object.
pub fn validate_update(resource: &Resource, new: &Value, old: &Value, errors: &mut Errors) {
    let (new, old) = (&new["metadata"], &old["metadata"]);
    if old.get("deletionTimestamp").is_some() {
        let before = path::list(old, "finalizers");
        let mut added: Vec<String> = path::list(new, "finalizers")
            .iter()
            .filter(|finalizer| !before.contains(finalizer))
            .map(ToString::to_string)
            .collect();
        sim::order::sort(&mut added);
        if !added.is_empty() {
            errors.forbidden(
                "metadata.finalizers",
                &format!(
                    "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
                    added.join(", ")
                ),
            );
        }
    }
    for field in ["name", "namespace", "uid"] {
        if new[field] != old[field] {
            errors.invalid(format_args!("metadata.{field}"), new[field].clone(), "field is immutable");
        }
    }
    validate_common(resource, new, errors);
}

fn validate_common(resource: &Resource, metadata: &Value, errors: &mut Errors) {
    validate_labels(&metadata["labels"], format_args!("metadata.labels"), errors);
    let mut size = 0;
    for (key, value) in metadata["annotations"].as_object().into_iter().flatten() {
        errors.invalid_all("metadata.annotations", key, &names::qualified_name(&key.to_lowercase()));
        size += key.len() + value.as_str().map_or(0, str::len);
    }
    if size > 256 * 1024 {
        errors.too_long("metadata.annotations", 256 * 1024);
    }
    let mut controller: Option<String> = None;
    for owner in path::list(metadata, "ownerReferences") {
        let field = "metadata.ownerReferences";
        for (name, detail) in [
            ("apiVersion", "version must not be empty"),
            ("kind", "must not be empty"),
            ("name", "must not be empty"),
            ("uid", "must not be empty"),
        ] {
            if path::str(owner, name).is_empty() {
                errors.invalid(format_args!("{field}.{name}"), "", detail);
            }
        }
        if path::bool(owner, "controller") {
            let this = format!("{}/{}", path::str(owner, "kind"), path::str(owner, "name"));
            match &controller {
                Some(first) => errors.invalid(
                    field,
                    metadata["ownerReferences"].clone(),
                    &format!(
                        "Only one reference can have Controller set to true. Found \"true\" in references for {first} and \
                         {this}"
                    ),
                ),
                None => controller = Some(this),
            }
        }
    }
    let finalizers = || path::list(metadata, "finalizers").iter().filter_map(Value::as_str);
    for finalizer in finalizers() {
        errors.invalid_all("metadata.finalizers", finalizer, &names::qualified_name(finalizer));
    }
    // A custom object's finalizers may have any name.
    for (index, finalizer) in finalizers().enumerate().filter(|_| resource.definition.is_none()) {
        if !finalizer.contains('/') && !FINALIZERS.contains(&finalizer) {
            let field = format!("metadata.finalizers[{index}]");
            errors.invalid(&field, finalizer, "name is neither a standard finalizer name nor is it fully qualified");
        }
    }
}

/// Validates a map of labels.
pub fn validate_labels(labels: &Value, field: Arguments, errors: &mut Errors) {
    for (key, value) in labels.as_object().into_iter().flatten() {
        errors.invalid_all(field, key, &names::qualified_name(key));
        let value = value.as_str().unwrap_or_default();
        errors.invalid_all(field, value, &names::label_value(value));
    }
}

/// Validates a name by the rules of its resource.
fn name_rule(resource: &Resource) -> fn(&str) -> Vec<String> {
    match resource.key() {
        // Since v1.36 a Service's name may start with a digit (KEP-5311).
        "namespaces" | "services" => names::dns1123_label,
        "apiservices.apiregistration.k8s.io"
        | "roles.rbac.authorization.k8s.io"
        | "rolebindings.rbac.authorization.k8s.io"
        | "clusterroles.rbac.authorization.k8s.io"
        | "clusterrolebindings.rbac.authorization.k8s.io" => path_segment,
        _ => names::dns1123_subdomain,
    }
}

/// Validates a name that only has to be a path segment.
fn path_segment(name: &str) -> Vec<String> {
    if name == "." || name == ".." {
        return vec![format!("may not be '{name}'")];
    }
    ["/", "%"].into_iter().filter(|part| name.contains(part)).map(|part| format!("may not contain '{part}'")).collect()
}

/// Marks an object as being deleted `grace` seconds from now.
pub fn mark_deleted(object: &mut Value, now: Time, grace: i64) {
    let when = sim::Time::from_unix_secs(now.unix_secs().saturating_add(grace));
    object["metadata"]["deletionTimestamp"] = when.rfc3339().into();
    object["metadata"]["deletionGracePeriodSeconds"] = grace.into();
    if let Some(generation) = path::int(object, "metadata.generation") {
        object["metadata"]["generation"] = (generation + 1).into();
    }
}
