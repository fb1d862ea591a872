//! Pruning, defaulting and validation of custom objects by their structural schema.
//!
//! Follows k8s.io/apiextensions-apiserver/pkg/apiserver/schema and kube-openapi's validation, whose words these are.

use api::path;
use regex_lite::Regex;
use serde_json::{Map, Value};

use crate::validation::Errors;
use crate::validation::field::shown;

/// The deepest nesting that is validated.
const MAX_DEPTH: usize = 64;
/// The largest size of a compiled pattern, in bytes.
const MAX_PATTERN: usize = 1 << 16;

/// Drops the fields that the schema does not name; their paths are added to `unknown`.
pub fn prune(schema: &Value, object: &mut Value, unknown: &mut Vec<String>) {
    let Some(fields) = object.as_object_mut() else { return };
    let mut kept = Map::new();
    for name in ["apiVersion", "kind", "metadata"] {
        kept.extend(fields.remove_entry(name));
    }
    prune_value(schema, object, "", 0, unknown);
    if let Some(fields) = object.as_object_mut() {
        fields.extend(kept);
    }
}

fn prune_value(schema: &Value, value: &mut Value, place: &str, depth: usize, unknown: &mut Vec<String>) {
    if depth > MAX_DEPTH || path::bool(schema, "x-kubernetes-embedded-resource") {
        return;
    }
    match value {
        Value::Object(fields) => {
            let keeps_all = path::bool(schema, "x-kubernetes-preserve-unknown-fields");
            fields.retain(|name, value| {
                let here = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
                let known = &schema["properties"][name];
                let inner = if known.is_object() { known } else { &schema["additionalProperties"] };
                if inner.is_object() {
                    // A null where null is not allowed and a default exists counts as left out.
                    if value.is_null() && !path::bool(inner, "nullable") && !inner["default"].is_null() {
                        return false;
                    }
                    prune_value(inner, value, &here, depth + 1, unknown);
                } else if !keeps_all && *inner != true {
                    unknown.push(here);
                    return false;
                }
                true
            });
        }
        Value::Array(items) if schema["items"].is_object() => {
            for (index, item) in items.iter_mut().enumerate() {
                prune_value(&schema["items"], item, &format!("{place}[{index}]"), depth + 1, unknown);
            }
        }
        _ => {}
    }
}

/// Fills in the schema's defaults.
pub fn default(schema: &Value, value: &mut Value) {
    default_value(schema, value, 0);
}

fn default_value(schema: &Value, value: &mut Value, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    match value {
        Value::Object(fields) => {
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                if !property["default"].is_null() && !fields.contains_key(name) {
                    fields.insert(name.clone(), property["default"].clone());
                }
            }
            for (name, value) in fields {
                let known = &schema["properties"][name];
                let inner = if known.is_object() { known } else { &schema["additionalProperties"] };
                default_value(inner, value, depth + 1);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| default_value(&schema["items"], item, depth + 1)),
        _ => {}
    }
}

/// Validates an object against the schema.
pub fn validate(schema: &Value, object: &Value, errors: &mut Errors) {
    check(schema, object, "", 0, errors);
}

/// The JSON type of a value.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn check(schema: &Value, value: &Value, place: &str, depth: usize, errors: &mut Errors) {
    if !schema.is_object() || depth > MAX_DEPTH {
        return;
    }
    // kube-openapi's name of the root is empty, the field's path is then nil.
    let field = if place.is_empty() { "<nil>" } else { place };
    let wrong = |errors: &mut Errors, value: Value, why: String| {
        errors.invalid(field, value, &format!("{place} in body {why}"))
    };
    let found = type_of(value);
    let wanted = path::str(schema, "type");
    if value.is_null() && path::bool(schema, "nullable") {
        return;
    }
    let either = path::bool(schema, "x-kubernetes-int-or-string");
    let fits = match wanted {
        "" if either => matches!(found, "integer" | "string"),
        "" => true,
        "number" => matches!(found, "integer" | "number"),
        wanted => wanted == found,
    };
    if !fits {
        let wanted = if either { "integer,string" } else { wanted };
        wrong(errors, found.into(), format!("must be of type {wanted}: {found:?}"));
        return;
    }
    let allowed = path::list(schema, "enum");
    if !allowed.is_empty() && !allowed.contains(value) {
        let allowed: Vec<String> =
            allowed.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect();
        errors.unsupported(field, value.clone(), &allowed.iter().map(String::as_str).collect::<Vec<_>>());
    }
    match value {
        Value::String(text) => check_text(schema, text, field, &wrong, errors),
        Value::Number(_) => check_number(schema, value, &wrong, errors),
        Value::Array(items) => {
            let count = items.len() as i64;
            if let Some(most) = path::int(schema, "maxItems").filter(|most| count > *most) {
                errors.too_many(field, count, most);
            }
            if let Some(least) = path::int(schema, "minItems").filter(|least| count < *least) {
                wrong(errors, count.into(), format!("should have at least {least} items"));
            }
            if path::bool(schema, "uniqueItems") && (1..items.len()).any(|at| items[..at].contains(&items[at])) {
                wrong(errors, "".into(), "shouldn't contain duplicates".to_owned());
            }
            check_list_type(schema, items, field, errors);
            for (index, item) in items.iter().enumerate() {
                check(&schema["items"], item, &format!("{place}[{index}]"), depth + 1, errors);
            }
        }
        Value::Object(fields) => {
            let count = fields.len() as i64;
            if let Some(most) = path::int(schema, "maxProperties").filter(|most| count > *most) {
                errors.too_many(field, count, most);
            }
            if let Some(least) = path::int(schema, "minProperties").filter(|least| count < *least) {
                wrong(errors, count.into(), format!("should have at least {least} properties"));
            }
            let below = |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
            for name in path::list(schema, "required").iter().filter_map(Value::as_str) {
                if !fields.contains_key(name) {
                    errors.required(below(name), "");
                }
            }
            for (name, value) in fields {
                if depth == 0 && matches!(name.as_str(), "apiVersion" | "kind" | "metadata") {
                    continue;
                }
                let known = &schema["properties"][name];
                let inner = if known.is_object() { known } else { &schema["additionalProperties"] };
                check(inner, value, &below(name), depth + 1, errors);
            }
        }
        _ => {}
    }
    check_combined(schema, value, place, field, depth, errors);
}

type Wrong<'a> = dyn Fn(&mut Errors, Value, String) + 'a;

fn check_text(schema: &Value, text: &str, field: &str, wrong: &Wrong, errors: &mut Errors) {
    let length = text.chars().count() as i64;
    if let Some(most) = path::int(schema, "maxLength").filter(|most| length > *most) {
        errors.too_long(field, usize::try_from(most).unwrap_or_default());
    }
    if let Some(least) = path::int(schema, "minLength").filter(|least| length < *least) {
        wrong(errors, text.into(), format!("should be at least {least} chars long"));
    }
    let pattern = path::str(schema, "pattern");
    if !pattern.is_empty()
        && pattern.len() < MAX_PATTERN
        && Regex::new(pattern).is_ok_and(|regex| !regex.is_match(text))
    {
        wrong(errors, text.into(), format!("should match '{pattern}'"));
    }
}

fn check_number(schema: &Value, value: &Value, wrong: &Wrong, errors: &mut Errors) {
    let number = value.as_f64().unwrap_or_default();
    let bound = |name: &str| schema[name].as_f64();
    if let Some(most) = bound("maximum") {
        if path::bool(schema, "exclusiveMaximum") {
            if number >= most {
                wrong(errors, value.clone(), format!("should be less than {most}"));
            }
        } else if number > most {
            wrong(errors, value.clone(), format!("should be less than or equal to {most}"));
        }
    }
    if let Some(least) = bound("minimum") {
        if path::bool(schema, "exclusiveMinimum") {
            if number <= least {
                wrong(errors, value.clone(), format!("should be greater than {least}"));
            }
        } else if number < least {
            wrong(errors, value.clone(), format!("should be greater than or equal to {least}"));
        }
    }
    if let Some(factor) = bound("multipleOf").filter(|factor| *factor > 0.0)
        && (number / factor).fract() != 0.0
    {
        wrong(errors, value.clone(), format!("should be a multiple of {factor}"));
    }
}

/// Checks that no two items of a list of type `map` have the same keys, and no two of a `set` are equal.
fn check_list_type(schema: &Value, items: &[Value], field: &str, errors: &mut Errors) {
    let keys: Vec<&str> = path::list(schema, "x-kubernetes-list-map-keys").iter().filter_map(Value::as_str).collect();
    let identity = |item: &Value| -> Value {
        match path::str(schema, "x-kubernetes-list-type") {
            "map" => Value::Object(sim::order::collect(keys.iter().map(|key| ((*key).to_owned(), item[*key].clone())))),
            _ => item.clone(),
        }
    };
    if !matches!(path::str(schema, "x-kubernetes-list-type"), "map" | "set") {
        return;
    }
    let identities: Vec<Value> = items.iter().map(identity).collect();
    for (at, own) in identities.iter().enumerate() {
        if identities[..at].contains(own) {
            errors.duplicate(format_args!("{field}[{at}]"), own.clone());
        }
    }
}

fn check_combined(schema: &Value, value: &Value, place: &str, field: &str, depth: usize, errors: &mut Errors) {
    let fits = |schema: &Value| {
        let mut errors = Errors::default();
        check(schema, value, place, depth + 1, &mut errors);
        errors.len() == 0
    };
    for part in path::list(schema, "allOf") {
        check(part, value, place, depth + 1, errors);
    }
    let (any, one) = (path::list(schema, "anyOf"), path::list(schema, "oneOf"));
    let name = shown(&place.into());
    if !any.is_empty() && !any.iter().any(fits) {
        errors.invalid(field, "", &format!("{name} must validate at least one schema (anyOf)"));
    }
    if !one.is_empty() {
        let count = one.iter().filter(|part| fits(part)).count();
        if count != 1 {
            let found = if count == 0 { "none".to_owned() } else { count.to_string() };
            errors.invalid(
                field,
                "",
                &format!("{name} must validate one and only one schema (oneOf). Found {found} valid"),
            );
        }
    }
    if schema["not"].is_object() && fits(&schema["not"]) {
        errors.invalid(field, "", &format!("{name} must not validate the schema (not)"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(schema: Value, value: Value) -> Vec<String> {
        let schema = json!({"type": "object", "properties": {"spec": schema}});
        let mut errors = Errors::default();
        validate(&schema, &json!({"spec": value}), &mut errors);
        match errors.into_result("g", "K", "n") {
            Ok(()) => Vec::new(),
            Err(status) => {
                status.causes.into_iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect()
            }
        }
    }

    #[test]
    fn values_are_checked_in_kubernetes_words() {
        let int = json!({"type": "integer", "minimum": 1, "maximum": 10});
        for (schema, value, expected) in [
            (int.clone(), json!(5), &[][..]),
            (int.clone(), json!(99), &["spec: Invalid value: 99: spec in body should be less than or equal to 10"]),
            (
                int.clone(),
                json!("big"),
                &["spec: Invalid value: \"string\": spec in body must be of type integer: \"string\""],
            ),
            (int, json!(null), &["spec: Invalid value: \"null\": spec in body must be of type integer: \"null\""]),
            (
                json!({"type": "string", "enum": ["red", "blue"]}),
                json!("green"),
                &["spec: Unsupported value: \"green\": supported values: \"red\", \"blue\""],
            ),
            (
                json!({"type": "string", "pattern": "^a+$", "minLength": 2, "maxLength": 3}),
                json!("b"),
                &[
                    "spec: Invalid value: \"b\": spec in body should be at least 2 chars long",
                    "spec: Invalid value: \"b\": spec in body should match '^a+$'",
                ],
            ),
            (
                json!({"type": "object", "required": ["a", "b"], "properties": {"a": {"type": "array", "maxItems": 1, "items": {"type": "string"}}}}),
                json!({"a": ["x", 1]}),
                &[
                    "spec.b: Required value",
                    "spec.a: Too many: 2: must have at most 1 item",
                    "spec.a[1]: Invalid value: \"integer\": spec.a[1] in body must be of type string: \"integer\"",
                ],
            ),
            (json!({"x-kubernetes-int-or-string": true}), json!("1"), &[]),
            (
                json!({"oneOf": [{"type": "string"}, {"type": "integer"}], "not": {"enum": [1]}}),
                json!(1),
                &["spec: Invalid value: \"\": \"spec\" must not validate the schema (not)"],
            ),
        ] {
            assert_eq!(found(schema, value), expected);
        }
    }

    #[test]
    fn unknown_fields_go_and_defaults_come() {
        let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
            "size": {"type": "integer", "default": 3}, "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
            "list": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string", "default": "x"}}}}}}}});
        let mut object = json!({"metadata": {"name": "x"}, "spec": {"size": null, "odd": 1, "free": {"any": 1}, "list": [{"b": 1}]}});
        let mut unknown = Vec::new();
        prune(&schema, &mut object, &mut unknown);
        assert_eq!(unknown, ["spec.list[0].b", "spec.odd"]);
        default(&schema, &mut object);
        assert_eq!(
            object,
            json!({"metadata": {"name": "x"}, "spec": {"size": 3, "free": {"any": 1}, "list": [{"a": "x"}]}})
        );
    }
}
