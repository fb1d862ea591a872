//! A Deployment's ReplicaSets: which is the new one, which are old, their revisions, and what changes on them.

use std::rc::Rc;

use api::{PatchType, path};
use apiserver::ObjectKey;
use component::{Context, Reconciled, Write};
use serde_json::{Value, json};

use super::super::replicaset::FAILURE;
use super::super::{
    condition, controller_reference, int_or_percent, merge_patch, patch, selector, set_condition, template_hash,
};

pub(super) const REVISION: &str = "deployment.kubernetes.io/revision";
const HISTORY: &str = "deployment.kubernetes.io/revision-history";
const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
const MAXIMUM: &str = "deployment.kubernetes.io/max-replicas";
/// Annotations that a ReplicaSet does not take from its Deployment.
const NOT_COPIED: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    HISTORY,
    DESIRED,
    MAXIMUM,
    "deprecated.deployment.rollback.to",
];

/// A ReplicaSet as it is, and as it is wanted; both share one object until it is changed.
#[derive(Clone)]
pub(super) struct Set {
    before: Option<Rc<Value>>,
    pub object: Rc<Value>,
    delete: bool,
}

impl Set {
    /// The wanted ReplicaSet, to be changed.
    fn edit(&mut self) -> &mut Value {
        Rc::make_mut(&mut self.object)
    }
    pub fn name(&self) -> &str {
        path::str(&self.object, "metadata.name")
    }
    pub fn replicas(&self) -> i64 {
        path::int(&self.object, "spec.replicas").unwrap_or(1)
    }
    pub fn count(&self, field: &str) -> i64 {
        path::field(path::field(&self.object, "status"), field).as_i64().unwrap_or(0)
    }
    pub fn annotation(&self, name: &str) -> Option<i64> {
        self.annotated(name).as_str()?.parse().ok()
    }
    /// The order in which old ones are scaled down: the oldest first.
    pub fn age(&self) -> (String, String) {
        (path::str(&self.object, "metadata.creationTimestamp").to_owned(), self.name().to_owned())
    }
    fn annotated(&self, name: &str) -> &Value {
        path::field(path::get(&self.object, "metadata.annotations"), name)
    }
    fn annotate(&mut self, name: &str, value: String) -> bool {
        if *self.annotated(name) == value.as_str() {
            return false;
        }
        self.edit()["metadata"]["annotations"][name] = value.into();
        true
    }
}

/// The ReplicaSets of a Deployment, the oldest first.
pub(super) struct Sets {
    all: Vec<Set>,
    new: Option<usize>,
}

/// How many Pods more than wanted a rolling update may have.
pub(super) fn max_surge(deployment: &Value) -> i64 {
    resolved(deployment).0
}

/// How many Pods fewer than wanted a rolling update may have.
pub(super) fn max_unavailable(deployment: &Value) -> i64 {
    resolved(deployment).1
}

/// `ResolveFenceposts`: surge is rounded up, unavailable down, and both may not be zero.
fn resolved(deployment: &Value) -> (i64, i64) {
    let wanted = path::int(deployment, "spec.replicas").unwrap_or(1);
    if path::str(deployment, "spec.strategy.type") == "Recreate" || wanted == 0 {
        return (0, 0);
    }
    let limits = path::get(deployment, "spec.strategy.rollingUpdate");
    let surge = int_or_percent(path::field(limits, "maxSurge"), wanted, true);
    let unavailable = int_or_percent(path::field(limits, "maxUnavailable"), wanted, false);
    if surge == 0 && unavailable == 0 { (0, 1) } else { (surge, unavailable.min(wanted)) }
}

impl Sets {
    /// Finds the Deployment's ReplicaSets; loose ones that it selects are adopted, others that it no longer selects let go.
    pub fn find(cx: &Context, deployment: &Value, out: &mut Reconciled) -> Sets {
        let namespace = path::str(deployment, "metadata.namespace");
        let uid = path::str(deployment, "metadata.uid");
        let deleting = !path::get(deployment, "metadata.deletionTimestamp").is_null();
        let mut all = Vec::new();
        for object in cx.view.list("replicasets.apps", Some(namespace)) {
            let matching =
                selector::matches(path::get(deployment, "spec.selector"), path::get(object, "metadata.labels"));
            let key = ObjectKey::new("replicasets.apps", namespace, path::str(object, "metadata.name"));
            match component::index::controller_of(object) {
                Some(owner) if path::str(owner, "uid") == uid && matching => {}
                Some(owner) if path::str(owner, "uid") == uid => {
                    let body = json!({"metadata": {"ownerReferences": [{"$patch": "delete", "uid": uid}]}});
                    out.writes.push(Write::Patch { key, subresource: "", patch: PatchType::Strategic, body });
                    continue;
                }
                None if matching && !deleting && path::get(object, "metadata.deletionTimestamp").is_null() => {
                    let body = json!({"metadata": {"ownerReferences": [controller_reference(deployment)]}});
                    out.writes.push(Write::Patch { key, subresource: "", patch: PatchType::Strategic, body });
                }
                _ => continue,
            }
            all.push(Set { before: Some(object.clone()), object: object.clone(), delete: false });
        }
        sim::order::sort_by(&mut all, |a, b| a.age().cmp(&b.age()));
        let new = all.iter().position(|set| same_template(&set.object, deployment));
        Sets { all, new }
    }

    /// A ReplicaSet's condition that Pods cannot be created; the new ReplicaSet's goes before the others' (`getReplicaFailures`).
    pub fn failure(&self) -> Option<&Value> {
        let sets = self.new_set().into_iter().chain(&self.all);
        sets.filter_map(|set| condition(path::field(&set.object, "status"), FAILURE)).next()
    }

    pub fn new_set(&self) -> Option<&Set> {
        self.new.map(|at| &self.all[at])
    }

    pub fn all(&self) -> impl Iterator<Item = &Set> {
        self.all.iter().filter(|set| !set.delete)
    }

    pub fn new_at(&self) -> Option<usize> {
        self.new
    }

    /// The positions of the old ones, the oldest first.
    pub fn old(&self) -> Vec<usize> {
        (0..self.all.len()).filter(|at| Some(*at) != self.new).collect()
    }

    pub fn at(&self, at: usize) -> &Set {
        &self.all[at]
    }

    /// Whether `spec.replicas` changed since the ReplicaSets were last scaled.
    pub fn scaling(&self, deployment: &Value) -> bool {
        let wanted = path::int(deployment, "spec.replicas").unwrap_or(1);
        self.all
            .iter()
            .any(|set| set.replicas() > 0 && set.annotation(DESIRED).is_some_and(|desired| desired != wanted))
    }

    /// Gives the new ReplicaSet its revision, and makes it if there is none and `create` says so.
    pub fn sync_revision(
        &mut self,
        deployment: &Rc<Value>,
        cx: &Context,
        create: bool,
        status: &mut Value,
        out: &mut Reconciled,
    ) {
        let newest_old = self.old().iter().filter_map(|at| self.all[*at].annotation(REVISION)).max().unwrap_or(0);
        let revision = newest_old + 1;
        if let Some(at) = self.new {
            annotate_new(&mut self.all[at], deployment, revision, true);
            let wanted = path::get(deployment, "spec.minReadySeconds");
            if path::get(&self.all[at].object, "spec.minReadySeconds") != wanted {
                match wanted {
                    Value::Null => drop(path::remove(self.all[at].edit(), "spec.minReadySeconds")),
                    seconds => self.all[at].edit()["spec"]["minReadySeconds"] = seconds.clone(),
                }
            }
            let revision = self.all[at].annotation(REVISION).unwrap_or(revision);
            set_revision(deployment, revision, out);
            if super::status::has_deadline(deployment) && super::super::condition(status, "Progressing").is_none() {
                let message = format!("Found new replica set \"{}\"", self.all[at].name());
                set_condition(status, "Progressing", "True", "FoundNewReplicaSet", &message, cx.now, true);
            }
            return;
        }
        if create {
            self.create(deployment, cx, revision, status, out);
        }
    }

    fn create(
        &mut self,
        deployment: &Rc<Value>,
        cx: &Context,
        revision: i64,
        status: &mut Value,
        out: &mut Reconciled,
    ) {
        let namespace = path::str(deployment, "metadata.namespace");
        let mut collisions = path::int(status, "collisionCount");
        let template = &deployment["spec"]["template"];
        let (hash, name) = loop {
            let hash = template_hash(template, collisions);
            let name = format!("{}-{hash}", path::str(deployment, "metadata.name"));
            if cx.view.get("replicasets.apps", namespace, &name).is_none() {
                break (hash, name);
            }
            collisions = Some(collisions.unwrap_or(0) + 1);
            status["collisionCount"] = collisions.into();
        };
        let mut template = template.clone();
        path::set(&mut template, "metadata.labels.pod-template-hash", hash.clone());
        let mut selector = deployment["spec"]["selector"].clone();
        path::set(&mut selector, "matchLabels.pod-template-hash", hash);
        let mut object = json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {
                "name": name, "namespace": namespace, "labels": template["metadata"]["labels"].clone(), "annotations": {},
                "ownerReferences": [controller_reference(deployment)],
            },
            "spec": {"replicas": 0, "selector": selector, "template": template},
        });
        if !deployment["spec"]["minReadySeconds"].is_null() {
            object["spec"]["minReadySeconds"] = deployment["spec"]["minReadySeconds"].clone();
        }
        let mut set = Set { before: None, object: Rc::new(object), delete: false };
        annotate_new(&mut set, deployment, revision, false);
        self.all.push(set);
        let at = self.all.len() - 1;
        self.new = Some(at);
        let replicas = self.new_replicas(deployment);
        self.all[at].edit()["spec"]["replicas"] = replicas.into();
        self.annotate_sizes(at, deployment);
        if replicas > 0 {
            out.normal(deployment, "ScalingReplicaSet", format!("Scaled up replica set {name} from 0 to {replicas}"));
        }
        if super::status::has_deadline(deployment) {
            let message = format!("Created new replica set \"{name}\"");
            set_condition(status, "Progressing", "True", "NewReplicaSetCreated", &message, cx.now, true);
        }
        set_revision(deployment, revision, out);
    }

    /// How large the new ReplicaSet may be now (`NewRSNewReplicas`).
    pub fn new_replicas(&self, deployment: &Value) -> i64 {
        let wanted = path::int(deployment, "spec.replicas").unwrap_or(1);
        let Some(new) = self.new_set() else { return 0 };
        if path::str(deployment, "spec.strategy.type") == "Recreate" {
            return wanted;
        }
        let total: i64 = self.all().map(Set::replicas).sum();
        let most = wanted + max_surge(deployment);
        if total >= most {
            return new.replicas();
        }
        new.replicas() + (most - total).min(wanted - new.replicas())
    }

    fn annotate_sizes(&mut self, at: usize, deployment: &Value) -> bool {
        let wanted = path::int(deployment, "spec.replicas").unwrap_or(1);
        let first = self.all[at].annotate(DESIRED, wanted.to_string());
        let second = self.all[at].annotate(MAXIMUM, (wanted + max_surge(deployment)).to_string());
        first || second
    }

    /// Scales one ReplicaSet and records an event.
    pub fn scale(&mut self, at: usize, replicas: i64, deployment: &Rc<Value>, out: &mut Reconciled) -> bool {
        let before = self.all[at].replicas();
        let annotated = self.annotate_sizes(at, deployment);
        if before == replicas {
            return annotated;
        }
        self.all[at].edit()["spec"]["replicas"] = replicas.into();
        let direction = if before < replicas { "up" } else { "down" };
        let name = self.all[at].name();
        let message = format!("Scaled {direction} replica set {name} from {before} to {replicas}");
        out.normal(deployment, "ScalingReplicaSet", message);
        true
    }

    /// Removes old, empty ReplicaSets beyond `revisionHistoryLimit`; says whether it removed any.
    pub fn clean_up(&mut self, deployment: &Value) -> bool {
        let Some(limit) = path::int(deployment, "spec.revisionHistoryLimit") else { return false };
        let mut old: Vec<usize> = self
            .old()
            .into_iter()
            .filter(|at| path::get(&self.all[*at].object, "metadata.deletionTimestamp").is_null())
            .collect();
        let surplus = old.len() as i64 - limit.max(0);
        if surplus <= 0 {
            return false;
        }
        let mut removed = false;
        let age = |at: &usize| (self.all[*at].annotation(REVISION).unwrap_or(0), self.all[*at].age());
        sim::order::sort_by(&mut old, |a, b| age(a).cmp(&age(b)));
        for at in old.into_iter().take(surplus as usize) {
            let set = &mut self.all[at];
            let observed = set.object["metadata"]["generation"] == set.object["status"]["observedGeneration"];
            if set.count("replicas") == 0 && set.replicas() == 0 && observed {
                set.delete = true;
                removed = true;
            }
        }
        removed
    }

    /// The writes that bring the ReplicaSets to their wanted state.
    pub fn write(&self, out: &mut Reconciled) {
        for set in &self.all {
            let key = ObjectKey::new("replicasets.apps", path::str(&set.object, "metadata.namespace"), set.name());
            match &set.before {
                None => out.writes.push(Write::Create("replicasets.apps", (*set.object).clone())),
                Some(_) if set.delete => out.writes.push(Write::Delete(key, Value::Null)),
                Some(before) if Rc::ptr_eq(before, &set.object) => {}
                Some(before) => {
                    if let Some(body) = merge_patch(before, &set.object) {
                        out.writes.push(patch(&key, body));
                    }
                }
            }
        }
    }
}

/// Whether the ReplicaSet's template is the Deployment's, but for the hash.
fn same_template(set: &Value, deployment: &Value) -> bool {
    let [a, b] = [set, deployment].map(|object| path::get(object, "spec.template"));
    let [own, theirs] = [a, b].map(|template| path::field(template, "metadata"));
    same_fields(a, b, &["metadata"])
        && same_fields(own, theirs, &["labels", "creationTimestamp"])
        && same_fields(path::field(own, "labels"), path::field(theirs, "labels"), &["pod-template-hash"])
}

/// Whether two objects are equal but for some fields; one that is not there is empty.
fn same_fields(a: &Value, b: &Value, but: &[&str]) -> bool {
    let [a, b] = [a, b].map(|object| {
        let fields = object.as_object().into_iter().flatten();
        fields.filter(|(name, _)| !but.contains(&name.as_str()))
    });
    a.eq(b)
}

fn annotate_new(set: &mut Set, deployment: &Value, revision: i64, exists: bool) {
    if let Some(annotations) = path::object(deployment, "metadata.annotations") {
        for (name, value) in annotations {
            if !NOT_COPIED.contains(&name.as_str()) && set.annotated(name) != value {
                set.edit()["metadata"]["annotations"][name.as_str()] = value.clone();
            }
        }
    }
    let before = set.annotation(REVISION);
    if before.is_none_or(|before| before < revision) {
        set.annotate(REVISION, revision.to_string());
        // A rollback makes an old ReplicaSet the new one: it keeps its earlier revisions in the history.
        if let Some(before) = before.filter(|_| exists) {
            let history = set.object["metadata"]["annotations"][HISTORY].as_str().unwrap_or_default();
            let history = if history.is_empty() { before.to_string() } else { format!("{history},{before}") };
            set.annotate(HISTORY, history);
        }
    }
}

fn set_revision(deployment: &Value, revision: i64, out: &mut Reconciled) {
    let revision = revision.to_string();
    if *path::field(path::get(deployment, "metadata.annotations"), REVISION) != revision.as_str() {
        let key = ObjectKey::new(
            "deployments.apps",
            path::str(deployment, "metadata.namespace"),
            path::str(deployment, "metadata.name"),
        );
        out.writes.push(patch(&key, json!({"metadata": {"annotations": {REVISION: revision}}})));
    }
}
