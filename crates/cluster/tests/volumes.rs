//! Volumes: what is written into them and when, what cannot be mounted, and what a container leaves behind.

use std::time::Duration;

use api::path;
use cluster::Component;
use cluster::node::{MountSource, NodeFile};
use serde_json::{Value, json};
use sim::Time;
use test_support::{TestCluster, pod};

fn with_volume(name: &str, volume: Value) -> Value {
    let mut object = pod(name, "nginx:1");
    let mut volume = volume;
    volume["name"] = "v".into();
    object["spec"]["volumes"] = json!([volume]);
    object["spec"]["containers"][0]["volumeMounts"] = json!([{"name": "v", "mountPath": "/v"}]);
    object
}

fn config_map(name: &str, data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})
}

/// What a Pod's volume `v` holds, and when it was written last.
fn written(world: &TestCluster, pod: &str) -> (Vec<(String, String, u32)>, Time) {
    let uid = path::str(&world.get("pods", pod), "metadata.uid").to_owned();
    let (files, at) = &world.node.volumes[&(uid, "v".to_owned())];
    let file = |file: &cluster::node::VolumeFile| {
        (file.path.clone(), String::from_utf8_lossy(&file.content).into_owned(), file.mode)
    };
    (files.iter().map(file).collect(), *at)
}

fn mount_error(world: &TestCluster, pod: &str) -> String {
    let events = world.events(pod);
    let found = events.iter().find_map(|line| line.strip_prefix("Warning FailedMount kubelet "));
    let text = found.unwrap_or_else(|| panic!("no FailedMount: {events:#?}"));
    text.rsplit_once(" (x").map_or(text, |(text, _)| text).to_owned()
}

#[test]
fn a_changed_map_is_written_when_the_pods_worker_syncs_and_no_other_reconciles() {
    let mut world = TestCluster::new();
    world.create(config_map("conf", json!({"k": "red"})));
    world.create(with_volume("reads", json!({"configMap": {"name": "conf"}})));
    world.create(with_volume("other", json!({"configMap": {"name": "other", "optional": true}})));
    world.create(pod("plain", "nginx:1"));
    world.run(30.0);
    assert_eq!(written(&world, "reads").0, [("k".to_owned(), "red".to_owned(), 0o644)]);
    assert_eq!(written(&world, "other").0, []);
    let before = world.cluster.work(Component::Kubelet);
    let changed = world.now;
    world.patch("configmaps", "conf", json!({"data": {"k": "blue", "new": "1"}}));
    world.run(95.0);
    let (files, at) = written(&world, "reads");
    assert_eq!(files.len(), 2);
    assert_eq!(files[0].1, "blue");
    assert!(at.since(changed) <= Duration::from_secs(90), "{at:?}");
    let work = world.cluster.work(Component::Kubelet) - before;
    // The node's Lease every ten seconds, and this Pod once.
    assert!(work.reconciles <= 11, "{work:?}");
    assert_eq!(work.statuses, 0, "{work:?}");

    world.create(config_map("other", json!({"at": "last"})));
    world.run(95.0);
    assert_eq!(written(&world, "other").0, [("at".to_owned(), "last".to_owned(), 0o644)]);
}

#[test]
fn what_is_gone_stays_as_it_was_and_is_told_of() {
    let mut world = TestCluster::new();
    world.create(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "cert"}, "data": {"k": "YQ=="}}));
    world.create(with_volume("reads", json!({"secret": {"secretName": "cert", "defaultMode": 256}})));
    world.run(10.0);
    let files = [("k".to_owned(), "a".to_owned(), 0o400)];
    assert_eq!(written(&world, "reads").0, files);
    world.delete("secrets", "cert");
    world.run(95.0);
    assert_eq!(written(&world, "reads").0, files);
    assert_eq!(mount_error(&world, "reads"), "MountVolume.SetUp failed for volume \"v\" : secret \"cert\" not found");
    world.create(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "cert"}, "data": {"k": "Yg=="}}));
    world.run(95.0);
    assert_eq!(written(&world, "reads").0[0].1, "b");
}

#[test]
fn an_immutable_map_is_not_heard_of_again() {
    let mut world = TestCluster::new();
    let mut map = config_map("fixed", json!({"k": "1"}));
    map["immutable"] = true.into();
    world.create(map);
    world.create(with_volume("reads", json!({"configMap": {"name": "fixed"}})));
    world.run(10.0);
    world.delete("configmaps", "fixed");
    world.create(config_map("fixed", json!({"k": "2"})));
    world.run(200.0);
    assert_eq!(written(&world, "reads").0[0].1, "1");
}

#[test]
fn a_pod_that_changes_is_written_at_once() {
    let mut world = TestCluster::new();
    let items = json!([{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}, "mode": 256}]);
    let mut object = with_volume("reads", json!({"downwardAPI": {"items": items}}));
    object["metadata"]["labels"] = json!({"tier": "front"});
    world.create(object);
    world.run(10.0);
    assert_eq!(written(&world, "reads").0, [("labels".to_owned(), "tier=\"front\"".to_owned(), 0o400)]);
    world.patch("pods", "reads", json!({"metadata": {"labels": {"tier": "back"}}}));
    world.run(1.0);
    assert_eq!(written(&world, "reads").0[0].1, "tier=\"back\"");
}

#[test]
fn what_a_volume_lacks_is_said_in_the_kubelets_words() {
    let mut world = TestCluster::new();
    world.create(config_map("conf", json!({"a": "1"})));
    world.create(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "cert"}}));
    let setup = "MountVolume.SetUp failed for volume \"v\" :";
    for (name, volume, message) in [
        ("map", json!({"configMap": {"name": "late"}}), "configmap \"late\" not found"),
        (
            "map-key",
            json!({"configMap": {"name": "conf", "items": [{"key": "z.txt", "path": "z"}]}}),
            "configmap references non-existent config key: z.txt",
        ),
        (
            "secret-key",
            json!({"secret": {"secretName": "cert", "items": [{"key": "z", "path": "z"}]}}),
            "references non-existent secret key: z",
        ),
        (
            "projected",
            json!({"projected": {"sources": [{"configMap": {"name": "late"}}, {"secret": {"name": "never"}}]}}),
            "[configmap \"late\" not found, secret \"never\" not found]",
        ),
        (
            "nfs",
            json!({"nfs": {"server": "nas", "path": "/"}}),
            "volumes of the kind nfs are not simulated in this playground; use emptyDir, hostPath or a \
             PersistentVolumeClaim",
        ),
    ] {
        world.create(with_volume(name, volume));
        world.run(3.0);
        assert_eq!(mount_error(&world, name), format!("{setup} {message}"));
    }
}

#[test]
fn a_host_path_is_what_its_type_says() {
    let mut world = TestCluster::new();
    world.node.directories.push("/dir".to_owned());
    world.node.node_files.insert("/file".to_owned(), NodeFile::File);
    world.node.node_files.insert("/dev/null".to_owned(), NodeFile::CharDevice);
    world.node.node_files.insert("/run/docker.sock".to_owned(), NodeFile::Socket);
    for (index, (kind, place, wrong)) in [
        ("", "/none", None),
        ("Directory", "/dir", None),
        ("Directory", "/none", Some("hostPath type check failed: /none is not a directory")),
        ("DirectoryOrCreate", "/none", None),
        ("DirectoryOrCreate", "/file", Some("hostPath type check failed: /file is not a directory")),
        ("File", "/file", None),
        ("File", "/dir", Some("hostPath type check failed: /dir is not a file")),
        ("FileOrCreate", "/dir/new", None),
        ("FileOrCreate", "/none/new", Some("open /none/new: no such file or directory")),
        ("Socket", "/file", Some("hostPath type check failed: /file is not a socket file")),
        ("Socket", "/run/docker.sock", None),
        ("CharDevice", "/dev/null", None),
        ("CharDevice", "/none", Some("hostPath type check failed: /none is not a character device")),
        ("BlockDevice", "/dev/null", Some("hostPath type check failed: /dev/null is not a block device")),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("p{index}");
        world.create(with_volume(&name, json!({"hostPath": {"path": place, "type": kind}})));
        world.run(3.0);
        match wrong {
            Some(wrong) => {
                assert_eq!(mount_error(&world, &name), format!("MountVolume.SetUp failed for volume \"v\" : {wrong}"));
                let status = world.get("pods", &name)["status"].clone();
                let waiting = &status["containerStatuses"][0]["state"]["waiting"];
                assert_eq!(waiting["reason"], "ContainerCreating", "{status}");
            }
            None => assert_eq!(world.get("pods", &name)["status"]["phase"], "Running", "{kind} {place}"),
        }
    }
    assert_eq!(world.node.node_files.get("/dir/new"), Some(&NodeFile::File));
}

#[test]
fn a_local_volume_needs_its_folder() {
    let mut world = TestCluster::new();
    world.create(json!({
        "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "local1"},
        "spec": {
            "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": "manual",
            "local": {"path": "/mnt/disks/nosuch"},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
                {"key": "kubernetes.io/hostname", "operator": "In", "values": ["minikube"]}]}]}},
        },
    }));
    world.create(json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "claim"},
        "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "manual",
            "resources": {"requests": {"storage": "1Gi"}}},
    }));
    world.create(with_volume("uses", json!({"persistentVolumeClaim": {"claimName": "claim"}})));
    world.run(15.0);
    let message = "MountVolume.NewMounter initialization failed for volume \"local1\" : path \"/mnt/disks/nosuch\" does not exist";
    assert_eq!(mount_error(&world, "uses"), message);
    world.node.directories.push("/mnt/disks/nosuch".to_owned());
    world.run(130.0);
    assert_eq!(world.get("pods", "uses")["status"]["phase"], "Running");
}

#[test]
fn a_sub_path_may_name_variables() {
    let mut world = TestCluster::new();
    let with = |name: &str, expression: &str| {
        let mut object = with_volume(name, json!({"emptyDir": {}}));
        let container = &mut object["spec"]["containers"][0];
        container["env"] = json!([{"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]);
        container["volumeMounts"] = json!([{"name": "v", "mountPath": "/v", "subPathExpr": expression}]);
        object
    };
    world.create(with("good", "logs/$(POD_NAME)"));
    world.create(with("bad", "$(NO_SUCH)"));
    world.run(5.0);
    let uid = path::str(&world.get("pods", "good"), "metadata.uid").to_owned();
    let mounts = world.node.containers.values().find(|(spec, _)| spec.pod_uid == uid).map(|(spec, _)| &spec.mounts);
    let source = MountSource::EmptyDir { volume: "v".to_owned(), sub_path: "logs/good".to_owned(), memory: None };
    assert!(mounts.is_some_and(|mounts| mounts.iter().any(|mount| mount.source == source)), "{mounts:?}");
    let waiting = world.get("pods", "bad")["status"]["containerStatuses"][0]["state"]["waiting"].clone();
    assert_eq!(waiting["reason"], "CreateContainerConfigError");
    assert_eq!(waiting["message"], "missing value for \"NO_SUCH\"");
}

#[test]
fn a_container_leaves_a_word_about_its_end() {
    let mut world = TestCluster::new();
    world.node.log = (0..100).map(|n| format!("line {n}")).collect();
    let with = |name: &str, image: &str, change: Value| {
        let mut object = pod(name, image);
        object["spec"]["restartPolicy"] = "Never".into();
        for (field, value) in change.as_object().into_iter().flatten() {
            object["spec"]["containers"][0][field] = value.clone();
        }
        object
    };
    world.create(with("says", "crash", json!({"args": ["says why"]})));
    world.create(with("silent", "crash", json!({})));
    world.create(with("logs", "crash", json!({"terminationMessagePolicy": "FallbackToLogsOnError"})));
    world.create(with("well", "done", json!({"terminationMessagePolicy": "FallbackToLogsOnError"})));
    world.run(5.0);
    let message = |name: &str| {
        let status = world.get("pods", name)["status"]["containerStatuses"][0].clone();
        path::str(&status, "state.terminated.message").to_owned()
    };
    assert_eq!(message("says"), "why");
    assert_eq!(message("silent"), "");
    assert_eq!(message("well"), "");
    let logs = message("logs");
    assert!(logs.starts_with("line 20\n") && logs.ends_with("line 99\n"), "{logs}");
}

#[test]
fn a_container_that_cannot_start_has_its_ids() {
    let mut world = TestCluster::new();
    let mut object = pod("cannot", "nginx:1");
    object["spec"]["containers"][0]["command"] = json!(["nosuch"]);
    world.create(object);
    world.run(5.0);
    let status = world.get("pods", "cannot")["status"]["containerStatuses"][0].clone();
    assert!(path::str(&status, "containerID").starts_with("docker://"), "{status}");
    assert!(path::str(&status, "imageID").starts_with("docker-pullable://"), "{status}");
    assert_eq!(status["lastState"]["terminated"]["containerID"], status["containerID"]);
}

#[test]
fn a_pod_whose_volume_outgrows_its_limit_is_evicted() {
    let mut world = TestCluster::new();
    world.create(with_volume("writes", json!({"emptyDir": {"sizeLimit": "1Mi"}})));
    world.create(with_volume("memory", json!({"emptyDir": {"sizeLimit": "1Mi", "medium": "Memory"}})));
    world.run(70.0);
    assert_eq!(world.get("pods", "writes")["status"]["phase"], "Running");
    world.node.usage.insert("v".to_owned(), 5 << 20);
    world.run(70.0);
    let status = world.get("pods", "writes")["status"].clone();
    let message = "Usage of EmptyDir volume \"v\" exceeds the limit \"1Mi\". ";
    assert_eq!((&status["phase"], &status["reason"]), (&json!("Failed"), &json!("Evicted")), "{status}");
    assert_eq!(status["message"], message);
    let events = world.events("writes");
    assert!(events.iter().any(|line| *line == format!("Warning Evicted kubelet {message}")), "{events:#?}");
    assert!(events.iter().any(|line| line == "Normal Killing kubelet Stopping container c"), "{events:#?}");
    let target = path::list(&status, "conditions").iter().find(|one| one["type"] == "DisruptionTarget");
    assert_eq!(target.map(|one| &one["reason"]), Some(&json!("TerminationByKubelet")));
    assert_eq!(world.node.stopped.iter().map(|(_, grace, _)| *grace).collect::<Vec<_>>(), [1]);
    let memory = world.get("pods", "memory")["status"].clone();
    assert_eq!(memory["phase"], "Running");
    let sizes: Vec<Option<u64>> = world
        .node
        .containers
        .values()
        .flat_map(|(spec, _)| &spec.mounts)
        .filter_map(|mount| match &mount.source {
            MountSource::EmptyDir { memory, .. } => Some(*memory),
            _ => None,
        })
        .collect();
    assert!(sizes.contains(&Some(1 << 20)), "{sizes:?}");
}

fn claim(name: &str, mode: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name},
        "spec": {"accessModes": [mode], "resources": {"requests": {"storage": "1Gi"}}},
    })
}

#[test]
fn an_ephemeral_volume_has_a_claim_that_goes_with_its_pod() {
    let mut world = TestCluster::new();
    let template = json!({
        "metadata": {"labels": {"kind": "scratch"}},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    });
    world.create(with_volume("eph", json!({"ephemeral": {"volumeClaimTemplate": template}})));
    world.run(10.0);
    assert_eq!(world.get("pods", "eph")["status"]["phase"], "Running", "{:#?}", world.events("eph"));
    let claim_of_pod = world.get("persistentvolumeclaims", "eph-v");
    let owner = &claim_of_pod["metadata"]["ownerReferences"][0];
    assert_eq!((&owner["kind"], &owner["name"], &owner["controller"]), (&json!("Pod"), &json!("eph"), &json!(true)));
    assert_eq!(claim_of_pod["metadata"]["labels"]["kind"], "scratch");
    world.delete("pods", "eph");
    world.run(10.0);
    assert!(world.try_get("persistentvolumeclaims", "eph-v").is_none());

    // A claim of that name that is somebody's is not taken.
    world.create(claim("other-v", "ReadWriteOnce"));
    world.create(with_volume(
        "other",
        json!({"ephemeral": {"volumeClaimTemplate": {"spec": {
        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}}}),
    ));
    world.run(5.0);
    let events = world.events("other");
    let words = "PVC default/other-v was not created for pod default/other (pod is not owner)";
    assert!(events.iter().any(|line| line.contains(words)), "{events:#?}");
}

#[test]
fn a_claim_of_one_pod_is_one_pods() {
    let mut world = TestCluster::new();
    world.create(claim("own", "ReadWriteOncePod"));
    for name in ["first", "second"] {
        world.create(with_volume(name, json!({"persistentVolumeClaim": {"claimName": "own"}})));
        world.run(10.0);
    }
    assert_eq!(world.get("pods", "first")["status"]["phase"], "Running");
    let events = world.events("second");
    let words = "0/1 nodes are available: 1 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access \
                 mode already in-use by another pod.";
    assert!(events.iter().any(|line| line.contains(words)), "{events:#?}");
    world.delete("pods", "first");
    world.run(10.0);
    assert_eq!(world.get("pods", "second")["status"]["phase"], "Running");
}

#[test]
fn the_provisioner_says_what_it_does() {
    let mut world = TestCluster::new();
    world.create(claim("data", "ReadWriteOnce"));
    world.run(5.0);
    let events = world.events("data");
    let volume = path::str(&world.get("persistentvolumeclaims", "data"), "spec.volumeName").to_owned();
    let reporter = "k8s.io/minikube-hostpath_minikube_";
    let provisioning = format!("Normal Provisioning {reporter}");
    assert!(
        events.iter().any(|line| {
            line.starts_with(&provisioning)
                && line.ends_with("External provisioner is provisioning volume for claim \"default/data\"")
        }),
        "{events:#?}"
    );
    let succeeded = format!("Normal ProvisioningSucceeded {reporter}");
    let words = format!("Successfully provisioned volume {volume}");
    assert!(events.iter().any(|line| line.starts_with(&succeeded) && line.ends_with(&words)), "{events:#?}");
}

#[test]
fn a_stateful_sets_claims_go_as_its_policy_says() {
    let set = |policy: Value| {
        json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"},
            "spec": {
                "replicas": 2, "serviceName": "db", "selector": {"matchLabels": {"app": "db"}},
                "persistentVolumeClaimRetentionPolicy": policy,
                "template": {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": [
                    {"name": "c", "image": "nginx:1", "volumeMounts": [{"name": "data", "mountPath": "/data"}]}]}},
                "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {
                    "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}],
            },
        })
    };
    let claims = |world: &TestCluster| -> Vec<String> {
        let all = world.list("persistentvolumeclaims");
        all.iter().map(|claim| path::str(claim, "metadata.name").to_owned()).collect()
    };
    for (deleted, scaled, after_scale, after_delete) in
        [("Retain", "Retain", 2, 2), ("Retain", "Delete", 1, 1), ("Delete", "Retain", 2, 0), ("Delete", "Delete", 1, 0)]
    {
        let mut world = TestCluster::new();
        world.create(set(json!({"whenDeleted": deleted, "whenScaled": scaled})));
        world.run(30.0);
        assert_eq!(claims(&world).len(), 2, "{deleted} {scaled}");
        world.patch("statefulsets.apps", "db", json!({"spec": {"replicas": 1}}));
        world.run(40.0);
        assert_eq!(claims(&world).len(), after_scale, "{deleted} {scaled} scaled");
        world.delete("statefulsets.apps", "db");
        world.run(60.0);
        assert_eq!(claims(&world).len(), after_delete, "{deleted} {scaled} deleted");
    }
}

#[test]
fn a_pod_that_writes_more_than_it_may_is_evicted() {
    let with_limits = |name: &str, limits: &[&str]| {
        let mut object = pod(name, "nginx:1");
        let containers = limits.iter().enumerate().map(|(index, limit)| {
            json!({"name": format!("{name}{index}"), "image": "nginx:1",
                "resources": {"limits": {"ephemeral-storage": limit}}})
        });
        object["spec"]["containers"] = containers.collect::<Vec<Value>>().into();
        object
    };
    let mut world = TestCluster::new();
    world.create(with_limits("one", &["10Mi"]));
    world.create(with_limits("two", &["1Mi", "20Mi"]));
    world.create(with_limits("sum", &["1Mi", "2Mi"]));
    world.create(with_limits("well", &["10Mi"]));
    for (name, megabytes) in [("one0", 11), ("two0", 2), ("two1", 1), ("sum0", 3), ("sum1", 1), ("well0", 9)] {
        world.node.usage.insert(name.to_owned(), megabytes << 20);
    }
    world.run(70.0);
    for (name, message) in [
        ("one", "Pod ephemeral local storage usage exceeds the total limit of containers 10Mi. "),
        ("two", "Container two0 exceeded its local ephemeral storage limit \"1Mi\". "),
        ("sum", "Pod ephemeral local storage usage exceeds the total limit of containers 3Mi. "),
    ] {
        let status = world.get("pods", name)["status"].clone();
        assert_eq!((&status["reason"], &status["message"]), (&json!("Evicted"), &json!(message)), "{status}");
    }
    assert_eq!(world.get("pods", "well")["status"]["phase"], "Running");
}
