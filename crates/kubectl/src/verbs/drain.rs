//! `kubectl drain`: cordons a node and evicts its Pods.

use api::{Method, PatchType, Reason, Request, find_resource, path};
use serde_json::{Value, json};
use sim::{Duration, Time};

use crate::command::{CHUNKS, DRY_RUN, SELECTOR, Verb};
use crate::dry_run::DryRun;
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag, not_simulated};
use crate::session::Session;
use crate::target;

const FLAGS: &[Flag] = &[
    flag("delete-emptydir-data", ' ', Takes::Bool, "false"),
    flag("disable-eviction", ' ', Takes::Bool, "false"),
    flag("force", ' ', Takes::Bool, "false"),
    flag("grace-period", ' ', Takes::Int, "-1"),
    flag("ignore-daemonsets", ' ', Takes::Bool, "false"),
    flag("timeout", ' ', Takes::Duration, "0s"),
    not_simulated("skip-wait-for-delete-timeout", Takes::Int, "0"),
    flag("pod-selector", ' ', Takes::Text, ""),
];

/// The verb.
pub static VERB: Verb = Verb {
    name: "drain",
    aliases: &[],
    flags: &[FLAGS, CHUNKS, SELECTOR, DRY_RUN],
    run: |session, args| Box::pin(drain(session, args)),
};

async fn drain(session: &Session, args: &Args) -> Outcome {
    if args.words.is_empty() && args.text("selector").is_empty() {
        return plain("USAGE: drain NODE [flags]\nSee 'kubectl drain -h' for help and examples");
    }
    if !args.words.is_empty() && !args.text("selector").is_empty() {
        return plain(
            "cannot specify both a node name and a --selector option\nSee 'kubectl drain -h' for help and examples",
        );
    }
    let dry_run = DryRun::of(args)?;
    let words = target::of_nodes(&args.words);
    let (nodes, errors) = target::find(session, args, &words).await?;
    Error::all(errors)?;
    for node in nodes {
        let cordoned = path::bool(&node.object, "spec.unschedulable");
        if !cordoned && dry_run == DryRun::None {
            let patch = json!({"spec": {"unschedulable": true}});
            session.patch(node.resource, "", &node.name, PatchType::Strategic, patch, &[dry_run.query()]).await?;
        }
        let word = if cordoned { "already cordoned" } else { "cordoned" };
        session.out(&format!("{} {word}{}\n", node.label(), dry_run.suffix())).await;
        let (pods, warnings, refusals) = sort_pods(session, args, &node.name).await?;
        if !refusals.is_empty() {
            return plain(pending(&node.name, &refusals));
        }
        if !warnings.is_empty() {
            session.err(&format!("Warning: {}\n", warnings.join("; "))).await;
        }
        if dry_run != DryRun::None {
            for pod in &pods {
                let (namespace, name) = (path::str(pod, "metadata.namespace"), path::str(pod, "metadata.name"));
                session.out(&format!("evicting pod {namespace}/{name}{}\n", dry_run.suffix())).await;
            }
            session.out(&format!("{} drained{}\n", node.label(), dry_run.suffix())).await;
            continue;
        }
        let until = args.duration("timeout").filter(|limit| !limit.is_zero()).map(|limit| session.now() + limit);
        let mut going = Vec::new();
        let late = evict_all(session, args, &pods, until, &mut going).await?;
        if !late.is_empty() {
            return plain(pending(&node.name, &late));
        }
        if let Some(pod) = print_evicted(session, args, &mut going, until).await? {
            let (namespace, name) = (path::str(pod, "metadata.namespace"), path::str(pod, "metadata.name"));
            return plain(format!(
                "error when waiting for pod {name:?} in namespace {namespace:?} to terminate: global timeout reached"
            ));
        }
        session.out(&format!("{} drained\n", node.label())).await;
    }
    Ok(())
}

/// That a node cannot be drained, and why.
fn pending(node: &str, errors: &[String]) -> String {
    let list = match errors {
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    };
    let lines = errors.join("\n");
    format!(
        "unable to drain node {node:?} due to error: {list}, continuing command...\nThere are pending nodes to be drained:\n {node}\n{lines}"
    )
}

/// The Pods to evict, what is to be warned of, and why the node cannot be drained.
async fn sort_pods(session: &Session, args: &Args, node: &str) -> Outcome<(Vec<Value>, Vec<String>, Vec<String>)> {
    let Some(resource) = find_resource("pods") else { return Ok((Vec::new(), Vec::new(), Vec::new())) };
    let query =
        [("fieldSelector", format!("spec.nodeName={node}")), ("labelSelector", args.text("pod-selector").to_owned())];
    let query: Vec<(&str, &str)> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut pods = Vec::new();
    let (mut bare, mut daemons, mut local): (Vec<String>, Vec<String>, Vec<String>) = Default::default();
    for pod in session.list(resource, "", &query).await? {
        let name = format!("{}/{}", path::str(&pod, "metadata.namespace"), path::str(&pod, "metadata.name"));
        let owners = path::list(&pod, "metadata.ownerReferences");
        let controller = owners.iter().find(|owner| owner["controller"] == true);
        let mirror = !path::get(&pod, "metadata.annotations")["kubernetes.io/config.mirror"].is_null();
        let ended = matches!(path::str(&pod, "status.phase"), "Succeeded" | "Failed");
        if mirror {
            continue;
        }
        if controller.is_some_and(|owner| path::str(owner, "kind") == "DaemonSet") {
            daemons.push(name);
            continue;
        }
        if controller.is_none() && !ended {
            bare.push(name.clone());
        }
        let empties = path::list(&pod, "spec.volumes").iter().any(|volume| !volume["emptyDir"].is_null());
        if empties && !ended {
            local.push(name);
        }
        pods.push(pod);
    }
    let (mut warnings, mut refusals) = (Vec::new(), Vec::new());
    for (names, allowed, warning, refusal) in [
        (
            &local,
            "delete-emptydir-data",
            "",
            "cannot delete Pods with local storage (use --delete-emptydir-data to override)",
        ),
        (
            &bare,
            "force",
            "deleting Pods that declare no controller",
            "cannot delete Pods that declare no controller (use --force to override)",
        ),
        (
            &daemons,
            "ignore-daemonsets",
            "ignoring DaemonSet-managed Pods",
            "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)",
        ),
    ] {
        if names.is_empty() {
        } else if !args.on(allowed) {
            refusals.push(format!("{refusal}: {}", names.join(", ")));
        } else if !warning.is_empty() {
            warnings.push(format!("{warning}: {}", names.join(", ")));
        }
    }
    Ok((pods, warnings, refusals))
}

/// Evicts Pods, each as soon as its disruption budget lets it. What did not go in time is told of; `going` is what went and is
/// not gone yet.
///
/// # Errors
/// What else the server refuses.
async fn evict_all<'a>(
    session: &Session,
    args: &Args,
    pods: &'a [Value],
    until: Option<Time>,
    going: &mut Vec<&'a Value>,
) -> Outcome<Vec<String>> {
    let mut waiting: Vec<&Value> = pods.iter().collect();
    while !waiting.is_empty() {
        let mut refused = Vec::new();
        for pod in waiting {
            let (namespace, name) = (path::str(pod, "metadata.namespace"), path::str(pod, "metadata.name"));
            session.out(&format!("evicting pod {namespace}/{name}\n")).await;
            match evict(session, args, namespace, name).await {
                Ok(()) => going.push(pod),
                // Who is gone already is not called evicted.
                Err(error) if error.is_not_found() => {
                    if args.on("disable-eviction") {
                        going.push(pod);
                    }
                }
                // A disruption budget says "not now".
                Err(Error::Server(status)) if status.reason == Reason::TooManyRequests => {
                    session
                        .err(&format!(
                            "error when evicting pods/{name:?} -n {namespace:?} (will retry after 5s): {}\n",
                            status.message
                        ))
                        .await;
                    refused.push(pod);
                }
                Err(error) => return Err(error),
            }
        }
        waiting = refused;
        if waiting.is_empty() {
            break;
        }
        let next = session.now() + Duration::from_secs(5);
        print_evicted(session, args, going, Some(next)).await?;
        session.host.sleep(next.since(session.now())).await;
        if until.is_some_and(|until| session.now() >= until) {
            let limit = args.text("timeout");
            return Ok(waiting
                .iter()
                .map(|pod| {
                    let (namespace, name) = (path::str(pod, "metadata.namespace"), path::str(pod, "metadata.name"));
                    format!("error when evicting pods/{name:?} -n {namespace:?}: global timeout reached: {limit}")
                })
                .collect());
        }
    }
    Ok(Vec::new())
}

/// Prints a line for each evicted Pod when it is gone, one after another. Returns the one that is still there at the given time.
async fn print_evicted<'a>(
    session: &Session,
    args: &Args,
    going: &mut Vec<&'a Value>,
    until: Option<Time>,
) -> Outcome<Option<&'a Value>> {
    let Some(resource) = find_resource("pods") else { return Ok(None) };
    while let Some(pod) = going.first().copied() {
        let (namespace, name) = (path::str(pod, "metadata.namespace"), path::str(pod, "metadata.name"));
        if !session.wait_gone(resource, namespace, name, path::str(pod, "metadata.uid"), until).await? {
            return Ok(Some(pod));
        }
        let word = if args.on("disable-eviction") { "deleted" } else { "evicted" };
        session.out(&format!("pod/{name} {word}\n")).await;
        going.remove(0);
    }
    Ok(None)
}

async fn evict(session: &Session, args: &Args, namespace: &str, name: &str) -> Outcome {
    let Some(resource) = find_resource("pods") else { return Ok(()) };
    let mut options = json!({});
    if args.int("grace-period") >= 0 {
        options["gracePeriodSeconds"] = args.int("grace-period").into();
    }
    let place = resource.path(Some(namespace), Some(name));
    let request = match args.on("disable-eviction") {
        true => Request::new(Method::Delete, place).with_body(options),
        false => Request::new(Method::Post, format!("{place}/eviction")).with_body(json!({
            "apiVersion": "policy/v1", "kind": "Eviction",
            "metadata": {"name": name, "namespace": namespace}, "deleteOptions": options,
        })),
    };
    session.json(request).await.map(drop)
}
