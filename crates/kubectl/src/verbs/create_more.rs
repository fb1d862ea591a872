//! `kubectl create` for Jobs, Secrets of special types, and policy.

use api::{find_resource, path};
use serde_json::{Value, json};

use crate::command::{DRY_RUN, PRINT, SAVE_CONFIG, VALIDATE, Verb};
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::printers::json as json_printer;
use crate::session::Session;
use crate::verbs::create::{MANAGER, sources};
use crate::verbs::create::{generated, one_name, required};
use api::base64;

const JOB_FLAGS: &[Flag] = &[flag("image", ' ', Takes::Text, ""), flag("from", ' ', Takes::Text, "")];

/// The name before `--`, and the command behind it.
fn name_and_command<'a>(args: &'a Args, verb: &str) -> Outcome<(&'a str, &'a [String])> {
    let (words, command) = args.words.split_at(args.dash.unwrap_or(args.words.len()));
    match words {
        [name] => Ok((name, command)),
        words => plain(format!(
            "exactly one NAME is required, got {}\nSee 'kubectl {verb} -h' for help and examples",
            words.len()
        )),
    }
}

fn container(name: &str, image: &str, command: &[String]) -> Value {
    let mut container = json!({"image": image, "name": name, "resources": {}});
    if !command.is_empty() {
        container["command"] = command.to_vec().into();
    }
    container
}

/// `kubectl create job`
pub static JOB: Verb = Verb {
    name: "create job",
    aliases: &[],
    flags: &[JOB_FLAGS, PRINT, DRY_RUN, SAVE_CONFIG, VALIDATE, MANAGER],
    run: |session, args| Box::pin(job(session, args)),
};

async fn job(session: &Session, args: &Args) -> Outcome {
    let (name, command) = name_and_command(args, "create job")?;
    let from = args.text("from");
    let mut object = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}});
    match (args.text("image"), from) {
        ("", "") => return plain("either --image or --from must be specified"),
        (_, "") => {
            let container = container(name, args.text("image"), command);
            object["spec"] =
                json!({"template": {"metadata": {}, "spec": {"containers": [container], "restartPolicy": "Never"}}});
        }
        ("", from) => {
            let cron = match from.split_once('/') {
                Some((kind, cron)) if find_resource(kind).is_some_and(|found| found.kind == "CronJob") => cron,
                Some((kind, name)) => {
                    let resource = session.resource_of(kind)?;
                    session.get(resource, &session.namespace, name).await?;
                    return plain(format!("unknown object type *v1.{}", resource.kind));
                }
                None => return plain("from must be an existing cronjob"),
            };
            let Some(resource) = find_resource("cronjobs") else { return plain("no cronjobs here") };
            let source = session.get(resource, &session.namespace, cron).await?;
            let template = path::get(&source, "spec.jobTemplate");
            object["metadata"]["annotations"] = json!({"cronjob.kubernetes.io/instantiate": "manual"});
            for field in ["labels", "annotations"] {
                for (key, value) in path::object(template, &format!("metadata.{field}")).into_iter().flatten() {
                    object["metadata"][field][key] = value.clone();
                }
            }
            object["metadata"]["ownerReferences"] = json!([{
                "apiVersion": "batch/v1", "kind": "CronJob", "name": cron,
                "uid": path::str(&source, "metadata.uid"), "controller": true,
            }]);
            object["spec"] = template["spec"].clone();
        }
        _ => return plain("either --image or --from must be specified"),
    }
    object["status"] = json!({});
    generated(session, args, "jobs", object).await
}

const CRON_FLAGS: &[Flag] = &[
    flag("image", ' ', Takes::Text, ""),
    flag("schedule", ' ', Takes::Text, ""),
    flag("restart", ' ', Takes::Text, ""),
];

/// `kubectl create cronjob`
pub static CRONJOB: Verb = Verb {
    name: "create cronjob",
    aliases: &["cj"],
    flags: &[CRON_FLAGS, PRINT, DRY_RUN, SAVE_CONFIG, VALIDATE, MANAGER],
    run: |session, args| {
        Box::pin(async move {
            required(args, &["image", "schedule"])?;
            let (name, command) = name_and_command(args, "create cronjob")?;
            let container = container(name, args.text("image"), command);
            let restart = if args.text("restart").is_empty() { "OnFailure" } else { args.text("restart") };
            let template = json!({"metadata": {}, "spec": {"containers": [container], "restartPolicy": restart}});
            let object = json!({
                "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name},
                "spec": {
                    "jobTemplate": {"metadata": {"name": name}, "spec": {"template": template}},
                    "schedule": args.text("schedule"),
                },
                "status": {},
            });
            generated(session, args, "cronjobs", object).await
        })
    },
};

const TLS_FLAGS: &[Flag] = &[
    flag("append-hash", ' ', Takes::Bool, "false"),
    flag("cert", ' ', Takes::Text, ""),
    flag("key", ' ', Takes::Text, ""),
];

/// `kubectl create secret tls`
pub static SECRET_TLS: Verb = Verb {
    name: "create secret tls",
    aliases: &[],
    flags: &[TLS_FLAGS, PRINT, DRY_RUN, SAVE_CONFIG, VALIDATE, MANAGER],
    run: |session, args| {
        Box::pin(async move {
            let name = one_name(args, "create secret tls")?;
            let mut object =
                json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": "kubernetes.io/tls"});
            for (flag, key) in [("cert", "tls.crt"), ("key", "tls.key")] {
                let file = args.text(flag);
                if file.is_empty() {
                    return plain("key and cert must be specified");
                }
                match session.host.read_file(file) {
                    Ok(bytes) if !String::from_utf8_lossy(&bytes).contains("-----BEGIN ") => {
                        let what = if flag == "cert" { "certificate" } else { "key" };
                        return plain(format!("tls: failed to find any PEM data in {what} input"));
                    }
                    Ok(bytes) => object["data"][key] = base64::encode(&bytes).into(),
                    Err(error) => {
                        return plain(format!("Cannot read file {file}, open {file}: {}", error.to_lowercase()));
                    }
                }
            }
            generated(session, args, "secrets", object).await
        })
    },
};

const REGISTRY_FLAGS: &[Flag] = &[
    flag("append-hash", ' ', Takes::Bool, "false"),
    flag("from-file", ' ', Takes::Array, ""),
    flag("docker-username", ' ', Takes::Text, ""),
    flag("docker-password", ' ', Takes::Text, ""),
    flag("docker-email", ' ', Takes::Text, ""),
    flag("docker-server", ' ', Takes::Text, "https://index.docker.io/v1/"),
];

/// `kubectl create secret docker-registry`
pub static SECRET_REGISTRY: Verb = Verb {
    name: "create secret docker-registry",
    aliases: &[],
    flags: &[REGISTRY_FLAGS, PRINT, DRY_RUN, SAVE_CONFIG, VALIDATE, MANAGER],
    run: |session, args| {
        Box::pin(async move {
            let name = one_name(args, "create secret docker-registry")?;
            let (user, password) = (args.text("docker-username"), args.text("docker-password"));
            let mut object = json!({
                "apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": "kubernetes.io/dockerconfigjson",
            });
            if !args.list("from-file").is_empty() {
                for (key, value) in sources(session, args, "Secret", name)? {
                    object["data"][key] = base64::encode(&value).into();
                }
                return generated(session, args, "secrets", object).await;
            }
            if user.is_empty() || password.is_empty() || args.text("docker-server").is_empty() {
                return plain(
                    "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
                );
            }
            let auth = base64::encode(format!("{user}:{password}").as_bytes());
            // In the order of Go's structure.
            let fields =
                [("username", user), ("password", password), ("email", args.text("docker-email")), ("auth", &auth)];
            let fields = fields.iter().filter(|(_, text)| !text.is_empty());
            let quoted = |text: &str| json_printer::compact(&text.into());
            let fields: Vec<String> = fields.map(|(name, text)| format!("{}:{}", quoted(name), quoted(text))).collect();
            let config = format!("{{\"auths\":{{{}:{{{}}}}}}}", quoted(args.text("docker-server")), fields.join(","));
            object["data"] = json!({".dockerconfigjson": base64::encode(config.as_bytes())});
            generated(session, args, "secrets", object).await
        })
    },
};

const QUOTA_FLAGS: &[Flag] = &[flag("hard", ' ', Takes::Text, ""), flag("scopes", ' ', Takes::Text, "")];

/// `kubectl create quota`
pub static QUOTA: Verb = Verb {
    name: "create quota",
    aliases: &["resourcequota"],
    flags: &[QUOTA_FLAGS, PRINT, DRY_RUN, SAVE_CONFIG, VALIDATE, MANAGER],
    run: |session, args| {
        Box::pin(async move {
            let name = one_name(args, "create quota")?;
            let mut object = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": name}, "spec": {}, "status": {}});
            for pair in args.text("hard").split(',').filter(|pair| !pair.is_empty()) {
                match pair.split_once('=') {
                    Some((_, value)) if api::Quantity::parse(value).is_err() => {
                        return plain(
                            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
                        );
                    }
                    Some((key, value)) => object["spec"]["hard"][key] = value.into(),
                    None => return plain(format!("Invalid argument syntax {pair}, expected <resource>=<value>")),
                }
            }
            if !args.text("scopes").is_empty() {
                object["spec"]["scopes"] = args.text("scopes").split(',').collect();
            }
            generated(session, args, "resourcequotas", object).await
        })
    },
};

const INGRESS_FLAGS: &[Flag] = &[
    flag("annotation", ' ', Takes::Array, ""),
    flag("default-backend", ' ', Takes::Text, ""),
    flag("rule", ' ', Takes::Array, ""),
    flag("class", ' ', Takes::Text, ""),
];

fn ingress_backend(service: &str, port: &str) -> Value {
    let port = port.parse::<u16>().map_or_else(|_| json!({"name": port}), |port| json!({"number": port}));
    json!({"service": {"name": service, "port": port}})
}

/// Adds what `host/path*=service:port,tls=secret` says: a path to its host's rule, the host to its secret's.
fn ingress_rule(rule: &str, rules: &mut Vec<Value>, tls: &mut Vec<Value>) -> Option<()> {
    let (place, secret) = match rule.split_once(',') {
        Some((place, rest)) if rest == "tls" || rest.starts_with("tls=") => {
            (place, Some(rest.trim_start_matches("tls")))
        }
        Some(_) => return None,
        None => (rule, None),
    };
    let (place, backend) = place.split_once('=')?;
    let (service, port) = backend.split_once(':')?;
    let (host, at) = place.split_at(place.find('/')?);
    if service.is_empty() || port.is_empty() {
        return None;
    }
    let (at, kind) = at.strip_suffix('*').map_or((at, "Exact"), |prefix| (prefix, "Prefix"));
    let path = json!({"path": at, "pathType": kind, "backend": ingress_backend(service, port)});
    match rules.iter_mut().find(|known| path::str(known, "host") == host) {
        Some(known) => known["http"]["paths"].as_array_mut()?.push(path),
        None => {
            let mut entry = json!({"http": {"paths": [path]}});
            if !host.is_empty() {
                entry["host"] = host.into();
            }
            rules.push(entry);
        }
    }
    let Some(secret) = secret.map(|secret| secret.trim_start_matches('=')) else { return Some(()) };
    let has = |entry: &Value| path::list(entry, "hosts").iter().any(|known| known == host);
    if tls.iter().any(has) {
        return Some(());
    }
    if let Some(known) = tls.iter_mut().find(|entry| path::str(entry, "secretName") == secret) {
        known["hosts"].as_array_mut()?.push(host.into());
        return Some(());
    }
    let mut entry = json!({});
    if !host.is_empty() {
        entry["hosts"] = json!([host]);
    }
    if !secret.is_empty() {
        entry["secretName"] = secret.into();
    }
    if entry.as_object().is_some_and(|entry| !entry.is_empty()) {
        tls.push(entry);
    }
    Some(())
}

/// `kubectl create ingress`
pub static INGRESS: Verb = Verb {
    name: "create ingress",
    aliases: &["ing"],
    flags: &[INGRESS_FLAGS, PRINT, DRY_RUN, SAVE_CONFIG, VALIDATE, MANAGER],
    run: |session, args| {
        Box::pin(async move {
            let name = one_name(args, "create ingress")?;
            let default = args.text("default-backend");
            if args.list("rule").is_empty() && default.is_empty() {
                return plain(
                    "not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)",
                );
            }
            let (mut rules, mut tls): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
            for rule in args.list("rule") {
                if ingress_rule(rule, &mut rules, &mut tls).is_none() {
                    return plain(format!(
                        "rule {rule} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"
                    ));
                }
            }
            let mut object = json!({
                "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": name},
                "spec": {}, "status": {"loadBalancer": {}},
            });
            for (field, list) in [("rules", rules), ("tls", tls)] {
                if !list.is_empty() {
                    object["spec"][field] = list.into();
                }
            }
            for annotation in args.list("annotation") {
                let Some((key, value)) = annotation.split_once('=') else {
                    return plain(format!("annotation {annotation} is invalid and should be in format key=[value]"));
                };
                object["metadata"]["annotations"][key] = value.into();
            }
            if !default.is_empty() {
                let Some((service, port)) = default.split_once(':').filter(|(_, port)| !port.contains(':')) else {
                    return plain("default-backend should be in format servicename:serviceport");
                };
                object["spec"]["defaultBackend"] = ingress_backend(service, port);
            }
            if !args.text("class").is_empty() {
                object["spec"]["ingressClassName"] = args.text("class").into();
            }
            generated(session, args, "ingresses", object).await
        })
    },
};

const PDB_FLAGS: &[Flag] = &[
    flag("min-available", ' ', Takes::Text, ""),
    flag("max-unavailable", ' ', Takes::Text, ""),
    flag("selector", ' ', Takes::Text, ""),
];

/// `kubectl create poddisruptionbudget`
pub static PDB: Verb = Verb {
    name: "create poddisruptionbudget",
    aliases: &["pdb"],
    flags: &[PDB_FLAGS, PRINT, DRY_RUN, SAVE_CONFIG, VALIDATE, MANAGER],
    run: |session, args| {
        Box::pin(async move {
            let name = one_name(args, "create poddisruptionbudget")?;
            if args.text("selector").is_empty() {
                return plain("a selector must be specified");
            }
            let mut spec = json!({});
            for pair in args.text("selector").split(',') {
                match pair.split_once('=') {
                    Some((key, value)) => spec["selector"]["matchLabels"][key] = value.trim_start_matches('=').into(),
                    None => return plain(format!("a selector of the form key=value is needed, not {pair}")),
                }
            }
            let number = |text: &str| text.parse::<u32>().map_or_else(|_| text.into(), Value::from);
            match (args.text("min-available"), args.text("max-unavailable")) {
                ("", "") => return plain("one of min-available or max-unavailable must be specified"),
                (least, "") => spec["minAvailable"] = number(least),
                ("", most) => spec["maxUnavailable"] = number(most),
                _ => return plain("min-available and max-unavailable cannot be both specified"),
            }
            let status = json!({"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0});
            let object = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name}, "spec": spec, "status": status});
            generated(session, args, "poddisruptionbudgets", object).await
        })
    },
};

const PRIORITY_FLAGS: &[Flag] = &[
    flag("preemption-policy", ' ', Takes::Text, "PreemptLowerPriority"),
    flag("value", ' ', Takes::Int, "0"),
    flag("global-default", ' ', Takes::Bool, "false"),
    flag("description", ' ', Takes::Text, ""),
];

/// `kubectl create priorityclass`
pub static PRIORITY_CLASS: Verb = Verb {
    name: "create priorityclass",
    aliases: &["pc"],
    flags: &[PRIORITY_FLAGS, PRINT, DRY_RUN, SAVE_CONFIG, VALIDATE, MANAGER],
    run: |session, args| {
        Box::pin(async move {
            let name = one_name(args, "create priorityclass")?;
            if i32::try_from(args.int("value")).is_err() {
                let value = args.text("value");
                return Err(Error::Verbatim(format!(
                    "error: invalid argument {value:?} for \"--value\" flag: strconv.ParseInt: parsing {value:?}: value out of range\nSee 'kubectl create priorityclass --help' for usage."
                )));
            }
            let mut object = json!({
                "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name},
                "value": args.int("value"), "preemptionPolicy": args.text("preemption-policy"),
            });
            if args.on("global-default") {
                object["globalDefault"] = true.into();
            }
            if !args.text("description").is_empty() {
                object["description"] = args.text("description").into();
            }
            generated(session, args, "priorityclasses", object).await
        })
    },
};
