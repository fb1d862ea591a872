//! The cluster as the picture and the inspector show it, read from the API's objects.

mod change;
mod places;
mod pod;
mod read;

use std::rc::Rc;

use serde_json::Value;

pub use change::{Change, What};
pub use pod::{PodView, Tone, Trouble};
pub(super) use read::read;

/// Names an object: what the inspector shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ObjectRef {
    /// `Pod`, `Service`, `PersistentVolumeClaim` …
    pub kind: &'static str,
    /// Empty for objects of the cluster.
    pub namespace: String,
    /// The name.
    pub name: String,
}

/// The kinds that the picture and the inspector know, with the names of their resources and kubectl's short names.
const KINDS: &[(&str, &str, &str)] = &[
    ("Pod", "pods", "pod"),
    ("Service", "services", "service"),
    ("Deployment", "deployments.apps", "deployment"),
    ("ReplicaSet", "replicasets.apps", "replicaset"),
    ("ReplicationController", "replicationcontrollers", "replicationcontroller"),
    ("StatefulSet", "statefulsets.apps", "statefulset"),
    ("DaemonSet", "daemonsets.apps", "daemonset"),
    ("Job", "jobs.batch", "job"),
    ("CronJob", "cronjobs.batch", "cronjob"),
    ("Ingress", "ingresses.networking.k8s.io", "ingress"),
    ("ConfigMap", "configmaps", "configmap"),
    ("Secret", "secrets", "secret"),
    ("PersistentVolumeClaim", "persistentvolumeclaims", "pvc"),
    ("PersistentVolume", "persistentvolumes", "pv"),
];

/// A kind of which the picture knows the name.
pub fn kind(name: &str) -> Option<&'static str> {
    KINDS.iter().find(|(kind, ..)| *kind == name).map(|(kind, ..)| *kind)
}

/// What kubectl is told of a kind: `pod`, `pvc`.
pub fn word_of(kind: &str) -> &'static str {
    KINDS.iter().find(|(known, ..)| *known == kind).map_or("pod", |(_, _, word)| word)
}

impl ObjectRef {
    /// Reads `KIND/NAMESPACE/NAME`.
    pub fn parse(text: &str) -> Option<ObjectRef> {
        let mut parts = text.splitn(3, '/');
        let kind = kind(parts.next()?)?;
        Some(ObjectRef { kind, namespace: parts.next()?.to_owned(), name: parts.next()?.to_owned() })
    }

    /// `KIND/NAMESPACE/NAME`.
    pub fn key(&self) -> String {
        format!("{}/{}/{}", self.kind, self.namespace, self.name)
    }

    /// The resource's name with its group, as [`playground::Playground::objects`] takes it.
    pub fn resource(&self) -> &'static str {
        KINDS.iter().find(|(kind, ..)| *kind == self.kind).map_or("pods", |(_, resource, _)| resource)
    }

    /// What kubectl is told: `pod`, `pvc`.
    pub fn word(&self) -> &'static str {
        word_of(self.kind)
    }
}

/// A Service.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ServiceView {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// `ClusterIP`, `NodePort`, `LoadBalancer`, `ExternalName`.
    pub kind: String,
    /// Its address; `None` for a headless one, empty for an `ExternalName`.
    pub ip: String,
    /// Port, node port.
    pub ports: Vec<(i64, Option<i64>)>,
    /// The addresses of its endpoints, and whether each is ready.
    pub endpoints: Vec<(String, bool)>,
    /// What its Pods must be labelled with.
    pub selector: Vec<(String, String)>,
    /// The name that an `ExternalName` stands for.
    pub external_name: String,
}

impl ServiceView {
    /// Whether its selector chooses a Pod; a Service without a selector chooses none.
    pub fn selects(&self, namespace: &str, labels: &[(String, String)]) -> bool {
        self.namespace == namespace
            && !self.selector.is_empty()
            && self.selector.iter().all(|wanted| labels.contains(wanted))
    }

    /// Whether an endpoint is ready.
    pub fn works(&self) -> bool {
        self.endpoints.iter().any(|(_, ready)| *ready)
    }

    /// The selector as kubectl writes it.
    pub fn selector_text(&self) -> String {
        self.selector.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
    }
}

/// A PersistentVolumeClaim.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ClaimView {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// `Bound`, `Pending` …
    pub phase: String,
    /// How much was asked for, or is there.
    pub size: String,
    /// The volume it is bound to.
    pub volume: Option<String>,
    /// Being deleted.
    pub ending: bool,
    /// The files in its volume, by their paths below the volume's top.
    pub files: Vec<String>,
}

/// A PersistentVolume.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct VolumeView {
    /// Its name.
    pub name: String,
    /// `Bound`, `Released` …
    pub phase: String,
    /// Its size.
    pub size: String,
    /// `hostPath` and the like.
    pub source: String,
}

/// A Deployment, StatefulSet, DaemonSet, Job or CronJob (or a ReplicaSet of its own) and how far it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct WorkloadView {
    /// `Deployment` …
    pub kind: &'static str,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Ready replicas; of a Job the completions, of a CronJob the Jobs that succeeded.
    pub ready: i64,
    /// Wanted replicas or completions; of a CronJob the Jobs there are.
    pub want: i64,
    /// A CronJob's schedule.
    pub schedule: String,
}

/// An Ingress.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct IngressView {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// `HOST/PATH` and the Service of each rule.
    pub rules: Vec<(String, String)>,
    /// Where its controller is reached; empty as long as none has taken it up.
    pub address: String,
}

/// A node.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NodeView {
    /// Its name.
    pub name: String,
    /// Its address.
    pub ip: String,
    /// Whether it is Ready.
    pub ready: bool,
}

/// Everything people made in the cluster, and its nodes.
#[derive(Clone, Debug, Default)]
pub struct ClusterView {
    /// The nodes.
    pub nodes: Vec<NodeView>,
    /// The namespaces, without the system's own, `default` first.
    pub namespaces: Vec<String>,
    /// The Services, without the cluster's own.
    pub services: Vec<Rc<ServiceView>>,
    /// The Ingresses.
    pub ingresses: Vec<Rc<IngressView>>,
    /// The Pods, without the cluster's own, in stable places.
    pub pods: Vec<Rc<PodView>>,
    /// What makes Pods.
    pub workloads: Vec<Rc<WorkloadView>>,
    /// The claims.
    pub claims: Vec<Rc<ClaimView>>,
    /// The volumes.
    pub volumes: Vec<Rc<VolumeView>>,
    /// What changed last.
    pub change: Option<Change>,
    /// The Pods as they were read, in the store's order: a Pod that did not change is not read again.
    sources: Vec<Source>,
}

/// A Pod as it was read.
#[derive(Clone, Debug)]
struct Source {
    object: Rc<Value>,
    /// What the object alone says.
    view: Rc<PodView>,
    /// The same in its place among its owner's Pods.
    placed: Rc<PodView>,
}

/// Equal views look the same: an object that changed where nobody sees it makes no difference.
impl PartialEq for ClusterView {
    fn eq(&self, other: &Self) -> bool {
        self.nodes == other.nodes
            && self.namespaces == other.namespaces
            && self.services == other.services
            && self.ingresses == other.ingresses
            && self.pods == other.pods
            && self.workloads == other.workloads
            && self.claims == other.claims
            && self.volumes == other.volumes
            && self.change == other.change
    }
}

impl ClusterView {
    /// Whether nobody has made anything yet.
    pub fn is_empty(&self) -> bool {
        self.services.is_empty()
            && self.pods.is_empty()
            && self.claims.is_empty()
            && self.volumes.is_empty()
            && self.workloads.is_empty()
            && self.ingresses.is_empty()
    }

    /// A Pod.
    pub fn pod(&self, namespace: &str, name: &str) -> Option<&Rc<PodView>> {
        self.pods.iter().find(|pod| pod.name == name && pod.namespace == namespace)
    }
}
