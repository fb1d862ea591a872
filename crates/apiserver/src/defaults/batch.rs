//! Jobs and CronJobs.

use serde_json::{Value, json};

use super::{default, default_text, each, pod};

/// A Job.
pub fn job(object: &mut Value) {
    job_spec(&mut object["spec"]);
}

/// A new Job selects its Pods by its uid, unless it says otherwise (the Job registry's `PrepareForCreate`).
pub fn job_selector(object: &mut Value) {
    if object["spec"]["manualSelector"] == true {
        return;
    }
    let (uid, name) = (object["metadata"]["uid"].clone(), object["metadata"]["name"].clone());
    let template = &mut object["spec"]["template"]["metadata"];
    default(template, "labels", json!({}));
    for (label, value) in [
        ("batch.kubernetes.io/controller-uid", &uid),
        ("controller-uid", &uid),
        ("batch.kubernetes.io/job-name", &name),
        ("job-name", &name),
    ] {
        default(&mut template["labels"], label, value.clone());
    }
    default(&mut object["spec"], "selector", json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}));
}

/// A CronJob.
pub fn cron_job(object: &mut Value) {
    let spec = &mut object["spec"];
    default_text(spec, "concurrencyPolicy", "Allow");
    default(spec, "suspend", false);
    default(spec, "successfulJobsHistoryLimit", 3);
    default(spec, "failedJobsHistoryLimit", 1);
    // The Job's own defaults come when the controller makes it; only the Pod template has them already.
    default(&mut spec["jobTemplate"], "metadata", json!({}));
    pod::template(&mut spec["jobTemplate"]["spec"]["template"]);
}

fn job_spec(spec: &mut Value) {
    if spec["completions"].is_null() && spec["parallelism"].is_null() {
        default(spec, "completions", 1);
    }
    default(spec, "parallelism", 1);
    // With a limit of its own for each index, the whole Job has none.
    let limit = if spec["backoffLimitPerIndex"].is_null() { 6 } else { i32::MAX };
    default(spec, "backoffLimit", limit);
    default_text(spec, "completionMode", "NonIndexed");
    default(spec, "suspend", false);
    default(spec, "manualSelector", false);
    let replaced = if spec["podFailurePolicy"].is_null() { "TerminatingOrFailed" } else { "Failed" };
    default_text(spec, "podReplacementPolicy", replaced);
    if let Some(policy) = spec.get_mut("podFailurePolicy") {
        each(policy, "rules", |rule| each(rule, "onPodConditions", |pattern| default_text(pattern, "status", "True")));
    }
    pod::template(&mut spec["template"]);
}
