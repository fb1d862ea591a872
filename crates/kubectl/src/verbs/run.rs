//! `kubectl run`: a Pod with one container.

use api::path;
use serde_json::{Map, Value, json};

use crate::command::{DELETE, DRY_RUN, FILES, PRINT, RUNNING, SAVE_CONFIG, TERMINAL, Verb, field_manager};
use crate::dry_run::DryRun;
use crate::error::{Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag, no_number};
use crate::session::Session;
use crate::verbs::apply::with_last_applied;
use crate::verbs::create::generated;
use crate::verbs::run_attached::attached;

const FLAGS: &[Flag] = &[
    flag("image", ' ', Takes::Text, ""),
    flag("annotations", ' ', Takes::Array, ""),
    flag("labels", 'l', Takes::Text, ""),
    flag("env", ' ', Takes::Array, ""),
    flag("port", ' ', Takes::Text, ""),
    flag("expose", ' ', Takes::Bool, "false"),
    flag("restart", ' ', Takes::Text, "Always"),
    flag("command", ' ', Takes::Bool, "false"),
    flag("image-pull-policy", ' ', Takes::Text, ""),
    flag("rm", ' ', Takes::Bool, "false"),
    flag("attach", ' ', Takes::Bool, "false"),
    flag("leave-stdin-open", ' ', Takes::Bool, "false"),
    flag("overrides", ' ', Takes::Text, ""),
    flag("override-type", ' ', Takes::Text, "merge"),
    flag("privileged", ' ', Takes::Bool, "false"),
];

/// The verb.
pub static VERB: Verb = Verb {
    name: "run",
    aliases: &[],
    flags: &[FLAGS, RUNNING, TERMINAL, DELETE, FILES, PRINT, DRY_RUN, SAVE_CONFIG, &[field_manager("kubectl-run")]],
    run: |session, args| Box::pin(run(session, args)),
};

async fn run(session: &Session, args: &Args) -> Outcome {
    if !args.has("image") {
        return plain("required flag(s) \"image\" not set");
    }
    let words = &args.words[..args.dash.unwrap_or(args.words.len())];
    let Some((name, extra)) = words.split_first() else {
        return plain("NAME is required for run\nSee 'kubectl run -h' for help and examples");
    };
    let mut command: Vec<String> = extra.to_vec();
    command.extend_from_slice(&args.words[words.len()..]);
    if args.text("image").is_empty() {
        return plain("--image is required");
    }
    let usage = |text: String| plain(format!("{text}\nSee 'kubectl run -h' for help and examples"));
    let stdin = args.on("stdin");
    if args.on("tty") && !stdin {
        return usage("-i/--stdin is required for containers with -t/--tty=true".to_owned());
    }
    if args.on("expose") && args.text("port").is_empty() {
        return usage("--port must be set when exposing a service".to_owned());
    }
    if !matches!(args.text("image-pull-policy"), "" | "Always" | "IfNotPresent" | "Never") {
        return usage(format!("invalid image pull policy: {}", args.text("image-pull-policy")));
    }
    if !is_reference(args.text("image")) {
        return plain(format!("Invalid image name {:?}: invalid reference format", args.text("image")));
    }
    let policy = args.text("restart");
    if !matches!(policy, "Always" | "OnFailure" | "Never") {
        return usage(format!("invalid restart policy: {policy}"));
    }
    let attach = if args.has("attach") { args.on("attach") } else { stdin };
    if !attach && args.on("rm") {
        return usage("--rm should only be used for attached containers".to_owned());
    }
    let dry_run = DryRun::of(args)?;
    if attach && dry_run != DryRun::None {
        return usage(
            "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)"
                .to_owned(),
        );
    }
    let mut container = Map::new();
    container.insert("image".to_owned(), args.text("image").into());
    container.insert("name".to_owned(), name.clone().into());
    container.insert("resources".to_owned(), json!({}));
    if !command.is_empty() {
        let field = if args.on("command") { "command" } else { "args" };
        container.insert(field.to_owned(), command.into());
    }
    if stdin {
        container.insert("stdin".to_owned(), true.into());
        if !args.on("leave-stdin-open") {
            container.insert("stdinOnce".to_owned(), true.into());
        }
    }
    if args.on("tty") {
        container.insert("tty".to_owned(), true.into());
    }
    let mut env: Vec<Value> = Vec::new();
    for pair in args.list("env") {
        match pair.split_once('=') {
            Some((key, value)) if !key.is_empty() => env.push(json!({"name": key, "value": value})),
            _ => return plain(format!("invalid env: {pair}")),
        }
    }
    if !env.is_empty() {
        container.insert("env".to_owned(), env.into());
    }
    if !args.text("port").is_empty() {
        let text = args.text("port");
        let port = text.parse::<i64>().or_else(|_| plain(no_number("Atoi", text)))?;
        container.insert("ports".to_owned(), json!([{"containerPort": port}]));
    }
    if !args.text("image-pull-policy").is_empty() {
        container.insert("imagePullPolicy".to_owned(), args.text("image-pull-policy").into());
    }
    if args.on("privileged") {
        container.insert("securityContext".to_owned(), json!({"privileged": true}));
    }
    let mut labels = json!({"run": name});
    if !args.text("labels").is_empty() {
        labels = json!({});
        for pair in args.text("labels").split(',') {
            match pair.split_once('=') {
                Some((key, value)) => labels[key] = value.into(),
                None => return plain(format!("unexpected label spec: {pair}")),
            }
        }
    }
    let mut pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels},
        "spec": {"containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": policy}, "status": {},
    });
    for pair in args.list("annotations") {
        if let Some((key, value)) = pair.split_once('=') {
            pod["metadata"]["annotations"][key] = value.into();
        }
    }
    overrides(args, &mut pod)?;
    session.record(&mut pod);
    let selector = pod["metadata"]["labels"].clone();
    let mut made: Vec<(&str, Value)> = Vec::new();
    if attach {
        let mut pod = pod.clone();
        let Some(pods) = api::find_resource("pods") else { return plain("no pods here") };
        path::set(&mut pod, "metadata.namespace", session.namespace.clone());
        if args.on("save-config") {
            pod = with_last_applied(&pod);
        }
        made.push((
            "pods",
            session.create(pods, &session.namespace, pod, &[("fieldManager", args.text("field-manager"))]).await?,
        ));
    }
    if args.on("expose") {
        let port = args.int("port");
        // The label that the Pod gets by itself is not its Service's.
        let labels = if args.text("labels").is_empty() { &Value::Null } else { &pod["metadata"]["labels"] };
        let mut metadata = json!({"name": name});
        if labels.is_object() {
            metadata["labels"] = labels.clone();
        }
        let service = json!({
            "apiVersion": "v1", "kind": "Service", "metadata": metadata,
            "spec": {"ports": [{"port": port, "protocol": "TCP", "targetPort": port}], "selector": selector},
            "status": {"loadBalancer": {}},
        });
        let mut made_service = service.clone();
        path::set(&mut made_service, "metadata.namespace", session.namespace.clone());
        made.push(("services", made_service));
        generated(session, args, "services", service).await?;
        // Between the two it writes a line, beside the one that its printer writes.
        if matches!(args.text("output"), "yaml" | "json") {
            session.out("---\n").await;
        }
    }
    // A Pod that nobody attaches to comes after its Service, one that somebody does before it.
    if attach { attached(session, args, &made).await } else { generated(session, args, "pods", pod).await }
}

/// Whether an image's name is one: parts in small letters, between slashes, and a tag or a digest behind them.
fn is_reference(image: &str) -> bool {
    let name = image.split('@').next().unwrap_or_default();
    let (path, tag) = match name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')) {
        Some((path, tag)) => (path, Some(tag)),
        None => (name, None),
    };
    let part = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c))
    };
    let host = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || ".:-".contains(c));
    let word = |tag: &str| !tag.is_empty() && tag.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    let mut parts = path.split('/');
    let first = parts.next().unwrap_or_default();
    let alone = !path.contains('/');
    (part(first) || !alone && host(first)) && parts.all(part) && tag.is_none_or(word)
}

/// `--overrides`: a patch on what was generated, of the type that `--override-type` names.
///
/// # Errors
/// When it is no such patch.
pub fn overrides(args: &Args, object: &mut Value) -> Outcome {
    let text = args.text("overrides");
    if text.is_empty() {
        return Ok(());
    }
    match (args.text("override-type"), serde_json::from_str::<Value>(text)) {
        ("json", Ok(patch)) => {
            *object = api::patch::json::apply(object, &patch).or_else(|error| plain(error.to_string()))?;
            Ok(())
        }
        ("strategic", Ok(patch)) if patch.is_object() => {
            let kind = api::resource_of_kind(path::str(object, "apiVersion"), path::str(object, "kind"));
            let schema = kind.and_then(api::schema::struct_of);
            *object = api::strategic::apply(object, &patch, schema).or_else(|error| plain(error.to_string()))?;
            Ok(())
        }
        ("merge", Ok(patch)) if patch.is_object() => {
            api::patch::merge::apply(object, &patch);
            Ok(())
        }
        ("json" | "merge" | "strategic", _) => plain("Invalid JSON Patch"),
        (other, _) => plain(format!("invalid patch type: {other:?}")),
    }
}
