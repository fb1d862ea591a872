//! Probes: whether a container started, lives, and is ready for traffic.
//!
//! <https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/>, pkg/kubelet/prober

use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

use api::path;
use component::node::{CommandId, CommandState, Node, Probe};
use component::{Context, Reconciled};
use serde_json::Value;
use sim::{SharedMap, Time};

use super::{PodState, Sandbox, State, env, restart, stop};

/// The state of one probe of a container.
#[derive(Clone, PartialEq)]
pub(super) struct ProbeState {
    next: Time,
    successes: i64,
    failures: i64,
    /// The command whose end is the answer, and since when it runs.
    command: Option<(CommandId, Time)>,
}

const KINDS: [(&str, &str); 3] =
    [("startupProbe", "Startup"), ("livenessProbe", "Liveness"), ("readinessProbe", "Readiness")];

/// How long a probe may take; one over the network is answered at once here.
fn timeout(spec: &Value) -> Duration {
    Duration::from_secs(path::int(spec, "timeoutSeconds").unwrap_or(1).max(1) as u64)
}

fn words(spec: &Value) -> impl Iterator<Item = &str> {
    path::list(spec, "exec.command").iter().filter_map(Value::as_str)
}

impl ProbeState {
    /// Sends the probe. `None`: its command was started, and will answer.
    fn ask(
        &mut self,
        now: Time,
        container: &Value,
        spec: &Value,
        (id, ip): (&str, Ipv4Addr),
        node: &mut dyn Node,
    ) -> Option<Result<(), String>> {
        let period = path::int(spec, "periodSeconds").unwrap_or(10).max(1);
        self.next = now + Duration::from_secs(period as u64);
        if !spec["exec"].is_object() {
            return Some(node.probe(ip, &read(container, spec)));
        }
        let mut known = env::Environment::default();
        for one in path::list(container, "env").iter().filter(|one| one["valueFrom"].is_null()) {
            known.put(path::str(one, "name").to_owned(), path::str(one, "value").to_owned());
        }
        let command = known.expand_all(words(spec));
        match node.start_command(id, &command) {
            Ok(command) => {
                self.command = Some((command, now));
                None
            }
            Err(error) => {
                let what = "OCI runtime exec failed: exec failed: unable to start container process";
                Some(Err(format!("{what}: {error}")))
            }
        }
    }

    /// The result of the command; `None` while it runs within its timeout.
    fn answer(&mut self, now: Time, spec: &Value, node: &mut dyn Node) -> Option<Result<(), String>> {
        let (command, since) = self.command?;
        let answer = match node.command_state(command) {
            Some(CommandState::Running) if now.since(since) < timeout(spec) => return None,
            Some(CommandState::Running) => {
                let line: Vec<&str> = words(spec).collect();
                let seconds = timeout(spec).as_secs();
                Some(Err(format!("command timed out: {:?} timed out after {seconds}s", line.join(" "))))
            }
            Some(CommandState::Exited { code: 0, .. }) => Some(Ok(())),
            Some(CommandState::Exited { output, .. }) => Some(Err(output)),
            None => None, // its container ended
        };
        node.end_command(command);
        self.command = None;
        answer
    }
}

/// The probes of a container that has just started.
pub(super) fn begin(container: &Value, now: Time) -> SharedMap<&'static str, ProbeState> {
    let probes = KINDS.iter().filter(|(field, _)| container[*field].is_object()).map(|(field, _)| {
        let delay = path::int(&container[*field], "initialDelaySeconds").unwrap_or(0).max(0);
        // The worker needs a moment to see the container run.
        let next = now + Duration::from_secs(delay as u64) + Duration::from_millis(100);
        (*field, ProbeState { next, successes: 0, failures: 0, command: None })
    });
    probes.collect()
}

/// Sends the probes that are due.
pub(super) fn run(cx: &mut Context, pod: &Rc<Value>, state: &mut PodState, node: &mut dyn Node, out: &mut Reconciled) {
    let Sandbox::Ready(ip) = state.sandbox else { return };
    let mut condemned = Vec::new();
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
            let threshold = path::int(spec, "failureThreshold").unwrap_or(3).max(1);
            let answer = match probe.command {
                Some(_) => probe.answer(cx.now, spec, node),
                None if probe.next > cx.now => None,
                None => probe.ask(cx.now, container, spec, (&id, ip), node),
            };
            match answer {
                None => {}
                Some(Ok(())) => {
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
                Some(Err(error)) => {
                    probe.failures += 1;
                    probe.successes = 0;
                    let part = stop::part(pod, name);
                    out.event(pod, "Warning", "Unhealthy", format!("{kind} probe failed: {error}"), part);
                    if probe.failures >= threshold {
                        if field == "readinessProbe" {
                            record.ready = false;
                        } else {
                            record.stopping = true;
                            condemned.push((container, condemn(pod, container, field)));
                        }
                    }
                }
            }
            let again = probe.command.map_or(probe.next, |(_, since)| since + timeout(spec));
            out.requeue_within(again.since(cx.now));
            record.probes.insert(field, probe);
            if record.stopping {
                break;
            }
        }
    }
    for (container, why) in condemned {
        stop::container(pod, container, state, why, cx.now, node, out);
    }
}

/// The message for a container that is stopped for a failed probe, and its grace period in seconds.
fn condemn(pod: &Value, container: &Value, field: &str) -> (String, Duration) {
    let name = path::str(container, "name");
    let kind = if field == "livenessProbe" { "liveness" } else { "startup" };
    let again = restart::ever(pod, container);
    let message = format!("Container {name} failed {kind} probe{}", if again { ", will be restarted" } else { "" });
    let grace = path::int(&container[field], "terminationGracePeriodSeconds")
        .or_else(|| path::int(pod, "spec.terminationGracePeriodSeconds"))
        .unwrap_or(30);
    (message, Duration::from_secs(grace.max(0) as u64))
}

/// A probe over the network as the node sends it; a named port is looked up in the container.
pub(super) fn read(container: &Value, spec: &Value) -> Probe {
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
    let socket = if spec["grpc"].is_object() { &spec["grpc"] } else { &spec["tcpSocket"] };
    Probe::TcpSocket { port: port(&socket["port"]) }
}
