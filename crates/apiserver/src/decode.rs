//! Decodes the object in a request's body: it must be of the resource's kind, and have only fields of that kind.
//!
//! Messages follow apiserver's handlers (`transformDecodeError`, `applyPatchToObject`).

use api::schema::{self, Decoded};
use api::{Reason, Resource, Status, path};
use serde_json::{Map, Value};

use super::autoscaling;
use super::custom;
use super::validation::Errors;
use api::strategic::go_print;

/// What to do about unknown and duplicate fields (`fieldValidation`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Strictness {
    /// Refuse the object.
    Strict,
    /// Accept it with a warning.
    Warn,
    /// Accept it silently.
    Ignore,
}

/// The object in a body, as the API server reads it: unknown fields, nulls and empty optional values are dropped. Also
/// the warnings about unknown fields.
///
/// # Errors
/// 400 when the kind does not fit the path or a field has the wrong type; with `Strict`, when a field is unknown.
pub fn decode(resource: &Resource, body: Value, strictness: Strictness) -> Result<(Value, Vec<String>), Status> {
    check_kind(resource, &body)?;
    let (object, decoded) = read(resource, body);
    let refuse = |why: String| {
        let Resource { kind, version, .. } = resource;
        Status::new(Reason::BadRequest, format!("{kind} in version \"{version}\" cannot be handled as a {kind}: {why}"))
    };
    if let Some(error) = decoded.error {
        return Err(refuse(error.message));
    }
    let unknown = named(&decoded.unknown);
    match strictness {
        Strictness::Strict if !unknown.is_empty() => {
            Err(refuse(format!("strict decoding error: {}", unknown.join(", "))))
        }
        Strictness::Warn => Ok((object, unknown)),
        _ => Ok((object, Vec::new())),
    }
}

/// What a patch made of a stored object, read in the same way; errors show the patch, or else what it made.
///
/// # Errors
/// 422 when a field has the wrong type or, with `Strict`, is unknown.
pub fn decode_patched(
    resource: &Resource,
    old: &Value,
    patched: Value,
    patch: Option<&Value>,
    strictness: Strictness,
) -> Result<(Value, Vec<String>), Status> {
    let (object, decoded) = read_changed(resource, old, patched);
    let refuse = |why: &str| {
        let mut errors = Errors::default();
        errors.invalid("patch", shortened(patch.map_or_else(|| document(&object), go_print)), why);
        errors.into_result("", "", "")
    };
    if !object.is_object() || !matches!(object.get("metadata"), None | Some(Value::Object(_))) {
        refuse("json: cannot unmarshal a value that is no object")?;
    }
    if let Some(error) = decoded.error {
        refuse(if patch.is_some() { &error.patch_message } else { &error.message })?;
    }
    let unknown = named(&decoded.unknown);
    match strictness {
        Strictness::Strict if !unknown.is_empty() => {
            refuse(&format!("strict decoding error: {}", unknown.join(", ")))?;
            Ok((object, Vec::new()))
        }
        Strictness::Warn => Ok((object, unknown)),
        _ => Ok((object, Vec::new())),
    }
}

/// A patched object as errors show it: the patch has put the fields at its top in the order of the alphabet.
fn document(object: &Value) -> String {
    let Value::Object(fields) = object else { return object.to_string() };
    let fields = fields.iter().map(|(name, value)| {
        let name = Value::from(name.as_str());
        format!("{name}:{}", api::go_json::typed_compact(value))
    });
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}

/// The beginning of a document, as errors show it.
fn shortened(mut document: String) -> String {
    const MOST: usize = 10_000;
    if document.len() > MOST {
        document.truncate(document.floor_char_boundary(MOST));
        document.push_str("...");
    }
    document
}

fn named(unknown: &[String]) -> Vec<String> {
    unknown.iter().map(|path| format!("unknown field \"{path}\"")).collect()
}

fn read(resource: &Resource, mut object: Value) -> (Value, Decoded) {
    let decoded = match schema::struct_of(resource) {
        Some(schema) => schema::decode(schema, &mut object),
        None => match custom::schema_of(resource) {
            Some(schema) => custom::read(schema, &mut object),
            None => Decoded::default(),
        },
    };
    if autoscaling::is_v1(resource) {
        autoscaling::to_v2(&mut object);
    }
    if resource.group == "events.k8s.io" {
        to_core_event(&mut object);
    }
    (object, decoded)
}

/// One field at the top of a built-in object, read as [`decode_patched`] does; `None` if anything in it is not as it should be.
pub fn decode_field(resource: &Resource, name: &str, value: Value) -> Option<Value> {
    let (value, decoded) = schema::decode_field(schema::struct_of(resource)?, name, value);
    value.filter(|_| decoded.error.is_none() && decoded.unknown.is_empty())
}

/// As [`read`], of an object that differs from a stored one: which fields at its top are as they were (mostly all but its
/// `status`) was read before.
fn read_changed(resource: &Resource, old: &Value, mut object: Value) -> (Value, Decoded) {
    let mut known = Map::new();
    if let (None, Some(old), Some(fields)) = (resource.definition, old.as_object(), object.as_object_mut()) {
        for (name, before) in old {
            if fields.get(name) == Some(before)
                && let Some(value) = fields.remove(name)
            {
                known.insert(name.clone(), value);
            }
        }
    }
    let (mut object, decoded) = read(resource, object);
    if let Some(fields) = object.as_object_mut() {
        for (name, value) in known {
            fields.entry(name).or_insert(value);
        }
    }
    (object, decoded)
}

/// Events are stored as core Events, whichever of the two APIs they were written through.
fn to_core_event(event: &mut Value) {
    event["apiVersion"] = "v1".into();
    for (new, core) in super::list::EVENT_FIELDS {
        if let Some(value) = path::remove(event, new) {
            event[*core] = value;
        }
    }
}

fn check_kind(resource: &Resource, body: &Value) -> Result<(), Status> {
    let bad = |message: String| Err(Status::new(Reason::BadRequest, message));
    if !body.is_object() {
        return bad(
            "the body of the request was in an unknown format - accepted media types include: application/json, \
                    application/yaml, application/vnd.kubernetes.protobuf"
                .to_owned(),
        );
    }
    let (api_version, kind) = (path::str(body, "apiVersion"), path::str(body, "kind"));
    if kind.is_empty() {
        return bad(format!("Object 'Kind' is missing in '{body}'"));
    }
    if api_version.is_empty() {
        return bad(format!("Object 'apiVersion' is missing in '{body}'"));
    }
    if kind != resource.kind || api_version != resource.api_version() {
        let wanted = resource.kind;
        let (group, version) = api::split_api_version(api_version);
        return bad(format!(
            "{kind} in version \"{version}\" cannot be handled as a {wanted}: no kind \"{kind}\" is registered for version \
             \"{}\" in scheme \"pkg/api/legacyscheme/scheme.go:30\"",
            if group.is_empty() { version } else { api_version }
        ));
    }
    Ok(())
}
