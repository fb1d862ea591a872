//! What a beginner gets wrong, and what a real API server (v1.36.2) said of it.

use api::{Method, PatchType, Request};
use serde_json::{Value, json};
use sim::Rng;

use super::{World, message};

#[test]
fn wrong_types_and_unknown_fields_are_refused_before_anything_else() {
    for (api_version, kind, object, expected) in [
        (
            "apps/v1",
            "Deployment",
            json!({"spec": {"replicas": "three", "selector": {"matchLabels": {"app": "bad"}}}}),
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        (
            "v1",
            "Service",
            json!({"spec": {"type": "NodePort", "ports": [{"port": 80, "targetport": 80}], "selector": {"app": "nginx"}}}),
            "strict decoding error: unknown field \"spec.ports[0].targetport\"",
        ),
        (
            "v1",
            "PersistentVolumeClaim",
            json!({"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Mb"}}}}),
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        ),
        (
            "v1",
            "Pod",
            json!({"spec": {"containers": {"name": "c", "image": "nginx"}}}),
            "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container",
        ),
        (
            "v1",
            "Pod",
            json!({"spec": {"containers": [{"name": "c", "imagee": "nginx"}], "volumess": []}}),
            "strict decoding error: unknown field \"spec.containers[0].imagee\", unknown field \"spec.volumess\"",
        ),
    ] {
        let mut object = object;
        object["metadata"] = json!({"name": "bad"});
        let mut world = World::new();
        let status = world.create(api_version, kind, object).unwrap_err();
        let version = api_version.rsplit('/').next().unwrap();
        let whole = format!("{kind} in version \"{version}\" cannot be handled as a {kind}: {expected}");
        assert_eq!((status.message, status.code, status.reason.as_str()), (whole, 400, "BadRequest"));
    }
}

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and \
                         must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
                         '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start \
                     and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
                     '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

/// The causes, as kubectl prints them.
fn check(api_version: &str, kind: &str, object: Value, expected: &[&str]) {
    let mut world = World::new();
    let status = world.create(api_version, kind, object.clone()).expect_err("a refusal");
    let causes: Vec<String> = status.causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
    assert_eq!(causes, expected, "{object}");
    assert_eq!((status.code, status.kind.as_str()), (422, kind));
}

#[test]
fn invalid_objects_are_told_everything_at_once() {
    let name = format!("metadata.name: Invalid value: \"Bad_Name!\": {SUBDOMAIN}");
    let first = format!("spec.containers[0].name: Invalid value: \"C_1\": {LABEL}");
    let second = format!("spec.containers[1].name: Invalid value: \"C_1\": {LABEL}");
    check(
        "v1",
        "Pod",
        json!({"metadata": {"name": "Bad_Name!"}, "spec": {"containers": [{"name": "C_1", "image": ""},
            {"name": "C_1", "image": "nginx", "ports": [{"containerPort": 99999}]}]}}),
        &[
            &name,
            &first,
            "spec.containers[0].image: Required value",
            &second,
            "spec.containers[1].ports[0].containerPort: Invalid value: 99999: must be between 1 and 65535, inclusive",
            "spec.containers[1].name: Duplicate value: \"C_1\"",
        ],
    );
    check(
        "v1",
        "Service",
        json!({"metadata": {"name": "bad"}, "spec": {"type": "NodePort", "ports": [{"port": 0}, {"port": 80, "nodePort": 80}]}}),
        &[
            "spec.ports[1].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is \
           30000-32767",
        ],
    );
    check(
        "v1",
        "PersistentVolumeClaim",
        json!({"metadata": {"name": "bad"}, "spec": {"accessModes": ["ReadWriteSometimes"],
            "resources": {"requests": {"storage": "-1Gi"}}}}),
        &[
            "spec.accessModes: Unsupported value: \"ReadWriteSometimes\": supported values: \"ReadOnlyMany\", \
             \"ReadWriteMany\", \"ReadWriteOnce\", \"ReadWriteOncePod\"",
            "spec.resources[storage]: Invalid value: \"-1Gi\": must be greater than zero",
        ],
    );
    check(
        "v1",
        "Pod",
        json!({"metadata": {"name": "bad"}, "spec": {
            "containers": [{"name": "c", "image": "nginx", "volumeMounts": [{"name": "nosuch", "mountPath": "/data"}]}],
            "volumes": [{"name": "mypd", "persistentVolumeClaim": {"claimName": "myclaim"}}]}}),
        &["spec.containers[0].volumeMounts[0].name: Not found: \"nosuch\""],
    );
    check(
        "apps/v1",
        "Deployment",
        json!({"metadata": {"name": "bad"}, "spec": {"selector": {"matchLabels": {"app": "a"}},
            "template": {"metadata": {"labels": {"app": "b"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}}}),
        &["spec.template.metadata.labels: Invalid value: {\"app\":\"b\"}: `selector` does not match template `labels`"],
    );
    let namespace = format!("metadata.name: Invalid value: \"Bad_NS\": {LABEL}");
    check("v1", "Namespace", json!({"metadata": {"name": "Bad_NS"}}), &[&namespace]);
    check("v1", "Pod", json!({"metadata": {"name": "x"}, "spec": {}}), &["spec.containers: Required value"]);
    check("v1", "Service", json!({"metadata": {"name": "x"}, "spec": {}}), &["spec.ports: Required value"]);
    check(
        "v1",
        "Service",
        json!({"metadata": {"name": "x"}, "spec": {"ports": [{"port": 80}, {"port": 81}]}}),
        &["spec.ports[0].name: Required value", "spec.ports[1].name: Required value"],
    );
    check(
        "v1",
        "Pod",
        json!({"metadata": {"name": "x"}, "spec": {"containers": [{"name": "c", "image": "nginx",
            "resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}}]}}),
        &["spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1"],
    );
    check(
        "batch/v1",
        "Job",
        json!({"metadata": {"name": "x"}, "spec": {"template": {"spec": {"containers": [{"name": "c", "image": "nginx"}]}}}}),
        &["spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\""],
    );
    check(
        "v1",
        "PersistentVolume",
        json!({"metadata": {"name": "x"}, "spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"]}}),
        &["spec: Required value: must specify a volume type"],
    );
}

#[test]
fn ingresses_cron_jobs_and_autoscalers_say_what_is_wrong() {
    let path = |path: Value, backend: Value| json!({"path": path, "pathType": "Exact", "backend": backend});
    check(
        "networking.k8s.io/v1",
        "Ingress",
        json!({"metadata": {"name": "i"}, "spec": {"defaultBackend": {}, "rules": [
            {"host": "1.2.3.4"}, {"host": "f*.com"}, {"host": "Foo", "http": {"paths": [
                path(json!("x"), json!({"service": {"name": "s", "port": {"number": 0}}})),
                path(json!("/"), json!({"service": {"name": "S", "port": {"number": 70000}}})),
                {"backend": {}}]}}]}}),
        &[
            "spec.defaultBackend: Invalid value: \"\": resource or service backend is required",
            "spec.rules[0].host: Invalid value: \"1.2.3.4\": must be a DNS name, not an IP address",
            "spec.rules[1].host: Invalid value: \"f*.com\": a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
            "spec.rules[2].host: Invalid value: \"Foo\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
            "spec.rules[2].http.paths[0].path: Invalid value: \"x\": must be an absolute path",
            "spec.rules[2].http.paths[0].backend: Required value: port name or number is required",
            "spec.rules[2].http.paths[1].backend.service.name: Invalid value: \"S\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
            "spec.rules[2].http.paths[1].backend.service.port.number: Invalid value: 70000: must be between 1 and 65535, inclusive",
            "spec.rules[2].http.paths[2].pathType: Required value: pathType must be specified",
        ],
    );
    let name = "a".repeat(53);
    let template = json!({"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "x"}]}});
    check(
        "batch/v1",
        "CronJob",
        json!({"metadata": {"name": name}, "spec": {"schedule": "61 * * * *", "timeZone": "No/where?",
            "jobTemplate": {"spec": {"template": template}}}}),
        &[
            "spec.schedule: Invalid value: \"61 * * * *\": end of range (61) above maximum (59): 61",
            "spec.timeZone: Invalid value: \"No/where?\": unknown time zone No/where?",
            &format!("metadata.name: Invalid value: {name:?}: must be no more than 52 characters"),
        ],
    );
    check(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        json!({"metadata": {"name": "h"}, "spec": {"minReplicas": 3, "maxReplicas": 0, "scaleTargetRef": {"kind": "", "name": ""}}}),
        &[
            "spec.maxReplicas: Required value: must be set and greater than 0",
            "spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`",
            "spec.scaleTargetRef.kind: Required value",
            "spec.scaleTargetRef.name: Required value",
            "spec.scaleTargetRef.apiVersion: Invalid value: \"\": apiVersion must specify API group",
        ],
    );
}

#[test]
fn messages_hold_all_errors_too() {
    let mut world = World::new();
    let claim = json!({"metadata": {"name": "bad"}, "spec": {"resources": {"requests": {"storage": "0"}}}});
    assert_eq!(
        message(world.create("v1", "PersistentVolumeClaim", claim)),
        "PersistentVolumeClaim \"bad\" is invalid: [spec.accessModes: Required value: at least 1 access mode is required, \
         spec.resources[storage]: Invalid value: \"0\": must be greater than zero]"
    );
}

#[test]
fn nothing_a_client_sends_panics() {
    // Every kind, with nothing, with nulls and with wrong things in the places that the server reads.
    for resource in api::resources().iter().filter(|resource| resource.can("create")) {
        for spec in [
            Value::Null,
            json!({}),
            json!({"template": null, "containers": [null], "ports": [null], "volumes": [{}]}),
            json!({"template": {"spec": {"containers": [null], "volumes": [null]}}, "selector": null}),
            json!({"jobTemplate": null, "rules": [null], "taints": [null]}),
            json!([]),
            json!("x"),
            json!(1),
        ] {
            let mut world = World::new();
            let object =
                json!({"metadata": {"name": "x"}, "spec": spec, "data": null, "subsets": [null], "endpoints": [null]});
            let _ = world.create(&resource.api_version(), resource.kind, object);
        }
    }
}

/// All places in a value, as JSON pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                places(value, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                places(value, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

fn anything(rng: &mut Rng) -> Value {
    match rng.below(10) {
        0 => Value::Null,
        1 => json!(""),
        2 => json!("a-very-odd $value!"),
        3 => json!(-1),
        4 => json!(1e300),
        5 => json!(true),
        6 => json!([]),
        7 => json!([null, {}, "x"]),
        8 => json!({}),
        _ => json!({"name": "x", "matchLabels": {"a": "b"}, "$patch": "delete", "containers": [{}]}),
    }
}

#[test]
fn no_patch_panics() {
    let mut rng = Rng::new(7);
    let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i",
        "env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}], "resources": {"limits": {"cpu": "1"}},
        "readinessProbe": {"httpGet": {"port": 80}}, "volumeMounts": [{"name": "v", "mountPath": "/v"}]}],
        "volumes": [{"name": "v", "hostPath": {"path": "/x"}}]}});
    let selector = json!({"matchLabels": {"a": "b"}});
    let objects = [
        ("v1", "Pod", json!({"spec": template["spec"]})),
        ("apps/v1", "Deployment", json!({"spec": {"selector": selector, "template": template}})),
        ("apps/v1", "StatefulSet", json!({"spec": {"selector": selector, "template": template, "serviceName": "x"}})),
        ("v1", "Service", json!({"spec": {"type": "NodePort", "ports": [{"port": 80}], "selector": {"a": "b"}}})),
        (
            "v1",
            "PersistentVolumeClaim",
            json!({"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}),
        ),
        (
            "v1",
            "PersistentVolume",
            json!({"spec": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}, "hostPath": {"path": "/x"}}}),
        ),
        ("v1", "ConfigMap", json!({"data": {"a": "1"}})),
        (
            "discovery.k8s.io/v1",
            "EndpointSlice",
            json!({"addressType": "IPv4", "endpoints": [{"addresses": ["1.1.1.1"]}], "ports": [{"port": 80}]}),
        ),
        (
            "batch/v1",
            "CronJob",
            json!({"spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": {"spec":
            {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}}}}}),
        ),
        ("resource.k8s.io/v1", "DeviceClass", json!({"spec": {}})),
    ];
    for (api_version, kind, object) in objects {
        let mut world = World::new();
        let mut object = object;
        object["metadata"] = json!({"name": "x", "labels": {"a": "b"}, "finalizers": ["example.com/x"]});
        let created = world.create(api_version, kind, object).unwrap();
        let path = api::resource_of_kind(api_version, kind).unwrap().path(Some("default"), Some("x"));
        let mut all = Vec::new();
        places(&created, "", &mut all);
        for round in 0..300 {
            let place = all[rng.below(all.len() as u64) as usize].clone();
            let value = anything(&mut rng);
            let operation = ["add", "replace", "remove"][rng.below(3) as usize];
            let mut request =
                Request::new(Method::Patch, if round % 5 == 0 { format!("{path}/status") } else { path.clone() });
            request.patch = Some([PatchType::Json, PatchType::Merge, PatchType::Strategic][rng.below(3) as usize]);
            request.body = if request.patch == Some(PatchType::Json) {
                json!([{"op": operation, "path": place, "value": value}])
            } else {
                // The same place as a nested object.
                place
                    .rsplit('/')
                    .filter(|part| !part.is_empty())
                    .fold(value, |inner, part| json!({part.replace("~1", "/"): inner}))
            };
            let _ = world.send(&request.with_query("dryRun", "All"));
        }
    }
}

#[test]
fn no_path_or_query_panics() {
    let mut rng = Rng::new(11);
    let mut world = World::new();
    world.create("v1", "Pod", super::pod("web")).unwrap();
    const PARTS: &[&str] = &[
        "api",
        "apis",
        "v1",
        "apps",
        "namespaces",
        "default",
        "pods",
        "web",
        "log",
        "exec",
        "status",
        "scale",
        "binding",
        "eviction",
        "deployments",
        "events",
        "events.k8s.io",
        "",
        "한글",
        "%2e",
        "..",
        "services",
        "finalize",
        "attach",
    ];
    const QUERY: &[&str] = &[
        "watch",
        "labelSelector",
        "fieldSelector",
        "limit",
        "continue",
        "resourceVersion",
        "container",
        "command",
        "tailLines",
        "dryRun",
        "fieldValidation",
        "propagationPolicy",
        "gracePeriodSeconds",
        "includeObject",
        "follow",
        "previous",
    ];
    const VALUES: &[&str] = &[
        "",
        "true",
        "-1",
        "99999999999999999999",
        "a=b",
        "!",
        "a in (",
        "metadata.name=web",
        "한글/한글",
        "All",
        "Strict",
        "0",
    ];
    let methods = [Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete];
    for _ in 0..5000 {
        let mut pick = |list: &[&'static str]| list[rng.below(list.len() as u64) as usize];
        let mut path =
            pick(&["/api/v1", "/apis/apps/v1/namespaces/default", "/api/v1/namespaces/default", ""]).to_owned();
        for _ in 0..pick(&["", "a", "ab", "abc", "abcd"]).len() {
            path.push('/');
            path.push_str(pick(PARTS));
        }
        let mut request = Request::new(Method::Get, path);
        for _ in 0..pick(&["", "a", "ab"]).len() {
            let (name, value) = (pick(QUERY), pick(VALUES));
            request = request.with_query(name, value);
        }
        request.method = methods[rng.below(5) as usize];
        request.patch = [None, Some(PatchType::Json), Some(PatchType::Merge)][rng.below(3) as usize];
        request.as_table = rng.below(2) == 0;
        request.body = anything(&mut rng);
        let _ = world.send(&request);
    }
}

#[test]
fn what_a_pod_says_of_nodes_other_pods_and_itself_is_checked() {
    let when = "DuringSchedulingIgnoredDuringExecution";
    let pod = json!({"metadata": {"name": "x"}, "spec": {
        "affinity": {
            "nodeAffinity": {format!("required{when}"): {"nodeSelectorTerms": [
                {"matchExpressions": [{"key": "disk", "operator": "In"}]}]}},
            "podAntiAffinity": {format!("preferred{when}"): [{"weight": 0, "podAffinityTerm": {"topologyKey": "zone"}}]},
        },
        "topologySpreadConstraints": [{"maxSkew": 0, "topologyKey": "zone", "whenUnsatisfiable": "Never"}],
        "containers": [{"name": "c", "image": " nginx", "env": [
            {"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "spec.nope"}}},
            {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "status.phase"}}},
            {"name": "C", "valueFrom": {"resourceFieldRef": {"resource": "limits.gpu"}}}]}],
        "volumes": [
            {"name": "d", "emptyDir": {"medium": "Disk"}},
            {"name": "s", "secret": {"secretName": "s", "items": [{"key": "k", "path": "../x"}]}},
            {"name": "e", "awsElasticBlockStore": {}}]}});
    check(
        "v1",
        "Pod",
        pod,
        &[
            "spec.volumes[1].secret.items[0].path: Invalid value: \"../x\": must not contain '..'",
            "spec.volumes[2].awsElasticBlockStore.volumeID: Required value",
            "spec.containers[0].image: Invalid value: \" nginx\": must not have leading or trailing whitespace",
            "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: \"spec.nope\": error converting fieldPath: \
             field label not supported: spec.nope",
            "spec.containers[0].env[1].valueFrom.fieldRef.fieldPath: Unsupported value: \"status.phase\": supported values: \
             \"metadata.name\", \"metadata.namespace\", \"metadata.uid\", \"spec.nodeName\", \"spec.serviceAccountName\", \
             \"status.hostIP\", \"status.hostIPs\", \"status.podIP\", \"status.podIPs\"",
            "spec.containers[0].env[2].valueFrom.resourceFieldRef.resource: Unsupported value: \"limits.gpu\": supported \
             values: \"limits.cpu\", \"limits.ephemeral-storage\", \"limits.memory\", \"requests.cpu\", \
             \"requests.ephemeral-storage\", \"requests.memory\"",
            "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].\
             matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
            "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 0: must \
             be in the range 1-100",
            "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
            "spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: \"Never\": supported values: \
             \"DoNotSchedule\", \"ScheduleAnyway\"",
        ],
    );
}

#[test]
fn what_workloads_promise_is_checked() {
    check(
        "apps/v1",
        "StatefulSet",
        json!({"metadata": {"name": "db"}, "spec": {"serviceName": "db", "selector": {"matchLabels": {"a": "b"}},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}},
            "volumeClaimTemplates": [{"metadata": {"name": "d"}, "spec": {"storageClassName": "Fast_"}}]}}),
        &[
            "spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required",
            "spec.volumeClaimTemplates[0].spec.resources[storage]: Required value",
            &format!("spec.volumeClaimTemplates[0].spec.storageClassName: Invalid value: \"Fast_\": {SUBDOMAIN}"),
        ],
    );
    check(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        json!({"metadata": {"name": "x"}, "spec": {"maxReplicas": 2, "scaleTargetRef": {"kind": "Deployment", "name": "x"}}}),
        &["spec.scaleTargetRef.apiVersion: Invalid value: \"\": apiVersion must specify API group"],
    );
    check(
        "v1",
        "ResourceQuota",
        json!({"metadata": {"name": "x"}, "spec": {"hard": {"pods": "1", "requests.storage": "1Gi"}, "scopes": ["BestEffort"]}}),
        &["spec.scopes: Invalid value: [\"BestEffort\"]: unsupported scope applied to resource"],
    );
    check(
        "networking.k8s.io/v1",
        "Ingress",
        json!({"metadata": {"name": "x"}, "spec": {}}),
        &["spec: Invalid value: null: either `defaultBackend` or `rules` must be specified"],
    );
    let mut world = World::new();
    let job = json!({"metadata": {"name": "x"}, "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {
        "spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "busybox"}]}}}});
    let refused = world.create("batch/v1", "Job", job).unwrap_err();
    let fields: Vec<&str> = refused.causes.iter().map(|cause| cause.field.as_str()).collect();
    assert_eq!(fields, ["spec.selector", "spec.template.metadata.labels"], "{}", refused.message);
}

#[test]
fn a_uid_that_is_anothers_is_told_as_the_store_tells_it() {
    let mut world = World::new();
    world.create("v1", "ConfigMap", json!({"metadata": {"name": "app"}})).unwrap();
    let other = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "app", "uid": "other"}});
    let refused = world.put("/api/v1/namespaces/default/configmaps/app", other).unwrap_err().message;
    let expected = "Operation cannot be fulfilled on configmaps \"app\": StorageError: invalid object, Code: 4, Key: \
                    /registry/configmaps/default/app, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in \
                    precondition: other, UID in object meta: ";
    assert!(refused.starts_with(expected), "{refused}");
}
