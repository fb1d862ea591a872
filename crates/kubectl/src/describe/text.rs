//! The lines of a description: indented by levels, cells ended by tabs.

use serde_json::Value;

use api::path;

use crate::duration::rfc1123;

/// Annotations longer than this are shown on lines of their own, and cut.
const MAX_ANNOTATION: usize = 140;
/// Annotations that are never shown.
const HIDDEN: &str = crate::verbs::apply::LAST_APPLIED;

/// A description in the making.
#[derive(Default)]
pub struct Text(String);

impl Text {
    /// What was written so far, with tabs.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A line, two spaces in for each level.
    pub fn line(&mut self, level: usize, text: impl AsRef<str>) {
        self.0.extend(std::iter::repeat_n("  ", level));
        self.0.push_str(text.as_ref());
        self.0.push('\n');
    }

    /// `title:  value`
    pub fn pair(&mut self, level: usize, title: &str, value: impl AsRef<str>) {
        self.line(level, format!("{title}:\t{}", value.as_ref()));
    }

    /// Name, and namespace for what has one.
    pub fn name(&mut self, object: &Value) {
        self.pair(0, "Name", path::str(object, "metadata.name"));
        self.pair(0, "Namespace", path::str(object, "metadata.namespace"));
    }

    /// The conditions of a node or a claim; nothing if there are none. `seen` is `LastHeartbeatTime` or `LastProbeTime`.
    pub fn conditions(&mut self, conditions: &[Value], seen: &str) {
        if conditions.is_empty() {
            return;
        }
        self.line(0, "Conditions:");
        self.line(1, format!("Type\tStatus\t{seen}\tLastTransitionTime\tReason\tMessage"));
        self.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
        let seen = seen.replacen('L', "l", 1);
        for condition in conditions {
            let field = |name: &str| path::str(condition, name).to_owned();
            self.line(
                1,
                format!(
                    "{} \t{} \t{} \t{} \t{} \t{}",
                    field("type"),
                    field("status"),
                    rfc1123(&field(&seen)),
                    rfc1123(&field("lastTransitionTime")),
                    field("reason"),
                    field("message")
                ),
            );
        }
    }

    /// Labels and annotations of an object.
    pub fn labels_and_annotations(&mut self, object: &Value) {
        self.labels("", "Labels", path::get(object, "metadata.labels"));
        self.annotations("Annotations", path::get(object, "metadata.annotations"));
    }

    /// `key=value` pairs, a line each.
    pub fn labels(&mut self, indent: &str, title: &str, labels: &Value) {
        let lines: Vec<String> = labels
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
            .collect();
        self.column(indent, title, &lines);
    }

    /// Values below each other, the title before the first; `<none>` where there are none.
    pub fn column(&mut self, indent: &str, title: &str, lines: &[String]) {
        if lines.is_empty() {
            self.line(0, format!("{indent}{title}:\t<none>"));
        }
        for (index, line) in lines.iter().enumerate() {
            match index {
                0 => self.line(0, format!("{indent}{title}:\t{line}")),
                _ => self.line(0, format!("{indent}\t{line}")),
            }
        }
    }

    /// Annotations but the one apply keeps.
    pub fn annotations(&mut self, title: &str, annotations: &Value) {
        let shown = annotations.as_object().into_iter().flatten().filter(|(key, _)| *key != HIDDEN);
        let mut first = true;
        for (key, value) in shown {
            let value = value.as_str().unwrap_or_default();
            let value = value.strip_suffix('\n').unwrap_or(value);
            let start = if first { format!("{title}:\t") } else { "\t".to_owned() };
            first = false;
            if value.len() + key.len() + 2 > MAX_ANNOTATION || value.contains('\n') {
                self.line(0, format!("{start}{key}:"));
                for part in value.split('\n') {
                    self.line(0, format!("\t  {}", shorten(part, MAX_ANNOTATION - 2)));
                }
            } else {
                self.line(0, format!("{start}{key}: {value}"));
            }
        }
        if first {
            self.line(0, format!("{title}:\t<none>"));
        }
    }
}

fn shorten(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let mut end = max;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}...", &text[..end])
}

/// The text of a scalar; empty for none.
pub fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// `[a b]`, as Go prints a list.
pub fn go_list(value: &Value) -> String {
    let items: Vec<String> = value.as_array().into_iter().flatten().map(scalar).collect();
    format!("[{}]", items.join(" "))
}

/// `a=b,c=d`, or `<none>`.
pub fn format_labels(labels: &Value) -> String {
    crate::printers::table::labels(labels)
}

/// A label selector as Kubernetes prints it; `<none>` for an empty one.
pub fn format_selector(selector: &Value) -> String {
    match api::LabelSelector::from_value(selector).map(|selector| selector.to_string()) {
        Some(text) if !text.is_empty() => text,
        _ => "<none>".to_owned(),
    }
}

/// `Kind/name` of the controller that owns an object.
pub fn controller(object: &Value) -> Option<String> {
    let owners = path::list(object, "metadata.ownerReferences");
    let owner = owners.iter().find(|owner| owner["controller"] == true)?;
    Some(format!("{}/{}", path::str(owner, "kind"), path::str(owner, "name")))
}

/// `True` or `False`.
pub fn capital(truth: bool) -> &'static str {
    if truth { "True" } else { "False" }
}
