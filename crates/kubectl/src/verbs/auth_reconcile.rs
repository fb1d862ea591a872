//! `kubectl auth reconcile`: roles get the rules, bindings the subjects they lack.
//!
//! Follows k8s.io/kubectl/pkg/cmd/auth/reconcile.go and k8s.io/component-helpers/auth/rbac.

use api::{Method, Reason, Request, find_resource, path};
use serde_json::{Value, json};

use crate::command::{DRY_RUN, FILES, PRINT, Verb};
use crate::dry_run::DryRun;
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::printers::{self, Output};
use crate::rbac_rules::{self, break_down, words};
use crate::session::Session;
use crate::target::{self, Target};

const FLAGS: &[Flag] = &[
    flag("remove-extra-permissions", ' ', Takes::Bool, "false"),
    flag("remove-extra-subjects", ' ', Takes::Bool, "false"),
];

/// The verb.
pub static VERB: Verb = Verb {
    name: "auth reconcile",
    aliases: &[],
    flags: &[FLAGS, FILES, PRINT, DRY_RUN],
    run: |session, args| Box::pin(reconcile(session, args)),
};

/// With `false`, an object is left as it is.
const AUTO_UPDATE: &str = "rbac.authorization.kubernetes.io/autoupdate";
const TRIES: usize = 3;

async fn reconcile(session: &Session, args: &Args) -> Outcome {
    if !args.names_files() {
        return plain("must specify one of -f and -k");
    }
    if !args.words.is_empty() {
        return plain("no arguments are allowed");
    }
    let dry_run = DryRun::of(args)?;
    if dry_run == DryRun::Server {
        return plain("--dry-run=server for command reconcile is not supported yet");
    }
    let output = printers::output(&*session.host, args, false)?;
    let (targets, mut errors) = target::from_files(session, args).await?;
    for target in targets {
        let list = match target.resource.key() {
            "roles.rbac.authorization.k8s.io" | "clusterroles.rbac.authorization.k8s.io" => "rules",
            "rolebindings.rbac.authorization.k8s.io" | "clusterrolebindings.rbac.authorization.k8s.io" => "subjects",
            _ => continue,
        };
        let extra = args.on(if list == "rules" { "remove-extra-permissions" } else { "remove-extra-subjects" });
        let mut tries = 0;
        let result = loop {
            tries += 1;
            match one(session, &target, list, extra, dry_run != DryRun::None).await {
                Err(Error::Server(status))
                    if tries < TRIES && matches!(status.reason, Reason::Conflict | Reason::AlreadyExists) => {}
                result => break result,
            }
        };
        match result {
            Ok(result) => result.print(session, &output, dry_run, list, extra).await?,
            Err(error) => errors.push(error),
        }
    }
    Error::all(errors)
}

/// What had to be done to an object.
struct Reconciled {
    target: Target,
    /// `create`, `update`, `recreate`; empty for nothing.
    operation: &'static str,
    protected: bool,
    missing: Vec<Value>,
    extra: Vec<Value>,
}

async fn one(session: &Session, target: &Target, list: &str, remove: bool, dry_run: bool) -> Outcome<Reconciled> {
    let mut wanted = target.clone();
    if target.resource.namespaced {
        path::set(&mut wanted.object, "metadata.namespace", target.namespace.clone());
    }
    let live = match session.get(target.resource, &target.namespace, &target.name).await {
        Ok(live) => Some(live),
        Err(error) if error.is_not_found() => None,
        Err(error) => return Err(error),
    };
    let mut result = match &live {
        None => {
            let missing = path::list(&wanted.object, list).to_vec();
            Reconciled { target: wanted, operation: "create", protected: false, missing, extra: Vec::new() }
        }
        Some(live) => compute(live, wanted, list, remove),
    };
    if result.protected || dry_run {
        return Ok(result);
    }
    let (resource, namespace) = (target.resource, target.namespace.as_str());
    let object = result.target.object.clone();
    if result.operation == "recreate" {
        let uid = live.as_ref().map(|live| path::str(live, "metadata.uid")).unwrap_or_default();
        let body = json!({"preconditions": {"uid": uid}});
        let place = resource.path(Some(namespace), Some(&target.name));
        match session.json(Request::new(Method::Delete, place).with_body(body)).await {
            Err(error) if !error.is_not_found() => return Err(error),
            _ => {}
        }
    }
    result.target.object = match result.operation {
        "create" | "recreate" => {
            if resource.namespaced {
                ensure_namespace(session, namespace).await?;
            }
            session.create(resource, namespace, object, &[]).await?
        }
        "update" => session.replace(resource, namespace, object, &[]).await?,
        _ => object,
    };
    Ok(result)
}

/// Creates the namespace, as far as one may.
async fn ensure_namespace(session: &Session, name: &str) -> Outcome {
    let Some(namespaces) = find_resource("namespaces") else { return Ok(()) };
    let may_go_on = |error: &Error| {
        error.is_not_found()
            || matches!(error, Error::Server(status) if matches!(status.reason, Reason::Forbidden | Reason::AlreadyExists))
    };
    match session.get(namespaces, "", name).await {
        Ok(_) => return Ok(()),
        Err(error) if !may_go_on(&error) => return Err(error),
        Err(_) => {}
    }
    let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
    match session.create(namespaces, "", object, &[]).await {
        Err(error) if !may_go_on(&error) => Err(error),
        _ => Ok(()),
    }
}

fn compute(live: &Value, wanted: Target, list: &str, remove: bool) -> Reconciled {
    let protected = live["metadata"]["annotations"][AUTO_UPDATE] == "false";
    let unchanged =
        |operation, target| Reconciled { target, operation, protected, missing: Vec::new(), extra: Vec::new() };
    if list == "subjects" && live["roleRef"] != wanted.object["roleRef"] {
        return unchanged("recreate", wanted);
    }
    let expected = wanted.object.clone();
    let mut result = unchanged("", Target { object: live.clone(), ..wanted });
    let object = &mut result.target.object;
    // What is there already goes before what the file says.
    for field in ["annotations", "labels"] {
        let Some(more) = expected["metadata"][field].as_object() else { continue };
        let mut all = more.clone();
        all.extend(live["metadata"][field].as_object().cloned().unwrap_or_default());
        if Some(&all) != live["metadata"][field].as_object() && !all.is_empty() {
            object["metadata"][field] = all.into();
            result.operation = "update";
        }
    }
    let (have, want) = (path::list(live, list), path::list(&expected, list));
    let (both_aggregate, lacks) = (
        expected["aggregationRule"].is_object() && live["aggregationRule"].is_object(),
        if list == "rules" { uncovered_rules } else { uncovered_subjects },
    );
    result.missing = lacks(have, want);
    if !both_aggregate {
        result.extra = lacks(want, have);
    }
    if !remove && !result.missing.is_empty() {
        object[list] = [have, result.missing.as_slice()].concat().into();
        result.operation = "update";
    } else if remove && !(result.missing.is_empty() && result.extra.is_empty()) {
        object[list] = want.into();
        result.operation = "update";
    }
    if list == "rules" && aggregate(object, live, &expected, remove) {
        result.operation = "update";
    }
    result
}

/// The same for the selectors of an aggregated role; whether something changed.
fn aggregate(object: &mut Value, live: &Value, expected: &Value, remove: bool) -> bool {
    let place = "aggregationRule.clusterRoleSelectors";
    let (have, want) = (path::list(live, place), path::list(expected, place));
    let lacks = |have: &[Value], want: &[Value]| -> Vec<Value> {
        want.iter().filter(|selector| !have.contains(selector)).cloned().collect()
    };
    let missing = lacks(have, want);
    if !expected["aggregationRule"].is_object() {
        return live["aggregationRule"].is_object() && path::remove(object, "aggregationRule").is_some();
    }
    if !remove && !missing.is_empty() {
        path::set(object, place, Value::Array([have, missing.as_slice()].concat()));
        return true;
    }
    if remove && !(missing.is_empty() && lacks(want, have).is_empty()) {
        object["aggregationRule"] = expected["aggregationRule"].clone();
        return true;
    }
    false
}

fn uncovered_subjects(have: &[Value], want: &[Value]) -> Vec<Value> {
    let parts =
        |subject: &Value| ["kind", "apiGroup", "name", "namespace"].map(|field| path::str(subject, field).to_owned());
    let mut found: Vec<Value> = Vec::new();
    for subject in want {
        // The server fills in the group of users and groups.
        let mut subject = subject.clone();
        if subject["apiGroup"].is_null() && matches!(path::str(&subject, "kind"), "User" | "Group") {
            subject["apiGroup"] = "rbac.authorization.k8s.io".into();
        }
        let same = |other: &Value| parts(other) == parts(&subject);
        if !have.iter().any(same) && !found.iter().any(same) {
            found.push(subject);
        }
    }
    found
}

fn uncovered_rules(have: &[Value], want: &[Value]) -> Vec<Value> {
    let simple = want.iter().flat_map(break_down);
    simple.filter(|rule| !have.iter().any(|owner| covers(owner, rule))).collect()
}

/// Whether one rule allows what a broken down one does.
fn covers(owner: &Value, rule: &Value) -> bool {
    let all = |field: &str| {
        let owned = words(owner, field);
        owned.contains(&"*") || words(rule, field).iter().all(|word| owned.contains(word))
    };
    let resources = words(owner, "resources");
    let names = words(owner, "resourceNames");
    let urls = words(owner, "nonResourceURLs");
    let asked = words(rule, "resourceNames");
    all("verbs")
        && all("apiGroups")
        && (all("resources")
            || words(rule, "resources").iter().all(|resource| {
                resource.split_once('/').is_some_and(|(_, sub)| resources.contains(&format!("*/{sub}").as_str()))
            }))
        && (names.is_empty() || !asked.is_empty() && asked.iter().all(|name| names.contains(name)))
        && words(rule, "nonResourceURLs").iter().all(|url| {
            urls.iter()
                .any(|owned| owned == url || owned.ends_with('*') && url.starts_with(owned.trim_end_matches('*')))
        })
}

impl Reconciled {
    async fn print(&self, session: &Session, output: &Output, dry_run: DryRun, list: &str, remove: bool) -> Outcome {
        let shown = match output {
            Output::Human => format!("{} reconciled{}\n", self.target.label(), dry_run.suffix()),
            output => printers::objects(output, std::slice::from_ref(&self.target), true)?,
        };
        session.out(&shown).await;
        if self.operation.is_empty() {
            return Ok(());
        }
        let caveat = match self.protected {
            true => format!(", but object opted out ({AUTO_UPDATE}: false)"),
            false => String::new(),
        };
        let mut text = format!("\treconciliation required {}{caveat}\n", self.operation);
        let line = if list == "rules" { rbac_rules::line } else { subject_line };
        for (entries, said) in [(&self.missing, "missing {} added"), (&self.extra, "extra {} removed")] {
            if entries.is_empty() || said.starts_with("extra") && !remove {
                continue;
            }
            text.push_str(&format!("\t{}:\n", said.replace("{}", list)));
            text.extend(entries.iter().map(|entry| format!("\t\t{}\n", line(entry))));
        }
        session.err(&text).await;
        Ok(())
    }
}

fn subject_line(subject: &Value) -> String {
    let of = |field: &str| path::str(subject, field).to_owned();
    format!("{{Kind:{} APIGroup:{} Name:{} Namespace:{}}}", of("kind"), of("apiGroup"), of("name"), of("namespace"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_cover_rules() {
        let rule = |verbs: &[&str], groups: &[&str], resources: &[&str], names: &[&str]| json!({"verbs": verbs, "apiGroups": groups, "resources": resources, "resourceNames": names});
        for (have, want, missing) in [
            (rule(&["get"], &[""], &["pods"], &[]), rule(&["get"], &[""], &["pods"], &[]), 0),
            (rule(&["get"], &[""], &["pods"], &[]), rule(&["get", "list"], &[""], &["pods", "services"], &[]), 3),
            (rule(&["*"], &["*"], &["*"], &[]), rule(&["get", "list"], &["apps"], &["deployments/scale"], &["a"]), 0),
            (rule(&["get"], &[""], &["*/log"], &[]), rule(&["get"], &[""], &["pods/log", "pods"], &[]), 1),
            (rule(&["get"], &[""], &["pods"], &["a"]), rule(&["get"], &[""], &["pods"], &[]), 1),
            (rule(&["get"], &[""], &["pods"], &["a"]), rule(&["get"], &[""], &["pods"], &["a", "b"]), 1),
            (
                json!({"verbs": ["get"], "nonResourceURLs": ["/api/*"]}),
                json!({"verbs": ["get"], "nonResourceURLs": ["/api/v1", "/healthz"]}),
                1,
            ),
        ] {
            assert_eq!(
                uncovered_rules(std::slice::from_ref(&have), std::slice::from_ref(&want)).len(),
                missing,
                "{have} {want}"
            );
        }
    }
}
