//! What ingress-nginx writes to the API while its Pod is ready: events, and the address under which its Ingresses are reached.
//!
//! <https://kubernetes.github.io/ingress-nginx/>; github.com/kubernetes/ingress-nginx, `internal/ingress/status/status.go`.
//! Requests are sent on by its program, which looks at the objects itself.

use std::rc::Rc;
use std::time::Duration;

use api::path;
use apiserver::ObjectKey;
use component::{Context, PodInfo, Reconciled, write_status};
use serde_json::{Value, json};
use sim::{SharedMap, Time};

/// The namespace that it is installed in.
pub const NAMESPACE: &str = "ingress-nginx";
/// What it serves.
pub const INGRESSES: &str = "ingresses.networking.k8s.io";
/// Which of them.
pub const CLASSES: &str = "ingressclasses.networking.k8s.io";
/// How often it writes addresses.
const EVERY: Duration = Duration::from_secs(60);

/// The Ingresses as it saw them last, by their resource versions.
#[derive(Clone, Default)]
pub struct Controller {
    seen: SharedMap<ObjectKey, String>,
}

impl Controller {
    /// Says that an Ingress was taken in, and writes its address at the next full minute of the controller.
    #[inline(never)]
    pub fn reconcile(&mut self, cx: &mut Context, key: &ObjectKey) -> Reconciled {
        let mut out = Reconciled::default();
        let (Some(pod), Some(ingress)) = (pod(cx), cx.view.get(INGRESSES, &key.namespace, &key.name)) else {
            self.seen.remove(key);
            return out;
        };
        let Some(object) = cx.view.get("pods", NAMESPACE, &pod.0) else { return out };
        let args: Vec<&str> =
            path::list(&object["spec"]["containers"][0], "args").iter().filter_map(Value::as_str).collect();
        if !is_for(cx, ingress, args.contains(&"--watch-ingress-without-class=true")) {
            self.seen.remove(key);
            return out;
        }
        let version = path::str(ingress, "metadata.resourceVersion");
        if self.seen.get(key).is_none_or(|seen| seen != version) {
            self.seen.insert(key.clone(), version.to_owned());
            out.normal(ingress, "Sync", "Scheduled for sync");
        } else {
            let status = json!({"loadBalancer": {"ingress": addresses(cx, &args)}});
            write_status(&mut out, key, &ingress["status"], status);
        }
        let passed = cx.now.since(pod.1).as_micros() % EVERY.as_micros();
        out.requeue_within(EVERY - Duration::from_micros(passed as u64));
        out
    }
}

/// Its Pod that is ready, and since when.
fn pod(cx: &Context) -> Option<(String, Time)> {
    let from = ObjectKey::new("pods", NAMESPACE, "");
    let ready = |pod: &PodInfo| {
        pod.ready_since.filter(|_| pod.labels["app.kubernetes.io/component"] == "controller" && !pod.terminating)
    };
    let mut mine = cx.index.addressed.range(from..).take_while(|(key, _)| &*key.namespace == NAMESPACE);
    mine.find_map(|(key, pod)| Some((key.name.to_string(), ready(pod)?)))
}

/// Whether one of its Pods is ready.
pub fn runs(cx: &Context) -> bool {
    pod(cx).is_some()
}

fn is_for(cx: &Context, ingress: &Rc<Value>, without_class: bool) -> bool {
    let class = ingress["spec"]["ingressClassName"].as_str();
    match class.or_else(|| ingress["metadata"]["annotations"]["kubernetes.io/ingress.class"].as_str()) {
        Some(class) => {
            cx.view.get(CLASSES, "", class).is_some_and(|class| class["spec"]["controller"] == "k8s.io/ingress-nginx")
        }
        None => without_class,
    }
}

/// The addresses of the Service that its arguments name, else the node's.
fn addresses(cx: &Context, args: &[&str]) -> Value {
    let published = args.iter().find_map(|arg| arg.strip_prefix("--publish-service="));
    let service = published.and_then(|name| cx.view.get("services", NAMESPACE, name.rsplit('/').next()?));
    let Some(service) = service else { return json!([{"ip": cx.settings.node_ip.to_string()}]) };
    match service["spec"]["type"].as_str() {
        Some("LoadBalancer") => {
            let given = path::list(&service["status"], "loadBalancer.ingress");
            given.iter().filter(|one| !one["ip"].is_null()).map(|one| json!({"ip": one["ip"]})).collect()
        }
        _ => json!([{"ip": service["spec"]["clusterIP"]}]),
    }
}
