//! A YAML tree to the JSON value Kubernetes reads from it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::yaml::{Content, Mark, Node, Stage, Style, SyntaxError, resolve};

/// How many nodes a document may have after its aliases are expanded.
const MAX_NODES: usize = 500_000;

/// A key that stands twice in one mapping: the last one counts.
#[derive(Clone, PartialEq, Debug)]
pub struct Duplicate {
    /// The key.
    pub key: String,
    /// Where the earlier one is.
    pub first: Mark,
    /// Where the later one begins and ends.
    pub start: Mark,
    /// Its end.
    pub end: Mark,
}

/// Makes the value of a tree, and notes keys that stand twice.
///
/// # Errors
/// Unknown anchors, keys that are no scalars, too much aliasing, in go-yaml's words.
pub fn compose(root: &Node) -> Result<(Value, Vec<Duplicate>), SyntaxError> {
    let mut composer = Composer { anchors: BTreeMap::new(), nodes: 0, duplicates: Vec::new() };
    let value = composer.value(root)?;
    Ok((value, composer.duplicates))
}

/// Which of its keys is last, for each key of a mapping; aliases and merges are not looked into.
pub fn key_text(key: &Node) -> Option<String> {
    match &key.content {
        Content::Scalar(text, style) => match scalar(text, *style, key.tag.as_deref()) {
            Value::String(text) => Some(text),
            Value::Null => None,
            value => Some(value.to_string()),
        },
        _ => None,
    }
}

struct Composer {
    anchors: BTreeMap<String, Option<(Value, usize)>>,
    nodes: usize,
    duplicates: Vec<Duplicate>,
}

fn scalar(text: &str, style: Style, tag: Option<&str>) -> Value {
    match tag.map(|tag| tag.strip_prefix("tag:yaml.org,2002:").unwrap_or(tag)) {
        Some("str" | "binary" | "!") => Value::String(text.to_owned()),
        Some("int" | "float" | "bool" | "null") => resolve::plain(text),
        _ if style == Style::Quoted => Value::String(text.to_owned()),
        _ => resolve::plain(text),
    }
}

fn problem<T>(node: &Node, problem: String) -> Result<T, SyntaxError> {
    Err(SyntaxError { stage: Stage::Composer, problem, mark: node.start, context: node.start })
}

impl Composer {
    fn value(&mut self, node: &Node) -> Result<Value, SyntaxError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return problem(node, "document contains excessive aliasing".to_owned());
        }
        let before = self.nodes;
        if let Some(anchor) = &node.anchor {
            self.anchors.insert(anchor.clone(), None);
        }
        let value = match &node.content {
            Content::Scalar(text, style) => scalar(text, *style, node.tag.as_deref()),
            Content::Sequence(items) => {
                Value::Array(items.iter().map(|item| self.value(item)).collect::<Result<_, _>>()?)
            }
            Content::Mapping(entries) => Value::Object(self.mapping(entries)?),
            Content::Alias(name) => match self.anchors.get(name) {
                None => return problem(node, format!("unknown anchor '{name}' referenced")),
                Some(None) => return problem(node, format!("anchor '{name}' value contains itself")),
                Some(Some((value, size))) => {
                    self.nodes += size;
                    if self.nodes > MAX_NODES {
                        return problem(node, "document contains excessive aliasing".to_owned());
                    }
                    value.clone()
                }
            },
        };
        if let Some(anchor) = &node.anchor {
            self.anchors.insert(anchor.clone(), Some((value.clone(), self.nodes - before + 1)));
        }
        Ok(value)
    }

    fn mapping(&mut self, entries: &[(Node, Node)]) -> Result<Map<String, Value>, SyntaxError> {
        let mut map = Map::new();
        let mut seen: BTreeMap<String, Mark> = BTreeMap::new();
        let mut merged = Map::new();
        for (key, value) in entries {
            let is_merge = matches!(&key.content, Content::Scalar(text, Style::Plain) if text == "<<");
            if is_merge {
                match self.value(value)? {
                    Value::Object(other) => merge(&mut merged, other),
                    Value::Array(others) if others.iter().all(Value::is_object) => {
                        for other in others {
                            if let Value::Object(other) = other {
                                merge(&mut merged, other);
                            }
                        }
                    }
                    _ => return problem(value, "map merge requires map or sequence of maps as the value".to_owned()),
                }
                continue;
            }
            let name = match &key.content {
                Content::Alias(_) => match self.value(key)? {
                    Value::String(text) => text,
                    Value::Object(_) | Value::Array(_) => return problem(key, invalid_key(key)),
                    other => other.to_string(),
                },
                _ => match key_text(key) {
                    Some(name) => name,
                    None => return problem(key, invalid_key(key)),
                },
            };
            if let Some(anchor) = &key.anchor {
                self.anchors.insert(anchor.clone(), Some((Value::String(name.clone()), 1)));
            }
            let value = self.value(value)?;
            if let Some(first) = seen.insert(name.clone(), key.start) {
                self.duplicates.push(Duplicate { key: name.clone(), first, start: key.start, end: key.end });
            }
            map.insert(name, value);
        }
        merge(&mut map, merged);
        Ok(map)
    }
}

/// Keys that are there already win.
fn merge(map: &mut Map<String, Value>, other: Map<String, Value>) {
    for (key, value) in other {
        map.entry(key).or_insert(value);
    }
}

fn invalid_key(key: &Node) -> String {
    if let Content::Scalar(..) = key.content {
        return "unsupported map key of type: <nil>".to_owned();
    }
    // `{{ name }}` without quotes, mostly: go-yaml prints the Go value.
    let inner = match &key.content {
        Content::Mapping(entries) => entries
            .iter()
            .map(|(key, value)| format!("{}:{}", go_value(key), go_value(value)))
            .collect::<Vec<_>>()
            .join(", "),
        _ => String::new(),
    };
    match &key.content {
        Content::Sequence(items) => {
            let items: Vec<String> = items.iter().map(go_value).collect();
            format!("invalid map key: []interface {{}}{{{}}}", items.join(", "))
        }
        _ => format!("invalid map key: map[interface {{}}]interface {{}}{{{inner}}}"),
    }
}

fn go_value(node: &Node) -> String {
    match &node.content {
        Content::Scalar(text, style) => match scalar(text, *style, node.tag.as_deref()) {
            Value::Null => "interface {}(nil)".to_owned(),
            value => value.to_string(),
        },
        _ => "interface {}(nil)".to_owned(),
    }
}
