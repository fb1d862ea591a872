//! Reading JSON by a dotted path of field names: `spec.template.metadata.labels`.
//!
//! Field names with dots in them (labels, annotations) are reached with [`get`] on their parent and an index.

use serde_json::{Map, Value};

/// A map of so many fields is one node of a tree, in which a search is a walk along its names.
const ONE_NODE: usize = 11;

/// The value at a path; `Value::Null` where there is none.
pub fn get<'a>(value: &'a Value, path: &str) -> &'a Value {
    // Byte by byte: a search made for long texts costs more than these few letters, and everything comes through here.
    let (mut place, mut from) = (value, 0);
    for (at, byte) in path.bytes().enumerate() {
        if byte == b'.' {
            place = field(place, &path[from..at]);
            from = at + 1;
        }
    }
    field(place, &path[from..])
}

/// One field of an object, whose name may hold dots; `Value::Null` where there is none.
///
/// As `value[name]`, which puts each name it passes in order with the one that is looked for; that two differ their lengths
/// mostly say already.
pub fn field<'a>(value: &'a Value, name: &str) -> &'a Value {
    const NOTHING: &Value = &Value::Null;
    let Value::Object(fields) = value else { return NOTHING };
    if fields.len() > ONE_NODE {
        return fields.get(name).unwrap_or(NOTHING);
    }
    fields.iter().find(|(known, _)| known.as_str() == name).map_or(NOTHING, |(_, value)| value)
}

/// The text at a path; empty where there is none.
pub fn str<'a>(value: &'a Value, path: &str) -> &'a str {
    get(value, path).as_str().unwrap_or_default()
}

/// The whole number at a path.
pub fn int(value: &Value, path: &str) -> Option<i64> {
    get(value, path).as_i64()
}

/// Whether the value at a path is `true`.
pub fn bool(value: &Value, path: &str) -> bool {
    get(value, path).as_bool().unwrap_or_default()
}

/// The items of the list at a path; none where there is no list.
pub fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    get(value, path).as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The object at a path.
pub fn object<'a>(value: &'a Value, path: &str) -> Option<&'a Map<String, Value>> {
    get(value, path).as_object()
}

/// Puts a value at a path, making the objects on the way; what is no object on the way is replaced by one.
///
/// Cheaper than an assignment to `value["a"]["b"]`, which makes a new text of each name.
pub fn set(value: &mut Value, path: &str, new: impl Into<Value>) {
    put(value, path, new.into());
}

fn put(value: &mut Value, path: &str, new: Value) {
    let fields = fields_of(value);
    // Byte by byte, as in `get`.
    if let Some(at) = path.bytes().position(|byte| byte == b'.') {
        let (first, rest) = (&path[..at], &path[at + 1..]);
        return match fields.get_mut(first) {
            Some(place) => put(place, rest, new),
            None => {
                let mut place = Value::Null;
                put(&mut place, rest, new);
                fields.insert(first.to_owned(), place);
            }
        };
    }
    match fields.get_mut(path) {
        Some(place) => *place = new,
        None => _ = fields.insert(path.to_owned(), new),
    }
}

/// The fields of an object; what is none becomes one.
fn fields_of(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(fields) => fields,
        _ => unreachable!("it was made an object"),
    }
}

/// Takes away the field at a path, if it is there.
pub fn remove(value: &mut Value, path: &str) -> Option<Value> {
    match path.bytes().position(|byte| byte == b'.') {
        Some(at) => remove(value.get_mut(&path[..at])?, &path[at + 1..]),
        None => value.as_object_mut()?.remove(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_read_write_and_remove() {
        let mut pod = json!({"spec": {"nodeName": "minikube", "containers": [{}, {}]}});
        assert_eq!(str(&pod, "spec.nodeName"), "minikube");
        assert_eq!(str(&pod, "spec.nodeName.deeper"), "");
        assert_eq!(list(&pod, "spec.containers").len(), 2);
        set(&mut pod, "status.phase", "Running");
        assert_eq!(str(&pod, "status.phase"), "Running");
        assert_eq!(remove(&mut pod, "status.phase"), Some(json!("Running")));
        assert_eq!(remove(&mut pod, "no.such.thing"), None);
    }
}
