//! PodSecurity: what the labels of a namespace allow of its Pods.
//!
//! <https://kubernetes.io/docs/concepts/security/pod-security-standards/>, k8s.io/pod-security-admission. Nobody reads an
//! audit log here, so `audit` is only checked for its value.

mod standards;

use std::collections::BTreeMap;

use api::{Status, path};
use serde_json::Value;

use self::standards::{Violation, containers, violations};
use super::forbidden;
use crate::route::Target;
use crate::validation::Errors;
use crate::warnings::pod_template;
use crate::{ApiServer, ObjectKey};

const PREFIX: &str = "pod-security.kubernetes.io/";
const LATEST: u32 = u32::MAX;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Privileged,
    Baseline,
    Restricted,
}

/// A level as a version of Kubernetes (its minor number) defines it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Policy {
    level: Level,
    minor: u32,
}

impl Policy {
    /// What a namespace's labels say of `enforce` or of `warn`.
    fn of(labels: &Value, mode: &str) -> Policy {
        let level = |mode: &str| labels[format!("{PREFIX}{mode}")].as_str().map(level);
        let minor =
            |mode: &str| labels[format!("{PREFIX}{mode}-version")].as_str().map(|text| minor(text).unwrap_or(LATEST));
        match (level(mode), level("enforce")) {
            // A level that is none forbids, and does not warn.
            (Some(level), _) => {
                let unknown = if mode == "enforce" { Level::Restricted } else { Level::Privileged };
                Policy { level: level.unwrap_or(unknown), minor: minor(mode).unwrap_or(LATEST) }
            }
            // Without a level of its own, a warning follows what is enforced.
            (None, Some(Some(level))) => {
                Policy { level, minor: minor(mode).or_else(|| minor("enforce")).unwrap_or(LATEST) }
            }
            _ => Policy { level: Level::Privileged, minor: LATEST },
        }
    }

    fn text(self) -> String {
        let level = match self.level {
            Level::Privileged => "privileged",
            Level::Baseline => "baseline",
            Level::Restricted => "restricted",
        };
        match self.minor {
            LATEST => format!("{level}:latest"),
            minor => format!("{level}:v1.{minor}"),
        }
    }
}

fn level(text: &str) -> Option<Level> {
    match text {
        "privileged" => Some(Level::Privileged),
        "baseline" => Some(Level::Baseline),
        "restricted" => Some(Level::Restricted),
        _ => None,
    }
}

fn minor(text: &str) -> Option<u32> {
    if text == "latest" {
        return Some(LATEST);
    }
    let digits = text.strip_prefix("v1.").filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    if digits.len() > 1 && digits.starts_with('0') { None } else { digits.parse().ok() }
}

/// The labels of a Namespace that name a level or a version there is not.
pub fn check_labels(namespace: &Value, errors: &mut Errors) {
    let labels = &namespace["metadata"]["labels"];
    for mode in ["enforce", "audit", "warn"] {
        let name = format!("{PREFIX}{mode}");
        if let Some(text) = labels[name.as_str()].as_str().filter(|text| level(text).is_none()) {
            errors.invalid(
                format_args!("metadata.labels[{name}]"),
                text,
                "must be one of privileged, baseline, restricted",
            );
        }
        let name = format!("{PREFIX}{mode}-version");
        if let Some(text) = labels[name.as_str()].as_str().filter(|text| minor(text).is_none()) {
            errors.invalid(format_args!("metadata.labels[{name}]"), text, "must be \"latest\" or \"v1.x\"");
        }
    }
}

/// Refuses a Pod that the namespace does not allow. Returns what is to be warned of: such a Pod, or a workload that would make
/// such Pods, or Pods that are there when a Namespace comes to forbid them.
///
/// # Errors
/// 403.
pub fn admit(server: &ApiServer, target: &Target, old: Option<&Value>, new: &Value) -> Result<Vec<String>, Status> {
    let key = target.resource.key();
    if key == "namespaces" {
        return Ok(old.map(|old| existing(server, old, new)).unwrap_or_default());
    }
    let Some((template, _)) = pod_template(key, new) else { return Ok(Vec::new()) };
    let namespace = server.store.get(&ObjectKey::new("namespaces", "", &target.namespace));
    let labels = namespace.map_or(&Value::Null, |namespace| &namespace["metadata"]["labels"]);
    let pod = key == "pods";
    if !labels.as_object().is_some_and(|labels| labels.keys().any(|name| name.starts_with(PREFIX)))
        || pod && old.is_some_and(|old| !concerns(old, new))
    {
        return Ok(Vec::new());
    }
    judge(target, new, template, labels)
}

#[inline(never)]
fn judge(target: &Target, new: &Value, template: &Value, labels: &Value) -> Result<Vec<String>, Status> {
    let pod = target.resource.key() == "pods";
    let enforced = Policy::of(labels, "enforce");
    let detail = |policy: Policy| details(&violations(policy, template));
    if pod && let Some(detail) = detail(enforced) {
        return Err(forbidden(target, new, &format!("violates PodSecurity \"{}\": {detail}", enforced.text())));
    }
    let warned = Policy::of(labels, "warn");
    let warning = detail(warned).map(|detail| format!("would violate PodSecurity \"{}\": {detail}", warned.text()));
    Ok(warning.into_iter().collect())
}

/// Whether a change of a Pod is one that is looked at: of an image, or another container.
fn concerns(old: &Value, new: &Value) -> bool {
    let images = |pod: &Value| containers(&pod["spec"]).iter().map(|one| one["image"].clone()).collect::<Vec<Value>>();
    images(old) != images(new)
}

/// Warnings about existing Pods when a Namespace enforces more than before.
#[inline(never)]
fn existing(server: &ApiServer, old: &Value, new: &Value) -> Vec<String> {
    let of = |namespace: &Value| Policy::of(&namespace["metadata"]["labels"], "enforce");
    let (before, after) = (of(old), of(new));
    if before == after || before.minor == after.minor && after.level <= before.level {
        return Vec::new();
    }
    let name = path::str(new, "metadata.name");
    let mut found: BTreeMap<String, (&str, usize)> = BTreeMap::new();
    for (key, pod) in server.store.list("pods", Some(name)) {
        let reasons: Vec<&str> = violations(after, pod).iter().map(|one| one.reason).collect();
        if !reasons.is_empty() {
            found.entry(reasons.join(", ")).or_insert((&key.name, 0)).1 += 1;
        }
    }
    let mut warnings: Vec<String> = found
        .iter()
        .map(|(reasons, (pod, count))| match count {
            1 => format!("{pod}: {reasons}"),
            2 => format!("{pod} (and 1 other pod): {reasons}"),
            _ => format!("{pod} (and {} other pods): {reasons}", count - 1),
        })
        .collect();
    sim::order::sort(&mut warnings);
    if !warnings.is_empty() {
        let policy = after.text();
        let first =
            format!("existing pods in namespace \"{name}\" violate the new PodSecurity enforce level \"{policy}\"");
        warnings.insert(0, first);
    }
    warnings
}

fn details(violations: &[Violation]) -> Option<String> {
    let parts: Vec<String> = violations.iter().map(|one| format!("{} ({})", one.reason, one.detail)).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
