//! Strategic merge patch: applying one, and making the three-way patch of `kubectl apply`.
//!
//! Follows k8s.io/apimachinery/pkg/util/strategicpatch. How a list merges is read from the schema table
//! (`https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/`).

mod apply;
mod diff;
mod order;

pub use apply::apply;
pub use diff::{three_way, two_way};

use serde_json::Value;

use crate::schema::{Merge, Struct, Type};

const DIRECTIVE: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const DELETE_FROM: &str = "$deleteFromPrimitiveList/";
const SET_ORDER: &str = "$setElementOrder/";

/// Why a strategic merge patch cannot be applied or made.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StrategicError {
    /// An item of an associative list without its merge key.
    #[error("map: {item} does not contain declared merge key: {key}")]
    NoMergeKey {
        /// The item, as Go prints a map.
        item: String,
        /// The key it should have.
        key: String,
    },
    /// A directive nobody knows.
    #[error("unknown patch type found: {0}")]
    BadDirective(String),
    /// `$retainKeys` and the patch do not fit together.
    #[error("invalid patch format of retainKeys list")]
    BadRetainKeys,
    /// `$setElementOrder` and the patch do not fit together.
    #[error("invalid patch format of setElementOrder list")]
    BadOrder,
    /// A list holds something else than its kind says.
    #[error("invalid JSON document")]
    BadDocument,
    /// The patch is no object.
    #[error("json: cannot unmarshal {0} into Go value of type map[string]interface {{}}")]
    NotAnObject(&'static str),
}

/// What is known of the object at hand.
#[derive(Clone, Copy)]
enum Schema {
    Struct(&'static Struct),
    MapOf(&'static Type),
    Unknown,
}

impl Schema {
    fn of(root: Option<&'static Struct>) -> Self {
        root.map_or(Schema::Unknown, Schema::Struct)
    }

    /// The schema of a field's value (of the items, for a list), and how the field merges.
    fn field(self, name: &str) -> (Schema, Merge) {
        match self {
            Schema::Struct(found) => match found.field(name) {
                Some(field) => (Schema::of_type(&field.kind), field.merge),
                None => (Schema::Unknown, Merge::default()),
            },
            Schema::MapOf(kind) => (Schema::of_type(kind), Merge::default()),
            Schema::Unknown => (Schema::Unknown, Merge::default()),
        }
    }

    fn of_type(kind: &'static Type) -> Schema {
        match kind {
            Type::List(inner) => Schema::of_type(inner),
            Type::Map(inner) => Schema::MapOf(inner),
            Type::Struct(_) => Schema::of(kind.element()),
            _ => Schema::Unknown,
        }
    }
}

/// A value as Go's `%v` prints it: how merge keys are compared and shown. `map[a:b]`, `[a b]`.
pub fn go_print(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(go_print).collect::<Vec<_>>().join(" ")),
        Value::Object(fields) => {
            let fields: Vec<String> = fields.iter().map(|(key, value)| format!("{key}:{}", go_print(value))).collect();
            format!("map[{}]", fields.join(" "))
        }
        other => other.to_string(),
    }
}

/// A value as Go's `%#v` prints it: `map[string]interface {}{"a":"b"}`.
pub fn go_syntax(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(key, value)| format!("{key:?}:{}", go_syntax(value))).collect();
            format!("map[string]interface {{}}{{{}}}", fields.join(", "))
        }
        Value::Array(items) => {
            format!("[]interface {{}}{{{}}}", items.iter().map(go_syntax).collect::<Vec<_>>().join(", "))
        }
        Value::String(text) => format!("{text:?}"),
        Value::Null => "interface {}(nil)".to_owned(),
        other => other.to_string(),
    }
}

fn no_merge_key(item: &Value, key: &str) -> StrategicError {
    StrategicError::NoMergeKey { item: go_print(item), key: key.to_owned() }
}
