//! ConfigMaps, Secrets, Nodes, Events.

use api::{names, path};
use serde_json::Value;

use super::Errors;

/// The most a ConfigMap or Secret may hold.
const MAX_SIZE: usize = 1024 * 1024;

/// A ConfigMap.
pub fn config_map(object: &Value, errors: &mut Errors) {
    let mut size = 0;
    for field in ["data", "binaryData"] {
        for (key, value) in path::object(object, field).into_iter().flatten() {
            let here = format_args!("{field}[{key}]");
            errors.invalid_all(here, key, &names::config_map_key(key));
            if field == "data" && object["binaryData"].get(key).is_some() {
                errors.invalid(here, key.clone(), "duplicate of key present in binaryData");
            }
            size += value.as_str().map_or(0, str::len);
        }
    }
    if size > MAX_SIZE {
        errors.too_long("", MAX_SIZE);
    }
}

/// A Secret.
pub fn secret(object: &Value, errors: &mut Errors) {
    let mut size = 0;
    for (key, value) in path::object(object, "data").into_iter().flatten() {
        errors.invalid_all(format_args!("data[{key}]"), key, &names::config_map_key(key));
        size += value.as_str().map_or(0, str::len) / 4 * 3;
    }
    if size > MAX_SIZE {
        errors.too_long("data", MAX_SIZE);
    }
    let needs = |key: &str, errors: &mut Errors| {
        if object["data"].get(key).is_none() {
            errors.required(format_args!("data[{key}]"), "");
        }
    };
    match path::str(object, "type") {
        "kubernetes.io/dockercfg" => needs(".dockercfg", errors),
        "kubernetes.io/dockerconfigjson" => needs(".dockerconfigjson", errors),
        "kubernetes.io/ssh-auth" => needs("ssh-privatekey", errors),
        "kubernetes.io/tls" => {
            needs("tls.crt", errors);
            needs("tls.key", errors);
        }
        "kubernetes.io/basic-auth" if object["data"].get("username").or(object["data"].get("password")).is_none() => {
            needs("username", errors);
            needs("password", errors);
        }
        "kubernetes.io/service-account-token" => {
            let name = "kubernetes.io/service-account.name";
            if object["metadata"]["annotations"][name].as_str().unwrap_or_default().is_empty() {
                errors.required(format_args!("metadata.annotations[{name}]"), "");
            }
        }
        _ => {}
    }
}

/// The data of an immutable ConfigMap or Secret never change.
pub fn immutable_data(new: &Value, old: &Value, errors: &mut Errors) {
    if !path::bool(old, "immutable") {
        return;
    }
    if !path::bool(new, "immutable") {
        errors.forbidden("immutable", "field is immutable when `immutable` is set");
    }
    for field in ["data", "binaryData"] {
        if new[field] != old[field] {
            errors.forbidden(field, "field is immutable when `immutable` is set");
        }
    }
}

/// A Secret's type never changes.
pub fn secret_update(new: &Value, old: &Value, errors: &mut Errors) {
    if new["type"] != old["type"] {
        errors.invalid("type", new["type"].clone(), "field is immutable");
    }
    immutable_data(new, old, errors);
}

/// A Node.
pub fn node(object: &Value, errors: &mut Errors) {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for (index, taint) in path::list(object, "spec.taints").iter().enumerate() {
        let here = format_args!("spec.taints[{index}]");
        let (key, effect, value) = (path::str(taint, "key"), path::str(taint, "effect"), path::str(taint, "value"));
        errors.invalid_all(format_args!("{here}.key"), key, &names::qualified_name(key));
        let wrong = names::label_value(value);
        if !wrong.is_empty() {
            errors.invalid(format_args!("{here}.value"), value, &wrong.join(";"));
        }
        if effect.is_empty() {
            errors.required(format_args!("{here}.effect"), "");
        }
        super::one_of(taint, "effect", here, &["NoSchedule", "PreferNoSchedule", "NoExecute"], errors);
        if seen.contains(&(key, effect)) {
            errors.duplicate(here, taint.clone());
        }
        seen.push((key, effect));
    }
}

/// An Event.
pub fn event(object: &Value, errors: &mut Errors) {
    let (mine, of) = (path::str(object, "metadata.namespace"), path::str(object, "involvedObject.namespace"));
    if of.is_empty() {
        if mine != "default" && mine != "kube-system" {
            errors.invalid("involvedObject.namespace", of, "does not match event.namespace");
        }
    } else if of != mine {
        errors.invalid("involvedObject.namespace", of, "does not match event.namespace");
    }
}
