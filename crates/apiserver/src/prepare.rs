//! What a resource's strategy changes in an object beside defaults (`PrepareForCreate`, `PrepareForUpdate`).

use api::path;
use serde_json::{Value, json};
use sim::Time;

use super::resize;
use super::route::Target;

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
        // Go writes a list that is not there.
        "roles.rbac.authorization.k8s.io" | "clusterroles.rbac.authorization.k8s.io" if object["rules"].is_null() => {
            object["rules"] = Value::Null;
        }
        "persistentvolumes" => {
            let began = object["metadata"]["creationTimestamp"].clone();
            object["status"]["lastPhaseTransitionTime"] = began;
        }
        "pods" if !path::list(object, "spec.schedulingGates").is_empty() => {
            object["status"]["conditions"] = json!([{
                "type": "PodScheduled", "status": "False", "reason": "SchedulingGated",
                "lastProbeTime": null, "lastTransitionTime": null,
                "message": "Scheduling is blocked due to non-empty scheduling gates",
            }]);
        }
        _ => {}
    }
}

/// Sets the status that a new object begins with.
pub fn reset_status(key: &str, object: &mut Value) {
    // Kubernetes keeps the status of a Node that registers itself.
    if key == "nodes" {
        return;
    }
    let status = match key {
        "pods" => json!({"phase": "Pending", "qosClass": super::qos::class(&object["spec"])}),
        "persistentvolumeclaims" | "persistentvolumes" => json!({"phase": "Pending"}),
        "namespaces" => json!({"phase": "Active"}),
        "services" | "ingresses.networking.k8s.io" => json!({"loadBalancer": {}}),
        "replicasets.apps" | "replicationcontrollers" => json!({"replicas": 0}),
        "statefulsets.apps" => json!({"availableReplicas": 0, "replicas": 0}),
        "horizontalpodautoscalers.autoscaling" => json!({"currentMetrics": null, "desiredReplicas": 0}),
        "poddisruptionbudgets.policy" => json!({
            "currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0,
        }),
        super::served::DEFINITIONS => super::custom::definition::first_status(object),
        "daemonsets.apps" => json!({
            "currentNumberScheduled": 0, "desiredNumberScheduled": 0, "numberMisscheduled": 0, "numberReady": 0,
        }),
        _ => json!({}),
    };
    path::set(object, "status", status);
}

/// Fills in what Go writes of a status though it is not set: a time that is no pointer.
pub fn complete_status(key: &str, status: &mut Value) {
    if key != "pods" {
        return;
    }
    for condition in status.get_mut("conditions").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(condition) = condition.as_object_mut() {
            condition.entry("lastProbeTime").or_insert(Value::Null);
        }
    }
}

/// Prepares the new object of an update of a status.
pub fn update_status(key: &str, new: &mut Value, old: &Value, now: Time) {
    if key == "persistentvolumes"
        && new["status"]["phase"] != old["status"]["phase"]
        && new["status"]["lastPhaseTransitionTime"] == old["status"]["lastPhaseTransitionTime"]
    {
        new["status"]["lastPhaseTransitionTime"] = now.rfc3339().into();
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

/// The new object of an update as its path lets it be written: the object itself cannot change its status, and a subresource
/// only what it is about.
pub fn written(has_status: bool, target: &Target, mut new: Value, old: &Value) -> Value {
    let key = target.resource.key();
    let with_old = |part: &str, taken: Value| {
        let mut object = old.clone();
        object["spec"][part] = taken;
        object
    };
    match target.subresource.as_str() {
        "status" => with_status_of(old, new, key),
        "finalize" => with_old("finalizers", new["spec"]["finalizers"].take()),
        "ephemeralcontainers" => with_old("ephemeralContainers", new["spec"]["ephemeralContainers"].take()),
        "resize" => resize::with_resources_of(old, &new),
        "approval" => new,
        _ => {
            if has_status {
                match old.get("status") {
                    Some(status) => new["status"] = status.clone(),
                    None => _ = path::remove(&mut new, "status"),
                }
            }
            if key == "namespaces" {
                new["spec"] = old["spec"].clone();
            }
            new
        }
    }
}

/// The old object with the new one's status, and with what else its status update may carry. Mostly the two differ in
/// nothing else, so the new one is put right rather than the old one copied.
fn with_status_of(old: &Value, mut new: Value, key: &str) -> Value {
    // Pods and Nodes take labels and annotations along with a status; the others do not.
    let carried: &[&str] = match key {
        "pods" | "nodes" | "persistentvolumes" | "persistentvolumeclaims" => &["labels", "annotations"],
        _ => &[],
    };
    let carried = [carried, &["managedFields"]].concat();
    restore(&mut new, old, &["status", "metadata"]);
    restore(&mut new["metadata"], &old["metadata"], &carried);
    new
}

/// Makes `new` equal to `old` but for some fields.
fn restore(new: &mut Value, old: &Value, except: &[&str]) {
    let (Some(new), Some(old)) = (new.as_object_mut(), old.as_object()) else { return };
    new.retain(|field, _| old.contains_key(field) || except.contains(&field.as_str()));
    for (field, value) in old.iter().filter(|(field, _)| !except.contains(&field.as_str())) {
        if new.get(field) != Some(value) {
            new.insert(field.clone(), value.clone());
        }
    }
}
