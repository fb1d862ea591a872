//! Making strategic merge patches.

use serde_json::{Map, Value};

use super::apply::{Mode, merge_map};
use super::order::sorted;
use super::{DELETE_FROM, DIRECTIVE, RETAIN_KEYS, SET_ORDER, Schema, StrategicError, go_print, no_merge_key};
use crate::schema::Struct;

/// The patch of `kubectl apply` (`CreateThreeWayMergePatch`): what `modified` adds to or changes in `current`, and the
/// deletion of what was in `original` and is no longer in `modified`.
///
/// # Errors
/// See [`StrategicError`].
pub fn three_way(
    original: &Value,
    modified: &Value,
    current: &Value,
    schema: Option<&'static Struct>,
) -> Result<Value, StrategicError> {
    let schema = Schema::of(schema);
    let object = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let modified = object(modified);
    let additions = Options { deletions: false, ..Options::default() };
    let delta = diff_maps(&object(current), &modified, schema, additions)?;
    let deletions = diff_maps(&object(original), &modified, schema, Options { changes: false, ..Options::default() })?;
    merge_map(deletions, delta, schema, Mode::Patch).map(Value::Object)
}

/// The patch that makes `modified` of `original` (`CreateTwoWayMergePatch`).
///
/// # Errors
/// See [`StrategicError`].
pub fn two_way(original: &Value, modified: &Value, schema: Option<&'static Struct>) -> Result<Value, StrategicError> {
    let object = |value: &Value| value.as_object().cloned().unwrap_or_default();
    diff_maps(&object(original), &object(modified), Schema::of(schema), Options::default()).map(Value::Object)
}

#[derive(Clone, Copy)]
struct Options {
    changes: bool,
    deletions: bool,
    retain_keys: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { changes: true, deletions: true, retain_keys: false }
    }
}

fn diff_maps(
    original: &Map<String, Value>,
    modified: &Map<String, Value>,
    schema: Schema,
    options: Options,
) -> Result<Map<String, Value>, StrategicError> {
    let mut patch = Map::new();
    for (key, new) in modified {
        let Some(old) = original.get(key) else {
            if options.changes {
                patch.insert(key.clone(), new.clone());
            }
            continue;
        };
        match (old, new) {
            (Value::Object(old), Value::Object(new)) => {
                let (inner, rule) = schema.field(key);
                if rule.replace {
                    if options.changes && old != new {
                        patch.insert(key.clone(), Value::Object(new.clone()));
                    }
                    continue;
                }
                let changed = diff_maps(old, new, inner, Options { retain_keys: rule.retain_keys, ..options })?;
                if !changed.is_empty() {
                    patch.insert(key.clone(), Value::Object(changed));
                }
            }
            (Value::Array(old), Value::Array(new)) => {
                let (inner, rule) = schema.field(key);
                match rule.key {
                    Some(merge_key) => {
                        let options = Options { retain_keys: rule.retain_keys, ..options };
                        diff_lists(key, old, new, inner, merge_key, options, &mut patch)?;
                    }
                    None => {
                        if options.changes && old != new {
                            patch.insert(key.clone(), Value::Array(new.clone()));
                        }
                    }
                }
            }
            (old, new) => {
                if options.changes && old != new {
                    patch.insert(key.clone(), new.clone());
                }
            }
        }
    }
    if options.deletions {
        for key in original.keys().filter(|key| !modified.contains_key(*key)) {
            patch.insert(key.clone(), Value::Null);
        }
    }
    if options.retain_keys {
        let kept: Vec<Value> =
            modified.iter().filter(|(_, value)| !value.is_null()).map(|(key, _)| key.clone().into()).collect();
        let more_before = original.keys().any(|key| !modified.contains_key(key));
        if !kept.is_empty() && (!patch.is_empty() || more_before) {
            patch.insert(RETAIN_KEYS.to_owned(), Value::Array(kept));
        }
    }
    Ok(patch)
}

fn diff_lists(
    name: &str,
    original: &[Value],
    modified: &[Value],
    schema: Schema,
    key: &str,
    options: Options,
    patch: &mut Map<String, Value>,
) -> Result<(), StrategicError> {
    if original.is_empty() {
        if !modified.is_empty() && options.changes {
            patch.insert(name.to_owned(), Value::Array(modified.to_vec()));
        }
        return Ok(());
    }
    let mut order = Vec::new();
    if original.iter().chain(modified).any(Value::is_object) {
        let (changes, deletions) = diff_items(original, modified, schema, key, options)?;
        let mut list = sorted(changes, modified, key);
        list.extend(deletions);
        let same_order =
            original.len() == modified.len() && original.iter().zip(modified).all(|(old, new)| old[key] == new[key]);
        if (options.changes && (!list.is_empty() || !same_order)) || (options.deletions && !list.is_empty()) {
            order = modified
                .iter()
                .map(|item| Value::Object(sim::order::collect([(key.to_owned(), item[key].clone())])))
                .collect();
        }
        if !list.is_empty() {
            patch.insert(name.to_owned(), Value::Array(list));
        }
    } else {
        let missing = |from: &[Value], list: &[Value]| -> Vec<Value> {
            list.iter().filter(|item| !from.contains(item)).cloned().collect()
        };
        let added = if options.changes { missing(original, modified) } else { Vec::new() };
        let mut gone = if options.deletions { missing(modified, original) } else { Vec::new() };
        sim::order::sort_by(&mut gone, |a, b| go_print(a).cmp(&go_print(b)));
        gone.dedup();
        if (options.deletions && !gone.is_empty()) || (options.changes && original != modified) {
            order = modified.to_vec();
        }
        if !added.is_empty() {
            patch.insert(name.to_owned(), Value::Array(added));
        }
        if !gone.is_empty() {
            patch.insert(format!("{DELETE_FROM}{name}"), Value::Array(gone));
        }
    }
    if !order.is_empty() {
        patch.insert(format!("{SET_ORDER}{name}"), Value::Array(order));
    }
    Ok(())
}

/// The changed and added items, and the deletions, both in the order of their merge keys' texts.
fn diff_items(
    original: &[Value],
    modified: &[Value],
    schema: Schema,
    key: &str,
    options: Options,
) -> Result<(Vec<Value>, Vec<Value>), StrategicError> {
    let by_key = |items: &[Value]| -> Result<Vec<(String, Value)>, StrategicError> {
        let mut keyed = Vec::with_capacity(items.len());
        // Items of one key turn round, as upstream's comparison makes them do (`sort.StringsAreSorted` calls equals less).
        for item in items.iter().rev() {
            let value = item.get(key).ok_or_else(|| no_merge_key(item, key))?;
            keyed.push((go_print(value), item.clone()));
        }
        sim::order::sort_by_text(&mut keyed, |(text, _)| text);
        Ok(keyed)
    };
    let (old, new) = (by_key(original)?, by_key(modified)?);
    let (mut changes, mut deletions) = (Vec::new(), Vec::new());
    let (mut old, mut new) = (old.into_iter().peekable(), new.into_iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return Ok((changes, deletions)),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some((old, _)), Some((new, _))) => old.cmp(new),
        };
        match order {
            std::cmp::Ordering::Equal => {
                if let (Some((_, Value::Object(old))), Some((_, Value::Object(new)))) = (old.next(), new.next()) {
                    let mut changed = diff_maps(&old, &new, schema, options)?;
                    if !changed.is_empty() {
                        changed.insert(key.to_owned(), new[key].clone());
                        changes.push(Value::Object(changed));
                    }
                }
            }
            std::cmp::Ordering::Greater => {
                if let Some((_, item)) = new.next().filter(|_| options.changes) {
                    changes.push(item);
                }
            }
            std::cmp::Ordering::Less => {
                if let Some((_, item)) = old.next().filter(|_| options.deletions) {
                    let fields = [(DIRECTIVE.to_owned(), "delete".into()), (key.to_owned(), item[key].clone())];
                    deletions.push(Value::Object(sim::order::collect(fields)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::apply;
    use super::*;
    use crate::schema::struct_of_kind;
    use serde_json::json;

    #[test]
    fn a_three_way_patch_changes_adds_and_deletes_only_what_was_applied() {
        let pod = struct_of_kind("v1", "Pod");
        let of =
            |mounts: Value| json!({"spec": {"containers": [{"name": "c", "image": "nginx", "volumeMounts": mounts}]}});
        let original = of(json!([{"mountPath": "/var/www/html", "name": "d"}]));
        let modified = of(json!([{"mountPath": "/data", "name": "d"}]));
        let mut current =
            of(json!([{"mountPath": "/var/www/html", "name": "d"}, {"mountPath": "/token", "name": "t"}]));
        current["spec"]["nodeName"] = "minikube".into();
        let patch = three_way(&original, &modified, &current, pod).unwrap();
        assert_eq!(
            patch.to_string(),
            r#"{"spec":{"$setElementOrder/containers":[{"name":"c"}],"containers":[{"$setElementOrder/volumeMounts":[{"mountPath":"/data"}],"name":"c","volumeMounts":[{"mountPath":"/data","name":"d"},{"$patch":"delete","mountPath":"/var/www/html"}]}]}}"#
        );
        let patched = apply(&current, &patch, pod).unwrap();
        assert_eq!(patched["spec"]["nodeName"], "minikube");
        assert_eq!(patched["spec"]["containers"][0]["volumeMounts"].as_array().unwrap().len(), 2);
        // Applied again it only repeats the order, as upstream's does, and changes nothing.
        let again = three_way(&modified, &modified, &patched, pod).unwrap();
        assert_eq!(apply(&patched, &again, pod).as_ref(), Ok(&patched));
    }

    #[test]
    fn of_items_with_one_key_the_last_is_paired_with_the_live_one() {
        let udp = json!({"name": "udp", "port": 1935, "protocol": "UDP"});
        let tcp = json!({"name": "tcp", "port": 1935, "protocol": "TCP"});
        let of = |ports: Value| json!({"spec": {"ports": ports}});
        let schema = struct_of_kind("v1", "Service");
        let live = of(json!([udp]));
        let patch = three_way(&live, &of(json!([tcp, udp])), &live, schema).unwrap();
        let order = json!([{"port": 1935}, {"port": 1935}]);
        assert_eq!(patch, json!({"spec": {"$setElementOrder/ports": order, "ports": [tcp]}}));
        assert_eq!(apply(&live, &patch, schema), Ok(of(json!([tcp]))));
    }

    #[test]
    fn retain_keys_scalars_and_two_ways() {
        let deployment = struct_of_kind("apps/v1", "Deployment");
        let of = |strategy: Value| json!({"spec": {"strategy": strategy}});
        let patch = three_way(
            &of(json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}})),
            &of(json!({"type": "Recreate"})),
            &of(json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": "25%"}})),
            deployment,
        );
        assert_eq!(patch, Ok(of(json!({"$retainKeys": ["type"], "rollingUpdate": null, "type": "Recreate"}))));
        let pod = struct_of_kind("v1", "Pod");
        let of = |finalizers: Value| json!({"metadata": {"finalizers": finalizers}});
        assert_eq!(
            two_way(&of(json!(["a", "b"])), &of(json!(["b", "c"])), pod),
            Ok(
                json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"], "$setElementOrder/finalizers": ["b", "c"],
                "finalizers": ["c"]}})
            )
        );
        assert_eq!(two_way(&json!({"a": 1}), &json!({}), None), Ok(json!({"a": null})));
    }

    #[test]
    fn a_scaled_claim_patches_one_field() {
        let of = |storage: &str| json!({"spec": {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": storage}}}});
        let schema = struct_of_kind("v1", "PersistentVolumeClaim");
        assert_eq!(
            three_way(&of("10Mi"), &of("20Mi"), &of("10Mi"), schema),
            Ok(json!({"spec": {"resources": {"requests": {"storage": "20Mi"}}}}))
        );
    }
}
