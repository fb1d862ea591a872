//! A node whose kubelet is stopped, and started again.

use api::{Method, Request, path};
use serde_json::Value;
use test_support::{TestCluster, pod};

fn condition(object: &Value, kind: &str) -> Value {
    path::list(object, "status.conditions").iter().find(|one| one["type"] == kind).cloned().unwrap_or_default()
}

fn run_kubelet(world: &mut TestCluster, runs: bool) {
    let now = world.now;
    world.cluster.run_kubelet(runs, now);
}

#[test]
fn a_node_without_kubelet_is_not_ready_once_its_lease_is_old() {
    let mut world = TestCluster::new();
    world.create(pod("kept", "nginx:1"));
    world.create(pod("deleted", "nginx:1"));
    world.run(30.0);
    run_kubelet(&mut world, false);
    world.delete("pods", "deleted");
    world.run(38.0);
    assert_eq!(condition(&world.get("nodes", "minikube"), "Ready")["status"], "True");
    world.run(22.0);
    let node = world.get("nodes", "minikube");
    for kind in ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"] {
        let condition = condition(&node, kind);
        assert_eq!(condition["status"], "Unknown", "{condition}");
        assert_eq!(condition["reason"], "NodeStatusUnknown");
        assert_eq!(condition["message"], "Kubelet stopped posting node status.");
    }
    let taints: Vec<String> =
        path::list(&node, "spec.taints").iter().map(|one| format!("{}:{}", one["key"], one["effect"])).collect();
    assert_eq!(
        taints,
        ["\"node.kubernetes.io/unreachable\":\"NoSchedule\""],
        "alone and not ready: nothing is evicted"
    );
    let events = world.events("minikube");
    assert!(
        events
            .iter()
            .any(|line| line.contains("NodeNotReady node-controller Node minikube status is now: NodeNotReady")),
        "{events:#?}"
    );
    let kept = world.get("pods", "kept");
    assert_eq!(condition(&kept, "Ready")["status"], "False");
    assert_eq!(kept["status"]["phase"], "Running");
    assert_eq!(kept["status"]["containerStatuses"][0]["ready"], true);
    assert!(
        world.events("kept").iter().any(|line| line.contains("Warning NodeNotReady node-controller Node is not ready"))
    );
    world.create(pod("new", "nginx:1"));
    world.run(400.0);
    assert!(world.get("pods", "deleted")["metadata"].get("deletionTimestamp").is_some(), "nobody ends its containers");
    assert_eq!(world.get("pods", "new")["status"]["phase"], "Pending");
    assert!(world.get("pods", "kept")["metadata"].get("deletionTimestamp").is_none());
}

#[test]
fn who_needs_the_kubelet_is_told_that_it_does_not_answer() {
    let mut world = TestCluster::new();
    world.create(pod("p", "nginx:1"));
    world.run(20.0);
    run_kubelet(&mut world, false);
    let base = "/api/v1/namespaces/default/pods/p";
    let log = world.send(&Request::new(Method::Get, format!("{base}/log"))).unwrap_err();
    assert_eq!(
        log.message,
        "Get \"https://192.168.49.2:10250/containerLogs/default/p/c\": dial tcp 192.168.49.2:10250: connect: connection refused"
    );
    for way in ["exec", "attach", "portforward"] {
        let refused = world.send(&Request::new(Method::Post, format!("{base}/{way}"))).unwrap_err();
        assert_eq!(
            refused.message, "error dialing backend: dial tcp 192.168.49.2:10250: connect: connection refused",
            "{way}"
        );
        assert_eq!(refused.reason.as_str(), "");
    }
}

#[test]
fn a_kubelet_that_starts_again_takes_up_its_work() {
    let mut world = TestCluster::new();
    world.create(pod("kept", "nginx:1"));
    world.create(pod("deleted", "nginx:1"));
    world.run(30.0);
    run_kubelet(&mut world, false);
    world.delete("pods", "deleted");
    world.create(pod("new", "nginx:1"));
    world.run(120.0);
    run_kubelet(&mut world, true);
    world.run(40.0);
    let node = world.get("nodes", "minikube");
    assert_eq!(condition(&node, "Ready")["status"], "True");
    assert_eq!(condition(&node, "Ready")["reason"], "KubeletReady");
    assert_eq!(condition(&node, "MemoryPressure")["status"], "False");
    assert!(node["spec"].get("taints").is_none(), "{}", node["spec"]);
    let events = world.events("minikube");
    for line in ["Starting kubelet Starting kubelet.", "NodeReady kubelet Node minikube status is now: NodeReady"] {
        assert!(events.iter().any(|event| event.contains(line)), "{line}: {events:#?}");
    }
    assert!(world.try_get("pods", "deleted").is_none());
    for name in ["kept", "new"] {
        assert_eq!(condition(&world.get("pods", name), "Ready")["status"], "True", "{name}");
    }
    // Quick restarts are not noticed at all.
    run_kubelet(&mut world, false);
    run_kubelet(&mut world, true);
    world.run(100.0);
    assert_eq!(condition(&world.get("nodes", "minikube"), "Ready")["status"], "True");
}
