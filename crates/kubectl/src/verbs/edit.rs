//! `kubectl edit`: the object as YAML in the editor, and a patch of what the person changed.

use api::PatchType;

use crate::command::{FILES, PRINT, SELECTOR, Verb, WRITE};
use crate::error::{Error, Outcome, plain};
use crate::flags::Args;
use crate::printers::shown;
use crate::session::Session;
use crate::target;

const HEADER: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,\n# and an empty file will abort the edit. If an error occurs while saving this file will be\n# reopened with the relevant failures.\n#\n";

/// The verb.
pub static VERB: Verb = Verb {
    name: "edit",
    aliases: &[],
    usage: "(RESOURCE/NAME | -f FILENAME) [options]",
    short: "Edit a resource on the server",
    long: "",
    examples: &["kubectl edit svc/registry"],
    flags: &[FILES, PRINT, SELECTOR, WRITE],
    run: |session, args| Box::pin(edit(session, args)),
};

async fn edit(session: &Session, args: &Args) -> Outcome {
    if args.words.is_empty() && !args.has("filename") {
        return plain(
            "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'",
        );
    }
    let (targets, errors) = target::find(session, args, &args.words).await?;
    Error::all(errors)?;
    for target in targets {
        let original = shown(&target.object);
        let body = manifest::to_yaml(&original);
        let name = format!("kubectl-edit-{}-{}.yaml", target.resource.singular, target.name);
        let mut text = format!("{HEADER}{body}");
        loop {
            let Some(edited) = session.host.edit(&name, &text).await else {
                return plain(
                    "kubectl edit needs an editor, and there is none here; kubectl patch and kubectl apply change objects without one",
                );
            };
            let mut parsed = manifest::parse(&edited);
            let lines = edited.lines().filter(|line| !line.trim_start().starts_with('#'));
            if lines.clone().all(|line| line.trim().is_empty()) {
                session.err("Edit cancelled, saved file was empty.\n").await;
                break;
            }
            let problem = match (parsed.error.take(), parsed.documents.pop()) {
                (Some(error), _) => format!("error parsing edited-file: {}", error.message),
                (None, None) => "error parsing edited-file: no object".to_owned(),
                (None, Some(document)) if document.value == original => {
                    session.err("Edit cancelled, no changes made.\n").await;
                    break;
                }
                (None, Some(document)) => {
                    let patch = api::patch::merge::diff(&original, &document.value);
                    let query = [("fieldManager", "kubectl-edit"), ("fieldValidation", "Strict")];
                    let sent = session
                        .patch(target.resource, &target.namespace, &target.name, PatchType::Merge, patch, &query)
                        .await;
                    match sent {
                        Ok(_) => {
                            session.out(&format!("{} edited\n", target.label())).await;
                            break;
                        }
                        Err(error) => error.render().trim_end().to_owned(),
                    }
                }
            };
            // The editor opens again with what is wrong on top; closing it without a change gives up.
            let comment: String = problem.lines().map(|line| format!("# {line}\n")).collect();
            let body = edited.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
            let again = format!("{HEADER}{comment}#\n{body}\n");
            if again == text || edited == text {
                session.err(&format!("{problem}\n")).await;
                return plain("Edit cancelled, no valid changes were saved.");
            }
            text = again;
        }
    }
    Ok(())
}
