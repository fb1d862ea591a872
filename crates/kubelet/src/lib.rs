//! The kubelet: runs the Pods of its node, and reports their status.
//!
//! Here: a state machine for each Pod, as plain data: volumes, sandbox, images, containers, probes, the end. What happens on
//! the machine is asked of [`Node`]; nothing here waits.
//! <https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/>, pkg/kubelet

#![warn(clippy::missing_errors_doc)]

mod admission;
mod back_off;
mod env;
mod eviction;
mod hooks;
mod image;
mod image_name;
mod message;
mod node_status;
mod pressure;
mod probes;
mod pull_secrets;
mod resize;
mod restart;
mod run;
mod sandbox;
mod start;
pub mod static_pods;
mod status;
mod stop;
mod terminate;
mod volumes;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

use api::path;
use apiserver::ObjectKey;
use component::node::{ContainerId, ImageInfo, Node};
use component::{Context, Reconciled, Write, is_deleting};
use serde_json::{Value, json};

use back_off::BackOff;
use sim::{SharedMap, Time};
use static_pods::StaticPods;

/// How soon a Pod is synced again that could have pulled an image and did not.
const NEXT_TURN: Duration = Duration::from_secs(1);

/// What the kubelet remembers.
#[derive(Clone, Default)]
pub struct Kubelet {
    pods: SharedMap<ObjectKey, Rc<PodState>>,
    puller: image::Puller,
    readers: volumes::live::Readers,
    node: node_status::Heartbeat,
    pressure: pressure::Pressure,
    manifests: static_pods::Manifests,
    stopped: bool,
}

/// One Pod on this node.
#[derive(Clone)]
struct PodState {
    uid: String,
    /// Of a static Pod, the hash of its file.
    hash: String,
    started: Time,
    sandbox: Sandbox,
    volumes: Volumes,
    shown: volumes::live::Shown,
    containers: BTreeMap<String, ContainerRecord>,
    /// The container that is being started: its worker starts one after another.
    starting: Option<ContainerStart>,
    terminating: Option<Terminating>,
    /// All containers have ended for good, or the Pod was rejected.
    ended: bool,
    /// Why the kubelet ends it: it was active for too long, or is evicted.
    failed: Option<Failed>,
    /// Its `emptyDir`s that may not outgrow their limit, and when they are measured next.
    limited: Option<Time>,
    /// The node is short of memory, and this Pod is to go: the message.
    evicted: Option<Rc<str>>,
    /// The resize that is not yet complete.
    resize: Option<resize::Resize>,
    /// The generation of the Pod at which its status was written last; `None` before, and after a write that failed.
    reported_generation: Option<i64>,
}

#[derive(Clone, Copy, PartialEq)]
enum Sandbox {
    None,
    Creating(Time),
    Ready(Ipv4Addr),
}

#[derive(Clone, PartialEq)]
enum Volumes {
    Mounting(Time),
    Failed { again: Time, wait: Duration },
    Mounted,
}

/// What the kubelet remembers of a container over its restarts.
#[derive(Clone)]
struct ContainerRecord {
    state: State,
    /// How its run before ended.
    last: Option<Ended>,
    /// Runs before that one, to be removed when it starts again.
    older: Vec<ContainerId>,
    restarts: u32,
    image: Option<ImageInfo>,
    pull_back_off: BackOff,
    pull_error: String,
    crash_back_off: BackOff,
    /// The image of the manifest it was started from.
    started_from: String,
    /// The resources that the node gives it.
    resources: Value,
    ready: bool,
    started: bool,
    probes: SharedMap<&'static str, probes::ProbeState>,
    /// It is being stopped; the Pod's state decides whether it starts again.
    stopping: bool,
    /// The hook or the turn that its stop signal waits for.
    stop: Option<stop::Stop>,
    /// It is stopped because its `postStart` hook failed.
    hook_error: Option<String>,
    /// When its worker tries again, after it found the container in back-off.
    tries_again_at: Option<Time>,
}

#[derive(Clone, PartialEq)]
enum State {
    Waiting { reason: String, message: String },
    Running { id: ContainerId, since: Time },
    Ended(Ended),
}

/// How a container ended.
#[derive(Clone, PartialEq)]
struct Ended {
    id: ContainerId,
    code: i32,
    reason: String,
    message: String,
    started: Time,
    finished: Time,
}

#[derive(Clone)]
struct ContainerStart {
    container: String,
    stage: StartStage,
}

#[derive(Clone)]
enum StartStage {
    /// Waits for its turn to pull since then.
    Queued { asked: Time, turn: u64 },
    /// Pulls.
    Pulling { asked: Time, began: Time, until: Time, fails: Option<String> },
    /// The container is being created and started.
    Starting { until: Time },
    /// It runs, and its `postStart` hook; only then it counts as running.
    PostStart { id: ContainerId, since: Time, hook: hooks::Hook },
}

/// Why the kubelet ends a Pod, as its status says it.
#[derive(Clone)]
struct Failed {
    reason: &'static str,
    message: Rc<str>,
}

#[derive(Clone)]
struct Terminating {
    grace: i64,
    /// When everything had ended.
    ended: Option<Time>,
}

impl ContainerRecord {
    fn new(reason: &str) -> ContainerRecord {
        ContainerRecord {
            state: State::Waiting { reason: reason.to_owned(), message: String::new() },
            last: None,
            older: Vec::new(),
            restarts: 0,
            image: None,
            pull_back_off: BackOff::default(),
            pull_error: String::new(),
            crash_back_off: BackOff::default(),
            started_from: String::new(),
            resources: Value::Null,
            ready: false,
            started: false,
            probes: SharedMap::new(),
            stopping: false,
            stop: None,
            hook_error: None,
            tries_again_at: None,
        }
    }

    fn wait(&mut self, reason: &str, message: impl Into<String>) {
        if let State::Ended(ended) = &self.state {
            self.last_was(ended.clone());
        }
        self.state = State::Waiting { reason: reason.to_owned(), message: message.into() };
        self.ready = false;
        self.started = false;
    }

    /// A run has ended; of those before, the node still has the containers.
    fn last_was(&mut self, ended: Ended) {
        let before = self.last.replace(ended).map(|before| before.id);
        self.older.extend(before.filter(|id| !id.is_empty() && self.last.as_ref().is_some_and(|last| last.id != *id)));
    }

    /// Whether both have the same status in the API.
    fn has_same_status(&self, other: &ContainerRecord) -> bool {
        (self.ready, self.started, self.restarts) == (other.ready, other.started, other.restarts)
            && self.state == other.state
            && self.last == other.last
            && self.resources == other.resources
            && self.shown_image() == other.shown_image()
    }

    /// Its image, once a container was created from it; until then the status has the manifest's.
    fn shown_image(&self) -> Option<&ImageInfo> {
        let made = !matches!(self.state, State::Waiting { .. }) || self.last.is_some();
        self.image.as_ref().filter(|_| made)
    }

    fn running(&self) -> Option<&ContainerId> {
        match &self.state {
            State::Running { id, .. } => Some(id),
            _ => None,
        }
    }
}

impl Kubelet {
    /// Whether its process runs.
    pub fn runs(&self) -> bool {
        !self.stopped
    }

    /// Its process is stopped, or started again: then it tells anew how the Node and its Pods are. Gives the Pods it knows.
    pub fn run(&mut self, runs: bool) -> Vec<ObjectKey> {
        self.stopped = !runs;
        self.node.stopped();
        let mut known: Vec<ObjectKey> = self.pods.keys().cloned().collect();
        known.iter().for_each(|key| self.write_failed(key));
        known.push(static_pods::folder_key());
        known
    }

    /// Reconciles one Pod, the Node, or the folder of static Pods, which holds `manifests` in a new cluster.
    pub fn reconcile(
        &mut self,
        cx: &mut Context,
        key: &ObjectKey,
        node: &mut dyn Node,
        manifests: StaticPods,
    ) -> Reconciled {
        let mut out = Reconciled::default();
        if &*key.resource == "nodes" {
            self.node.beat(cx, key, node, &mut out);
            self.watch_pressure(cx, key, node, &mut out);
            return out;
        }
        if &*key.resource == "files" {
            self.read_manifests(cx, node, &mut out);
            return out;
        }
        let turn = self.turn_of(key);
        let next = self.puller.next().map(|(key, at)| (key.clone(), at));
        self.sync_key(cx, key, node, manifests, &mut out);
        if let Some(turn) = turn.filter(|turn| self.turn_of(key) != Some(*turn)) {
            self.puller.leave(turn);
        }
        if let Some((first, at)) = self.puller.next() {
            let mine = first == key;
            if mine || next.as_ref().is_none_or(|(before, then)| (before, *then) != (first, at)) {
                // A Pod that was synced before its turn and did not pull is synced again; if its turn is now, not at once.
                let wait = at.since(cx.now);
                let wait = if mine && wait.is_zero() { NEXT_TURN } else { wait };
                out.enqueue_after.push((first.clone(), wait));
            }
        }
        out
    }

    /// A Pod's place in the queue for pulling, while it waits there.
    fn turn_of(&self, key: &ObjectKey) -> Option<u64> {
        match self.pods.get(key)?.starting.as_ref()?.stage {
            StartStage::Queued { turn, .. } => Some(turn),
            _ => None,
        }
    }

    fn sync_key(
        &mut self,
        cx: &mut Context,
        key: &ObjectKey,
        node: &mut dyn Node,
        manifests: StaticPods,
        out: &mut Reconciled,
    ) {
        let pod = cx.view.get("pods", &key.namespace, &key.name);
        let uid = pod.map_or("", |pod| path::str(pod, "metadata.uid"));
        let Some(pod) = pod else {
            let manifest = self.manifest(cx, key, manifests);
            if !manifest.as_ref().is_some_and(|manifest| self.runs_from(key, manifest)) {
                self.remove(key, node);
            }
            if let Some(manifest) = manifest {
                self.write_failed(key);
                out.writes.push(Write::Create("pods", manifest));
            }
            return;
        };
        let runs_from = self.runs_from(key, pod);
        if !runs_from && self.pods.get(key).is_some_and(|state| state.uid != uid) {
            self.remove(key, node);
        }
        if runs_from && is_deleting(pod) && self.is_current(cx, key, pod, manifests) {
            // Only the mirror goes, which is made anew.
            let options = json!({"gracePeriodSeconds": 0, "preconditions": {"uid": uid}});
            out.writes.push(Write::Delete(key.clone(), options));
            return;
        }
        if path::str(pod, "spec.nodeName") == cx.settings.node_name {
            self.sync(cx, key, pod, node, out);
        }
    }

    fn sync(&mut self, cx: &mut Context, key: &ObjectKey, pod: &Rc<Value>, node: &mut dyn Node, out: &mut Reconciled) {
        let deleting = !path::get(pod, "metadata.deletionTimestamp").is_null();
        let mut state = match self.pods.get(key) {
            Some(state) => (**state).clone(),
            None => {
                let over = matches!(path::str(pod, "status.phase"), "Succeeded" | "Failed");
                let mut state = PodState::new(pod, cx.now);
                if over && !deleting {
                    return;
                }
                state.ended = over;
                state
            }
        };
        if deleting {
            terminate::sync(cx, key, pod, &mut state, node, out);
        } else if !state.ended {
            if let Some((reason, message)) = self.rejects(cx, key, pod, &state) {
                state.ended = true;
                status::reject(key, pod, &reason, &message, cx.now, out);
                out.warning(pod, &reason, message);
                self.pods.insert(key.clone(), Rc::new(state));
                return;
            }
            run::PodSync { kubelet: self, cx, key, pod, state: &mut state, node, out }.run();
            terminate::expire(cx, pod, &mut state, node, out);
            eviction::sync(cx, pod, &mut state, node, out);
        } else {
            run::note_ends(pod, &mut state, node, cx.now);
            stop::advance(pod, &mut state, cx.now, node, out);
        }
        if !state.is_gone() && !self.is_reported(key, pod, &state) {
            status::write(cx, key, pod, &state, out);
            state.reported_generation = path::int(pod, "metadata.generation");
        }
        self.pods.insert(key.clone(), Rc::new(state));
    }

    /// Whether a Pod's status would say what was written last.
    fn is_reported(&self, key: &ObjectKey, pod: &Value, state: &PodState) -> bool {
        state.reported_generation.is_some()
            && state.reported_generation == path::int(pod, "metadata.generation")
            && path::list(pod, "spec.readinessGates").is_empty()
            && self.pods.get(key).is_some_and(|before| before.has_same_status(state))
    }

    /// Notes that a write about a Pod failed: its status is written again.
    pub fn write_failed(&mut self, key: &ObjectKey) {
        if let Some(state) = self.pods.get_mut(key) {
            Rc::make_mut(state).reported_generation = None;
        }
    }

    /// Why this node does not admit a Pod; `None` if it does, or has admitted it before.
    fn rejects(&self, cx: &Context, key: &ObjectKey, pod: &Value, state: &PodState) -> Option<(String, String)> {
        if self.pods.contains_key(key) || !state.containers.values().all(|one| one.running().is_none()) {
            return None;
        }
        let most = cx.settings.max_pods as usize;
        let used = self.pods.values().filter(|pod| !pod.ended && !pod.is_gone()).count();
        if used >= most {
            let message =
                format!("Node didn't have enough resource: pods, requested: 1, used: {used}, capacity: {most}");
            return Some(("OutOfpods".to_owned(), message));
        }
        if let Some(refusal) = admission::forbidden_sysctl(pod) {
            return Some(refusal);
        }
        let scheduled = path::list(pod, "status.conditions").iter().any(|one| one["type"] == "PodScheduled");
        if scheduled || pod["metadata"]["annotations"].get("kubernetes.io/config.source").is_some() {
            return None;
        }
        admission::refusal(cx, key, pod)
    }

    /// Removes all of a Pod that is no longer in the API, at once.
    fn remove(&mut self, key: &ObjectKey, node: &mut dyn Node) {
        if let Some(state) = self.pods.remove(key) {
            self.shows_no_more(key, &state);
            for id in state.containers.values().filter_map(ContainerRecord::running) {
                node.stop_container(id, Duration::ZERO);
            }
            if state.sandbox != Sandbox::None {
                node.remove_sandbox(&state.uid);
            }
        }
    }
}

impl PodState {
    fn new(pod: &Value, now: Time) -> PodState {
        let inits = path::list(pod, "spec.initContainers");
        let reason = if inits.is_empty() { "ContainerCreating" } else { "PodInitializing" };
        let containers = inits.iter().chain(path::list(pod, "spec.containers"));
        let record = |container: &Value| ContainerRecord {
            resources: container["resources"].clone(),
            ..ContainerRecord::new(reason)
        };
        PodState {
            uid: path::str(pod, "metadata.uid").to_owned(),
            hash: static_pods::hash_of(pod).to_owned(),
            started: now,
            sandbox: Sandbox::None,
            volumes: Volumes::Mounting(now + Duration::from_millis(40)),
            shown: Default::default(),
            containers: sim::order::collect(containers.map(|one| (path::str(one, "name").to_owned(), record(one)))),
            starting: None,
            terminating: None,
            ended: false,
            failed: None,
            limited: None,
            evicted: None,
            resize: None,
            reported_generation: None,
        }
    }

    /// The address of its sandbox.
    fn address(&self) -> Ipv4Addr {
        match self.sandbox {
            Sandbox::Ready(ip) => ip,
            _ => Ipv4Addr::UNSPECIFIED,
        }
    }

    /// Whether both have the same status in the API.
    fn has_same_status(&self, other: &PodState) -> bool {
        let has_address = |state: &PodState| match state.sandbox {
            Sandbox::Ready(ip) => Some(ip),
            _ => None,
        };
        let ended = |state: &PodState| (state.ended, state.failed.is_some(), state.terminating.is_some());
        // The status says nothing of volumes before there is a sandbox.
        let starts = |state: &PodState| has_address(state).is_some() && state.volumes == Volumes::Mounted;
        has_address(self) == has_address(other)
            && starts(self) == starts(other)
            && ended(self) == ended(other)
            && self.resize == other.resize
            && self.containers.len() == other.containers.len()
            && self
                .containers
                .iter()
                .zip(&other.containers)
                .all(|((name, one), (other_name, other))| name == other_name && one.has_same_status(other))
    }

    /// Whether everything of a Pod that is being deleted has ended.
    fn is_gone(&self) -> bool {
        self.terminating.as_ref().is_some_and(|terminating| terminating.ended.is_some())
    }
}
