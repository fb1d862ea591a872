//! JSON patch (RFC 6902).

use serde_json::Value;

/// The most operations in one patch (`maxJSONPatchOperations` of the API server).
pub const MAX_OPERATIONS: usize = 10_000;
/// The most bytes of JSON that a patch's `copy` operations may copy: as many as a request to the API server may hold
/// (`AccumulatedCopySizeLimit`).
pub const MAX_COPIED: usize = 3 * 1024 * 1024;

/// Why a JSON patch cannot be applied; the texts are those of the library the API server uses (evanphx/json-patch).
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum JsonPatchError {
    /// The patch is no list of operations.
    #[error("json: cannot unmarshal {0} into Go value of type []handlers.jsonPatchOp")]
    NotAPatch(&'static str),
    /// An operation nobody knows.
    #[error("Unexpected kind: {0}")]
    UnknownOperation(String),
    /// A `test` that does not hold.
    #[error("testing value {0} failed")]
    TestFailed(String),
    /// A path that is not there.
    #[error("{operation} operation does not apply: doc is missing {what}: {path}: missing value")]
    Missing {
        /// `replace`, `remove` …
        operation: String,
        /// `key` or `path`
        what: &'static str,
        /// The path.
        path: String,
    },
    /// More operations than the API server takes.
    #[error("The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {0}")]
    TooManyOperations(usize),
    /// `copy` operations that copy more than a request may hold.
    #[error(
        "Unable to complete the copy, the accumulated size increase of copy is {0}, exceeding the limit {MAX_COPIED}"
    )]
    CopiesTooMuch(usize),
    /// An array index that is none.
    #[error("{0} operation does not apply: invalid array index")]
    BadIndex(String),
}

/// Applies the operations in order; the first that fails fails them all.
///
/// # Errors
/// See [`JsonPatchError`].
pub fn apply(target: &Value, patch: &Value) -> Result<Value, JsonPatchError> {
    let Some(operations) = patch.as_array() else { return Err(JsonPatchError::NotAPatch(go_kind(patch))) };
    if operations.len() > MAX_OPERATIONS {
        return Err(JsonPatchError::TooManyOperations(operations.len()));
    }
    let mut document = target.clone();
    let mut copied = 0;
    for operation in operations {
        let name = operation["op"].as_str().unwrap_or_default();
        let path = operation["path"].as_str().unwrap_or_default();
        match name {
            "add" => add(&mut document, name, path, operation["value"].clone())?,
            "remove" => _ = remove(&mut document, name, path)?,
            "replace" => replace(&mut document, name, path, operation["value"].clone())?,
            "move" => {
                let value = remove(&mut document, name, operation["from"].as_str().unwrap_or_default())?;
                add(&mut document, name, path, value)?;
            }
            "copy" => {
                let from = operation["from"].as_str().unwrap_or_default();
                let missing = JsonPatchError::Missing { operation: name.into(), what: "path", path: from.into() };
                let value = document.pointer(from).ok_or(missing)?;
                copied += value.to_string().len();
                if copied > MAX_COPIED {
                    return Err(JsonPatchError::CopiesTooMuch(copied));
                }
                let value = value.clone();
                add(&mut document, name, path, value)?;
            }
            "test" => {
                if document.pointer(path).unwrap_or(&Value::Null) != &operation["value"] {
                    return Err(JsonPatchError::TestFailed(path.to_owned()));
                }
            }
            other => return Err(JsonPatchError::UnknownOperation(other.to_owned())),
        }
    }
    Ok(document)
}

fn split(path: &str) -> (&str, String) {
    let (parent, last) = path.rsplit_once('/').unwrap_or(("", path));
    (parent, last.replace("~1", "/").replace("~0", "~"))
}

fn add(document: &mut Value, operation: &str, path: &str, value: Value) -> Result<(), JsonPatchError> {
    if path.is_empty() {
        *document = value;
        return Ok(());
    }
    let (parent, last) = split(path);
    let missing = || JsonPatchError::Missing { operation: operation.into(), what: "path", path: path.into() };
    match document.pointer_mut(parent) {
        Some(Value::Object(fields)) => _ = fields.insert(last, value),
        Some(Value::Array(items)) => {
            let bad = || JsonPatchError::BadIndex(operation.to_owned());
            let index = if last == "-" { items.len() } else { last.parse().map_err(|_| bad())? };
            if index > items.len() {
                return Err(bad());
            }
            items.insert(index, value);
        }
        _ => return Err(missing()),
    }
    Ok(())
}

/// As the API server's library has it, what is not there in a map is added.
fn replace(document: &mut Value, operation: &str, path: &str, value: Value) -> Result<(), JsonPatchError> {
    if let Some(old) = document.pointer_mut(path) {
        *old = value;
        return Ok(());
    }
    let (parent, last) = split(path);
    match document.pointer_mut(parent) {
        Some(Value::Object(fields)) => _ = fields.insert(last, value),
        _ => return Err(JsonPatchError::Missing { operation: operation.into(), what: "key", path: path.into() }),
    }
    Ok(())
}

fn remove(document: &mut Value, operation: &str, path: &str) -> Result<Value, JsonPatchError> {
    let (parent, last) = split(path);
    let missing = || JsonPatchError::Missing { operation: operation.into(), what: "key", path: path.into() };
    match document.pointer_mut(parent) {
        Some(Value::Object(fields)) => fields.remove(&last).ok_or_else(missing),
        Some(Value::Array(items)) => {
            let index: usize = last.parse().map_err(|_| JsonPatchError::BadIndex(operation.to_owned()))?;
            if index < items.len() { Ok(items.remove(index)) } else { Err(missing()) }
        }
        _ => Err(missing()),
    }
}

/// What Go calls a value that it cannot read.
pub fn go_kind(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Bool(_) => "bool",
        _ => "null",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_copies_may_add_is_bounded() {
        let document = json!({"data": {"k": "x".repeat(1024)}});
        let copies = |count: usize| -> Value {
            let copy = |n| json!({"op": "copy", "from": "/data", "path": format!("/data/y{n}")});
            (0..count).map(copy).collect::<Vec<Value>>().into()
        };
        assert!(apply(&document, &copies(11)).is_ok());
        let error = apply(&document, &copies(28)).unwrap_err().to_string();
        assert_eq!(
            error,
            "Unable to complete the copy, the accumulated size increase of copy is 4250539, exceeding the limit 3145728"
        );
        let tests: Value = vec![json!({"op": "test", "path": "/x"}); 10_001].into();
        let error = apply(&document, &tests).unwrap_err().to_string();
        assert_eq!(error, "The allowed maximum operations in a JSON patch is 10000, got 10001");
    }

    #[test]
    fn operations() {
        let document = json!({"spec": {"type": "ClusterIP", "ports": [1, 2]}, "a/b": 1});
        for (patch, result) in [
            (json!([{"op": "replace", "path": "/spec/type", "value": "NodePort"}]), Ok("NodePort")),
            (json!([{"op": "test", "path": "/spec/ports/0", "value": 1}]), Ok("ClusterIP")),
            (json!([{"op": "add", "path": "/spec/ports/-", "value": 3}]), Ok("ClusterIP")),
            (json!([{"op": "remove", "path": "/a~1b"}]), Ok("ClusterIP")),
            (json!([{"op": "move", "from": "/a~1b", "path": "/spec/x"}]), Ok("ClusterIP")),
            (json!([{"op": "replace", "path": "/spec/nosuch", "value": 1}]), Ok("ClusterIP")),
            (
                json!([{"op": "remove", "path": "/spec/ports/9"}]),
                Err("remove operation does not apply: doc is missing key: /spec/ports/9: missing value"),
            ),
            (json!([{"op": "test", "path": "/spec/type", "value": 1}]), Err("testing value /spec/type failed")),
            (json!({"a": 1}), Err("json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp")),
            (json!([{"op": "frob", "path": "/a"}]), Err("Unexpected kind: frob")),
        ] {
            let applied = apply(&document, &patch).map(|value| value["spec"]["type"].as_str().unwrap().to_owned());
            assert_eq!(applied.map_err(|error| error.to_string()), result.map(str::to_owned).map_err(str::to_owned));
        }
    }
}
