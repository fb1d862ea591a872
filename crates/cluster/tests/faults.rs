//! Random manifests and faults, in any order: afterwards the cluster is what its specifications ask for, nobody holds what they no
//! longer need, and nothing is written of what does not change.

use std::collections::BTreeSet;

use api::{Method, Request, path};
use cluster::{Component, Work};
use serde_json::{Value, json};
use sim::Rng;
use test_support::TestCluster;

const ROUNDS: usize = 60;
const IMAGES: [&str; 3] = ["nginx:1", "nginx:2", "slow/nginx"];

struct Chaos {
    world: TestCluster,
    rng: Rng,
    /// Node ports and cluster addresses that Services have had.
    had: BTreeSet<(i64, String)>,
    jobs: u32,
}

fn template(name: &str, image: &str) -> Value {
    json!({"metadata": {"labels": {"app": name}}, "spec": {"terminationGracePeriodSeconds": 1,
        "containers": [{"name": "c", "image": image}]}})
}

impl Chaos {
    fn below(&mut self, bound: usize) -> usize {
        self.rng.below(bound as u64) as usize
    }

    /// One of the objects of a resource.
    fn any(&mut self, resource: &str) -> Option<String> {
        let all = self.world.list(resource);
        let at = self.below(all.len().max(1));
        all.get(at).map(|object| path::str(object, "metadata.name").to_owned())
    }

    fn make_set(&mut self, kind: &str, name: &str) {
        let replicas = self.below(4);
        let image = IMAGES[self.below(3)];
        let mut object = json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": {
            "selector": {"matchLabels": {"app": name}}, "template": template(name, image)}});
        if kind == "ReplicationController" {
            object["apiVersion"] = "v1".into();
            object["spec"]["selector"] = json!({"app": name});
        }
        if kind != "DaemonSet" {
            object["spec"]["replicas"] = replicas.into();
        }
        if kind == "StatefulSet" {
            object["spec"]["serviceName"] = name.into();
            object["spec"]["template"]["spec"]["containers"][0]["volumeMounts"] =
                json!([{"name": "data", "mountPath": "/d"}]);
            object["spec"]["volumeClaimTemplates"] = json!([{"metadata": {"name": "data"},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}}]);
        }
        self.world.create(object);
    }

    /// Makes what is not there, or changes it, or takes it away.
    fn change_set(&mut self, kind: &str, resource: &str, name: &str) {
        if self.world.try_get(resource, name).is_none() {
            return self.make_set(kind, name);
        }
        match self.below(4) {
            0 => self.world.delete(resource, name),
            1 => {
                let container = json!({"name": "c", "image": IMAGES[self.below(3)]});
                let spec = json!({"spec": {"template": {"spec": {"containers": [container]}}}});
                self.world.patch(resource, name, spec);
            }
            _ if kind == "DaemonSet" => {}
            _ => {
                let replicas = self.below(5);
                self.world.patch(resource, name, json!({"spec": {"replicas": replicas}}));
            }
        }
    }

    fn change_service(&mut self) {
        if self.world.try_get("services", "web").is_some() {
            return self.world.delete("services", "web");
        }
        let made = self.world.create(json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
            "spec": {"type": "NodePort", "selector": {"app": "d0"}, "ports": [{"port": 80}]}}));
        let port = path::int(&path::list(&made, "spec.ports")[0], "nodePort").unwrap();
        self.had.insert((port, path::str(&made, "spec.clusterIP").to_owned()));
    }

    fn make_job(&mut self) {
        self.jobs += 1;
        let (completions, parallelism) = (1 + self.below(4), 1 + self.below(3));
        let mut spec = template("job", "done");
        spec["spec"]["restartPolicy"] = ["Never", "OnFailure"][self.below(2)].into();
        let name = format!("j{}", self.jobs);
        self.world.create(json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name},
            "spec": {"completions": completions, "parallelism": parallelism, "ttlSecondsAfterFinished": 60, "template": spec}}));
    }

    fn kill(&mut self) {
        let at = self.world.now;
        let running: Vec<String> = self.world.node.containers.keys().cloned().collect();
        let chosen = self.below(running.len().max(1));
        let code = [0, 1, 137][self.below(3)];
        if let Some((_, state)) = running.get(chosen).and_then(|id| self.world.node.containers.get_mut(id))
            && *state == cluster::node::ContainerState::Running
        {
            *state = cluster::node::ContainerState::Exited { code, at };
        }
    }

    /// The node takes no new Pods, or none at all, or all again.
    fn node(&mut self, choice: usize) {
        let taint = json!([{"key": "broken", "effect": "NoExecute"}]);
        let spec = match choice {
            0 => json!({"unschedulable": true, "taints": null}),
            1 => json!({"taints": taint}),
            _ => json!({"unschedulable": null, "taints": null}),
        };
        let mut patch = Request::new(Method::Patch, "/api/v1/nodes/minikube");
        patch.patch = Some(api::PatchType::Merge);
        self.world.send(&patch.with_body(json!({ "spec": spec }))).unwrap();
    }

    /// The storage provisioner is a Pod that nothing makes again but `minikube start`.
    fn restore(&mut self) {
        for object in cluster::system_objects(&cluster::Settings::default()) {
            if object["kind"] == "Pod" {
                let request = Request::new(Method::Post, "/api/v1/namespaces/kube-system/pods").with_body(object);
                let _ = self.world.send(&request); // where it is, it stays
            }
        }
    }

    fn step(&mut self) {
        match self.below(13) {
            0 | 1 => self.change_set("Deployment", "deployments.apps", "d0"),
            2 => self.change_set("Deployment", "deployments.apps", "d1"),
            3 | 4 => self.change_set("StatefulSet", "statefulsets.apps", "s0"),
            5 => self.change_set("DaemonSet", "daemonsets.apps", "n0"),
            12 => self.change_set("ReplicationController", "replicationcontrollers", "r0"),
            6 => self.change_service(),
            7 => self.make_job(),
            8 => self.kill(),
            9 => {
                if let Some(pod) = self.any("pods") {
                    self.world.delete("pods", &pod);
                }
            }
            10 => {
                if let Some(claim) = self.any("persistentvolumeclaims") {
                    self.world.delete("persistentvolumeclaims", &claim);
                }
            }
            _ => {
                let choice = self.below(3);
                self.node(choice);
            }
        }
        let pause = [0.0, 0.02, 0.5, 3.0, 20.0][self.below(5)];
        self.world.run(pause);
    }

    fn work(&self) -> Work {
        let all = Component::ALL.into_iter().map(|component| self.world.cluster.work(component));
        all.fold(Work::default(), |a, b| a + b)
    }

    /// What the specifications ask for is there.
    fn check_settled(&self, round: usize) {
        let world = &self.world;
        for resource in ["deployments.apps", "statefulsets.apps"] {
            for object in world.list(resource) {
                let wanted = path::int(&object, "spec.replicas").unwrap();
                for field in ["readyReplicas", "updatedReplicas", "replicas"] {
                    let has = path::int(&object["status"], field).unwrap_or(0);
                    assert_eq!(has, wanted, "round {round}, {field}: {object}");
                }
                let image = &object["spec"]["template"]["spec"]["containers"][0]["image"];
                let app = &object["metadata"]["name"];
                let pods: Vec<_> =
                    world.list("pods").into_iter().filter(|pod| pod["metadata"]["labels"]["app"] == *app).collect();
                assert_eq!(pods.len() as i64, wanted, "round {round}: {pods:#?}");
                assert!(pods.iter().all(|pod| pod["spec"]["containers"][0]["image"] == *image), "round {round}");
            }
        }
        for object in world.list("replicationcontrollers") {
            let wanted = path::int(&object, "spec.replicas").unwrap();
            for field in ["readyReplicas", "replicas"] {
                let has = path::int(&object["status"], field).unwrap_or(0);
                assert_eq!(has, wanted, "round {round}, {field}: {object}");
            }
        }
        for set in world.list("daemonsets.apps") {
            assert_eq!(set["status"]["numberReady"], 1, "round {round}: {set}");
        }
        let jobs = world.list("jobs.batch");
        assert!(jobs.is_empty(), "round {round}: every Job is over, and its time to live: {jobs:?}");
    }

    /// Nobody holds what belongs to nothing.
    fn check_leaks(&self, round: usize) {
        let world = &self.world;
        let pods = [world.list("pods"), world.list_in("pods", "kube-system")].concat();
        let uids: BTreeSet<&str> = pods.iter().map(|pod| path::str(pod, "metadata.uid")).collect();
        for uid in world.node.addresses.keys() {
            assert!(uids.contains(uid.as_str()), "round {round}: the address of a Pod that is gone");
        }
        let addresses: BTreeSet<_> = world.node.addresses.values().collect();
        assert_eq!(addresses.len(), world.node.addresses.len(), "round {round}: two Pods with one address");
        for (spec, _) in world.node.containers.values() {
            assert!(uids.contains(spec.pod_uid.as_str()), "round {round}: a container of a Pod that is gone");
        }
        let ips: BTreeSet<&str> = pods.iter().map(|pod| path::str(pod, "status.podIP")).collect();
        let services = [world.list("services"), world.list_in("services", "kube-system")].concat();
        for rule in &world.node.rules {
            let named = |service: &Value| {
                let (namespace, name) = (path::str(service, "metadata.namespace"), path::str(service, "metadata.name"));
                rule.service.starts_with(&format!("{namespace}/{name}"))
            };
            assert!(services.iter().any(|service| named(service)), "round {round}: a rule of no Service: {rule:?}");
            let own = "192.168.49.2";
            let leads = |ip: String| ip == own || ips.contains(ip.as_str());
            assert!(rule.endpoints.iter().all(|(ip, _)| leads(ip.to_string())), "round {round}: {rule:?}");
        }
        let volumes = world.list("persistentvolumes");
        let claims = world.list("persistentvolumeclaims");
        for volume in &volumes {
            let claim = path::str(volume, "spec.claimRef.name");
            assert!(claims.iter().any(|one| one["metadata"]["name"] == claim), "round {round}: {volume}");
        }
        assert_eq!(world.node.directories.len(), volumes.len(), "round {round}: {:?}", world.node.directories);
        for pod in &pods {
            let owner = &path::list(pod, "metadata.ownerReferences");
            let there = owner.first().is_none_or(|owner| {
                owner["kind"] == "Node"
                    || world.cluster.store().all().any(|(_, object)| object["metadata"]["uid"] == owner["uid"])
            });
            assert!(there, "round {round}: a Pod without its owner: {pod}");
        }
    }
}

#[test]
fn after_any_faults_the_cluster_is_what_its_specifications_ask_for() {
    let mut chaos = Chaos { world: TestCluster::new(), rng: Rng::new(20_26), had: BTreeSet::new(), jobs: 0 };
    for round in 0..ROUNDS {
        for _ in 0..10 {
            chaos.step();
        }
        chaos.node(2);
        chaos.restore();
        // Five minutes of back-off for what crashed often, as long again to pass the time to live of Jobs.
        chaos.world.run(700.0);
        chaos.check_settled(round);
        chaos.check_leaks(round);
        let before = chaos.work();
        chaos.world.run(60.0);
        let idle = chaos.work() - before;
        // The node's Lease every ten seconds; old Events expire.
        assert!(idle.writes() - idle.deletions <= 10 && idle.in_vain == 0, "round {round}: {idle:?}");
    }
    assert!(chaos.had.len() > 3 && chaos.jobs > 5, "it did what it is for");
    for (resource, name) in [
        ("deployments.apps", "d0"),
        ("deployments.apps", "d1"),
        ("statefulsets.apps", "s0"),
        ("replicationcontrollers", "r0"),
        ("daemonsets.apps", "n0"),
        ("services", "web"),
    ] {
        if chaos.world.try_get(resource, name).is_some() {
            chaos.world.delete(resource, name);
        }
    }
    chaos.world.run(60.0);
    for claim in chaos.world.list("persistentvolumeclaims") {
        chaos.world.delete("persistentvolumeclaims", path::str(&claim, "metadata.name"));
    }
    chaos.world.run(60.0);
    chaos.check_leaks(ROUNDS);
    assert!(chaos.world.list("pods").is_empty() && chaos.world.list("replicasets.apps").is_empty());
    assert!(chaos.world.node.directories.is_empty());
    // Every port and every address that a Service had is free again.
    let mut taken = BTreeSet::new();
    for (index, (port, ip)) in chaos.had.clone().into_iter().enumerate() {
        // Two Services, one after the other, may have had the same.
        if !taken.insert(port.to_string()) || !taken.insert(ip.clone()) {
            continue;
        }
        chaos
            .world
            .create(json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": format!("again-{index}")},
            "spec": {"type": "NodePort", "clusterIP": ip, "ports": [{"port": 80, "nodePort": port}]}}));
    }
}
