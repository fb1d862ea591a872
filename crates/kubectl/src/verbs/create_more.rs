//! `kubectl create` for Jobs, Secrets of special types, and policy.

use api::{find_resource, path};
use serde_json::{Value, json};

use crate::command::{DRY_RUN, PRINT, Verb, WRITE};
use crate::error::{Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::session::Session;
use crate::verbs::create::{generated, one_name, required};
use api::base64;

const JOB_FLAGS: &[Flag] = &[
    flag("image", ' ', Takes::Text, "", "Image name to run."),
    flag("from", ' ', Takes::Text, "", "The name of the resource to create a Job from (only cronjob is supported)."),
];

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
    usage: "NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...] [options]",
    short: "Create a job with the specified name",
    long: "",
    examples: &[
        "kubectl create job my-job --image=busybox -- date",
        "kubectl create job test-job --from=cronjob/a-cronjob",
    ],
    flags: &[JOB_FLAGS, PRINT, DRY_RUN, WRITE],
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
                _ => return plain("from must be an existing cronjob"),
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
    flag("image", ' ', Takes::Text, "", "Image name to run."),
    flag("schedule", ' ', Takes::Text, "", "A schedule in the Cron format the job should be run with."),
    flag("restart", ' ', Takes::Text, "OnFailure", "job's restart policy. supported values: OnFailure, Never"),
];

/// `kubectl create cronjob`
pub static CRONJOB: Verb = Verb {
    name: "create cronjob",
    aliases: &["cj"],
    usage: "NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...] [flags] [options]",
    short: "Create a cron job with the specified name",
    long: "",
    examples: &["kubectl create cronjob my-job --image=busybox --schedule=\"*/1 * * * *\" -- date"],
    flags: &[CRON_FLAGS, PRINT, DRY_RUN, WRITE],
    run: |session, args| {
        Box::pin(async move {
            required(args, &["image", "schedule"])?;
            let (name, command) = name_and_command(args, "create cronjob")?;
            let container = container(name, args.text("image"), command);
            let template =
                json!({"metadata": {}, "spec": {"containers": [container], "restartPolicy": args.text("restart")}});
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
    flag("cert", ' ', Takes::Text, "", "Path to PEM encoded public key certificate."),
    flag("key", ' ', Takes::Text, "", "Path to private key associated with given certificate."),
];

/// `kubectl create secret tls`
pub static SECRET_TLS: Verb = Verb {
    name: "create secret tls",
    aliases: &[],
    usage: "NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none] [options]",
    short: "Create a TLS secret",
    long: "",
    examples: &["kubectl create secret tls tls-secret --cert=path/to/tls.crt --key=path/to/tls.key"],
    flags: &[TLS_FLAGS, PRINT, DRY_RUN, WRITE],
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
    flag("docker-username", ' ', Takes::Text, "", "Username for Docker registry authentication"),
    flag("docker-password", ' ', Takes::Text, "", "Password for Docker registry authentication"),
    flag("docker-email", ' ', Takes::Text, "", "Email for Docker registry"),
    flag("docker-server", ' ', Takes::Text, "https://index.docker.io/v1/", "Server location for Docker registry"),
];

/// `kubectl create secret docker-registry`
pub static SECRET_REGISTRY: Verb = Verb {
    name: "create secret docker-registry",
    aliases: &[],
    usage: "NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string] [options]",
    short: "Create a secret for use with a Docker registry",
    long: "",
    examples: &[
        "kubectl create secret docker-registry my-secret --docker-server=DOCKER_REGISTRY_SERVER --docker-username=DOCKER_USER --docker-password=DOCKER_PASSWORD",
    ],
    flags: &[REGISTRY_FLAGS, PRINT, DRY_RUN, WRITE],
    run: |session, args| {
        Box::pin(async move {
            let name = one_name(args, "create secret docker-registry")?;
            let (user, password) = (args.text("docker-username"), args.text("docker-password"));
            if user.is_empty() || password.is_empty() {
                return plain(
                    "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
                );
            }
            let auth = base64::encode(format!("{user}:{password}").as_bytes());
            let mut entry = json!({"username": user, "password": password, "auth": auth});
            if !args.text("docker-email").is_empty() {
                entry["email"] = args.text("docker-email").into();
            }
            let mut config = json!({"auths": {}});
            config["auths"][args.text("docker-server")] = entry;
            let object = json!({
                "apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": "kubernetes.io/dockerconfigjson",
                "data": {".dockerconfigjson": base64::encode(config.to_string().as_bytes())},
            });
            generated(session, args, "secrets", object).await
        })
    },
};

const QUOTA_FLAGS: &[Flag] = &[
    flag("hard", ' ', Takes::Text, "", "A comma-delimited set of resource=quantity pairs that define a hard limit."),
    flag(
        "scopes",
        ' ',
        Takes::Text,
        "",
        "A comma-delimited set of quota scopes that must all match each object tracked by the quota.",
    ),
];

/// `kubectl create quota`
pub static QUOTA: Verb = Verb {
    name: "create quota",
    aliases: &["resourcequota"],
    usage: "NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [--dry-run=server|client|none] [options]",
    short: "Create a quota with the specified name",
    long: "",
    examples: &["kubectl create quota my-quota --hard=cpu=1,memory=1G,pods=2"],
    flags: &[QUOTA_FLAGS, PRINT, DRY_RUN, WRITE],
    run: |session, args| {
        Box::pin(async move {
            let name = one_name(args, "create quota")?;
            let mut object = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": name}, "spec": {}, "status": {}});
            for pair in args.text("hard").split(',').filter(|pair| !pair.is_empty()) {
                match pair.split_once('=') {
                    Some((key, value)) => object["spec"]["hard"][key] = value.into(),
                    None => return plain(format!("invalid argument syntax {pair}, expected <resource>=<value>")),
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
    flag("rule", ' ', Takes::Array, "", "Rule in format host/path=service:port[,tls=secretname]."),
    flag("class", ' ', Takes::Text, "", "Ingress Class to be used"),
];

/// `kubectl create ingress`
pub static INGRESS: Verb = Verb {
    name: "create ingress",
    aliases: &["ing"],
    usage: "NAME --rule=host/path=service:port[,tls[=secret]] [options]",
    short: "Create an ingress with the specified name",
    long: "",
    examples: &["kubectl create ingress simple --rule=\"foo.com/bar=svc1:8080\""],
    flags: &[INGRESS_FLAGS, PRINT, DRY_RUN, WRITE],
    run: |session, args| {
        Box::pin(async move {
            let name = one_name(args, "create ingress")?;
            if args.list("rule").is_empty() {
                return plain(
                    "not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)",
                );
            }
            let mut rules: Vec<Value> = Vec::new();
            for rule in args.list("rule") {
                let bad = || {
                    plain(format!(
                        "rule {rule} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"
                    ))
                };
                let rule_part = rule.split(',').next().unwrap_or_default();
                let Some((place, backend)) = rule_part.split_once('=') else { return bad() };
                let Some((service, port)) = backend.split_once(':') else { return bad() };
                let (host, at) = place.find('/').map_or((place, "/"), |slash| place.split_at(slash));
                let (at, kind) = at.strip_suffix('*').map_or((at, "Exact"), |prefix| (prefix, "Prefix"));
                let port = port.parse::<u16>().map_or_else(|_| json!({"name": port}), |port| json!({"number": port}));
                let path =
                    json!({"path": at, "pathType": kind, "backend": {"service": {"name": service, "port": port}}});
                let mut entry = json!({"http": {"paths": [path]}});
                if !host.is_empty() {
                    entry["host"] = host.into();
                }
                rules.push(entry);
            }
            let mut object = json!({
                "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": name},
                "spec": {"rules": rules}, "status": {"loadBalancer": {}},
            });
            if !args.text("class").is_empty() {
                object["spec"]["ingressClassName"] = args.text("class").into();
            }
            generated(session, args, "ingresses", object).await
        })
    },
};

const PDB_FLAGS: &[Flag] = &[
    flag(
        "min-available",
        ' ',
        Takes::Text,
        "",
        "The minimum number or percentage of available pods this budget requires.",
    ),
    flag(
        "max-unavailable",
        ' ',
        Takes::Text,
        "",
        "The maximum number or percentage of unavailable pods this budget requires.",
    ),
    flag("selector", ' ', Takes::Text, "", "A label selector to use for this budget."),
];

/// `kubectl create poddisruptionbudget`
pub static PDB: Verb = Verb {
    name: "create poddisruptionbudget",
    aliases: &["pdb"],
    usage: "NAME --selector=SELECTOR --min-available=N [--dry-run=server|client|none] [options]",
    short: "Create a pod disruption budget with the specified name",
    long: "",
    examples: &["kubectl create poddisruptionbudget my-pdb --selector=app=rails --min-available=1"],
    flags: &[PDB_FLAGS, PRINT, DRY_RUN, WRITE],
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
            let object = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name}, "spec": spec, "status": {}});
            generated(session, args, "poddisruptionbudgets", object).await
        })
    },
};

const PRIORITY_FLAGS: &[Flag] = &[
    flag("value", ' ', Takes::Int, "0", "the value of this priority class."),
    flag(
        "global-default",
        ' ',
        Takes::Bool,
        "false",
        "global-default specifies whether this PriorityClass should be considered as the default priority.",
    ),
    flag(
        "description",
        ' ',
        Takes::Text,
        "",
        "description is an arbitrary string that usually provides guidelines on when this priority class should be used.",
    ),
];

/// `kubectl create priorityclass`
pub static PRIORITY_CLASS: Verb = Verb {
    name: "create priorityclass",
    aliases: &["pc"],
    usage: "NAME --value=VALUE --global-default=BOOL [--dry-run=server|client|none] [options]",
    short: "Create a priority class with the specified name",
    long: "",
    examples: &["kubectl create priorityclass high-priority --value=1000"],
    flags: &[PRIORITY_FLAGS, PRINT, DRY_RUN, WRITE],
    run: |session, args| {
        Box::pin(async move {
            let name = one_name(args, "create priorityclass")?;
            let mut object = json!({
                "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name},
                "value": args.int("value"), "preemptionPolicy": "PreemptLowerPriority",
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
