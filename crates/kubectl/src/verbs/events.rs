//! `kubectl events`: the events of a namespace or of one object, oldest first.

use api::{Request, Resource, Status, find_resource, path};
use serde_json::{Value, json};

use crate::command::{ALL_NAMESPACES, CHUNKS, PRINT, Verb};
use crate::duration::age;
use crate::error::{Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::printers::{self, Output};
use crate::session::Session;
use crate::tabwriter::{GET, align, align_with};
use crate::target::{Target, resource_of};

const FLAGS: &[Flag] = &[
    flag("for", ' ', Takes::Text, ""),
    flag("no-headers", ' ', Takes::Bool, "false"),
    flag("types", ' ', Takes::List, ""),
    flag("watch", 'w', Takes::Bool, "false"),
];

/// The verb.
pub static VERB: Verb = Verb {
    name: "events",
    aliases: &[],
    flags: &[FLAGS, CHUNKS, PRINT, ALL_NAMESPACES],
    run: |session, args| Box::pin(events(session, args)),
};

/// When an event was last seen, to sort by.
fn last_seen(event: &Value) -> &str {
    let fields = ["series.lastObservedTime", "lastTimestamp", "eventTime"];
    let found = fields.into_iter().map(|field| path::str(event, field)).find(|time| !time.is_empty());
    // Without its end a whole second goes before its fractions.
    found.unwrap_or_default().trim_end_matches('Z')
}

async fn events(session: &Session, args: &Args) -> Outcome {
    let all = args.on("all-namespaces");
    let resource = resource_of("events")?;
    let mut selector = String::new();
    if let Some((kind, name)) = args.text("for").split_once('/') {
        selector = format!("involvedObject.kind={},involvedObject.name={name}", resource_of(kind)?.kind);
    } else if args.has("for") {
        return plain("--for must be in resource/name form");
    }
    if args.list("types").iter().any(|kind| !["normal", "warning"].contains(&kind.to_lowercase().as_str())) {
        return plain("valid --types are Normal or Warning");
    }
    let namespace = if all { "" } else { &session.namespace };
    if args.on("watch") {
        return watch(session, args, resource, namespace, &selector).await;
    }
    let mut found = session.list(resource, namespace, &[("fieldSelector", &selector)]).await?;
    let types = args.list("types");
    found.retain(|event| of_types(types, event));
    sim::order::sort_by_text(&mut found, last_seen);
    let output = printers::output(&*session.host, args, false)?;
    if found.is_empty() {
        let place =
            if all { "No events found.\n".to_owned() } else { format!("No events found in {namespace} namespace.\n") };
        session.err(&place).await;
        return Ok(());
    }
    match output {
        Output::Human => {}
        // kubectl cannot print a typed list so, and keeps that to itself.
        Output::Name => return Ok(()),
        output => {
            // What Go's struct has in any case.
            for event in found.iter_mut().filter_map(Value::as_object_mut) {
                for time in ["eventTime", "firstTimestamp", "lastTimestamp"] {
                    event.entry(time).or_insert(Value::Null);
                }
                event.entry("source").or_insert_with(|| json!({}));
                for name in ["reportingComponent", "reportingInstance"] {
                    event.entry(name).or_insert_with(|| "".into());
                }
            }
            let list = json!({"apiVersion": "v1", "items": found, "kind": "EventList", "metadata": {}});
            session.out(&printers::one(session, &output, Target::of(resource, list))?).await;
            return Ok(());
        }
    }
    let mut text = headings(args);
    for event in &found {
        text.push_str(&row(session, event, all));
    }
    session.out(&align(&text, GET)).await;
    Ok(())
}

fn of_types(types: &[String], event: &Value) -> bool {
    types.is_empty() || types.iter().any(|kind| kind.eq_ignore_ascii_case(path::str(event, "type")))
}

fn headings(args: &Args) -> String {
    if args.on("no-headers") {
        return String::new();
    }
    let place = if args.on("all-namespaces") { "NAMESPACE\t" } else { "" };
    format!("{place}LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n")
}

/// `--watch`: the events that are there and those that come, as they come.
async fn watch(session: &Session, args: &Args, resource: &Resource, namespace: &str, selector: &str) -> Outcome {
    let output = printers::output(&*session.host, args, false)?;
    let namespace = Some(namespace).filter(|namespace| !namespace.is_empty());
    let mut request = Request::get(resource.path(namespace, None));
    if !selector.is_empty() {
        request = request.with_query("fieldSelector", selector);
    }
    let mut stream = session.watch(request).await?;
    let mut head = headings(args);
    let mut widths: Vec<usize> = Vec::new();
    while let Some(event) = stream.next().await {
        match event.kind {
            "ERROR" => return Err(Status::from_value(&event.object).into()),
            "ADDED" | "MODIFIED" if of_types(args.list("types"), &event.object) => {}
            _ => continue,
        }
        let text = match &output {
            Output::Human => {
                let text = std::mem::take(&mut head) + &row(session, &event.object, args.on("all-namespaces"));
                align_with(&text, GET, &mut widths)
            }
            output => {
                let Some(resource) = find_resource("events") else { return Ok(()) };
                printers::objects(output, &[Target::of(resource, event.object)], true)?
            }
        };
        session.out(&text).await;
    }
    Ok(())
}

/// `12s   Normal   Pulled   Pod/web   …`
fn row(session: &Session, event: &Value, all: bool) -> String {
    let since = |field: &str| age(path::str(event, field), session.now());
    let first = since(if path::str(event, "eventTime").is_empty() { "firstTimestamp" } else { "eventTime" });
    let seen = match (path::int(event, "series.count"), path::int(event, "count").unwrap_or(0)) {
        (Some(count), _) => format!("{} (x{count} over {first})", since("series.lastObservedTime")),
        (None, count) if count > 1 => format!("{} (x{count} over {first})", since("lastTimestamp")),
        _ => first,
    };
    let field = |name: &str| path::str(event, name).to_owned();
    let place = if all { format!("{}\t", field("metadata.namespace")) } else { String::new() };
    format!(
        "{place}{seen}\t{}\t{}\t{}/{}\t{}\n",
        field("type"),
        field("reason"),
        field("involvedObject.kind"),
        field("involvedObject.name"),
        field("message").trim().replace('\n', " ")
    )
}
