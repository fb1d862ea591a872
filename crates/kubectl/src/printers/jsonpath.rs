//! JSONPath in kubectl's dialect: templates with `{…}`, ranges, filters, unions, slices, recursive descent.
//!
//! <https://kubernetes.io/docs/reference/kubectl/jsonpath/>

mod parser;

use std::borrow::Cow;
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

#[derive(Debug)]
enum Step {
    Path(Vec<Node>),
    Range {
        nodes: Vec<Node>,
        body: Vec<Step>,
        /// A range without an end goes on to the template's end, and what is in it follows once more.
        ended: bool,
    },
}

/// A template that was read.
pub struct Template {
    steps: Vec<Step>,
    text: String,
    /// Whether a field that nothing has is an error.
    strict: bool,
}

/// The most values that one template may visit: nested ranges, unions and `..` multiply them.
const MOST_VALUES: usize = 1_000_000;
/// The longest text that a template may print, in bytes.
const LONGEST_OUTPUT: usize = 16 << 20;

/// Prints a value by a template; in one that is `strict`, a field that is not there is an error.
///
/// # Errors
/// What is wrong with the template, or an index out of bounds, in kubectl's words; that the template finds more than
/// is printed here.
pub fn print(template: &str, strict: bool, value: &Value) -> Outcome<String> {
    let template = Template { strict, ..Template::parse(template)? };
    let mut text = String::new();
    for group in template.find(value)? {
        for (index, value) in group.iter().enumerate() {
            if index > 0 {
                text.push(' ');
            }
            text.push_str(&show(value));
            if text.len() > LONGEST_OUTPUT {
                return too_long();
            }
        }
    }
    Ok(text)
}

/// Prints what a template finds as a JSON list.
///
/// # Errors
/// As [`print`].
pub fn print_as_json(template: &str, strict: bool, value: &Value) -> Outcome<String> {
    let template = Template { strict, ..Template::parse(template)? };
    Ok(json::pretty(&Value::Array(template.values(value)?)) + "\n")
}

/// The values at a relaxed path: `.metadata.name`, `metadata.name`, `{.metadata.name}`; none where there are none.
///
/// # Errors
/// What is wrong with the path, or that there is too much at it.
pub fn values(path: &str, value: &Value) -> Outcome<Vec<Value>> {
    // What is wrong with such a path is said without the path.
    Template::read(&relaxed(path)?).map_err(Error::Plain)?.values(value)
}

fn too_long<T>() -> Outcome<T> {
    plain(format!("a template that prints more than {} MiB is not simulated here", LONGEST_OUTPUT >> 20))
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
        Template::read(text).map_err(|error| Error::Plain(format!("error parsing jsonpath {text}, {error}")))
    }

    fn read(text: &str) -> Result<Template, String> {
        let chars: Vec<char> = text.chars().collect();
        let mut parser = Parser { chars: &chars, at: 0, depth: 0, ended: false };
        let steps = parser.steps(false)?;
        Ok(Template { steps, text: text.to_owned(), strict: false })
    }

    fn find<'a>(&'a self, value: &'a Value) -> Outcome<Vec<Vec<Found<'a>>>> {
        let mut search = Search { strict: self.strict, left: MOST_VALUES, results: Vec::new() };
        match search.run(&self.steps, value) {
            Ok(()) => Ok(search.results),
            Err(Failure::TooMany) => {
                plain(format!("a template that finds more than {MOST_VALUES} values is not simulated here"))
            }
            Err(Failure::Said(error)) => plain(format!(
                "error executing jsonpath {:?}: Error executing template: {error}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t{}\n\tobject given to jsonpath engine was:\n\t\t{}\n\n\n",
                self.text,
                self.text,
                api::strategic::go_syntax(value)
            )),
        }
    }

    /// Copies of all that is found.
    fn values(&self, value: &Value) -> Outcome<Vec<Value>> {
        let found = self.find(value)?;
        let mut length = 0;
        for value in found.iter().flatten() {
            length += json::compact(value).len();
            if length > LONGEST_OUTPUT {
                return too_long();
            }
        }
        Ok(found.into_iter().flatten().map(Cow::into_owned).collect())
    }
}

/// A value of the object; owned are only the template's own texts, numbers and truths.
type Found<'a> = Cow<'a, Value>;

/// Why a search ended early.
enum Failure {
    /// In kubectl's words.
    Said(String),
    /// It visited [`MOST_VALUES`].
    TooMany,
}

impl From<String> for Failure {
    fn from(words: String) -> Self {
        Failure::Said(words)
    }
}

/// One evaluation of a template.
struct Search<'a> {
    strict: bool,
    /// How many values may still be visited.
    left: usize,
    /// What each part of the template found.
    results: Vec<Vec<Found<'a>>>,
}

impl<'a> Search<'a> {
    /// Counts values that are visited.
    fn visit(&mut self, values: usize) -> Result<(), Failure> {
        self.left = self.left.checked_sub(values).ok_or(Failure::TooMany)?;
        Ok(())
    }

    fn run(&mut self, steps: &'a [Step], current: &'a Value) -> Result<(), Failure> {
        for step in steps {
            match step {
                Step::Path(nodes) => {
                    let found = self.evaluate(nodes, vec![Cow::Borrowed(current)])?;
                    self.results.push(found);
                }
                Step::Range { nodes, body, ended } => {
                    for value in self.evaluate(nodes, vec![Cow::Borrowed(current)])? {
                        match value {
                            Cow::Borrowed(value) => self.run(body, value)?,
                            Cow::Owned(value) => self.run_over_own(body, &value)?,
                        }
                    }
                    if !ended {
                        self.run(body, current)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The body of a range over something that the template itself names: what it finds is copied.
    fn run_over_own(&mut self, body: &[Step], value: &Value) -> Result<(), Failure> {
        let mut search = Search { strict: self.strict, left: self.left, results: Vec::new() };
        search.run(body, value)?;
        self.left = search.left;
        let owned = |group: Vec<Found<'_>>| group.into_iter().map(|value| Cow::Owned(value.into_owned())).collect();
        self.results.extend(search.results.into_iter().map(owned));
        Ok(())
    }

    fn evaluate(&mut self, nodes: &[Node], input: Vec<Found<'a>>) -> Result<Vec<Found<'a>>, Failure> {
        let mut values = input;
        for node in nodes {
            self.visit(1)?;
            values = self.apply(node, values)?;
            self.visit(values.len())?;
        }
        Ok(values)
    }

    fn apply(&mut self, node: &Node, values: Vec<Found<'a>>) -> Result<Vec<Found<'a>>, Failure> {
        let mut found = Vec::new();
        match node {
            Node::Text(text) => found.push(Cow::Owned(Value::String(text.clone()))),
            Node::Number(number) if number.fract() == 0.0 => found.push(Cow::Owned(Value::from(*number as i64))),
            Node::Number(number) => found.push(Cow::Owned(Value::from(*number))),
            Node::Bool(truth) => found.push(Cow::Owned(Value::Bool(*truth))),
            Node::Current => found = values,
            Node::Field(name) => {
                for value in values {
                    // A field of a list is that field of its items nowhere but behind a wildcard.
                    if let Cow::Borrowed(Value::Object(map)) = value {
                        found.extend(map.get(name.as_str()).map(Cow::Borrowed));
                    }
                }
                if self.strict && found.is_empty() {
                    return Err(format!("{name} is not found").into());
                }
            }
            Node::Slice { start, end, step, single } => {
                for value in values {
                    let Cow::Borrowed(Value::Array(items)) = value else {
                        return Err(format!("{} is not array or slice", json::compact(&value)).into());
                    };
                    slice(items, *start, *end, *step, *single, &mut found)?;
                }
            }
            Node::Wildcard => {
                for value in values {
                    let Cow::Borrowed(value) = value else { continue };
                    found.extend(items(value).map(Cow::Borrowed));
                }
            }
            Node::Recursive => {
                for value in values {
                    match value {
                        Cow::Borrowed(value) => self.descend(value, &mut found, 0)?,
                        own => found.push(own),
                    }
                }
            }
            Node::Union(paths) => {
                for path in paths {
                    self.visit(values.len())?;
                    found.extend(self.evaluate(path, values.clone())?);
                }
            }
            Node::Filter { left, right, operator } => {
                for value in values {
                    let Cow::Borrowed(value) = value else { continue };
                    for item in items(value) {
                        if self.passes(left, right, operator, item)? {
                            found.push(Cow::Borrowed(item));
                        }
                    }
                }
            }
        }
        Ok(found)
    }

    /// A value, and all lists and objects below it.
    fn descend(&mut self, value: &'a Value, found: &mut Vec<Found<'a>>, depth: usize) -> Result<(), Failure> {
        if depth > 200 {
            return Ok(());
        }
        self.visit(1)?;
        found.push(Cow::Borrowed(value));
        for value in items(value).filter(|value| value.is_object() || value.is_array()) {
            self.descend(value, found, depth + 1)?;
        }
        Ok(())
    }

    fn passes(&mut self, left: &[Node], right: &[Node], operator: &str, item: &'a Value) -> Result<bool, Failure> {
        let lefts = self.evaluate(left, vec![Cow::Borrowed(item)])?;
        if operator == "exists" {
            return Ok(!lefts.is_empty());
        }
        let Some(left) = lefts.first() else { return Ok(false) };
        if lefts.len() > 1 {
            return Err("can only compare one element at a time".to_owned().into());
        }
        let rights = self.evaluate(right, vec![Cow::Borrowed(item)])?;
        let Some(right) = rights.first() else { return Ok(false) };
        let order = match (&**left, &**right) {
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
            other => return Err(format!("unrecognized filter operator {other}").into()),
        })
    }
}

/// The items of a list, the values of an object; none of anything else.
fn items(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Object(map) => Box::new(map.values()),
        Value::Array(items) => Box::new(items.iter()),
        _ => Box::new(std::iter::empty()),
    }
}

fn slice<'a>(
    items: &'a [Value],
    start: i64,
    end: Option<i64>,
    step: i64,
    single: bool,
    found: &mut Vec<Found<'a>>,
) -> Result<(), String> {
    let len = items.len() as i64;
    let at = |index: i64| if index < 0 { index + len } else { index };
    let from = at(start);
    if single {
        let item = usize::try_from(from).ok().and_then(|index| items.get(index));
        match item {
            Some(item) => found.push(Cow::Borrowed(item)),
            None => return Err(format!("array index out of bounds: index {start}, length {len}")),
        }
        return Ok(());
    }
    let to = usize::try_from(end.map_or(len, at).min(len)).unwrap_or(0);
    let from = usize::try_from(from.max(0)).unwrap_or(usize::MAX);
    let step = usize::try_from(step.max(1)).unwrap_or(usize::MAX);
    found.extend(items.get(from..to).unwrap_or_default().iter().step_by(step).map(Cow::Borrowed));
    Ok(())
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
            ("{.items[].metadata.labels.app}", "x"),
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
    fn what_multiplies_is_refused() {
        let mut list = json!({"items": [1, 2, 3]});
        for _ in 0..25 {
            list = json!({"items": [1, 2, 3], "a": list});
        }
        for template in [
            "{range ..}".repeat(60) + &"{end}".repeat(60),
            // Each range without an end is followed by its body.
            "{range .a}".repeat(60),
            format!("{{{}}}", "..*".repeat(60)),
            format!("{{{}}}", "['a','a']".repeat(24)),
        ] {
            let Err(error) = print(&template, false, &list) else { panic!("{template} is printed") };
            assert!(error.to_string().ends_with("is not simulated here"), "{template}: {error}");
        }
        let most = format!("{{.items[1:3:{}]}}", i64::MAX);
        assert_eq!(print(&most, false, &list).unwrap(), "2");
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
