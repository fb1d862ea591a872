//! Fields of one object, changes between two, and the merge of an applied configuration into a live object.

use serde_json::{Map, Value};

use super::set::{self, Set};
use super::shape::{MergeStrategy, Shape};

/// How deep objects are looked into; below, a value counts as a whole.
pub(super) const MAX_DEPTH: usize = 64;

/// What differs between two objects.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Changes {
    /// What was added or modified.
    pub changed: Set,
    /// What was removed.
    pub removed: Set,
}

/// The fields an applied configuration names; what does not fit the schema ([`super::check`]) is no field.
pub fn fields_of(value: &Value, shape: Shape) -> Set {
    let mut fields = Set::new();
    collect(value, shape, 0, &mut fields);
    fields
}

/// Collects what is below a value; whether the value itself is a field.
fn collect(value: &Value, shape: Shape, depth: usize, fields: &mut Set) -> bool {
    match (shape.merge_strategy(value), value) {
        (MergeStrategy::Fields, Value::Object(map)) if depth < MAX_DEPTH => {
            for (name, value) in map {
                let (inner, named) = shape.field(name);
                let mut part = Set::new();
                let leaf = collect(value, inner, depth + 1, &mut part);
                let empty = value.is_null() || value.as_object().is_some_and(Map::is_empty);
                set::put(fields, field_step(name), part, leaf || empty || !named);
            }
            false
        }
        (strategy @ (MergeStrategy::Keyed(_) | MergeStrategy::Set), Value::Array(items)) if depth < MAX_DEPTH => {
            for item in items {
                let Some(step) = shape.step(&strategy, item) else { continue };
                let mut part = Set::new();
                if matches!(strategy, MergeStrategy::Keyed(_)) {
                    collect(item, shape.item(), depth + 1, &mut part);
                }
                set::put(fields, step, part, true);
            }
            false
        }
        _ => true,
    }
}

/// What a write changed: `before` is `None` for a new object.
pub fn changes(before: Option<&Value>, after: &Value, shape: Shape) -> Changes {
    let mut changes = Changes::default();
    let zero;
    let before = match before {
        Some(before) => before,
        None => {
            zero = shape.zero();
            &zero
        }
    };
    compare(Some(before), Some(after), shape, 0, &mut changes);
    changes
}

/// What a write changed that left all but one field at the object's top as it was.
pub fn changes_of(before: &Value, after: &Value, field: &str, shape: Shape) -> Changes {
    let mut changes = Changes::default();
    let (before, after) = (before.get(field), after.get(field));
    if before != after {
        step(before, after, shape.field(field).0, field_step(field), 0, &mut changes);
    }
    changes
}

/// Whether all that differs between two values is in `owned`, and nothing of the first is gone: then [`changes`] would find
/// nothing but what is in it. Where it takes long to tell, `false`.
pub fn covers(owned: &Set, before: &Value, after: &Value, shape: Shape) -> bool {
    covers_at(owned, before, after, shape, 0)
}

fn covers_at(owned: &Set, before: &Value, after: &Value, shape: Shape, depth: usize) -> bool {
    if depth >= MAX_DEPTH {
        return false;
    }
    let below =
        |step: &str, before: Option<&Value>, after: &Value, shape: Shape| match (set::below(owned, step), before) {
            (Some(part), Some(before)) => covers_at(part, before, after, shape, depth + 1),
            // A new value without anything below it.
            (Some(part), None) => set::is_member(part) && shape.merge_strategy(after) == MergeStrategy::Whole,
            (None, _) => false,
        };
    match (shape.merge_strategy(after), before, after) {
        (MergeStrategy::Fields, Value::Object(old), Value::Object(new)) if !new.is_empty() => {
            let mut met = 0;
            for (name, value) in new {
                let before = old.get(name);
                met += usize::from(before.is_some());
                if before != Some(value) && !below(&field_step(name), before, value, shape.field(name).0) {
                    return false;
                }
            }
            met == old.len()
        }
        (strategy @ MergeStrategy::Keyed(_), Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            old.iter().zip(new).filter(|(old, new)| old != new).all(|(old, new)| {
                let step = shape.step(&strategy, new);
                step.is_some()
                    && step == shape.step(&strategy, old)
                    && step.is_some_and(|step| below(&step, Some(old), new, shape.item()))
            })
        }
        (MergeStrategy::Whole, ..) => set::is_member(owned),
        _ => false,
    }
}

/// Compares two values that differ; says whether the place itself changed, in `Some(true)`, or is gone, in `Some(false)`.
fn compare(
    before: Option<&Value>,
    after: Option<&Value>,
    shape: Shape,
    depth: usize,
    changes: &mut Changes,
) -> Option<bool> {
    let (old, new) = match (before, after) {
        (None, None) => return None,
        (None, Some(new)) => {
            changes.changed = everything(new, shape, depth);
            return Some(true);
        }
        (Some(old), None) => {
            changes.removed = everything(old, shape, depth);
            return Some(false);
        }
        (Some(old), Some(new)) => (old, new),
    };
    let known = if new.is_null() { old } else { new };
    let strategy = if depth < MAX_DEPTH { shape.merge_strategy(known) } else { MergeStrategy::Whole };
    let empty = Map::new();
    match strategy {
        MergeStrategy::Fields if both(old, new, Value::is_object) => {
            let (old, new) = (old.as_object().unwrap_or(&empty), new.as_object().unwrap_or(&empty));
            if old.is_empty() && new.is_empty() {
                return Some(true);
            }
            for (name, value) in old {
                let after = new.get(name);
                if after != Some(value) {
                    step(Some(value), after, shape.field(name).0, field_step(name), depth, changes);
                }
            }
            for (name, value) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
                let fields = everything(value, shape.field(name).0, depth + 1);
                set::put(&mut changes.changed, field_step(name), fields, true);
            }
            None
        }
        MergeStrategy::Keyed(_) | MergeStrategy::Set if both(old, new, Value::is_array) => {
            let (old, new) = (indexed(old, shape, &strategy), indexed(new, shape, &strategy));
            if old.is_empty() && new.is_empty() {
                return Some(true);
            }
            let find = |list: &[(String, &Value)], step: &str| list.iter().position(|(other, _)| other == step);
            for (path, value) in &old {
                let now = find(&new, path).map(|at| new[at].1);
                if now == Some(*value) {
                    continue;
                }
                step(Some(value), now, shape.item(), path.clone(), depth, changes);
            }
            for (path, value) in new.into_iter().filter(|(path, _)| find(&old, path).is_none()) {
                set::put(&mut changes.changed, path, everything(value, shape.item(), depth + 1), true);
            }
            None
        }
        _ => Some(true),
    }
}

/// The step that leads to a field.
fn field_step(name: &str) -> String {
    let mut step = String::with_capacity(name.len() + 2);
    step.push_str("f:");
    step.push_str(name);
    step
}

/// All fields of a value that is new, or gone, as a whole.
fn everything(value: &Value, shape: Shape, depth: usize) -> Set {
    let mut fields = Set::new();
    if depth >= MAX_DEPTH {
        return fields;
    }
    match value {
        Value::Object(map) if shape.merge_strategy(value) == MergeStrategy::Fields => {
            for (name, value) in map {
                let below = everything(value, shape.field(name).0, depth + 1);
                set::put(&mut fields, field_step(name), below, true);
            }
        }
        Value::Array(_) => {
            let strategy = shape.merge_strategy(value);
            if matches!(strategy, MergeStrategy::Keyed(_) | MergeStrategy::Set) {
                for (step, item) in indexed(value, shape, &strategy) {
                    set::put(&mut fields, step, everything(item, shape.item(), depth + 1), true);
                }
            }
        }
        _ => {}
    }
    fields
}

/// A list's items with the steps that lead to them.
fn indexed<'a>(list: &'a Value, shape: Shape, strategy: &MergeStrategy) -> Vec<(String, &'a Value)> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(|item| Some((shape.step(strategy, item)?, item))).collect()
}

/// Whether neither value is of another kind.
fn both(old: &Value, new: &Value, is: fn(&Value) -> bool) -> bool {
    (old.is_null() || is(old)) && (new.is_null() || is(new))
}

fn step(
    before: Option<&Value>,
    after: Option<&Value>,
    shape: Shape,
    path: String,
    depth: usize,
    changes: &mut Changes,
) {
    let mut below = Changes::default();
    let itself = compare(before, after, shape, depth + 1, &mut below);
    // Hardly ever both, so the step is hardly ever copied.
    if itself == Some(false) || !below.removed.is_empty() {
        set::put(&mut changes.removed, path.clone(), below.removed, itself == Some(false));
    }
    set::put(&mut changes.changed, path, below.changed, itself == Some(true));
}

/// The live object with an applied configuration merged into it.
pub fn merge(live: &Value, applied: &Value, shape: Shape) -> Value {
    merge_at(live, applied, shape, 0)
}

fn merge_at(live: &Value, applied: &Value, shape: Shape, depth: usize) -> Value {
    let strategy = if depth < MAX_DEPTH { shape.merge_strategy(applied) } else { MergeStrategy::Whole };
    match (&strategy, live, applied) {
        (MergeStrategy::Fields, Value::Object(old), Value::Object(new)) => {
            let mut merged = old.clone();
            for (name, value) in new {
                let value = match old.get(name) {
                    Some(before) => merge_at(before, value, shape.field(name).0, depth + 1),
                    None => value.clone(),
                };
                merged.insert(name.clone(), value);
            }
            Value::Object(merged)
        }
        (MergeStrategy::Keyed(_) | MergeStrategy::Set, Value::Array(old), Value::Array(new)) => {
            merge_lists(old, new, &strategy, shape, depth)
        }
        _ => applied.clone(),
    }
}

/// Items of both lists are merged; the applied ones keep their order, live ones stay where they were among them.
fn merge_lists(old: &[Value], new: &[Value], strategy: &MergeStrategy, shape: Shape, depth: usize) -> Value {
    let steps =
        |list: &[Value]| -> Vec<Option<String>> { list.iter().map(|item| shape.step(strategy, item)).collect() };
    let (left, right) = (steps(old), steps(new));
    let mut merged = Vec::with_capacity(old.len().max(new.len()));
    let (mut l, mut r) = (0, 0);
    while l < old.len() || r < new.len() {
        // A live item that is not applied keeps its place before the next one that is.
        if l < old.len() && !right.contains(&left[l]) {
            merged.push(old[l].clone());
            l += 1;
            continue;
        }
        if r < new.len() {
            let item = match left.iter().position(|step| *step == right[r]) {
                Some(at) => merge_at(&old[at], &new[r], shape.item(), depth + 1),
                None => new[r].clone(),
            };
            // The live list goes on behind the item they share.
            if l < old.len() && left[l] == right[r] {
                l += 1;
            }
            merged.push(item);
            r += 1;
            continue;
        }
        l += 1;
    }
    Value::Array(merged)
}

/// Takes out of a merged object what its manager applied the last time (`last`) and nobody owns any more (`owned`).
pub fn prune(value: &mut Value, last: &Set, owned: &Set, shape: Shape) {
    let strategy = shape.merge_strategy(value);
    match (&strategy, value) {
        (MergeStrategy::Fields, Value::Object(map)) => map.retain(|name, value| {
            let (inner, named) = shape.field(name);
            retain_owned(value, &field_step(name), last, owned, inner, named)
        }),
        (MergeStrategy::Keyed(_) | MergeStrategy::Set, Value::Array(items)) => {
            items.retain_mut(|item| match shape.step(&strategy, item) {
                Some(step) => retain_owned(item, &step, last, owned, shape.item(), false),
                None => true,
            })
        }
        _ => {}
    }
}

fn retain_owned(value: &mut Value, step: &str, last: &Set, owned: &Set, shape: Shape, named: bool) -> bool {
    let Some(before) = set::below(last, step) else { return true };
    match set::below(owned, step) {
        None if named || set::is_member(before) => return false,
        now => prune(value, before, now.unwrap_or(&Set::new()), shape),
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::struct_of_kind;
    use serde_json::json;

    fn service() -> Shape<'static> {
        Shape::Struct(struct_of_kind("v1", "Service").unwrap())
    }

    #[test]
    fn a_configuration_owns_what_it_names() {
        let object = json!({"metadata": {"labels": {"a": "b"}}, "spec": {
            "selector": {"x": "y"}, "ports": [{"port": 80, "targetPort": 80}], "externalIPs": ["1.2.3.4"]}});
        assert_eq!(
            Value::Object(fields_of(&object, service())),
            json!({"f:metadata": {"f:labels": {"f:a": {}}}, "f:spec": {"f:selector": {}, "f:externalIPs": {},
                "f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}, "f:targetPort": {}}}}})
        );
    }

    #[test]
    fn a_new_object_is_compared_with_an_empty_one() {
        let object = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"type": "ClusterIP", "ports": [{"port": 80, "protocol": "TCP"}]},
            "status": {"loadBalancer": {}}});
        let changes = changes(None, &object, service());
        assert_eq!(
            Value::Object(changes.changed),
            json!({"f:metadata": {"f:labels": {".": {}, "f:a": {}}}, "f:spec": {"f:type": {}, "f:ports": {".": {},
                "k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}, "f:protocol": {}}}}})
        );
    }

    #[test]
    fn changes_are_what_was_added_modified_and_removed() {
        let before =
            json!({"metadata": {"labels": {"a": "1", "b": "1"}}, "spec": {"ports": [{"port": 80}, {"port": 81}]}});
        let after =
            json!({"metadata": {"labels": {"a": "2", "c": "1"}}, "spec": {"ports": [{"port": 80, "name": "x"}]}});
        let found = changes(Some(&before), &after, service());
        assert_eq!(
            Value::Object(found.changed),
            json!({"f:metadata": {"f:labels": {"f:a": {}, "f:c": {}}},
                "f:spec": {"f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {"f:name": {}}}}})
        );
        assert_eq!(
            Value::Object(found.removed),
            json!({"f:metadata": {"f:labels": {"f:b": {}}},
                "f:spec": {"f:ports": {"k:{\"port\":81,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}}}}})
        );
        assert_eq!(changes(Some(&before), &before, service()), Changes::default());
        for (old, new) in [(&before, &before), (&before, &after), (&json!({}), &after), (&after, &json!({}))] {
            let only = |object: &Value| json!({"metadata": {}, "spec": object["spec"].clone()});
            let (old, new) = (only(old), only(new));
            assert_eq!(changes_of(&old, &new, "spec", service()), changes(Some(&old), &new, service()));
        }
    }

    #[test]
    fn what_is_owned_covers_what_changes_within_it() {
        let pod = Shape::Struct(struct_of_kind("v1", "Pod").unwrap());
        let status = |ready: &str, more: Value| {
            let mut object = json!({"status": {"phase": "Running", "conditions": [
                {"type": "Initialized", "status": "True"}, {"type": "Ready", "status": ready}]}});
            crate::patch::merge::apply(&mut object, &json!({"status": more}));
            object
        };
        let before = status("False", json!({}));
        let all = changes(None, &before, pod).changed;
        let owned = set::below(&all, "f:status").unwrap();
        let shape = pod.field("status").0;
        for (after, expected) in [
            (status("True", json!({})), true),
            (status("True", json!({"phase": "Failed"})), true),
            // What nobody owns yet, what is gone, and lists of other items.
            (status("True", json!({"podIP": "10.244.0.3"})), false),
            (status("True", json!({"phase": null})), false),
            (status("True", json!({"conditions": [{"type": "Ready", "status": "True"}]})), false),
        ] {
            assert_eq!(covers(owned, &before["status"], &after["status"], shape), expected, "{after}");
            let mut rest = changes(Some(&before), &after, pod);
            set::subtract(&mut rest.changed, &all);
            assert!(!expected || rest == Changes::default(), "{after}: {rest:?}");
        }
    }

    #[test]
    fn lists_are_merged_by_their_keys() {
        let live =
            json!({"spec": {"ports": [{"port": 1}, {"port": 2, "name": "b"}, {"port": 3}], "selector": {"a": "1"}}});
        let applied = json!({"spec": {"ports": [{"port": 4}, {"port": 2, "targetPort": 9}], "selector": {"b": "2"}}});
        assert_eq!(
            merge(&live, &applied, service()),
            json!({"spec": {"ports": [{"port": 1}, {"port": 4}, {"port": 2, "name": "b", "targetPort": 9}, {"port": 3}],
                "selector": {"b": "2"}}})
        );
    }

    #[test]
    fn what_nobody_owns_any_more_is_pruned() {
        let mut object = json!({"metadata": {"labels": {"a": "1", "b": "2"}}, "spec": {"type": "NodePort",
            "ports": [{"port": 80, "targetPort": 80, "protocol": "TCP"}, {"port": 81}]}});
        let last = fields_of(&object, service());
        let owned =
            fields_of(&json!({"metadata": {"labels": {"a": "1"}}, "spec": {"ports": [{"port": 80}]}}), service());
        prune(&mut object, &last, &owned, service());
        assert_eq!(object, json!({"metadata": {"labels": {"a": "1"}}, "spec": {"ports": [{"port": 80}]}}));
    }

    #[test]
    fn custom_objects_follow_their_schema() {
        let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
            "list": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}},
                "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]},
            "plain": {"type": "array", "items": {"type": "string"}}}}}});
        let object = json!({"spec": {"list": [{"name": "x"}], "plain": ["a"]}, "metadata": {"labels": {"a": "b"}}});
        assert_eq!(
            Value::Object(fields_of(&object, Shape::CustomObject(&schema))),
            json!({"f:spec": {"f:list": {"k:{\"name\":\"x\"}": {".": {}, "f:name": {}}}, "f:plain": {}},
                "f:metadata": {"f:labels": {"f:a": {}}}})
        );
    }
}
