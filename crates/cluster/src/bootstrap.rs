//! What a cluster has when `minikube start` is done: namespaces, the node, the `standard` StorageClass, the API server's own
//! Service, DNS, and the Pods of kube-system. Whatever a controller can make, it makes.

pub(crate) mod control_plane;
pub(crate) mod default_roles;
mod roles;

use api::{Method, Request, path};
use apiserver::ObjectKey;
use component::{Component, Context, Reconciled, Write};
use kubelet::static_pods;
use serde_json::Value;

use crate::{Cluster, Cx, Settings};

/// What there is besides roles, in the order of its creation: `$NAME` stands for what settings or chance decide. As text it is
/// a third of what code that builds it would be.
const OBJECTS: &str = include_str!("bootstrap/objects.json");

/// Creates all objects of a new cluster through the API.
pub(crate) fn bootstrap(cluster: &mut Cluster, cx: &mut Cx) {
    let settings = cluster.server.settings().clone();
    let now = cx.now;
    let mut of_this_node = |name: &str| match name {
        "NOW" => now.rfc3339(),
        "MACHINE_ID" => cx.rng.hex(32),
        _ => cx.rng.uuid(),
    };
    for object in objects(&settings, &mut of_this_node) {
        create(cluster, cx, object);
    }
    // With a generator of their own, so that the number of roles does not change what the world draws later.
    let mut rng = sim::Rng::new(0);
    for object in roles::roles() {
        create(cluster, &mut Cx { now: cx.now, rng: &mut rng }, object);
    }
    let node = ObjectKey::new("nodes", "", &settings.node_name);
    cluster.runtime.queue.enqueue_at(Component::Kubelet, node, cx.now);
}

/// Who writes an object of a new cluster: the API server its own, the kubelet its Node and static Pods, minikube's addon manager by
/// kubectl what it adds, and kubeadm the rest.
fn manager(kind: &str, name: &str) -> &'static str {
    match (kind, name) {
        ("Deployment" | "DaemonSet" | "ConfigMap", _) | ("Service", "kube-dns") => "kubeadm",
        ("ServiceAccount", "coredns" | "kube-proxy") => "kubeadm",
        ("StorageClass", _) | (_, "storage-provisioner") => "kubectl-client-side-apply",
        ("Node" | "Pod" | "CSINode", _) => "kubelet",
        _ => "kube-apiserver",
    }
}

fn create(cluster: &mut Cluster, cx: &mut Cx, object: Value) {
    let Some(resource) = api::resource_of_kind(path::str(&object, "apiVersion"), path::str(&object, "kind")) else {
        return;
    };
    let namespace = path::str(&object, "metadata.namespace").to_owned();
    let namespace = Some(namespace.as_str()).filter(|namespace| !namespace.is_empty());
    let status = object["status"].clone();
    let name = path::str(&object, "metadata.name").to_owned();
    let manager = manager(resource.kind, &name);
    let request = Request::new(Method::Post, resource.path(namespace, None)).with_body(object);
    let request = request.with_query("fieldManager", manager);
    let made = cluster.server.handle(cx, &request).json();
    debug_assert!(made.is_ok(), "bootstrap: {name}: {made:?}");
    if status.is_object()
        && let Ok(made) = made
    {
        let mut made = (*made).clone();
        made["status"] = status;
        let at = format!("{}/status", resource.path(namespace, Some(&name)));
        let request = Request::new(Method::Put, at).with_body(made).with_query("fieldManager", manager);
        let done = cluster.server.handle(cx, &request).json();
        debug_assert!(done.is_ok(), "bootstrap: status of {name}: {done:?}");
    }
}

/// What is in [`OBJECTS`]. What the settings do not say, `other` does: when this is, and the node's IDs.
fn objects(settings: &Settings, other: &mut dyn FnMut(&str) -> String) -> Vec<Value> {
    let mut text = String::with_capacity(OBJECTS.len() + 1024);
    let mut pieces = OBJECTS.split('$');
    text.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let end = piece.bytes().position(|byte| !byte.is_ascii_uppercase() && byte != b'_').unwrap_or(piece.len());
        let (name, after) = piece.split_at(end);
        text.push_str(&value(settings, name).unwrap_or_else(|| other(name)));
        text.push_str(after);
    }
    let objects = serde_json::from_str(&text);
    debug_assert!(objects.is_ok(), "{objects:?}");
    let mut objects: Vec<Value> = objects.unwrap_or_default();
    for object in &mut objects {
        if object["spec"]["priorityClassName"] == "system-node-critical" && object["kind"] == "Pod" {
            *object = static_pods::mirror(object, &settings.node_name);
        }
    }
    objects
}

/// The value of `$NAME`, if settings decide it.
fn value(settings: &Settings, name: &str) -> Option<String> {
    let (services, bits) = settings.service_cidr;
    let service = |offset: u32| std::net::Ipv4Addr::from(u32::from(services) + offset).to_string();
    Some(match name {
        "NODE" => settings.node_name.clone(),
        "IP" => settings.node_ip.to_string(),
        "POD_CIDR" => settings.pod_cidr.clone(),
        // Of Docker's bridge network a node has the whole range; of a cluster-wide one, its part.
        "NODE_POD_CIDR" if settings.pod_cidr.starts_with("10.") && settings.pod_cidr.ends_with("/16") => {
            settings.pod_cidr.replace("/16", "/24")
        }
        "NODE_POD_CIDR" => settings.pod_cidr.clone(),
        "SERVICE_CIDR" => format!("{services}/{bits}"),
        "SERVICE_IP" => service(1),
        "DNS_IP" => service(10),
        "CPUS" => settings.cpus.to_string(),
        "MEMORY" => settings.memory.clone(),
        "PODS" => settings.max_pods.to_string(),
        "VERSION" => settings.version.clone(),
        _ => return None,
    })
}

/// The resources of the API server's own Service.
const OWN_SERVICE: [&str; 3] = ["services", "endpoints", "endpointslices.discovery.k8s.io"];

/// Makes what is missing of the API server's own Service again, as the API server does when somebody deletes it: no controller
/// publishes a Service without a selector.
pub(crate) fn own_service(cx: &mut Context) -> Reconciled {
    let mut out = Reconciled::default();
    let is_missing = |resource: &str| cx.view.get(resource, "default", "kubernetes").is_none();
    if !OWN_SERVICE.into_iter().any(is_missing) {
        return out;
    }
    for object in objects(cx.settings, &mut |_| String::new()) {
        let resource = api::resource_of_kind(path::str(&object, "apiVersion"), path::str(&object, "kind"));
        if let Some(resource) = resource.filter(|_| path::str(&object, "metadata.name") == "kubernetes")
            && is_missing(resource.key())
        {
            out.writes.push(Write::Create(resource.key(), object));
        }
    }
    out
}

/// The Pods that the kubelet runs from files of the node.
const STATIC: [&str; 4] = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];

/// The mirror Pod of a static Pod of this name; `None` for any other name. The kubelet makes it again when it is deleted.
pub(crate) fn static_pod(settings: &Settings, namespace: &str, name: &str) -> Option<Value> {
    let component = name.strip_suffix(settings.node_name.as_str())?.strip_suffix('-')?;
    if namespace != "kube-system" || !STATIC.contains(&component) {
        return None;
    }
    objects(settings, &mut |_| String::new()).into_iter().find(|object| path::str(object, "metadata.name") == name)
}

/// What the names of a new cluster's other Pods begin with.
const BESIDE: [&str; 2] = ["kube-proxy-", "storage-provisioner"];

/// The part of the control plane that a Pod of kube-system is, by its place in [`STATIC`] and, after those, in [`BESIDE`]; with it, what
/// the names of such Pods begin with.
pub(crate) fn part_of_control_plane(settings: &Settings, key: &ObjectKey) -> Option<(usize, String)> {
    if &*key.namespace != "kube-system" {
        return None;
    }
    if let Some(at) = BESIDE.iter().position(|name| key.name.starts_with(name)) {
        return Some((STATIC.len() + at, BESIDE[at].to_owned()));
    }
    let component = key.name.strip_suffix(settings.node_name.as_str())?.strip_suffix('-')?;
    let at = STATIC.iter().position(|name| *name == component)?;
    Some((at, key.name.to_string()))
}

/// What a new cluster runs in Pods beside its control plane: what `minikube start` makes again where it is missing.
pub fn system_objects(settings: &Settings) -> Vec<Value> {
    let is_one = |object: &Value| {
        let (kind, name) = (path::str(object, "kind"), path::str(object, "metadata.name"));
        matches!((kind, name), ("Pod", "storage-provisioner") | ("DaemonSet", "kube-proxy") | ("Deployment", "coredns"))
    };
    let mut all = objects(settings, &mut |_| String::new());
    all.retain(is_one);
    all
}

/// What the files of a new node's static Pods hold: the file's name, the Pod.
pub fn manifests(settings: &Settings) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for name in STATIC {
        let whole = format!("{name}-{}", settings.node_name);
        let Some(mut pod) = static_pod(settings, "kube-system", &whole) else { continue };
        path::set(&mut pod, "metadata.name", name);
        for (part, field) in [("metadata", "annotations"), ("spec", "nodeName"), ("spec", "tolerations")] {
            if let Some(fields) = pod[part].as_object_mut() {
                fields.remove(field);
            }
        }
        found.push((format!("{name}.yaml"), pod));
    }
    found
}
