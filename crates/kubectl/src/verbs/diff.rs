//! `kubectl diff`: what `kubectl apply` would change, as `diff -u` shows it.

use api::{PatchType, path, schema, strategic};
use serde_json::Value;

use crate::command::{FILES, SELECTOR, Verb, field_manager};
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag, not_simulated};
use crate::printers::shown;
use crate::session::Session;
use crate::target::{self, Target};
use crate::verbs::apply::{LAST_APPLIED, with_last_applied};
use crate::verbs::get::group_version;

const FLAGS: &[Flag] = &[
    flag("concurrency", ' ', Takes::Int, "1"),
    flag("server-side", ' ', Takes::Bool, "false"),
    flag("force-conflicts", ' ', Takes::Bool, "false"),
    flag("show-managed-fields", ' ', Takes::Bool, "false"),
    not_simulated("prune", Takes::Bool, "false"),
    flag("prune-allowlist", ' ', Takes::Array, ""),
];

/// Lines shown around a change.
const CONTEXT: usize = 3;

/// The verb.
pub static VERB: Verb = Verb {
    name: "diff",
    aliases: &[],
    flags: &[FLAGS, FILES, SELECTOR, &[field_manager("kubectl-client-side-apply")]],
    run: |session, args| Box::pin(compare(session, args)),
};

/// Exit code 1 is for differences, so what goes wrong has 2.
async fn compare(session: &Session, args: &Args) -> Outcome {
    match diff(session, args).await {
        Err(error) if !matches!(error, Error::Exit(_)) => {
            session.err(&error.render()).await;
            Err(Error::Exit(2))
        }
        outcome => outcome,
    }
}

async fn diff(session: &Session, args: &Args) -> Outcome {
    if !args.names_files() {
        return plain("must specify one of -f and -k");
    }
    if !args.words.is_empty() {
        return plain(format!(
            "Unexpected args: [{}]\nSee 'kubectl diff -h' for help and examples",
            args.words.join(" ")
        ));
    }
    if args.on("force-conflicts") && !args.on("server-side") {
        return plain("--force-conflicts only works with --server-side");
    }
    let (mut targets, errors) = target::from_files(session, args).await?;
    Error::all(errors)?;
    if !args.text("selector").is_empty() {
        let selector =
            api::LabelSelector::parse(args.text("selector")).map_err(|error| Error::Plain(error.to_string()))?;
        targets.retain(|target| selector.matches(&target.object["metadata"]["labels"]));
    }
    // As diff goes through a folder.
    let file = |target: &Target| {
        let group = group_version(target.resource).trim_start_matches('/').replace('/', ".");
        format!("{group}.{}.{}.{}", target.resource.kind, target.namespace, target.name)
    };
    let mut targets: Vec<(String, Target)> = targets.into_iter().map(|target| (file(&target), target)).collect();
    sim::order::sort_by_text(&mut targets, |(file, _)| file);
    let mut different = false;
    for (name, target) in targets {
        let (mut live, mut merged) = versions(session, args, &target).await?;
        if target.resource.kind == "Secret" {
            mask(&mut live, &mut merged);
        }
        let yaml = |value: &Value| match value {
            // The masks of a Secret make an object of nothing.
            Value::Null if target.resource.kind == "Secret" => "null\n".to_owned(),
            Value::Null => String::new(),
            value if args.on("show-managed-fields") => manifest::to_yaml(value),
            value => manifest::to_yaml(&shown(value)),
        };
        let (live, merged) = (yaml(&live), yaml(&merged));
        let hunks = unified(&live, &merged);
        if hunks.is_empty() {
            continue;
        }
        different = true;
        // The folders' names end in digits of the time, as temporary ones do.
        let stamp = session.now().unix_micros().rem_euclid(4_294_967_296);
        let (left, right) = (format!("/tmp/LIVE-{stamp}/{name}"), format!("/tmp/MERGED-{}/{name}", stamp + 1));
        let time = session.now().rfc3339_micros().replace('T', " ").replace('Z', "000 +0000");
        session.out(&format!("diff -u -N {left} {right}\n--- {left}\t{time}\n+++ {right}\t{time}\n{hunks}")).await;
    }
    if different { Err(Error::Exit(1)) } else { Ok(()) }
}

/// Hides what a Secret holds, but not that it changes.
fn mask(live: &mut Value, merged: &mut Value) {
    let (before, after) = (live["data"].clone(), merged["data"].clone());
    for (object, other, word) in [(live, &after, "before"), (merged, &before, "after")] {
        for (key, value) in object.get_mut("data").and_then(Value::as_object_mut).into_iter().flatten() {
            let differs = other.get(key).is_some_and(|other| other != value);
            *value = if differs { format!("*** ({word})") } else { "***".to_owned() }.into();
        }
    }
}

/// The object as it is and as it would be after apply, by a dry run in the server.
async fn versions(session: &Session, args: &Args, target: &Target) -> Outcome<(Value, Value)> {
    let mut object = target.object.clone();
    if target.resource.namespaced {
        path::set(&mut object, "metadata.namespace", target.namespace.clone());
    }
    let query = [("dryRun", "All"), ("fieldManager", args.text("field-manager"))];
    let live = match session.get(target.resource, &target.namespace, &target.name).await {
        Ok(live) => live,
        Err(error) if error.is_not_found() => {
            let created = session.create(target.resource, &target.namespace, object, &query).await?;
            return Ok((Value::Null, created));
        }
        Err(error) => return Err(error),
    };
    if args.on("server-side") {
        let manager = if args.has("field-manager") { args.text("field-manager") } else { "kubectl" };
        let force = if args.on("force-conflicts") { "true" } else { "" };
        let query = [("dryRun", "All"), ("fieldManager", manager), ("force", force)];
        let (namespace, name) = (&target.namespace, &target.name);
        let mut merged = session.patch(target.resource, namespace, name, PatchType::Apply, object, &query).await?;
        path::set(&mut merged, "metadata.resourceVersion", path::str(&live, "metadata.resourceVersion"));
        return Ok((live, merged));
    }
    let modified = with_last_applied(&object);
    let last = path::get(&live, "metadata.annotations")[LAST_APPLIED].as_str();
    let original = last.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| serde_json::json!({}));
    let (mut patch, kind) = match schema::struct_of(target.resource) {
        Some(kind) => match strategic::three_way(&original, &modified, &live, Some(kind)) {
            Ok(patch) => (patch, PatchType::Strategic),
            Err(error) => return plain(error.to_string()),
        },
        None => (api::patch::merge::three_way(&original, &modified, &live), PatchType::Merge),
    };
    // The annotation's own change would hide the others.
    let annotations = patch.get_mut("metadata").and_then(|metadata| metadata.get_mut("annotations"));
    if let Some(annotations) = annotations.and_then(Value::as_object_mut) {
        annotations.remove(LAST_APPLIED);
    }
    let mut merged = session.patch(target.resource, &target.namespace, &target.name, kind, patch, &query).await?;
    // Nothing is stored, so there is no new version to show.
    path::set(&mut merged, "metadata.resourceVersion", path::str(&live, "metadata.resourceVersion"));
    Ok((live, merged))
}

/// The hunks of `diff -u` between two texts.
fn unified(old: &str, new: &str) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let edits = edits(&a, &b);
    let changed: Vec<usize> = (0..edits.len()).filter(|index| edits[*index].0 != ' ').collect();
    let mut text = String::new();
    let mut next = 0;
    while next < changed.len() {
        let mut last = next;
        while last + 1 < changed.len() && changed[last + 1] - changed[last] <= 2 * CONTEXT + 1 {
            last += 1;
        }
        let from = changed[next].saturating_sub(CONTEXT);
        let to = (changed[last] + CONTEXT + 1).min(edits.len());
        let count = |range: &[(char, &str)], sign: char| range.iter().filter(|(mark, _)| *mark != sign).count();
        let range = |start: usize, lines: usize| match lines {
            0 => format!("{start},0"),
            1 => format!("{}", start + 1),
            lines => format!("{},{lines}", start + 1),
        };
        let (before, hunk) = (&edits[..from], &edits[from..to]);
        let left = range(count(before, '+'), count(hunk, '+'));
        let right = range(count(before, '-'), count(hunk, '-'));
        text.push_str(&format!("@@ -{left} +{right} @@\n"));
        for (mark, line) in hunk {
            text.push_str(&format!("{mark}{line}\n"));
        }
        next = last + 1;
    }
    text
}

/// The lines of both texts with ` `, `-` or `+`, by their longest common subsequence.
fn edits<'a>(a: &[&'a str], b: &[&'a str]) -> Vec<(char, &'a str)> {
    let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let rest = a.len().min(b.len()) - start;
    let end = a.iter().rev().zip(b.iter().rev()).take(rest).take_while(|(x, y)| x == y).count();
    let (x, y) = (&a[start..a.len() - end], &b[start..b.len() - end]);
    let width = y.len() + 1;
    // Objects are a few hundred lines; what is larger is shown as replaced whole.
    let whole = x.len() * y.len() > 4_000_000;
    let mut lengths = vec![0_u32; if whole { 0 } else { (x.len() + 1) * width }];
    if !whole {
        for i in (0..x.len()).rev() {
            for j in (0..y.len()).rev() {
                lengths[i * width + j] = if x[i] == y[j] {
                    lengths[(i + 1) * width + j + 1] + 1
                } else {
                    lengths[(i + 1) * width + j].max(lengths[i * width + j + 1])
                };
            }
        }
    }
    let mut edits: Vec<(char, &str)> = a[..start].iter().map(|line| (' ', *line)).collect();
    let (mut i, mut j) = (0, 0);
    while i < x.len() || j < y.len() {
        if !whole && i < x.len() && j < y.len() && x[i] == y[j] {
            edits.push((' ', x[i]));
            (i, j) = (i + 1, j + 1);
        } else if i < x.len() && (whole || j >= y.len() || lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) {
            edits.push(('-', x[i]));
            i += 1;
        } else {
            edits.push(('+', y[j]));
            j += 1;
        }
    }
    edits.extend(a[a.len() - end..].iter().map(|line| (' ', *line)));
    edits
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn hunks_are_those_of_diff() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n";
        let new = "a\nB\nc\nd\ne\nf\ng\nh\ni\nj\nk\n";
        assert_eq!(unified(old, new), "@@ -1,5 +1,5 @@\n a\n-b\n+B\n c\n d\n e\n@@ -8,3 +8,4 @@\n h\n i\n j\n+k\n");
        assert_eq!(unified("", "a\n"), "@@ -0,0 +1 @@\n+a\n");
        assert_eq!(unified("a\n", "a\n"), "");
    }
}
