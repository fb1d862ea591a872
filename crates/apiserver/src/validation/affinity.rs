//! What ties Pods to nodes and to each other: `validateAffinity` and `validateTopologySpreadConstraints` of
//! kubernetes/pkg/apis/core/validation.

use std::fmt::Arguments;

use api::{names, path};
use serde_json::Value;

use super::{Errors, labels};

const WHEN: &str = "DuringSchedulingIgnoredDuringExecution";

/// `spec.affinity`.
pub fn affinity(affinity: &Value, field: Arguments, errors: &mut Errors) {
    let nodes = &affinity["nodeAffinity"];
    let required = &nodes[format!("required{WHEN}")];
    if required.is_object() {
        let terms = path::list(required, "nodeSelectorTerms");
        let here = format!("{field}.nodeAffinity.required{WHEN}.nodeSelectorTerms");
        if terms.is_empty() {
            errors.required(&here, "must have at least one node selector term");
        }
        for (index, term) in terms.iter().enumerate() {
            node_term(term, format_args!("{here}[{index}]"), errors);
        }
    }
    for (index, term) in path::list(nodes, &format!("preferred{WHEN}")).iter().enumerate() {
        let here = format!("{field}.nodeAffinity.preferred{WHEN}[{index}]");
        weight(term, format_args!("{here}"), errors);
        node_term(&term["preference"], format_args!("{here}.preference"), errors);
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        for (index, term) in path::list(&affinity[kind], &format!("required{WHEN}")).iter().enumerate() {
            pod_term(term, format_args!("{field}.{kind}.required{WHEN}[{index}]"), errors);
        }
        for (index, term) in path::list(&affinity[kind], &format!("preferred{WHEN}")).iter().enumerate() {
            let here = format!("{field}.{kind}.preferred{WHEN}[{index}]");
            weight(term, format_args!("{here}"), errors);
            pod_term(&term["podAffinityTerm"], format_args!("{here}.podAffinityTerm"), errors);
        }
    }
}

fn weight(term: &Value, field: Arguments, errors: &mut Errors) {
    let weight = path::int(term, "weight").unwrap_or_default();
    if !(1..=100).contains(&weight) {
        errors.invalid(format_args!("{field}.weight"), weight, "must be in the range 1-100");
    }
}

fn node_term(term: &Value, field: Arguments, errors: &mut Errors) {
    for (index, expression) in path::list(term, "matchExpressions").iter().enumerate() {
        labels::requirement(expression, format_args!("{field}.matchExpressions[{index}]"), true, errors);
    }
}

fn pod_term(term: &Value, field: Arguments, errors: &mut Errors) {
    if term["labelSelector"].is_object() {
        labels::selector(&term["labelSelector"], format_args!("{field}.labelSelector"), errors);
    }
    let key = path::str(term, "topologyKey");
    let here = format_args!("{field}.topologyKey");
    if key.is_empty() {
        errors.required(here, "can not be empty");
    }
    errors.invalid_all(here, key, &names::qualified_name(key));
}

/// `spec.topologySpreadConstraints`.
pub fn spread(constraints: &[Value], field: Arguments, errors: &mut Errors) {
    for (index, constraint) in constraints.iter().enumerate() {
        let here = format_args!("{field}[{index}]");
        let skew = path::int(constraint, "maxSkew").unwrap_or_default();
        if skew <= 0 {
            errors.invalid(format_args!("{here}.maxSkew"), skew, "must be greater than zero");
        }
        let key = path::str(constraint, "topologyKey");
        if key.is_empty() {
            errors.required(format_args!("{here}.topologyKey"), "can not be empty");
        } else {
            errors.invalid_all(format_args!("{here}.topologyKey"), key, &names::qualified_name(key));
        }
        let action = path::str(constraint, "whenUnsatisfiable");
        if !matches!(action, "DoNotSchedule" | "ScheduleAnyway") {
            let supported = ["DoNotSchedule", "ScheduleAnyway"];
            errors.unsupported(format_args!("{here}.whenUnsatisfiable"), action, &supported);
        }
        let same =
            |other: &&Value| path::str(other, "topologyKey") == key && path::str(other, "whenUnsatisfiable") == action;
        if constraints[index + 1..].iter().any(|other| same(&other)) {
            let place = format_args!("{here}.{{topologyKey, whenUnsatisfiable}}");
            errors.duplicate(place, format!("{{{key}, {action}}}"));
        }
        if let Some(least) = path::int(constraint, "minDomains") {
            if least <= 0 {
                errors.invalid(format_args!("{here}.minDomains"), least, "must be greater than zero");
            }
            if action != "DoNotSchedule" {
                let why = format!("can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}");
                errors.invalid(format_args!("{here}.minDomains"), least, &why);
            }
        }
        if constraint["labelSelector"].is_object() {
            labels::selector(&constraint["labelSelector"], format_args!("{here}.labelSelector"), errors);
        }
    }
}
