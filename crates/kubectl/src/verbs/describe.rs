//! `kubectl describe`: an object with what belongs to it and its events.

use api::{LocalFuture, path};

use crate::command::{ALL_NAMESPACES, FILES, SELECTOR, Verb};
use crate::describe;
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::session::Session;
use crate::target::{self, Target};

const FLAGS: &[Flag] = &[flag("show-events", ' ', Takes::Bool, "true"), flag("chunk-size", ' ', Takes::Int, "500")];

/// The verb.
pub static VERB: Verb = Verb { name: "describe", aliases: &[], flags: &[FLAGS, FILES, SELECTOR, ALL_NAMESPACES], run };

fn run<'a>(session: &'a Session, args: &'a Args) -> LocalFuture<'a, Outcome> {
    Box::pin(async move {
        if args.words.is_empty() && !args.names_files() {
            return plain(
                "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of supported resources.\n",
            );
        }
        let (mut targets, mut errors) = target::find(session, args, &args.words).await?;
        if let ([error], [kind, prefix]) = (errors.as_slice(), args.words.as_slice())
            && error.is_not_found()
            && !kind.contains('/')
        {
            if kind.contains(',') {
                return plain("you may only specify a single resource type");
            }
            // A name that is no object's may be the beginning of some.
            let resource = session.resource_of(kind)?;
            let items = session.list(resource, &session.namespace, &[]).await?;
            targets = items
                .into_iter()
                .map(|object| Target::of(resource, object))
                .filter(|target| target.name.starts_with(prefix.as_str()))
                .collect();
            if !targets.is_empty() {
                errors.clear();
            }
        }
        let show_events =
            if args.has("show-events") { args.on("show-events") } else { targets.len() <= 1 && errors.is_empty() };
        let mut first = true;
        let mut notes: Vec<String> = Vec::new();
        for mut target in targets {
            notes.extend(session.host.note(target.resource.key(), &target.object).filter(|note| !notes.contains(note)));
            // What a list left out of its items.
            if path::str(&target.object, "kind").is_empty() {
                target.object["kind"] = target.resource.kind.into();
            }
            match describe::describe(session, &target, show_events).await {
                Ok(text) if first => session.out(&text).await,
                Ok(text) => session.out(&format!("\n\n{text}")).await,
                Err(error) => errors.push(error),
            }
            first = false;
        }
        for note in notes {
            session.err(&format!("{note}\n")).await;
        }
        if first && errors.is_empty() {
            if args.on("all-namespaces") {
                session.err("No resources found\n").await;
            } else {
                session.err(&format!("No resources found in {} namespace.\n", session.namespace)).await;
            }
        }
        Error::all(errors)
    })
}
