//! The cluster as the picture and the inspector show it, read from the API's objects.

use std::rc::Rc;

use api::path;
use playground::{LifeKind, Playground, Timeline};
use serde_json::Value;

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

/// How an object is, as a colour and a shape say it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Tone {
    /// Well.
    Running,
    /// On its way.
    Waiting,
    /// Not well.
    Failed,
    /// Being taken away.
    Ending,
}

/// A Pod.
#[derive(Clone, PartialEq, Debug)]
pub struct PodView {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its address, once it has one.
    pub ip: Option<String>,
    /// kubectl's STATUS.
    pub status: String,
    /// The same as a tone.
    pub tone: Tone,
    /// The Deployment (or other owner) it belongs to.
    pub owner: Option<String>,
    /// The claims it mounts.
    pub claims: Vec<String>,
    /// The address of the Pod whose place it took.
    pub old_ip: Option<String>,
    /// Its place among its owner's Pods: a Pod that takes another's place has the same.
    pub place: usize,
}

/// A Service.
#[derive(Clone, PartialEq, Debug)]
pub struct ServiceView {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// `ClusterIP`, `NodePort`, `LoadBalancer`.
    pub kind: String,
    /// Its address.
    pub ip: String,
    /// Port, node port.
    pub ports: Vec<(i64, Option<i64>)>,
    /// The addresses of its endpoints, and whether each is ready.
    pub endpoints: Vec<(String, bool)>,
}

/// A PersistentVolumeClaim.
#[derive(Clone, PartialEq, Debug)]
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
}

/// A PersistentVolume.
#[derive(Clone, PartialEq, Debug)]
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

/// A Deployment and how far it is.
#[derive(Clone, PartialEq, Debug)]
pub struct WorkloadView {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Ready replicas.
    pub ready: i64,
    /// Wanted replicas.
    pub want: i64,
}

/// A node.
#[derive(Clone, PartialEq, Debug)]
pub struct NodeView {
    /// Its name.
    pub name: String,
    /// Its address.
    pub ip: String,
    /// Whether it is Ready.
    pub ready: bool,
}

/// Everything people made in the cluster, and its nodes.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ClusterView {
    /// The nodes.
    pub nodes: Vec<NodeView>,
    /// The Services, without the cluster's own.
    pub services: Vec<ServiceView>,
    /// The Pods, without the cluster's own, in stable places.
    pub pods: Vec<PodView>,
    /// The Deployments.
    pub workloads: Vec<WorkloadView>,
    /// The claims.
    pub claims: Vec<ClaimView>,
    /// The volumes.
    pub volumes: Vec<VolumeView>,
}

impl ClusterView {
    /// Whether nobody has made anything yet.
    pub fn is_empty(&self) -> bool {
        self.services.is_empty() && self.pods.is_empty() && self.claims.is_empty() && self.volumes.is_empty()
    }
}

fn text(object: &Value, at: &str) -> String {
    path::str(object, at).to_owned()
}

fn own(object: &Value) -> bool {
    let namespace = path::str(object, "metadata.namespace");
    !namespace.starts_with("kube-")
}

/// Reads the cluster.
pub(super) fn read(playground: &Playground, timeline: &Timeline) -> ClusterView {
    let all = |resource: &str| -> Vec<Rc<Value>> {
        playground.objects(resource, None).into_iter().filter(|object| own(object)).collect()
    };
    let slices = all("endpointslices.discovery.k8s.io");
    let mut services: Vec<ServiceView> = all("services")
        .iter()
        .filter(|service| path::str(service, "metadata.name") != "kubernetes")
        .map(|service| read_service(service, &slices))
        .collect();
    sim::order::sort_by(&mut services, |one, other| (&one.namespace, &one.name).cmp(&(&other.namespace, &other.name)));
    let mut pods: Vec<PodView> = all("pods").iter().map(|pod| read_pod(pod)).collect();
    give_places(&mut pods, timeline);
    ClusterView {
        nodes: playground.objects("nodes", None).iter().map(|node| read_node(node)).collect(),
        services,
        pods,
        workloads: all("deployments.apps").iter().map(|deployment| read_workload(deployment)).collect(),
        claims: all("persistentvolumeclaims").iter().map(|claim| read_claim(claim)).collect(),
        volumes: playground.objects("persistentvolumes", None).iter().map(|volume| read_volume(volume)).collect(),
    }
}

fn read_node(node: &Value) -> NodeView {
    let address = path::list(node, "status.addresses").iter().find(|address| address["type"] == "InternalIP");
    let ready = path::list(node, "status.conditions").iter().find(|condition| condition["type"] == "Ready");
    NodeView {
        name: text(node, "metadata.name"),
        ip: address.map(|address| text(address, "address")).unwrap_or_default(),
        ready: ready.is_some_and(|condition| condition["status"] == "True"),
    }
}

fn read_service(service: &Value, slices: &[Rc<Value>]) -> ServiceView {
    let (namespace, name) = (text(service, "metadata.namespace"), text(service, "metadata.name"));
    let mut endpoints = Vec::new();
    for slice in slices {
        if slice["metadata"]["labels"]["kubernetes.io/service-name"] == *name
            && slice["metadata"]["namespace"] == *namespace
        {
            for endpoint in path::list(slice, "endpoints") {
                let ready = endpoint["conditions"]["ready"].as_bool().unwrap_or(true);
                endpoints.push((endpoint["addresses"][0].as_str().unwrap_or_default().to_owned(), ready));
            }
        }
    }
    ServiceView {
        kind: text(service, "spec.type"),
        ip: text(service, "spec.clusterIP"),
        ports: (path::list(service, "spec.ports").iter())
            .map(|port| (path::int(port, "port").unwrap_or_default(), path::int(port, "nodePort")))
            .collect(),
        endpoints,
        namespace,
        name,
    }
}

fn read_workload(deployment: &Value) -> WorkloadView {
    WorkloadView {
        namespace: text(deployment, "metadata.namespace"),
        name: text(deployment, "metadata.name"),
        ready: path::int(deployment, "status.readyReplicas").unwrap_or(0),
        want: path::int(deployment, "spec.replicas").unwrap_or(1),
    }
}

fn read_claim(claim: &Value) -> ClaimView {
    let capacity = text(claim, "status.capacity.storage");
    ClaimView {
        namespace: text(claim, "metadata.namespace"),
        name: text(claim, "metadata.name"),
        phase: text(claim, "status.phase"),
        size: if capacity.is_empty() { text(claim, "spec.resources.requests.storage") } else { capacity },
        volume: Some(text(claim, "spec.volumeName")).filter(|name| !name.is_empty()),
        ending: claim["metadata"].get("deletionTimestamp").is_some(),
    }
}

fn read_volume(volume: &Value) -> VolumeView {
    let source = ["hostPath", "local", "nfs", "csi"].into_iter().find(|kind| volume["spec"].get(*kind).is_some());
    VolumeView {
        name: text(volume, "metadata.name"),
        phase: text(volume, "status.phase"),
        size: text(volume, "spec.capacity.storage"),
        source: source.unwrap_or_default().to_owned(),
    }
}

fn read_pod(pod: &Value) -> PodView {
    let (status, tone) = pod_status(pod);
    let owner = pod["metadata"]["ownerReferences"][0]["name"].as_str().map(|owner| {
        let hash = path::object(pod, "metadata.labels").and_then(|labels| labels.get("pod-template-hash")?.as_str());
        // A ReplicaSet of a Deployment is the Deployment's name and the template's hash.
        hash.and_then(|hash| owner.strip_suffix(hash)?.strip_suffix('-')).unwrap_or(owner).to_owned()
    });
    let claims = path::list(pod, "spec.volumes").iter();
    PodView {
        namespace: text(pod, "metadata.namespace"),
        name: text(pod, "metadata.name"),
        ip: Some(text(pod, "status.podIP")).filter(|ip| !ip.is_empty()),
        status,
        tone,
        owner,
        claims: claims
            .filter_map(|volume| Some(volume["persistentVolumeClaim"]["claimName"].as_str()?.to_owned()))
            .collect(),
        old_ip: None,
        place: 0,
    }
}

/// kubectl's STATUS of a Pod: the part of `printPod` (`pkg/printers/internalversion`) a beginner meets.
fn pod_status(pod: &Value) -> (String, Tone) {
    if pod["metadata"].get("deletionTimestamp").is_some() {
        return ("Terminating".to_owned(), Tone::Ending);
    }
    let phase = path::str(pod, "status.phase");
    let reason = path::str(pod, "status.reason");
    for status in path::list(pod, "status.containerStatuses") {
        for state in ["waiting", "terminated"] {
            let reason = status["state"][state]["reason"].as_str().unwrap_or_default();
            if !reason.is_empty() {
                let tone = match reason {
                    "ContainerCreating" | "PodInitializing" => Tone::Waiting,
                    "Completed" => Tone::Ending,
                    _ => Tone::Failed,
                };
                return (reason.to_owned(), tone);
            }
        }
    }
    let ready = path::list(pod, "status.containerStatuses").iter().all(|status| status["ready"] == true);
    let tone = match phase {
        "Running" if ready => Tone::Running,
        "Failed" => Tone::Failed,
        "Succeeded" => Tone::Ending,
        _ => Tone::Waiting,
    };
    (if reason.is_empty() { phase } else { reason }.to_owned(), tone)
}

/// Gives every Pod its place among its owner's: a new one takes that of the Pod that ended (or is ending) first and has no
/// successor yet, and shows that one's address as the old one.
fn give_places(pods: &mut Vec<PodView>, timeline: &Timeline) {
    // More lives than this are a crowd, in which nobody looks for a single Pod.
    const CROWD: usize = 400;
    // A controller replaces a Pod as soon as it is asked to end; ending takes up to the grace period.
    const GRACE: sim::Duration = sim::Duration::from_secs(35);
    let lives: Vec<_> = timeline.lives.iter().filter(|life| life.kind == LifeKind::Pod).collect();
    if lives.len() <= CROWD && pods.len() <= CROWD {
        // (group, place, until, ip, current name) of every place, in the order in which places came to be.
        let mut places: Vec<(String, Option<sim::Time>, Option<String>, String)> = Vec::new();
        for life in lives {
            let group = group_of(&life.namespace, &life.name, pods);
            let ip = life.ip.map(|ip| ip.to_string());
            let ending = |name: &str| pods.iter().any(|pod| pod.name == name && pod.tone == Tone::Ending);
            let free = places.iter().position(|(owner, until, _, name)| {
                let free = if *name == life.name {
                    until.is_some()
                } else {
                    until.is_some_and(|until| until <= life.from + GRACE) || ending(name)
                };
                *owner == group && free
            });
            let (place, old_ip) = match free {
                Some(place) => (place, places[place].2.clone()),
                None => {
                    places.push((group.clone(), None, None, String::new()));
                    (places.len() - 1, None)
                }
            };
            places[place] = (group, life.until, ip, life.name.clone());
            if life.until.is_none()
                && let Some(pod) = pods.iter_mut().find(|pod| pod.name == life.name && pod.namespace == life.namespace)
            {
                pod.place = place;
                if pod.ip.is_some() && pod.ip != old_ip {
                    pod.old_ip = old_ip;
                }
            }
        }
    }
    // Those on their way out come last, and do not push others about.
    sim::order::sort_by(pods, |one, other| {
        let key = |pod: &PodView| (pod.namespace.clone(), pod.owner.clone(), pod.tone == Tone::Ending, pod.place);
        key(one).cmp(&key(other)).then_with(|| one.name.cmp(&other.name))
    });
}

/// The group in which Pods take each other's places: their owner's, or their own name's.
fn group_of(namespace: &str, name: &str, pods: &[PodView]) -> String {
    let known = pods.iter().find(|pod| pod.name == name && pod.namespace == namespace);
    let owner = match known {
        Some(pod) => pod.owner.clone(),
        // It is gone: the owner of the Pods named alike.
        None => pods.iter().filter_map(|pod| pod.owner.clone()).find(|owner| name.starts_with(&format!("{owner}-"))),
    };
    format!("{namespace}/{}", owner.unwrap_or_else(|| name.to_owned()))
}
