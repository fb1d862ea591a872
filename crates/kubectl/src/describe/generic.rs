//! `kubectl describe` for a kind without a describer of its own: every field, with its name in words.

use serde_json::Value;

use super::text::{Text, scalar};

const SKIPPED: &[&str] =
    &[".metadata.managedFields", ".metadata.name", ".metadata.namespace", ".metadata.labels", ".metadata.annotations"];

/// Describes any object.
pub fn describe(text: &mut Text, object: &Value) {
    text.name(object);
    text.labels_and_annotations(object);
    fields(text, 0, object, "");
}

fn fields(text: &mut Text, level: usize, object: &Value, prefix: &str) {
    for (field, value) in object.as_object().into_iter().flatten() {
        let path = format!("{prefix}.{field}");
        if SKIPPED.contains(&path.as_str()) || level > 60 {
            continue;
        }
        match value {
            Value::Object(_) => {
                text.line(level, format!("{}:", words(field)));
                fields(text, level + 1, value, &path);
            }
            Value::Array(items) => {
                text.line(level, format!("{}:", words(field)));
                for item in items {
                    match item {
                        Value::Object(_) => fields(text, level + 1, item, &path),
                        other => text.line(level + 1, scalar(other)),
                    }
                }
            }
            Value::Null => text.pair(level, &words(field), "<nil>"),
            other => text.pair(level, &words(field), scalar(other)),
        }
    }
}

/// `apiVersion` → `API Version`
fn words(field: &str) -> String {
    if field.chars().any(|c| !c.is_alphabetic() && c != '-') {
        return field.to_owned();
    }
    let chars: Vec<char> = field.chars().collect();
    let mut parts: Vec<String> = Vec::new();
    for (index, &c) in chars.iter().enumerate() {
        let starts = c.is_uppercase()
            && (index == 0
                || !chars[index - 1].is_uppercase()
                || chars.get(index + 1).is_some_and(|next| next.is_lowercase()));
        if starts || parts.is_empty() {
            parts.push(String::new());
        }
        if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    let shown: Vec<String> = parts
        .into_iter()
        .map(|part| {
            let upper = part.to_uppercase();
            if ["API", "URL", "UID", "GUID"].contains(&upper.as_str()) {
                return upper;
            }
            let mut letters = part.chars();
            let first = letters.next().map(|first| first.to_uppercase().collect::<String>());
            first.unwrap_or_default() + &letters.as_str().to_lowercase()
        })
        .collect();
    shown.join(" ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn field_names_become_words() {
        for (field, text) in [("apiVersion", "API Version"), ("uid", "UID"), ("nonResourceURLs", "Non Resource Ur Ls")]
        {
            assert_eq!(super::words(field), text);
        }
    }
}
