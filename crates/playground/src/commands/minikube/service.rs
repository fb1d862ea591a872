//! `minikube service`: a Service's address from outside.

use api::{Request, path};
use machine::Process;
use network::Topology;
use serde_json::Value;

use super::{mark, table};
use crate::control::{World, upgrade};
use crate::transport::json_of;

struct Options<'a> {
    namespace: &'a str,
    url: bool,
    https: bool,
    names: Vec<&'a str>,
}

fn options<'a>(args: &'a [String]) -> Options<'a> {
    let mut found = Options { namespace: "default", url: false, https: false, names: Vec::new() };
    let mut rest = args.iter().map(String::as_str).skip_while(|word| *word != "service").skip(1);
    while let Some(arg) = rest.next() {
        match arg {
            "-n" | "--namespace" => found.namespace = rest.next().unwrap_or("default"),
            "--url" | "--url=true" => found.url = true,
            "--https" | "--https=true" => found.https = true,
            "--format" | "--wait" | "--interval" | "-p" | "--profile" => drop(rest.next()),
            _ => match arg.strip_prefix("--namespace=").or_else(|| arg.strip_prefix("-n=")) {
                Some(namespace) => found.namespace = namespace,
                None if arg.starts_with('-') => {}
                None => found.names.push(arg),
            },
        }
    }
    found
}

fn urls(service: &Value, https: bool) -> Vec<String> {
    let scheme = if https { "https" } else { "http" };
    path::list(service, "spec.ports")
        .iter()
        .filter_map(|port| path::int(port, "nodePort"))
        .map(|port| format!("{scheme}://{}:{port}", Topology::NODE))
        .collect()
}

/// The target ports as minikube shows them: `http/80` or `80`, a line each.
fn targets(service: &Value) -> String {
    let ports = path::list(service, "spec.ports").iter().map(|port| match path::str(port, "name") {
        "" => path::int(port, "port").unwrap_or_default().to_string(),
        name => format!("{name}/{}", path::int(port, "port").unwrap_or_default()),
    });
    ports.collect::<Vec<_>>().join("\n")
}

fn row(service: &Value, urls: &[String]) -> Vec<String> {
    let name = path::str(service, "metadata.name").to_owned();
    let namespace = path::str(service, "metadata.namespace").to_owned();
    if urls.is_empty() {
        return vec![namespace, name, "No node port".to_owned(), String::new()];
    }
    vec![namespace, name, targets(service), urls.join("\n")]
}

const HEADER: [&str; 4] = ["NAMESPACE", "NAME", "TARGET PORT", "URL"];

pub(super) async fn run(process: &Process, world: &World, words: &[&str], args: &[String]) -> i32 {
    let options = options(args);
    let get = |path: String| upgrade(world).map(|world| json_of(world.handle(&Request::get(path)))).unwrap_or_default();
    if words.first() == Some(&"list") {
        let services = get("/api/v1/services".to_owned());
        let rows: Vec<_> = path::list(&services, "items").iter().map(|s| row(s, &urls(s, false))).collect();
        process.out(&table::draw(&HEADER, &rows)).await;
        return 0;
    }
    let Some(name) = options.names.first() else {
        process
            .err(&format!("\n{} Exiting due to MK_USAGE: You must specify a service name\n", mark(process, "❌ ")))
            .await;
        return 64;
    };
    let service = get(format!("/api/v1/namespaces/{}/services/{name}", options.namespace));
    if service["kind"] != "Service" {
        let text = format!(
            "\n{} Exiting due to SVC_NOT_FOUND: Service '{name}' was not found in '{namespace}' namespace.\nYou may select \
             another namespace by using 'minikube service {name} -n <namespace>'. Or list out all the services using \
             'minikube service list'\n\n",
            mark(process, "❌ "),
            namespace = options.namespace,
        );
        process.err(&text).await;
        return 105;
    }
    let urls = urls(&service, options.https);
    if urls.is_empty() {
        if !options.url {
            process.out(&table::draw(&HEADER, &[row(&service, &urls)])).await;
        }
        let text = format!(
            "{} service {}/{name} has no node port\n{} A tunnel to a Service without a node port is not simulated here; \
             give it one with \"type: NodePort\".\n",
            mark(process, "😿 "),
            options.namespace,
            mark(process, "❗ "),
        );
        process.err(&text).await;
        return 1;
    }
    if options.url {
        process.out(&(urls.join("\n") + "\n")).await;
        return 0;
    }
    process.out(&table::draw(&HEADER, &[row(&service, &urls)])).await;
    let text = format!("{} Opening service {}/{name} in default browser...\n", mark(process, "🎉 "), options.namespace);
    process.out(&text).await;
    // There is no browser on this computer: minikube's own fallback is to say where to go.
    process.out(&format!("{} {}\n", mark(process, "👉 "), urls.join("\n"))).await;
    0
}
