//! `kubectl expose`: a Service for what has Pods.

use api::path;
use serde_json::{Value, json};

use crate::command::{DRY_RUN, FILES, PRINT, SAVE_CONFIG, Verb, field_manager};
use crate::dry_run::DryRun;
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag, no_number};
use crate::printers::{self, Output};
use crate::session::Session;
use crate::target::{self, Selection, Target, resource_of};
use crate::verbs::apply::with_last_applied;
use crate::verbs::run::overrides;

const FLAGS: &[Flag] = &[
    flag("name", ' ', Takes::Text, ""),
    flag("port", ' ', Takes::Text, ""),
    flag("target-port", ' ', Takes::Text, ""),
    flag("protocol", ' ', Takes::Text, ""),
    flag("type", ' ', Takes::Text, ""),
    flag("labels", 'l', Takes::Text, ""),
    flag("cluster-ip", ' ', Takes::Text, ""),
    flag("external-ip", ' ', Takes::Text, ""),
    flag("session-affinity", ' ', Takes::Text, ""),
    flag("overrides", ' ', Takes::Text, ""),
    flag("override-type", ' ', Takes::Text, "merge"),
    flag("load-balancer-ip", ' ', Takes::Text, ""),
    flag("selector", ' ', Takes::Text, ""),
];

/// The verb.
pub static VERB: Verb = Verb {
    name: "expose",
    aliases: &[],
    flags: &[FLAGS, FILES, PRINT, DRY_RUN, SAVE_CONFIG, &[field_manager("kubectl-expose")]],
    run: |session, args| Box::pin(expose(session, args)),
};

async fn expose(session: &Session, args: &Args) -> Outcome {
    let dry_run = DryRun::of(args)?;
    let output = printers::output(&*session.host, args, false)?;
    if args.words.is_empty() && !args.names_files() {
        return plain(target::NO_RESOURCES);
    }
    let whole = !args.names_files() && matches!(target::select_arguments(session, &args.words)?, Selection::Kinds(_));
    if whole {
        return plain("resource(s) were provided, but no name was specified");
    }
    let (targets, mut errors) = target::find_by(session, args, &args.words, "").await?;
    for target in targets {
        let mut service = service_of(args, &target)?;
        overrides(args, &mut service)?;
        session.record(&mut service);
        // A client's dry run shows only what was asked for.
        if session.explicit_namespace || dry_run != DryRun::Client {
            path::set(&mut service, "metadata.namespace", target.namespace.clone());
        }
        if args.on("save-config") && dry_run != DryRun::Client {
            service = with_last_applied(&service);
        }
        let services = resource_of("services")?;
        let query = [dry_run.query(), ("fieldManager", args.text("field-manager"))];
        let made = match dry_run {
            DryRun::Client => Ok(service),
            _ => session.create(services, &target.namespace, service, &query).await,
        };
        match made {
            Ok(object) => {
                let made = Target::of(services, object);
                let text = match &output {
                    Output::Human => format!("{} exposed{}\n", made.label(), dry_run.suffix()),
                    output => printers::one(session, output, made)?,
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
    let given = selector_given(args)?;
    let (selector, pod_spec) = match target.resource.kind {
        _ if given.is_object() => (given, pod_spec_of(object)),
        "Pod" => (path::get(object, "metadata.labels").clone(), &object["spec"]),
        "Service" => (path::get(object, "spec.selector").clone(), &object["spec"]),
        "ReplicationController" => {
            (path::get(object, "spec.selector").clone(), path::get(object, "spec.template.spec"))
        }
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
            let port = text.parse::<i64>().or_else(|_| plain(no_number("Atoi", text)))?;
            given.push((port.into(), "TCP".to_owned()));
        }
        found = given;
    }
    if found.is_empty() {
        return plain("couldn't find port via --port flag or introspection");
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
    if args.text("type") == "LoadBalancer" && !args.text("load-balancer-ip").is_empty() {
        service["spec"]["loadBalancerIP"] = args.text("load-balancer-ip").into();
    }
    if !args.text("external-ip").is_empty() {
        service["spec"]["externalIPs"] = json!([args.text("external-ip")]);
    }
    Ok(service)
}

/// What `--selector` says, as labels; null when it says nothing.
fn selector_given(args: &Args) -> Outcome<Value> {
    let mut labels = Value::Null;
    for pair in args.text("selector").split(',').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some((key, value)) => labels[key.trim_end_matches('=')] = value.trim_start_matches('=').into(),
            None => return plain(format!("couldn't convert selector: unexpected label spec: {pair}")),
        }
    }
    Ok(labels)
}

fn pod_spec_of(object: &Value) -> &Value {
    match path::get(object, "spec.template.spec") {
        Value::Null => &object["spec"],
        spec => spec,
    }
}

fn protocol(port: &Value) -> String {
    match path::str(port, "protocol") {
        "" => "TCP".to_owned(),
        protocol => protocol.to_owned(),
    }
}
