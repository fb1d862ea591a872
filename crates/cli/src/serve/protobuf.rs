//! Objects in protobuf, as clients with typed structs send them (`kubectl create deployment`, `helm`), to JSON. Answers are
//! always JSON, which those clients accept as well.
//!
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding>

use std::collections::BTreeMap;
use std::sync::OnceLock;

use base64::Engine as _;
use serde_json::{Map, Value, json};
use sim::{Duration, Time};

static TABLE: &str = include_str!("../../data/protobuf.txt");

/// A field of a struct.
struct Field {
    name: &'static str,
    /// An empty value is one.
    keeps_empty: bool,
    /// Its own fields stand beside the struct's.
    inline: bool,
    kind: &'static str,
}

type Fields = BTreeMap<u64, Field>;

fn structs() -> &'static BTreeMap<&'static str, Fields> {
    static STRUCTS: OnceLock<BTreeMap<&str, Fields>> = OnceLock::new();
    STRUCTS.get_or_init(|| {
        let mut structs: BTreeMap<&str, Fields> = BTreeMap::new();
        let mut last = "";
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('@') {
                last = name;
                continue;
            }
            let mut words = line.split(' ');
            let (Some(number), Some(name), Some(kind)) = (words.next(), words.next(), words.next()) else { continue };
            let Ok(number) = number.parse() else { continue };
            let keeps_empty = name.ends_with(['*', '!']);
            let name = name.trim_end_matches(['*', '!']);
            structs.entry(last).or_default().insert(number, Field { name, keeps_empty, inline: name == "-", kind });
        }
        structs
    })
}

/// The object of a body with the envelope `k8s\0`; `None` when it cannot be read, or is of a kind that is not in the table.
pub fn decode(body: &[u8]) -> Option<Value> {
    let mut envelope = Reader(body.strip_prefix(b"k8s\0")?);
    let (mut api_version, mut kind, mut raw) = (String::new(), String::new(), &[][..]);
    while let Some((number, wire)) = envelope.next()? {
        match (number, wire) {
            (1, Wire::Bytes(meta)) => {
                let mut meta = Reader(meta);
                while let Some((number, wire)) = meta.next()? {
                    match (number, wire) {
                        (1, Wire::Bytes(text)) => api_version = text_of(text)?,
                        (2, Wire::Bytes(text)) => kind = text_of(text)?,
                        _ => {}
                    }
                }
            }
            (2, Wire::Bytes(bytes)) => raw = bytes,
            _ => {}
        }
    }
    let (group, version) = api_version.split_once('/').unwrap_or(("core", &api_version));
    let own = format!("{}.{version}.{kind}", group.split('.').next().unwrap_or_default());
    // Options of requests are the same in all groups.
    let general = format!("meta.v1.{kind}");
    let fields = structs().get(own.as_str()).or_else(|| structs().get(general.as_str()))?;
    let mut object = Map::new();
    object.insert("apiVersion".to_owned(), api_version.into());
    object.insert("kind".to_owned(), kind.into());
    read(fields, raw, &mut object, 0)?;
    Some(Value::Object(object))
}

/// How deep structs may be nested.
const DEPTH: usize = 64;

fn read(fields: &Fields, bytes: &[u8], object: &mut Map<String, Value>, depth: usize) -> Option<()> {
    let mut reader = Reader(bytes);
    while let Some((number, wire)) = reader.next()? {
        let Some(field) = fields.get(&number) else {
            // Go writes what was never set as well; anything else must not be lost in silence.
            if is_blank(wire, depth) {
                continue;
            }
            return None;
        };
        if field.inline {
            if let (Wire::Bytes(bytes), Some(inner), true) = (wire, structs().get(field.kind), depth < DEPTH) {
                read(inner, bytes, object, depth + 1)?;
            }
            continue;
        }
        if let Some(item) = field.kind.strip_prefix("[]").filter(|item| !item.starts_with("[]")) {
            let list = object.entry(field.name).or_insert_with(|| json!([]));
            let Some(list) = list.as_array_mut() else { continue };
            match wire {
                Wire::Bytes(packed) if item == "v" => {
                    let mut packed = Reader(packed);
                    while !packed.0.is_empty() {
                        list.push(packed.varint()?.cast_signed().into());
                    }
                }
                wire => list.push(value(item, wire, depth)?),
            }
        } else if let Some(item) = field.kind.strip_prefix("{}") {
            let Wire::Bytes(entry) = wire else { continue };
            let (mut entry, mut key, mut found) = (Reader(entry), String::new(), None);
            while let Some((number, wire)) = entry.next()? {
                match (number, wire) {
                    (1, Wire::Bytes(text)) => key = text_of(text)?,
                    (2, wire) => found = Some(value(item, wire, depth)?),
                    _ => {}
                }
            }
            let map = object.entry(field.name).or_insert_with(|| json!({}));
            let empty = || if item == "s" || item == "y" { json!("") } else { Value::Null };
            map[key] = found.unwrap_or_else(empty);
        } else {
            let value = value(field.kind, wire, depth)?;
            let empty = match &value {
                Value::Null => true,
                Value::Bool(yes) => !yes,
                Value::Number(number) => number.as_f64() == Some(0.0),
                Value::String(text) => text.is_empty(),
                Value::Object(map) => map.is_empty(),
                Value::Array(_) => false,
            };
            if !value.is_null() && (!empty || field.keeps_empty) {
                object.insert(field.name.to_owned(), value);
            }
        }
    }
    Some(())
}

/// Whether a value says nothing: zero, or a message with nothing but such values.
fn is_blank(wire: Wire, depth: usize) -> bool {
    match wire {
        Wire::Bytes(_) if depth >= DEPTH => false,
        Wire::Varint(number) | Wire::Fixed(number) => number == 0,
        Wire::Bytes(bytes) => {
            let mut reader = Reader(bytes);
            loop {
                match reader.next() {
                    Some(Some((number, wire))) if number > 0 && is_blank(wire, depth + 1) => {}
                    Some(None) => return true,
                    _ => return false,
                }
            }
        }
    }
}

/// A value of one of the table's types.
fn value(kind: &str, wire: Wire, depth: usize) -> Option<Value> {
    Some(match (kind, wire) {
        ("v", Wire::Varint(number)) => number.cast_signed().into(),
        ("b", Wire::Varint(number)) => (number != 0).into(),
        ("f", Wire::Fixed(bits)) => f64::from_bits(bits).into(),
        ("s", Wire::Bytes(bytes)) => text_of(bytes)?.into(),
        ("y", Wire::Bytes(bytes)) => base64::engine::general_purpose::STANDARD.encode(bytes).into(),
        ("j", Wire::Bytes(bytes)) => match first(bytes, 1)? {
            Some(Wire::Bytes(raw)) => serde_json::from_slice(raw).ok()?,
            _ => Value::Null,
        },
        ("q", Wire::Bytes(bytes)) => match first(bytes, 1)? {
            Some(Wire::Bytes(text)) => text_of(text)?.into(),
            _ => Value::Null,
        },
        ("x", Wire::Bytes(bytes)) => {
            let text = matches!(first(bytes, 1)?, Some(Wire::Varint(1)));
            match (text, first(bytes, 2)?, first(bytes, 3)?) {
                (true, _, Some(Wire::Bytes(text))) => text_of(text)?.into(),
                (true, ..) => "".into(),
                (false, Some(Wire::Varint(number)), _) => number.cast_signed().into(),
                (false, ..) => 0.into(),
            }
        }
        ("t", Wire::Bytes(bytes)) => match (first(bytes, 1)?, first(bytes, 2)?) {
            (None, None) => Value::Null,
            (seconds, nanos) => {
                let number = |wire| if let Some(Wire::Varint(number)) = wire { number.cast_signed() } else { 0 };
                let nanos = u64::try_from(number(nanos)).unwrap_or_default();
                let time = Time::from_unix_secs(number(seconds));
                if nanos == 0 {
                    time.rfc3339().into()
                } else {
                    (time + Duration::from_nanos(nanos)).rfc3339_micros().into()
                }
            }
        },
        (kind, Wire::Bytes(bytes)) => {
            if let Some(item) = kind.strip_prefix("[]") {
                let item = item.trim_start_matches("[]");
                let (mut reader, mut list) = (Reader(bytes), Vec::new());
                while let Some((_, wire)) = reader.next()? {
                    list.push(value(item, wire, depth)?);
                }
                return Some(list.into());
            }
            let mut object = Map::new();
            if depth >= DEPTH {
                return None;
            }
            read(structs().get(kind)?, bytes, &mut object, depth + 1)?;
            object.into()
        }
        _ => return None,
    })
}

/// The first field of this number in a message.
fn first(bytes: &[u8], wanted: u64) -> Option<Option<Wire<'_>>> {
    let mut reader = Reader(bytes);
    while let Some((number, wire)) = reader.next()? {
        if number == wanted {
            return Some(Some(wire));
        }
    }
    Some(None)
}

fn text_of(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}

/// A field's value as it travels.
#[derive(Clone, Copy)]
enum Wire<'a> {
    Varint(u64),
    Fixed(u64),
    Bytes(&'a [u8]),
}

/// The rest of a message.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn varint(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// The next field: `Some(None)` at the end, `None` when it cannot be read.
    fn next(&mut self) -> Option<Option<(u64, Wire<'a>)>> {
        if self.0.is_empty() {
            return Some(None);
        }
        let key = self.varint()?;
        let wire = match key & 7 {
            0 => Wire::Varint(self.varint()?),
            1 => Wire::Fixed(u64::from_le_bytes(self.take(8)?.try_into().ok()?)),
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                Wire::Bytes(self.take(length)?)
            }
            5 => Wire::Fixed(u64::from(u32::from_le_bytes(self.take(4)?.try_into().ok()?))),
            _ => return None,
        };
        Some(Some((key >> 3, wire)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `kubectl create token x` sends.
    const TOKEN: &[u8] =
        b"k8s\0\n(\n\x18authentication.k8s.io/v1\x12\x0cTokenRequest\x12\x1a\n\x10\n\x00\x12\x00\x1a\x00\
        \"\x00*\x002\x008\x00B\x00\x12\x00\x1a\x04\n\x00\x12\x00\x1a\x00\"\x00";
    /// What `kubectl auth can-i list pods` sends.
    const REVIEW: &[u8] = b"k8s\0\n2\n\x17authorization.k8s.io/v1\x12\x17SelfSubjectAccessReview\x12=\n\x10\n\x00\x12\x00\
        \x1a\x00\"\x00*\x002\x008\x00B\x00\x12\x1f\n\x1d\n\x07default\x12\x04list\x1a\x00\"\x00*\x04pods2\x00:\x00\x1a\x08\
        \x08\x00\x12\x00\x1a\x00 \x00\x1a\x00\"\x00";

    #[test]
    fn what_kubectl_sends_is_read() {
        let review = decode(REVIEW).unwrap();
        assert_eq!(review["kind"], "SelfSubjectAccessReview");
        assert_eq!(
            review["spec"]["resourceAttributes"],
            json!({"namespace": "default", "verb": "list", "resource": "pods"})
        );
        let token = decode(TOKEN).unwrap();
        assert_eq!(
            (&token["kind"], &token["apiVersion"]),
            (&"TokenRequest".into(), &"authentication.k8s.io/v1".into())
        );
    }

    #[test]
    fn no_part_of_a_message_makes_it_panic() {
        for length in 0..REVIEW.len() {
            let _ = decode(&REVIEW[..length]);
        }
        for at in 4..REVIEW.len() {
            let mut bytes = REVIEW.to_vec();
            bytes[at] ^= 0xff;
            let _ = decode(&bytes);
        }
    }
}
