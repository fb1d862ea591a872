//! Decoding by the schema table: what Go's decoder of the API server would keep of a JSON object, and what it says.
//!
//! Follows sigs.k8s.io/json and the strict decoder of k8s.io/apimachinery/pkg/runtime/serializer/json.

use std::fmt::Write as _;

use serde_json::Value;

use super::{Field, Struct, Type};
use crate::quantity;

/// How deep an object may nest; deeper values are dropped like unknown fields.
const MAX_DEPTH: usize = 64;

/// A value of the wrong type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypeError {
    /// Where: `spec.template.spec.containers[0].image`.
    pub path: String,
    /// In the words of Go's JSON decoder.
    pub message: String,
    /// In the words of the converter that applies patches (`unrecognized type: int32`).
    pub patch_message: String,
}

/// What came of decoding.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Decoded {
    /// The first value of a wrong type, in the order of the fields' names.
    pub error: Option<TypeError>,
    /// The paths of unknown fields, which are dropped.
    pub unknown: Vec<String>,
}

/// Makes `value` what the API server would read: unknown fields, nulls and empty optional lists and maps are dropped.
/// The object's own `apiVersion` and `kind` are the caller's to check.
pub fn decode(root: &Struct, value: &mut Value) -> Decoded {
    let mut decoded = Decoded::default();
    let place = Place { parent: None, step: Step::Root, owner: root };
    decode_struct(root, value, &place, 0, &mut decoded);
    decoded
}

/// As [`decode`] of an object that has only this field; `None` for the value if it would not be kept.
pub fn decode_field(root: &Struct, name: &str, mut value: Value) -> (Option<Value>, Decoded) {
    let mut decoded = Decoded::default();
    let top = Place { parent: None, step: Step::Root, owner: root };
    let here = Place { parent: Some(&top), step: Step::Field(name), owner: root };
    let Some(field) = root.field(name) else {
        decoded.unknown.push(here.path());
        return (None, decoded);
    };
    decode_value(&field.kind, &mut value, &here, 0, &mut decoded);
    (is_kept(field, &value).then_some(value), decoded)
}

/// Where the decoder is: a list linked from the innermost step outwards.
struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    step: Step<'a>,
    /// The struct whose field this is, for Go's messages.
    owner: &'a Struct,
}

enum Step<'a> {
    Root,
    Field(&'a str),
    Index(usize),
    Key(&'a str),
}

impl Place<'_> {
    /// `spec.ports[0].name`
    fn path(&self) -> String {
        let mut path = self.parent.map(Place::path).unwrap_or_default();
        match self.step {
            Step::Root => {}
            Step::Index(index) => _ = write!(path, "[{index}]"),
            Step::Field(name) | Step::Key(name) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(name);
            }
        }
        path
    }

    /// `DeploymentSpec.spec.replicas`: as Go's decoder names it, without indices and keys.
    fn go_path(&self) -> String {
        let mut names = Vec::new();
        let mut place = Some(self);
        while let Some(here) = place {
            if let Step::Field(name) = here.step {
                names.push(name);
            }
            place = here.parent;
        }
        names.push(self.owner.go_struct());
        names.reverse();
        names.join(".")
    }
}

fn decode_struct(schema: &Struct, value: &mut Value, place: &Place, depth: usize, decoded: &mut Decoded) {
    let Some(fields) = value.as_object_mut() else { return };
    fields.retain(|name, value| {
        let here = Place { parent: Some(place), step: Step::Field(name), owner: schema };
        let Some(field) = schema.field(name).filter(|_| depth < MAX_DEPTH) else {
            decoded.unknown.push(here.path());
            return false;
        };
        decode_value(&field.kind, value, &here, depth, decoded);
        is_kept(field, value)
    });
}

/// Whether Go would write the field back: no nulls, no empty lists or maps where they may be left out.
fn is_kept(field: &Field, value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => field.always || !items.is_empty(),
        Value::Object(entries) => field.always || !entries.is_empty() || !matches!(field.kind, Type::Map(_)),
        _ => true,
    }
}

fn decode_value(kind: &Type, value: &mut Value, place: &Place, depth: usize, decoded: &mut Decoded) {
    match (kind, &mut *value) {
        (_, Value::Null) | (Type::Any, _) => {}
        (Type::String, Value::String(_)) | (Type::Bool, Value::Bool(_)) => {}
        (Type::Int32, Value::Number(number)) if number.as_i64().is_some_and(|n| i32::try_from(n).is_ok()) => {}
        (Type::Int64, Value::Number(number)) if number.as_i64().is_some() => {}
        (Type::Float, Value::Number(_)) => {}
        (Type::Time, Value::String(text)) => {
            if !text.is_empty() && !looks_like_time(text) {
                let message = format!(
                    "parsing time \"\\\"{text}\\\"\" as \"\\\"2006-01-02T15:04:05Z07:00\\\"\": cannot parse \"{text}\" as \"2006\""
                );
                plain_error(message, place, decoded);
            }
        }
        (Type::Bytes, Value::String(text)) => {
            if let Some(at) = bad_base64(text) {
                plain_error(format!("illegal base64 data at input byte {at}"), place, decoded);
            }
        }
        (Type::Quantity, Value::String(_) | Value::Number(_)) => {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            match quantity::Quantity::parse(&text) {
                Ok(quantity) => *value = quantity.to_string().into(),
                Err(error) => plain_error(error.to_string(), place, decoded),
            }
        }
        (Type::Quantity, _) => plain_error(quantity::QuantityError::Format.to_string(), place, decoded),
        (Type::IntOrString, Value::String(_)) => {}
        (Type::IntOrString, Value::Number(number)) if number.as_i64().is_some_and(|n| i32::try_from(n).is_ok()) => {}
        (Type::IntOrString, other) => {
            let message = format!("json: cannot unmarshal {} into Go value of type int32", go_value(other, true));
            plain_error(message, place, decoded);
        }
        (Type::List(inner), Value::Array(items)) => {
            for (index, item) in items.iter_mut().enumerate() {
                let here = Place { parent: Some(place), step: Step::Index(index), owner: place.owner };
                decode_value(inner, item, &here, depth + 1, decoded);
                if item.is_null() {
                    *item = zero(inner);
                }
            }
        }
        (Type::Map(inner), Value::Object(entries)) => {
            for (key, item) in entries.iter_mut() {
                let here = Place { parent: Some(place), step: Step::Key(key), owner: place.owner };
                decode_value(inner, item, &here, depth + 1, decoded);
                if item.is_null() {
                    *item = zero(inner);
                }
            }
        }
        (Type::Struct(_), Value::Object(_)) => {
            if let Some(schema) = kind.element() {
                decode_struct(schema, value, place, depth + 1, decoded);
            }
        }
        (_, other) => {
            let integer = matches!(kind, Type::Int32 | Type::Int64);
            let message = format!(
                "json: cannot unmarshal {} into Go struct field {} of type {}",
                go_value(other, integer),
                place.go_path(),
                kind.go_name()
            );
            let patch_message = patch_message(kind, other);
            set_error(message, patch_message, place, decoded);
        }
    }
}

fn plain_error(message: String, place: &Place, decoded: &mut Decoded) {
    let patch_message = format!("error decoding from json: {message}");
    set_error(message, patch_message, place, decoded);
}

fn set_error(message: String, patch_message: String, place: &Place, decoded: &mut Decoded) {
    if decoded.error.is_none() {
        decoded.error = Some(TypeError { path: place.path(), message, patch_message });
    }
}

/// What Go calls a JSON value in its errors.
fn go_value(value: &Value, wants_integer: bool) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "bool".to_owned(),
        Value::Number(number) if wants_integer => format!("number {number}"),
        Value::Number(_) => "number".to_owned(),
        Value::String(_) => "string".to_owned(),
        Value::Array(_) => "array".to_owned(),
        Value::Object(_) => "object".to_owned(),
    }
}

/// What `runtime.DefaultUnstructuredConverter` says of a value it cannot convert.
fn patch_message(kind: &Type, value: &Value) -> String {
    let reflected = match value {
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::Array(_) => "slice",
        Value::Object(_) => "map",
        _ => "string",
    };
    match kind {
        Type::List(_) | Type::Bytes => format!("cannot restore slice from {reflected}"),
        Type::Map(_) => format!("cannot restore map from {reflected}"),
        Type::Struct(_) => format!("cannot restore struct from: {reflected}"),
        Type::String if reflected.ends_with("64") => format!("cannot convert {reflected} to string"),
        Type::Int32 | Type::Int64 if reflected == "float64" => format!("cannot convert float64 to {}", kind.go_name()),
        _ => format!("unrecognized type: {}", kind.go_name()),
    }
}

fn zero(kind: &Type) -> Value {
    match kind {
        Type::String | Type::Bytes => "".into(),
        Type::Int32 | Type::Int64 | Type::Float => 0.into(),
        Type::Quantity => "0".into(),
        Type::Bool => false.into(),
        Type::Struct(_) => Value::Object(serde_json::Map::new()),
        _ => Value::Null,
    }
}

fn looks_like_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 20
        && bytes.iter().enumerate().take(19).all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            10 => *byte == b'T',
            13 | 16 => *byte == b':',
            _ => byte.is_ascii_digit(),
        })
}

/// Where standard base64 with padding goes wrong, as Go's decoder counts (line breaks are skipped).
fn bad_base64(text: &str) -> Option<usize> {
    let mut letters = 0;
    let mut padding = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'\n' | b'\r' => {}
            b'=' if letters % 4 >= 2 && padding < 2 => {
                padding += 1;
                letters += 1;
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => letters += 1,
            _ => return Some(at),
        }
    }
    if letters % 4 == 0 { None } else { Some(text.len()) }
}

#[cfg(test)]
mod tests {
    use super::super::struct_of_kind;
    use super::*;
    use serde_json::json;

    fn decoded(api_version: &str, kind: &str, value: Value) -> (Value, Decoded) {
        let mut value = value;
        let decoded = decode(struct_of_kind(api_version, kind).unwrap(), &mut value);
        (value, decoded)
    }

    #[test]
    fn wrong_types_are_named_as_go_names_them() {
        for (kind, object, message) in [
            (
                "Deployment",
                json!({"spec": {"replicas": "three"}}),
                "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
            ),
            (
                "Pod",
                json!({"spec": {"containers": {"name": "c"}}}),
                "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container",
            ),
            (
                "Pod",
                json!({"metadata": {"labels": {"a": 1}}}),
                "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string",
            ),
            (
                "Pod",
                json!({"spec": {"containers": [{"ports": [{"containerPort": "80"}]}]}}),
                "json: cannot unmarshal string into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32",
            ),
            (
                "Pod",
                json!({"spec": {"containers": [{"ports": [{"containerPort": 8.5}]}]}}),
                "json: cannot unmarshal number 8.5 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32",
            ),
            (
                "Pod",
                json!({"spec": "x"}),
                "json: cannot unmarshal string into Go struct field Pod.spec of type v1.PodSpec",
            ),
            (
                "PersistentVolumeClaim",
                json!({"spec": {"resources": {"requests": {"storage": "10Mb"}}}}),
                "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
            ),
            ("Secret", json!({"data": {"a": "%%"}}), "illegal base64 data at input byte 0"),
            (
                "Service",
                json!({"spec": {"ports": [{"targetPort": {}}]}}),
                "json: cannot unmarshal object into Go value of type int32",
            ),
        ] {
            let api_version = if kind == "Deployment" { "apps/v1" } else { "v1" };
            let (_, decoded) = decoded(api_version, kind, object);
            assert_eq!(decoded.error.map(|error| error.message), Some(message.to_owned()));
        }
        let (_, decoded) = decoded("apps/v1", "Deployment", json!({"spec": {"replicas": "x"}}));
        assert_eq!(decoded.error.unwrap().patch_message, "unrecognized type: int32");
    }

    #[test]
    fn unknown_fields_are_dropped_and_named() {
        let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"annotations": {}, "name": "x"}, "spec": {
            "ports": [{"port": 80, "targetport": 80, "x": 1, "targetPort": "http"}], "clusterIP": null, "selector": {}}});
        let (value, decoded) = decoded("v1", "Service", service);
        assert_eq!(decoded.unknown, ["spec.ports[0].targetport", "spec.ports[0].x"]);
        assert_eq!(decoded.error, None);
        assert_eq!(
            value,
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"},
                "spec": {"ports": [{"port": 80, "targetPort": "http"}]}})
        );
    }

    #[test]
    fn numbers_are_quantities_too() {
        let (value, decoded) = decoded(
            "v1",
            "Pod",
            json!({"spec": {"containers": [{"resources": {"limits": {"cpu": 2, "memory": "1Gi"}}}]}}),
        );
        assert_eq!(decoded, Decoded::default());
        assert_eq!(value["spec"]["containers"][0]["resources"]["limits"], json!({"cpu": "2", "memory": "1Gi"}));
    }
}
