//! Jobs: pkg/apis/batch/validation.

use std::fmt::Arguments;

use api::{LabelSelector, names, path};
use serde_json::Value;

use super::{Errors, non_negative, pod};
use crate::completion_indexes::Indexes;

/// Rules of a policy, at most.
const RULES: usize = 20;
/// Exit codes of a rule, at most.
const EXIT_CODES: usize = 255;
/// Patterns of conditions of a rule, at most.
const PATTERNS: usize = 20;
/// What an Indexed Job may have at once, so that its status stays short: Pods, and failed indexes.
const AT_ONCE: i64 = 100_000;
/// Above so many completions, an Indexed Job that counts failures by index may have fewer.
const MANY_COMPLETIONS: i64 = 100_000;
const AT_ONCE_OF_MANY: i64 = 10_000;
/// Characters of `managedBy`, and of a success policy's indexes.
const MANAGER: usize = 63;
const INDEXES: usize = 64 * 1024;
const ACTIONS: &[&str] = &["Count", "FailIndex", "FailJob", "Ignore"];

/// A Job.
pub fn job(object: &Value, errors: &mut Errors) {
    generated_selector(object, errors);
    spec(&object["spec"], format_args!("spec"), errors);
    let labels = &object["spec"]["template"]["metadata"]["labels"];
    match LabelSelector::from_value(&object["spec"]["selector"]) {
        None => errors.required("spec.selector", ""),
        Some(selector) if !selector.matches(labels) => {
            let why = "`selector` does not match template `labels`";
            errors.invalid("spec.template.metadata.labels", labels.clone(), why);
        }
        Some(_) => {}
    }
    let last = path::int(object, "spec.completions").unwrap_or(0) - 1;
    if object["spec"]["completionMode"] == "Indexed" && last >= 0 {
        let name = path::str(object, "metadata.name");
        let longest = format!("{name}-{last}");
        if !names::dns1123_label(&longest).is_empty() {
            let why = format!("will not able to create pod with invalid DNS label: {longest}");
            errors.invalid("metadata.name", name, &why);
        }
    }
}

/// A selector that the Job did not choose is made of its uid and name, and so are its Pods' labels.
fn generated_selector(object: &Value, errors: &mut Errors) {
    let selector = &object["spec"]["selector"];
    if path::bool(object, "spec.manualSelector") || !selector.is_object() {
        return;
    }
    let labels = &object["spec"]["template"]["metadata"]["labels"];
    let mut expected = serde_json::Map::new();
    for (prefix, name, value) in [
        ("", "controller-uid", "uid"),
        ("", "job-name", "name"),
        ("batch.kubernetes.io/", "controller-uid", "uid"),
        ("batch.kubernetes.io/", "job-name", "name"),
    ] {
        let label = format!("{prefix}{name}");
        let value = path::str(&object["metadata"], value);
        let field = format_args!("spec.template.metadata.labels[{label}]");
        match labels[&label].as_str() {
            None => errors.required(field, &format!("must be '{value}'")),
            Some(other) if other != value => errors.invalid(field, other, &format!("must be '{value}'")),
            Some(_) => {}
        }
        expected.insert(label, value.into());
    }
    if LabelSelector::from_value(selector).is_some_and(|one| !one.matches(&Value::Object(expected))) {
        errors.invalid("spec.selector", selector.clone(), "`selector` not auto-generated");
    }
}

/// The `spec` of a Job, or of a CronJob's template.
pub fn spec(spec: &Value, field: Arguments, errors: &mut Errors) {
    for name in [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ] {
        non_negative(spec, name, field, errors);
    }
    if !spec["maxFailedIndexes"].is_null() && spec["backoffLimitPerIndex"].is_null() {
        errors.required(format_args!("{field}.backoffLimitPerIndex"), "when maxFailedIndexes is specified");
    }
    if let Some(manager) = spec["managedBy"].as_str() {
        managed_by(manager, format_args!("{field}.managedBy"), errors);
    }
    indexed(spec, field, errors);
    if !spec["podFailurePolicy"].is_null() {
        let rules = path::list(&spec["podFailurePolicy"], "rules");
        let here = format!("{field}.podFailurePolicy.rules");
        if rules.len() > RULES {
            errors.too_many(&here, rules.len() as i64, RULES as i64);
        }
        for (index, rule) in rules.iter().enumerate() {
            failure_rule(spec, rule, &format!("{here}[{index}]"), errors);
        }
    }
    if !spec["successPolicy"].is_null() {
        success_policy(spec, format_args!("{field}.successPolicy"), errors);
    }
    let replaced = path::str(spec, "podReplacementPolicy");
    let allowed: &[&str] =
        if spec["podFailurePolicy"].is_null() { &["Failed", "TerminatingOrFailed"] } else { &["Failed"] };
    if !replaced.is_empty() && !allowed.contains(&replaced) {
        errors.unsupported(format_args!("{field}.podReplacementPolicy"), replaced, allowed);
    }
    pod::template(&spec["template"], format_args!("{field}.template"), errors);
    let here = format_args!("{field}.template.spec.restartPolicy");
    match path::str(spec, "template.spec.restartPolicy") {
        // "Always" is what a template gets that says nothing: the sentence asks for a choice.
        "Always" => errors.required(here, "valid values: \"OnFailure\", \"Never\""),
        "Never" => {}
        "OnFailure" if spec["podFailurePolicy"].is_null() => {}
        "OnFailure" => {
            errors.invalid(here, "OnFailure", "only \"Never\" is supported when podFailurePolicy is specified");
        }
        other => errors.unsupported(here, other, &["OnFailure", "Never"]),
    }
}

/// A name such as `kueue.x-k8s.io/multikueue`.
fn managed_by(manager: &str, field: Arguments, errors: &mut Errors) {
    match manager.split_once('/') {
        _ if manager.is_empty() => errors.required(field, ""),
        Some((host, path)) if !host.is_empty() && !path.is_empty() => {
            errors.invalid_all(field, host, &names::dns1123_subdomain(host));
        }
        _ => errors.invalid(field, manager, "must be a domain-prefixed path (such as \"acme.io/foo\")"),
    }
    if manager.len() > MANAGER {
        errors.too_long(field, MANAGER);
    }
}

fn at_most(spec: &Value, name: &str, field: Arguments, most: i64, when: &str, errors: &mut Errors) {
    if let Some(number) = path::int(spec, name).filter(|number| *number > most) {
        errors.invalid(format_args!("{field}.{name}"), number, &format!("must be less than or equal to {most}{when}"));
    }
}

fn indexed(spec: &Value, field: Arguments, errors: &mut Errors) {
    match spec["completionMode"].as_str() {
        Some("Indexed") => {
            let number = |name: &str| path::int(spec, name);
            let (completions, most_failed) = (number("completions"), number("maxFailedIndexes"));
            if completions.is_none() {
                errors.required(format_args!("{field}.completions"), "when completion mode is Indexed");
            }
            at_most(spec, "parallelism", field, AT_ONCE, " when completion mode is Indexed", errors);
            if most_failed.is_some_and(|most| completions.is_some_and(|completions| most > completions)) {
                let why = "must be less than or equal to completions";
                errors.invalid(format_args!("{field}.maxFailedIndexes"), most_failed, why);
            }
            at_most(spec, "maxFailedIndexes", field, AT_ONCE, "", errors);
            if completions.is_some_and(|completions| completions > MANY_COMPLETIONS)
                && number("backoffLimitPerIndex").is_some()
            {
                let when =
                    format!(" when completions are above {MANY_COMPLETIONS} and used with backoff limit per index");
                if most_failed.is_none() {
                    let why = format!("must be specified when completions is above {MANY_COMPLETIONS}");
                    errors.required(format_args!("{field}.maxFailedIndexes"), &why);
                }
                for name in ["parallelism", "maxFailedIndexes"] {
                    at_most(spec, name, field, AT_ONCE_OF_MANY, &when, errors);
                }
            }
        }
        None | Some("NonIndexed") => {
            for name in ["backoffLimitPerIndex", "maxFailedIndexes"] {
                if let Some(number) = path::int(spec, name) {
                    errors.invalid(format_args!("{field}.{name}"), number, "requires indexed completion mode");
                }
            }
        }
        Some(other) => {
            errors.unsupported(format_args!("{field}.completionMode"), other, &["NonIndexed", "Indexed"]);
        }
    }
}

fn choice(value: &Value, field: &str, allowed: &[&str], errors: &mut Errors) {
    match value.as_str().unwrap_or_default() {
        "" => {
            let quoted: Vec<String> = allowed.iter().map(|one| format!("{one:?}")).collect();
            errors.required(field, &format!("valid values: [{}]", quoted.join(" ")));
        }
        known if allowed.contains(&known) => {}
        other => errors.unsupported(field, other, allowed),
    }
}

fn failure_rule(spec: &Value, rule: &Value, field: &str, errors: &mut Errors) {
    let action = format!("{field}.action");
    if rule["action"] == "FailIndex" && spec["backoffLimitPerIndex"].is_null() {
        errors.invalid(&action, "FailIndex", "requires the backoffLimitPerIndex to be set");
    }
    choice(&rule["action"], &action, ACTIONS, errors);
    let (codes, conditions) = (&rule["onExitCodes"], path::list(rule, "onPodConditions"));
    if codes.is_object() {
        exit_codes(spec, codes, &format!("{field}.onExitCodes"), errors);
    }
    if conditions.len() > PATTERNS {
        errors.too_many(format_args!("{field}.onPodConditions"), conditions.len() as i64, PATTERNS as i64);
    }
    for (index, pattern) in conditions.iter().enumerate() {
        let status = format!("{field}.onPodConditions[{index}].status");
        choice(&pattern["status"], &status, &["False", "True", "Unknown"], errors);
    }
    let why = match (codes.is_object(), conditions.is_empty()) {
        (true, false) => "specifying both OnExitCodes and OnPodConditions is not supported",
        (false, true) => "specifying one of OnExitCodes and OnPodConditions is required",
        _ => return,
    };
    errors.invalid_as_a_whole(field, why);
}

fn exit_codes(spec: &Value, rule: &Value, field: &str, errors: &mut Errors) {
    choice(&rule["operator"], &format!("{field}.operator"), &["In", "NotIn"], errors);
    if let Some(name) = rule["containerName"].as_str() {
        let template = &spec["template"]["spec"];
        let mut all = ["containers", "initContainers"].into_iter().flat_map(|list| path::list(template, list));
        if !all.any(|container| container["name"] == name) {
            let why = "must be one of the container or initContainer names in the pod template";
            errors.invalid(format_args!("{field}.containerName"), name, why);
        }
    }
    let values: Vec<i64> = path::list(rule, "values").iter().filter_map(Value::as_i64).collect();
    if values.is_empty() {
        errors.invalid(format_args!("{field}.values"), rule["values"].clone(), "at least one value is required");
    } else if values.len() > EXIT_CODES {
        errors.too_many(format_args!("{field}.values"), values.len() as i64, EXIT_CODES as i64);
    }
    for (index, code) in values.iter().enumerate() {
        if *code == 0 && rule["operator"] == "In" {
            errors.invalid(format_args!("{field}.values[{index}]"), 0, "must not be 0 for the In operator");
        }
        if values[..index].contains(code) {
            errors.duplicate(format_args!("{field}.values[{index}]"), *code);
        }
    }
    if values.windows(2).any(|pair| pair[0] > pair[1]) {
        errors.invalid(format_args!("{field}.values"), rule["values"].clone(), "must be ordered");
    }
}

fn success_policy(spec: &Value, field: Arguments, errors: &mut Errors) {
    if spec["completionMode"] != "Indexed" {
        let policy = spec["successPolicy"].clone();
        return errors.invalid(field, policy, "requires indexed completion mode");
    }
    let completions = path::int(spec, "completions").unwrap_or(0);
    let rules = path::list(&spec["successPolicy"], "rules");
    if rules.is_empty() {
        let why = "at least one rules must be specified when the successPolicy is specified";
        errors.required(format_args!("{field}.rules"), why);
    }
    if rules.len() > RULES {
        errors.too_many(format_args!("{field}.rules"), rules.len() as i64, RULES as i64);
    }
    for (index, rule) in rules.iter().enumerate() {
        let here = format!("{field}.rules[{index}]");
        let (count, indexes) = (path::int(rule, "succeededCount"), rule["succeededIndexes"].as_str());
        if count.is_none() && indexes.is_none() {
            errors.required(&here, "at least one of succeededCount or succeededIndexes must be specified");
        }
        if indexes.is_some_and(|text| text.len() > INDEXES) {
            errors.too_long(format_args!("{here}.succeededIndexes"), INDEXES);
        }
        if let Some(text) = indexes
            && let Err(why) = well_formed(text, completions)
        {
            errors.invalid(
                format_args!("{here}.succeededIndexes"),
                text,
                &format!("error parsing succeededIndexes: {why}"),
            );
        }
        let Some(count) = count else { continue };
        non_negative(rule, "succeededCount", format_args!("{here}"), errors);
        let total = indexes.map(|text| Indexes::parse(text, completions).count());
        for (most, what) in
            [(Some(completions), "specified completions"), (total, "indexes in the specified succeededIndexes field")]
        {
            if let Some(most) = most.filter(|most| count > *most) {
                let why = format!("must be less than or equal to {most} (the number of {what})");
                errors.invalid(format_args!("{here}.succeededCount"), count, &why);
            }
        }
    }
}

/// Whether a text is `0,2-4,7`, in order and below `completions`.
fn well_formed(text: &str, completions: i64) -> Result<(), String> {
    let mut last: Option<i64> = None;
    for part in text.split(',').filter(|_| !text.is_empty()) {
        if part.matches('-').count() > 1 {
            return Err(format!(
                "the fragment {part:?} violates the requirement that an index interval can have at most two parts separated \
                 by '-'"
            ));
        }
        for number in part.split('-') {
            let index: i64 =
                number.parse().map_err(|_| format!("cannot convert string to integer for index: {number:?}"))?;
            if index >= completions {
                return Err(format!("too large index: {number:?}"));
            }
            if let Some(last) = last.filter(|last| *last >= index) {
                return Err(format!("non-increasing order, previous: {last}, current: {index}"));
            }
            last = Some(index);
        }
    }
    Ok(())
}

/// What of a Job never changes. The completions of an Indexed one may, together with its parallelism; of a suspended one's
/// template, what the scheduler goes by and the containers' resources may.
pub fn job_update(new: &Value, old: &Value, errors: &mut Errors) {
    let completions = &new["spec"]["completions"];
    if new["spec"]["completionMode"] != "Indexed" {
        immutable(completions, &old["spec"]["completions"], "completions", errors);
    } else if !completions.is_null()
        && *completions != old["spec"]["completions"]
        && *completions != new["spec"]["parallelism"]
    {
        let why = "can only be modified in tandem with spec.parallelism";
        errors.invalid("spec.completions", completions.clone(), why);
    }
    immutable(&new["spec"]["selector"], &old["spec"]["selector"], "selector", errors);
    let (template, mut before) = (&new["spec"]["template"], old["spec"]["template"].clone());
    if is_at_rest(old) {
        take_over_directives(&mut before, template);
    }
    immutable(template, &before, "template", errors);
    for field in ["completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"] {
        immutable(&new["spec"][field], &old["spec"][field], field, errors);
    }
}

fn immutable(new: &Value, old: &Value, field: &str, errors: &mut Errors) {
    if new != old {
        errors.invalid(format_args!("spec.{field}"), new.clone(), "field is immutable");
    }
}

/// Whether a Job is suspended and has no Pods that still run
/// (<https://kubernetes.io/docs/concepts/workloads/controllers/job/#mutable-scheduling-directives>).
fn is_at_rest(job: &Value) -> bool {
    path::bool(job, "spec.suspend") && path::int(job, "status.active").unwrap_or(0) == 0
}

/// Takes over from a new template what may differ: labels, annotations, node affinity and selector, tolerations, gates, and
/// the containers' resources.
fn take_over_directives(old: &mut Value, new: &Value) {
    for field in
        ["metadata.labels", "metadata.annotations", "spec.nodeSelector", "spec.tolerations", "spec.schedulingGates"]
    {
        take_over(old, new, field);
    }
    take_over(old, new, "spec.affinity.nodeAffinity");
    for side in ["spec.affinity", "metadata"] {
        let (before, now) = (path::get(old, side), path::get(new, side));
        if before.as_object().is_some_and(|fields| fields.is_empty()) && now.is_null() {
            path::remove(old, side);
        }
    }
    for list in ["initContainers", "containers"] {
        let now = path::list(&new["spec"], list);
        let before = old["spec"].get_mut(list).and_then(Value::as_array_mut);
        for (before, now) in before.into_iter().flatten().zip(now) {
            take_over(before, now, "resources");
        }
    }
}

fn take_over(old: &mut Value, new: &Value, field: &str) {
    match path::get(new, field) {
        Value::Null => _ = path::remove(old, field),
        value => {
            let mut place = old;
            for step in field.split('.') {
                place = &mut place[step];
            }
            *place = value.clone();
        }
    }
}
