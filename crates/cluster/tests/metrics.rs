//! What the metrics server measures, and what autoscalers make of it.

use api::path;
use serde_json::{Value, json};
use test_support::TestCluster;

const METRICS: &str = "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods";

fn install(world: &mut TestCluster) {
    world.create(json!({"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
        "metadata": {"name": "v1beta1.metrics.k8s.io"}, "spec": {"group": "metrics.k8s.io", "version": "v1beta1",
        "groupPriorityMinimum": 100, "versionPriority": 100, "service": {"namespace": "kube-system", "name": "metrics-server"}}}));
    let path = "/api/v1/namespaces/kube-system/pods";
    let server = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "metrics-server-0",
        "labels": {"k8s-app": "metrics-server"}}, "spec": {"containers": [{"name": "m", "image": "metrics-server"}]}});
    world.send(&api::Request::new(api::Method::Post, path).with_body(server)).unwrap();
}

fn deployment(replicas: i64, resources: &Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": replicas,
        "selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "php", "image": "nginx:1", "resources": resources}]}}}})
}

fn scaler(spec: Value) -> Value {
    let mut object = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"},
        "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "maxReplicas": 10,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu",
                "target": {"type": "Utilization", "averageUtilization": 50}}}]}});
    for (field, value) in spec.as_object().into_iter().flatten() {
        object["spec"][field.as_str()] = value.clone();
    }
    object
}

fn replicas(world: &TestCluster) -> i64 {
    path::int(&world.get("deployments.apps", "web"), "spec.replicas").unwrap()
}

fn status(world: &TestCluster) -> Value {
    world.get("horizontalpodautoscalers.autoscaling", "web")["status"].clone()
}

fn reason(world: &TestCluster, kind: &str) -> String {
    let status = status(world);
    let found = path::list(&status, "conditions").iter().find(|one| one["type"] == kind);
    found.map_or(String::new(), |one| path::str(one, "reason").to_owned())
}

#[test]
fn metrics_come_a_minute_after_their_server() {
    let mut world = TestCluster::new();
    let ask = |world: &mut TestCluster| world.send(&api::Request::get(METRICS));
    assert_eq!(ask(&mut world).unwrap_err().code, 404, "nobody serves them");
    world.create(deployment(1, &json!({})));
    install(&mut world);
    let early = ask(&mut world).unwrap_err();
    assert_eq!(
        (early.code, early.message.as_str()),
        (503, "the server is currently unable to handle the request (get pods.metrics.k8s.io)")
    );
    world.run(30.0);
    assert_eq!(ask(&mut world).unwrap()["items"], json!([]), "one look is none");
    world.node.busy.insert("php".to_owned(), 250);
    world.run(60.0);
    let list = ask(&mut world).unwrap();
    let metrics = &path::list(&list, "items")[0];
    assert_eq!((&metrics["kind"], &metrics["window"]), (&json!("PodMetrics"), &json!("1m0s")));
    assert_eq!(metrics["containers"], json!([{"name": "php", "usage": {"cpu": "250000000n", "memory": "8192Ki"}}]));
    let nodes = world.send(&api::Request::get("/apis/metrics.k8s.io/v1beta1/nodes/minikube")).unwrap();
    assert!(nodes["usage"]["cpu"].is_string(), "{nodes}");
    let selected = world.send(&api::Request::get(METRICS).with_query("labelSelector", "app=other")).unwrap();
    assert_eq!(selected["items"], json!([]));
    // A limit is what a container gets, and a Pod that is gone has no metrics.
    world.create(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "hog"}, "spec": {"containers": [
        {"name": "hog", "image": "nginx:1", "resources": {"limits": {"cpu": "100m"}}}]}}));
    world.node.busy.insert("hog".to_owned(), 1000);
    world.run(130.0);
    let hog = world.send(&api::Request::get(format!("{METRICS}/hog"))).unwrap();
    assert_eq!(hog["containers"][0]["usage"]["cpu"], "100000000n");
    world.delete("pods", "hog");
    world.run(70.0);
    assert_eq!(world.send(&api::Request::get(format!("{METRICS}/hog"))).unwrap_err().code, 404);
    // Where the server goes, so does what it knew.
    let service = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io";
    world.send(&api::Request::new(api::Method::Delete, service)).unwrap();
    world.run(1.0);
    assert_eq!(ask(&mut world).unwrap_err().code, 404);
    assert_eq!(world.cluster.store().list("pods.metrics.k8s.io", None).count(), 0);
}

#[test]
fn load_makes_replicas_and_rest_takes_them_away_after_five_minutes() {
    let mut world = TestCluster::new();
    install(&mut world);
    world.create(deployment(1, &json!({"requests": {"cpu": "200m"}, "limits": {"cpu": "500m"}})));
    world.create(scaler(json!({})));
    world.run(20.0);
    assert_eq!(reason(&world, "ScalingActive"), "FailedGetResourceMetric");
    world.run(400.0);
    assert_eq!((replicas(&world), reason(&world, "ScalingActive").as_str()), (1, "ValidMetricFound"));
    assert_eq!(status(&world)["currentMetrics"][0]["resource"]["current"]["averageUtilization"], 0);
    assert_eq!(reason(&world, "ScalingLimited"), "TooFewReplicas");
    // 110m of 200m each is 55 %: within a tenth of the target.
    world.node.busy.insert("php".to_owned(), 110);
    world.run(120.0);
    assert_eq!((replicas(&world), reason(&world, "AbleToScale").as_str()), (1, "ReadyForNewScale"));
    world.node.busy.insert("php".to_owned(), 470);
    world.run(90.0);
    assert_eq!(replicas(&world), 5, "235 % of 50 %");
    let events = world.events("web");
    let grown = "Normal SuccessfulRescale horizontal-pod-autoscaler New size: 5; reason: cpu resource utilization \
                 (percentage of request) above target";
    assert!(events.iter().any(|line| line == grown), "{events:#?}");
    world.node.busy.insert("php".to_owned(), 94);
    world.run(400.0);
    assert_eq!(replicas(&world), 5, "47 % each");
    world.node.busy.insert("php".to_owned(), 0);
    world.run(120.0);
    assert_eq!((replicas(&world), reason(&world, "AbleToScale").as_str()), (5, "ScaleDownStabilized"));
    world.run(330.0);
    assert_eq!(replicas(&world), 1);
    let events = world.events("web");
    let shrunk = "New size: 1; reason: All metrics below target";
    assert!(events.iter().any(|line| line.contains(shrunk)), "{events:#?}");
}

#[test]
fn behavior_says_how_fast() {
    let mut world = TestCluster::new();
    install(&mut world);
    world.create(deployment(2, &json!({"requests": {"cpu": "100m"}})));
    let pods = |value: i64| json!([{"type": "Pods", "value": value, "periodSeconds": 60}]);
    world.create(scaler(json!({"behavior": {
        "scaleUp": {"policies": pods(1)},
        "scaleDown": {"policies": pods(1), "stabilizationWindowSeconds": 0}}})));
    world.node.busy.insert("php".to_owned(), 300);
    world.run(400.0);
    let first = replicas(&world);
    assert!((3..10).contains(&first), "{first}");
    world.run(60.0);
    assert_eq!(replicas(&world), first + 1, "one a minute");
    assert_eq!(reason(&world, "ScalingLimited"), "ScaleUpLimit");
    world.node.busy.insert("php".to_owned(), 0);
    world.run(80.0);
    let second = replicas(&world);
    world.run(60.0);
    assert_eq!(replicas(&world), second - 1);
    world.patch(
        "horizontalpodautoscalers.autoscaling",
        "web",
        json!({"spec": {"behavior": {"scaleDown": {"selectPolicy": "Disabled"}}}}),
    );
    world.run(200.0);
    let third = replicas(&world);
    world.run(120.0);
    assert_eq!(replicas(&world), third, "no way down");
}

#[test]
fn a_container_without_a_request_has_no_utilization() {
    let mut world = TestCluster::new();
    install(&mut world);
    world.create(deployment(1, &json!({})));
    world.create(scaler(json!({"minReplicas": 1})));
    world.run(400.0);
    let status = status(&world);
    let active = path::list(&status, "conditions").iter().find(|one| one["type"] == "ScalingActive").unwrap();
    let message = path::str(active, "message");
    let expected = "the HPA was unable to compute the replica count: failed to get cpu utilization: missing request for cpu in \
                    container php of Pod web-";
    assert!(message.starts_with(expected), "{message}");
    // A value needs none.
    world.patch(
        "horizontalpodautoscalers.autoscaling",
        "web",
        json!({"spec": {"metrics": [{"type": "Resource", "resource": {"name": "memory",
            "target": {"type": "AverageValue", "averageValue": "4Mi"}}}]}}),
    );
    world.run(60.0);
    assert!(replicas(&world) > 1);
    assert_eq!(
        world.get("horizontalpodautoscalers.autoscaling", "web")["status"]["currentMetrics"][0]["resource"]["current"],
        json!({"averageValue": "8388608"})
    );
}

#[test]
fn one_container_of_a_pod_can_be_the_measure_and_a_tolerance_is_kept() {
    let mut world = TestCluster::new();
    install(&mut world);
    let mut object = deployment(1, &json!({"requests": {"cpu": "100m"}}));
    let log = json!({"name": "log", "image": "nginx:1", "resources": {"requests": {"cpu": "100m"}}});
    object["spec"]["template"]["spec"]["containers"].as_array_mut().unwrap().push(log);
    world.create(object);
    world.node.busy.insert("log".to_owned(), 900);
    world.node.busy.insert("php".to_owned(), 70);
    world.create(scaler(json!({
        "metrics": [{"type": "ContainerResource", "containerResource": {"name": "cpu", "container": "php",
            "target": {"type": "Utilization", "averageUtilization": 50}}}],
        "behavior": {"scaleUp": {"tolerance": "0.5"}}})));
    world.run(420.0);
    assert_eq!(replicas(&world), 1, "70 % is within a half of 50 %");
    let now = &status(&world)["currentMetrics"][0]["containerResource"];
    assert_eq!(
        *now,
        json!({"name": "cpu", "container": "php", "current": {"averageUtilization": 70, "averageValue": "70m"}})
    );
    world.node.busy.insert("php".to_owned(), 80);
    world.run(90.0);
    assert_eq!(replicas(&world), 2);
}
