//! What a hundred Pods cost, counted: how often components look, and what they send to the API server.

use cluster::{Component, Settings, Work};
use serde_json::json;
use test_support::{TestCluster, deployment, pod};

/// What all components have done.
fn work(world: &TestCluster) -> Work {
    Component::ALL.into_iter().map(|component| world.cluster.work(component)).fold(Work::default(), |a, b| a + b)
}

/// Runs a Deployment of so many Pods behind a Service until all are Ready; gives what that took.
fn deploy(pods: i64) -> (TestCluster, Work) {
    let mut world = TestCluster::with(Settings { max_pods: 1000, ..Settings::default() });
    let before = work(&world);
    world.create(json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
        "spec": {"selector": {"app": "nginx"}, "ports": [{"port": 80}]},
    }));
    world.create(deployment(pods, "slow/nginx"));
    for _ in 0..1200 {
        if world.get("deployments.apps", "nginx-deployment")["status"]["readyReplicas"] == pods {
            let work = work(&world) - before;
            return (world, work);
        }
        world.run(0.5);
    }
    panic!("not Ready: {}", world.get("deployments.apps", "nginx-deployment")["status"]);
}

#[test]
fn a_pod_costs_the_same_among_many_as_among_few() {
    let (_, few) = deploy(10);
    let (world, many) = deploy(100);
    let said = format!("10 Pods: {few:?}\n100 Pods: {many:?}");
    assert_eq!((few.in_vain, many.in_vain), (0, 0), "{said}");
    assert!(many.reconciles <= 13 * 100, "{said}");
    assert!(many.writes() <= 8 * 100, "{said}");
    assert!(many.events <= 6 * 100, "{said}");
    // What comes once, the Service and the ReplicaSet, weighs more on few.
    assert!(many.reconciles <= few.reconciles * 10 && many.writes() <= few.writes() * 10, "{said}");

    // The Pods of kube-system are among them.
    let kubelet = world.cluster.work(Component::Kubelet);
    assert!(kubelet.reconciles <= 6 * 107 && kubelet.statuses <= 3 * 107, "{kubelet:?}");
    let slices = world.cluster.work(Component::EndpointSlice);
    assert!(slices.changes <= 40, "changes of many endpoints go together: {slices:?}");
}

#[test]
fn nothing_is_written_of_pods_that_stay_as_they_are() {
    let (mut world, _) = deploy(100);
    let before = work(&world);
    world.run(60.0);
    let idle = work(&world) - before;
    // The node's Lease every ten seconds.
    assert!(idle.reconciles <= 20 && idle.writes() <= 10 && idle.in_vain == 0, "{idle:?}");

    // One Pod that ends is looked at, and no other.
    let gone = world.list("pods").first().map(|pod| pod["metadata"]["name"].as_str().unwrap_or_default().to_owned());
    let before = (work(&world), world.cluster.work(Component::Kubelet));
    world.delete("pods", &gone.unwrap_or_default());
    world.run(5.0);
    let (all, kubelet) = (work(&world) - before.0, world.cluster.work(Component::Kubelet) - before.1);
    assert!(kubelet.reconciles <= 15 && kubelet.statuses <= 5, "{kubelet:?}");
    assert!(all.reconciles <= 60 && all.writes() <= 30 && all.in_vain == 0, "{all:?}");
}

#[test]
fn a_pod_that_is_looked_at_before_its_turn_to_pull_still_has_its_turn() {
    let mut world = TestCluster::new();
    for name in ["a", "b", "c", "d"] {
        world.create(pod(name, "slow/nginx"));
    }
    // All wait for the first; the second is looked at meanwhile, the third goes.
    world.run(1.5);
    world.patch("pods", "b", json!({"spec": {"activeDeadlineSeconds": 3000}}));
    world.delete("pods", "c");
    world.run(30.0);
    let names = world.list("pods").iter().map(|pod| pod["metadata"]["name"].clone()).collect::<Vec<_>>();
    assert_eq!(names, ["a", "b", "d"]);
    for pod in world.list("pods") {
        assert_eq!(pod["status"]["phase"], "Running", "{pod}");
    }
}
