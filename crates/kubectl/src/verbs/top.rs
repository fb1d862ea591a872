//! `kubectl top`: what the metrics server has measured.
//!
//! k8s.io/kubectl/pkg/cmd/top and pkg/metricsutil

use api::{Quantity, Request, path};
use serde_json::Value;
use sim::Time;

use crate::command::{ALL_NAMESPACES, SELECTOR, Verb};
use crate::duration::age;
use crate::error::{Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::session::Session;
use crate::tabwriter::{GET, align};

const TOP_FLAGS: &[Flag] = &[
    flag("no-headers", ' ', Takes::Bool, "false"),
    flag("show-swap", ' ', Takes::Bool, "false"),
    flag("sort-by", ' ', Takes::Text, ""),
    flag("use-protocol-buffers", ' ', Takes::Bool, "true"),
];
const POD_FLAGS: &[Flag] = &[
    flag("containers", ' ', Takes::Bool, "false"),
    flag("field-selector", ' ', Takes::Text, ""),
    flag("sum", ' ', Takes::Bool, "false"),
];
const GROUP: &str = "metrics.k8s.io";
/// How old a Pod is of which something should be known.
const OLD: u64 = 120;

/// `kubectl top pod`
pub static TOP_POD: Verb = Verb {
    name: "top pod",
    aliases: &["pods", "po"],
    flags: &[TOP_FLAGS, POD_FLAGS, SELECTOR, ALL_NAMESPACES],
    run: |session, args| Box::pin(pods(session, args)),
};

/// `kubectl top node`
pub static TOP_NODE: Verb = Verb {
    name: "top node",
    aliases: &["nodes", "no"],
    flags: &[TOP_FLAGS, SELECTOR, &[flag("show-capacity", ' ', Takes::Bool, "false")]],
    run: |session, args| Box::pin(nodes(session, args)),
};

/// What is used: thousandths of a processor, bytes.
#[derive(Clone, Copy, Default)]
struct Used {
    cpu: i64,
    memory: i64,
}

impl Used {
    fn read(usage: &Value) -> Used {
        let amount = |name: &str| Quantity::parse(usage[name].as_str().unwrap_or("0")).unwrap_or(Quantity::ZERO);
        Used { cpu: amount("cpu").milli_value(), memory: amount("memory").value() }
    }

    fn plus(self, other: Used) -> Used {
        Used { cpu: self.cpu + other.cpu, memory: self.memory + other.memory }
    }

    /// Two cells, each with the tab that ends it.
    fn cells(self) -> String {
        format!("{}m\t{}Mi\t", self.cpu, self.memory >> 20)
    }
}

/// Refuses what cannot be asked for, and says whether the server has metrics at all.
async fn check(session: &Session, args: &Args, what: &str) -> Outcome {
    if !matches!(args.text("sort-by"), "" | "cpu" | "memory") {
        return plain("--sort-by accepts only cpu or memory");
    }
    if args.words.len() > 1 {
        return plain(format!("{what} [NAME | -l label]\nSee 'kubectl top {what} -h' for help and examples"));
    }
    if !args.words.is_empty() && !args.text("selector").is_empty() {
        return plain("only one of NAME or --selector can be provided");
    }
    let groups = session.json(Request::get("/apis")).await?;
    if path::list(&groups, "groups").iter().any(|group| group["name"] == GROUP) {
        return Ok(());
    }
    plain("Metrics API not available")
}

/// The metrics of one object, or of those that are selected.
async fn metrics(session: &Session, args: &Args, plural: &str) -> Outcome<Vec<Value>> {
    let namespace = match plural {
        "pods" if !args.on("all-namespaces") => format!("/namespaces/{}", session.namespace),
        _ => String::new(),
    };
    let base = format!("/apis/{GROUP}/v1beta1{namespace}/{plural}");
    match args.words.first() {
        Some(name) => Ok(vec![session.json(Request::get(format!("{base}/{name}"))).await?]),
        None => {
            let mut request = Request::get(base);
            for (query, flag) in [("labelSelector", "selector"), ("fieldSelector", "field-selector")] {
                if !args.text(flag).is_empty() {
                    request = request.with_query(query, args.text(flag));
                }
            }
            let mut list = session.json(request).await?;
            Ok(match list["items"].take() {
                Value::Array(items) => items,
                _ => Vec::new(),
            })
        }
    }
}

async fn pods(session: &Session, args: &Args) -> Outcome {
    check(session, args, "pod").await?;
    let found = metrics(session, args, "pods").await?;
    if found.is_empty() {
        return nothing_known(session, args).await;
    }
    let of_all = args.on("all-namespaces");
    let mut rows: Vec<(String, String, String, Used)> = Vec::new();
    let mut sum = Used::default();
    for pod in &found {
        let (namespace, name) = (path::str(pod, "metadata.namespace"), path::str(pod, "metadata.name"));
        let containers = path::list(pod, "containers");
        let total = containers.iter().fold(Used::default(), |total, one| total.plus(Used::read(&one["usage"])));
        sum = sum.plus(total);
        let mut row = |container: &str, used: Used| {
            rows.push((namespace.to_owned(), name.to_owned(), container.to_owned(), used));
        };
        if args.on("containers") {
            containers.iter().for_each(|one| row(path::str(one, "name"), Used::read(&one["usage"])));
        } else {
            row("", total);
        }
    }
    let by = args.text("sort-by");
    let rank = |used: &Used| match by {
        "cpu" => -used.cpu,
        "memory" => -used.memory,
        _ => 0,
    };
    sim::order::sort_by(&mut rows, |a, b| {
        let key = |row: &(String, String, String, Used)| {
            (rank(&row.3), if of_all { row.0.clone() } else { String::new() }, row.1.clone())
        };
        key(a).cmp(&key(b))
    });
    let mut text = String::new();
    let (first, second) = (if of_all { "NAMESPACE\t" } else { "" }, if args.on("containers") { "POD\t" } else { "" });
    if !args.on("no-headers") {
        text.push_str(&format!("{first}{second}NAME\tCPU(cores)\tMEMORY(bytes)\t\n"));
    }
    for (namespace, name, container, used) in rows {
        if of_all {
            text.push_str(&format!("{namespace}\t"));
        }
        text.push_str(&format!("{name}\t"));
        if args.on("containers") {
            text.push_str(&format!("{container}\t"));
        }
        text.push_str(&format!("{}\n", used.cells()));
    }
    if args.on("sum") {
        let before = "\t".repeat(1 + usize::from(of_all) + usize::from(args.on("containers")));
        text.push_str(&format!("{before}________\t________\t\n{before}{}\n", sum.cells()));
    }
    session.out(&align(&text, GET)).await;
    Ok(())
}

/// No metrics: there are no Pods, or they are new, or something is wrong (`verifyEmptyMetrics`).
async fn nothing_known(session: &Session, args: &Args) -> Outcome {
    let Some(resource) = api::resource_of_key("pods") else { return Ok(()) };
    let namespace = if args.on("all-namespaces") { "" } else { &*session.namespace };
    let query = [("labelSelector", args.text("selector")), ("fieldSelector", args.text("field-selector"))];
    let pods = session.list(resource, namespace, &query).await?;
    if pods.is_empty() {
        let place = if namespace.is_empty() { String::new() } else { format!(" in {namespace} namespace.") };
        session.err(&format!("No resources found{place}\n")).await;
        return Ok(());
    }
    for pod in &pods {
        let made = path::str(pod, "metadata.creationTimestamp");
        let since = session.now().since(Time::parse_rfc3339(made).unwrap_or_default()).as_secs();
        if since > OLD {
            let (namespace, name) = (path::str(pod, "metadata.namespace"), path::str(pod, "metadata.name"));
            return plain(format!(
                "Metrics not available for pod {namespace}/{name}, age: {}",
                age(made, session.now())
            ));
        }
    }
    plain("metrics not available yet")
}

async fn nodes(session: &Session, args: &Args) -> Outcome {
    check(session, args, "node").await?;
    let mut found = metrics(session, args, "nodes").await?;
    if found.is_empty() {
        return plain("metrics not available yet");
    }
    let by = args.text("sort-by");
    sim::order::sort_by(&mut found, |a, b| {
        let key = |metrics: &Value| {
            let used = Used::read(&metrics["usage"]);
            let rank = match by {
                "cpu" => -used.cpu,
                "memory" => -used.memory,
                _ => 0,
            };
            (rank, path::str(metrics, "metadata.name").to_owned())
        };
        key(a).cmp(&key(b))
    });
    let mut text = String::new();
    if !args.on("no-headers") {
        text.push_str("NAME\tCPU(cores)\tCPU(%)\tMEMORY(bytes)\tMEMORY(%)\t\n");
    }
    let Some(resource) = api::resource_of_key("nodes") else { return Ok(()) };
    let side = if args.on("show-capacity") { "capacity" } else { "allocatable" };
    for metrics in &found {
        let name = path::str(metrics, "metadata.name");
        let node = session.get(resource, "", name).await?;
        let (used, has) = (Used::read(&metrics["usage"]), Used::read(&node["status"][side]));
        let share = |used: i64, has: i64| used * 100 / has.max(1);
        text.push_str(&format!(
            "{name}\t{}m\t{}%\t{}Mi\t{}%\t\n",
            used.cpu,
            share(used.cpu, has.cpu),
            used.memory >> 20,
            share(used.memory, has.memory)
        ));
    }
    session.out(&align(&text, GET)).await;
    Ok(())
}
