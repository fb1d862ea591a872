//! Pods: above all the column STATUS.

use api::path;
use serde_json::Value;

use super::{Row, condition, has_condition, or};

/// Restarts, and when the last one was.
#[derive(Default)]
struct Restarts<'a> {
    count: i64,
    last: &'a str,
}

impl<'a> Restarts<'a> {
    fn add(&mut self, status: &'a Value) {
        self.count += path::int(status, "restartCount").unwrap_or_default();
        // Times of one form compare as texts.
        self.last = self.last.max(path::str(status, "lastState.terminated.finishedAt"));
    }
}

pub(super) fn cells(row: &Row) -> Vec<Value> {
    let pod = row.object;
    let phase = row.text("status.phase");
    let mut reason = or(row.text("status.reason"), phase).to_owned();
    if condition(pod, "PodScheduled").is_some_and(|condition| path::str(condition, "reason") == "SchedulingGated") {
        reason = "SchedulingGated".to_owned();
    }
    let init = path::list(pod, "spec.initContainers");
    let restartable = |name: &str| {
        init.iter()
            .any(|container| path::str(container, "name") == name && path::str(container, "restartPolicy") == "Always")
    };
    let sidecars = init.iter().filter(|container| path::str(container, "restartPolicy") == "Always").count();
    let total = path::list(pod, "spec.containers").len() + sidecars;
    let mut ready = 0;
    let mut restarts = Restarts::default();
    let mut sidecar_restarts = Restarts::default();
    let mut initializing = false;
    for (index, status) in path::list(pod, "status.initContainerStatuses").iter().enumerate() {
        restarts.add(status);
        let sidecar = restartable(path::str(status, "name"));
        if sidecar {
            sidecar_restarts.add(status);
        }
        let state = &status["state"];
        let waiting = path::str(state, "waiting.reason");
        if state["terminated"].is_object() && path::int(state, "terminated.exitCode") == Some(0) {
            continue;
        }
        if sidecar && path::bool(status, "started") {
            ready += usize::from(path::bool(status, "ready"));
            continue;
        }
        reason = if state["terminated"].is_object() {
            format!("Init:{}", terminated(&state["terminated"]))
        } else if !waiting.is_empty() && waiting != "PodInitializing" {
            format!("Init:{waiting}")
        } else {
            format!("Init:{index}/{}", init.len())
        };
        initializing = true;
        break;
    }
    if !initializing || has_condition(pod, "Initialized") {
        restarts = sidecar_restarts;
        let mut running = false;
        let mut error = String::new();
        for status in path::list(pod, "status.containerStatuses").iter().rev() {
            restarts.add(status);
            let state = &status["state"];
            let waiting = path::str(state, "waiting.reason");
            if !waiting.is_empty() {
                reason = waiting.to_owned();
            } else if state["terminated"].is_object() {
                reason = terminated(&state["terminated"]);
                if path::int(state, "terminated.exitCode").unwrap_or_default() != 0 {
                    error.clone_from(&reason);
                }
            } else if path::bool(status, "ready") && state["running"].is_object() {
                running = true;
                ready += 1;
            }
        }
        // One container still runs, so the Pod does.
        if reason == "Completed" {
            if running && has_condition(pod, "Ready") {
                reason = "Running".to_owned();
            } else if !error.is_empty() {
                reason = error;
            } else if running {
                reason = "NotReady".to_owned();
            }
        }
    }
    if row.is_deleting() {
        if row.text("status.reason") == "NodeLost" {
            reason = "Unknown".to_owned();
        } else if !matches!(phase, "Succeeded" | "Failed") {
            reason = "Terminating".to_owned();
        }
    }
    let shown_restarts = if restarts.count != 0 && !restarts.last.is_empty() {
        format!("{} ({} ago)", restarts.count, row.since(restarts.last))
    } else {
        restarts.count.to_string()
    };
    let ip = path::list(pod, "status.podIPs").first().map_or("", |entry| path::str(entry, "ip"));
    vec![
        row.name(),
        format!("{ready}/{total}").into(),
        reason.into(),
        shown_restarts.into(),
        row.age(),
        or(ip, "<none>").into(),
        or(row.text("spec.nodeName"), "<none>").into(),
        or(row.text("status.nominatedNodeName"), "<none>").into(),
        gates(pod).into(),
    ]
}

/// Why a container ended: its reason, its signal or its exit code.
fn terminated(state: &Value) -> String {
    let reason = path::str(state, "reason");
    match path::int(state, "signal").unwrap_or_default() {
        _ if !reason.is_empty() => reason.to_owned(),
        0 => format!("ExitCode:{}", path::int(state, "exitCode").unwrap_or_default()),
        signal => format!("Signal:{signal}"),
    }
}

fn gates(pod: &Value) -> String {
    let gates = path::list(pod, "spec.readinessGates");
    if gates.is_empty() {
        return "<none>".to_owned();
    }
    let open = gates.iter().filter(|gate| has_condition(pod, path::str(gate, "conditionType"))).count();
    format!("{open}/{}", gates.len())
}
