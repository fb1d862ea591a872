//! `kubectl apply`: create what is not there, and patch what is by a three-way merge of the last applied configuration, the
//! manifest and the live object.
//!
//! <https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/>

use api::{LocalFuture, PatchType, Reason, path, schema, strategic};
use serde_json::{Map, Value};

use crate::command::{DELETE, DRY_RUN, FILES, PRINT, SELECTOR, SUBRESOURCE, VALIDATE, Verb, field_manager};
use crate::dry_run::DryRun;
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag, parse_bool};
use crate::printers::{self, Output, json};
use crate::session::{Session, is_conflict};
use crate::target::{self, Target};
use crate::verbs::apply_conflicts;
use crate::verbs::apply_prune;
use crate::verbs::apply_server_side;
use crate::verbs::get::group_version;

/// Where apply keeps what was applied last.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

const FLAGS: &[Flag] = &[
    flag("server-side", ' ', Takes::Bool, "false"),
    flag("force-conflicts", ' ', Takes::Bool, "false"),
    flag("prune", ' ', Takes::Bool, "false"),
    flag("prune-allowlist", ' ', Takes::Array, ""),
    flag("openapi-patch", ' ', Takes::Bool, "true"),
    flag("all", ' ', Takes::Bool, "false"),
    flag("overwrite", ' ', Takes::Bool, "true"),
];

/// The verb.
pub static VERB: Verb = Verb {
    name: "apply",
    aliases: &[],
    flags: &[
        FLAGS,
        DELETE,
        FILES,
        PRINT,
        SELECTOR,
        DRY_RUN,
        SUBRESOURCE,
        VALIDATE,
        &[field_manager("kubectl-client-side-apply")],
    ],
    run,
};

fn run<'a>(session: &'a Session, args: &'a Args) -> LocalFuture<'a, Outcome> {
    Box::pin(apply(session, args))
}

async fn apply(session: &Session, args: &Args) -> Outcome {
    let dry_run = DryRun::of(args)?;
    if !args.words.is_empty() {
        let words = args.words.join(" ");
        return plain(format!("Unexpected args: [{words}]\nSee 'kubectl apply -h' for help and examples"));
    }
    if !args.names_files() {
        return plain("must specify one of -f and -k");
    }
    check(args, dry_run)?;
    let output = printers::output(&*session.host, args, false)?;
    let (mut targets, mut errors) = target::from_files(session, args).await?;
    let selector = args.text("selector");
    if !selector.is_empty() {
        let selector = api::LabelSelector::parse(selector).map_err(|error| Error::Plain(error.to_string()))?;
        targets.retain(|target| selector.matches(&target.object["metadata"]["labels"]));
    }
    if targets.is_empty() && errors.is_empty() {
        return plain("no objects passed to apply");
    }
    let of_files = errors.len();
    let mut shown: Vec<Target> = Vec::new();
    let mut applied: Vec<Target> = Vec::new();
    for target in targets {
        match one(session, args, dry_run, target).await {
            Ok((target, word)) => {
                if args.on("prune") {
                    applied.push(target.clone());
                }
                if output == Output::Human {
                    session.out(&format!("{} {word}{}\n", target.label(), dry_run.suffix())).await;
                } else {
                    shown.push(target);
                }
            }
            Err(error) => errors.push(error),
        }
    }
    if !shown.is_empty() {
        session.out(&printers::applied(&output, &shown)?).await;
    }
    if args.on("prune") && errors.is_empty() {
        apply_prune::prune(session, args, dry_run, &applied).await?;
    }
    // What was wrong with the files is one error among those of the objects.
    if of_files > 1 && errors.len() > of_files {
        let files: Vec<String> = errors.drain(..of_files).map(|error| error.line()).collect();
        errors.insert(0, Error::Verbatim(format!("[{}]", files.join(", "))));
    }
    Error::all(errors)
}

/// What flags may not be together, before anything is read.
fn check(args: &Args, dry_run: DryRun) -> Outcome {
    if args.on("force-conflicts") && !args.on("server-side") {
        return plain("--force-conflicts only works with --server-side");
    }
    if args.on("server-side") && dry_run == DryRun::Client {
        return plain("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)");
    }
    if args.on("server-side") && args.on("force") {
        return plain("--force cannot be used with --server-side");
    }
    validation(args)?;
    if !matches!(args.text("cascade"), "background" | "orphan" | "foreground" | "true" | "false") {
        return plain(format!(
            "invalid cascade value ({}). Must be \"background\", \"foreground\", or \"orphan\"",
            args.text("cascade")
        ));
    }
    if args.on("prune") { apply_prune::check(args) } else { Ok(()) }
}

async fn one(session: &Session, args: &Args, dry_run: DryRun, mut target: Target) -> Outcome<(Target, &'static str)> {
    if target.name.is_empty() {
        let generated = path::str(&target.object, "metadata.generateName");
        if !generated.is_empty() {
            return plain(format!("from {generated}: cannot use generate name with apply"));
        }
        return Err(Error::Plain("resource name may not be empty".to_owned())
            .about_source(&retrieving(&target), &target.source));
    }
    if target.resource.namespaced {
        path::set(&mut target.object, "metadata.namespace", target.namespace.clone());
    }
    session.record(&mut target.object);
    let validate = validation(args)?;
    let manager = match args.text("field-manager") {
        _ if args.on("server-side") && !args.has("field-manager") => "kubectl",
        manager => manager,
    };
    let query = [dry_run.query(), ("fieldManager", manager), ("fieldValidation", validate)];
    if !args.text("subresource").is_empty() && !args.on("server-side") {
        return plain("--subresource is only supported with --server-side");
    }
    if args.on("server-side") {
        return apply_server_side::apply(session, args, target, &query, manager).await;
    }
    let modified = with_last_applied(&target.object);
    let current = match session.get(target.resource, &target.namespace, &target.name).await {
        Ok(current) => current,
        Err(error) if error.is_not_found() => {
            let mut object = modified;
            prune_nulls(&mut object);
            target.object = match dry_run {
                DryRun::Client => object,
                _ => session
                    .create(target.resource, &target.namespace, object, &query)
                    .await
                    .map_err(|error| error.about_source("creating", &target.source))?,
            };
            return Ok((target, "created"));
        }
        Err(error) => {
            let verb = format!("retrieving current configuration of:\n{}\nfrom server for:", describe(&target));
            return Err(error.about_source(&verb, &target.source));
        }
    };
    if path::get(&current, "metadata.annotations")[LAST_APPLIED].is_null() {
        session
            .err(&format!(
                "Warning: resource {}/{} is missing the {LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.\n",
                target.resource.plural, target.name
            ))
            .await;
    }
    let (patch, live) = patch_live(session, args, dry_run, &target, &modified, current, &query).await?;
    if !path::str(&live, "metadata.deletionTimestamp").is_empty() {
        session
            .err(&format!("Warning: Detected changes to resource {} which is currently being deleted.\n", target.name))
            .await;
    }
    target.object = live;
    Ok((target, if patch { "configured" } else { "unchanged" }))
}

/// Patches the live object to what the manifest says; whether there was anything to patch, and the object after it.
async fn patch_live(
    session: &Session,
    args: &Args,
    dry_run: DryRun,
    target: &Target,
    modified: &Value,
    mut current: Value,
    query: &[(&str, &str)],
) -> Outcome<(bool, Value)> {
    let mut tries = 0;
    loop {
        let original = match path::get(&current, "metadata.annotations")[LAST_APPLIED].as_str() {
            Some(text) => serde_json::from_str(text).unwrap_or(Value::Null),
            None => Value::Null,
        };
        let mut made = three_way(target, &original, modified, &current);
        if let (Ok(patch), false) = (&made, args.on("overwrite")) {
            let kind = schema::struct_of(target.resource);
            made = apply_conflicts::refuse(&original, modified, &current, patch, kind).and(made);
        }
        let patch = made.map_err(|error| {
            let verb = format!("applying patch:\n\nto:\n{}\nfor:", describe(target));
            error.about_source("patching", &target.source).about_source(&verb, &target.source)
        })?;
        if patch.as_object().is_some_and(Map::is_empty) {
            return Ok((false, current));
        }
        if dry_run == DryRun::Client {
            let mut live = current;
            apply_locally(target, &mut live, &patch)?;
            return Ok((true, live));
        }
        let kind = if schema::struct_of(target.resource).is_some() { PatchType::Strategic } else { PatchType::Merge };
        let result = session.patch(target.resource, &target.namespace, &target.name, kind, patch.clone(), query).await;
        let error = match result {
            Ok(live) => return Ok((true, live)),
            Err(error) => error,
        };
        tries += 1;
        if is_conflict(&error) && tries <= 5 {
            current = session.get(target.resource, &target.namespace, &target.name).await?;
            continue;
        }
        let refused =
            matches!(&error, Error::Server(status) if matches!(status.reason, Reason::Invalid | Reason::Conflict));
        if refused && args.on("force") {
            return Ok((true, replace_by_force(session, target, modified, query).await?));
        }
        let verb = format!("applying patch:\n{}\nto:\n{}\nfor:", json::compact(&patch), describe(target));
        return Err(error.about_source("patching", &target.source).about_source(&verb, &target.source));
    }
}

async fn replace_by_force(
    session: &Session,
    target: &Target,
    modified: &Value,
    query: &[(&str, &str)],
) -> Outcome<Value> {
    let path = target.resource.path(Some(&target.namespace), Some(&target.name));
    let request = api::Request::new(api::Method::Delete, path).with_body(serde_json::json!({"gracePeriodSeconds": 0}));
    session.json(request).await?;
    session.wait_gone(target.resource, &target.namespace, &target.name, "", None).await?;
    session.create(target.resource, &target.namespace, modified.clone(), query).await
}

fn three_way(target: &Target, original: &Value, modified: &Value, current: &Value) -> Outcome<Value> {
    let empty = Value::Object(Map::new());
    let original = if original.is_null() { &empty } else { original };
    match schema::struct_of(target.resource) {
        Some(kind) => strategic::three_way(original, modified, current, Some(kind))
            .or_else(|error| plain(format!("creating patch with:\n{error}"))),
        None => Ok(api::patch::merge::three_way(original, modified, current)),
    }
}

fn apply_locally(target: &Target, live: &mut Value, patch: &Value) -> Outcome {
    match schema::struct_of(target.resource) {
        Some(kind) => match strategic::apply(live, patch, Some(kind)) {
            Ok(patched) => *live = patched,
            Err(error) => return plain(format!("applying patch locally: {error}")),
        },
        None => api::patch::merge::apply(live, patch),
    }
    Ok(())
}

/// `--validate` as the query says it.
///
/// # Errors
/// In kubectl's words.
pub fn validation(args: &Args) -> Outcome<&'static str> {
    let text = args.text("validate");
    match (text, parse_bool(text)) {
        ("strict", _) | (_, Some(true)) => Ok("Strict"),
        ("warn", _) => Ok("Warn"),
        ("ignore", _) | (_, Some(false)) => Ok("Ignore"),
        // A verb that has no such flag.
        ("", _) if !args.has("validate") => Ok("Ignore"),
        _ => plain(format!(
            "invalid - validate option {text:?}; must be one of: strict (or true), warn, ignore (or false)"
        )),
    }
}

/// The object with its own configuration in the annotation.
pub fn with_last_applied(object: &Value) -> Value {
    let mut object = object.clone();
    if !object["metadata"]["annotations"].is_object() {
        path::set(&mut object, "metadata.annotations", Value::Object(Map::new()));
    }
    if let Some(annotations) = object["metadata"]["annotations"].as_object_mut() {
        annotations.remove(LAST_APPLIED);
    }
    let text = json::compact(&object) + "\n";
    object["metadata"]["annotations"][LAST_APPLIED] = text.into();
    object
}

fn prune_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(prune_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(prune_nulls),
        _ => {}
    }
}

/// What was done, for an error about it, when a live object could not be read.
pub fn retrieving(target: &Target) -> String {
    format!("retrieving current configuration of:\n{}\nfrom server for:", describe(target))
}

/// How cli-runtime prints an object's coordinates.
fn describe(target: &Target) -> String {
    let group = group_version(target.resource);
    format!(
        "Resource: {:?}, GroupVersionKind: {:?}\nName: {:?}, Namespace: {:?}",
        format!("{group}, Resource={}", target.resource.plural),
        format!("{group}, Kind={}", target.resource.kind),
        target.name,
        target.namespace
    )
}
