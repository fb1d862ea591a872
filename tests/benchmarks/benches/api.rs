//! What the API server costs, in process: requests go to `Cluster::handle`, and nothing else runs.
//!
//! After criterion's own report, each measurement is printed as a line `budget NAME VALUE` for `cargo xtask bench`.

#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::cell::RefCell;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::Duration;

use api::{Method, PatchType, Request};
use cluster::{Cluster, Cx, Reply, Settings, Watch};
use criterion::{BatchSize, Criterion};
use serde_json::{Value, json};
use sim::{Rng, Time};

const PODS: &str = "/api/v1/namespaces/default/pods";
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";

/// A bare API server with the namespace `default`, and its clock and chance.
#[derive(Clone)]
struct Server {
    cluster: Cluster,
    rng: Rng,
}

impl Server {
    fn new() -> Server {
        let mut rng = Rng::new(1);
        let cluster = Cluster::new(Settings::default(), now(), &mut rng);
        let mut server = Server { cluster, rng };
        let object = |kind: &str| json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": "default"}});
        server.send(&post("/api/v1/namespaces/default/serviceaccounts", object("ServiceAccount")));
        server
    }

    fn with_pods(count: usize) -> Server {
        let mut server = Server::new();
        for index in 0..count {
            server.send(&post(PODS, pod(index)));
        }
        server
    }

    fn send(&mut self, request: &Request) -> Value {
        let reply = self.cluster.handle(&mut Cx { now: now(), rng: &mut self.rng }, request);
        (*reply.json().expect("the request is in order")).clone()
    }

    /// As [`Self::send`] without looking at the answer.
    fn pass(&mut self, request: &Request) {
        let reply = self.cluster.handle(&mut Cx { now: now(), rng: &mut self.rng }, request);
        assert!(matches!(&reply, Reply::Json { code: 200..=201, .. } | Reply::List(_)));
        black_box(reply);
    }

    fn watch(&mut self) -> Watch {
        let version = self.cluster.revision().to_string();
        let request = Request::get(PODS).with_query("watch", "true").with_query("resourceVersion", version);
        match self.cluster.handle(&mut Cx { now: now(), rng: &mut self.rng }, &request) {
            Reply::Watch(watch) => watch,
            _ => unreachable!("a watch was asked for"),
        }
    }
}

fn now() -> Time {
    Time::parse_rfc3339("2026-01-01T00:00:00Z").expect("a time")
}

fn post(path: &str, body: Value) -> Request {
    Request::new(Method::Post, path).with_body(body)
}

/// A Pod as a ReplicaSet makes them.
fn pod(index: usize) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "generateName": "web-7d5c8f9b4-",
            "labels": {"app": "web", "pod-template-hash": "7d5c8f9b4", "index": index.to_string()},
            "ownerReferences": [{
                "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-7d5c8f9b4", "controller": true,
                "uid": "b0a5cb37-2e8c-4a3c-9d57-0c2f1c8c6f10", "blockOwnerDeletion": true,
            }],
        },
        "spec": {"containers": [{"name": "nginx", "image": "nginx:1.14.2", "ports": [{"containerPort": 80}]}]},
    })
}

fn deployment(name: &str) -> Value {
    let labels = json!({"app": "web"});
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "nginx", "image": "nginx:1.14.2", "ports": [{"containerPort": 80}]}]},
            },
        },
    })
}

/// The path of a Pod in the middle of the list.
fn one_pod(server: &mut Server) -> String {
    let list = server.send(&Request::get(PODS));
    let items = list["items"].as_array().expect("items");
    format!("{PODS}/{}", items[items.len() / 2]["metadata"]["name"].as_str().expect("a name"))
}

fn measure(criterion: &mut Criterion) {
    let mut server = Server::with_pods(1000);
    let path = one_pod(&mut server);

    let get = Request::get(path.as_str());
    criterion.bench_function("api_get", |bench| bench.iter(|| server.pass(&get)));

    let list = Request::get(PODS);
    criterion.bench_function("api_list_1000_pods", |bench| bench.iter(|| server.pass(&list)));
    let mut table = Request::get(PODS);
    table.as_table = true;
    criterion.bench_function("api_table_1000_pods", |bench| bench.iter(|| server.pass(&table)));

    // A cluster of its own each time, so that its size does not depend on how long is measured.
    let create: Vec<Request> = (0..1000).map(|index| post(PODS, pod(index))).collect();
    criterion.bench_function("api_create_1000_pods", |bench| {
        let empty = Server::new();
        bench.iter_batched_ref(
            || empty.clone(),
            |server| create.iter().for_each(|request| server.pass(request)),
            BatchSize::PerIteration,
        );
    });

    server.pass(&post(DEPLOYMENTS, deployment("web")));
    let patches: Vec<Request> = ["nginx:1.14.2", "nginx:1.16.1"]
        .iter()
        .map(|image| {
            let mut request = Request::new(Method::Patch, format!("{DEPLOYMENTS}/web")).with_body(json!(
                {"spec": {"template": {"spec": {"containers": [{"name": "nginx", "image": image}]}}}}
            ));
            request.patch = Some(PatchType::Strategic);
            request
        })
        .collect();
    let turn = RefCell::new(patches.iter().cycle());
    criterion.bench_function("api_strategic_patch", |bench| {
        bench.iter(|| turn.borrow_mut().next().into_iter().for_each(|request| server.pass(request)));
    });

    let mut apply = Request::new(Method::Patch, format!("{DEPLOYMENTS}/applied"))
        .with_query("fieldManager", "benchmark")
        .with_body(deployment("applied"));
    apply.patch = Some(PatchType::Apply);
    criterion.bench_function("api_server_side_apply", |bench| bench.iter(|| server.pass(&apply)));

    let status: Vec<Request> = ["172.17.0.3", "172.17.0.4"]
        .iter()
        .map(|ip| {
            let mut request = Request::new(Method::Patch, format!("{path}/status"))
                .with_body(json!({"status": {"phase": "Running", "podIP": ip}}));
            request.patch = Some(PatchType::Strategic);
            request
        })
        .collect();
    let turn = RefCell::new(status.iter().cycle());
    let mut watches: Vec<Watch> = (0..100).map(|_| server.watch()).collect();
    criterion.bench_function("api_watch_100_fan_out", |bench| {
        bench.iter(|| {
            turn.borrow_mut().next().into_iter().for_each(|request| server.pass(request));
            for watch in &mut watches {
                assert_eq!(server.cluster.poll_watch(now(), watch).len(), 1);
            }
        });
    });
}

/// The budgets' names and units; criterion's estimates are in nanoseconds.
const BUDGETS: &[(&str, &str, f64)] = &[
    ("api_get", "api_get_us", 1e3),
    ("api_create_1000_pods", "api_create_pod_us", 1e6),
    ("api_list_1000_pods", "api_list_1000_pods_ms", 1e6),
    ("api_table_1000_pods", "api_table_1000_pods_ms", 1e6),
    ("api_strategic_patch", "api_strategic_patch_us", 1e3),
    ("api_server_side_apply", "api_server_side_apply_us", 1e3),
    ("api_watch_100_fan_out", "api_watch_100_fan_out_us", 1e3),
];

fn main() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("criterion");
    let mut criterion = Criterion::default()
        .output_directory(&folder)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .sample_size(50)
        .configure_from_args();
    measure(&mut criterion);
    criterion.final_summary();
    for (bench, budget, unit) in BUDGETS {
        let estimates = std::fs::read_to_string(folder.join(bench).join("new/estimates.json")).unwrap_or_default();
        let estimates: Value = serde_json::from_str(&estimates).unwrap_or_default();
        if let Some(nanoseconds) = estimates["median"]["point_estimate"].as_f64() {
            println!("budget {budget} {:.3}", nanoseconds / unit);
        }
    }
}
