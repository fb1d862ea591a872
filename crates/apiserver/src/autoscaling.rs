//! `autoscaling/v1`: the old form of a HorizontalPodAutoscaler, which only knows the CPU. Objects are kept as v2.
//!
//! Follows kubernetes/pkg/apis/autoscaling/v1/conversion.go; metrics that v1 does not know are left out here, where
//! Kubernetes keeps them in annotations.

use api::{Resource, path};
use serde_json::{Value, json};

/// Whether a resource is the old form.
pub fn is_v1(resource: &Resource) -> bool {
    resource.plural == "horizontalpodautoscalers" && resource.version == "v1"
}

/// Makes a v2 object of a v1 one.
pub fn to_v2(object: &mut Value) {
    if object["apiVersion"] != "autoscaling/v1" {
        return;
    }
    object["apiVersion"] = "autoscaling/v2".into();
    if let Some(percent) = path::remove(object, "spec.targetCPUUtilizationPercentage") {
        object["spec"]["metrics"] = json!([{"type": "Resource", "resource": {
            "name": "cpu", "target": {"type": "Utilization", "averageUtilization": percent}}}]);
    }
    path::remove(object, "status.currentCPUUtilizationPercentage");
}

/// The v1 form of a v2 object.
pub fn to_v1(object: &Value) -> Value {
    let mut old = object.clone();
    if old["apiVersion"] != "autoscaling/v2" {
        return old;
    }
    old["apiVersion"] = "autoscaling/v1".into();
    let cpu = |metrics: &Value, at: &str| -> Option<Value> {
        let found = metrics.as_array()?.iter().find(|metric| path::str(metric, "resource.name") == "cpu")?;
        Some(path::get(found, at).clone()).filter(|percent| !percent.is_null())
    };
    if let Some(percent) = cpu(&object["spec"]["metrics"], "resource.target.averageUtilization") {
        old["spec"]["targetCPUUtilizationPercentage"] = percent;
    }
    if let Some(percent) = cpu(&object["status"]["currentMetrics"], "resource.current.averageUtilization") {
        old["status"]["currentCPUUtilizationPercentage"] = percent;
    }
    if old["status"].is_object() && old["status"]["currentReplicas"].is_null() {
        old["status"]["currentReplicas"] = 0.into();
    }
    for field in ["spec.metrics", "spec.behavior", "status.currentMetrics", "status.conditions"] {
        path::remove(&mut old, field);
    }
    old
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_say_the_same() {
        let old =
            json!({"apiVersion": "autoscaling/v1", "spec": {"maxReplicas": 3, "targetCPUUtilizationPercentage": 80}});
        let mut new = old.clone();
        to_v2(&mut new);
        assert_eq!(new["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"], 80);
        assert_eq!(to_v1(&new), old);
    }
}
