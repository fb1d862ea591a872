//! `kubectl describe` for Job and CronJob

use api::path;
use serde_json::Value;

use super::template::pod_template;
use super::text::{Text, capital, controller, format_selector, scalar};
use crate::duration::rfc1123;

fn number(object: &Value, field: &str) -> i64 {
    path::int(object, field).unwrap_or(0)
}

fn or_unset(value: &Value) -> String {
    match scalar(value) {
        text if text.is_empty() => "<unset>".to_owned(),
        text => text,
    }
}

/// Describes a Job.
pub fn job(text: &mut Text, job: &Value) {
    let (spec, status) = (&job["spec"], &job["status"]);
    text.name(job);
    text.pair(0, "Selector", format_selector(&spec["selector"]));
    text.labels_and_annotations(job);
    if let Some(controller) = controller(job) {
        text.pair(0, "Controlled By", controller);
    }
    text.pair(0, "Parallelism", number(spec, "parallelism").to_string());
    text.pair(0, "Completions", or_unset(&spec["completions"]));
    for (title, field) in [
        ("Completion Mode", "completionMode"),
        ("Suspend", "suspend"),
        ("Backoff Limit", "backoffLimit"),
        ("TTL Seconds After Finished", "ttlSecondsAfterFinished"),
    ] {
        if !spec[field].is_null() {
            text.pair(0, title, scalar(&spec[field]));
        }
    }
    let (start, end) = (path::str(status, "startTime"), path::str(status, "completionTime"));
    if !start.is_empty() {
        text.pair(0, "Start Time", rfc1123(start));
    }
    if !end.is_empty() {
        text.pair(0, "Completed At", rfc1123(end));
        if let (Some(start), Some(end)) = (sim::Time::parse_rfc3339(start), sim::Time::parse_rfc3339(end)) {
            text.pair(0, "Duration", api::duration::human(end.since(start).as_secs() as i64));
        }
    }
    if let Some(seconds) = path::int(spec, "activeDeadlineSeconds") {
        text.pair(0, "Active Deadline Seconds", format!("{seconds}s"));
    }
    let ready = path::int(status, "ready").map_or(String::new(), |ready| format!(" ({ready} Ready)"));
    let (active, succeeded, failed) = (number(status, "active"), number(status, "succeeded"), number(status, "failed"));
    text.pair(0, "Pods Statuses", format!("{active} Active{ready} / {succeeded} Succeeded / {failed} Failed"));
    if path::str(spec, "completionMode") == "Indexed" {
        let done = path::str(status, "completedIndexes");
        text.pair(0, "Completed Indexes", capped(done));
    }
    pod_template(text, &spec["template"]);
}

/// The indexes, or the first fifty characters of them and what belongs to those (`capIndexesListOrNone`).
fn capped(indexes: &str) -> String {
    match indexes.get(50..).and_then(|rest| rest.find(',')) {
        _ if indexes.is_empty() => "<none>".to_owned(),
        Some(comma) => format!("{}...", &indexes[..=50 + comma]),
        None => indexes.to_owned(),
    }
}

/// Describes a CronJob.
pub fn cron_job(text: &mut Text, cron: &Value) {
    let spec = &cron["spec"];
    text.name(cron);
    text.labels_and_annotations(cron);
    text.pair(0, "Schedule", path::str(spec, "schedule"));
    text.pair(0, "Concurrency Policy", path::str(spec, "concurrencyPolicy"));
    text.pair(0, "Suspend", spec["suspend"].as_bool().map_or("<unset>", capital));
    text.pair(0, "Time Zone", or_unset(&spec["timeZone"]));
    text.pair(0, "Successful Job History Limit", or_unset(&spec["successfulJobsHistoryLimit"]));
    text.pair(0, "Failed Job History Limit", or_unset(&spec["failedJobsHistoryLimit"]));
    let deadline = path::int(spec, "startingDeadlineSeconds").map_or("<unset>".to_owned(), |secs| format!("{secs}s"));
    text.pair(0, "Starting Deadline Seconds", deadline);
    let template = path::get(spec, "jobTemplate.spec");
    let selector = match template["selector"].is_null() {
        true => "<unset>".to_owned(),
        false => format_selector(&template["selector"]),
    };
    text.pair(0, "Selector", selector);
    text.pair(0, "Parallelism", or_unset(&template["parallelism"]));
    text.pair(0, "Completions", or_unset(&template["completions"]));
    if let Some(seconds) = path::int(template, "activeDeadlineSeconds") {
        text.pair(0, "Active Deadline Seconds", format!("{seconds}s"));
    }
    pod_template(text, &template["template"]);
    let last = path::str(cron, "status.lastScheduleTime");
    text.pair(0, "Last Schedule Time", if last.is_empty() { "<unset>".to_owned() } else { rfc1123(last) });
    let active: Vec<&str> = path::list(cron, "status.active").iter().map(|job| path::str(job, "name")).collect();
    text.pair(0, "Active Jobs", if active.is_empty() { "<none>".to_owned() } else { active.join(", ") });
}
