//! `minikube service`: a Service's address from outside.
//!
//! cmd/minikube/cmd/service.go and pkg/minikube/service/service.go of github.com/kubernetes/minikube. The box that asks for a bug
//! report to minikube is left out: what fails here is the learner's Service.

use api::{Request, path};
use machine::Process;
use network::Topology;
use serde_json::Value;

use super::{mark, table};
use crate::control::{WeakShared, upgrade};
use crate::transport::json_of;

/// How long it waits for a Service without ports to have some (`--wait`), in seconds.
const WAIT: u64 = 2;

struct Options<'a> {
    namespace: Option<&'a str>,
    url: bool,
    https: bool,
    all: bool,
    format: &'a str,
    wait: u64,
    names: Vec<&'a str>,
}

fn options<'a>(args: &'a [String]) -> Options<'a> {
    let mut found = Options {
        namespace: None,
        url: false,
        https: false,
        all: false,
        format: "http://{{.IP}}:{{.Port}}",
        wait: WAIT,
        names: Vec::new(),
    };
    let mut rest = args.iter().map(String::as_str).skip_while(|word| *word != "service").skip(1);
    while let Some(arg) = rest.next() {
        let (name, value) = arg.split_once('=').map_or((arg, None), |(name, value)| (name, Some(value)));
        let on = value != Some("false");
        match name {
            "--url" => found.url = on,
            "--https" => found.https = on,
            "--all" => found.all = on,
            "-n" | "--namespace" => found.namespace = value.or_else(|| rest.next()),
            "--format" => found.format = value.or_else(|| rest.next()).unwrap_or(""),
            "--wait" => {
                let wait = value.or_else(|| rest.next());
                found.wait = wait.and_then(|wait| wait.parse().ok()).unwrap_or(WAIT);
            }
            "--interval" | "-p" | "--profile" => drop(value.or_else(|| rest.next())),
            _ if arg.starts_with('-') => {}
            _ => found.names.push(arg),
        }
    }
    found
}

/// Fills in `--format`, a template that may name the address, the port and the port's name.
fn url(format: &str, port: u64, name: &str) -> Option<String> {
    let mut text = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("{{") {
        let (field, after) = after.split_once("}}")?;
        text.push_str(before);
        match field.trim() {
            ".IP" => text.push_str(&Topology::NODE.to_string()),
            ".Port" => text.push_str(&port.to_string()),
            ".Name" => text.push_str(name),
            _ => return None,
        }
        rest = after;
    }
    Some(text + rest)
}

/// A port as minikube calls it: `http/80` or `80`.
fn port_name(port: &Value) -> String {
    let number = path::int(port, "port").unwrap_or_default();
    match path::str(port, "name") {
        "" => number.to_string(),
        name => format!("{name}/{number}"),
    }
}

/// The URLs of a Service's node ports with the ports' names. `None` when the template says what is not simulated.
fn urls(service: &Value, format: &str) -> Option<Vec<(String, String)>> {
    let ports = path::list(service, "spec.ports").iter();
    let nodes = ports.filter_map(|port| Some((port_name(port), port["nodePort"].as_u64().filter(|port| *port > 0)?)));
    nodes.map(|(name, port)| Some((url(format, port, &name)?, name))).collect()
}

fn row(service: &Value, urls: &[(String, String)], none: [&str; 2]) -> Vec<String> {
    let namespace = path::str(service, "metadata.namespace").to_owned();
    let name = path::str(service, "metadata.name").to_owned();
    if urls.is_empty() {
        return vec![namespace, name, none[0].to_owned(), none[1].to_owned()];
    }
    let joined = |text: fn(&(String, String)) -> &str| urls.iter().map(text).collect::<Vec<_>>().join("\n");
    vec![namespace, name, joined(|(_, name)| name), joined(|(url, _)| url)]
}

const HEADER: [&str; 4] = ["NAMESPACE", "NAME", "TARGET PORT", "URL"];

/// Says why it ends, as minikube's `exit.Message` does.
async fn exiting(process: &Process, why: &str, status: i32) -> i32 {
    process.err(&format!("\n{} Exiting due to {why}\n", mark(process, "❌ "))).await;
    status
}

/// Whether nothing behind a Service runs, so that nobody would answer (`CheckServicePods`).
fn nothing_runs(world: &WeakShared, service: &Value) -> bool {
    if !matches!(path::str(service, "spec.type"), "NodePort" | "LoadBalancer") {
        return false;
    }
    let Some(world) = upgrade(world) else { return false };
    let namespace = path::str(service, "metadata.namespace");
    let pods = json_of(world.handle(&Request::get(format!("/api/v1/namespaces/{namespace}/pods"))));
    let wanted = &service["spec"]["selector"];
    let selected = |pod: &&Value| {
        wanted.as_object().into_iter().flatten().all(|(key, value)| pod["metadata"]["labels"][key] == *value)
    };
    !path::list(&pods, "items").iter().filter(selected).any(|pod| path::str(pod, "status.phase") == "Running")
}

pub(super) async fn run(process: &Process, world: &WeakShared, words: &[&str], args: &[String]) -> i32 {
    let options = options(args);
    let get = |path: String| upgrade(world).map(|world| json_of(world.handle(&Request::get(path)))).unwrap_or_default();
    if words.first() == Some(&"list") {
        let services = get(match options.namespace {
            Some(namespace) => format!("/api/v1/namespaces/{namespace}/services"),
            None => "/api/v1/services".to_owned(),
        });
        let urls = |service| urls(service, "http://{{.IP}}:{{.Port}}").unwrap_or_default();
        let none = ["No node port", ""];
        let rows: Vec<_> = path::list(&services, "items").iter().map(|one| row(one, &urls(one), none)).collect();
        process.out(&table::draw(&HEADER, &rows)).await;
        return 0;
    }
    if options.names.is_empty() != options.all {
        return exiting(process, "MK_USAGE: You must specify service name(s) or --all", 64).await;
    }
    let namespace = options.namespace.unwrap_or("default");
    let services = get(format!("/api/v1/namespaces/{namespace}/services"));
    let services: Vec<&Value> = path::list(&services, "items")
        .iter()
        .filter(|service| options.all || options.names.contains(&path::str(service, "metadata.name")))
        .collect();
    let missing = |name: &str| {
        format!(
            "SVC_NOT_FOUND: Service '{name}' was not found in '{namespace}' namespace.\nYou may select another namespace by using \
             'minikube service {name} -n <namespace>'. Or list out all the services using 'minikube service list'\n"
        )
    };
    if services.is_empty() {
        let text = match options.names.first() {
            Some(name) => missing(name),
            None => format!(
                "SVC_NOT_FOUND: No services were found in the '{namespace}' namespace.\nYou may select another namespace by using \
                 'minikube service --all -n <namespace>'\n"
            ),
        };
        return exiting(process, &text, 115).await;
    }
    let mut to_open = Vec::new();
    let mut inside = Vec::new();
    for service in services {
        let name = path::str(service, "metadata.name");
        if path::list(service, "spec.ports").is_empty() {
            process.sleep(sim::Duration::from_secs(options.wait)).await;
            return exiting(process, &missing(name), 115).await;
        }
        let Some(mut urls) = urls(service, options.format) else {
            process.err("minikube: of templates only {{.IP}}, {{.Port}} and {{.Name}} are simulated\n").await;
            process.hint_not_simulated("minikube service --format");
            return 80;
        };
        if !options.url {
            process.out(&table::draw(&HEADER, &[row(service, &urls, ["", "No node port"])])).await;
        }
        if urls.is_empty() {
            let text = format!("{} service {namespace}/{name} has no node port\n", mark(process, "😿 "));
            process.out(&text).await;
            inside.push(format!("{namespace}/{name}"));
        }
        if options.https {
            for (url, _) in urls.iter_mut().filter(|(url, _)| url.starts_with("http://")) {
                *url = url.replacen("http", "https", 1);
            }
        }
        let urls = urls.into_iter().map(|(url, _)| url).collect::<Vec<_>>().join("\n");
        if options.url && !urls.is_empty() {
            process.out(&format!("{urls}\n")).await;
        }
        if nothing_runs(world, service) {
            let why = format!("SVC_UNREACHABLE: service not available: no running pod for service {name} found\n");
            return exiting(process, &why, 115).await;
        }
        if !urls.is_empty() {
            to_open.push((name, urls));
        }
    }
    if !inside.is_empty() {
        let text = format!(
            "{} Services [{}] have type \"ClusterIP\" not meant to be exposed, however for local development minikube allows you to \
             access this !\n{} A tunnel to a Service without a node port is not simulated here; give it one with \"type: \
             NodePort\".\n",
            mark(process, "❗ "),
            inside.join(" "),
            mark(process, "❗ "),
        );
        process.err(&text).await;
    }
    for (name, urls) in to_open.iter().filter(|_| !options.url) {
        process
            .out(&format!("{} Opening service {namespace}/{name} in default browser...\n", mark(process, "🎉 ")))
            .await;
        // There is no browser on this computer: minikube's own fallback is to say where to go.
        process.out(&format!("{} {urls}\n", mark(process, "👉 "))).await;
    }
    i32::from(to_open.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_names_address_and_port() {
        assert_eq!(
            url("tcp://{{.IP}}:{{ .Port }}/{{.Name}}", 30_080, "http/80").unwrap(),
            "tcp://192.168.49.2:30080/http/80"
        );
        assert_eq!(url("plain", 1, "").unwrap(), "plain");
        assert_eq!(url("{{.Nope}}", 1, ""), None);
        assert_eq!(url("{{.IP", 1, ""), None);
    }
}
