//! A whole cluster: the API server, the components, and what runs them.
//!
//! Here: a component's turn (its key taken from the queue, its writes sent to the API server, its events recorded), which change
//! concerns which component, and what a cluster holds when it has just started.
//! Not here: what the API server answers (`apiserver`), what components decide (`controllers`, `kubelet`), machines and networks
//! (asked for through [`Node`]), kubectl, any future: the cluster is plain, cloneable data that a host steps.
//!
//! ```
//! use api::{Method, Request};
//! use cluster::{Cluster, Cx, ObjectKey, Settings};
//! use sim::{Rng, Time};
//!
//! let now = Time::from_unix_secs(0);
//! let mut rng = Rng::new(7);
//! let mut cluster = Cluster::new(Settings::default(), now, &mut rng);
//! let mut cx = Cx { now, rng: &mut rng };
//! let body = serde_json::json!({
//!     "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "greeting"}, "data": {"text": "hello"},
//! });
//! let create = Request::new(Method::Post, "/api/v1/namespaces/default/configmaps").with_body(body);
//! assert!(cluster.handle(&mut cx, &create).json().is_ok());
//! let stored = cluster.store().get(&ObjectKey::new("configmaps", "default", "greeting")).expect("it is stored");
//! assert_eq!(stored["data"]["text"], "hello");
//! ```

#![warn(clippy::missing_errors_doc)]

use api::{Request, User, WatchEvent};
use component::View;
use serde_json::Value;
use sim::{Rng, Time};

mod bootstrap;
pub mod runtime;

use bootstrap::{control_plane, default_roles};

pub use apiserver::{
    ApiServer, Cx, ExecRequest, ForwardRequest, List, LogRequest, ObjectKey, Reply, Settings, Store, StoreEvent, Watch,
};
pub use bootstrap::{manifests, system_objects};
pub use component::{Component, Node, node};
pub use controllers::dns;
pub use controllers::ingress_nginx::{CLASSES as INGRESS_CLASSES, INGRESSES};
pub use controllers::network_policy::POLICIES as NETWORK_POLICIES;
pub use kubelet::static_pods::FOLDER as MANIFESTS;
pub use runtime::Work;

/// One decision of one component, for a person who steps through time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// `deployment-controller`, `kubelet`, `default-scheduler` …
    pub component: &'static str,
    /// What it looked at: `default/web`.
    pub key: String,
    /// What it did, in a few English words.
    pub summary: String,
}

/// A whole cluster as plain data: cloning it shares everything.
#[derive(Clone)]
pub struct Cluster {
    server: ApiServer,
    runtime: runtime::Runtime,
    /// Somebody has asked about roles, so that all of a new cluster's are there.
    has_all_roles: bool,
}

impl Cluster {
    /// A cluster whose API server has just started: what bootstrap writes is there, nothing has reacted to it yet.
    pub fn new(settings: Settings, now: Time, rng: &mut Rng) -> Self {
        let mut cluster =
            Cluster { server: ApiServer::new(settings), runtime: runtime::Runtime::default(), has_all_roles: false };
        runtime::bootstrap(&mut cluster, &mut Cx { now, rng });
        cluster
    }

    /// How it is set up.
    pub fn settings(&self) -> &Settings {
        self.server.settings()
    }

    /// All objects, to read; writes go through [`Cluster::handle`].
    pub fn store(&self) -> &Store {
        self.server.store()
    }

    /// Answers a request to the API. What it changes, it changes at once: how long a request takes is its sender's to
    /// simulate.
    pub fn handle(&mut self, cx: &mut Cx, request: &Request) -> Reply {
        let about_roles = default_roles::concerns(&request.path);
        if about_roles && !self.has_all_roles {
            self.has_all_roles = true;
            default_roles::make(self, cx);
        }
        control_plane::make(self, cx, &request.path);
        let reply = self.server.handle(cx, request);
        if about_roles && request.method != api::Method::Get {
            default_roles::aggregate(self, cx);
        }
        reply
    }

    /// The events of a watch since the last call.
    pub fn poll_watch(&self, now: Time, watch: &mut Watch) -> Vec<WatchEvent> {
        self.server.poll_watch(now, watch)
    }

    /// The user whose bearer token this is; `None` for one that is not valid now.
    pub fn authenticate(&self, now: Time, token: &str) -> Option<User> {
        self.server.authenticate(now, token)
    }

    /// The aggregated discovery document at `/api` or `/apis`; `None` elsewhere.
    pub fn aggregated_discovery(&self, at: &str) -> Option<Value> {
        self.server.aggregated_discovery(at)
    }

    /// The path of a resource (`pods`, `deployments.apps`), of its objects in a namespace, or of one object.
    pub fn path_of(&self, resource: &str, namespace: Option<&str>, name: Option<&str>) -> Option<String> {
        Some(apiserver::served::resource_of_key(self.store(), resource)?.path(namespace, name))
    }

    /// The revision of the last change: equal revisions, equal objects.
    pub fn revision(&self) -> u64 {
        self.store().revision()
    }

    /// When the next component has something to do; `None` while all wait for a change.
    pub fn next_due(&self) -> Option<Time> {
        runtime::next_due(self)
    }

    /// Lets the component that is due make its one decision. `None` when none was due.
    pub fn step(&mut self, cx: &mut Cx, node: &mut dyn Node) -> Option<Step> {
        runtime::step(self, cx, node)
    }

    /// What the cluster's DNS answers; the name has no dot at its end. `None` when it is none of the cluster's names.
    pub fn look_up(&self, name: &str, kind: dns::Kind) -> Option<dns::Answer> {
        dns::look_up(View::new(self.store()), name, kind)
    }

    /// What a component has done so far.
    pub fn work(&self, component: Component) -> Work {
        self.runtime.work.of(component)
    }

    /// Whether the kubelet's process runs on the node.
    pub fn kubelet_runs(&self) -> bool {
        self.runtime.kubelet.runs()
    }

    /// Whether the API server answers: its static Pod's container runs, and etcd's.
    pub fn api_answers(&self) -> bool {
        self.runtime.control_plane.answers()
    }

    /// Reports that the node's folder of static Pods has changed ([`Node::static_pods`]).
    pub fn manifests_changed(&mut self, now: Time) {
        runtime::manifests_changed(self, now);
    }

    /// Stops the kubelet's process, or starts it again. Containers go on meanwhile; nobody looks after them, and the node's
    /// Lease is not renewed.
    pub fn run_kubelet(&mut self, runs: bool, now: Time) {
        runtime::run_kubelet(self, runs, now);
    }

    /// Reports that a container of a Pod, or a command in one, has ended: the kubelet reconciles the Pod.
    pub fn pod_changed(&mut self, namespace: &str, name: &str, now: Time) {
        runtime::pod_changed(self, namespace, name, now);
    }
}
