//! What runs the components: it takes a key from the work queue, has its component reconcile it, and carries out what comes of it.
//!
//! Here: the dispatch of a key to its component, the sending of writes, the event recorder, the handlers that enqueue keys when
//! something changed. Everything is plain data. A component's writes go through the API server like everybody's
//! ([`ApiServer::handle`](apiserver::ApiServer::handle)); nothing else changes an object.
//! Not here: what a component decides (`controllers`, `kubelet`).

mod control_plane;
mod event_handlers;
mod events;
mod work;

use std::time::Duration;

use api::{Method, PatchType, Reason, Request, Status, path};
use apiserver::{ObjectKey, Store, served};
use component::{Component, Context, EventRecord, Index, Node, Reconciled, View, WorkQueue, Write};
use controllers::scheduler::Scheduler;
use kubelet::Kubelet;
use serde_json::{Value, json};
use sim::{SharedQueue, Time};

pub use work::Work;

use crate::bootstrap::{own_service, part_of_control_plane, static_pod};
use crate::{Cluster, Cx, Step};

/// How long events are kept (the API server's `--event-ttl`).
const EVENT_TTL: Duration = Duration::from_secs(3600);

/// The components' queues and memories.
#[derive(Clone, Default)]
pub struct Runtime {
    pub(crate) queue: WorkQueue,
    pub(crate) index: Index,
    pub(crate) scheduler: Scheduler,
    pub(crate) jobs: controllers::job::Jobs,
    pub(crate) autoscalers: controllers::horizontal::Autoscalers,
    pub(crate) metrics: controllers::metrics_server::Server,
    pub(crate) ingress: controllers::ingress_nginx::Controller,
    pub(crate) nodes: controllers::node_lifecycle::Nodes,
    /// Whether a node has a taint that ends Pods.
    pub(crate) taint_evicts: bool,
    pub(crate) kubelet: Kubelet,
    pub(crate) control_plane: control_plane::ControlPlane,
    /// All objects are to be listed again: a part of the control plane has started anew.
    relist: bool,
    pub(crate) work: work::WorkCounters,
    recorder: events::Recorder,
    /// When which Event expires, the first one first; only that one is in the work queue.
    expiries: SharedQueue<(Time, ObjectKey)>,
    seen: u64,
    clock: Time,
}

/// How soon after a change the kubelet looks at its folder of static Pods: files are rarely written at one stroke.
const LOOKS_AFTER: Duration = Duration::from_secs(1);

/// Writes what a fresh control plane holds.
pub fn bootstrap(cluster: &mut Cluster, cx: &mut Cx) {
    crate::bootstrap::bootstrap(cluster, cx);
    observe(cluster, cx.now);
}

/// When the next component is due. A time that has passed (or that is now) means that [`step`] has something to do, if only
/// to take notice of changes.
pub fn next_due(cluster: &Cluster) -> Option<Time> {
    let runtime = &cluster.runtime;
    if runtime.seen != cluster.server.store().revision() || runtime.relist {
        return Some(runtime.clock);
    }
    runtime.queue.next_due()
}

/// Handles the store's changes since the last call, so that [`next_due`] takes them into account.
pub(crate) fn observe(cluster: &mut Cluster, now: Time) {
    let runtime = &mut cluster.runtime;
    let store = cluster.server.store();
    runtime.clock = runtime.clock.max(now);
    let relist = std::mem::take(&mut runtime.relist);
    if runtime.seen == store.revision() && !relist {
        return;
    }
    match store.changes_since(runtime.seen).filter(|_| !relist) {
        Some(changes) => {
            for event in changes {
                runtime.on_changed(store, cluster.server.settings(), event, now);
            }
        }
        None => {
            // The history no longer has all changes: list everything again, as an informer does.
            let before = std::mem::take(&mut runtime.index);
            for (key, object) in store.all() {
                let event =
                    apiserver::StoreEvent { revision: 0, key: key.clone(), before: None, after: Some(object.clone()) };
                runtime.on_changed(store, cluster.server.settings(), &event, now);
            }
            for pod in before.nodes.values().flat_map(|node| node.pods.keys()) {
                runtime.queue.enqueue(Component::Kubelet, pod.clone(), now);
            }
            for dependent in before.owned.values().flatten() {
                runtime.queue.enqueue(Component::GarbageCollector, dependent.clone(), now);
            }
        }
    }
    runtime.seen = store.revision();
}

/// Enqueues a Pod for the kubelet, as a container runtime that reports an end does.
pub fn pod_changed(cluster: &mut Cluster, namespace: &str, name: &str, now: Time) {
    let due = now + Component::Kubelet.latency() * 2;
    cluster.runtime.queue.enqueue_at(Component::Kubelet, ObjectKey::new("pods", namespace, name), due);
}

/// Stops the kubelet's process, or starts it again: then it looks at its Node and at every Pod there.
pub fn run_kubelet(cluster: &mut Cluster, runs: bool, now: Time) {
    let Cluster { runtime, server, .. } = cluster;
    if runtime.kubelet.runs() == runs {
        return;
    }
    server.set_kubelet_listens(runs);
    let node = ObjectKey::new("nodes", "", &server.settings().node_name);
    let mut pods = runtime.kubelet.run(runs);
    if !runs {
        return runtime.queue.enqueue_at(Component::NodeLifecycle, node, now + controllers::node_lifecycle::LATE);
    }
    pods.extend(runtime.index.nodes.get(&*node.name).into_iter().flat_map(|node| node.pods.keys().cloned()));
    for key in std::iter::once(node).chain(pods) {
        runtime.queue.enqueue(Component::Kubelet, key, now);
    }
}

/// The folder of static Pods has changed: the kubelet looks at it soon.
pub(crate) fn manifests_changed(cluster: &mut Cluster, now: Time) {
    let folder = kubelet::static_pods::folder_key();
    cluster.runtime.queue.enqueue_at(Component::Kubelet, folder, now + LOOKS_AFTER);
}

impl Runtime {
    /// Enqueues the Event that expires first.
    fn await_expiry(&mut self) {
        if let Some((at, key)) = self.expiries.front() {
            self.queue.enqueue_at(Component::GarbageCollector, key.clone(), *at);
        }
    }

    /// The garbage collector has reconciled an Event: enqueues the one that expires next.
    fn expired(&mut self, key: &ObjectKey) {
        if self.expiries.front().is_some_and(|(_, first)| first == key) {
            self.expiries.pop_front();
            self.await_expiry();
        }
    }
}

/// One decision of the component that is due; `None` when none was due, or when it found nothing to do.
pub fn step(cluster: &mut Cluster, cx: &mut Cx, node: &mut dyn Node) -> Option<Step> {
    observe(cluster, cx.now);
    let (component, key) = cluster.runtime.queue.pop(cx.now)?;
    let Cluster { server, runtime, .. } = cluster;
    if !runtime.control_plane.lets_work(component, &key) {
        return None;
    }
    runtime.work.count_reconcile(component);
    let (view, settings) = (View::new(server.store()), server.settings());
    let mut context = Context { view, index: &runtime.index, settings, now: cx.now, rng: cx.rng };
    let reconciled = match component {
        Component::ApiServer => own_service(&mut context),
        Component::ServiceAccount => controllers::serviceaccount::reconcile(&mut context, &key),
        Component::RootCa => controllers::root_ca::reconcile(&mut context, &key),
        Component::Namespace => controllers::namespace::reconcile(&mut context, &key),
        Component::Deployment => controllers::deployment::reconcile(&mut context, &key),
        Component::ReplicaSet | Component::ReplicationController => {
            controllers::replicaset::reconcile(&mut context, &key)
        }
        Component::StatefulSet => controllers::statefulset::reconcile(&mut context, &key),
        Component::DaemonSet => controllers::daemonset::reconcile(&mut context, &key),
        Component::Job => runtime.jobs.reconcile(&mut context, &key),
        Component::CronJob => controllers::cronjob::reconcile(&mut context, &key),
        Component::EndpointSlice => controllers::endpointslice::reconcile(&mut context, &key),
        Component::Endpoints => controllers::endpoints::reconcile(&mut context, &key),
        Component::PersistentVolume => controllers::volume_binder::reconcile(&mut context, &key),
        Component::Provisioner => controllers::provisioner::reconcile(&mut context, &key, node),
        Component::PvcProtection => controllers::protection::reconcile_claim(&mut context, &key),
        Component::PvProtection => controllers::protection::reconcile_volume(&mut context, &key),
        Component::EphemeralVolume => controllers::ephemeral_volume::reconcile(&mut context, &key),
        Component::Definitions => controllers::definitions::reconcile(&mut context, &key),
        Component::Disruption => controllers::disruption::reconcile(&mut context, &key),
        Component::ResourceQuota => controllers::resourcequota::reconcile(&mut context, &key),
        Component::HorizontalPodAutoscaler => runtime.autoscalers.reconcile(&mut context, &key),
        Component::GarbageCollector => controllers::garbage_collector::reconcile(&mut context, &key),
        Component::NodeLifecycle => runtime.nodes.reconcile(&mut context, &key),
        Component::PodGc => controllers::pod_gc::reconcile(&mut context, &key),
        Component::Scheduler => runtime.scheduler.reconcile(&mut context, &key),
        Component::Kubelet if !runtime.kubelet.runs() => Reconciled::default(),
        Component::Kubelet => runtime.kubelet.reconcile(&mut context, &key, node, static_pod),
        Component::Proxy => controllers::proxy::reconcile(&mut context, node),
        Component::LoadBalancer => controllers::metallb::reconcile(&mut context, node),
        Component::MetricsServer => runtime.metrics.reconcile(&mut context, node),
        Component::IngressNginx => runtime.ingress.reconcile(&mut context, &key),
        Component::NetworkPlugin => controllers::network_policy::reconcile(&mut context, node),
        Component::CertificateSigner => controllers::certificate_signer::reconcile(&mut context, &key, node),
    };
    if component == Component::GarbageCollector {
        runtime.expired(&key);
    }
    if component == Component::Kubelet
        && let Some((part, name)) = part_of_control_plane(server.settings(), &key)
    {
        runtime.relist |= runtime.control_plane.note(part, runtime.kubelet.has_running_of(&key.namespace, &name));
        if runtime.control_plane.proxy_starts() {
            proxy_started(cluster, cx);
        }
    }
    Some(carry_out(cluster, cx, component, key, reconciled)).filter(|step| !step.summary.is_empty())
}

fn carry_out(cluster: &mut Cluster, cx: &mut Cx, component: Component, key: ObjectKey, reconciled: Reconciled) -> Step {
    let mut done = Summary::default();
    let mut failure = None;
    let mut created = 0;
    let mut writes = reconciled.writes.into_iter();
    for write in writes.by_ref() {
        let description = describe(&write);
        let creates = matches!(write, Write::Create(..));
        let pod = matches!(write, Write::Create("pods", _)).then(|| description.2.clone());
        let reason = match write {
            Write::Create(..) => "FailedCreate",
            Write::Delete(..) => "FailedDelete",
            _ => "",
        };
        match carry_out_write(cluster, cx, component, write) {
            Ok(value) => {
                done.add(description, &value);
                created += usize::from(creates);
            }
            // The object is gone: the component's view was old, and the change will enqueue the key again.
            Err(status) if status.reason == Reason::NotFound && pod.is_none() => {}
            Err(status) => {
                if let Some(pod) = pod.filter(|_| status.reason != Reason::AlreadyExists) {
                    complain(cluster, cx, component, &key, &pod, &status);
                }
                failure = Some((status, reason));
                break;
            }
        }
    }
    if let Some((status, reason)) = failure.as_ref().filter(|(_, reason)| !reason.is_empty()) {
        // The status is still written, because it only counts Pods that exist.
        let rest = writes.find(|write| matches!(write, Write::Patch { subresource: "status", .. }));
        let write = match component {
            Component::ReplicaSet | Component::ReplicationController => {
                let set = cluster.server.store().get(&key);
                set.and_then(|set| controllers::replicaset::failed(&key, set, rest.as_ref(), reason, status, cx.now))
            }
            Component::DaemonSet | Component::StatefulSet | Component::Job if *reason == "FailedCreate" => rest,
            _ => None,
        };
        if let Some(write) = write {
            let _ = carry_out_write(cluster, cx, component, write);
        }
    }
    for event in &reconciled.events {
        // Objects that were created before the failure have their events.
        let made = event.reason == "SuccessfulCreate" && created > 0;
        created -= usize::from(made);
        if failure.is_none() || made || event.kind == "Warning" {
            record(cluster, cx, component, event);
        }
    }
    let runtime = &mut cluster.runtime;
    match &failure {
        Some(_) => {
            runtime.queue.requeue_with_backoff(component, key.clone(), cx.now);
            if component == Component::Kubelet {
                runtime.kubelet.write_failed(&key);
            }
        }
        None => runtime.queue.forget(component, &key),
    }
    if let Some(wait) = reconciled.requeue_after {
        runtime.queue.enqueue_at(component, key.clone(), cx.now + wait);
    }
    if let Some(wait) = reconciled.requeue_not_before.filter(|_| failure.is_none()) {
        runtime.queue.hold_until(component, key.clone(), cx.now + wait);
    }
    if let Some(wait) = reconciled.not_before.filter(|_| failure.is_none()) {
        runtime.queue.defer_until(component, key.clone(), cx.now + wait);
    }
    for key in reconciled.enqueue {
        runtime.queue.enqueue(component, key, cx.now);
    }
    for (key, wait) in reconciled.enqueue_after {
        runtime.queue.enqueue_at(component, key, cx.now + wait);
    }
    observe(cluster, cx.now);
    let mut summary = match reconciled.summary {
        Some(summary) => summary,
        None => done.text(&reconciled.events),
    };
    if let Some((status, ..)) = failure {
        summary = format!("could not go on: {}", status.message);
    }
    let key = match (&*key.namespace, &*key.name) {
        ("", name) => name.to_owned(),
        (namespace, name) => format!("{namespace}/{name}"),
    };
    Step { component: component.name(), key, summary }
}

/// kube-proxy tells of its start, in no words.
fn proxy_started(cluster: &mut Cluster, cx: &mut Cx) {
    let node = ObjectKey::new("nodes", "", &cluster.server.settings().node_name);
    let Some(about) = cluster.server.store().get(&node).cloned() else { return };
    let event = EventRecord {
        about,
        kind: "Normal",
        reason: "Starting".into(),
        message: String::new(),
        field_path: String::new(),
        reporter: None,
    };
    record(cluster, cx, Component::Proxy, &event);
}

/// `Error creating: …` on the object whose Pod was refused. A StatefulSet has words of its own.
fn complain(cluster: &mut Cluster, cx: &mut Cx, component: Component, key: &ObjectKey, pod: &str, status: &Status) {
    if let Some(about) = cluster.server.store().get(key).cloned() {
        let message = match component {
            Component::StatefulSet => {
                format!("Create Pod {pod} in StatefulSet {} failed error: {}", key.name, status.message)
            }
            _ => format!("Error creating: {}", status.message),
        };
        let event = EventRecord {
            about,
            kind: "Warning",
            reason: "FailedCreate".into(),
            message,
            field_path: String::new(),
            reporter: None,
        };
        record(cluster, cx, component, &event);
    }
}

fn record(cluster: &mut Cluster, cx: &mut Cx, component: Component, event: &EventRecord) {
    // What is told of a Node has chance of its own, so that a new cluster's does not change what the world draws later.
    let mut own = sim::Rng::new(cluster.revision());
    let rng = if event.about["kind"] == "Node" { &mut own } else { &mut *cx.rng };
    let cx = &mut Cx { now: cx.now, rng };
    let host = cluster.server.settings().node_name.clone();
    let write = match cluster.runtime.recorder.record(component, event, cx.now, &host) {
        events::Record::New(event) => Write::Create("events", event),
        events::Record::Again(namespace, name, body) => Write::Patch {
            key: ObjectKey::new("events", &namespace, &name),
            subresource: "",
            patch: PatchType::Merge,
            body,
        },
        events::Record::Drop => return,
    };
    let again = match &write {
        Write::Patch { key, .. } => Some(key.clone()),
        _ => None,
    };
    let made = match (again, carry_out_write(cluster, cx, component, write)) {
        (Some(key), Err(_)) => {
            // The Event was deleted or has expired: record it anew.
            cluster.runtime.recorder.forget(&key.namespace, &key.name);
            match cluster.runtime.recorder.record(component, event, cx.now, &host) {
                events::Record::New(object) => carry_out_write(cluster, cx, component, Write::Create("events", object)),
                _ => return,
            }
        }
        (Some(_), Ok(_)) => return,
        (None, made) => made,
    };
    let Ok(event) = made else { return }; // its namespace is going: it is lost, as in life
    let key = ObjectKey::new("events", path::str(&event, "metadata.namespace"), path::str(&event, "metadata.name"));
    let runtime = &mut cluster.runtime;
    runtime.expiries.push_back((cx.now + EVENT_TTL, key));
    runtime.await_expiry();
}

fn carry_out_write(
    cluster: &mut Cluster,
    cx: &mut Cx,
    component: Component,
    write: Write,
) -> Result<std::rc::Rc<Value>, Status> {
    *cluster.runtime.work.counter_of(component, &write) += 1;
    if let Write::Keep(key, object) = write {
        return Ok(cluster.server.put(key, object).unwrap_or_default());
    }
    let mut request = request_of(cluster.server.store(), write)?.with_query("fieldManager", component.field_manager());
    request.ignores_warnings = true;
    let before = cluster.server.store().revision();
    let answer = cluster.server.handle_owned(cx, request).json();
    if cluster.server.store().revision() == before {
        cluster.runtime.work.count_in_vain(component);
    }
    answer
}

fn request_of(store: &Store, write: Write) -> Result<Request, Status> {
    let at = |resource: &str, namespace: &str, name: Option<&str>| {
        served::resource_of_key(store, resource)
            .map(|known| known.path(Some(namespace).filter(|namespace| !namespace.is_empty()), name))
            .ok_or_else(|| Status::internal(format!("no resource {resource}")))
    };
    let of = |resource: &str, object: &Value| {
        at(resource, path::str(object, "metadata.namespace"), Some(path::str(object, "metadata.name")))
    };
    Ok(match write {
        Write::Create(resource, object) => {
            Request::new(Method::Post, at(resource, path::str(&object, "metadata.namespace"), None)?).with_body(object)
        }
        Write::Update(resource, object) => Request::new(Method::Put, of(resource, &object)?).with_body(object),
        Write::UpdateStatus(resource, object) => {
            Request::new(Method::Put, format!("{}/status", of(resource, &object)?)).with_body(object)
        }
        Write::Patch { key, subresource, patch, body } => {
            let mut path = at(&key.resource, &key.namespace, Some(&key.name))?;
            if !subresource.is_empty() {
                path = format!("{path}/{subresource}");
            }
            let mut request = Request::new(Method::Patch, path).with_body(body);
            request.patch = Some(patch);
            request
        }
        Write::Keep(..) => return Err(Status::internal("no request".to_owned())),
        Write::Finalize(object) => {
            Request::new(Method::Put, format!("{}/finalize", of("namespaces", &object)?)).with_body(object)
        }
        Write::Delete(key, options) => {
            Request::new(Method::Delete, at(&key.resource, &key.namespace, Some(&key.name))?).with_body(options)
        }
        Write::Bind { namespace, pod, node } => {
            let path = format!("{}/binding", at("pods", &namespace, Some(&pod))?);
            Request::new(Method::Post, path).with_body(json!({
                "apiVersion": "v1", "kind": "Binding", "metadata": {"name": pod, "namespace": namespace},
                "target": {"apiVersion": "v1", "kind": "Node", "name": node},
            }))
        }
    })
}

/// What a step did, for people.
#[derive(Default)]
struct Summary {
    done: Vec<(&'static str, String, String)>,
}

/// Verb, kind of the object (empty: read it from the answer) and name.
fn describe(write: &Write) -> (&'static str, String, String) {
    let of = |object: &Value| (path::str(object, "kind").to_owned(), path::str(object, "metadata.name").to_owned());
    let with = |verb, (kind, name)| (verb, kind, name);
    let kind = |key: &ObjectKey| {
        let kind =
            api::resource_of_key(&key.resource).map_or_else(|| key.resource.to_string(), |known| known.kind.to_owned());
        (kind, key.name.to_string())
    };
    match write {
        Write::Create(_, object) => with("created", of(object)),
        Write::Update(_, object) => with("updated", of(object)),
        Write::UpdateStatus(_, object) => with("updated the status of", of(object)),
        Write::Patch { key, subresource: "status", .. } => with("updated the status of", kind(key)),
        Write::Patch { key, .. } => with("changed", kind(key)),
        Write::Finalize(object) => with("finalized", of(object)),
        Write::Keep(key, _) => (
            "measured",
            key.resource.split('.').next().unwrap_or("").trim_end_matches('s').to_owned(),
            key.name.to_string(),
        ),
        Write::Delete(key, _) => with("deleted", kind(key)),
        Write::Bind { pod, node, .. } => ("bound", "Pod".to_owned(), format!("{pod} to {node}")),
    }
}

impl Summary {
    fn add(&mut self, (verb, kind, name): (&'static str, String, String), answer: &Value) {
        let name = if name.is_empty() { path::str(answer, "metadata.name").to_owned() } else { name };
        self.done.push((verb, kind, name));
    }

    fn text(&self, events: &[EventRecord]) -> String {
        let of_note: Vec<_> = self.done.iter().filter(|(verb, ..)| *verb != "updated the status of").collect();
        if of_note.is_empty() && !events.is_empty() {
            return events.iter().map(|event| event.message.as_str()).take(3).collect::<Vec<_>>().join("; ");
        }
        let chosen: Vec<_> = if of_note.is_empty() { self.done.iter().collect() } else { of_note };
        let mut parts: Vec<String> = Vec::new();
        let mut at = 0;
        while at < chosen.len() {
            let (verb, kind, name) = chosen[at];
            let alike = chosen[at..].iter().take_while(|(v, k, _)| v == verb && k == kind).count();
            parts.push(if alike > 2 { format!("{verb} {alike} {kind}s") } else { format!("{verb} {kind} {name}") });
            at += if alike > 2 { alike } else { 1 };
        }
        parts.truncate(4);
        parts.join(", ")
    }
}
