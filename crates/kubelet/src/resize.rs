//! Changing what running containers may use: without a restart, or with one where their `resizePolicy` asks for it. What does not
//! fit on the node waits, and the container goes on with what it has.
//!
//! <https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/>, pkg/kubelet/allocation. Not here:
//! that a memory limit below what is in use is put off.

use std::rc::Rc;
use std::time::Duration;

use api::path;
use component::resources::Resources;
use serde_json::{Value, json};

use super::run::PodSync;
use super::{start, stop};
use crate::admission;

/// How soon a resize that waits for room is tried again.
const AGAIN: Duration = Duration::from_secs(30);

/// A change that is not made yet.
#[derive(Clone, PartialEq)]
pub(super) enum Resize {
    /// The node has too little, now or at all.
    Pending { reason: &'static str, message: String, generation: Option<i64> },
    /// A container is restarted for it.
    InProgress,
}

/// The types of the conditions of a resize.
pub(super) const CONDITIONS: [&str; 2] = ["PodResizePending", "PodResizeInProgress"];

impl Resize {
    /// Its condition's type, reason and message.
    pub fn condition(&self) -> (&'static str, (&'static str, &'static str, String)) {
        match self {
            Resize::Pending { reason, message, .. } => (CONDITIONS[0], ("True", *reason, message.clone())),
            Resize::InProgress => (CONDITIONS[1], ("True", "", String::new())),
        }
    }
}

/// The containers that can be resized: all but init containers that end.
fn resizable(pod: &Value) -> impl Iterator<Item = &Value> {
    let sidecars = path::list(&pod["spec"], "initContainers").iter().filter(|one| stop::is_sidecar(one));
    sidecars.chain(path::list(&pod["spec"], "containers"))
}

/// Applies the resources of the specification to the Pod's running containers.
pub(super) fn sync(sync: &mut PodSync) {
    let changed = resizable(sync.pod).any(|container| {
        sync.state
            .containers
            .get(path::str(container, "name"))
            .is_some_and(|record| record.resources != container["resources"])
    });
    if changed {
        change(sync);
    } else if sync.state.resize.is_some() && sync.state.resize != Some(Resize::InProgress) {
        sync.state.resize = None;
    }
}

/// Completes a resize once the containers that were restarted for it run again.
pub(super) fn settle(sync: &mut PodSync) {
    let in_progress = sync.state.resize == Some(Resize::InProgress);
    let runs = |container: &Value| {
        let record = sync.state.containers.get(path::str(container, "name"));
        record.is_none_or(|record| record.running().is_some() && !record.stopping)
    };
    if in_progress && resizable(sync.pod).all(runs) {
        sync.state.resize = None;
        sync.out.normal(sync.pod, "ResizeCompleted", message("completed", sync.pod, ""));
    }
}

#[inline(never)]
fn change(sync: &mut PodSync) {
    if let Some((reason, why)) = refusal(sync) {
        let generation = path::int(sync.pod, "metadata.generation");
        let pending = Resize::Pending { reason, message: why.clone(), generation };
        let known = sync.state.resize.as_ref() == Some(&pending);
        sync.state.resize = Some(pending);
        if !known {
            let (event, word) = match reason {
                "Deferred" => ("ResizeDeferred", "deferred"),
                _ => ("ResizeInfeasible", "infeasible"),
            };
            sync.out.warning(sync.pod, event, message(word, sync.pod, &why));
        }
        if reason == "Deferred" {
            sync.out.requeue_within(AGAIN);
        }
        return;
    }
    let pod = sync.pod;
    let (mut any, mut restarts) = (false, false);
    for container in resizable(pod) {
        let name = path::str(container, "name");
        let Some(record) = sync.state.containers.get_mut(name) else { continue };
        let before = std::mem::replace(&mut record.resources, container["resources"].clone());
        let Some(id) = record.running().cloned().filter(|_| before != container["resources"]) else { continue };
        if !any {
            any = true;
            sync.out.normal(pod, "ResizeStarted", message("started", pod, ""));
        }
        if !needs_restart(container, &before) {
            let (memory, cpu) = start::limits(&container["resources"]);
            sync.node.resize_container(&id, memory, cpu);
        } else if !record.stopping {
            restarts = true;
            record.crash_back_off = Default::default();
            let why = format!("Container {name} resize requires restart");
            stop::container(pod, container, sync.state, (why, stop::grace(pod)), sync.cx.now, sync.node, sync.out);
        }
    }
    sync.state.resize = restarts.then_some(Resize::InProgress);
    if any && !restarts {
        sync.out.normal(pod, "ResizeCompleted", message("completed", pod, ""));
    }
}

/// Whether the container's policy for a resource that changed asks for a restart.
fn needs_restart(container: &Value, before: &Value) -> bool {
    path::list(container, "resizePolicy").iter().any(|policy| {
        let name = path::str(policy, "resourceName");
        let differs = |list: &str| container["resources"][list][name] != before[list][name];
        policy["restartPolicy"] == "RestartContainer" && (differs("limits") || differs("requests"))
    })
}

/// Why the node cannot provide the resources: never (`Infeasible`), or not now (`Deferred`).
fn refusal(sync: &PodSync) -> Option<(&'static str, String)> {
    let node = sync.cx.view.get("nodes", "", path::str(sync.pod, "spec.nodeName"))?;
    let (has, wants) = (Resources::read(&node["status"]["allocatable"]), Resources::of_pod(sync.pod));
    for (name, wants, has) in [("memory", wants.memory, has.memory), ("cpu", wants.milli_cpu, has.milli_cpu)] {
        if wants > has {
            let why = format!("Node didn't have enough capacity: {name}, requested: {wants}, capacity: {has}");
            return Some(("Infeasible", why));
        }
    }
    admission::refusal(sync.cx, sync.key, sync.pod).map(|(_, why)| ("Deferred", why))
}

/// `Pod resize completed: {"containers":[…],"generation":2}`
fn message(word: &str, pod: &Rc<Value>, error: &str) -> String {
    let entry = |container: &Value| json!({"name": container["name"], "resources": container["resources"]});
    let list = |name: &str| -> Option<String> {
        let all = path::list(&pod["spec"], name).iter();
        let shown: Vec<Value> = all.filter(|one| name == "containers" || stop::is_sidecar(one)).map(entry).collect();
        (!shown.is_empty()).then(|| Value::from(shown).to_string())
    };
    let mut parts: Vec<String> =
        ["initContainers", "containers"].iter().filter_map(|name| Some(format!("{name:?}:{}", list(name)?))).collect();
    parts.push(format!("\"generation\":{}", path::int(pod, "metadata.generation").unwrap_or_default()));
    if !error.is_empty() {
        parts.push(format!("\"error\":{}", Value::from(error)));
    }
    format!("Pod resize {word}: {{{}}}", parts.join(","))
}
