//! Jobs: pkg/apis/batch/validation.

use std::fmt::Arguments;

use api::path;
use serde_json::Value;

use super::{Errors, non_negative, pod};
use crate::controllers::job::indexes::Indexes;

/// Rules of a policy, at most.
const RULES: usize = 20;
const ACTIONS: &[&str] = &["Count", "FailIndex", "FailJob", "Ignore"];

/// A Job.
pub fn job(object: &Value, errors: &mut Errors) {
    spec(&object["spec"], format_args!("spec"), errors);
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

fn indexed(spec: &Value, field: Arguments, errors: &mut Errors) {
    match spec["completionMode"].as_str() {
        Some("Indexed") => {
            if spec["completions"].is_null() {
                errors.required(format_args!("{field}.completions"), "when completion mode is Indexed");
            }
            if let (Some(completions), Some(most)) =
                (path::int(spec, "completions"), path::int(spec, "maxFailedIndexes"))
                && most > completions
            {
                let why = "must be less than or equal to completions";
                errors.invalid(format_args!("{field}.maxFailedIndexes"), most, why);
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
        let total = indexes.map(|text| Indexes::parse(text, completions).len());
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

/// What of a Job never changes. The completions of an Indexed one may, together with its parallelism.
pub fn job_update(new: &Value, old: &Value, errors: &mut Errors) {
    let elastic = new["spec"]["completionMode"] == "Indexed"
        && new["spec"]["completions"] == new["spec"]["parallelism"]
        && !new["spec"]["completions"].is_null();
    for field in [
        "completions",
        "selector",
        "template",
        "completionMode",
        "podFailurePolicy",
        "backoffLimitPerIndex",
        "managedBy",
        "successPolicy",
    ] {
        let (now, before) = (&new["spec"][field], &old["spec"][field]);
        if now != before && !(field == "completions" && elastic) {
            errors.invalid(format_args!("spec.{field}"), now.clone(), "field is immutable");
        }
    }
}
