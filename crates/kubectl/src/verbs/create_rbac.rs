//! `kubectl create` for roles, their bindings and tokens.

use api::{Method, Request, find_resource, path};
use serde_json::{Value, json};

use crate::command::{DRY_RUN, PRINT, Verb, WRITE};
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::printers::{self, Output, json as json_printer};
use crate::session::Session;
use crate::verbs::create::{generated, one_name};

const ROLE_FLAGS: &[Flag] = &[
    flag("verb", ' ', Takes::List, "", "Verb that applies to the resources contained in the rule"),
    flag("resource", ' ', Takes::List, "", "Resource that the rule applies to"),
    flag("resource-name", ' ', Takes::Array, "", "Resource in the white list that the rule applies to"),
];

fn rules(session: &Session, args: &Args) -> Outcome<Vec<Value>> {
    if args.list("verb").is_empty() {
        return plain("at least one verb must be specified");
    }
    if args.list("resource").is_empty() {
        return plain("one or more resources must be specified");
    }
    let mut rules: Vec<Value> = Vec::new();
    for word in args.list("resource") {
        let (kind, sub) = word.split_once('/').map_or((word.as_str(), None), |(kind, sub)| (kind, Some(sub)));
        let resource = session.resource_of(kind)?;
        let name = sub.map_or(resource.plural.to_owned(), |sub| format!("{}/{sub}", resource.plural));
        let known = rules.iter_mut().find(|rule| rule["apiGroups"][0] == resource.group);
        match known.and_then(|rule| rule["resources"].as_array_mut()) {
            Some(resources) => resources.push(name.into()),
            None => rules.push(json!({"apiGroups": [resource.group], "resources": [name], "verbs": args.list("verb")})),
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
    usage: "NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename] [--dry-run=server|client|none] [options]",
    short: "Create a role with single rule",
    long: "",
    examples: &["kubectl create role pod-reader --verb=get,list,watch --resource=pods"],
    flags: &[ROLE_FLAGS, PRINT, DRY_RUN, WRITE],
    run: |session, args| {
        Box::pin(async move {
            let name = one_name(args, "create role")?;
            let object = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": name}, "rules": rules(session, args)?});
            generated(session, args, "roles", object).await
        })
    },
};

/// `kubectl create clusterrole`
pub static CLUSTER_ROLE: Verb = Verb {
    name: "create clusterrole",
    aliases: &[],
    usage: "NAME --verb=verb --resource=resource.group [--resource-name=resourcename] [--dry-run=server|client|none] [options]",
    short: "Create a cluster role",
    long: "",
    examples: &["kubectl create clusterrole pod-reader --verb=get,list,watch --resource=pods"],
    flags: &[ROLE_FLAGS, PRINT, DRY_RUN, WRITE],
    run: |session, args| {
        Box::pin(async move {
            let name = one_name(args, "create clusterrole")?;
            let object = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules(session, args)?});
            generated(session, args, "clusterroles", object).await
        })
    },
};

const BINDING_FLAGS: &[Flag] = &[
    flag("role", ' ', Takes::Text, "", "Role this RoleBinding should reference"),
    flag("clusterrole", ' ', Takes::Text, "", "ClusterRole this binding should reference"),
    flag(
        "user",
        ' ',
        Takes::Array,
        "",
        "Usernames to bind to the role. The flag can be repeated to add multiple users.",
    ),
    flag(
        "group",
        ' ',
        Takes::Array,
        "",
        "Groups to bind to the role. The flag can be repeated to add multiple groups.",
    ),
    flag(
        "serviceaccount",
        ' ',
        Takes::Array,
        "",
        "Service accounts to bind to the role, in the format <namespace>:<name>.",
    ),
];

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
    usage: "NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none] [options]",
    short: "Create a role binding for a particular role or cluster role",
    long: "",
    examples: &["kubectl create rolebinding admin-binding --role=admin --serviceaccount=monitoring:sa-dev"],
    flags: &[BINDING_FLAGS, PRINT, DRY_RUN, WRITE],
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
    usage: "NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none] [options]",
    short: "Create a cluster role binding for a particular cluster role",
    long: "",
    examples: &[
        "kubectl create clusterrolebinding cluster-admin --clusterrole=cluster-admin --user=user1 --user=user2 --group=group1",
    ],
    flags: &[BINDING_FLAGS, PRINT, DRY_RUN, WRITE],
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
    flag("audience", ' ', Takes::Array, "", "Audience of the requested token."),
    flag("duration", ' ', Takes::Duration, "0s", "Requested lifetime of the issued token."),
    flag("output", 'o', Takes::Text, "", "Output format. One of: (json, yaml, …)."),
];

/// `kubectl create token`
pub static TOKEN: Verb = Verb {
    name: "create token",
    aliases: &[],
    usage: "SERVICE_ACCOUNT_NAME [options]",
    short: "Request a service account token",
    long: "",
    examples: &[
        "kubectl create token myapp",
        "kubectl create token myapp --namespace myns",
        "kubectl create token myapp --duration 10m",
    ],
    flags: &[TOKEN_FLAGS],
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
    if !args.list("audience").is_empty() {
        body["spec"]["audiences"] = args.list("audience").to_vec().into();
    }
    let at = format!("{}/token", accounts.path(Some(&session.namespace), Some(name)));
    let made = match session.json(Request::new(Method::Post, at).with_body(body)).await {
        Ok(made) => made,
        Err(Error::Server(status)) => return plain(format!("failed to create token: {}", status.message)),
        Err(error) => return Err(error),
    };
    let text = match output {
        Output::Json { .. } => json_printer::pretty(&made) + "\n",
        Output::Yaml { .. } => manifest::to_yaml(&made),
        _ => format!("{}\n", path::str(&made, "status.token")),
    };
    session.out(&text).await;
    Ok(())
}
