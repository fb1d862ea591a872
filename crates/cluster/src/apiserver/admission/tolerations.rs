//! DefaultTolerationSeconds: a Pod stays five minutes on a node that went away.

use api::path;
use serde_json::{Value, json};

/// Adds the two tolerations, unless the Pod tolerates these taints already.
pub fn admit(pod: &mut Value) {
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let tolerated = path::list(pod, "spec.tolerations").iter().any(|toleration| {
            let this = path::str(toleration, "key");
            (this == key || this.is_empty()) && matches!(path::str(toleration, "effect"), "" | "NoExecute")
        });
        if tolerated {
            continue;
        }
        let toleration = json!({"effect": "NoExecute", "key": key, "operator": "Exists", "tolerationSeconds": 300});
        match pod["spec"]["tolerations"].as_array_mut() {
            Some(list) => list.push(toleration),
            None => path::set(pod, "spec.tolerations", json!([toleration])),
        }
    }
}
