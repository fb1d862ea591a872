//! `kubectl get`: tables from the server, or the objects themselves in a chosen format.

use std::cmp::Ordering;

use api::{LocalFuture, Method, Request, Resource, WatchStream, path};
use serde_json::{Value, json};

use crate::command::{ALL_NAMESPACES, CHUNKS, FILES, PRINT, RAW, SELECTOR, SUBRESOURCE, Verb};
use crate::duration::age;
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::printers::{self, Output, jsonpath, table};
use crate::session::{Next, Session};
use crate::target::{self, Selection, Target, kind_label, select_arguments};

const FLAGS: &[Flag] = &[
    flag("watch", 'w', Takes::Bool, "false"),
    flag("watch-only", ' ', Takes::Bool, "false"),
    flag("output-watch-events", ' ', Takes::Bool, "false"),
    flag("ignore-not-found", ' ', Takes::Bool, "false"),
    flag("field-selector", ' ', Takes::Text, ""),
    flag("show-labels", ' ', Takes::Bool, "false"),
    flag("label-columns", 'L', Takes::List, ""),
    flag("no-headers", ' ', Takes::Bool, "false"),
    flag("show-kind", ' ', Takes::Bool, "false"),
    flag("sort-by", ' ', Takes::Text, ""),
    flag("server-print", ' ', Takes::Bool, "true"),
];

/// The verb.
pub static VERB: Verb = Verb {
    name: "get",
    aliases: &[],
    flags: &[FLAGS, CHUNKS, RAW, SUBRESOURCE, FILES, PRINT, SELECTOR, ALL_NAMESPACES],
    run,
};

/// What is asked of the server: a list, or one object.
struct Question {
    resource: &'static Resource,
    namespace: String,
    name: Option<String>,
}

fn run<'a>(session: &'a Session, args: &'a Args) -> LocalFuture<'a, Outcome> {
    Box::pin(get(session, args))
}

async fn get(session: &Session, args: &Args) -> Outcome {
    if args.has("raw") {
        if !args.words.is_empty() {
            return plain("arguments may not be passed when --raw is specified");
        }
        if args.names_files() || !args.text("selector").is_empty() || args.on("watch") || args.on("watch-only") {
            return plain(
                "--raw may not be specified with other flags that filter the server request or alter the output",
            );
        }
        if !args.text("output").is_empty() {
            return plain("--raw and --output are mutually exclusive");
        }
        return super::raw::answer(session, super::raw::request(Method::Get, args.text("raw"))).await;
    }
    if args.words.is_empty() && !args.names_files() {
        session
            .err("You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported resources.\n\n")
            .await;
        return plain(
            "Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of that resource (e.g. kubectl explain pods).\nSee 'kubectl get -h' for help and examples",
        );
    }
    let output = printers::output(&*session.host, args, true)?;
    if args.on("output-watch-events") && !args.on("watch") && !args.on("watch-only") {
        return plain("--output-watch-events option can only be used with --watch or --watch-only");
    }
    let (questions, errors) = questions(session, args).await?;
    if args.on("watch") || args.on("watch-only") {
        Error::all(errors)?;
        return watch(session, args, &output, &questions).await;
    }
    match output {
        Output::Human | Output::Wide => tables(session, args, &output, &questions, errors).await,
        _ => generic(session, args, &output, &questions, errors).await,
    }
}

async fn questions(session: &Session, args: &Args) -> Outcome<(Vec<Question>, Vec<Error>)> {
    if args.names_files() {
        if !args.words.is_empty() {
            return plain(
                "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well",
            );
        }
        let (targets, errors) = target::from_files(session, args).await?;
        let question = |target: Target| Question {
            resource: target.resource,
            namespace: target.namespace,
            name: Some(target.name),
        };
        return Ok((targets.into_iter().map(question).collect(), errors));
    }
    let all = args.on("all-namespaces");
    let questions = match select_arguments(session, &args.words)? {
        Selection::Names(_) if !args.text("selector").is_empty() => {
            return plain("name cannot be provided when a selector is specified");
        }
        Selection::Names(_) if !args.text("field-selector").is_empty() => {
            return plain("name cannot be provided when a selector is specified");
        }
        Selection::Names(names) if all && names.iter().any(|(resource, _)| resource.namespaced) => {
            return plain("a resource cannot be retrieved by name across all namespaces");
        }
        Selection::Names(names) => names
            .into_iter()
            .map(|(resource, name)| Question { resource, namespace: session.namespace.clone(), name: Some(name) })
            .collect(),
        Selection::Kinds(_) if !args.text("subresource").is_empty() => {
            return plain("subresource cannot be used when bulk resources are specified");
        }
        Selection::Kinds(kinds) => kinds
            .into_iter()
            .map(|resource| Question {
                resource,
                namespace: if all { String::new() } else { session.namespace.clone() },
                name: None,
            })
            .collect(),
    };
    Ok((questions, Vec::new()))
}

fn request(args: &Args, question: &Question) -> Request {
    let namespace = Some(question.namespace.as_str()).filter(|namespace| !namespace.is_empty());
    let mut place = question.resource.path(namespace, question.name.as_deref());
    if question.name.is_some() && !args.text("subresource").is_empty() {
        place = format!("{place}/{}", args.text("subresource"));
    }
    let mut request = Request::get(place);
    if question.name.is_none() {
        for (query, flag) in [("labelSelector", "selector"), ("fieldSelector", "field-selector")] {
            if !args.text(flag).is_empty() {
                request = request.with_query(query, args.text(flag));
            }
        }
    }
    request
}

/// An answer of the server to a list with selectors, in the words kubectl adds.
async fn explain(session: &Session, error: Error, args: &Args, question: &Question) -> Error {
    let named = question.name.is_some() && question.resource.namespaced;
    let error = if named { session.or_no_namespace(error, &question.namespace).await } else { error };
    let Error::Server(mut status) = error else { return error };
    let field = args.text("field-selector");
    if question.name.is_none() && status.reason == api::Reason::BadRequest {
        let label = args.text("selector");
        if !field.is_empty() || !label.is_empty() {
            status.message = format!(
                "Unable to find {:?} that match label selector {label:?}, field selector {field:?}: {}",
                format!("{}, Resource={}", group_version(question.resource), question.resource.plural),
                status.message
            );
        }
    }
    Error::Server(status)
}

/// `/v1`, `apps/v1`
pub fn group_version(resource: &Resource) -> String {
    format!("{}/{}", resource.group, resource.version)
}

/// What is no table (a subresource, and what `--server-print=false` asks for) becomes one of names and ages.
fn as_table(session: &Session, answer: Value) -> Value {
    if answer["kind"] == "Table" {
        return answer;
    }
    let objects = answer["items"].as_array().map_or(std::slice::from_ref(&answer), Vec::as_slice);
    let row = |object: &Value| {
        let time = age(path::str(object, "metadata.creationTimestamp"), session.now());
        json!({"cells": [path::get(object, "metadata.name"), time], "object": object})
    };
    json!({
        "columnDefinitions": [
            {"name": "Name", "type": "string", "priority": 0}, {"name": "Age", "type": "string", "priority": 0},
        ],
        "rows": objects.iter().map(row).collect::<Vec<_>>(),
    })
}

async fn tables(
    session: &Session,
    args: &Args,
    output: &Output,
    questions: &[Question],
    mut errors: Vec<Error>,
) -> Outcome {
    let sort_by = args.text("sort-by");
    let mut answers: Vec<(&Question, Value)> = Vec::new();
    for question in questions {
        let mut request = request(args, question);
        request.as_table = args.on("server-print");
        if !sort_by.is_empty() {
            request = request.with_query("includeObject", "Object");
        }
        match session.json(request).await {
            Ok(table) => answers.push((question, as_table(session, table))),
            Err(error) if error.is_not_found() && args.on("ignore-not-found") => {}
            Err(error) => errors.push(explain(session, error, args, question).await),
        }
    }
    let with_kind = args.on("show-kind") || answers.windows(2).any(|pair| pair[0].0.resource != pair[1].0.resource);
    let mut all_namespaced = !args.on("all-namespaces");
    let (mut printed, mut index) = (String::new(), 0);
    while index < answers.len() {
        let resource = answers[index].0.resource;
        let mut rows: Vec<Value> = Vec::new();
        let columns = answers[index].1["columnDefinitions"].clone();
        while index < answers.len() && answers[index].0.resource == resource {
            if let Value::Array(more) = answers[index].1["rows"].take() {
                rows.extend(more);
            }
            index += 1;
        }
        all_namespaced &= resource.namespaced;
        if !sort_by.is_empty() {
            let key = |row: &Value| row["object"].clone();
            // kubectl does not say why a table cannot be sorted; it shows none.
            if sort(&mut rows, sort_by, key).is_err() {
                continue;
            }
        }
        if rows.is_empty() {
            continue;
        }
        if !printed.is_empty() && !args.on("no-headers") {
            printed.push('\n');
        }
        let options = options(args, output, resource, with_kind);
        let rows: Vec<&Value> = rows.iter().collect();
        printed.push_str(&table::print(&columns, &rows, &options, true, &mut Vec::new()));
    }
    if printed.is_empty() && errors.is_empty() && !args.on("ignore-not-found") {
        if all_namespaced {
            session.err(&format!("No resources found in {} namespace.\n", session.namespace)).await;
        } else {
            session.err("No resources found\n").await;
        }
    }
    session.out(&printed).await;
    Error::all(errors)
}

fn options(args: &Args, output: &Output, resource: &Resource, with_kind: bool) -> table::Options {
    table::Options {
        wide: *output == Output::Wide,
        no_headers: args.on("no-headers"),
        with_namespace: args.on("all-namespaces") && resource.namespaced,
        kind: with_kind.then(|| kind_label(resource)),
        show_labels: args.on("show-labels"),
        label_columns: args.list("label-columns").to_vec(),
    }
}

/// Sorts rows by the value at a path; rows without it come first.
fn sort(rows: &mut Vec<Value>, field: &str, object: impl Fn(&Value) -> Value) -> Outcome {
    let mut keyed: Vec<(Option<Value>, Value)> = Vec::new();
    for row in rows.drain(..) {
        let value = jsonpath::values(field, &object(&row))?.into_iter().next();
        keyed.push((value, row));
    }
    if !keyed.is_empty() && keyed.iter().all(|(key, _)| key.is_none()) {
        let field = jsonpath::relaxed(field)?;
        return plain(format!("couldn't find any field with path {field:?} in the list of objects"));
    }
    sim::order::sort_by(&mut keyed, |a, b| compare(a.0.as_ref(), b.0.as_ref()));
    rows.extend(keyed.into_iter().map(|(_, row)| row));
    Ok(())
}

fn compare(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    match (a, b) {
        (Some(Value::String(a)), Some(Value::String(b))) => {
            match (api::quantity::Quantity::parse(a), api::quantity::Quantity::parse(b)) {
                (Ok(x), Ok(y)) => x.milli_value().cmp(&y.milli_value()),
                _ => a.cmp(b),
            }
        }
        (Some(a), Some(b)) => a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

async fn generic(
    session: &Session,
    args: &Args,
    output: &Output,
    questions: &[Question],
    mut errors: Vec<Error>,
) -> Outcome {
    let mut found: Vec<Target> = Vec::new();
    for question in questions {
        match session.json(request(args, question)).await {
            Ok(object) if question.name.is_some() => found.push(Target::of(question.resource, object)),
            Ok(mut list) => {
                let Value::Array(items) = list["items"].take() else { continue };
                for mut item in items {
                    if let Some(item) = item.as_object_mut() {
                        item.entry("apiVersion").or_insert_with(|| question.resource.api_version().into());
                        item.entry("kind").or_insert_with(|| question.resource.kind.into());
                    }
                    found.push(Target::of(question.resource, item));
                }
            }
            Err(error) if error.is_not_found() && args.on("ignore-not-found") => {}
            Err(error) => errors.push(explain(session, error, args, question).await),
        }
    }
    let single = questions.len() == 1 && questions[0].name.is_some();
    if single && !errors.is_empty() || found.is_empty() && args.on("ignore-not-found") {
        return Error::all(errors);
    }
    let field = args.text("sort-by");
    if !field.is_empty() {
        let mut rows: Vec<Value> =
            found.iter().enumerate().map(|(index, target)| json!([index, target.object])).collect();
        sort(&mut rows, field, |row| row[1].clone())?;
        found = rows.iter().filter_map(|row| found.get(usize::try_from(row[0].as_u64()?).ok()?).cloned()).collect();
    }
    let text = match output {
        Output::Columns(spec) => {
            let items: Vec<&Value> = found.iter().map(|target| &target.object).collect();
            printers::columns::print(spec, &items, !args.on("no-headers"))?
        }
        output => printers::listed(output, &found, single)?,
    };
    session.out(&text).await;
    Error::all(errors)
}

async fn watch(session: &Session, args: &Args, output: &Output, questions: &[Question]) -> Outcome {
    let [question] = questions else {
        return plain("you may only specify a single resource type");
    };
    let human = matches!(output, Output::Human | Output::Wide);
    let mut first = request(args, question);
    first.as_table = human;
    let current = match session.json(first.clone()).await {
        Ok(current) => current,
        Err(error) if error.is_not_found() && args.on("ignore-not-found") => return Ok(()),
        Err(error) => return Err(explain(session, error, args, question).await),
    };
    let version = match path::str(&current, "metadata.resourceVersion") {
        "" => path::str(&current["rows"][0], "object.metadata.resourceVersion").to_owned(),
        version => version.to_owned(),
    };
    let mut printer = Watching { session, args, output, resource: question.resource, header: true, widths: Vec::new() };
    if !args.on("watch-only") {
        if human {
            let rows = path::list(&current, "rows");
            printer.table(&current, &rows.iter().collect::<Vec<_>>(), "ADDED").await?;
        } else if question.name.is_some() {
            printer.object(current, "ADDED").await?;
        } else {
            for item in path::list(&current, "items") {
                printer.object(item.clone(), "ADDED").await?;
            }
        }
    }
    let mut stream_request = Request::get(
        question.resource.path(Some(question.namespace.as_str()).filter(|namespace| !namespace.is_empty()), None),
    )
    .with_query("resourceVersion", version);
    stream_request.as_table = human;
    match &question.name {
        Some(name) => stream_request = stream_request.with_query("fieldSelector", format!("metadata.name={name}")),
        None => stream_request.query.extend(first.query.iter().cloned()),
    }
    let mut stream: Box<dyn WatchStream> = session.watch(stream_request).await?;
    let until = session.timeout.map(|timeout| session.now() + timeout);
    while let Next::Event(event) = session.next_event(&mut *stream, until).await {
        match event.kind {
            "BOOKMARK" => {}
            "ERROR" => return Err(Error::from(api::Status::from_value(&event.object))),
            kind if human => {
                let rows = path::list(&event.object, "rows");
                printer.table(&event.object, &rows.iter().collect::<Vec<_>>(), kind).await?;
            }
            kind => printer.object(event.object, kind).await?,
        }
    }
    Ok(())
}

struct Watching<'a> {
    session: &'a Session,
    args: &'a Args,
    output: &'a Output,
    resource: &'static Resource,
    header: bool,
    widths: Vec<usize>,
}

impl Watching<'_> {
    async fn table(&mut self, table: &Value, rows: &[&Value], event: &'static str) -> Outcome {
        if rows.is_empty() {
            return Ok(());
        }
        let options = options(self.args, self.output, self.resource, self.args.on("show-kind"));
        let mut columns = table["columnDefinitions"].clone();
        if columns.as_array().is_none_or(Vec::is_empty) {
            columns = self
                .resource
                .columns
                .iter()
                .map(|column| json!({"name": column.name, "type": column.kind, "priority": column.priority}))
                .collect();
        }
        let mut changed: Vec<Value> = Vec::new();
        if self.args.on("output-watch-events") {
            if let Some(columns) = columns.as_array_mut() {
                columns.insert(0, json!({"name": "Event", "type": "string", "priority": 0}));
            }
            for row in rows {
                let mut row = (*row).clone();
                if let Some(cells) = row["cells"].as_array_mut() {
                    cells.insert(0, event.into());
                }
                changed.push(row);
            }
        }
        let changed: Vec<&Value> = changed.iter().collect();
        let rows = if changed.is_empty() { rows } else { &changed };
        let text = table::print(&columns, rows, &options, self.header, &mut self.widths);
        self.header = false;
        self.session.out(&text).await;
        Ok(())
    }

    async fn object(&mut self, mut object: Value, event: &'static str) -> Outcome {
        if let Some(object) = object.as_object_mut() {
            object.entry("apiVersion").or_insert_with(|| self.resource.api_version().into());
            object.entry("kind").or_insert_with(|| self.resource.kind.into());
        }
        let mut target = Target::of(self.resource, object);
        if self.args.on("output-watch-events") && *self.output != Output::Name {
            target.object = json!({"type": event, "object": printers::shown(&target.object)});
        }
        let text = match self.output {
            Output::Columns(spec) => {
                let text =
                    printers::columns::print(spec, &[&target.object], self.header && !self.args.on("no-headers"));
                self.header = false;
                text?
            }
            Output::Yaml { .. } => {
                let separator = if self.header { "" } else { "---\n" };
                self.header = false;
                format!("{separator}{}", printers::objects(self.output, &[target], true)?)
            }
            output => printers::objects(output, &[target], true)?,
        };
        self.session.out(&text).await;
        Ok(())
    }
}
