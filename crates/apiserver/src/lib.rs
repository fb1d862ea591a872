//! The API server: REST requests over a store.
//!
//! Here: the store with its revisions and watches, one verb a file, and what differs from kind to kind in [`strategy`], `defaults`,
//! `validation`, `admission` and `table`; what more than the API server needs of the API's rules: schedules, quotas, selectors.
//! Not here: controllers and the kubelet, which are clients (`component`), how long a request takes, HTTP.
//! Follows k8s.io/apiserver's generic registry and the strategies under kubernetes/pkg/registry.

#![warn(clippy::missing_errors_doc)]

mod admission;
mod aggregated;
mod allocations;
mod apply;
mod authentication;
mod authorization;
mod autoscaling;
mod certificates;
pub mod completion_indexes;
mod component_statuses;
mod create;
pub mod cron;
mod custom;
mod decode;
mod defaults;
mod delete;
mod discovery;
mod escalation;
mod eviction;
mod health;
mod list;
mod managed_fields;
mod metadata;
pub mod metrics_api;
pub mod network_plugin;
mod openapi;
mod paging;
mod patch;
mod pod_subresources;
mod prepare;
mod qos;
pub mod quota;
mod reply;
mod resize;
mod reviews;
mod route;
mod scale;
mod selection;
pub mod selector;
pub mod served;
mod settings;
pub mod store;
mod strategy;
mod swagger;
mod table;
#[cfg(test)]
mod tests;
mod token;
mod unsimulated;
mod update;
mod validation;
mod warnings;
mod watch;
mod write;
pub mod zones;

pub use reply::{ContainerId, ExecRequest, ForwardRequest, List, LogRequest, Reply};
pub use settings::Settings;
pub use store::{ObjectKey, Store, StoreEvent};
pub use watch::Watch;

use std::rc::Rc;

use api::{Method, Reason, Request, Status};
use serde_json::Value;
use sim::{Rng, Time};

use self::allocations::Allocations;
use self::route::{Target, route};

/// What a call into the cluster is given: the time, and the generator of random numbers.
pub struct Cx<'a> {
    /// The virtual time.
    pub now: Time,
    /// The one generator of the world.
    pub rng: &'a mut Rng,
}

/// An API server with its store, as plain data: cloning it shares everything.
#[derive(Clone)]
pub struct ApiServer {
    store: Store,
    settings: Rc<Settings>,
    allocations: Allocations,
    /// Nobody listens at the kubelet's port.
    kubelet_refuses: bool,
}

impl ApiServer {
    /// An API server whose store is empty.
    pub fn new(settings: Settings) -> Self {
        let allocations = Allocations::new(&settings);
        ApiServer { store: Store::new(), allocations, settings: Rc::new(settings), kubelet_refuses: false }
    }

    /// Whether the kubelet, which is asked for logs and to run commands, listens at its port.
    pub fn set_kubelet_listens(&mut self, listens: bool) {
        self.kubelet_refuses = !listens;
    }

    /// How the cluster is set up.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// All objects, to read; writes go through [`ApiServer::handle`].
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Puts an object under a key, or takes it away, past the API's verbs: for what a server beside this one keeps and this one
    /// only reads (metrics). Returns what [`Store::put`] does.
    pub fn put(&mut self, key: ObjectKey, object: Option<Value>) -> Option<Rc<Value>> {
        self.store.put(key, object)
    }

    /// Answers a request to the API. What it changes, it changes at once: how long a request takes is its sender's to
    /// simulate.
    pub fn handle(&mut self, cx: &mut Cx, request: &Request) -> Reply {
        self.handle_owned(cx, request.clone())
    }

    /// As [`handle`](ApiServer::handle), but takes the request, so that the object in its body is not copied.
    pub fn handle_owned(&mut self, cx: &mut Cx, mut request: Request) -> Reply {
        if is_dry_run(&request) {
            // A dry run is the whole request on a copy that is dropped, so that nothing of it remains, allocations included.
            request.query.retain(|(name, _)| name != "dryRun");
            if request.method == Method::Delete {
                api::path::remove(&mut request.body, "dryRun");
            }
            let path = request.path.clone();
            let reply = self.clone().handle_owned(cx, request);
            return self.with_true_revision(reply, &path);
        }
        self.dispatch(cx, request).unwrap_or_else(|status| Reply::status(&status))
    }

    /// Gives the object of a dry run the resource version of the stored one; none where nothing is stored.
    fn with_true_revision(&self, reply: Reply, path: &str) -> Reply {
        let Reply::Json { code, value, warnings } = reply else { return reply };
        let mut value = value;
        if code < 400 && value["metadata"]["resourceVersion"].is_string() {
            let stored =
                route(&self.store, path).ok().flatten().and_then(|target| self.store.get(&target.key()).cloned());
            let object = Rc::make_mut(&mut value);
            match stored {
                Some(stored) => object["metadata"]["resourceVersion"] = stored["metadata"]["resourceVersion"].clone(),
                None => _ = api::path::remove(object, "metadata.resourceVersion"),
            }
        }
        Reply::Json { code, value, warnings }
    }

    fn dispatch(&mut self, cx: &mut Cx, mut request: Request) -> Result<Reply, Status> {
        let target = route(&self.store, &request.path)?;
        authorization::check(&self.store, target.as_ref(), &request)?;
        let Some(target) = target else { return discovery::answer(self, &request) };
        let reply = self.serve(cx, &target, &mut request)?;
        Ok(match target.resource.key() {
            "endpoints" => reply
                .warn(vec!["v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice".to_owned()]),
            _ if target.resource.definition.is_some_and(|version| api::path::bool(version, "deprecated")) => {
                reply.warn(vec![custom::deprecation(target.resource)])
            }
            "componentstatuses" => reply.warn(vec!["v1 ComponentStatus is deprecated in v1.19+".to_owned()]),
            _ => reply,
        })
    }

    /// Refuses requests for metrics while no metrics server is ready to answer them.
    fn check_metrics(&self, target: &Target) -> Result<(), Status> {
        let service = ObjectKey::new(metrics_api::SERVICE.0, "", metrics_api::SERVICE.1);
        if metrics_api::answers(self.store.get(&service)) == Some(true) {
            return Ok(());
        }
        let why = format!(
            "the server is currently unable to handle the request (get {}.{})",
            target.resource.plural,
            metrics_api::GROUP
        );
        Err(Status::new(Reason::ServiceUnavailable, why))
    }

    fn serve(&mut self, cx: &mut Cx, target: &Target, request: &mut Request) -> Result<Reply, Status> {
        if target.resource.group == metrics_api::GROUP {
            self.check_metrics(target)?;
        }
        match (target.subresource.as_str(), target.resource.key()) {
            ("" | "status" | "finalize", _) | ("ephemeralcontainers" | "resize", "pods") => {}
            ("approval", certificates::KEY) => {
                if matches!(request.method, Method::Put | Method::Patch) {
                    certificates::authorize(self, target, request)?;
                }
            }
            ("scale", _) => return scale::serve(self, cx, target, request),
            ("token", "serviceaccounts") => return token::create(self, cx, target, request),
            (_, "pods") => return pod_subresources::serve(self, cx, target, request),
            _ => return Err(not_offered()),
        }
        let on_object = !target.name.is_empty();
        let verb = match (request.method, on_object) {
            (Method::Get, _) if request.query("watch").is_some_and(is_true) => "watch",
            (Method::Get, true) => "get",
            (Method::Get, false) => "list",
            (Method::Post, false) => "create",
            (Method::Put, true) => "update",
            (Method::Patch, true) => "patch",
            (Method::Delete, true) => "delete",
            (Method::Delete, false) => "deletecollection",
            _ => return Err(not_offered()),
        };
        let offered = match target.subresource.as_str() {
            "" => target.resource.can(verb),
            name => target.resource.subresource(name).is_some_and(|sub| sub.verbs.contains(&verb)),
        };
        if !offered {
            return Err(not_offered());
        }
        // RBAC escalation is checked on the resulting object; this copy, which is cheap, is what to roll back to.
        let before = (target.resource.group == escalation::GROUP
            && request.user.is_some()
            && matches!(verb, "create" | "update" | "patch"))
        .then(|| self.clone());
        let reply = match verb {
            "get" => list::get(self, cx.now, target, request),
            "list" => list::list(self, cx.now, target, request),
            "watch" => watch::start(self, cx.now, target, request),
            "create" if !target.resource.can("get") => reviews::answer(self, cx, target, request),
            "create" => create::create(self, cx, target, request),
            "update" => update::update(self, cx, target, request),
            "patch" => patch::patch(self, cx, target, request),
            "delete" => delete::delete(self, cx, target, request),
            _ => delete::delete_collection(self, cx, target, request),
        }?;
        if let Some(before) = before
            && let Reply::Json { value, .. } = &reply
            && let Err(status) = escalation::check(&before.store, target, request, value)
        {
            *self = before;
            return Err(status);
        }
        // A write answers with the object in the version of its path.
        Ok(match reply {
            Reply::Json { code, value, warnings } if code < 400 && value["kind"] == *target.resource.kind => {
                Reply::Json { code, value: list::in_version(target.resource, value), warnings }
            }
            reply => reply,
        })
    }

    /// The stored object that a target names.
    fn fetch(&self, target: &Target) -> Result<Rc<Value>, Status> {
        self.store.get(&target.key()).cloned().ok_or_else(|| target.not_found())
    }
}

/// Whether a request changes nothing. A deletion may say so in its body, where the real kubectl writes it.
fn is_dry_run(request: &Request) -> bool {
    let in_body = || request.method == Method::Delete && !api::path::list(&request.body, "dryRun").is_empty();
    request.method != Method::Get && request.query("dryRun").is_some_and(|value| !value.is_empty()) || in_body()
}

fn not_offered() -> Status {
    Status::new(Reason::MethodNotAllowed, "the server does not allow this method on the requested resource")
}

/// Whether a query parameter says yes, as Go's `strconv.ParseBool` of the server's conversion does.
fn is_true(value: &str) -> bool {
    !matches!(value, "0" | "false" | "False" | "FALSE" | "f" | "F")
}

/// How a write treats unknown and duplicate fields.
fn strictness(request: &Request) -> decode::Strictness {
    match request.query("fieldValidation") {
        Some("Strict") => decode::Strictness::Strict,
        Some("Ignore") => decode::Strictness::Ignore,
        _ => decode::Strictness::Warn,
    }
}
