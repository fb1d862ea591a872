//! `kubectl label` and `kubectl annotate`

use api::PatchType;
use serde_json::{Value, json};

use crate::command::{ALL_NAMESPACES, DRY_RUN, FILES, PRINT, SELECTOR, Verb, field_manager};
use crate::dry_run::DryRun;
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::printers::{self, Output};
use crate::session::Session;
use crate::target;

const FLAGS: &[Flag] = &[
    flag("overwrite", ' ', Takes::Bool, "false"),
    flag("all", ' ', Takes::Bool, "false"),
    flag("list", ' ', Takes::Bool, "false"),
    flag("field-selector", ' ', Takes::Text, ""),
    flag("resource-version", ' ', Takes::Text, ""),
    flag("local", ' ', Takes::Bool, "false"),
];

/// `kubectl label`
pub static LABEL: Verb = Verb {
    name: "label",
    aliases: &[],
    flags: &[FLAGS, FILES, PRINT, SELECTOR, ALL_NAMESPACES, DRY_RUN, &[field_manager("kubectl-label")]],
    run: |session, args| Box::pin(change(session, args, "labels", "label", "labeled")),
};

/// `kubectl annotate`
pub static ANNOTATE: Verb = Verb {
    name: "annotate",
    aliases: &[],
    flags: &[FLAGS, FILES, PRINT, SELECTOR, ALL_NAMESPACES, DRY_RUN, &[field_manager("kubectl-annotate")]],
    run: |session, args| Box::pin(change(session, args, "annotations", "annotation", "annotated")),
};

async fn change(session: &Session, args: &Args, field: &str, noun: &str, done: &str) -> Outcome {
    let dry_run = if args.on("local") { DryRun::Client } else { DryRun::of(args)? };
    let suffix = if args.on("local") { "" } else { dry_run.suffix() };
    let output = printers::output(&*session.host, args, false)?;
    let is_change = |word: &String| word.contains('=') || word.ends_with('-');
    let first = args.words.iter().position(is_change).unwrap_or(args.words.len());
    let (words, changes) = args.words.split_at(first);
    if args.on("local") {
        if args.text("dry-run") == "server" {
            return plain("cannot specify --local and --dry-run=server - did you mean --dry-run=client?");
        }
        if !words.is_empty() {
            let file = if field == "labels" { "pod" } else { "rsrc" };
            return plain(format!(
                "can only use local files by -f {file}.yaml or --filename={file}.json when --local=true is set"
            ));
        }
    }
    if words.is_empty() && !args.names_files() {
        return plain("one or more resources must be specified as <resource> <name> or <resource>/<name>");
    }
    if changes.is_empty() && !args.on("list") {
        return plain(format!("at least one {noun} update is required"));
    }
    let by_kind = args.on("all") || !args.text("selector").is_empty() || !args.text("field-selector").is_empty();
    if words.len() == 1 && !words[0].contains('/') && !by_kind {
        return plain("resource(s) were provided, but no name was specified");
    }
    let mut set: Vec<(&str, Option<&str>)> = Vec::new();
    for change in changes {
        match (change.split_once('='), change.strip_suffix('-')) {
            (Some((key, _)), _) | (None, Some(key)) if set.iter().any(|(known, _)| *known == key) => {
                return plain(format!("can not both modify and remove a {noun} in the same command"));
            }
            (Some((_, value)), _) if field == "labels" && value.contains('=') => {
                return plain(format!("invalid label spec: {change}"));
            }
            (Some((key, value)), _) if !key.is_empty() => set.push((key, Some(value))),
            (None, Some(key)) if !key.is_empty() => set.push((key, None)),
            _ => return plain(format!("invalid {noun} spec: {change}")),
        }
        if field == "labels"
            && let Some((key, Some(value))) = set.last()
            && let Some(error) = api::names::label_value(value).first()
        {
            return plain(format!("invalid label value: \"{key}={value}\": {error}"));
        }
    }
    let (targets, mut errors) = target::find(session, args, words).await?;
    // One name, not a list of one.
    let single = targets.len() == 1 && !by_kind && errors.is_empty();
    let version = args.text("resource-version");
    if !single && !version.is_empty() {
        return plain("--resource-version may only be used with a single resource");
    }
    for mut target in targets {
        let current = target.object["metadata"][field].clone();
        if args.on("list") {
            if let Err(error) = plan(args, field, &current, &set) {
                errors.push(error);
                continue;
            }
            // They are shown as they would be; nothing is sent.
            let mut current = current;
            for (key, value) in &set {
                current[*key] = value.map(Value::from).unwrap_or_default();
            }
            if !single {
                let (kind, group) = (target.resource.kind, target.resource.group);
                session.out(&format!("Listing {field} for {kind}.{group}/{}:\n", target.name)).await;
            }
            let indent = if single { "" } else { " " };
            for (key, value) in current.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
                session.out(&format!("{indent}{key}={}\n", value.as_str().unwrap_or_default())).await;
            }
            continue;
        }
        match plan(args, field, &current, &set) {
            Ok(()) => {}
            Err(error) => {
                errors.push(error);
                continue;
            }
        }
        let (mut patch, mut added, mut removed) = (json!({}), false, false);
        for (key, value) in &set {
            match value {
                Some(value) if current[*key] != *value => {
                    patch[*key] = (*value).into();
                    added = true;
                }
                None if !current[*key].is_null() => {
                    patch[*key] = Value::Null;
                    removed = true;
                }
                None if field == "labels" => session.out(&format!("{noun} {key:?} not found.\n")).await,
                None => {}
                Some(_) => {}
            }
        }
        // Asking for what is there already is still said to be done.
        let word = match (added, removed, field) {
            (false, true, "labels") => "unlabeled".to_owned(),
            (false, false, "labels") => "not labeled".to_owned(),
            _ => done.to_owned(),
        };
        let changes = added || removed || field == "annotations" && !session.cause.is_empty();
        if changes && dry_run != DryRun::Client {
            let query = [dry_run.query(), ("fieldManager", args.text("field-manager"))];
            let mut body = json!({"metadata": {field: patch}});
            session.record(&mut body);
            if !version.is_empty() {
                body["metadata"]["resourceVersion"] = version.into();
            }
            match session.patch(target.resource, &target.namespace, &target.name, PatchType::Merge, body, &query).await
            {
                Ok(object) => target.object = object,
                Err(error) => {
                    errors.push(error);
                    continue;
                }
            }
        } else if dry_run == DryRun::Client {
            api::patch::merge::apply(&mut target.object, &json!({"metadata": {field: patch}}));
        }
        let text = match &output {
            Output::Human => format!("{} {word}{suffix}\n", target.label()),
            // Labels are printed by a printer for each object, which parts none.
            output if field == "labels" => printers::objects(output, &[target], true)?,
            output => printers::one(session, output, target)?,
        };
        session.out(&text).await;
    }
    Error::all(errors)
}

/// Refuses to overwrite what is there, unless told to.
fn plan(args: &Args, field: &str, current: &Value, set: &[(&str, Option<&str>)]) -> Outcome {
    if args.on("overwrite") {
        return Ok(());
    }
    for (key, value) in set {
        if let (Some(old), Some(new)) = (current[*key].as_str(), value)
            && old != *new
        {
            if field == "labels" {
                return plain(format!("'{key}' already has a value ({old}), and --overwrite is false"));
            }
            if *key == "kubernetes.io/change-cause" {
                continue;
            }
            return plain(format!(
                "--overwrite is false but found the following declared annotation(s): '{key}' already has a value ({old})"
            ));
        }
    }
    Ok(())
}
