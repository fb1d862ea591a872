//! `kubectl edit`: the objects as YAML in the person's editor, and a patch of what was changed.
//!
//! Follows k8s.io/kubectl/pkg/cmd/util/editor/editoptions.go. `kubectl create --edit` and
//! `kubectl apply edit-last-applied` are its other modes.

use api::{LocalFuture, Method, PatchType, Reason, Request, path, strategic};
use serde_json::{Value, json};

use crate::command::{FILES, PRINT, SAVE_CONFIG, SUBRESOURCE, VALIDATE, Verb, field_manager};
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::printers::{self, Output, json as json_printer, shown};
use crate::session::Session;
use crate::target::{self, Target};
use crate::verbs::apply::{validation, with_last_applied};
use crate::verbs::apply_last_applied as last_applied;

const HEADER: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,\n# and an empty file will abort the edit. If an error occurs while saving this file will be\n# reopened with the relevant failures.\n#\n";
const HEADER_LAST_APPLIED: &str = "# Please edit the 'last-applied-configuration' annotations below.\n# Lines beginning with a '#' will be ignored, and an empty file will abort the edit.\n#\n";

/// `--windows-line-endings`
pub const LINE_ENDINGS: &[Flag] = &[flag("windows-line-endings", ' ', Takes::Bool, "false")];

const FLAGS: &[Flag] = &[flag("output-patch", ' ', Takes::Bool, "false")];

/// The verb.
pub static VERB: Verb = Verb {
    name: "edit",
    aliases: &[],
    flags: &[FLAGS, LINE_ENDINGS, FILES, PRINT, SAVE_CONFIG, SUBRESOURCE, VALIDATE, &[field_manager("kubectl-edit")]],
    run: |session, args| Box::pin(edit(session, args)),
};

/// `kubectl apply edit-last-applied`
pub static EDIT_LAST_APPLIED: Verb = Verb {
    name: "apply edit-last-applied",
    aliases: &[],
    flags: &[LINE_ENDINGS, FILES, PRINT, VALIDATE, &[field_manager("kubectl-client-side-apply")]],
    run: |session, args| Box::pin(edit_last_applied(session, args)),
};

/// What is edited, and what becomes of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Objects as they are; they are patched.
    Live,
    /// The configurations they were last applied with; these are written back.
    LastApplied,
    /// Objects that are not there yet; they are created.
    Create,
}

/// Without the lines that are comments.
fn strip(text: &str) -> String {
    text.split_inclusive('\n').filter(|line| !line.trim_start().starts_with('#')).collect()
}

/// The objects of an edited file; of a `List`, its items.
fn objects(text: &str) -> Result<Vec<Value>, String> {
    let mut parsed = manifest::parse(text);
    if let Some(error) = parsed.error.take() {
        return Err(error.message);
    }
    let items = parsed.documents.into_iter().flat_map(|document| match document.value {
        Value::Object(mut list) if list.get("kind").is_some_and(|kind| kind == "List") => {
            list.remove("items").and_then(|items| items.as_array().cloned()).unwrap_or_default()
        }
        other => vec![other],
    });
    Ok(items.collect())
}

async fn edit(session: &Session, args: &Args) -> Outcome {
    let mut targets = found(session, args).await?;
    let sub = args.text("subresource");
    for target in targets.iter_mut().filter(|_| !sub.is_empty()) {
        target.object = session.json(Request::get(place(target, sub))).await?;
    }
    if targets.is_empty() {
        return plain("edit cancelled, no objects found");
    }
    Edit { session, args, mode: Mode::Live, targets }.run().await
}

async fn edit_last_applied(session: &Session, args: &Args) -> Outcome {
    let mut targets = found(session, args).await?;
    targets.retain_mut(|target| match last_applied::last_applied(&target.object) {
        Some(text) => {
            target.object = serde_json::from_str(text).unwrap_or(Value::Null);
            true
        }
        None => false,
    });
    if targets.is_empty() {
        return plain(
            "no last-applied-configuration annotation found on resources, to create the annotation, use command `kubectl apply set-last-applied --create-annotation`",
        );
    }
    Edit { session, args, mode: Mode::LastApplied, targets }.run().await
}

/// `kubectl create --edit`: one object after the other.
///
/// # Errors
/// When the editor fails, or the server refuses what was edited.
pub fn create<'a>(session: &'a Session, args: &'a Args, targets: Vec<Target>) -> LocalFuture<'a, Outcome> {
    Box::pin(async move {
        for target in targets {
            Edit { session, args, mode: Mode::Create, targets: vec![target] }.run().await?;
        }
        Ok(())
    })
}

async fn found(session: &Session, args: &Args) -> Outcome<Vec<Target>> {
    if args.words.is_empty() && !args.names_files() {
        return plain(target::NO_RESOURCES);
    }
    let (targets, errors) = target::find(session, args, &args.words).await?;
    Error::all(errors)?;
    Ok(targets)
}

/// The path of an object or its subresource.
fn place(target: &Target, subresource: &str) -> String {
    let path = target.resource.path(Some(&target.namespace), Some(&target.name));
    if subresource.is_empty() { path } else { format!("{path}/{subresource}") }
}

/// One session with the editor.
struct Edit<'a> {
    session: &'a Session,
    args: &'a Args,
    mode: Mode,
    targets: Vec<Target>,
}

impl Edit<'_> {
    async fn run(&self) -> Outcome {
        let session = self.session;
        let output = printers::output(&*session.host, self.args, false)?;
        let format = self.args.text("output");
        if !matches!(format, "" | "yaml" | "json") {
            return plain(format!(
                "unable to match a printer suitable for the output format {format:?}, allowed formats are: json,kyaml,yaml"
            ));
        }
        let originals: Vec<Value> = self.targets.iter().map(|target| shown(&target.object)).collect();
        let whole = match originals.as_slice() {
            [one] => one.clone(),
            many => json!({"apiVersion": "v1", "items": many, "kind": "List", "metadata": {}}),
        };
        let (header, extension, body) = match (format, self.mode) {
            ("json", _) => ("", "json", json_printer::pretty(&whole) + "\n"),
            (_, Mode::LastApplied) => (HEADER_LAST_APPLIED, "yaml", manifest::to_yaml(&whole)),
            _ => (HEADER, "yaml", manifest::to_yaml(&whole)),
        };
        let crlf = self.args.on("windows-line-endings");
        // The edited text that was refused, and where it is kept.
        let mut refused: Option<(String, String)> = None;
        let mut reasons = Vec::new();
        loop {
            let mut text = match &refused {
                None => format!("{header}{body}"),
                Some((edited, _)) => format!("{header}{}{}", reasons.concat(), strip(edited)),
            };
            if crlf {
                text = text.replace('\n', "\r\n");
            }
            let kept = refused.as_ref().map(|(_, file)| file.clone()).unwrap_or_default();
            let file = temporary(session, extension, &text)?;
            if let Err(error) = session.host.edit(&file).await {
                return preserved(session, &kept, error).await;
            }
            let edited = session.host.read_file(&file).or_else(plain)?;
            let edited = String::from_utf8_lossy(&edited).replace("\r\n", "\n");
            if refused.as_ref().is_some_and(|(before, _)| strip(before) == strip(&edited)) {
                return preserved(session, &file, "Edit cancelled, no valid changes were saved.").await;
            }
            session.host.remove_file(&kept);
            let read = objects(&edited);
            let cancelled = if strip(&edited) == body || read.as_ref().is_ok_and(|read| *read == originals) {
                Some("Edit cancelled, no changes made.\n")
            } else if strip(&edited).trim().is_empty() {
                Some("Edit cancelled, saved file was empty.\n")
            } else {
                None
            };
            if let Some(said) = cancelled {
                session.host.remove_file(&file);
                session.err(said).await;
                return Ok(());
            }
            reasons = match read {
                Err(error) => {
                    let text = format!("The edited file had a syntax error: error parsing edited-file: {error}");
                    vec![format!("# {}\n#\n", text.replace('\n', "\n# "))]
                }
                Ok(read) => self.save(&output, &originals, read, &file).await?,
            };
            if reasons.is_empty() {
                session.host.remove_file(&file);
                return Ok(());
            }
            refused = Some((edited, file));
        }
    }

    /// Prints what became of an object: a word, or the object in the format that was asked for.
    async fn print_result(&self, output: &Output, target: &Target, word: &str) -> Outcome {
        let text = match output {
            Output::Human => format!("{} {word}\n", target.label()),
            output => printers::objects(output, std::slice::from_ref(target), true)?,
        };
        self.session.out(&text).await;
        Ok(())
    }
}

/// Writes the text to a file of its own. Its number comes from the time: whatever takes longer before it gives it another.
fn temporary(session: &Session, extension: &str, text: &str) -> Outcome<String> {
    let folder = session.host.env("TMPDIR").filter(|folder| !folder.is_empty()).unwrap_or_else(|| "/tmp".to_owned());
    let number = session.host.now().unix_micros().unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
    let file = format!("{}/kubectl-edit-{number}.{extension}", folder.trim_end_matches('/'));
    session.host.write_file(&file, text.as_bytes()).or_else(|error| plain(format!("open {file}: {error}")))?;
    Ok(file)
}

/// An end without success; the person's changes are not lost.
async fn preserved(session: &Session, file: &str, error: impl Into<String>) -> Outcome {
    kept(session, file).await;
    plain(error)
}

async fn kept(session: &Session, file: &str) {
    if !file.is_empty() && session.host.read_file(file).is_ok() {
        session.err(&format!("A copy of your changes has been stored to {file:?}\n")).await;
    }
}

impl Edit<'_> {
    /// Sends what was changed; gives what was invalid, as comments for the file that is opened again.
    async fn save(&self, output: &Output, originals: &[Value], edited: Vec<Value>, file: &str) -> Outcome<Vec<String>> {
        let (session, args) = (self.session, self.args);
        let mut reasons = Vec::new();
        let (mut again, mut gone) = (false, false);
        for mut object in edited {
            let Some(at) = original_of(originals, &object) else {
                let error = format!("no original object found for {object}");
                return preserved(session, file, error).await.map(|()| Vec::new());
            };
            if args.on("save-config") {
                object = with_last_applied(&object);
            }
            session.record(&mut object);
            let (mut target, original) = (self.targets[at].clone(), &originals[at]);
            if *original == object {
                self.print_result(output, &target, "skipped").await?;
                continue;
            }
            let query = [("fieldManager", args.text("field-manager")), ("fieldValidation", validation(args)?)];
            let settled = match self.mode {
                Mode::Live => None,
                Mode::LastApplied => {
                    let text = last_applied::configuration(&object);
                    Some(last_applied::write(session, &target, &text, &query).await.map(|_| "edited"))
                }
                Mode::Create => Some(
                    session.create(target.resource, &target.namespace, object.clone(), &query).await.map(|created| {
                        target.name = path::str(&created, "metadata.name").to_owned();
                        object = created;
                        "created"
                    }),
                ),
            };
            match settled {
                Some(Ok(word)) => {
                    target.object = object;
                    self.print_result(output, &target, word).await?;
                    continue;
                }
                Some(Err(error)) => {
                    kept(session, file).await;
                    return Err(error);
                }
                None => {}
            }
            let same = |field: &str| path::get(original, field) == path::get(&object, field);
            if !["apiVersion", "kind", "metadata.name"].into_iter().all(same) {
                let error = "At least one of apiVersion, kind and name was changed";
                return preserved(session, file, error).await.map(|()| Vec::new());
            }
            let (kind, patch) = match api::schema::struct_of(target.resource) {
                Some(fields) => match strategic::two_way(original, &object, Some(fields)) {
                    Ok(patch) => (PatchType::Strategic, patch),
                    Err(error) => return preserved(session, file, error.to_string()).await.map(|()| Vec::new()),
                },
                None => (PatchType::Merge, api::patch::merge::diff(original, &object)),
            };
            if args.on("output-patch") {
                session.out(&format!("Patch: {}\n", json_printer::compact(&patch))).await;
            }
            let mut request = Request::new(Method::Patch, place(&target, args.text("subresource"))).with_body(patch);
            request.patch = Some(kind);
            for (name, value) in query {
                request = request.with_query(name, value);
            }
            let resource = target.resource.key();
            match session.json(request).await {
                Ok(patched) => {
                    target.object = patched;
                    self.print_result(output, &target, "edited").await?;
                }
                Err(Error::Server(status)) if status.reason == Reason::Invalid => {
                    let causes = status.causes.iter().map(|cause| format!("# * {}: {}\n", cause.field, cause.message));
                    let causes: String = causes.collect();
                    let colon = if causes.is_empty() { "" } else { ":" };
                    reasons.push(format!("# {resource} {:?} was not valid{colon}\n{causes}#\n", target.name));
                    session.err(&format!("error: {resource} {:?} is invalid\n", target.name)).await;
                }
                Err(error) if error.is_not_found() => {
                    gone = true;
                    let said = format!("error: {resource} {:?} could not be found on the server\n", target.name);
                    session.err(&said).await;
                }
                Err(error) => {
                    again = true;
                    session.err(&format!("error: {resource} {:?} could not be patched: {error}\n", target.name)).await;
                }
            }
        }
        if again {
            session.err(&format!("You can run `kubectl replace -f {file}` to try this update again.\n")).await;
            return Err(Error::Exit(1));
        }
        if gone {
            session.err(&format!("The edits you made on deleted resources have been saved to {file:?}\n")).await;
            return Err(Error::Exit(1));
        }
        Ok(reasons)
    }
}

/// Which of the originals an edited object was: the one of its uid; where there are none yet, of its kind and name, or the
/// only one.
fn original_of(originals: &[Value], object: &Value) -> Option<usize> {
    let uid = |value: &Value| path::str(value, "metadata.uid").to_owned();
    if !uid(object).is_empty() || originals.iter().any(|original| !uid(original).is_empty()) {
        return originals.iter().position(|original| uid(original) == uid(object));
    }
    let same = |original: &Value| {
        original["kind"] == object["kind"] && original["metadata"]["name"] == object["metadata"]["name"]
    };
    originals.iter().position(same).or(if originals.len() == 1 { Some(0) } else { None })
}
