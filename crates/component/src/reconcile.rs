//! What a component is given to reconcile with, and what it gives back.
//!
//! A reconcile function is near-pure: a [`View`], a key and the time go in; a [`Reconciled`] comes out. `cluster` sends the writes
//! to the API server as that component, records the events, and enqueues the key again when a write failed.

use std::rc::Rc;
use std::time::Duration;

use api::{PatchType, Resource};
use apiserver::{ObjectKey, Store, served};
use serde_json::{Map, Value};

/// What a component sees of the cluster: its informers' caches, which are never behind by more than its latency.
#[derive(Clone, Copy)]
pub struct View<'a> {
    store: &'a Store,
}

impl<'a> View<'a> {
    /// The view of a store as it is now.
    pub fn new(store: &'a Store) -> Self {
        View { store }
    }

    /// The revision of the last change.
    pub fn revision(&self) -> u64 {
        self.store.revision()
    }

    /// The resource of a kind, built-in or custom.
    pub fn resource_of_kind(&self, api_version: &str, kind: &str) -> Option<&'static Resource> {
        served::resource_of_kind(self.store, api_version, kind)
    }

    /// All resources that can be deleted from a namespace.
    pub fn namespaced_resources(&self) -> impl Iterator<Item = &'static Resource> + 'a {
        let all = api::resources().iter().chain(served::resources(self.store));
        all.filter(|resource| resource.namespaced && resource.can("delete"))
    }

    /// One object.
    pub fn get(&self, resource: &str, namespace: &str, name: &str) -> Option<&'a Rc<Value>> {
        self.store.get(&ObjectKey::new(resource, namespace, name))
    }

    /// Whether a network plugin runs that acts on NetworkPolicies.
    pub fn has_filtering_plugin(&self) -> bool {
        apiserver::network_plugin::filters(self.store)
    }

    /// The objects of a resource, of one namespace or of all, in order of namespace and name.
    pub fn list(&self, resource: &'a str, namespace: Option<&'a str>) -> impl Iterator<Item = &'a Rc<Value>> + 'a {
        self.store.list(resource, namespace).map(|(_, object)| object)
    }
}

/// One write a component wants. The object's namespace and name are read from its metadata.
#[derive(Clone, PartialEq, Debug)]
pub enum Write {
    /// POST of a new object of this resource (`pods`, `replicasets.apps`); `metadata.generateName` works.
    Create(&'static str, Value),
    /// PUT of the whole object; its resourceVersion is the optimistic lock.
    Update(&'static str, Value),
    /// PUT of the status subresource.
    UpdateStatus(&'static str, Value),
    /// PATCH of an object, or of a subresource of it.
    Patch {
        /// The object's key.
        key: ObjectKey,
        /// `status`, or empty for the object itself.
        subresource: &'static str,
        /// The patch's content type.
        patch: PatchType,
        /// The patch.
        body: Value,
    },
    /// DELETE with `DeleteOptions` (`Value::Null` for none): preconditions, grace period, propagation policy.
    Delete(ObjectKey, Value),
    /// Puts or removes an object that the API only reads: metrics, which belong to a server beside the API server.
    Keep(ObjectKey, Option<Value>),
    /// PUT of a Namespace to its `finalize` subresource.
    Finalize(Value),
    /// POST to a Pod's `binding` subresource: namespace, Pod, node.
    Bind {
        /// The Pod's namespace.
        namespace: String,
        /// The Pod's name.
        pod: String,
        /// The node's name.
        node: String,
    },
}

/// An Event a component wants recorded; the same one again raises its count.
#[derive(Clone, PartialEq, Debug)]
pub struct EventRecord {
    /// The object it is about (kind, namespace, name, uid, apiVersion are read from it).
    pub about: Rc<Value>,
    /// `Normal` or `Warning`.
    pub kind: &'static str,
    /// One CamelCase word: `ScalingReplicaSet`.
    pub reason: String,
    /// The message.
    pub message: String,
    /// For the kubelet's: `spec.containers{nginx}`.
    pub field_path: String,
    /// The reporting component, where it is not the name of the [`Component`](crate::Component).
    pub reporter: Option<String>,
}

/// The result of a reconcile: what the component wants written and recorded, and when it wants to reconcile again.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Reconciled {
    /// Writes, sent in this order; the first that fails ends the list and the key is tried again with back-off.
    pub writes: Vec<Write>,
    /// Events, recorded after the writes.
    pub events: Vec<EventRecord>,
    /// Reconcile this key again after this long, even if nothing changes.
    pub requeue_after: Option<Duration>,
    /// Reconcile this key again after this long and not earlier, whatever changes.
    pub requeue_not_before: Option<Duration>,
    /// Do not reconcile this key again earlier than after this long, whatever changes.
    pub not_before: Option<Duration>,
    /// Keys that this component shall reconcile next.
    pub enqueue: Vec<ObjectKey>,
    /// Other keys that this component shall reconcile, and after how long.
    pub enqueue_after: Vec<(ObjectKey, Duration)>,
    /// What was done, for people, where writes and events do not show it.
    pub summary: Option<String>,
}

impl Reconciled {
    /// Records a `Normal` event.
    pub fn normal(&mut self, about: &Rc<Value>, reason: &str, message: impl Into<String>) {
        self.event(about, "Normal", reason, message.into(), String::new());
    }

    /// Records a `Warning` event.
    pub fn warning(&mut self, about: &Rc<Value>, reason: &str, message: impl Into<String>) {
        self.event(about, "Warning", reason, message.into(), String::new());
    }

    /// Records an event about a part of an object: `spec.containers{nginx}`.
    pub fn event(&mut self, about: &Rc<Value>, kind: &'static str, reason: &str, message: String, field_path: String) {
        let (about, reason) = (about.clone(), reason.to_owned());
        self.events.push(EventRecord { about, kind, reason, message, field_path, reporter: None });
    }

    /// Reconciles this key again after this long, or earlier if that was wanted before.
    pub fn requeue_within(&mut self, wait: Duration) {
        self.requeue_after = Some(self.requeue_after.map_or(wait, |before| before.min(wait)));
    }
}

/// Writes an object's new status, if it differs: the whole of it, as a merge patch that takes away what is gone.
pub fn write_status(out: &mut Reconciled, key: &ObjectKey, before: &Value, mut after: Value) {
    if *before == after {
        return;
    }
    remove_missing(before, &mut after);
    let body = Value::Object(Map::from_iter([("status".to_owned(), after)]));
    out.writes.push(Write::Patch { key: key.clone(), subresource: "status", patch: PatchType::Merge, body });
}

/// Adds `null` to a merge patch for each field of `before` that it does not have.
fn remove_missing(before: &Value, patch: &mut Value) {
    let (Value::Object(before), Value::Object(patch)) = (before, patch) else { return };
    for (name, before) in before {
        match patch.get_mut(name) {
            Some(after) => remove_missing(before, after),
            None => _ = patch.insert(name.clone(), Value::Null),
        }
    }
}
