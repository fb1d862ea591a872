//! The scheduler: for each Pod without a node, the nodes that can run it (one filter a file) and the best of them.
//!
//! <https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/>. Preemption is not done: Pods of a higher priority
//! push no others away.

mod inter_pod_affinity;
mod message;
mod node_affinity;
mod node_name;
mod node_ports;
mod node_resources_fit;
mod node_unschedulable;
pub mod resources;
pub mod taint_toleration;
mod volume_binding;

use std::rc::Rc;
use std::time::Duration;

use api::{PatchType, path};
use serde_json::{Value, json};

use crate::reconcile::{Outcome, Write};
use crate::runtime::index::NodeUse;
use crate::runtime::interest::everything;
use crate::runtime::{Agenda, Component, Context, PodInfo};
use crate::store::{ObjectKey, StoreEvent};
use resources::Resources;
use sim::{SharedMap, Time};

pub use node_affinity::matches_node;

/// After this long a Pod that could not be scheduled is tried again even if nothing changed.
const FLUSH: Duration = Duration::from_secs(300);

/// Why a filter rejects a node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rejection {
    /// The reasons, as the message lists them.
    pub reasons: Vec<String>,
    /// Whether removing Pods from the node could help.
    pub resolvable: bool,
    /// Which changes could help.
    pub waits_for: WaitsFor,
}

/// Which kind of change could make a Pod schedulable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WaitsFor {
    /// A node that changes, or appears.
    Node,
    /// Pods that end.
    Room,
    /// Claims, volumes, classes.
    Storage,
    /// Pods that come or go.
    Pods,
}

impl Rejection {
    fn of(reason: &str, waits_for: WaitsFor) -> Rejection {
        Rejection { reasons: vec![reason.to_owned()], resolvable: waits_for == WaitsFor::Room, waits_for }
    }
}

/// What a filter sees of a node.
pub struct Candidate<'a> {
    /// The Node.
    pub node: &'a Value,
    /// What runs on it.
    pub used: &'a NodeUse,
}

/// The scheduler's memory: the Pods it could not place.
#[derive(Clone, Default)]
pub struct Scheduler {
    unschedulable: SharedMap<ObjectKey, Waiting>,
}

#[derive(Clone)]
struct Waiting {
    waits_for: Vec<WaitsFor>,
    requests: Resources,
}

impl Scheduler {
    /// A Pod changed: it may need a node, or leave room for others.
    pub fn pod_changed(
        &mut self,
        key: &ObjectKey,
        before: Option<&PodInfo>,
        after: Option<&PodInfo>,
        event: &StoreEvent,
        agenda: &mut Agenda,
        now: Time,
    ) {
        let waits = after.is_some_and(|pod| pod.node.is_empty() && pod.active());
        if !waits {
            self.unschedulable.remove(key);
        } else {
            let same = match (&event.before, &event.after) {
                (Some(old), Some(new)) => {
                    old["spec"] == new["spec"]
                        && old["metadata"]["labels"] == new["metadata"]["labels"]
                        && old["metadata"]["uid"] == new["metadata"]["uid"]
                }
                _ => false,
            };
            if !same {
                agenda.soon(Component::Scheduler, key.clone(), now);
            }
        }
        let held = before.is_some_and(|pod| !pod.node.is_empty() && !pod.ended());
        let holds = after.is_some_and(|pod| !pod.node.is_empty() && !pod.ended());
        if held != holds && !self.unschedulable.is_empty() {
            if !holds {
                agenda.soon(Component::Scheduler, everything(), now);
            }
            self.wake(WaitsFor::Pods, "", agenda, now);
        }
    }

    /// A claim, volume or class changed.
    pub fn storage_changed(&mut self, namespace: &str, agenda: &mut Agenda, now: Time) {
        self.wake(WaitsFor::Storage, namespace, agenda, now);
    }

    /// A node appeared or changed.
    pub fn nodes_changed(&mut self, agenda: &mut Agenda, now: Time) {
        self.wake(WaitsFor::Node, "", agenda, now);
        if !self.unschedulable.is_empty() {
            agenda.soon(Component::Scheduler, everything(), now);
        }
    }

    fn wake(&mut self, reason: WaitsFor, namespace: &str, agenda: &mut Agenda, now: Time) {
        for (key, waiting) in self.unschedulable.iter() {
            if waiting.waits_for.contains(&reason) && (namespace.is_empty() || *key.namespace == *namespace) {
                agenda.soon(Component::Scheduler, key.clone(), now);
            }
        }
    }

    /// Tries to place one Pod; for the key of everything, picks the Pods that may fit into room that became free.
    pub fn reconcile(&mut self, cx: &mut Context, key: &ObjectKey) -> Outcome {
        let mut out = Outcome::default();
        if *key == everything() {
            out.then = self.fitting(cx);
            return out;
        }
        let Some(pod) = cx.view.get("pods", &key.namespace, &key.name) else {
            self.unschedulable.remove(key);
            return out;
        };
        if !path::str(pod, "spec.nodeName").is_empty()
            || matches!(path::str(pod, "status.phase"), "Succeeded" | "Failed")
            || !path::get(pod, "metadata.deletionTimestamp").is_null()
            || !matches!(path::str(pod, "spec.schedulerName"), "" | "default-scheduler")
            || !path::list(pod, "spec.schedulingGates").is_empty()
        {
            self.unschedulable.remove(key);
            return out;
        }
        match find(cx, pod) {
            Ok(node) => {
                if volume_binding::prepare(cx, pod, node, &mut out) {
                    self.unschedulable.insert(
                        key.clone(),
                        Waiting { waits_for: vec![WaitsFor::Storage], requests: Resources::default() },
                    );
                    out.again_after(FLUSH);
                    return out;
                }
                self.unschedulable.remove(key);
                let name = path::str(node, "metadata.name").to_owned();
                let (namespace, pod_name) = (key.namespace.to_string(), key.name.to_string());
                let message = format!("Successfully assigned {namespace}/{pod_name} to {name}");
                out.normal(pod, "Scheduled", message);
                out.writes.push(Write::Bind { namespace, pod: pod_name, node: name });
            }
            Err(failure) => {
                self.unschedulable.insert(
                    key.clone(),
                    Waiting { waits_for: failure.waits_for.clone(), requests: Resources::of_pod(pod) },
                );
                out.warning(pod, "FailedScheduling", failure.message.clone());
                note_failure(cx, key, pod, &failure.message, &mut out);
                out.summary = Some(failure.message);
                out.again_after(FLUSH);
            }
        }
        out
    }

    /// The waiting Pods that may fit into what is free now, and no more than may.
    fn fitting(&self, cx: &Context) -> Vec<ObjectKey> {
        let mut free: Vec<(Resources, i64)> = cx
            .view
            .list("nodes", None)
            .map(|node| {
                let used = cx.index.nodes.get(path::str(node, "metadata.name")).cloned().unwrap_or_default();
                let has = Resources::read(&node["status"]["allocatable"]);
                let pods = resources::amount(&node["status"]["allocatable"]["pods"]) - used.pods.len() as i64;
                (has.minus(used.requests), pods)
            })
            .collect();
        let mut chosen = Vec::new();
        for (key, waiting) in self.unschedulable.iter() {
            if !waiting.waits_for.contains(&WaitsFor::Room) {
                continue;
            }
            if free.iter().all(|(_, pods)| *pods <= 0) {
                break;
            }
            let wants = waiting.requests;
            let place = free.iter_mut().find(|(has, pods)| {
                *pods > 0
                    && wants.milli_cpu <= has.milli_cpu
                    && wants.memory <= has.memory
                    && wants.ephemeral_storage <= has.ephemeral_storage
            });
            if let Some((has, pods)) = place {
                *has = has.minus(wants);
                *pods -= 1;
                chosen.push(key.clone());
            }
        }
        chosen
    }
}

/// Why a Pod has no node.
struct Failure {
    message: String,
    waits_for: Vec<WaitsFor>,
}

/// The best node for a Pod.
fn find<'a>(cx: &Context<'a>, pod: &Value) -> Result<&'a Rc<Value>, Failure> {
    let nodes: Vec<&'a Rc<Value>> = cx.view.list("nodes", None).collect();
    if nodes.is_empty() {
        return Err(Failure {
            message: "no nodes available to schedule pods".to_owned(),
            waits_for: vec![WaitsFor::Node],
        });
    }
    if let Err(reason) = volume_binding::before(cx, pod) {
        let message = message::of_all_nodes(nodes.len(), &reason);
        return Err(Failure { message, waits_for: vec![WaitsFor::Storage] });
    }
    let nothing = NodeUse::default();
    let mut rejections = Vec::new();
    let mut best: Option<(i64, &'a Rc<Value>)> = None;
    for node in &nodes {
        let used = cx.index.nodes.get(path::str(node, "metadata.name")).unwrap_or(&nothing);
        let candidate = Candidate { node, used };
        match filter(cx, pod, &candidate) {
            Ok(()) => {
                let score = node_resources_fit::score(pod, &candidate);
                if best.is_none_or(|(highest, _)| score > highest) {
                    best = Some((score, node));
                }
            }
            Err(rejection) => rejections.push(rejection),
        }
    }
    match best {
        Some((_, node)) => Ok(node),
        None => {
            let mut waits_for = Vec::new();
            for rejection in &rejections {
                if !waits_for.contains(&rejection.waits_for) {
                    waits_for.push(rejection.waits_for);
                }
            }
            Err(Failure { message: message::of_each_node(&rejections), waits_for })
        }
    }
}

/// The filters in the scheduler's order; the first that rejects a node decides its reason.
fn filter(cx: &Context, pod: &Value, candidate: &Candidate) -> Result<(), Rejection> {
    node_unschedulable::filter(pod, candidate)?;
    node_name::filter(pod, candidate)?;
    taint_toleration::filter(pod, candidate)?;
    node_affinity::filter(pod, candidate)?;
    node_ports::filter(pod, candidate)?;
    node_resources_fit::filter(pod, candidate)?;
    volume_binding::filter(cx, pod, candidate)?;
    inter_pod_affinity::filter(cx, pod, candidate)
}

/// Writes the `PodScheduled` condition of a Pod that has no node, if it says something new.
fn note_failure(cx: &Context, key: &ObjectKey, pod: &Value, message: &str, out: &mut Outcome) {
    let current = path::list(pod, "status.conditions").iter().find(|condition| condition["type"] == "PodScheduled");
    if current.is_some_and(|condition| condition["status"] == "False" && condition["message"] == message) {
        return;
    }
    let mut since = cx.now.rfc3339();
    if let Some(current) = current.filter(|condition| condition["status"] == "False") {
        since = path::str(current, "lastTransitionTime").to_owned();
    }
    let mut condition = json!({
        "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message,
        "lastTransitionTime": since,
    });
    if let Some(generation) = path::int(pod, "metadata.generation") {
        condition["observedGeneration"] = generation.into();
    }
    let mut conditions: Vec<Value> = path::list(pod, "status.conditions")
        .iter()
        .filter(|condition| condition["type"] != "PodScheduled")
        .cloned()
        .collect();
    conditions.push(condition);
    out.writes.push(Write::Patch {
        key: key.clone(),
        subresource: "status",
        patch: PatchType::Merge,
        body: json!({"status": {"conditions": conditions}}),
    });
}

#[cfg(test)]
mod tests;
