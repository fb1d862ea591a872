//! OpenAPI v2 in protobuf: the JSON document as a gnostic `openapi.v2.Document`, as clients of Go ask for it.
//!
//! <https://github.com/google/gnostic/blob/main/openapiv2/OpenAPIv2.proto>

use serde_json::{Map, Value};

use super::protobuf::wire::Writer;

/// The form in which kubectl wants OpenAPI v2.
pub const CONTENT_TYPE: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/// Fields by number and name in JSON, and the number of all whose names begin with `x-`.
struct Message {
    fields: &'static [(u64, &'static str, Kind)],
    extensions: u64,
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Integer,
    Bool,
    Double,
    Texts,
    /// A text, or a list of some.
    TextOrTexts,
    /// Anything, as YAML.
    Any,
    Anys,
    One(&'static Message),
    Many(&'static Message),
    /// One, or a list of some, in a message of their own.
    OneOrMany(&'static Message),
    /// A map from names, in a message of its own.
    Named(&'static Message),
    /// One, or a bool.
    OneOrBool(&'static Message),
    /// One of several sorts of which this is the first.
    First(&'static Message),
    Paths,
    Parameters,
    Responses,
}

use Kind::{Any, Anys, Bool, Double, First, Integer, Many, Named, One, OneOrBool, OneOrMany, Text, TextOrTexts, Texts};

static DOCUMENT: Message = Message {
    fields: &[
        (1, "swagger", Text),
        (2, "info", One(&INFO)),
        (3, "host", Text),
        (4, "basePath", Text),
        (5, "schemes", Texts),
        (6, "consumes", Texts),
        (7, "produces", Texts),
        (8, "paths", Kind::Paths),
        (9, "definitions", Named(&SCHEMA)),
    ],
    extensions: 16,
};

static INFO: Message =
    Message { fields: &[(1, "title", Text), (2, "version", Text), (3, "description", Text)], extensions: 7 };

static PATH: Message = Message {
    fields: &[
        (1, "$ref", Text),
        (2, "get", One(&OPERATION)),
        (3, "put", One(&OPERATION)),
        (4, "post", One(&OPERATION)),
        (5, "delete", One(&OPERATION)),
        (6, "options", One(&OPERATION)),
        (7, "head", One(&OPERATION)),
        (8, "patch", One(&OPERATION)),
        (9, "parameters", Kind::Parameters),
    ],
    extensions: 10,
};

static OPERATION: Message = Message {
    fields: &[
        (1, "tags", Texts),
        (2, "summary", Text),
        (3, "description", Text),
        (5, "operationId", Text),
        (6, "produces", Texts),
        (7, "consumes", Texts),
        (8, "parameters", Kind::Parameters),
        (9, "responses", Kind::Responses),
        (10, "schemes", Texts),
        (11, "deprecated", Bool),
    ],
    extensions: 13,
};

static BODY: Message = Message {
    fields: &[
        (1, "description", Text),
        (2, "name", Text),
        (3, "in", Text),
        (4, "required", Bool),
        (5, "schema", One(&SCHEMA)),
    ],
    extensions: 6,
};

/// A parameter in the query.
static QUERY: Message = Message {
    fields: &[
        (1, "required", Bool),
        (2, "in", Text),
        (3, "description", Text),
        (4, "name", Text),
        (6, "type", Text),
        (7, "format", Text),
        (20, "uniqueItems", Bool),
    ],
    extensions: 23,
};

/// A parameter in the path or in a header.
static PLACE: Message = Message {
    fields: &[
        (1, "required", Bool),
        (2, "in", Text),
        (3, "description", Text),
        (4, "name", Text),
        (5, "type", Text),
        (6, "format", Text),
        (19, "uniqueItems", Bool),
    ],
    extensions: 22,
};

static RESPONSE: Message =
    Message { fields: &[(1, "description", Text), (2, "schema", First(&SCHEMA))], extensions: 5 };

static SCHEMA: Message = Message {
    fields: &[
        (1, "$ref", Text),
        (2, "format", Text),
        (3, "title", Text),
        (4, "description", Text),
        (5, "default", Any),
        (6, "multipleOf", Double),
        (7, "maximum", Double),
        (8, "exclusiveMaximum", Bool),
        (9, "minimum", Double),
        (10, "exclusiveMinimum", Bool),
        (11, "maxLength", Integer),
        (12, "minLength", Integer),
        (13, "pattern", Text),
        (14, "maxItems", Integer),
        (15, "minItems", Integer),
        (16, "uniqueItems", Bool),
        (17, "maxProperties", Integer),
        (18, "minProperties", Integer),
        (19, "required", Texts),
        (20, "enum", Anys),
        (21, "additionalProperties", OneOrBool(&SCHEMA)),
        (22, "type", TextOrTexts),
        (23, "items", OneOrMany(&SCHEMA)),
        (24, "allOf", Many(&SCHEMA)),
        (25, "properties", Named(&SCHEMA)),
        (26, "discriminator", Text),
        (27, "readOnly", Bool),
        (30, "example", Any),
    ],
    extensions: 31,
};

/// What v3 has and v2 has no place for; a v2 document of the real API server lacks it too.
const LOST: [&str; 4] = ["anyOf", "oneOf", "not", "nullable"];

/// The document; `None` when there is something in it that has no place here.
pub fn document(json: &Value) -> Option<Vec<u8>> {
    message(&DOCUMENT, json).map(|written| written.0)
}

fn message(message: &Message, json: &Value) -> Option<Writer> {
    let mut out = Writer::default();
    for (name, json) in json.as_object()? {
        if let Some((number, _, kind)) = message.fields.iter().find(|(_, known, _)| known == name) {
            value(*number, *kind, json, &mut out)?;
        } else if name.starts_with("x-") {
            let mut named = Writer::default();
            named.bytes(1, name.as_bytes());
            value(2, Any, json, &mut named)?;
            out.bytes(message.extensions, &named.0);
        } else if !LOST.contains(&name.as_str()) {
            return None;
        }
    }
    Some(out)
}

fn value(number: u64, kind: Kind, json: &Value, out: &mut Writer) -> Option<()> {
    let mut inner = Writer::default();
    match kind {
        Kind::Integer => {
            out.varint(number, json.as_i64()?.cast_unsigned());
            return Some(());
        }
        Kind::Bool => {
            out.varint(number, json.as_bool()?.into());
            return Some(());
        }
        Kind::Double => {
            out.double(number, json.as_f64()?);
            return Some(());
        }
        Kind::Texts => return list(number, Text, json, out),
        Kind::Anys => return list(number, Any, json, out),
        Kind::Many(item) => return list(number, One(item), json, out),
        Kind::Parameters => {
            for parameter in json.as_array()? {
                out.bytes(number, &self::parameter(parameter)?.0);
            }
            return Some(());
        }
        Kind::Text => inner.0 = json.as_str()?.as_bytes().to_vec(),
        // JSON is YAML.
        Kind::Any => inner.bytes(2, json.to_string().as_bytes()),
        Kind::One(kind) => inner = message(kind, json)?,
        Kind::TextOrTexts if json.is_string() => value(1, Text, json, &mut inner)?,
        Kind::TextOrTexts => list(1, Text, json, &mut inner)?,
        Kind::OneOrMany(item) if json.is_array() => list(1, One(item), json, &mut inner)?,
        Kind::OneOrBool(_) if json.is_boolean() => value(2, Bool, json, &mut inner)?,
        Kind::OneOrMany(kind) | Kind::OneOrBool(kind) | Kind::First(kind) => value(1, One(kind), json, &mut inner)?,
        Kind::Named(kind) => named(1, One(kind), json.as_object()?, &mut inner)?,
        Kind::Paths => named(2, One(&PATH), json.as_object()?, &mut inner)?,
        Kind::Responses => named(1, First(&RESPONSE), json.as_object()?, &mut inner)?,
    }
    out.bytes(number, &inner.0);
    Some(())
}

fn list(number: u64, kind: Kind, json: &Value, out: &mut Writer) -> Option<()> {
    json.as_array()?.iter().try_for_each(|one| value(number, kind, one, out))
}

fn named(number: u64, kind: Kind, json: &Map<String, Value>, out: &mut Writer) -> Option<()> {
    for (name, json) in json {
        let mut pair = Writer::default();
        pair.bytes(1, name.as_bytes());
        value(2, kind, json, &mut pair)?;
        out.bytes(number, &pair.0);
    }
    Some(())
}

/// Of which sort a parameter is depends on where it stands.
fn parameter(json: &Value) -> Option<Writer> {
    let (mut item, mut parameter, mut elsewhere) = (Writer::default(), Writer::default(), Writer::default());
    match json["in"].as_str()? {
        "body" => value(1, One(&BODY), json, &mut parameter)?,
        place => {
            match place {
                "query" => value(3, One(&QUERY), json, &mut elsewhere)?,
                "path" => value(4, One(&PLACE), json, &mut elsewhere)?,
                "header" => value(1, One(&PLACE), json, &mut elsewhere)?,
                _ => return None,
            }
            parameter.bytes(2, &elsewhere.0);
        }
    }
    item.bytes(1, &parameter.0);
    Some(item)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_is_written_field_by_field() {
        let json = json!({"swagger": "2.0", "paths": {"/a": {"get": {"x-k": {"a": 1},
            "parameters": [{"in": "query", "name": "q", "type": "string"}]}}},
            "definitions": {"D": {"type": "object", "properties": {"p": {"$ref": "#/definitions/D"}}}}});
        // Tags are NUMBER * 8 + 2, then comes the length: 9 definitions, 8 paths, 1 swagger; `x-k` is 13 of the operation.
        let expected = b"\x4a\x2d\x0a\x2b\x0a\x01D\x12\x26\xca\x01\x18\x0a\x16\x0a\x01p\x12\x11\x0a\x0f#/definitions/D\
            \xb2\x01\x08\x0a\x06object\x42\x36\x12\x34\x0a\x02/a\x12\x2e\x12\x2c\x42\x18\x0a\x16\x12\x14\x1a\x12\
            \x12\x05query\x22\x01q\x32\x06string\x6a\x10\x0a\x03x-k\x12\x09\x12\x07{\"a\":1}\x0a\x032.0";
        assert_eq!(document(&json).unwrap().escape_ascii().to_string(), expected.escape_ascii().to_string());
        assert_eq!(document(&json!({"swagger": "2.0", "nothing": 1})), None);
    }

    #[test]
    fn the_cluster_s_document_has_nothing_that_has_no_place() {
        use playground::{Answer, Playground, Settings};

        let mut world = Playground::new(Settings::default());
        let Answer::Json { code: 200, value, .. } = world.answer(&api::Request::get("/openapi/v2")) else { panic!() };
        assert!(document(&value).unwrap().len() > 100_000);
    }
}
