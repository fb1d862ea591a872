//! Errors of single fields and the `Status` they make together.
//!
//! Follows k8s.io/apimachinery/pkg/util/validation/field and api/errors.NewInvalid.

use std::fmt::Display;

use api::{Cause, Reason, Status};
use serde_json::Value;

/// The errors of one object, in the order in which they were found.
#[derive(Default, Debug)]
pub struct Errors(Vec<Cause>);

impl Errors {
    fn push(&mut self, reason: &str, field: &dyn Display, mut message: String, detail: &str) {
        if !detail.is_empty() {
            message.push_str(": ");
            message.push_str(detail);
        }
        self.0.push(Cause { reason: reason.to_owned(), message, field: field.to_string() });
    }

    /// `Invalid value: "x": detail`
    pub fn invalid(&mut self, field: impl Display, value: impl Into<Value>, detail: &str) {
        let value = value.into();
        self.push("FieldValueInvalid", &field, format!("Invalid value: {}", shown(&value)), detail);
    }

    /// `Invalid value: detail`, where the value is too large to be shown.
    pub fn invalid_as_a_whole(&mut self, field: impl Display, detail: &str) {
        self.push("FieldValueInvalid", &field, "Invalid value".to_owned(), detail);
    }

    /// One `Invalid value` for each sentence.
    pub fn invalid_all(&mut self, field: impl Display, value: &str, details: &[String]) {
        for detail in details {
            self.invalid(&field, value, detail);
        }
    }

    /// `Required value: detail`
    pub fn required(&mut self, field: impl Display, detail: &str) {
        self.push("FieldValueRequired", &field, "Required value".to_owned(), detail);
    }

    /// `Duplicate value: "x"`
    pub fn duplicate(&mut self, field: impl Display, value: impl Into<Value>) {
        let message = format!("Duplicate value: {}", shown(&value.into()));
        self.push("FieldValueDuplicate", &field, message, "");
    }

    /// `Not found: "x"`
    pub fn not_found(&mut self, field: impl Display, value: impl Into<Value>) {
        let message = format!("Not found: {}", shown(&value.into()));
        self.push("FieldValueNotFound", &field, message, "");
    }

    /// `Unsupported value: "x": supported values: "A", "B"`, in the order given.
    pub fn unsupported(&mut self, field: impl Display, value: impl Into<Value>, supported: &[&str]) {
        let supported: Vec<String> = supported.iter().map(|value| format!("{value:?}")).collect();
        let message = format!("Unsupported value: {}", shown(&value.into()));
        self.push("FieldValueNotSupported", &field, message, &format!("supported values: {}", supported.join(", ")));
    }

    /// `Forbidden: detail`
    pub fn forbidden(&mut self, field: impl Display, detail: &str) {
        self.push("FieldValueForbidden", &field, "Forbidden".to_owned(), detail);
    }

    /// `Too long: may not be more than N bytes`
    pub fn too_long(&mut self, field: impl Display, max: usize) {
        self.push("FieldValueTooLong", &field, "Too long".to_owned(), &format!("may not be more than {max} bytes"));
    }

    /// `Too many: N: must have at most M items`
    pub fn too_many(&mut self, field: impl Display, actual: i64, most: i64) {
        let items = if most == 1 { "item" } else { "items" };
        self.push(
            "FieldValueTooMany",
            &field,
            format!("Too many: {actual}"),
            &format!("must have at most {most} {items}"),
        );
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// `Ok` if there is none, else the `Invalid` status.
    ///
    /// # Errors
    /// `Deployment.apps "web" is invalid: …` with all errors as causes.
    pub fn into_result(self, group: &str, kind: &str, name: &str) -> Result<(), Status> {
        if self.0.is_empty() {
            return Ok(());
        }
        let qualified = if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") };
        let mut lines: Vec<String> = Vec::new();
        for cause in &self.0 {
            let line = format!("{}: {}", cause.field, cause.message);
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        let errors = if lines.len() == 1 { lines.remove(0) } else { format!("[{}]", lines.join(", ")) };
        let message = format!("{qualified} {} is invalid: {errors}", quote(name));
        let mut status = Status::new(Reason::Invalid, message).about(group, kind, name);
        status.causes = self.0;
        Err(status)
    }
}

/// A value as errors show it: text quoted, everything else as JSON.
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => quote(text),
        other => other.to_string(),
    }
}

/// A unified diff of two values' JSON, as Kubernetes appends it to `spec: Forbidden`: what an update tried to change. It
/// shows the API's field names where Kubernetes shows Go's.
pub fn difference(old: &Value, new: &Value) -> String {
    let lines = |value: &Value| -> Vec<String> {
        serde_json::to_string_pretty(value).unwrap_or_default().lines().map(|line| line.replace("  ", " ")).collect()
    };
    let (old, new) = (lines(old), lines(new));
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let start = head.saturating_sub(CONTEXT);
    let after = tail.min(CONTEXT);
    let mut text = format!(
        "@@ -{},{} +{},{} @@\n",
        start + 1,
        old.len() - tail + after - start,
        start + 1,
        new.len() - tail + after - start
    );
    for (mark, part) in [
        (' ', &old[start..head]),
        ('-', &old[head..old.len() - tail]),
        ('+', &new[head..new.len() - tail]),
        (' ', &old[old.len() - tail..old.len() - tail + after]),
    ] {
        for line in part {
            text.push(mark);
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// Lines of context in a diff.
const CONTEXT: usize = 3;

/// Text as Go's `%q` shows it: printable Unicode stays.
pub fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => quoted.push_str(&format!("\\x{:02x}", c as u32)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn errors_read_as_kubernetes_writes_them() {
        let mut errors = Errors::default();
        errors.invalid("spec.selector", json!({"matchLabels": {"app": "x"}}), "field is immutable");
        errors.required("spec.containers[0].image", "");
        errors.unsupported("spec.type", "X", &["B", "A"]);
        errors.invalid("spec.port", 0, "must be between 1 and 65535, inclusive");
        errors.required("spec.containers[0].image", "");
        let status = errors.into_result("apps", "Deployment", "web").unwrap_err();
        assert_eq!(
            status.message,
            "Deployment.apps \"web\" is invalid: [spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"x\"}}: field \
             is immutable, spec.containers[0].image: Required value, spec.type: Unsupported value: \"X\": supported \
             values: \"B\", \"A\", spec.port: Invalid value: 0: must be between 1 and 65535, inclusive]"
        );
        assert_eq!((status.code, status.causes.len(), status.kind.as_str()), (422, 5, "Deployment"));
        assert!(Errors::default().into_result("", "Pod", "x").is_ok());
    }
}
