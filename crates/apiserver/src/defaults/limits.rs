//! LimitRanges: bounds are defaults too.

use serde_json::{Value, json};

use super::default;

/// A LimitRange: a container's default limit is the greatest one, its default request that limit, or the least one.
pub fn limit_range(object: &mut Value) {
    for limit in object["spec"].get_mut("limits").and_then(Value::as_array_mut).into_iter().flatten() {
        if limit["type"] != "Container" {
            continue;
        }
        for (field, from) in [("default", "max"), ("defaultRequest", "default"), ("defaultRequest", "min")] {
            for (name, amount) in limit[from].as_object().cloned().into_iter().flatten() {
                default(limit, field, json!({}));
                default(&mut limit[field], &name, amount);
            }
        }
    }
}
