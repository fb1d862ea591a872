//! Label selectors inside objects.

use std::fmt::Arguments;

use api::{names, path};
use serde_json::Value;

use super::Errors;

/// The rules of a `metav1.LabelSelector`.
pub fn selector(selector: &Value, field: Arguments, errors: &mut Errors) {
    crate::metadata::validate_labels(&selector["matchLabels"], format_args!("{field}.matchLabels"), errors);
    for (index, expression) in path::list(selector, "matchExpressions").iter().enumerate() {
        requirement(expression, format_args!("{field}.matchExpressions[{index}]"), false, errors);
    }
}

/// The rules of a requirement on a label: of a `metav1.LabelSelector`, or of a node selector, whose operators also compare
/// numbers.
pub fn requirement(expression: &Value, field: Arguments, compares: bool, errors: &mut Errors) {
    let values = path::list(expression, "values");
    match path::str(expression, "operator") {
        "In" | "NotIn" if values.is_empty() => {
            errors.required(format_args!("{field}.values"), "must be specified when `operator` is 'In' or 'NotIn'");
        }
        "Exists" | "DoesNotExist" if !values.is_empty() => {
            let why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
            errors.forbidden(format_args!("{field}.values"), why);
        }
        "Gt" | "Lt" if compares && values.len() != 1 => {
            let why = "must be specified single value when `operator` is 'Lt' or 'Gt'";
            errors.required(format_args!("{field}.values"), why);
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        "Gt" | "Lt" if compares => {}
        other => errors.invalid(format_args!("{field}.operator"), other, "not a valid selector operator"),
    }
    let key = path::str(expression, "key");
    errors.invalid_all(format_args!("{field}.key"), key, &names::qualified_name(key));
    for (index, value) in values.iter().filter_map(Value::as_str).enumerate() {
        errors.invalid_all(format_args!("{field}.values[{index}]"), value, &names::label_value(value));
    }
}

/// Whether a selector selects by nothing at all.
pub fn is_empty(selector: &Value) -> bool {
    path::object(selector, "matchLabels").is_none_or(serde_json::Map::is_empty)
        && path::list(selector, "matchExpressions").is_empty()
}
