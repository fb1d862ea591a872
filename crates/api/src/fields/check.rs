//! What does not fit the schema in a configuration that is applied by the server.
//!
//! Follows sigs.k8s.io/structured-merge-diff/v6/typed (`validate.go`, `helpers.go`).

use serde_json::Value;

use super::set;
use super::shape::{MergeStrategy, Shape};
use super::typed::MAX_DEPTH;
use crate::schema::Type;
use crate::strategic::{go_print, go_syntax};

/// All that does not fit: one line, or `errors:` and a line each.
///
/// # Errors
/// These lines.
pub fn check(value: &Value, shape: Shape) -> Result<(), String> {
    let mut errors = Vec::new();
    check_value(value, shape, "", 0, &mut errors);
    match errors.as_slice() {
        [] => Ok(()),
        [only] => Err(only.clone()),
        all => Err(format!("errors:\n  {}", all.join("\n  "))),
    }
}

fn check_value(value: &Value, shape: Shape, path: &str, depth: usize, errors: &mut Vec<String>) {
    if depth >= MAX_DEPTH || value.is_null() {
        return;
    }
    let mut say = |what: &str| errors.push(if path.is_empty() { what.to_owned() } else { format!("{path}: {what}") });
    match (shape.kind(), value) {
        (Kind::Anything, _)
        | (Kind::Text, Value::String(_))
        | (Kind::Number, Value::Number(_))
        | (Kind::Bool, Value::Bool(_))
        | (Kind::Scalar, Value::String(_) | Value::Number(_) | Value::Bool(_)) => {}
        (Kind::Map, Value::Object(fields)) => {
            for (name, value) in fields {
                let path = format!("{path}.{name}");
                match shape.declares(name) {
                    true => check_value(value, shape.field(name).0, &path, depth + 1, errors),
                    false => errors.push(format!("{path}: field not declared in schema")),
                }
            }
        }
        (Kind::List, Value::Array(items)) => {
            let strategy = shape.merge_strategy(value);
            let mut seen: Vec<String> = Vec::new();
            for (index, item) in items.iter().enumerate() {
                let step = match &strategy {
                    MergeStrategy::Keyed(keys) => match shape.step(&strategy, item) {
                        Some(step) => step,
                        None => {
                            let why = match item {
                                Value::Null => "may not have a null element".to_owned(),
                                Value::Object(_) => format!(
                                    "has an element that omits all key fields [{}] (and doesn't have default values for any \
                                     key fields)",
                                    keys.iter().map(|key| format!("{key:?}")).collect::<Vec<_>>().join(" ")
                                ),
                                _ => "may not have non-map elements".to_owned(),
                            };
                            return errors.push(format!("{path}: element {index}: associative list with keys {why}"));
                        }
                    },
                    MergeStrategy::Set => format!("v:{item}"),
                    _ => format!("i:{index}"),
                };
                let shown = set::shown(&step);
                if seen.contains(&step) {
                    errors.push(format!("{path}: duplicate entries for key {shown}"));
                }
                check_value(item, shape.item(), &format!("{path}{shown}"), depth + 1, errors);
                if !step.starts_with("i:") {
                    seen.push(step);
                }
            }
        }
        (Kind::Text, other) => {
            say(&format!("expected string, got &value.valueUnstructured{{Value:{}}}", go_syntax(other)))
        }
        (Kind::Number, other) => say(&format!("expected numeric (int or float), got {}", go_type(other))),
        (kind, other) => {
            let wanted = match kind {
                Kind::Map => "map",
                Kind::List => "list",
                Kind::Bool => "boolean",
                _ => "any scalar",
            };
            say(&format!("expected {wanted}, got &{{{}}}", go_print(other)));
        }
    }
}

/// What a value may be.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Map,
    List,
    Text,
    Number,
    Bool,
    /// Text, a number or a bool: quantities, times.
    Scalar,
    Anything,
}

impl Kind {
    /// Of a type of the table.
    pub fn of(kind: &Type) -> Kind {
        match kind {
            Type::String | Type::Bytes => Kind::Text,
            Type::Int32 | Type::Int64 | Type::Float => Kind::Number,
            Type::Bool => Kind::Bool,
            Type::Quantity | Type::IntOrString | Type::Time => Kind::Scalar,
            Type::Any => Kind::Anything,
            Type::List(_) => Kind::List,
            Type::Map(_) | Type::Struct(_) => Kind::Map,
        }
    }

    /// Of a schema of a custom resource.
    pub fn of_schema(schema: &Value) -> Kind {
        match schema["type"].as_str() {
            Some("object") => Kind::Map,
            Some("array") => Kind::List,
            Some("string") => Kind::Text,
            Some("integer" | "number") => Kind::Number,
            Some("boolean") => Kind::Bool,
            _ if schema["x-kubernetes-int-or-string"] == true => Kind::Scalar,
            _ => Kind::Anything,
        }
    }
}

/// Go's `%T`.
fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Object(_) => "map[string]interface {}",
        Value::Array(_) => "[]interface {}",
        Value::Bool(_) => "bool",
        _ => "string",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::struct_of_kind;

    #[test]
    fn what_does_not_fit_is_told_all_at_once() {
        let of = |api_version, kind| Shape::Struct(struct_of_kind(api_version, kind).unwrap());
        for (api_version, kind, object, expected) in [
            (
                "v1",
                "ConfigMap",
                json!({"data": {"a": 1}}),
                ".data.a: expected string, got &value.valueUnstructured{Value:1}",
            ),
            ("v1", "ConfigMap", json!({"data": "x"}), ".data: expected map, got &{x}"),
            (
                "v1",
                "Service",
                json!({"spec": {"ports": [3]}}),
                ".spec.ports: element 0: associative list with keys may not have non-map elements",
            ),
            (
                "v1",
                "ServiceAccount",
                json!({"secrets": [{"namespace": "x"}]}),
                ".secrets: element 0: associative list with keys has an element that omits all key fields [\"name\"] (and doesn't have default values for any key fields)",
            ),
            (
                "apps/v1",
                "Deployment",
                json!({"spec": {"replicas": "3", "template": {"spec": {"containers": [
                {"name": "a", "bar": 1, "stdin": "yes", "resources": {"limits": {"cpu": 1, "memory": []}}}, {"name": "a"}]}}}}),
                "errors:\n  .spec.replicas: expected numeric (int or float), got string\n  \
                 .spec.template.spec.containers[name=\"a\"].bar: field not declared in schema\n  \
                 .spec.template.spec.containers[name=\"a\"].resources.limits.memory: expected any scalar, got &{[]}\n  \
                 .spec.template.spec.containers[name=\"a\"].stdin: expected boolean, got &{yes}\n  \
                 .spec.template.spec.containers: duplicate entries for key [name=\"a\"]",
            ),
        ] {
            assert_eq!(check(&object, of(api_version, kind)).unwrap_err(), expected);
        }
        // A port's key may be left out, for the protocol has a default; null is nothing.
        let fits = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"labels": null}, "spec": {"ports": [{"name": "a"}]}});
        assert_eq!(check(&fits, of("v1", "Service")), Ok(()));
        let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
            "a": {"type": "integer"}, "any": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}}});
        let object = json!({"apiVersion": "x/v1", "kind": "X", "metadata": {"name": "x"}, "spec": {"a": true, "b": 1, "any": {"c": 1}}});
        assert_eq!(
            check(&object, Shape::CustomObject(&schema)).unwrap_err(),
            "errors:\n  .spec.a: expected numeric (int or float), got bool\n  .spec.b: field not declared in schema"
        );
    }
}
