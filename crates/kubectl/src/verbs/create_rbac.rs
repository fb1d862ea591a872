//! `kubectl create` for roles, their bindings and tokens.

use api::{Method, Request, find_resource, path};
use serde_json::{Value, json};

use crate::command::{DRY_RUN, PRINT, SAVE_CONFIG, SUBJECTS, VALIDATE, Verb};
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::printers::{self, Output};
use crate::report::report;
use crate::session::Session;
use crate::target::Target;
use crate::verbs::create::MANAGER;
use crate::verbs::create::{generated, one_name};

const ROLE_FLAGS: &[Flag] = &[
    flag("verb", ' ', Takes::List, ""),
    flag("resource", ' ', Takes::List, ""),
    flag("resource-name", ' ', Takes::Array, ""),
];

/// The verbs of resources that need no warning.
const VERBS: &[&str] = &[
    "*",
    "get",
    "delete",
    "list",
    "create",
    "update",
    "patch",
    "watch",
    "proxy",
    "deletecollection",
    "use",
    "bind",
    "escalate",
    "impersonate",
];

/// What some verbs are for, and nothing else.
const SPECIAL: &[(&str, &[&str])] = &[
    ("use", &["podsecuritypolicies.policy", "podsecuritypolicies.extensions"]),
    ("bind", &["roles.rbac.authorization.k8s.io", "clusterroles.rbac.authorization.k8s.io"]),
    ("escalate", &["roles.rbac.authorization.k8s.io", "clusterroles.rbac.authorization.k8s.io"]),
    ("impersonate", &["users", "serviceaccounts", "groups", "userextras.authentication.k8s.io"]),
];

/// Group and plural of a word, which the verbs must be for.
fn granted(session: &Session, verbs: &[String], word: &str) -> Outcome<(String, String)> {
    if word == "*" {
        return Ok((String::new(), word.to_owned()));
    }
    let found = session.resource_of(word);
    let (plural, group) = match &found {
        Ok(resource) => (resource.plural, resource.group),
        Err(_) => word.split_once('.').unwrap_or((word, "")),
    };
    let key = if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") };
    let mut special = false;
    for (verb, known) in SPECIAL.iter().filter(|(verb, _)| verbs.iter().any(|given| given == verb)) {
        if !known.contains(&key.as_str()) {
            return plain(format!("can not perform '{verb}' on '{plural}' in group '{group}'"));
        }
        special = true;
    }
    match found {
        // Without `error: ` before it.
        Err(error) if !special => Err(Error::Verbatim(error.to_string())),
        _ => Ok((group.to_owned(), plural.to_owned())),
    }
}

async fn rules(session: &Session, args: &Args) -> Outcome<Vec<Value>> {
    let mut verbs: Vec<String> = Vec::new();
    for verb in args.list("verb") {
        if verb == "*" {
            verbs = vec![verb.clone()];
            break;
        }
        if !verbs.contains(verb) {
            verbs.push(verb.clone());
        }
    }
    if verbs.is_empty() {
        return plain("at least one verb must be specified");
    }
    if args.list("resource").is_empty() {
        return plain("at least one resource must be specified");
    }
    for verb in verbs.iter().filter(|verb| !VERBS.contains(&verb.as_str())) {
        session.err(&format!("Warning: '{verb}' is not a standard resource verb\n")).await;
    }
    let mut rules: Vec<Value> = Vec::new();
    for word in args.list("resource") {
        let (kind, sub) = word.split_once('/').map_or((word.as_str(), None), |(kind, sub)| (kind, Some(sub)));
        let (group, plural) = granted(session, &verbs, kind)?;
        let name = sub.map_or(plural.clone(), |sub| format!("{plural}/{sub}"));
        let known = rules.iter_mut().find(|rule| rule["apiGroups"][0] == *group);
        match known.and_then(|rule| rule["resources"].as_array_mut()) {
            Some(resources) => resources.push(name.into()),
            None => rules.push(json!({"apiGroups": [group], "resources": [name], "verbs": verbs})),
        }
    }
    if !args.list("resource-name").is_empty() {
        for rule in &mut rules {
            rule["resourceNames"] = args.list("resource-name").to_vec().into();
        }
    }
    Ok(rules)
}

/// `kubectl create role`
pub static ROLE: Verb = Verb {
    name: "create role",
    aliases: &[],
    flags: &[ROLE_FLAGS, PRINT, DRY_RUN, SAVE_CONFIG, VALIDATE, MANAGER],
    run: |session, args| {
        Box::pin(async move {
            let name = one_name(args, "create role")?;
            let object = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": name}, "rules": rules(session, args).await?});
            generated(session, args, "roles", object).await
        })
    },
};

/// `kubectl create clusterrole`
pub static CLUSTER_ROLE: Verb = Verb {
    name: "create clusterrole",
    aliases: &[],
    flags: &[ROLE_FLAGS, CLUSTER_ROLE_FLAGS, PRINT, DRY_RUN, SAVE_CONFIG, VALIDATE, MANAGER],
    run: |session, args| {
        Box::pin(async move {
            let name = one_name(args, "create clusterrole")?;
            let mut object = json!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name},
            });
            if args.has("aggregation-rule") {
                if ["non-resource-url", "verb", "resource", "resource-name"].iter().any(|flag| args.has(flag)) {
                    return plain(
                        "aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames",
                    );
                }
                object["aggregationRule"] = json!({"clusterRoleSelectors": [{"matchLabels": aggregation(args)?}]});
                object["rules"] = Value::Null;
            } else {
                object["rules"] = cluster_rules(session, args).await?.into();
            }
            generated(session, args, "clusterroles", object).await
        })
    },
};

/// The rules of a ClusterRole, which may be about paths that are no resources.
async fn cluster_rules(session: &Session, args: &Args) -> Outcome<Vec<Value>> {
    let (verbs, mut urls) = (args.list("verb"), args.list("non-resource-url").to_vec());
    if urls.is_empty() && args.list("resource").is_empty() && !verbs.is_empty() {
        return plain("one of resource or nonResourceURL must be specified");
    }
    if urls.is_empty() || verbs.is_empty() {
        return rules(session, args).await;
    }
    let mut all = if args.list("resource").is_empty() { Vec::new() } else { rules(session, args).await? };
    let known = ["*", "get", "put", "post", "head", "options", "delete", "patch"];
    if let Some(verb) = verbs.iter().find(|verb| !known.contains(&verb.as_str())) {
        return plain(format!("invalid verb: '{verb}' for nonResourceURL"));
    }
    for url in urls.iter().filter(|url| *url != "*") {
        if !url.starts_with('/') {
            return plain("nonResourceURL should start with /");
        }
        if url.strip_suffix('*').unwrap_or(url).contains('*') {
            return plain("nonResourceURL only supports wildcard matches when '*' is at the end");
        }
    }
    let mut seen: Vec<String> = Vec::new();
    urls.retain(|url| {
        let first = !seen.contains(url);
        seen.push(url.clone());
        first
    });
    all.push(json!({"nonResourceURLs": urls, "verbs": verbs}));
    Ok(all)
}

/// The labels that `--aggregation-rule` selects roles by.
fn aggregation(args: &Args) -> Outcome<Value> {
    let mut labels = json!({});
    for pair in args.list("aggregation-rule").iter().flat_map(|list| list.split(',')) {
        match pair.split_once('=') {
            Some((key, value)) => labels[key] = value.into(),
            None => return plain(format!("{pair} must be formatted as key=value")),
        }
    }
    Ok(labels)
}

const CLUSTER_ROLE_FLAGS: &[Flag] =
    &[flag("aggregation-rule", ' ', Takes::Array, ""), flag("non-resource-url", ' ', Takes::List, "")];
const BINDING_FLAGS: &[Flag] = &[flag("clusterrole", ' ', Takes::Text, "")];
const ROLE_NAME: &[Flag] = &[flag("role", ' ', Takes::Text, "")];

fn subjects(args: &Args) -> Outcome<Vec<Value>> {
    let mut subjects: Vec<Value> = Vec::new();
    for (kind, flag) in [("User", "user"), ("Group", "group")] {
        for name in args.list(flag) {
            subjects.push(json!({"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name}));
        }
    }
    for account in args.list("serviceaccount") {
        match account.split_once(':') {
            Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() && !name.contains(':') => {
                subjects.push(json!({"kind": "ServiceAccount", "name": name, "namespace": namespace}));
            }
            _ => return plain("serviceaccount must be <namespace>:<name>"),
        }
    }
    Ok(subjects)
}

fn binding(kind: &str, name: &str, role_kind: &str, role: &str, subjects: Vec<Value>) -> Value {
    let mut object = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": role_kind, "name": role},
    });
    if !subjects.is_empty() {
        object["subjects"] = subjects.into();
    }
    object
}

/// `kubectl create rolebinding`
pub static ROLE_BINDING: Verb = Verb {
    name: "create rolebinding",
    aliases: &[],
    flags: &[ROLE_NAME, BINDING_FLAGS, SUBJECTS, PRINT, DRY_RUN, SAVE_CONFIG, VALIDATE, MANAGER],
    run: |session, args| {
        Box::pin(async move {
            let name = one_name(args, "create rolebinding")?;
            let (kind, role) = match (args.text("role"), args.text("clusterrole")) {
                (role, "") if !role.is_empty() => ("Role", role),
                ("", role) if !role.is_empty() => ("ClusterRole", role),
                _ => return plain("exactly one of clusterrole or role must be specified"),
            };
            generated(session, args, "rolebindings", binding("RoleBinding", name, kind, role, subjects(args)?)).await
        })
    },
};

/// `kubectl create clusterrolebinding`
pub static CLUSTER_ROLE_BINDING: Verb = Verb {
    name: "create clusterrolebinding",
    aliases: &[],
    flags: &[BINDING_FLAGS, SUBJECTS, PRINT, DRY_RUN, SAVE_CONFIG, VALIDATE, MANAGER],
    run: |session, args| {
        Box::pin(async move {
            let name = one_name(args, "create clusterrolebinding")?;
            crate::verbs::create::required(args, &["clusterrole"])?;
            let object = binding("ClusterRoleBinding", name, "ClusterRole", args.text("clusterrole"), subjects(args)?);
            generated(session, args, "clusterrolebindings", object).await
        })
    },
};

const TOKEN_FLAGS: &[Flag] = &[
    flag("audience", ' ', Takes::Array, ""),
    flag("duration", ' ', Takes::Duration, "0s"),
    flag("bound-object-kind", ' ', Takes::Text, ""),
    flag("bound-object-name", ' ', Takes::Text, ""),
    flag("bound-object-uid", ' ', Takes::Text, ""),
];

/// `kubectl create token`
pub static TOKEN: Verb = Verb {
    name: "create token",
    aliases: &[],
    flags: &[TOKEN_FLAGS, PRINT],
    run: |session, args| Box::pin(token(session, args)),
};

async fn token(session: &Session, args: &Args) -> Outcome {
    let name = one_name(args, "create token")?;
    let output = printers::output(&*session.host, args, false)?;
    let Some(accounts) = find_resource("serviceaccounts") else { return plain("no serviceaccounts here") };
    let mut body =
        json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "metadata": {}, "spec": {}});
    let seconds = args.duration("duration").map_or(0, |duration| duration.as_secs());
    if seconds > 0 {
        body["spec"]["expirationSeconds"] = seconds.into();
    }
    let (kind, bound, uid) =
        (args.text("bound-object-kind"), args.text("bound-object-name"), args.text("bound-object-uid"));
    if kind.is_empty() {
        for (value, flag) in [(bound, "name"), (uid, "uid")] {
            if !value.is_empty() {
                return plain(format!("--bound-object-{flag} can only be set if --bound-object-kind is provided"));
            }
        }
    } else {
        if !matches!(kind, "Pod" | "Secret" | "Node") {
            return plain("supported --bound-object-kind values are Node, Pod, Secret");
        }
        if bound.is_empty() {
            return plain("--bound-object-name is required if --bound-object-kind is provided");
        }
        body["spec"]["boundObjectRef"] = json!({"apiVersion": "v1", "kind": kind, "name": bound});
        if !uid.is_empty() {
            body["spec"]["boundObjectRef"]["uid"] = uid.into();
        }
    }
    if !args.list("audience").is_empty() {
        body["spec"]["audiences"] = args.list("audience").to_vec().into();
    }
    let at = format!("{}/token", accounts.path(Some(&session.namespace), Some(name)));
    let made = match session.json(Request::new(Method::Post, at).with_body(body)).await {
        Ok(made) => made,
        Err(Error::Server(status)) => return plain(format!("failed to create token: {}", status.message)),
        Err(error) => return Err(error),
    };
    if output == Output::Human {
        session.out(&format!("{}\n", path::str(&made, "status.token"))).await;
        return Ok(());
    }
    report(session, &output, &Target::of(accounts, made), "").await
}
