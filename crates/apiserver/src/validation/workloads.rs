//! Deployments, ReplicaSets and the other workloads: kubernetes/pkg/apis/{apps,batch,autoscaling}/validation.

use std::fmt::Arguments;

use api::{LabelSelector, path};
use serde_json::{Value, json};

use crate::cron::Schedule;
use crate::zones::Zone;

use super::{Errors, labels, non_negative, one_of, pod};

/// How a DaemonSet or StatefulSet may be updated.
const UPDATE_STRATEGIES: [&str; 2] = ["RollingUpdate", "OnDelete"];

/// A Deployment.
pub fn deployment(object: &Value, errors: &mut Errors) {
    let spec = &object["spec"];
    non_negative(spec, "replicas", format_args!("spec"), errors);
    selector(spec, "deployment", errors);
    template(spec, "ReplicaSet", errors);
    strategy(&spec["strategy"], errors);
    non_negative(spec, "minReadySeconds", format_args!("spec"), errors);
    non_negative(spec, "revisionHistoryLimit", format_args!("spec"), errors);
    non_negative(spec, "progressDeadlineSeconds", format_args!("spec"), errors);
    let (deadline, ready) = (spec["progressDeadlineSeconds"].as_i64(), spec["minReadySeconds"].as_i64());
    if let Some(deadline) = deadline.filter(|deadline| *deadline <= ready.unwrap_or_default()) {
        errors.invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds");
    }
}

/// A ReplicaSet.
pub fn replica_set(object: &Value, errors: &mut Errors) {
    let spec = &object["spec"];
    non_negative(spec, "replicas", format_args!("spec"), errors);
    non_negative(spec, "minReadySeconds", format_args!("spec"), errors);
    selector(spec, "deployment", errors);
    template(spec, "ReplicaSet", errors);
}

/// A ReplicationController: its selector is a plain map (`ValidateReplicationControllerSpec`).
pub fn replication_controller(object: &Value, errors: &mut Errors) {
    let spec = &object["spec"];
    non_negative(spec, "minReadySeconds", format_args!("spec"), errors);
    if spec["selector"].as_object().is_none_or(serde_json::Map::is_empty) {
        errors.required("spec.selector", "");
    }
    non_negative(spec, "replicas", format_args!("spec"), errors);
    if !spec["template"].is_object() {
        return errors.required("spec.template", "");
    }
    let labels = &spec["template"]["metadata"]["labels"];
    if !crate::selector::matches_map(&spec["selector"], labels) {
        let why = "`selector` does not match template `labels`";
        errors.invalid("spec.template.metadata.labels", labels.clone(), why);
    }
    template_of(spec, "ReplicationController", errors);
}

/// A DaemonSet.
pub fn daemon_set(object: &Value, errors: &mut Errors) {
    let spec = &object["spec"];
    selector_rules(spec, errors);
    template_matches(spec, errors);
    if labels::is_empty(&spec["selector"]) && spec["selector"].is_object() {
        errors.invalid("spec.selector", spec["selector"].clone(), "empty selector is invalid for daemonset");
    }
    pod::template(&spec["template"], format_args!("spec.template"), errors);
    always_restarts(spec, errors);
    non_negative(spec, "minReadySeconds", format_args!("spec"), errors);
    let strategy = &spec["updateStrategy"];
    if !UPDATE_STRATEGIES.contains(&path::str(strategy, "type")) {
        errors.unsupported("spec.updateStrategy", strategy.clone(), &UPDATE_STRATEGIES);
    }
    non_negative(spec, "revisionHistoryLimit", format_args!("spec"), errors);
}

/// A StatefulSet.
pub fn stateful_set(object: &Value, errors: &mut Errors) {
    let spec = &object["spec"];
    let policy = path::str(spec, "podManagementPolicy");
    if !matches!(policy, "OrderedReady" | "Parallel") {
        errors.invalid("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'");
    }
    let strategy = &spec["updateStrategy"];
    if !UPDATE_STRATEGIES.contains(&path::str(strategy, "type")) {
        errors.invalid("spec.updateStrategy", strategy.clone(), "must be 'RollingUpdate' or 'OnDelete'");
    }
    non_negative(spec, "replicas", format_args!("spec"), errors);
    for (index, claim) in path::list(spec, "volumeClaimTemplates").iter().enumerate() {
        let field = format_args!("spec.volumeClaimTemplates[{index}].spec");
        super::storage::claim_spec(&claim["spec"], field, errors);
    }
    non_negative(spec, "minReadySeconds", format_args!("spec"), errors);
    selector(spec, "statefulset", errors);
    // Each claim template is a volume of the Pods, under its name, as the controller makes them.
    let mut with_claims = spec.clone();
    let claims = path::list(spec, "volumeClaimTemplates").iter().map(|claim| &claim["metadata"]["name"]);
    let own = path::list(spec, "template.spec.volumes");
    let volumes: Vec<Value> = claims
        .clone()
        .map(|name| json!({"name": name, "persistentVolumeClaim": {"claimName": name}}))
        .chain(own.iter().filter(|volume| !claims.clone().any(|name| *name == volume["name"])).cloned())
        .collect();
    if !volumes.is_empty() && with_claims["template"]["spec"].is_object() {
        with_claims["template"]["spec"]["volumes"] = volumes.into();
    }
    template(&with_claims, "StatefulSet", errors);
}

/// A CronJob.
pub fn cron_job(object: &Value, errors: &mut Errors) {
    let spec = &object["spec"];
    let schedule = path::str(spec, "schedule");
    if schedule.is_empty() {
        errors.required("spec.schedule", "");
    } else {
        if let Err(why) = Schedule::parse(schedule) {
            errors.invalid("spec.schedule", schedule, &why);
        }
        if schedule.contains("TZ") {
            let why = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
            errors.invalid("spec.schedule", schedule, why);
        }
    }
    if let Some(zone) = spec["timeZone"].as_str() {
        if zone.is_empty() {
            errors.invalid("spec.timeZone", "", "timeZone must be nil or non-empty string");
        } else if zone.eq_ignore_ascii_case("Local") {
            let why = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
            errors.invalid("spec.timeZone", zone, why);
        } else if Zone::find(zone).is_none() {
            errors.invalid("spec.timeZone", zone, &format!("unknown time zone {zone}"));
        }
    }
    one_of(spec, "concurrencyPolicy", format_args!("spec"), &["Allow", "Forbid", "Replace"], errors);
    non_negative(spec, "startingDeadlineSeconds", format_args!("spec"), errors);
    super::job::spec(&spec["jobTemplate"]["spec"], format_args!("spec.jobTemplate.spec"), errors);
    non_negative(spec, "successfulJobsHistoryLimit", format_args!("spec"), errors);
    non_negative(spec, "failedJobsHistoryLimit", format_args!("spec"), errors);
    let name = path::str(object, "metadata.name");
    if name.len() > 52 {
        // A Job's name is this one, a dash, and ten digits.
        errors.invalid("metadata.name", name, "must be no more than 52 characters");
    }
}

/// A HorizontalPodAutoscaler.
pub fn autoscaler(object: &Value, errors: &mut Errors) {
    let spec = &object["spec"];
    let minimum = path::int(spec, "minReplicas").unwrap_or(1);
    let maximum = path::int(spec, "maxReplicas").unwrap_or_default();
    if minimum < 1 {
        errors.invalid("spec.minReplicas", minimum, "must be greater than or equal to 1");
    }
    if maximum == 0 {
        errors.required("spec.maxReplicas", "must be set and greater than 0");
    } else if maximum < 0 {
        errors.invalid("spec.maxReplicas", maximum, "must be greater than or equal to 1");
    }
    if maximum < minimum {
        errors.invalid("spec.maxReplicas", maximum, "must be greater than or equal to `minReplicas`");
    }
    for name in ["kind", "name"] {
        if path::str(spec, &format!("scaleTargetRef.{name}")).is_empty() {
            errors.required(format_args!("spec.scaleTargetRef.{name}"), "");
        }
    }
    let version = path::str(spec, "scaleTargetRef.apiVersion");
    // The one kind of the core group that scales.
    let is_core = version == "v1" && path::str(spec, "scaleTargetRef.kind") == "ReplicationController";
    if !version.contains('/') && !is_core {
        errors.invalid("spec.scaleTargetRef.apiVersion", version, "apiVersion must specify API group");
    }
}

/// The selector of a workload never changes.
pub fn selector_is_immutable(new: &Value, old: &Value, errors: &mut Errors) {
    if new["spec"]["selector"] != old["spec"]["selector"] {
        errors.invalid("spec.selector", new["spec"]["selector"].clone(), "field is immutable");
    }
}

/// Only a few fields of a StatefulSet may change.
pub fn stateful_set_update(new: &Value, old: &Value, errors: &mut Errors) {
    const MUTABLE: &[&str] = &[
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
    ];
    let mut munged = new["spec"].clone();
    for field in MUTABLE {
        match old["spec"].get(*field) {
            Some(before) => munged[*field] = before.clone(),
            None => _ = path::remove(&mut munged, field),
        }
    }
    if munged != old["spec"] {
        errors.forbidden(
            "spec",
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', \
             'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        );
    }
}

fn selector_rules(spec: &Value, errors: &mut Errors) {
    if spec["selector"].is_object() {
        labels::selector(&spec["selector"], format_args!("spec.selector"), errors);
    } else {
        errors.required("spec.selector", "");
    }
}

fn selector(spec: &Value, kind: &str, errors: &mut Errors) {
    selector_rules(spec, errors);
    if spec["selector"].is_object() && labels::is_empty(&spec["selector"]) {
        let why = format!("empty selector is invalid for {kind}");
        errors.invalid("spec.selector", spec["selector"].clone(), &why);
    }
}

fn template(spec: &Value, kind: &str, errors: &mut Errors) {
    template_matches(spec, errors);
    template_of(spec, kind, errors);
}

fn template_of(spec: &Value, kind: &str, errors: &mut Errors) {
    pod::template(&spec["template"], format_args!("spec.template"), errors);
    always_restarts(spec, errors);
    if spec["template"]["spec"].get("activeDeadlineSeconds").is_some() {
        let why = format!("activeDeadlineSeconds in {kind} is not Supported");
        errors.forbidden("spec.template.spec.activeDeadlineSeconds", &why);
    }
}

fn template_matches(spec: &Value, errors: &mut Errors) {
    let of_template = &spec["template"]["metadata"]["labels"];
    let matches = match LabelSelector::from_value(&spec["selector"]) {
        // A missing selector selects nothing.
        Some(selector) if spec["selector"].is_object() => selector.is_empty() || selector.matches(of_template),
        Some(_) => false,
        None => return errors.invalid("spec.selector", spec["selector"].clone(), "invalid label selector"),
    };
    if !matches {
        let shown = of_template.clone();
        errors.invalid("spec.template.metadata.labels", shown, "`selector` does not match template `labels`");
    }
}

fn always_restarts(spec: &Value, errors: &mut Errors) {
    let policy = path::str(spec, "template.spec.restartPolicy");
    if policy != "Always" {
        errors.unsupported("spec.template.spec.restartPolicy", policy, &["Always"]);
    }
}

fn strategy(strategy: &Value, errors: &mut Errors) {
    let field = "spec.strategy";
    let rolling = &strategy["rollingUpdate"];
    match path::str(strategy, "type") {
        "Recreate" if rolling.is_object() => {
            let why = "may not be specified when strategy `type` is 'Recreate'";
            errors.forbidden("spec.strategy.rollingUpdate", why);
        }
        "Recreate" => {}
        "RollingUpdate" => {
            for name in ["maxUnavailable", "maxSurge"] {
                int_or_percent(&rolling[name], format_args!("{field}.rollingUpdate.{name}"), errors);
            }
            let (unavailable, surge) = (amount(&rolling["maxUnavailable"]), amount(&rolling["maxSurge"]));
            let here = "spec.strategy.rollingUpdate.maxUnavailable";
            if unavailable == Some(0) && surge == Some(0) {
                errors.invalid(here, rolling["maxUnavailable"].clone(), "may not be 0 when `maxSurge` is 0");
            }
            if rolling["maxUnavailable"].is_string() && unavailable.is_some_and(|percent| percent > 100) {
                errors.invalid(here, rolling["maxUnavailable"].clone(), "must not be greater than 100%");
            }
        }
        _ => errors.unsupported(field, strategy.clone(), &["Recreate", "RollingUpdate"]),
    }
}

/// The number of an int-or-percent.
pub(super) fn amount(value: &Value) -> Option<i64> {
    match value {
        Value::String(percent) => percent.strip_suffix('%')?.parse().ok(),
        number => number.as_i64(),
    }
}

pub(super) fn int_or_percent(value: &Value, field: Arguments, errors: &mut Errors) {
    match value {
        Value::String(percent) => {
            let digits = percent.strip_suffix('%').filter(|digits| !digits.is_empty());
            if !digits.is_some_and(|digits| digits.chars().all(|c| c.is_ascii_digit())) {
                let why = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', \
                           regex used for validation is '[0-9]+%')";
                errors.invalid(field, percent.clone(), why);
            }
        }
        number => {
            if let Some(number) = number.as_i64().filter(|number| *number < 0) {
                errors.invalid(field, number, super::NOT_NEGATIVE);
            }
        }
    }
}
