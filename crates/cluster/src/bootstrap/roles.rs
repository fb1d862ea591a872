//! The roles of a new cluster: those that people bind, and those that every user needs for discovery.
//!
//! <https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings>. The roles of the control
//! plane's own components are left out: their requests are not checked.

use serde_json::{Value, json};

const READ: &[&str] = &["get", "list", "watch"];
const WRITE: &[&str] = &["create", "delete", "deletecollection", "patch", "update"];

/// What may be seen and changed in a namespace: group, resources that are only seen, resources that are changed too.
const NAMESPACED: &[(&str, &[&str], &[&str])] = &[
    (
        "",
        &[
            "bindings",
            "events",
            "limitranges",
            "namespaces",
            "namespaces/status",
            "pods/log",
            "pods/status",
            "replicationcontrollers/status",
            "resourcequotas",
            "resourcequotas/status",
            "services/status",
            "persistentvolumeclaims/status",
        ],
        &[
            "configmaps",
            "endpoints",
            "persistentvolumeclaims",
            "pods",
            "replicationcontrollers",
            "replicationcontrollers/scale",
            "serviceaccounts",
            "services",
        ],
    ),
    (
        "apps",
        &[
            "controllerrevisions",
            "daemonsets/status",
            "deployments/status",
            "replicasets/status",
            "statefulsets/status",
        ],
        &[
            "daemonsets",
            "deployments",
            "deployments/scale",
            "replicasets",
            "replicasets/scale",
            "statefulsets",
            "statefulsets/scale",
        ],
    ),
    ("autoscaling", &["horizontalpodautoscalers/status"], &["horizontalpodautoscalers"]),
    ("batch", &["cronjobs/status", "jobs/status"], &["cronjobs", "jobs"]),
    ("discovery.k8s.io", &["endpointslices"], &[]),
    ("networking.k8s.io", &["ingresses/status"], &["ingresses", "networkpolicies"]),
    ("policy", &["poddisruptionbudgets/status"], &["poddisruptionbudgets"]),
];

/// The roles and their bindings.
pub fn roles() -> Vec<Value> {
    let everything = vec![
        json!({"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}),
        json!({"nonResourceURLs": ["*"], "verbs": ["*"]}),
    ];
    let view: Vec<Value> =
        NAMESPACED.iter().map(|(group, seen, changed)| rule(group, &[*seen, *changed].concat(), READ)).collect();
    let mut edit = view.clone();
    edit.extend(
        NAMESPACED
            .iter()
            .filter(|(_, _, changed)| !changed.is_empty())
            .map(|(group, _, changed)| rule(group, changed, WRITE)),
    );
    edit.push(rule(
        "",
        &["pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "services/proxy"],
        &[READ, WRITE].concat(),
    ));
    edit.push(rule("", &["secrets"], &[READ, WRITE].concat()));
    edit.push(rule("", &["pods/eviction", "serviceaccounts/token"], &["create"]));
    edit.push(rule("", &["serviceaccounts"], &["impersonate"]));
    let mut admin = edit.clone();
    admin.push(rule("rbac.authorization.k8s.io", &["rolebindings", "roles"], &[READ, WRITE].concat()));
    admin.push(rule("authorization.k8s.io", &["localsubjectaccessreviews"], &["create"]));
    let basic = vec![
        rule("authorization.k8s.io", &["selfsubjectaccessreviews", "selfsubjectrulesreviews"], &["create"]),
        rule("authentication.k8s.io", &["selfsubjectreviews"], &["create"]),
    ];
    let paths = [
        "/api",
        "/api/*",
        "/apis",
        "/apis/*",
        "/healthz",
        "/livez",
        "/openapi",
        "/openapi/*",
        "/readyz",
        "/version",
        "/version/",
    ];
    let discovery = vec![json!({"nonResourceURLs": paths, "verbs": ["get"]})];
    let public =
        vec![json!({"nonResourceURLs": ["/healthz", "/livez", "/readyz", "/version", "/version/"], "verbs": ["get"]})];
    let mut objects = Vec::new();
    for (name, rules) in [
        ("admin", admin),
        ("cluster-admin", everything),
        ("edit", edit),
        ("system:basic-user", basic),
        ("system:discovery", discovery),
        ("system:public-info-viewer", public),
        ("view", view),
    ] {
        objects.push(object("ClusterRole", name, json!({"rules": rules})));
    }
    for (name, groups) in [
        ("cluster-admin", ["system:masters"].as_slice()),
        ("system:basic-user", &["system:authenticated"]),
        ("system:discovery", &["system:authenticated"]),
        ("system:public-info-viewer", &["system:authenticated", "system:unauthenticated"]),
    ] {
        let subjects: Vec<Value> = groups
            .iter()
            .map(|group| json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group}))
            .collect();
        let role = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name});
        objects.push(object("ClusterRoleBinding", name, json!({"roleRef": role, "subjects": subjects})));
    }
    objects
}

fn rule(group: &str, resources: &[&str], verbs: &[&str]) -> Value {
    let mut resources = resources.to_vec();
    sim::order::sort_texts(&mut resources);
    json!({"apiGroups": [group], "resources": resources, "verbs": verbs})
}

fn object(kind: &str, name: &str, mut object: Value) -> Value {
    object["apiVersion"] = "rbac.authorization.k8s.io/v1".into();
    object["kind"] = kind.into();
    object["metadata"] = json!({
        "name": name, "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"},
        "annotations": {"rbac.authorization.kubernetes.io/autoupdate": "true"},
    });
    object
}
