//! The CronJob controller: a Job whenever the schedule says so.
//!
//! <https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/>, pkg/controller/cronjob. Times are UTC; `timeZone`
//! is not followed.

use std::rc::Rc;
use std::time::Duration;

use api::path;
use serde_json::{Value, json};
use sim::Time;

use super::{condition, controller_reference, job, write_status};
use crate::reconcile::{Outcome, Write};
use crate::runtime::Context;
use crate::store::ObjectKey;

/// Looks at one CronJob.
#[inline(never)]
pub fn reconcile(cx: &mut Context, key: &ObjectKey) -> Outcome {
    let mut out = Outcome::default();
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
    write_status(&mut out, key, &cron["status"], &status);
    out
}

fn note_finished(cron: &Rc<Value>, owned: &[&Rc<Value>], status: &mut Value, out: &mut Outcome) {
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
fn clean_up(key: &ObjectKey, cron: &Rc<Value>, owned: &[&Rc<Value>], out: &mut Outcome) {
    for (kind, field, default) in
        [("Complete", "successfulJobsHistoryLimit", 3), ("Failed", "failedJobsHistoryLimit", 1)]
    {
        let limit = path::int(&cron["spec"], field).unwrap_or(default).max(0) as usize;
        let mut ended: Vec<&&Rc<Value>> = owned
            .iter()
            .filter(|one| condition(&one["status"], kind).is_some_and(|one| one["status"] == "True"))
            .collect();
        ended.sort_by_key(|one| path::str(one, "status.startTime").to_owned());
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
    out: &mut Outcome,
) {
    let text = path::str(cron, "spec.schedule");
    let Some(schedule) = Schedule::parse(text) else {
        out.warning(cron, "UnparseableSchedule", format!("unparseable schedule: {text:?}"));
        return;
    };
    let created = Time::parse_rfc3339(path::str(cron, "metadata.creationTimestamp")).unwrap_or(cx.now);
    let last = Time::parse_rfc3339(path::str(status, "lastScheduleTime")).unwrap_or(created);
    if let Some(due) = schedule.latest(last, cx.now) {
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
            // It is made; when it is seen, it becomes active.
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
            out.writes.push(Write::Create("jobs.batch", job_of(cron, &name, due)));
            out.normal(cron, "SuccessfulCreate", format!("Created job {name}"));
        }
    }
    if let Some(next) = schedule.next(cx.now) {
        out.again_after(next.since(cx.now) + Duration::from_millis(100));
    }
}

fn job_of(cron: &Value, name: &str, due: Time) -> Value {
    let template = &cron["spec"]["jobTemplate"];
    let mut metadata = template["metadata"].clone();
    if !metadata.is_object() {
        metadata = json!({});
    }
    metadata["name"] = name.into();
    metadata["namespace"] = cron["metadata"]["namespace"].clone();
    metadata["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"] = due.rfc3339().into();
    metadata["ownerReferences"] = json!([controller_reference(cron)]);
    json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": template["spec"]})
}

/// A cron schedule: minutes, hours, days of the month, months, days of the week, as sets of bits.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Schedule {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    any_day: bool,
    any_weekday: bool,
}

impl Schedule {
    fn parse(text: &str) -> Option<Schedule> {
        let text = match text.trim() {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            other => other,
        };
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields.as_slice() else { return None };
        const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
        const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
        let mut weekdays_set = field(weekdays, 0, 7, DAYS, 0)?;
        if weekdays_set & (1 << 7) != 0 {
            weekdays_set |= 1; // Sunday is 0 and 7
        }
        Some(Schedule {
            minutes: field(minutes, 0, 59, &[], 0)?,
            hours: field(hours, 0, 23, &[], 0)?,
            days: field(days, 1, 31, &[], 0)?,
            months: field(months, 1, 12, MONTHS, 1)?,
            weekdays: weekdays_set,
            any_day: days.starts_with(['*', '?']),
            any_weekday: weekdays.starts_with(['*', '?']),
        })
    }

    fn matches(&self, time: Time) -> bool {
        let civil = time.civil();
        let has = |set: u64, value: u32| set & (1 << value) != 0;
        let (day, weekday) = (has(self.days, civil.day), has(self.weekdays, civil.weekday));
        let days = if self.any_day || self.any_weekday { day && weekday } else { day || weekday };
        has(self.minutes, civil.minute) && has(self.hours, civil.hour) && has(self.months, civil.month) && days
    }

    /// The first time after this one; none within four years is none at all.
    fn next(&self, after: Time) -> Option<Time> {
        let mut minute = after.unix_secs().div_euclid(60) + 1;
        let end = minute + 4 * 366 * 24 * 60;
        while minute < end {
            let time = Time::from_unix_secs(minute * 60);
            if self.matches(time) {
                return Some(time);
            }
            // Days on which nothing happens are passed over at once.
            let civil = time.civil();
            let noon = Schedule { minutes: u64::MAX, hours: u64::MAX, ..*self };
            minute += if noon.matches(time) { 1 } else { i64::from(24 * 60 - civil.hour * 60 - civil.minute) };
        }
        None
    }

    /// The last time after `since` and by `now`.
    fn latest(&self, since: Time, now: Time) -> Option<Time> {
        let mut found = None;
        // Of what was missed only the last counts; a day back is far enough to look.
        let mut from = since.max(now - Duration::from_secs(86_400));
        while let Some(next) = self.next(from).filter(|next| *next <= now) {
            found = Some(next);
            from = next;
        }
        found
    }
}

fn field(text: &str, least: u32, most: u32, names: &[&str], first: u32) -> Option<u64> {
    let number = |text: &str| -> Option<u32> {
        let lower = text.to_ascii_lowercase();
        let named = names.iter().position(|name| *name == lower).map(|at| at as u32 + first);
        named.or_else(|| text.parse().ok()).filter(|value| (least..=most).contains(value))
    };
    let mut set = 0u64;
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<u32>().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let (from, to) = match range {
            "*" | "?" => (least, most),
            range => match range.split_once('-') {
                Some((from, to)) => (number(from)?, number(to)?),
                None => (number(range)?, if part.contains('/') { most } else { number(range)? }),
            },
        };
        if from > to {
            return None;
        }
        for value in (from..=to).step_by(step as usize) {
            set |= 1 << value;
        }
    }
    Some(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_say_when() {
        let now = Time::parse_rfc3339("2026-11-22T10:02:30Z").unwrap(); // a Sunday
        for (schedule, next) in [
            ("*/5 * * * *", "2026-11-22T10:05:00Z"),
            ("* * * * *", "2026-11-22T10:03:00Z"),
            ("0 0 * * *", "2026-11-23T00:00:00Z"),
            ("@hourly", "2026-11-22T11:00:00Z"),
            ("30 9 1 * *", "2026-12-01T09:30:00Z"),
            ("0 12 * * MON-FRI", "2026-11-23T12:00:00Z"),
            ("0 12 13 * 7", "2026-11-22T12:00:00Z"),
            ("15,45 10-11 * nov 0", "2026-11-22T10:15:00Z"),
            ("0 0 29 2 *", "2028-02-29T00:00:00Z"),
        ] {
            let found = Schedule::parse(schedule).and_then(|schedule| schedule.next(now)).map(Time::rfc3339);
            assert_eq!(found.as_deref(), Some(next), "{schedule}");
        }
        for bad in ["", "* * * *", "60 * * * *", "a * * * *", "5-1 * * * *", "*/0 * * * *"] {
            assert_eq!(Schedule::parse(bad), None, "{bad}");
        }
        assert_eq!(Schedule::parse("0 0 31 2 *").unwrap().next(now), None);
    }
}
