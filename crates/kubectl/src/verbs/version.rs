//! `kubectl version` and `kubectl cluster-info`

use api::{Request, find_resource, path};
use serde_json::json;

use crate::command::Verb;
use crate::error::plain;
use crate::flags::{Flag, Takes, flag};
use crate::printers::json as json_printer;

/// The version this kubectl speaks as.
pub const CLIENT: &str = "v1.36.2";
const KUSTOMIZE: &str = "v5.8.1";

const FLAGS: &[Flag] = &[flag("client", ' ', Takes::Bool, "false"), flag("output", 'o', Takes::Text, "")];

/// `kubectl version`
pub static VERSION: Verb = Verb {
    name: "version",
    aliases: &[],
    flags: &[FLAGS],
    run: |session, args| {
        Box::pin(async move {
            if let Some(word) = args.words.first() {
                return plain(format!("extra arguments: [{word}]"));
            }
            // What it is itself it says even where no server answers.
            let (server, error) = match args.on("client") {
                true => (None, None),
                false => match session.json(Request::get("/version")).await {
                    Ok(server) => (Some(server), None),
                    Err(error) => (None, Some(error)),
                },
            };
            let mut value = json!({
                "clientVersion": {"gitVersion": CLIENT, "major": "1", "minor": "36", "platform": "linux/amd64"},
                "kustomizeVersion": KUSTOMIZE,
            });
            let text = match args.text("output") {
                "" => {
                    let mut text = format!("Client Version: {CLIENT}\nKustomize Version: {KUSTOMIZE}\n");
                    if let Some(server) = &server {
                        text.push_str(&format!("Server Version: {}\n", path::str(server, "gitVersion")));
                    }
                    text
                }
                format @ ("json" | "yaml") => {
                    if let Some(server) = server {
                        value["serverVersion"] = server;
                    }
                    match format {
                        "json" => json_printer::narrow(&json_printer::typed(&value)) + "\n",
                        _ => manifest::to_yaml(&value),
                    }
                }
                _ => return plain("--output must be 'yaml' or 'json'"),
            };
            session.out(&text).await;
            error.map_or(Ok(()), Err)
        })
    },
};

/// `kubectl cluster-info`
pub static CLUSTER_INFO: Verb = Verb {
    name: "cluster-info",
    aliases: &[],
    flags: &[],
    run: |session, _| {
        Box::pin(async move {
            let server = session.config.server().to_owned();
            let mut text = format!("Kubernetes control plane is running at {server}\n");
            if let Some(services) = find_resource("services") {
                let query = [("labelSelector", "kubernetes.io/cluster-service=true")];
                for service in session.list(services, "kube-system", &query).await? {
                    let name = path::str(&service, "metadata.name");
                    let label = path::get(&service, "metadata.labels")["kubernetes.io/name"].as_str().unwrap_or(name);
                    let port = path::str(&service["spec"]["ports"][0], "name");
                    let port = if port.is_empty() { String::new() } else { format!(":{port}") };
                    text.push_str(&format!(
                        "{label} is running at {server}/api/v1/namespaces/kube-system/services/{name}{port}/proxy\n"
                    ));
                }
            }
            text.push_str("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n");
            session.out(&text).await;
            Ok(())
        })
    },
};
