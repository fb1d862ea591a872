//! Making a Pod run: volumes, sandbox, init containers one after another, then the containers; and restarting what ended.
//!
//! pkg/kubelet/kuberuntime/kuberuntime_manager.go

use std::rc::Rc;
use std::time::Duration;

use api::path;
use serde_json::Value;
use sim::Time;

use super::image::{self, Image, go_duration};
use super::{Ended, Job, Kubelet, PodState, Record, Sandbox, Stage, State, Volumes, probes, start, volumes};
use crate::node::{ContainerState, Node, Sandbox as SandboxSpec};
use crate::reconcile::Outcome;
use crate::runtime::Context;
use crate::store::ObjectKey;

/// How often a container that waits is looked at again: the workers' back-off of 10 to 15 seconds.
const LOOK_AGAIN: Duration = Duration::from_millis(12_500);

/// One look at a Pod that shall run: what is known, what changes, and what is to be said about it.
pub(super) struct Look<'a, 'c> {
    pub kubelet: &'a mut Kubelet,
    pub cx: &'a mut Context<'c>,
    pub key: &'a ObjectKey,
    pub pod: &'a Rc<Value>,
    pub state: &'a mut PodState,
    pub node: &'a mut dyn Node,
    pub out: &'a mut Outcome,
}

/// A container as the manifest has it.
pub(super) struct Wanted<'a> {
    pub spec: &'a Value,
    pub name: &'a str,
    /// Its place in the Pod: `spec.containers{nginx}`.
    pub part: String,
}

impl<'a> Wanted<'a> {
    fn new(spec: &'a Value, list: &str) -> Wanted<'a> {
        let name = path::str(spec, "name");
        Wanted { spec, name, part: format!("spec.{list}{{{name}}}") }
    }
}

impl Look<'_, '_> {
    /// Records an event about a container.
    pub fn event(&mut self, one: &Wanted, kind: &'static str, reason: &str, message: impl Into<String>) {
        self.out.event(self.pod, kind, reason, message.into(), one.part.clone());
    }

    fn until(&mut self, at: Time) {
        until(self.out, self.cx.now, at);
    }

    /// Lets the Pod go on.
    pub fn sync(&mut self) {
        note_ends(self.state, self.node, self.cx.now);
        if !mount(self.cx, self.pod, self.state, self.out)
            || !sandbox(self.cx, self.key, self.pod, self.state, self.node, self.out)
        {
            return;
        }
        replace_changed(self.pod, self.state, self.node, self.out);
        if init_containers(self) {
            start_containers(self);
            start_ephemeral_containers(self);
            finish_if_over(self.pod, self.state);
        }
        probes::run(self.cx, self.pod, self.state, self.node, self.out);
    }
}

/// What the runtime says about containers that ran when the kubelet last looked.
pub(super) fn note_ends(state: &mut PodState, node: &dyn Node, now: Time) {
    for record in state.containers.values_mut() {
        let State::Running { id, since } = &record.state else { continue };
        let (code, at) = match node.container_state(id) {
            Some(ContainerState::Running) => continue,
            Some(ContainerState::Exited { code, at }) => (code, at),
            None => (137, now),
        };
        let reason = if code == 0 { "Completed" } else { "Error" };
        let ended = Ended {
            id: id.clone(),
            code,
            reason: reason.to_owned(),
            message: String::new(),
            started: *since,
            finished: at,
        };
        record.state = State::Ended(ended);
        record.ready = false;
        record.started = false;
        record.stopping = false;
        record.probes.clear();
    }
}

fn until(out: &mut Outcome, now: Time, at: Time) {
    out.again_after(at.since(now));
}

fn mount(cx: &mut Context, pod: &Rc<Value>, state: &mut PodState, out: &mut Outcome) -> bool {
    let now = cx.now;
    let wait = match state.volumes {
        Volumes::Mounted => return true,
        Volumes::Mounting(at) | Volumes::Failed { again: at, .. } if at > now => {
            until(out, now, at);
            return false;
        }
        Volumes::Failed { wait, .. } => wait,
        Volumes::Mounting(_) => Duration::from_millis(250),
    };
    match volumes::check(cx, pod) {
        Ok(()) => {
            state.volumes = Volumes::Mounted;
            true
        }
        Err(message) => {
            out.warning(pod, "FailedMount", message);
            let wait = (wait * 2).min(Duration::from_secs(122));
            state.volumes = Volumes::Failed { again: now + wait, wait };
            until(out, now, now + wait);
            false
        }
    }
}

fn sandbox(
    cx: &mut Context,
    key: &ObjectKey,
    pod: &Rc<Value>,
    state: &mut PodState,
    node: &mut dyn Node,
    out: &mut Outcome,
) -> bool {
    let now = cx.now;
    match state.sandbox {
        Sandbox::Ready(_) => return true,
        Sandbox::None => {
            let at = now + Duration::from_millis(200 + cx.rng.below(120));
            state.sandbox = Sandbox::Creating(at);
            until(out, now, at);
            return false;
        }
        Sandbox::Creating(at) if at > now => {
            until(out, now, at);
            return false;
        }
        Sandbox::Creating(_) => {}
    }
    let hostname = match path::str(pod, "spec.hostname") {
        "" => &*key.name,
        hostname => hostname,
    };
    let spec = SandboxSpec {
        namespace: key.namespace.to_string(),
        pod: key.name.to_string(),
        uid: state.uid.clone(),
        hostname: hostname.chars().take(63).collect(),
        host_network: path::bool(pod, "spec.hostNetwork"),
    };
    match node.create_sandbox(&spec) {
        Ok(ip) => {
            state.sandbox = Sandbox::Ready(ip);
            true
        }
        Err(error) => {
            out.warning(pod, "FailedCreatePodSandBox", format!("Failed to create pod sandbox: {error}"));
            let at = now + LOOK_AGAIN;
            state.sandbox = Sandbox::Creating(at);
            until(out, now, at);
            false
        }
    }
}

/// A Pod's image may be changed while it runs; the container is then restarted with the new one.
fn replace_changed(pod: &Rc<Value>, state: &mut PodState, node: &mut dyn Node, out: &mut Outcome) {
    let grace = path::int(pod, "spec.terminationGracePeriodSeconds").unwrap_or(30).max(0) as u64;
    for container in path::list(pod, "spec.containers") {
        let name = path::str(container, "name");
        let Some(record) = state.containers.get_mut(name) else { continue };
        let Some(id) = record.running().cloned() else { continue };
        if record.started_from != path::str(container, "image") && !record.stopping {
            let message = format!("Container {name} definition changed, will be restarted");
            out.event(pod, "Normal", "Killing", message, format!("spec.containers{{{name}}}"));
            node.stop_container(&id, Duration::from_secs(grace));
            record.stopping = true;
            record.crashes = Default::default();
            record.pulls = Default::default();
            out.again_after(Duration::from_millis(50));
        }
    }
}

fn is_sidecar(container: &Value) -> bool {
    container["restartPolicy"] == "Always"
}

/// Runs the init containers in order. True when all have done their work.
fn init_containers(look: &mut Look) -> bool {
    let pod = look.pod;
    let inits = path::list(pod, "spec.initContainers");
    // Once the containers have started, init containers are not run again.
    let begun = path::list(pod, "spec.containers").iter().any(|container| {
        look.state
            .containers
            .get(path::str(container, "name"))
            .is_some_and(|record| !matches!(record.state, State::Waiting { .. }) || record.last.is_some())
    });
    for container in inits {
        let one = Wanted::new(container, "initContainers");
        let Some(record) = look.state.containers.get(one.name).cloned() else { continue };
        match &record.state {
            State::Running { .. } if is_sidecar(container) => {
                if record.started || begun {
                    continue;
                }
                return false;
            }
            State::Running { .. } => return false,
            State::Ended(ended) if !is_sidecar(container) => {
                if ended.code == 0 || begun {
                    continue;
                }
                if path::str(pod, "spec.restartPolicy") == "Never" {
                    look.state.ended = true;
                    return false;
                }
                go_on(look, &one);
                return false;
            }
            _ if begun && !is_sidecar(container) => continue,
            _ => {
                go_on(look, &one);
                let running = look.state.containers.get(one.name).is_some_and(|record| record.running().is_some());
                if !(is_sidecar(container) && (running || begun)) {
                    return false;
                }
            }
        }
    }
    true
}

fn start_containers(look: &mut Look) {
    let pod = look.pod;
    let policy = path::str(pod, "spec.restartPolicy");
    for container in path::list(pod, "spec.containers") {
        let one = Wanted::new(container, "containers");
        // The worker starts one container after another.
        if look.state.job.as_ref().is_some_and(|job| job.container != one.name) {
            continue;
        }
        let Some(record) = look.state.containers.get(one.name) else { continue };
        let wanted = match &record.state {
            State::Waiting { .. } => true,
            State::Running { .. } => false,
            State::Ended(ended) => match policy {
                "Never" => false,
                "OnFailure" => ended.code != 0,
                _ => true,
            },
        };
        if wanted {
            go_on(look, &one);
        }
    }
}

/// Ephemeral containers come while the Pod runs; each is started once.
fn start_ephemeral_containers(look: &mut Look) {
    let pod = look.pod;
    for container in path::list(pod, "spec.ephemeralContainers") {
        let one = Wanted::new(container, "ephemeralContainers");
        let record =
            look.state.containers.entry(one.name.to_owned()).or_insert_with(|| Record::new("ContainerCreating"));
        let waits = matches!(record.state, State::Waiting { .. }) && record.last.is_none();
        if waits && look.state.job.as_ref().is_none_or(|job| job.container == one.name) {
            go_on(look, &one);
        }
    }
}

/// Goes on with starting one container: back-off, image, configuration, start.
fn go_on(look: &mut Look, one: &Wanted) {
    let now = look.cx.now;
    if look.state.job.is_none() && backs_off(look, one) {
        return;
    }
    match image::ensure(look, one) {
        Image::Ready => {}
        Image::Wait(at) | Image::Failed(at) => return look.until(at),
        Image::Queued => return,
    }
    if look.state.job.is_none() {
        let at = now + Duration::from_millis(300 + look.cx.rng.below(250));
        look.state.job = Some(Job { container: one.name.to_owned(), stage: Stage::Starting { until: at } });
    }
    if let Some(Job { stage: Stage::Starting { until: at }, .. }) = look.state.job
        && at > now
    {
        return look.until(at);
    }
    look.state.job = None;
    start_now(look, one);
}

/// Whether a container that ended has to wait before it is started again.
fn backs_off(look: &mut Look, one: &Wanted) -> bool {
    let (now, name) = (look.cx.now, one.name);
    let Some(record) = look.state.containers.get_mut(name) else { return false };
    let ended = match (&record.state, &record.last) {
        (State::Ended(ended), _) => ended.clone(),
        (State::Waiting { reason, .. }, Some(last))
            if reason == "CrashLoopBackOff" || reason == "RunContainerError" =>
        {
            last.clone()
        }
        _ => return false,
    };
    let Some(end) = record.crashes.until(ended.finished, now) else {
        record.crashes.next(ended.finished);
        return false;
    };
    let whole = format!("{}_{}({})", look.key.name, look.key.namespace, path::str(look.pod, "metadata.uid"));
    let wait = go_duration(record.crashes.wait());
    record.wait("CrashLoopBackOff", format!("back-off {wait} restarting failed container={name} pod={whole}"));
    look.event(one, "Warning", "BackOff", format!("Back-off restarting failed container {name} in pod {whole}"));
    look.until(end.min(now + LOOK_AGAIN));
    true
}

fn start_now(look: &mut Look, one: &Wanted) {
    let (now, name) = (look.cx.now, one.name);
    let spec = start::spec(look.cx, look.pod, one.spec, look.state);
    let Some(record) = look.state.containers.get_mut(name) else { return };
    let again = match (&record.state, &record.last) {
        (State::Ended(_), _) => true,
        (State::Waiting { reason, .. }, Some(_)) => reason == "CrashLoopBackOff" || reason == "RunContainerError",
        _ => false,
    };
    let mut spec = match spec {
        Ok(spec) => spec,
        Err(message) => {
            record.wait("CreateContainerConfigError", message.clone());
            look.event(one, "Warning", "Failed", format!("Error: {message}"));
            return look.until(now + LOOK_AGAIN);
        }
    };
    if again {
        record.restarts += 1;
    }
    spec.restart_count = record.restarts;
    let before = match &record.state {
        State::Ended(ended) => Some(ended.clone()),
        _ => None,
    };
    match look.node.start_container(&spec) {
        Ok(id) => {
            before.into_iter().for_each(|ended| record.last_was(ended));
            for older in record.older.drain(..) {
                look.node.remove_container(&older);
            }
            record.state = State::Running { id, since: now };
            record.started_from = spec.image.clone();
            record.probes = probes::begin(one.spec, now);
            record.started = !one.spec["startupProbe"].is_object();
            record.ready = record.started && !one.spec["readinessProbe"].is_object();
            look.event(one, "Normal", "Created", format!("Created container: {name}"));
            look.event(one, "Normal", "Started", format!("Started container {name}"));
        }
        Err(error) => {
            let message = format!("failed to start container \"{name}\": Error response from daemon: {error}");
            let code = if error.contains("permission denied") { 126 } else { 127 };
            let ended = Ended {
                id: String::new(),
                code,
                reason: "ContainerCannotRun".to_owned(),
                message: error,
                started: now,
                finished: now,
            };
            let never = path::str(look.pod, "spec.restartPolicy") == "Never";
            if never {
                record.state = State::Ended(ended);
            } else {
                before.into_iter().for_each(|ended| record.last_was(ended));
                record.last_was(ended);
                record.state = State::Waiting { reason: "RunContainerError".to_owned(), message: message.clone() };
            }
            look.event(one, "Normal", "Created", format!("Created container: {name}"));
            look.event(one, "Warning", "Failed", format!("Error: {message}"));
            if !never {
                look.until(now + Duration::from_secs(1));
            }
        }
    }
}

/// A Pod that restarts nothing is over when its containers are.
fn finish_if_over(pod: &Value, state: &mut PodState) {
    let policy = path::str(pod, "spec.restartPolicy");
    let over = path::list(pod, "spec.containers").iter().all(|container| {
        match state.containers.get(path::str(container, "name")).map(|record| &record.state) {
            Some(State::Ended(ended)) => policy == "Never" || policy == "OnFailure" && ended.code == 0,
            _ => false,
        }
    });
    if over && !path::list(pod, "spec.containers").is_empty() {
        state.ended = true;
    }
}
