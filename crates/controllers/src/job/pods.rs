//! The Pods that a Job creates and deletes.

use std::rc::Rc;
use std::time::Duration;

use api::path;
use apiserver::ObjectKey;
use component::{Context, PodInfo, Reconciled, Write};
use serde_json::{Value, json};
use sim::Time;

use super::observed::{INDEX, INDEX_FAILURES, INDEX_IGNORED, Known, Observed, annotated, ended_at, object};
use super::policy;
use crate::pod_of_template;

/// How many Pods are created in one reconcile.
const AT_ONCE: i64 = 25;
const BACK_OFF: Duration = Duration::from_secs(10);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(600);

/// Creates missing Pods, or deletes surplus ones, which it returns.
pub(super) fn manage<'a>(
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
                add_index_variable(container);
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
fn add_index_variable(container: &mut Value) {
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

pub(super) fn remove(job: &Rc<Value>, pods: &[&Rc<PodInfo>], out: &mut Reconciled) {
    for pod in pods {
        out.normal(job, "SuccessfulDelete", format!("Deleted pod: {}", pod.key.name));
        out.writes.push(Write::Delete(pod.key.clone(), Value::Null));
    }
}
