//! A Pod's quality of service class (kubernetes/pkg/apis/core/v1/helper/qos).

use api::{Quantity, path};
use serde_json::Value;

/// `Guaranteed` when every container limits what it requests, `BestEffort` when none asks for anything, else `Burstable`.
pub fn class(spec: &Value) -> &'static str {
    let mut any = false;
    let mut all = true;
    for container in path::list(spec, "containers").iter().chain(path::list(spec, "initContainers")) {
        for resource in ["cpu", "memory"] {
            let amount = |list: &str| {
                let text = container["resources"][list][resource].as_str().unwrap_or_default();
                Quantity::parse(text).ok().filter(|amount| *amount > Quantity::ZERO)
            };
            let (request, limit) = (amount("requests"), amount("limits"));
            any |= request.is_some() || limit.is_some();
            all &= limit.is_some() && request.is_none_or(|request| Some(request) == limit);
        }
    }
    match (any, all) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn classes() {
        let of = |resources: Value| class(&json!({"containers": [{"resources": resources}]}));
        assert_eq!(of(json!({})), "BestEffort");
        assert_eq!(of(json!({"requests": {"cpu": "1"}})), "Burstable");
        let same = json!({"cpu": "1", "memory": "1Gi"});
        assert_eq!(of(json!({"requests": same, "limits": same})), "Guaranteed");
        assert_eq!(
            of(json!({"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "2", "memory": "1Gi"}})),
            "Burstable"
        );
    }
}
