//! `kubectl replace`

use api::{Method, Request, path};
use serde_json::json;

use crate::command::{DRY_RUN, FILES, PRINT, Verb, WRITE};
use crate::dry_run::DryRun;
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::printers::{self, Output};
use crate::session::Session;
use crate::target::{self, Target};
use crate::verbs::apply::validation;

const FLAGS: &[Flag] = &[
    flag("force", ' ', Takes::Bool, "false", "If true, delete the resource first and create it again."),
    flag(
        "save-config",
        ' ',
        Takes::Bool,
        "false",
        "If true, the configuration of current object will be saved in its annotation.",
    ),
    flag(
        "grace-period",
        ' ',
        Takes::Int,
        "-1",
        "Period of time in seconds given to the resource to terminate gracefully.",
    ),
    flag(
        "cascade",
        ' ',
        Takes::Optional("background"),
        "background",
        "Must be \"background\", \"orphan\", or \"foreground\".",
    ),
    flag("timeout", ' ', Takes::Duration, "0s", "The length of time to wait before giving up on a delete."),
    flag("wait", ' ', Takes::Bool, "false", "If true, wait for resources to be gone before returning."),
];

/// The verb.
pub static VERB: Verb = Verb {
    name: "replace",
    aliases: &[],
    usage: "-f FILENAME [options]",
    short: "Replace a resource by file name or stdin",
    long: "",
    examples: &["kubectl replace -f ./pod.json", "kubectl replace --force -f ./pod.json"],
    flags: &[FLAGS, FILES, PRINT, DRY_RUN, WRITE],
    run: |session, args| Box::pin(replace(session, args)),
};

async fn replace(session: &Session, args: &Args) -> Outcome {
    let dry_run = DryRun::of(args)?;
    if !args.names_files() {
        return plain("must specify one of -f and -k");
    }
    let output = printers::output(&*session.host, args, false)?;
    let (targets, mut errors) = target::from_files(session, args).await?;
    for target in targets {
        let source = target.source.clone();
        match one(session, args, dry_run, target).await {
            Ok(target) => {
                let text = match &output {
                    Output::Human => format!("{} replaced{}\n", target.label(), dry_run.suffix()),
                    output => printers::objects(output, &[target], true)?,
                };
                session.out(&text).await;
            }
            Err(error) => errors.push(error.about_source("replacing", &source)),
        }
    }
    Error::all(errors)
}

async fn one(session: &Session, args: &Args, dry_run: DryRun, mut target: Target) -> Outcome<Target> {
    if target.resource.namespaced {
        path::set(&mut target.object, "metadata.namespace", target.namespace.clone());
    }
    let query = [dry_run.query(), ("fieldManager", "kubectl-replace"), ("fieldValidation", validation(args))];
    if dry_run == DryRun::Client {
        return Ok(target);
    }
    let object = target.object.clone();
    if args.on("force") {
        let place = target.resource.path(Some(&target.namespace), Some(&target.name));
        let deleted =
            session.json(Request::new(Method::Delete, place).with_body(json!({"gracePeriodSeconds": 0}))).await;
        match deleted {
            Ok(_) => {
                session.wait_gone(target.resource, &target.namespace, &target.name, "", None).await?;
                session.out(&format!("{} deleted\n", target.label().replacen('/', " \"", 1).to_owned() + "\"")).await;
            }
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
        target.object = session.create(target.resource, &target.namespace, object, &query).await?;
    } else {
        target.object = session.replace(target.resource, &target.namespace, object, &query).await?;
    }
    Ok(target)
}
