//! The horizontal autoscaler: keeps a workload between its bounds. Nothing here measures CPU or memory, so that beyond the
//! bounds it says what it says on a cluster without a metrics server.
//!
//! <https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/>, pkg/controller/podautoscaler

use std::time::Duration;

use api::{PatchType, path, resource_of_kind};
use serde_json::{Value, json};

use super::{set_condition, write_status};
use crate::reconcile::{Outcome, Write};
use crate::runtime::Context;
use crate::store::ObjectKey;

/// How often it looks (`--horizontal-pod-autoscaler-sync-period`).
pub const EVERY: Duration = Duration::from_secs(15);

/// Looks at one autoscaler.
#[inline(never)]
pub fn reconcile(cx: &mut Context, key: &ObjectKey) -> Outcome {
    let mut out = Outcome::default();
    let Some(scaler) = cx.view.get(&key.resource, &key.namespace, &key.name) else { return out };
    out.again_after(EVERY);
    let mut status = scaler["status"].clone();
    let reference = &scaler["spec"]["scaleTargetRef"];
    let found = resource_of_kind(path::str(reference, "apiVersion"), path::str(reference, "kind"));
    let name = path::str(reference, "name");
    let target = found
        .filter(|resource| resource.subresource("scale").is_some())
        .and_then(|resource| Some((resource, cx.view.get(resource.key(), &key.namespace, name)?)));
    let mut condition = |status: &mut Value, kind: &str, state: &str, reason: &str, message: &str| {
        set_condition(status, kind, state, reason, message, cx.now, false);
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
        write_status(&mut out, key, &scaler["status"], &status);
        return out;
    };
    condition(
        &mut status,
        "AbleToScale",
        "True",
        "SucceededGetScale",
        "the HPA controller was able to get the target's current scale",
    );
    let wanted_now = path::int(target, "spec.replicas").unwrap_or(1);
    let current = path::int(target, "status.replicas").unwrap_or_default();
    let least = path::int(scaler, "spec.minReplicas").unwrap_or(1);
    let most = path::int(scaler, "spec.maxReplicas").unwrap_or(least);
    status["currentReplicas"] = current.into();
    let bound = if wanted_now > most {
        Some((most, "Current number of replicas above Spec.MaxReplicas"))
    } else if wanted_now < least {
        Some((least, "Current number of replicas below Spec.MinReplicas"))
    } else {
        None
    };
    if wanted_now == 0 && least != 0 {
        let message = "scaling is disabled since the replica count of the target is zero";
        condition(&mut status, "ScalingActive", "False", "ScalingDisabled", message);
        status["desiredReplicas"] = 0.into();
    } else if let Some((replicas, reason)) = bound {
        out.writes.push(Write::Patch {
            key: ObjectKey::new(resource.key(), &key.namespace, name),
            subresource: "scale",
            patch: PatchType::Merge,
            body: json!({"spec": {"replicas": replicas}}),
        });
        out.normal(scaler, "SuccessfulRescale", format!("New size: {replicas}; reason: {reason}"));
        let message = format!("the HPA controller was able to update the target scale to {replicas}");
        condition(&mut status, "AbleToScale", "True", "SucceededRescale", &message);
        status["desiredReplicas"] = replicas.into();
        status["lastScaleTime"] = cx.now.rfc3339().into();
    } else {
        no_metrics(scaler, &mut status, &mut out, &mut condition);
    }
    write_status(&mut out, key, &scaler["status"], &status);
    out
}

/// No metrics API answers: the events and the condition of that.
fn no_metrics(
    scaler: &std::rc::Rc<Value>,
    status: &mut Value,
    out: &mut Outcome,
    condition: &mut dyn FnMut(&mut Value, &str, &str, &str, &str),
) {
    let metrics = path::list(scaler, "spec.metrics");
    let mut first = None;
    for metric in metrics {
        let name = path::str(metric, "resource.name");
        let why = match path::str(metric, "type") {
            "Resource" => {
                let unable = format!(
                    "unable to get metrics for resource {name}: unable to fetch metrics from resource metrics API: the \
                     server could not find the requested resource (get pods.metrics.k8s.io)"
                );
                if path::int(metric, "resource.target.averageUtilization").is_some() {
                    format!("failed to get {name} utilization: {unable}")
                } else {
                    unable
                }
            }
            kind => format!("unable to get {kind} metrics: no custom metrics API is registered"),
        };
        out.warning(scaler, "FailedGetResourceMetric", why.clone());
        first.get_or_insert((name.to_owned(), why));
    }
    let Some((name, why)) = first else { return };
    let count = metrics.len();
    out.warning(
        scaler,
        "FailedComputeMetricsReplicas",
        format!(
            "invalid metrics ({count} invalid out of {count}), first error is: failed to get {name} resource metric value: {why}"
        ),
    );
    let message = format!("the HPA was unable to compute the replica count: {why}");
    condition(status, "ScalingActive", "False", "FailedGetResourceMetric", &message);
}
