//! `kubectl attach`: the streams of a process that already runs in a container.

use api::{Body, LocalFuture, Method, Request, Status, find_resource, path};
use serde_json::Value;

use crate::command::{CONTAINER, RUNNING, TERMINAL, Verb};
use crate::error::{Outcome, plain};
use crate::flags::Args;
use crate::session::Session;
use crate::verbs::exec::{container_to_attach, pod_named};

/// The verb.
pub static VERB: Verb = Verb { name: "attach", aliases: &[], flags: &[CONTAINER, RUNNING, TERMINAL], run };

fn run<'a>(session: &'a Session, args: &'a Args) -> LocalFuture<'a, Outcome> {
    Box::pin(async move {
        let pod = match args.words.as_slice() {
            [] => return plain("at least 1 argument is required for attach"),
            [word] => pod_named(session, word).await?,
            [kind, name] => pod_named(session, &format!("{kind}/{name}")).await?,
            words => {
                return plain(format!(
                    "expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw {}: [{}]",
                    words.len(),
                    words.join(" ")
                ));
            }
        };
        let phase = path::str(&pod, "status.phase");
        if matches!(phase, "Succeeded" | "Failed") {
            return plain(format!("cannot attach a container in a completed pod; current phase is {phase}"));
        }
        attach(session, args, &pod).await
    })
}

/// Attaches to a Pod's container as the flags `-c`, `-i`, `-t` and `-q` say, until it ends.
///
/// # Errors
/// That there is no such container, or that it does not run.
pub async fn attach(session: &Session, args: &Args, pod: &Value) -> Outcome {
    let container = container_to_attach(session, args, pod).await?;
    attach_to(session, args, pod, container).await
}

/// Attaches to this container of a Pod; `-c` is not looked at.
///
/// # Errors
/// As [`attach`].
pub async fn attach_to(session: &Session, args: &Args, pod: &Value, container: String) -> Outcome {
    let quiet = args.on("quiet");
    let all = ["containers", "ephemeralContainers"].into_iter().flat_map(|field| path::list(&pod["spec"], field));
    let ephemeral = path::list(&pod["spec"], "ephemeralContainers").iter().any(|one| one["name"] == *container);
    let has_tty = all.into_iter().any(|one| one["name"] == *container && one["tty"] == true);
    let stdin = args.on("stdin");
    let mut tty = has_tty;
    if args.on("tty") && !has_tty && !quiet {
        session.err(&format!("error: Unable to use a TTY - container {container} did not allocate one\n")).await;
    }
    tty &= stdin;
    if tty && !session.host.is_terminal_stdin() {
        tty = false;
        if !quiet {
            session.err("Unable to use a TTY - input is not a terminal or the right kind of file\n").await;
        }
    }
    if !quiet {
        session.err("All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.\n").await;
        session.err("If you don't see a command prompt, try pressing enter.\n").await;
    }
    let (namespace, name) = (path::str(pod, "metadata.namespace"), path::str(pod, "metadata.name"));
    let Some(pods) = find_resource("pods") else { return plain("no pods here") };
    let mut request = Request::new(Method::Post, format!("{}/attach", pods.path(Some(namespace), Some(name))))
        .with_query("container", container.clone());
    if stdin {
        request = request.with_query("stdin", "true");
    }
    request = request.with_query("stdout", "true");
    request = if tty { request.with_query("tty", "true") } else { request.with_query("stderr", "true") };
    let status = match session.send(request).await.body {
        Body::Upgrade(connection) => connection.attach_stdio().await,
        Body::Json(value) => {
            let status = Status::from_value(&value);
            let message = status.message.trim_start_matches("Internal error occurred: ");
            if message.starts_with("unable to upgrade connection") {
                return plain(message);
            }
            return Err(status.into());
        }
        _ => Status::internal("the server answered attach with something else"),
    };
    if status.failure {
        return plain(status.message);
    }
    if !quiet && tty {
        let again = format!("'kubectl attach {name} -c {container} -n {namespace} -i -t'");
        let text = match ephemeral {
            true => format!(
                "Session ended, the ephemeral container will not be restarted but may be reattached using {again} if it is still running\n"
            ),
            false => format!("Session ended, resume using {again} command\n"),
        };
        session.out(&text).await;
    }
    Ok(())
}
