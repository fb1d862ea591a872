//! `kubectl delete`: by name, by label, by file; waits until the objects are gone.

use api::{LocalFuture, Method, Request, path};
use serde_json::{Value, json};

use crate::command::{ALL_NAMESPACES, DRY_RUN, FILES, RAW, SELECTOR, Verb};
use crate::dry_run::DryRun;
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag, parse_bool};
use crate::session::Session;
use crate::target::{self, Selection, Target, kind_label, select_arguments};

const FLAGS: &[Flag] = &[
    flag("all", ' ', Takes::Bool, "false"),
    flag("cascade", ' ', Takes::Optional("background"), "background"),
    flag("field-selector", ' ', Takes::Text, ""),
    flag("force", ' ', Takes::Bool, "false"),
    flag("grace-period", ' ', Takes::Int, "-1"),
    flag("ignore-not-found", ' ', Takes::Bool, "false"),
    flag("now", ' ', Takes::Bool, "false"),
    flag("output", 'o', Takes::Text, ""),
    flag("timeout", ' ', Takes::Duration, "0s"),
    flag("wait", ' ', Takes::Bool, "true"),
    flag("interactive", 'i', Takes::Bool, "false"),
];

/// The verb.
pub static VERB: Verb =
    Verb { name: "delete", aliases: &[], flags: &[FLAGS, RAW, FILES, SELECTOR, ALL_NAMESPACES, DRY_RUN], run };

fn run<'a>(session: &'a Session, args: &'a Args) -> LocalFuture<'a, Outcome> {
    Box::pin(delete(session, args))
}

async fn delete(session: &Session, args: &Args) -> Outcome {
    if args.has("raw") {
        return super::raw::send(session, args, Method::Delete).await;
    }
    let by_selector = args.on("all") || !args.text("selector").is_empty() || !args.text("field-selector").is_empty();
    let grace = grace_period(args)?;
    if !matches!(args.text("output"), "" | "name") {
        return plain(format!("unexpected -o output mode: {}. We only support '-o name'", args.text("output")));
    }
    if args.on("all") && !args.text("selector").is_empty() {
        return plain("setting 'all' parameter but found a non empty selector. ");
    }
    if args.on("all") && !args.text("field-selector").is_empty() {
        return plain("setting 'all' parameter but found a non empty selector. ");
    }
    if args.on("force") && grace == Some(0) {
        session.err("Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n").await;
    } else if args.on("force") && grace.is_some() {
        return plain("--force and --grace-period greater than 0 cannot be specified together");
    }
    if args.on("interactive") {
        return Box::pin(interactive(session, args, by_selector)).await;
    }
    let (targets, errors) = targets(session, args, by_selector).await?;
    delete_all(session, args, targets, errors, by_selector).await
}

/// `--interactive`: shows what would be deleted, and asks.
async fn interactive(session: &Session, args: &Args, by_selector: bool) -> Outcome {
    let (targets, errors) = targets(session, args, by_selector).await?;
    let mut there: Vec<Target> = Vec::new();
    let mut missing: Vec<Error> = errors;
    for target in targets {
        match session.get(target.resource, &target.namespace, &target.name).await {
            Ok(_) => there.push(target),
            Err(error) if error.is_not_found() && args.on("ignore-not-found") => {}
            Err(error) => missing.push(error),
        }
    }
    if there.is_empty() {
        Error::all(missing)?;
        session.out("No resources found\n").await;
        return Ok(());
    }
    session.out(&format!("You are about to delete the following {} resource(s):\n", there.len())).await;
    for target in &there {
        session.out(&format!("{}\n", target.label())).await;
    }
    session.out("Do you want to continue? (y/N): ").await;
    if !session.host.read_line().await.trim().eq_ignore_ascii_case("y") {
        session.out("deletion is cancelled\n").await;
        return Ok(());
    }
    delete_all(session, args, there, missing, by_selector).await
}

async fn delete_all(
    session: &Session,
    args: &Args,
    targets: Vec<Target>,
    mut errors: Vec<Error>,
    by_selector: bool,
) -> Outcome {
    let dry_run = DryRun::of(args)?;
    let ignore = args.on("ignore-not-found") || by_selector && !args.has("ignore-not-found");
    let grace = grace_period(args)?;
    let propagation = match (args.text("cascade"), parse_bool(args.text("cascade"))) {
        ("background", _) => "Background",
        ("orphan", _) => "Orphan",
        ("foreground", _) => "Foreground",
        (said, Some(yes)) => {
            let (instead, propagation) = if yes { ("background", "Background") } else { ("orphan", "Orphan") };
            session
                .err(&format!(
                    "warning: --cascade={said} is deprecated (boolean value) and can be replaced with --cascade={instead}.\n"
                ))
                .await;
            propagation
        }
        (other, None) => {
            return plain(format!(
                "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
            ));
        }
    };
    let mut body = json!({"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": propagation});
    if let Some(grace) = grace {
        body["gracePeriodSeconds"] = grace.into();
    }
    let mut warned = !session.explicit_namespace;
    let mut deleted: Vec<(Target, String)> = Vec::new();
    let mut found = 0;
    for target in targets {
        if !warned && !target.resource.namespaced {
            warned = true;
            session.err("Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n").await;
        }
        if dry_run == DryRun::Client {
            found += 1;
            session.out(&sentence(args, &target, grace, dry_run)).await;
            continue;
        }
        let mut request =
            Request::new(Method::Delete, target.resource.path(Some(&target.namespace), Some(&target.name)))
                .with_body(body.clone());
        if dry_run == DryRun::Server {
            request = request.with_query("dryRun", "All");
        }
        match session.json(request).await {
            Ok(answer) => {
                found += 1;
                session.out(&sentence(args, &target, grace, dry_run)).await;
                let uid = match path::str(&answer, "details.uid") {
                    "" => path::str(&answer, "metadata.uid"),
                    uid => uid,
                };
                deleted.push((target, uid.to_owned()));
            }
            Err(error) if error.is_not_found() && ignore => {}
            Err(error) if target.source.is_empty() => errors.push(error),
            Err(error) => errors.push(error.about_source("deleting", &target.source)),
        }
    }
    Error::all(errors)?;
    if found == 0 && !args.on("ignore-not-found") {
        session.out("No resources found\n").await;
        return Ok(());
    }
    if !args.on("wait") || dry_run != DryRun::None {
        return Ok(());
    }
    let timeout = args.duration("timeout").filter(|timeout| !timeout.is_zero());
    let until = timeout.map(|timeout| session.now() + timeout);
    for (target, uid) in deleted {
        if !session.wait_gone(target.resource, &target.namespace, &target.name, &uid, until).await? {
            let place = format!("{}/{}", target.resource.plural, target.name);
            return plain(format!("timed out waiting for the condition on {place}"));
        }
    }
    Ok(())
}

fn grace_period(args: &Args) -> Outcome<Option<i64>> {
    let mut grace = args.int("grace-period");
    if args.on("now") {
        if grace != -1 {
            return plain("--now and --grace-period cannot be specified together");
        }
        grace = 1;
    }
    if grace == 0 && !args.on("force") {
        // Only --force may mean "at once".
        grace = 1;
    }
    if args.on("force") && grace < 0 {
        grace = 0;
    }
    Ok(if grace < 0 { None } else { Some(grace) })
}

async fn targets(session: &Session, args: &Args, by_selector: bool) -> Outcome<(Vec<Target>, Vec<Error>)> {
    if args.names_files() {
        if !args.words.is_empty() {
            return plain(
                "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well",
            );
        }
        return target::from_files(session, args).await;
    }
    if args.words.is_empty() {
        return plain(target::NO_RESOURCES);
    }
    match select_arguments(session, &args.words)? {
        Selection::Names(_) if args.on("all") => plain("name cannot be provided when a selector is specified"),
        Selection::Names(_) if by_selector => plain("name cannot be provided when a selector is specified"),
        Selection::Names(_) if args.on("all-namespaces") => {
            plain("a resource cannot be retrieved by name across all namespaces")
        }
        Selection::Names(names) => {
            let target = |(resource, name): (&'static api::Resource, String)| Target {
                resource,
                namespace: if resource.namespaced { session.namespace.clone() } else { String::new() },
                name,
                object: Value::Null,
                source: String::new(),
            };
            Ok((names.into_iter().map(target).collect(), Vec::new()))
        }
        Selection::Kinds(_) if !by_selector => plain("resource(s) were provided, but no name was specified"),
        Selection::Kinds(_) => target::find(session, args, &args.words).await,
    }
}

/// `pod "web" deleted from default namespace`
fn sentence(args: &Args, target: &Target, grace: Option<i64>, dry_run: DryRun) -> String {
    let kind = kind_label(target.resource);
    if args.text("output") == "name" {
        return format!("{kind}/{}\n", target.name);
    }
    let word = if grace == Some(0) { "force deleted" } else { "deleted" };
    let place = match target.namespace.as_str() {
        "" => String::new(),
        namespace => format!(" from {namespace} namespace"),
    };
    format!("{kind} {:?} {word}{place}{}\n", target.name, dry_run.suffix())
}
