//! The end of a Pod: its containers are told to stop and get their grace, then its API object is deleted for good.
//!
//! <https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination>

use std::rc::Rc;
use std::time::Duration;

use api::path;
use apiserver::ObjectKey;
use component::{Context, Node, Reconciled, Write};
use serde_json::{Value, json};

use super::{Failed, PodState, Sandbox, Terminating, run, stop};

/// How long the removal of sandbox and volumes takes.
const CLEAN_UP: Duration = Duration::from_millis(450);

/// The message of a Pod that was active for too long.
const EXPIRED: &str = "Pod was active on the node longer than the specified deadline";

/// One sync of a Pod that shall end.
#[inline(never)]
pub(super) fn sync(
    cx: &mut Context,
    key: &ObjectKey,
    pod: &Rc<Value>,
    state: &mut PodState,
    node: &mut dyn Node,
    out: &mut Reconciled,
) {
    let now = cx.now;
    let grace = path::int(pod, "metadata.deletionGracePeriodSeconds").unwrap_or(30).max(0);
    run::give_up_start(state, node);
    run::note_ends(pod, state, node, now);
    let first = state.terminating.is_none();
    let terminating = state.terminating.get_or_insert(Terminating { grace, ended: None });
    let shorter = grace < terminating.grace;
    terminating.grace = grace;
    let whole = Duration::from_secs(grace as u64);
    if first {
        stop::all_of(pod, state, whole, now, node, out);
    } else if shorter {
        stop::hurry(state, whole, now, node);
    } else {
        stop::advance(pod, state, now, node, out);
    }
    run::note_ends(pod, state, node, now);
    if state.containers.values().any(|record| record.running().is_some()) {
        // The host reports the end of a container; this sync is for the case that it does not.
        out.requeue_within(Duration::from_secs(grace as u64 + 2));
        return;
    }
    let Some(terminating) = &mut state.terminating else { return };
    let ended = *terminating.ended.get_or_insert(now);
    let until = ended + CLEAN_UP;
    if until > now && state.sandbox != Sandbox::None {
        out.requeue_within(until.since(now));
        super::status::write(cx, key, pod, state, out);
        return;
    }
    if state.sandbox != Sandbox::None {
        node.remove_sandbox(&state.uid);
        state.sandbox = Sandbox::None;
    }
    let options = json!({"gracePeriodSeconds": 0, "preconditions": {"uid": pod["metadata"]["uid"]}});
    out.writes.push(Write::Delete(key.clone(), options));
}

/// `activeDeadlineSeconds`: after so long the Pod is failed, and its containers are told to stop.
pub(super) fn expire(cx: &Context, pod: &Rc<Value>, state: &mut PodState, node: &mut dyn Node, out: &mut Reconciled) {
    let Some(seconds) = path::int(pod, "spec.activeDeadlineSeconds").filter(|_| !state.ended) else { return };
    let end = state.started + Duration::from_secs(seconds.max(0) as u64);
    if end > cx.now {
        return out.requeue_within(end.since(cx.now));
    }
    out.event(pod, "Normal", "DeadlineExceeded", EXPIRED.to_owned(), String::new());
    let failed = Failed { reason: "DeadlineExceeded", message: EXPIRED.into() };
    fail(cx, pod, state, (failed, stop::grace(pod)), node, out);
}

/// Ends a Pod for a reason: it has failed, and its containers are told to stop.
#[inline(never)]
pub(super) fn fail(
    cx: &Context,
    pod: &Rc<Value>,
    state: &mut PodState,
    (failed, grace): (Failed, Duration),
    node: &mut dyn Node,
    out: &mut Reconciled,
) {
    state.ended = true;
    state.failed = Some(failed);
    run::give_up_start(state, node);
    stop::all_of(pod, state, grace, cx.now, node, out);
    run::note_ends(pod, state, node, cx.now);
}
