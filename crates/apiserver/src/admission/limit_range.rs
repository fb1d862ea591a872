//! LimitRanger: what containers ask for when they say nothing, and between which bounds.
//!
//! <https://kubernetes.io/docs/concepts/policy/limit-range/>, kubernetes/plugin/pkg/admission/limitranger

use api::{Quantity, Status, path};
use serde_json::{Value, json};

use super::forbidden;
use crate::ApiServer;
use crate::quota::{self, Amounts};
use crate::route::Target;

const ANNOTATION: &str = "kubernetes.io/limit-ranger";

fn ranges(server: &ApiServer, target: &Target) -> Vec<Value> {
    let ranges = server.store.list("limitranges", Some(&target.namespace));
    ranges.flat_map(|(_, range)| path::list(range, "spec.limits").to_vec()).collect()
}

/// Gives a Pod's containers the requests and limits that they leave out.
pub fn default(server: &ApiServer, target: &Target, pod: &mut Value) {
    let mut set: Vec<String> = Vec::new();
    for limit in ranges(server, target).iter().filter(|limit| limit["type"] == "Container") {
        for (list, what) in [("containers", "container"), ("initContainers", "init container")] {
            for container in pod["spec"].get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                for (field, from, word) in [("requests", "defaultRequest", "request"), ("limits", "default", "limit")] {
                    let names = fill(container, field, &limit[from]);
                    if !names.is_empty() {
                        let name = path::str(container, "name");
                        set.push(format!("{} {word} for {what} {name}", names.join(", ")));
                    }
                }
            }
        }
    }
    if !set.is_empty() {
        if !pod["metadata"]["annotations"].is_object() {
            path::set(pod, "metadata.annotations", json!({}));
        }
        pod["metadata"]["annotations"][ANNOTATION] = format!("LimitRanger plugin set: {}", set.join("; ")).into();
    }
}

/// Sets what is missing; the names of what was set.
fn fill(container: &mut Value, field: &str, defaults: &Value) -> Vec<String> {
    let mut names = Vec::new();
    for (name, amount) in defaults.as_object().into_iter().flatten() {
        if container["resources"][field][name].is_null() {
            if !container["resources"][field].is_object() {
                path::set(container, &format!("resources.{field}"), json!({}));
            }
            container["resources"][field][name] = amount.clone();
            names.push(name.clone());
        }
    }
    names
}

/// Refuses a Pod or claim that is out of bounds.
///
/// # Errors
/// 403 with all that is out of bounds.
pub fn validate(server: &ApiServer, target: &Target, object: &Value) -> Result<(), Status> {
    let key = target.resource.key();
    if !matches!(key, "pods" | "persistentvolumeclaims") {
        return Ok(());
    }
    let mut errors: Vec<String> = Vec::new();
    for limit in ranges(server, target) {
        match (key, path::str(&limit, "type")) {
            ("pods", "Container") => {
                let containers = ["spec.containers", "spec.initContainers"].into_iter();
                for container in containers.flat_map(|list| path::list(object, list)) {
                    let resources = &container["resources"];
                    check(
                        &limit,
                        &quota::amounts(&resources["requests"]),
                        &quota::amounts(&resources["limits"]),
                        &mut errors,
                    );
                }
            }
            ("pods", "Pod") => {
                check(&limit, &quota::pod_total(object, "requests"), &quota::pod_total(object, "limits"), &mut errors);
            }
            ("persistentvolumeclaims", "PersistentVolumeClaim") => {
                let requests = quota::amounts(&object["spec"]["resources"]["requests"]);
                let bounds = json!({"type": limit["type"], "min": limit["min"]});
                check(&bounds, &requests, &Amounts::new(), &mut errors);
                for (name, most) in quota::amounts(&limit["max"]) {
                    match requests.get(&name) {
                        Some(asked) if most.minus(*asked).is_negative() => errors.push(format!(
                            "maximum {name} usage per PersistentVolumeClaim is {most}, but request is {asked}"
                        )),
                        Some(_) => {}
                        None => errors.push(format!(
                            "maximum {name} usage per PersistentVolumeClaim is {most}.  No request is specified"
                        )),
                    }
                }
            }
            _ => {}
        }
    }
    match errors.len() {
        0 => Ok(()),
        1 => Err(forbidden(target, object, &errors[0])),
        _ => Err(forbidden(target, object, &format!("[{}]", errors.join(", ")))),
    }
}

fn check(limit: &Value, requests: &Amounts, limits: &Amounts, errors: &mut Vec<String>) {
    let kind = path::str(limit, "type");
    let below =
        |amount: Option<&Quantity>, bound: Quantity| amount.filter(|amount| amount.minus(bound).is_negative()).copied();
    let above = |amount: Option<&Quantity>, bound: Quantity| {
        amount.filter(|amount| bound.minus(**amount).is_negative()).copied()
    };
    for (name, least) in quota::amounts(&limit["min"]) {
        let (request, most) = (requests.get(&name), limits.get(&name));
        let what = format!("minimum {name} usage per {kind} is {least}");
        if request.is_none() {
            errors.push(format!("{what}.  No request is specified"));
        } else if let Some(request) = below(request, least) {
            errors.push(format!("{what}, but request is {request}"));
        } else if let Some(limit) = below(most, least) {
            errors.push(format!("{what}, but limit is {limit}"));
        }
    }
    for (name, bound) in quota::amounts(&limit["max"]) {
        let (request, most) = (requests.get(&name), limits.get(&name));
        let what = format!("maximum {name} usage per {kind} is {bound}");
        if most.is_none() {
            errors.push(format!("{what}.  No limit is specified"));
        } else if let Some(limit) = above(most, bound) {
            errors.push(format!("{what}, but limit is {limit}"));
        } else if let Some(request) = above(request, bound) {
            errors.push(format!("{what}, but request is {request}"));
        }
    }
    for (name, bound) in quota::amounts(&limit["maxLimitRequestRatio"]) {
        let amount = |amounts: &Amounts| amounts.get(&name).map_or(0, Quantity::milli_value);
        let (request, most) = (amount(requests), amount(limits));
        let what = format!("{name} max limit to request ratio per {kind} is {bound}");
        if request == 0 {
            errors.push(format!("{what}, but no request is specified or request is 0"));
        } else if most == 0 {
            errors.push(format!("{what}, but no limit is specified or limit is 0"));
        } else if most as f64 * 1000.0 / request as f64 > bound.milli_value() as f64 {
            errors.push(format!("{what}, but provided ratio is {:.6}", most as f64 / request as f64));
        }
    }
}
