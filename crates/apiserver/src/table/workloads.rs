//! Deployments and the other workloads.

use api::{duration, path};
use serde_json::Value;
use sim::Time;

use super::{Row, containers, has_condition, labels, or, selector};

pub(super) fn deployment(row: &Row) -> Vec<Value> {
    let [names, images] = containers(path::list(row.object, "spec.template.spec.containers"));
    vec![
        row.name(),
        format!("{}/{}", row.int("status.readyReplicas"), row.int("spec.replicas")).into(),
        row.int("status.updatedReplicas").into(),
        row.int("status.availableReplicas").into(),
        row.age(),
        names,
        images,
        selector(&row.object["spec"]["selector"]).into(),
    ]
}

pub(super) fn replica_set(row: &Row) -> Vec<Value> {
    let [names, images] = containers(path::list(row.object, "spec.template.spec.containers"));
    let of = &row.object["spec"]["selector"];
    // A ReplicationController's selector is a plain map.
    let shown = if row.text("kind") == "ReplicationController" { labels(of) } else { selector(of) };
    vec![
        row.name(),
        row.int("spec.replicas").into(),
        row.int("status.replicas").into(),
        row.int("status.readyReplicas").into(),
        row.age(),
        names,
        images,
        shown.into(),
    ]
}

pub(super) fn stateful_set(row: &Row) -> Vec<Value> {
    let [names, images] = containers(path::list(row.object, "spec.template.spec.containers"));
    let ready = format!("{}/{}", row.int("status.readyReplicas"), row.int("spec.replicas"));
    vec![row.name(), ready.into(), row.age(), names, images]
}

pub(super) fn daemon_set(row: &Row) -> Vec<Value> {
    let [names, images] = containers(path::list(row.object, "spec.template.spec.containers"));
    vec![
        row.name(),
        row.int("status.desiredNumberScheduled").into(),
        row.int("status.currentNumberScheduled").into(),
        row.int("status.numberReady").into(),
        row.int("status.updatedNumberScheduled").into(),
        row.int("status.numberAvailable").into(),
        labels(&row.object["spec"]["template"]["spec"]["nodeSelector"]).into(),
        row.age(),
        names,
        images,
        selector(&row.object["spec"]["selector"]).into(),
    ]
}

pub(super) fn job(row: &Row) -> Vec<Value> {
    let [names, images] = containers(path::list(row.object, "spec.template.spec.containers"));
    let succeeded = row.int("status.succeeded");
    let completions = match (path::int(row.object, "spec.completions"), row.int("spec.parallelism")) {
        (Some(wanted), _) => format!("{succeeded}/{wanted}"),
        (None, parallelism) if parallelism > 1 => format!("{succeeded}/1 of {parallelism}"),
        (None, _) => format!("{succeeded}/1"),
    };
    let status = [("Complete", "Complete"), ("Failed", "Failed")]
        .into_iter()
        .find(|(kind, _)| has_condition(row.object, kind))
        .or_else(|| row.is_deleting().then_some(("", "Terminating")))
        .or_else(|| {
            ["Suspended", "FailureTarget", "SuccessCriteriaMet"]
                .into_iter()
                .find(|kind| has_condition(row.object, kind))
                .map(|kind| ("", kind))
        })
        .map_or("Running", |(_, shown)| shown);
    let start = Time::parse_rfc3339(row.text("status.startTime"));
    let end = Time::parse_rfc3339(row.text("status.completionTime")).unwrap_or(row.now);
    let took = start.map_or_else(String::new, |start| duration::human(end.unix_secs() - start.unix_secs()));
    vec![
        row.name(),
        status.into(),
        completions.into(),
        took.into(),
        row.age(),
        names,
        images,
        selector(&row.object["spec"]["selector"]).into(),
    ]
}

pub(super) fn cron_job(row: &Row) -> Vec<Value> {
    let [names, images] = containers(path::list(row.object, "spec.jobTemplate.spec.template.spec.containers"));
    let last = match row.text("status.lastScheduleTime") {
        "" => "<none>".to_owned(),
        time => row.since(time),
    };
    let suspended = match path::get(row.object, "spec.suspend").as_bool() {
        Some(true) => "True",
        Some(false) => "False",
        None => "<unset>",
    };
    vec![
        row.name(),
        row.text("spec.schedule").into(),
        or(row.text("spec.timeZone"), "<none>").into(),
        suspended.into(),
        path::list(row.object, "status.active").len().into(),
        last.into(),
        row.age(),
        names,
        images,
        selector(&row.object["spec"]["jobTemplate"]["spec"]["selector"]).into(),
    ]
}

pub(super) fn controller_revision(row: &Row) -> Vec<Value> {
    let owner = path::list(row.object, "metadata.ownerReferences").iter().find(|owner| path::bool(owner, "controller"));
    let owner = owner.map_or_else(
        || "<none>".to_owned(),
        |owner| {
            let (group, _) = api::split_api_version(path::str(owner, "apiVersion"));
            let dot = if group.is_empty() { "" } else { "." };
            format!("{}{dot}{group}/{}", path::str(owner, "kind").to_lowercase(), path::str(owner, "name"))
        },
    );
    vec![row.name(), owner.into(), row.int("revision").into(), row.age()]
}

pub(super) fn autoscaler(row: &Row) -> Vec<Value> {
    let current = path::list(row.object, "status.currentMetrics");
    let mut metrics: Vec<String> = Vec::new();
    for (index, metric) in path::list(row.object, "spec.metrics").iter().enumerate() {
        let value = current.get(index).unwrap_or(&Value::Null);
        let shown = if path::str(metric, "type") == "Resource" {
            let target = &metric["resource"]["target"];
            let now = &value["resource"]["current"];
            let (target, now) = match path::int(target, "averageUtilization") {
                Some(percent) => {
                    (format!("{percent}%"), path::int(now, "averageUtilization").map(|percent| format!("{percent}%")))
                }
                None => (path::str(target, "averageValue").to_owned(), now["averageValue"].as_str().map(str::to_owned)),
            };
            let now = now.unwrap_or_else(|| "<unknown>".to_owned());
            format!("{}: {now}/{target}", path::str(metric, "resource.name"))
        } else {
            "<unknown type>".to_owned()
        };
        metrics.push(shown);
    }
    let more = metrics.len().saturating_sub(2);
    metrics.truncate(2);
    let mut shown = or(&metrics.join(", "), "<none>").to_owned();
    if more > 0 {
        shown.push_str(&format!(" + {more} more..."));
    }
    let minimum = path::int(row.object, "spec.minReplicas");
    vec![
        row.name(),
        format!("{}/{}", row.text("spec.scaleTargetRef.kind"), row.text("spec.scaleTargetRef.name")).into(),
        shown.into(),
        minimum.map_or_else(|| "<unset>".to_owned(), |minimum| minimum.to_string()).into(),
        row.int("spec.maxReplicas").into(),
        row.int("status.currentReplicas").into(),
        row.age(),
    ]
}
