//! `kubectl apply --overwrite=false`: what the manifest changes, and somebody else changed otherwise, is left alone
//! (`MergingMapsHaveConflicts` of k8s.io/apimachinery/pkg/util/strategicpatch).

use api::schema::{Field, Struct};
use api::strategic;
use serde_json::Value;

use crate::error::{Outcome, plain};
use crate::printers::json::compact;

/// Refuses a patch that conflicts with what was changed since the last apply.
///
/// # Errors
/// In kubectl's words, with all that was compared.
pub fn refuse(
    original: &Value,
    modified: &Value,
    current: &Value,
    patch: &Value,
    schema: Option<&'static Struct>,
) -> Outcome {
    let mut changed = strategic::two_way(original, current, schema).or_else(|error| plain(error.to_string()))?;
    without_orders(&mut changed);
    if !conflict(patch, &changed, None, schema) {
        return Ok(());
    }
    let (patch, changed) = (manifest::to_yaml(patch), manifest::to_yaml(&changed));
    plain(format!(
        "creating patch with:\noriginal:\n{}\n\nmodified:\n{}\n\ncurrent:\n{}\n\nfor: patch:\n{patch}\nconflicts with changes made from original to current:\n{changed}\n",
        compact(original),
        compact(modified),
        compact(current),
    ))
}

/// This difference says nothing of the order of lists.
fn without_orders(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !name.starts_with("$setElementOrder"));
            fields.values_mut().for_each(without_orders);
        }
        Value::Array(items) => items.iter_mut().for_each(without_orders),
        _ => {}
    }
}

fn conflict(left: &Value, right: &Value, field: Option<&Field>, schema: Option<&'static Struct>) -> bool {
    let merge = field.map(|field| field.merge).unwrap_or_default();
    match (left, right) {
        (Value::Object(ours), Value::Object(theirs)) => {
            ours.get("$patch") != theirs.get("$patch")
                || !merge.replace
                    && ours.iter().filter(|(name, _)| !name.starts_with("$retainKeys")).any(|(name, value)| {
                        let field = schema.and_then(|schema| schema.field(name));
                        let below = field.and_then(|field| field.kind.element());
                        theirs.get(name).is_some_and(|other| conflict(value, other, field, below))
                    })
        }
        (Value::Array(ours), Value::Array(theirs)) => match merge.key {
            // Lists of texts are merged without conflict.
            Some("") => false,
            Some(key) => ours
                .iter()
                .any(|one| theirs.iter().any(|other| one[key] == other[key] && conflict(one, other, None, schema))),
            None => {
                ours.len() != theirs.len()
                    || ours.iter().zip(theirs).any(|(one, other)| conflict(one, other, None, schema))
            }
        },
        (left, right) => left != right,
    }
}

#[cfg(test)]
mod tests {
    use super::refuse;
    use serde_json::json;

    #[test]
    fn what_somebody_else_changed_is_a_conflict() {
        let of = |replicas: i32, image: &str, paused: bool| {
            let containers = json!([{"name": "web", "image": image}]);
            json!({"spec": {"replicas": replicas, "paused": paused, "template": {"spec": {"containers": containers}}}})
        };
        let schema = api::schema::struct_of_kind("apps/v1", "Deployment");
        let original = of(1, "a", false);
        for (modified, current, conflicts) in [
            (of(2, "b", false), of(1, "a", false), false),
            (of(2, "a", false), of(3, "a", false), true),
            (of(1, "b", false), of(1, "c", false), true),
            // What the manifest says as before, and somebody changed.
            (of(1, "a", false), of(1, "b", false), true),
            (of(1, "a", true), of(1, "a", true), false),
        ] {
            let patch = api::strategic::three_way(&original, &modified, &current, schema).unwrap();
            let refused = refuse(&original, &modified, &current, &patch, schema).is_err();
            assert_eq!(refused, conflicts, "{patch}");
        }
    }
}
