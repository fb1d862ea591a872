//! The cells of a custom object's row: what the definition's columns point at.

use api::path;
use serde_json::Value;

/// What a column's JSONPath finds: fields, indices, `*` and filters by equality (`?(@.type=="Ready")`), which is what
/// columns use.
pub fn find<'a>(object: &'a Value, json_path: &str) -> Vec<&'a Value> {
    let mut found = vec![object];
    let mut rest = json_path;
    while !rest.is_empty() && !found.is_empty() {
        let (step, tail) = match rest.strip_prefix('[') {
            Some(inside) => match inside.split_once(']') {
                Some((step, tail)) => (Step::bracket(step), tail),
                None => return Vec::new(),
            },
            None => {
                let name = rest.strip_prefix('.').unwrap_or(rest);
                let end = field_end(name);
                (Step::Field(name[..end].replace("\\.", ".")), &name[end..])
            }
        };
        found = found.into_iter().flat_map(|value| step.of(value)).collect();
        if rest.len() == tail.len() {
            return Vec::new();
        }
        rest = tail;
    }
    found
}

/// Where a field's name ends; a dot behind a backslash belongs to it.
fn field_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    (0..bytes.len())
        .find(|at| bytes[*at] == b'[' || bytes[*at] == b'.' && (*at == 0 || bytes[*at - 1] != b'\\'))
        .unwrap_or(bytes.len())
}

enum Step {
    Field(String),
    Index(i64),
    All,
    Where(String, String),
}

impl Step {
    fn bracket(text: &str) -> Step {
        let bare = |text: &str| text.trim().trim_matches(['\'', '"']).to_owned();
        if text == "*" {
            return Step::All;
        }
        if let Some((field, value)) =
            text.strip_prefix("?(@.").and_then(|text| text.strip_suffix(')')?.split_once("=="))
        {
            return Step::Where(field.trim().to_owned(), bare(value));
        }
        text.parse().map_or_else(|_| Step::Field(bare(text)), Step::Index)
    }

    fn of<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
        match self {
            Step::Field(name) => value.get(name).into_iter().collect(),
            Step::Index(index) => {
                let at = if *index < 0 { items.len() as i64 + index } else { *index };
                usize::try_from(at).ok().and_then(|at| items.get(at)).into_iter().collect()
            }
            Step::All => match value {
                Value::Object(fields) => fields.values().collect(),
                _ => items.iter().collect(),
            },
            Step::Where(field, wanted) => items
                .iter()
                .filter(|item| match path::get(item, field) {
                    Value::String(text) => text == wanted,
                    Value::Null => false,
                    other => {
                        let text = other.to_string();
                        text == *wanted
                    }
                })
                .collect(),
        }
    }
}

/// A cell: what is found, as its column's type wants it. `since` tells ages.
pub fn cell(object: &Value, column: &Value, since: &dyn Fn(&str) -> String) -> Value {
    let found = find(object, path::str(column, "jsonPath"));
    let Some(first) = found.first().filter(|value| !value.is_null()) else {
        return if path::str(column, "type") == "date" { "<unknown>".into() } else { "".into() };
    };
    match (path::str(column, "type"), first) {
        ("date", Value::String(time)) => since(time).into(),
        ("integer" | "number" | "boolean", Value::Number(_) | Value::Bool(_)) => (*first).clone(),
        ("integer" | "number" | "boolean", _) => "".into(),
        (_, Value::String(_)) if found.len() == 1 => (*first).clone(),
        _ => {
            let texts: Vec<String> =
                found.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect();
            texts.join(",").into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn columns_find_what_they_point_at() {
        let object = json!({"spec": {"size": 3, "names": ["a", "b"], "a.b": 1}, "status": {"conditions": [
            {"type": "Ready", "status": "True"}, {"type": "Done", "status": "False"}]}});
        for (path, expected) in [
            (".spec.size", json!([3])),
            (".spec.names[0]", json!(["a"])),
            (".spec.names[-1]", json!(["b"])),
            (".spec.names[*]", json!(["a", "b"])),
            (".spec.a\\.b", json!([1])),
            (".spec['size']", json!([3])),
            (".status.conditions[?(@.type==\"Done\")].status", json!(["False"])),
            (".spec.nosuch.deeper", json!([])),
            ("..", json!([])),
            (".spec[", json!([])),
        ] {
            assert_eq!(json!(find(&object, path)), expected, "{path}");
        }
    }
}
