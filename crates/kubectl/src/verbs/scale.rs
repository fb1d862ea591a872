//! `kubectl scale`

use api::{Method, PatchType, Request, path};
use serde_json::json;

use crate::command::{DRY_RUN, FILES, PRINT, SELECTOR, Verb};
use crate::dry_run::DryRun;
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::printers;
use crate::report::report;
use crate::session::Session;
use crate::target;
use crate::verbs::patch::record_patched;

const FLAGS: &[Flag] = &[
    flag("replicas", ' ', Takes::Int, "0"),
    flag("current-replicas", ' ', Takes::Int, "-1"),
    flag("resource-version", ' ', Takes::Text, ""),
    flag("all", ' ', Takes::Bool, "false"),
    flag("timeout", ' ', Takes::Duration, "0s"),
];

/// The verb.
pub static VERB: Verb = Verb {
    name: "scale",
    aliases: &[],
    flags: &[FLAGS, FILES, PRINT, SELECTOR, DRY_RUN],
    run: |session, args| Box::pin(scale(session, args)),
};

async fn scale(session: &Session, args: &Args) -> Outcome {
    let dry_run = DryRun::of(args)?;
    let output = printers::output(&*session.host, args, false)?;
    if !args.has("replicas") {
        return plain("required flag(s) \"replicas\" not set");
    }
    if args.int("replicas") < 0 {
        return plain("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0");
    }
    if args.int("current-replicas") < -1 {
        return plain("The --current-replicas must specify an integer of -1 or greater");
    }
    if args.words.is_empty() && !args.names_files() {
        return plain(target::NO_RESOURCES);
    }
    // Objects of files are scaled without a look at what the server has.
    let (targets, errors) = match args.names_files() && args.words.is_empty() {
        true => target::from_files(session, args).await?,
        false => target::find_named(session, args).await?,
    };
    if targets.is_empty() && errors.is_empty() {
        return plain("no objects passed to scale");
    }
    for mut target in targets {
        if dry_run != DryRun::Client && target.resource.subresource("scale").is_none() {
            // What the server says of the path that is not there.
            let status = api::Status::new(api::Reason::NotFound, "the server could not find the requested resource");
            return Err(Error::from(status));
        }
        let (wanted, version) = (args.int("current-replicas"), args.text("resource-version"));
        if dry_run != DryRun::Client && (wanted >= 0 || !version.is_empty()) {
            let live = session.get(target.resource, &target.namespace, &target.name).await?;
            let now = path::int(&live, "spec.replicas").unwrap_or(1);
            if wanted >= 0 && wanted != now {
                return plain(format!("Expected replicas to be {wanted}, was {now}"));
            }
            let live = path::str(&live, "metadata.resourceVersion");
            if !version.is_empty() && version != live {
                return plain(format!("Expected resource version to be {version}, was {live}"));
            }
        }
        if dry_run != DryRun::Client {
            let place = target.resource.path(Some(&target.namespace), Some(&target.name));
            let mut request = Request::new(Method::Patch, format!("{place}/scale"))
                .with_body(json!({"spec": {"replicas": args.int("replicas")}}));
            request.patch = Some(PatchType::Merge);
            if dry_run == DryRun::Server {
                request = request.with_query("dryRun", "All");
            }
            session.json(request).await?;
            // Whether that works is not said.
            let _ = record_patched(session, &target, &[]).await;
        }
        if target.resource.namespaced {
            path::set(&mut target.object, "metadata.namespace", target.namespace.clone());
        }
        if matches!(target.resource.group, "" | "apps") {
            path::set(&mut target.object, "spec.replicas", args.int("replicas"));
        }
        report(session, &output, &target, &format!("scaled{}", dry_run.suffix())).await?;
    }
    Error::all(errors)
}
