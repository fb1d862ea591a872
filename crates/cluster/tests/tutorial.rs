//! The tutorial's objects, from the API to the node and back.

use api::path;
use serde_json::json;
use test_support::{TestCluster, deployment};

#[test]
fn a_started_cluster_has_what_minikube_has() {
    let world = TestCluster::new();
    let pods = world.list_in("pods", "kube-system");
    let names: Vec<String> = pods
        .iter()
        .map(|pod| {
            assert_eq!(path::str(pod, "status.phase"), "Running", "{pod}");
            path::str(pod, "metadata.name").trim_end_matches(|c: char| c != '-').trim_end_matches('-').to_owned()
        })
        .collect();
    assert_eq!(names.len(), 7, "{names:?}");
    let coredns = pods.iter().find(|pod| path::str(pod, "metadata.name").starts_with("coredns-")).unwrap();
    assert_eq!(path::str(coredns, "status.podIP"), "172.17.0.2");
    for namespace in ["default", "kube-node-lease", "kube-public", "kube-system"] {
        assert!(world.list_in("configmaps", namespace).iter().any(|map| map["metadata"]["name"] == "kube-root-ca.crt"));
        assert!(world.list_in("serviceaccounts", namespace).iter().any(|one| one["metadata"]["name"] == "default"));
    }
    assert!(
        world.node.rules.iter().any(|rule| rule.service == "default/kubernetes:https" && rule.endpoints.len() == 1)
    );
}

#[test]
fn a_deployment_becomes_pods_and_a_service_finds_them() {
    let mut world = TestCluster::new();
    world.create(deployment(3, "nginx:1.14.2"));
    world.create(json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "my-nginx"},
        "spec": {"type": "NodePort", "selector": {"app": "nginx"}, "ports": [{"port": 80}]},
    }));
    world.run(3.0);
    let status = &world.get("deployments.apps", "nginx-deployment")["status"];
    for field in ["replicas", "readyReplicas", "availableReplicas", "updatedReplicas"] {
        assert_eq!(status[field], 3, "{field}: {status}");
    }
    let conditions: Vec<String> = path::list(status, "conditions")
        .iter()
        .map(|one| format!("{}={} {}", path::str(one, "type"), path::str(one, "status"), path::str(one, "reason")))
        .collect();
    assert_eq!(conditions, ["Available=True MinimumReplicasAvailable", "Progressing=True NewReplicaSetAvailable"]);
    let set = &world.list("replicasets.apps")[0];
    let set_name = path::str(set, "metadata.name");
    assert_eq!(
        world.events("nginx-deployment"),
        [format!("Normal ScalingReplicaSet deployment-controller Scaled up replica set {set_name} from 0 to 3")]
    );
    assert_eq!(set["metadata"]["annotations"]["deployment.kubernetes.io/max-replicas"], "4");
    assert_eq!(world.events(set_name).len(), 3);
    let pods = world.list("pods");
    let first = &pods[0];
    assert_eq!(path::str(first, "metadata.generateName"), format!("{set_name}-"));
    let events = world.events(path::str(first, "metadata.name"));
    let short: Vec<&str> = events.iter().map(|line| line.split(' ').nth(1).unwrap()).collect();
    assert_eq!(short, ["Scheduled", "Pulled", "Created", "Started"], "{events:?}");
    let slices = world.list("endpointslices.discovery.k8s.io");
    let slice = slices.iter().find(|slice| path::str(slice, "metadata.name").starts_with("my-nginx-")).unwrap();
    assert_eq!(path::list(slice, "endpoints").len(), 3);
    let endpoints = world.get("endpoints", "my-nginx");
    assert_eq!(path::list(&endpoints, "subsets.0").len(), 0);
    assert_eq!(path::list(&endpoints["subsets"][0], "addresses").len(), 3);
    let rule = world.node.rules.iter().find(|rule| rule.service == "default/my-nginx").unwrap();
    assert_eq!(rule.endpoints.len(), 3);
    assert!(rule.node_port.is_some());

    // A deleted Pod is replaced, under another name and address.
    let gone = path::str(first, "metadata.name").to_owned();
    let old_ip = path::str(first, "status.podIP").to_owned();
    world.delete("pods", &gone);
    world.run(3.0);
    let pods = world.list("pods");
    assert_eq!(pods.len(), 3);
    assert!(pods.iter().all(|pod| path::str(pod, "metadata.name") != gone && path::str(pod, "status.podIP") != old_ip));
    assert!(world.node.rules.iter().any(|rule| rule.service == "default/my-nginx" && rule.endpoints.len() == 3));

    world.delete("deployments.apps", "nginx-deployment");
    world.delete("services", "my-nginx");
    world.run(5.0);
    assert_eq!(world.list("pods").len() + world.list("replicasets.apps").len(), 0);
    assert_eq!(world.list("endpointslices.discovery.k8s.io").len(), 1, "only the kubernetes one");
    assert!(world.try_get("endpoints", "my-nginx").is_none());
}

#[test]
fn a_claim_is_bound_used_kept_and_released() {
    let mut world = TestCluster::new();
    world.create(json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "myclaim"},
        "spec": {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "10Mi"}}},
    }));
    world.run(0.5);
    let claim = world.get("persistentvolumeclaims", "myclaim");
    assert_eq!(path::str(&claim, "status.phase"), "Bound", "{claim}");
    assert_eq!(claim["status"]["capacity"]["storage"], "10Mi");
    let mut annotations: Vec<&String> = path::object(&claim, "metadata.annotations").unwrap().keys().collect();
    annotations.sort();
    assert_eq!(
        annotations,
        [
            "pv.kubernetes.io/bind-completed",
            "pv.kubernetes.io/bound-by-controller",
            "volume.beta.kubernetes.io/storage-provisioner",
            "volume.kubernetes.io/storage-provisioner"
        ]
    );
    let events = world.events("myclaim");
    assert_eq!(
        events[0],
        "Normal ExternalProvisioning persistentvolume-controller Waiting for a volume to be created either by the external \
         provisioner 'k8s.io/minikube-hostpath' or manually by the system administrator. If volume creation is delayed, \
         please verify that the provisioner is running and correctly registered. (x2)"
    );
    let reasons: Vec<&str> = events.iter().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(reasons, ["ExternalProvisioning", "Provisioning", "ProvisioningSucceeded"]);
    let volumes = world.list("persistentvolumes");
    assert_eq!(path::str(&volumes[0], "spec.hostPath.path"), "/tmp/hostpath-provisioner/default/myclaim");
    assert_eq!(volumes[0]["metadata"]["annotations"].as_object().unwrap().len(), 2);
    assert_eq!(path::str(&volumes[0], "status.phase"), "Bound");
    assert_eq!(world.node.directories, ["/tmp/hostpath-provisioner/default/myclaim"]);

    let mypod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "mypod"},
        "spec": {
            "containers": [{"name": "frontend", "image": "nginx", "volumeMounts": [{"name": "v", "mountPath": "/var/www/html"}]}],
            "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "myclaim"}}],
        },
    });
    world.create(mypod);
    world.run(3.0);
    assert_eq!(path::str(&world.get("pods", "mypod"), "status.phase"), "Running");
    let spec = world.node.containers.values().find(|(spec, _)| spec.name == "frontend").unwrap().0.clone();
    let mount = spec.mounts.iter().find(|mount| mount.path == "/var/www/html").unwrap();
    assert_eq!(
        mount.source,
        cluster::node::MountSource::NodePath("/tmp/hostpath-provisioner/default/myclaim".to_owned())
    );
    world.delete("persistentvolumeclaims", "myclaim");
    world.run(1.0);
    assert!(world.try_get("persistentvolumeclaims", "myclaim").is_some(), "a Pod uses it");
    world.delete("pods", "mypod");
    world.run(3.0);
    assert!(world.try_get("persistentvolumeclaims", "myclaim").is_none());
    assert!(world.list("persistentvolumes").is_empty(), "{:?}", world.list("persistentvolumes"));
    assert!(world.node.directories.is_empty());
}

#[test]
fn volumes_by_hand_volumes_that_wait_and_what_is_kept() {
    let mut world = TestCluster::new();
    let claim = |name: &str, class: &str, more: serde_json::Value| {
        let mut claim = json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name},
            "spec": {"storageClassName": class, "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "3Gi"}}},
        });
        for (field, value) in more.as_object().into_iter().flatten() {
            claim["spec"][field.as_str()] = value.clone();
        }
        claim
    };
    world.create(json!({
        "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "task-pv"},
        "spec": {"storageClassName": "manual", "capacity": {"storage": "10Gi"}, "accessModes": ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain", "hostPath": {"path": "/mnt/data"}},
    }));
    world.create(claim("task-claim", "manual", json!({})));
    world.create(claim("orphan", "nosuch", json!({})));
    world.create(claim("classless", "", json!({})));
    world.run(2.0);
    assert_eq!(path::str(&world.get("persistentvolumes", "task-pv"), "status.phase"), "Bound");
    assert_eq!(path::str(&world.get("persistentvolumeclaims", "task-claim"), "spec.volumeName"), "task-pv");
    assert_eq!(
        world.events("orphan"),
        ["Warning ProvisioningFailed persistentvolume-controller storageclass.storage.k8s.io \"nosuch\" not found"]
    );
    assert_eq!(
        world.events("classless"),
        [
            "Normal FailedBinding persistentvolume-controller no persistent volumes available for this claim and no storage \
          class is set"
        ]
    );
    world.delete("persistentvolumeclaims", "task-claim");
    world.run(2.0);
    assert_eq!(path::str(&world.get("persistentvolumes", "task-pv"), "status.phase"), "Released");

    world.create(json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "later"},
        "provisioner": "k8s.io/minikube-hostpath", "volumeBindingMode": "WaitForFirstConsumer",
    }));
    world.create(claim("patient", "later", json!({})));
    world.run(2.0);
    assert_eq!(path::str(&world.get("persistentvolumeclaims", "patient"), "status.phase"), "Pending");
    assert_eq!(
        world.events("patient"),
        [
            "Normal WaitForFirstConsumer persistentvolume-controller waiting for first consumer to be created before binding"
        ]
    );
    let mut object = test_support::pod("consumer", "nginx:1");
    object["spec"]["volumes"] = json!([{"name": "v", "persistentVolumeClaim": {"claimName": "patient"}}]);
    world.create(object);
    world.run(3.0);
    assert_eq!(path::str(&world.get("persistentvolumeclaims", "patient"), "status.phase"), "Bound");
    assert_eq!(path::str(&world.get("pods", "consumer"), "status.phase"), "Running");
}

#[test]
fn the_api_servers_own_service_comes_back() {
    let mut world = TestCluster::new();
    world.delete("services", "kubernetes");
    world.run(1.0);
    assert!(world.try_get("services", "kubernetes").is_none());
    world.run(10.0);
    assert_eq!(path::str(&world.get("services", "kubernetes"), "spec.clusterIP"), "10.96.0.1");
    assert_eq!(path::list(&world.get("endpoints", "kubernetes"), "subsets").len(), 1);
    assert!(
        world.node.rules.iter().any(|rule| rule.service == "default/kubernetes:https" && rule.endpoints.len() == 1)
    );
}

#[test]
fn the_same_seed_makes_the_same_world() {
    let tell = || {
        let mut world = TestCluster::new();
        world.create(deployment(3, "slow/nginx:1"));
        world.run(20.0);
        let objects: Vec<String> =
            world.cluster.store().all().map(|(key, object)| format!("{key:?} {object}")).collect();
        (objects, world.steps)
    };
    assert_eq!(tell(), tell());
}

#[test]
fn a_copy_goes_on_as_the_original_does() {
    let mut world = TestCluster::new();
    world.create(deployment(3, "nginx:1"));
    world.run(0.3);
    let (copy, rng, now) = (world.cluster.clone(), world.rng.clone(), world.now);
    let containers = world.node.containers.clone();
    let addresses = (world.node.addresses.clone(), world.node.last, world.node.made);
    world.run(5.0);
    let first: Vec<String> = world.cluster.store().all().map(|(_, object)| object.to_string()).collect();
    (world.cluster, world.rng, world.now, world.node.containers) = (copy, rng, now, containers);
    (world.node.addresses, world.node.last, world.node.made) = addresses;
    world.run(5.0);
    let second: Vec<String> = world.cluster.store().all().map(|(_, object)| object.to_string()).collect();
    assert_eq!(first, second);
}
