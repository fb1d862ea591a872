//! JSON as Go's encoder writes it: `<`, `>` and `&` as escapes.

use serde_json::Value;

/// With line breaks and four spaces, as `-o json`; no final line end.
pub fn pretty(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, Some(0));
    text
}

/// With line breaks and so many spaces for each depth; no final line end.
pub fn indented(value: &Value, spaces: usize) -> String {
    let text = pretty(value);
    let lines = text.lines().map(|line| {
        let bare = line.trim_start();
        format!("{}{bare}", " ".repeat((line.len() - bare.len()) / 4 * spaces))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// In one line without spaces.
pub fn compact(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, None);
    text
}

fn line(text: &mut String, depth: usize) {
    text.push('\n');
    text.extend(std::iter::repeat_n("    ", depth));
}

fn write(text: &mut String, value: &Value, depth: Option<usize>) {
    let inner = depth.map(|depth| depth + 1);
    match value {
        Value::Object(map) if map.is_empty() => text.push_str("{}"),
        Value::Array(items) if items.is_empty() => text.push_str("[]"),
        Value::Object(map) => {
            text.push('{');
            for (index, (key, value)) in map.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                if let Some(depth) = inner {
                    line(text, depth);
                }
                string(text, key);
                text.push_str(if depth.is_some() { ": " } else { ":" });
                write(text, value, inner);
            }
            if let Some(depth) = depth {
                line(text, depth);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (index, value) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                if let Some(depth) = inner {
                    line(text, depth);
                }
                write(text, value, inner);
            }
            if let Some(depth) = depth {
                line(text, depth);
            }
            text.push(']');
        }
        Value::String(value) => string(text, value),
        other => text.push_str(&other.to_string()),
    }
}

fn string(text: &mut String, value: &str) {
    let quoted = Value::String(value.to_owned()).to_string();
    for c in quoted.chars() {
        match c {
            '<' => text.push_str("\\u003c"),
            '>' => text.push_str("\\u003e"),
            '&' => text.push_str("\\u0026"),
            '\u{2028}' => text.push_str("\\u2028"),
            '\u{2029}' => text.push_str("\\u2029"),
            c => text.push(c),
        }
    }
}
