//! All roles and bindings that a cluster has when it is new. Few people look at them, and no component's request is checked, so
//! they are made when somebody first asks for anything of RBAC.
//!
//! <https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings>,
//! plugin/pkg/auth/authorizer/rbac/bootstrappolicy

use api::path;
use apiserver::ObjectKey;
use serde_json::{Map, Value, json};

use super::create;
use crate::{Cluster, Cx};

const ROLES: &str = include_str!("default_roles.txt");

const GROUP: &str = "rbac.authorization.k8s.io";

/// The resource of aggregated roles.
const CLUSTER_ROLES: &str = "clusterroles.rbac.authorization.k8s.io";

/// How often roles are looked through: roles that gather from each other in a ring would never be done.
const MOST_PASSES: usize = 8;

/// Whether a request is about roles or their bindings.
pub(crate) fn concerns(at: &str) -> bool {
    at.starts_with("/apis/rbac.authorization.k8s.io/")
}

/// Makes what of the roles is missing, with the time at which the cluster began.
#[inline(never)]
pub(crate) fn make(cluster: &mut Cluster, cx: &mut Cx) {
    let began = cluster.store().get(&ObjectKey::new("namespaces", "", "kube-system"));
    let began = began.and_then(|one| sim::Time::parse_rfc3339(path::str(one, "metadata.creationTimestamp")));
    // With a generator of its own, as the others.
    let mut rng = sim::Rng::new(1);
    let mut cx = Cx { now: began.unwrap_or(cx.now), rng: &mut rng };
    for object in objects() {
        let kind = path::str(&object, "kind");
        let Some(resource) = api::resource_of_kind(path::str(&object, "apiVersion"), kind) else { continue };
        let key = ObjectKey::new(
            resource.key(),
            path::str(&object, "metadata.namespace"),
            path::str(&object, "metadata.name"),
        );
        match cluster.store().get(&key).cloned() {
            None => create(cluster, &mut cx, object),
            Some(known) if kind == "ClusterRole" => {
                let mut whole = object;
                for field in ["creationTimestamp", "uid", "resourceVersion"] {
                    whole["metadata"][field] = known["metadata"][field].clone();
                }
                let at = resource.path(None, Some(&key.name));
                let request = api::Request::new(api::Method::Put, at).with_body(whole);
                let done = cluster.server.handle(&mut cx, &request).json();
                debug_assert!(done.is_ok(), "{}: {done:?}", key.name);
            }
            Some(_) => {}
        }
    }
    aggregate(cluster, &mut cx);
}

/// Gives each aggregated ClusterRole the rules of the roles that its selectors find, as the aggregation controller does.
/// pkg/controller/clusterroleaggregation
pub(crate) fn aggregate(cluster: &mut Cluster, cx: &mut Cx) {
    // Who gathers from one that gathers itself has all only after it.
    for _ in 0..MOST_PASSES {
        if !aggregate_once(cluster, cx) {
            break;
        }
    }
}

/// True when a role's rules changed.
fn aggregate_once(cluster: &mut Cluster, cx: &mut Cx) -> bool {
    let mut changed = false;
    let roles: Vec<(ObjectKey, std::rc::Rc<Value>)> =
        cluster.store().list(CLUSTER_ROLES, None).map(|(key, role)| (key.clone(), role.clone())).collect();
    for (key, role) in &roles {
        let selectors = path::list(role, "aggregationRule.clusterRoleSelectors");
        if selectors.is_empty() {
            continue;
        }
        let mut rules: Vec<Value> = Vec::new();
        for selector in selectors.iter().filter_map(api::LabelSelector::from_value) {
            for (_, other) in roles.iter().filter(|(other, _)| other != key) {
                let found = selector.matches(&other["metadata"]["labels"]);
                for rule in path::list(other, "rules").iter().filter(|_| found) {
                    if !rules.contains(rule) {
                        rules.push(rule.clone());
                    }
                }
            }
        }
        if path::list(role, "rules") != rules.as_slice() {
            let at = format!("/apis/{GROUP}/v1/clusterroles/{}", key.name);
            let patch = api::Request {
                patch: Some(api::PatchType::Merge),
                ..api::Request::new(api::Method::Patch, at).with_body(json!({"rules": rules}))
            };
            let done = cluster.server.handle(cx, &patch).json();
            debug_assert!(done.is_ok(), "{}: {done:?}", key.name);
            changed = true;
        }
    }
    changed
}

fn objects() -> Vec<Value> {
    let mut objects: Vec<Value> = Vec::new();
    let mut bindings = false;
    for line in ROLES.lines().filter(|line| !line.starts_with('#')) {
        if line == "bindings" {
            let controllers: Vec<String> = objects
                .iter()
                .filter(|role| role["kind"] == "ClusterRole")
                .filter_map(|role| path::str(role, "metadata.name").strip_prefix("system:controller:"))
                .map(|name| format!("system:controller:{name} system:controller:{name} kube-system:{name}"))
                .collect();
            objects.extend(controllers.iter().map(|line| binding(line)));
            bindings = true;
        } else if bindings {
            objects.push(binding(line));
        } else if let Some(rule_line) = line.strip_prefix(' ') {
            if let Some(rules) = objects.last_mut().and_then(|role| role["rules"].as_array_mut()) {
                rules.push(rule(rule_line));
            }
        } else {
            objects.push(role(line));
        }
    }
    objects
}

/// An object of RBAC's; `NAMESPACE/NAME` is a Role or RoleBinding.
fn object(kind: &str, name: &str) -> Value {
    let (namespace, name) = match name.split_once('/') {
        Some((namespace, name)) => (namespace, name),
        None => ("", name),
    };
    let of_upstream =
        !name.starts_with("kubeadm:") && !matches!(name, "system:coredns" | "minikube-rbac" | "kube-proxy");
    let mut metadata = json!({"name": name});
    if of_upstream && !(namespace == "kube-system" && name == "system:persistent-volume-provisioner") {
        metadata["labels"] = json!({"kubernetes.io/bootstrapping": "rbac-defaults"});
        metadata["annotations"] = json!({"rbac.authorization.kubernetes.io/autoupdate": "true"});
    }
    let kind = if namespace.is_empty() { format!("Cluster{kind}") } else { kind.to_owned() };
    if !namespace.is_empty() {
        metadata["namespace"] = namespace.into();
    }
    json!({"apiVersion": format!("{GROUP}/v1"), "kind": kind, "metadata": metadata})
}

fn role(line: &str) -> Value {
    let mut words = line.split(' ');
    let mut role = object("Role", words.next().unwrap_or_default());
    role["rules"] = json!([]);
    while let Some(sign) = words.next() {
        let label = format!("{GROUP}/aggregate-to-{}", words.next().unwrap_or_default());
        if sign == ">" {
            role["metadata"]["labels"][label] = "true".into();
        } else {
            let labels: Map<String, Value> = [(label, "true".into())].into_iter().collect();
            role["aggregationRule"] = json!({"clusterRoleSelectors": [{"matchLabels": labels}]});
        }
    }
    role
}

fn rule(line: &str) -> Value {
    let mut words = line.split(' ');
    let verbs = words.next().unwrap_or_default();
    let verbs: Vec<&str> = match verbs.strip_suffix('!') {
        Some(verbs) => verbs.split(',').collect(),
        None => verbs.chars().filter_map(verb).collect(),
    };
    let groups = words.next().unwrap_or_default();
    let mut rest: Vec<&str> = words.collect();
    if groups == "url" {
        return json!({"nonResourceURLs": rest, "verbs": verbs});
    }
    let names = rest.iter().position(|word| *word == "=").map(|at| rest.split_off(at).split_off(1));
    let groups: Vec<&str> = groups.split(',').map(|group| if group == "-" { "" } else { group }).collect();
    let mut rule = json!({"apiGroups": groups, "resources": rest, "verbs": verbs});
    if let Some(names) = names {
        rule["resourceNames"] = json!(names);
    }
    rule
}

fn verb(letter: char) -> Option<&'static str> {
    Some(match letter {
        'g' => "get",
        'l' => "list",
        'w' => "watch",
        'c' => "create",
        'u' => "update",
        'p' => "patch",
        'd' => "delete",
        'D' => "deletecollection",
        _ => return None,
    })
}

fn binding(line: &str) -> Value {
    let mut words = line.split(' ');
    let mut binding = object("RoleBinding", words.next().unwrap_or_default());
    let name = words.next().unwrap_or_default();
    // A Role's binding is in its namespace.
    let kind = if binding["kind"] == "ClusterRoleBinding" { "ClusterRole" } else { "Role" };
    let subjects: Vec<Value> = words
        .map(|subject| match subject.split_once(':').unwrap_or_default() {
            (kind @ ("User" | "Group"), name) => json!({"apiGroup": GROUP, "kind": kind, "name": name}),
            (namespace, name) => json!({"kind": "ServiceAccount", "name": name, "namespace": namespace}),
        })
        .collect();
    binding["roleRef"] = json!({"apiGroup": GROUP, "kind": kind, "name": name});
    if !subjects.is_empty() {
        binding["subjects"] = json!(subjects);
    }
    binding
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_has_the_roles_of_kubeadm_and_minikube() {
        let objects = objects();
        let count = |kind: &str| objects.iter().filter(|one| one["kind"] == kind).count();
        assert_eq!(count("ClusterRole"), 71);
        assert_eq!(count("Role"), 11);
        assert!(objects.iter().all(|one| one["rules"] != json!([]) || one["aggregationRule"].is_object()));
        let refers = |one: &&Value| one["roleRef"].is_object();
        for binding in objects.iter().filter(refers) {
            let (kind, name) = (path::str(binding, "roleRef.kind"), path::str(binding, "roleRef.name"));
            let namespace = if kind == "Role" { path::str(binding, "metadata.namespace") } else { "" };
            let is_it = |one: &Value| {
                one["kind"] == kind
                    && one["metadata"]["name"] == name
                    && path::str(one, "metadata.namespace") == namespace
            };
            assert!(objects.iter().any(is_it), "{binding}");
        }
    }
}
