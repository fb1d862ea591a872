//! `kubectl patch`

use api::{PatchType, Reason, Status, path};
use serde_json::{Value, json};

use crate::command::{DRY_RUN, FILES, PRINT, SUBRESOURCE, Verb, field_manager};
use crate::dry_run::DryRun;
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::go_json;
use crate::printers::{self, Output};
use crate::session::Session;
use crate::target::{self, kind_label};
use crate::verbs::get::group_version;

const FLAGS: &[Flag] = &[
    flag("patch", 'p', Takes::Text, ""),
    flag("patch-file", ' ', Takes::Text, ""),
    flag("type", ' ', Takes::Text, "strategic"),
    flag("local", ' ', Takes::Bool, "false"),
];

/// The verb.
pub static VERB: Verb = Verb {
    name: "patch",
    aliases: &[],
    flags: &[FLAGS, SUBRESOURCE, FILES, PRINT, DRY_RUN, &[field_manager("kubectl-patch")]],
    run: |session, args| Box::pin(patch(session, args)),
};

async fn patch(session: &Session, args: &Args) -> Outcome {
    let dry_run = if args.on("local") { DryRun::Client } else { DryRun::of(args)? };
    let output = printers::output(&*session.host, args, false)?;
    let kind = match args.text("type").to_lowercase().as_str() {
        "json" => PatchType::Json,
        "merge" => PatchType::Merge,
        "strategic" => PatchType::Strategic,
        other => {
            return plain(format!("--type must be one of [json merge strategic], not {other:?}"));
        }
    };
    let text = match (args.text("patch"), args.text("patch-file")) {
        ("", "") => return plain("must specify --patch or --patch-file containing the contents of the patch"),
        ("", file) => match session.host.read_file(file) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) => return plain(format!("unable to read patch file: open {file}: {error}")),
        },
        (_, file) if !file.is_empty() => return plain("cannot specify --patch and --patch-file together"),
        (text, _) => text.to_owned(),
    };
    let body = body(&text)?;
    if args.words.is_empty() && !args.names_files() {
        return plain("one or more resources must be specified as <resource> <name> or <resource>/<name>");
    }
    if args.on("local") && !args.words.is_empty() {
        return plain("cannot specify --local and server resources");
    }
    if args.on("local") && args.text("dry-run") == "server" {
        return plain("cannot specify --local and --dry-run=server - did you mean --dry-run=client?");
    }
    let (targets, mut errors) = target::find_only_named(session, args).await?;
    for mut target in targets {
        let body = match &body {
            Ok(body) => body.clone(),
            Err(error) => {
                errors.push(Error::from(Status::new(Reason::BadRequest, error.clone())));
                continue;
            }
        };
        if dry_run == DryRun::Client {
            match patched(&target, kind, &body) {
                Ok(object) => {
                    let note = if object == target.object { " (no change)" } else { "" };
                    let label = target.label();
                    target.object = object;
                    let text = match &output {
                        Output::Human => format!("{label} patched{note}\n"),
                        output => printers::objects(output, &[target], true)?,
                    };
                    session.out(&text).await;
                }
                Err(error) => errors.push(error),
            }
            continue;
        }
        let query = [dry_run.query(), ("fieldManager", args.text("field-manager"))];
        let place = match args.text("subresource") {
            "" => target.name.clone(),
            sub => format!("{}/{sub}", target.name),
        };
        match session.patch(target.resource, &target.namespace, &place, kind, body, &query).await {
            Ok(object) => {
                let note = if object == target.object { " (no change)" } else { "" };
                // With a subresource it may be of another kind: `scale.autoscaling/web`.
                let of_answer = api::path::str(&object, "kind").to_lowercase();
                let group = path::str(&object, "apiVersion").split_once('/').map_or("", |(group, _)| group).to_owned();
                let label = match args.text("subresource") {
                    "" => format!("{}/{}", kind_label(target.resource), target.name),
                    _ if group.is_empty() => format!("{of_answer}/{}", target.name),
                    _ => format!("{of_answer}.{group}/{}", target.name),
                };
                target.object = object;
                if let Ok(Some(recorded)) = record_patched(session, &target, &query).await {
                    target.object = recorded;
                }
                let text = match &output {
                    Output::Human => format!("{label} patched{note}\n"),
                    output => printers::objects(output, &[target], true)?,
                };
                session.out(&text).await;
            }
            // No other type is refused: custom resources know no strategic merge.
            Err(Error::Server(status)) if status.reason.as_str() == "UnsupportedMediaType" => {
                let (group, kind) = (group_version(target.resource), target.resource.kind);
                errors.push(Error::Plain(format!(
                    "application/strategic-merge-patch+json is not supported by {group}, Kind={kind}: {}",
                    status.message
                )));
            }
            Err(error) => errors.push(error),
        }
    }
    Error::all(errors)
}

/// What `--record` notes of a change that is made already, by a patch of its own.
///
/// # Errors
/// What the server refuses.
pub async fn record_patched(
    session: &Session,
    target: &target::Target,
    query: &[(&str, &str)],
) -> Outcome<Option<Value>> {
    let mut note = json!({});
    session.record(&mut note);
    let (resource, namespace, name) = (target.resource, &target.namespace, &target.name);
    match session.cause.as_str() {
        "" => Ok(None),
        _ => session.patch(resource, namespace, name, PatchType::Merge, note, query).await.map(Some),
    }
}

/// The object as the patch would make it, without the server's defaults.
fn patched(target: &target::Target, kind: PatchType, patch: &Value) -> Outcome<Value> {
    match kind {
        PatchType::Merge => {
            let mut object = target.object.clone();
            api::patch::merge::apply(&mut object, patch);
            Ok(object)
        }
        PatchType::Json => api::patch::json::apply(&target.object, patch).or_else(|error| plain(error.to_string())),
        _ => {
            let schema = api::schema::struct_of(target.resource);
            api::strategic::apply(&target.object, patch, schema).or_else(|error| plain(error.to_string()))
        }
    }
}

/// The patch as JSON. What begins like JSON goes to the server as it is, so what is wrong with it the server says.
fn body(text: &str) -> Outcome<Result<Value, String>> {
    if text.trim_start().starts_with('{') {
        return Ok(match serde_json::from_str(text) {
            Ok(value) => Ok(value),
            Err(_) => Err(go_json::error(text).unwrap_or_else(|| "invalid JSON".to_owned())),
        });
    }
    let mut parsed = manifest::parse(text);
    match (parsed.error, parsed.documents.pop()) {
        (Some(error), _) => plain(format!(
            "unable to parse {text:?}: {}",
            error.message.trim_start_matches("error converting YAML to JSON: ")
        )),
        (None, Some(document)) => Ok(Ok(document.value)),
        (None, None) => Ok(Ok(Value::Null)),
    }
}
