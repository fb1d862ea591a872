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
fn nobody_gives_away_what_they_do_not_have() {
    let mut world = World::new();
    let path = |plural: &str| format!("/apis/rbac.authorization.k8s.io/v1/namespaces/default/{plural}");
    let role = |name: &str, rules: Value| json!({"metadata": {"name": name}, "rules": rules});
    let roles = json!([
        {"verbs": ["create", "update"], "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles", "rolebindings"]},
        {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]},
    ]);
    world
        .create(
            "rbac.authorization.k8s.io/v1",
            "Role",
            role("all", json!([{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}])),
        )
        .unwrap();
    world.create("rbac.authorization.k8s.io/v1", "Role", role("ann", roles)).unwrap();
    let binding = |name: &str, of: &str| json!({"metadata": {"name": name}, "roleRef": {"kind": "Role", "name": of}, "subjects": [{"kind": "User", "name": "ann"}]});
    let made = world.create("rbac.authorization.k8s.io/v1", "RoleBinding", binding("ann", "ann")).unwrap();
    assert_eq!(made["roleRef"]["apiGroup"], "rbac.authorization.k8s.io");
    let user = User { name: "ann".to_owned(), uid: String::new(), groups: Vec::new() };
    let ask = |world: &mut World, plural: &str, kind: &str, mut object: Value| {
        object["apiVersion"] = "rbac.authorization.k8s.io/v1".into();
        object["kind"] = kind.into();
        let mut request = Request::new(Method::Post, path(plural)).with_body(object);
        request.user = Some(Box::new(user.clone()));
        world.ask(&request)
    };
    let rule = |verbs: Value| json!([{"verbs": verbs, "apiGroups": [""], "resources": ["pods", "secrets"]}]);
    let head = "is forbidden: user \"ann\" (groups=[\"system:authenticated\"]) is attempting to grant RBAC permissions not \
                currently held:\n";
    let refused = ask(&mut world, "roles", "Role", role("more", rule(json!(["get", "list"])))).unwrap_err();
    let missing = "{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"list\"]}\n{APIGroups:[\"\"], Resources:[\"secrets\"], \
                   Verbs:[\"get\" \"list\"]}";
    assert_eq!(refused.message, format!("roles.rbac.authorization.k8s.io \"more\" {head}{missing}"));
    assert_eq!(world.get(&format!("{}/more", path("roles"))).unwrap_err().code, 404, "nothing is left of it");
    let own = json!([{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}]);
    ask(&mut world, "roles", "Role", role("as-much", own)).unwrap();
    let refused = ask(&mut world, "rolebindings", "RoleBinding", binding("all", "all")).unwrap_err();
    let missing = "{APIGroups:[\"*\"], Resources:[\"*\"], Verbs:[\"*\"]}";
    assert_eq!(refused.message, format!("rolebindings.rbac.authorization.k8s.io \"all\" {head}{missing}"));
    ask(&mut world, "rolebindings", "RoleBinding", binding("as-much", "as-much")).unwrap();
    assert_eq!(ask(&mut world, "rolebindings", "RoleBinding", binding("none", "none")).unwrap_err().code, 404);
}

#[test]
fn policies_say_what_is_wrong_with_them() {
    let mut world = World::new();
    let rbac = "rbac.authorization.k8s.io/v1";
    let mut check = |api_version: &str, kind: &str, mut object: Value, expected: &[&str]| {
        object["metadata"] = json!({"name": "x"});
        let refused = world.create(api_version, kind, object).unwrap_err();
        let said: Vec<String> = refused.causes.iter().map(|one| format!("{}: {}", one.field, one.message)).collect();
        assert_eq!(said, expected, "{kind}");
    };
    check(
        rbac,
        "Role",
        json!({"rules": [{}, {"verbs": ["get"], "nonResourceURLs": ["/x"]}]}),
        &[
            "rules[0].verbs: Required value: verbs must contain at least one value",
            "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
            "rules[0].resources: Required value: resource rules must supply at least one resource",
            "rules[1].nonResourceURLs: Invalid value: [\"/x\"]: namespaced rules cannot apply to non-resource URLs",
        ],
    );
    check(
        rbac,
        "ClusterRoleBinding",
        json!({"roleRef": {"kind": "Role", "name": ""},
        "subjects": [{"kind": "ServiceAccount", "name": "a"}, {"kind": "Robot", "name": "b"}]}),
        &[
            "roleRef.kind: Unsupported value: \"Role\": supported values: \"ClusterRole\"",
            "roleRef.name: Required value",
            "subjects[0].namespace: Required value",
            "subjects[1].kind: Unsupported value: \"Robot\": supported values: \"ServiceAccount\", \"User\", \"Group\"",
        ],
    );
    check(
        "scheduling.k8s.io/v1",
        "PriorityClass",
        json!({"value": 1_000_000_001}),
        &["value: Forbidden: maximum allowed value of a user defined priority is 1000000000"],
    );
    check(
        "policy/v1",
        "PodDisruptionBudget",
        json!({"spec": {"minAvailable": -1, "maxUnavailable": "120%"}}),
        &[
            "spec: Invalid value: {\"maxUnavailable\":\"120%\",\"minAvailable\":-1}: minAvailable and maxUnavailable cannot be both set",
            "spec.minAvailable: Invalid value: -1: must be greater than or equal to 0",
            "spec.maxUnavailable: Invalid value: \"120%\": must not be greater than 100%",
        ],
    );
    check(
        "v1",
        "ResourceQuota",
        json!({"spec": {"hard": {"foo": "1", "pods": "500m", "requests.cpu": "-1", "count/x.y": "1"}}}),
        &[
            "spec.hard[foo]: Invalid value: \"foo\": must be a standard resource type or fully qualified",
            "spec.hard[foo]: Invalid value: \"foo\": must be a standard resource for quota",
            "spec.hard[pods]: Invalid value: \"500m\": must be an integer",
            "spec.hard[requests.cpu]: Invalid value: \"-1\": must be greater than or equal to 0",
        ],
    );
    check(
        "v1",
        "LimitRange",
        json!({"spec": {"limits": [
            {"type": "Container", "min": {"cpu": "2"}, "max": {"cpu": "1"}}, {"type": "Pod", "default": {"cpu": "1"}},
            {"type": "PersistentVolumeClaim"}]}}),
        &[
            // What is the default follows from the maximum.
            "spec.limits[0].min[cpu]: Invalid value: \"2\": min value 2 is greater than max value 1",
            "spec.limits[0].defaultRequest[cpu]: Invalid value: \"1\": min value 2 is greater than default request value 1",
            "spec.limits[0].default[cpu]: Invalid value: \"2\": min value 2 is greater than default value 1",
            "spec.limits[1].default: Forbidden: may not be specified when `type` is 'Pod'",
            "spec.limits[2].limits: Required value: either minimum or maximum storage value is required, but neither was provided",
        ],
    );
}

#[test]
fn what_policies_may_not_change() {
    let mut world = World::new();
    let class = |name: &str| json!({"metadata": {"name": name}, "value": 5, "globalDefault": true});
    world.create("scheduling.k8s.io/v1", "PriorityClass", class("a")).unwrap();
    assert_eq!(
        message(world.create("scheduling.k8s.io/v1", "PriorityClass", class("b"))),
        "priorityclasses.scheduling.k8s.io \"b\" is forbidden: PriorityClass a is already marked as default. Only one default \
         can exist"
    );
    let merge = api::PatchType::Merge;
    let path = "/apis/scheduling.k8s.io/v1/priorityclasses/a";
    assert_eq!(
        message(world.patch(path, merge, json!({"value": 6}))),
        "PriorityClass.scheduling.k8s.io \"a\" is invalid: value: Forbidden: may not be changed in an update."
    );
    world.patch(path, merge, json!({"description": "mine"})).unwrap();
    let binding =
        json!({"metadata": {"name": "b"}, "roleRef": {"kind": "ClusterRole", "name": "view"}, "subjects": []});
    world.create("rbac.authorization.k8s.io/v1", "RoleBinding", binding).unwrap();
    let path = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings/b";
    assert_eq!(
        message(world.patch(path, merge, json!({"roleRef": {"name": "edit"}}))),
        "RoleBinding.rbac.authorization.k8s.io \"b\" is invalid: roleRef: Invalid value: \
         {\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"ClusterRole\",\"name\":\"edit\"}: cannot change roleRef"
    );
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
