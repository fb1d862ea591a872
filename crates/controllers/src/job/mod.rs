//! The Job controller: Pods until enough have succeeded, or too many failed.
//!
//! <https://kubernetes.io/docs/concepts/workloads/controllers/job/>, pkg/controller/job. The real one keeps ended Pods by a
//! finalizer until they are counted; here the controller remembers which Pods it has counted.

mod policy;

use std::rc::Rc;
use std::time::Duration;

use api::path;
use apiserver::ObjectKey;
use apiserver::completion_indexes::Indexes;
use component::index::{Phase, controller_of};
use component::{Context, PodInfo, Reconciled, View, Write, write_status};
use serde_json::{Value, json};
use sim::{SharedMap, SharedSet, Time};

use super::{claim_pods, condition, pod_of_template};

const INDEX: &str = "batch.kubernetes.io/job-completion-index";
const INDEX_FAILURES: &str = "batch.kubernetes.io/job-index-failure-count";
const INDEX_IGNORED: &str = "batch.kubernetes.io/job-index-ignored-failure-count";
/// How many Pods are created in one reconcile.
const AT_ONCE: i64 = 25;
const BACK_OFF: Duration = Duration::from_secs(10);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(600);

/// The controller's memory: for each unfinished Job, which Pods are counted.
#[derive(Clone, Default)]
pub struct Jobs {
    known: SharedMap<ObjectKey, Known>,
}

#[derive(Clone, Default)]
struct Known {
    job_uid: Rc<str>,
    /// Pods that were seen and whose end is not counted yet.
    open: SharedSet<ObjectKey>,
    /// Pods whose end is counted, or is not to be.
    counted: SharedSet<ObjectKey>,
    /// Failures since a Pod last succeeded, and when the last one was.
    failures: i64,
    last_failure: Option<Time>,
    /// A Pod that is gone, and why its Job fails for it.
    doomed: Option<(ObjectKey, String)>,
}

impl Known {
    fn count(&mut self, pod: &ObjectKey) {
        self.open.remove(pod);
        self.counted.insert(pod.clone());
    }

    /// Notes when Pods ended, for the back-off.
    fn note_ends(&mut self, succeeded: Option<Time>, failed: &[Time]) {
        if succeeded.is_some() {
            (self.failures, self.last_failure) = (0, None);
        }
        for end in failed.iter().filter(|end| succeeded.is_none_or(|success| **end > success)) {
            self.failures += 1;
            self.last_failure = self.last_failure.max(Some(*end));
        }
    }
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

/// What one reconcile of a Job finds.
struct Observed<'a> {
    job: &'a Rc<Value>,
    pods: &'a [Rc<PodInfo>],
    active: Vec<&'a Rc<PodInfo>>,
    /// Failed Pods that are not counted.
    failed: Vec<&'a Rc<PodInfo>>,
    completions: Option<i64>,
    indexed: bool,
    /// `podReplacementPolicy: Failed`: a Pod that is being deleted has not failed yet.
    waits_for_failed: bool,
    per_index: Option<i64>,
    done: Indexes,
    failed_indexes: Indexes,
    succeeded: i64,
}

impl Observed<'_> {
    fn policy(&self) -> &Value {
        &self.job["spec"]["podFailurePolicy"]
    }

    fn index(&self, pod: &PodInfo) -> Option<i64> {
        let index = pod.labels[INDEX].as_str()?.parse::<i64>().ok()?;
        (index >= 0 && index < self.completions.unwrap_or(0)).then_some(index)
    }

    fn has_failed(&self, pod: &PodInfo) -> bool {
        pod.phase == Phase::Failed || !self.waits_for_failed && pod.terminating && pod.phase != Phase::Succeeded
    }

    fn counts(&self, cx: &Context, pod: &PodInfo) -> bool {
        self.policy().is_null() || policy::counts(self.policy(), object(cx, pod))
    }

    /// Whether a failed Pod was the last of its index.
    fn ends_index(&self, cx: &Context, pod: &PodInfo, limit: i64) -> bool {
        let pod = object(cx, pod);
        let met = policy::met(self.policy(), pod);
        match met.as_ref().map(|met| met.action) {
            Some("FailIndex") => true,
            Some("Ignore") => false,
            _ => annotated(pod, INDEX_FAILURES) >= limit,
        }
    }

    /// The failed Pod that the next Pod of an index replaces; the new one continues its annotations.
    fn last_of(&self, cx: &Context, index: i64) -> Option<&Rc<PodInfo>> {
        let of_index = self.failed.iter().copied().filter(|pod| self.index(pod) == Some(index));
        of_index.fold(None, |last: Option<&Rc<PodInfo>>, pod| {
            let rank = |pod: &PodInfo| {
                let pod = object(cx, pod);
                (annotated(pod, INDEX_FAILURES) + annotated(pod, INDEX_IGNORED), ended_at(pod))
            };
            last.filter(|last| rank(last) > rank(pod)).or(Some(pod))
        })
    }
}

fn object<'a>(cx: &Context<'a>, pod: &PodInfo) -> &'a Value {
    cx.view.get("pods", &pod.key.namespace, &pod.key.name).map_or(&Value::Null, |pod| &**pod)
}

fn annotated(pod: &Value, name: &str) -> i64 {
    pod["metadata"]["annotations"][name].as_str().and_then(|count| count.parse().ok()).unwrap_or(0)
}

/// When a Pod ended: its last container, or when it became unready, or was deleted, or was made.
fn ended_at(pod: &Value) -> Time {
    let statuses = path::list(pod, "status.containerStatuses");
    let ends: Vec<Time> =
        statuses.iter().filter_map(|one| Time::parse_rfc3339(path::str(one, "state.terminated.finishedAt"))).collect();
    if !ends.is_empty() && ends.len() == statuses.len() {
        return ends.into_iter().max().unwrap_or_default();
    }
    let unready = condition(&pod["status"], "Ready").filter(|one| one["status"] == "False");
    if let Some(since) = unready.and_then(|one| Time::parse_rfc3339(path::str(one, "lastTransitionTime"))) {
        return since;
    }
    let time = |field| Time::parse_rfc3339(path::str(&pod["metadata"], field));
    let grace = path::int(pod, "metadata.deletionGracePeriodSeconds").unwrap_or(0);
    let deleted = time("deletionTimestamp").map(|end| Time::from_unix_secs(end.unix_secs() - grace));
    deleted.or_else(|| time("creationTimestamp")).unwrap_or_default()
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

/// Reads the Job's Pods, and which of them ended since the last reconcile.
fn observe<'a>(
    cx: &Context,
    job: &'a Rc<Value>,
    pods: &'a [Rc<PodInfo>],
    status: &Value,
    known: &mut Known,
) -> Observed<'a> {
    let completions = path::int(job, "spec.completions");
    let parse = |field: &str| Indexes::parse(path::str(status, field), completions.unwrap_or(0));
    let mut observed = Observed {
        job,
        pods,
        active: pods.iter().filter(|pod| pod.active()).collect(),
        failed: Vec::new(),
        completions,
        indexed: job["spec"]["completionMode"] == "Indexed",
        waits_for_failed: job["spec"]["podReplacementPolicy"] == "Failed",
        per_index: path::int(job, "spec.backoffLimitPerIndex"),
        done: parse("completedIndexes"),
        failed_indexes: parse("failedIndexes"),
        succeeded: path::int(status, "succeeded").unwrap_or(0),
    };
    let mut success = None;
    let mut failures = Vec::new();
    for pod in pods {
        if known.counted.contains(&pod.key) {
            continue;
        }
        known.open.insert(pod.key.clone());
        let index = observed.index(pod);
        if pod.phase == Phase::Succeeded {
            known.count(&pod.key);
            index.into_iter().for_each(|index| observed.done.insert(index));
            observed.succeeded += 1;
            success = success.max(Some(ended_at(object(cx, pod))));
        } else if observed.per_index.is_none() && observed.has_failed(pod) && (!observed.indexed || index.is_some()) {
            failures.push(ended_at(object(cx, pod)));
        }
    }
    known.note_ends(success, &failures);
    let uncounted = pods.iter().filter(|pod| known.open.contains(&pod.key));
    observed.failed = uncounted
        .filter(|pod| observed.has_failed(pod) && (!observed.indexed || observed.index(pod).is_some()))
        .collect();
    if observed.indexed {
        observed.succeeded = observed.done.count();
    }
    if let Some(limit) = observed.per_index {
        let over: Vec<i64> = observed
            .failed
            .iter()
            .filter(|pod| observed.ends_index(cx, pod, limit))
            .filter_map(|pod| observed.index(pod))
            .collect();
        over.into_iter().for_each(|index| observed.failed_indexes.insert(index));
    }
    observed
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

/// Creates missing Pods, or deletes surplus ones, which it returns.
fn manage<'a>(
    cx: &mut Context,
    key: &ObjectKey,
    observed: &Observed<'a>,
    known: &Known,
    terminating: i64,
    active: &mut i64,
    out: &mut Reconciled,
) -> Vec<&'a Rc<PodInfo>> {
    let parallelism = path::int(observed.job, "spec.parallelism").unwrap_or(1).max(0);
    let wanted = match observed.completions {
        Some(completions) => parallelism.min(completions - observed.succeeded).max(0),
        None if observed.succeeded > 0 => *active,
        None => parallelism,
    };
    let mut too_many: Vec<&Rc<PodInfo>> = Vec::new();
    if observed.indexed {
        too_many.extend(observed.active.iter().copied().filter(|pod| observed.index(pod).is_none()));
    }
    let ranked = cx.index.controlled.get(path::str(observed.job, "metadata.uid")).map(|group| group.ranked.clone());
    for rank in ranked.iter().flat_map(|ranked| ranked.iter()) {
        if *active - too_many.len() as i64 <= wanted {
            break;
        }
        let pod = observed.active.iter().copied().find(|pod| pod.key == rank.key);
        too_many.extend(pod.filter(|pod| too_many.iter().all(|other| other.key != pod.key)));
    }
    if !too_many.is_empty() {
        remove(observed.job, &too_many, out);
        return too_many;
    }
    let waits_for = if observed.waits_for_failed { terminating } else { 0 };
    let missing = (wanted - waits_for - *active).min(AT_ONCE);
    if missing > 0 {
        let wait = match observed.per_index {
            None => back_off(cx, known.failures, known.last_failure),
            Some(_) => None,
        };
        match wait {
            Some(wait) => out.requeue_within(wait),
            None => *active += create(cx, key, observed, missing, out),
        }
    }
    too_many
}

/// After a failure new Pods wait: 10 s, doubled with each, up to 10 min.
fn back_off(cx: &Context, failures: i64, last: Option<Time>) -> Option<Duration> {
    if failures <= 0 {
        return None;
    }
    let wait = BACK_OFF.saturating_mul(1 << (failures - 1).min(6)).min(LONGEST_BACK_OFF);
    let end = last? + wait;
    (end > cx.now).then(|| end.since(cx.now))
}

/// Creates Pods; returns how many.
fn create(cx: &mut Context, key: &ObjectKey, observed: &Observed, count: i64, out: &mut Reconciled) -> i64 {
    let job = observed.job;
    if !observed.indexed {
        for _ in 0..count {
            let pod = pod_of_template(cx, job, &job["spec"]["template"]);
            push(job, pod, out);
        }
        return count;
    }
    let mut busy = observed.done.clone();
    observed.active.iter().filter_map(|pod| observed.index(pod)).for_each(|index| busy.insert(index));
    if observed.waits_for_failed {
        let going = observed.pods.iter().filter(|pod| pod.terminating && !pod.ended());
        going.filter_map(|pod| observed.index(pod)).for_each(|index| busy.insert(index));
    }
    busy.merge(&observed.failed_indexes);
    let mut made = 0;
    let mut shortest: Option<Duration> = None;
    for index in busy.missing(observed.completions.unwrap_or(0)).take(count as usize) {
        let last = observed.per_index.and_then(|_| observed.last_of(cx, index)).map(|pod| object(cx, pod));
        if let Some(last) = last {
            let failures = annotated(last, INDEX_FAILURES) + annotated(last, INDEX_IGNORED) + 1;
            if let Some(wait) = back_off(cx, failures, Some(ended_at(last))) {
                shortest = Some(shortest.map_or(wait, |before| before.min(wait)));
                continue;
            }
        }
        let mut pod = pod_of_template(cx, job, &job["spec"]["template"]);
        let base = format!("{}-{index}-", key.name);
        pod["metadata"]["name"] = format!("{base}{}", cx.rng.name_suffix(5)).into();
        pod["metadata"]["generateName"] = base.into();
        pod["metadata"]["labels"][INDEX] = index.to_string().into();
        pod["metadata"]["annotations"][INDEX] = index.to_string().into();
        if observed.per_index.is_some() {
            let ignored = last.is_some_and(|last| !policy::counts(observed.policy(), last));
            let before = |name| last.map_or(0, |last| annotated(last, name));
            let counts = before(INDEX_FAILURES) + i64::from(last.is_some() && !ignored);
            pod["metadata"]["annotations"][INDEX_FAILURES] = counts.to_string().into();
            let ignores = before(INDEX_IGNORED) + i64::from(ignored);
            if ignores > 0 {
                pod["metadata"]["annotations"][INDEX_IGNORED] = ignores.to_string().into();
            }
        }
        pod["spec"]["hostname"] = format!("{}-{index}", key.name).into();
        for list in ["initContainers", "containers"] {
            for container in pod["spec"].get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                tell_index(container);
            }
        }
        push(job, pod, out);
        made += 1;
    }
    if let Some(wait) = shortest {
        out.requeue_within(wait);
    }
    made
}

/// Gives a container its index as a variable, unless it has one of that name.
fn tell_index(container: &mut Value) {
    let mut env = path::list(container, "env").to_vec();
    if env.iter().any(|variable| variable["name"] == "JOB_COMPLETION_INDEX") {
        return;
    }
    let field = format!("metadata.labels['{INDEX}']");
    env.push(json!({"name": "JOB_COMPLETION_INDEX", "valueFrom": {"fieldRef": {"fieldPath": field}}}));
    container["env"] = env.into();
}

fn push(job: &Rc<Value>, pod: Value, out: &mut Reconciled) {
    out.normal(job, "SuccessfulCreate", format!("Created pod: {}", path::str(&pod, "metadata.name")));
    out.writes.push(Write::Create("pods", pod));
}

fn remove(job: &Rc<Value>, pods: &[&Rc<PodInfo>], out: &mut Reconciled) {
    for pod in pods {
        out.normal(job, "SuccessfulDelete", format!("Deleted pod: {}", pod.key.name));
        out.writes.push(Write::Delete(pod.key.clone(), Value::Null));
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
