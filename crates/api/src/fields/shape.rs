//! What kind of thing stands at a place of an object: whose fields are owned one by one, and what is owned as a whole.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::check::Kind;
use crate::schema::{Field, Struct, Type, find_struct};

/// Maps that are owned as a whole.
const ATOMIC_MAPS: &[&str] = &["nodeSelector", "selector"];
/// Fields that are structs in Go and no pointers, so that they are there before anything is written to them.
const ALWAYS_THERE: &[&str] = &[
    "jobTemplate",
    "loadBalancer",
    "metadata",
    "resources",
    "spec",
    "status",
    "strategy",
    "template",
    "updateStrategy",
];

/// The shape of a value: from the schema table, or from a custom resource's schema.
#[derive(Clone, Copy, Debug)]
pub enum Shape<'a> {
    /// A struct of the schema table.
    Struct(&'static Struct),
    /// A field of one.
    Field(&'static Field),
    /// An item of a list or map of the table.
    Item(&'static Type),
    /// An OpenAPI v3 schema, as a CustomResourceDefinition has it.
    Custom(&'a Value),
    /// A custom object itself: metadata is that of every kind, the rest is the schema's.
    CustomObject(&'a Value),
    /// Nothing is known: objects are owned field by field, lists as a whole.
    Unknown,
}

/// How a value is owned and merged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum MergeStrategy<'a> {
    /// As a whole.
    Whole,
    /// Field by field.
    Fields,
    /// Item by item, by these keys.
    Keyed(Cow<'a, [&'a str]>),
    /// Item by item, by value.
    Set,
}

impl<'a> Shape<'a> {
    /// How this value is owned.
    pub(super) fn merge_strategy(self, value: &Value) -> MergeStrategy<'a> {
        match self {
            Shape::Struct(kind) if kind.atomic => MergeStrategy::Whole,
            Shape::Struct(_) | Shape::CustomObject(_) => MergeStrategy::Fields,
            Shape::Field(field) => match &field.kind {
                Type::Map(_) if ATOMIC_MAPS.contains(&field.name) => MergeStrategy::Whole,
                Type::List(_) if field.is_set => MergeStrategy::Set,
                Type::List(_) if !field.list_keys.is_empty() => MergeStrategy::Keyed(Cow::Borrowed(&field.list_keys)),
                kind => Shape::Item(kind).merge_strategy(value),
            },
            Shape::Item(Type::Map(_)) => MergeStrategy::Fields,
            Shape::Item(Type::Struct(_)) => {
                self.as_struct().map_or(MergeStrategy::Whole, |kind| Shape::Struct(kind).merge_strategy(value))
            }
            Shape::Item(_) => MergeStrategy::Whole,
            Shape::Custom(schema) => match (schema["type"].as_str(), schema["x-kubernetes-list-type"].as_str()) {
                (_, Some("set")) => MergeStrategy::Set,
                (_, Some("map")) => {
                    let keys = schema["x-kubernetes-list-map-keys"].as_array().into_iter().flatten();
                    MergeStrategy::Keyed(keys.filter_map(Value::as_str).collect())
                }
                (Some("object"), _) if schema["x-kubernetes-map-type"] != "atomic" => MergeStrategy::Fields,
                (None, _) if schema["x-kubernetes-preserve-unknown-fields"] == true => {
                    Shape::Unknown.merge_strategy(value)
                }
                _ => MergeStrategy::Whole,
            },
            Shape::Unknown if value.is_object() => MergeStrategy::Fields,
            Shape::Unknown => MergeStrategy::Whole,
        }
    }

    /// What a value here may be.
    pub(super) fn kind(self) -> Kind {
        match self {
            Shape::Struct(_) | Shape::CustomObject(_) => Kind::Map,
            Shape::Field(field) => Kind::of(&field.kind),
            Shape::Item(kind) => Kind::of(kind),
            Shape::Custom(schema) => Kind::of_schema(schema),
            Shape::Unknown => Kind::Anything,
        }
    }

    /// Whether there may be such a field.
    pub(super) fn declares(self, name: &str) -> bool {
        if let Some(kind) = self.as_struct() {
            return kind.field(name).is_some();
        }
        match self {
            Shape::CustomObject(_) if matches!(name, "metadata" | "apiVersion" | "kind") => true,
            Shape::Custom(schema) | Shape::CustomObject(schema) => {
                schema["properties"].get(name).is_some()
                    || !matches!(schema["additionalProperties"], Value::Null | Value::Bool(false))
                    || schema["x-kubernetes-preserve-unknown-fields"] == true
                    || schema["x-kubernetes-embedded-resource"] == true
            }
            _ => true,
        }
    }

    fn as_struct(self) -> Option<&'static Struct> {
        match self {
            Shape::Struct(kind) => Some(kind),
            Shape::Field(field) => Shape::Item(&field.kind).as_struct(),
            Shape::Item(kind @ Type::Struct(_)) => kind.element(),
            _ => None,
        }
    }

    /// The shape of a field, and whether it is a named one (of a struct, not a key of a map).
    pub fn field(self, name: &str) -> (Shape<'a>, bool) {
        if let Some(kind) = self.as_struct() {
            return kind.field(name).map_or((Shape::Unknown, false), |field| (Shape::Field(field), true));
        }
        match self {
            Shape::Field(Field { kind: Type::Map(inner), .. }) | Shape::Item(Type::Map(inner)) => {
                (Shape::Item(inner), false)
            }
            Shape::CustomObject(_) if name == "metadata" => {
                (find_struct("meta.v1.ObjectMeta").map_or(Shape::Unknown, Shape::Struct), true)
            }
            Shape::CustomObject(_) if matches!(name, "apiVersion" | "kind") => (Shape::Unknown, true),
            Shape::Custom(schema) | Shape::CustomObject(schema) => match schema["properties"].get(name) {
                Some(property) => (Shape::Custom(property), true),
                None => match &schema["additionalProperties"] {
                    additional @ Value::Object(_) => (Shape::Custom(additional), false),
                    _ => (Shape::Unknown, false),
                },
            },
            _ => (Shape::Unknown, false),
        }
    }

    /// The shape of a list's items.
    pub(super) fn item(self) -> Shape<'a> {
        match self {
            Shape::Field(Field { kind: Type::List(inner), .. }) | Shape::Item(Type::List(inner)) => Shape::Item(inner),
            Shape::Custom(schema) if schema["items"].is_object() => Shape::Custom(&schema["items"]),
            _ => Shape::Unknown,
        }
    }

    /// What a key of a list's item is when the item leaves it out.
    fn default_key(self, key: &str) -> Option<Value> {
        match self {
            Shape::Custom(schema) => schema["items"]["properties"][key].get("default").cloned(),
            // The only keys of built-in kinds with a default: those of ports.
            _ if key == "protocol" => Some("TCP".into()),
            _ => None,
        }
    }

    /// The step that leads to an item of a keyed list or a set. `None` when the item leaves out all keys.
    pub(super) fn step(self, strategy: &MergeStrategy, item: &Value) -> Option<String> {
        match strategy {
            MergeStrategy::Keyed(keys) => {
                // One key, as nearly all lists have, needs no sorting.
                if let [key] = &**keys
                    && let Some(Value::String(text)) = item.get(key)
                    && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte))
                {
                    return Some(["k:{\"", key, "\":\"", text, "\"}"].concat());
                }
                let mut found = Map::new();
                for key in keys.iter().filter(|_| item.is_object()) {
                    let given = item.get(key).filter(|value| !value.is_null()).cloned();
                    if let Some(value) = given.or_else(|| self.default_key(key)) {
                        found.insert((*key).to_owned(), value);
                    }
                }
                (!found.is_empty()).then(|| format!("k:{}", Value::Object(found)))
            }
            _ => Some(format!("v:{item}")),
        }
    }

    /// What an object of this shape holds before anybody writes to it: Go's zero value as JSON.
    pub(super) fn zero(self) -> Value {
        let mut object = Map::new();
        match self.as_struct() {
            Some(kind) => {
                for field in kind.fields.iter().filter(|field| field.always || ALWAYS_THERE.contains(&field.name)) {
                    let value = match &field.kind {
                        Type::Struct(_) if ALWAYS_THERE.contains(&field.name) => Shape::Field(field).zero(),
                        Type::Int32 | Type::Int64 | Type::Float => 0.into(),
                        Type::Bool => false.into(),
                        Type::String => "".into(),
                        _ => Value::Null,
                    };
                    object.insert(field.name.to_owned(), value);
                }
            }
            None => _ = object.insert("metadata".to_owned(), Value::Object(Map::new())),
        }
        Value::Object(object)
    }
}
