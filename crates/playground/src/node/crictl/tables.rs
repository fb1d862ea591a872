//! The tables of `crictl ps`, `pods` and `images`.

use machine::Process;
use sim::{Duration, Time};

use super::Words;
use super::containers::{containers, image_names, pod_started, sandbox_id};
use crate::control::Shared;

/// So much of an id is shown.
const SHORT: usize = 13;

/// Go's `units.HumanDuration`.
pub(super) fn ago(age: Duration) -> String {
    let seconds = age.as_secs();
    let text = match seconds {
        0 => "Less than a second".to_owned(),
        1 => "1 second".to_owned(),
        2..60 => format!("{seconds} seconds"),
        60..120 => "About a minute".to_owned(),
        120..3600 => format!("{} minutes", seconds / 60),
        3600..5400 => "About an hour".to_owned(),
        5400..172_800 => format!("{} hours", (seconds + 1800) / 3600),
        _ => format!("{} days", seconds / 86_400),
    };
    format!("{text} ago")
}

/// A table of Go's tabwriter with columns of at least 20.
fn table(rows: &[Vec<String>]) -> String {
    let count = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count() + 3).max().unwrap_or(0).max(20);
    let widths: Vec<usize> = (0..count).map(width).collect();
    let mut text = String::new();
    for row in rows {
        for (column, cell) in row.iter().enumerate() {
            let width = if column + 1 == count { 0 } else { widths[column] };
            text.push_str(&format!("{cell:<width$}"));
        }
        text.push('\n');
    }
    text
}

fn cells<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

fn short(id: &str) -> &str {
    id.get(..SHORT).unwrap_or(id)
}

pub(super) async fn ps(p: &Process, world: &Shared, args: &[String]) -> i32 {
    let words =
        Words::read(args, &["name", "pod", "p", "state", "s", "last", "n", "image", "label", "o", "output"], false);
    let state = words.value(&["state", "s"]).map(str::to_lowercase);
    let all = words.has(&["a", "all", "l", "latest", "n", "last"]) || state.is_some();
    let mut found = containers(world);
    found.retain(|one| {
        let named = words.value(&["name"]).is_none_or(|name| one.name.contains(name));
        let of_pod = words.value(&["pod", "p"]).is_none_or(|pod| sandbox_id(&one.uid).starts_with(pod));
        let in_state =
            state.as_deref().is_none_or(|state| state.starts_with(if one.ended.is_some() { "e" } else { "r" }));
        (all || one.ended.is_none()) && named && of_pod && in_state
    });
    if words.has(&["l", "latest"]) {
        found.truncate(1);
    }
    if let Some(count) = words.value(&["n", "last"]).and_then(|count| count.parse().ok()) {
        found.truncate(count);
    }
    if words.has(&["q", "quiet"]) {
        p.out(&found.iter().map(|one| format!("{}\n", one.id)).collect::<String>()).await;
        return 0;
    }
    let mut rows =
        vec![cells(["CONTAINER", "IMAGE", "CREATED", "STATE", "NAME", "ATTEMPT", "POD ID", "POD", "NAMESPACE"])];
    for one in &found {
        rows.push(cells([
            short(&one.id),
            short(&one.image_id),
            &ago(p.now().since(one.started)),
            if one.ended.is_some() { "Exited" } else { "Running" },
            &one.name,
            &one.attempt.to_string(),
            short(&sandbox_id(&one.uid)),
            &one.pod,
            &one.namespace,
        ]));
    }
    p.out(&table(&rows)).await;
    0
}

pub(super) async fn pods(p: &Process, world: &Shared, args: &[String]) -> i32 {
    let words = Words::read(args, &["name", "namespace", "state", "s", "label", "id", "o", "output"], false);
    let found = containers(world);
    let mut all: Vec<(Time, String, String, String)> = Vec::new();
    for (uid, pod) in world.node.borrow().pods.iter() {
        let named = words.value(&["name"]).is_none_or(|name| pod.name.contains(name));
        let in_namespace = words.value(&["namespace"]).is_none_or(|namespace| pod.namespace == namespace);
        if named && in_namespace {
            all.push((pod_started(&found, uid, p.now()), sandbox_id(uid), pod.name.clone(), pod.namespace.clone()));
        }
    }
    sim::order::sort_by(&mut all, |a, b| (b.0, &a.1).cmp(&(a.0, &b.1)));
    if words.has(&["q", "quiet"]) {
        p.out(&all.iter().map(|(_, id, ..)| format!("{id}\n")).collect::<String>()).await;
        return 0;
    }
    let mut rows = vec![cells(["POD ID", "CREATED", "STATE", "NAME", "NAMESPACE", "ATTEMPT", "RUNTIME"])];
    for (started, id, name, namespace) in &all {
        rows.push(cells([short(id), &ago(p.now().since(*started)), "Ready", name, namespace, "0", "(default)"]));
    }
    p.out(&table(&rows)).await;
    0
}

pub(super) async fn images(p: &Process, world: &Shared, args: &[String]) -> i32 {
    let quiet = args.iter().any(|arg| arg == "-q" || arg == "--quiet");
    let mut names = image_names(world);
    sim::order::sort_texts(&mut names);
    names.dedup();
    let mut rows = vec![cells(["IMAGE", "TAG", "IMAGE ID", "SIZE"])];
    let mut ids = String::new();
    for image in names.iter().filter_map(|name| super::super::images::find(name)) {
        let (repository, tag) = image.familiar.rsplit_once(':').unwrap_or((&image.familiar, "<none>"));
        let size = match image.size {
            size if size >= 100_000_000 => format!("{}MB", (size + 500_000) / 1_000_000),
            size if size >= 10_000_000 => format!("{:.1}MB", size as f64 / 1e6),
            size if size >= 1_000_000 => format!("{:.2}MB", size as f64 / 1e6),
            size => format!("{:.0}kB", size as f64 / 1e3),
        };
        ids.push_str(&format!("{}\n", image.id));
        rows.push(cells([repository, tag, short(image.id.trim_start_matches("sha256:")), &size]));
    }
    p.out(&if quiet { ids } else { table(&rows) }).await;
    0
}
