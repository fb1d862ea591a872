//! `kubectl exec`: a command in a container, with or without a terminal.

use api::{Body, LabelSelector, LocalFuture, Method, Request, Resource, Status, find_resource, path};
use serde_json::Value;

use crate::command::{CONTAINER, FILES, RUNNING, TERMINAL, Verb};
use crate::error::{Error, Outcome, plain};
use crate::flags::Args;
use crate::session::Session;
use crate::target::resource_of;

/// The verb.
pub static VERB: Verb = Verb { name: "exec", aliases: &[], flags: &[CONTAINER, RUNNING, TERMINAL, &[FILES[0]]], run };

fn run<'a>(session: &'a Session, args: &'a Args) -> LocalFuture<'a, Outcome> {
    Box::pin(exec(session, args))
}

async fn exec(session: &Session, args: &Args) -> Outcome {
    let (word, command) = match args.dash {
        Some(0) => (None, args.words.as_slice()),
        Some(dash) => (args.words.first(), &args.words[dash..]),
        None if args.words.len() > 1 => {
            return plain(
                "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\nSee 'kubectl exec -h' for help and examples",
            );
        }
        None => (args.words.first(), &[][..]),
    };
    let Some(word) = word else { return plain("pod, type/name or --filename must be specified") };
    if command.is_empty() {
        return plain("you must specify at least one command for the container");
    }
    let pod = pod_named(session, word).await?;
    let name = path::str(&pod, "metadata.name");
    let phase = path::str(&pod, "status.phase");
    if matches!(phase, "Succeeded" | "Failed") {
        return plain(format!("cannot exec into a container in a completed pod; current phase is {phase}"));
    }
    let container = container_of(session, args, &pod).await?;
    let stdin = args.on("stdin");
    let mut tty = args.on("tty") && stdin;
    if tty && !session.host.is_terminal_stdin() {
        tty = false;
        if !args.on("quiet") {
            session.err("Unable to use a TTY - input is not a terminal or the right kind of file\n").await;
        }
    }
    let Some(pods) = find_resource("pods") else { return plain("no pods here") };
    let place = pods.path(Some(path::str(&pod, "metadata.namespace")), Some(name));
    let mut request = Request::new(Method::Post, format!("{place}/exec"));
    for word in command {
        request = request.with_query("command", word.clone());
    }
    request = request.with_query("container", container);
    if stdin {
        request = request.with_query("stdin", "true");
    }
    request = request.with_query("stdout", "true");
    request = if tty { request.with_query("tty", "true") } else { request.with_query("stderr", "true") };
    let status = match session.send(request).await.body {
        Body::Upgrade(connection) => connection.attach_stdio().await,
        Body::Json(value) => {
            let status = Status::from_value(&value);
            // What the kubelet refuses, it refuses in plain text before the connection is upgraded.
            let message = status.message.trim_start_matches("Internal error occurred: ");
            if message.starts_with("unable to upgrade connection") {
                return plain(message);
            }
            return Err(status.into());
        }
        _ => Status::internal("the server answered exec with something else"),
    };
    if !status.failure {
        return Ok(());
    }
    match status.causes.iter().find(|cause| cause.reason == "ExitCode") {
        Some(cause) => {
            let code = cause.message.parse().unwrap_or(1);
            session.err(&format!("command terminated with exit code {code}\n")).await;
            Err(Error::Exit(code))
        }
        None => plain(status.message),
    }
}

/// The Pod that `POD` or `TYPE/NAME` means.
///
/// # Errors
/// The server's `Status`; that the object has no Pods.
pub async fn pod_named(session: &Session, word: &str) -> Outcome<Value> {
    let (kind, name) = word.split_once('/').unwrap_or(("pods", word));
    let resource = resource_of(kind)?;
    let object = session.get(resource, &session.namespace, name).await?;
    if resource.key() == "pods" {
        return Ok(object);
    }
    let mut pods = pods_of(session, resource, &object, "cannot attach to").await?;
    if pods.is_empty() {
        return plain(format!("unable to find pods of {}/{name}", resource.plural));
    }
    Ok(pods.swap_remove(0))
}

/// The Pods behind an object (a Deployment's, a Service's), running ones first; `doing` is what they are wanted for.
///
/// # Errors
/// When the object selects no Pods.
pub async fn pods_of(session: &Session, resource: &Resource, object: &Value, doing: &str) -> Outcome<Vec<Value>> {
    let selector = match resource.kind {
        "Service" => LabelSelector::from_map(path::get(object, "spec.selector")),
        _ => LabelSelector::from_value(path::get(object, "spec.selector")).unwrap_or_default(),
    };
    if selector.is_empty() {
        let (kind, name) = (resource.kind, path::str(object, "metadata.name"));
        return plain(match kind {
            "Service" => {
                format!("{doing} *v1.Service: invalid service '{name}': Service is defined without a selector")
            }
            _ => format!("{doing} *v1.{kind}: selector for *v1.{kind} not implemented"),
        });
    }
    let Some(pods) = find_resource("pods") else { return Ok(Vec::new()) };
    let namespace = path::str(object, "metadata.namespace");
    let mut found = session.list(pods, namespace, &[("labelSelector", &selector.to_string())]).await?;
    let waits = |pod: &Value| path::str(pod, "status.phase") != "Running";
    sim::order::sort_by(&mut found, |a, b| waits(a).cmp(&waits(b)));
    Ok(found)
}

/// The container that `-c` names, or else the default one.
///
/// # Errors
/// That the Pod has no such container.
pub async fn container_of(session: &Session, args: &Args, pod: &Value) -> Outcome<String> {
    container(session, args, pod, false).await
}

/// As [`container_of`], for an attach: kubectl looks itself whether there is such a container.
///
/// # Errors
/// That the Pod has no such container.
pub async fn container_to_attach(session: &Session, args: &Args, pod: &Value) -> Outcome<String> {
    container(session, args, pod, true).await
}

async fn container(session: &Session, args: &Args, pod: &Value, check: bool) -> Outcome<String> {
    let wanted = args.text("container");
    let spec = &pod["spec"];
    let names: Vec<&str> =
        path::list(spec, "containers").iter().map(|container| path::str(container, "name")).collect();
    if !wanted.is_empty() && !check {
        return Ok(wanted.to_owned());
    }
    if !wanted.is_empty() {
        let others = ["initContainers", "ephemeralContainers"].into_iter().flat_map(|field| path::list(spec, field));
        let other = others.into_iter().any(|container| path::str(container, "name") == wanted);
        if !other && !names.contains(&wanted) {
            let name = path::str(pod, "metadata.name");
            return plain(format!("cannot attach to the container: container {wanted} not found in pod {name}"));
        }
        return Ok(wanted.to_owned());
    }
    let default = path::get(pod, "metadata.annotations")["kubectl.kubernetes.io/default-container"].as_str();
    if let Some(default) = default {
        if names.contains(&default) {
            return Ok(default.to_owned());
        }
        session.err(&format!("Default container name {default:?} not found in a pod\n")).await;
    }
    let Some(first) = names.first() else { return plain("the pod has no containers") };
    if names.len() > 1 && !args.on("quiet") {
        session.err(&format!("Defaulted container {first:?} out of: {}\n", all_container_names(pod))).await;
    }
    Ok((*first).to_owned())
}

/// `a, b, setup (init)`
pub fn all_container_names(pod: &Value) -> String {
    let mut names: Vec<String> = Vec::new();
    for (field, suffix) in [("containers", ""), ("ephemeralContainers", " (ephem)"), ("initContainers", " (init)")] {
        let containers = path::list(&pod["spec"], field).iter();
        names.extend(containers.map(|container| format!("{}{suffix}", path::str(container, "name"))));
    }
    names.join(", ")
}
