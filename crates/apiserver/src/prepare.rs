//! What a resource's strategy changes in an object beside defaults (`PrepareForCreate`, `PrepareForUpdate`).

use api::path;
use serde_json::{Value, json};

/// The annotation in which a DaemonSet counts changes of its template (the API's old `templateGeneration`).
const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

/// Prepares a new object. Its uid and name are set already.
pub fn create(key: &str, object: &mut Value) {
    match key {
        "jobs.batch" => {
            super::defaults::batch::job_selector(object);
            // A Job without labels gets those of its Pods.
            if path::object(object, "metadata.labels").is_none_or(|labels| labels.is_empty())
                && let labels @ Value::Object(_) = path::get(object, "spec.template.metadata.labels").clone()
            {
                object["metadata"]["labels"] = labels;
            }
        }
        "daemonsets.apps" => set_template_generation(object, 1),
        "pods" if !path::list(object, "spec.schedulingGates").is_empty() => {
            object["status"]["conditions"] = json!([{
                "type": "PodScheduled", "status": "False", "reason": "SchedulingGated", "lastTransitionTime": null,
                "message": "Scheduling is blocked due to non-empty scheduling gates",
            }]);
        }
        _ => {}
    }
}

/// Prepares the new object of an update.
pub fn update(key: &str, new: &mut Value, old: &Value) {
    if key == "daemonsets.apps" {
        let before = old["metadata"]["annotations"][TEMPLATE_GENERATION].as_str().and_then(|text| text.parse().ok());
        let changed = new["spec"]["template"] != old["spec"]["template"];
        set_template_generation(new, before.unwrap_or(1_i64) + i64::from(changed));
    }
}

fn set_template_generation(object: &mut Value, generation: i64) {
    if !object["metadata"]["annotations"].is_object() {
        path::set(object, "metadata.annotations", json!({}));
    }
    object["metadata"]["annotations"][TEMPLATE_GENERATION] = generation.to_string().into();
}
