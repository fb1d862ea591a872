//! The CronJob controller: creates a Job at each time of the schedule.
//!
//! <https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/>, pkg/controller/cronjob

use std::rc::Rc;
use std::time::Duration;

use api::path;
use apiserver::ObjectKey;
use apiserver::cron::Schedule;
use apiserver::zones::Zone;
use component::{Context, Reconciled, Write, write_status};
use serde_json::{Value, json};
use sim::Time;

use super::{condition, controller_reference, job};

/// Reconciles one CronJob.
#[inline(never)]
pub fn reconcile(cx: &mut Context, key: &ObjectKey) -> Reconciled {
    let mut out = Reconciled::default();
    let Some(cron) = cx.view.get(&key.resource, &key.namespace, &key.name) else { return out };
    if !path::get(cron, "metadata.deletionTimestamp").is_null() {
        return out;
    }
    let owned: Vec<&Rc<Value>> = cx
        .index
        .owned
        .get(path::str(cron, "metadata.uid"))
        .into_iter()
        .flatten()
        .filter(|one| &*one.resource == "jobs.batch")
        .filter_map(|one| cx.view.get(&one.resource, &one.namespace, &one.name))
        .collect();
    let mut status = if cron["status"].is_object() { cron["status"].clone() } else { json!({}) };
    note_finished(cron, &owned, &mut status, &mut out);
    clean_up(key, cron, &owned, &mut out);
    if !path::bool(cron, "spec.suspend") {
        schedule(cx, key, cron, &owned, &mut status, &mut out);
    }
    write_status(&mut out, key, &cron["status"], status);
    out
}

fn note_finished(cron: &Rc<Value>, owned: &[&Rc<Value>], status: &mut Value, out: &mut Reconciled) {
    let mut active = path::list(status, "active").to_vec();
    active.retain(|reference| {
        let Some(found) = owned.iter().find(|one| one["metadata"]["uid"] == reference["uid"]) else { return false };
        if !job::finished(found) {
            return true;
        }
        let complete = condition(&found["status"], "Complete").is_some();
        let how = if complete { "Complete" } else { "Failed" };
        if complete {
            status["lastSuccessfulTime"] = found["status"]["completionTime"].clone();
        }
        let name = path::str(found, "metadata.name");
        out.normal(cron, "SawCompletedJob", format!("Saw completed job: {name}, condition: {how}"));
        false
    });
    if active.is_empty() {
        path::remove(status, "active");
    } else {
        status["active"] = active.into();
    }
}

/// Keeps the last few finished Jobs.
fn clean_up(key: &ObjectKey, cron: &Rc<Value>, owned: &[&Rc<Value>], out: &mut Reconciled) {
    for (kind, field, default) in
        [("Complete", "successfulJobsHistoryLimit", 3), ("Failed", "failedJobsHistoryLimit", 1)]
    {
        let limit = path::int(&cron["spec"], field).unwrap_or(default).max(0) as usize;
        let mut ended: Vec<&&Rc<Value>> = owned
            .iter()
            .filter(|one| condition(&one["status"], kind).is_some_and(|one| one["status"] == "True"))
            .collect();
        sim::order::sort_by_text(&mut ended, |one| path::str(one, "status.startTime"));
        for one in ended.iter().take(ended.len().saturating_sub(limit)) {
            let name = path::str(one, "metadata.name");
            let at = ObjectKey::new("jobs.batch", &key.namespace, name);
            out.writes.push(Write::Delete(at, json!({"propagationPolicy": "Background"})));
            out.normal(cron, "SuccessfulDelete", format!("Deleted job {name}"));
        }
    }
}

fn schedule(
    cx: &Context,
    key: &ObjectKey,
    cron: &Rc<Value>,
    owned: &[&Rc<Value>],
    status: &mut Value,
    out: &mut Reconciled,
) {
    let text = path::str(cron, "spec.schedule");
    let Ok(schedule) = Schedule::parse(text) else {
        out.warning(cron, "UnparseableSchedule", format!("unparseable schedule: {text:?}"));
        return;
    };
    let named = path::str(cron, "spec.timeZone");
    // The table of zones is long, and most schedules are read as UTC.
    let zone = if named.is_empty() { Zone::UTC } else { Zone::find(named).unwrap_or(Zone::UTC) };
    let created = Time::parse_rfc3339(path::str(cron, "metadata.creationTimestamp")).unwrap_or(cx.now);
    let last = Time::parse_rfc3339(path::str(status, "lastScheduleTime")).unwrap_or(created);
    if let Some(due) = schedule.latest(last, cx.now, &zone) {
        let late = path::int(cron, "spec.startingDeadlineSeconds")
            .is_some_and(|secs| cx.now.since(due) > Duration::from_secs(secs.max(0) as u64));
        let active = path::list(status, "active").to_vec();
        let policy = path::str(cron, "spec.concurrencyPolicy");
        let name = format!("{}-{}", key.name, due.unix_secs() / 60);
        let exists = owned.iter().any(|one| path::str(one, "metadata.name") == name);
        if late {
            out.warning(cron, "MissSchedule", format!("Missed scheduled time to start a job: {}", due.rfc3339()));
            status["lastScheduleTime"] = due.rfc3339().into();
        } else if policy == "Forbid" && !active.is_empty() {
            let message = "Not starting job because prior execution is running and concurrency policy is Forbid";
            out.normal(cron, "JobAlreadyActive", message);
        } else if exists {
            // The Job is created now; it becomes active when the controller sees it.
            let made = owned.iter().find(|one| path::str(one, "metadata.name") == name);
            if let Some(made) = made.filter(|made| !job::finished(made)) {
                let mut active = active;
                if !active.iter().any(|one| one["uid"] == made["metadata"]["uid"]) {
                    active.push(json!({
                        "apiVersion": "batch/v1", "kind": "Job", "name": name, "namespace": &*key.namespace,
                        "uid": made["metadata"]["uid"], "resourceVersion": made["metadata"]["resourceVersion"],
                    }));
                }
                status["active"] = active.into();
            }
            status["lastScheduleTime"] = due.rfc3339().into();
        } else {
            if policy == "Replace" {
                for one in active {
                    let name = path::str(&one, "name");
                    let at = ObjectKey::new("jobs.batch", &key.namespace, name);
                    out.writes.push(Write::Delete(at, json!({"propagationPolicy": "Background"})));
                    out.normal(cron, "SuccessfulDelete", format!("Deleted job {name}"));
                }
            }
            out.writes.push(Write::Create("jobs.batch", job_of(cron, &name, &zone.rfc3339(due))));
            out.normal(cron, "SuccessfulCreate", format!("Created job {name}"));
        }
    }
    match schedule.next(cx.now, &zone) {
        Some(next) => out.requeue_within(next.since(cx.now) + Duration::from_millis(100)),
        // The 31st of February.
        None => {
            let why = "time difference between two schedules is less than 1 second";
            out.warning(cron, "InvalidSchedule", format!("invalid schedule: {text} : {why}"));
        }
    }
}

fn job_of(cron: &Value, name: &str, due: &str) -> Value {
    let template = &cron["spec"]["jobTemplate"];
    let mut metadata = template["metadata"].clone();
    if !metadata.is_object() {
        metadata = json!({});
    }
    metadata["name"] = name.into();
    metadata["namespace"] = cron["metadata"]["namespace"].clone();
    metadata["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"] = due.into();
    metadata["ownerReferences"] = json!([controller_reference(cron)]);
    json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": template["spec"]})
}
