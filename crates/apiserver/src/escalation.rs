//! RBAC's prevention of privilege escalation: nobody can grant rules that they do not have themselves.
//!
//! <https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping>,
//! kubernetes/pkg/registry/rbac (escalation_check.go, validation/rule.go). Not here: who may write an aggregation rule.

use std::collections::BTreeMap;

use api::{Reason, Request, Status, path};
use serde_json::Value;

use super::authentication;
use super::authorization::{self, Attributes};
use super::route::Target;
use crate::{ObjectKey, Store};

/// The API group of roles.
pub const GROUP: &str = "rbac.authorization.k8s.io";

/// Refuses a role, or a binding of one, that gives more than its writer has, unless they may `escalate` (or `bind`).
///
/// # Errors
/// 403; 404 for a role that is not there.
pub fn check(store: &Store, target: &Target, request: &Request, object: &Value) -> Result<(), Status> {
    let user = authentication::user(request);
    let plural = target.resource.plural;
    let mut wanted =
        Attributes { group: GROUP.to_owned(), namespace: target.namespace.clone(), ..Attributes::default() };
    let rules = if plural.ends_with("bindings") {
        let (resource, namespace) = match path::str(object, "roleRef.kind") {
            "Role" => ("roles", &*target.namespace),
            _ => ("clusterroles", ""),
        };
        let name = path::str(object, "roleRef.name");
        (wanted.verb, wanted.resource, wanted.name) = ("bind".to_owned(), resource.to_owned(), name.to_owned());
        match store.get(&ObjectKey::new(&format!("{resource}.{GROUP}"), namespace, name)) {
            Some(role) => Ok(authorization::rules_of(store, role)),
            None => Err(Status::not_found(GROUP, resource, name)),
        }
    } else {
        (wanted.verb, wanted.resource) = ("escalate".to_owned(), plural.to_owned());
        wanted.name.clone_from(&target.name);
        Ok(path::list(object, "rules").to_vec())
    };
    if authorization::allows(store, &user, &wanted).is_some() {
        return Ok(());
    }
    let missing = missing(&rules?, |part| {
        let part = Attributes { namespace: target.namespace.clone(), ..part };
        authorization::allows(store, &user, &part).is_some()
    });
    if missing.is_empty() {
        return Ok(());
    }
    let name = path::str(object, "metadata.name");
    let message = format!(
        "{plural}.{GROUP} {name:?} is forbidden: user {:?} (groups={}) is attempting to grant RBAC permissions not currently \
         held:\n{}",
        user.name,
        go_list(&user.groups),
        missing.join("\n")
    );
    Err(Status::new(Reason::Forbidden, message).about(GROUP, plural, name))
}

fn go_list(texts: &[impl AsRef<str>]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| format!("{:?}", text.as_ref())).collect();
    format!("[{}]", quoted.join(" "))
}

/// What of some rules is not held, a line each, the verbs of a resource together (`CompactRules`).
fn missing(rules: &[Value], holds: impl Fn(Attributes) -> bool) -> Vec<String> {
    let texts = |rule: &Value, field: &str| -> Vec<String> {
        path::list(rule, field).iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut lines = Vec::new();
    let mut verbs_of: BTreeMap<[String; 3], Vec<String>> = BTreeMap::new();
    for rule in rules {
        let verbs = texts(rule, "verbs");
        let mut names = texts(rule, "resourceNames");
        if names.is_empty() {
            names.push(String::new());
        }
        for verb in &verbs {
            for path in texts(rule, "nonResourceURLs") {
                let part = Attributes { verb: verb.clone(), path: path.clone(), ..Attributes::default() };
                if !holds(part) {
                    lines.push(format!("{{NonResourceURLs:[{path:?}], Verbs:[{verb:?}]}}"));
                }
            }
            for group in texts(rule, "apiGroups") {
                for whole in texts(rule, "resources") {
                    let (resource, subresource) = whole.split_once('/').unwrap_or((&whole, ""));
                    for name in &names {
                        let part = Attributes {
                            verb: verb.clone(),
                            group: group.clone(),
                            resource: resource.to_owned(),
                            subresource: subresource.to_owned(),
                            name: name.clone(),
                            ..Attributes::default()
                        };
                        if !holds(part) {
                            let verbs = verbs_of.entry([group.clone(), whole.clone(), name.clone()]).or_default();
                            if !verbs.contains(verb) {
                                verbs.push(verb.clone());
                            }
                        }
                    }
                }
            }
        }
    }
    for ([group, resource, name], verbs) in verbs_of {
        let name = if name.is_empty() { name } else { format!(", ResourceNames:[{name:?}]") };
        lines.push(format!("{{APIGroups:[{group:?}], Resources:[{resource:?}]{name}, Verbs:{}}}", go_list(&verbs)));
    }
    sim::order::sort_by(&mut lines, |a, b| a.cmp(b));
    lines.dedup();
    lines
}
