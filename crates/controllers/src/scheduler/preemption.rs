//! Preemption: a Pod that fits no node may end Pods of a lower priority.
//!
//! <https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/>,
//! pkg/scheduler/framework/preemption and its plugin `defaultpreemption`

use std::rc::Rc;

use api::{PatchType, path};
use apiserver::selector;
use component::index::NodeUse;
use component::{Context, Index, PodInfo, Reconciled, Write};
use serde_json::{Value, json};
use sim::Rng;

use super::{Candidate, Rejection, filter};

const NO_VICTIMS: &str = "No preemption victims found for incoming pod";

/// The node on which to make room, and the Pods to delete.
pub struct Plan {
    /// The node's name.
    pub node: String,
    /// The Pods to delete.
    pub victims: Vec<Rc<PodInfo>>,
    /// How many of them a disruption budget would keep.
    violations: usize,
}

impl Plan {
    /// What is worst about it, the most important first: budgets that are broken, the priority of the most important victim, the
    /// priorities together, the number of victims.
    fn cost(&self) -> (usize, i64, i64, usize) {
        let priorities = || self.victims.iter().map(|pod| pod.priority);
        // Each counts as more than nothing, also where priorities are negative.
        let sum = priorities().map(|priority| priority + (1 << 31)).sum();
        (self.violations, priorities().max().unwrap_or(i64::MIN), sum, self.victims.len())
    }
}

/// Why a Pod may not preempt others; `None` if it may.
#[inline(never)]
pub fn barred(cx: &Context, pod: &Value, rejections: &[(&Rc<Value>, Rejection)]) -> Option<&'static str> {
    if pod["spec"]["preemptionPolicy"] == "Never" {
        return Some("not eligible due to preemptionPolicy=Never.");
    }
    let node = path::str(pod, "status.nominatedNodeName");
    // Ending Pods are waited for only where their end can help.
    if rejections.iter().any(|(one, why)| path::str(one, "metadata.name") == node && !why.resolvable) {
        return None;
    }
    let priority = path::int(pod, "spec.priority").unwrap_or(0);
    let going = cx.index.nodes.get(node).into_iter().flat_map(|node| node.pods.values());
    let preempted = |other: &PodInfo| {
        let pod = cx.view.get("pods", &other.key.namespace, &other.key.name);
        pod.is_some_and(|pod| {
            path::list(pod, "status.conditions").iter().any(|one| {
                one["type"] == "DisruptionTarget" && one["status"] == "True" && one["reason"] == "PreemptionByScheduler"
            })
        })
    };
    let waits = going.into_iter().any(|other| other.terminating && other.priority < priority && preempted(other));
    waits.then_some("not eligible due to a terminating pod on the nominated node.")
}

/// The best of the nodes on which Pods of a lower priority could make room.
///
/// # Errors
/// The reason of each node, in their order.
#[inline(never)]
pub fn plan(cx: &Context, pod: &Value, rejections: &[(&Rc<Value>, Rejection)]) -> Result<Plan, Vec<String>> {
    let mut best: Option<Plan> = None;
    let mut reasons = Vec::new();
    for (node, rejection) in rejections {
        if !rejection.resolvable {
            reasons.push("Preemption is not helpful for scheduling".to_owned());
            continue;
        }
        match victims(cx, pod, node) {
            Ok(plan) => {
                if best.as_ref().is_none_or(|best| plan.cost() < best.cost()) {
                    best = Some(plan);
                }
            }
            Err(why) => reasons.extend(why),
        }
    }
    best.ok_or(reasons)
}

/// The fewest and least important Pods of a node that have to go.
fn victims(cx: &Context, pod: &Value, node: &Rc<Value>) -> Result<Plan, Vec<String>> {
    let name = path::str(node, "metadata.name");
    let priority = path::int(pod, "spec.priority").unwrap_or(0);
    let there = cx.index.nodes.get(name).into_iter().flat_map(|node| node.pods.values());
    let mut lower: Vec<Rc<PodInfo>> = there.into_iter().filter(|other| other.priority < priority).cloned().collect();
    if lower.is_empty() {
        return Err(vec![NO_VICTIMS.to_owned()]);
    }
    let mut index = cx.index.clone();
    lower.iter().for_each(|other| index.take_out(other));
    fits(cx, &index, pod, node).map_err(|rejection| rejection.reasons)?;
    // The most important first, as they may stay first; those that a budget keeps before the others.
    sim::order::sort_by(&mut lower, |a, b| b.priority.cmp(&a.priority).then(a.created.cmp(&b.created)));
    let kept = kept_by_budgets(cx, &lower);
    let (mut victims, mut violations) = (Vec::new(), 0);
    for wanted in [true, false] {
        for (other, _) in lower.iter().zip(&kept).filter(|(_, kept)| **kept == wanted) {
            index.put_in(other.clone());
            if fits(cx, &index, pod, node).is_err() {
                index.take_out(other);
                victims.push(other.clone());
                violations += usize::from(wanted);
            }
        }
    }
    Ok(Plan { node: name.to_owned(), victims, violations })
}

fn fits(cx: &Context, index: &Index, pod: &Value, node: &Rc<Value>) -> Result<(), Rejection> {
    let nothing = NodeUse::default();
    let used = index.nodes.get(path::str(node, "metadata.name")).unwrap_or(&nothing);
    // Filters use no random numbers.
    let mut rng = Rng::new(0);
    let cx = Context { view: cx.view, index, settings: cx.settings, now: cx.now, rng: &mut rng };
    filter(&cx, pod, &Candidate { node, used })
}

/// Of each Pod, whether its end would break a disruption budget.
fn kept_by_budgets(cx: &Context, pods: &[Rc<PodInfo>]) -> Vec<bool> {
    let mut budgets: Vec<(&Rc<Value>, i64)> = cx
        .view
        .list("poddisruptionbudgets.policy", None)
        .map(|budget| (budget, path::int(budget, "status.disruptionsAllowed").unwrap_or(0)))
        .collect();
    let broken = |pod: &Rc<PodInfo>| {
        let mut broken = false;
        for (budget, left) in &mut budgets {
            let mine = path::str(budget, "metadata.namespace") == &*pod.key.namespace
                && selector::matches(&budget["spec"]["selector"], &pod.labels)
                && budget["status"]["disruptedPods"][&*pod.key.name].is_null();
            if mine {
                *left -= 1;
                broken |= *left < 0;
            }
        }
        broken
    };
    pods.iter().map(broken).collect()
}

/// Ends the victims.
#[inline(never)]
pub fn carry_out(cx: &Context, pod: &Value, plan: &Plan, out: &mut Reconciled) {
    let uid = path::str(pod, "metadata.uid");
    for victim in plan.victims.iter().filter(|victim| !victim.terminating) {
        let Some(object) = cx.view.get("pods", &victim.key.namespace, &victim.key.name) else { continue };
        let mut conditions = path::list(object, "status.conditions").to_vec();
        conditions.retain(|one| one["type"] != "DisruptionTarget");
        conditions.push(json!({
            "type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler",
            "message": "default-scheduler: preempting to accommodate a higher priority pod",
            "lastTransitionTime": cx.now.rfc3339(),
        }));
        out.writes.push(Write::Patch {
            key: victim.key.clone(),
            subresource: "status",
            patch: PatchType::Merge,
            body: json!({"status": {"conditions": conditions}}),
        });
        out.writes.push(Write::Delete(victim.key.clone(), Value::Null));
        out.normal(object, "Preempted", format!("Preempted by pod {uid} on node {}", plan.node));
    }
}
