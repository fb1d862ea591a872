//! JSON to messages. Go writes zeros that were never set as well; who reads them cannot tell.

use base64::Engine as _;
use serde_json::Value;
use sim::Time;

use super::wire::Writer;
use super::{Fields, Kind, SCHEMA, structs};

/// Writes an object's fields.
pub(super) fn object(fields: &Fields, object: &Value, out: &mut Writer) -> Option<()> {
    for (number, field) in fields {
        if let Kind::Embedded(name) = &field.kind {
            let mut inner = Writer::default();
            self::object(structs().get(name)?, object, &mut inner)?;
            if !inner.0.is_empty() {
                out.bytes(*number, &inner.0);
            }
            continue;
        }
        match object.get(field.name) {
            None | Some(Value::Null) => {}
            Some(value) => self::value(*number, &field.kind, value, out)?,
        }
    }
    Some(())
}

/// Writes a list of such objects.
pub(super) fn list(fields: &Fields, list: &Value, out: &mut Writer) -> Option<()> {
    let mut metadata = Writer::default();
    object(structs().get("meta.v1.ListMeta")?, &list["metadata"], &mut metadata)?;
    out.bytes(1, &metadata.0);
    for item in list["items"].as_array()? {
        let mut inner = Writer::default();
        object(fields, item, &mut inner)?;
        out.bytes(2, &inner.0);
    }
    Some(())
}

fn value(number: u64, kind: &Kind, value: &Value, out: &mut Writer) -> Option<()> {
    let mut inner = Writer::default();
    match kind {
        Kind::Integer => {
            out.varint(number, integer(value)?);
            return Some(());
        }
        Kind::Bool => {
            out.varint(number, value.as_bool()?.into());
            return Some(());
        }
        Kind::Double => {
            out.double(number, value.as_f64()?);
            return Some(());
        }
        Kind::List(item) => return value_list(number, item, value, out),
        Kind::Map(item) => {
            for (key, value) in value.as_object()? {
                let mut entry = Writer::default();
                entry.bytes(1, key.as_bytes());
                if !value.is_null() {
                    self::value(2, item, value, &mut entry)?;
                }
                out.bytes(number, &entry.0);
            }
            return Some(());
        }
        Kind::Text => inner.0 = value.as_str()?.as_bytes().to_vec(),
        Kind::Bytes => inner.0 = base64::engine::general_purpose::STANDARD.decode(value.as_str()?).ok()?,
        Kind::Time { .. } => {
            let time = Time::parse_rfc3339(value.as_str()?)?;
            inner.varint(1, time.unix_secs().cast_unsigned());
            let nanos = (time.unix_micros() - time.unix_secs() * 1_000_000) * 1000;
            inner.varint(2, nanos.cast_unsigned());
        }
        Kind::Quantity => match value {
            Value::String(text) => inner.bytes(1, text.as_bytes()),
            value => inner.bytes(1, value.as_number()?.to_string().as_bytes()),
        },
        Kind::IntOrString => match value {
            Value::String(text) => {
                inner.varint(1, 1);
                inner.varint(2, 0);
                inner.bytes(3, text.as_bytes());
            }
            value => {
                inner.varint(1, 0);
                inner.varint(2, integer(value)?);
                inner.bytes(3, b"");
            }
        },
        Kind::Json => inner.bytes(1, value.to_string().as_bytes()),
        Kind::SchemaOrList if value.is_array() => value_list(2, &Kind::Struct(SCHEMA), value, &mut inner)?,
        Kind::SchemaOrTexts if value.is_array() => value_list(2, &Kind::Text, value, &mut inner)?,
        Kind::SchemaOrBool if value.is_boolean() => inner.varint(1, value.as_bool()?.into()),
        Kind::SchemaOrList | Kind::SchemaOrTexts => self::value(1, &Kind::Struct(SCHEMA), value, &mut inner)?,
        Kind::SchemaOrBool => {
            inner.varint(1, 1);
            self::value(2, &Kind::Struct(SCHEMA), value, &mut inner)?;
        }
        Kind::Empty => {}
        Kind::Holder(item) => value_list(1, item, value, &mut inner)?,
        Kind::Struct(name) => object(structs().get(name)?, value.is_object().then_some(value)?, &mut inner)?,
        Kind::Embedded(_) => return None,
    }
    out.bytes(number, &inner.0);
    Some(())
}

fn value_list(number: u64, item: &Kind, list: &Value, out: &mut Writer) -> Option<()> {
    list.as_array()?.iter().try_for_each(|one| value(number, item, one, out))
}

fn integer(value: &Value) -> Option<u64> {
    let whole = || value.as_f64().filter(|number| number.fract() == 0.0).map(|number| number as i64);
    value.as_i64().or_else(whole).map(i64::cast_unsigned)
}
