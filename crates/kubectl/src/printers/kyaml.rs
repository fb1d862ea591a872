//! `-o kyaml`: YAML with braces and quotes, as sigs.k8s.io/yaml/kyaml writes it.

use serde_json::Value;

/// A document, with its header.
pub fn print(value: &Value) -> String {
    let mut out = "---\n".to_owned();
    node(value, 0, &mut out);
    out.push('\n');
    out
}

fn indent(level: usize, out: &mut String) {
    for _ in 0..level {
        out.push_str("  ");
    }
}

fn node(value: &Value, level: usize, out: &mut String) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => out.push_str(&value.to_string()),
        Value::String(text) => string(text, level + 1, false, out),
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        // Lists of objects are cuddled: `[{`, `}, {`, `}]`.
        Value::Array(items) if items.iter().all(|item| item.is_object() || item.is_array()) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                node(item, level, out);
            }
            out.push(']');
        }
        Value::Array(items) => {
            out.push_str("[\n");
            for item in items {
                indent(level + 1, out);
                node(item, level + 1, out);
                out.push_str(",\n");
            }
            indent(level, out);
            out.push(']');
        }
        Value::Object(fields) if fields.is_empty() => out.push_str("{}"),
        Value::Object(fields) => {
            out.push_str("{\n");
            for (name, value) in fields {
                indent(level + 1, out);
                if needs_quotes(name) {
                    string(name, level + 1, true, out)
                } else {
                    out.push_str(name)
                }
                out.push_str(": ");
                node(value, level + 1, out);
                out.push_str(",\n");
            }
            indent(level, out);
            out.push('}');
        }
    }
}

/// A quoted text; one of several lines is folded, a line each, unless it is to be compact.
fn string(text: &str, level: usize, compact: bool, out: &mut String) {
    let folds = text.contains('\n') && !compact;
    out.push('"');
    if folds {
        out.push_str("\\\n");
    }
    let mut fresh = folds;
    for c in text.chars() {
        if fresh {
            indent(level, out);
            // Space at the beginning of a line would be lost.
            out.push(if c.is_whitespace() && c != '\n' { '\\' } else { ' ' });
            fresh = false;
        }
        match c {
            '\n' if folds => {
                out.push_str("\\n\\\n");
                fresh = true;
            }
            '\n' => out.push_str("\\n"),
            '\t' if !compact => out.push('\t'),
            '\t' => out.push_str("\\t"),
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\u{b}' => out.push_str("\\v"),
            '\0' => out.push_str("\\0"),
            '\u{1b}' => out.push_str("\\e"),
            '\u{85}' => out.push_str("\\N"),
            '\u{a0}' => out.push_str("\\_"),
            '\u{2028}' => out.push_str("\\L"),
            '\u{2029}' => out.push_str("\\P"),
            c if c < ' ' || c == '\u{7f}' => out.push_str(&format!("\\x{:02x}", c as u32)),
            c => out.push(c),
        }
    }
    if folds {
        if !fresh {
            out.push_str("\\\n");
        }
        indent(level, out);
    }
    out.push('"');
}

/// Whether a name would be something else, or nothing, without quotes.
fn needs_quotes(name: &str) -> bool {
    let count = name.chars().count();
    let plain = |(at, c): (usize, char)| {
        c.is_alphanumeric() || c == '_' || at > 0 && at + 1 < count && matches!(c, '-' | '.' | '/')
    };
    name.is_empty() || !name.chars().enumerate().all(plain) || ambiguous(name)
}

fn ambiguous(text: &str) -> bool {
    const WORDS: &[&str] =
        &["null", "true", "false", "t", "f", "y", "n", "yes", "no", "on", "off", "inf", "infinity", "nan"];
    let lower = text.to_ascii_lowercase().replace('_', "");
    let radix =
        |prefix: &str, radix| lower.strip_prefix(prefix).is_some_and(|rest| i64::from_str_radix(rest, radix).is_ok());
    let date = text.len() >= 8 && text.as_bytes()[4] == b'-' && text.chars().all(|c| c.is_ascii_digit() || c == '-');
    WORDS.contains(&lower.as_str())
        || lower.parse::<f64>().is_ok()
        || radix("0x", 16)
        || radix("0o", 8)
        || radix("0b", 2)
        || date
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn as_the_go_package_writes_it() {
        let value = json!({
            "a.b/c": 1, "no": true, "list": ["x", 2], "objects": [{"k": "v"}, {}], "text": "one\n two\n", "empty": [],
        });
        let expected = "---\n{\n  a.b/c: 1,\n  \"no\": true,\n  list: [\n    \"x\",\n    2,\n  ],\n  objects: [{\n    k: \"v\",\n  }, {}],\n  text: \"\\\n     one\\n\\\n    \\ two\\n\\\n    \",\n  empty: [],\n}\n";
        let mut lines: Vec<&str> = expected.lines().collect();
        let printed = super::print(&value);
        let mut printed: Vec<&str> = printed.lines().collect();
        // The order of fields is the map's.
        lines.sort_unstable();
        printed.sort_unstable();
        assert_eq!(printed, lines);
    }
}
