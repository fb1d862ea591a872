//! Label selectors inside objects.

use std::fmt::Arguments;

use api::{names, path};
use serde_json::Value;

use super::Errors;

/// The rules of a `metav1.LabelSelector`.
pub fn selector(selector: &Value, field: Arguments, errors: &mut Errors) {
    crate::metadata::validate_labels(&selector["matchLabels"], format_args!("{field}.matchLabels"), errors);
    for (index, expression) in path::list(selector, "matchExpressions").iter().enumerate() {
        let here = format_args!("{field}.matchExpressions[{index}]");
        let values = path::list(expression, "values");
        match path::str(expression, "operator") {
            "In" | "NotIn" if values.is_empty() => {
                errors.required(format_args!("{here}.values"), "must be specified when `operator` is 'In' or 'NotIn'");
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                let why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                errors.forbidden(format_args!("{here}.values"), why);
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            other => errors.invalid(format_args!("{here}.operator"), other, "not a valid selector operator"),
        }
        let key = path::str(expression, "key");
        errors.invalid_all(format_args!("{here}.key"), key, &names::qualified_name(key));
        for (index, value) in values.iter().filter_map(Value::as_str).enumerate() {
            errors.invalid_all(format_args!("{here}.values[{index}]"), value, &names::label_value(value));
        }
    }
}

/// Whether a selector selects by nothing at all.
pub fn is_empty(selector: &Value) -> bool {
    path::object(selector, "matchLabels").is_none_or(serde_json::Map::is_empty)
        && path::list(selector, "matchExpressions").is_empty()
}
