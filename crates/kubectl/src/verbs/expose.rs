//! `kubectl expose`: a Service for what has Pods.

use api::path;
use serde_json::{Value, json};

use crate::command::{DRY_RUN, FILES, PRINT, SELECTOR, Verb, WRITE};
use crate::dry_run::DryRun;
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::printers::{self, Output};
use crate::session::Session;
use crate::target::{self, Target, resource_of};
use crate::verbs::run::overrides;

const FLAGS: &[Flag] = &[
    flag("name", ' ', Takes::Text, "", "The name for the newly created object."),
    flag("port", ' ', Takes::Text, "", "The port that the service should serve on."),
    flag(
        "target-port",
        ' ',
        Takes::Text,
        "",
        "Name or number for the port on the container that the service should direct traffic to.",
    ),
    flag("protocol", ' ', Takes::Text, "", "The network protocol for the service to be created. Default is 'TCP'."),
    flag(
        "type",
        ' ',
        Takes::Text,
        "",
        "Type for this service: ClusterIP, NodePort, LoadBalancer, or ExternalName. Default is 'ClusterIP'.",
    ),
    flag("labels", ' ', Takes::Text, "", "Labels to apply to the service created by this call."),
    flag("cluster-ip", ' ', Takes::Text, "", "ClusterIP to be assigned to the service."),
    flag(
        "external-ip",
        ' ',
        Takes::Text,
        "",
        "Additional external IP address (not managed by Kubernetes) to accept for the service.",
    ),
    flag("session-affinity", ' ', Takes::Text, "", "If non-empty, set the session affinity for the service to this."),
    flag("overrides", ' ', Takes::Text, "", "An inline JSON override for the generated object."),
];

/// The verb.
pub static VERB: Verb = Verb {
    name: "expose",
    aliases: &[],
    usage: "(-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] [--type=type] [options]",
    short: "Expose a resource as a new Kubernetes service",
    long: "",
    examples: &[
        "kubectl expose deployment nginx --port=80 --target-port=8000",
        "kubectl expose pod valid-pod --port=444 --name=frontend",
    ],
    flags: &[FLAGS, FILES, PRINT, SELECTOR, DRY_RUN, WRITE],
    run: |session, args| Box::pin(expose(session, args)),
};

async fn expose(session: &Session, args: &Args) -> Outcome {
    let dry_run = DryRun::of(args)?;
    let output = printers::output(&*session.host, args, false)?;
    if args.words.is_empty() && !args.names_files() {
        return plain(target::NO_RESOURCES);
    }
    let (targets, mut errors) = target::find(session, args, &args.words).await?;
    for target in targets {
        let mut service = service_of(args, &target)?;
        overrides(args, &mut service)?;
        path::set(&mut service, "metadata.namespace", target.namespace.clone());
        let services = resource_of("services")?;
        let query = [dry_run.query(), ("fieldManager", "kubectl-expose")];
        let made = match dry_run {
            DryRun::Client => Ok(service),
            _ => session.create(services, &target.namespace, service, &query).await,
        };
        match made {
            Ok(object) => {
                let made = Target::of(services, object);
                let text = match &output {
                    Output::Human => format!("{} exposed{}\n", made.label(), dry_run.suffix()),
                    output => printers::objects(output, &[made], true)?,
                };
                session.out(&text).await;
            }
            Err(error) => errors.push(error),
        }
    }
    Error::all(errors)
}

fn service_of(args: &Args, target: &Target) -> Outcome<Value> {
    let object = &target.object;
    let (selector, pod_spec) = match target.resource.kind {
        "Pod" => (path::get(object, "metadata.labels").clone(), &object["spec"]),
        "Service" => (path::get(object, "spec.selector").clone(), &object["spec"]),
        "Deployment" | "ReplicaSet" | "StatefulSet" => {
            if !path::list(object, "spec.selector.matchExpressions").is_empty() {
                return plain(
                    "couldn't retrieve selectors via --selector flag or introspection: couldn't convert expressions - \"matchExpressions\" to map-based selector format",
                );
            }
            (path::get(object, "spec.selector.matchLabels").clone(), path::get(object, "spec.template.spec"))
        }
        kind => return plain(format!("cannot expose a {kind}")),
    };
    if selector.as_object().is_none_or(serde_json::Map::is_empty) {
        return plain(
            "couldn't retrieve selectors via --selector flag or introspection: the pod has no labels and cannot be exposed",
        );
    }
    let mut found: Vec<(Value, String)> = Vec::new();
    if target.resource.kind == "Service" {
        found.extend(path::list(pod_spec, "ports").iter().map(|port| (port["port"].clone(), protocol(port))));
    } else {
        for container in path::list(pod_spec, "containers") {
            let ports = path::list(container, "ports").iter();
            found.extend(ports.map(|port| (port["containerPort"].clone(), protocol(port))));
        }
    }
    if !args.text("port").is_empty() {
        let mut given = Vec::new();
        for text in args.text("port").split(',') {
            match text.parse::<u16>() {
                Ok(port) => given.push((Value::from(port), "TCP".to_owned())),
                Err(_) => return plain(format!("strconv.Atoi: parsing {text:?}: invalid syntax")),
            }
        }
        found = given;
    }
    if found.is_empty() {
        return plain(
            "couldn't find port via --port flag or introspection\nSee 'kubectl expose -h' for help and examples",
        );
    }
    let many = found.len() > 1;
    let mut ports = Vec::new();
    for (index, (port, protocol)) in found.into_iter().enumerate() {
        let protocol = if args.text("protocol").is_empty() { protocol } else { args.text("protocol").to_uppercase() };
        let target_port = match args.text("target-port") {
            "" => port.clone(),
            text => text.parse::<u16>().map_or_else(|_| text.into(), Value::from),
        };
        let mut entry = json!({"port": port, "protocol": protocol, "targetPort": target_port});
        if many {
            entry["name"] = format!("port-{}", index + 1).into();
        }
        ports.push(entry);
    }
    let name = match args.text("name") {
        "" => target.name.as_str(),
        name => name,
    };
    let mut service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
        "spec": {"ports": ports, "selector": selector}, "status": {"loadBalancer": {}},
    });
    let labels = path::get(object, "metadata.labels");
    if args.text("labels").is_empty() {
        if !labels.is_null() {
            service["metadata"]["labels"] = labels.clone();
        }
    } else {
        for pair in args.text("labels").split(',') {
            match pair.split_once('=') {
                Some((key, value)) => service["metadata"]["labels"][key] = value.into(),
                None => return plain(format!("unexpected label spec: {pair}")),
            }
        }
    }
    for (flag, field) in [("type", "type"), ("cluster-ip", "clusterIP"), ("session-affinity", "sessionAffinity")] {
        if !args.text(flag).is_empty() {
            service["spec"][field] = args.text(flag).into();
        }
    }
    if !args.text("external-ip").is_empty() {
        service["spec"]["externalIPs"] = json!([args.text("external-ip")]);
    }
    Ok(service)
}

fn protocol(port: &Value) -> String {
    match path::str(port, "protocol") {
        "" => "TCP".to_owned(),
        protocol => protocol.to_owned(),
    }
}
