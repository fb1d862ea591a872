//! The horizontal Pod autoscaler: scales to as many replicas as its metrics ask for, within its bounds and `behavior`.
//!
//! <https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/>, pkg/controller/podautoscaler

mod behavior;
mod metrics;

use std::rc::Rc;
use std::time::Duration;

use api::{PatchType, path, resource_of_kind};
use apiserver::ObjectKey;
use component::{Context, Reconciled, Write, write_status};
use serde_json::{Value, json};
use sim::{SharedMap, Time};

use self::behavior::Known;
use super::set_condition;

/// How often an autoscaler is reconciled (`--horizontal-pod-autoscaler-sync-period`).
pub const EVERY: Duration = Duration::from_secs(15);

/// The controller's memory: what it recommended and did lately.
#[derive(Clone, Default)]
pub struct Autoscalers {
    known: SharedMap<ObjectKey, Known>,
}

/// What the metrics of an autoscaler ask for together.
struct Wanted {
    replicas: i64,
    name: String,
    statuses: Vec<Value>,
}

impl Autoscalers {
    /// Reconciles one autoscaler.
    #[inline(never)]
    pub fn reconcile(&mut self, cx: &mut Context, key: &ObjectKey) -> Reconciled {
        let mut out = Reconciled::default();
        let Some(scaler) = cx.view.get(&key.resource, &key.namespace, &key.name) else {
            self.known.remove(key);
            return out;
        };
        out.requeue_within(EVERY);
        let mut status = scaler["status"].clone();
        let reference = &scaler["spec"]["scaleTargetRef"];
        let found = resource_of_kind(path::str(reference, "apiVersion"), path::str(reference, "kind"));
        let name = path::str(reference, "name");
        let target = found
            .filter(|resource| resource.subresource("scale").is_some())
            .and_then(|resource| Some((resource, cx.view.get(resource.key(), &key.namespace, name)?)));
        let now = cx.now;
        let condition = |status: &mut Value, kind: &str, state: &str, reason: &str, message: &str| {
            say(status, kind, (state, reason, message), now);
        };
        let Some((resource, target)) = target else {
            let why = match found {
                Some(resource) => format!("{} {name:?} not found", resource.key()),
                None => format!(
                    "no matches for kind {:?} in group {:?}",
                    path::str(reference, "kind"),
                    api::split_api_version(path::str(reference, "apiVersion")).0
                ),
            };
            out.warning(scaler, "FailedGetScale", why.clone());
            let message = format!("the HPA controller was unable to get the target's current scale: {why}");
            condition(&mut status, "AbleToScale", "False", "FailedGetScale", &message);
            write_status(&mut out, key, &scaler["status"], status);
            return out;
        };
        let message = "the HPA controller was able to get the target's current scale";
        condition(&mut status, "AbleToScale", "True", "SucceededGetScale", message);
        let current = path::int(target, "spec.replicas").unwrap_or(1);
        let least = path::int(scaler, "spec.minReplicas").unwrap_or(1);
        let most = path::int(scaler, "spec.maxReplicas").unwrap_or(least);
        status["currentReplicas"] = path::int(target, "status.replicas").unwrap_or_default().into();
        let known = self.known.get_or_insert_with(key.clone(), Known::default);
        let mut desired = current;
        let mut why = String::new();
        if current == 0 && least != 0 {
            let message = "scaling is disabled since the replica count of the target is zero";
            condition(&mut status, "ScalingActive", "False", "ScalingDisabled", message);
        } else if current > most {
            (desired, why) = (most, "Current number of replicas above Spec.MaxReplicas".to_owned());
        } else if current < least {
            (desired, why) = (least, "Current number of replicas below Spec.MinReplicas".to_owned());
        } else if let Some(wanted) = self::wanted(cx, scaler, target, current, &mut status, &mut out) {
            why = match wanted.replicas > current {
                true => format!("{} above target", wanted.name),
                false => "All metrics below target".to_owned(),
            };
            let normal = known.normalize(&scaler["spec"], now, (current, wanted.replicas), (least, most));
            condition(&mut status, "AbleToScale", "True", normal.able.0, normal.able.1);
            let (state, (reason, message)) = match normal.limited {
                Some(limited) => ("True", limited),
                None => ("False", ("DesiredWithinRange", "the desired count is within the acceptable range")),
            };
            condition(&mut status, "ScalingLimited", state, reason, message);
            status["currentMetrics"] = wanted.statuses.into();
            desired = normal.replicas;
        } else {
            path::remove(&mut status, "currentMetrics");
        }
        status["desiredReplicas"] = desired.into();
        if desired != current {
            known.scaled(now, current, desired);
            out.writes.push(Write::Patch {
                key: ObjectKey::new(resource.key(), &key.namespace, name),
                subresource: "scale",
                patch: PatchType::Merge,
                body: json!({"spec": {"replicas": desired}}),
            });
            out.normal(scaler, "SuccessfulRescale", format!("New size: {desired}; reason: {why}"));
            let message = format!("the HPA controller was able to update the target scale to {desired}");
            condition(&mut status, "AbleToScale", "True", "SucceededRescale", &message);
            status["lastScaleTime"] = now.rfc3339().into();
        }
        write_status(&mut out, key, &scaler["status"], status);
        out
    }
}

/// Puts a condition into the status. Its message may differ where its reason does not.
fn say(status: &mut Value, kind: &str, (state, reason, message): (&str, &str, &str), now: Time) {
    set_condition(status, kind, state, reason, message, now, false);
    let conditions = status.get_mut("conditions").and_then(Value::as_array_mut);
    if let Some(condition) = conditions.into_iter().flatten().find(|one| one["type"] == kind) {
        condition["message"] = message.into();
    }
}

/// The most that a metric asks for. `None` where none can be told, or where one cannot and the others ask for less than there is.
fn wanted(
    cx: &Context,
    scaler: &Rc<Value>,
    target: &Value,
    current: i64,
    status: &mut Value,
    out: &mut Reconciled,
) -> Option<Wanted> {
    let all = path::list(scaler, "spec.metrics");
    let tolerance = behavior::tolerance(&scaler["spec"]);
    let mut wanted: Option<Wanted> = None;
    let mut failed: Vec<(String, &str, String)> = Vec::new();
    for metric in all {
        match metrics::propose(cx, target, metric, current, tolerance) {
            Ok(proposal) => {
                let wanted =
                    wanted.get_or_insert(Wanted { replicas: i64::MIN, name: String::new(), statuses: Vec::new() });
                wanted.statuses.push(proposal.status);
                if proposal.replicas > wanted.replicas {
                    (wanted.replicas, wanted.name) = (proposal.replicas, proposal.name);
                }
            }
            Err(why) => {
                let (reason, field) = match path::str(metric, "type") {
                    "ContainerResource" => ("FailedGetContainerResourceMetric", "containerResource"),
                    _ => ("FailedGetResourceMetric", "resource"),
                };
                out.warning(scaler, reason, why.clone());
                failed.push((path::str(&metric[field], "name").to_owned(), reason, why));
            }
        }
    }
    let enough = wanted.as_ref().is_some_and(|wanted| failed.is_empty() || wanted.replicas >= current);
    if let Some((name, reason, why)) = failed.first().filter(|_| !enough) {
        let message = format!(
            "invalid metrics ({} invalid out of {}), first error is: failed to get {name} resource metric value: {why}",
            failed.len(),
            all.len()
        );
        out.warning(scaler, "FailedComputeMetricsReplicas", message);
        let message = format!("the HPA was unable to compute the replica count: {why}");
        say(status, "ScalingActive", ("False", reason, &message), cx.now);
    }
    let wanted = wanted.filter(|_| enough)?;
    let message = format!("the HPA was able to successfully calculate a replica count from {}", wanted.name);
    say(status, "ScalingActive", ("True", "ValidMetricFound", &message), cx.now);
    Some(wanted)
}
