//! Messages to JSON.

use base64::Engine as _;
use serde_json::{Map, Value, json};
use sim::{Duration, Time};

use super::wire::{Reader, Wire, first, text};
use super::{DEPTH, Fields, Kind, SCHEMA, structs};

/// Reads a message's fields into an object.
pub(super) fn object(fields: &Fields, bytes: &[u8], object: &mut Map<String, Value>, depth: usize) -> Option<()> {
    if depth > DEPTH {
        return None;
    }
    for field in Reader(bytes) {
        let (number, wire) = field.ok()?;
        let Some(field) = fields.get(&number) else {
            // Go writes what was never set as well; anything else must not be lost in silence.
            if is_blank(wire, depth) {
                continue;
            }
            return None;
        };
        match (&field.kind, wire) {
            (Kind::Embedded(name), Wire::Bytes(bytes)) => self::object(structs().get(name)?, bytes, object, depth + 1)?,
            (Kind::List(item), wire) => {
                let list = object.entry(field.name).or_insert_with(|| json!([])).as_array_mut()?;
                match (&**item, wire) {
                    (Kind::Integer, Wire::Bytes(packed)) => {
                        let mut packed = Reader(packed);
                        while !packed.0.is_empty() {
                            list.push(packed.varint()?.cast_signed().into());
                        }
                    }
                    (item, wire) => list.push(value(item, wire, depth)?),
                }
            }
            (Kind::Map(item), Wire::Bytes(entry)) => {
                let (mut key, mut found) = (String::new(), None);
                for field in Reader(entry) {
                    let (number, wire) = field.ok()?;
                    match (number, wire) {
                        (1, Wire::Bytes(bytes)) => key = text(bytes)?,
                        (2, wire) => found = Some(value(item, wire, depth)?),
                        _ => {}
                    }
                }
                let found = match (found, &**item) {
                    (Some(found), _) => found,
                    (None, Kind::Text | Kind::Bytes) => "".into(),
                    (None, _) => Value::Null,
                };
                object.entry(field.name).or_insert_with(|| json!({})).as_object_mut()?.insert(key, found);
            }
            (kind, wire) => {
                let value = value(kind, wire, depth)?;
                let zero = match &value {
                    Value::Bool(yes) => !yes,
                    Value::Number(number) => number.as_f64() == Some(0.0) && !matches!(kind, Kind::IntOrString),
                    Value::String(text) => text.is_empty(),
                    _ => false,
                };
                if !value.is_null() && (!zero || field.keeps_zero) {
                    object.insert(field.name.to_owned(), value);
                }
            }
        }
    }
    Some(())
}

/// Reads a list of such objects.
pub(super) fn list(fields: &Fields, bytes: &[u8], list: &mut Map<String, Value>) -> Option<()> {
    let (mut metadata, mut items) = (Map::new(), Vec::new());
    for field in Reader(bytes) {
        let (number, wire) = field.ok()?;
        match (number, wire) {
            (1, Wire::Bytes(bytes)) => object(structs().get("meta.v1.ListMeta")?, bytes, &mut metadata, 0)?,
            (2, Wire::Bytes(bytes)) => {
                let mut item = Map::new();
                object(fields, bytes, &mut item, 0)?;
                items.push(Value::Object(item));
            }
            _ => return None,
        }
    }
    list.insert("metadata".to_owned(), metadata.into());
    list.insert("items".to_owned(), items.into());
    Some(())
}

/// Whether a value says nothing: zero, or a message with nothing but such values.
fn is_blank(wire: Wire, depth: usize) -> bool {
    match wire {
        Wire::Bytes(_) if depth >= DEPTH => false,
        Wire::Varint(number) | Wire::Fixed(number) => number == 0,
        Wire::Bytes(bytes) => {
            let blank = |(number, wire)| number > 0 && is_blank(wire, depth + 1);
            Reader(bytes).all(|field| field.is_ok_and(blank))
        }
    }
}

/// A value; null when it says that there is none.
fn value(kind: &Kind, wire: Wire, depth: usize) -> Option<Value> {
    Some(match (kind, wire) {
        (Kind::Integer, Wire::Varint(number)) => number.cast_signed().into(),
        (Kind::Bool, Wire::Varint(number)) => (number != 0).into(),
        (Kind::Double, Wire::Fixed(bits)) => {
            let number = f64::from_bits(bits);
            // As Go writes it, 1 and not 1.0.
            let whole = number as i64;
            if whole as f64 == number { whole.into() } else { number.into() }
        }
        (Kind::Text, Wire::Bytes(bytes)) => text(bytes)?.into(),
        (Kind::Bytes, Wire::Bytes(bytes)) => base64::engine::general_purpose::STANDARD.encode(bytes).into(),
        (Kind::Json, Wire::Bytes(bytes)) => match first(bytes, 1).ok()? {
            Some(Wire::Bytes(raw)) => serde_json::from_slice(raw).ok()?,
            _ => Value::Null,
        },
        (Kind::Quantity, Wire::Bytes(bytes)) => match first(bytes, 1).ok()? {
            Some(Wire::Bytes(bytes)) => text(bytes)?.into(),
            _ => Value::Null,
        },
        (Kind::IntOrString, Wire::Bytes(bytes)) => {
            let is_text = matches!(first(bytes, 1).ok()?, Some(Wire::Varint(1)));
            match (is_text, first(bytes, 2).ok()?, first(bytes, 3).ok()?) {
                (true, _, Some(Wire::Bytes(bytes))) => text(bytes)?.into(),
                (true, ..) => "".into(),
                (false, Some(Wire::Varint(number)), _) => number.cast_signed().into(),
                (false, ..) => 0.into(),
            }
        }
        (Kind::Time { micros }, Wire::Bytes(bytes)) => match (first(bytes, 1).ok()?, first(bytes, 2).ok()?) {
            (None, None) => Value::Null,
            (seconds, nanos) => {
                let number = |wire| if let Some(Wire::Varint(number)) = wire { number.cast_signed() } else { 0 };
                let nanos = u64::try_from(number(nanos)).unwrap_or_default();
                // Of years that have four digits.
                let seconds =
                    Some(number(seconds)).filter(|seconds| (-62_135_596_800..253_402_300_800).contains(seconds))?;
                let time = Time::from_unix_secs(seconds) + Duration::from_nanos(nanos.min(999_999_999));
                if *micros { time.rfc3339_micros().into() } else { time.rfc3339().into() }
            }
        },
        (Kind::SchemaOrList, Wire::Bytes(bytes)) => match first(bytes, 1).ok()? {
            Some(Wire::Bytes(schema)) => structure(SCHEMA, schema, depth)?,
            _ => items(&Kind::Struct(SCHEMA), 2, bytes, depth)?,
        },
        (Kind::SchemaOrBool, Wire::Bytes(bytes)) => match first(bytes, 2).ok()? {
            Some(Wire::Bytes(schema)) => structure(SCHEMA, schema, depth)?,
            _ => matches!(first(bytes, 1).ok()?, Some(Wire::Varint(1..))).into(),
        },
        (Kind::SchemaOrTexts, Wire::Bytes(bytes)) => match first(bytes, 1).ok()? {
            Some(Wire::Bytes(schema)) => structure(SCHEMA, schema, depth)?,
            _ => items(&Kind::Text, 2, bytes, depth)?,
        },
        (Kind::Empty, Wire::Bytes(_)) => json!({}),
        (Kind::Holder(item), Wire::Bytes(bytes)) => items(item, 1, bytes, depth)?,
        (Kind::Struct(name), Wire::Bytes(bytes)) => structure(name, bytes, depth)?,
        _ => return None,
    })
}

fn structure(name: &str, bytes: &[u8], depth: usize) -> Option<Value> {
    let mut map = Map::new();
    object(structs().get(name)?, bytes, &mut map, depth + 1)?;
    Some(map.into())
}

/// All fields of one number as a list.
fn items(kind: &Kind, wanted: u64, bytes: &[u8], depth: usize) -> Option<Value> {
    let mut list = Vec::new();
    for field in Reader(bytes) {
        let (number, wire) = field.ok()?;
        if number == wanted {
            list.push(value(kind, wire, depth)?);
        }
    }
    Some(list.into())
}
