//! What Go writes of a typed object that a manifest leaves out: structs that are no pointers, and numbers that are not
//! `omitempty`. Commands that work on typed objects without a server (`kubectl set --local`) print them.

use serde_json::{Value, json};

/// Kinds, where to add, and what.
const STRUCTS: &[(&str, &str, &str)] = &[
    ("Deployment", "/spec", "strategy"),
    ("StatefulSet DaemonSet", "/spec", "updateStrategy"),
    ("CronJob", "/spec/jobTemplate", "metadata"),
    ("CronJob", "/spec/jobTemplate/spec/template", "metadata"),
    ("Deployment StatefulSet DaemonSet ReplicaSet Job", "/spec/template", "metadata"),
    ("Pod Deployment StatefulSet DaemonSet ReplicaSet Job CronJob", "", "status"),
    ("Service", "", "status"),
    ("Service", "/status", "loadBalancer"),
];
const NUMBERS: &[(&str, &[&str])] = &[
    ("StatefulSet", &["availableReplicas", "replicas"]),
    ("ReplicaSet", &["replicas"]),
    ("DaemonSet", &["currentNumberScheduled", "desiredNumberScheduled", "numberMisscheduled", "numberReady"]),
];

/// Adds them.
pub fn complete(object: &mut Value) {
    let kind = object["kind"].as_str().unwrap_or_default().to_owned();
    let add = |place: Option<&mut Value>, name: &str, value: Value| {
        if let Some(Value::Object(place)) = place {
            place.entry(name).or_insert(value);
        }
    };
    for (_, place, name) in STRUCTS.iter().filter(|(kinds, ..)| kinds.split(' ').any(|one| one == kind)) {
        add(object.pointer_mut(place), name, json!({}));
    }
    for (_, names) in NUMBERS.iter().filter(|(one, _)| *one == kind) {
        names.iter().for_each(|name| add(object.get_mut("status"), name, json!(0)));
    }
    for claim in object.pointer_mut("/spec/volumeClaimTemplates").and_then(Value::as_array_mut).into_iter().flatten() {
        add(Some(claim), "status", json!({}));
    }
    for place in ["/spec", "/spec/template/spec", "/spec/jobTemplate/spec/template/spec"] {
        for list in ["containers", "initContainers"] {
            let containers = object.pointer_mut(&format!("{place}/{list}")).and_then(Value::as_array_mut);
            containers.into_iter().flatten().for_each(|one| add(Some(one), "resources", json!({})));
        }
    }
}
