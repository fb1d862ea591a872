//! The Job controller: Pods until enough have succeeded, or too many failed.
//!
//! <https://kubernetes.io/docs/concepts/workloads/controllers/job/>, pkg/controller/job. The real one keeps ended Pods by a
//! finalizer until they are counted; here the controller remembers which Pods it has counted.

mod observed;
mod pods;
mod policy;

use std::rc::Rc;
use std::time::Duration;

use api::path;
use apiserver::ObjectKey;

use component::index::controller_of;
use component::{Context, PodInfo, Reconciled, View, Write, write_status};
use serde_json::{Value, json};
use sim::{SharedMap, Time};

use self::observed::{Known, Observed, object, observe};
use self::pods::{manage, remove};
use super::{claim_pods, condition};

/// The controller's memory: for each unfinished Job, which Pods are counted.
#[derive(Clone, Default)]
pub struct Jobs {
    known: SharedMap<ObjectKey, Known>,
}

/// How a Job ends.
struct End {
    success: bool,
    reason: String,
    message: String,
}

impl End {
    fn failure(reason: &str, message: impl Into<String>) -> Option<End> {
        Some(End { success: false, reason: reason.to_owned(), message: message.into() })
    }

    /// The end that an interim condition has announced.
    fn announced(status: &Value, kind: &str) -> Option<End> {
        let condition = condition(status, kind).filter(|one| one["status"] == "True")?;
        let text = |field| path::str(condition, field).to_owned();
        Some(End { success: kind == "SuccessCriteriaMet", reason: text("reason"), message: text("message") })
    }
}

impl Jobs {
    /// A Pod is gone. If it was not counted, the last rule that it matched decides what its end means.
    pub fn pod_gone(&mut self, view: View, key: &ObjectKey, pod: &Value) {
        let Some(owner) = controller_of(pod).filter(|owner| owner["kind"] == "Job") else { return };
        let job = ObjectKey::new("jobs.batch", &key.namespace, path::str(owner, "name"));
        let Some(object) = view.get(&job.resource, &job.namespace, &job.name) else { return };
        let policy = &object["spec"]["podFailurePolicy"];
        let Some(known) = self.known.get_mut(&job).filter(|known| !policy.is_null() && known.open.contains(key)) else {
            return;
        };
        match policy::met(policy, pod) {
            Some(met) if met.action == "Ignore" => known.count(key),
            Some(met) if met.action == "FailJob" => known.doomed = Some((key.clone(), met.message)),
            _ => {}
        }
    }

    /// Reconciles one Job.
    #[inline(never)]
    pub fn reconcile(&mut self, cx: &mut Context, key: &ObjectKey) -> Reconciled {
        let mut out = Reconciled::default();
        let Some(job) = cx.view.get(&key.resource, &key.namespace, &key.name) else {
            self.known.remove(key);
            return out;
        };
        if !matches!(path::str(job, "spec.managedBy"), "" | "kubernetes.io/job-controller") {
            return out;
        }
        if finished(job) {
            self.known.remove(key);
            expire(cx, key, job, &mut out);
            return out;
        }
        let pods = claim_pods(cx, job, &mut out);
        if !path::get(job, "metadata.deletionTimestamp").is_null() {
            return out;
        }
        let known = self.known.get_or_insert_with(key.clone(), Known::default);
        let uid = path::str(job, "metadata.uid");
        if *known.job_uid != *uid {
            *known = Known { job_uid: uid.into(), ..Known::default() };
        }
        sync(cx, key, job, &pods, known, &mut out);
        out
    }
}

fn sync(
    cx: &mut Context,
    key: &ObjectKey,
    job: &Rc<Value>,
    pods: &[Rc<PodInfo>],
    known: &mut Known,
    out: &mut Reconciled,
) {
    let mut status = if job["status"].is_object() { job["status"].clone() } else { json!({}) };
    let suspended = path::bool(job, "spec.suspend");
    if status["startTime"].is_null() && !suspended {
        status["startTime"] = cx.now.rfc3339().into();
    }
    let lost = known.open.iter().filter(|pod| !cx.index.pods.contains_key(*pod)).cloned().collect::<Vec<_>>();
    let observed = observe(cx, job, pods, &status, known);
    let counted_before = path::int(&status, "failed").unwrap_or(0);
    let failed_now = observed.failed.iter().filter(|pod| observed.counts(cx, pod)).count() + lost.len();
    let deadline = deadline(job, &status).filter(|_| !suspended);
    let mut end = End::announced(&status, "SuccessCriteriaMet")
        .or_else(|| End::announced(&status, "FailureTarget"))
        .or_else(|| {
            let (_, why) = known.doomed.as_ref().filter(|(pod, _)| lost.contains(pod))?;
            End::failure("PodFailurePolicy", why.as_str())
        })
        .or_else(|| fails(cx, &observed, counted_before + failed_now as i64, deadline))
        .or_else(|| {
            let policy = &job["spec"]["successPolicy"];
            let message = policy::succeeds(policy, observed.completions.unwrap_or(0), &observed.done)?;
            Some(End { success: true, reason: "SuccessPolicy".to_owned(), message })
        });
    let mut active = observed.active.len() as i64;
    let mut ready = observed.active.iter().filter(|pod| pod.ready_since.is_some()).count() as i64;
    let mut terminating = pods.iter().filter(|pod| pod.terminating && !pod.ended()).count() as i64;
    // Pods that the controller ends itself: their end counts only where the Job fails.
    let mut dropped: Vec<&Rc<PodInfo>> = Vec::new();
    if end.is_some() || suspended {
        remove(job, &observed.active, out);
        dropped.clone_from(&observed.active);
    } else {
        dropped = manage(cx, key, &observed, known, terminating, &mut active, out);
    }
    active -= dropped.len() as i64;
    ready -= dropped.iter().filter(|pod| pod.ready_since.is_some()).count() as i64;
    terminating += dropped.len() as i64;
    let complete = match observed.completions {
        Some(wanted) => observed.succeeded >= wanted,
        None => observed.succeeded > 0,
    };
    if end.is_none() && complete && active == 0 {
        let message = "Reached expected number of succeeded pods".to_owned();
        end = Some(End { success: true, reason: "CompletionsReached".to_owned(), message });
    }
    // A Job that has ended is neither suspended nor resumed any more.
    if end.is_none() && suspended {
        suspend(cx, job, &mut status, out);
    } else if end.is_none() {
        resume(cx, job, &mut status, out);
        if let Some(deadline) = deadline {
            out.requeue_within(deadline.since(cx.now));
        }
    }
    let mut failed = counted_before + lost.len() as i64;
    lost.iter().for_each(|pod| known.count(pod));
    // A failed Pod of an index that goes on is kept until the next one is there, which follows its annotations.
    let kept = |pod: &PodInfo| {
        observed.per_index.is_some()
            && end.is_none()
            && observed.index(pod).is_some_and(|index| {
                !observed.done.contains(index)
                    && !observed.failed_indexes.contains(index)
                    && !observed.active.iter().any(|active| observed.index(active) == Some(index))
            })
    };
    for pod in observed.failed.iter().filter(|pod| !kept(pod)) {
        known.count(&pod.key);
        failed += i64::from(observed.counts(cx, pod));
    }
    let job_fails = end.as_ref().is_some_and(|end| !end.success);
    let rest = pods.iter().filter(|pod| job_fails && !pod.ended() && !known.counted.contains(&pod.key));
    // When a Job fails, what has not ended has failed.
    for pod in rest.cloned().collect::<Vec<_>>() {
        known.count(&pod.key);
        failed += i64::from(observed.counts(cx, &pod) && (!observed.indexed || observed.index(&pod).is_some()));
    }
    dropped.iter().for_each(|pod| known.count(&pod.key));
    for (field, count) in [("active", active), ("succeeded", observed.succeeded), ("failed", failed)] {
        if count == 0 {
            path::remove(&mut status, field);
        } else {
            status[field] = count.into();
        }
    }
    if observed.indexed && observed.done.count() > 0 {
        status["completedIndexes"] = observed.done.text().into();
    }
    if observed.per_index.is_some() {
        status["failedIndexes"] = observed.failed_indexes.text().into();
    }
    status["ready"] = ready.into();
    status["terminating"] = terminating.into();
    status["uncountedTerminatedPods"] = json!({});
    if let Some(end) = end {
        conclude(cx, job, &end, terminating == 0, &mut status, out);
    }
    write_status(out, key, &job["status"], status);
}

/// Why the Job fails now, if it does.
fn fails(cx: &Context, observed: &Observed, failed: i64, deadline: Option<Time>) -> Option<End> {
    let job = observed.job;
    if !observed.policy().is_null() {
        let failed = observed.pods.iter().filter(|pod| observed.has_failed(pod));
        let mut met = failed.filter_map(|pod| policy::met(observed.policy(), object(cx, pod)));
        if let Some(met) = met.find(|met| met.action == "FailJob") {
            return End::failure("PodFailurePolicy", met.message);
        }
    }
    let limit = path::int(job, "spec.backoffLimit").unwrap_or(6);
    if failed > limit || restarts(cx, observed).is_some_and(|restarts| restarts > 0 && restarts >= limit) {
        return End::failure("BackoffLimitExceeded", "Job has reached the specified backoff limit");
    }
    if deadline.is_some_and(|deadline| cx.now >= deadline) {
        return End::failure("DeadlineExceeded", "Job was active longer than specified deadline");
    }
    if observed.per_index.is_some() {
        let given_up = observed.failed_indexes.count();
        if path::int(job, "spec.maxFailedIndexes").is_some_and(|most| given_up > most) {
            let message = "Job has exceeded the specified maximal number of failed indexes";
            return End::failure("MaxFailedIndexesExceeded", message);
        }
        if given_up > 0 && given_up + observed.done.count() >= observed.completions.unwrap_or(0) {
            return End::failure("FailedIndexes", "Job has failed indexes");
        }
    }
    None
}

/// How often containers were restarted in place; `None` where they are not.
fn restarts(cx: &Context, observed: &Observed) -> Option<i64> {
    if path::str(observed.job, "spec.template.spec.restartPolicy") != "OnFailure" {
        return None;
    }
    let alive = observed.pods.iter().filter(|pod| !pod.ended()).map(|pod| object(cx, pod));
    let statuses = alive.flat_map(|pod| {
        ["initContainerStatuses", "containerStatuses"].into_iter().flat_map(|list| path::list(&pod["status"], list))
    });
    Some(statuses.filter_map(|status| path::int(status, "restartCount")).sum())
}

fn deadline(job: &Value, status: &Value) -> Option<Time> {
    let seconds = path::int(job, "spec.activeDeadlineSeconds")?;
    let started = Time::parse_rfc3339(path::str(status, "startTime"))?;
    Some(started + Duration::from_secs(seconds.max(0) as u64))
}

fn suspend(cx: &Context, job: &Rc<Value>, status: &mut Value, out: &mut Reconciled) {
    if condition(status, "Suspended").is_none_or(|one| one["status"] != "True") {
        super::set_condition(status, "Suspended", "True", "JobSuspended", "Job suspended", cx.now, false);
        out.normal(job, "Suspended", "Job suspended");
    }
    path::remove(status, "startTime");
}

fn resume(cx: &Context, job: &Rc<Value>, status: &mut Value, out: &mut Reconciled) {
    if condition(status, "Suspended").is_some_and(|one| one["status"] == "True") {
        super::set_condition(status, "Suspended", "False", "JobResumed", "Job resumed", cx.now, false);
        out.normal(job, "Resumed", "Job resumed");
    }
}

/// Announces the end, and declares it once no Pod is there that still has to end.
fn conclude(cx: &Context, job: &Rc<Value>, end: &End, over: bool, status: &mut Value, out: &mut Reconciled) {
    let [interim, last] = if end.success { ["SuccessCriteriaMet", "Complete"] } else { ["FailureTarget", "Failed"] };
    for kind in [Some(interim), Some(last).filter(|_| over)].into_iter().flatten() {
        if condition(status, kind).is_some() {
            continue;
        }
        super::set_condition(status, kind, "True", &end.reason, &end.message, cx.now, false);
        if let Some(Value::Array(list)) = status.get_mut("conditions")
            && let Some(condition) = list.last_mut()
        {
            condition["lastProbeTime"] = cx.now.rfc3339().into();
        }
    }
    if !over {
        return;
    }
    if end.success {
        status["completionTime"] = cx.now.rfc3339().into();
        out.normal(job, "Completed", "Job completed");
    } else {
        out.warning(job, &end.reason, end.message.as_str());
    }
}

/// Whether a Job has completed or failed.
pub(super) fn finished(job: &Value) -> bool {
    ["Complete", "Failed"].iter().any(|kind| condition(&job["status"], kind).is_some_and(|one| one["status"] == "True"))
}

/// `ttlSecondsAfterFinished`
fn expire(cx: &Context, key: &ObjectKey, job: &Value, out: &mut Reconciled) {
    let Some(ttl) = path::int(job, "spec.ttlSecondsAfterFinished") else { return };
    let ended = ["Complete", "Failed"]
        .iter()
        .find_map(|kind| Time::parse_rfc3339(path::str(condition(&job["status"], kind)?, "lastTransitionTime")));
    let end = ended.unwrap_or(cx.now) + Duration::from_secs(ttl.max(0) as u64);
    if cx.now >= end {
        out.writes.push(Write::Delete(key.clone(), json!({"propagationPolicy": "Foreground"})));
    } else {
        out.requeue_within(end.since(cx.now));
    }
}
