//! `kubectl set env`

use api::path;
use serde_json::{Value, json};

use crate::command::{DRY_RUN, FILES, PRINT, SELECTOR, Verb};
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::session::Session;
use crate::target;
use crate::verbs::set::{self, Words, containers, pod_spec, update};
use api::base64;

const FLAGS: &[Flag] = &[
    flag("from", ' ', Takes::Text, ""),
    flag("prefix", ' ', Takes::Text, ""),
    flag("env", 'e', Takes::Array, ""),
    flag("keys", ' ', Takes::List, ""),
    flag("list", ' ', Takes::Bool, "false"),
    flag("resolve", ' ', Takes::Bool, "false"),
    flag("overwrite", ' ', Takes::Bool, "true"),
];

/// The verb.
pub static VERB: Verb = Verb {
    name: "set env",
    aliases: &[],
    flags: &[FLAGS, set::CONTAINERS, set::FLAGS, FILES, PRINT, SELECTOR, DRY_RUN],
    run: |session, args| Box::pin(set_env(session, args)),
};

async fn set_env(session: &Session, args: &Args) -> Outcome {
    let is_env = |word: &String| word.contains('=') || word.ends_with('-');
    let split = args.words.iter().position(is_env).unwrap_or(args.words.len());
    let (words, specs) = args.words.split_at(split);
    if !specs.iter().all(is_env) {
        return plain(format!("all resources must be specified before environment changes: {}", args.words.join(" ")));
    }
    if words.is_empty() && !args.names_files() {
        return plain("one or more resources must be specified as <resource> <name> or <resource>/<name>");
    }
    if args.on("list") && !args.text("output").is_empty() {
        return plain("--list and --output may not be specified together");
    }
    if args.has("keys") && args.text("from").is_empty() {
        return plain("when specifying --keys, a configmap or secret must be provided with --from");
    }
    let (mut env, remove) = parse(session, args.list("env").iter().chain(specs)).await?;
    if !args.text("from").is_empty() {
        env.extend(from(session, args).await?);
    }
    for one in &mut env {
        let name = format!("{}{}", args.text("prefix"), path::str(one, "name"));
        one["name"] = name.into();
    }
    if args.on("list") {
        return list(session, args, words, &env, &remove).await;
    }
    let pattern = args.text("containers");
    let mut warnings: Vec<String> = Vec::new();
    let mut change = |target: &mut target::Target| {
        let (kind, name) = (target.resource.kind, target.name.clone());
        let found = containers(pod_spec(target)?, pattern);
        if found.is_empty() {
            warnings.push(format!("Warning: {kind}/{name} does not have any containers matching {pattern:?}\n"));
        }
        for container in found {
            if !args.on("overwrite") {
                for old in path::list(container, "env") {
                    let clash = env.iter().any(|new| new["name"] == old["name"] && new["value"] != old["value"]);
                    if clash {
                        return plain(format!(
                            "'{}' already has a value ({}), and --overwrite is false",
                            path::str(old, "name"),
                            path::str(old, "value")
                        ));
                    }
                }
            }
            merge(container, &env, &remove);
        }
        Ok(())
    };
    let said = Words { done: "env updated", failed: "failed to patch env update to pod template:" };
    let result = update(session, args, words, &said, &mut change).await;
    for warning in warnings {
        session.err(&warning).await;
    }
    result
}

/// Reads `KEY=value`, `KEY-` and `-` (standard input).
async fn parse(session: &Session, specs: impl Iterator<Item = &String>) -> Outcome<(Vec<Value>, Vec<String>)> {
    let (mut env, mut remove) = (Vec::new(), Vec::new());
    for spec in specs {
        if spec == "-" {
            let bytes = session.host.read_stdin().await;
            for line in String::from_utf8_lossy(&bytes).lines() {
                let line = line.split('#').next().unwrap_or_default();
                if let Some((name, value)) = line.split_once('=') {
                    env.push(json!({"name": name, "value": value}));
                }
            }
        } else if let Some((name, value)) = spec.split_once('=') {
            let wrong = api::names::plain_env_name(name);
            if !wrong.is_empty() {
                return plain(format!("{name:?} is not a valid key name: {}", wrong.join(";")));
            }
            env.push(json!({"name": name, "value": value}));
        } else if let Some(name) = spec.strip_suffix('-') {
            remove.push(name.to_owned());
        } else {
            return plain(format!("unknown environment variable: {spec}"));
        }
    }
    if remove.iter().any(|name| env.iter().any(|one| one["name"] == **name)) {
        return plain("can not both modify and remove the same environment variable in the same command");
    }
    Ok((env, remove))
}

/// `--from`: a variable for each key of a ConfigMap or Secret.
async fn from(session: &Session, args: &Args) -> Outcome<Vec<Value>> {
    let Some((kind, name)) = args.text("from").split_once('/') else {
        return plain(
            "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
        );
    };
    let resource = session.resource_of(kind)?;
    let field = match resource.kind {
        "Secret" => "secretKeyRef",
        "ConfigMap" => "configMapKeyRef",
        _ => return plain("unsupported resource specified in --from"),
    };
    let object = session.get(resource, &session.namespace, name).await?;
    let keys = args.list("keys");
    let mut env = Vec::new();
    for key in object["data"].as_object().into_iter().flatten().map(|(key, _)| key) {
        if !keys.is_empty() && !keys.contains(key) {
            continue;
        }
        let letter = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c.to_ascii_uppercase() } else { '_' };
        let variable: String = key.chars().map(letter).collect();
        if variable != *key {
            session.err(&format!("Warning: key {key} transferred to {variable}\n")).await;
        }
        env.push(json!({"name": variable, "valueFrom": {field: {"key": key, "name": name}}}));
    }
    Ok(env)
}

/// Puts variables into a container: known ones in their places, new ones behind.
fn merge(container: &mut Value, env: &[Value], remove: &[String]) {
    let mut all: Vec<Value> = Vec::new();
    for old in path::list(container, "env") {
        if remove.iter().any(|name| old["name"] == **name) {
            continue;
        }
        let new = env.iter().rev().find(|new| new["name"] == old["name"]);
        all.push(new.unwrap_or(old).clone());
    }
    for new in env {
        match all.iter_mut().find(|old| old["name"] == new["name"]) {
            Some(old) => *old = new.clone(),
            None => all.push(new.clone()),
        }
    }
    match container.as_object_mut() {
        Some(container) if all.is_empty() => drop(container.remove("env")),
        _ => container["env"] = all.into(),
    }
}

/// `--list`
async fn list(session: &Session, args: &Args, words: &[String], env: &[Value], remove: &[String]) -> Outcome {
    let (targets, mut errors) = match args.on("local") {
        true if !args.names_files() => return plain(target::NO_RESOURCES),
        true => (set::from_files(session, args).await?, Vec::new()),
        false => target::find(session, args, words).await?,
    };
    for mut target in targets {
        let (kind, name, namespace) = (target.resource.kind, target.name.clone(), target.namespace.clone());
        // What has no Pods has nothing to list.
        let Ok(spec) = pod_spec(&mut target) else { continue };
        for container in containers(spec, args.text("containers")) {
            merge(container, env, remove);
            session.out(&format!("# {kind} {name}, container {}\n", path::str(container, "name"))).await;
            for one in path::list(container, "env") {
                let variable = path::str(one, "name");
                let Some(from) = one.get("valueFrom") else {
                    session.out(&format!("{variable}={}\n", path::str(one, "value"))).await;
                    continue;
                };
                let resolved = if args.on("resolve") { Some(resolve(session, &namespace, from).await) } else { None };
                match resolved {
                    Some(Ok(value)) => session.out(&format!("{variable}={value}\n")).await,
                    other => {
                        session.out(&format!("# {variable} from {}\n", reference(from))).await;
                        if let Some(Err(error)) = other {
                            let why = error.to_string();
                            session.err(&format!("error retrieving reference for {variable}: {why}\n")).await;
                            errors.push(Error::Plain("failed to retrieve valueFrom references".to_owned()));
                        }
                    }
                }
            }
        }
    }
    Error::all(errors)
}

/// `secret db, key password`
fn reference(from: &Value) -> String {
    let of = |place: &str| path::str(from, place);
    if from.get("configMapKeyRef").is_some() {
        format!("configmap {}, key {}", of("configMapKeyRef.name"), of("configMapKeyRef.key"))
    } else if from.get("secretKeyRef").is_some() {
        format!("secret {}, key {}", of("secretKeyRef.name"), of("secretKeyRef.key"))
    } else if from.get("fieldRef").is_some() {
        format!("field path {}", of("fieldRef.fieldPath"))
    } else if from.get("resourceFieldRef").is_some() {
        let container = of("resourceFieldRef.containerName");
        let container = if container.is_empty() { String::new() } else { format!("{container}/") };
        format!("resource field {container}{}", of("resourceFieldRef.resource"))
    } else {
        "invalid valueFrom".to_owned()
    }
}

async fn resolve(session: &Session, namespace: &str, from: &Value) -> Outcome<String> {
    for (field, kind, said) in [("configMapKeyRef", "configmaps", "config map"), ("secretKeyRef", "secrets", "secret")]
    {
        let Some(of) = from.get(field) else { continue };
        let (name, key) = (path::str(of, "name"), path::str(of, "key"));
        let object = session.get(session.resource_of(kind)?, namespace, name).await?;
        return match object["data"][key].as_str() {
            Some(value) if kind == "secrets" => {
                Ok(String::from_utf8_lossy(&base64::decode(value).unwrap_or_default()).into_owned())
            }
            Some(value) => Ok(value.to_owned()),
            None => plain(format!("key {key} not found in {said} {name}")),
        };
    }
    plain("invalid valueFrom")
}
