//! JSONPath in kubectl's dialect: templates with `{…}`, ranges, filters, unions, slices, recursive descent.
//!
//! <https://kubernetes.io/docs/reference/kubectl/jsonpath/>

mod parser;

use std::cmp::Ordering;

use serde_json::Value;

use super::json;
use crate::error::{Error, Outcome, plain};
use parser::Parser;

const MAX_DEPTH: usize = 64;

#[derive(Clone, PartialEq, Debug)]
enum Node {
    Text(String),
    Field(String),
    /// start, end, step; whether an end was given (one index has none)
    Slice {
        start: i64,
        end: Option<i64>,
        step: i64,
        single: bool,
    },
    Filter {
        left: Vec<Node>,
        right: Vec<Node>,
        operator: String,
    },
    Number(f64),
    Bool(bool),
    Current,
    Wildcard,
    Recursive,
    Union(Vec<Vec<Node>>),
}

#[derive(Clone, Debug)]
enum Step {
    Path(Vec<Node>),
    Range(Vec<Node>, Vec<Step>),
}

/// A template that was read.
pub struct Template {
    steps: Vec<Step>,
    text: String,
    /// Whether a field that nothing has is an error.
    strict: bool,
}

/// Prints a value by a template; in one that is `strict`, a field that is not there is an error.
///
/// # Errors
/// What is wrong with the template, or an index out of bounds, in kubectl's words.
pub fn print(template: &str, strict: bool, value: &Value) -> Outcome<String> {
    let template = Template { strict, ..Template::parse(template)? };
    let mut text = String::new();
    for group in template.find(value)? {
        let words: Vec<String> = group.iter().map(show).collect();
        text.push_str(&words.join(" "));
    }
    Ok(text)
}

/// Prints what a template finds as a JSON list.
///
/// # Errors
/// As [`print`].
pub fn print_as_json(template: &str, strict: bool, value: &Value) -> Outcome<String> {
    let template = Template { strict, ..Template::parse(template)? };
    let found: Vec<Value> = template.find(value)?.into_iter().flatten().collect();
    Ok(json::pretty(&Value::Array(found)) + "\n")
}

/// The values at a relaxed path: `.metadata.name`, `metadata.name`, `{.metadata.name}`; none where there are none.
///
/// # Errors
/// What is wrong with the path.
pub fn values(path: &str, value: &Value) -> Outcome<Vec<Value>> {
    Ok(Template::parse(&relaxed(path)?)?.find(value)?.into_iter().flatten().collect())
}

/// `metadata.name` → `{.metadata.name}`
///
/// # Errors
/// When it is no path.
pub fn relaxed(path: &str) -> Outcome<String> {
    let inner = match (path.strip_prefix('{'), path.ends_with('}')) {
        (Some(inner), true) => &inner[..inner.len() - 1],
        (None, false) => path,
        _ => {
            return plain(
                "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'",
            );
        }
    };
    let inner = inner.strip_prefix('.').unwrap_or(inner);
    Ok(format!("{{.{inner}}}"))
}

/// A value as JSONPath prints it: texts bare, lists and objects as JSON.
pub fn show(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => json::compact(other),
    }
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// In kubectl's words.
    pub fn parse(text: &str) -> Outcome<Template> {
        let chars: Vec<char> = text.chars().collect();
        let mut parser = Parser { chars: &chars, at: 0, depth: 0, ended: false };
        let steps =
            parser.steps(false).map_err(|error| Error::Plain(format!("error parsing jsonpath {text}, {error}")))?;
        Ok(Template { steps, text: text.to_owned(), strict: false })
    }

    fn find(&self, value: &Value) -> Outcome<Vec<Vec<Value>>> {
        let mut results = Vec::new();
        run(&self.steps, value, self.strict, &mut results).map_err(|error| {
            Error::Plain(format!(
                "error executing jsonpath {:?}: Error executing template: {error}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t{}\n\tobject given to jsonpath engine was:\n\t\t{}\n\n\n",
                self.text,
                self.text,
                api::strategic::go_syntax(value)
            ))
        })?;
        Ok(results)
    }
}

fn run(steps: &[Step], current: &Value, strict: bool, results: &mut Vec<Vec<Value>>) -> Result<(), String> {
    for step in steps {
        match step {
            Step::Path(nodes) => {
                results.push(evaluate(nodes, strict, vec![current.clone()])?);
            }
            Step::Range(nodes, body) => {
                for value in evaluate(nodes, strict, vec![current.clone()])? {
                    run(body, &value, strict, results)?;
                }
            }
        }
    }
    Ok(())
}

fn evaluate(nodes: &[Node], strict: bool, input: Vec<Value>) -> Result<Vec<Value>, String> {
    let mut values = input;
    for node in nodes {
        values = apply(node, strict, values)?;
    }
    Ok(values)
}

fn apply(node: &Node, strict: bool, values: Vec<Value>) -> Result<Vec<Value>, String> {
    let mut found = Vec::new();
    match node {
        Node::Text(text) => found.push(Value::String(text.clone())),
        Node::Number(number) if number.fract() == 0.0 => found.push(Value::from(*number as i64)),
        Node::Number(number) => found.push(Value::from(*number)),
        Node::Bool(truth) => found.push(Value::Bool(*truth)),
        Node::Current => found = values,
        Node::Field(name) => {
            for value in values {
                match value {
                    Value::Object(mut map) => found.extend(map.remove(name.as_str())),
                    // A field of a list is that field of its items nowhere but behind a wildcard.
                    _ => continue,
                }
            }
            if strict && found.is_empty() {
                return Err(format!("{name} is not found"));
            }
        }
        Node::Slice { start, end, step, single } => {
            for value in values {
                let Value::Array(items) = value else {
                    return Err(format!("{} is not array or slice", json::compact(&value)));
                };
                slice(&items, *start, *end, *step, *single, &mut found)?;
            }
        }
        Node::Wildcard => {
            for value in values {
                match value {
                    Value::Object(map) => found.extend(map.into_iter().map(|(_, value)| value)),
                    Value::Array(items) => found.extend(items),
                    _ => {}
                }
            }
        }
        Node::Recursive => values.into_iter().for_each(|value| descend(value, &mut found, 0)),
        Node::Union(paths) => {
            for path in paths {
                found.extend(evaluate(path, strict, values.clone())?);
            }
        }
        Node::Filter { left, right, operator } => {
            for value in values {
                let items = match value {
                    Value::Array(items) => items,
                    Value::Object(map) => map.into_iter().map(|(_, value)| value).collect(),
                    _ => continue,
                };
                for item in items {
                    if passes(left, right, operator, strict, &item)? {
                        found.push(item);
                    }
                }
            }
        }
    }
    Ok(found)
}

fn slice(
    items: &[Value],
    start: i64,
    end: Option<i64>,
    step: i64,
    single: bool,
    found: &mut Vec<Value>,
) -> Result<(), String> {
    let len = items.len() as i64;
    let at = |index: i64| if index < 0 { index + len } else { index };
    let from = at(start);
    if single {
        let item = usize::try_from(from).ok().and_then(|index| items.get(index));
        match item {
            Some(item) => found.push(item.clone()),
            None => return Err(format!("array index out of bounds: index {start}, length {len}")),
        }
        return Ok(());
    }
    let to = end.map_or(len, at).min(len);
    let mut index = from.max(0);
    while index < to {
        found.push(items[index as usize].clone());
        index += step.max(1);
    }
    Ok(())
}

fn descend(value: Value, found: &mut Vec<Value>, depth: usize) {
    if depth > 200 {
        return;
    }
    found.push(value.clone());
    match value {
        Value::Object(map) => map.into_iter().for_each(|(_, value)| {
            if value.is_object() || value.is_array() {
                descend(value, found, depth + 1);
            }
        }),
        Value::Array(items) => items.into_iter().for_each(|value| {
            if value.is_object() || value.is_array() {
                descend(value, found, depth + 1);
            }
        }),
        _ => {}
    }
}

fn passes(left: &[Node], right: &[Node], operator: &str, strict: bool, item: &Value) -> Result<bool, String> {
    let lefts = evaluate(left, strict, vec![item.clone()])?;
    if operator == "exists" {
        return Ok(!lefts.is_empty());
    }
    let Some(left) = lefts.first() else { return Ok(false) };
    if lefts.len() > 1 {
        return Err("can only compare one element at a time".to_owned());
    }
    let rights = evaluate(right, strict, vec![item.clone()])?;
    let Some(right) = rights.first() else { return Ok(false) };
    let order = match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64().partial_cmp(&right.as_f64()),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::Bool(left), Value::Bool(right)) if operator == "==" || operator == "!=" => {
            Some(if left == right { Ordering::Equal } else { Ordering::Less })
        }
        // Texts and numbers differ; Go's engine compares them as what they print.
        (left, right) => Some(show(left).cmp(&show(right))),
    };
    let Some(order) = order else { return Ok(false) };
    Ok(match operator {
        "==" => order.is_eq(),
        "!=" => order.is_ne(),
        "<" => order.is_lt(),
        ">" => order.is_gt(),
        "<=" => order.is_le(),
        ">=" => order.is_ge(),
        other => return Err(format!("unrecognized filter operator {other}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn templates_print_what_kubectl_prints() {
        let pods = json!({"kind": "List", "items": [
            {"metadata": {"name": "a", "labels": {"app": "x", "k8s.io/b": "dotted"}}, "status": {"phase": "Running", "n": 1}},
            {"metadata": {"name": "b", "labels": {"app": "y"}}, "status": {"phase": "Pending", "n": 22}},
            {"metadata": {"name": "c"}, "status": {"phase": "Running", "n": 3, "on": true}},
        ]});
        for (template, text) in [
            ("{.kind}", "List"),
            ("kind is {.kind}", "kind is List"),
            ("{.items[*].metadata.name}", "a b c"),
            ("{.items[0].metadata.name}", "a"),
            ("{.items[-1].metadata.name}", "c"),
            ("{.items[0:2].metadata.name}", "a b"),
            ("{.items[::2].metadata.name}", "a c"),
            ("{.items[0,2].metadata.name}", "a c"),
            ("{.items[*]['metadata.name', 'status.phase']}", "a b c Running Pending Running"),
            ("{.items[0]['metadata.name']}", "a"),
            ("{range .items[*]}{.metadata.name},", "a,b,c,,"),
            ("{.items[*]['metadata']['name']}", "a b c"),
            ("{.items[*].status['phase','n']}", "Running Pending Running 1 22 3"),
            ("{range .items[*]}{.metadata.name}{\"\\t\"}{.status.n}{\"\\n\"}{end}", "a\t1\nb\t22\nc\t3\n"),
            ("{range .items[*]}[{.metadata.name}] {end}.", "[a] [b] [c] ."),
            ("{.items[?(@.status.phase==\"Running\")].metadata.name}", "a c"),
            ("{.items[?(@.status.n>2)].metadata.name}", "b c"),
            ("{.items[?(@.metadata.labels)].metadata.name}", "a b"),
            ("{.items[?(@.status.on==true)].metadata.name}", "c"),
            ("{.items[?(@.metadata.name!='b')].metadata.name}", "a c"),
            ("{..name}", "a b c"),
            ("{.items[0].metadata.labels}", r#"{"app":"x","k8s.io/b":"dotted"}"#),
            ("{.items[0].metadata.labels.k8s\\.io/b}", "dotted"),
            ("{.items[0].metadata.labels['k8s\\.io/b']}", "dotted"),
            ("{.items[0].metadata.labels.*}", "x dotted"),
            ("{.nope.deeper}", ""),
            ("{$.kind}", "List"),
            ("{'q'}{\"w\"}", "qw"),
            ("{@.kind}", "List"),
        ] {
            assert_eq!(print(template, false, &pods).unwrap(), text, "{template}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (template, error) in [
            ("{.a", "error parsing jsonpath {.a, unclosed action"),
            ("{end}", "error parsing jsonpath {end}, not in range, nothing to end"),
            ("{.a[}", "error parsing jsonpath {.a[}, unterminated array"),
            ("{.a[\"b\"]}", "error parsing jsonpath {.a[\"b\"]}, invalid array index \"b\""),
            ("{.a['x}", "error parsing jsonpath {.a['x}, unterminated array"),
        ] {
            assert_eq!(print(template, false, &json!({})).unwrap_err().to_string(), error, "{template}");
        }
        let error = print("{.a[5]}", false, &json!({"a": [1]})).unwrap_err().to_string();
        assert!(error.contains("array index out of bounds: index 5, length 1"), "{error}");
        let error = print("{.a.b}", true, &json!({"a": {}})).unwrap_err().to_string();
        assert!(error.contains("Error executing template: b is not found. "), "{error}");
        assert_eq!(relaxed("metadata.name").unwrap(), "{.metadata.name}");
        assert!(relaxed("{a").is_err());
    }
}
