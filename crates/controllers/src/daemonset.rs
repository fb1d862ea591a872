//! The DaemonSet controller: one Pod on every node that can run it.
//!
//! <https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/>, pkg/controller/daemon

use std::collections::BTreeMap;
use std::rc::Rc;

use api::path;
use apiserver::ObjectKey;
use component::placement::matches_node;
use component::{Context, PodInfo, Reconciled, Write, write_status};
use serde_json::{Value, json};

use super::{available, claim_pods, int_or_percent, pod_of_template, revisions, template_hash};
use crate::scheduler::taint_toleration::tolerated;

const HASH: &str = "controller-revision-hash";
const GENERATION: &str = "pod-template-generation";

/// Reconciles one DaemonSet.
#[inline(never)]
pub fn reconcile(cx: &mut Context, key: &ObjectKey) -> Reconciled {
    let mut out = Reconciled::default();
    let Some(set) = cx.view.get(&key.resource, &key.namespace, &key.name) else { return out };
    let pods = claim_pods(cx, set, &mut out);
    if !path::get(set, "metadata.deletionTimestamp").is_null() {
        return out;
    }
    let hash = template_hash(&set["spec"]["template"], None);
    revisions::keep(cx, set, &format!("{}-{hash}", key.name), &mut out);
    let mut by_node: BTreeMap<String, Vec<Rc<PodInfo>>> = BTreeMap::new();
    for pod in pods {
        by_node.entry(node_of(cx, &pod)).or_default().push(pod);
    }
    let nodes: Vec<&Rc<Value>> = cx.view.list("nodes", None).collect();
    let mut counts = Counts::default();
    let mut replaceable: Vec<Rc<PodInfo>> = Vec::new();
    for node in nodes {
        let name = path::str(node, "metadata.name").to_owned();
        let here = by_node.remove(&name).unwrap_or_default();
        let fit = fits(set, node);
        let alive: Vec<&Rc<PodInfo>> = here.iter().filter(|pod| !pod.terminating).collect();
        if fit != Fit::Runs {
            counts.misscheduled += i64::from(!alive.is_empty());
            for pod in alive.into_iter().filter(|pod| fit == Fit::Not || pod.ended()) {
                remove(set, pod, &mut out);
            }
            continue;
        }
        counts.desired += 1;
        let (failed, good): (Vec<&Rc<PodInfo>>, Vec<&Rc<PodInfo>>) = alive.into_iter().partition(|pod| pod.ended());
        for pod in failed {
            let message = format!(
                "Found failed daemon pod {}/{} on node {name}, will try to kill it",
                key.namespace, pod.key.name
            );
            out.warning(set, "FailedDaemonPod", message);
            remove(set, pod, &mut out);
        }
        if here.is_empty() {
            create(cx, set, &name, &hash, &mut out);
        }
        if let Some(pod) = good.first() {
            counts.current += 1;
            counts.ready += i64::from(pod.ready_since.is_some());
            match available(pod, path::int(set, "spec.minReadySeconds").unwrap_or(0), cx.now) {
                Ok(()) => counts.available += 1,
                Err(wait) => wait.into_iter().for_each(|wait| out.requeue_within(wait)),
            }
            if pod.labels[HASH] == hash.as_str() {
                counts.updated += 1;
            } else {
                replaceable.push((*pod).clone());
            }
        }
        for pod in good.into_iter().skip(1) {
            remove(set, pod, &mut out);
        }
    }
    // Pods of nodes that are gone.
    for pod in by_node.into_values().flatten().filter(|pod| !pod.terminating) {
        remove(set, &pod, &mut out);
    }
    if path::str(set, "spec.updateStrategy.type") != "OnDelete" {
        let most =
            int_or_percent(path::get(set, "spec.updateStrategy.rollingUpdate.maxUnavailable"), counts.desired, true)
                .max(1);
        let budget = (most - (counts.desired - counts.available)).max(0) as usize;
        let (ready, unready): (Vec<_>, Vec<_>) = replaceable.into_iter().partition(|pod| pod.ready_since.is_some());
        for pod in unready.iter().chain(ready.iter().take(budget)) {
            remove(set, pod, &mut out);
        }
    }
    let status = status(set, &counts);
    write_status(&mut out, key, &set["status"], status);
    out
}

#[derive(Default)]
struct Counts {
    desired: i64,
    current: i64,
    ready: i64,
    available: i64,
    updated: i64,
    misscheduled: i64,
}

/// The node a Pod is on, or is meant for by its affinity.
fn node_of(cx: &Context, pod: &PodInfo) -> String {
    if !pod.node.is_empty() {
        return pod.node.to_string();
    }
    let object = cx.view.get("pods", &pod.key.namespace, &pod.key.name);
    let terms = object.map_or(&Value::Null, |pod| {
        path::get(pod, "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution")
    });
    let field = path::list(terms, "nodeSelectorTerms").iter().flat_map(|term| path::list(term, "matchFields")).next();
    field.and_then(|field| path::list(field, "values").first()).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The tolerations that every daemon Pod has.
fn tolerations(set: &Value) -> Vec<Value> {
    let mut tolerations = path::list(set, "spec.template.spec.tolerations").to_vec();
    let mut keys = vec![
        ("node.kubernetes.io/not-ready", "NoExecute"),
        ("node.kubernetes.io/unreachable", "NoExecute"),
        ("node.kubernetes.io/disk-pressure", "NoSchedule"),
        ("node.kubernetes.io/memory-pressure", "NoSchedule"),
        ("node.kubernetes.io/pid-pressure", "NoSchedule"),
        ("node.kubernetes.io/unschedulable", "NoSchedule"),
    ];
    if path::bool(set, "spec.template.spec.hostNetwork") {
        keys.push(("node.kubernetes.io/network-unavailable", "NoSchedule"));
    }
    for (key, effect) in keys {
        let toleration = json!({"key": key, "operator": "Exists", "effect": effect});
        if !tolerations.contains(&toleration) {
            tolerations.push(toleration);
        }
    }
    tolerations
}

/// Whether a DaemonSet has a Pod on a node.
#[derive(Clone, Copy, PartialEq)]
enum Fit {
    /// The Pod runs there.
    Runs,
    /// A Pod that runs there stays, but none is created there (`NoSchedule`).
    GoesOn,
    Not,
}

/// `NodeShouldRunDaemonPod`
fn fits(set: &Value, node: &Value) -> Fit {
    let pod = json!({"spec": {"tolerations": tolerations(set)}});
    let spec = &set["spec"]["template"]["spec"];
    let required = path::get(spec, "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution");
    let name = path::str(spec, "nodeName");
    let may = (name.is_empty() || name == path::str(node, "metadata.name"))
        && apiserver::selector::matches_map(&spec["nodeSelector"], &node["metadata"]["labels"])
        && (required.is_null() || matches_node(required, node));
    let taints = path::list(node, "spec.taints");
    let bears = |effect: &str| taints.iter().all(|taint| taint["effect"] != effect || tolerated(&pod, taint));
    match (may && bears("NoExecute"), bears("NoSchedule")) {
        (true, true) => Fit::Runs,
        (true, false) => Fit::GoesOn,
        (false, _) => Fit::Not,
    }
}

fn create(cx: &mut Context, set: &Rc<Value>, node: &str, hash: &str, out: &mut Reconciled) {
    let mut pod = pod_of_template(cx, set, &set["spec"]["template"]);
    path::set(&mut pod, "metadata.labels.controller-revision-hash", hash);
    let generation = &set["metadata"]["annotations"]["deprecated.daemonset.template.generation"];
    pod["metadata"]["labels"][GENERATION] = generation.as_str().unwrap_or("1").into();
    path::set(
        &mut pod,
        "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution",
        json!({"nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}]}),
    );
    pod["spec"]["tolerations"] = tolerations(set).into();
    out.normal(set, "SuccessfulCreate", format!("Created pod: {}", path::str(&pod, "metadata.name")));
    out.writes.push(Write::Create("pods", pod));
}

fn remove(set: &Rc<Value>, pod: &PodInfo, out: &mut Reconciled) {
    out.normal(set, "SuccessfulDelete", format!("Deleted pod: {}", pod.key.name));
    out.writes.push(Write::Delete(pod.key.clone(), Value::Null));
}

fn status(set: &Value, counts: &Counts) -> Value {
    let mut status = if set["status"].is_object() { set["status"].clone() } else { json!({}) };
    status["currentNumberScheduled"] = counts.current.into();
    status["desiredNumberScheduled"] = counts.desired.into();
    status["numberMisscheduled"] = counts.misscheduled.into();
    status["numberReady"] = counts.ready.into();
    status["observedGeneration"] = set["metadata"]["generation"].clone();
    for (field, count) in [
        ("updatedNumberScheduled", counts.updated),
        ("numberAvailable", counts.available),
        ("numberUnavailable", counts.desired - counts.available),
    ] {
        if count == 0 {
            path::remove(&mut status, field);
        } else {
            status[field] = count.into();
        }
    }
    status
}
