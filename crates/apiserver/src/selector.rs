//! Label selectors of objects: `{matchLabels, matchExpressions}` and the plain map of a Service.
//!
//! <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors>

use api::path;
use serde_json::Value;

/// Whether a `metav1.LabelSelector` selects these labels. An empty one selects everything, `null` nothing.
pub fn matches(selector: &Value, labels: &Value) -> bool {
    if selector.is_null() {
        return false;
    }
    matches_map(path::field(selector, "matchLabels"), labels)
        && path::list(selector, "matchExpressions").iter().all(|expression| matches_expression(expression, labels))
}

/// Whether all of these labels are there (an absent map asks for none).
pub fn matches_map(wanted: &Value, labels: &Value) -> bool {
    let Some(wanted) = wanted.as_object() else { return true };
    wanted.iter().all(|(key, value)| path::field(labels, key) == value)
}

/// One expression of a label selector or of a node selector term.
pub fn matches_expression(expression: &Value, labels: &Value) -> bool {
    let value = path::field(labels, path::str(expression, "key")).as_str();
    let values = path::list(expression, "values");
    let listed = value.is_some_and(|value| values.iter().any(|wanted| wanted == value));
    let number = |text: &str| text.parse::<i64>().ok();
    let bound = || values.first().and_then(Value::as_str).and_then(number);
    match path::str(expression, "operator") {
        "In" => listed,
        "NotIn" => !listed,
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => value.and_then(number).zip(bound()).is_some_and(|(value, bound)| value > bound),
        "Lt" => value.and_then(number).zip(bound()).is_some_and(|(value, bound)| value < bound),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn selectors_select() {
        let labels = json!({"app": "nginx", "tier": "front", "n": "5"});
        for (selector, expected) in [
            (json!({}), true),
            (Value::Null, false),
            (json!({"matchLabels": {"app": "nginx"}}), true),
            (json!({"matchLabels": {"app": "web"}}), false),
            (json!({"matchLabels": {"nope": "x"}}), false),
            (json!({"matchExpressions": [{"key": "app", "operator": "In", "values": ["a", "nginx"]}]}), true),
            (json!({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["nginx"]}]}), false),
            (json!({"matchExpressions": [{"key": "no", "operator": "NotIn", "values": ["nginx"]}]}), true),
            (json!({"matchExpressions": [{"key": "no", "operator": "DoesNotExist"}]}), true),
            (json!({"matchExpressions": [{"key": "n", "operator": "Gt", "values": ["4"]}]}), true),
            (json!({"matchExpressions": [{"key": "n", "operator": "Lt", "values": ["4"]}]}), false),
            (json!({"matchExpressions": [{"key": "n", "operator": "Sounds"}]}), false),
        ] {
            assert_eq!(matches(&selector, &labels), expected, "{selector}");
        }
    }
}
