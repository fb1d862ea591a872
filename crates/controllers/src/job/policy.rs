//! `podFailurePolicy`: what a failed Pod means for its Job; `successPolicy`: which indexes are enough.
//!
//! <https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy>,
//! pkg/controller/job/{pod_failure_policy,success_policy}.go

use api::path;
use apiserver::completion_indexes::Indexes;
use serde_json::Value;

/// The first rule that a failed Pod meets.
pub struct Met<'a> {
    /// `FailJob`, `FailIndex`, `Ignore` or `Count`.
    pub action: &'a str,
    /// Why, for the condition of a Job that fails.
    pub message: String,
}

/// The first rule of a `podFailurePolicy` that a failed Pod meets; `null` has none.
pub fn met<'a>(policy: &'a Value, pod: &Value) -> Option<Met<'a>> {
    path::list(policy, "rules").iter().enumerate().find_map(|(index, rule)| {
        let (namespace, name) = (path::str(pod, "metadata.namespace"), path::str(pod, "metadata.name"));
        let action = path::str(rule, "action");
        let how = if rule["onExitCodes"].is_object() {
            let (container, code) = exited(&pod["status"], &rule["onExitCodes"])?;
            format!("Container {container} for pod {namespace}/{name} failed with exit code {code}")
        } else {
            let wanted = path::list(rule, "onPodConditions");
            let condition = path::list(pod, "status.conditions")
                .iter()
                .find(|one| wanted.iter().any(|two| one["type"] == two["type"] && one["status"] == two["status"]))?;
            format!("Pod {namespace}/{name} has condition {}", path::str(condition, "type"))
        };
        Some(Met { action, message: format!("{how} matching {action} rule at index {index}") })
    })
}

/// The container whose exit code a rule is about, and the code.
fn exited<'a>(status: &'a Value, rule: &Value) -> Option<(&'a str, i64)> {
    let listed = |code: i64| path::list(rule, "values").iter().any(|value| value.as_i64() == Some(code));
    let all = ["containerStatuses", "initContainerStatuses"].into_iter().flat_map(|list| path::list(status, list));
    all.filter(|one| rule["containerName"].is_null() || rule["containerName"] == one["name"]).find_map(|one| {
        let code = path::int(one, "state.terminated.exitCode").filter(|code| *code != 0)?;
        let meets = match path::str(rule, "operator") {
            "In" => listed(code),
            _ => !listed(code),
        };
        meets.then_some((path::str(one, "name"), code))
    })
}

/// Whether a Pod's failure counts towards `backoffLimit`.
pub fn counts(policy: &Value, pod: &Value) -> bool {
    policy.is_null() || met(policy, pod).is_none_or(|met| met.action != "Ignore")
}

/// Why these indexes are enough, if they are.
pub fn succeeds(policy: &Value, completions: i64, done: &Indexes) -> Option<String> {
    if done.count() == 0 {
        return None;
    }
    let met = |rule: &Value| {
        let count = path::int(rule, "succeededCount");
        match rule["succeededIndexes"].as_str() {
            Some(text) => {
                let wanted = Indexes::parse(text, completions);
                let has = wanted.common(done);
                wanted.count() > 0 && (has == wanted.count() || count.is_some_and(|count| has >= count))
            }
            None => count.is_some_and(|count| done.count() >= count),
        }
    };
    let index = path::list(policy, "rules").iter().position(met)?;
    Some(format!("Matched rules at index {index}"))
}
