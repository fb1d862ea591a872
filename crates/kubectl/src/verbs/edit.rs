//! `kubectl edit`: the objects as YAML in the person's editor, and a patch of what was changed.
//!
//! Follows k8s.io/kubectl/pkg/cmd/util/editor/editoptions.go. Always YAML; no `--output-patch`.

use api::{PatchType, Reason, path, strategic};
use serde_json::{Value, json};

use crate::command::{FILES, PRINT, SELECTOR, Verb, WRITE};
use crate::error::{Error, Outcome, plain};
use crate::flags::Args;
use crate::printers::shown;
use crate::session::Session;
use crate::target::{self, Target};

const HEADER: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,\n# and an empty file will abort the edit. If an error occurs while saving this file will be\n# reopened with the relevant failures.\n#\n";

/// The verb.
pub static VERB: Verb = Verb {
    name: "edit",
    aliases: &[],
    usage: "(RESOURCE/NAME | -f FILENAME) [options]",
    short: "Edit a resource on the server",
    long: "",
    examples: &["kubectl edit svc/registry", "KUBE_EDITOR=\"nano\" kubectl edit svc/registry"],
    flags: &[FILES, PRINT, SELECTOR, WRITE],
    run: |session, args| Box::pin(edit(session, args)),
};

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
    if args.words.is_empty() && !args.names_files() {
        return plain(
            "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'",
        );
    }
    let (targets, errors) = target::find(session, args, &args.words).await?;
    Error::all(errors)?;
    let originals: Vec<Value> = targets.iter().map(|target| shown(&target.object)).collect();
    let body = match originals.as_slice() {
        [] => return plain("edit cancelled, no objects found"),
        [one] => manifest::to_yaml(one),
        many => manifest::to_yaml(&json!({"apiVersion": "v1", "items": many, "kind": "List", "metadata": {}})),
    };
    // The edited text that was refused, and where it is kept.
    let mut refused: Option<(String, String)> = None;
    let mut reasons = Vec::new();
    loop {
        let text = match &refused {
            None => format!("{HEADER}{body}"),
            Some((edited, _)) => format!("{HEADER}{}{}", reasons.concat(), strip(edited)),
        };
        let kept = refused.as_ref().map(|(_, file)| file.clone()).unwrap_or_default();
        let file = temporary(session, &text)?;
        if let Err(error) = session.host.edit(&file).await {
            return preserved(session, &kept, error).await;
        }
        let edited = session.host.read_file(&file).or_else(plain)?;
        let edited = String::from_utf8_lossy(&edited).into_owned();
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
            Ok(read) => patch_all(session, &targets, &originals, read, &file).await?,
        };
        if reasons.is_empty() {
            session.host.remove_file(&file);
            return Ok(());
        }
        refused = Some((edited, file));
    }
}

/// Writes the text to a file of its own.
fn temporary(session: &Session, text: &str) -> Outcome<String> {
    let folder = session.host.env("TMPDIR").filter(|folder| !folder.is_empty()).unwrap_or_else(|| "/tmp".to_owned());
    let number = session.host.now().unix_micros().unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
    let file = format!("{}/kubectl-edit-{number}.yaml", folder.trim_end_matches('/'));
    session.host.write_file(&file, text.as_bytes()).or_else(|error| plain(format!("open {file}: {error}")))?;
    Ok(file)
}

/// An end without success; the person's changes are not lost.
async fn preserved(session: &Session, file: &str, error: impl Into<String>) -> Outcome {
    if !file.is_empty() && session.host.read_file(file).is_ok() {
        session.err(&format!("A copy of your changes has been stored to {file:?}\n")).await;
    }
    plain(error)
}

/// Patches what was changed; gives what was invalid, as comments for the file that is opened again.
async fn patch_all(
    session: &Session,
    targets: &[Target],
    originals: &[Value],
    edited: Vec<Value>,
    file: &str,
) -> Outcome<Vec<String>> {
    let mut reasons = Vec::new();
    let (mut again, mut gone) = (false, false);
    for object in edited {
        let uid = |value: &Value| path::str(value, "metadata.uid").to_owned();
        let Some(at) = originals.iter().position(|original| uid(original) == uid(&object)) else {
            let error = format!("no original object found for {object}");
            return preserved(session, file, error).await.map(|()| Vec::new());
        };
        let (target, original) = (&targets[at], &originals[at]);
        if *original == object {
            session.out(&format!("{} skipped\n", target.label())).await;
            continue;
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
        let query = [("fieldManager", "kubectl-edit"), ("fieldValidation", "Strict")];
        let sent = session.patch(target.resource, &target.namespace, &target.name, kind, patch, &query).await;
        let resource = target.resource.key();
        let name = &target.name;
        match sent {
            Ok(_) => session.out(&format!("{} edited\n", target.label())).await,
            Err(Error::Server(status)) if status.reason == Reason::Invalid => {
                let causes = status.causes.iter().map(|cause| format!("# * {}: {}\n", cause.field, cause.message));
                let causes: String = causes.collect();
                let colon = if causes.is_empty() { "" } else { ":" };
                reasons.push(format!("# {resource} {name:?} was not valid{colon}\n{causes}#\n"));
                session.err(&format!("error: {resource} {name:?} is invalid\n")).await;
            }
            Err(error) if error.is_not_found() => {
                gone = true;
                session.err(&format!("error: {resource} {name:?} could not be found on the server\n")).await;
            }
            Err(error) => {
                again = true;
                session.err(&format!("error: {resource} {name:?} could not be patched: {error}\n")).await;
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
