//! Static Pods: what the kubelet runs from files of its node, and shows in the API as mirror Pods.
//!
//! <https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/>, pkg/kubelet/config/file.go,
//! pkg/kubelet/pod/mirror_client.go

use std::rc::Rc;

use api::path;
use apiserver::{ObjectKey, Settings};
use component::{Context, Node, Reconciled, Write, is_deleting};
use serde_json::{Value, json};
use sim::SharedMap;

use super::Kubelet;

/// The mirror Pod of the static Pod of this namespace and name that a new cluster has; `None` for other names.
pub type StaticPods = fn(&Settings, &str, &str) -> Option<Value>;

/// The folder of the node whose files describe static Pods.
pub const FOLDER: &str = "/etc/kubernetes/manifests";

const HASH: &str = "kubernetes.io/config.hash";

/// The key under which the kubelet looks at the folder.
pub fn folder_key() -> ObjectKey {
    ObjectKey::new("files", "", FOLDER)
}

/// The mirror Pods of what the folder holds, by their keys; `None` while nobody has changed it since the cluster was new.
pub(super) type Manifests = Option<SharedMap<ObjectKey, Value>>;

/// The identity of a static Pod: it changes with each change of its file.
pub fn hash(manifest: &Value) -> String {
    let text = manifest.to_string();
    let fold = |start: u64| {
        text.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
    };
    format!("{:016x}{:016x}", fold(0xcbf2_9ce4_8422_2325), fold(0x6c62_272e_07bb_0142))
}

/// What the kubelet adds to the Pod of a file to make its mirror (`applyDefaults`, `CreateMirrorPod`).
pub fn mirror(manifest: &Value, node: &str) -> Value {
    let hash = hash(manifest);
    let mut pod = manifest.clone();
    for (part, field) in [("metadata", "annotations"), ("spec", "")] {
        if !pod[part].is_object() {
            pod[part] = json!({});
        }
        if !field.is_empty() && !pod[part][field].is_object() {
            pod[part][field] = json!({});
        }
    }
    let name = format!("{}-{node}", path::str(manifest, "metadata.name"));
    path::set(&mut pod, "metadata.name", name);
    if path::str(&pod, "metadata.namespace").is_empty() {
        path::set(&mut pod, "metadata.namespace", "default");
    }
    for (annotation, value) in [(HASH, &*hash), ("kubernetes.io/config.mirror", &hash), (SOURCE, "file")] {
        pod["metadata"]["annotations"][annotation] = Value::from(value);
    }
    pod["spec"]["nodeName"] = Value::from(node);
    let exists = json!({"effect": "NoExecute", "operator": "Exists"});
    match pod["spec"]["tolerations"].as_array_mut() {
        Some(tolerations) => tolerations.push(exists),
        None => pod["spec"]["tolerations"] = json!([exists]),
    }
    if let Some(fields) = pod.as_object_mut() {
        fields.remove("status");
    }
    pod
}

const SOURCE: &str = "kubernetes.io/config.source";

/// The hash of a mirror Pod's file; empty for other Pods.
pub(super) fn hash_of(pod: &Value) -> &str {
    pod["metadata"]["annotations"][HASH].as_str().unwrap_or_default()
}

impl Kubelet {
    /// Looks at the folder: what is new is run, what is gone or has changed is ended, and then run anew.
    #[inline(never)]
    pub(super) fn read_manifests(&mut self, cx: &Context, node: &mut dyn Node, out: &mut Reconciled) {
        let mut pods = SharedMap::new();
        for manifest in node.static_pods() {
            let pod = mirror(&manifest, &cx.settings.node_name);
            let key = ObjectKey::new("pods", path::str(&pod, "metadata.namespace"), path::str(&pod, "metadata.name"));
            pods.insert(key, pod);
        }
        let is_mirror = |pod: &&Rc<Value>| {
            pod["metadata"]["annotations"][SOURCE] == "file" && path::str(pod, "spec.nodeName") == cx.settings.node_name
        };
        for pod in cx.view.list("pods", None).filter(is_mirror) {
            let key = ObjectKey::new("pods", path::str(pod, "metadata.namespace"), path::str(pod, "metadata.name"));
            if pods.get(&key).is_none_or(|wanted| hash_of(wanted) != hash_of(pod)) && !is_deleting(pod) {
                out.writes.push(Write::Delete(key, Value::Null));
            }
        }
        out.enqueue.extend(pods.keys().cloned());
        self.manifests = Some(pods);
    }

    /// The mirror of the static Pod of this key, as its file is now.
    pub(super) fn manifest(&self, cx: &Context, key: &ObjectKey, initial: StaticPods) -> Option<Value> {
        match &self.manifests {
            Some(pods) => pods.get(key).cloned(),
            None => initial(cx.settings, &key.namespace, &key.name),
        }
    }

    /// Whether the Pod that runs under this key is of the file of this mirror.
    pub(super) fn runs_from(&self, key: &ObjectKey, mirror: &Value) -> bool {
        let hash = hash_of(mirror);
        !hash.is_empty() && self.pods.get(key).is_some_and(|state| state.hash == hash && state.terminating.is_none())
    }

    /// Whether a mirror is of its file as it is now.
    pub(super) fn is_current(&self, cx: &Context, key: &ObjectKey, mirror: &Value, initial: StaticPods) -> bool {
        self.manifest(cx, key, initial).is_some_and(|manifest| hash_of(&manifest) == hash_of(mirror))
    }

    /// Whether a container runs of a Pod whose name begins so.
    pub fn has_running_of(&self, namespace: &str, name: &str) -> bool {
        let is_one = |key: &&ObjectKey| &*key.namespace == namespace && key.name.starts_with(name);
        self.pods.keys().filter(is_one).any(|key| self.has_running(key))
    }

    fn has_running(&self, key: &ObjectKey) -> bool {
        self.pods.get(key).is_some_and(|state| state.containers.values().any(|record| record.running().is_some()))
    }
}
