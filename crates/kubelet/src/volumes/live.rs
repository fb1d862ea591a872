//! Updates of mounted ConfigMaps, Secrets and downward API: which Pods mount what, and when each is synced again.
//!
//! A real Pod worker syncs every 60 to 90 seconds, and when the Pod changes, and writes the files that differ. Here only the Pods
//! are synced that mount something which changed, at the time at which their workers would have.
//! <https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically>, `UpdatePod` in
//! pkg/kubelet/pod_workers.go, pkg/kubelet/util/manager/watch_based_manager.go

use std::rc::Rc;
use std::time::Duration;

use api::path;
use apiserver::{ObjectKey, StoreEvent};
use component::{Component, Context, Node, Reconciled, WorkQueue};
use serde_json::Value;
use sim::{SharedMap, SharedSet, Time};

use super::{files, refresh};
use crate::{Kubelet, PodState};

/// The shortest time between two syncs of a Pod (`syncFrequency`); the longest is half as long again.
const SYNC: Duration = Duration::from_secs(60);
/// The ConfigMap that volumes of tokens show too; the control plane restores it when somebody changes it.
const ROOT_CA: &str = "kube-root-ca.crt";

/// Which Pods show what of the API in volumes.
#[derive(Clone, Default)]
pub(crate) struct Readers {
    /// Pods by the ConfigMaps and Secrets they show.
    by_object: SharedMap<ObjectKey, SharedSet<ObjectKey>>,
    /// All Pods whose volumes can change.
    pods: SharedSet<ObjectKey>,
}

/// What a Pod's volumes show that can change.
#[derive(Clone, Default)]
pub(crate) struct Shown {
    objects: Rc<[ObjectKey]>,
    /// When its worker syncs next, after something changed.
    due: Option<Time>,
}

/// How long a Pod's worker waits: as upstream between one and one and a half times the period, by the Pod's uid.
fn period(state: &PodState) -> Duration {
    let spread = state.uid.bytes().fold(0, |sum: u64, byte| (sum * 31 + u64::from(byte)) % 30_000);
    SYNC + Duration::from_millis(spread)
}

/// When a Pod's worker syncs after `now`, if nothing happens.
fn next_look(state: &PodState, now: Time) -> Time {
    let period = period(state);
    let rounds = now.since(state.started).as_micros() / period.as_micros().max(1);
    let rounds = u32::try_from(rounds).unwrap_or(u32::MAX - 1);
    state.started + period.saturating_mul(rounds + 1)
}

impl Kubelet {
    /// Adds a Pod whose volumes are mounted to the index, by what they show; immutable objects are left out.
    pub(crate) fn shows(&mut self, cx: &Context, key: &ObjectKey, pod: &Value, state: &mut PodState) {
        let (mut objects, mut pod_shown) = (Vec::new(), false);
        for volume in path::list(pod, "spec.volumes") {
            // Every Pod has the volume of its token, which shows nothing that changes.
            if path::str(volume, "name").starts_with("kube-api-access-") {
                continue;
            }
            for (resource, name) in files::sources(volume).filter(|(_, name)| *name != ROOT_CA) {
                let known = cx.view.get(resource, &key.namespace, name);
                if known.is_none_or(|object| object["immutable"] != true) {
                    objects.push(ObjectKey::new(resource, &key.namespace, name));
                }
            }
            pod_shown |= files::shows_pod(volume);
        }
        if objects.is_empty() && !pod_shown {
            return;
        }
        let readers = &mut self.readers;
        readers.pods.insert(key.clone());
        for object in &objects {
            readers.by_object.get_or_insert_with(object.clone(), SharedSet::new).insert(key.clone());
        }
        state.shown.objects = objects.into();
    }

    /// Removes a Pod that is gone from the index.
    pub(crate) fn shows_no_more(&mut self, key: &ObjectKey, state: &PodState) {
        let readers = &mut self.readers;
        if readers.pods.is_empty() || !readers.pods.remove(key) {
            return;
        }
        for object in state.shown.objects.iter() {
            if let Some(pods) = readers.by_object.get_mut(object) {
                pods.remove(key);
                if pods.is_empty() {
                    readers.by_object.remove(object);
                }
            }
        }
    }

    /// A ConfigMap or Secret changed: enqueues the Pods that mount it, for the time at which their workers sync next.
    pub fn source_changed(&mut self, queue: &mut WorkQueue, event: &StoreEvent, now: Time) {
        let Some(pods) = self.readers.by_object.get(&event.key).cloned() else { return };
        for pod in pods.iter() {
            if let Some(state) = self.pods.get_mut(pod) {
                let due = next_look(state, now);
                Rc::make_mut(state).shown.due = Some(due);
                queue.enqueue_at(Component::Kubelet, pod.clone(), due);
            }
        }
    }

    /// A Pod changed: returns whether its volumes show something of it, so that its worker has to sync now.
    pub fn pod_changed(&mut self, event: &StoreEvent, now: Time) -> bool {
        if self.readers.pods.is_empty() || !self.readers.pods.contains(&event.key) {
            return false;
        }
        let (Some(before), Some(after)) = (&event.before, &event.after) else { return false };
        let changed = ["labels", "annotations"].iter().any(|f| before["metadata"][*f] != after["metadata"][*f]);
        if (changed || before["spec"] != after["spec"])
            && let Some(state) = self.pods.get_mut(&event.key)
        {
            Rc::make_mut(state).shown.due = Some(now);
            return true;
        }
        false
    }
}

/// Writes changed files when it is time. While a source is missing, the files stay as they are, and the worker tries again.
pub(crate) fn sync(cx: &Context, pod: &Rc<Value>, state: &mut PodState, node: &mut dyn Node, out: &mut Reconciled) {
    let Some(due) = state.shown.due else { return };
    if due > cx.now {
        return out.requeue_within(due.since(cx.now));
    }
    state.shown.due = None;
    if let Err(message) = refresh(cx, pod, node) {
        out.warning(pod, "FailedMount", message);
        let due = next_look(state, cx.now);
        state.shown.due = Some(due);
        out.requeue_within(due.since(cx.now));
    }
}
