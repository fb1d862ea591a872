//! Quotas, limit ranges and roles at admission.

use api::{Method, Request, User};
use serde_json::{Value, json};

use super::{World, message, pod};

fn quota(world: &mut World, hard: Value) {
    let object = json!({"metadata": {"name": "q"}, "spec": {"hard": hard}});
    world.create("v1", "ResourceQuota", object).unwrap();
    // What the controller would have counted.
    let mut quota = (*world.get("/api/v1/namespaces/default/resourcequotas/q").unwrap()).clone();
    let used: Value = hard.as_object().unwrap().keys().map(|name| (name.clone(), Value::from("0"))).collect();
    quota["status"] = json!({"hard": hard, "used": used});
    world.put("/api/v1/namespaces/default/resourcequotas/q/status", quota).unwrap();
}

#[test]
fn a_quota_is_charged_and_refuses_what_is_over() {
    let mut world = World::new();
    quota(&mut world, json!({"pods": "1", "requests.cpu": "150m", "services.nodeports": "1"}));
    assert_eq!(
        message(world.create("v1", "Pod", pod("none"))),
        "pods \"none\" is forbidden: failed quota: q: must specify requests.cpu for: c"
    );
    let asking = |name: &str, cpu: &str| {
        let mut pod = pod(name);
        pod["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": cpu}});
        pod
    };
    world.create("v1", "Pod", asking("one", "100m")).unwrap();
    assert_eq!(
        message(world.create("v1", "Pod", asking("two", "100m"))),
        "pods \"two\" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=100m, used: pods=1,requests.cpu=100m, \
         limited: pods=1,requests.cpu=150m"
    );
    let service =
        |name: &str, kind: &str| json!({"metadata": {"name": name}, "spec": {"type": kind, "ports": [{"port": 80}]}});
    world.create("v1", "Service", service("a", "NodePort")).unwrap();
    world.create("v1", "Service", service("b", "ClusterIP")).unwrap();
    let grown = world.patch(
        "/api/v1/namespaces/default/services/b",
        api::PatchType::Merge,
        json!({"spec": {"type": "NodePort"}}),
    );
    assert_eq!(
        message(grown),
        "services \"b\" is forbidden: exceeded quota: q, requested: services.nodeports=1, used: services.nodeports=1, \
         limited: services.nodeports=1"
    );
    let dev = json!({"metadata": {"name": "x", "namespace": "dev"}, "spec": pod("x")["spec"]});
    world.create("v1", "Pod", dev).unwrap();
}

#[test]
fn a_limit_range_defaults_and_bounds() {
    let mut world = World::new();
    let limits =
        json!([{"type": "Container", "max": {"cpu": "500m"}, "min": {"cpu": "50m"}, "default": {"memory": "1Gi"}}]);
    let range =
        world.create("v1", "LimitRange", json!({"metadata": {"name": "l"}, "spec": {"limits": limits}})).unwrap();
    assert_eq!(range["spec"]["limits"][0]["defaultRequest"], json!({"cpu": "500m", "memory": "1Gi"}));
    let made = world.create("v1", "Pod", pod("a")).unwrap();
    let both = json!({"cpu": "500m", "memory": "1Gi"});
    assert_eq!(made["spec"]["containers"][0]["resources"], json!({"limits": both, "requests": both}));
    assert_eq!(
        made["metadata"]["annotations"]["kubernetes.io/limit-ranger"],
        "LimitRanger plugin set: cpu, memory request for container c; cpu, memory limit for container c"
    );
    let mut big = pod("b");
    big["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": "10m"}, "limits": {"cpu": "2"}});
    assert_eq!(
        message(world.create("v1", "Pod", big)),
        "pods \"b\" is forbidden: [minimum cpu usage per Container is 50m, but request is 10m, maximum cpu usage per Container \
         is 500m, but limit is 2]"
    );
}

#[test]
fn a_user_may_do_what_its_roles_say() {
    let mut world = World::new();
    let rbac = "rbac.authorization.k8s.io/v1";
    let rules = json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}]);
    world.create(rbac, "Role", json!({"metadata": {"name": "reader"}, "rules": rules})).unwrap();
    world
        .create(
            rbac,
            "RoleBinding",
            json!({"metadata": {"name": "b"}, "roleRef": {"kind": "Role", "name": "reader"},
            "subjects": [{"kind": "ServiceAccount", "name": "robot", "namespace": "default"}]}),
        )
        .unwrap();
    let robot = User { name: "system:serviceaccount:default:robot".into(), ..User::default() };
    let mut ask = |path: &str, group: &[&str]| {
        let groups = group.iter().map(|group| (*group).to_owned()).collect();
        let mut request = Request::get(path);
        request.user = Some(Box::new(User { groups, ..robot.clone() }));
        world.ask(&request).map_err(|status| (status.code, status.message)).map(|_| ())
    };
    assert_eq!(ask("/api/v1/namespaces/default/pods", &[]), Ok(()));
    assert_eq!(ask("/api/v1/pods", &["system:masters"]), Ok(()));
    let who = "User \"system:serviceaccount:default:robot\" cannot";
    for (path, why) in [
        ("/api/v1/pods", "pods is forbidden: X list resource \"pods\" in API group \"\" at the cluster scope"),
        (
            "/api/v1/namespaces/default/pods/x/log",
            "pods \"x\" is forbidden: X get resource \"pods/log\" in API group \"\" in the namespace \"default\"",
        ),
        (
            "/apis/apps/v1/namespaces/dev/deployments",
            "deployments.apps is forbidden: X list resource \"deployments\" in API group \"apps\" in the namespace \"dev\"",
        ),
        ("/version", "forbidden: X get path \"/version\""),
    ] {
        assert_eq!(ask(path, &[]), Err((403, why.replace('X', who))));
    }
}

#[test]
fn an_eviction_keeps_to_the_budget() {
    let mut world = World::new();
    let budget =
        json!({"metadata": {"name": "b"}, "spec": {"minAvailable": 1, "selector": {"matchLabels": {"a": "b"}}}});
    world.create("policy/v1", "PodDisruptionBudget", budget).unwrap();
    let at = "/apis/policy/v1/namespaces/default/poddisruptionbudgets/b";
    let status =
        json!({"status": {"disruptionsAllowed": 1, "currentHealthy": 2, "desiredHealthy": 1, "expectedPods": 2}});
    world.patch(&format!("{at}/status"), api::PatchType::Merge, status).unwrap();
    for name in ["one", "two", "other"] {
        let mut object = pod(name);
        object["metadata"]["labels"] = json!({"a": if name == "other" { "c" } else { "b" }});
        world.create("v1", "Pod", object).unwrap();
        let ready = json!({"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}});
        let path = format!("/api/v1/namespaces/default/pods/{name}/status");
        world.patch(&path, api::PatchType::Merge, ready).unwrap();
    }
    let mut evict = |name: &str| {
        let path = format!("/api/v1/namespaces/default/pods/{name}/eviction");
        let body = json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}});
        world.ask(&Request::new(Method::Post, path).with_body(body)).map(|_| ())
    };
    assert_eq!(evict("one"), Ok(()));
    let refused = evict("two").unwrap_err();
    assert_eq!(
        (refused.code, refused.message.as_str(), refused.causes[0].message.as_str()),
        (
            429,
            "Cannot evict pod as it would violate the pod's disruption budget.",
            "The disruption budget b needs 1 healthy pods and has 2 currently"
        )
    );
    assert_eq!(evict("other"), Ok(()));
}
