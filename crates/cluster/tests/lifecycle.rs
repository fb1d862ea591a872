//! Hooks, the end of containers, and sidecars.

use api::path;
use serde_json::{Value, json};
use test_support::{TestCluster, pod};

fn with_hook(name: &str, image: &str, lifecycle: Value) -> Value {
    let mut object = pod(name, image);
    object["spec"]["containers"][0]["lifecycle"] = lifecycle;
    object
}

fn state(world: &TestCluster, name: &str) -> Value {
    world.get("pods", name)["status"]["containerStatuses"][0]["state"].clone()
}

#[test]
fn a_container_counts_as_running_after_its_post_start_hook() {
    let mut world = TestCluster::new();
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
    let mut world = TestCluster::new();
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
    let mut world = TestCluster::new();
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
    let mut world = TestCluster::new();
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
    let mut world = TestCluster::new();
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
    let mut world = TestCluster::new();
    world.create(pod("capital", "Nginx"));
    world.run(3.0);
    assert_eq!(path::str(&state(&world, "capital"), "waiting.reason"), "InvalidImageName");
    let events = world.events("capital");
    let reasons: Vec<&str> = events.iter().map(|line| line.split(' ').nth(1).unwrap()).collect();
    assert_eq!(reasons, ["Scheduled", "InspectFailed", "Failed"], "{events:#?}");
}

fn phase(world: &TestCluster, name: &str) -> String {
    path::str(&world.get("pods", name), "status.phase").to_owned()
}

fn restarts(world: &TestCluster, name: &str) -> i64 {
    let pod = world.get("pods", name);
    path::list(&pod, "status.containerStatuses").iter().filter_map(|one| path::int(one, "restartCount")).sum()
}

#[test]
fn a_container_may_have_a_restart_policy_and_rules_of_its_own() {
    let mut world = TestCluster::new();
    for (name, pods, own, rules) in [
        ("never", "Always", "Never", Value::Null),
        ("anyway", "Never", "Always", Value::Null),
        ("ruled", "Never", "Never", json!([{"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}])),
        (
            "other",
            "Never",
            "Never",
            json!([{"action": "Restart", "exitCodes": {"operator": "NotIn", "values": [0, 1]}}]),
        ),
    ] {
        let mut object = pod(name, "crash");
        object["spec"]["restartPolicy"] = pods.into();
        object["spec"]["containers"][0]["restartPolicy"] = own.into();
        if !rules.is_null() {
            object["spec"]["containers"][0]["restartPolicyRules"] = rules;
        }
        world.create(object);
    }
    // One whose init container is tried again although its Pod's containers are not.
    let mut first = pod("first", "nginx:1");
    first["spec"]["restartPolicy"] = "Never".into();
    first["spec"]["initContainers"] = json!([{"name": "i", "image": "crash", "restartPolicy": "OnFailure"}]);
    world.create(first);
    world.run(30.0);
    for (name, phase_now, restarted) in [
        ("never", "Failed", false),
        ("anyway", "Running", true),
        ("ruled", "Running", true),
        ("other", "Failed", false),
    ] {
        assert_eq!((phase(&world, name).as_str(), restarts(&world, name) > 0), (phase_now, restarted), "{name}");
    }
    let first = world.get("pods", "first");
    assert_eq!(path::str(&first, "status.phase"), "Pending");
    assert!(path::list(&first, "status.initContainerStatuses")[0]["restartCount"].as_i64() > Some(0));
}

#[test]
fn restart_rules_are_checked() {
    let mut world = TestCluster::new();
    for (container, why) in [
        (
            json!({"restartPolicyRules": [{"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}]}),
            "restartPolicy: Required value: must specify restartPolicy when restart rules are used",
        ),
        (
            json!({"restartPolicy": "Never", "restartPolicyRules": [{"action": "Stop", "exitCodes": {"operator": "In"}}]}),
            "restartPolicyRules[0].action: Unsupported value: \"Stop\": supported values: \"Restart\", \
             \"RestartAllContainers\"",
        ),
        (
            json!({"restartPolicy": "Never", "restartPolicyRules": [{"action": "Restart", "exitCodes": {"operator": "Is"}}]}),
            "restartPolicyRules[0].exitCodes.operator: Unsupported value: \"Is\": supported values: \"In\", \"NotIn\"",
        ),
        (
            json!({"resizePolicy": [{"resourceName": "storage", "restartPolicy": "NotRequired"}]}),
            "resizePolicy: Unsupported value: \"storage\": supported values: \"cpu\", \"memory\"",
        ),
    ] {
        let mut object = pod("p", "nginx:1");
        for (field, value) in container.as_object().unwrap() {
            object["spec"]["containers"][0][field.as_str()] = value.clone();
        }
        let request = api::Request::new(api::Method::Post, "/api/v1/namespaces/default/pods").with_body(object);
        let expected = format!("Pod \"p\" is invalid: spec.containers[0].{why}");
        assert_eq!(world.send(&request).unwrap_err().message, expected);
    }
}

fn sized(name: &str, resources: Value) -> Value {
    let mut object = pod(name, "nginx:1");
    object["spec"]["containers"][0]["resources"] = resources;
    object
}

fn resize(world: &mut TestCluster, name: &str, resources: Value) -> Option<String> {
    let mut patch = api::Request::new(api::Method::Patch, format!("/api/v1/namespaces/default/pods/{name}/resize"));
    patch.patch = Some(api::PatchType::Strategic);
    let body = json!({"spec": {"containers": [{"name": "c", "resources": resources}]}});
    world.send(&patch.with_body(body)).err().map(|status| status.message)
}

#[test]
fn a_running_container_is_resized_in_place() {
    let mut world = TestCluster::new();
    let resources = json!({"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}});
    world.create(sized("p", resources));
    world.run(3.0);
    assert_eq!(resize(&mut world, "p", json!({"requests": {"cpu": "200m"}, "limits": {"memory": "256Mi"}})), None);
    world.run(1.0);
    let object = world.get("pods", "p");
    let status = &path::list(&object, "status.containerStatuses")[0];
    assert_eq!((&status["resources"]["limits"]["memory"], &status["restartCount"]), (&json!("256Mi"), &json!(0)));
    assert_eq!(status["allocatedResources"], json!({"cpu": "200m", "memory": "64Mi"}));
    let (spec, _) = world.node.containers.values().find(|(spec, _)| spec.name == "c").unwrap();
    assert_eq!(spec.memory_limit, Some(256 << 20));
    let done = "{\"containers\":[{\"name\":\"c\",\"resources\":{\"limits\":{\"memory\":\"256Mi\"},\"requests\":{\"cpu\":\
                \"200m\",\"memory\":\"64Mi\"}}}],\"generation\":2}";
    let events = world.events("p");
    assert_eq!(
        events[events.len() - 2..],
        [
            format!("Normal ResizeStarted kubelet Pod resize started: {done}"),
            format!("Normal ResizeCompleted kubelet Pod resize completed: {done}")
        ]
    );
}

#[test]
fn a_resize_that_does_not_fit_waits() {
    let mut world = TestCluster::new();
    world.create(sized("p", json!({"requests": {"cpu": "100m"}})));
    world.create(sized("big", json!({"requests": {"cpu": "1"}})));
    world.run(3.0);
    let pending = |world: &TestCluster| -> Value {
        let object = world.get("pods", "p");
        let found =
            path::list(&object, "status.conditions").iter().find(|one| one["type"] == "PodResizePending").cloned();
        found.unwrap_or(Value::Null)
    };
    assert_eq!(resize(&mut world, "p", json!({"requests": {"cpu": "3"}})), None);
    world.run(1.0);
    assert_eq!(pending(&world)["reason"], "Infeasible");
    assert_eq!(pending(&world)["message"], "Node didn't have enough capacity: cpu, requested: 3000, capacity: 2000");
    assert_eq!(resize(&mut world, "p", json!({"requests": {"cpu": "1200m"}})), None);
    world.run(1.0);
    assert_eq!(pending(&world)["reason"], "Deferred");
    let object = world.get("pods", "p");
    assert_eq!(path::list(&object, "status.containerStatuses")[0]["allocatedResources"]["cpu"], "100m");
    world.delete("pods", "big");
    world.run(40.0);
    assert!(pending(&world).is_null());
    let object = world.get("pods", "p");
    assert_eq!(path::list(&object, "status.containerStatuses")[0]["allocatedResources"]["cpu"], "1200m");
}

#[test]
fn a_resize_restarts_where_the_policy_says_so() {
    let mut world = TestCluster::new();
    let mut object = sized("p", json!({"requests": {"cpu": "100m", "memory": "64Mi"}}));
    object["spec"]["containers"][0]["resizePolicy"] =
        json!([{"resourceName": "memory", "restartPolicy": "RestartContainer"}]);
    world.create(object);
    world.run(3.0);
    assert_eq!(resize(&mut world, "p", json!({"requests": {"cpu": "200m"}})), None);
    world.run(5.0);
    assert_eq!(restarts(&world, "p"), 0);
    assert_eq!(resize(&mut world, "p", json!({"requests": {"memory": "96Mi"}})), None);
    world.run(5.0);
    assert_eq!(restarts(&world, "p"), 1);
    let events = world.events("p");
    assert!(
        events.iter().any(|line| line == "Normal Killing kubelet Container c resize requires restart"),
        "{events:#?}"
    );
    assert!(events.last().unwrap().starts_with("Normal ResizeCompleted kubelet "), "{events:#?}");
}

#[test]
fn what_a_resize_may_not_do() {
    let mut world = TestCluster::new();
    world.create(sized("p", json!({"requests": {"cpu": "100m"}, "limits": {"cpu": "200m"}})));
    world.create(sized("none", json!({})));
    world.run(3.0);
    for (name, resources, why) in [
        (
            "none",
            json!({"requests": {"cpu": "100m"}}),
            "spec: Invalid value: \"BestEffort\": Pod QOS Class may not change as a result of resizing",
        ),
        (
            "p",
            json!({"limits": {"cpu": null}}),
            "spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed",
        ),
        (
            "p",
            json!({"requests": {"example.com/gpu": "1"}, "limits": {"example.com/gpu": "1"}}),
            "spec: Forbidden: only cpu and memory resources are mutable",
        ),
        (
            "p",
            json!({"requests": {"cpu": "300m"}}),
            "spec.containers[0].resources.requests: Invalid value: \"300m\": must be less than or equal to cpu limit of 200m",
        ),
    ] {
        assert_eq!(resize(&mut world, name, resources), Some(format!("Pod \"{name}\" is invalid: {why}")));
    }
    // What else a request changes is left as it was.
    let mut patch = api::Request::new(api::Method::Patch, "/api/v1/namespaces/default/pods/p/resize");
    patch.patch = Some(api::PatchType::Strategic);
    let body = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "other"}]}});
    world.send(&patch.with_body(body)).unwrap();
    let object = world.get("pods", "p");
    assert_eq!(
        (&object["spec"]["containers"][0]["image"], &object["metadata"]["labels"]),
        (&json!("nginx:1"), &Value::Null)
    );
}
