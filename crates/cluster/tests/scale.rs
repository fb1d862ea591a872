//! Many replicas: 110 Pods run, the rest wait, no step is long, and nothing is done twice for nothing.

use api::path;
use serde_json::json;
use test_support::{TestCluster, deployment};

#[test]
fn a_thousand_replicas_do_not_freeze_the_page() {
    let mut world = TestCluster::new();
    let replicas = 1_000;
    world.create(deployment(replicas, "nginx:1.14.2"));
    world.run(40.0);
    let pods = world.list("pods");
    assert_eq!(pods.len() as i64, replicas);
    let running = pods.iter().filter(|pod| path::str(pod, "status.phase") == "Running").count();
    assert_eq!(running, 103, "110 less the seven of kube-system");
    let waiting = pods.iter().find(|pod| path::str(pod, "status.phase") == "Pending").unwrap();
    let events = world.events(path::str(waiting, "metadata.name"));
    assert_eq!(
        events,
        [
            "Warning FailedScheduling default-scheduler 0/1 nodes are available: 1 Too many pods. no new claims to deallocate, \
          preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod."
        ]
    );
    assert_eq!(world.get("deployments.apps", "nginx-deployment")["status"]["readyReplicas"], 103);

    // One Pod less makes room for one, and only a few Pods are tried.
    let running = pods.iter().find(|pod| path::str(pod, "status.phase") == "Running").unwrap();
    let before = world.steps.len();
    world.delete("pods", path::str(running, "metadata.name"));
    world.run(5.0);
    assert!(world.steps.len() - before < 60, "{:#?}", &world.steps[before..]);
    assert_eq!(world.get("deployments.apps", "nginx-deployment")["status"]["readyReplicas"], 103);

    world.patch("deployments.apps", "nginx-deployment", json!({"spec": {"replicas": 1}}));
    world.run(60.0);
    assert_eq!(world.list("pods").len(), 1);
}

/// A number that nobody means: what fits no node comes slowly, so that no step is long.
#[test]
fn replicas_without_end_come_slowly() {
    let mut world = TestCluster::new();
    world.create(deployment(2_147_483_647, "nginx:1.14.2"));
    world.run(10.0);
    let soon = world.list("pods").len();
    assert!((1_000..1_300).contains(&soon), "{soon}");
    let steps = world.steps.len();
    world.run(10.0);
    let more = world.list("pods").len() - soon;
    assert!((150..=225).contains(&more), "20 a second: {more}");
    assert!(world.steps.len() - steps < 3_000, "{}", world.steps.len() - steps);
}

#[test]
fn booting_is_cheap() {
    let mut world = TestCluster::new();
    let before = (world.steps.len(), world.cluster.revision());
    world.run(60.0);
    assert!(world.steps.len() - before.0 < 10, "{:#?}", &world.steps[before.0..]);
    assert!(world.cluster.revision() - before.1 < 15);
}
