//! The Job controller: Pods until enough have succeeded, or too many failed.
//!
//! <https://kubernetes.io/docs/concepts/workloads/controllers/job/>, pkg/controller/job. Indexed Jobs number their Pods; Pod
//! failure and success policies are not followed.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use api::path;
use serde_json::{Value, json};
use sim::Time;

use super::{claim_pods, condition, pod_of_template, write_status};
use crate::reconcile::{Outcome, Write};
use crate::runtime::index::Phase;
use crate::runtime::{Context, PodInfo};
use crate::store::ObjectKey;

const INDEX: &str = "batch.kubernetes.io/job-completion-index";
/// Pods made in one step.
const AT_ONCE: i64 = 25;

/// Looks at one Job.
#[inline(never)]
pub fn reconcile(cx: &mut Context, key: &ObjectKey) -> Outcome {
    let mut out = Outcome::default();
    let Some(job) = cx.view.get(&key.resource, &key.namespace, &key.name) else { return out };
    if finished(job) {
        expire(cx, key, job, &mut out);
        return out;
    }
    let pods = claim_pods(cx, job, &mut out);
    if !path::get(job, "metadata.deletionTimestamp").is_null() {
        return out;
    }
    let mut status = if job["status"].is_object() { job["status"].clone() } else { json!({}) };
    let suspended = path::bool(job, "spec.suspend");
    if status["startTime"].is_null() && !suspended {
        status["startTime"] = cx.now.rfc3339().into();
    }
    let active: Vec<&Rc<PodInfo>> = pods.iter().filter(|pod| pod.active()).collect();
    let in_phase = |phase: Phase| pods.iter().filter(|pod| pod.phase == phase).count() as i64;
    // A finished Pod that was deleted stays counted.
    let succeeded = in_phase(Phase::Succeeded).max(path::int(&status, "succeeded").unwrap_or(0));
    let failed = in_phase(Phase::Failed).max(path::int(&status, "failed").unwrap_or(0));
    let parallelism = path::int(job, "spec.parallelism").unwrap_or(1).max(0);
    let completions = path::int(job, "spec.completions");
    let limit = path::int(job, "spec.backoffLimit").unwrap_or(6);
    let restarts: i64 = if path::str(job, "spec.template.spec.restartPolicy") == "OnFailure" {
        active.iter().map(|pod| pod.restarts).sum()
    } else {
        0
    };
    let started = Time::parse_rfc3339(path::str(&status, "startTime")).unwrap_or(cx.now);
    let deadline =
        path::int(job, "spec.activeDeadlineSeconds").map(|secs| started + Duration::from_secs(secs.max(0) as u64));
    let failure = if failed > limit || limit > 0 && restarts >= limit {
        Some(("BackoffLimitExceeded", "Job has reached the specified backoff limit"))
    } else if deadline.is_some_and(|deadline| cx.now >= deadline) && !suspended {
        Some(("DeadlineExceeded", "Job was active longer than specified deadline"))
    } else {
        None
    };
    let complete = match completions {
        Some(wanted) => succeeded >= wanted,
        None => succeeded > 0 && active.is_empty(),
    };
    let mut now_active = active.len() as i64;
    if let Some((reason, message)) = failure {
        out.warning(job, reason, message);
        remove(job, &active, &mut out);
        now_active = 0;
        end(&mut status, &["FailureTarget", "Failed"], reason, message, cx.now);
    } else if complete {
        out.normal(job, "Completed", "Job completed");
        remove(job, &active, &mut out);
        now_active = 0;
        let message = "Reached expected number of succeeded pods";
        end(&mut status, &["SuccessCriteriaMet", "Complete"], "CompletionsReached", message, cx.now);
        status["completionTime"] = cx.now.rfc3339().into();
    } else if suspended {
        if condition(&status, "Suspended").is_none_or(|one| one["status"] != "True") {
            super::set_condition(&mut status, "Suspended", "True", "JobSuspended", "Job suspended", cx.now, false);
            out.normal(job, "Suspended", "Job suspended");
        }
        remove(job, &active, &mut out);
        now_active = 0;
        path::remove(&mut status, "startTime");
    } else {
        if condition(&status, "Suspended").is_some_and(|one| one["status"] == "True") {
            super::set_condition(&mut status, "Suspended", "False", "JobResumed", "Job resumed", cx.now, false);
            out.normal(job, "Resumed", "Job resumed");
        }
        let left = completions
            .map_or(if succeeded > 0 { active.len() as i64 } else { parallelism }, |wanted| wanted - succeeded);
        let wanted = parallelism.min(left).max(0);
        let missing = wanted - active.len() as i64;
        if missing > 0 {
            match back_off(cx, &pods) {
                Some(wait) => out.again_after(wait),
                None => create(cx, job, &pods, missing.min(AT_ONCE), completions, &mut out),
            }
        } else if missing < 0 {
            remove(job, &active[..(-missing) as usize], &mut out);
        }
        if let Some(deadline) = deadline {
            out.again_after(deadline.since(cx.now));
        }
    }
    let ready = if now_active == 0 { 0 } else { active.iter().filter(|pod| pod.ready_since.is_some()).count() as i64 };
    for (field, count) in [("active", now_active), ("succeeded", succeeded), ("failed", failed)] {
        if count == 0 {
            path::remove(&mut status, field);
        } else {
            status[field] = count.into();
        }
    }
    status["ready"] = ready.into();
    status["terminating"] = pods.iter().filter(|pod| pod.terminating && !pod.ended()).count().into();
    status["uncountedTerminatedPods"] = json!({});
    write_status(&mut out, key, &job["status"], &status);
    out
}

/// Whether a Job is over, one way or the other.
pub(super) fn finished(job: &Value) -> bool {
    ["Complete", "Failed"].iter().any(|kind| condition(&job["status"], kind).is_some_and(|one| one["status"] == "True"))
}

fn end(status: &mut Value, kinds: &[&str], reason: &str, message: &str, now: Time) {
    for kind in kinds {
        super::set_condition(status, kind, "True", reason, message, now, false);
        if let Some(Value::Array(list)) = status.get_mut("conditions")
            && let Some(condition) = list.iter_mut().find(|condition| condition["type"] == *kind)
        {
            condition["lastProbeTime"] = now.rfc3339().into();
        }
    }
}

/// After a failure new Pods wait: 10 s, doubled with each, up to 10 min.
fn back_off(cx: &Context, pods: &[Rc<PodInfo>]) -> Option<Duration> {
    let mut last = None;
    let mut failures = 0;
    for pod in pods.iter().filter(|pod| pod.phase == Phase::Failed) {
        failures += 1;
        let object = cx.view.get("pods", &pod.key.namespace, &pod.key.name)?;
        let ends = path::list(object, "status.containerStatuses")
            .iter()
            .filter_map(|one| Time::parse_rfc3339(path::str(one, "state.terminated.finishedAt")));
        last = last.max(ends.max());
    }
    let wait = Duration::from_secs(10)
        .saturating_mul(1 << (failures as u32).saturating_sub(1).min(6))
        .min(Duration::from_secs(600));
    let end = last? + wait;
    (end > cx.now).then(|| end.since(cx.now))
}

fn create(
    cx: &mut Context,
    job: &Rc<Value>,
    pods: &[Rc<PodInfo>],
    count: i64,
    completions: Option<i64>,
    out: &mut Outcome,
) {
    let indexed = job["spec"]["completionMode"] == "Indexed";
    let alive = pods.iter().filter(|pod| pod.phase != Phase::Failed);
    let taken: BTreeSet<i64> =
        sim::order::gather(alive.filter_map(|pod| pod.labels[INDEX].as_str()?.parse::<i64>().ok()));
    let mut free = (0..completions.unwrap_or(0)).filter(|index| !taken.contains(index));
    for _ in 0..count {
        let mut pod = pod_of_template(cx, job, &job["spec"]["template"]);
        if indexed {
            let Some(index) = free.next() else { break };
            let name = format!("{}-{index}-{}", path::str(job, "metadata.name"), cx.rng.name_suffix(5));
            pod["metadata"]["generateName"] = format!("{}-{index}-", path::str(job, "metadata.name")).into();
            pod["metadata"]["name"] = name.into();
            pod["metadata"]["labels"][INDEX] = index.to_string().into();
            pod["metadata"]["annotations"][INDEX] = index.to_string().into();
            pod["spec"]["hostname"] = format!("{}-{index}", path::str(job, "metadata.name")).into();
            for container in pod["spec"]["containers"].as_array_mut().into_iter().flatten() {
                let mut env = path::list(container, "env").to_vec();
                env.push(json!({"name": "JOB_COMPLETION_INDEX", "value": index.to_string()}));
                container["env"] = env.into();
            }
        }
        out.normal(job, "SuccessfulCreate", format!("Created pod: {}", path::str(&pod, "metadata.name")));
        out.writes.push(Write::Create("pods", pod));
    }
}

fn remove(job: &Rc<Value>, pods: &[&Rc<PodInfo>], out: &mut Outcome) {
    for pod in pods {
        out.normal(job, "SuccessfulDelete", format!("Deleted pod: {}", pod.key.name));
        out.writes.push(Write::Delete(pod.key.clone(), Value::Null));
    }
}

/// `ttlSecondsAfterFinished`
fn expire(cx: &Context, key: &ObjectKey, job: &Value, out: &mut Outcome) {
    let Some(ttl) = path::int(job, "spec.ttlSecondsAfterFinished") else { return };
    let ended = ["Complete", "Failed"]
        .iter()
        .find_map(|kind| Time::parse_rfc3339(path::str(condition(&job["status"], kind)?, "lastTransitionTime")));
    let end = ended.unwrap_or(cx.now) + Duration::from_secs(ttl.max(0) as u64);
    if cx.now >= end {
        out.writes.push(Write::Delete(key.clone(), json!({"propagationPolicy": "Foreground"})));
    } else {
        out.again_after(end.since(cx.now));
    }
}
