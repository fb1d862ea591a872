//! `kubectl rollout`: status, history, undo, restart, pause, resume.

use api::{LabelSelector, PatchType, Status, find_resource, path};
use serde_json::{Value, json};

use crate::command::{FILES, SELECTOR, Verb};
use crate::describe::{replica_sets_of, template_with_tabs};
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::session::Session;
use crate::tabwriter::{DESCRIBE, align};
use crate::target::{self, Selection, Target, select_arguments};

const REVISION: &str = "deployment.kubernetes.io/revision";
const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

const STATUS_FLAGS: &[Flag] = &[
    flag("watch", 'w', Takes::Bool, "true", "Watch the status of the rollout until it's done."),
    flag("timeout", ' ', Takes::Duration, "0s", "The length of time to wait before ending watch, zero means never."),
    flag("revision", ' ', Takes::Int, "0", "Pin to a specific revision for showing its status."),
];

/// `kubectl rollout status`
pub static STATUS: Verb = Verb {
    name: "rollout status",
    aliases: &[],
    usage: "(TYPE NAME | TYPE/NAME) [flags] [options]",
    short: "Show the status of the rollout",
    long: "",
    examples: &["kubectl rollout status deployment/nginx"],
    flags: &[STATUS_FLAGS, FILES, SELECTOR],
    run: |session, args| Box::pin(status(session, args)),
};

const HISTORY_FLAGS: &[Flag] =
    &[flag("revision", ' ', Takes::Int, "0", "See the details, including podTemplate of the revision specified")];

/// `kubectl rollout history`
pub static HISTORY: Verb = Verb {
    name: "rollout history",
    aliases: &[],
    usage: "(TYPE NAME | TYPE/NAME) [flags] [options]",
    short: "View rollout history",
    long: "",
    examples: &["kubectl rollout history deployment/abc"],
    flags: &[HISTORY_FLAGS, FILES, SELECTOR],
    run: |session, args| Box::pin(history(session, args)),
};

const UNDO_FLAGS: &[Flag] =
    &[flag("to-revision", ' ', Takes::Int, "0", "The revision to rollback to. Default to 0 (last revision).")];

/// `kubectl rollout undo`
pub static UNDO: Verb = Verb {
    name: "rollout undo",
    aliases: &[],
    usage: "(TYPE NAME | TYPE/NAME) [flags] [options]",
    short: "Undo a previous rollout",
    long: "",
    examples: &["kubectl rollout undo deployment/abc", "kubectl rollout undo deployment/abc --to-revision=3"],
    flags: &[UNDO_FLAGS, FILES, SELECTOR],
    run: |session, args| Box::pin(undo(session, args)),
};

/// `kubectl rollout restart`
pub static RESTART: Verb = Verb {
    name: "rollout restart",
    aliases: &[],
    usage: "RESOURCE [options]",
    short: "Restart a resource",
    long: "",
    examples: &["kubectl rollout restart deployment/nginx"],
    flags: &[FILES, SELECTOR],
    run: |session, args| Box::pin(restart(session, args)),
};

/// `kubectl rollout pause`
pub static PAUSE: Verb = Verb {
    name: "rollout pause",
    aliases: &[],
    usage: "RESOURCE [options]",
    short: "Mark the provided resource as paused",
    long: "",
    examples: &["kubectl rollout pause deployment/nginx"],
    flags: &[FILES, SELECTOR],
    run: |session, args| Box::pin(pause(session, args, true)),
};

/// `kubectl rollout resume`
pub static RESUME: Verb = Verb {
    name: "rollout resume",
    aliases: &[],
    usage: "RESOURCE [options]",
    short: "Resume a paused resource",
    long: "",
    examples: &["kubectl rollout resume deployment/nginx"],
    flags: &[FILES, SELECTOR],
    run: |session, args| Box::pin(pause(session, args, false)),
};

async fn targets(session: &Session, args: &Args) -> Outcome<Vec<Target>> {
    if args.words.is_empty() && !args.names_files() {
        return plain("required resource not specified");
    }
    if !args.names_files()
        && args.text("selector").is_empty()
        && let Selection::Kinds(kinds) = select_arguments(session, &args.words)?
        && kinds.is_empty()
    {
        return plain("required resource not specified");
    }
    let (targets, errors) = target::find(session, args, &args.words).await?;
    Error::all(errors)?;
    Ok(targets)
}

async fn status(session: &Session, args: &Args) -> Outcome {
    let timeout = args.duration("timeout").filter(|timeout| !timeout.is_zero());
    let until = timeout.map(|timeout| session.now() + timeout);
    for target in targets(session, args).await? {
        if !matches!(target.resource.kind, "Deployment" | "DaemonSet" | "StatefulSet") {
            return plain(format!("no status viewer has been implemented for {}", target.resource.kind));
        }
        let (text, mut done) = progress(&target, &target.object, args)?;
        session.out(&text).await;
        if done || !args.on("watch") {
            continue;
        }
        let version = path::str(&target.object, "metadata.resourceVersion");
        let mut stream = session.watch_one(target.resource, &target.namespace, &target.name, version).await?;
        while !done {
            let Some(event) = session.next_event(&mut *stream, until).await else {
                return plain("timed out waiting for the condition");
            };
            let Some(event) = event else { return plain("timed out waiting for the condition") };
            match event.kind {
                "DELETED" => return plain("object has been deleted"),
                "ERROR" => return Err(Error::from(Status::from_value(&event.object))),
                _ => {
                    let (text, now) = progress(&target, &event.object, args)?;
                    session.out(&text).await;
                    done = now;
                }
            }
        }
    }
    Ok(())
}

/// How far a rollout is: a sentence, and whether it is done.
fn progress(target: &Target, object: &Value, args: &Args) -> Outcome<(String, bool)> {
    let number = |field: &str| path::int(object, field).unwrap_or(0);
    let name = &target.name;
    let revision = args.int("revision");
    if revision > 0 {
        let current = path::get(object, "metadata.annotations")[REVISION].as_str().unwrap_or("0");
        if current != revision.to_string() {
            return plain(format!("desired revision ({revision}) is different from the running revision ({current})"));
        }
    }
    let observed = number("status.observedGeneration") >= number("metadata.generation");
    if target.resource.kind != "Deployment" {
        return Ok(other_progress(target, object, observed));
    }
    if !observed {
        return Ok(("Waiting for deployment spec update to be observed...\n".to_owned(), false));
    }
    let conditions = path::list(object, "status.conditions");
    let exceeded = conditions.iter().any(|condition| {
        path::str(condition, "type") == "Progressing" && path::str(condition, "reason") == "ProgressDeadlineExceeded"
    });
    if exceeded {
        return plain(format!("deployment {name:?} exceeded its progress deadline"));
    }
    let (wanted, updated) = (path::int(object, "spec.replicas").unwrap_or(1), number("status.updatedReplicas"));
    let (total, available) = (number("status.replicas"), number("status.availableReplicas"));
    let waiting = format!("Waiting for deployment {name:?} rollout to finish:");
    Ok(if updated < wanted {
        (format!("{waiting} {updated} out of {wanted} new replicas have been updated...\n"), false)
    } else if total > updated {
        (format!("{waiting} {} old replicas are pending termination...\n", total - updated), false)
    } else if available < updated {
        (format!("{waiting} {available} of {updated} updated replicas are available...\n"), false)
    } else {
        (format!("deployment {name:?} successfully rolled out\n"), true)
    })
}

fn other_progress(target: &Target, object: &Value, observed: bool) -> (String, bool) {
    let number = |field: &str| path::int(object, field).unwrap_or(0);
    let name = &target.name;
    if target.resource.kind == "DaemonSet" {
        let (wanted, updated) = (number("status.desiredNumberScheduled"), number("status.updatedNumberScheduled"));
        let available = number("status.numberAvailable");
        let waiting = format!("Waiting for daemon set {name:?} rollout to finish:");
        return if !observed {
            ("Waiting for daemon set spec update to be observed...\n".to_owned(), false)
        } else if updated < wanted {
            (format!("{waiting} {updated} out of {wanted} new pods have been updated...\n"), false)
        } else if available < wanted {
            (format!("{waiting} {available} of {wanted} updated pods are available...\n"), false)
        } else {
            (format!("daemon set {name:?} successfully rolled out\n"), true)
        };
    }
    let (wanted, ready) = (path::int(object, "spec.replicas").unwrap_or(1), number("status.readyReplicas"));
    if !observed {
        ("Waiting for statefulset spec update to be observed...\n".to_owned(), false)
    } else if ready < wanted {
        (format!("Waiting for {} pods to be ready...\n", wanted - ready), false)
    } else if path::str(object, "status.updateRevision") != path::str(object, "status.currentRevision") {
        let updated = number("status.updatedReplicas");
        (
            format!(
                "waiting for statefulset rolling update to complete {updated} pods at revision {}...\n",
                path::str(object, "status.updateRevision")
            ),
            false,
        )
    } else {
        let current = path::str(object, "status.currentRevision");
        (format!("statefulset rolling update complete {wanted} pods at revision {current}...\n"), true)
    }
}

/// A Deployment's revisions with their ReplicaSets, oldest first.
async fn revisions(session: &Session, target: &Target) -> Outcome<Vec<(i64, Value)>> {
    match target.resource.kind {
        "Deployment" => {}
        "DaemonSet" | "StatefulSet" => return controller_revisions(session, target).await,
        kind => {
            return plain(format!(
                "no history viewer has been implemented for {{{:?} {kind:?}}}",
                target.resource.group
            ));
        }
    }
    let (old, new) = replica_sets_of(session, &target.object).await?;
    let mut revisions: Vec<(i64, Value)> = old
        .into_iter()
        .chain(new)
        .filter_map(|set| {
            let revision = path::get(&set, "metadata.annotations")[REVISION].as_str()?.parse().ok()?;
            Some((revision, set))
        })
        .collect();
    api::order::sort_by(&mut revisions, |a, b| a.0.cmp(&b.0));
    Ok(revisions)
}

/// The revisions of a DaemonSet or StatefulSet, as if they were sets.
async fn controller_revisions(session: &Session, target: &Target) -> Outcome<Vec<(i64, Value)>> {
    let Some(resource) = find_resource("controllerrevisions") else { return Ok(Vec::new()) };
    let selector = LabelSelector::from_value(path::get(&target.object, "spec.selector")).unwrap_or_default();
    let found = session.list(resource, &target.namespace, &[("labelSelector", &selector.to_string())]).await?;
    let uid = path::str(&target.object, "metadata.uid");
    let owned = |one: &Value| path::list(one, "metadata.ownerReferences").iter().any(|owner| owner["uid"] == uid);
    let mut revisions: Vec<(i64, Value)> = Vec::new();
    for mut one in found.into_iter().filter(owned) {
        let number = path::int(&one, "revision").unwrap_or(0);
        let mut template = one["data"]["spec"]["template"].take();
        path::remove(&mut template, "$patch");
        one["spec"] = json!({"template": template});
        revisions.push((number, one));
    }
    api::order::sort_by(&mut revisions, |a, b| a.0.cmp(&b.0));
    Ok(revisions)
}

/// `rollout undo` of a DaemonSet or StatefulSet.
async fn restore(session: &Session, target: &Target, revisions: &[(i64, Value)], wanted: i64) -> Outcome {
    let found = match revisions {
        _ if wanted > 0 => revisions.iter().find(|(number, _)| *number == wanted),
        [] | [_] => return plain("no last revision to roll back to"),
        [.., last, _] => Some(last),
    };
    let Some((_, old)) = found else {
        return plain(format!("unable to find specified revision {wanted} in history"));
    };
    let mut template = path::get(old, "spec.template").clone();
    if template == *path::get(&target.object, "spec.template") {
        let said = format!("skipped rollback (current template already matches revision {wanted})");
        session.out(&format!("{} {said}\n", target.label())).await;
        return Ok(());
    }
    template["$patch"] = "replace".into();
    let patch = json!({"spec": {"template": template}});
    session.patch(target.resource, &target.namespace, &target.name, PatchType::Strategic, patch, &[]).await?;
    session.out(&format!("{} rolled back\n", target.label())).await;
    Ok(())
}

fn cause(set: &Value) -> String {
    match path::get(set, "metadata.annotations")[CHANGE_CAUSE].as_str() {
        None | Some("") => "<none>".to_owned(),
        Some(cause) => cause.to_owned(),
    }
}

async fn history(session: &Session, args: &Args) -> Outcome {
    let revision = args.int("revision");
    if revision < 0 {
        return plain("revision must be a positive integer: ");
    }
    for target in targets(session, args).await? {
        let revisions = revisions(session, &target).await?;
        if revision > 0 {
            let Some((_, set)) = revisions.iter().find(|(number, _)| *number == revision) else {
                return plain("unable to find the specified revision");
            };
            let mut template = path::get(set, "spec.template").clone();
            if cause(set) != "<none>" {
                template["metadata"]["annotations"][CHANGE_CAUSE] = cause(set).into();
            }
            let text = template_with_tabs(&template);
            session.out(&format!("{} with revision #{revision}\n{text}\n", target.label())).await;
            continue;
        }
        if revisions.is_empty() {
            session.out(&format!("{} \nNo rollout history found.\n", target.label())).await;
            continue;
        }
        let mut table = "REVISION\tCHANGE-CAUSE\n".to_owned();
        for (number, set) in &revisions {
            table.push_str(&format!("{number}\t{}\n", cause(set)));
        }
        session.out(&format!("{} \n{}\n", target.label(), align(&table, DESCRIBE))).await;
    }
    Ok(())
}

async fn undo(session: &Session, args: &Args) -> Outcome {
    let wanted = args.int("to-revision");
    for target in targets(session, args).await? {
        let revisions = revisions(session, &target).await?;
        if target.resource.kind != "Deployment" {
            restore(session, &target, &revisions, wanted).await?;
            continue;
        }
        if path::bool(&target.object, "spec.paused") {
            let (kind, name) = (target.resource.kind.to_lowercase(), &target.name);
            return plain(format!(
                "you cannot rollback a paused {kind}; resume it first with 'kubectl rollout resume {kind}/{name}' and try again"
            ));
        }
        let found = if wanted > 0 {
            match revisions.iter().find(|(number, _)| *number == wanted) {
                Some(found) => found,
                None => return plain(format!("unable to find specified revision {wanted} in history")),
            }
        } else {
            match revisions.len() {
                0 | 1 => return plain(format!("no rollout history found for deployment {:?}", target.name)),
                count => &revisions[count - 2],
            }
        };
        let newest = revisions.last().map(|(number, _)| *number);
        if newest == Some(found.0) {
            session
                .out(&format!(
                    "{} skipped rollback (current template already matches revision {})\n",
                    target.label(),
                    found.0
                ))
                .await;
            continue;
        }
        let mut template = path::get(&found.1, "spec.template").clone();
        path::remove(&mut template, "metadata.labels.pod-template-hash");
        let annotations = path::get(&found.1, "metadata.annotations")[CHANGE_CAUSE].clone();
        let mut patch = vec![json!({"op": "replace", "path": "/spec/template", "value": template})];
        let has_annotations = target.object["metadata"]["annotations"].is_object();
        if has_annotations && !annotations.is_null() {
            let place = format!("/metadata/annotations/{}", CHANGE_CAUSE.replace('/', "~1"));
            patch.push(json!({"op": "add", "path": place, "value": annotations}));
        }
        session.patch(target.resource, &target.namespace, &target.name, PatchType::Json, patch.into(), &[]).await?;
        session.out(&format!("{} rolled back\n", target.label())).await;
    }
    Ok(())
}

async fn restart(session: &Session, args: &Args) -> Outcome {
    for target in targets(session, args).await? {
        if !matches!(target.resource.kind, "Deployment" | "DaemonSet" | "StatefulSet") {
            return plain(format!("{} {:?} restarting is not supported", target.resource.key(), target.name));
        }
        if path::bool(&target.object, "spec.paused") {
            return plain(format!(
                "{} {:?} can't restart paused deployment (run rollout resume first)",
                target.resource.key(),
                target.name
            ));
        }
        let annotation = json!({"kubectl.kubernetes.io/restartedAt": session.now().rfc3339()});
        let patch = json!({"spec": {"template": {"metadata": {"annotations": annotation}}}});
        let query = [("fieldManager", "kubectl-rollout")];
        session.patch(target.resource, &target.namespace, &target.name, PatchType::Strategic, patch, &query).await?;
        session.out(&format!("{} restarted\n", target.label())).await;
    }
    Ok(())
}

async fn pause(session: &Session, args: &Args, paused: bool) -> Outcome {
    for target in targets(session, args).await? {
        let key = target.resource.key();
        if target.resource.kind != "Deployment" {
            let word = if paused { "pausing" } else { "resuming" };
            return plain(format!("{key} {:?} {word} is not supported", target.name));
        }
        if path::bool(&target.object, "spec.paused") == paused {
            let word = if paused { "already paused" } else { "not paused" };
            return plain(format!("{key} {:?} is {word}", target.name));
        }
        let value = if paused { json!(true) } else { json!(null) };
        let patch = json!({"spec": {"paused": value}});
        let query = [("fieldManager", "kubectl-rollout")];
        session.patch(target.resource, &target.namespace, &target.name, PatchType::Strategic, patch, &query).await?;
        session.out(&format!("{} {}\n", target.label(), if paused { "paused" } else { "resumed" })).await;
    }
    Ok(())
}
