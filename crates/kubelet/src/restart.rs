//! Whether a container that has ended starts again: its own rules, its own policy, or its Pod's.
//!
//! <https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-restart-rules>, `ContainerShouldRestart` in
//! pkg/api/v1/pod/util.go

use api::path;
use serde_json::Value;

/// Whether a container starts again after it ended with this code.
pub(super) fn again(pod: &Value, container: &Value, code: i32) -> bool {
    if rule(container, code).is_some() {
        return true;
    }
    let own = path::str(container, "restartPolicy");
    match if own.is_empty() { path::str(pod, "spec.restartPolicy") } else { own } {
        "Never" => false,
        "OnFailure" => code != 0,
        _ => true,
    }
}

/// Whether there is an end after which it starts again.
pub(super) fn ever(pod: &Value, container: &Value) -> bool {
    !path::list(container, "restartPolicyRules").is_empty() || again(pod, container, 1)
}

/// The action of the first rule that an exit code meets.
pub(super) fn rule(container: &Value, code: i32) -> Option<&str> {
    let met = |rule: &&Value| {
        let codes = &rule["exitCodes"];
        let listed = path::list(codes, "values").iter().any(|value| value.as_i64() == Some(i64::from(code)));
        match path::str(codes, "operator") {
            "In" => listed,
            "NotIn" => !listed,
            _ => false,
        }
    };
    path::list(container, "restartPolicyRules").iter().find(met).map(|rule| path::str(rule, "action"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rules_come_before_policies_and_the_containers_before_the_pods() {
        let rules = json!([{"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}}]);
        let but = json!([{"action": "Restart", "exitCodes": {"operator": "NotIn", "values": [0, 1]}}]);
        for (pods, own, rules, ends) in [
            ("Always", json!(null), json!(null), [true, true, true]),
            ("OnFailure", json!(null), json!(null), [false, true, true]),
            ("Never", json!(null), json!(null), [false, false, false]),
            ("Always", json!("Never"), json!(null), [false, false, false]),
            ("Never", json!("OnFailure"), json!(null), [false, true, true]),
            ("Never", json!("Never"), rules, [false, false, true]),
            ("Always", json!("Never"), but, [false, false, true]),
        ] {
            let pod = json!({"spec": {"restartPolicy": pods}});
            let container = json!({"restartPolicy": own, "restartPolicyRules": rules});
            assert_eq!([0, 1, 42].map(|code| again(&pod, &container, code)), ends, "{pods} {container}");
        }
    }
}
