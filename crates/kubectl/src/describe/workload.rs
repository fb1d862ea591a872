//! `kubectl describe` for what makes Pods: Deployment, ReplicaSet, StatefulSet, DaemonSet.

use api::{LabelSelector, find_resource, path};
use serde_json::{Value, json};

use super::template::pod_template;
use super::text::{Text, controller, format_labels, format_selector, scalar};
use crate::duration::rfc1123;
use crate::error::Outcome;
use crate::session::Session;

fn number(object: &Value, field: &str) -> i64 {
    path::int(object, field).unwrap_or(0)
}

fn conditions(text: &mut Text, object: &Value) {
    let conditions = path::list(object, "status.conditions");
    if conditions.is_empty() {
        return;
    }
    text.line(0, "Conditions:");
    text.line(1, "Type\tStatus\tReason");
    text.line(1, "----\t------\t------");
    for condition in conditions {
        let field = |name: &str| path::str(condition, name).to_owned();
        text.line(1, format!("{} \t{}\t{}", field("type"), field("status"), field("reason")));
    }
}

/// Describes a Deployment.
///
/// # Errors
/// What the server refuses.
pub async fn deployment(text: &mut Text, session: &Session, deployment: &Value) -> Outcome {
    let (spec, status) = (&deployment["spec"], &deployment["status"]);
    text.name(deployment);
    text.pair(0, "CreationTimestamp", rfc1123(path::str(deployment, "metadata.creationTimestamp")));
    text.labels_and_annotations(deployment);
    text.pair(0, "Selector", format_selector(&spec["selector"]));
    text.pair(
        0,
        "Replicas",
        format!(
            "{} desired | {} updated | {} total | {} available | {} unavailable",
            number(spec, "replicas"),
            number(status, "updatedReplicas"),
            number(status, "replicas"),
            number(status, "availableReplicas"),
            number(status, "unavailableReplicas")
        ),
    );
    text.pair(0, "StrategyType", path::str(spec, "strategy.type"));
    text.pair(0, "MinReadySeconds", number(spec, "minReadySeconds").to_string());
    let rolling = path::get(spec, "strategy.rollingUpdate");
    if !rolling.is_null() {
        let (unavailable, surge) = (scalar(&rolling["maxUnavailable"]), scalar(&rolling["maxSurge"]));
        text.pair(0, "RollingUpdateStrategy", format!("{unavailable} max unavailable, {surge} max surge"));
    }
    pod_template(text, &spec["template"]);
    conditions(text, deployment);
    let (old, new) = replica_sets(session, deployment).await?;
    if !old.is_empty() || new.is_some() {
        text.pair(0, "OldReplicaSets", names(&old));
        text.pair(0, "NewReplicaSet", names(&new.into_iter().collect::<Vec<_>>()));
    }
    Ok(())
}

/// A Deployment's ReplicaSets: old ones, oldest first, and the one of its template.
///
/// # Errors
/// What the server refuses.
pub async fn replica_sets(session: &Session, deployment: &Value) -> Outcome<(Vec<Value>, Option<Value>)> {
    let Some(resource) = find_resource("replicasets") else { return Ok((Vec::new(), None)) };
    let selector = format_selector(path::get(deployment, "spec.selector"));
    let namespace = path::str(deployment, "metadata.namespace");
    let mut sets = session.list(resource, namespace, &[("labelSelector", &selector)]).await?;
    let uid = path::str(deployment, "metadata.uid");
    sets.retain(|set| path::list(set, "metadata.ownerReferences").iter().any(|owner| path::str(owner, "uid") == uid));
    sim::order::sort_by_text(&mut sets, |set| path::str(set, "metadata.creationTimestamp"));
    let wanted = path::get(deployment, "spec.template");
    let new = sets.iter().position(|set| {
        let mut template = path::get(set, "spec.template").clone();
        if let Some(labels) = template["metadata"]["labels"].as_object_mut() {
            labels.remove("pod-template-hash");
        }
        same_template(&template, wanted)
    });
    let new = new.map(|index| sets.remove(index));
    Ok((sets, new))
}

/// Templates are the same when they say the same; empty and missing fields do not differ.
fn same_template(a: &Value, b: &Value) -> bool {
    fn bare(value: &Value) -> Value {
        match value {
            Value::Object(map) => {
                let fields = map.iter().map(|(key, value)| (key.clone(), bare(value)));
                Value::Object(sim::order::collect(
                    fields.filter(|(_, value)| !value.is_null() && value.as_object().is_none_or(|map| !map.is_empty())),
                ))
            }
            Value::Array(items) => Value::Array(items.iter().map(bare).collect()),
            other => other.clone(),
        }
    }
    bare(a) == bare(b)
}

fn names(sets: &[Value]) -> String {
    let names: Vec<String> = sets
        .iter()
        .map(|set| {
            let (made, wanted) = (number(set, "status.replicas"), number(set, "spec.replicas"));
            format!("{} ({made}/{wanted} replicas created)", path::str(set, "metadata.name"))
        })
        .collect();
    if names.is_empty() { "<none>".to_owned() } else { names.join(", ") }
}

/// `3 Running / 0 Waiting / 0 Succeeded / 0 Failed`: of the Pods an object controls.
/// Which Pods it selects. A ReplicationController's selector is a plain map of labels.
fn selector(object: &Value) -> Value {
    let selector = path::get(object, "spec.selector").clone();
    if object["kind"] == "ReplicationController" { json!({"matchLabels": selector}) } else { selector }
}

async fn pods_status(session: &Session, object: &Value) -> Outcome<String> {
    let Some(resource) = find_resource("pods") else { return Ok(String::new()) };
    let selector = LabelSelector::from_value(&selector(object)).unwrap_or_default().to_string();
    let namespace = path::str(object, "metadata.namespace");
    let pods = session.list(resource, namespace, &[("labelSelector", &selector)]).await?;
    let uid = path::str(object, "metadata.uid");
    let mut counts = [0; 4];
    for pod in &pods {
        let owners = path::list(pod, "metadata.ownerReferences");
        if !owners.iter().any(|owner| owner["controller"] == true && path::str(owner, "uid") == uid) {
            continue;
        }
        let place = ["Running", "Pending", "Succeeded", "Failed"]
            .iter()
            .position(|phase| *phase == path::str(pod, "status.phase"));
        if let Some(place) = place {
            counts[place] += 1;
        }
    }
    let [running, waiting, succeeded, failed] = counts;
    Ok(format!("{running} Running / {waiting} Waiting / {succeeded} Succeeded / {failed} Failed"))
}

/// Describes a ReplicaSet.
///
/// # Errors
/// What the server refuses.
pub async fn replica_set(text: &mut Text, session: &Session, set: &Value) -> Outcome {
    text.name(set);
    text.pair(0, "Selector", format_selector(&selector(set)));
    text.labels_and_annotations(set);
    if let Some(controller) = controller(set) {
        text.pair(0, "Controlled By", controller);
    }
    let (current, desired) = (number(set, "status.replicas"), number(set, "spec.replicas"));
    text.pair(0, "Replicas", format!("{current} current / {desired} desired"));
    text.pair(0, "Pods Status", pods_status(session, set).await?);
    pod_template(text, path::get(set, "spec.template"));
    conditions(text, set);
    Ok(())
}

/// Describes a StatefulSet.
///
/// # Errors
/// What the server refuses.
pub async fn stateful_set(text: &mut Text, session: &Session, set: &Value) -> Outcome {
    let spec = &set["spec"];
    text.name(set);
    text.pair(0, "CreationTimestamp", rfc1123(path::str(set, "metadata.creationTimestamp")));
    text.pair(0, "Selector", format_selector(&spec["selector"]));
    text.labels_and_annotations(set);
    let (desired, total) = (number(spec, "replicas"), number(set, "status.replicas"));
    text.pair(0, "Replicas", format!("{desired} desired | {total} total"));
    text.pair(0, "Update Strategy", path::str(spec, "updateStrategy.type"));
    if let Some(partition) = path::int(spec, "updateStrategy.rollingUpdate.partition") {
        text.pair(1, "Partition", partition.to_string());
    }
    text.pair(0, "Pods Status", pods_status(session, set).await?);
    pod_template(text, &spec["template"]);
    let templates = path::list(spec, "volumeClaimTemplates");
    text.line(0, if templates.is_empty() { "Volume Claims:\t<none>" } else { "Volume Claims:" });
    for claim in templates {
        text.pair(1, "Name", path::str(claim, "metadata.name"));
        text.pair(1, "StorageClass", path::str(claim, "spec.storageClassName"));
        text.labels("  ", "Labels", path::get(claim, "metadata.labels"));
        text.labels("  ", "Annotations", path::get(claim, "metadata.annotations"));
        let capacity = scalar(path::get(claim, "spec.resources.requests.storage"));
        text.pair(1, "Capacity", if capacity.is_empty() { "<default>".to_owned() } else { capacity });
        text.pair(1, "Access Modes", super::text::go_list(path::get(claim, "spec.accessModes")));
    }
    Ok(())
}

/// Describes a DaemonSet.
///
/// # Errors
/// What the server refuses.
pub async fn daemon_set(text: &mut Text, session: &Session, set: &Value) -> Outcome {
    text.name(set);
    text.pair(0, "Selector", format_selector(path::get(set, "spec.selector")));
    text.pair(0, "Node-Selector", format_labels(path::get(set, "spec.template.spec.nodeSelector")));
    text.labels_and_annotations(set);
    for (title, field) in [
        ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
        ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
        ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
        ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ] {
        text.line(0, format!("{title}: {}", number(&set["status"], field)));
    }
    text.pair(0, "Pods Status", pods_status(session, set).await?);
    pod_template(text, path::get(set, "spec.template"));
    Ok(())
}
