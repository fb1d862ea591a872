//! Whatever JSON is sent to the API server: an answer or a `Status` that says why not, never a panic, and controllers that
//! settle on what was let in. Whoever watched from the start knows in the end what a list says: no object is lost.

use std::collections::BTreeMap;

use api::{Method, PatchType, Request, Resource, path};
use cluster::{Cx, Reply, Watch};
use serde_json::{Value, json};
use sim::Rng;
use test_support::TestCluster;

/// Objects to spoil: most kinds that something in the cluster acts on.
fn objects() -> Vec<Value> {
    let template = json!({
        "metadata": {"labels": {"app": "a"}, "annotations": {"note": "x"}},
        "spec": {
            "containers": [{
                "name": "c", "image": "nginx:1", "ports": [{"containerPort": 80, "name": "http"}],
                "env": [{"name": "A", "value": "1"}, {"name": "B", "valueFrom": {"configMapKeyRef": {"name": "m", "key": "k"}}}],
                "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}},
                "volumeMounts": [{"name": "v", "mountPath": "/v"}],
                "livenessProbe": {"httpGet": {"path": "/", "port": "http"}, "periodSeconds": 2},
                "readinessProbe": {"exec": {"command": ["hang"]}},
            }],
            "initContainers": [{"name": "i", "image": "done"}],
            "volumes": [{"name": "v", "emptyDir": {}}],
            "nodeSelector": {"kubernetes.io/os": "linux"},
            "tolerations": [{"key": "a", "operator": "Exists", "effect": "NoSchedule"}],
            "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
                {"labelSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["b"]}]},
                 "topologyKey": "kubernetes.io/hostname"}]}},
            "restartPolicy": "Always",
        },
    });
    let job = json!({"backoffLimit": 2, "template": {"spec": {
        "restartPolicy": "Never", "containers": [{"name": "c", "image": "done"}]}}});
    let selector = json!({"matchLabels": {"app": "a"}});
    let spec = |mut fields: Value| {
        fields["selector"] = selector.clone();
        fields["template"] = template.clone();
        fields
    };
    let mut pod = template.clone();
    pod["apiVersion"] = "v1".into();
    pod["kind"] = "Pod".into();
    let claim = json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}});
    vec![
        pod,
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": spec(json!({"replicas": 2, "strategy": {
            "type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 1}}}))}),
        json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "spec": spec(json!({"replicas": 2}))}),
        json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "spec": spec(json!({}))}),
        json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "spec": spec(json!({"serviceName": "s", "replicas": 2,
            "volumeClaimTemplates": [{"metadata": {"name": "d"}, "spec": claim}]}))}),
        json!({"apiVersion": "batch/v1", "kind": "Job", "spec": job}),
        json!({"apiVersion": "batch/v1", "kind": "CronJob", "spec": {"schedule": "*/1 * * * *", "jobTemplate": {"spec": job}}}),
        json!({"apiVersion": "v1", "kind": "Service", "spec": {"type": "NodePort", "selector": {"app": "a"},
            "ports": [{"name": "http", "port": 80, "targetPort": "http", "nodePort": 30080}]}}),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"k": "v"}, "binaryData": {"b": "AAAA"}}),
        json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "data": {"k": "dg=="}, "stringData": {"s": "t"}}),
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "spec": claim}),
        json!({"apiVersion": "v1", "kind": "PersistentVolume", "spec": {"capacity": {"storage": "2Gi"},
            "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/data"}, "persistentVolumeReclaimPolicy": "Retain"}}),
        json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": "a.b/c", "parameters": {"a": "b"}}),
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"labels": {"a": "b"}}}),
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "secrets": [{"name": "s"}]}),
        json!({"apiVersion": "v1", "kind": "Endpoints", "subsets": [{"addresses": [{"ip": "1.2.3.4"}], "ports": [{"port": 80}]}]}),
        json!({"apiVersion": "v1", "kind": "ResourceQuota", "spec": {"hard": {"pods": "4", "requests.cpu": "1"}}}),
        json!({"apiVersion": "v1", "kind": "LimitRange", "spec": {"limits": [{"type": "Container", "default": {"cpu": "1"}}]}}),
        json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "spec": {"maxReplicas": 3,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x0"}}}),
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "spec": {"rules": [{"host": "a.b", "http": {"paths": [
            {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "s", "port": {"number": 80}}}}]}}]}}),
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "spec": {"podSelector": selector,
            "ingress": [{"from": [{"podSelector": {}}]}]}}),
        json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "spec": {"minAvailable": "50%", "selector": selector}}),
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "rules": [
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}),
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"},
            "subjects": [{"kind": "User", "name": "jane"}]}),
        json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "things.a.b"}, "spec": {"group": "a.b", "scope": "Namespaced",
            "names": {"plural": "things", "kind": "Thing", "singular": "thing"},
            "versions": [{"name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object"}}}}}]}}),
    ]
}

/// A value that nobody means.
fn junk(rng: &mut Rng) -> Value {
    let texts = [
        "",
        " ",
        "0",
        "-1",
        "a",
        "A_b",
        "한글",
        "\u{0}",
        "1e309",
        "99999999999999999999Gi",
        "25%",
        "101%",
        "-5%",
        "x0",
        "default",
        "10.96.0.1",
        "None",
        "0.0.0.0/0",
        "*/0 * * * *",
        "Never",
        "hostPath",
        "{{.}}",
        "$(A)",
        "a/b/c",
        "..",
        "nosuch/i:1",
        "crash",
        "2026-11-22T10:00:00Z",
        "9223372036854775808",
    ];
    match rng.below(12) {
        0 => Value::Null,
        1 => true.into(),
        2 => json!(-1),
        3 => json!(0),
        4 => json!(i64::MAX),
        5 => json!(1e300),
        6 => json!([]),
        7 => json!({}),
        8 => json!([null, {"name": "c"}, 1]),
        9 => json!({"a": {"b": ["c"]}, "name": "c"}),
        10 => "x".repeat(300).into(),
        _ => texts[rng.below(texts.len() as u64) as usize].into(),
    }
}

/// Spoils one place, somewhere down in the value.
fn spoil(value: &mut Value, rng: &mut Rng) {
    let stop = rng.below(5) == 0;
    match value {
        Value::Object(fields) if !stop && !fields.is_empty() => {
            let at = rng.below(fields.len() as u64) as usize;
            let Some(key) = fields.keys().nth(at).cloned() else { return };
            match rng.below(14) {
                0 => drop(fields.remove(&key)),
                1 => drop(fields.insert(format!("{key}x"), junk(rng))),
                _ => spoil(&mut fields[&key], rng),
            }
        }
        Value::Array(items) if !stop && !items.is_empty() => {
            let at = rng.below(items.len() as u64) as usize;
            match rng.below(8) {
                0 => drop(items.remove(at)),
                1 => items.push(items[at].clone()),
                _ => spoil(&mut items[at], rng),
            }
        }
        other => *other = junk(rng),
    }
}

/// Sends a request: a refusal names a reason, and is the client's fault.
fn send(world: &mut TestCluster, request: Request) {
    if let Err(status) = world.send(&request) {
        let asked = || format!("{:?} {} {:?} {}", request.method, request.path, request.patch, request.body);
        assert!(!status.message.is_empty(), "no word: {}", asked());
        // A server-side apply that does not fit the schema's lists is Kubernetes' own 500.
        // So is the time-out for a version that is still to come.
        let known = status.message.starts_with("failed to create typed patch object")
            || status.code == 504 && status.message.contains("Too large resource version");
        assert!(known || (400..500).contains(&status.code), "{} {}: {}", status.code, status.message, asked());
    }
}

/// Objects by namespace and name, with the resource version of each.
type Seen = BTreeMap<(String, String), String>;

fn note(seen: &mut Seen, kind: &str, object: &Value) {
    let text = |field| path::str(object, field).to_owned();
    let key = (text("metadata.namespace"), text("metadata.name"));
    match kind {
        "DELETED" => assert!(seen.remove(&key).is_some(), "{key:?} was deleted and never there"),
        "ADDED" => {
            let before = seen.insert(key.clone(), text("metadata.resourceVersion"));
            assert_eq!(before, None, "{key:?} was added twice");
        }
        "MODIFIED" => {
            let before = seen.insert(key.clone(), text("metadata.resourceVersion"));
            assert!(before.is_some(), "{key:?} was modified and never there");
        }
        _ => {}
    }
}

/// What one who lists once and then watches knows of a resource.
struct Mirror {
    resource: &'static Resource,
    watch: Watch,
    seen: Seen,
}

impl Mirror {
    fn new(world: &mut TestCluster, resource: &'static Resource) -> Mirror {
        let request = Request::get(resource.path(None, None)).with_query("watch", "true");
        let mut cx = Cx { now: world.now, rng: &mut world.rng };
        let Reply::Watch(watch) = world.cluster.handle(&mut cx, &request) else {
            panic!("{} cannot be watched", resource.plural)
        };
        Mirror { resource, watch, seen: Seen::new() }
    }

    fn follow(&mut self, world: &TestCluster) {
        for event in world.cluster.poll_watch(world.now, &mut self.watch) {
            assert_ne!(event.kind, "ERROR", "{}: {}", self.resource.plural, event.object);
            note(&mut self.seen, event.kind, &event.object);
        }
    }

    /// Compares the list with what was told up to it: some objects are made when somebody asks.
    fn compare(&mut self, world: &mut TestCluster) {
        let list = world.send(&Request::get(self.resource.path(None, None))).unwrap();
        self.follow(world);
        let mut listed = Seen::new();
        path::list(&list, "items").iter().for_each(|object| note(&mut listed, "ADDED", object));
        assert_eq!(self.seen, listed, "{}", self.resource.plural);
    }
}

fn sessions(seeds: std::ops::Range<u64>) {
    let all = objects();
    for seed in seeds {
        let mut rng = Rng::new(seed);
        let mut world = TestCluster::new();
        let watched = api::resources().iter().filter(|resource| resource.verbs.contains(&"watch"));
        let mut mirrors: Vec<Mirror> = watched.map(|resource| Mirror::new(&mut world, resource)).collect();
        for turn in 0..40 {
            let mut object = all[rng.below(all.len() as u64) as usize].clone();
            let (api_version, kind) = (object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap());
            let resource = api::resource_of_kind(api_version, kind).unwrap();
            let name = format!("x{}", rng.below(3));
            if kind != "CustomResourceDefinition" {
                object["metadata"]["name"] = name.as_str().into();
            }
            for _ in 0..rng.below(4) {
                spoil(&mut object, &mut rng);
            }
            let list = resource.path(resource.namespaced.then_some("default"), None);
            let mut one = resource.path(resource.namespaced.then_some("default"), Some(&name));
            if rng.below(6) == 0 {
                one += ["/status", "/scale", "/eviction", "/binding", "/log", "/nothing"][rng.below(6) as usize];
            }
            let mut request = match rng.below(10) {
                0..5 => Request::new(Method::Post, list).with_body(object),
                5 => Request::new(Method::Put, one).with_body(object),
                6..8 => {
                    let patch = match rng.below(4) {
                        0 => PatchType::Merge,
                        1 => PatchType::Strategic,
                        2 => PatchType::Apply,
                        _ => PatchType::Json,
                    };
                    if patch == PatchType::Json {
                        let op = ["add", "remove", "replace", "move", "copy", "test", "?"][rng.below(7) as usize];
                        let path = [
                            "/spec",
                            "/spec/replicas",
                            "/metadata/labels/a",
                            "/a/0/-",
                            "",
                            "x",
                            "/spec/template/spec/containers/0/image",
                        ];
                        let path = path[rng.below(7) as usize];
                        object = json!([{"op": op, "path": path, "from": "/spec", "value": junk(&mut rng)}]);
                    }
                    let mut request = Request::new(Method::Patch, one).with_body(object);
                    request.patch = Some(patch);
                    request.with_query("fieldManager", "me")
                }
                8 => Request::new(Method::Delete, one).with_body(junk(&mut rng)),
                _ => {
                    let words =
                        ["labelSelector", "fieldSelector", "limit", "continue", "resourceVersion", "timeoutSeconds"];
                    let word = words[rng.below(6) as usize];
                    let text = junk(&mut rng).to_string();
                    Request::get(list).with_query(word, text.trim_matches('"'))
                }
            };
            if rng.below(8) == 0 {
                let words = ["dryRun", "fieldValidation", "force", "propagationPolicy", "gracePeriodSeconds"];
                let values = ["All", "Strict", "true", "Foreground", "0", "-1", "한"];
                request = request.with_query(words[rng.below(5) as usize], values[rng.below(7) as usize]);
            }
            send(&mut world, request);
            if turn % 4 == 3 {
                world.run(1.5);
                mirrors.iter_mut().for_each(|mirror| mirror.follow(&world));
            }
        }
        for _ in 0..60 {
            world.run(2.0);
            mirrors.iter_mut().for_each(|mirror| mirror.follow(&world));
        }
        mirrors.iter_mut().for_each(|mirror| mirror.compare(&mut world));
        for table in [false, true] {
            for resource in api::resources().iter().filter(|resource| resource.verbs.contains(&"list")) {
                let mut request = Request::get(resource.path(None, None));
                request.as_table = table;
                send(&mut world, request);
            }
        }
    }
}

#[test]
fn spoiled_objects_are_answered() {
    let seeds = std::env::var("SEEDS").ok().and_then(|count| count.parse().ok()).unwrap_or(20);
    sessions(0..seeds);
}
