//! Making a Pod run: volumes, sandbox, init containers one after another, then the containers; and restarting what ended.
//!
//! pkg/kubelet/kuberuntime/kuberuntime_manager.go

use std::rc::Rc;
use std::time::Duration;

use api::path;
use apiserver::ObjectKey;
use component::node::{ContainerState, Node, StartError};
use component::{Context, Reconciled};
use serde_json::Value;
use sim::Time;

use super::hooks::{self, Hook, Progress};
use super::image::{self, Image, go_duration};
use super::{
    ContainerRecord, ContainerStart, Ended, Kubelet, PodState, Sandbox, StartStage, State, Volumes, eviction, message,
    probes, resize, restart, start, stop, stop::is_sidecar, volumes,
};

/// Why a container waits whose `postStart` hook failed.
const HOOK_FAILED: &str = "PostStartHookError";

/// How soon a container that waits is tried again: the workers' back-off of 10 to 15 seconds.
const RETRY_AFTER: Duration = Duration::from_millis(12_500);

/// One sync of a Pod that shall run: what is known of it, what changes, and the writes and events that come of it.
pub(super) struct PodSync<'a, 'c> {
    pub kubelet: &'a mut Kubelet,
    pub cx: &'a mut Context<'c>,
    pub key: &'a ObjectKey,
    pub pod: &'a Rc<Value>,
    pub state: &'a mut PodState,
    pub node: &'a mut dyn Node,
    pub out: &'a mut Reconciled,
}

/// A container as the manifest has it.
pub(super) struct ContainerSpecRef<'a> {
    pub spec: &'a Value,
    pub name: &'a str,
    /// Its place in the Pod: `spec.containers{nginx}`.
    pub field_path: String,
}

impl<'a> ContainerSpecRef<'a> {
    fn new(spec: &'a Value, list: &str) -> ContainerSpecRef<'a> {
        let name = path::str(spec, "name");
        ContainerSpecRef { spec, name, field_path: format!("spec.{list}{{{name}}}") }
    }
}

impl PodSync<'_, '_> {
    /// Records an event about a container.
    pub fn event(
        &mut self,
        container: &ContainerSpecRef,
        kind: &'static str,
        reason: &str,
        message: impl Into<String>,
    ) {
        self.out.event(self.pod, kind, reason, message.into(), container.field_path.clone());
    }

    fn until(&mut self, at: Time) {
        until(self.out, self.cx.now, at);
    }

    /// Takes the Pod one step further.
    pub fn run(&mut self) {
        note_ends(self.pod, self.state, self.node, self.cx.now);
        stop::advance(self.pod, self.state, self.cx.now, self.node, self.out);
        let mounted = self.state.volumes == Volumes::Mounted;
        if !mount(self.cx, self.pod, self.state, self.node, self.out) {
            return;
        }
        if !mounted {
            self.kubelet.shows(self.cx, self.key, self.pod, self.state);
            eviction::begin(self.pod, self.state, self.cx.now);
        }
        if !sandbox(self.cx, self.key, self.pod, self.state, self.node, self.out) {
            return;
        }
        volumes::live::sync(self.cx, self.pod, self.state, self.node, self.out);
        replace_changed(self.cx, self.pod, self.state, self.node, self.out);
        resize::sync(self);
        if !finish_if_over(self) && init_containers(self) {
            start_containers(self);
            start_ephemeral_containers(self);
            finish_if_over(self);
            resize::settle(self);
        }
        probes::run(self.cx, self.pod, self.state, self.node, self.out);
    }
}

/// Notes which containers have ended since the last sync, as the container runtime reports it.
pub(super) fn note_ends(pod: &Value, state: &mut PodState, node: &dyn Node, now: Time) {
    for (name, record) in &mut state.containers {
        let State::Running { id, since } = &record.state else { continue };
        let (code, reason, at) = match node.container_state(id) {
            Some(ContainerState::Running) => continue,
            Some(ContainerState::Exited { code: 0, at }) => (0, "Completed", at),
            Some(ContainerState::Exited { code, at }) => (code, "Error", at),
            Some(ContainerState::OutOfMemory { at }) => (137, "OOMKilled", at),
            None => (137, "Error", now),
        };
        let ended = Ended {
            id: id.clone(),
            code,
            reason: reason.to_owned(),
            message: message::of(pod, name, (id, code), node),
            started: *since,
            finished: at,
        };
        record.state = State::Ended(ended);
        record.ready = false;
        record.started = false;
        record.stopping = false;
        record.stop = None;
        record.probes.clear();
        if let Some(error) = record.hook_error.take() {
            record.wait(HOOK_FAILED, error);
            record.tries_again_at = Some(now + RETRY_AFTER);
        }
    }
}

/// Ends the start of a container of a Pod that is to end, so that the container is stopped like the others.
#[inline(never)]
pub(super) fn give_up_start(state: &mut PodState, node: &mut dyn Node) {
    if let Some(ContainerStart { container, stage: StartStage::PostStart { id, since, hook } }) = state.starting.take()
    {
        hooks::end(hook, node);
        if let Some(record) = state.containers.get_mut(&container) {
            record.state = State::Running { id, since };
        }
    }
}

fn until(out: &mut Reconciled, now: Time, at: Time) {
    out.requeue_within(at.since(now));
}

fn mount(cx: &mut Context, pod: &Rc<Value>, state: &mut PodState, node: &mut dyn Node, out: &mut Reconciled) -> bool {
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
    match volumes::set_up(cx, pod, node) {
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
    out: &mut Reconciled,
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
    match node.create_sandbox(&super::sandbox::spec(key, pod, &state.uid)) {
        Ok(ip) => {
            state.sandbox = Sandbox::Ready(ip);
            true
        }
        Err(error) => {
            out.warning(pod, "FailedCreatePodSandBox", format!("Failed to create pod sandbox: {error}"));
            let at = now + RETRY_AFTER;
            state.sandbox = Sandbox::Creating(at);
            until(out, now, at);
            false
        }
    }
}

/// A Pod's image may be changed while it runs; the container is then restarted with the new one.
fn replace_changed(cx: &Context, pod: &Rc<Value>, state: &mut PodState, node: &mut dyn Node, out: &mut Reconciled) {
    for container in path::list(pod, "spec.containers") {
        let name = path::str(container, "name");
        let Some(record) = state.containers.get_mut(name) else { continue };
        let changed = record.running().is_some() && record.started_from != path::str(container, "image");
        if changed && !record.stopping {
            let message = format!("Container {name} definition changed, will be restarted");
            record.crash_back_off = Default::default();
            record.pull_back_off = Default::default();
            stop::container(pod, container, state, (message, stop::grace(pod)), cx.now, node, out);
        }
    }
}

/// Runs the init containers in order. True when all have done their work.
fn init_containers(sync: &mut PodSync) -> bool {
    let inits = path::list(sync.pod, "spec.initContainers");
    inits.is_empty() || run_init_containers(sync, inits)
}

#[inline(never)]
fn run_init_containers(sync: &mut PodSync, inits: &[Value]) -> bool {
    let pod = sync.pod;
    // Once the containers have started, init containers are not run again.
    let begun = path::list(pod, "spec.containers").iter().any(|spec| {
        sync.state
            .containers
            .get(path::str(spec, "name"))
            .is_some_and(|record| !matches!(record.state, State::Waiting { .. }) || record.last.is_some())
    });
    for spec in inits {
        let container = ContainerSpecRef::new(spec, "initContainers");
        let Some(record) = sync.state.containers.get(container.name).cloned() else { continue };
        match &record.state {
            State::Running { .. } if is_sidecar(spec) => {
                if record.started || begun {
                    continue;
                }
                return false;
            }
            State::Running { .. } => return false,
            State::Ended(ended) if !is_sidecar(spec) => {
                if ended.code == 0 || begun {
                    continue;
                }
                if !restart::again(pod, spec, ended.code) {
                    sync.state.ended = true;
                    return false;
                }
                start_container(sync, &container);
                return false;
            }
            _ if begun && !is_sidecar(spec) => continue,
            _ => {
                start_container(sync, &container);
                let running =
                    sync.state.containers.get(container.name).is_some_and(|record| record.running().is_some());
                if !(is_sidecar(spec) && (running || begun)) {
                    return false;
                }
            }
        }
    }
    true
}

fn start_containers(sync: &mut PodSync) {
    let pod = sync.pod;
    for spec in path::list(pod, "spec.containers") {
        let container = ContainerSpecRef::new(spec, "containers");
        // The worker starts one container after another.
        if sync.state.starting.as_ref().is_some_and(|start| start.container != container.name) {
            continue;
        }
        let Some(record) = sync.state.containers.get(container.name) else { continue };
        let wanted = match &record.state {
            State::Waiting { .. } => true,
            State::Running { .. } => false,
            State::Ended(ended) => restart::again(pod, spec, ended.code),
        };
        if wanted {
            start_container(sync, &container);
        }
    }
}

/// Ephemeral containers come while the Pod runs; each is started once.
fn start_ephemeral_containers(sync: &mut PodSync) {
    let pod = sync.pod;
    for spec in path::list(pod, "spec.ephemeralContainers") {
        let container = ContainerSpecRef::new(spec, "ephemeralContainers");
        let record = sync
            .state
            .containers
            .entry(container.name.to_owned())
            .or_insert_with(|| ContainerRecord::new("ContainerCreating"));
        let waits = matches!(record.state, State::Waiting { .. }) && record.last.is_none();
        if waits && sync.state.starting.as_ref().is_none_or(|start| start.container == container.name) {
            start_container(sync, &container);
        }
    }
}

/// Takes the start of a container one stage further: back-off, image, configuration, start.
fn start_container(sync: &mut PodSync, container: &ContainerSpecRef) {
    let now = sync.cx.now;
    if let Some(ContainerStart { stage: StartStage::PostStart { id, since, hook }, .. }) = sync.state.starting.clone() {
        return post_start(sync, container, id, since, hook);
    }
    if sync.state.starting.is_none() && backs_off(sync, container) {
        return;
    }
    match image::ensure(sync, container) {
        Image::Ready => {}
        Image::Wait(at) | Image::Failed(at) => return sync.until(at),
        Image::Queued => return,
    }
    if sync.state.starting.is_none() {
        let at = now + Duration::from_millis(300 + sync.cx.rng.below(250));
        sync.state.starting =
            Some(ContainerStart { container: container.name.to_owned(), stage: StartStage::Starting { until: at } });
    }
    if let Some(ContainerStart { stage: StartStage::Starting { until: at }, .. }) = sync.state.starting
        && at > now
    {
        return sync.until(at);
    }
    sync.state.starting = None;
    start_now(sync, container);
}

/// Whether a container that ended has to wait before it is started again.
#[inline(never)]
fn backs_off(sync: &mut PodSync, container: &ContainerSpecRef) -> bool {
    let (now, name) = (sync.cx.now, container.name);
    let Some(record) = sync.state.containers.get_mut(name) else { return false };
    if let Some(again) = record.tries_again_at.filter(|again| *again > now) {
        sync.until(again);
        return true;
    }
    let ended = match (&record.state, &record.last) {
        (State::Ended(ended), _) => ended.clone(),
        (State::Waiting { reason, .. }, Some(last)) if is_failure(reason) => last.clone(),
        _ => return false,
    };
    let whole = format!("{}_{}({})", sync.key.name, sync.key.namespace, path::str(sync.pod, "metadata.uid"));
    let wait = go_duration(record.crash_back_off.wait());
    // What kept the worker from starting it the last time, a status says from the next time on; until then it says how the
    // container ended.
    if record.tries_again_at.take().is_some()
        && !matches!(&record.state, State::Waiting { reason, .. } if reason == HOOK_FAILED)
    {
        record.wait("CrashLoopBackOff", format!("back-off {wait} restarting failed container={name} pod={whole}"));
    }
    if record.crash_back_off.until(ended.finished, now).is_none() {
        record.crash_back_off.next(ended.finished);
        return false;
    }
    record.tries_again_at = Some(now + RETRY_AFTER);
    sync.event(container, "Warning", "BackOff", format!("Back-off restarting failed container {name} in pod {whole}"));
    sync.until(now + RETRY_AFTER);
    true
}

/// Whether a container with this waiting reason has been started before.
fn is_failure(reason: &str) -> bool {
    matches!(reason, "CrashLoopBackOff" | "RunContainerError" | HOOK_FAILED)
}

/// A container has started: its `postStart` hook runs, then it counts as running.
#[inline(never)]
fn post_start(sync: &mut PodSync, container: &ContainerSpecRef, id: String, since: Time, mut hook: Hook) {
    let now = sync.cx.now;
    match hooks::progress(&mut hook, now, sync.node) {
        Progress::Runs(again) => {
            sync.until(again);
            sync.state.starting = Some(ContainerStart {
                container: container.name.to_owned(),
                stage: StartStage::PostStart { id, since, hook },
            });
        }
        Progress::Done => {
            sync.state.starting = None;
            has_started(sync, container, id, since);
        }
        Progress::Failed(error) => {
            sync.state.starting = None;
            hook_failed(sync, container, (id, since), error);
        }
    }
}

fn has_started(sync: &mut PodSync, container: &ContainerSpecRef, id: String, since: Time) {
    let Some(record) = sync.state.containers.get_mut(container.name) else { return };
    record.state = State::Running { id, since };
    record.probes = probes::begin(container.spec, sync.cx.now);
    record.started = !container.spec["startupProbe"].is_object();
    record.ready = record.started && !container.spec["readinessProbe"].is_object();
}

#[inline(never)]
fn hook_failed(sync: &mut PodSync, container: &ContainerSpecRef, (id, since): (String, Time), error: String) {
    sync.event(container, "Warning", "FailedPostStartHook", "PostStartHook failed");
    let Some(record) = sync.state.containers.get_mut(container.name) else { return };
    record.state = State::Running { id, since };
    record.hook_error = Some(error);
    let why = ("FailedPostStartHook".to_owned(), stop::grace(sync.pod));
    stop::container(sync.pod, container.spec, sync.state, why, sync.cx.now, sync.node, sync.out);
}

fn start_now(sync: &mut PodSync, container: &ContainerSpecRef) {
    let (now, name) = (sync.cx.now, container.name);
    let spec = start::spec(sync.cx, sync.pod, container.spec, sync.state);
    let Some(record) = sync.state.containers.get_mut(name) else { return };
    let again = match (&record.state, &record.last) {
        (State::Ended(_), _) => true,
        (State::Waiting { reason, .. }, Some(_)) => is_failure(reason),
        _ => false,
    };
    let mut spec = match spec {
        Ok(spec) => spec,
        Err(message) => {
            record.wait("CreateContainerConfigError", message.clone());
            sync.event(container, "Warning", "Failed", format!("Error: {message}"));
            return sync.until(now + RETRY_AFTER);
        }
    };
    if again {
        record.restarts += 1;
    }
    spec.restart_count = record.restarts;
    (spec.memory_limit, spec.cpu_limit) = start::limits(&record.resources);
    let before = match &record.state {
        State::Ended(ended) => Some(ended.clone()),
        _ => None,
    };
    match sync.node.start_container(&spec) {
        Ok(id) => {
            before.into_iter().for_each(|ended| record.last_was(ended));
            for older in record.older.drain(..) {
                sync.node.remove_container(&older);
            }
            record.started_from = spec.image.clone();
            record.tries_again_at = None;
            sync.event(container, "Normal", "Created", format!("Created container: {name}"));
            sync.event(container, "Normal", "Started", format!("Started container {name}"));
            let handler = &container.spec["lifecycle"]["postStart"];
            if !handler.is_object() {
                return has_started(sync, container, id, now);
            }
            match hooks::begin(handler, container.spec, (&id, sync.state.address()), now, sync.node) {
                Ok(None) => has_started(sync, container, id, now),
                Ok(Some(hook)) => {
                    if let Some(record) = sync.state.containers.get_mut(name)
                        && matches!(record.state, State::Ended(_))
                    {
                        record.wait("ContainerCreating", "");
                    }
                    post_start(sync, container, id, now, hook);
                }
                Err(error) => hook_failed(sync, container, (id, now), error),
            }
        }
        Err(StartError { id, message: error }) => {
            let message = format!("failed to start container \"{name}\": Error response from daemon: {error}");
            let code = if error.contains("permission denied") { 126 } else { 127 };
            let ended = Ended {
                id,
                code,
                reason: "ContainerCannotRun".to_owned(),
                message: error,
                started: now,
                finished: now,
            };
            let never = !restart::again(sync.pod, container.spec, code);
            if never {
                record.state = State::Ended(ended);
            } else {
                before.into_iter().for_each(|ended| record.last_was(ended));
                record.last_was(ended);
                record.state = State::Waiting { reason: "RunContainerError".to_owned(), message: message.clone() };
            }
            sync.event(container, "Normal", "Created", format!("Created container: {name}"));
            sync.event(container, "Warning", "Failed", format!("Error: {message}"));
            if !never {
                sync.until(now + Duration::from_secs(1));
            }
        }
    }
}

/// Ends a Pod whose containers have all ended for good, and stops its sidecars. Returns whether it has ended.
fn finish_if_over(sync: &mut PodSync) -> bool {
    let (pod, state) = (sync.pod, &mut *sync.state);
    let over = path::list(pod, "spec.containers").iter().all(|container| {
        match state.containers.get(path::str(container, "name")).map(|record| &record.state) {
            Some(State::Ended(ended)) => !restart::again(pod, container, ended.code),
            _ => false,
        }
    });
    if !over || path::list(pod, "spec.containers").is_empty() {
        return false;
    }
    stop::all_of(pod, state, stop::grace(pod), sync.cx.now, sync.node, sync.out);
    note_ends(pod, state, sync.node, sync.cx.now);
    state.ended = state.containers.values().all(|record| record.running().is_none());
    true
}
