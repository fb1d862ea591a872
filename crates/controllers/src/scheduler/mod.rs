//! The scheduler: for each Pod without a node, the nodes that can run it (one filter a file) and the best of them.
//!
//! <https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/>

mod inter_pod_affinity;
mod message;
mod node_affinity;
mod node_name;
mod node_ports;
mod node_resources_fit;
mod node_unschedulable;
mod preemption;
pub mod taint_toleration;
mod topology_spread;
mod volume_binding;
mod volume_restrictions;

use std::rc::Rc;
use std::time::Duration;

use api::{PatchType, path};
use apiserver::{ObjectKey, StoreEvent};
use component::index::{NodeUse, same_spec};
use component::resources::{Resources, amount};
use component::{Component, Context, Index, PodInfo, Reconciled, WorkQueue, Write, singleton_key};
use serde_json::{Value, json};

use sim::{SharedMap, Time};

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
    /// Pods for which others were ended, as if they were on the node where room was made.
    nominated: SharedMap<ObjectKey, Rc<PodInfo>>,
}

#[derive(Clone)]
struct Waiting {
    waits_for: Vec<WaitsFor>,
    requests: Resources,
    priority: i64,
}

impl Scheduler {
    /// A Pod changed: it may need a node, or leave room for others.
    pub fn pod_changed(
        &mut self,
        key: &ObjectKey,
        before: Option<&PodInfo>,
        after: Option<&PodInfo>,
        event: &StoreEvent,
        queue: &mut WorkQueue,
        now: Time,
    ) {
        let waits = after.is_some_and(|pod| pod.node.is_empty() && pod.active());
        if !waits {
            self.forget(key);
        } else {
            let same = match (&event.before, &event.after) {
                (Some(old), Some(new)) => {
                    let same = |field| path::get(old, field) == path::get(new, field);
                    same_spec(old, new) && same("metadata.labels") && same("metadata.uid")
                }
                _ => false,
            };
            if !same {
                queue.enqueue(Component::Scheduler, key.clone(), now);
            }
        }
        let held = before.is_some_and(|pod| !pod.node.is_empty() && !pod.ended());
        let holds = after.is_some_and(|pod| !pod.node.is_empty() && !pod.ended());
        if held != holds && !self.unschedulable.is_empty() {
            if !holds {
                queue.enqueue(Component::Scheduler, singleton_key(), now);
            }
            self.wake(WaitsFor::Pods, "", queue, now);
        }
    }

    /// A claim, volume or class changed.
    pub fn storage_changed(&mut self, namespace: &str, queue: &mut WorkQueue, now: Time) {
        self.wake(WaitsFor::Storage, namespace, queue, now);
    }

    /// A node appeared or changed.
    pub fn nodes_changed(&mut self, queue: &mut WorkQueue, now: Time) {
        self.wake(WaitsFor::Node, "", queue, now);
        if !self.unschedulable.is_empty() {
            queue.enqueue(Component::Scheduler, singleton_key(), now);
        }
    }

    fn wake(&mut self, reason: WaitsFor, namespace: &str, queue: &mut WorkQueue, now: Time) {
        for (key, waiting) in self.unschedulable.iter() {
            if waiting.waits_for.contains(&reason) && (namespace.is_empty() || *key.namespace == *namespace) {
                queue.enqueue(Component::Scheduler, key.clone(), now);
            }
        }
    }

    /// Tries to place one Pod; for the key of singleton_key, picks the Pods that may fit into room that became free.
    pub fn reconcile(&mut self, cx: &mut Context, key: &ObjectKey) -> Reconciled {
        let mut out = Reconciled::default();
        if *key == singleton_key() {
            out.enqueue = self.fitting(cx);
            return out;
        }
        let Some(pod) = cx.view.get("pods", &key.namespace, &key.name) else {
            self.forget(key);
            return out;
        };
        if !path::str(pod, "spec.nodeName").is_empty()
            || matches!(path::str(pod, "status.phase"), "Succeeded" | "Failed")
            || !path::get(pod, "metadata.deletionTimestamp").is_null()
            || !matches!(path::str(pod, "spec.schedulerName"), "" | "default-scheduler")
            || !path::list(pod, "spec.schedulingGates").is_empty()
        {
            self.forget(key);
            return out;
        }
        let reserved = self.reserved(cx, key, pod);
        // Nothing is drawn while a node is looked for.
        let mut rng = sim::Rng::new(0);
        let found = match &reserved {
            None => find(cx, pod),
            Some(index) => {
                let Context { view, settings, now, .. } = *cx;
                find(&Context { view, index, settings, now, rng: &mut rng }, pod)
            }
        };
        match found {
            Ok(node) => {
                if volume_binding::prepare(cx, pod, node, &mut out) {
                    self.unschedulable.insert(
                        key.clone(),
                        Waiting { waits_for: vec![WaitsFor::Storage], requests: Resources::default(), priority: 0 },
                    );
                    out.requeue_within(FLUSH);
                    return out;
                }
                self.forget(key);
                let name = path::str(node, "metadata.name").to_owned();
                let (namespace, pod_name) = (key.namespace.to_string(), key.name.to_string());
                let message = format!("Successfully assigned {namespace}/{pod_name} to {name}");
                out.normal(pod, "Scheduled", message);
                out.writes.push(Write::Bind { namespace, pod: pod_name, node: name });
            }
            Err(failure) => {
                let priority = path::int(pod, "spec.priority").unwrap_or(0);
                self.unschedulable.insert(
                    key.clone(),
                    Waiting { waits_for: failure.waits_for.clone(), requests: Resources::of_pod(pod), priority },
                );
                out.warning(pod, "FailedScheduling", failure.message.clone());
                if !failure.keeps_room {
                    self.nominated.remove(key);
                }
                if let Some(plan) = &failure.plan {
                    preemption::carry_out(cx, pod, plan, &mut out);
                    if let Some(info) = cx.index.pods.get(key) {
                        let info = PodInfo { node: plan.node.as_str().into(), ..(**info).clone() };
                        self.nominated.insert(key.clone(), Rc::new(info));
                    }
                }
                note_failure(cx, key, pod, &failure, &mut out);
                out.summary = Some(failure.message);
                out.requeue_within(FLUSH);
            }
        }
        out
    }

    fn forget(&mut self, key: &ObjectKey) {
        self.unschedulable.remove(key);
        self.nominated.remove(key);
    }

    /// The index as a Pod has to see it while room is kept for others that are at least as important; `None` while it is not.
    fn reserved(&self, cx: &Context, key: &ObjectKey, pod: &Value) -> Option<Index> {
        let priority = path::int(pod, "spec.priority").unwrap_or(0);
        let mut before =
            self.nominated.iter().filter(|(other, info)| *other != key && info.priority >= priority).peekable();
        before.peek()?;
        let mut index = cx.index.clone();
        before.for_each(|(_, info)| index.put_in(info.clone()));
        Some(index)
    }

    /// The waiting Pods that may fit into the free room, and only as many as may fit together.
    fn fitting(&self, cx: &Context) -> Vec<ObjectKey> {
        let mut free: Vec<(Resources, i64)> = cx
            .view
            .list("nodes", None)
            .map(|node| {
                let used = cx.index.nodes.get(path::str(node, "metadata.name")).cloned().unwrap_or_default();
                let has = Resources::read(&node["status"]["allocatable"]);
                let pods = amount(&node["status"]["allocatable"]["pods"]) - used.pods.len() as i64;
                (has.minus(used.requests), pods)
            })
            .collect();
        let mut chosen = Vec::new();
        let mut waiting: Vec<(&ObjectKey, &Waiting)> = self.unschedulable.iter().collect();
        if waiting.windows(2).any(|pair| pair[0].1.priority != pair[1].1.priority) {
            sim::order::sort_by(&mut waiting, |a, b| b.1.priority.cmp(&a.1.priority));
        }
        for (key, waiting) in waiting {
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
    /// How room is made for it; `None` if it is not.
    plan: Option<preemption::Plan>,
    /// Whether the room that was made for it before is still kept for it.
    keeps_room: bool,
}

/// The best node for a Pod.
fn find<'a>(cx: &Context<'a>, pod: &Value) -> Result<&'a Rc<Value>, Failure> {
    let nodes: Vec<&'a Rc<Value>> = cx.view.list("nodes", None).collect();
    if nodes.is_empty() {
        return Err(Failure {
            message: "no nodes available to schedule pods".to_owned(),
            waits_for: vec![WaitsFor::Node],
            plan: None,
            keeps_room: false,
        });
    }
    if let Err(reason) = volume_binding::before(cx, pod) {
        let message = message::of_all_nodes(nodes.len(), &reason);
        return Err(Failure { message, waits_for: vec![WaitsFor::Storage], plan: None, keeps_room: false });
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
            Err(rejection) => rejections.push((*node, rejection)),
        }
    }
    match best {
        Some((_, node)) => Ok(node),
        None => Err(rejected(cx, pod, rejections)),
    }
}

/// Decides what follows when every node rejects a Pod: preemption, or waiting.
#[inline(never)]
fn rejected(cx: &Context, pod: &Value, rejections: Vec<(&Rc<Value>, Rejection)>) -> Failure {
    let mut waits_for = Vec::new();
    for (_, rejection) in &rejections {
        if !waits_for.contains(&rejection.waits_for) {
            waits_for.push(rejection.waits_for);
        }
    }
    let (outcome, plan, keeps_room) = match preemption::barred(cx, pod, &rejections) {
        Some(why) => (message::Preemption::Barred(why), None, true),
        None => match preemption::plan(cx, pod, &rejections) {
            Ok(plan) => (message::Preemption::Done, Some(plan), true),
            Err(reasons) => (message::Preemption::Useless(reasons), None, false),
        },
    };
    let rejections: Vec<Rejection> = rejections.into_iter().map(|(_, rejection)| rejection).collect();
    Failure { message: message::of_each_node(&rejections, &outcome), waits_for, plan, keeps_room }
}

/// The filters in the scheduler's order; the first that rejects a node decides its reason.
fn filter(cx: &Context, pod: &Value, candidate: &Candidate) -> Result<(), Rejection> {
    node_unschedulable::filter(pod, candidate)?;
    node_name::filter(pod, candidate)?;
    taint_toleration::filter(pod, candidate)?;
    node_affinity::filter(pod, candidate)?;
    node_ports::filter(pod, candidate)?;
    node_resources_fit::filter(cx, pod, candidate)?;
    volume_restrictions::filter(cx, pod)?;
    volume_binding::filter(cx, pod, candidate)?;
    topology_spread::filter(cx, pod, candidate)?;
    inter_pod_affinity::filter(cx, pod, candidate)
}

/// Writes the `PodScheduled` condition of a Pod that has no node, if it says something new, and where room is made for it.
#[inline(never)]
fn note_failure(cx: &Context, key: &ObjectKey, pod: &Value, failure: &Failure, out: &mut Reconciled) {
    let message = &failure.message;
    let gives_up = !failure.keeps_room && !path::str(pod, "status.nominatedNodeName").is_empty();
    let current = path::list(pod, "status.conditions").iter().find(|condition| condition["type"] == "PodScheduled");
    if failure.plan.is_none()
        && !gives_up
        && current.is_some_and(|condition| condition["status"] == "False" && condition["message"] == *message)
    {
        return;
    }
    let mut since = cx.now.rfc3339();
    if let Some(current) = current.filter(|condition| condition["status"] == "False") {
        since = path::str(current, "lastTransitionTime").to_owned();
    }
    let mut condition = json!({
        "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message,
        "lastProbeTime": null, "lastTransitionTime": since,
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
    let mut body = json!({"status": {"conditions": conditions}});
    if let Some(plan) = &failure.plan {
        body["status"]["nominatedNodeName"] = plan.node.as_str().into();
    } else if gives_up {
        body["status"]["nominatedNodeName"] = Value::Null;
    }
    out.writes.push(Write::Patch { key: key.clone(), subresource: "status", patch: PatchType::Merge, body });
}

#[cfg(test)]
mod tests;
