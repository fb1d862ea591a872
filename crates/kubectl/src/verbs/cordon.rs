//! `kubectl cordon` and `kubectl uncordon`

use api::{PatchType, path};
use serde_json::json;

use crate::command::{DRY_RUN, SELECTOR, Verb};
use crate::dry_run::DryRun;
use crate::error::{Error, Outcome, plain};
use crate::flags::Args;
use crate::session::Session;
use crate::target;

/// `kubectl cordon`
pub static CORDON: Verb = Verb {
    name: "cordon",
    aliases: &[],
    flags: &[SELECTOR, DRY_RUN],
    run: |session, args| Box::pin(set(session, args, true)),
};

/// `kubectl uncordon`
pub static UNCORDON: Verb = Verb {
    name: "uncordon",
    aliases: &[],
    flags: &[SELECTOR, DRY_RUN],
    run: |session, args| Box::pin(set(session, args, false)),
};

async fn set(session: &Session, args: &Args, unschedulable: bool) -> Outcome {
    let dry_run = DryRun::of(args)?;
    let verb = if unschedulable { "cordon" } else { "uncordon" };
    if args.words.is_empty() && args.text("selector").is_empty() {
        return plain(format!("USAGE: {verb} NODE [flags]\nSee 'kubectl {verb} -h' for help and examples"));
    }
    let words = target::of_nodes(&args.words);
    let (targets, mut errors) = target::find(session, args, &words).await?;
    // The first that is not there is told of.
    errors.truncate(1);
    for target in targets {
        let now = path::bool(&target.object, "spec.unschedulable");
        let word = if now == unschedulable { format!("already {verb}ed") } else { format!("{verb}ed") };
        if now != unschedulable && dry_run != DryRun::Client {
            let value = if unschedulable { json!(true) } else { json!(null) };
            let patch = json!({"spec": {"unschedulable": value}});
            let result =
                session.patch(target.resource, "", &target.name, PatchType::Strategic, patch, &[dry_run.query()]).await;
            if let Err(error) = result {
                errors.push(error);
                continue;
            }
        }
        session.out(&format!("{} {word}{}\n", target.label(), dry_run.suffix())).await;
    }
    Error::all(errors)
}
