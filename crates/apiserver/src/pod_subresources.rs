//! Pods' own subresources: binding, eviction, log, exec, attach, portforward.

use std::rc::Rc;

use api::{Method, Reason, Request, Status, path};
use serde_json::{Value, json};

use super::delete;
use super::eviction;
use super::route::Target;
use super::{Reply, is_true, not_offered};
use crate::{ApiServer, ContainerId, Cx, ExecRequest, ForwardRequest, LogRequest};

/// Serves a Pod's subresource.
///
/// # Errors
/// 404, 405 and what each of them says.
#[inline(never)]
pub fn serve(server: &mut ApiServer, cx: &mut Cx, target: &Target, request: &Request) -> Result<Reply, Status> {
    if server.kubelet_refuses {
        let pod = server.fetch(target)?;
        unreachable_kubelet(server, &pod, target, request)?;
    }
    match (target.subresource.as_str(), request.method) {
        ("binding", Method::Post) => bind(server, cx, target, &request.body),
        ("eviction", Method::Post) => evict(server, cx, target, request),
        ("log", Method::Get) => log(server.fetch(target)?.as_ref(), request),
        ("exec" | "attach", Method::Get | Method::Post) => exec(server.fetch(target)?.as_ref(), target, request),
        ("portforward", Method::Get | Method::Post) => forward(server.fetch(target)?.as_ref()),
        _ => Err(not_offered()),
    }
}

/// What the API server says when it does not reach the kubelet that would have to answer.
#[inline(never)]
fn unreachable_kubelet(server: &ApiServer, pod: &Value, target: &Target, request: &Request) -> Result<(), Status> {
    let kubelet = format!("{}:10250", server.settings().node_ip);
    let refused = format!("dial tcp {kubelet}: connect: connection refused");
    let text = match target.subresource.as_str() {
        _ if path::str(pod, "spec.nodeName").is_empty() => return Ok(()),
        "log" => {
            let (namespace, name) = (path::str(pod, "metadata.namespace"), path::str(pod, "metadata.name"));
            let container = container_name(pod, request.query("container").unwrap_or_default(), name)?;
            format!("Get \"https://{kubelet}/containerLogs/{namespace}/{name}/{container}\": {refused}")
        }
        "exec" | "attach" | "portforward" => format!("error dialing backend: {refused}"),
        _ => return Ok(()),
    };
    Err(Status::new(Reason::Unknown, text))
}

/// Answers `portforward`: the Pod whose ports are forwarded. Refused while the Pod has no node.
fn forward(pod: &Value) -> Result<Reply, Status> {
    let name = path::str(pod, "metadata.name");
    if path::str(pod, "spec.nodeName").is_empty() {
        return Err(Status::new(Reason::BadRequest, format!("pod {name} does not have a host assigned")));
    }
    Ok(Reply::Forward(ForwardRequest {
        namespace: path::str(pod, "metadata.namespace").to_owned(),
        pod: name.to_owned(),
    }))
}

/// A Binding posted to the collection of bindings: its name is the Pod's.
///
/// # Errors
/// Answers the `binding` subresource: binds the Pod to the node that the Binding names.
pub fn bind_by_name(server: &mut ApiServer, cx: &mut Cx, target: &Target, body: &Value) -> Result<Reply, Status> {
    let pods = api::resource_of_key("pods").ok_or_else(not_offered)?;
    let pod = Target { resource: pods, name: path::str(body, "metadata.name").to_owned(), ..target.clone() };
    bind(server, cx, &pod, body)
}

/// Sets `spec.nodeName` and the condition `PodScheduled`.
fn bind(server: &mut ApiServer, cx: &mut Cx, target: &Target, body: &Value) -> Result<Reply, Status> {
    let pod = server.fetch(target)?;
    let node = path::str(body, "target.name");
    let conflict = |why: String| Status::conflict("", "pods/binding", &target.name, &why);
    if pod["metadata"].get("deletionTimestamp").is_some() {
        return Err(conflict(format!("pod {} is being deleted, cannot be assigned to a host", target.name)));
    }
    let current = path::str(&pod, "spec.nodeName");
    if !current.is_empty() {
        return Err(conflict(format!("pod {} is already assigned to node \"{current}\"", target.name)));
    }
    let mut bound = (*pod).clone();
    bound["spec"]["nodeName"] = node.into();
    if pod["status"].get("nominatedNodeName").is_some() {
        path::remove(&mut bound, "status.nominatedNodeName");
    }
    set_condition(
        &mut bound,
        json!({"type": "PodScheduled", "status": "True", "lastTransitionTime": cx.now.rfc3339()}),
    );
    server.store.put(target.key(), Some(bound));
    Ok(Reply::Json {
        code: 201,
        value: Rc::new(json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201,
        })),
        warnings: Vec::new(),
    })
}

fn set_condition(pod: &mut Value, condition: Value) {
    if let Some(generation) = path::int(pod, "metadata.generation") {
        let mut condition = condition;
        condition["observedGeneration"] = generation.into();
        return put_condition(pod, condition);
    }
    put_condition(pod, condition);
}

fn put_condition(pod: &mut Value, condition: Value) {
    let status = &mut pod["status"];
    if !status["conditions"].is_array() {
        status["conditions"] = json!([]);
    }
    let Some(conditions) = status["conditions"].as_array_mut() else { return };
    match conditions.iter_mut().find(|old| old["type"] == condition["type"]) {
        Some(old) => *old = condition,
        None => conditions.push(condition),
    }
}

/// Deletes the Pod as an eviction, if its disruption budget allows it.
fn evict(server: &mut ApiServer, cx: &mut Cx, target: &Target, request: &Request) -> Result<Reply, Status> {
    let main = Target { subresource: String::new(), ..target.clone() };
    let options = Request { body: request.body["deleteOptions"].clone(), query: Vec::new(), ..request.clone() };
    let pod = server.fetch(&main)?;
    if path::list(&request.body, "deleteOptions.dryRun").is_empty() {
        eviction::charge(server, cx, &pod)?;
        let mut told = (*pod).clone();
        set_condition(
            &mut told,
            json!({
                "type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI",
                "message": "Eviction API: evicting", "lastTransitionTime": cx.now.rfc3339(),
            }),
        );
        server.store.put(main.key(), Some(told));
        delete::delete(server, cx, &main, &options)?;
    }
    Ok(Reply::Json {
        code: 201,
        value: Rc::new(json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201,
        })),
        warnings: Vec::new(),
    })
}

/// Answers `log`: which container's log is wanted, and which part of it.
fn log(pod: &Value, request: &Request) -> Result<Reply, Status> {
    let bad = |message: String| Status::new(Reason::BadRequest, message);
    let name = path::str(pod, "metadata.name");
    let container = container_name(pod, request.query("container").unwrap_or_default(), name)?;
    let number = |query: &str| request.query(query).and_then(|text| text.parse::<i64>().ok());
    let previous = request.query("previous").is_some_and(is_true);
    let mut log = LogRequest {
        namespace: path::str(pod, "metadata.namespace").to_owned(),
        pod: name.to_owned(),
        container: container.clone(),
        id: None,
        follow: request.query("follow").is_some_and(is_true),
        tail_lines: number("tailLines").and_then(|lines| usize::try_from(lines).ok()),
        since_seconds: number("sinceSeconds"),
        since_time: request.query("sinceTime").map(str::to_owned),
        timestamps: request.query("timestamps").is_some_and(is_true),
        limit_bytes: number("limitBytes").and_then(|bytes| usize::try_from(bytes).ok()),
    };
    if path::str(pod, "spec.nodeName").is_empty() {
        return Ok(Reply::Log(log));
    }
    let status = container_status(pod, &container);
    if previous {
        let id = id_of(&status["lastState"]["terminated"]);
        log.id = Some(id.ok_or_else(|| {
            bad(format!("previous terminated container \"{container}\" in pod \"{name}\" not found"))
        })?);
        return Ok(Reply::Log(log));
    }
    log.id = id_of(status).or_else(|| id_of(&status["lastState"]["terminated"]));
    // A container that could not be started has written nothing.
    if log.id.is_none() && status["state"].get("terminated").is_none() {
        let reason = match path::str(status, "state.waiting.reason") {
            "" => "ContainerCreating",
            reason => reason,
        };
        let why = match reason {
            "ErrImagePull" | "ImagePullBackOff" => "trying and failing to pull image".to_owned(),
            reason => reason.to_owned(),
        };
        return Err(bad(format!("container \"{container}\" in pod \"{name}\" is waiting to start: {why}")));
    }
    Ok(Reply::Log(log))
}

/// Answers `exec` and `attach`: the container, and the command to run in it.
fn exec(pod: &Value, target: &Target, request: &Request) -> Result<Reply, Status> {
    let bad = |message: String| Status::new(Reason::BadRequest, message);
    let name = path::str(pod, "metadata.name");
    let container = container_name(pod, request.query("container").unwrap_or_default(), name)?;
    if path::str(pod, "spec.nodeName").is_empty() {
        return Err(bad(format!("pod {name} does not have a host assigned")));
    }
    let attach = target.subresource == "attach";
    let command: Vec<String> =
        request.query.iter().filter(|(name, _)| name == "command").map(|(_, value)| value.clone()).collect();
    if command.is_empty() && !attach {
        return Err(bad("you must specify at least 1 command for the container".to_owned()));
    }
    let status = container_status(pod, &container);
    let running = status["state"].get("running").is_some();
    let Some(id) = id_of(status).filter(|_| running) else {
        return Err(Status::internal(format!("unable to upgrade connection: container not found (\"{container}\")")));
    };
    let flag = |name: &str| request.query(name).is_some_and(is_true);
    Ok(Reply::Exec(ExecRequest {
        namespace: path::str(pod, "metadata.namespace").to_owned(),
        pod: name.to_owned(),
        container,
        id,
        command: if attach { Vec::new() } else { command },
        stdin: flag("stdin"),
        stdout: flag("stdout"),
        stderr: flag("stderr"),
        tty: flag("tty"),
    }))
}

/// The container that a request is about: the one it names, or the only one of the Pod.
fn container_name(pod: &Value, wanted: &str, name: &str) -> Result<String, Status> {
    let names = |field: &str| -> Vec<&str> {
        path::list(pod, field).iter().map(|container| path::str(container, "name")).collect()
    };
    let (containers, init) = (names("spec.containers"), names("spec.initContainers"));
    let ephemeral = names("spec.ephemeralContainers");
    if wanted.is_empty() {
        if let [only] = containers.as_slice() {
            return Ok((*only).to_owned());
        }
        let mut message =
            format!("a container name must be specified for pod {name}, choose one of: [{}]", containers.join(" "));
        if !init.is_empty() {
            message.push_str(&format!(" or one of the init containers: [{}]", init.join(" ")));
        }
        return Err(Status::new(Reason::BadRequest, message));
    }
    if containers.contains(&wanted) || init.contains(&wanted) || ephemeral.contains(&wanted) {
        return Ok(wanted.to_owned());
    }
    Err(Status::new(Reason::BadRequest, format!("container {wanted} is not valid for pod {name}")))
}

fn container_status<'a>(pod: &'a Value, container: &str) -> &'a Value {
    ["status.containerStatuses", "status.initContainerStatuses", "status.ephemeralContainerStatuses"]
        .into_iter()
        .flat_map(|field| path::list(pod, field))
        .find(|status| path::str(status, "name") == container)
        .unwrap_or(&Value::Null)
}

/// `docker://4f6…` without the scheme; `None` for a container that never ran.
fn id_of(status: &Value) -> Option<ContainerId> {
    let id = path::str(status, "containerID");
    let never_ran = |run: &str| {
        let ended = &status[run]["terminated"];
        ended["reason"] == "ContainerCannotRun" && path::str(ended, "containerID") == id
    };
    if never_ran("state") || never_ran("lastState") {
        return None;
    }
    let id = id.split_once("://").map_or(id, |(_, id)| id);
    (!id.is_empty()).then(|| id.to_owned())
}
