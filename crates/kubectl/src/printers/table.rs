//! Tables as the API server makes them, printed as kubectl prints them.

use serde_json::Value;

use api::path;

use crate::tabwriter::{GET, align_with};

/// How to print a table.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `-o wide`
    pub wide: bool,
    /// `--no-headers`
    pub no_headers: bool,
    /// `-A`: a column with the namespace
    pub with_namespace: bool,
    /// `--show-kind`: names as `kind/name`, with this kind
    pub kind: Option<String>,
    /// `--show-labels`
    pub show_labels: bool,
    /// `-L`
    pub label_columns: Vec<String>,
}

/// Prints a table; `widths` remembers the columns for the next one (a watch). Header words are upper case.
pub fn print(columns: &Value, rows: &[&Value], options: &Options, header: bool, widths: &mut Vec<usize>) -> String {
    let columns = columns.as_array().map(Vec::as_slice).unwrap_or_default();
    let shown: Vec<usize> = (0..columns.len())
        .filter(|index| options.wide || columns[*index]["priority"].as_i64().unwrap_or(0) == 0)
        .collect();
    let mut text = String::new();
    if header && !options.no_headers {
        let mut names: Vec<String> = Vec::new();
        if options.with_namespace {
            names.push("NAMESPACE".to_owned());
        }
        names.extend(shown.iter().map(|index| path::str(&columns[*index], "name").to_uppercase()));
        let label = |key: &String| key.rsplit('/').next().unwrap_or_default().to_uppercase();
        names.extend(options.label_columns.iter().map(label));
        if options.show_labels {
            names.push("LABELS".to_owned());
        }
        text.push_str(&names.join("\t"));
        text.push('\n');
    }
    for row in rows {
        let metadata = &row["object"]["metadata"];
        let mut cells: Vec<String> = Vec::new();
        if options.with_namespace {
            cells.push(path::str(metadata, "namespace").to_owned());
        }
        for index in &shown {
            let mut text = cell(&row["cells"][*index]);
            let is_name = path::str(&columns[*index], "format") == "name"
                || path::str(&columns[*index], "name").eq_ignore_ascii_case("name");
            if let (Some(kind), true) = (&options.kind, is_name) {
                text = format!("{kind}/{text}");
            }
            cells.push(text);
        }
        for key in &options.label_columns {
            cells.push(metadata["labels"][key.as_str()].as_str().unwrap_or_default().to_owned());
        }
        if options.show_labels {
            cells.push(labels(&metadata["labels"]));
        }
        text.push_str(&cells.join("\t"));
        text.push('\n');
    }
    align_with(&text, GET, widths)
}

/// `a=b,c=d`, or `<none>`.
pub fn labels(labels: &Value) -> String {
    let labels: Vec<String> = labels
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    if labels.is_empty() { "<none>".to_owned() } else { labels.join(",") }
}

/// A cell in one line: what follows a line break is cut.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Null => "<unknown>".to_owned(),
        other => other.to_string(),
    };
    match text.find(['\n', '\r', '\u{c}']) {
        Some(end) => format!("{}...", &text[..end]),
        None => text.replace('\u{1b}', "^["),
    }
}
