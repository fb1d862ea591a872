//! `kubectl cluster-info dump`: what somebody who helps from afar wants to see.

use api::{Body, Request, Resource, find_resource, path};
use serde_json::Value;

use crate::command::Verb;
use crate::error::{Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag, not_simulated};
use crate::printers::json;
use crate::session::Session;

const FLAGS: &[Flag] = &[
    flag("all-namespaces", 'A', Takes::Bool, "false"),
    flag("namespaces", ' ', Takes::List, ""),
    flag("output", 'o', Takes::Text, "json"),
    flag("allow-missing-template-keys", ' ', Takes::Bool, "true"),
    not_simulated("show-managed-fields", Takes::Bool, "false"),
    not_simulated("template", Takes::Text, ""),
    flag("output-directory", ' ', Takes::Text, ""),
    flag("pod-running-timeout", ' ', Takes::Duration, "20s"),
];

/// The verb.
pub static VERB: Verb = Verb {
    name: "cluster-info dump",
    aliases: &[],
    flags: &[FLAGS],
    run: |session, args| Box::pin(dump(session, args)),
};

/// What is dumped of each namespace, and the file it goes to.
const LISTS: [(&str, &str); 7] = [
    ("events", "events"),
    ("replicationcontrollers", "replication-controllers"),
    ("services", "services"),
    ("daemonsets.apps", "daemonsets"),
    ("deployments.apps", "deployments"),
    ("replicasets.apps", "replicasets"),
    ("pods", "pods"),
];

async fn dump(session: &Session, args: &Args) -> Outcome {
    let yaml = match args.text("output") {
        "json" => false,
        "yaml" => true,
        other => {
            return plain(format!(
                "unable to match a printer suitable for the output format {other:?}, allowed formats are: json,yaml"
            ));
        }
    };
    let Some(nodes) = find_resource("nodes") else { return plain("no nodes here") };
    list(session, args, yaml, nodes, "", "nodes").await?;
    let namespaces: Vec<String> = if args.on("all-namespaces") {
        let Some(resource) = find_resource("namespaces") else { return Ok(()) };
        let all = session.list(resource, "", &[]).await?;
        all.iter().map(|one| path::str(one, "metadata.name").to_owned()).collect()
    } else if args.list("namespaces").is_empty() {
        vec!["kube-system".to_owned(), session.namespace.clone()]
    } else {
        args.list("namespaces").to_vec()
    };
    for namespace in &namespaces {
        let mut pods = Value::Null;
        for (name, file) in LISTS {
            let Some(resource) = find_resource(name) else { continue };
            pods = list(session, args, yaml, resource, namespace, &format!("{namespace}/{file}")).await?;
        }
        for pod in path::list(&pods, "items") {
            logs(session, args, namespace, pod).await?;
        }
    }
    let folder = args.text("output-directory");
    if !matches!(folder, "" | "-") {
        session.out(&format!("Cluster info dumped to {folder}\n")).await;
    }
    Ok(())
}

async fn list(
    session: &Session,
    args: &Args,
    yaml: bool,
    resource: &Resource,
    namespace: &str,
    file: &str,
) -> Outcome<Value> {
    let namespace = Some(namespace).filter(|namespace| !namespace.is_empty());
    let mut value = session.json(Request::get(resource.path(namespace, None))).await?;
    for item in value["items"].as_array_mut().into_iter().flatten() {
        path::remove(item, "metadata.managedFields");
    }
    let (text, extension) = match yaml {
        true => (manifest::to_yaml(&value), "yaml"),
        false => (json::pretty(&value) + "\n", "json"),
    };
    write(session, args, &format!("{file}.{extension}"), &text).await?;
    Ok(value)
}

async fn logs(session: &Session, args: &Args, namespace: &str, pod: &Value) -> Outcome {
    let name = path::str(pod, "metadata.name");
    let Some(pods) = find_resource("pods") else { return Ok(()) };
    let mut text = String::new();
    let containers = path::list(pod, "spec.initContainers").iter().chain(path::list(pod, "spec.containers"));
    for container in containers.map(|one| path::str(one, "name")) {
        text.push_str(&format!("==== START logs for container {container} of pod {namespace}/{name} ====\n"));
        let request = Request::get(format!("{}/log", pods.path(Some(namespace), Some(name))));
        match session.send(request.with_query("container", container)).await.body {
            Body::Text(log) => text.push_str(&log),
            Body::Json(status) => text.push_str(&format!("Request log error: {}\n", path::str(&status, "message"))),
            _ => {}
        }
        text.push_str(&format!("==== END logs for container {container} of pod {namespace}/{name} ====\n"));
    }
    write(session, args, &format!("{namespace}/{name}/logs.txt"), &text).await
}

async fn write(session: &Session, args: &Args, file: &str, text: &str) -> Outcome {
    match args.text("output-directory") {
        "" | "-" => session.out(text).await,
        folder => {
            let file = format!("{}/{file}", folder.trim_end_matches('/'));
            if let Err(error) = session.host.write_file(&file, text.as_bytes()) {
                return plain(format!("open {file}: {error}"));
            }
        }
    }
    Ok(())
}
