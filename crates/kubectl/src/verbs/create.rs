//! `kubectl create`: from a file, or by generators for the kinds people make by hand.

use api::{LocalFuture, Method, Resource, find_resource, path};
use serde_json::{Map, Value, json};

use crate::command::{DRY_RUN, FILES, PRINT, RAW, SAVE_CONFIG, SELECTOR, VALIDATE, Verb, field_manager};
use crate::dry_run::DryRun;
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag, no_number};
use crate::kustomize;
use crate::printers::{self, Output};
use crate::session::Session;
use crate::target::{self, Target};
use crate::verbs::apply::{validation, with_last_applied};
use crate::verbs::edit::LINE_ENDINGS;
use api::base64;

/// `--field-manager` of all that creates.
pub const MANAGER: &[Flag] = &[field_manager("kubectl-create")];

const FLAGS: &[Flag] = &[flag("edit", ' ', Takes::Bool, "false")];

/// The verb, with `-f`.
pub static VERB: Verb = Verb {
    name: "create",
    aliases: &[],
    flags: &[FLAGS, RAW, LINE_ENDINGS, FILES, PRINT, SELECTOR, DRY_RUN, SAVE_CONFIG, VALIDATE, MANAGER],
    run: |session, args| Box::pin(from_files(session, args)),
};

async fn from_files(session: &Session, args: &Args) -> Outcome {
    if args.has("raw") {
        return super::raw::send(session, args, Method::Post).await;
    }
    let dry_run = DryRun::of(args)?;
    validation(args)?;
    if !args.words.is_empty() {
        let words = args.words.join(" ");
        return plain(format!("Unexpected args: [{words}]\nSee 'kubectl create -h' for help and examples"));
    }
    if !args.names_files() {
        return plain("must specify one of -f and -k");
    }
    let output = printers::output(&*session.host, args, false)?;
    let (mut targets, mut errors) = target::from_files(session, args).await?;
    if targets.is_empty() && errors.is_empty() {
        return plain("no objects passed to create");
    }
    if args.on("edit") {
        Error::all(errors)?;
        for target in targets.iter_mut().filter(|target| target.resource.namespaced) {
            path::set(&mut target.object, "metadata.namespace", target.namespace.clone());
        }
        return crate::verbs::edit::create(session, args, targets).await;
    }
    for mut target in targets {
        if target.resource.namespaced && path::str(&target.object, "metadata.namespace").is_empty() {
            path::set(&mut target.object, "metadata.namespace", target.namespace.clone());
        }
        let mut object = if args.on("save-config") { with_last_applied(&target.object) } else { target.object.clone() };
        session.record(&mut object);
        let source = target.source.clone();
        if let Err(error) = create(session, args, dry_run, &output, target, object).await {
            errors.push(if source.is_empty() { error } else { error.about_source("creating", &source) });
        }
    }
    Error::all(errors)
}

async fn create(
    session: &Session,
    args: &Args,
    dry_run: DryRun,
    output: &Output,
    mut target: Target,
    object: Value,
) -> Outcome {
    let query = [dry_run.query(), ("fieldManager", args.text("field-manager")), ("fieldValidation", validation(args)?)];
    target.object = match dry_run {
        DryRun::Client => object,
        _ => session.create(target.resource, &target.namespace, object, &query).await?,
    };
    target.name = path::str(&target.object, "metadata.name").to_owned();
    let text = match output {
        Output::Human => format!("{} created{}\n", target.label(), dry_run.suffix()),
        output => printers::one(session, output, target)?,
    };
    session.out(&text).await;
    Ok(())
}

/// Creates an object that a generator made, or shows it.
///
/// # Errors
/// What the server refuses.
pub async fn generated(session: &Session, args: &Args, resource: &str, mut object: Value) -> Outcome {
    let dry_run = DryRun::of(args)?;
    let output = printers::output(&*session.host, args, false)?;
    let resource: &'static Resource = match find_resource(resource) {
        Some(resource) => resource,
        None => return Err(Session::no_resource_type(resource)),
    };
    // A client's dry run shows only what was asked for.
    if resource.namespaced && (session.explicit_namespace || dry_run != DryRun::Client) {
        path::set(&mut object, "metadata.namespace", session.namespace.clone());
    }
    if args.on("append-hash") {
        let name = path::str(&object, "metadata.name");
        let name = format!("{name}-{}", kustomize::hash(&object, name));
        path::set(&mut object, "metadata.name", name);
    }
    if args.on("save-config") {
        object = with_last_applied(&object);
    }
    let mut target = Target::of(resource, object.clone());
    target.namespace = if resource.namespaced { session.namespace.clone() } else { String::new() };
    let what = match resource.plural {
        // These say what the server says.
        "roles" | "clusterroles" | "namespaces" | "services" | "pods" | "horizontalpodautoscalers" => {
            return create(session, args, dry_run, &output, target, object).await;
        }
        "secrets" => "secret".to_owned(),
        "poddisruptionbudgets" => "poddisruptionbudgets:".to_owned(),
        "resourcequotas" => "quota:".to_owned(),
        _ => format!("{}:", resource.singular),
    };
    match create(session, args, dry_run, &output, target, object).await {
        Err(Error::Server(status)) => plain(format!("failed to create {what} {}", status.message)),
        other => other,
    }
}

/// The one name that a generator wants.
///
/// # Errors
/// In kubectl's words.
pub fn one_name<'a>(args: &'a Args, verb: &str) -> Outcome<&'a str> {
    match args.words.as_slice() {
        [name] => Ok(name),
        words => plain(format!(
            "exactly one NAME is required, got {}\nSee 'kubectl {verb} -h' for help and examples",
            words.len()
        )),
    }
}

/// Refuses when a flag is missing.
///
/// # Errors
/// In cobra's words.
pub fn required(args: &Args, names: &[&str]) -> Outcome {
    let missing: Vec<String> = names.iter().filter(|name| !args.has(name)).map(|name| format!("{name:?}")).collect();
    if missing.is_empty() {
        return Ok(());
    }
    plain(format!("required flag(s) {} not set", missing.join(", ")))
}

const DEPLOYMENT_FLAGS: &[Flag] =
    &[flag("image", ' ', Takes::List, ""), flag("port", ' ', Takes::Int, "-1"), flag("replicas", 'r', Takes::Int, "1")];

/// `kubectl create deployment`
pub static DEPLOYMENT: Verb = Verb {
    name: "create deployment",
    aliases: &["deploy"],
    flags: &[DEPLOYMENT_FLAGS, PRINT, DRY_RUN, SAVE_CONFIG, VALIDATE, MANAGER],
    run: |session, args| {
        Box::pin(async move {
            required(args, &["image"])?;
            let words = &args.words[..args.dash.unwrap_or(args.words.len())];
            let [name] = words else {
                return plain(format!(
                    "exactly one NAME is required, got {}\nSee 'kubectl create deployment -h' for help and examples",
                    words.len()
                ));
            };
            let command = &args.words[words.len()..];
            let images = args.list("image");
            if images.len() > 1 && !command.is_empty() {
                return plain("cannot specify multiple --image options and command");
            }
            let mut containers: Vec<Value> = Vec::new();
            for image in images {
                let container = image.rsplit('/').next().unwrap_or_default();
                let container = container.split([':', '@']).next().unwrap_or_default();
                let container: String = container
                    .to_lowercase()
                    .replace('_', "-")
                    .chars()
                    .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
                    .collect();
                containers.push(json!({"image": image, "name": container, "resources": {}}));
            }
            if images.len() == 1 && !command.is_empty() {
                containers[0]["command"] = command.to_vec().into();
            }
            if args.int("port") >= 0 && !containers.is_empty() {
                containers[0]["ports"] = json!([{"containerPort": args.int("port")}]);
            }
            let object = json!({
                "apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": {"name": name, "labels": {"app": name}},
                "spec": {
                    "replicas": args.int("replicas"),
                    "selector": {"matchLabels": {"app": name}},
                    "strategy": {},
                    "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": containers}},
                },
                "status": {},
            });
            generated(session, args, "deployments", object).await
        })
    },
};

/// `kubectl create namespace`
pub static NAMESPACE: Verb = Verb {
    name: "create namespace",
    aliases: &["ns"],
    flags: &[PRINT, DRY_RUN, SAVE_CONFIG, VALIDATE, MANAGER],
    run: |session, args| {
        Box::pin(async move {
            let name = one_name(args, "create namespace")?;
            let object =
                json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}, "spec": {}, "status": {}});
            generated(session, args, "namespaces", object).await
        })
    },
};

/// `kubectl create serviceaccount`
pub static SERVICEACCOUNT: Verb = Verb {
    name: "create serviceaccount",
    aliases: &["sa"],
    flags: &[PRINT, DRY_RUN, SAVE_CONFIG, VALIDATE, MANAGER],
    run: |session, args| {
        Box::pin(async move {
            let name = one_name(args, "create serviceaccount")?;
            let object = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}});
            generated(session, args, "serviceaccounts", object).await
        })
    },
};

const SOURCE_FLAGS: &[Flag] = &[
    flag("from-file", ' ', Takes::Array, ""),
    flag("from-literal", ' ', Takes::Array, ""),
    flag("from-env-file", ' ', Takes::Array, ""),
    flag("append-hash", ' ', Takes::Bool, "false"),
];
const SECRET_TYPE: &[Flag] = &[flag("type", ' ', Takes::Text, "")];

fn bytes_of(session: &Session, file: &str) -> Outcome<Vec<u8>> {
    session.host.read_file(file).or_else(|error| {
        let error = error.to_lowercase();
        plain(format!("error reading {file}: {error}"))
    })
}

/// The keys and values that `--from-…` name.
pub fn sources(session: &Session, args: &Args, kind: &str, name: &str) -> Outcome<Vec<(String, Vec<u8>)>> {
    let (files, literals, env) = (args.list("from-file"), args.list("from-literal"), args.list("from-env-file"));
    if !env.is_empty() && (!files.is_empty() || !literals.is_empty()) {
        return plain("from-env-file cannot be combined with from-file or from-literal");
    }
    let mut pairs: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |key: &str, value: Vec<u8>| {
        let secret = kind == "Secret";
        let errors = api::names::config_map_key(key);
        if !errors.is_empty() {
            return plain(match secret {
                true => format!("{key:?} is not valid key name for a Secret {}", errors.join(";")),
                false => format!("{key:?} is not a valid key name for a ConfigMap: {}", errors.join(",")),
            });
        }
        if pairs.iter().any(|(known, _)| known == key) {
            return plain(match secret {
                true => format!("cannot add key {key}, another key by that name already exists"),
                false => format!(
                    "cannot add key {key:?}, another key by that name already exists in Data for ConfigMap {name:?}"
                ),
            });
        }
        pairs.push((key.to_owned(), value));
        Ok(())
    };
    for file in files {
        let (key, file) = match file.split_once('=') {
            Some((key, file)) => (key.to_owned(), file),
            None => (file.rsplit('/').next().unwrap_or_default().to_owned(), file.as_str()),
        };
        match (key.as_str(), file) {
            ("", file) => return plain(format!("key name for file path {file} missing")),
            (key, "") => return plain(format!("file path for key name {key} missing")),
            _ => {}
        }
        match session.host.read_dir(file) {
            Ok(names) => {
                for name in names.iter().filter(|name| !name.ends_with('/')) {
                    add(name, bytes_of(session, &format!("{}/{name}", file.trim_end_matches('/')))?)?;
                }
            }
            Err(_) => add(&key, bytes_of(session, file)?)?,
        }
    }
    for literal in literals {
        match literal.split_once('=') {
            // Quotes that the shell leaves belong to the value.
            Some((key, value)) if !key.is_empty() => add(key, value.as_bytes().to_vec())?,
            _ => return plain(format!("invalid literal source {literal}, expected key=value")),
        }
    }
    for file in env {
        let bytes = bytes_of(session, file)?;
        for line in String::from_utf8_lossy(&bytes).lines() {
            let line = line.trim_start();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match line.split_once('=') {
                Some((key, value)) => {
                    environment_name(key)?;
                    add(key, value.as_bytes().to_vec())?;
                }
                None => {
                    environment_name(line)?;
                    // A name alone is taken from the environment, if it is there.
                    if let Some(value) = session.host.env(line) {
                        add(line, value.into_bytes())?;
                    }
                }
            }
        }
    }
    Ok(pairs)
}

fn environment_name(name: &str) -> Outcome {
    match api::names::plain_env_name(name).first() {
        Some(error) => plain(format!("{name:?} is not a valid key name: {error}")),
        None => Ok(()),
    }
}

/// `kubectl create configmap`
pub static CONFIGMAP: Verb = Verb {
    name: "create configmap",
    aliases: &["cm"],
    flags: &[SOURCE_FLAGS, PRINT, DRY_RUN, SAVE_CONFIG, VALIDATE, MANAGER],
    run: |session, args| {
        Box::pin(async move {
            let name = one_name(args, "create configmap")?;
            let mut object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}});
            for (key, value) in sources(session, args, "ConfigMap", name)? {
                match String::from_utf8(value) {
                    Ok(text) => object["data"][key] = text.into(),
                    Err(error) => object["binaryData"][key] = base64::encode(error.as_bytes()).into(),
                }
            }
            generated(session, args, "configmaps", object).await
        })
    },
};

/// `kubectl create secret generic`
pub static SECRET_GENERIC: Verb = Verb {
    name: "create secret generic",
    aliases: &[],
    flags: &[SOURCE_FLAGS, SECRET_TYPE, PRINT, DRY_RUN, SAVE_CONFIG, VALIDATE, MANAGER],
    run: |session, args| {
        Box::pin(async move {
            let name = one_name(args, "create secret generic")?;
            let mut object = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}});
            for (key, value) in sources(session, args, "Secret", name)? {
                object["data"][key] = base64::encode(&value).into();
            }
            if !args.text("type").is_empty() {
                object["type"] = args.text("type").into();
            }
            generated(session, args, "secrets", object).await
        })
    },
};

const TCP: &[Flag] = &[flag("tcp", ' ', Takes::List, "")];
const NODE_PORT: &[Flag] = &[flag("node-port", ' ', Takes::Int, "0")];
const CLUSTER_IP: &[Flag] = &[flag("clusterip", ' ', Takes::Text, "")];
const EXTERNAL_NAME: &[Flag] = &[flag("external-name", ' ', Takes::Text, "")];

fn service(args: &Args, kind: &str) -> Outcome<Value> {
    let verb = format!("create service {}", kind.to_lowercase());
    let name = one_name(args, &verb)?;
    let mut ports: Vec<Value> = Vec::new();
    for pair in args.list("tcp") {
        // What follows a second colon is not looked at.
        let mut parts = pair.split(':');
        let port = parts.next().unwrap_or_default();
        let target = parts.next();
        let number = port.parse::<u16>().or_else(|_| plain(no_number("ParseUint", port)))?;
        let target = match target.map(|target| (target, target.parse::<i64>())) {
            None => number.into(),
            Some((_, Ok(target @ 1..=65535))) => Value::from(target),
            Some((_, Ok(_))) => return plain("must be between 1 and 65535, inclusive"),
            Some((name, Err(_))) => match api::names::port_name(name).as_slice() {
                [] => name.into(),
                errors => return plain(errors.join(",")),
            },
        };
        let mut entry =
            json!({"name": pair.replace(':', "-"), "port": number, "protocol": "TCP", "targetPort": target});
        if args.int("node-port") > 0 {
            entry["nodePort"] = args.int("node-port").into();
        }
        ports.push(entry);
    }
    if ports.is_empty() && kind != "ExternalName" && args.text("clusterip") != "None" {
        return plain("at least one tcp port specifier must be provided");
    }
    let mut spec = Map::new();
    if !ports.is_empty() {
        spec.insert("ports".to_owned(), ports.into());
    }
    spec.insert("selector".to_owned(), json!({"app": name}));
    spec.insert("type".to_owned(), kind.into());
    if !args.text("clusterip").is_empty() {
        spec.insert("clusterIP".to_owned(), args.text("clusterip").into());
    }
    if kind == "ExternalName" {
        required(args, &["external-name"])?;
        spec.insert("externalName".to_owned(), args.text("external-name").into());
    }
    Ok(json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "labels": {"app": name}},
        "spec": spec, "status": {"loadBalancer": {}},
    }))
}

/// Makes and creates a Service; what the server refuses is said with the kind of Service.
fn service_verb<'a>(session: &'a Session, args: &'a Args, kind: &'static str) -> LocalFuture<'a, Outcome> {
    Box::pin(async move {
        let object = service(args, kind)?;
        match generated(session, args, "services", object).await {
            Err(Error::Server(status)) => plain(format!("failed to create {kind} service: {}", status.message)),
            other => other,
        }
    })
}

/// `kubectl create service clusterip`
pub static SERVICE_CLUSTERIP: Verb = Verb {
    name: "create service clusterip",
    aliases: &[],
    flags: &[CLUSTER_IP, TCP, PRINT, DRY_RUN, SAVE_CONFIG, VALIDATE, MANAGER],
    run: |session, args| service_verb(session, args, "ClusterIP"),
};

/// `kubectl create service nodeport`
pub static SERVICE_NODEPORT: Verb = Verb {
    name: "create service nodeport",
    aliases: &[],
    flags: &[NODE_PORT, TCP, PRINT, DRY_RUN, SAVE_CONFIG, VALIDATE, MANAGER],
    run: |session, args| service_verb(session, args, "NodePort"),
};

/// `kubectl create service loadbalancer`
pub static SERVICE_LOADBALANCER: Verb = Verb {
    name: "create service loadbalancer",
    aliases: &[],
    flags: &[TCP, PRINT, DRY_RUN, SAVE_CONFIG, VALIDATE, MANAGER],
    run: |session, args| service_verb(session, args, "LoadBalancer"),
};

/// `kubectl create service externalname`
pub static SERVICE_EXTERNALNAME: Verb = Verb {
    name: "create service externalname",
    aliases: &[],
    flags: &[EXTERNAL_NAME, TCP, PRINT, DRY_RUN, SAVE_CONFIG, VALIDATE, MANAGER],
    run: |session, args| service_verb(session, args, "ExternalName"),
};
