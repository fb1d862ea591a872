//! `kubectl auth`: what one may do, and who one is. The API server's reviews answer.
//!
//! <https://kubernetes.io/docs/reference/access-authn-authz/authorization/>

use api::{Method, Request, find_resource, path, resources};
use serde_json::{Value, json};

use crate::command::{ALL_NAMESPACES, Verb};
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::printers::{self, Output, json as json_printer};
use crate::session::Session;
use crate::tabwriter::{GET, align};

const FLAGS: &[Flag] = &[
    flag("quiet", 'q', Takes::Bool, "false", "If true, suppress output and just return the exit code."),
    flag("list", ' ', Takes::Bool, "false", "If true, prints all allowed actions."),
    flag("no-headers", ' ', Takes::Bool, "false", "If true, prints allowed actions without headers"),
    flag("subresource", ' ', Takes::Text, "", "SubResource such as pod/log or deployment/scale"),
];

/// `kubectl auth can-i`
pub static CAN_I: Verb = Verb {
    name: "auth can-i",
    aliases: &[],
    usage: "VERB [TYPE | TYPE/NAME | NONRESOURCEURL] [options]",
    short: "Check whether an action is allowed",
    long: "VERB is a logical Kubernetes API verb like 'get', 'list', 'watch', 'delete', etc. TYPE is a Kubernetes resource. Shortcuts and groups will be resolved. NONRESOURCEURL is a partial URL that starts with \"/\". NAME is the name of a particular Kubernetes resource.",
    examples: &[
        "kubectl auth can-i create pods --all-namespaces",
        "kubectl auth can-i list pods --as=system:serviceaccount:dev:foo",
        "kubectl auth can-i --list --namespace=foo",
    ],
    flags: &[FLAGS, ALL_NAMESPACES],
    run: |session, args| Box::pin(can_i(session, args)),
};

async fn can_i(session: &Session, args: &Args) -> Outcome {
    let namespace = if args.on("all-namespaces") { "" } else { session.namespace.as_str() };
    if args.on("list") {
        if !args.words.is_empty() {
            return plain("list option must be specified with no arguments");
        }
        return list(session, args, namespace).await;
    }
    let [verb, kind, names @ ..] = args.words.as_slice() else {
        return plain(
            "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples",
        );
    };
    let spec = if kind.starts_with('/') {
        json!({"nonResourceAttributes": {"verb": verb, "path": kind}})
    } else {
        let (kind, name) = match (kind.split_once('/'), names) {
            (Some((kind, name)), []) => (kind, name),
            (None, []) => (kind.as_str(), ""),
            (None, [name]) => (kind.as_str(), name.as_str()),
            _ => {
                return plain(
                    "you must specify two or three arguments: verb, resource, and optional resourceName.\nSee 'kubectl auth can-i -h' for help and examples",
                );
            }
        };
        let (group, resource) = resource_asked_for(session, args, verb, kind).await;
        json!({"resourceAttributes": {
            "namespace": namespace, "verb": verb, "group": group, "resource": resource,
            "subresource": args.text("subresource"), "name": name,
        }})
    };
    let status = review(session, "selfsubjectaccessreviews", spec).await?;
    let allowed = path::bool(&status, "allowed");
    if !args.on("quiet") {
        let mut text = if allowed { "yes" } else { "no" }.to_owned();
        let (reason, error) = (path::str(&status, "reason"), path::str(&status, "evaluationError"));
        if !reason.is_empty() && !allowed {
            text.push_str(&format!(" - {reason}"));
        }
        if !error.is_empty() {
            text.push_str(&format!(" - {error}"));
        }
        session.out(&(text + "\n")).await;
    }
    if allowed { Ok(()) } else { Err(Error::Exit(1)) }
}

/// Group and plural of what is asked about; unknown words are asked about as they stand, with a warning.
async fn resource_asked_for(session: &Session, args: &Args, verb: &str, word: &str) -> (String, String) {
    if word == "*" {
        return ("*".to_owned(), "*".to_owned());
    }
    let Ok(resource) = session.resource_of(word) else {
        let (plural, group) = word.split_once('.').unwrap_or((word, ""));
        let warning = match group {
            "" => format!("Warning: the server doesn't have a resource type '{plural}'\n\n"),
            group => format!("Warning: the server doesn't have a resource type '{plural}' in group '{group}'\n\n"),
        };
        session.err(&warning).await;
        return (group.to_owned(), plural.to_owned());
    };
    if !resource.namespaced && !args.on("all-namespaces") {
        let group = if resource.group.is_empty() { String::new() } else { format!(" in group '{}'", resource.group) };
        session.err(&format!("Warning: resource '{}' is not namespace scoped{group}\n\n", resource.plural)).await;
    }
    let known = |verb: &str| resources().iter().any(|resource| resource.can(verb));
    if verb != "*"
        && !known(verb)
        && !matches!(verb, "use" | "bind" | "impersonate" | "escalate" | "proxy" | "approve" | "sign" | "attest")
    {
        session.err(&format!("Warning: verb '{verb}' is not a known verb\n\n")).await;
    }
    (resource.group.to_owned(), resource.plural.to_owned())
}

/// Creates a review and reads its status.
async fn review(session: &Session, plural: &str, spec: Value) -> Outcome<Value> {
    let Some(resource) = find_resource(plural) else { return plain(format!("no {plural} here")) };
    let mut object = json!({"apiVersion": resource.api_version(), "kind": resource.kind, "metadata": {}});
    if !spec.is_null() {
        object["spec"] = spec;
    }
    let request = Request::new(Method::Post, resource.path(None, None)).with_body(object);
    Ok(session.json(request).await?["status"].take())
}

/// The table of all that is allowed.
async fn list(session: &Session, args: &Args, namespace: &str) -> Outcome {
    let status = review(session, "selfsubjectrulesreviews", json!({"namespace": namespace})).await?;
    let words = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut lines: Vec<String> = Vec::new();
    for rule in path::list(&status, "resourceRules") {
        let (names, verbs) = (words(&rule["resourceNames"]).join(" "), words(&rule["verbs"]).join(" "));
        for group in words(&rule["apiGroups"]) {
            for resource in words(&rule["resources"]) {
                let resource = match resource.split_once('/') {
                    _ if group.is_empty() => resource,
                    Some((resource, sub)) => format!("{resource}.{group}/{sub}"),
                    None => format!("{resource}.{group}"),
                };
                lines.push(format!("{resource}\t[]\t[{names}]\t[{verbs}]\n"));
            }
        }
    }
    api::order::sort_texts(&mut lines);
    for rule in path::list(&status, "nonResourceRules") {
        let verbs = words(&rule["verbs"]).join(" ");
        lines.extend(words(&rule["nonResourceURLs"]).iter().map(|url| format!("\t[{url}]\t[]\t[{verbs}]\n")));
    }
    let header = if args.on("no-headers") { "" } else { "Resources\tNon-Resource URLs\tResource Names\tVerbs\n" };
    session.out(&align(&format!("{header}{}", lines.concat()), GET)).await;
    Ok(())
}

const WHOAMI_FLAGS: &[Flag] =
    &[flag("output", 'o', Takes::Text, "", "Output format. One of: (json, yaml, name, go-template, jsonpath, …).")];

/// `kubectl auth whoami`
pub static WHOAMI: Verb = Verb {
    name: "auth whoami",
    aliases: &[],
    usage: "[options]",
    short: "Experimental: Check self subject attributes",
    long: "",
    examples: &["kubectl auth whoami"],
    flags: &[WHOAMI_FLAGS],
    run: |session, args| {
        Box::pin(async move {
            let output = printers::output(&*session.host, args, false)?;
            let status = review(session, "selfsubjectreviews", Value::Null).await?;
            if output != Output::Human {
                let object = json!({
                    "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview",
                    "metadata": {"creationTimestamp": session.now().rfc3339()}, "status": status,
                });
                let text = match output {
                    Output::Json { .. } => json_printer::pretty(&object) + "\n",
                    Output::Yaml { .. } => manifest::to_yaml(&object),
                    Output::JsonPath(template) => printers::jsonpath::print(&template, &object)?,
                    Output::Template(template) => printers::go_template::print(&template, &object)?,
                    _ => return plain("the output format is not available for this command"),
                };
                session.out(&text).await;
                return Ok(());
            }
            let user = &status["userInfo"];
            let mut text = format!("ATTRIBUTE\tVALUE\nUsername\t{}\n", path::str(user, "username"));
            if !path::str(user, "uid").is_empty() {
                text.push_str(&format!("UID\t{}\n", path::str(user, "uid")));
            }
            let groups: Vec<&str> = path::list(user, "groups").iter().filter_map(Value::as_str).collect();
            if !groups.is_empty() {
                text.push_str(&format!("Groups\t[{}]\n", groups.join(" ")));
            }
            session.out(&align(&text, GET)).await;
            Ok(())
        })
    },
};
