//! Objects in protobuf, as clients with typed structs send them (`kubectl create deployment`, `helm`) and ask for them, from
//! and to JSON.
//!
//! Here: the table of field numbers and the envelope around an object. [`read`] and [`write`] are the two directions.
//!
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding>

mod read;
#[cfg(test)]
mod tests;
pub(super) mod wire;
mod write;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use api::{resources, split_api_version};
use serde_json::{Map, Value};
use wire::{Reader, Wire, Writer};

static TABLE: &str = include_str!("../../../data/protobuf.txt");
/// What only this server sends, and k8s-openapi has no struct of.
static OWN: &str = "@meta.v1.PartialObjectMetadata\n1 metadata meta.v1.ObjectMeta\n";

/// What stands before the envelope.
const MAGIC: &[u8] = b"k8s\0";
/// How deep structs may be nested.
const DEPTH: usize = 64;

/// A field of a struct.
struct Field {
    name: &'static str,
    /// A zero is a value, not the sign of none.
    keeps_zero: bool,
    kind: Kind,
}

type Fields = BTreeMap<u64, Field>;

/// How a value is written.
enum Kind {
    Text,
    Integer,
    Bool,
    Double,
    Bytes,
    /// A `Time`, or a `MicroTime`.
    Time {
        micros: bool,
    },
    Quantity,
    IntOrString,
    /// JSON as text.
    Json,
    /// A JSON schema, or else a list of them.
    SchemaOrList,
    /// A JSON schema, or else a bool.
    SchemaOrBool,
    /// A JSON schema, or else a list of texts.
    SchemaOrTexts,
    /// A message without fields.
    Empty,
    Struct(&'static str),
    /// A struct whose fields stand beside the others in JSON.
    Embedded(&'static str),
    List(Box<Kind>),
    Map(Box<Kind>),
    /// A message that holds nothing but a list.
    Holder(Box<Kind>),
}

/// The struct of a JSON schema.
const SCHEMA: &str = "apiextensions.v1.JSONSchemaProps";

impl Kind {
    fn parse(text: &'static str, embedded: bool) -> Kind {
        if let Some(item) = text.strip_prefix("[]") {
            return Kind::List(Box::new(Kind::parse(item, false)));
        }
        if let Some(item) = text.strip_prefix("{}") {
            return Kind::Map(Box::new(Kind::parse(item, false)));
        }
        if let Some(item) = text.strip_prefix('=') {
            return Kind::Holder(Box::new(Kind::parse(item, false)));
        }
        match text {
            "s" => Kind::Text,
            "v" => Kind::Integer,
            "b" => Kind::Bool,
            "f" => Kind::Double,
            "y" => Kind::Bytes,
            "t" => Kind::Time { micros: false },
            "T" => Kind::Time { micros: true },
            "q" => Kind::Quantity,
            "x" => Kind::IntOrString,
            "j" => Kind::Json,
            "A" => Kind::SchemaOrList,
            "B" => Kind::SchemaOrBool,
            "C" => Kind::SchemaOrTexts,
            "o" => Kind::Empty,
            name if embedded => Kind::Embedded(name),
            name => Kind::Struct(name),
        }
    }
}

fn structs() -> &'static BTreeMap<&'static str, Fields> {
    static STRUCTS: OnceLock<BTreeMap<&str, Fields>> = OnceLock::new();
    STRUCTS.get_or_init(|| {
        let mut structs: BTreeMap<&str, Fields> = BTreeMap::new();
        let mut last = "";
        for line in TABLE.lines().chain(OWN.lines()).filter(|line| !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('@') {
                last = name;
                structs.entry(last).or_default();
                continue;
            }
            let mut words = line.split(' ');
            let (Some(number), Some(name), Some(kind)) = (words.next(), words.next(), words.next()) else { continue };
            let Ok(number) = number.parse() else { continue };
            let keeps_zero = name.ends_with('!');
            let name = name.trim_end_matches('!');
            let field = Field { name, keeps_zero, kind: Kind::parse(kind, name == "-") };
            structs.entry(last).or_default().insert(number, field);
        }
        structs
    })
}

/// What an object of some kind is.
enum Shape {
    Object(&'static Fields),
    /// A list of such: all kinds' are alike.
    List(&'static Fields),
}

/// The shape of a kind; `None` when it is not built in.
fn shape(api_version: &str, kind: &str) -> Option<Shape> {
    let (group, version) = split_api_version(api_version);
    let known = |kind: &str| {
        let own = resources().iter().any(|resource| resource.group == group && resource.version == version);
        let short = if group.is_empty() { "core" } else { group.split('.').next()? };
        let own = own.then(|| structs().get(format!("{short}.{version}.{kind}").as_str())).flatten();
        // Options of requests are the same in all groups.
        let general = api_version == "v1" || api_version == "meta.k8s.io/v1" || kind.ends_with("Options");
        own.or_else(|| structs().get(format!("meta.v1.{kind}").as_str()).filter(|_| general))
    };
    let list = || kind.strip_suffix("List").and_then(known).map(Shape::List);
    known(kind).map(Shape::Object).or_else(list)
}

/// The object of a body; `None` when it cannot be read, or is of a kind that is not in the table.
pub fn decode(body: &[u8]) -> Option<Value> {
    let envelope = Reader(body.strip_prefix(MAGIC)?);
    let (mut api_version, mut kind, mut raw) = (String::new(), String::new(), &[][..]);
    for field in envelope {
        let (number, wire) = field.ok()?;
        match (number, wire) {
            (1, Wire::Bytes(meta)) => {
                for field in Reader(meta) {
                    let (number, wire) = field.ok()?;
                    match (number, wire) {
                        (1, Wire::Bytes(text)) => api_version = wire::text(text)?,
                        (2, Wire::Bytes(text)) => kind = wire::text(text)?,
                        _ => {}
                    }
                }
            }
            (2, Wire::Bytes(bytes)) => raw = bytes,
            _ => {}
        }
    }
    let shape = shape(&api_version, &kind)?;
    let mut object = Map::new();
    object.insert("apiVersion".to_owned(), api_version.into());
    object.insert("kind".to_owned(), kind.into());
    match shape {
        Shape::Object(fields) => read::object(fields, raw, &mut object, 0)?,
        Shape::List(fields) => read::list(fields, raw, &mut object)?,
    }
    Some(Value::Object(object))
}

/// An object as a body; `None` when its kind is not in the table, or a value is not of its field's type.
pub fn encode(object: &Value) -> Option<Vec<u8>> {
    let (api_version, kind) = (object["apiVersion"].as_str()?, object["kind"].as_str()?);
    let mut raw = Writer::default();
    match shape(api_version, kind)? {
        Shape::Object(fields) => write::object(fields, object, &mut raw)?,
        Shape::List(fields) => write::list(fields, object, &mut raw)?,
    }
    let (mut meta, mut envelope) = (Writer::default(), Writer(MAGIC.to_vec()));
    meta.bytes(1, api_version.as_bytes());
    meta.bytes(2, kind.as_bytes());
    envelope.bytes(1, &meta.0);
    envelope.bytes(2, &raw.0);
    envelope.bytes(3, b"");
    envelope.bytes(4, b"");
    Some(envelope.0)
}

/// An event of a watch, in a frame: its length, then a `WatchEvent` without envelope, whose object has one.
pub fn frame(event: &str, object: &Value) -> Option<Vec<u8>> {
    let (mut raw, mut message) = (Writer::default(), Writer::default());
    raw.bytes(1, &encode(object)?);
    message.bytes(1, event.as_bytes());
    message.bytes(2, &raw.0);
    let mut frame = u32::try_from(message.0.len()).ok()?.to_be_bytes().to_vec();
    frame.extend(message.0);
    Some(frame)
}
