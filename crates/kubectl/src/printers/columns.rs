//! `-o custom-columns`: a table whose columns are JSONPaths.

use serde_json::Value;

use super::jsonpath;
use crate::error::{Outcome, plain};
use crate::tabwriter::{GET, align};

/// The two lines of a `custom-columns-file` as the text of `custom-columns`.
///
/// # Errors
/// In kubectl's words.
pub fn from_file(text: &str) -> Outcome<String> {
    let mut lines = text.lines();
    let (Some(headers), Some(paths)) = (lines.next(), lines.next()) else {
        return plain("invalid template, missing header or path line: expected two lines");
    };
    let headers: Vec<&str> = headers.split_whitespace().collect();
    let paths: Vec<&str> = paths.split_whitespace().collect();
    if headers.len() != paths.len() {
        return plain(format!(
            "number of headers ({}) and field specifications ({}) don't match",
            headers.len(),
            paths.len()
        ));
    }
    let columns: Vec<String> = headers.iter().zip(&paths).map(|(header, path)| format!("{header}:{path}")).collect();
    Ok(columns.join(","))
}

/// Prints objects by `HEADER:path,…`.
///
/// # Errors
/// In kubectl's words.
pub fn print(spec: &str, objects: &[&Value], headers: bool) -> Outcome<String> {
    let mut columns = Vec::new();
    for part in spec.split(',') {
        match part.split_once(':') {
            Some((header, path)) if !path.is_empty() => columns.push((header, path)),
            _ => return plain(format!("unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>")),
        }
    }
    let mut text = String::new();
    if headers {
        let names: Vec<&str> = columns.iter().map(|(header, _)| *header).collect();
        text.push_str(&names.join("\t"));
        text.push('\n');
    }
    for object in objects {
        let mut cells = Vec::new();
        for (_, path) in &columns {
            let values = jsonpath::values(path, object)?;
            let words: Vec<String> = values.iter().map(cell).collect();
            cells.push(if words.is_empty() { "<none>".to_owned() } else { words.join(",") });
        }
        text.push_str(&cells.join("\t"));
        text.push('\n');
    }
    Ok(align(&text, GET))
}

/// A value as Go prints it with `%v`.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(cell).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let entries: Vec<String> = map.iter().map(|(key, value)| format!("{key}:{}", cell(value))).collect();
            format!("map[{}]", entries.join(" "))
        }
        other => other.to_string(),
    }
}
