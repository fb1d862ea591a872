//! Applying a strategic merge patch.

use serde_json::{Map, Value};

use super::order::{arrange, same};
use super::{DELETE_FROM, DIRECTIVE, RETAIN_KEYS, SET_ORDER, Schema, StrategicError, no_merge_key};
use crate::schema::Struct;

/// The object after a patch; `schema` is the struct of its kind (without one, lists are replaced).
///
/// # Errors
/// See [`StrategicError`].
pub fn apply(target: &Value, patch: &Value, schema: Option<&'static Struct>) -> Result<Value, StrategicError> {
    let patch = match patch {
        Value::Object(patch) => patch.clone(),
        Value::Array(_) => return Err(StrategicError::NotAnObject("array")),
        Value::String(_) => return Err(StrategicError::NotAnObject("string")),
        Value::Number(_) => return Err(StrategicError::NotAnObject("number")),
        Value::Bool(_) => return Err(StrategicError::NotAnObject("bool")),
        Value::Null => Map::new(),
    };
    let target = target.as_object().cloned().unwrap_or_default();
    merge_map(target, patch, Schema::of(schema), Mode::Object).map(Value::Object)
}

/// What the patch is merged into.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// An object: directives are carried out.
    Object,
    /// Another patch: directives are kept.
    Patch,
}

pub(super) fn merge_map(
    mut original: Map<String, Value>,
    mut patch: Map<String, Value>,
    schema: Schema,
    mode: Mode,
) -> Result<Map<String, Value>, StrategicError> {
    if let Some(directive) = patch.remove(DIRECTIVE) {
        return match directive.as_str() {
            Some("replace") => Ok(patch),
            Some("delete") => Ok(Map::new()),
            _ => Err(StrategicError::BadDirective(super::go_print(&directive))),
        };
    }
    retain_keys(&mut original, &mut patch, mode)?;
    merge_ordered_lists(&mut original, &mut patch, schema, mode)?;
    for (key, value) in patch {
        if let Some(field) = key.strip_prefix(DELETE_FROM) {
            match mode {
                Mode::Patch => _ = original.insert(key, value),
                Mode::Object => {
                    if let (Some(Value::Array(items)), Value::Array(gone)) = (original.get_mut(field), &value) {
                        items.retain(|item| !gone.contains(item));
                    }
                }
            }
            continue;
        }
        if value.is_null() {
            original.remove(&key);
            if mode == Mode::Object {
                continue;
            }
        }
        match (original.get_mut(&key), value) {
            (Some(Value::Object(old)), Value::Object(new)) => {
                let (inner, rule) = schema.field(&key);
                let merged = if rule.replace { new } else { merge_map(std::mem::take(old), new, inner, mode)? };
                original.insert(key, Value::Object(merged));
            }
            (Some(Value::Array(old)), Value::Array(new)) => {
                let (inner, rule) = schema.field(&key);
                let merged = match rule.key {
                    Some(merge_key) => {
                        let mut server = std::mem::take(old);
                        merge_list(&mut server, new, inner, merge_key, None, mode)?
                    }
                    None => new,
                };
                original.insert(key, Value::Array(merged));
            }
            (_, value) => match without_directives(value, mode) {
                Some(value) => _ = original.insert(key, value),
                None => _ = original.remove(&key),
            },
        }
    }
    Ok(original)
}

/// `$retainKeys`: only these fields stay.
fn retain_keys(
    original: &mut Map<String, Value>,
    patch: &mut Map<String, Value>,
    mode: Mode,
) -> Result<(), StrategicError> {
    let Some(keys) = patch.remove(RETAIN_KEYS) else { return Ok(()) };
    if mode == Mode::Patch {
        if original.get(RETAIN_KEYS).is_some_and(|ours| *ours != keys) {
            return Err(StrategicError::BadRetainKeys);
        }
        original.insert(RETAIN_KEYS.to_owned(), keys);
        return Ok(());
    }
    let keys = keys.as_array().ok_or(StrategicError::BadRetainKeys)?;
    let kept = |key: &str| keys.iter().any(|kept| kept == key);
    let named = |key: &str, value: &Value| {
        value.is_null() || key.starts_with(DELETE_FROM) || key.starts_with(SET_ORDER) || kept(key)
    };
    if !patch.iter().all(|(key, value)| named(key, value)) {
        return Err(StrategicError::BadRetainKeys);
    }
    original.retain(|key, _| kept(key));
    Ok(())
}

/// `$setElementOrder/FIELD`: merges the list FIELD and puts it in that order.
fn merge_ordered_lists(
    original: &mut Map<String, Value>,
    patch: &mut Map<String, Value>,
    schema: Schema,
    mode: Mode,
) -> Result<(), StrategicError> {
    let directives: Vec<String> = patch.keys().filter(|key| key.starts_with(SET_ORDER)).cloned().collect();
    for directive in directives {
        let Some(order) = patch.remove(&directive) else { continue };
        if mode == Mode::Patch {
            if original.get(&directive).is_some_and(|ours| *ours != order) {
                return Err(StrategicError::BadOrder);
            }
            original.insert(directive.clone(), order.clone());
        }
        let order = match order {
            Value::Array(order) => order,
            _ => return Err(StrategicError::BadOrder),
        };
        let field = &directive[SET_ORDER.len()..];
        let list = |value: Option<Value>| match value {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(_) => Err(StrategicError::BadDocument),
        };
        let (ours, theirs) = (list(original.get(field).cloned())?, list(patch.remove(field))?);
        let (inner, rule) = schema.field(field);
        let key = rule.key.unwrap_or_default();
        check_order(theirs.as_deref().unwrap_or_default(), &order, key)?;
        let merged = match (ours, theirs) {
            (None, None) => continue,
            (Some(mut ours), Some(theirs)) => match rule.key {
                Some(key) => merge_list(&mut ours, theirs, inner, key, Some(&order), mode)?,
                None => arrange(theirs, &order, &ours, key),
            },
            (Some(ours), None) => arrange(ours.clone(), &order, &ours, key),
            (None, Some(theirs)) => {
                let added = match without_directives(Value::Array(theirs), mode) {
                    Some(Value::Array(items)) => items,
                    _ => Vec::new(),
                };
                arrange(added, &order, &[], key)
            }
        };
        original.insert(field.to_owned(), Value::Array(merged));
    }
    Ok(())
}

/// The patch's items (deletions aside) must all be named by the order, in that order.
fn check_order(patch: &[Value], order: &[Value], key: &str) -> Result<(), StrategicError> {
    let mut rest = order.iter();
    for item in patch.iter().filter(|item| item.get(DIRECTIVE).is_none()) {
        if !rest.any(|named| same(named, item, key)) {
            return Err(StrategicError::BadOrder);
        }
    }
    Ok(())
}

/// Merges two lists by key, or as sets of scalars. `server` is the list as it stood, which decides where its items go;
/// like Go's slice, it is worked on in place, so that an item that takes a deleted one's place counts as the server's.
fn merge_list(
    server: &mut [Value],
    patch: Vec<Value>,
    schema: Schema,
    key: &str,
    order: Option<&[Value]>,
    mode: Mode,
) -> Result<Vec<Value>, StrategicError> {
    let scalars = !server.iter().chain(&patch).any(Value::is_object);
    if scalars {
        let mut merged = server.to_vec();
        for item in &patch {
            if !merged.contains(item) {
                merged.push(item.clone());
            }
        }
        return Ok(arrange(merged, order.unwrap_or(&patch), server, ""));
    }
    if key.is_empty() {
        return Err(StrategicError::BadDocument);
    }
    let mut length = server.len();
    let mut additions = Vec::new();
    let mut replace = false;
    for item in patch {
        match item.get(DIRECTIVE).map(|directive| directive.as_str().unwrap_or_default().to_owned()) {
            None => additions.push(item),
            Some(directive) => match directive.as_str() {
                "delete" if mode == Mode::Object => {
                    if item.get(key).is_none() {
                        return Err(no_merge_key(&item, key));
                    }
                    while let Some(at) = server[..length].iter().position(|other| same(other, &item, key)) {
                        // The tail moves up; what is left behind it stays, as in Go's slice.
                        for index in at..length - 1 {
                            server[index] = server[index + 1].clone();
                        }
                        length -= 1;
                    }
                }
                "delete" => additions.push(item),
                "replace" => replace = true,
                other => return Err(StrategicError::BadDirective(other.to_owned())),
            },
        }
    }
    if replace {
        return Ok(additions);
    }
    let capacity = server.len();
    let mut merged: Vec<Value> = server[..length].to_vec();
    let mut in_place = true;
    for item in additions.clone() {
        if item.get(key).is_none() {
            return Err(no_merge_key(&item, key));
        }
        match merged.iter().position(|other| same(other, &item, key)) {
            Some(at) => {
                let (old, new) = (take_object(&mut merged[at]), item.as_object().cloned().unwrap_or_default());
                merged[at] = Value::Object(merge_map(old, new, schema, mode)?);
            }
            None => {
                let item = match mode {
                    Mode::Object => without_directives(item, mode).unwrap_or_default(),
                    Mode::Patch => item,
                };
                in_place &= merged.len() < capacity;
                if in_place {
                    server[merged.len()] = item.clone();
                }
                merged.push(item);
            }
        }
    }
    Ok(arrange(merged, order.unwrap_or(&additions), server, key))
}

fn take_object(value: &mut Value) -> Map<String, Value> {
    match value.take() {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// A new value: nulls in it mean nothing, directives are for what does not exist. Patches are kept as they are.
fn without_directives(value: Value, mode: Mode) -> Option<Value> {
    if mode == Mode::Patch {
        return Some(value);
    }
    match value {
        Value::Object(fields) => {
            if fields.contains_key(DIRECTIVE) {
                return None;
            }
            let kept = fields
                .into_iter()
                .filter(|(key, value)| !value.is_null() && !is_directive(key))
                .filter_map(|(key, value)| Some((key, without_directives(value, mode)?)));
            Some(Value::Object(sim::order::collect(kept)))
        }
        Value::Array(items) => {
            Some(Value::Array(items.into_iter().filter_map(|item| without_directives(item, mode)).collect()))
        }
        other => Some(other),
    }
}

fn is_directive(key: &str) -> bool {
    key == RETAIN_KEYS || key.starts_with(SET_ORDER) || key.starts_with(DELETE_FROM)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::struct_of_kind;
    use serde_json::json;

    fn check(kind: &str, target: Value, patch: Value, result: Value) {
        let api_version = if kind == "Deployment" { "apps/v1" } else { "v1" };
        assert_eq!(apply(&target, &patch, struct_of_kind(api_version, kind)), Ok(result), "{patch}");
    }

    #[test]
    fn lists_merge_by_their_key() {
        let containers = |list: Value| json!({"spec": {"containers": list}});
        let nginx = json!({"name": "nginx", "image": "nginx:1"});
        check(
            "Pod",
            containers(json!([nginx])),
            containers(json!([{"name": "sidecar", "image": "busybox"}])),
            containers(json!([{"name": "sidecar", "image": "busybox"}, nginx])),
        );
        check(
            "Pod",
            containers(json!([nginx])),
            containers(json!([{"name": "nginx", "image": "nginx:2"}])),
            containers(json!([{"name": "nginx", "image": "nginx:2"}])),
        );
        check(
            "Pod",
            containers(json!([nginx, {"name": "b"}])),
            containers(json!([{"name": "nginx", "$patch": "delete"}])),
            containers(json!([{"name": "b"}])),
        );
        check(
            "Pod",
            containers(json!([nginx])),
            containers(json!([{"$patch": "replace"}, {"name": "b"}])),
            containers(json!([{"name": "b"}])),
        );
    }

    #[test]
    fn a_moved_mount_takes_the_deleted_ones_place() {
        // As recorded: the mount kubectl changes ends up behind the one the server added.
        let mounts = |list: Value| json!({"spec": {"containers": [{"name": "c", "volumeMounts": list}]}});
        let token = json!({"mountPath": "/var/run/secrets", "name": "token"});
        check(
            "Pod",
            mounts(json!([{"mountPath": "/var/www/html", "name": "d"}, token])),
            json!({"spec": {"$setElementOrder/containers": [{"name": "c"}], "containers": [{"name": "c",
                "$setElementOrder/volumeMounts": [{"mountPath": "/data"}],
                "volumeMounts": [{"mountPath": "/data", "name": "d"}, {"$patch": "delete", "mountPath": "/var/www/html"}]}]}}),
            mounts(json!([token, {"mountPath": "/data", "name": "d"}])),
        );
    }

    #[test]
    fn maps_nulls_and_directives() {
        check(
            "Pod",
            json!({"metadata": {"labels": {"a": "1", "b": "2"}}}),
            json!({"metadata": {"labels": {"a": null, "c": "3", "d": null}}}),
            json!({"metadata": {"labels": {"b": "2", "c": "3"}}}),
        );
        check(
            "Deployment",
            json!({"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}}),
            json!({"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}),
            json!({"spec": {"strategy": {"type": "Recreate"}}}),
        );
        check(
            "Pod",
            json!({"metadata": {"finalizers": ["a", "b"]}}),
            json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"], "$setElementOrder/finalizers": ["b", "c"], "finalizers": ["c"]}}),
            json!({"metadata": {"finalizers": ["b", "c"]}}),
        );
        check(
            "Pod",
            json!({"spec": {"nodeSelector": {"a": "b"}}}),
            json!({"spec": {"nodeSelector": {"$patch": "replace", "c": "d"}}}),
            json!({"spec": {"nodeSelector": {"c": "d"}}}),
        );
    }

    #[test]
    fn bad_patches_say_why() {
        let pod = struct_of_kind("v1", "Pod");
        let error = apply(
            &json!({"spec": {"containers": [{"name": "a"}]}}),
            &json!({"spec": {"containers": [{"image": "x"}]}}),
            pod,
        );
        assert_eq!(error.unwrap_err().to_string(), "map: map[image:x] does not contain declared merge key: name");
        assert!(apply(&json!({}), &json!([1]), pod).is_err());
        assert!(apply(&json!({}), &json!({"$patch": "frob"}), pod).is_err());
    }
}
