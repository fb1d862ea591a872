//! Hooks, the end of containers, and sidecars.

mod common;

use api::path;
use common::{World, pod};
use serde_json::{Value, json};

fn with_hook(name: &str, image: &str, lifecycle: Value) -> Value {
    let mut object = pod(name, image);
    object["spec"]["containers"][0]["lifecycle"] = lifecycle;
    object
}

fn state(world: &World, name: &str) -> Value {
    world.get("pods", name)["status"]["containerStatuses"][0]["state"].clone()
}

#[test]
fn a_container_counts_as_running_after_its_post_start_hook() {
    let mut world = World::new();
    world.create(with_hook("quick", "nginx:1", json!({"postStart": {"exec": {"command": ["true"]}}})));
    world.create(with_hook("slow", "nginx:1", json!({"postStart": {"sleep": {"seconds": 8}}})));
    world.create(with_hook("asks", "nginx:1", json!({"postStart": {"httpGet": {"port": 80}}})));
    world.run(3.0);
    for name in ["quick", "asks"] {
        assert!(state(&world, name)["running"].is_object(), "{name}");
    }
    assert_eq!(path::str(&state(&world, "slow"), "waiting.reason"), "ContainerCreating");
    assert!(world.events("slow").iter().any(|line| line.contains("Started container c")));
    world.run(7.0);
    assert!(state(&world, "slow")["running"].is_object());
    assert_eq!(world.get("pods", "slow")["status"]["containerStatuses"][0]["ready"], true);
}

#[test]
fn a_container_whose_post_start_hook_fails_is_stopped_and_started_again() {
    let mut world = World::new();
    world.create(with_hook("fails", "nginx:1", json!({"postStart": {"exec": {"command": ["false"]}}})));
    world.run(3.0);
    let waiting = state(&world, "fails");
    assert_eq!(path::str(&waiting, "waiting.reason"), "PostStartHookError", "{waiting}");
    let events = world.events("fails");
    for line in
        ["Warning FailedPostStartHook kubelet PostStartHook failed", "Normal Killing kubelet FailedPostStartHook"]
    {
        assert!(events.iter().any(|event| event.starts_with(line)), "{events:#?}");
    }
    world.run(60.0);
    let status = world.get("pods", "fails")["status"]["containerStatuses"][0].clone();
    assert!(status["restartCount"].as_i64().is_some_and(|restarts| (2..=4).contains(&restarts)), "{status}");
}

#[test]
fn the_pre_stop_hook_comes_before_the_signal_and_takes_of_the_grace() {
    let mut world = World::new();
    for (name, lifecycle) in [
        ("sleeps", json!({"preStop": {"sleep": {"seconds": 10}}})),
        ("hangs", json!({"preStop": {"exec": {"command": ["hang"]}}})),
        ("fails", json!({"preStop": {"exec": {"command": ["false"]}}})),
    ] {
        world.create(with_hook(name, "nginx:1", lifecycle));
    }
    world.run(3.0);
    for name in ["sleeps", "hangs", "fails"] {
        world.delete("pods", name);
    }
    world.run(1.0);
    let asked = world.now;
    assert_eq!(world.node.stopped.len(), 1, "only the one whose hook has failed: {:?}", world.node.stopped);
    assert!(world.events("fails").iter().any(|line| line == "Warning FailedPreStopHook kubelet PreStopHook failed"));
    assert!(world.events("hangs").iter().any(|line| line == "Normal Killing kubelet Stopping container c"));
    world.run(40.0);
    let graces: Vec<(u64, u64)> =
        world.node.stopped.iter().skip(1).map(|(_, grace, at)| (*grace, at.since(asked).as_secs())).collect();
    // Twenty seconds are left of the thirty; and two, when nothing is left.
    assert_eq!(graces, [(20, 9), (2, 29)]);
    assert!(world.try_get("pods", "sleeps").is_none());
}

fn with_sidecar(name: &str, image: &str) -> Value {
    let mut object = pod(name, image);
    object["spec"]["restartPolicy"] = "Never".into();
    object["spec"]["initContainers"] = json!([
        {"name": "log", "image": "nginx:1", "restartPolicy": "Always"},
        {"name": "mesh", "image": "nginx:1", "restartPolicy": "Always"},
    ]);
    object
}

#[test]
fn sidecars_end_with_their_pod() {
    let mut world = World::new();
    world.create(with_sidecar("job", "done"));
    world.run(10.0);
    let job = world.get("pods", "job");
    assert_eq!(path::str(&job, "status.phase"), "Succeeded", "{}", job["status"]);
    for status in path::list(&job, "status.initContainerStatuses") {
        assert!(status["state"]["terminated"].is_object(), "{status}");
        assert_eq!(status["restartCount"], 0);
    }
    let order: Vec<&str> = world.node.stopped.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(order, ["mesh", "log"], "the last one first");
    let events = world.events("job");
    assert!(events.iter().any(|line| line == "Normal Killing kubelet Stopping container log"), "{events:#?}");
}

#[test]
fn sidecars_outlive_the_containers_of_a_pod_that_is_deleted() {
    let mut world = World::new();
    world.create(with_sidecar("web", "nginx:1"));
    world.run(5.0);
    world.delete("pods", "web");
    world.run(5.0);
    let order: Vec<&str> = world.node.stopped.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(order, ["c", "mesh", "log"]);
    assert!(world.try_get("pods", "web").is_none());
}

#[test]
fn a_name_that_no_image_can_have_is_told_apart() {
    let mut world = World::new();
    world.create(pod("capital", "Nginx"));
    world.run(3.0);
    assert_eq!(path::str(&state(&world, "capital"), "waiting.reason"), "InvalidImageName");
    let events = world.events("capital");
    let reasons: Vec<&str> = events.iter().map(|line| line.split(' ').nth(1).unwrap()).collect();
    assert_eq!(reasons, ["Scheduled", "InspectFailed", "Failed"], "{events:#?}");
}
