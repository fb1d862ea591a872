//! `kubectl set image`

use api::{PatchType, path};
use serde_json::{Value, json};

use crate::command::{DRY_RUN, FILES, PRINT, SELECTOR, Verb};
use crate::dry_run::DryRun;
use crate::error::{Error, Outcome, plain};
use crate::flags::Args;
use crate::printers::{self, Output};
use crate::session::Session;
use crate::target;

/// The verb.
pub static VERB: Verb = Verb {
    name: "set image",
    aliases: &[],
    flags: &[crate::verbs::set::FLAGS, FILES, PRINT, SELECTOR, DRY_RUN],
    run: |session, args| Box::pin(set_image(session, args)),
};

async fn set_image(session: &Session, args: &Args) -> Outcome {
    let dry_run = if args.on("local") { DryRun::Client } else { DryRun::of(args)? };
    let suffix = if args.on("local") { "" } else { dry_run.suffix() };
    let output = printers::output(&*session.host, args, false)?;
    let (pairs, words): (Vec<String>, Vec<String>) = args.words.iter().cloned().partition(|word| word.contains('='));
    if words.is_empty() && !args.names_files() {
        return plain(target::NO_RESOURCES);
    }
    let (targets, mut errors) = target::find(session, args, &words).await?;
    if pairs.is_empty() {
        Error::all(errors)?;
        return plain("at least one image update is required");
    }
    for mut target in targets {
        let place = match target.resource.kind {
            "Pod" => "spec",
            "CronJob" => "spec.jobTemplate.spec.template.spec",
            _ => "spec.template.spec",
        };
        if path::get(&target.object, place).is_null() {
            errors.push(Error::Plain(format!(
                "error: {}/{} the object is not a pod or does not have a pod template: *v1.{}",
                target.resource.plural, target.name, target.resource.kind
            )));
            continue;
        }
        let spec = path::get(&target.object, place);
        let mut changes: Vec<(&str, Value)> = Vec::new();
        let mut missing = false;
        for list in ["containers", "initContainers"] {
            let mut patch = Vec::new();
            for container in path::list(spec, list) {
                let name = path::str(container, "name");
                for pair in &pairs {
                    let (wanted, image) = pair.split_once('=').unwrap_or_default();
                    if (wanted == name || wanted == "*") && path::str(container, "image") != image {
                        patch.push(json!({"name": name, "image": image}));
                    }
                }
            }
            if !patch.is_empty() {
                changes.push((list, patch.into()));
            }
        }
        for pair in &pairs {
            let wanted = pair.split_once('=').map_or("", |(name, _)| name);
            let known = ["containers", "initContainers"]
                .iter()
                .any(|list| path::list(spec, list).iter().any(|container| path::str(container, "name") == wanted));
            if !known && wanted != "*" {
                errors.push(Error::Plain(format!("unable to find container named {wanted:?}")));
                missing = true;
            }
        }
        if missing || changes.is_empty() {
            continue;
        }
        let mut patch = json!({});
        for (list, value) in changes {
            path::set(&mut patch, &format!("{place}.{list}"), value);
        }
        if dry_run != DryRun::Client {
            let query = [dry_run.query(), ("fieldManager", args.text("field-manager"))];
            match session
                .patch(target.resource, &target.namespace, &target.name, PatchType::Strategic, patch, &query)
                .await
            {
                Ok(object) => target.object = object,
                Err(error) => {
                    errors.push(Error::Plain(format!("failed to patch image update to pod template: {error}")));
                    continue;
                }
            }
        } else if let Ok(object) =
            api::strategic::apply(&target.object, &patch, api::schema::struct_of(target.resource))
        {
            target.object = object;
        }
        let text = match &output {
            Output::Human => format!("{} image updated{suffix}\n", target.label()),
            output => printers::one(session, output, target)?,
        };
        session.out(&text).await;
    }
    Error::all(errors)
}
