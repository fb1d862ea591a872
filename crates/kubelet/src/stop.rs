//! Stopping a container: its `preStop` hook, then the stop signal, then, after what is left of its grace, the end.
//!
//! <https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/#container-hooks>, `killContainer` in
//! pkg/kubelet/kuberuntime/kuberuntime_container.go

use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

use api::path;
use component::{Node, Reconciled};
use serde_json::Value;
use sim::Time;

use super::hooks::{self, Hook, Progress};
use super::{ContainerRecord, PodState};

/// The shortest grace period after the stop signal, however long the hook took.
const LEAST: Duration = Duration::from_secs(2);

/// A container that is to be stopped, before it is sent the stop signal.
#[derive(Clone, PartialEq)]
pub(super) struct Stop {
    hook: Option<Hook>,
    /// When its grace is over.
    until: Time,
    /// A sidecar of a Pod that ends: it is stopped after the containers, and after the sidecars that come later in the list.
    waits: bool,
}

/// The field path of a container, for events.
pub(super) fn part(pod: &Value, name: &str) -> String {
    let lists = ["initContainers", "ephemeralContainers"];
    let is_in =
        |list: &str| path::list(&pod["spec"], list).iter().any(|container| path::str(container, "name") == name);
    let list = lists.into_iter().find(|list| is_in(list)).unwrap_or("containers");
    format!("spec.{list}{{{name}}}")
}

/// A Pod's containers of all kinds, in the order of its lists.
fn all(pod: &Value) -> impl Iterator<Item = &Value> {
    ["initContainers", "containers", "ephemeralContainers"].into_iter().flat_map(|list| path::list(&pod["spec"], list))
}

/// How long a Pod's containers have between the stop signal and the end: `terminationGracePeriodSeconds`.
pub(super) fn grace(pod: &Value) -> Duration {
    Duration::from_secs(path::int(pod, "spec.terminationGracePeriodSeconds").unwrap_or(30).max(0) as u64)
}

/// Whether an init container runs beside the others: `restartPolicy: Always`.
pub(super) fn is_sidecar(container: &Value) -> bool {
    container["restartPolicy"] == "Always"
}

/// Stops one running container, with an event that has the reason.
#[inline(never)]
pub(super) fn container(
    pod: &Rc<Value>,
    container: &Value,
    state: &mut PodState,
    (reason, grace): (String, Duration),
    now: Time,
    node: &mut dyn Node,
    out: &mut Reconciled,
) {
    let name = path::str(container, "name");
    let ip = state.address();
    let Some(record) = state.containers.get_mut(name) else { return };
    out.event(pod, "Normal", "Killing", reason, part(pod, name));
    record.stopping = true;
    begin(pod, container, record, (ip, grace, false), now, node, out);
    // It may have ended at once.
    out.requeue_within(Duration::from_millis(50));
}

/// Lets all running containers end: of a Pod that is deleted, has been active for too long, or is done but for its sidecars.
#[inline(never)]
pub(super) fn all_of(
    pod: &Rc<Value>,
    state: &mut PodState,
    grace: Duration,
    now: Time,
    node: &mut dyn Node,
    out: &mut Reconciled,
) {
    let ip = state.address();
    for container in all(pod) {
        let name = path::str(container, "name");
        let Some(record) = state.containers.get_mut(name).filter(|record| record.running().is_some()) else { continue };
        if record.stopping {
            continue;
        }
        out.event(pod, "Normal", "Killing", format!("Stopping container {name}"), part(pod, name));
        record.stopping = true;
        begin(pod, container, record, (ip, grace, is_sidecar(container)), now, node, out);
    }
    advance(pod, state, now, node, out);
}

fn begin(
    pod: &Rc<Value>,
    container: &Value,
    record: &mut ContainerRecord,
    (ip, grace, waits): (Ipv4Addr, Duration, bool),
    now: Time,
    node: &mut dyn Node,
    out: &mut Reconciled,
) {
    let Some(id) = record.running().cloned() else { return };
    let handler = &container["lifecycle"]["preStop"];
    let mut hook = None;
    if handler.is_object() && !grace.is_zero() {
        match hooks::begin(handler, container, (&id, ip), now, node) {
            Ok(begun) => hook = begun,
            Err(_) => failed(pod, container, out),
        }
    }
    if hook.is_none() && (!waits || grace.is_zero()) {
        return node.stop_container(&id, grace);
    }
    record.stop = Some(Stop { hook, until: now + grace, waits });
}

fn failed(pod: &Rc<Value>, container: &Value, out: &mut Reconciled) {
    let part = part(pod, path::str(container, "name"));
    out.event(pod, "Warning", "FailedPreStopHook", "PreStopHook failed".to_owned(), part);
}

/// Sends the stop signal to containers whose hook has ended or whose turn has come.
pub(super) fn advance(pod: &Rc<Value>, state: &mut PodState, now: Time, node: &mut dyn Node, out: &mut Reconciled) {
    let mut later_runs = path::list(pod, "spec.containers")
        .iter()
        .any(|container| state.containers.get(path::str(container, "name")).is_some_and(|one| one.running().is_some()));
    let order = path::list(pod, "spec.containers").iter().chain(path::list(pod, "spec.initContainers").iter().rev());
    for container in order.chain(path::list(pod, "spec.ephemeralContainers")) {
        let Some(record) = state.containers.get_mut(path::str(container, "name")) else { continue };
        let Some(id) = record.running().cloned() else { continue };
        if let Some(mut stop) = record.stop.take() {
            let over = stop.until <= now;
            match stop.hook.as_mut().map(|hook| hooks::progress(hook, now, node)) {
                Some(Progress::Runs(again)) if !over => {
                    out.requeue_within(again.min(stop.until).since(now));
                    record.stop = Some(stop);
                    later_runs |= is_sidecar(container);
                    continue;
                }
                Some(Progress::Runs(_)) => stop.hook.take().into_iter().for_each(|hook| hooks::end(hook, node)),
                Some(Progress::Failed(_)) => failed(pod, container, out),
                Some(Progress::Done) | None => {}
            }
            stop.hook = None;
            if stop.waits && later_runs && !over {
                out.requeue_within(stop.until.since(now));
                record.stop = Some(stop);
            } else {
                node.stop_container(&id, stop.until.since(now).max(LEAST));
            }
        }
        later_runs |= is_sidecar(container);
    }
}

/// Shortens the grace period of containers that are being stopped.
#[inline(never)]
pub(super) fn hurry(state: &mut PodState, grace: Duration, now: Time, node: &mut dyn Node) {
    for record in state.containers.values_mut() {
        let Some(id) = record.running().cloned() else { continue };
        match &mut record.stop {
            Some(stop) if !grace.is_zero() => stop.until = stop.until.min(now + grace),
            _ => {
                if let Some(hook) = record.stop.take().and_then(|stop| stop.hook) {
                    hooks::end(hook, node);
                }
                node.stop_container(&id, grace);
            }
        }
    }
}
