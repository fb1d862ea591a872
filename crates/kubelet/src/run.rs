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
    Ended, Job, Kubelet, PodState, Record, Sandbox, Stage, State, Volumes, eviction, message, probes, resize, restart,
    start, stop, stop::is_sidecar, volumes,
};

/// Why a container waits whose `postStart` hook failed.
const HOOK_FAILED: &str = "PostStartHookError";

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
    pub out: &'a mut Reconciled,
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
        note_ends(self.pod, self.state, self.node, self.cx.now);
        stop::go_on(self.pod, self.state, self.cx.now, self.node, self.out);
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

/// What the runtime says about containers that ran when the kubelet last looked.
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
            record.backs_off = Some(now + LOOK_AGAIN);
        }
    }
}

/// The Pod shall end while one of its containers is being started: what runs already is stopped like the others.
#[inline(never)]
pub(super) fn give_up_start(state: &mut PodState, node: &mut dyn Node) {
    if let Some(Job { container, stage: Stage::PostStart { id, since, hook } }) = state.job.take() {
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
            let at = now + LOOK_AGAIN;
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
            record.crashes = Default::default();
            record.pulls = Default::default();
            stop::one(pod, container, state, (message, stop::grace(pod)), cx.now, node, out);
        }
    }
}

/// Runs the init containers in order. True when all have done their work.
fn init_containers(look: &mut Look) -> bool {
    let inits = path::list(look.pod, "spec.initContainers");
    inits.is_empty() || run_init_containers(look, inits)
}

#[inline(never)]
fn run_init_containers(look: &mut Look, inits: &[Value]) -> bool {
    let pod = look.pod;
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
                if !restart::again(pod, container, ended.code) {
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
            State::Ended(ended) => restart::again(pod, container, ended.code),
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
    if let Some(Job { stage: Stage::PostStart { id, since, hook }, .. }) = look.state.job.clone() {
        return post_start(look, one, id, since, hook);
    }
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
#[inline(never)]
fn backs_off(look: &mut Look, one: &Wanted) -> bool {
    let (now, name) = (look.cx.now, one.name);
    let Some(record) = look.state.containers.get_mut(name) else { return false };
    if let Some(again) = record.backs_off.filter(|again| *again > now) {
        look.until(again);
        return true;
    }
    let ended = match (&record.state, &record.last) {
        (State::Ended(ended), _) => ended.clone(),
        (State::Waiting { reason, .. }, Some(last)) if is_failure(reason) => last.clone(),
        _ => return false,
    };
    let whole = format!("{}_{}({})", look.key.name, look.key.namespace, path::str(look.pod, "metadata.uid"));
    let wait = go_duration(record.crashes.wait());
    // What kept the worker from starting it the last time, a status says from the next time on; until then it says how the
    // container ended.
    if record.backs_off.take().is_some()
        && !matches!(&record.state, State::Waiting { reason, .. } if reason == HOOK_FAILED)
    {
        record.wait("CrashLoopBackOff", format!("back-off {wait} restarting failed container={name} pod={whole}"));
    }
    if record.crashes.until(ended.finished, now).is_none() {
        record.crashes.next(ended.finished);
        return false;
    }
    record.backs_off = Some(now + LOOK_AGAIN);
    look.event(one, "Warning", "BackOff", format!("Back-off restarting failed container {name} in pod {whole}"));
    look.until(now + LOOK_AGAIN);
    true
}

/// Whether a container that waits for this reason had been started before.
fn is_failure(reason: &str) -> bool {
    matches!(reason, "CrashLoopBackOff" | "RunContainerError" | HOOK_FAILED)
}

/// A container has started: its `postStart` hook runs, then it counts as running.
#[inline(never)]
fn post_start(look: &mut Look, one: &Wanted, id: String, since: Time, mut hook: Hook) {
    let now = look.cx.now;
    match hooks::progress(&mut hook, now, look.node) {
        Progress::Runs(again) => {
            look.until(again);
            look.state.job = Some(Job { container: one.name.to_owned(), stage: Stage::PostStart { id, since, hook } });
        }
        Progress::Done => {
            look.state.job = None;
            has_started(look, one, id, since);
        }
        Progress::Failed(error) => {
            look.state.job = None;
            hook_failed(look, one, (id, since), error);
        }
    }
}

fn has_started(look: &mut Look, one: &Wanted, id: String, since: Time) {
    let Some(record) = look.state.containers.get_mut(one.name) else { return };
    record.state = State::Running { id, since };
    record.probes = probes::begin(one.spec, look.cx.now);
    record.started = !one.spec["startupProbe"].is_object();
    record.ready = record.started && !one.spec["readinessProbe"].is_object();
}

#[inline(never)]
fn hook_failed(look: &mut Look, one: &Wanted, (id, since): (String, Time), error: String) {
    look.event(one, "Warning", "FailedPostStartHook", "PostStartHook failed");
    let Some(record) = look.state.containers.get_mut(one.name) else { return };
    record.state = State::Running { id, since };
    record.hook_error = Some(error);
    let why = ("FailedPostStartHook".to_owned(), stop::grace(look.pod));
    stop::one(look.pod, one.spec, look.state, why, look.cx.now, look.node, look.out);
}

fn start_now(look: &mut Look, one: &Wanted) {
    let (now, name) = (look.cx.now, one.name);
    let spec = start::spec(look.cx, look.pod, one.spec, look.state);
    let Some(record) = look.state.containers.get_mut(name) else { return };
    let again = match (&record.state, &record.last) {
        (State::Ended(_), _) => true,
        (State::Waiting { reason, .. }, Some(_)) => is_failure(reason),
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
    (spec.memory_limit, spec.cpu_limit) = start::limits(&record.resources);
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
            record.started_from = spec.image.clone();
            record.backs_off = None;
            look.event(one, "Normal", "Created", format!("Created container: {name}"));
            look.event(one, "Normal", "Started", format!("Started container {name}"));
            let handler = &one.spec["lifecycle"]["postStart"];
            if !handler.is_object() {
                return has_started(look, one, id, now);
            }
            match hooks::begin(handler, one.spec, (&id, look.state.address()), now, look.node) {
                Ok(None) => has_started(look, one, id, now),
                Ok(Some(hook)) => {
                    if let Some(record) = look.state.containers.get_mut(name)
                        && matches!(record.state, State::Ended(_))
                    {
                        record.wait("ContainerCreating", "");
                    }
                    post_start(look, one, id, now, hook);
                }
                Err(error) => hook_failed(look, one, (id, now), error),
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
            let never = !restart::again(look.pod, one.spec, code);
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

/// A Pod that restarts nothing is over when its containers are; its sidecars are stopped then. Says whether it is.
fn finish_if_over(look: &mut Look) -> bool {
    let (pod, state) = (look.pod, &mut *look.state);
    let over = path::list(pod, "spec.containers").iter().all(|container| {
        match state.containers.get(path::str(container, "name")).map(|record| &record.state) {
            Some(State::Ended(ended)) => !restart::again(pod, container, ended.code),
            _ => false,
        }
    });
    if !over || path::list(pod, "spec.containers").is_empty() {
        return false;
    }
    stop::all_of(pod, state, stop::grace(pod), look.cx.now, look.node, look.out);
    note_ends(pod, state, look.node, look.cx.now);
    state.ended = state.containers.values().all(|record| record.running().is_none());
    true
}
