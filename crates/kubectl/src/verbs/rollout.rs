//! `kubectl rollout`: status, history, undo, restart, pause, resume.

use api::{LabelSelector, PatchType, Status, find_resource, path};
use serde_json::{Value, json};

use crate::command::{DRY_RUN, FILES, PRINT, SELECTOR, Verb, field_manager};
use crate::describe::{replica_sets_of, template_with_tabs};
use crate::dry_run::DryRun;
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::printers::{self, Output};
use crate::report::report;
use crate::session::{Next, Session};
use crate::tabwriter::{DESCRIBE, align};
use crate::target::{self, Selection, Target, select_arguments};
use crate::verbs::apply::LAST_APPLIED;

const REVISION: &str = "deployment.kubernetes.io/revision";
const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// Annotations that a rollback leaves as they are.
const OWN_ANNOTATIONS: &[&str] = &[
    crate::verbs::apply::LAST_APPLIED,
    REVISION,
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
];

const STATUS_FLAGS: &[Flag] = &[
    flag("watch", 'w', Takes::Bool, "true"),
    flag("timeout", ' ', Takes::Duration, "0s"),
    flag("revision", ' ', Takes::Int, "0"),
];

/// `kubectl rollout status`
pub static STATUS: Verb = Verb {
    name: "rollout status",
    aliases: &[],
    flags: &[STATUS_FLAGS, FILES, SELECTOR],
    run: |session, args| Box::pin(status(session, args)),
};

const HISTORY_FLAGS: &[Flag] = &[flag("revision", ' ', Takes::Int, "0")];

/// `kubectl rollout history`
pub static HISTORY: Verb = Verb {
    name: "rollout history",
    aliases: &[],
    flags: &[HISTORY_FLAGS, FILES, SELECTOR, PRINT],
    run: |session, args| Box::pin(history(session, args)),
};

const UNDO_FLAGS: &[Flag] = &[flag("to-revision", ' ', Takes::Int, "0")];

/// `kubectl rollout undo`
pub static UNDO: Verb = Verb {
    name: "rollout undo",
    aliases: &[],
    flags: &[UNDO_FLAGS, FILES, SELECTOR, PRINT, DRY_RUN],
    run: |session, args| Box::pin(undo(session, args)),
};

/// `kubectl rollout restart`
pub static RESTART: Verb = Verb {
    name: "rollout restart",
    aliases: &[],
    flags: &[FILES, SELECTOR, PRINT, &[field_manager("kubectl-rollout")]],
    run: |session, args| Box::pin(restart(session, args)),
};

/// `kubectl rollout pause`
pub static PAUSE: Verb = Verb {
    name: "rollout pause",
    aliases: &[],
    flags: &[FILES, SELECTOR, PRINT, &[field_manager("kubectl-rollout")]],
    run: |session, args| Box::pin(pause(session, args, true)),
};

/// `kubectl rollout resume`
pub static RESUME: Verb = Verb {
    name: "rollout resume",
    aliases: &[],
    flags: &[FILES, SELECTOR, PRINT, &[field_manager("kubectl-rollout")]],
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
            let Next::Event(event) = session.next_event(&mut *stream, until).await else {
                return plain("timed out waiting for the condition");
            };
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
        if path::str(object, "spec.updateStrategy.type") != "RollingUpdate" {
            return plain("rollout status is only available for RollingUpdate strategy type");
        }
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
    } else if path::get(object, "spec.updateStrategy.rollingUpdate").is_object() {
        // The API server's defaults see to it that this is always there.
        let updated = number("status.updatedReplicas");
        match path::int(object, "spec.updateStrategy.rollingUpdate.partition").map(|partition| wanted - partition) {
            Some(new) if updated < new => {
                let text = format!("{updated} out of {new} new pods have been updated...");
                (format!("Waiting for partitioned roll out to finish: {text}\n"), false)
            }
            _ => (format!("partitioned roll out complete: {updated} new pods have been updated...\n"), true),
        }
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
async fn revisions(session: &Session, target: &Target, what: &str) -> Outcome<Vec<(i64, Value)>> {
    match target.resource.kind {
        "Deployment" => {}
        "DaemonSet" | "StatefulSet" => return controller_revisions(session, target).await,
        kind => {
            let group = target.resource.group;
            return plain(format!(
                "error retrieving {what} for {kind:?}, no visitor method exists for {{{group} {kind}}}"
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
    sim::order::sort_by(&mut revisions, |a, b| a.0.cmp(&b.0));
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
    sim::order::sort_by(&mut revisions, |a, b| a.0.cmp(&b.0));
    Ok(revisions)
}

/// `rollout undo` of a DaemonSet or StatefulSet.
async fn restore(session: &Session, args: &Args, target: &Target, revisions: &[(i64, Value)], wanted: i64) -> Outcome {
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
    rolled_back(session, args, target, PatchType::Strategic, patch).await
}

/// Makes an object what it was; a client's dry run shows the Pod's template that it would get.
async fn rolled_back(session: &Session, args: &Args, target: &Target, kind: PatchType, patch: Value) -> Outcome {
    let dry_run = DryRun::of(args)?;
    let output = printers::output(&*session.host, args, false)?;
    if dry_run == DryRun::Client {
        let template = if kind == PatchType::Json { &patch[0]["value"] } else { path::get(&patch, "spec.template") };
        let mut template = template.clone();
        path::remove(&mut template, "$patch");
        let template = template_with_tabs(&template);
        session.out(&format!("{} {template} (dry run)\n", target.label())).await;
        return Ok(());
    }
    let (namespace, name) = (&target.namespace, &target.name);
    if path::object(&target.object, "metadata.annotations").is_some_and(|all| all.contains_key(LAST_APPLIED)) {
        let place = format!("{}/{name}", target.resource.plural);
        session.err(&format!("Warning: resource {place} was previously managed with 'kubectl apply'. Rolling back will not update the {LAST_APPLIED} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead.\n")).await;
    }
    let object = session.patch(target.resource, namespace, name, kind, patch, &[dry_run.query()]).await?;
    let said = format!("rolled back{}", dry_run.suffix());
    report(session, &output, &Target { object, ..target.clone() }, &said).await
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
        return plain(format!("revision must be a positive integer: {revision}"));
    }
    let output = printers::output(&*session.host, args, false)?;
    for target in targets(session, args).await? {
        let revisions = revisions(session, &target, "history").await?;
        if output != Output::Human {
            let found = revisions.into_iter().filter(|(number, _)| revision == 0 || *number == revision);
            let found: Vec<Value> = found.map(|(_, object)| object).collect();
            if found.is_empty() && revision > 0 {
                return plain("unable to find the specified revision");
            }
            for object in found {
                let of = |field: &str| path::str(&object, field).to_owned();
                let kind = session.resource_of_kind(&of("apiVersion"), &of("kind")).unwrap_or(target.resource);
                report(session, &output, &Target::of(kind, object), "").await?;
            }
            continue;
        }
        if revisions.is_empty() {
            let of = if revision > 0 { format!("with revision #{revision}") } else { String::new() };
            session.out(&format!("{} {of}\nNo rollout history found.\n", target.label())).await;
            continue;
        }
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
        let revisions = revisions(session, &target, "rollbacker").await?;
        if target.resource.kind != "Deployment" {
            restore(session, args, &target, &revisions, wanted).await?;
            continue;
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
        if path::bool(&target.object, "spec.paused") {
            return plain(
                "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
            );
        }
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
        // A client's dry run shows it as it is.
        if DryRun::of(args)? != DryRun::Client {
            path::remove(&mut template, "metadata.labels.pod-template-hash");
        }
        // The Deployment gets the ReplicaSet's annotations, but for those that are each one's own.
        let mut annotations = serde_json::Map::new();
        for (object, own) in [(&target.object, true), (&found.1, false)] {
            let of_object = path::object(object, "metadata.annotations").into_iter().flatten();
            let kept = of_object.filter(|(key, _)| OWN_ANNOTATIONS.contains(&key.as_str()) == own);
            annotations.extend(kept.map(|(key, value)| (key.clone(), value.clone())));
        }
        let patch = vec![
            json!({"op": "replace", "path": "/spec/template", "value": template}),
            json!({"op": "replace", "path": "/metadata/annotations", "value": annotations}),
        ];
        rolled_back(session, args, &target, PatchType::Json, patch.into()).await?;
    }
    Ok(())
}

async fn restart(session: &Session, args: &Args) -> Outcome {
    let output = printers::output(&*session.host, args, false)?;
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
        let query = [("fieldManager", args.text("field-manager"))];
        let (namespace, name) = (&target.namespace, &target.name);
        let object = session.patch(target.resource, namespace, name, PatchType::Strategic, patch, &query).await?;
        report(session, &output, &Target { object, ..target }, "restarted").await?;
    }
    Ok(())
}

async fn pause(session: &Session, args: &Args, paused: bool) -> Outcome {
    let output = printers::output(&*session.host, args, false)?;
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
        let query = [("fieldManager", args.text("field-manager"))];
        let (namespace, name) = (&target.namespace, &target.name);
        let object = session.patch(target.resource, namespace, name, PatchType::Strategic, patch, &query).await?;
        let said = if paused { "paused" } else { "resumed" };
        report(session, &output, &Target { object, ..target }, said).await?;
    }
    Ok(())
}
