//! Tables: what `kubectl get` prints, computed by the server. One kind's cells a file.
//!
//! Follows kubernetes/pkg/printers/internalversion/printers.go. The columns are in the table of resources.

mod event;
mod network;
mod node;
mod others;
mod pod;
mod rare;
mod storage;
mod workloads;

use std::rc::Rc;

use api::{LabelSelector, Request, Resource, duration, path};
use serde_json::{Value, json};
use sim::Time;

use super::custom;

/// The `meta.k8s.io/v1 Table` of some objects. `includeObject` says what of each object comes along: `None`, `Metadata`
/// (the default) or `Object`.
pub fn table(resource: &Resource, now: Time, objects: &[Rc<Value>], version: &str, request: &Request) -> Value {
    let mut columns: Vec<Value> = resource
        .columns
        .iter()
        .map(|column| definition(column.name, column.kind, i64::from(column.priority)))
        .collect();
    if columns.is_empty() {
        columns = vec![definition("Name", "string", 0), definition("Age", "string", 0)];
    }
    let include = request.query("includeObject").unwrap_or("Metadata");
    let rows: Vec<Value> = objects
        .iter()
        .map(|object| {
            let row = Row { object, now };
            let mut cells = row.cells(resource);
            cells.truncate(columns.len());
            let object = match include {
                "None" => Value::Null,
                "Object" => (**object).clone(),
                _ => {
                    let mut head = json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"});
                    head["metadata"] = object["metadata"].clone();
                    head
                }
            };
            // Moved in: `json!` copies what it is given.
            let mut row = json!({});
            row["cells"] = cells.into();
            row["object"] = object;
            row
        })
        .collect();
    let mut table = json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": version},
        "columnDefinitions": columns,
    });
    table["rows"] = rows.into();
    table
}

fn definition(name: &str, kind: &str, priority: i64) -> Value {
    let format = if name == "Name" { "name" } else { "" };
    json!({"name": name, "type": kind, "format": format, "description": "", "priority": priority})
}

/// One object's row.
struct Row<'a> {
    object: &'a Value,
    now: Time,
}

impl Row<'_> {
    fn cells(&self, resource: &Resource) -> Vec<Value> {
        if let Some(definition) = resource.definition {
            let columns = path::list(definition, "additionalPrinterColumns");
            let mut cells = vec![self.name()];
            cells.extend(
                columns.iter().map(|column| custom::table::cell(self.object, column, &|time| self.since(time))),
            );
            if columns.is_empty() {
                cells.push(self.age());
            }
            return cells;
        }
        match resource.key() {
            "pods" => pod::cells(self),
            "services" => network::service(self),
            "endpoints" => network::endpoints(self),
            "endpointslices.discovery.k8s.io" => network::endpoint_slice(self),
            "ingresses.networking.k8s.io" => network::ingress(self),
            "networkpolicies.networking.k8s.io" => network::network_policy(self),
            "deployments.apps" => workloads::deployment(self),
            "replicasets.apps" | "replicationcontrollers" => workloads::replica_set(self),
            "statefulsets.apps" => workloads::stateful_set(self),
            "daemonsets.apps" => workloads::daemon_set(self),
            "jobs.batch" => workloads::job(self),
            "cronjobs.batch" => workloads::cron_job(self),
            "controllerrevisions.apps" => workloads::controller_revision(self),
            "horizontalpodautoscalers.autoscaling" => workloads::autoscaler(self),
            "persistentvolumeclaims" => storage::claim(self),
            "persistentvolumes" => storage::volume(self),
            "storageclasses.storage.k8s.io" => storage::class(self),
            "nodes" => node::cells(self),
            "events" | "events.events.k8s.io" => event::cells(self),
            _ => others::cells(self, resource),
        }
    }

    fn text(&self, field: &str) -> &str {
        path::str(self.object, field)
    }

    fn int(&self, field: &str) -> i64 {
        path::int(self.object, field).unwrap_or_default()
    }

    fn name(&self) -> Value {
        self.text("metadata.name").into()
    }

    /// How long ago a time was; `<unknown>` for none.
    fn since(&self, time: &str) -> String {
        match Time::parse_rfc3339(time) {
            // Ages are of whole seconds: a time carries no more.
            Some(time) => duration::human((self.now.unix_micros() - time.unix_micros()).div_euclid(1_000_000)),
            None => "<unknown>".to_owned(),
        }
    }

    fn age(&self) -> Value {
        self.since(self.text("metadata.creationTimestamp")).into()
    }

    fn is_deleting(&self) -> bool {
        !self.object["metadata"]["deletionTimestamp"].is_null()
    }
}

/// Whether a resource's cells are made by code of its own.
#[cfg(test)]
fn has_own_cells(resource: &Resource) -> bool {
    matches!(
        resource.key(),
        "bindings"
            | "componentstatuses"
            | "configmaps"
            | "controllerrevisions.apps"
            | "cronjobs.batch"
            | "daemonsets.apps"
            | "deployments.apps"
            | "endpoints"
            | "endpointslices.discovery.k8s.io"
            | "events"
            | "events.events.k8s.io"
            | "horizontalpodautoscalers.autoscaling"
            | "ingresses.networking.k8s.io"
            | "jobs.batch"
            | "leases.coordination.k8s.io"
            | "namespaces"
            | "networkpolicies.networking.k8s.io"
            | "nodes"
            | "persistentvolumeclaims"
            | "persistentvolumes"
            | "poddisruptionbudgets.policy"
            | "pods"
            | "priorityclasses.scheduling.k8s.io"
            | "replicasets.apps"
            | "replicationcontrollers"
            | "resourcequotas"
            | "rolebindings.rbac.authorization.k8s.io"
            | "clusterrolebindings.rbac.authorization.k8s.io"
            | "secrets"
            | "services"
            | "statefulsets.apps"
            | "storageclasses.storage.k8s.io"
    )
}

fn or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.is_empty() { otherwise } else { text }
}

/// The names and the images of some containers.
fn containers(containers: &[Value]) -> [Value; 2] {
    ["name", "image"].map(|field| {
        let texts: Vec<&str> = containers.iter().map(|container| path::str(container, field)).collect();
        texts.join(",").into()
    })
}

/// A map of labels as `a=b,c=d`.
fn labels(labels: &Value) -> String {
    let pairs: Vec<String> = labels
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    or(&pairs.join(","), "<none>").to_owned()
}

/// A `LabelSelector` as text.
fn selector(selector: &Value) -> String {
    match LabelSelector::from_value(selector) {
        Some(parsed) => or(&parsed.to_string(), "<none>").to_owned(),
        None => "<error>".to_owned(),
    }
}

fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    path::list(object, "status.conditions").iter().find(|condition| path::str(condition, "type") == kind)
}

fn has_condition(object: &Value, kind: &str) -> bool {
    condition(object, kind).is_some_and(|condition| path::str(condition, "status") == "True")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: &str, object: Value) -> Vec<String> {
        let resource = api::find_resource(kind).unwrap();
        let now = Time::parse_rfc3339("2026-11-22T10:10:00Z").unwrap();
        let mut object = object;
        object["metadata"]["creationTimestamp"] = "2026-11-22T10:07:30Z".into();
        object["metadata"]["name"] = "x".into();
        let table = table(resource, now, &[Rc::new(object)], "1", &Request::get("/"));
        let cells = table["rows"][0]["cells"].as_array().unwrap();
        assert_eq!(cells.len(), table["columnDefinitions"].as_array().unwrap().len(), "{kind}");
        cells.iter().map(|cell| cell.as_str().map_or_else(|| cell.to_string(), str::to_owned)).collect()
    }

    #[test]
    fn every_resource_has_as_many_cells_as_columns() {
        for resource in api::resources() {
            row(&format!("{}.{}.{}", resource.plural, resource.version, resource.group), json!({"metadata": {}}));
        }
    }

    #[test]
    fn pods_show_what_they_are_doing() {
        let container = |state: Value, ready: bool, restarts: i64| json!({"name": "c", "state": state, "ready": ready, "restartCount": restarts});
        let running = json!({"running": {}});
        for (pod, expected) in [
            (json!({"status": {"phase": "Pending"}, "spec": {"containers": [{}]}}), ["0/1", "Pending", "0"]),
            (
                json!({"status": {"phase": "Pending", "containerStatuses": [container(json!({"waiting": {"reason": "ContainerCreating"}}), false, 0)]},
                    "spec": {"containers": [{}]}}),
                ["0/1", "ContainerCreating", "0"],
            ),
            (
                json!({"status": {"phase": "Running", "containerStatuses": [container(running.clone(), true, 0)]}, "spec": {"containers": [{}]}}),
                ["1/1", "Running", "0"],
            ),
            (
                json!({"metadata": {"deletionTimestamp": "2026-11-22T10:10:20Z"}, "status": {"phase": "Running",
                    "containerStatuses": [container(running.clone(), true, 0)]}, "spec": {"containers": [{}]}}),
                ["1/1", "Terminating", "0"],
            ),
            (
                json!({"status": {"phase": "Running", "containerStatuses": [{"name": "c", "restartCount": 2, "ready": false,
                    "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                    "lastState": {"terminated": {"exitCode": 1, "finishedAt": "2026-11-22T10:09:55Z"}}}]}, "spec": {"containers": [{}]}}),
                ["0/1", "CrashLoopBackOff", "2 (5s ago)"],
            ),
            (
                json!({"status": {"phase": "Failed", "containerStatuses": [container(json!({"terminated": {"exitCode": 3}}), false, 0)]},
                    "spec": {"containers": [{}]}}),
                ["0/1", "ExitCode:3", "0"],
            ),
            (
                json!({"status": {"phase": "Succeeded", "containerStatuses": [container(json!({"terminated": {"exitCode": 0, "reason": "Completed"}}), false, 0)]},
                    "spec": {"containers": [{}]}}),
                ["0/1", "Completed", "0"],
            ),
            (
                json!({"status": {"phase": "Pending", "initContainerStatuses": [container(json!({"running": {}}), false, 0)]},
                    "spec": {"containers": [{}], "initContainers": [{"name": "c"}]}}),
                ["0/1", "Init:0/1", "0"],
            ),
            (
                json!({"status": {"phase": "Pending", "initContainerStatuses": [container(json!({"terminated": {"exitCode": 1, "reason": "Error"}}), false, 0)]},
                    "spec": {"containers": [{}], "initContainers": [{"name": "c"}]}}),
                ["0/1", "Init:Error", "0"],
            ),
        ] {
            assert_eq!(row("pods", pod.clone())[1..4], expected, "{pod}");
        }
        let wide = row("pods", json!({"status": {"podIPs": [{"ip": "172.17.0.4"}]}, "spec": {"nodeName": "minikube"}}));
        assert_eq!(wide[4..], ["2m30s", "172.17.0.4", "minikube", "<none>", "<none>"]);
    }

    #[test]
    fn other_kinds_show_theirs() {
        for (kind, object, expected) in [
            (
                "svc",
                json!({"spec": {"type": "NodePort", "clusterIPs": ["10.96.0.9"], "selector": {"app": "nginx"},
                    "ports": [{"port": 80, "nodePort": 30080, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}]}}),
                "x|NodePort|10.96.0.9|<none>|80:30080/TCP,53/UDP|2m30s|app=nginx",
            ),
            ("svc", json!({"spec": {"type": "LoadBalancer"}}), "x|LoadBalancer|<none>|<pending>|<none>|2m30s|<none>"),
            (
                "svc",
                json!({"spec": {"type": "ExternalName", "externalName": "example.com"}}),
                "x|ExternalName|<none>|example.com|<none>|2m30s|<none>",
            ),
            (
                "deploy",
                json!({"spec": {"replicas": 3, "selector": {"matchLabels": {"app": "a"}},
                    "template": {"spec": {"containers": [{"name": "n", "image": "nginx"}]}}},
                    "status": {"readyReplicas": 2, "updatedReplicas": 3}}),
                "x|2/3|3|0|2m30s|n|nginx|app=a",
            ),
            (
                "pvc",
                json!({"spec": {"volumeName": "pv", "storageClassName": "standard", "volumeMode": "Filesystem"},
                    "status": {"phase": "Bound", "capacity": {"storage": "10Mi"}, "accessModes": ["ReadWriteMany", "ReadWriteOnce"]}}),
                "x|Bound|pv|10Mi|RWO,RWX|standard|<unset>|2m30s|Filesystem",
            ),
            (
                "pv",
                json!({"spec": {"capacity": {"storage": "10Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": "manual",
                    "persistentVolumeReclaimPolicy": "Retain", "claimRef": {"namespace": "default", "name": "c"}},
                    "status": {"phase": "Bound"}}),
                "x|10Gi|RWO|Retain|Bound|default/c|manual|<unset>||2m30s|<unset>",
            ),
            (
                "sc",
                json!({"metadata": {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
                    "provisioner": "k8s.io/minikube-hostpath", "reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"}),
                "x (default)|k8s.io/minikube-hostpath|Delete|Immediate|false|2m30s",
            ),
            (
                "endpointslices",
                json!({"addressType": "IPv4", "ports": [{"port": 80}],
                    "endpoints": [{"addresses": ["1.1.1.1"]}, {"addresses": ["1.1.1.2"]}, {"addresses": ["1.1.1.3"]}, {"addresses": ["1.1.1.4"]}]}),
                "x|IPv4|80|1.1.1.1,1.1.1.2,1.1.1.3 + 1 more...|2m30s",
            ),
            (
                "ep",
                json!({"subsets": [{"addresses": [{"ip": "1.1.1.1"}, {"ip": "1.1.1.2"}], "ports": [{"port": 80}]}]}),
                "x|1.1.1.1:80,1.1.1.2:80|2m30s",
            ),
            (
                "nodes",
                json!({"metadata": {"labels": {"node-role.kubernetes.io/control-plane": ""}}, "spec": {"unschedulable": true},
                    "status": {"conditions": [{"type": "Ready", "status": "True"}],
                        "nodeInfo": {"kubeletVersion": "v1.36.2", "kernelVersion": "6.8", "architecture": "amd64"},
                        "addresses": [{"type": "InternalIP", "address": "192.168.49.2"}]}}),
                "x|Ready,SchedulingDisabled|control-plane|2m30s|v1.36.2|192.168.49.2|<none>|<unknown>|6.8 (amd64)|<unknown>",
            ),
            (
                "events",
                json!({"type": "Normal", "reason": "Started", "message": "Started container\n", "count": 2,
                    "involvedObject": {"kind": "Pod", "name": "web"}, "source": {"component": "kubelet", "host": "minikube"},
                    "firstTimestamp": "2026-11-22T10:09:00Z", "lastTimestamp": "2026-11-22T10:09:50Z"}),
                "10s|Normal|Started|pod/web||kubelet, minikube|Started container|60s|2|x",
            ),
            ("cm", json!({"data": {"a": "1"}, "binaryData": {"b": ""}}), "x|2|2m30s"),
            ("secrets", json!({"type": "Opaque", "data": {"a": "1"}}), "x|Opaque|1|2m30s"),
            ("ns", json!({"status": {"phase": "Active"}}), "x|Active|2m30s"),
            ("sa", json!({}), "x|2m30s"),
            ("clusterroles", json!({}), "x|2026-11-22T10:07:30Z"),
        ] {
            assert_eq!(row(kind, object).join("|"), expected, "{kind}");
        }
    }
}
