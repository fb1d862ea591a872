//! Probes: whether a container started, lives, and is ready for traffic.
//!
//! <https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/>, pkg/kubelet/prober

use std::rc::Rc;
use std::time::Duration;

use api::path;
use imbl::OrdMap;
use serde_json::Value;
use sim::Time;

use super::{PodState, Sandbox, State};
use crate::node::{Node, Probe};
use crate::reconcile::Outcome;
use crate::runtime::Context;

/// How far one probe of one container is.
#[derive(Clone, PartialEq)]
pub(super) struct ProbeState {
    next: Time,
    successes: i64,
    failures: i64,
}

const KINDS: [(&str, &str); 3] =
    [("startupProbe", "Startup"), ("livenessProbe", "Liveness"), ("readinessProbe", "Readiness")];

/// The probes of a container that has just started.
pub(super) fn begin(container: &Value, now: Time) -> OrdMap<&'static str, ProbeState> {
    let probes = KINDS.iter().filter(|(field, _)| container[*field].is_object()).map(|(field, _)| {
        let delay = path::int(&container[*field], "initialDelaySeconds").unwrap_or(0).max(0);
        // The worker needs a moment to see the container run.
        let next = now + Duration::from_secs(delay as u64) + Duration::from_millis(100);
        (*field, ProbeState { next, successes: 0, failures: 0 })
    });
    probes.collect()
}

/// Sends the probes that are due.
pub(super) fn run(cx: &mut Context, pod: &Rc<Value>, state: &mut PodState, node: &mut dyn Node, out: &mut Outcome) {
    let Sandbox::Ready(ip) = state.sandbox else { return };
    let sidecars = path::list(pod, "spec.initContainers").iter().filter(|one| one["restartPolicy"] == "Always");
    for container in path::list(pod, "spec.containers").iter().chain(sidecars) {
        let name = path::str(container, "name");
        let Some(record) = state.containers.get_mut(name) else { continue };
        let State::Running { id, .. } = record.state.clone() else { continue };
        if record.stopping {
            continue;
        }
        for (field, kind) in KINDS {
            let Some(mut probe) = record.probes.get(field).cloned() else { continue };
            let spec = &container[field];
            if field == "startupProbe" && record.started || field != "startupProbe" && !record.started {
                continue;
            }
            if probe.next > cx.now {
                out.again_after(probe.next.since(cx.now));
                continue;
            }
            let period = path::int(spec, "periodSeconds").unwrap_or(10).max(1);
            probe.next = cx.now + Duration::from_secs(period as u64);
            let threshold = path::int(spec, "failureThreshold").unwrap_or(3).max(1);
            match node.probe(&id, ip, &read(container, spec)) {
                Ok(()) => {
                    probe.successes += 1;
                    probe.failures = 0;
                    let enough = probe.successes >= path::int(spec, "successThreshold").unwrap_or(1);
                    match field {
                        "startupProbe" if enough => {
                            record.started = true;
                            record.ready = !container["readinessProbe"].is_object();
                        }
                        "readinessProbe" if enough => record.ready = true,
                        _ => {}
                    }
                }
                Err(error) => {
                    probe.failures += 1;
                    probe.successes = 0;
                    let part = format!("spec.containers{{{name}}}");
                    out.event(pod, "Warning", "Unhealthy", format!("{kind} probe failed: {error}"), part.clone());
                    if probe.failures >= threshold {
                        if field == "readinessProbe" {
                            record.ready = false;
                        } else {
                            kill(pod, container, spec, name, &id, field, node, &part, out);
                            record.stopping = true;
                        }
                    }
                }
            }
            out.again_after(probe.next.since(cx.now));
            record.probes.insert(field, probe);
            if record.stopping {
                // It may have ended at once.
                out.again_after(Duration::from_millis(50));
                break;
            }
        }
    }
}

#[expect(clippy::too_many_arguments)]
fn kill(
    pod: &Rc<Value>,
    container: &Value,
    spec: &Value,
    name: &str,
    id: &str,
    field: &str,
    node: &mut dyn Node,
    part: &str,
    out: &mut Outcome,
) {
    let kind = if field == "livenessProbe" { "liveness" } else { "startup" };
    let again = path::str(pod, "spec.restartPolicy") != "Never" || container["restartPolicy"] == "Always";
    let message = format!("Container {name} failed {kind} probe{}", if again { ", will be restarted" } else { "" });
    out.event(pod, "Normal", "Killing", message, part.to_owned());
    let grace = path::int(spec, "terminationGracePeriodSeconds")
        .or_else(|| path::int(pod, "spec.terminationGracePeriodSeconds"))
        .unwrap_or(30);
    node.stop_container(id, Duration::from_secs(grace.max(0) as u64));
}

/// A probe as the node sends it; a named port is looked up in the container.
fn read(container: &Value, spec: &Value) -> Probe {
    let port = |value: &Value| {
        let number = match value {
            Value::String(name) => path::list(container, "ports")
                .iter()
                .find(|port| port["name"] == name.as_str())
                .and_then(|port| port["containerPort"].as_u64())
                .or_else(|| name.parse().ok()),
            other => other.as_u64(),
        };
        number.and_then(|number| u16::try_from(number).ok()).unwrap_or(0)
    };
    if spec["httpGet"].is_object() {
        let get = &spec["httpGet"];
        let path = get["path"].as_str().filter(|path| !path.is_empty()).unwrap_or("/");
        return Probe::HttpGet { port: port(&get["port"]), path: path.to_owned() };
    }
    if spec["exec"].is_object() {
        let command = path::list(spec, "exec.command").iter().filter_map(Value::as_str).map(str::to_owned);
        return Probe::Exec(command.collect());
    }
    let socket = if spec["grpc"].is_object() { &spec["grpc"] } else { &spec["tcpSocket"] };
    Probe::TcpSocket { port: port(&socket["port"]) }
}
