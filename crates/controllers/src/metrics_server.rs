//! metrics-server: asks the kubelet once a minute what containers use, and gives it out as `metrics.k8s.io`.
//!
//! <https://github.com/kubernetes-sigs/metrics-server>, with minikube's `--metric-resolution=60s`. It is a Pod like others, whose
//! program is a stand-in: while it is ready, this component does its work. Its metrics lie in the store, where only it writes them.

use std::rc::Rc;
use std::time::Duration;

use api::path;
use apiserver::ObjectKey;
use apiserver::metrics_api::SERVICE;
use component::resources::Resources;
use component::{Context, Node, PodInfo, Reconciled, Write, write_status};
use serde_json::{Value, json};
use sim::{SharedMap, Time};

use super::set_condition;

/// The namespace that it is installed in.
pub const NAMESPACE: &str = "kube-system";
/// The resources of Pods' and Nodes' metrics.
pub const PODS: &str = "pods.metrics.k8s.io";
const NODES: &str = "nodes.metrics.k8s.io";
const EVERY: Duration = Duration::from_secs(60);
/// What the node's own programs take beside the containers: thousandths of a processor, bytes.
const SYSTEM: (u64, u64) = (85, 640 << 20);

/// The measurements before.
#[derive(Clone, Default)]
pub struct Server {
    /// By container, its processor time at the last measurement, and when that was.
    before: SharedMap<String, (Duration, Time)>,
    next: Option<Time>,
}

/// What a container uses: thousandths of a processor, and bytes.
#[derive(Clone, Copy, Default)]
struct Used {
    nano: u64,
    bytes: u64,
}

/// A Pod, with what each of its containers uses.
struct Measured<'a> {
    key: ObjectKey,
    pod: &'a Rc<Value>,
    containers: Vec<(Value, Used)>,
}

impl Server {
    /// Measures once a minute, while its Pod is ready.
    #[inline(never)]
    pub fn reconcile(&mut self, cx: &mut Context, node: &mut dyn Node) -> Reconciled {
        let mut out = Reconciled::default();
        let runs = runs(cx);
        let service = cx.view.get(SERVICE.0, "", SERVICE.1);
        if let Some(service) = service {
            announce(cx, service, runs, &mut out);
        }
        if !runs || service.is_none() {
            *self = Server::default();
            if service.is_none() {
                [PODS, NODES].into_iter().for_each(|list| forget(cx, &mut out, list, |_| false));
            }
            return out;
        }
        let next = *self.next.get_or_insert(cx.now);
        if next <= cx.now {
            self.measure(cx, node, &mut out);
            self.next = Some(cx.now + EVERY);
        }
        out.requeue_within(self.next.unwrap_or(cx.now).since(cx.now));
        out
    }

    fn measure(&mut self, cx: &Context, node: &dyn Node, out: &mut Reconciled) {
        let mut seen = SharedMap::new();
        let mut found: Vec<Measured> = Vec::new();
        let mut sum = Used { nano: SYSTEM.0 * 1_000_000, bytes: SYSTEM.1 };
        for pod in cx.view.list("pods", None).filter(|pod| pod["status"]["phase"] == "Running") {
            let mut containers = Vec::new();
            let mut complete = true;
            for list in ["containerStatuses", "initContainerStatuses"] {
                for status in path::list(&pod["status"], list).iter().filter(|one| one["state"]["running"].is_object())
                {
                    let id = path::str(status, "containerID").trim_start_matches("docker://");
                    match self.use_of(cx, pod, status, id, node, &mut seen) {
                        Some(used) => {
                            sum = Used { nano: sum.nano + used.nano, bytes: sum.bytes + used.bytes };
                            containers.push((status["name"].clone(), used));
                        }
                        None => complete = false,
                    }
                }
            }
            if complete && !containers.is_empty() {
                let name = |field: &str| path::str(pod, &format!("metadata.{field}")).to_owned();
                found.push(Measured { key: ObjectKey::new(PODS, &name("namespace"), &name("name")), pod, containers });
            }
        }
        self.before = seen;
        // The node has no more than its processors: where they are not enough, all get less, in proportion.
        let most = u64::from(cx.settings.cpus) * 1_000_000_000;
        let share = |nano: u64| if sum.nano > most { nano * (most / 1_000_000) / (sum.nano / 1_000_000) } else { nano };
        forget(cx, out, PODS, |key| found.iter().any(|one| one.key == *key));
        let metrics = |kind: &str, object: &Value| {
            let mut metrics = json!({
                "kind": kind, "apiVersion": "metrics.k8s.io/v1beta1",
                "metadata": {"name": object["metadata"]["name"], "creationTimestamp": cx.now.rfc3339()},
                "timestamp": cx.now.rfc3339(), "window": "1m0s",
            });
            if object["metadata"]["labels"].is_object() {
                metrics["metadata"]["labels"] = object["metadata"]["labels"].clone();
            }
            metrics
        };
        for Measured { key, pod, containers } in &found {
            let mut metrics = metrics("PodMetrics", pod);
            metrics["metadata"]["namespace"] = pod["metadata"]["namespace"].clone();
            let list = containers
                .iter()
                .map(|(name, used)| json!({"name": name, "usage": usage(Used { nano: share(used.nano), ..*used })}));
            metrics["containers"] = list.collect::<Vec<Value>>().into();
            out.writes.push(Write::Keep(key.clone(), Some(metrics)));
        }
        // As for a container, a rate needs two measurements of the node.
        if found.is_empty() {
            return;
        }
        for node in cx.view.list("nodes", None) {
            let mut metrics = metrics("NodeMetrics", node);
            let capacity = Resources::read(&node["status"]["allocatable"]).memory.max(0) as u64;
            metrics["usage"] = usage(Used { nano: sum.nano.min(most), bytes: sum.bytes.min(capacity) });
            let key = ObjectKey::new(NODES, "", path::str(node, "metadata.name"));
            out.writes.push(Write::Keep(key, Some(metrics)));
        }
    }

    /// What a container used since the last measurement; `None` at its first one.
    fn use_of(
        &self,
        cx: &Context,
        pod: &Value,
        status: &Value,
        id: &str,
        node: &dyn Node,
        seen: &mut SharedMap<String, (Duration, Time)>,
    ) -> Option<Used> {
        let load = node.container_load(id);
        seen.insert(id.to_owned(), (load.computed, cx.now));
        let (computed, at) = self.before.get(id)?;
        let passed = cx.now.since(*at).as_nanos().max(1);
        let worked = load.computed.saturating_sub(*computed).as_nanos();
        let nano = u64::try_from(worked * 1_000_000_000 / passed).unwrap_or(u64::MAX) + load.busy * 1_000_000;
        let spec = ["containers", "initContainers"]
            .iter()
            .flat_map(|list| path::list(&pod["spec"], list))
            .find(|one| one["name"] == status["name"]);
        let limits = spec.map(|one| Resources::read(&one["resources"]["limits"])).unwrap_or_default();
        let limit = |amount: i64| u64::try_from(amount).ok().filter(|amount| *amount > 0);
        Some(Used {
            nano: nano.min(limit(limits.milli_cpu).map_or(u64::MAX, |milli| milli.saturating_mul(1_000_000))),
            bytes: load.memory.min(limit(limits.memory).unwrap_or(u64::MAX)),
        })
    }
}

fn usage(used: Used) -> Value {
    let cpu = if used.nano == 0 { "0".to_owned() } else { format!("{}n", used.nano) };
    json!({"cpu": cpu, "memory": format!("{}Ki", used.bytes >> 10)})
}

/// Removes metrics of objects that are gone from the store.
fn forget(cx: &Context, out: &mut Reconciled, list: &'static str, stays: impl Fn(&ObjectKey) -> bool) {
    for object in cx.view.list(list, None) {
        let key = ObjectKey::new(list, path::str(object, "metadata.namespace"), path::str(object, "metadata.name"));
        if !stays(&key) {
            out.writes.push(Write::Keep(key, None));
        }
    }
}

/// Whether one of its Pods is ready.
fn runs(cx: &Context) -> bool {
    let from = ObjectKey::new("pods", NAMESPACE, "");
    let mine =
        |pod: &PodInfo| pod.labels["k8s-app"] == "metrics-server" && pod.ready_since.is_some() && !pod.terminating;
    cx.index.addressed.range(from..).take_while(|(key, _)| &*key.namespace == NAMESPACE).any(|(_, pod)| mine(pod))
}

/// Writes on the APIService whether it answers (`available_controller.go` in kube-aggregator).
fn announce(cx: &Context, service: &Rc<Value>, runs: bool, out: &mut Reconciled) {
    let mut status = if service["status"].is_object() { service["status"].clone() } else { json!({}) };
    let (state, reason, message) = match runs {
        true => ("True", "Passed", "all checks passed"),
        false => (
            "False",
            "MissingEndpoints",
            "endpoints for service/metrics-server in \"kube-system\" have no addresses with port name \"https\"",
        ),
    };
    set_condition(&mut status, "Available", state, reason, message, cx.now, false);
    write_status(out, &ObjectKey::new(SERVICE.0, "", SERVICE.1), &service["status"], status);
}
