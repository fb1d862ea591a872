//! A set of fields, in the form in which `metadata.managedFields` keeps it (`FieldsV1`): a tree of objects. A node that is
//! empty or holds `.` is itself in the set; `f:NAME` is a field, `k:{…}` a list's item by its keys, `v:…` one by its value.

use serde_json::{Map, Value};

/// A set, or the part of one below a field.
pub type Set = Map<String, Value>;

const SELF: &str = ".";

/// Whether the node itself is in the set.
pub fn is_member(node: &Set) -> bool {
    node.is_empty() || node.contains_key(SELF)
}

/// The part of the set below a step; `None` when nothing there is in it.
pub fn below<'a>(set: &'a Set, step: &str) -> Option<&'a Set> {
    set.get(step).and_then(Value::as_object)
}

/// Puts a part below a step: `member` says whether the place itself is in the set too.
pub fn put(set: &mut Set, step: String, mut part: Set, member: bool) {
    part.remove(SELF);
    if part.is_empty() && !member {
        return;
    }
    if !part.is_empty() && member {
        part.insert(SELF.to_owned(), Value::Object(Set::new()));
    }
    set.insert(step, Value::Object(part));
}

/// Adds to `set` what is in `other`, which it takes apart.
pub fn unite(set: &mut Set, other: Set) {
    for (step, theirs) in other {
        let Value::Object(theirs) = theirs else { continue };
        match set.get_mut(&step) {
            Some(Value::Object(mine)) => {
                let member = is_member(mine) || is_member(&theirs);
                unite(mine, theirs);
                if member && !mine.is_empty() && !mine.contains_key(SELF) {
                    mine.insert(SELF.to_owned(), Value::Object(Set::new()));
                }
            }
            _ if step == SELF => {} // the place above says it
            _ => _ = set.insert(step, Value::Object(theirs)),
        }
    }
}

/// Takes from `set` what is in `other`.
pub fn subtract(set: &mut Set, other: &Set) {
    for (step, theirs) in children(other) {
        let Some(Value::Object(mine)) = set.get_mut(step) else { continue };
        let member = is_member(mine) && !is_member(theirs);
        subtract(mine, theirs);
        mine.remove(SELF);
        match (mine.is_empty(), member) {
            (true, false) => _ = set.remove(step),
            (false, true) => _ = mine.insert(SELF.to_owned(), Value::Object(Set::new())),
            _ => {}
        }
    }
}

/// What is in both.
pub fn common(set: &Set, other: &Set) -> Set {
    let mut both = Set::new();
    for (step, theirs) in children(other) {
        let Some(mine) = below(set, step) else { continue };
        put(&mut both, step.clone(), common(mine, theirs), is_member(mine) && is_member(theirs));
    }
    both
}

/// Takes a field out with all that is below it: `["f:metadata", "f:name"]`.
pub fn cut(set: &mut Set, path: &[&str]) {
    let Some((first, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        set.remove(*first);
        return;
    }
    let Some(member) = below(set, first).map(is_member) else { return };
    let mut part = take(set, first);
    cut(&mut part, rest);
    put(set, (*first).to_owned(), part, member);
}

/// Whether there is nothing in both of them.
pub fn apart(set: &Set, other: &Set) -> bool {
    common(set, other).is_empty()
}

/// The paths of what is in the set, as conflicts name them: `.spec.ports[port=80,protocol="TCP"].targetPort`.
pub fn paths(set: &Set) -> Vec<String> {
    let mut found = Vec::new();
    collect(set, "", &mut found);
    found
}

fn collect(set: &Set, prefix: &str, found: &mut Vec<String>) {
    for (step, part) in children(set) {
        let path = format!("{prefix}{}", shown(step));
        if is_member(part) {
            found.push(path.clone());
        }
        collect(part, &path, found);
    }
}

pub(super) fn shown(step: &str) -> String {
    match step.split_at_checked(2) {
        Some(("f:", name)) => format!(".{name}"),
        Some(("k:", keys)) => {
            let keys: Set = serde_json::from_str(keys).unwrap_or_default();
            let keys: Vec<String> = keys.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("[{}]", keys.join(","))
        }
        Some(("v:", value)) => format!("[={value}]"),
        Some((_, index)) => format!("[{index}]"),
        None => step.to_owned(),
    }
}

fn children(set: &Set) -> impl Iterator<Item = (&String, &Set)> {
    set.iter().filter(|(step, _)| *step != SELF).filter_map(|(step, part)| Some((step, part.as_object()?)))
}

fn take(set: &mut Set, step: &str) -> Set {
    match set.remove(step) {
        Some(Value::Object(part)) => part,
        _ => Set::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn set(value: Value) -> Set {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn sets_are_united_subtracted_and_compared() {
        let a = set(
            json!({"f:spec": {"f:replicas": {}, "f:ports": {".": {}, "k:{\"port\":80}": {".": {}, "f:port": {}}}}}),
        );
        let b = set(json!({"f:spec": {"f:replicas": {}, "f:ports": {}, "f:type": {}}}));
        let mut both = a.clone();
        unite(&mut both, b.clone());
        assert_eq!(
            Value::Object(both),
            json!({"f:spec": {"f:replicas": {}, "f:type": {}, "f:ports": {".": {}, "k:{\"port\":80}": {".": {}, "f:port": {}}}}})
        );
        let mut rest = a.clone();
        subtract(&mut rest, &b);
        assert_eq!(Value::Object(rest), json!({"f:spec": {"f:ports": {"k:{\"port\":80}": {".": {}, "f:port": {}}}}}));
        assert_eq!(Value::Object(common(&a, &b)), json!({"f:spec": {"f:replicas": {}, "f:ports": {}}}));
        assert!(apart(&a, &set(json!({"f:spec": {}, "f:status": {}}))));
    }

    #[test]
    fn what_is_cut_out_is_gone() {
        let mut fields = set(json!({"f:metadata": {".": {}, "f:name": {}, "f:labels": {"f:a": {}}}, "f:kind": {}}));
        cut(&mut fields, &["f:metadata", "f:name"]);
        cut(&mut fields, &["f:kind"]);
        assert_eq!(Value::Object(fields), json!({"f:metadata": {".": {}, "f:labels": {"f:a": {}}}}));
    }

    #[test]
    fn paths_read_as_in_a_conflict() {
        let fields =
            set(json!({"f:spec": {"f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:targetPort": {}}}},
            "f:metadata": {"f:finalizers": {"v:\"x\"": {}}}}));
        assert_eq!(
            paths(&fields),
            [
                ".metadata.finalizers[=\"x\"]",
                ".spec.ports[port=80,protocol=\"TCP\"]",
                ".spec.ports[port=80,protocol=\"TCP\"].targetPort"
            ]
        );
    }
}
