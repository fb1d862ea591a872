//! A Pod's status: phase, conditions, addresses, containers.
//!
//! <https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase>, pkg/kubelet/status/generate.go

use std::rc::Rc;

use api::{PatchType, path};
use apiserver::ObjectKey;
use component::{Context, Reconciled, Write, write_status};
use serde_json::{Value, json};
use sim::Time;

use super::{ContainerRecord, Ended, PodState, Sandbox, State, Volumes, resize, restart};

/// Writes the Pod's status, if it differs.
pub(super) fn write(cx: &Context, key: &ObjectKey, pod: &Rc<Value>, state: &PodState, out: &mut Reconciled) {
    let status = status(cx, pod, state);
    write_status(out, key, path::field(pod, "status"), status);
}

/// Writes the status of a Pod that this node does not admit.
pub(super) fn reject(key: &ObjectKey, pod: &Value, reason: &str, message: &str, now: Time, out: &mut Reconciled) {
    let _ = pod;
    let body = json!({"status": {
        "phase": "Failed", "reason": reason, "message": format!("Pod was rejected: {message}"), "startTime": now.rfc3339(),
    }});
    out.writes.push(Write::Patch { key: key.clone(), subresource: "status", patch: PatchType::Merge, body });
}

/// Whether the Pod's address is in its status. The sandbox has it at once, but the kubelet's first round through a Pod ends only
/// when a first image has been pulled, or could not be; until then the status is that from before (`SyncPod` in
/// kubernetes/pkg/kubelet). A Pod in the node's own network has the node's address from the start.
fn shows_address(pod: &Value, status: &Value) -> bool {
    let begun = |container: &Value| match &container["state"]["waiting"] {
        Value::Null => true,
        waiting => !matches!(path::str(waiting, "reason"), "ContainerCreating" | "PodInitializing"),
    };
    let lists = ["initContainerStatuses", "containerStatuses"];
    path::bool(pod, "spec.hostNetwork")
        || !path::str(status, "podIP").is_empty()
        || lists.into_iter().flat_map(|list| path::list(status, list)).any(begun)
}

fn status(cx: &Context, pod: &Value, state: &PodState) -> Value {
    let before = path::field(pod, "status");
    // Most of the status is written anew below, and so not copied.
    let kept = before.as_object().into_iter().flatten().filter(|(name, _)| !WRITTEN.contains(&name.as_str()));
    let mut status = Value::Object(sim::order::collect(kept.map(|(name, value)| (name.clone(), value.clone()))));
    let phase = phase(pod, state);
    path::set(&mut status, "phase", phase);
    if let Some(failed) = state.failed.as_ref().filter(|_| phase == "Failed") {
        path::set(&mut status, "reason", failed.reason);
        path::set(&mut status, "message", &*failed.message);
    }
    path::set(&mut status, "startTime", state.started.rfc3339());
    let host = cx.settings.node_ip.to_string();
    path::set(&mut status, "hostIPs", vec![address(host.as_str())]);
    path::set(&mut status, "hostIP", host);
    if let Some(generation) = path::int(pod, "metadata.generation") {
        path::set(&mut status, "observedGeneration", generation);
    }
    for (spec, field) in [
        ("spec.initContainers", "initContainerStatuses"),
        ("spec.containers", "containerStatuses"),
        ("spec.ephemeralContainers", "ephemeralContainerStatuses"),
    ] {
        let list: Vec<Value> = path::list(pod, spec)
            .iter()
            .filter_map(|container| {
                let record = state.containers.get(path::str(container, "name"))?;
                let mut status = container_status(container, record, field != "containerStatuses");
                if field == "ephemeralContainerStatuses" {
                    path::set(&mut status, "ready", false);
                }
                Some(status)
            })
            .collect();
        if !list.is_empty() {
            path::set(&mut status, field, list);
        } else if let Some(list) = before.get(field) {
            path::set(&mut status, field, list.clone());
        }
    }
    match state.sandbox {
        Sandbox::Ready(ip) if shows_address(pod, &status) => {
            let ip = ip.to_string();
            path::set(&mut status, "podIPs", vec![address(ip.as_str())]);
            path::set(&mut status, "podIP", ip);
        }
        _ => _ = path::remove(&mut status, "podIP"),
    }
    path::set(&mut status, "conditions", conditions(cx, pod, state, phase, before));
    status
}

/// The lists and structs of a status that are written anew each time.
const WRITTEN: &[&str] =
    &["conditions", "containerStatuses", "ephemeralContainerStatuses", "hostIPs", "initContainerStatuses", "podIPs"];

/// An item of `podIPs`.
fn address(ip: &str) -> Value {
    let mut item = Value::Null;
    path::set(&mut item, "ip", ip);
    item
}

/// `getPhase`: Pending until every container has run, then Running until none does and none will.
fn phase(pod: &Value, state: &PodState) -> &'static str {
    // No Pod has ended while a container runs.
    if state.failed.is_some() && state.containers.values().all(|one| one.running().is_none()) {
        return "Failed";
    }
    let (mut waiting, mut running, mut stopped, mut failed, mut again) = (0, 0, 0, 0, 0);
    for container in path::list(pod, "spec.initContainers") {
        let Some(record) = state.containers.get(path::str(container, "name")) else { continue };
        match &record.state {
            State::Ended(ended) if ended.code != 0 && !restart::again(pod, container, ended.code) => return "Failed",
            State::Ended(ended) if ended.code == 0 || container["restartPolicy"] == "Always" => {}
            State::Running { .. } if container["restartPolicy"] == "Always" && record.started => running += 1,
            _ if container["restartPolicy"] == "Always" && record.last.is_some() => {}
            _ => waiting += 1,
        }
    }
    for container in path::list(pod, "spec.containers") {
        let Some(record) = state.containers.get(path::str(container, "name")) else { continue };
        match (&record.state, &record.last) {
            (State::Running { .. }, _) if record.hook_error.is_none() => running += 1,
            (State::Ended(ended), _) | (State::Waiting { .. } | State::Running { .. }, Some(ended)) => {
                stopped += 1;
                failed += i32::from(ended.code != 0);
                again += i32::from(restart::again(pod, container, ended.code));
            }
            (State::Waiting { .. } | State::Running { .. }, None) => waiting += 1,
        }
    }
    let terminating = state.terminating.is_some();
    if waiting > 0 && !terminating {
        return "Pending";
    }
    if running > 0 {
        return "Running";
    }
    match failed {
        _ if stopped == 0 => "Pending",
        _ if again > 0 && !terminating => "Running",
        0 => "Succeeded",
        _ => "Failed",
    }
}

fn container_status(container: &Value, record: &ContainerRecord, init: bool) -> Value {
    let ended = |ended: &Ended| {
        let mut value = json!({
            "exitCode": ended.code, "reason": ended.reason,
            "startedAt": ended.started.rfc3339(), "finishedAt": ended.finished.rfc3339(),
        });
        if !ended.message.is_empty() {
            value["message"] = ended.message.clone().into();
        }
        if !ended.id.is_empty() {
            value["containerID"] = with_scheme(&ended.id).into();
        }
        json!({"terminated": value})
    };
    let mut id = String::new();
    let mut last = json!({});
    if let Some(before) = &record.last {
        last = ended(before);
        id = before.id.clone();
    }
    let state = match &record.state {
        State::Waiting { reason, message } => {
            let mut waiting = json!({"reason": reason});
            if !message.is_empty() {
                waiting["message"] = message.clone().into();
            }
            json!({"waiting": waiting})
        }
        // The worker that stops it writes no status before it has ended.
        State::Running { .. } if record.hook_error.is_some() => json!({"waiting": {"reason": "ContainerCreating"}}),
        State::Running { id: running, since } => {
            id = running.clone();
            json!({"running": {"startedAt": since.rfc3339()}})
        }
        State::Ended(now) => {
            id = now.id.clone();
            ended(now)
        }
    };
    let sidecar = container["restartPolicy"] == "Always";
    let done = matches!(&record.state, State::Ended(ended) if ended.code == 0);
    let image = record.image.as_ref().filter(|_| !id.is_empty());
    let mut status = Value::Null;
    path::set(&mut status, "name", path::str(container, "name"));
    path::set(
        &mut status,
        "image",
        image.map_or_else(|| path::str(container, "image"), |image| image.canonical.as_str()),
    );
    path::set(&mut status, "imageID", image.map_or("", |image| &image.image_id));
    path::set(&mut status, "ready", if init && !sidecar { done } else { record.ready });
    path::set(&mut status, "restartCount", record.restarts);
    path::set(&mut status, "started", if init && !sidecar { false } else { record.started });
    path::set(&mut status, "lastState", last);
    path::set(&mut status, "state", state);
    if !id.is_empty() {
        path::set(&mut status, "containerID", with_scheme(&id));
    }
    let resources = &record.resources;
    path::set(&mut status, "resources", if resources.is_object() { resources.clone() } else { json!({}) });
    if let requests @ Value::Object(_) = path::field(resources, "requests") {
        path::set(&mut status, "allocatedResources", requests.clone());
    }
    let mounts: Vec<Value> = path::list(container, "volumeMounts")
        .iter()
        .map(|mount| {
            let mut entry = json!({"name": mount["name"], "mountPath": mount["mountPath"]});
            if path::bool(mount, "readOnly") {
                entry["readOnly"] = true.into();
                entry["recursiveReadOnly"] = "Disabled".into();
            }
            entry
        })
        .collect();
    if !mounts.is_empty() {
        status["volumeMounts"] = mounts.into();
    }
    status
}

fn with_scheme(id: &str) -> String {
    if id.contains("://") { id.to_owned() } else { format!("docker://{id}") }
}

fn conditions(cx: &Context, pod: &Value, state: &PodState, phase: &str, before: &Value) -> Value {
    let names = |unfit: &dyn Fn(&Value, &ContainerRecord) -> bool, list: &str| -> Vec<&str> {
        path::list(pod, list)
            .iter()
            .filter(|container| {
                state.containers.get(path::str(container, "name")).is_none_or(|record| unfit(container, record))
            })
            .map(|container| path::str(container, "name"))
            .collect()
    };
    let unready = names(&|_, record| !record.ready, "spec.containers");
    let incomplete = names(
        &|container, record| match &record.state {
            State::Ended(ended) => ended.code != 0,
            State::Running { .. } => container["restartPolicy"] != "Always" || !record.started,
            State::Waiting { .. } => true,
        },
        "spec.initContainers",
    );
    let begun = path::list(pod, "spec.containers").iter().any(|container| {
        let record = state.containers.get(path::str(container, "name"));
        record.is_some_and(|record| !matches!(record.state, State::Waiting { .. }) || record.last.is_some())
    });
    let over = match phase {
        "Succeeded" => Some("PodCompleted"),
        "Failed" => Some("PodFailed"),
        _ => None,
    };
    let plain = |holds: bool| (if holds { "True" } else { "False" }, "", String::new());
    let bad = |list: &[&str], reason: &'static str, word: &str| match over {
        Some(over) => ("False", over, String::new()),
        None if list.is_empty() => plain(true),
        None => ("False", reason, format!("containers with {word} status: [{}]", list.join(" "))),
    };
    let containers_ready = bad(&unready, "ContainersNotReady", "unready");
    let mut ready = containers_ready.clone();
    for gate in path::list(pod, "spec.readinessGates") {
        let kind = path::str(gate, "conditionType");
        let met = path::list(before, "conditions").iter().find(|condition| condition["type"] == kind);
        if ready.0 == "True" && met.is_none_or(|condition| condition["status"] != "True") {
            let message = match met {
                None => format!("corresponding condition of pod readiness gate \"{kind}\" does not exist."),
                Some(met) => format!(
                    "the status of pod readiness gate \"{kind}\" is not \"True\", but {}",
                    path::str(met, "status")
                ),
            };
            ready = ("False", "ReadinessGatesNotReady", message);
        }
    }
    let initialized = if over == Some("PodCompleted") {
        ("True", "PodCompleted", String::new())
    } else if begun {
        plain(true)
    } else {
        match bad(&incomplete, "ContainersNotInitialized", "incomplete") {
            (_, reason, _) if reason == "PodFailed" => ("False", reason, String::new()),
            other => other,
        }
    };
    let sandboxed = matches!(state.sandbox, Sandbox::Ready(_)) && state.volumes == Volumes::Mounted && !state.ended;
    let resize = state.resize.as_ref().map(resize::Resize::condition);
    let wanted = [
        ("PodReadyToStartContainers", plain(sandboxed)),
        ("Initialized", initialized),
        ("Ready", ready),
        ("ContainersReady", containers_ready),
        ("PodScheduled", plain(true)),
    ];
    let generation = path::int(pod, "metadata.generation");
    let mut list = Vec::new();
    for (kind, (state, reason, message)) in resize.into_iter().chain(wanted) {
        let old = path::list(before, "conditions").iter().find(|condition| path::str(condition, "type") == kind);
        let since = old
            .filter(|condition| path::str(condition, "status") == state)
            .map_or_else(|| cx.now.rfc3339(), |condition| path::str(condition, "lastTransitionTime").to_owned());
        let mut condition = Value::Null;
        path::set(&mut condition, "type", kind);
        path::set(&mut condition, "status", state);
        path::set(&mut condition, "lastProbeTime", Value::Null);
        path::set(&mut condition, "lastTransitionTime", since);
        if !reason.is_empty() {
            path::set(&mut condition, "reason", reason);
        }
        if !message.is_empty() {
            path::set(&mut condition, "message", message);
        }
        if let Some(generation) = generation {
            path::set(&mut condition, "observedGeneration", generation);
        }
        list.push(condition);
    }
    if let Some(failed) = state.failed.as_ref().filter(|failed| failed.reason == super::eviction::EVICTED) {
        list.push(super::eviction::condition(failed, pod, before, cx.now));
    }
    // Conditions that others write (readiness gates) stay.
    let others = path::list(before, "conditions")
        .iter()
        .filter(|condition| !list.iter().any(|known| known["type"] == condition["type"]))
        .filter(|condition| !resize::CONDITIONS.contains(&path::str(condition, "type")));
    let others: Vec<Value> = others.cloned().collect();
    list.extend(others);
    Value::Array(list)
}
