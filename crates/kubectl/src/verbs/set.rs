//! `kubectl set resources|selector|serviceaccount|subject`, and what all of `kubectl set` do alike: an object is changed
//! here, and the difference sent as a patch.

use api::{PatchType, path, schema, strategic};
use serde_json::{Value, json};

use crate::command::{DRY_RUN, FILES, FILES_WITHIN, PRINT, SELECTOR, SUBJECTS, Verb};
use crate::dry_run::DryRun;
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::printers::{self, Output};
use crate::session::Session;
use crate::target::{self, Target};
use crate::typed;

/// `--all`, `--local`, `--field-manager`
pub const FLAGS: &[Flag] = &[
    flag("all", ' ', Takes::Bool, "false"),
    flag("local", ' ', Takes::Bool, "false"),
    flag("field-manager", ' ', Takes::Text, "kubectl-set"),
];
/// `-c`
pub const CONTAINERS: &[Flag] = &[flag("containers", 'c', Takes::Text, "*")];

/// What is said of a change: `env updated`, `failed to patch env update to pod template:`.
pub struct Words {
    /// Behind the object's name.
    pub done: &'static str,
    /// Before the server's words; empty for a command that goes on after mistakes and sends patches of nothing.
    pub failed: &'static str,
}

/// Changes the objects that words, selectors or files name.
///
/// # Errors
/// What `change` says of an object, and what the server refuses.
pub async fn update(
    session: &Session,
    args: &Args,
    words: &[String],
    said: &Words,
    change: &mut dyn FnMut(&mut Target) -> Outcome,
) -> Outcome {
    let dry_run = DryRun::of(args)?;
    let local = args.on("local");
    if local && dry_run == DryRun::Server {
        return plain("cannot specify --local and --dry-run=server - did you mean --dry-run=client?");
    }
    if args.on("all") && !args.text("selector").is_empty() {
        return plain("cannot set --all and --selector at the same time");
    }
    let output = printers::output(&*session.host, args, false)?;
    let (targets, mut errors) = match local {
        true if !words.is_empty() => {
            return plain(target::LOCAL);
        }
        true => (from_files(session, args).await?, Vec::new()),
        false => {
            let named = args.names_files() || args.on("all") || !args.text("selector").is_empty();
            if !named && matches!(target::select_arguments(session, words)?, target::Selection::Kinds(_)) {
                return plain(match words {
                    [] => "one or more resources must be specified as <resource> <name> or <resource>/<name>",
                    _ => "resource(s) were provided, but no name was specified",
                });
            }
            target::find(session, args, words).await?
        }
    };
    // Where one is not found, none is changed.
    if !said.failed.is_empty() {
        Error::all(std::mem::take(&mut errors))?;
    }
    for mut target in targets {
        let before = target.object.clone();
        if let Err(error) = change(&mut target) {
            // An object of the server is named by its resource, one of a file by its kind.
            let name = match local {
                true if target.resource.group.is_empty() => target.label(),
                true => target.label() + "\n",
                false => format!("{}/{}", target.resource.plural, target.name),
            };
            errors.push(match said.failed {
                "" => error,
                _ => Error::Plain(format!("error: {name} {}\n", error.line())),
            });
            continue;
        }
        session.record(&mut target.object);
        let patch = match schema::struct_of(target.resource) {
            Some(kind) => match strategic::two_way(&before, &target.object, Some(kind)) {
                Ok(patch) => patch,
                Err(error) => {
                    errors.push(Error::Plain(error.to_string()));
                    continue;
                }
            },
            None => api::patch::merge::diff(&before, &target.object),
        };
        if !said.failed.is_empty() && patch.as_object().is_none_or(serde_json::Map::is_empty) {
            continue;
        }
        if !local && dry_run != DryRun::Client {
            let query = [dry_run.query(), ("fieldManager", args.text("field-manager"))];
            let (resource, namespace, name) = (target.resource, &target.namespace, &target.name);
            match session.patch(resource, namespace, name, PatchType::Strategic, patch, &query).await {
                Ok(object) => target.object = object,
                Err(error) if said.failed.is_empty() => {
                    errors.push(error);
                    continue;
                }
                Err(error) => {
                    errors.push(Error::Plain(format!("{} {error}", said.failed)));
                    continue;
                }
            }
        }
        if local {
            typed::complete(&mut target.object);
        }
        let text = match &output {
            Output::Human => {
                let suffix = if local { "" } else { dry_run.suffix() };
                format!("{} {}{suffix}\n", target.label(), said.done)
            }
            output => printers::one(session, output, target)?,
        };
        session.out(&text).await;
    }
    Error::all(errors)
}

/// The objects of files, for `--local`: read as the typed ones that they are.
///
/// # Errors
/// What is wrong with a file, or with the types of its values.
pub async fn from_files(session: &Session, args: &Args) -> Outcome<Vec<Target>> {
    let (targets, mut errors) = target::from_files(session, args).await?;
    errors.extend(targets.iter().filter_map(|target| {
        let error = schema::decode(schema::struct_of(target.resource)?, &mut target.object.clone()).error?;
        Some(Error::Plain(format!("unable to decode {:?}: {}", target.source, error.message)))
    }));
    Error::all(errors)?;
    Ok(targets)
}

/// Where an object has its Pod's spec.
///
/// # Errors
/// That it has none.
pub fn pod_spec(target: &mut Target) -> Outcome<&mut Value> {
    let place: &[&str] = match target.resource.kind {
        "Pod" => &["spec"],
        "CronJob" => &["spec", "jobTemplate", "spec", "template", "spec"],
        "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Job" | "ReplicationController" => {
            &["spec", "template", "spec"]
        }
        kind => {
            let version = target.resource.version;
            return plain(format!("the object is not a pod or does not have a pod template: *{version}.{kind}"));
        }
    };
    let mut spec = &mut target.object;
    for name in place {
        spec = &mut spec[*name];
    }
    Ok(spec)
}

/// The containers of a Pod's spec, and its init containers, whose names fit a pattern with `*`.
pub fn containers<'a>(spec: &'a mut Value, pattern: &str) -> Vec<&'a mut Value> {
    let Some(spec) = spec.as_object_mut() else { return Vec::new() };
    let mut main: Vec<&mut Value> = Vec::new();
    let mut init: Vec<&mut Value> = Vec::new();
    for (field, list) in spec.iter_mut() {
        match (field.as_str(), list) {
            ("containers", Value::Array(list)) => main.extend(list.iter_mut()),
            ("initContainers", Value::Array(list)) => init.extend(list.iter_mut()),
            _ => {}
        }
    }
    main.extend(init);
    main.retain(|container| fits(pattern, path::str(container, "name")));
    main
}

/// Whether a name fits a pattern in which `*` stands for anything.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(middle) = last.replace(part) {
            match rest.find(middle) {
                Some(at) => rest = &rest[at + middle.len()..],
                None => return false,
            }
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

const RESOURCES_FLAGS: &[Flag] = &[flag("limits", ' ', Takes::Text, ""), flag("requests", ' ', Takes::Text, "")];

/// `kubectl set resources`
pub static RESOURCES: Verb = Verb {
    name: "set resources",
    aliases: &[],
    flags: &[RESOURCES_FLAGS, CONTAINERS, FLAGS, FILES, PRINT, SELECTOR, DRY_RUN],
    run: |session, args| {
        Box::pin(async move {
            let kinds = [("limits", args.text("limits")), ("requests", args.text("requests"))];
            if kinds.iter().all(|(_, text)| text.is_empty()) {
                if args.words.is_empty() && !args.names_files() {
                    return plain(target::NO_RESOURCES);
                }
                let (_, errors) = target::find(session, args, &args.words).await?;
                Error::all(errors)?;
                return plain("you must specify an update to requests or limits (in the form of --requests/--limits)");
            }
            let mut wanted: Vec<(&str, &str, &str)> = Vec::new();
            for (kind, text) in kinds.into_iter().filter(|(_, text)| !text.is_empty()) {
                for pair in text.split(',') {
                    let Some((name, amount)) = pair.split_once('=') else {
                        return plain(format!("Invalid argument syntax {pair}, expected <resource>=<value>"));
                    };
                    if let Err(error) = api::Quantity::parse(amount) {
                        return plain(error.to_string());
                    }
                    wanted.push((kind, name, amount));
                }
            }
            let pattern = args.text("containers");
            let said = Words {
                done: "resource requirements updated",
                failed: "failed to patch resources update to pod template",
            };
            let mut missing = false;
            let mut change = |target: &mut Target| {
                let found = containers(pod_spec(target)?, pattern);
                missing |= found.is_empty();
                for container in found {
                    for (kind, name, amount) in &wanted {
                        container["resources"][kind][name] = (*amount).into();
                    }
                }
                Ok(())
            };
            let result = update(session, args, &args.words, &said, &mut change).await;
            if missing && result.is_ok() {
                return plain(format!("unable to find container named {pattern}"));
            }
            result
        })
    },
};

/// `kubectl set selector`
pub static SET_SELECTOR: Verb = Verb {
    name: "set selector",
    aliases: &[],
    flags: &[FLAGS, FILES_WITHIN, PRINT, DRY_RUN, &[flag("resource-version", ' ', Takes::Text, "")]],
    run: |session, args| {
        Box::pin(async move {
            let Some((expression, words)) = args.words.split_last() else { return plain("one selector is required") };
            if words.is_empty() && !args.names_files() {
                return plain(target::NO_RESOURCES);
            }
            let selector = api::LabelSelector::parse(expression).map_err(|error| {
                Error::Plain(format!("couldn't parse the selector string \"{expression}\": {error}"))
            })?;
            if expression.contains("!=") {
                return plain("\"!=\" is not a valid label selector operator");
            }
            let equals =
                |key: &str| expression.split(',').any(|part| part.split('=').next().map(str::trim) == Some(key));
            let version = args.text("resource-version");
            let mut change = |target: &mut Target| {
                if target.resource.kind != "Service" {
                    return plain("setting a selector is only supported for Services");
                }
                let mut labels = json!({});
                let mut others = Vec::new();
                for one in &selector.0 {
                    match one.values.as_slice() {
                        [value] if equals(&one.key) => labels[&one.key] = value.clone().into(),
                        values => others.push(format!("{{{} {:?} [{}]}}", one.key, one.operator, values.join(" "))),
                    }
                }
                if !others.is_empty() {
                    let others = others.join(" ");
                    return plain(format!("match expression [{others}] not supported on this object"));
                }
                target.object["spec"]["selector"] = labels;
                if !version.is_empty() {
                    path::set(&mut target.object, "metadata.resourceVersion", version);
                }
                Ok(())
            };
            let said = Words { done: "selector updated", failed: "" };
            update(session, args, words, &said, &mut change).await
        })
    },
};

/// `kubectl set serviceaccount`
pub static SERVICE_ACCOUNT: Verb = Verb {
    name: "set serviceaccount",
    aliases: &["sa"],
    flags: &[FLAGS, FILES, PRINT, DRY_RUN],
    run: |session, args| {
        Box::pin(async move {
            let Some((name, words)) = args.words.split_last() else { return plain("serviceaccount is required") };
            if words.is_empty() && !args.names_files() && !args.on("all") {
                return plain(target::NO_RESOURCES);
            }
            let mut change = |target: &mut Target| {
                let spec = pod_spec(target)?;
                spec["serviceAccountName"] = name.clone().into();
                // The old name of the same field follows.
                if spec["serviceAccount"].is_string() {
                    spec["serviceAccount"] = name.clone().into();
                }
                Ok(())
            };
            let said = Words { done: "serviceaccount updated", failed: "failed to patch ServiceAccountName" };
            update(session, args, words, &said, &mut change).await
        })
    },
};

/// `kubectl set subject`
pub static SUBJECT: Verb = Verb {
    name: "set subject",
    aliases: &[],
    flags: &[SUBJECTS, FLAGS, FILES, PRINT, SELECTOR, DRY_RUN],
    run: |session, args| {
        Box::pin(async move {
            const GROUP: &str = "rbac.authorization.k8s.io";
            let mut subjects: Vec<Value> = Vec::new();
            for (flag, kind) in [("user", "User"), ("group", "Group")] {
                let names = sorted(args.list(flag));
                subjects.extend(names.iter().map(|name| json!({"apiGroup": GROUP, "kind": kind, "name": name})));
            }
            let mut unplaced = false;
            for account in sorted(args.list("serviceaccount")) {
                match account.split_once(':') {
                    Some((namespace, name)) if !name.is_empty() && !name.contains(':') => {
                        unplaced |= namespace.is_empty();
                        let namespace = if namespace.is_empty() { &session.namespace } else { namespace };
                        subjects.push(json!({"kind": "ServiceAccount", "name": name, "namespace": namespace}));
                    }
                    _ => return plain("serviceaccount must be <namespace>:<name>"),
                }
            }
            if args.words.is_empty() && !args.names_files() && !args.on("all") && args.text("selector").is_empty() {
                return plain(target::NO_RESOURCES);
            }
            if subjects.is_empty() {
                return plain("you must specify at least one value of user, group or serviceaccount");
            }
            let mut change = |target: &mut Target| {
                match target.resource.kind {
                    "RoleBinding" => {}
                    "ClusterRoleBinding" if unplaced => {
                        return plain("serviceaccount must be <namespace>:<name>, namespace must be specified");
                    }
                    "ClusterRoleBinding" => {}
                    _ => return plain("setting subjects is only supported for RoleBinding/ClusterRoleBinding"),
                }
                if !target.object["subjects"].is_array() {
                    target.object["subjects"] = json!([]);
                }
                let Some(all) = target.object["subjects"].as_array_mut() else { return Ok(()) };
                for subject in &subjects {
                    if !all.contains(subject) {
                        all.push(subject.clone());
                    }
                }
                Ok(())
            };
            let said = Words { done: "subjects updated", failed: "failed to patch subjects to rolebinding:" };
            update(session, args, &args.words, &said, &mut change).await
        })
    },
};

fn sorted(names: &[String]) -> Vec<&str> {
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    sim::order::sort_by(&mut names, |a, b| a.cmp(b));
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn patterns_of_container_names() {
        for (pattern, name, fit) in [
            ("*", "web", true),
            ("web", "web", true),
            ("web", "web2", false),
            ("w*b", "web", true),
            ("w*x*", "web", false),
            ("*b", "bob", true),
        ] {
            assert_eq!(fits(pattern, name), fit, "{pattern} {name}");
        }
    }
}
