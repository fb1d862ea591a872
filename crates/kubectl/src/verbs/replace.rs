//! `kubectl replace`

use api::{Method, Request, path};
use serde_json::json;

use crate::command::{DELETE, DRY_RUN, FILES, PRINT, RAW, SAVE_CONFIG, SUBRESOURCE, VALIDATE, Verb, field_manager};
use crate::dry_run::DryRun;
use crate::error::{Error, Outcome, plain};
use crate::flags::Args;
use crate::printers::{self, Output};
use crate::session::Session;
use crate::target::{self, Target};
use crate::verbs::apply::{validation, with_last_applied};

/// The verb.
pub static VERB: Verb = Verb {
    name: "replace",
    aliases: &[],
    flags: &[
        DELETE,
        RAW,
        SUBRESOURCE,
        FILES,
        PRINT,
        DRY_RUN,
        SAVE_CONFIG,
        VALIDATE,
        &[field_manager("kubectl-replace")],
    ],
    run: |session, args| Box::pin(replace(session, args)),
};

async fn replace(session: &Session, args: &Args) -> Outcome {
    if args.has("raw") {
        return super::raw::send(session, args, Method::Put).await;
    }
    let dry_run = DryRun::of(args)?;
    validation(args)?;
    if !args.names_files() {
        return plain("must specify one of -f and -k");
    }
    let output = printers::output(&*session.host, args, false)?;
    let (targets, mut errors) = target::from_files(session, args).await?;
    for target in targets {
        let source = target.source.clone();
        if args.on("force") && target.name.is_empty() {
            errors.push(Error::Plain("resource name may not be empty".to_owned()).about_source("deleting", &source));
            continue;
        }
        match one(session, args, dry_run, target).await {
            Ok(target) => {
                let text = match &output {
                    Output::Human => format!("{} replaced{}\n", target.label(), dry_run.suffix()),
                    output => printers::one(session, output, target)?,
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
    let query = [dry_run.query(), ("fieldManager", args.text("field-manager")), ("fieldValidation", validation(args)?)];
    if dry_run == DryRun::Client {
        session.record(&mut target.object);
        return Ok(target);
    }
    if args.on("save-config") {
        target.object = with_last_applied(&target.object);
    }
    session.record(&mut target.object);
    let object = target.object.clone();
    let subresource = args.text("subresource");
    if !subresource.is_empty() {
        if args.on("force") {
            return plain("--subresource can not be used with --force");
        }
        let place = format!("{}/{subresource}", target.resource.path(Some(&target.namespace), Some(&target.name)));
        let mut request = Request::new(Method::Put, place).with_body(object);
        request.query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        target.object = session.json(request).await?;
    } else if args.on("force") {
        let place = target.resource.path(Some(&target.namespace), Some(&target.name));
        let deleted =
            session.json(Request::new(Method::Delete, place).with_body(json!({"gracePeriodSeconds": 0}))).await;
        match deleted {
            Ok(_) => {
                session.wait_gone(target.resource, &target.namespace, &target.name, "", None).await?;
                let place = match target.namespace.as_str() {
                    "" => String::new(),
                    namespace => format!(" from {namespace} namespace"),
                };
                session
                    .out(&format!("{} {:?} deleted{place}\n", target::kind_label(target.resource), target.name))
                    .await;
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
