//! How much of a namespace's quotas an object uses.
//!
//! <https://kubernetes.io/docs/concepts/policy/resource-quotas/>, kubernetes/pkg/quota/v1/evaluator/core

use std::collections::BTreeMap;

use api::{Quantity, path};
use serde_json::Value;

/// Amounts by name: `pods`, `requests.cpu`, `count/deployments.apps`.
pub type Amounts = BTreeMap<String, Quantity>;

/// Resources that a quota counts by their plain name.
const COUNTED: &[&str] = &[
    "configmaps",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "services",
];
const COMPUTE: &[&str] = &["cpu", "memory", "ephemeral-storage"];
const CLASS: &str = ".storageclass.storage.k8s.io/";

/// The amounts that an object uses. `resource` is the plural with its group.
pub fn usage(resource: &str, object: &Value) -> Amounts {
    let mut used = Amounts::new();
    let one = Quantity::from_int(1);
    used.insert(format!("count/{resource}"), one);
    if resource == "pods" && matches!(path::str(object, "status.phase"), "Succeeded" | "Failed") {
        return used;
    }
    if COUNTED.contains(&resource) {
        used.insert(resource.to_owned(), one);
    }
    match resource {
        "pods" => pod(object, &mut used),
        "services" => service(object, &mut used),
        "persistentvolumeclaims" => claim(object, &mut used),
        _ => {}
    }
    used
}

fn pod(object: &Value, used: &mut Amounts) {
    for (field, prefix) in [("requests", "requests."), ("limits", "limits.")] {
        for (name, amount) in pod_total(object, field) {
            if field == "requests" && COMPUTE.contains(&name.as_str()) {
                used.insert(name.clone(), amount);
            }
            used.insert(format!("{prefix}{name}"), amount);
        }
    }
}

/// The requests or limits of a whole Pod: the sum of its containers, or its largest init container.
pub fn pod_total(pod: &Value, field: &str) -> Amounts {
    let mut sum = Amounts::new();
    for container in path::list(pod, "spec.containers") {
        add(&mut sum, &amounts(&container["resources"][field]));
    }
    let (mut sidecars, mut largest) = (Amounts::new(), Amounts::new());
    for container in path::list(pod, "spec.initContainers") {
        let mut own = amounts(&container["resources"][field]);
        if container["restartPolicy"] == "Always" {
            add(&mut sum, &own);
            add(&mut sidecars, &own);
            own.clone_from(&sidecars);
        } else {
            add(&mut own, &sidecars);
        }
        at_least(&mut largest, &own);
    }
    at_least(&mut sum, &largest);
    sum
}

fn service(object: &Value, used: &mut Amounts) {
    let ports = path::list(object, "spec.ports").len() as i64;
    let (node_ports, balancers) = match path::str(object, "spec.type") {
        "NodePort" => (ports, 0),
        "LoadBalancer" if object["spec"]["allocateLoadBalancerNodePorts"] == false => {
            (path::list(object, "spec.ports").iter().filter(|port| port["nodePort"].is_i64()).count() as i64, 1)
        }
        "LoadBalancer" => (ports, 1),
        _ => (0, 0),
    };
    used.insert("services.nodeports".to_owned(), Quantity::from_int(node_ports));
    used.insert("services.loadbalancers".to_owned(), Quantity::from_int(balancers));
}

fn claim(object: &Value, used: &mut Amounts) {
    let class = path::str(object, "spec.storageClassName");
    if !class.is_empty() {
        used.insert(format!("{class}{CLASS}persistentvolumeclaims"), Quantity::from_int(1));
    }
    if let Some(storage) = amounts(&object["spec"]["resources"]["requests"]).get("storage") {
        used.insert("requests.storage".to_owned(), *storage);
        if !class.is_empty() {
            used.insert(format!("{class}{CLASS}requests.storage"), *storage);
        }
    }
}

/// The resource whose objects an entry of a quota counts; `None` for an entry that counts no objects.
pub fn resource_of(entry: &str) -> Option<String> {
    if let Some(resource) = entry.strip_prefix("count/") {
        return Some(resource.to_owned());
    }
    let counted = if entry == "requests.storage" || entry.contains(CLASS) {
        "persistentvolumeclaims"
    } else if entry.starts_with("services.") {
        "services"
    } else if entry.starts_with("requests.") || entry.starts_with("limits.") || COMPUTE.contains(&entry) {
        "pods"
    } else {
        COUNTED.iter().find(|name| **name == entry)?
    };
    Some(counted.to_owned())
}

/// Whether an object is in all scopes of a quota. Only Pods can be in a scope.
pub fn in_scope(quota: &Value, resource: &str, object: &Value) -> bool {
    let scope = |name: &str, operator: &str, values: &[Value]| match name {
        "Terminating" => !object["spec"]["activeDeadlineSeconds"].is_null(),
        "NotTerminating" => object["spec"]["activeDeadlineSeconds"].is_null(),
        "BestEffort" => crate::qos::class(&object["spec"]) == "BestEffort",
        "NotBestEffort" => crate::qos::class(&object["spec"]) != "BestEffort",
        "PriorityClass" => {
            let class = &object["spec"]["priorityClassName"];
            match operator {
                "In" => values.contains(class),
                "NotIn" => !values.contains(class),
                "DoesNotExist" => class.is_null(),
                _ => !class.is_null(),
            }
        }
        _ => false,
    };
    let scopes = path::list(quota, "spec.scopes");
    let expressions = path::list(quota, "spec.scopeSelector.matchExpressions");
    if scopes.is_empty() && expressions.is_empty() {
        return true;
    }
    resource == "pods"
        && scopes.iter().filter_map(Value::as_str).all(|name| scope(name, "Exists", &[]))
        && expressions
            .iter()
            .all(|term| scope(path::str(term, "scopeName"), path::str(term, "operator"), path::list(term, "values")))
}

/// A map of quantities.
pub fn amounts(map: &Value) -> Amounts {
    let entries = map.as_object().into_iter().flatten();
    sim::order::collect(entries.filter_map(|(name, text)| Some((name.clone(), Quantity::parse(text.as_str()?).ok()?))))
}

/// A map of quantities as JSON.
pub fn to_value(amounts: &Amounts) -> Value {
    let entries = amounts.iter().map(|(name, amount)| (name.clone(), Value::from(amount.to_string())));
    Value::Object(sim::order::collect(entries))
}

/// Adds up.
pub fn add(sum: &mut Amounts, more: &Amounts) {
    for (name, amount) in more {
        let total = sum.get(name).map_or(*amount, |before| before.plus(*amount));
        sum.insert(name.clone(), total);
    }
}

fn at_least(amounts: &mut Amounts, least: &Amounts) {
    for (name, amount) in least {
        if amounts.get(name).is_none_or(|before| before.minus(*amount).is_negative()) {
            amounts.insert(name.clone(), *amount);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn objects_use_what_they_ask_for() {
        for (resource, object, expected) in [
            ("configmaps", json!({}), json!({"configmaps": "1", "count/configmaps": "1"})),
            ("deployments.apps", json!({}), json!({"count/deployments.apps": "1"})),
            (
                "services",
                json!({"spec": {"type": "NodePort", "ports": [{}, {}]}}),
                json!({"services": "1", "count/services": "1", "services.nodeports": "2", "services.loadbalancers": "0"}),
            ),
            (
                "persistentvolumeclaims",
                json!({"spec": {"storageClassName": "fast", "resources": {"requests": {"storage": "1Gi"}}}}),
                json!({"persistentvolumeclaims": "1", "count/persistentvolumeclaims": "1", "requests.storage": "1Gi",
                    "fast.storageclass.storage.k8s.io/persistentvolumeclaims": "1",
                    "fast.storageclass.storage.k8s.io/requests.storage": "1Gi"}),
            ),
            (
                "pods",
                json!({"spec": {"containers": [{"resources": {"requests": {"cpu": "100m"}, "limits": {"memory": "1Gi"}}},
                    {"resources": {"requests": {"cpu": "200m"}}}],
                    "initContainers": [{"resources": {"requests": {"cpu": "1"}}}]}}),
                json!({"pods": "1", "count/pods": "1", "cpu": "1", "requests.cpu": "1", "limits.memory": "1Gi"}),
            ),
            ("pods", json!({"status": {"phase": "Succeeded"}}), json!({"count/pods": "1"})),
        ] {
            let used = usage(resource, &object);
            assert_eq!(to_value(&used), expected, "{resource}");
            assert!(used.keys().all(|entry| resource_of(entry).as_deref() == Some(resource)), "{resource}");
        }
    }
}
