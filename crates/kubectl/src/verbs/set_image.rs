//! `kubectl set image`

use api::path;

use crate::command::{DRY_RUN, FILES, PRINT, SELECTOR, Verb};
use crate::error::{Error, Outcome, plain};
use crate::flags::Args;
use crate::session::Session;
use crate::target::{self, Target};
use crate::verbs::set::{Words, containers, pod_spec, update};

/// The verb.
pub static VERB: Verb = Verb {
    name: "set image",
    aliases: &[],
    flags: &[crate::verbs::set::FLAGS, FILES, PRINT, SELECTOR, DRY_RUN],
    run: |session, args| Box::pin(set_image(session, args)),
};

async fn set_image(session: &Session, args: &Args) -> Outcome {
    let (pairs, words): (Vec<String>, Vec<String>) = args.words.iter().cloned().partition(|word| word.contains('='));
    let pairs: Vec<(&str, &str)> = pairs.iter().filter_map(|pair| pair.split_once('=')).collect();
    if words.is_empty() && !args.names_files() {
        return plain(target::NO_RESOURCES);
    }
    let everywhere = pairs.iter().any(|(name, _)| *name == "*");
    if pairs.is_empty() || everywhere && pairs.len() > 1 {
        let (_, errors) = target::find(session, args, &words).await?;
        Error::all(errors)?;
        return plain(match everywhere {
            true => {
                "all containers are already specified by *, but saw more than one container_name=container_image pairs"
            }
            false => "at least one image update is required",
        });
    }
    let mut errors = Vec::new();
    let mut change = |target: &mut Target| {
        let mut spec = containers(pod_spec(target)?, "*");
        for (name, image) in &pairs {
            let mut found = false;
            for container in &mut spec {
                if *name == "*" || path::str(container, "name") == *name {
                    container["image"] = (*image).into();
                    found = true;
                }
            }
            if !found {
                errors.push(Error::Plain(format!("error: unable to find container named {name:?}")));
            }
        }
        Ok(())
    };
    let said = Words { done: "image updated", failed: "failed to patch image update to pod template:" };
    match update(session, args, &words, &said, &mut change).await {
        Err(Error::Many(more)) => errors.extend(more),
        Err(error) => errors.push(error),
        Ok(()) => {}
    }
    Error::all(errors)
}
