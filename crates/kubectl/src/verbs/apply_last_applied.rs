//! `kubectl apply view-last-applied` and `set-last-applied`: the configuration that apply keeps in an annotation.
//!
//! Follows k8s.io/kubectl/pkg/cmd/apply/apply_{view,set}_last_applied.go; `edit-last-applied` is a mode of `edit`.

use api::{PatchType, path};
use serde_json::{Value, json};

use crate::command::{DRY_RUN, FILES, PRINT, SELECTOR, Verb};
use crate::dry_run::DryRun;
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::printers::{self, Output, json as json_printer};
use crate::session::Session;
use crate::target::{self, Target};
use crate::verbs::apply::{LAST_APPLIED, retrieving};

const VIEW_FLAGS: &[Flag] = &[flag("output", 'o', Takes::Text, "yaml"), flag("all", ' ', Takes::Bool, "false")];

/// `kubectl apply view-last-applied`
pub static VIEW: Verb = Verb {
    name: "apply view-last-applied",
    aliases: &[],
    flags: &[VIEW_FLAGS, FILES, SELECTOR],
    run: |session, args| Box::pin(view(session, args)),
};

/// The configuration an object was last applied with.
pub fn last_applied(object: &Value) -> Option<&str> {
    object["metadata"]["annotations"][LAST_APPLIED].as_str()
}

async fn view(session: &Session, args: &Args) -> Outcome {
    // A namespace that is given makes whole kinds good.
    let (found, errors) = match session.explicit_namespace && !args.words.is_empty() {
        true => target::find(session, args, &args.words).await?,
        false => target::find_named(session, args).await?,
    };
    Error::all(errors)?;
    let mut configurations = Vec::new();
    for target in &found {
        match last_applied(&target.object) {
            Some(text) => configurations.push(text),
            // kubectl's own slip: what came from no file is passed over.
            None if target.source.is_empty() => {}
            None => {
                return plain(format!(
                    "error when no last-applied-configuration annotation found on resource: {}\n {:?}: <nil>",
                    target.name, target.source
                ));
            }
        }
    }
    for text in configurations {
        let value: Value = serde_json::from_str(text).unwrap_or(Value::Null);
        match args.text("output") {
            "json" => session.out(&(json_printer::narrow(&json_printer::pretty(&value)) + "\n")).await,
            "yaml" => session.out(&manifest::to_yaml(&value)).await,
            other => {
                return plain(format!(
                    "Unexpected -o output mode: {other}, the flag 'output' must be one of yaml|json\nSee 'kubectl apply view-last-applied -h' for help and examples"
                ));
            }
        }
    }
    Ok(())
}

const SET_FLAGS: &[Flag] = &[flag("create-annotation", ' ', Takes::Bool, "false"), FILES[0]];

/// `kubectl apply set-last-applied`
pub static SET: Verb = Verb {
    name: "apply set-last-applied",
    aliases: &[],
    flags: &[SET_FLAGS, PRINT, DRY_RUN],
    run: |session, args| Box::pin(set(session, args)),
};

/// An object's JSON as the annotation holds it.
pub fn configuration(object: &Value) -> String {
    json_printer::compact(object) + "\n"
}

/// Writes a configuration into the annotation of the object it is of.
///
/// # Errors
/// What the server refuses.
pub async fn write(session: &Session, target: &Target, text: &str, query: &[(&str, &str)]) -> Outcome<Value> {
    let patch = json!({"metadata": {"annotations": {LAST_APPLIED: text}}});
    session.patch(target.resource, &target.namespace, &target.name, PatchType::Merge, patch, query).await
}

async fn set(session: &Session, args: &Args) -> Outcome {
    let dry_run = DryRun::of(args)?;
    let output = printers::output(&*session.host, args, false)?;
    if !args.names_files() {
        return plain(target::NO_RESOURCES);
    }
    let (files, errors) = target::from_files(session, args).await?;
    Error::all(errors)?;
    let mut changes: Vec<(Target, String)> = Vec::new();
    for mut file in files {
        if file.resource.namespaced {
            path::set(&mut file.object, "metadata.namespace", file.namespace.clone());
        }
        let text = configuration(&file.object);
        let live = match session.get(file.resource, &file.namespace, &file.name).await {
            Ok(live) => live,
            Err(error) if error.is_not_found() => return Err(error),
            Err(error) => {
                return Err(error.about_source(&retrieving(&file), &file.source));
            }
        };
        match last_applied(&live) {
            None if !args.on("create-annotation") => {
                return plain(format!(
                    "no last-applied-configuration annotation found on resource: {}, to create the annotation, run the command with --create-annotation",
                    file.name
                ));
            }
            Some(before) if before.trim_end() == text.trim_end() => {
                session.out(&format!("set-last-applied {}: no changes required.\n", file.name)).await;
            }
            _ => changes.push((Target { object: live, ..file }, text)),
        }
    }
    for (mut target, text) in changes {
        if dry_run != DryRun::Client {
            target.object = write(session, &target, &text, &[dry_run.query()]).await?;
        }
        let shown = match &output {
            Output::Human => format!("{} configured{}\n", target.label(), dry_run.suffix()),
            output => printers::objects(output, &[target], true)?,
        };
        session.out(&shown).await;
    }
    Ok(())
}
