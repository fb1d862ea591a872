//! JSON merge patch (RFC 7386), and its three-way making for kinds without a schema.

use serde_json::{Map, Value};

/// Applies a merge patch: objects merge, null removes, everything else replaces.
pub fn apply(target: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(fields) = target.as_object_mut() else { return };
    for (key, value) in patch {
        if value.is_null() {
            fields.remove(key);
        } else {
            apply(fields.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

/// What [`apply`] would make of a copy of `target`, without copying what the patch replaces.
pub fn applied(target: Option<&Value>, patch: Value) -> Value {
    let Value::Object(mut fields) = patch else { return patch };
    let old = target.and_then(Value::as_object);
    let mut removes = false;
    for (key, value) in &mut fields {
        removes |= value.is_null();
        if value.is_object() {
            *value = applied(old.and_then(|old| old.get(key)), value.take());
        }
    }
    for (key, value) in old.into_iter().flatten() {
        if !fields.contains_key(key) {
            fields.insert(key.clone(), value.clone());
        }
    }
    if removes {
        fields.retain(|_, value| !value.is_null());
    }
    Value::Object(fields)
}

/// The merge patch that makes `modified` of `current`, deleting only what `original` had (jsonmergepatch's
/// `CreateThreeWayJSONMergePatch`).
pub fn three_way(original: &Value, modified: &Value, current: &Value) -> Value {
    let mut patch = keep(&diff(current, modified), false).unwrap_or_else(|| Value::Object(Map::new()));
    if let Some(deletions) = keep(&diff(original, modified), true) {
        merge_in(&mut patch, deletions);
    }
    patch
}

/// The merge patch that makes `to` of `from`.
pub fn diff(from: &Value, to: &Value) -> Value {
    let (Some(from), Some(to)) = (from.as_object(), to.as_object()) else { return to.clone() };
    let mut patch = Map::new();
    for (key, value) in to {
        match from.get(key) {
            None => {
                patch.insert(key.clone(), value.clone());
            }
            Some(old) if old == value => {}
            Some(old) if old.is_object() && value.is_object() => {
                patch.insert(key.clone(), diff(old, value));
            }
            Some(_) => {
                patch.insert(key.clone(), value.clone());
            }
        }
    }
    for key in from.keys().filter(|key| !to.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    Value::Object(patch)
}

/// Only the deletions of a patch, or only the rest; `None` when nothing is left.
fn keep(patch: &Value, deletions: bool) -> Option<Value> {
    match patch {
        Value::Null => deletions.then_some(Value::Null),
        Value::Object(fields) => {
            let kept: Map<String, Value> = sim::order::collect(
                fields.iter().filter_map(|(key, value)| Some((key.clone(), keep(value, deletions)?))),
            );
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        other => (!deletions).then(|| other.clone()),
    }
}

fn merge_in(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                match into.get_mut(&key) {
                    Some(existing) => merge_in(existing, value),
                    None => {
                        into.insert(key, value);
                    }
                }
            }
        }
        (into, from) => *into = from,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn patches_merge_remove_and_replace() {
        for (target, patch, result) in [
            (json!({"a": 1, "b": {"c": 1}}), json!({"b": {"d": 2}}), json!({"a": 1, "b": {"c": 1, "d": 2}})),
            (json!({"a": 1}), json!({"a": null, "x": null}), json!({})),
            (json!({"a": [1, 2]}), json!({"a": [3]}), json!({"a": [3]})),
            (json!({"a": 1}), json!({"a": {"b": null, "c": 1}}), json!({"a": {"c": 1}})),
            (json!({"a": {"b": 1, "d": {"e": 1}}}), json!({"a": {"b": null, "d": {}}}), json!({"a": {"d": {"e": 1}}})),
            (json!({"a": [1]}), json!([null]), json!([null])),
        ] {
            let mut object = target.clone();
            apply(&mut object, &patch);
            assert_eq!(object, result, "{target} {patch}");
            assert_eq!(applied(Some(&target), patch), result, "{target}");
        }
    }

    #[test]
    fn three_ways_delete_only_what_was_applied() {
        let original = json!({"a": 1, "gone": 1});
        let modified = json!({"a": 2});
        let current = json!({"a": 1, "gone": 1, "theirs": 1});
        assert_eq!(three_way(&original, &modified, &current), json!({"a": 2, "gone": null}));
        assert_eq!(three_way(&modified, &modified, &json!({"a": 2, "theirs": 1})), json!({}));
    }
}
