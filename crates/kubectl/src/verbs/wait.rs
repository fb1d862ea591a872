//! `kubectl wait`

use api::{Status, path};
use serde_json::Value;
use sim::{Duration, Time};

use crate::command::{ALL_NAMESPACES, FILES_WITHIN, PRINT, SELECTOR, Verb};
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::printers::{self, jsonpath};
use crate::report::report;
use crate::session::{Next, Session};
use crate::target::{self, Selection, Target, select_arguments};

const FLAGS: &[Flag] = &[
    flag("for", ' ', Takes::Text, ""),
    flag("timeout", ' ', Takes::Duration, "30s"),
    flag("local", ' ', Takes::Bool, "false"),
    flag("all", ' ', Takes::Bool, "false"),
    flag("field-selector", ' ', Takes::Text, ""),
];

/// The verb.
pub static VERB: Verb = Verb {
    name: "wait",
    aliases: &[],
    flags: &[FLAGS, FILES_WITHIN, PRINT, SELECTOR, ALL_NAMESPACES],
    run: |session, args| Box::pin(wait(session, args)),
};

enum Goal {
    Delete,
    Create,
    Condition(String, String),
    Path(String, Option<String>),
}

fn goal(text: &str) -> Outcome<Goal> {
    let lower = text.to_lowercase();
    if lower == "delete" {
        return Ok(Goal::Delete);
    }
    if lower == "create" {
        return Ok(Goal::Create);
    }
    if lower.starts_with("condition=") {
        let rest = &text["condition=".len()..];
        let (name, value) = rest.split_once('=').unwrap_or((rest, "true"));
        return Ok(Goal::Condition(name.to_owned(), value.to_owned()));
    }
    if let Some(rest) = text.strip_prefix("jsonpath=") {
        let end = rest.rfind('}').map_or(rest.len(), |at| at + 1);
        let (path, value) = rest.split_at(end);
        let value = match value.strip_prefix('=') {
            Some("") => return plain("jsonpath wait has to have a value after equal sign"),
            Some(value) => Some(value.trim_matches(['"', '\'']).to_owned()),
            None => None,
        };
        return Ok(Goal::Path(jsonpath::relaxed(path.trim_matches('\''))?, value));
    }
    plain(format!("unrecognized condition: {text:?}"))
}

async fn wait(session: &Session, args: &Args) -> Outcome {
    let goals = args.list("for").iter().map(|text| goal(text)).collect::<Outcome<Vec<Goal>>>()?;
    if goals.is_empty() {
        return plain("unrecognized condition: []");
    }
    if args.words.is_empty() && !args.names_files() {
        return plain(target::NO_RESOURCES);
    }
    if args.on("local") && !args.words.is_empty() {
        return plain(target::LOCAL);
    }
    let by_kind = args.on("all") || !args.text("selector").is_empty() || !args.text("field-selector").is_empty();
    if !by_kind && !args.names_files() && matches!(select_arguments(session, &args.words)?, Selection::Kinds(_)) {
        return plain("resource(s) were provided, but no name was specified");
    }
    let output = printers::output(&*session.host, args, false)?;
    let timeout = match args.text("timeout").starts_with('-') {
        true => Duration::from_secs(7 * 86_400),
        false => args.duration("timeout").unwrap_or_default(),
    };
    let until = session.now() + timeout;
    let (targets, errors) = match goals.iter().any(|goal| matches!(goal, Goal::Create)) {
        true => wait_created(session, args, until).await?,
        false => target::find(session, args, &args.words).await?,
    };
    let gone = goals.iter().any(|goal| matches!(goal, Goal::Delete));
    let mut errors: Vec<Error> = errors.into_iter().filter(|error| !(gone && error.is_not_found())).collect();
    if targets.is_empty() && errors.is_empty() {
        if gone {
            return Ok(());
        }
        return plain("no matching resources found");
    }
    for (target, goal) in targets.iter().flat_map(|target| goals.iter().map(move |goal| (target, goal))) {
        let done = match (goal, args.on("local")) {
            (Goal::Create, true) => Ok(()),
            // kubectl asks the server that it has not got, and falls over.
            (_, true) => {
                return plain("--local asks no server, so that it works with --for=create alone (kubectl crashes)");
            }
            _ => one(session, goal, target, until, timeout).await,
        };
        match done {
            Ok(()) => report(session, &output, target, "condition met").await?,
            Err(error) => errors.push(error),
        }
    }
    Error::all(errors)
}

async fn wait_created(session: &Session, args: &Args, until: Time) -> Outcome<(Vec<Target>, Vec<Error>)> {
    loop {
        let (targets, errors) = target::find(session, args, &args.words).await?;
        let missing = errors.iter().all(Error::is_not_found) && (targets.is_empty() || !errors.is_empty());
        if !missing {
            return Ok((targets, errors));
        }
        if session.now() >= until {
            return plain("timed out waiting for the condition");
        }
        session.host.sleep(Duration::from_millis(500)).await;
    }
}

async fn one(session: &Session, goal: &Goal, target: &Target, until: Time, timeout: Duration) -> Outcome {
    let timed_out = || -> Outcome {
        // With no time at all there is nothing to wait for.
        let what = if timeout.is_zero() { "condition not met for" } else { "timed out waiting for the condition on" };
        plain(format!("{what} {}/{}", target.resource.plural, target.name))
    };
    let uid = path::str(&target.object, "metadata.uid");
    if let Goal::Delete = goal {
        return match session.wait_gone(target.resource, &target.namespace, &target.name, uid, Some(until)).await? {
            true => Ok(()),
            false => timed_out(),
        };
    }
    if met(goal, &target.object)? {
        return Ok(());
    }
    let version = path::str(&target.object, "metadata.resourceVersion");
    let mut stream = session.watch_one(target.resource, &target.namespace, &target.name, version).await?;
    loop {
        match session.next_event(&mut *stream, Some(until)).await {
            Next::Ended | Next::TimedOut => return timed_out(),
            Next::Event(event) => match event.kind {
                "DELETED" => {
                    return plain(format!(
                        "{}/{} was deleted while waiting for it",
                        target.resource.plural, target.name
                    ));
                }
                "ERROR" => return Err(Error::from(Status::from_value(&event.object))),
                _ if met(goal, &event.object)? => return Ok(()),
                _ => {}
            },
        }
    }
}

fn met(goal: &Goal, object: &Value) -> Outcome<bool> {
    Ok(match goal {
        Goal::Create => true,
        Goal::Delete => false,
        Goal::Condition(name, value) => {
            // A status about an older generation does not count.
            let seen = path::int(object, "status.observedGeneration");
            let current = path::int(object, "metadata.generation");
            let stale = matches!((seen, current), (Some(seen), Some(current)) if seen < current);
            !stale
                && path::list(object, "status.conditions").iter().any(|condition| {
                    path::str(condition, "type").eq_ignore_ascii_case(name)
                        && path::str(condition, "status").eq_ignore_ascii_case(value)
                })
        }
        Goal::Path(path, value) => {
            let found = jsonpath::values(path, object)?;
            match value {
                Some(value) => found.iter().any(|found| jsonpath::show(found) == *value),
                None => !found.is_empty(),
            }
        }
    })
}
