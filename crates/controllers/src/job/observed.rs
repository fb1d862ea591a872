//! What a Job's controller finds of its Pods, and which of their ends it has counted already.

use std::rc::Rc;

use api::path;
use apiserver::ObjectKey;
use apiserver::completion_indexes::Indexes;
use component::index::Phase;
use component::{Context, PodInfo};
use serde_json::Value;
use sim::{SharedSet, Time};

use super::policy;
use crate::condition;

pub(super) const INDEX: &str = "batch.kubernetes.io/job-completion-index";
pub(super) const INDEX_FAILURES: &str = "batch.kubernetes.io/job-index-failure-count";
pub(super) const INDEX_IGNORED: &str = "batch.kubernetes.io/job-index-ignored-failure-count";

#[derive(Clone, Default)]
pub(super) struct Known {
    pub(super) job_uid: Rc<str>,
    /// Pods that were seen and whose end is not counted yet.
    pub(super) open: SharedSet<ObjectKey>,
    /// Pods whose end is counted, or is not to be.
    pub(super) counted: SharedSet<ObjectKey>,
    /// Failures since a Pod last succeeded, and when the last one was.
    pub(super) failures: i64,
    pub(super) last_failure: Option<Time>,
    /// A Pod that is gone, and why its Job fails for it.
    pub(super) doomed: Option<(ObjectKey, String)>,
}

impl Known {
    pub(super) fn count(&mut self, pod: &ObjectKey) {
        self.open.remove(pod);
        self.counted.insert(pod.clone());
    }

    /// Notes when Pods ended, for the back-off.
    pub(super) fn note_ends(&mut self, succeeded: Option<Time>, failed: &[Time]) {
        if succeeded.is_some() {
            (self.failures, self.last_failure) = (0, None);
        }
        for end in failed.iter().filter(|end| succeeded.is_none_or(|success| **end > success)) {
            self.failures += 1;
            self.last_failure = self.last_failure.max(Some(*end));
        }
    }
}

/// What one reconcile of a Job finds.
pub(super) struct Observed<'a> {
    pub(super) job: &'a Rc<Value>,
    pub(super) pods: &'a [Rc<PodInfo>],
    pub(super) active: Vec<&'a Rc<PodInfo>>,
    /// Failed Pods that are not counted.
    pub(super) failed: Vec<&'a Rc<PodInfo>>,
    pub(super) completions: Option<i64>,
    pub(super) indexed: bool,
    /// `podReplacementPolicy: Failed`: a Pod that is being deleted has not failed yet.
    pub(super) waits_for_failed: bool,
    pub(super) per_index: Option<i64>,
    pub(super) done: Indexes,
    pub(super) failed_indexes: Indexes,
    pub(super) succeeded: i64,
}

impl Observed<'_> {
    pub(super) fn policy(&self) -> &Value {
        &self.job["spec"]["podFailurePolicy"]
    }

    pub(super) fn index(&self, pod: &PodInfo) -> Option<i64> {
        let index = pod.labels[INDEX].as_str()?.parse::<i64>().ok()?;
        (index >= 0 && index < self.completions.unwrap_or(0)).then_some(index)
    }

    pub(super) fn has_failed(&self, pod: &PodInfo) -> bool {
        pod.phase == Phase::Failed || !self.waits_for_failed && pod.terminating && pod.phase != Phase::Succeeded
    }

    pub(super) fn counts(&self, cx: &Context, pod: &PodInfo) -> bool {
        self.policy().is_null() || policy::counts(self.policy(), object(cx, pod))
    }

    /// Whether a failed Pod was the last of its index.
    pub(super) fn ends_index(&self, cx: &Context, pod: &PodInfo, limit: i64) -> bool {
        let pod = object(cx, pod);
        let met = policy::met(self.policy(), pod);
        match met.as_ref().map(|met| met.action) {
            Some("FailIndex") => true,
            Some("Ignore") => false,
            _ => annotated(pod, INDEX_FAILURES) >= limit,
        }
    }

    /// The failed Pod that the next Pod of an index replaces; the new one continues its annotations.
    pub(super) fn last_of(&self, cx: &Context, index: i64) -> Option<&Rc<PodInfo>> {
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

pub(super) fn object<'a>(cx: &Context<'a>, pod: &PodInfo) -> &'a Value {
    cx.view.get("pods", &pod.key.namespace, &pod.key.name).map_or(&Value::Null, |pod| &**pod)
}

pub(super) fn annotated(pod: &Value, name: &str) -> i64 {
    pod["metadata"]["annotations"][name].as_str().and_then(|count| count.parse().ok()).unwrap_or(0)
}

/// When a Pod ended: its last container, or when it became unready, or was deleted, or was made.
pub(super) fn ended_at(pod: &Value) -> Time {
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

/// Reads the Job's Pods, and which of them ended since the last reconcile.
pub(super) fn observe<'a>(
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
