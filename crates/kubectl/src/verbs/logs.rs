//! `kubectl logs`: what containers printed, also as it comes.

use api::{Body, LocalFuture, Request, Resource, Status, find_resource, path};
use serde_json::Value;

use crate::command::{CONTAINER, SELECTOR, Verb};
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::go_time;
use crate::select::join;
use crate::session::Session;
use crate::target::resource_of;
use crate::verbs::exec::{all_container_names, pods_of};

const FLAGS: &[Flag] = &[
    flag("all-pods", ' ', Takes::Bool, "false"),
    flag("insecure-skip-tls-verify-backend", ' ', Takes::Bool, "false"),
    flag("all-containers", ' ', Takes::Bool, "false"),
    flag("follow", 'f', Takes::Bool, "false"),
    flag("ignore-errors", ' ', Takes::Bool, "false"),
    flag("limit-bytes", ' ', Takes::Int, "0"),
    flag("max-log-requests", ' ', Takes::Int, "5"),
    flag("pod-running-timeout", ' ', Takes::Duration, "20s"),
    flag("prefix", ' ', Takes::Bool, "false"),
    flag("previous", 'p', Takes::Bool, "false"),
    flag("since", ' ', Takes::Duration, "0s"),
    flag("since-time", ' ', Takes::Text, ""),
    flag("tail", ' ', Takes::Int, "-1"),
    flag("timestamps", ' ', Takes::Bool, "false"),
];

/// The verb.
pub static VERB: Verb = Verb { name: "logs", aliases: &[], flags: &[FLAGS, CONTAINER, SELECTOR], run };

fn run<'a>(session: &'a Session, args: &'a Args) -> LocalFuture<'a, Outcome> {
    Box::pin(logs(session, args))
}

async fn logs(session: &Session, args: &Args) -> Outcome {
    let selector = args.text("selector");
    let (word, container) = match args.words.as_slice() {
        [] if selector.is_empty() => {
            return plain(
                "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command\nSee 'kubectl logs -h' for help and examples",
            );
        }
        [] => (None, ""),
        [_, ..] if !selector.is_empty() => {
            return plain("only a selector (-l) or a POD name is allowed\nSee 'kubectl logs -h' for help and examples");
        }
        [word] => (Some(word), ""),
        [word, container] => (Some(word), container.as_str()),
        _ => {
            return plain(
                "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command\nSee 'kubectl logs -h' for help and examples",
            );
        }
    };
    let since = args.text("since-time");
    if !since.is_empty() {
        go_time::parse(since).or_else(plain)?;
    }
    let inline = container;
    let container = if container.is_empty() { args.text("container") } else { container };
    if args.on("all-containers") && !container.is_empty() {
        return plain("--all-containers=true should not be specified with container name");
    }
    let Some(pods) = find_resource("pods") else { return plain("no pods here") };
    let found = match word {
        Some(word) => pods_named(session, args, word, inline).await?,
        None => session.list(pods, &session.namespace, &[("labelSelector", selector)]).await?,
    };
    check(args, inline)?;
    if found.is_empty() {
        session.err(&format!("No resources found in {} namespace.\n", session.namespace)).await;
        return Ok(());
    }
    let mut sources: Vec<(String, String, String)> = Vec::new();
    for pod in &found {
        let (namespace, name) = (path::str(pod, "metadata.namespace"), path::str(pod, "metadata.name"));
        for container in containers(session, args, pod, container).await? {
            sources.push((namespace.to_owned(), name.to_owned(), container));
        }
    }
    let limit = args.int("max-log-requests");
    if args.on("follow") && sources.len() > 1 {
        if sources.len() as i64 > limit {
            return plain(format!(
                "you are attempting to follow {} log streams, but maximum allowed concurrency is {limit}, use --max-log-requests to increase the limit",
                sources.len()
            ));
        }
        // Each container's lines come as it prints them.
        let mut streams: Vec<LocalFuture<'_, Outcome>> = Vec::new();
        for (namespace, pod, container) in &sources {
            streams.push(Box::pin(print(session, args, pods, namespace, pod, container)));
        }
        return Error::all(join(streams).await.into_iter().filter_map(Result::err).collect());
    }
    for (namespace, pod, container) in &sources {
        print(session, args, pods, namespace, pod, container).await?;
    }
    Ok(())
}

/// What flags may not be together; found only when the Pod is.
fn check(args: &Args, inline: &str) -> Outcome {
    if !inline.is_empty() && args.has("container") {
        return plain("only one of -c or an inline [CONTAINER] arg is allowed");
    }
    if args.has("since") && args.has("since-time") {
        return plain("at most one of `sinceTime` or `sinceSeconds` may be specified");
    }
    if args.has("limit-bytes") && args.int("limit-bytes") < 1 {
        return plain("--limit-bytes must be greater than 0");
    }
    if args.has("tail") && args.int("tail") < -1 {
        return plain("--tail must be greater than or equal to -1");
    }
    if args.on("follow") && args.on("previous") {
        return plain("only one of follow (-f) or previous (-p) is allowed");
    }
    Ok(())
}

/// The Pod of a word; of a workload, one of its Pods, or with `--all-pods` all of them.
async fn pods_named(session: &Session, args: &Args, word: &str, inline: &str) -> Outcome<Vec<Value>> {
    let (kind, name) = word.split_once('/').unwrap_or(("pods", word));
    let resource = resource_of(kind)?;
    let object = match session.get(resource, &session.namespace, name).await {
        Ok(object) => object,
        Err(Error::Server(status)) if status.reason == api::Reason::NotFound => {
            return plain(format!(
                "error from server (NotFound): {} in namespace {:?}",
                status.message, session.namespace
            ));
        }
        Err(error) => return Err(error),
    };
    check(args, inline)?;
    if resource.key() == "pods" {
        return Ok(vec![object]);
    }
    let mut pods = pods_of(session, resource, &object, "cannot get the logs from").await?;
    if pods.is_empty() {
        return plain("timed out waiting for the condition");
    }
    if args.on("all-pods") {
        return Ok(pods);
    }
    let pod = pods.swap_remove(0);
    if !pods.is_empty() && !args.on("all-containers") {
        session.err(&format!("Found {} pods, using pod/{}\n", pods.len() + 1, path::str(&pod, "metadata.name"))).await;
    }
    Ok(vec![pod])
}

async fn containers(session: &Session, args: &Args, pod: &Value, wanted: &str) -> Outcome<Vec<String>> {
    let spec = &pod["spec"];
    let names = |field: &str| -> Vec<String> {
        path::list(spec, field).iter().map(|container| path::str(container, "name").to_owned()).collect()
    };
    let (init, main) = (names("initContainers"), names("containers"));
    if args.on("all-containers") {
        return Ok(init.into_iter().chain(main).collect());
    }
    let name = path::str(pod, "metadata.name");
    if !wanted.is_empty() {
        let ephemeral = names("ephemeralContainers");
        if !init.iter().chain(&main).chain(&ephemeral).any(|container| container == wanted) {
            return plain(format!("container {wanted} is not valid for pod {name}"));
        }
        return Ok(vec![wanted.to_owned()]);
    }
    let default = path::get(pod, "metadata.annotations")["kubectl.kubernetes.io/default-container"].as_str();
    if let Some(default) = default.filter(|default| main.iter().any(|container| container == default)) {
        return Ok(vec![default.to_owned()]);
    }
    let Some(first) = main.first() else { return Ok(Vec::new()) };
    if main.len() + init.len() > 1 {
        session.err(&format!("Defaulted container {first:?} out of: {}\n", all_container_names(pod))).await;
    }
    Ok(vec![first.clone()])
}

async fn print(
    session: &Session,
    args: &Args,
    pods: &Resource,
    namespace: &str,
    pod: &str,
    container: &str,
) -> Outcome {
    let mut request =
        Request::get(format!("{}/log", pods.path(Some(namespace), Some(pod)))).with_query("container", container);
    for name in ["follow", "previous", "timestamps"] {
        if args.on(name) {
            request = request.with_query(name, "true");
        }
    }
    if let Some(since) = args.duration("since").filter(|since| !since.is_zero()) {
        request = request.with_query("sinceSeconds", since.as_secs().max(1).to_string());
    }
    if let Ok(time) = go_time::parse(args.text("since-time")) {
        request = request.with_query("sinceTime", time.rfc3339());
    }
    let tail = match args.int("tail") {
        -1 if !args.text("selector").is_empty() && !args.has("tail") => 10,
        tail => tail,
    };
    if tail >= 0 {
        request = request.with_query("tailLines", tail.to_string());
    }
    if args.int("limit-bytes") > 0 {
        request = request.with_query("limitBytes", args.text("limit-bytes"));
    }
    let prefix =
        if args.on("prefix") || args.on("all-pods") { format!("[pod/{pod}/{container}] ") } else { String::new() };
    let response = session.send(request).await;
    match response.body {
        Body::Text(text) => session.out(&prefixed(&text, &prefix)).await,
        Body::Stream(mut stream) => {
            // A line may come in pieces; its prefix stands before the first.
            let mut line = Vec::new();
            while let Some(bytes) = stream.next().await {
                if prefix.is_empty() {
                    session.host.stdout(&bytes).await;
                    continue;
                }
                line.extend(bytes);
                if let Some(end) = line.iter().rposition(|byte| *byte == b'\n') {
                    let rest = line.split_off(end + 1);
                    session.out(&prefixed(&String::from_utf8_lossy(&line), &prefix)).await;
                    line = rest;
                }
            }
            session.out(&prefixed(&String::from_utf8_lossy(&line), &prefix)).await;
        }
        Body::Json(value) => return Err(Error::from(Status::from_value(&value))),
        _ => return Err(Error::from(Status::internal("the server answered a log request with something else"))),
    }
    Ok(())
}

fn prefixed(text: &str, prefix: &str) -> String {
    if prefix.is_empty() {
        return text.to_owned();
    }
    text.split_inclusive('\n').map(|line| format!("{prefix}{line}")).collect()
}
