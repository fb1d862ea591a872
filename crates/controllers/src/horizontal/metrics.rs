//! How many replicas an autoscaler's metrics ask for.
//!
//! <https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details>,
//! pkg/controller/podautoscaler/replica_calculator.go. Only what the metrics server measures: metrics of type Resource and
//! ContainerResource.

use std::rc::Rc;
use std::time::Duration;

use api::{Quantity, path};
use apiserver::{metrics_api, selector};
use component::Context;
use component::resources::milli;
use serde_json::{Value, json};
use sim::Time;

use crate::{condition, metrics_server};

/// How long a Pod's processor time is not trusted after its start, unless it is ready.
const INITIALIZATION: Duration = Duration::from_secs(300);
const INITIAL_READINESS: Duration = Duration::from_secs(30);
const WINDOW: Duration = Duration::from_secs(60);

/// What one metric asks for.
pub struct Proposal {
    pub replicas: i64,
    /// `cpu resource utilization (percentage of request)`
    pub name: String,
    /// An entry of `status.currentMetrics`.
    pub status: Value,
}

/// The tolerance upwards and downwards: the deviation from the target within which nothing is scaled.
#[derive(Clone, Copy)]
pub struct Tolerance {
    pub up: f64,
    pub down: f64,
}

impl Tolerance {
    fn covers(self, ratio: f64) -> bool {
        1.0 - self.down <= ratio && ratio <= 1.0 + self.up
    }
}

/// A Pod of the target, and what it uses of a resource, in thousandths.
struct Measured<'a> {
    pod: &'a Rc<Value>,
    used: i64,
}

/// The Pods of a target, by what is known of them.
struct Groups<'a> {
    ready: Vec<Measured<'a>>,
    unready: Vec<&'a Rc<Value>>,
    missing: Vec<&'a Rc<Value>>,
}

/// What a metric asks for.
///
/// # Errors
/// Why the metric has no value.
pub fn propose(
    cx: &Context,
    target: &Value,
    metric: &Value,
    current: i64,
    tolerance: Tolerance,
) -> Result<Proposal, String> {
    let kind = path::str(metric, "type");
    let (field, container) = match kind {
        "Resource" => ("resource", None),
        "ContainerResource" => ("containerResource", metric["containerResource"]["container"].as_str()),
        kind => return Err(format!("unable to get {kind} metrics: no custom metrics API is registered")),
    };
    let (resource, wanted) = (path::str(&metric[field], "name"), &metric[field]["target"]);
    let unable = |why: &str| format!("unable to get metrics for resource {resource}: {why}");
    let percent = path::int(wanted, "averageUtilization");
    let groups = groups(cx, target, resource, container).map_err(|why| {
        let why = unable(&why);
        if percent.is_some() { format!("failed to get {resource} utilization: {why}") } else { why }
    })?;
    let of = container.map(|name| format!(" container {name}")).unwrap_or_default();
    let (proposed, now, name) = match percent {
        Some(percent) => {
            let (replicas, now) = by_utilization(&groups, (resource, container), percent, current, tolerance)
                .map_err(|why| format!("failed to get {resource} utilization: {why}"))?;
            (replicas, now, format!("{resource}{of} resource utilization (percentage of request)"))
        }
        None => {
            let average = milli(&wanted["averageValue"]).max(1);
            let (replicas, now) = by_value(&groups, average, current, tolerance);
            (replicas, json!({"averageValue": quantity_text(resource, now)}), format!("{resource}{of} resource"))
        }
    };
    let mut status = json!({"type": kind});
    status[field] = json!({"name": resource, "current": now});
    if let Some(container) = container {
        status[field]["container"] = container.into();
    }
    Ok(Proposal { replicas: proposed, name, status })
}

/// A quantity of a resource, given in thousandths.
fn quantity_text(resource: &str, amount: i64) -> String {
    match resource {
        "cpu" => Quantity::from_milli(amount).to_string(),
        _ => Quantity::from_int(amount / 1000).to_string(),
    }
}

fn groups<'a>(cx: &Context<'a>, target: &Value, resource: &str, container: Option<&str>) -> Result<Groups<'a>, String> {
    let namespace = path::str(target, "metadata.namespace");
    let unable = "unable to fetch metrics from resource metrics API";
    match metrics_api::answers(cx.view.get(metrics_api::SERVICE.0, "", metrics_api::SERVICE.1)) {
        None => {
            return Err(format!(
                "{unable}: the server could not find the requested resource (get pods.metrics.k8s.io)"
            ));
        }
        Some(false) => {
            return Err(format!(
                "{unable}: the server is currently unable to handle the request (get pods.metrics.k8s.io)"
            ));
        }
        Some(true) => {}
    }
    let mut groups = Groups { ready: Vec::new(), unready: Vec::new(), missing: Vec::new() };
    let mut any = false;
    for (key, info) in cx.index.pods.iter().filter(|(key, _)| *key.namespace == *namespace) {
        if !selector::matches(&target["spec"]["selector"], &info.labels) {
            continue;
        }
        let Some(pod) = cx.view.get("pods", &key.namespace, &key.name) else { continue };
        if info.terminating || pod["status"]["phase"] == "Failed" {
            continue;
        }
        let metrics = cx.view.get(metrics_server::PODS, &key.namespace, &key.name);
        any |= metrics.is_some();
        if pod["status"]["phase"] == "Pending" {
            groups.unready.push(pod);
            continue;
        }
        let Some(metrics) = metrics else {
            groups.missing.push(pod);
            continue;
        };
        if resource == "cpu" && is_unready(cx.now, pod, metrics) {
            groups.unready.push(pod);
            continue;
        }
        let counted = |one: &&Value| container.is_none_or(|name| one["name"] == name);
        let used =
            path::list(metrics, "containers").iter().filter(counted).map(|one| milli(&one["usage"][resource])).sum();
        groups.ready.push(Measured { pod, used });
    }
    if !any {
        return Err("no metrics returned from resource metrics API".to_owned());
    }
    if groups.ready.is_empty() {
        return Err("did not receive metrics for targeted pods (pods might be unready)".to_owned());
    }
    Ok(groups)
}

/// Whether what a Pod's processors did says nothing yet: it is starting, or was not ready when that was measured.
fn is_unready(now: Time, pod: &Value, metrics: &Value) -> bool {
    let time = |value: &Value| value.as_str().and_then(Time::parse_rfc3339);
    let Some(ready) = condition(&pod["status"], "Ready") else { return true };
    let Some(started) = time(&pod["status"]["startTime"]) else { return true };
    let since = time(&ready["lastTransitionTime"]).unwrap_or_default();
    let no = ready["status"] == "False";
    if started + INITIALIZATION > now {
        no || time(&metrics["timestamp"]).is_none_or(|taken| taken < since + WINDOW)
    } else {
        no && started + INITIAL_READINESS > since
    }
}

/// What a Pod's containers request of a resource, in thousandths.
///
/// # Errors
/// The message about a container that has no such request.
fn request(pod: &Value, (resource, container): (&str, Option<&str>)) -> Result<i64, String> {
    let sidecars = path::list(pod, "spec.initContainers").iter().filter(|one| one["restartPolicy"] == "Always");
    let mut sum = 0;
    for one in path::list(pod, "spec.containers").iter().chain(sidecars) {
        if container.is_some_and(|name| one["name"] != name) {
            continue;
        }
        let request = &one["resources"]["requests"][resource];
        if request.is_null() {
            let (name, pod) = (path::str(one, "name"), path::str(pod, "metadata.name"));
            return Err(format!("missing request for {resource} in container {name} of Pod {pod}"));
        }
        sum += milli(request);
    }
    Ok(sum)
}

fn by_utilization(
    groups: &Groups,
    of: (&str, Option<&str>),
    percent: i64,
    current: i64,
    tolerance: Tolerance,
) -> Result<(i64, Value), String> {
    let mut used: Vec<(i64, i64)> = Vec::new();
    for one in &groups.ready {
        used.push((one.used, request(one.pod, of)?));
    }
    let utilization = |list: &[(i64, i64)]| {
        let (used, asked) = list.iter().fold((0, 0), |(used, asked), one| (used + one.0, asked + one.1));
        used * 100 / asked.max(1)
    };
    let now = utilization(&used);
    let average = used.iter().map(|one| one.0).sum::<i64>() / used.len().max(1) as i64;
    let status = json!({"averageUtilization": now, "averageValue": quantity_text(of.0, average)});
    let mut ratio = now as f64 / percent as f64;
    let ready = used.len() as i64;
    // Pods that start count as idle where more would be made; so do those without metrics, or as busy where fewer would be.
    let rebalances = !groups.unready.is_empty() && ratio > 1.0 || !groups.missing.is_empty();
    if !rebalances {
        let wanted = if tolerance.covers(ratio) { current } else { (ratio * ready as f64).ceil() as i64 };
        return Ok((wanted, status));
    }
    for pod in &groups.missing {
        let asks = request(pod, of)?;
        let share = if ratio < 1.0 { percent.max(100) } else { 0 };
        used.push((asks * share / 100, asks));
    }
    if ratio > 1.0 {
        for pod in &groups.unready {
            used.push((0, request(pod, of)?));
        }
    }
    let before = ratio;
    ratio = utilization(&used) as f64 / percent as f64;
    Ok((settled(before, ratio, used.len(), current, tolerance), status))
}

fn by_value(groups: &Groups, average: i64, current: i64, tolerance: Tolerance) -> (i64, i64) {
    let mean = |list: &[i64]| list.iter().sum::<i64>() / (list.len() as i64).max(1);
    let mut used: Vec<i64> = groups.ready.iter().map(|one| one.used).collect();
    let now = mean(&used);
    let ratio = now as f64 / average as f64;
    let rebalances = !groups.unready.is_empty() && ratio > 1.0 || !groups.missing.is_empty();
    if !rebalances {
        let wanted = if tolerance.covers(ratio) { current } else { (ratio * used.len() as f64).ceil() as i64 };
        return (wanted, now);
    }
    used.extend(groups.missing.iter().map(|_| if ratio < 1.0 { average } else { 0 }));
    if ratio > 1.0 {
        used.extend(groups.unready.iter().map(|_| 0));
    }
    (settled(ratio, mean(&used) as f64 / average as f64, used.len(), current, tolerance), now)
}

/// The replicas by the ratio that counts all Pods; none changes where that says the opposite of the first.
fn settled(before: f64, ratio: f64, pods: usize, current: i64, tolerance: Tolerance) -> i64 {
    if tolerance.covers(ratio) || before < 1.0 && ratio > 1.0 || before > 1.0 && ratio < 1.0 {
        return current;
    }
    let wanted = (ratio * pods as f64).ceil() as i64;
    let turns = ratio < 1.0 && wanted > current || ratio > 1.0 && wanted < current;
    if turns { current } else { wanted }
}
