//! `kubectl auth`: what one may do, and who one is. The API server's reviews answer.
//!
//! <https://kubernetes.io/docs/reference/access-authn-authz/authorization/>

use api::{Method, Request, find_resource, path};
use serde_json::{Value, json};

use crate::command::{ALL_NAMESPACES, PRINT, Verb};
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::printers::{self, Output};
use crate::rbac_rules;
use crate::session::Session;
use crate::tabwriter::{GET, align};

const FLAGS: &[Flag] = &[
    flag("quiet", 'q', Takes::Bool, "false"),
    flag("list", ' ', Takes::Bool, "false"),
    flag("no-headers", ' ', Takes::Bool, "false"),
    flag("subresource", ' ', Takes::Text, ""),
];

/// `kubectl auth can-i`
pub static CAN_I: Verb = Verb {
    name: "auth can-i",
    aliases: &[],
    flags: &[FLAGS, ALL_NAMESPACES],
    run: |session, args| Box::pin(can_i(session, args)),
};

async fn can_i(session: &Session, args: &Args) -> Outcome {
    let namespace = if args.on("all-namespaces") { "" } else { session.namespace.as_str() };
    if args.on("list") {
        if !args.words.is_empty() {
            return plain("list option must be specified with no arguments");
        }
        if args.on("quiet") || args.on("all-namespaces") || !args.text("subresource").is_empty() {
            return plain("list option can't be specified with neither quiet, all-namespaces nor subresource options");
        }
        return list(session, args, namespace).await;
    }
    let [verb, kind] = args.words.as_slice() else {
        return plain(
            "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.",
        );
    };
    let spec = if kind.starts_with('/') {
        if !args.text("subresource").is_empty() {
            return plain("--subresource can not be used with NonResourceURL");
        }
        if !PATH_VERBS.contains(&verb.as_str()) {
            session.err(&format!("Warning: verb '{verb}' is not a known verb\n\n")).await;
        }
        json!({"nonResourceAttributes": {"verb": verb, "path": kind}})
    } else {
        let (kind, name) = kind.split_once('/').unwrap_or((kind, ""));
        let (group, resource) = resource_asked_for(session, args, verb, kind).await;
        json!({"resourceAttributes": {
            "namespace": namespace, "verb": verb, "group": group, "resource": resource,
            "subresource": args.text("subresource"), "name": name,
        }})
    };
    if args.on("no-headers") {
        return plain("--no-headers cannot be set without --list specified");
    }
    let review = review(session, "selfsubjectaccessreviews", spec).await?;
    let status = &review["status"];
    let allowed = path::bool(status, "allowed");
    if !args.on("quiet") {
        let mut text = if allowed { "yes" } else { "no" }.to_owned();
        let (reason, error) = (path::str(status, "reason"), path::str(status, "evaluationError"));
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

/// The verbs of resources that need no warning…
const VERBS: &[&str] = &[
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "impersonate",
    "*",
    "approve",
    "sign",
    "escalate",
    "attest",
];
/// … and of other paths.
const PATH_VERBS: &[&str] = &["get", "put", "post", "head", "options", "delete", "patch", "*"];

/// Group and plural of what is asked about; unknown words are asked about as they stand, with a warning.
async fn resource_asked_for(session: &Session, args: &Args, verb: &str, word: &str) -> (String, String) {
    if word == "*" {
        return (String::new(), "*".to_owned());
    }
    let found = session.resource_of(&word.to_lowercase()).ok();
    let mut warnings = Vec::new();
    match found {
        // These are there for roles alone.
        None if matches!(word, "users" | "groups") => {}
        None => warnings.push(match word.split_once('.') {
            None => format!("the server doesn't have a resource type '{word}'"),
            Some((plural, group)) => {
                format!("the server doesn't have a resource type '{plural}' in group '{group}'")
            }
        }),
        Some(resource) if !resource.namespaced && !args.on("all-namespaces") => {
            let mut warning = format!("resource '{}' is not namespace scoped", resource.plural);
            if !resource.group.is_empty() {
                warning.push_str(&format!(" in group '{}'", resource.group));
            }
            warnings.push(warning);
        }
        Some(_) => {}
    }
    if !VERBS.contains(&verb) && !args.on("all-namespaces") {
        warnings.push(format!("verb '{verb}' is not a known verb"));
    }
    for warning in warnings {
        session.err(&format!("Warning: {warning}\n\n")).await;
    }
    match found {
        Some(resource) => (resource.group.to_owned(), resource.plural.to_owned()),
        None => (String::new(), word.to_owned()),
    }
}

/// Creates a review and reads what comes of it.
async fn review(session: &Session, plural: &str, spec: Value) -> Outcome<Value> {
    let Some(resource) = find_resource(plural) else { return plain(format!("no {plural} here")) };
    let mut object = json!({"apiVersion": resource.api_version(), "kind": resource.kind, "metadata": {}});
    if !spec.is_null() {
        object["spec"] = spec;
    }
    let request = Request::new(Method::Post, resource.path(None, None)).with_body(object);
    session.json(request).await
}

/// The table of all that is allowed: a line for each resource and name, with all its verbs.
async fn list(session: &Session, args: &Args, namespace: &str) -> Outcome {
    let review = review(session, "selfsubjectrulesreviews", json!({"namespace": namespace})).await?;
    let status = &review["status"];
    let rules = path::list(status, "resourceRules").iter().chain(path::list(status, "nonResourceRules"));
    let header = if args.on("no-headers") { "" } else { "Resources\tNon-Resource URLs\tResource Names\tVerbs\n" };
    let lines: String = rbac_rules::table(rules).into_iter().map(|line| line + "\n").collect();
    session.out(&align(&format!("{header}{lines}"), GET)).await;
    Ok(())
}

/// `kubectl auth whoami`
pub static WHOAMI: Verb = Verb {
    name: "auth whoami",
    aliases: &[],
    flags: &[PRINT],
    run: |session, args| {
        Box::pin(async move {
            let output = printers::output(&*session.host, args, false)?;
            let object = review(session, "selfsubjectreviews", Value::Null).await?;
            if output != Output::Human {
                let Some(text) = printers::whole(&output, &object, true)? else {
                    return plain("the output format is not available for this command");
                };
                session.out(&text).await;
                return Ok(());
            }
            let user = &object["status"]["userInfo"];
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
