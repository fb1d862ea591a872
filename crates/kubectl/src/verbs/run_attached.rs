//! `kubectl run -it --rm`: attaching to what was just made, its exit code, its removal.

use api::{Body, Method, Request, Status, find_resource, path};
use serde_json::{Value, json};

use crate::error::{Error, Outcome, plain};
use crate::flags::Args;
use crate::session::{Next, Session};
use crate::verbs::attach::attach;
use crate::verbs::exec::container_of;

/// Attaches to the created Pod; with `--rm` deletes it, and what else was made, whatever came of it.
///
/// # Errors
/// That the Pod did not start in time; the exit code of its container.
pub async fn attached(session: &Session, args: &Args, made: &[(&str, Value)]) -> Outcome {
    let Some((_, pod)) = made.first() else { return Ok(()) };
    let result = follow(session, args, pod).await;
    if args.on("rm") {
        for (key, object) in made {
            remove(session, args, key, object).await?;
        }
    }
    match result {
        // What the container ended with is said after the removal.
        Err(Error::Many(mut said)) if said.len() == 2 => {
            let code = said.pop();
            session.err(&format!("{}\n", said.remove(0).line())).await;
            Err(code.unwrap_or(Error::Exit(1)))
        }
        other => other,
    }
}

async fn follow(session: &Session, args: &Args, pod: &Value) -> Outcome {
    let (namespace, name) = (path::str(pod, "metadata.namespace"), path::str(pod, "metadata.name"));
    let completed = |pod: &Value| matches!(path::str(pod, "status.phase"), "Succeeded" | "Failed");
    let ready = |pod: &Value| {
        let conditions = path::list(pod, "status.conditions");
        completed(pod)
            || path::str(pod, "status.phase") == "Running"
                && conditions.iter().any(|one| one["type"] == "Ready" && one["status"] == "True")
    };
    let now = wait_for(session, args, namespace, name, &ready).await?;
    if completed(&now) {
        print_log(session, args, &now).await?;
    } else {
        // What was printed before the attach.
        print_log(session, args, &now).await?;
        let attached = attach(session, args, &now).await.err();
        // One that ended in between has shown its log.
        if let Some(why) = attached.map(|error| error.line()).filter(|why| !why.contains(" not found in pod ")) {
            session
                .err(&format!("warning: couldn't attach to pod/{name}, falling back to streaming logs: {why}\n"))
                .await;
            print_log(session, args, &now).await?;
        }
    }
    let policy = args.text("restart");
    if args.on("leave-stdin-open") || policy == "Always" {
        return Ok(());
    }
    let ended = |pod: &Value| match policy {
        "OnFailure" => path::str(pod, "status.phase") == "Succeeded",
        _ => completed(pod),
    };
    let pod = wait_for(session, args, namespace, name, &ended).await?;
    if path::str(&pod, "status.phase") == "Succeeded" {
        return Ok(());
    }
    let terminated = &pod["status"]["containerStatuses"][0]["state"]["terminated"];
    match terminated["exitCode"].as_i64().filter(|code| *code != 0) {
        Some(code) => {
            let (reason, message) = (path::str(terminated, "reason"), path::str(terminated, "message"));
            let text = format!("pod {namespace}/{name} terminated ({reason})\n{message}");
            let code = i32::try_from(code).unwrap_or(1);
            Err(Error::Many(vec![Error::Verbatim(text.trim_end().to_owned()), Error::Exit(code)]))
        }
        None => plain(format!("pod {namespace}/{name} failed with unknown exit code")),
    }
}

/// Waits for a Pod to be so, for as long as `--pod-running-timeout` says.
async fn wait_for(
    session: &Session,
    args: &Args,
    namespace: &str,
    name: &str,
    so: &dyn Fn(&Value) -> bool,
) -> Outcome<Value> {
    let Some(pods) = find_resource("pods") else { return plain("no pods here") };
    let until = args.duration("pod-running-timeout").map(|limit| session.now() + limit);
    let pod = session.get(pods, namespace, name).await?;
    if so(&pod) {
        return Ok(pod);
    }
    let version = path::str(&pod, "metadata.resourceVersion").to_owned();
    let mut stream = session.watch_one(pods, namespace, name, &version).await?;
    loop {
        match session.next_event(&mut *stream, until).await {
            Next::Ended | Next::TimedOut => return plain("timed out waiting for the condition"),
            Next::Event(event) if event.kind == "DELETED" => {
                return Err(Error::Server(Box::new(Status::not_found("", "pods", ""))));
            }
            Next::Event(event) if event.kind == "ERROR" => {
                return Err(Error::from(Status::from_value(&event.object)));
            }
            Next::Event(event) if so(&event.object) => return Ok(event.object),
            Next::Event(_) => {}
        }
    }
}

async fn print_log(session: &Session, args: &Args, pod: &Value) -> Outcome {
    let (namespace, name) = (path::str(pod, "metadata.namespace"), path::str(pod, "metadata.name"));
    let container = container_of(session, args, pod).await?;
    let Some(pods) = find_resource("pods") else { return plain("no pods here") };
    let request = Request::get(format!("{}/log", pods.path(Some(namespace), Some(name))));
    match session.send(request.with_query("container", container)).await.body {
        Body::Text(text) => session.out(&text).await,
        Body::Json(value) => return Err(Error::from(Status::from_value(&value))),
        _ => {}
    }
    Ok(())
}

/// `pod "tmp" deleted from default namespace`
async fn remove(session: &Session, args: &Args, key: &str, object: &Value) -> Outcome {
    let Some(resource) = find_resource(key) else { return Ok(()) };
    let (namespace, name) = (path::str(object, "metadata.namespace"), path::str(object, "metadata.name"));
    let body = json!({"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"});
    let request = Request::new(Method::Delete, resource.path(Some(namespace), Some(name))).with_body(body);
    match session.json(request).await {
        Ok(_) if args.on("quiet") => Ok(()),
        Ok(_) => {
            let kind = resource.kind.to_lowercase();
            session.out(&format!("{kind} {name:?} deleted from {namespace} namespace\n")).await;
            Ok(())
        }
        Err(error) if error.is_not_found() => Ok(()),
        Err(error) => Err(error),
    }
}
