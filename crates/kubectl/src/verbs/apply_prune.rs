//! `kubectl apply --prune`: deletes what was applied once and is not among the files any more.

use api::{Method, Request, Resource, path};
use serde_json::json;

use crate::dry_run::{DryRun, log};
use crate::error::{Error, Outcome, plain};
use crate::flags::Args;
use crate::session::Session;
use crate::target::Target;
use crate::verbs::apply::LAST_APPLIED;

/// What is looked at where `--prune-allowlist` names nothing (k8s.io/kubectl/pkg/util/prune).
const NAMESPACED: &[(&str, &str)] = &[
    ("v1", "ConfigMap"),
    ("v1", "Endpoints"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "Pod"),
    ("v1", "ReplicationController"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
    ("networking.k8s.io/v1", "Ingress"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "ReplicaSet"),
    ("apps/v1", "StatefulSet"),
];
const CLUSTER_SCOPED: &[(&str, &str)] = &[("v1", "Namespace"), ("v1", "PersistentVolume")];

/// Refuses flags that make no sense together.
///
/// # Errors
/// In kubectl's words.
pub fn check(args: &Args) -> Outcome {
    if args.on("force") {
        return plain("--force cannot be used with --prune");
    }
    if args.on("server-side") {
        return plain("--prune is in alpha and doesn't currently work on objects created by server-side apply");
    }
    if !args.on("all") && args.text("selector").is_empty() {
        return plain(
            "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector",
        );
    }
    if args.on("all") && !args.text("selector").is_empty() {
        return plain("cannot set --all and --selector at the same time");
    }
    kinds(args).map(drop)
}

/// The kinds that are looked at.
fn kinds(args: &Args) -> Outcome<Vec<&'static Resource>> {
    let allowed = args.list("prune-allowlist");
    let mut found = Vec::new();
    if allowed.is_empty() {
        let all = NAMESPACED.iter().chain(CLUSTER_SCOPED);
        found.extend(all.filter_map(|(version, kind)| api::resource_of_kind(version, kind)));
    }
    for word in allowed {
        let parts: Vec<&str> = word.split('/').collect();
        let [group, version, kind] = parts.as_slice() else {
            return plain(format!("invalid GroupVersionKind format: {word}, please follow <group/version/kind>"));
        };
        let api_version =
            if matches!(*group, "core" | "") { (*version).to_owned() } else { format!("{group}/{version}") };
        match api::resource_of_kind(&api_version, kind) {
            Some(resource) => found.push(resource),
            None => {
                return plain(format!("no matches for kind {kind:?} in version {api_version:?}"));
            }
        }
    }
    Ok(found)
}

/// Deletes what was applied before, in the namespaces that were touched, and is not among `applied`.
///
/// # Errors
/// What the server refuses.
pub async fn prune(session: &Session, args: &Args, dry_run: DryRun, applied: &[Target]) -> Outcome {
    let kinds = kinds(args)?;
    if args.list("prune-allowlist").is_empty() {
        let said = "Deprecated: kubectl apply will no longer prune non-namespaced resources by default when used with the --namespace flag in a future release. To preserve the current behaviour, list the resources you want to target explicitly in the --prune-allowlist flag.";
        session.err(&log('W', session.now(), "prune.go:71", said)).await;
    }
    let mut namespaces: Vec<&str> = applied.iter().map(|target| target.namespace.as_str()).collect();
    namespaces.retain(|namespace| !namespace.is_empty());
    sim::order::sort_by(&mut namespaces, |a, b| a.cmp(b));
    namespaces.dedup();
    let query = [("labelSelector", args.text("selector"))];
    for namespace in &namespaces {
        for resource in kinds.iter().filter(|resource| resource.namespaced) {
            if let Err(error) = prune_kind(session, args, dry_run, applied, resource, namespace, &query).await {
                let why = error.line();
                return plain(format!("error pruning namespaced object {}: {why}", resource.kind));
            }
        }
    }
    for resource in kinds.iter().filter(|resource| !resource.namespaced) {
        prune_kind(session, args, dry_run, applied, resource, "", &query).await?;
    }
    Ok(())
}

async fn prune_kind(
    session: &Session,
    args: &Args,
    dry_run: DryRun,
    applied: &[Target],
    resource: &'static Resource,
    namespace: &str,
    query: &[(&str, &str)],
) -> Outcome {
    for object in session.list(resource, namespace, query).await? {
        let uid = path::str(&object, "metadata.uid");
        let kept = applied.iter().any(|target| path::str(&target.object, "metadata.uid") == uid);
        if kept || path::get(&object, "metadata.annotations").get(LAST_APPLIED).is_none() {
            continue;
        }
        let target = Target::of(resource, object);
        if dry_run != DryRun::Client {
            let propagation = match args.text("cascade") {
                "orphan" => "Orphan",
                "foreground" => "Foreground",
                _ => "Background",
            };
            let body = json!({"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": propagation});
            let place = resource.path(Some(namespace), Some(&target.name));
            let mut request = Request::new(Method::Delete, place).with_body(body);
            if dry_run == DryRun::Server {
                request = request.with_query("dryRun", "All");
            }
            match session.json(request).await {
                Err(Error::Server(status)) if status.reason == api::Reason::NotFound => {}
                other => drop(other?),
            }
        }
        session.out(&format!("{} pruned{}\n", target.label(), dry_run.suffix())).await;
    }
    Ok(())
}
