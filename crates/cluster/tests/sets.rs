//! StatefulSets and DaemonSets, and how workloads take a quota.

use serde_json::json;
use test_support::TestCluster;

#[test]
fn a_stateful_set_makes_numbered_pods_with_claims_in_order() {
    let mut world = TestCluster::new();
    world.create(json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"},
        "spec": {
            "serviceName": "db", "replicas": 2, "selector": {"matchLabels": {"app": "db"}},
            "template": {
                "metadata": {"labels": {"app": "db"}},
                "spec": {"containers": [{"name": "pg", "image": "postgres:16", "volumeMounts": [{"name": "data", "mountPath": "/d"}]}]},
            },
            "volumeClaimTemplates": [{"metadata": {"name": "data"},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}],
        },
    }));
    world.run(0.6);
    assert_eq!(world.names("pods"), ["db-0"]);
    world.run(6.0);
    assert_eq!(world.names("pods"), ["db-0", "db-1"]);
    assert_eq!(world.names("persistentvolumeclaims"), ["data-db-0", "data-db-1"]);
    assert_eq!(world.get("statefulsets.apps", "db")["status"]["readyReplicas"], 2);
    assert_eq!(
        world.events("db"),
        [
            "Normal SuccessfulCreate statefulset-controller Create Claim data-db-0 Pod db-0 in StatefulSet db success",
            "Normal SuccessfulCreate statefulset-controller Create Pod db-0 in StatefulSet db successful",
            "Normal SuccessfulCreate statefulset-controller Create Claim data-db-1 Pod db-1 in StatefulSet db success",
            "Normal SuccessfulCreate statefulset-controller Create Pod db-1 in StatefulSet db successful",
        ]
    );
    // A new template: the last Pod first, each under its own name again.
    world.patch("statefulsets.apps", "db", json!({"spec": {"template": {"spec": {"containers": [{"name": "pg", "image": "postgres:17", "volumeMounts": [{"name": "data", "mountPath": "/d"}]}]}}}}));
    world.run(12.0);
    for name in ["db-0", "db-1"] {
        assert_eq!(world.get("pods", name)["spec"]["containers"][0]["image"], "postgres:17");
    }
    let status = world.get("statefulsets.apps", "db")["status"].clone();
    assert_eq!(status["currentRevision"], status["updateRevision"]);
    world.patch("statefulsets.apps", "db", json!({"spec": {"replicas": 1}}));
    world.run(3.0);
    assert_eq!(world.names("pods"), ["db-0"]);
    world.delete("statefulsets.apps", "db");
    world.run(3.0);
    assert!(world.names("pods").is_empty());
    assert_eq!(world.names("persistentvolumeclaims").len(), 2, "claims stay");
}

#[test]
fn a_daemon_set_has_one_pod_on_each_node() {
    let mut world = TestCluster::new();
    world.create(json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"},
        "spec": {
            "selector": {"matchLabels": {"app": "agent"}},
            "template": {"metadata": {"labels": {"app": "agent"}}, "spec": {"containers": [{"name": "c", "image": "busybox:1.36"}]}},
        },
    }));
    world.run(3.0);
    let status = world.get("daemonsets.apps", "agent")["status"].clone();
    for field in
        ["desiredNumberScheduled", "currentNumberScheduled", "numberReady", "updatedNumberScheduled", "numberAvailable"]
    {
        assert_eq!(status[field], 1, "{field}");
    }
    let first = world.names("pods");
    world.patch(
        "daemonsets.apps",
        "agent",
        json!({"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "busybox:1.37"}]}}}}),
    );
    world.run(5.0);
    let second = world.names("pods");
    assert!(second.len() == 1 && second != first, "{second:?}");
    assert_eq!(world.get("daemonsets.apps", "agent")["status"]["updatedNumberScheduled"], 1);
}

#[test]
fn workloads_count_what_a_quota_lets_in() {
    let mut world = TestCluster::new();
    world.create(json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "one"},
        "spec": {"hard": {"pods": "1"}}}));
    world.run(1.0);
    world.create(json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": {
        "parallelism": 2, "completions": 3,
        "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "done"}]}}}}));
    world.run(30.0);
    let job = world.get("jobs.batch", "j");
    assert_eq!((job["status"]["succeeded"].as_i64(), job["status"]["active"].as_i64()), (Some(3), None));
    let set = |kind: &str, name: &str| {
        json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": {
        "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}}})
    };
    let mut stateful = set("StatefulSet", "s");
    stateful["spec"]["replicas"] = 2.into();
    world.create(stateful);
    world.run(10.0);
    assert_eq!(world.get("statefulsets.apps", "s")["status"]["readyReplicas"], 1);
    world.create(set("DaemonSet", "d"));
    world.run(10.0);
    assert_eq!(world.get("daemonsets.apps", "d")["status"]["desiredNumberScheduled"], 1);
    let events = world.events("s");
    assert!(
        events.iter().any(|event| event.contains("Create Pod s-1 in StatefulSet s failed error: pods")),
        "{events:#?}"
    );
}
