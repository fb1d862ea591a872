//! `kubectl debug`: an ephemeral container in a Pod, a copy of a Pod, or a Pod that sees a node's files.
//!
//! <https://kubernetes.io/docs/tasks/debug/debug-application/debug-running-pod/>. Of the profiles only what containers here
//! feel is made: capabilities and shared processes are written, and change nothing.

use api::{Body, LocalFuture, PatchType, Request, Status, find_resource, path, schema, strategic};
use serde_json::{Value, json};

use crate::command::{CONTAINER, FILES, TERMINAL, Verb};
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::session::Session;
use crate::verbs::attach::attach_to;

const FLAGS: &[Flag] = &[
    flag("arguments-only", ' ', Takes::Bool, "false"),
    flag("attach", ' ', Takes::Bool, "false"),
    flag("copy-to", ' ', Takes::Text, ""),
    flag("env", ' ', Takes::Array, ""),
    flag("image", ' ', Takes::Text, ""),
    flag("keep-annotations", ' ', Takes::Bool, "false"),
    flag("keep-init-containers", ' ', Takes::Bool, "true"),
    flag("keep-labels", ' ', Takes::Bool, "false"),
    flag("keep-liveness", ' ', Takes::Bool, "false"),
    flag("keep-readiness", ' ', Takes::Bool, "false"),
    flag("keep-startup", ' ', Takes::Bool, "false"),
    flag("custom", ' ', Takes::Text, ""),
    flag("image-pull-policy", ' ', Takes::Text, ""),
    flag("profile", ' ', Takes::Text, "general"),
    flag("replace", ' ', Takes::Bool, "false"),
    flag("same-node", ' ', Takes::Bool, "false"),
    flag("set-image", ' ', Takes::List, ""),
    flag("share-processes", ' ', Takes::Bool, "true"),
    flag("target", ' ', Takes::Text, ""),
];

/// The verb.
pub static VERB: Verb = Verb {
    name: "debug",
    aliases: &[],
    flags: &[FLAGS, CONTAINER, TERMINAL, &[FILES[0]]],
    run: |session, args| Box::pin(debug(session, args)),
};

fn debug<'a>(session: &'a Session, args: &'a Args) -> LocalFuture<'a, Outcome> {
    Box::pin(async move {
        let (names, command) = args.words.split_at(args.dash.unwrap_or(args.words.len()));
        let (image, copy_to) = (args.text("image"), args.text("copy-to"));
        let profile = args.text("profile");
        if !["legacy", "general", "baseline", "netadmin", "restricted", "sysadmin"].contains(&profile) {
            return plain(format!("unknown profile: {profile}"));
        }
        let custom = &custom(session, args.text("custom"))?;
        check(args, names, command)?;
        if ["name", "command", "image", "lifecycle", "volumeDevices"].into_iter().any(|field| !custom[field].is_null())
        {
            return plain("name, command, image, lifecycle and volume devices are not modifiable via custom profile");
        }
        if !args.text("target").is_empty() && !args.on("quiet") {
            let target = args.text("target");
            session.out(&format!("Targeting container {target:?}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n")).await;
        }
        let mut words = names.to_vec();
        if args.has("filename") {
            let (files, errors) = crate::target::from_files(session, args).await?;
            Error::all(errors)?;
            words.extend(files.iter().map(|file| format!("{}/{}", file.resource.key(), file.name)));
        }
        for word in &words {
            let (kind, name) = word.split_once('/').unwrap_or(("pods", word));
            let resource = session.resource_of(kind)?;
            let (pod, container) = match resource.key() {
                "nodes" => {
                    session.get(resource, "", name).await?;
                    on_node(session, args, name, image, command, custom).await?
                }
                "pods" => {
                    let pod = session.get(resource, &session.namespace, name).await?;
                    match copy_to {
                        "" => ephemeral(session, args, &pod, image, command, custom).await?,
                        copy => copied(session, args, pod, copy, command, custom).await?,
                    }
                }
                _ => {
                    let (version, kind) = (resource.api_version(), resource.kind);
                    let (group, version) = version.split_once('/').unwrap_or(("", &version));
                    return plain(format!("\"{group}/{version}, Kind={kind}\" not supported by debug"));
                }
            };
            let attach = if args.has("attach") { args.on("attach") } else { args.on("stdin") };
            if attach && !container.is_empty() {
                follow(session, args, &pod, &container).await?;
            }
        }
        Ok(())
    })
}

fn check(args: &Args, names: &[String], command: &[String]) -> Outcome {
    let (image, container) = (args.text("image"), args.text("container"));
    if args.on("attach") && image.is_empty() && container.is_empty() {
        return plain("you must specify --container or create a new container using --image in order to attach.");
    }
    if !args.text("copy-to").is_empty() {
        if image.is_empty() && args.list("set-image").is_empty() && command.is_empty() {
            return plain("you must specify --image, --set-image or command arguments.");
        }
        if !command.is_empty() && container.is_empty() && image.is_empty() {
            return plain("you must specify an existing container or a new image when specifying args.");
        }
        if !args.text("target").is_empty() {
            return plain("--target is incompatible with --copy-to. Use --share-processes instead.");
        }
    } else {
        for (flag, given) in
            [("replace", args.on("replace")), ("same-node", args.on("same-node")), ("set-image", args.has("set-image"))]
        {
            if given {
                return plain(format!("--{flag} may only be used with --copy-to."));
            }
        }
        if image.is_empty() {
            return plain("you must specify --image when not using --copy-to.");
        }
    }
    if names.is_empty() && !args.has("filename") {
        return plain("NAME or filename is required for debug");
    }
    if args.on("tty") && !args.on("stdin") {
        return plain("-i/--stdin is required for containers with -t/--tty=true");
    }
    Ok(())
}

/// Five letters that no name has yet: made of the time, as kubectl has no other chance here.
fn suffix(session: &Session, salt: &str) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut number = session.now().unix_micros() as u64;
    for byte in salt.bytes() {
        number = number.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte);
    }
    let mut text = String::new();
    for _ in 0..5 {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push(char::from(LETTERS[(number >> 33) as usize % LETTERS.len()]));
    }
    text
}

fn container_spec(args: &Args, name: &str, image: &str, command: &[String]) -> Outcome<Value> {
    let mut container = json!({
        "name": name, "image": image, "resources": {}, "terminationMessagePolicy": "File",
    });
    if !command.is_empty() {
        container[if args.on("arguments-only") { "args" } else { "command" }] = command.to_vec().into();
    }
    let mut env: Vec<Value> = Vec::new();
    for pair in args.list("env") {
        match pair.split_once('=') {
            Some((name, value)) if !name.is_empty() => env.push(json!({"name": name, "value": value})),
            _ => return plain(format!("invalid env: {pair}")),
        }
    }
    if !env.is_empty() {
        container["env"] = env.into();
    }
    for (flag, field) in [("stdin", "stdin"), ("tty", "tty")] {
        if args.on(flag) {
            container[field] = true.into();
        }
    }
    if !args.text("image-pull-policy").is_empty() {
        container["imagePullPolicy"] = args.text("image-pull-policy").into();
    }
    Ok(container)
}

async fn container_name(session: &Session, args: &Args, pod: &Value) -> String {
    if !args.text("container").is_empty() {
        return args.text("container").to_owned();
    }
    // As many times as it was done, so that two in one moment differ.
    let done = path::list(pod, "spec.ephemeralContainers").len();
    let name = format!("debugger-{}", suffix(session, &format!("{}{done}", path::str(pod, "metadata.uid"))));
    if !args.on("quiet") {
        session.out(&format!("Defaulting debug container name to {name}.\n")).await;
    }
    name
}

/// What the profile lets the debugger do: `general`, for one, trace processes.
fn tracing(args: &Args, container: &mut Value) {
    match args.text("profile") {
        "general" => container["securityContext"] = json!({"capabilities": {"add": ["SYS_PTRACE"]}}),
        "netadmin" => container["securityContext"] = json!({"capabilities": {"add": ["NET_ADMIN", "NET_RAW"]}}),
        "restricted" => {
            container["securityContext"] = json!({
                "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": true,
                "seccompProfile": {"type": "RuntimeDefault"},
            });
        }
        "sysadmin" => container["securityContext"] = json!({"privileged": true}),
        _ => {}
    }
}

/// What Go calls a container.
fn container_struct() -> Option<&'static schema::Struct> {
    schema::struct_of_kind("v1", "Pod")?.field_at("spec.containers")?.kind.element()
}

/// `--custom`: the part of a container's spec in a file; null for none.
fn custom(session: &Session, file: &str) -> Outcome<Value> {
    if file.is_empty() {
        return Ok(Value::Null);
    }
    let bytes = session.host.read_file(file).or_else(|error| {
        let why = error.to_lowercase();
        plain(format!("must pass a container spec json file for custom profile: open {file}: {why}"))
    })?;
    let parsed = manifest::parse(&String::from_utf8_lossy(&bytes));
    let mut value = parsed.documents.into_iter().next().map(|document| document.value).unwrap_or_default();
    let decoded = container_struct().and_then(|kind| schema::decode(kind, &mut value).error);
    let wrong = match (parsed.error, decoded) {
        (Some(error), _) => error.message,
        (None, Some(error)) => format!("error unmarshaling JSON: while decoding JSON: {}", error.message),
        (None, None) => return Ok(value),
    };
    plain(format!("{file} does not contain a valid container spec: {wrong}"))
}

/// Changes the debugger as `--custom` says.
fn customize(container: &mut Value, custom: &Value) -> Outcome {
    if custom.is_object() {
        *container =
            strategic::apply(container, custom, container_struct()).or_else(|error| plain(error.to_string()))?;
    }
    Ok(())
}

async fn ephemeral(
    session: &Session,
    args: &Args,
    pod: &Value,
    image: &str,
    command: &[String],
    custom: &Value,
) -> Outcome<(Value, String)> {
    let name = container_name(session, args, pod).await;
    let mut container = container_spec(args, &name, image, command)?;
    if !args.text("target").is_empty() {
        container["targetContainerName"] = args.text("target").into();
    }
    tracing(args, &mut container);
    customize(&mut container, custom)?;
    let Some(pods) = find_resource("pods") else { return plain("no pods here") };
    let place = format!("{}/ephemeralcontainers", path::str(pod, "metadata.name"));
    // Behind those that are there.
    let mut changed = pod.clone();
    match changed["spec"]["ephemeralContainers"].as_array_mut() {
        Some(all) => all.push(container),
        None => changed["spec"]["ephemeralContainers"] = json!([container]),
    }
    let patch = strategic::two_way(pod, &changed, schema::struct_of(pods)).or_else(|error| plain(error.to_string()))?;
    let namespace = path::str(pod, "metadata.namespace");
    let pod = session.patch(pods, namespace, &place, PatchType::Strategic, patch, &[]).await?;
    Ok((pod, name))
}

async fn on_node(
    session: &Session,
    args: &Args,
    node: &str,
    image: &str,
    command: &[String],
    custom: &Value,
) -> Outcome<(Value, String)> {
    let container = if args.text("container").is_empty() { "debugger" } else { args.text("container") };
    let name = format!("node-debugger-{node}-{}", suffix(session, node));
    if !args.on("quiet") {
        session.out(&format!("Creating debugging pod {name} with container {container} on node {node}.\n")).await;
    }
    let mut spec = container_spec(args, container, image, command)?;
    // The node's files, and its namespaces, are for those profiles that may have them.
    let profile = args.text("profile");
    let root = matches!(profile, "legacy" | "general" | "sysadmin");
    if root {
        spec["volumeMounts"] = json!([{"name": "host-root", "mountPath": "/host"}]);
    }
    if profile != "general" {
        tracing(args, &mut spec);
    }
    customize(&mut spec, custom)?;
    let mut pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": name, "namespace": session.namespace, "labels": {"app.kubernetes.io/managed-by": "kubectl-debug"},
        },
        "spec": {
            "containers": [spec], "nodeName": node, "restartPolicy": "Never", "tolerations": [{"operator": "Exists"}],
        },
    });
    if root {
        pod["spec"]["volumes"] = json!([{"name": "host-root", "hostPath": {"path": "/"}}]);
    }
    if root || profile == "netadmin" {
        for namespace in ["hostNetwork", "hostPID", "hostIPC"] {
            pod["spec"][namespace] = true.into();
        }
    }
    let Some(pods) = find_resource("pods") else { return plain("no pods here") };
    let pod = session.create(pods, &session.namespace, pod, &[]).await?;
    Ok((pod, container.to_owned()))
}

async fn copied(
    session: &Session,
    args: &Args,
    pod: Value,
    copy: &str,
    command: &[String],
    custom: &Value,
) -> Outcome<(Value, String)> {
    let Some(pods) = find_resource("pods") else { return plain("no pods here") };
    let mut new = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": copy, "namespace": path::get(&pod, "metadata.namespace")},
        "spec": pod["spec"],
    });
    for field in ["labels", "annotations"] {
        let kept = path::get(&pod["metadata"], field);
        if args.on(&format!("keep-{field}")) && kept.is_object() {
            new["metadata"][field] = kept.clone();
        }
    }
    let spec = &mut new["spec"];
    path::remove(spec, "ephemeralContainers");
    if !args.on("keep-init-containers") {
        path::remove(spec, "initContainers");
    }
    if !args.on("same-node") {
        path::remove(spec, "nodeName");
    }
    let images: Vec<(&str, &str)> = args.list("set-image").iter().filter_map(|pair| pair.split_once('=')).collect();
    let mut name = args.text("container").to_owned();
    let known = path::list(spec, "containers").iter().any(|one| one["name"] == *name);
    if name.is_empty() && (!args.text("image").is_empty() || images.is_empty()) {
        name = container_name(session, args, &pod).await;
    }
    // By itself it comes with the profile, which is for a container to debug with, or in.
    let by_profile = !name.is_empty() && args.text("profile") != "legacy";
    if if args.has("share-processes") { args.on("share-processes") } else { by_profile } {
        spec["shareProcessNamespace"] = true.into();
    }
    for one in spec["containers"].as_array_mut().into_iter().flatten() {
        for probe in ["liveness", "readiness", "startup"] {
            if !args.on(&format!("keep-{probe}")) {
                path::remove(one, &format!("{probe}Probe"));
            }
        }
        for (container, image) in &images {
            if *container == "*" || one["name"] == **container {
                one["image"] = (*image).into();
            }
        }
        if known && one["name"] == *name {
            if !args.text("image").is_empty() {
                one["image"] = args.text("image").into();
            }
            if !command.is_empty() {
                one[if args.on("arguments-only") { "args" } else { "command" }] = command.to_vec().into();
                if !args.on("arguments-only") {
                    path::remove(one, "args");
                }
            }
            for flag in ["stdin", "tty"].into_iter().filter(|flag| args.on(flag)) {
                one[flag] = true.into();
            }
        }
    }
    if !known && !args.text("image").is_empty() {
        let mut container = container_spec(args, &name, args.text("image"), command)?;
        tracing(args, &mut container);
        if let Some(all) = spec["containers"].as_array_mut() {
            all.push(container);
        }
    }
    for one in spec["containers"].as_array_mut().into_iter().flatten().filter(|one| one["name"] == *name) {
        customize(one, custom)?;
    }
    if args.on("replace") {
        let (namespace, old) = (path::str(&pod, "metadata.namespace"), path::str(&pod, "metadata.name"));
        let gone = Request::new(api::Method::Delete, pods.path(Some(namespace), Some(old)));
        session.json(gone.with_body(json!({"gracePeriodSeconds": 0}))).await?;
    }
    let namespace = path::str(&pod, "metadata.namespace").to_owned();
    Ok((session.create(pods, &namespace, new, &[]).await?, name))
}

/// Waits for the container to start, and attaches to it; one that has ended already shows its log.
async fn follow(session: &Session, args: &Args, pod: &Value, container: &str) -> Outcome {
    let Some(pods) = find_resource("pods") else { return plain("no pods here") };
    let (namespace, name) = (path::str(pod, "metadata.namespace"), path::str(pod, "metadata.name"));
    let state = |pod: &Value| {
        ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"]
            .into_iter()
            .flat_map(|list| path::list(&pod["status"], list))
            .find(|one| one["name"] == container)
            .map(|one| one["state"].clone())
            .unwrap_or_default()
    };
    let mut pod = session.get(pods, namespace, name).await?;
    let version = path::str(&pod, "metadata.resourceVersion").to_owned();
    let mut stream = session.watch_one(pods, namespace, name, &version).await?;
    let mut warned = String::new();
    loop {
        let now = state(&pod);
        if now.get("running").is_some() || now.get("terminated").is_some() {
            break;
        }
        let waits = path::str(&now, "waiting.message");
        if !waits.is_empty() && waits != warned && !args.on("quiet") {
            session.err(&format!("Warning: container {container}: {waits}\n")).await;
            warned = waits.to_owned();
        }
        match stream.next().await {
            Some(event) if event.kind == "DELETED" => return Err(Error::from(Status::not_found("", "pods", ""))),
            Some(event) => pod = event.object,
            None => return plain("timed out waiting for the condition"),
        }
    }
    if state(&pod).get("terminated").is_none() {
        match attach_to(session, args, &pod, container.to_owned()).await {
            Ok(()) => return Ok(()),
            Err(error) => {
                let why = error.line();
                let said = format!("warning: couldn't attach to pod/{name}, falling back to streaming logs: {why}\n");
                session.err(&said).await;
            }
        }
    }
    let request = Request::get(format!("{}/log", pods.path(Some(namespace), Some(name))));
    match session.send(request.with_query("container", container)).await.body {
        Body::Text(text) => session.out(&text).await,
        Body::Json(value) => return Err(Error::from(Status::from_value(&value))),
        _ => {}
    }
    Ok(())
}
