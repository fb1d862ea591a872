//! What a cluster has when `minikube start` is done: namespaces, the node, the `standard` StorageClass, the API server's own
//! Service, DNS, and the Pods of kube-system. Whatever a controller can make, it makes.

mod roles;

use api::{Method, Request, path};
use serde_json::{Value, json};

use crate::reconcile::{Outcome, Write};
use crate::runtime::{Component, Context};
use crate::store::ObjectKey;
use crate::{Cluster, Cx, Settings};

const REGISTRY: &str = "registry.k8s.io";

/// Writes it all through the API.
pub(crate) fn bootstrap(cluster: &mut Cluster, cx: &mut Cx) {
    let settings = (*cluster.settings).clone();
    for object in objects(&settings, cx) {
        create(cluster, cx, object);
    }
    // With chance of their own: what the world draws later does not depend on how many roles there are.
    let mut rng = sim::Rng::new(0);
    for object in roles::roles() {
        create(cluster, &mut Cx { now: cx.now, rng: &mut rng }, object);
    }
    let node = ObjectKey::new("nodes", "", &settings.node_name);
    cluster.runtime.agenda.at(Component::Kubelet, node, cx.now);
}

fn create(cluster: &mut Cluster, cx: &mut Cx, object: Value) {
    let Some(resource) = api::resource_of_kind(path::str(&object, "apiVersion"), path::str(&object, "kind")) else {
        return;
    };
    let namespace = path::str(&object, "metadata.namespace").to_owned();
    let namespace = Some(namespace.as_str()).filter(|namespace| !namespace.is_empty());
    let status = object["status"].clone();
    let name = path::str(&object, "metadata.name").to_owned();
    let request = Request::new(Method::Post, resource.path(namespace, None)).with_body(object);
    let made = cluster.handle(cx, &request).json();
    debug_assert!(made.is_ok(), "bootstrap: {name}: {made:?}");
    if status.is_object()
        && let Ok(made) = made
    {
        let mut made = (*made).clone();
        made["status"] = status;
        let at = format!("{}/status", resource.path(namespace, Some(&name)));
        let done = cluster.handle(cx, &Request::new(Method::Put, at).with_body(made)).json();
        debug_assert!(done.is_ok(), "bootstrap: status of {name}: {done:?}");
    }
}

fn objects(settings: &Settings, cx: &mut Cx) -> Vec<Value> {
    let mut objects = Vec::new();
    for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
        objects.push(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}));
    }
    for class in [
        (
            "system-cluster-critical",
            2_000_000_000_i64,
            "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
        ),
        (
            "system-node-critical",
            2_000_001_000,
            "Used for system critical pods that must not be moved from their current node.",
        ),
    ] {
        objects.push(json!({
            "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": class.0},
            "value": class.1, "description": class.2,
        }));
    }
    for account in ["coredns", "kube-proxy", "storage-provisioner"] {
        objects.push(json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account, "namespace": "kube-system"}}));
    }
    objects.push(node(settings, cx));
    objects.push(json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
        "metadata": {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": crate::provisioner::NAME, "reclaimPolicy": "Delete", "volumeBindingMode": "Immediate",
    }));
    objects.extend(kubernetes_service(settings));
    objects.extend(dns(settings));
    for component in STATIC {
        objects.extend(static_pod(settings, "kube-system", &format!("{component}-{}", settings.node_name)));
    }
    objects.push(kube_proxy(settings));
    objects.push(storage_provisioner());
    objects
}

fn service_ip(settings: &Settings, offset: u32) -> String {
    std::net::Ipv4Addr::from(u32::from(settings.service_cidr.0) + offset).to_string()
}

fn node(settings: &Settings, cx: &mut Cx) -> Value {
    let now = cx.now.rfc3339();
    let id = |cx: &mut Cx| cx.rng.hex(32);
    let capacity = json!({
        "cpu": settings.cpus.to_string(), "memory": settings.memory, "ephemeral-storage": "50Gi",
        "pods": settings.max_pods.to_string(),
    });
    let conditions: Vec<Value> = [
        ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
    ]
    .into_iter()
    .map(|(kind, status, reason, message)| {
        json!({
            "type": kind, "status": status, "reason": reason, "message": message,
            "lastHeartbeatTime": now, "lastTransitionTime": now,
        })
    })
    .collect();
    // Of Docker's bridge network a node has the whole range; of a cluster-wide one, its part.
    let pod_cidr = if settings.pod_cidr.starts_with("10.") && settings.pod_cidr.ends_with("/16") {
        settings.pod_cidr.replace("/16", "/24")
    } else {
        settings.pod_cidr.clone()
    };
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {
            "name": settings.node_name,
            "labels": {
                "beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": settings.node_name, "kubernetes.io/os": "linux",
                "minikube.k8s.io/name": settings.node_name, "minikube.k8s.io/primary": "true",
                "node-role.kubernetes.io/control-plane": "", "node.kubernetes.io/exclude-from-external-load-balancers": "",
            },
            "annotations": {"node.alpha.kubernetes.io/ttl": "0"},
        },
        "spec": {"podCIDR": pod_cidr, "podCIDRs": [pod_cidr]},
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": settings.node_ip.to_string()},
                {"type": "Hostname", "address": settings.node_name},
            ],
            "capacity": capacity, "allocatable": capacity, "conditions": conditions,
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": {
                "architecture": "amd64", "operatingSystem": "linux", "bootID": cx.rng.uuid(), "machineID": id(cx),
                "systemUUID": cx.rng.uuid(), "containerRuntimeVersion": "docker://28.0.4",
                "kernelVersion": "6.8.0-50-generic", "kubeProxyVersion": "", "kubeletVersion": settings.version,
                "osImage": "Ubuntu 22.04.5 LTS",
            },
        },
    })
}

/// The API server publishes itself; no controller does it for a Service without a selector.
fn kubernetes_service(settings: &Settings) -> Vec<Value> {
    let ip = settings.node_ip.to_string();
    let port = json!([{"name": "https", "port": 8443, "protocol": "TCP"}]);
    vec![
        json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {
                "name": "kubernetes", "namespace": "default",
                "labels": {"component": "apiserver", "provider": "kubernetes"},
            },
            "spec": {
                "clusterIP": service_ip(settings, 1), "type": "ClusterIP",
                "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 8443}],
            },
        }),
        json!({
            "apiVersion": "v1", "kind": "Endpoints",
            "metadata": {
                "name": "kubernetes", "namespace": "default", "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"},
            },
            "subsets": [{"addresses": [{"ip": ip}], "ports": port}],
        }),
        json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": {
                "name": "kubernetes", "namespace": "default", "labels": {"kubernetes.io/service-name": "kubernetes"},
            },
            "addressType": "IPv4", "endpoints": [{"addresses": [ip], "conditions": {"ready": true}}], "ports": port,
        }),
    ]
}

/// Makes what is missing of the API server's own Service again, as the API server does when somebody deletes it.
pub(crate) fn own_service(cx: &mut Context) -> Outcome {
    let mut out = Outcome::default();
    for object in kubernetes_service(cx.settings) {
        let Some(resource) = api::resource_of_kind(path::str(&object, "apiVersion"), path::str(&object, "kind")) else {
            continue;
        };
        if cx.view.get(resource.key(), "default", "kubernetes").is_none() {
            out.writes.push(Write::Create(resource.key(), object));
        }
    }
    out
}

fn dns(settings: &Settings) -> Vec<Value> {
    let ports = json!([
        {"containerPort": 53, "name": "dns", "protocol": "UDP"},
        {"containerPort": 53, "name": "dns-tcp", "protocol": "TCP"},
        {"containerPort": 9153, "name": "metrics", "protocol": "TCP"},
    ]);
    let corefile = ".:53 {\n    log\n    errors\n    health {\n       lameduck 5s\n    }\n    ready\n    kubernetes cluster.local \
        in-addr.arpa ip6.arpa {\n       pods insecure\n       fallthrough in-addr.arpa ip6.arpa\n       ttl 30\n    }\n    \
        hosts {\n       192.168.49.1 host.minikube.internal\n       fallthrough\n    }\n    forward . /etc/resolv.conf {\n       max_concurrent 1000\n    }\n    cache 30\n    loop\n    reload\n    loadbalance\n}\n";
    vec![
        json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "coredns", "namespace": "kube-system"},
            "data": {"Corefile": corefile},
        }),
        json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {
                "name": "kube-dns", "namespace": "kube-system",
                "labels": {"k8s-app": "kube-dns", "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS"},
                "annotations": {"prometheus.io/port": "9153", "prometheus.io/scrape": "true"},
            },
            "spec": {
                "clusterIP": service_ip(settings, 10), "selector": {"k8s-app": "kube-dns"},
                "ports": [
                    {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53},
                    {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 53},
                    {"name": "metrics", "port": 9153, "protocol": "TCP", "targetPort": 9153},
                ],
            },
        }),
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "coredns", "namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}},
            "spec": {
                "replicas": 1, "selector": {"matchLabels": {"k8s-app": "kube-dns"}},
                "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
                "template": {
                    "metadata": {"labels": {"k8s-app": "kube-dns"}},
                    "spec": {
                        "containers": [{
                            "name": "coredns", "image": format!("{REGISTRY}/coredns/coredns:v1.13.1"),
                            "imagePullPolicy": "IfNotPresent", "args": ["-conf", "/etc/coredns/Corefile"], "ports": ports,
                            "resources": {"limits": {"memory": "170Mi"}, "requests": {"cpu": "100m", "memory": "70Mi"}},
                            "volumeMounts": [{"name": "config-volume", "mountPath": "/etc/coredns", "readOnly": true}],
                        }],
                        "dnsPolicy": "Default", "serviceAccountName": "coredns",
                        "priorityClassName": "system-cluster-critical",
                        "tolerations": [
                            {"key": "CriticalAddonsOnly", "operator": "Exists"},
                            {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"},
                        ],
                        "volumes": [{
                            "name": "config-volume",
                            "configMap": {"name": "coredns", "items": [{"key": "Corefile", "path": "Corefile"}]},
                        }],
                    },
                },
            },
        }),
    ]
}

/// The Pods that the kubelet runs from files of the node.
const STATIC: [&str; 4] = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];

/// The mirror Pod of a static Pod of this name; `None` for any other name. The kubelet makes it again when it is deleted.
pub(crate) fn static_pod(settings: &Settings, namespace: &str, name: &str) -> Option<Value> {
    if namespace != "kube-system" {
        return None;
    }
    let component = name.strip_suffix(settings.node_name.as_str())?.strip_suffix('-')?;
    if !STATIC.contains(&component) {
        return None;
    }
    let image = match component {
        "etcd" => format!("{REGISTRY}/etcd:3.6.6-0"),
        other => format!("{REGISTRY}/{other}:{}", settings.version),
    };
    let ip = settings.node_ip.to_string();
    let command = match component {
        "etcd" => vec![
            "etcd".to_owned(),
            format!("--advertise-client-urls=https://{ip}:2379"),
            "--data-dir=/var/lib/minikube/etcd".to_owned(),
        ],
        "kube-apiserver" => vec![
            "kube-apiserver".to_owned(),
            format!("--advertise-address={ip}"),
            "--secure-port=8443".to_owned(),
            format!("--service-cluster-ip-range={}/{}", settings.service_cidr.0, settings.service_cidr.1),
        ],
        "kube-controller-manager" => vec![
            "kube-controller-manager".to_owned(),
            format!("--cluster-cidr={}", settings.pod_cidr),
            "--leader-elect=false".to_owned(),
        ],
        other => vec![other.to_owned(), "--leader-elect=false".to_owned()],
    };
    let requests = match component {
        "etcd" => json!({"cpu": "100m", "memory": "100Mi"}),
        "kube-apiserver" => json!({"cpu": "250m"}),
        "kube-controller-manager" => json!({"cpu": "200m"}),
        _ => json!({"cpu": "100m"}),
    };
    let hash = super::controllers::template_hash(&json!([component, settings.version]), None);
    Some(json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": name, "namespace": "kube-system",
            "labels": {"component": component, "tier": "control-plane"},
            "annotations": {
                "kubernetes.io/config.hash": hash, "kubernetes.io/config.mirror": hash, "kubernetes.io/config.source": "file",
            },
        },
        "spec": {
            "containers": [{
                "name": component, "image": image, "imagePullPolicy": "IfNotPresent", "command": command,
                "resources": {"requests": requests},
            }],
            "hostNetwork": true, "nodeName": settings.node_name, "priorityClassName": "system-node-critical",
            "tolerations": [{"effect": "NoExecute", "operator": "Exists"}],
        },
    }))
}

fn kube_proxy(settings: &Settings) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": {"name": "kube-proxy", "namespace": "kube-system", "labels": {"k8s-app": "kube-proxy"}},
        "spec": {
            "selector": {"matchLabels": {"k8s-app": "kube-proxy"}},
            "template": {
                "metadata": {"labels": {"k8s-app": "kube-proxy"}},
                "spec": {
                    "containers": [{
                        "name": "kube-proxy", "image": format!("{REGISTRY}/kube-proxy:{}", settings.version),
                        "imagePullPolicy": "IfNotPresent",
                        "command": ["/usr/local/bin/kube-proxy", "--config=/var/lib/kube-proxy/config.conf",
                            format!("--hostname-override={}", settings.node_name)],
                    }],
                    "hostNetwork": true, "serviceAccountName": "kube-proxy", "priorityClassName": "system-node-critical",
                    "nodeSelector": {"kubernetes.io/os": "linux"},
                    "tolerations": [{"operator": "Exists"}],
                },
            },
        },
    })
}

fn storage_provisioner() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": "storage-provisioner", "namespace": "kube-system",
            "labels": {"addonmanager.kubernetes.io/mode": "Reconcile", "integration-test": "storage-provisioner"},
        },
        "spec": {
            "containers": [{
                "name": "storage-provisioner", "image": "gcr.io/k8s-minikube/storage-provisioner:v5",
                "imagePullPolicy": "IfNotPresent", "command": ["/storage-provisioner"],
                "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
            }],
            "hostNetwork": true, "serviceAccountName": "storage-provisioner",
            "volumes": [{"name": "tmp", "hostPath": {"path": "/tmp", "type": "Directory"}}],
        },
    })
}
