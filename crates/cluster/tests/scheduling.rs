//! Priorities, and Pods that are put on a node past the scheduler.

use api::path;
use serde_json::{Value, json};
use test_support::{TestCluster, pod};

fn asking(name: &str, cpu: &str, more: Value) -> Value {
    let mut object = pod(name, "nginx");
    object["metadata"]["labels"] = json!({"app": name});
    object["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": cpu}});
    for (field, value) in more.as_object().into_iter().flatten() {
        object["spec"][field.as_str()] = value.clone();
    }
    object
}

fn classes(world: &mut TestCluster) {
    for (name, value) in [("low", 100), ("high", 1_000_000)] {
        world.create(json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name},
            "value": value}));
    }
}

/// Types of a Pod's conditions that are true, with their reasons.
fn condition(world: &TestCluster, pod: &str, kind: &str) -> Value {
    let pod = world.get("pods", pod);
    path::list(&pod, "status.conditions").iter().find(|one| one["type"] == kind).cloned().unwrap_or_default()
}

#[test]
fn an_important_pod_ends_the_least_that_makes_room() {
    let mut world = TestCluster::new();
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
fn who_loses_the_room_that_was_made_gives_it_up() {
    let mut world = TestCluster::new();
    classes(&mut world);
    world.create(asking("full", "1200m", json!({"priorityClassName": "low"})));
    world.run(2.0);
    world.node.lingers = true;
    world.create(asking("urgent", "1100m", json!({"priorityClassName": "high"})));
    world.run(2.0);
    assert_eq!(world.get("pods", "urgent")["status"]["nominatedNodeName"], "minikube");
    world.patch("nodes", "minikube", json!({"spec": {"unschedulable": true}}));
    let at = world.now;
    for (_, state) in world.node.containers.values_mut() {
        *state = cluster::node::ContainerState::Exited { code: 137, at };
    }
    world.run(5.0);
    let urgent = world.get("pods", "urgent");
    assert!(urgent["status"].get("nominatedNodeName").is_none(), "{}", urgent["status"]);
    let message = condition(&world, "urgent", "PodScheduled")["message"].clone();
    assert!(message.as_str().unwrap_or_default().contains("node(s) were unschedulable"), "{message}");
}

#[test]
fn who_may_not_push_others_away_waits() {
    let mut world = TestCluster::new();
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
    let mut world = TestCluster::new();
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
    let mut world = TestCluster::new();
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
    let mut world = TestCluster::new();
    world.create(asking("gated", "1m", json!({"schedulingGates": [{"name": "example.com/g"}]})));
    world.run(3.0);
    assert_eq!(condition(&world, "gated", "PodScheduled")["reason"], "SchedulingGated");
    world.patch("pods", "gated", json!({"spec": {"schedulingGates": [{"$patch": "delete", "name": "example.com/g"}]}}));
    world.run(3.0);
    assert_eq!(world.get("pods", "gated")["status"]["phase"], "Running");
}

#[test]
fn a_pod_that_was_active_too_long_has_failed_when_its_containers_have_ended() {
    let mut world = TestCluster::new();
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

#[test]
fn pods_of_a_node_that_is_not_there_are_removed() {
    let mut world = TestCluster::new();
    world.create(asking("lost", "1m", json!({"nodeName": "kube-01"})));
    world.create(asking("deleted", "1m", json!({"nodeName": "kube-01"})));
    world.run(5.0);
    world.delete("pods", "deleted");
    world.run(30.0);
    assert!(world.try_get("pods", "deleted").is_some() && world.try_get("pods", "lost").is_some());
    world.run(30.0);
    assert!(world.try_get("pods", "deleted").is_none() && world.try_get("pods", "lost").is_none());
    world.create(asking("here", "1m", json!({})));
    world.run(5.0);
    world.delete("nodes", "minikube");
    world.run(60.0);
    assert!(world.try_get("pods", "here").is_none());
}

#[test]
fn a_taint_is_borne_for_as_long_as_a_pod_says() {
    let mut world = TestCluster::new();
    let taint = json!([{"key": "k", "effect": "NoExecute"}]);
    let bears =
        |seconds: i64| json!([{"key": "k", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": seconds}]);
    world.create(asking("short", "1m", json!({"tolerations": bears(30)})));
    world.create(asking("long", "1m", json!({"tolerations": bears(60)})));
    world.create(asking("ever", "1m", json!({"tolerations": [{"key": "k", "operator": "Exists"}]})));
    world.run(5.0);
    world.patch("nodes", "minikube", json!({"spec": {"taints": taint}}));
    world.run(10.0);
    world.create(asking("late", "1m", json!({"tolerations": bears(20)})));
    world.run(15.0);
    assert!(world.try_get("pods", "short").is_some() && world.try_get("pods", "late").is_some());
    world.run(10.0);
    assert!(world.try_get("pods", "short").is_none() && world.try_get("pods", "late").is_none());
    world.patch("nodes", "minikube", json!({"spec": {"taints": null}}));
    world.run(60.0);
    assert_eq!(world.get("pods", "long")["status"]["phase"], "Running");
    assert!(world.events("long").iter().any(|event| event.ends_with("Cancelling deletion of Pod default/long")));
    assert_eq!(world.get("pods", "ever")["status"]["phase"], "Running");
}

#[test]
fn a_daemon_that_runs_goes_on_where_none_may_be_put() {
    let mut world = TestCluster::new();
    world.create(json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"}, "spec": {
        "selector": {"matchLabels": {"app": "agent"}},
        "template": {"metadata": {"labels": {"app": "agent"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}}}));
    world.run(5.0);
    world.patch("nodes", "minikube", json!({"spec": {"taints": [{"key": "k", "effect": "NoSchedule"}]}}));
    world.run(5.0);
    let status = world.get("daemonsets.apps", "agent")["status"].clone();
    assert_eq!((&status["desiredNumberScheduled"], &status["numberMisscheduled"]), (&json!(0), &json!(1)), "{status}");
    assert_eq!(world.list("pods").len(), 1);
    world.patch("nodes", "minikube", json!({"spec": {"taints": [{"key": "k", "effect": "NoExecute"}]}}));
    world.run(5.0);
    assert!(world.list("pods").is_empty());
}

#[test]
fn the_cheapest_pod_goes_first() {
    let mut world = TestCluster::new();
    world.create(test_support::deployment(3, "nginx"));
    world.run(5.0);
    let names: Vec<String> = world.list("pods").iter().map(|pod| path::str(pod, "metadata.name").to_owned()).collect();
    let cost = |cost: &str| json!({"metadata": {"annotations": {"controller.kubernetes.io/pod-deletion-cost": cost}}});
    world.patch("pods", &names[1], cost("-5"));
    world.patch("pods", &names[0], cost("10"));
    world.patch("deployments.apps", "nginx-deployment", json!({"spec": {"replicas": 2}}));
    world.run(5.0);
    assert!(world.try_get("pods", &names[1]).is_none());
    world.patch("deployments.apps", "nginx-deployment", json!({"spec": {"replicas": 1}}));
    world.run(5.0);
    assert!(world.try_get("pods", &names[0]).is_some());
}

#[test]
fn what_names_an_owner_that_never_was_is_collected() {
    let mut world = TestCluster::new();
    let owner = json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "nobody", "uid": "no-such-uid"}]);
    world.create(
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "born", "ownerReferences": owner}}),
    );
    world.create(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "made"}}));
    world.run(2.0);
    assert!(world.try_get("configmaps", "born").is_none());
    world.patch("configmaps", "made", json!({"metadata": {"ownerReferences": owner}}));
    world.run(2.0);
    assert!(world.try_get("configmaps", "made").is_none());
}

#[test]
fn a_node_tells_whether_it_takes_pods() {
    let mut world = TestCluster::new();
    world.patch("nodes", "minikube", json!({"spec": {"unschedulable": true}}));
    world.run(12.0);
    world.patch("nodes", "minikube", json!({"spec": {"unschedulable": null}}));
    world.run(12.0);
    let events = world.events("minikube");
    for event in [
        "Normal NodeNotSchedulable kubelet Node minikube status is now: NodeNotSchedulable",
        "Normal NodeSchedulable kubelet Node minikube status is now: NodeSchedulable",
    ] {
        assert!(events.iter().any(|one| one == event), "{event}: {events:#?}");
    }
}
