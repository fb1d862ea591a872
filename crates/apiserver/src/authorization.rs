//! RBAC: whether the roles that are bound to a user allow a request.
//!
//! <https://kubernetes.io/docs/reference/access-authn-authz/rbac/>, kubernetes/plugin/pkg/auth/authorizer/rbac

use std::rc::Rc;

use api::{Method, Reason, Request, Status, User, path};
use serde_json::{Value, json};

use super::authentication::{self, MASTERS};
use super::is_true;
use super::route::Target;
use crate::Store;
use crate::store::ObjectKey;

/// What a request does, as rules describe it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Attributes {
    /// `get`, `list` …
    pub verb: String,
    /// The resource's group.
    pub group: String,
    /// The resource; empty for a path that is not of a resource.
    pub resource: String,
    /// `log`, `status` …
    pub subresource: String,
    /// The object's name.
    pub name: String,
    /// The namespace; empty for the whole cluster.
    pub namespace: String,
    /// The path, where it is not of a resource.
    pub path: String,
}

/// Refuses a request that no role of its user allows.
///
/// # Errors
/// 403 in the words of apiserver's `responsewriters.ForbiddenStatusError`.
pub fn check(store: &Store, target: Option<&Target>, request: &Request) -> Result<(), Status> {
    if request.user.is_none() {
        return Ok(());
    }
    let user = authentication::user(request);
    let wanted = attributes(target, request);
    if allows(store, &user, &wanted).is_some() { Ok(()) } else { Err(refusal(&user, &wanted)) }
}

fn attributes(target: Option<&Target>, request: &Request) -> Attributes {
    let Some(target) = target else {
        let verb = match request.method {
            Method::Get => "get",
            Method::Post => "post",
            Method::Put => "put",
            Method::Patch => "patch",
            Method::Delete => "delete",
        };
        return Attributes { verb: verb.to_owned(), path: request.path.clone(), ..Attributes::default() };
    };
    let verb = match (request.method, target.name.is_empty()) {
        (Method::Get, _) if request.query("watch").is_some_and(is_true) => "watch",
        (Method::Get, _) if matches!(target.subresource.as_str(), "exec" | "attach" | "portforward") => "create",
        (Method::Get, false) => "get",
        (Method::Get, true) => "list",
        (Method::Post, _) => "create",
        (Method::Put, _) => "update",
        (Method::Patch, _) => "patch",
        (Method::Delete, false) => "delete",
        (Method::Delete, true) => "deletecollection",
    };
    Attributes {
        verb: verb.to_owned(),
        group: target.resource.group.to_owned(),
        resource: target.resource.plural.to_owned(),
        subresource: target.subresource.clone(),
        name: target.name.clone(),
        // For a Namespace object, the namespace is its own name.
        namespace: if target.resource.key() == "namespaces" { target.name.clone() } else { target.namespace.clone() },
        path: String::new(),
    }
}

fn refusal(user: &User, wanted: &Attributes) -> Status {
    if wanted.resource.is_empty() {
        let message = format!("forbidden: User {:?} cannot {} path {:?}", user.name, wanted.verb, wanted.path);
        return Status::new(Reason::Forbidden, message);
    }
    let qualified = |resource: &str| match wanted.group.as_str() {
        "" => resource.to_owned(),
        group => format!("{resource}.{group}"),
    };
    let resource = match wanted.subresource.as_str() {
        "" => wanted.resource.clone(),
        sub => format!("{}/{sub}", wanted.resource),
    };
    let place = match wanted.namespace.as_str() {
        "" => "at the cluster scope".to_owned(),
        namespace => format!("in the namespace {namespace:?}"),
    };
    let named = if wanted.name.is_empty() { String::new() } else { format!(" {:?}", wanted.name) };
    let message = format!(
        "{}{named} is forbidden: User {:?} cannot {} resource {resource:?} in API group {:?} {place}",
        qualified(&wanted.resource),
        user.name,
        wanted.verb,
        wanted.group
    );
    Status::new(Reason::Forbidden, message).about(&wanted.group, &wanted.resource, &wanted.name)
}

/// Why a user may do something: the binding's sentence (empty for members of `system:masters`). `None` when not.
pub fn allows(store: &Store, user: &User, wanted: &Attributes) -> Option<String> {
    if user.groups.iter().any(|group| group == MASTERS) {
        return Some(String::new());
    }
    granted(store, user, &wanted.namespace)
        .into_iter()
        .find(|grant| grant.rules.iter().any(|rule| rule_allows(rule, wanted)))
        .map(|grant| grant.reason)
}

/// The rules a user has in a namespace, for `SelfSubjectRulesReview`: of resources, and of other paths.
pub fn rules(store: &Store, user: &User, namespace: &str) -> (Vec<Value>, Vec<Value>) {
    if user.groups.iter().any(|group| group == MASTERS) {
        return (
            vec![json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]})],
            vec![json!({"verbs": ["*"], "nonResourceURLs": ["*"]})],
        );
    }
    let rules = granted(store, user, namespace).into_iter().flat_map(|grant| grant.rules);
    rules.partition(|rule| path::list(rule, "nonResourceURLs").is_empty())
}

/// The rules that one binding gives to the user.
struct Grant {
    reason: String,
    rules: Vec<Value>,
}

fn granted(store: &Store, user: &User, namespace: &str) -> Vec<Grant> {
    let mut grants = Vec::new();
    let mut add = |binding: &Rc<Value>, kind: &str, own: &str| {
        let subjects = path::list(binding, "subjects");
        let Some(subject) = subjects.iter().find(|subject| is_subject(subject, user, own)) else { return };
        let (role_kind, role) = (path::str(binding, "roleRef.kind"), path::str(binding, "roleRef.name"));
        let key = match role_kind {
            "Role" => ObjectKey::new("roles.rbac.authorization.k8s.io", own, role),
            _ => ObjectKey::new("clusterroles.rbac.authorization.k8s.io", "", role),
        };
        let Some(found) = store.get(&key) else { return };
        let name = path::str(binding, "metadata.name");
        let name = if own.is_empty() { name.to_owned() } else { format!("{name}/{own}") };
        let who = match path::str(subject, "namespace") {
            "" => path::str(subject, "name").to_owned(),
            place => format!("{}/{place}", path::str(subject, "name")),
        };
        let reason = format!(
            "RBAC: allowed by {kind} {name:?} of {role_kind} {role:?} to {} {who:?}",
            path::str(subject, "kind")
        );
        grants.push(Grant { reason, rules: rules_of(store, found) });
    };
    for (_, binding) in store.list("clusterrolebindings.rbac.authorization.k8s.io", None) {
        add(binding, "ClusterRoleBinding", "");
    }
    if !namespace.is_empty() {
        for (_, binding) in store.list("rolebindings.rbac.authorization.k8s.io", Some(namespace)) {
            add(binding, "RoleBinding", namespace);
        }
    }
    grants
}

/// A role's rules; an aggregated ClusterRole's are those of the roles its selectors find.
pub fn rules_of(store: &Store, role: &Value) -> Vec<Value> {
    let selectors = path::list(role, "aggregationRule.clusterRoleSelectors");
    let selectors: Vec<_> = selectors.iter().filter_map(api::LabelSelector::from_value).collect();
    let mut rules = path::list(role, "rules").to_vec();
    if !selectors.is_empty() {
        for (_, other) in store.list("clusterroles.rbac.authorization.k8s.io", None) {
            if selectors.iter().any(|selector| selector.matches(&other["metadata"]["labels"])) {
                rules.extend_from_slice(path::list(other, "rules"));
            }
        }
    }
    rules
}

fn is_subject(subject: &Value, user: &User, namespace: &str) -> bool {
    let name = path::str(subject, "name");
    match path::str(subject, "kind") {
        "User" => user.name == name,
        "Group" => user.groups.iter().any(|group| group == name),
        "ServiceAccount" => {
            let place = match path::str(subject, "namespace") {
                "" => namespace,
                place => place,
            };
            !place.is_empty() && user.name == format!("system:serviceaccount:{place}:{name}")
        }
        _ => false,
    }
}

fn rule_allows(rule: &Value, wanted: &Attributes) -> bool {
    let has = |field: &str, word: &str| {
        path::list(rule, field).iter().filter_map(Value::as_str).any(|entry| entry == "*" || entry == word)
    };
    if !has("verbs", &wanted.verb) {
        return false;
    }
    if wanted.resource.is_empty() {
        return path::list(rule, "nonResourceURLs").iter().filter_map(Value::as_str).any(|pattern| {
            pattern == wanted.path || pattern.strip_suffix('*').is_some_and(|prefix| wanted.path.starts_with(prefix))
        });
    }
    let resource = if wanted.subresource.is_empty() {
        wanted.resource.clone()
    } else {
        format!("{}/{}", wanted.resource, wanted.subresource)
    };
    let any_of_sub = !wanted.subresource.is_empty() && {
        let pattern = format!("*/{}", wanted.subresource);
        path::list(rule, "resources").iter().any(|entry| *entry == *pattern)
    };
    let names = path::list(rule, "resourceNames");
    has("apiGroups", &wanted.group)
        && (has("resources", &resource) || any_of_sub)
        && (names.is_empty() || names.iter().any(|name| *name == *wanted.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_name_groups_resources_subresources_names_and_paths() {
        let wanted = |verb: &str, group: &str, resource: &str, sub: &str, name: &str| Attributes {
            verb: verb.into(),
            group: group.into(),
            resource: resource.into(),
            subresource: sub.into(),
            name: name.into(),
            ..Attributes::default()
        };
        for (rule, wanted, expected) in [
            (
                json!({"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}),
                wanted("get", "", "pods", "", "x"),
                true,
            ),
            (
                json!({"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}),
                wanted("list", "", "pods", "", ""),
                false,
            ),
            (
                json!({"verbs": ["*"], "apiGroups": ["apps"], "resources": ["*"]}),
                wanted("get", "", "pods", "", ""),
                false,
            ),
            (
                json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}),
                wanted("get", "apps", "deployments", "scale", ""),
                true,
            ),
            (
                json!({"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}),
                wanted("get", "", "pods", "log", "x"),
                false,
            ),
            (
                json!({"verbs": ["get"], "apiGroups": [""], "resources": ["pods/log"]}),
                wanted("get", "", "pods", "log", "x"),
                true,
            ),
            (
                json!({"verbs": ["get"], "apiGroups": [""], "resources": ["*/log"]}),
                wanted("get", "", "pods", "log", "x"),
                true,
            ),
            (
                json!({"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["a"]}),
                wanted("get", "", "pods", "", "a"),
                true,
            ),
            (
                json!({"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["a"]}),
                wanted("get", "", "pods", "", "b"),
                false,
            ),
        ] {
            assert_eq!(rule_allows(&rule, &wanted), expected, "{rule} {wanted:?}");
        }
        let path = |path: &str| Attributes { verb: "get".into(), path: path.into(), ..Attributes::default() };
        let rule = json!({"verbs": ["get"], "nonResourceURLs": ["/healthz", "/api/*"]});
        assert!(rule_allows(&rule, &path("/healthz")) && rule_allows(&rule, &path("/api/v1")));
        assert!(!rule_allows(&rule, &path("/metrics")));
    }
}
