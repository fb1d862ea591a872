//! Deployments, ReplicaSets, StatefulSets, DaemonSets.

use api::path;
use serde_json::{Value, json};

use super::{default, default_text, each, pod, storage};

/// A Deployment.
pub fn deployment(object: &mut Value) {
    let spec = &mut object["spec"];
    default(spec, "replicas", 1);
    default(spec, "revisionHistoryLimit", 10);
    default(spec, "progressDeadlineSeconds", 600);
    default(spec, "strategy", json!({}));
    default_text(&mut spec["strategy"], "type", "RollingUpdate");
    if path::str(spec, "strategy.type") == "RollingUpdate" {
        let strategy = &mut spec["strategy"];
        default(strategy, "rollingUpdate", json!({}));
        default(&mut strategy["rollingUpdate"], "maxSurge", "25%");
        default(&mut strategy["rollingUpdate"], "maxUnavailable", "25%");
    }
    pod::template(&mut spec["template"]);
}

/// A ReplicationController: its labels and its selector are those of its template.
pub fn replication_controller(object: &mut Value) {
    let labels = path::get(object, "spec.template.metadata.labels").clone();
    if labels.as_object().is_some_and(|labels| !labels.is_empty()) {
        for place in ["spec.selector", "metadata.labels"] {
            if path::object(object, place).is_none_or(serde_json::Map::is_empty) {
                path::set(object, place, labels.clone());
            }
        }
    }
    replica_set(object);
}

/// A ReplicaSet.
pub fn replica_set(object: &mut Value) {
    default(&mut object["spec"], "replicas", 1);
    pod::template(&mut object["spec"]["template"]);
}

/// A StatefulSet.
pub fn stateful_set(object: &mut Value) {
    let spec = &mut object["spec"];
    default_text(spec, "podManagementPolicy", "OrderedReady");
    default(spec, "replicas", 1);
    default(spec, "revisionHistoryLimit", 10);
    default(spec, "persistentVolumeClaimRetentionPolicy", json!({}));
    default_text(&mut spec["persistentVolumeClaimRetentionPolicy"], "whenDeleted", "Retain");
    default_text(&mut spec["persistentVolumeClaimRetentionPolicy"], "whenScaled", "Retain");
    // Whoever names the type gets no partition.
    if path::str(spec, "updateStrategy.type").is_empty() {
        path::set(spec, "updateStrategy.type", "RollingUpdate");
        default(&mut spec["updateStrategy"], "rollingUpdate", json!({}));
    }
    let strategy = &mut spec["updateStrategy"];
    if strategy["type"] == "RollingUpdate" && strategy["rollingUpdate"].is_object() {
        default(&mut strategy["rollingUpdate"], "partition", 0);
    }
    each(spec, "volumeClaimTemplates", |claim| {
        default(claim, "apiVersion", "v1");
        default(claim, "kind", "PersistentVolumeClaim");
        default(claim, "status", json!({"phase": "Pending"}));
        storage::claim(claim);
    });
    pod::template(&mut spec["template"]);
}

/// A DaemonSet.
pub fn daemon_set(object: &mut Value) {
    let spec = &mut object["spec"];
    default(spec, "revisionHistoryLimit", 10);
    default(spec, "updateStrategy", json!({}));
    default_text(&mut spec["updateStrategy"], "type", "RollingUpdate");
    if path::str(spec, "updateStrategy.type") == "RollingUpdate" {
        default(&mut spec["updateStrategy"], "rollingUpdate", json!({}));
        default(&mut spec["updateStrategy"]["rollingUpdate"], "maxSurge", 0);
        default(&mut spec["updateStrategy"]["rollingUpdate"], "maxUnavailable", 1);
    }
    pod::template(&mut spec["template"]);
}
