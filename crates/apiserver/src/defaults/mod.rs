//! Defaulting: one file a kind. Follows kubernetes/pkg/apis/*/v1/defaults.go.

pub mod batch;
mod extensions;
mod limits;
mod pod;
mod service;
mod storage;
mod workloads;

use api::path;
use serde_json::{Map, Value, json};

use super::escalation::GROUP;

/// The defaulting function of a resource.
pub fn of(key: &str) -> fn(&mut Value) {
    match key {
        "pods" => pod::pod,
        "podtemplates" => |object| pod::template(&mut object["template"]),
        "deployments.apps" => workloads::deployment,
        "replicasets.apps" => workloads::replica_set,
        "replicationcontrollers" => workloads::replication_controller,
        "statefulsets.apps" => workloads::stateful_set,
        "daemonsets.apps" => workloads::daemon_set,
        "jobs.batch" => batch::job,
        "cronjobs.batch" => batch::cron_job,
        "services" => service::service,
        "endpoints" => service::endpoints,
        "endpointslices.discovery.k8s.io" => service::endpoint_slice,
        "persistentvolumeclaims" => storage::claim,
        "persistentvolumes" => storage::volume,
        "storageclasses.storage.k8s.io" => storage::class,
        "namespaces" => namespace,
        "secrets" => secret,
        "horizontalpodautoscalers.autoscaling" => autoscaler,
        super::served::DEFINITIONS => super::custom::definition::default,
        "csidrivers.storage.k8s.io" => storage::driver,
        "mutatingwebhookconfigurations.admissionregistration.k8s.io"
        | "validatingwebhookconfigurations.admissionregistration.k8s.io" => extensions::webhooks,
        "mutatingadmissionpolicies.admissionregistration.k8s.io"
        | "validatingadmissionpolicies.admissionregistration.k8s.io" => extensions::policy,
        "validatingadmissionpolicybindings.admissionregistration.k8s.io"
        | "mutatingadmissionpolicybindings.admissionregistration.k8s.io" => extensions::policy_binding,
        "flowschemas.flowcontrol.apiserver.k8s.io" => |object| default(&mut object["spec"], "matchingPrecedence", 1000),
        "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io" => extensions::priority_level,
        "ingressclasses.networking.k8s.io" => |object| {
            if let Some(parameters) = object["spec"].get_mut("parameters").filter(|one| one.is_object()) {
                default_text(parameters, "scope", "Cluster");
            }
        },
        "limitranges" => limits::limit_range,
        "networkpolicies.networking.k8s.io" => network_policy,
        "priorityclasses.scheduling.k8s.io" => |object| default(object, "preemptionPolicy", "PreemptLowerPriority"),
        "rolebindings.rbac.authorization.k8s.io" | "clusterrolebindings.rbac.authorization.k8s.io" => role_binding,
        _ => none,
    }
}

fn none(_: &mut Value) {}

/// Sets a field that is not there. `object` becomes an object if it is null.
fn default(object: &mut Value, field: &str, value: impl Into<Value>) {
    if object.is_null() {
        *object = Value::Object(Map::new());
    }
    if let Some(fields) = object.as_object_mut()
        && fields.get(field).is_none_or(|current| current.is_null())
    {
        fields.insert(field.to_owned(), value.into());
    }
}

/// Sets a text that is missing or empty.
fn default_text(object: &mut Value, field: &str, value: &str) {
    if object[field].as_str().unwrap_or_default().is_empty() {
        path::set(object, field, value);
    }
}

/// Every item of a list.
fn each(object: &mut Value, list: &str, change: fn(&mut Value)) {
    for item in object.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
        change(item);
    }
}

fn namespace(object: &mut Value) {
    let name = object["metadata"]["name"].clone();
    if name.as_str().is_some_and(|name| !name.is_empty()) {
        default(&mut object["metadata"], "labels", json!({}));
        default(&mut object["metadata"]["labels"], "kubernetes.io/metadata.name", name);
    }
    if object["metadata"].get("deletionTimestamp").is_none() {
        default(&mut object["spec"], "finalizers", json!(["kubernetes"]));
    }
}

/// `stringData` is written into `data` and not kept.
fn secret(object: &mut Value) {
    default_text(object, "type", "Opaque");
    let Some(Value::Object(texts)) = path::remove(object, "stringData") else { return };
    default(object, "data", json!({}));
    for (key, text) in texts {
        object["data"][key] = api::base64::encode(text.as_str().unwrap_or_default().as_bytes()).into();
    }
}

/// Roles, users and groups are of RBAC's group.
fn role_binding(object: &mut Value) {
    default_text(&mut object["roleRef"], "apiGroup", GROUP);
    each(object, "subjects", |subject| {
        if matches!(path::str(subject, "kind"), "User" | "Group") {
            default_text(subject, "apiGroup", GROUP);
        }
    });
}

fn autoscaler(object: &mut Value) {
    let spec = &mut object["spec"];
    default(spec, "minReplicas", 1);
    if path::list(spec, "metrics").is_empty() {
        spec["metrics"] = json!([{"type": "Resource", "resource": {
            "name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}]);
    }
    if let Some(behavior) = spec.get_mut("behavior").filter(|behavior| behavior.is_object()) {
        let policy = |kind: &str, value: i32| json!({"type": kind, "value": value, "periodSeconds": 15});
        for (direction, policies) in [
            ("scaleUp", json!([policy("Pods", 4), policy("Percent", 100)])),
            ("scaleDown", json!([policy("Percent", 100)])),
        ] {
            default(behavior, direction, json!({}));
            let rules = &mut behavior[direction];
            default(rules, "selectPolicy", "Max");
            default(rules, "policies", policies);
            if direction == "scaleUp" {
                default(rules, "stabilizationWindowSeconds", 0);
            }
        }
    }
}

fn network_policy(object: &mut Value) {
    for direction in ["ingress", "egress"] {
        each(&mut object["spec"], direction, |rule| each(rule, "ports", |port| default_text(port, "protocol", "TCP")));
    }
    if path::list(object, "spec.policyTypes").is_empty() {
        let mut types = vec!["Ingress"];
        if !path::list(object, "spec.egress").is_empty() {
            types.push("Egress");
        }
        path::set(object, "spec.policyTypes", types);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(key: &str, object: Value, expected: Value) {
        let mut object = object;
        of(key)(&mut object);
        assert_eq!(object, expected, "{key}");
        let once = object.clone();
        of(key)(&mut object);
        assert_eq!(object, once, "defaulting {key} twice changes nothing");
    }

    #[test]
    fn a_pod_gets_its_defaults() {
        check(
            "pods",
            json!({"metadata": {"name": "x"}, "spec": {
                "containers": [{"name": "c", "image": "nginx", "ports": [{"containerPort": 80}],
                    "readinessProbe": {"httpGet": {"port": 80}}, "resources": {"limits": {"cpu": "1"}}}],
                "volumes": [{"name": "v"}, {"name": "cm", "configMap": {"name": "a"}}]}}),
            json!({"metadata": {"name": "x"}, "spec": {
                "containers": [{"name": "c", "image": "nginx", "imagePullPolicy": "Always",
                    "ports": [{"containerPort": 80, "protocol": "TCP"}],
                    "readinessProbe": {"httpGet": {"path": "/", "port": 80, "scheme": "HTTP"}, "timeoutSeconds": 1,
                        "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3},
                    "resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "1"}},
                    "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}],
                "volumes": [{"name": "v", "emptyDir": {}}, {"name": "cm", "configMap": {"name": "a", "defaultMode": 420}}],
                "dnsPolicy": "ClusterFirst", "enableServiceLinks": true, "restartPolicy": "Always",
                "schedulerName": "default-scheduler", "securityContext": {}, "terminationGracePeriodSeconds": 30}}),
        );
    }

    #[test]
    fn a_template_gets_no_host_ports_and_volumes_get_theirs() {
        let mut object = json!({"spec": {"template": {"spec": {"hostNetwork": true, "containers": [
            {"name": "c", "image": "nginx:1", "ports": [{"containerPort": 80}]}], "volumes": [
            {"name": "d", "downwardAPI": {"items": [{"path": "p", "fieldRef": {"fieldPath": "metadata.name"}}]}},
            {"name": "i", "iscsi": {"iqn": "x"}},
            {"name": "e", "ephemeral": {"volumeClaimTemplate": {"spec": {"resources": {}}}}},
            {"name": "o", "image": {"reference": "a:1"}}]}}}});
        of("daemonsets.apps")(&mut object);
        let spec = &object["spec"]["template"]["spec"];
        assert_eq!(spec["containers"][0]["ports"], json!([{"containerPort": 80, "protocol": "TCP"}]));
        assert_eq!(
            spec["volumes"],
            json!([
                {"name": "d", "downwardAPI": {"defaultMode": 420, "items": [
                    {"path": "p", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}]}},
                {"name": "i", "iscsi": {"iqn": "x", "iscsiInterface": "default"}},
                {"name": "e", "ephemeral": {"volumeClaimTemplate": {"metadata": {},
                    "spec": {"resources": {}, "volumeMode": "Filesystem"}}}},
                {"name": "o", "image": {"reference": "a:1", "pullPolicy": "IfNotPresent"}},
            ])
        );
    }

    #[test]
    fn other_kinds_get_theirs() {
        let metrics = json!([{"type": "Resource"}]);
        check(
            "horizontalpodautoscalers.autoscaling",
            json!({"spec": {"metrics": metrics, "behavior": {"scaleDown": {"stabilizationWindowSeconds": 60}}}}),
            json!({"spec": {"minReplicas": 1, "metrics": metrics, "behavior": {
                "scaleDown": {"stabilizationWindowSeconds": 60, "selectPolicy": "Max",
                    "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]},
                "scaleUp": {"stabilizationWindowSeconds": 0, "selectPolicy": "Max", "policies": [
                    {"type": "Pods", "value": 4, "periodSeconds": 15},
                    {"type": "Percent", "value": 100, "periodSeconds": 15}]}}}}),
        );
        check(
            "validatingwebhookconfigurations.admissionregistration.k8s.io",
            json!({"kind": "ValidatingWebhookConfiguration", "webhooks": [{"rules": [{}], "clientConfig": {"service": {}}}]}),
            json!({"kind": "ValidatingWebhookConfiguration", "webhooks": [{"failurePolicy": "Fail",
                "matchPolicy": "Equivalent", "namespaceSelector": {}, "objectSelector": {}, "timeoutSeconds": 10,
                "rules": [{"scope": "*"}], "clientConfig": {"service": {"port": 443}}}]}),
        );
        check(
            "endpointslices.discovery.k8s.io",
            json!({"endpoints": [{"addresses": ["1.2.3.4"]}]}),
            json!({"endpoints": [{"addresses": ["1.2.3.4"], "conditions": {}}]}),
        );
        check(
            "services",
            json!({"spec": {"type": "NodePort", "ports": [{"port": 80}]}}),
            json!({"spec": {"type": "NodePort", "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}],
                "externalTrafficPolicy": "Cluster", "internalTrafficPolicy": "Cluster", "sessionAffinity": "None"}}),
        );
        check(
            "secrets",
            json!({"stringData": {"password": "s3cr3t", "b": "a"}}),
            json!({"type": "Opaque", "data": {"password": "czNjcjN0", "b": "YQ=="}}),
        );
        check(
            "deployments.apps",
            json!({"spec": {"strategy": {"type": "Recreate"}, "template": {"spec": {"containers": []}}}}),
            json!({"spec": {"strategy": {"type": "Recreate"}, "replicas": 1, "revisionHistoryLimit": 10,
                "progressDeadlineSeconds": 600, "template": {"metadata": {}, "spec": {"containers": [],
                "dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "schedulerName": "default-scheduler",
                "securityContext": {}, "terminationGracePeriodSeconds": 30}}}}),
        );
        check(
            "namespaces",
            json!({"metadata": {"name": "dev"}}),
            json!({"metadata": {"name": "dev", "labels": {"kubernetes.io/metadata.name": "dev"}},
                "spec": {"finalizers": ["kubernetes"]}}),
        );
    }
}
