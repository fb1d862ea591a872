//! The ledger of fields: `fields.txt` says of every field of the kinds that a learner writes whether something here acts on it.
//! This test keeps it whole and true as far as a test can: no field of the schema is missing, what acts is named by the test
//! that is given for it, and what is told is in the table of warnings.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use api::schema::{Struct, find_struct};

/// Where a learner begins to write.
const ROOTS: &[&str] = &[
    "core.v1.PodSpec",
    "apps.v1.DeploymentSpec",
    "apps.v1.ReplicaSetSpec",
    "apps.v1.StatefulSetSpec",
    "apps.v1.DaemonSetSpec",
    "batch.v1.JobSpec",
    "batch.v1.CronJobSpec",
    "core.v1.ServiceSpec",
    "networking.v1.IngressSpec",
    "networking.v1.NetworkPolicySpec",
    "core.v1.PersistentVolumeSpec",
    "core.v1.PersistentVolumeClaimSpec",
    "storage.v1.StorageClass",
    "autoscaling.v2.HorizontalPodAutoscalerSpec",
    "policy.v1.PodDisruptionBudgetSpec",
    "core.v1.ServiceAccount",
    "core.v1.ConfigMap",
    "core.v1.Secret",
    "core.v1.ResourceQuotaSpec",
    "core.v1.LimitRangeSpec",
    "scheduling.v1.PriorityClass",
];
/// What every object has, and what only the cluster writes.
const COMMON: &[&str] = &["apiVersion", "kind", "metadata", "status"];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn ledger() -> String {
    read("crates/cluster/tests/fields.txt")
}

/// Each struct's fields with what the ledger says of them: its word, and the test behind it.
fn entries(text: &str) -> BTreeMap<&str, Vec<(&str, &str, &str)>> {
    let mut entries: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    let mut current = "";
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('@') {
            current = name;
            assert!(entries.insert(name, Vec::new()).is_none(), "{name} is there twice");
            continue;
        }
        let (what, fields) = line.split_once(": ").unwrap_or_else(|| panic!("{line}"));
        let (word, test) = what.split_once(' ').unwrap_or((what, ""));
        let list = entries.get_mut(current).unwrap_or_else(|| panic!("{line}"));
        list.extend(fields.split(' ').map(|field| (field, word, test)));
    }
    entries
}

/// The structs that can be reached, below fields on which something acts or might.
fn reach(name: &'static str, entries: &BTreeMap<&str, Vec<(&str, &str, &str)>>, seen: &mut BTreeSet<&'static str>) {
    let Some(found) = find_struct(name) else { return };
    if !seen.insert(found.name) {
        return;
    }
    for field in &found.fields {
        let known = entries.get(name).and_then(|list| list.iter().find(|(one, ..)| *one == field.name));
        let ends = known.is_some_and(|(_, word, _)| matches!(*word, "told" | "refused"));
        if let Some(inner) = field.kind.element().filter(|_| !ends && !COMMON.contains(&field.name)) {
            reach(inner.name, entries, seen);
        }
    }
}

fn fields(of: &Struct) -> BTreeSet<&str> {
    of.fields.iter().map(|field| field.name).filter(|name| !COMMON.contains(name)).collect()
}

#[test]
fn every_field_that_can_be_written_is_in_the_ledger_once() {
    let text = ledger();
    let entries = entries(&text);
    let mut reached = BTreeSet::new();
    for root in ROOTS {
        reach(root, &entries, &mut reached);
    }
    let mut wrong = Vec::new();
    for name in &reached {
        let wanted = fields(find_struct(name).expect("a struct"));
        let listed = entries.get(name).map(Vec::as_slice).unwrap_or_default();
        let have: BTreeSet<&str> = listed.iter().map(|(field, ..)| *field).collect();
        if have.len() != listed.len() {
            wrong.push(format!("{name}: a field is listed twice"));
        }
        wrong.extend(wanted.difference(&have).map(|field| format!("{name}: {field} is missing")));
        wrong.extend(have.difference(&wanted).map(|field| format!("{name}: there is no {field}")));
    }
    let unreached = entries.keys().filter(|name| !reached.contains(*name));
    wrong.extend(unreached.map(|name| format!("{name}: nobody gets there")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_acts_is_named_by_its_test() {
    let mut texts = BTreeMap::new();
    let mut wrong = Vec::new();
    for (name, list) in entries(&ledger()) {
        for (field, word, test) in list {
            match word {
                "acts" => {
                    let text = texts.entry(test.to_owned()).or_insert_with(|| read(test));
                    let is_word = |at: usize| {
                        let letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
                        !letter(text[..at].chars().next_back()) && !letter(text[at + field.len()..].chars().next())
                    };
                    if !text.match_indices(field).any(|(at, _)| is_word(at)) {
                        wrong.push(format!("{name}: {test} does not name {field}"));
                    }
                }
                "carried" | "told" | "stored" | "refused" => {}
                other => wrong.push(format!("{name}: {other} is not a word of the ledger")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_told_is_in_the_table_of_warnings() {
    let table = read("crates/apiserver/src/unsimulated.rs");
    let entries_text = ledger();
    let told: Vec<String> = entries(&entries_text)
        .into_iter()
        .flat_map(|(name, list)| {
            let told = list.into_iter().filter(|(_, word, _)| *word == "told");
            told.map(move |(field, ..)| format!("{name} {field}"))
        })
        .filter(|entry| {
            let field = entry.split(' ').next_back().unwrap_or("");
            let steps = |path: &str| path.split('.').any(|step| step.trim_end_matches("[]") == field);
            !table.split('"').any(steps)
        })
        .collect();
    assert!(told.is_empty(), "nobody is told of: {}", told.join(", "));
}
