//! The API server as its clients see it.

mod bad_manifests;
mod custom;
mod immutable;
mod paging;
mod patches;
mod pod_security;
mod policy;
mod server_side;
mod services;
mod speed;
mod verbs;

use std::rc::Rc;

use api::{Method, PatchType, Request, Status};
use serde_json::{Value, json};
use sim::{Rng, Time};

use crate::{ApiServer, Cx, Reply, Settings};

/// An API server with two namespaces and what admission needs, and no component.
pub struct World {
    pub server: ApiServer,
    pub now: Time,
    pub rng: Rng,
}

impl World {
    pub fn new() -> Self {
        let server = ApiServer::new(Settings::default());
        let mut world = World { server, now: Time::parse_rfc3339("2026-11-22T10:00:00Z").unwrap(), rng: Rng::new(1) };
        for name in ["default", "kube-system", "dev"] {
            world.create("v1", "Namespace", json!({"metadata": {"name": name}})).unwrap();
            let account = json!({"metadata": {"name": "default", "namespace": name}});
            world.create("v1", "ServiceAccount", account).unwrap();
        }
        world
            .create("storage.k8s.io/v1", "StorageClass", json!({
                "metadata": {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
                "provisioner": "k8s.io/minikube-hostpath",
            }))
            .unwrap();
        world
    }

    pub fn send(&mut self, request: &Request) -> Reply {
        self.server.handle(&mut Cx { now: self.now, rng: &mut self.rng }, request)
    }

    pub fn ask(&mut self, request: &Request) -> Result<Rc<Value>, Status> {
        self.send(request).json()
    }

    pub fn get(&mut self, path: &str) -> Result<Rc<Value>, Status> {
        self.ask(&Request::get(path))
    }

    /// Creates an object as `kubectl create` does: strictly.
    pub fn create(&mut self, api_version: &str, kind: &str, object: Value) -> Result<Rc<Value>, Status> {
        let mut object = object;
        object["apiVersion"] = api_version.into();
        object["kind"] = kind.into();
        let resource = api::resource_of_kind(api_version, kind).unwrap();
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or("default").to_owned();
        let path = resource.path(Some(&namespace), None);
        self.ask(&Request::new(Method::Post, path).with_query("fieldValidation", "Strict").with_body(object))
    }

    pub fn put(&mut self, path: &str, object: Value) -> Result<Rc<Value>, Status> {
        self.ask(&Request::new(Method::Put, path).with_body(object))
    }

    pub fn patch(&mut self, path: &str, kind: PatchType, patch: Value) -> Result<Rc<Value>, Status> {
        let mut request = Request::new(Method::Patch, path).with_query("fieldValidation", "Strict").with_body(patch);
        request.patch = Some(kind);
        self.ask(&request)
    }

    pub fn delete(&mut self, path: &str, options: Value) -> Result<Rc<Value>, Status> {
        self.ask(&Request::new(Method::Delete, path).with_body(options))
    }
}

pub fn pod(name: &str) -> Value {
    json!({"metadata": {"name": name}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}})
}

pub fn message(result: Result<Rc<Value>, Status>) -> String {
    result.expect_err("a refusal").message
}
