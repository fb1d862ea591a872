//! DefaultTolerationSeconds: a Pod stays five minutes on a node that went away.

use std::sync::LazyLock;

use api::path;
use serde_json::{Value, json};

/// Made once, as nearly every Pod gets them.
static TOLERATIONS: LazyLock<[Value; 2]> = LazyLock::new(|| {
    ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]
        .map(|key| json!({"effect": "NoExecute", "key": key, "operator": "Exists", "tolerationSeconds": 300}))
});

/// Adds the two tolerations, unless the Pod tolerates these taints already.
pub fn admit(pod: &mut Value) {
    for added in TOLERATIONS.iter() {
        let key = path::str(added, "key");
        let tolerated = path::list(pod, "spec.tolerations").iter().any(|toleration| {
            let this = path::str(toleration, "key");
            (this == key || this.is_empty()) && matches!(path::str(toleration, "effect"), "" | "NoExecute")
        });
        if tolerated {
            continue;
        }
        super::append(&mut pod["spec"], "tolerations", added.clone());
    }
}
