//! Priorities, and Pods that are put on a node past the scheduler.

mod common;

use api::path;
use common::{World, pod};
use serde_json::{Value, json};

fn asking(name: &str, cpu: &str, more: Value) -> Value {
    let mut object = pod(name, "nginx");
    object["metadata"]["labels"] = json!({"app": name});
    object["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": cpu}});
    for (field, value) in more.as_object().into_iter().flatten() {
        object["spec"][field.as_str()] = value.clone();
    }
    object
}

fn classes(world: &mut World) {
    for (name, value) in [("low", 100), ("high", 1_000_000)] {
        world.create(json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name},
            "value": value}));
    }
}

/// Types of a Pod's conditions that are true, with their reasons.
fn condition(world: &World, pod: &str, kind: &str) -> Value {
    let pod = world.get("pods", pod);
    path::list(&pod, "status.conditions").iter().find(|one| one["type"] == kind).cloned().unwrap_or_default()
}

#[test]
fn an_important_pod_ends_the_least_that_makes_room() {
    let mut world = World::new();
    classes(&mut world);
    let low = json!({"priorityClassName": "low"});
    world.create(asking("small", "100m", low.clone()));
    world.run(2.0);
    world.create(asking("large", "900m", low.clone()));
    world.run(2.0);
    world.node.lingers = true;
    world.create(asking("urgent", "1100m", json!({"priorityClassName": "high"})));
    world.run(2.0);
    let urgent = world.get("pods", "urgent");
    assert_eq!(urgent["status"]["nominatedNodeName"], "minikube");
    let message = condition(&world, "urgent", "PodScheduled")["message"].clone();
    assert_eq!(message, "0/1 nodes are available: 1 Insufficient cpu.");
    let uid = path::str(&urgent, "metadata.uid").to_owned();
    assert_eq!(
        world.events("large").iter().find(|event| event.contains("Preempted")).cloned().unwrap_or_default(),
        format!("Normal Preempted default-scheduler Preempted by pod {uid} on node minikube")
    );
    assert_eq!(condition(&world, "large", "DisruptionTarget")["reason"], "PreemptionByScheduler");
    assert!(world.get("pods", "small")["metadata"].get("deletionTimestamp").is_none(), "it may stay");
    // What is less important does not take the room that is being made.
    world.create(asking("late", "800m", low));
    let at = world.now;
    for (spec, state) in world.node.containers.values_mut() {
        if spec.pod_uid != uid && world.node.pods[&spec.pod_uid].1 == "large" {
            *state = cluster::node::ContainerState::Exited { code: 137, at };
        }
    }
    world.run(5.0);
    assert_eq!(world.get("pods", "urgent")["status"]["phase"], "Running");
    assert!(world.get("pods", "urgent")["status"].get("nominatedNodeName").is_none());
    assert_eq!(world.get("pods", "late")["status"]["phase"], "Pending");
    assert!(world.try_get("pods", "large").is_none());
}

#[test]
fn who_may_not_push_others_away_waits() {
    let mut world = World::new();
    classes(&mut world);
    world.create(asking("full", "1200m", json!({"priorityClassName": "low"})));
    world.run(2.0);
    world
        .create(json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "patient"},
        "value": 1_000_000, "preemptionPolicy": "Never"}));
    world.create(asking("patient", "1", json!({"priorityClassName": "patient"})));
    world.create(asking("usual", "1", json!({})));
    world.create(asking("equal", "1", json!({"priorityClassName": "low"})));
    world.create(asking("vast", "64", json!({"priorityClassName": "high"})));
    world.run(2.0);
    let says = |pod: &str| {
        let message = condition(&world, pod, "PodScheduled")["message"].clone();
        message
            .as_str()
            .unwrap_or_default()
            .trim_start_matches("0/1 nodes are available: 1 Insufficient cpu. ")
            .to_owned()
    };
    let start = "no new claims to deallocate, preemption: ";
    assert_eq!(says("patient"), format!("{start}not eligible due to preemptionPolicy=Never."));
    let nodes = "0/1 nodes are available: 1";
    assert_eq!(says("equal"), format!("{start}{nodes} Insufficient cpu."), "only the storage provisioner matters less");
    assert_eq!(says("usual"), format!("{start}{nodes} No preemption victims found for incoming pod."));
    assert_eq!(says("vast"), format!("{start}{nodes} Preemption is not helpful for scheduling."));
    assert_eq!(world.get("pods", "full")["status"]["phase"], "Running");
}

#[test]
fn a_budget_is_kept_where_another_pod_can_go() {
    let mut world = World::new();
    classes(&mut world);
    for name in ["kept", "free"] {
        world.create(asking(name, "400m", json!({"priorityClassName": "low"})));
        world.run(2.0);
    }
    world.create(json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "kept"}}}}));
    world.run(2.0);
    world.create(asking("urgent", "700m", json!({"priorityClassName": "high"})));
    world.run(5.0);
    assert_eq!(world.get("pods", "urgent")["status"]["phase"], "Running");
    assert_eq!(world.get("pods", "kept")["status"]["phase"], "Running");
    assert!(world.try_get("pods", "free").is_none());
}

#[test]
fn the_kubelet_refuses_what_does_not_fit() {
    let mut world = World::new();
    world.create(asking("big", "10", json!({"nodeName": "minikube"})));
    world.create(asking("other", "1m", json!({"nodeName": "minikube", "nodeSelector": {"disk": "ssd"}})));
    world.create(asking("fits", "1m", json!({"nodeName": "minikube"})));
    world.run(3.0);
    let status = world.get("pods", "big")["status"].clone();
    assert_eq!((&status["phase"], &status["reason"]), (&json!("Failed"), &json!("OutOfcpu")));
    let message = status["message"].as_str().unwrap_or_default();
    assert!(
        message.starts_with("Pod was rejected: Node didn't have enough resource: cpu, requested: 10000, used: "),
        "{message}"
    );
    assert!(message.ends_with(", capacity: 2000"), "{message}");
    let status = world.get("pods", "other")["status"].clone();
    assert_eq!(
        status["message"],
        "Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"
    );
    assert_eq!(world.get("pods", "fits")["status"]["phase"], "Running");
}

#[test]
fn gates_hold_a_pod_and_say_so() {
    let mut world = World::new();
    world.create(asking("gated", "1m", json!({"schedulingGates": [{"name": "example.com/g"}]})));
    world.run(3.0);
    assert_eq!(condition(&world, "gated", "PodScheduled")["reason"], "SchedulingGated");
    world.patch("pods", "gated", json!({"spec": {"schedulingGates": [{"$patch": "delete", "name": "example.com/g"}]}}));
    world.run(3.0);
    assert_eq!(world.get("pods", "gated")["status"]["phase"], "Running");
}

#[test]
fn a_pod_that_was_active_too_long_has_failed_when_its_containers_have_ended() {
    let mut world = World::new();
    world.node.lingers = true;
    world.create(asking("long", "1m", json!({"activeDeadlineSeconds": 3})));
    world.run(6.0);
    let status = world.get("pods", "long")["status"].clone();
    assert_eq!((&status["phase"], &status["reason"]), (&json!("Running"), &Value::Null), "{status}");
    let at = world.now;
    for (_, state) in world.node.containers.values_mut() {
        *state = cluster::node::ContainerState::Exited { code: 137, at };
    }
    world.run(3.0);
    let status = world.get("pods", "long")["status"].clone();
    assert_eq!((&status["phase"], &status["reason"]), (&json!("Failed"), &json!("DeadlineExceeded")), "{status}");
}
