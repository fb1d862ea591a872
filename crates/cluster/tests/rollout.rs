//! Deployments over time: rolling updates, recreation, pauses, scaling, history.

use api::path;
use serde_json::{Value, json};
use test_support::{TestCluster, deployment};

fn image(image: &str) -> Value {
    json!({"spec": {"template": {"spec": {"containers": [
        {"name": "nginx", "image": image, "ports": [{"containerPort": 80, "protocol": "TCP"}]}]}}}})
}

fn sizes(world: &TestCluster) -> Vec<(String, i64)> {
    let mut sizes: Vec<(String, i64)> = world
        .list("replicasets.apps")
        .iter()
        .map(|set| {
            let revision =
                set["metadata"]["annotations"]["deployment.kubernetes.io/revision"].as_str().unwrap().to_owned();
            (revision, path::int(set, "spec.replicas").unwrap())
        })
        .collect();
    sizes.sort();
    sizes
}

#[test]
fn a_rolling_update_keeps_its_bounds() {
    let mut world = TestCluster::new();
    world.create(deployment(4, "nginx:1.14.2"));
    world.run(5.0);
    world.patch("deployments.apps", "nginx-deployment", image("nginx:1.16.1"));
    let (mut most, mut least) = (0, 99);
    for _ in 0..400 {
        world.run(0.02);
        let pods = world.list("pods");
        let alive = pods.iter().filter(|pod| pod["metadata"]["deletionTimestamp"].is_null());
        let ready = alive.clone().filter(|pod| {
            pod["status"]["conditions"]
                .as_array()
                .is_some_and(|list| list.iter().any(|one| one["type"] == "Ready" && one["status"] == "True"))
        });
        most = most.max(alive.count());
        least = least.min(ready.count());
    }
    assert_eq!((most, least), (5, 3), "25% of 4 more, 25% of 4 fewer");
    assert_eq!(sizes(&world), [("1".to_owned(), 0), ("2".to_owned(), 4)]);
    let deployment = world.get("deployments.apps", "nginx-deployment");
    assert_eq!(deployment["metadata"]["annotations"]["deployment.kubernetes.io/revision"], "2");
    let events: Vec<String> = world
        .events("nginx-deployment")
        .iter()
        .map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            format!("{} {} {}", words[4], words[words.len() - 3], words[words.len() - 1])
        })
        .collect();
    assert_eq!(events[..3], ["up 0 4", "up 0 1", "down 4 3"]);
    assert_eq!(events[events.len() - 1], "down 1 0");

    // Back to the first image: the old ReplicaSet becomes revision 3.
    world.patch("deployments.apps", "nginx-deployment", image("nginx:1.14.2"));
    world.run(10.0);
    assert_eq!(sizes(&world), [("2".to_owned(), 0), ("3".to_owned(), 4)]);
    let third = world.list("replicasets.apps").into_iter().find(|set| set["spec"]["replicas"] == 4).unwrap();
    assert_eq!(third["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"], "1");
}

#[test]
fn recreate_waits_for_the_old_pods_to_be_gone() {
    let mut world = TestCluster::new();
    let mut object = deployment(3, "nginx:1");
    object["spec"]["strategy"] = json!({"type": "Recreate"});
    world.create(object);
    world.run(5.0);
    world.patch("deployments.apps", "nginx-deployment", image("nginx:2"));
    // As in life, one whose containers have ended counts as gone while it is still being cleaned up.
    let ended = |pod: &Value| matches!(path::str(pod, "status.phase"), "Succeeded" | "Failed");
    for _ in 0..200 {
        world.run(0.02);
        let images: std::collections::BTreeSet<String> = world
            .list("pods")
            .iter()
            .filter(|pod| !ended(pod))
            .map(|pod| pod["spec"]["containers"][0]["image"].to_string())
            .collect();
        assert!(images.len() <= 1, "{images:?}");
    }
    assert_eq!(sizes(&world), [("1".to_owned(), 0), ("2".to_owned(), 3)]);
    assert_eq!(world.get("deployments.apps", "nginx-deployment")["status"]["readyReplicas"], 3);
}

#[test]
fn a_paused_deployment_scales_but_does_not_roll_out() {
    let mut world = TestCluster::new();
    world.create(deployment(2, "nginx:1"));
    world.run(5.0);
    world.patch("deployments.apps", "nginx-deployment", json!({"spec": {"paused": true}}));
    world.patch("deployments.apps", "nginx-deployment", image("nginx:2"));
    world.patch("deployments.apps", "nginx-deployment", json!({"spec": {"replicas": 3}}));
    world.run(3.0);
    assert_eq!(sizes(&world), [("1".to_owned(), 3)]);
    let status = world.get("deployments.apps", "nginx-deployment")["status"].clone();
    let reasons: Vec<&str> = path::list(&status, "conditions").iter().map(|one| path::str(one, "reason")).collect();
    assert_eq!(reasons, ["DeploymentPaused", "MinimumReplicasAvailable"]);
    world.patch("deployments.apps", "nginx-deployment", json!({"spec": {"paused": false}}));
    world.run(10.0);
    assert_eq!(sizes(&world), [("1".to_owned(), 0), ("2".to_owned(), 3)]);
}

#[test]
fn a_rollout_that_does_not_get_on_says_so() {
    let mut world = TestCluster::new();
    let mut object = deployment(2, "nginx:1");
    object["spec"]["progressDeadlineSeconds"] = 30.into();
    world.create(object);
    world.run(5.0);
    world.patch("deployments.apps", "nginx-deployment", image("nosuch/nginx:9"));
    world.run(60.0);
    assert_eq!(sizes(&world), [("1".to_owned(), 2), ("2".to_owned(), 1)], "nothing good is taken down");
    let status = world.get("deployments.apps", "nginx-deployment")["status"].clone();
    let progressing = path::list(&status, "conditions").iter().find(|one| one["type"] == "Progressing").unwrap();
    assert_eq!(
        (path::str(progressing, "status"), path::str(progressing, "reason")),
        ("False", "ProgressDeadlineExceeded")
    );
    assert!(path::str(progressing, "message").ends_with("\" has timed out progressing."));
    // Scaling in the middle is shared out in proportion.
    world.patch("deployments.apps", "nginx-deployment", json!({"spec": {"replicas": 6}}));
    world.run(3.0);
    let all: i64 = sizes(&world).iter().map(|(_, size)| size).sum();
    assert_eq!(all, 8, "6 and 25% of 6, rounded up: {:?}", sizes(&world));
}

#[test]
fn only_so_many_old_replica_sets_are_kept() {
    let mut world = TestCluster::new();
    let mut object = deployment(1, "nginx:0");
    object["spec"]["revisionHistoryLimit"] = 2.into();
    world.create(object);
    world.run(4.0);
    for version in 1..6 {
        world.patch("deployments.apps", "nginx-deployment", image(&format!("nginx:{version}")));
        world.run(4.0);
    }
    assert_eq!(sizes(&world), [("4".to_owned(), 0), ("5".to_owned(), 0), ("6".to_owned(), 1)]);
}

#[test]
fn scaling_down_and_letting_a_pod_go() {
    let mut world = TestCluster::new();
    world.create(deployment(3, "nginx:1"));
    world.run(4.0);
    let name = path::str(&world.list("pods")[0], "metadata.name").to_owned();
    world.patch("pods", &name, json!({"metadata": {"labels": {"app": "other"}}}));
    world.run(4.0);
    assert_eq!(world.list("pods").len(), 4, "one is let go and replaced");
    assert!(world.get("pods", &name)["metadata"]["ownerReferences"].is_null());
    world.patch("deployments.apps", "nginx-deployment", json!({"spec": {"replicas": 1}}));
    world.run(4.0);
    assert_eq!(world.list("pods").len(), 2);
    assert_eq!(world.get("deployments.apps", "nginx-deployment")["status"]["replicas"], 1);
}
