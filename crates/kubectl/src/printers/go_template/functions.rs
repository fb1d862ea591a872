//! The functions of templates, Go's and the two kubectl adds.

use std::cmp::Ordering;

use serde_json::Value;

use super::Datum;
use crate::printers::json;

pub(super) const FUNCTIONS: &[&str] = &[
    "and",
    "or",
    "not",
    "len",
    "index",
    "slice",
    "print",
    "println",
    "printf",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "exists",
    "base64decode",
    "html",
    "js",
    "urlquery",
];

pub(super) fn truth(value: &Datum) -> bool {
    match value {
        None | Some(Value::Null) => false,
        Some(Value::Bool(truth)) => *truth,
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::Object(map)) => !map.is_empty(),
    }
}

pub(super) fn show(value: &Datum) -> String {
    match value {
        None => "<no value>".to_owned(),
        Some(value) => go(value),
    }
}

/// A value as Go's `%v` prints it.
fn go(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(go).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let entries: Vec<String> = map.iter().map(|(key, value)| format!("{key}:{}", go(value))).collect();
            format!("map[{}]", entries.join(" "))
        }
        other => other.to_string(),
    }
}

fn compare(left: &Datum, right: &Datum) -> Result<Ordering, String> {
    match (left, right) {
        (Some(Value::Number(left)), Some(Value::Number(right))) => {
            Ok(left.as_f64().partial_cmp(&right.as_f64()).unwrap_or(Ordering::Equal))
        }
        (Some(Value::String(left)), Some(Value::String(right))) => Ok(left.cmp(right)),
        (Some(Value::Bool(left)), Some(Value::Bool(right))) => Ok(left.cmp(right)),
        (None | Some(Value::Null), None | Some(Value::Null)) => Ok(Ordering::Equal),
        _ => Err("incompatible types for comparison".to_owned()),
    }
}

pub(super) fn call(name: &str, args: Vec<Datum>) -> Result<Datum, String> {
    let wrong = |wants: &str| Err(format!("wrong number of args for {name}: want {wants} got {}", args.len()));
    let boolean = |truth: bool| Ok(Some(Value::Bool(truth)));
    let text = |text: String| Ok(Some(Value::String(text)));
    match (name, args.as_slice()) {
        ("and" | "or", []) => wrong("at least 1"),
        ("and", args) => Ok(args.iter().find(|arg| !truth(arg)).or(args.last()).cloned().flatten()),
        ("or", args) => Ok(args.iter().find(|arg| truth(arg)).or(args.last()).cloned().flatten()),
        ("not", [arg]) => boolean(!truth(arg)),
        ("len", [Some(value)]) => match value {
            Value::String(text) => Ok(Some(text.len().into())),
            Value::Array(items) => Ok(Some(items.len().into())),
            Value::Object(map) => Ok(Some(map.len().into())),
            other => Err(format!("error calling len: len of type {}", go(other))),
        },
        ("len", [None]) => Err("error calling len: reflect: call of reflect.Value.Type on zero Value".to_owned()),
        ("index", [first, keys @ ..]) => {
            let mut value = first.clone();
            for key in keys {
                value = match (&value, key) {
                    (Some(Value::Object(map)), Some(Value::String(key))) => map.get(key).cloned(),
                    (Some(Value::Array(items)), Some(Value::Number(index))) => {
                        let at = index.as_u64().and_then(|index| usize::try_from(index).ok());
                        match at.and_then(|at| items.get(at)) {
                            Some(item) => Some(item.clone()),
                            None => {
                                return Err(format!("error calling index: index out of range: {index}"));
                            }
                        }
                    }
                    (None | Some(Value::Null), _) => return Err("error calling index: index of untyped nil".to_owned()),
                    (Some(value), _) => {
                        return Err(format!("error calling index: can't index item of type {}", go(value)));
                    }
                };
            }
            Ok(value)
        }
        ("slice", [Some(Value::Array(items)), rest @ ..]) => {
            let at = |index: usize, otherwise: usize| {
                rest.get(index).and_then(|value| value.as_ref()?.as_u64()).map_or(otherwise, |index| index as usize)
            };
            let (from, to) = (at(0, 0), at(1, items.len()));
            match items.get(from..to) {
                Some(items) => Ok(Some(Value::Array(items.to_vec()))),
                None => Err("error calling slice: index out of range".to_owned()),
            }
        }
        ("slice", [Some(Value::String(whole)), rest @ ..]) => {
            let at = |index: usize, otherwise: usize| {
                rest.get(index).and_then(|value| value.as_ref()?.as_u64()).map_or(otherwise, |index| index as usize)
            };
            let (from, to) = (at(0, 0), at(1, whole.len()));
            if to > whole.len() {
                return Err(format!("error calling slice: index out of range: {to}"));
            }
            match whole.get(from..to) {
                Some(part) => text(part.to_owned()),
                None => Err(format!("error calling slice: invalid slice index: {from} > {to}")),
            }
        }
        ("print", args) => {
            let mut out = String::new();
            for (index, arg) in args.iter().enumerate() {
                let texts = matches!(arg, Some(Value::String(_)))
                    || index > 0 && matches!(args[index - 1], Some(Value::String(_)));
                if index > 0 && !texts {
                    out.push(' ');
                }
                out.push_str(&show(arg));
            }
            text(out)
        }
        ("println", args) => text(args.iter().map(show).collect::<Vec<_>>().join(" ") + "\n"),
        ("printf", [Some(Value::String(format)), args @ ..]) => text(printf(format, args)),
        ("eq", [first, rest @ ..]) if !rest.is_empty() => {
            for other in rest {
                if compare(first, other)?.is_eq() {
                    return boolean(true);
                }
            }
            boolean(false)
        }
        ("ne", [left, right]) => boolean(compare(left, right)?.is_ne()),
        ("lt", [left, right]) => boolean(compare(left, right)?.is_lt()),
        ("le", [left, right]) => boolean(compare(left, right)?.is_le()),
        ("gt", [left, right]) => boolean(compare(left, right)?.is_gt()),
        ("ge", [left, right]) => boolean(compare(left, right)?.is_ge()),
        ("exists", [first, keys @ ..]) => {
            let mut value = first.clone();
            for key in keys {
                value = match (&value, key) {
                    (Some(Value::Object(map)), Some(Value::String(key))) => map.get(key).cloned(),
                    (Some(Value::Array(items)), Some(Value::Number(index))) => {
                        index.as_u64().and_then(|index| items.get(index as usize)).cloned()
                    }
                    _ => None,
                };
            }
            boolean(value.is_some())
        }
        ("base64decode", [Some(Value::String(encoded))]) => match api::base64::decode(encoded) {
            Some(bytes) => text(String::from_utf8_lossy(&bytes).into_owned()),
            None => Err("error calling base64decode: illegal base64 data at input byte 0".to_owned()),
        },
        ("html", args) => {
            let plain: String = args.iter().map(show).collect();
            text(
                plain
                    .replace('&', "&amp;")
                    .replace('<', "&lt;")
                    .replace('>', "&gt;")
                    .replace('"', "&#34;")
                    .replace('\'', "&#39;"),
            )
        }
        ("js", args) => text(args.iter().map(show).collect::<String>().chars().map(js).collect()),
        ("urlquery", args) => text(crate::verbose::escaped(&args.iter().map(show).collect::<String>())),
        _ => wrong("another number or kind"),
    }
}

/// A letter within a text of JavaScript.
fn js(letter: char) -> String {
    match letter {
        '\\' => "\\\\".to_owned(),
        '\'' => "\\'".to_owned(),
        '"' => "\\\"".to_owned(),
        '<' | '>' | '&' | '=' => format!("\\u{:04X}", letter as u32),
        letter if letter.is_control() => format!("\\u{:04X}", letter as u32),
        letter => letter.to_string(),
    }
}

fn printf(format: &str, args: &[Datum]) -> String {
    let (mut out, mut next) = (String::new(), args.iter());
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let (mut left, mut zero, mut width) = (false, false, String::new());
        while let Some(&c) = chars.peek() {
            match c {
                '-' => left = true,
                '0' if width.is_empty() => zero = true,
                '0'..='9' | '.' => width.push(c),
                '+' | '#' | ' ' => {}
                _ => break,
            }
            chars.next();
        }
        let verb = chars.next().unwrap_or('%');
        if verb == '%' {
            out.push('%');
            continue;
        }
        let Some(arg) = next.next() else {
            out.push_str(&format!("%!{verb}(MISSING)"));
            continue;
        };
        let text = match (verb, arg) {
            ('q', Some(Value::String(text))) => format!("{text:?}"),
            ('T', _) => "interface {}".to_owned(),
            ('d' | 's' | 'v' | 't' | 'f' | 'q', Some(value)) if verb != 'j' => match (verb, value) {
                ('d', Value::String(text)) => format!("%!d(string={text})"),
                ('s', Value::Number(number)) => format!("%!s(int64={number})"),
                ('f', Value::Number(number)) => format!("{:.6}", number.as_f64().unwrap_or_default()),
                (_, value) => go(value),
            },
            (_, None) => "<nil>".to_owned(),
            (_, Some(value)) => json::compact(value),
        };
        let precision = width.split_once('.').map(|(_, precision)| precision.parse::<usize>().unwrap_or(0));
        let text = match (verb, precision, arg) {
            ('s' | 'v' | 'q', Some(most), Some(Value::String(whole))) => {
                let cut: String = whole.chars().take(most).collect();
                if verb == 'q' { format!("{cut:?}") } else { cut }
            }
            ('f', Some(digits), Some(Value::Number(number))) => {
                format!("{:.*}", digits.min(100), number.as_f64().unwrap_or_default())
            }
            _ => text,
        };
        let width: usize = width.split('.').next().and_then(|width| width.parse().ok()).unwrap_or(0).min(1000);
        let missing = width.saturating_sub(text.chars().count());
        let fill = if zero && !left { '0' } else { ' ' };
        if left {
            out.push_str(&text);
        }
        out.extend(std::iter::repeat_n(fill, missing));
        if !left {
            out.push_str(&text);
        }
    }
    out
}
