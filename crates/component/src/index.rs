//! The informers' indices: which objects have which owner, which Pods are on which node, so that no reconcile has to read all
//! Pods. Kept up to date from the store's changes; never written to by a component.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::rc::Rc;

use api::path;
use apiserver::{ObjectKey, Store, StoreEvent};
use serde_json::Value;
use sim::{SharedMap, SharedSet, Time};

use crate::resources::Resources;

const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// The parts of a Pod that components act on: while they stay equal, no component but its kubelet has to reconcile.
#[derive(Clone, PartialEq, Debug)]
pub struct PodInfo {
    /// Its key.
    pub key: ObjectKey,
    /// `status.phase`
    pub phase: Phase,
    /// Since when its Ready condition is true; `None` while it is not.
    pub ready_since: Option<Time>,
    /// Its node; empty while it has none.
    pub node: Rc<str>,
    /// Its address; empty while it has none.
    pub ip: Rc<str>,
    /// Whether its deletion was asked for.
    pub terminating: bool,
    /// When it was created.
    pub created: Time,
    /// The most restarts of any of its containers.
    pub restarts: i64,
    /// Its labels.
    pub labels: Rc<Value>,
    /// What it asks of a node.
    pub requests: Resources,
    /// `spec.priority`
    pub priority: i64,
    /// The cost of deleting it, from its annotation: a controller deletes its cheapest Pods first.
    pub deletion_cost: i64,
    /// Whether it keeps other Pods away by a required anti-affinity.
    pub repels: bool,
    /// The uid of its controller; empty if it has none.
    pub controller: Rc<str>,
    /// Host ports it wants: protocol, address, port.
    pub host_ports: Rc<[(String, String, i64)]>,
    /// Claims its volumes name.
    pub claims: Rc<[String]>,
}

/// A Pod's phase.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the API's own words")]
pub enum Phase {
    Pending,
    Running,
    Succeeded,
    Failed,
}

impl PodInfo {
    /// Reads a Pod. `last` is what was read of it when its specification was the same (only its node may be new).
    pub fn read(key: &ObjectKey, pod: &Value, last: Option<&PodInfo>) -> PodInfo {
        let ready = path::list(pod, "status.conditions")
            .iter()
            .find(|condition| condition["type"] == "Ready" && condition["status"] == "True");
        let created = match last {
            Some(last) => last.created,
            None => Time::parse_rfc3339(path::str(pod, "metadata.creationTimestamp")).unwrap_or_default(),
        };
        let labels = path::get(pod, "metadata.labels");
        PodInfo {
            key: key.clone(),
            phase: match path::str(pod, "status.phase") {
                "Running" => Phase::Running,
                "Succeeded" => Phase::Succeeded,
                "Failed" => Phase::Failed,
                _ => Phase::Pending,
            },
            ready_since: ready
                .map(|condition| Time::parse_rfc3339(path::str(condition, "lastTransitionTime")).unwrap_or(created)),
            node: path::str(pod, "spec.nodeName").into(),
            ip: path::str(pod, "status.podIP").into(),
            terminating: !path::get(pod, "metadata.deletionTimestamp").is_null(),
            created,
            restarts: path::list(pod, "status.containerStatuses")
                .iter()
                .filter_map(|status| path::int(status, "restartCount"))
                .max()
                .unwrap_or(0),
            labels: match last.filter(|last| *last.labels == *labels) {
                Some(last) => last.labels.clone(),
                None => Rc::new(labels.clone()),
            },
            requests: last.map_or_else(|| Resources::of_pod(pod), |last| last.requests),
            priority: last.map_or_else(|| path::int(pod, "spec.priority").unwrap_or(0), |last| last.priority),
            deletion_cost: pod["metadata"]["annotations"][DELETION_COST]
                .as_str()
                .map_or(0, |cost| cost.parse().unwrap_or(0)),
            repels: last.map_or_else(|| repels(pod), |last| last.repels),
            controller: controller_of(pod).map_or("", |owner| path::str(owner, "uid")).into(),
            host_ports: last.map_or_else(|| host_ports(pod), |last| last.host_ports.clone()),
            claims: last.map_or_else(|| claims(pod), |last| last.claims.clone()),
        }
    }

    /// Whether it has ended.
    pub fn ended(&self) -> bool {
        matches!(self.phase, Phase::Succeeded | Phase::Failed)
    }

    /// Neither ended nor being deleted (`controller.IsPodActive`).
    pub fn active(&self) -> bool {
        !self.ended() && !self.terminating
    }
}

fn repels(pod: &Value) -> bool {
    let affinity = &pod["spec"]["affinity"];
    affinity.is_object()
        && !path::list(&affinity["podAntiAffinity"], "requiredDuringSchedulingIgnoredDuringExecution").is_empty()
}

/// Host ports of a Pod's containers: protocol, address, port.
pub fn host_ports(pod: &Value) -> Rc<[(String, String, i64)]> {
    let mut ports = Vec::new();
    for container in path::list(pod, "spec.containers") {
        for port in path::list(container, "ports") {
            if let Some(number) = path::int(port, "hostPort").filter(|number| *number > 0) {
                let protocol = port["protocol"].as_str().unwrap_or("TCP").to_owned();
                let address = port["hostIP"].as_str().filter(|ip| !ip.is_empty()).unwrap_or("0.0.0.0").to_owned();
                ports.push((protocol, address, number));
            }
        }
    }
    ports.into()
}

/// The claims that a Pod's volumes name, those made for it included.
fn claims(pod: &Value) -> Rc<[String]> {
    let claims = path::list(pod, "spec.volumes").iter().filter_map(|volume| {
        if volume["ephemeral"].is_object() {
            return Some(format!("{}-{}", path::str(pod, "metadata.name"), path::str(volume, "name")));
        }
        volume["persistentVolumeClaim"]["claimName"].as_str().map(str::to_owned)
    });
    claims.collect()
}

/// Whether two versions of a Pod have the same specification, but for its node: every other change of it makes a new generation.
fn same_generation(before: &Value, after: &Value) -> bool {
    let generation = |pod| path::int(pod, "metadata.generation");
    generation(before).is_some() && generation(before) == generation(after)
}

/// Whether two versions of a Pod have the same specification; mostly their generations tell.
pub fn same_spec(before: &Value, after: &Value) -> bool {
    let same = |field| path::get(before, field) == path::get(after, field);
    if same_generation(before, after) { same("spec.nodeName") } else { same("spec") }
}

/// The owner reference that says `controller: true`.
pub fn controller_of(object: &Value) -> Option<&Value> {
    path::list(object, "metadata.ownerReferences").iter().find(|owner| path::bool(owner, "controller"))
}

/// The order in which a controller gives Pods up (`ActivePodsWithRanks`): the unassigned, the pending, the unready, the one
/// whose end costs least, the one that became ready last, the one that restarted most, the youngest.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Rank {
    assigned: bool,
    running: bool,
    ready: bool,
    cost: i64,
    ready_since: Reverse<Option<Time>>,
    restarts: Reverse<i64>,
    created: Reverse<Time>,
    /// The Pod.
    pub key: ObjectKey,
}

impl Rank {
    /// A Pod's rank.
    pub fn of(pod: &PodInfo) -> Rank {
        Rank {
            assigned: !pod.node.is_empty(),
            running: pod.phase == Phase::Running,
            ready: pod.ready_since.is_some(),
            cost: pod.deletion_cost,
            ready_since: Reverse(pod.ready_since),
            restarts: Reverse(pod.restarts),
            created: Reverse(pod.created),
            key: pod.key.clone(),
        }
    }
}

/// The Pods of one controller, counted as they come and go, so that none of its steps has to read them all.
#[derive(Clone, Default)]
pub struct Group {
    /// All of them.
    pub pods: SharedMap<ObjectKey, Rc<PodInfo>>,
    /// The active ones, ordered by which is deleted first.
    pub ranked: SharedSet<Rank>,
    /// Active ones that are ready.
    pub ready: i64,
    /// Those being deleted that have not ended.
    pub terminating: i64,
    /// The labels there are, and how many active Pods have them.
    pub labels: BTreeMap<String, (Rc<Value>, i64, i64)>,
}

impl Group {
    fn count(&mut self, pod: &Rc<PodInfo>, by: i64) {
        if pod.active() {
            self.ready += by * i64::from(pod.ready_since.is_some());
            if by > 0 {
                self.ranked.insert(Rank::of(pod));
            } else {
                self.ranked.remove(&Rank::of(pod));
            }
        } else if !pod.ended() {
            self.terminating += by;
        }
        let text = pod.labels.to_string();
        let entry = self.labels.entry(text.clone()).or_insert_with(|| (pod.labels.clone(), 0, 0));
        entry.1 += by;
        entry.2 += by * i64::from(pod.active());
        if entry.1 == 0 {
            self.labels.remove(&text);
        }
    }
}

/// What runs on a node.
#[derive(Clone, Default)]
pub struct NodeUse {
    /// The Pods on it that have not ended, by namespace and name.
    pub pods: SharedMap<ObjectKey, Rc<PodInfo>>,
    /// What they ask for together.
    pub requests: Resources,
}

/// What a change of an object changed of what components act on.
pub struct Applied {
    /// For a Pod, whether its [`PodInfo`] changed; true for all other objects.
    pub is_relevant: bool,
    /// Whether its owners changed.
    pub owners_changed: bool,
}

/// The indices.
#[derive(Clone, Default)]
pub struct Index {
    /// All Pods' summaries.
    pub pods: SharedMap<ObjectKey, Rc<PodInfo>>,
    /// Pods by their controller's uid.
    pub controlled: SharedMap<Rc<str>, Group>,
    /// Pods without a controller.
    pub loose: SharedMap<ObjectKey, Rc<PodInfo>>,
    /// Pods with an address.
    pub addressed: SharedMap<ObjectKey, Rc<PodInfo>>,
    /// Pods of a node.
    pub nodes: SharedMap<Rc<str>, NodeUse>,
    /// Pods by the claims they name: the claim's key.
    pub users: SharedMap<ObjectKey, SharedSet<ObjectKey>>,
    /// Pods on nodes that keep others away by a required anti-affinity.
    pub repelling: SharedSet<ObjectKey>,
    /// Objects by the uids of their owners.
    pub owned: SharedMap<Rc<str>, SharedSet<ObjectKey>>,
}

impl Index {
    /// The indices of a store as it is.
    pub fn of(store: &Store) -> Index {
        let mut index = Index::default();
        for (key, object) in store.all() {
            index.apply(&StoreEvent { revision: 0, key: key.clone(), before: None, after: Some(object.clone()) });
        }
        index
    }

    /// Applies one change.
    pub fn apply(&mut self, event: &StoreEvent) -> Applied {
        let owners_changed = self.owners(event);
        let is_relevant = &*event.key.resource != "pods" || self.pod(event);
        Applied { is_relevant, owners_changed }
    }

    fn pod(&mut self, event: &StoreEvent) -> bool {
        let before = self.pods.get(&event.key).cloned();
        let after = event.after.as_ref().map(|pod| {
            let same = event.before.as_ref().is_some_and(|old| same_generation(old, pod));
            Rc::new(PodInfo::read(&event.key, pod, before.as_deref().filter(|_| same)))
        });
        if before == after {
            return false;
        }
        if let Some(pod) = &before {
            self.take_out(pod);
        }
        if let Some(pod) = after {
            self.put_in(pod);
        }
        true
    }

    /// The Pods of a controller.
    pub fn pods_of(&self, uid: &str) -> impl Iterator<Item = &Rc<PodInfo>> {
        self.controlled.get(uid).into_iter().flat_map(|group| group.pods.values())
    }

    fn owners(&mut self, event: &StoreEvent) -> bool {
        fn owners(object: Option<&Rc<Value>>) -> &[Value] {
            object.map(|object| path::list(object, "metadata.ownerReferences")).unwrap_or_default()
        }
        let (before, after) = (owners(event.before.as_ref()), owners(event.after.as_ref()));
        if before == after {
            return false;
        }
        let uids =
            |owners: &[Value]| owners.iter().map(|owner| path::str(owner, "uid").into()).collect::<Vec<Rc<str>>>();
        let (before, after) = (uids(before), uids(after));
        for uid in before {
            if let Some(set) = self.owned.get_mut(&uid) {
                set.remove(&event.key);
                if set.is_empty() {
                    self.owned.remove(&uid);
                }
            }
        }
        for uid in after {
            self.owned.get_or_insert_with(uid, SharedSet::new).insert(event.key.clone());
        }
        true
    }

    /// Removes a Pod from all indices.
    pub fn take_out(&mut self, pod: &Rc<PodInfo>) {
        let key = &pod.key;
        self.pods.remove(key);
        if pod.controller.is_empty() {
            self.loose.remove(key);
        } else if let Some(group) = self.controlled.get_mut(&pod.controller) {
            if group.pods.remove(key).is_some() {
                group.count(pod, -1);
            }
            if group.pods.is_empty() {
                self.controlled.remove(&pod.controller);
            }
        }
        self.addressed.remove(key);
        if let Some(node) = self.nodes.get_mut(&pod.node)
            && node.pods.remove(key).is_some()
        {
            node.requests = node.requests.minus(pod.requests);
        }
        if pod.repels {
            self.repelling.remove(key);
        }
        for claim in pod.claims.iter() {
            let claim = ObjectKey {
                resource: "persistentvolumeclaims".into(),
                namespace: key.namespace.clone(),
                name: claim.as_str().into(),
            };
            if let Some(users) = self.users.get_mut(&claim) {
                users.remove(key);
                if users.is_empty() {
                    self.users.remove(&claim);
                }
            }
        }
    }

    /// Adds a Pod to the indices.
    pub fn put_in(&mut self, pod: Rc<PodInfo>) {
        let key = pod.key.clone();
        if pod.controller.is_empty() {
            self.loose.insert(key.clone(), pod.clone());
        } else {
            let group = self.controlled.get_or_insert_with(pod.controller.clone(), Group::default);
            group.count(&pod, 1);
            group.pods.insert(key.clone(), pod.clone());
        }
        if !pod.ip.is_empty() {
            self.addressed.insert(key.clone(), pod.clone());
        }
        if !pod.node.is_empty() && !pod.ended() {
            let node = self.nodes.get_or_insert_with(pod.node.clone(), NodeUse::default);
            node.pods.insert(key.clone(), pod.clone());
            node.requests = node.requests.plus(pod.requests);
            if pod.repels {
                self.repelling.insert(key.clone());
            }
        }
        for claim in pod.claims.iter() {
            let claim = ObjectKey {
                resource: "persistentvolumeclaims".into(),
                namespace: key.namespace.clone(),
                name: claim.as_str().into(),
            };
            self.users.get_or_insert_with(claim, SharedSet::new).insert(key.clone());
        }
        self.pods.insert(key, pod);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_index_kept_up_to_date_is_the_index_of_the_store() {
        let mut store = Store::new();
        let mut index = Index::default();
        let pod = |name: &str, node: &str, ip: &str| {
            json!({
                "metadata": {"name": name, "ownerReferences": [{"uid": "rs", "controller": true}]},
                "spec": {"nodeName": node, "containers": [{"resources": {"requests": {"cpu": "1"}}}],
                    "volumes": [{"persistentVolumeClaim": {"claimName": "c"}}]},
                "status": {"podIP": ip},
            })
        };
        let key = |name: &str| ObjectKey::new("pods", "default", name);
        store.put(key("a"), Some(pod("a", "", "")));
        store.put(key("b"), Some(pod("b", "minikube", "1.2.3.4")));
        store.put(key("a"), Some(pod("a", "minikube", "")));
        store.put(key("b"), None);
        for event in store.changes_since(0).into_iter().flatten() {
            index.apply(event);
        }
        let fresh = Index::of(&store);
        assert_eq!(index.pods, fresh.pods);
        assert_eq!(index.owned, fresh.owned);
        assert_eq!(index.users, fresh.users);
        let counts = |index: &Index| {
            let group = index.controlled.get("rs").cloned().unwrap_or_default();
            (group.pods, group.ranked, group.ready, group.terminating, group.labels)
        };
        assert_eq!(counts(&index), counts(&fresh));
        assert_eq!(index.nodes.get("minikube").map(|node| node.requests.milli_cpu), Some(1000));
        assert_eq!(index.pods_of("rs").count(), 1);
        assert!(index.addressed.is_empty());
    }
}
