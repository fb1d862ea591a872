//! What goes wrong for a beginner, and what the cluster says then.

use api::{Method, PatchType, Request, path};
use serde_json::{Value, json};
use test_support::{TestCluster, deployment, pod};

fn waiting_reason(pod: &Value) -> &str {
    path::str(&pod["status"]["containerStatuses"][0], "state.waiting.reason")
}

#[test]
fn an_image_that_is_not_there_backs_off() {
    let mut world = TestCluster::new();
    world.create(pod("badimage", "nosuch/image:9"));
    world.run(2.0);
    assert_eq!(waiting_reason(&world.get("pods", "badimage")), "ErrImagePull");
    world.run(1.0);
    let badimage = world.get("pods", "badimage");
    assert_eq!(waiting_reason(&badimage), "ImagePullBackOff");
    assert_eq!(path::str(&badimage, "status.phase"), "Pending");
    assert_eq!(
        path::str(&badimage["status"]["containerStatuses"][0], "state.waiting.message"),
        "Back-off pulling image \"nosuch/image:9\": ErrImagePull: Error response from daemon: pull access denied for nosuch/image:9"
    );
    world.run(200.0);
    let events = world.events("badimage");
    let reasons: Vec<&str> = events.iter().map(|line| line.split(' ').nth(1).unwrap()).collect();
    assert_eq!(reasons, ["Scheduled", "Pulling", "Failed", "Failed", "BackOff", "Failed"], "{events:#?}");
    assert!(events[1].ends_with("(x4)"), "pulled after 0, 10, 20, 40, 80 s, but 25 events are enough: {events:#?}");
}

#[test]
fn images_are_pulled_one_after_another() {
    let mut world = TestCluster::new();
    world.create(deployment(2, "slow/nginx:1"));
    world.run(10.0);
    let mut pulled: Vec<String> = world
        .list("events")
        .iter()
        .filter(|event| event["reason"] == "Pulled")
        .map(|event| path::str(event, "message").to_owned())
        .collect();
    pulled.sort();
    assert_eq!(pulled.len(), 2);
    assert!(
        pulled[0].starts_with(
            "Successfully pulled image \"slow/nginx:1\" in 2s (2s including waiting). Image size: 72000000 bytes."
        ) || pulled[1].starts_with("Successfully pulled image \"slow/nginx:1\" in 2s"),
        "{pulled:?}"
    );
    assert_eq!(world.get("deployments.apps", "nginx-deployment")["status"]["readyReplicas"], 2);
}

#[test]
fn a_crashing_container_waits_longer_each_time() {
    let mut world = TestCluster::new();
    world.create(pod("crasher", "crash"));
    world.run(6.0);
    let status = world.get("pods", "crasher")["status"].clone();
    assert_eq!(path::str(&status, "phase"), "Running");
    // How it ended is told first; that it backs off, from the worker's next look on.
    let container = &status["containerStatuses"][0];
    assert_eq!(path::str(container, "state.terminated.reason"), "Error", "{container}");
    assert!(world.events("crasher").iter().any(|line| line.contains(" BackOff ")));
    world.run(8.6);
    let status = world.get("pods", "crasher")["status"].clone();
    let container = &status["containerStatuses"][0];
    assert_eq!(path::str(container, "state.waiting.reason"), "CrashLoopBackOff", "{container}");
    assert!(
        path::str(container, "state.waiting.message")
            .starts_with("back-off 10s restarting failed container=c pod=crasher_default(")
    );
    assert_eq!(container["restartCount"], 1);
    assert_eq!(container["lastState"]["terminated"]["exitCode"], 1);
    world.run(600.0);
    let restarts = world.get("pods", "crasher")["status"]["containerStatuses"][0]["restartCount"].as_i64().unwrap();
    assert!((6..=8).contains(&restarts), "{restarts}");
    let events = world.events("crasher");
    assert!(
        events.iter().any(|line| line
            .starts_with("Warning BackOff kubelet Back-off restarting failed container c in pod crasher_default(")),
        "{events:#?}"
    );
}

#[test]
fn a_pod_that_restarts_nothing_ends() {
    let mut world = TestCluster::new();
    for (name, image) in [("good", "done"), ("bad", "crash")] {
        let mut object = pod(name, image);
        object["spec"]["restartPolicy"] = "Never".into();
        world.create(object);
    }
    world.run(5.0);
    assert_eq!(path::str(&world.get("pods", "good"), "status.phase"), "Succeeded");
    assert_eq!(path::str(&world.get("pods", "bad"), "status.phase"), "Failed");
    let state = world.get("pods", "good")["status"]["containerStatuses"][0]["state"].clone();
    assert_eq!(path::str(&state, "terminated.reason"), "Completed");
    world.delete("pods", "good");
    world.run(1.0);
    assert!(world.try_get("pods", "good").is_none());
}

#[test]
fn what_a_container_needs_must_be_there() {
    let mut world = TestCluster::new();
    let mut object = pod("needy", "nginx:1");
    object["spec"]["containers"][0]["env"] =
        json!([{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "a"}}}]);
    world.create(object);
    let mut object = pod("mounter", "nginx:1");
    object["spec"]["volumes"] = json!([{"name": "v", "configMap": {"name": "settings"}}]);
    world.create(object);
    world.run(3.0);
    let needy = world.get("pods", "needy");
    assert_eq!(waiting_reason(&needy), "CreateContainerConfigError");
    assert_eq!(
        path::str(&needy["status"]["containerStatuses"][0], "state.waiting.message"),
        "configmap \"settings\" not found"
    );
    assert_eq!(waiting_reason(&world.get("pods", "mounter")), "ContainerCreating");
    let events = world.events("mounter");
    assert!(
        events[1].starts_with(
            "Warning FailedMount kubelet MountVolume.SetUp failed for volume \"v\" : configmap \"settings\" not found"
        ),
        "{events:#?}"
    );
    world
        .create(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"a": "1"}}));
    world.run(20.0);
    for name in ["needy", "mounter"] {
        assert_eq!(path::str(&world.get("pods", name), "status.phase"), "Running", "{name}");
    }
    let spec =
        &world.node.containers.values().find(|(spec, _)| spec.env.iter().any(|(name, _)| name == "A")).unwrap().0;
    assert!(spec.env.contains(&("A".to_owned(), "1".to_owned())));
    assert!(spec.env.contains(&("KUBERNETES_SERVICE_HOST".to_owned(), "10.96.0.1".to_owned())));
}

#[test]
fn a_command_that_is_not_there_cannot_run() {
    let mut world = TestCluster::new();
    let mut object = pod("wrong", "nginx:1");
    object["spec"]["containers"][0]["command"] = json!(["nosuch"]);
    world.create(object);
    world.run(1.2);
    assert_eq!(waiting_reason(&world.get("pods", "wrong")), "RunContainerError");
    world.run(5.0);
    assert_eq!(waiting_reason(&world.get("pods", "wrong")), "RunContainerError");
    world.run(26.0);
    let wrong = world.get("pods", "wrong");
    assert_eq!(waiting_reason(&wrong), "CrashLoopBackOff");
    assert_eq!(wrong["status"]["containerStatuses"][0]["lastState"]["terminated"]["exitCode"], 127);
}

#[test]
fn the_scheduler_says_why_and_tries_again() {
    let mut world = TestCluster::new();
    let mut waiting = pod("waiting", "nginx:1");
    waiting["spec"]["volumes"] = json!([{"name": "v", "persistentVolumeClaim": {"claimName": "not-there"}}]);
    let mut toobig = pod("toobig", "nginx:1");
    toobig["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": "64"}});
    let mut picky = pod("picky", "nginx:1");
    picky["spec"]["nodeSelector"] = json!({"disk": "ssd"});
    for object in [waiting, toobig, picky] {
        world.create(object);
    }
    world.run(3.0);
    let tail =
        "no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.";
    for (name, message) in [
        ("waiting", "persistentvolumeclaim \"not-there\" not found. not found".to_owned()),
        ("toobig", format!("1 Insufficient cpu. {tail}")),
        ("picky", format!("1 node(s) didn't match Pod's node affinity/selector. {tail}")),
    ] {
        let expected = format!("Warning FailedScheduling default-scheduler 0/1 nodes are available: {message}");
        assert_eq!(world.events(name), [expected]);
        let pod = world.get("pods", name);
        assert_eq!(path::str(&pod, "status.phase"), "Pending");
        assert_eq!(path::str(&pod["status"]["conditions"][0], "reason"), "Unschedulable");
    }
    world.patch("nodes", "minikube", json!({"metadata": {"labels": {"disk": "ssd"}}}));
    world.run(3.0);
    assert_eq!(path::str(&world.get("pods", "picky"), "status.phase"), "Running");
    world.create(json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "not-there"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }));
    world.run(5.0);
    assert_eq!(path::str(&world.get("pods", "waiting"), "status.phase"), "Running", "{:#?}", world.events("waiting"));
    world.patch("nodes", "minikube", json!({"spec": {"unschedulable": true}}));
    world.create(pod("later", "nginx:1"));
    world.run(2.0);
    let expected = format!(
        "Warning FailedScheduling default-scheduler 0/1 nodes are available: 1 node(s) were unschedulable. {tail}"
    );
    assert_eq!(world.events("later"), [expected]);
    world.patch("nodes", "minikube", json!({"spec": {"unschedulable": null}}));
    world.run(2.0);
    assert_eq!(path::str(&world.get("pods", "later"), "status.phase"), "Running");
}

#[test]
fn a_failing_readiness_probe_takes_a_pod_out_of_its_service() {
    let mut world = TestCluster::new();
    let mut object = pod("probed", "nginx:1");
    object["metadata"]["labels"] = json!({"app": "p"});
    object["spec"]["containers"][0]["readinessProbe"] =
        json!({"httpGet": {"port": 80}, "periodSeconds": 2, "failureThreshold": 2});
    object["spec"]["containers"][0]["livenessProbe"] = json!({"tcpSocket": {"port": 80}, "periodSeconds": 5});
    world.create(object);
    world.create(json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "p"},
        "spec": {"selector": {"app": "p"}, "ports": [{"port": 80}]},
    }));
    let ready =
        |world: &TestCluster| world.node.rules.iter().find(|rule| rule.service == "default/p").unwrap().endpoints.len();
    world.run(3.0);
    assert_eq!(ready(&world), 1);
    world.node.unready = true;
    world.run(6.0);
    assert_eq!(ready(&world), 0);
    let events = world.events("probed");
    assert!(
        events.iter().any(|line| line
            .starts_with("Warning Unhealthy kubelet Readiness probe failed: HTTP probe failed with statuscode: 500")),
        "{events:#?}"
    );
    world.run(20.0);
    let events = world.events("probed");
    assert!(events.iter().any(|line| line.starts_with("Normal Killing kubelet Container c failed liveness probe, will be restarted")), "{events:#?}");
    assert!(world.get("pods", "probed")["status"]["containerStatuses"][0]["restartCount"].as_i64().unwrap() >= 1);
    world.node.unready = false;
    world.run(60.0);
    assert_eq!(ready(&world), 1);
}

#[test]
fn a_command_probe_has_its_time() {
    let mut world = TestCluster::new();
    for (name, command) in [("good", "true"), ("bad", "false"), ("slow", "hang"), ("none", "nosuch")] {
        let mut object = pod(name, "nginx:1");
        let probe = json!({"exec": {"command": [command, "x"]}, "timeoutSeconds": 3, "periodSeconds": 5});
        object["spec"]["containers"][0]["readinessProbe"] = probe;
        world.create(object);
    }
    world.run(6.0);
    let ready =
        |world: &TestCluster, name: &str| world.get("pods", name)["status"]["containerStatuses"][0]["ready"] == true;
    assert_eq!(["good", "bad", "slow", "none"].map(|name| ready(&world, name)), [true, false, false, false]);
    let said = |name: &str, text: &str| {
        let events = world.events(name);
        assert!(events.iter().any(|line| line.contains(text)), "{events:#?}");
    };
    said("bad", "Warning Unhealthy kubelet Readiness probe failed: no");
    said("slow", "Readiness probe failed: command timed out: \"hang x\" timed out after 3s");
    said(
        "none",
        "Readiness probe failed: OCI runtime exec failed: exec failed: unable to start container process: exec:",
    );
    world.run(3.5);
    assert!(world.node.commands.is_empty(), "all have had their time, and are asked again after ten seconds");
}

#[test]
fn init_containers_run_first() {
    let mut world = TestCluster::new();
    let mut object = pod("with-init", "nginx:1");
    object["spec"]["initContainers"] = json!([{"name": "one", "image": "done"}, {"name": "two", "image": "done"}]);
    world.create(object);
    world.run(0.9);
    let status = world.get("pods", "with-init")["status"].clone();
    assert_eq!(path::str(&status, "phase"), "Pending");
    assert_eq!(waiting_reason(&world.get("pods", "with-init")), "PodInitializing");
    world.run(3.0);
    let status = world.get("pods", "with-init")["status"].clone();
    assert_eq!(path::str(&status, "phase"), "Running", "{status}");
    assert_eq!(status["initContainerStatuses"][1]["state"]["terminated"]["reason"], "Completed");
}

#[test]
fn a_namespace_goes_with_everything_in_it() {
    let mut world = TestCluster::new();
    world.create(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "temp"}}));
    let mut object = deployment(2, "nginx:1");
    object["metadata"]["namespace"] = "temp".into();
    world.run(1.0);
    world.create(object);
    world.run(3.0);
    assert_eq!(world.list_in("pods", "temp").len(), 2);
    world.delete("namespaces", "temp");
    world.run(15.0);
    assert!(world.try_get("namespaces", "temp").is_none());
    for resource in ["pods", "replicasets.apps", "deployments.apps", "configmaps", "serviceaccounts"] {
        assert_eq!(world.list_in(resource, "temp").len(), 0, "{resource}");
    }
}

#[test]
fn foreground_and_orphan_deletion() {
    let mut world = TestCluster::new();
    world.create(deployment(2, "nginx:1"));
    world.run(3.0);
    let path = "/apis/apps/v1/namespaces/default/deployments/nginx-deployment";
    let options = json!({"propagationPolicy": "Orphan"});
    world.send(&api::Request::new(api::Method::Delete, path).with_body(options)).unwrap();
    world.run(3.0);
    assert!(world.try_get("deployments.apps", "nginx-deployment").is_none());
    assert_eq!(world.list("replicasets.apps").len(), 1);
    assert_eq!(world.list("pods").len(), 2);
    // The same Deployment again adopts what was left.
    world.create(deployment(2, "nginx:1"));
    world.run(3.0);
    assert_eq!(world.list("replicasets.apps").len(), 1);
    assert_eq!(world.list("pods").len(), 2);
    let options = json!({"propagationPolicy": "Foreground"});
    world.send(&api::Request::new(api::Method::Delete, path).with_body(options)).unwrap();
    assert!(world.try_get("deployments.apps", "nginx-deployment").is_some());
    world.run(5.0);
    assert!(world.try_get("deployments.apps", "nginx-deployment").is_none());
    assert_eq!(world.list("pods").len(), 0);
}

#[test]
fn a_changed_image_restarts_the_container_and_a_taint_ends_pods() {
    let mut world = TestCluster::new();
    world.create(pod("web", "nginx:1"));
    world.run(3.0);
    world.patch("pods", "web", json!({"spec": {"containers": [{"name": "c", "image": "nginx:2"}]}}));
    world.run(3.0);
    let web = world.get("pods", "web");
    assert_eq!(web["status"]["containerStatuses"][0]["restartCount"], 1);
    assert_eq!(web["status"]["containerStatuses"][0]["image"], "nginx:2");
    let events = world.events("web");
    assert!(
        events.contains(&"Normal Killing kubelet Container c definition changed, will be restarted".to_owned()),
        "{events:#?}"
    );
    let taint = json!({"spec": {"taints": [{"key": "k", "effect": "NoExecute"}]}});
    world.patch("nodes", "minikube", taint);
    world.run(3.0);
    assert!(world.try_get("pods", "web").is_none());
    assert_eq!(
        world
            .list_in("pods", "kube-system")
            .iter()
            .filter(|pod| path::str(pod, "metadata.name").starts_with("etcd"))
            .count(),
        1
    );
}

#[test]
fn a_pod_may_be_active_only_so_long() {
    let mut world = TestCluster::new();
    let mut object = pod("brief", "nginx:1");
    object["spec"]["activeDeadlineSeconds"] = 5.into();
    world.create(object);
    world.run(4.0);
    assert_eq!(path::str(&world.get("pods", "brief"), "status.phase"), "Running");
    world.run(3.0);
    let status = world.get("pods", "brief")["status"].clone();
    assert_eq!((path::str(&status, "phase"), path::str(&status, "reason")), ("Failed", "DeadlineExceeded"));
    assert!(status["containerStatuses"][0]["state"]["terminated"].is_object(), "{status}");
    world.delete("pods", "brief");
    world.run(2.0);
    assert!(world.try_get("pods", "brief").is_none());
}

#[test]
fn what_a_quota_refuses_is_told_and_what_it_lets_in_is_counted() {
    let mut world = TestCluster::new();
    world.create(json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "two"},
        "spec": {"hard": {"pods": "2"}}}));
    world.run(1.0);
    world.create(deployment(3, "nginx"));
    world.run(20.0);
    let failure = |world: &TestCluster, resource: &str| -> Value {
        let conditions = world.list(resource)[0]["status"]["conditions"].clone();
        let failure = conditions.as_array().into_iter().flatten().find(|one| one["type"] == "ReplicaFailure");
        failure.map_or(Value::Null, |one| json!([one["status"], one["reason"]]))
    };
    for resource in ["replicasets.apps", "deployments.apps"] {
        assert_eq!(world.list(resource)[0]["status"]["readyReplicas"], 2, "{resource}");
        assert_eq!(failure(&world, resource), json!(["True", "FailedCreate"]), "{resource}");
    }
    let set = path::str(&world.list("replicasets.apps")[0], "metadata.name").to_owned();
    let events = world.events(&set);
    assert_eq!(events.iter().filter(|event| event.starts_with("Normal SuccessfulCreate")).count(), 2, "{events:#?}");
    assert!(events.iter().any(|event| event.contains("Error creating: pods \"nginx-deployment-")), "{events:#?}");
    world.patch("resourcequotas", "two", json!({"spec": {"hard": {"pods": "5"}}}));
    world.run(60.0);
    for resource in ["replicasets.apps", "deployments.apps"] {
        assert_eq!(world.list(resource)[0]["status"]["readyReplicas"], 3, "{resource}");
        assert_eq!(failure(&world, resource), Value::Null, "{resource}");
    }
    assert_eq!(world.list("replicasets.apps")[0]["status"].get("conditions"), None);
}

#[test]
fn a_namespace_that_is_held_says_by_what() {
    let mut world = TestCluster::new();
    world.create(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "held"}}));
    world.run(1.0);
    let mut kept = pod("kept", "nginx");
    kept["metadata"]["namespace"] = "held".into();
    world.create(kept);
    world.create(json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "kept", "namespace": "held", "finalizers": ["example.com/a"]}}));
    world.run(3.0);
    world.delete("namespaces", "held");
    world.run(0.05);
    assert!(world.list_in("pods", "held")[0]["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(world.list_in("configmaps", "held")[0]["metadata"].get("deletionTimestamp"), None, "Pods go first");
    world.run(15.0);
    let held = world.get("namespaces", "held");
    let conditions: Vec<String> = path::list(&held["status"], "conditions")
        .iter()
        .filter(|condition| condition["status"] == "True")
        .map(|condition| format!("{}: {}", path::str(condition, "type"), path::str(condition, "message")))
        .collect();
    assert_eq!(
        conditions,
        [
            "NamespaceContentRemaining: Some resources are remaining: configmaps. has 1 resource instances",
            "NamespaceFinalizersRemaining: Some content in the namespace has finalizers remaining: example.com/a in 1 resource \
             instances",
        ]
    );
    let request = Request::new(Method::Patch, "/api/v1/namespaces/held/configmaps/kept");
    let mut request = request.with_body(json!({"metadata": {"finalizers": null}}));
    request.patch = Some(PatchType::Merge);
    world.send(&request).unwrap();
    world.run(6.0);
    assert!(world.try_get("namespaces", "held").is_none());
}
