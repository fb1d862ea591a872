//! `kubectl taint`

use api::{PatchType, path};
use serde_json::{Value, json};

use crate::command::{DRY_RUN, PRINT, SELECTOR, VALIDATE, Verb, field_manager};
use crate::dry_run::DryRun;
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::printers;
use crate::report::report;
use crate::session::Session;
use crate::target::{self, Target};

const FLAGS: &[Flag] = &[flag("all", ' ', Takes::Bool, "false"), flag("overwrite", ' ', Takes::Bool, "false")];

/// The verb.
pub static VERB: Verb = Verb {
    name: "taint",
    aliases: &[],
    flags: &[FLAGS, PRINT, SELECTOR, DRY_RUN, VALIDATE, &[field_manager("kubectl-taint")]],
    run: |session, args| Box::pin(taint(session, args)),
};

const EFFECTS: &[&str] = &["NoSchedule", "PreferNoSchedule", "NoExecute"];

/// A taint to set, or (without a value) to take away; an empty effect means all of them.
struct Change<'a> {
    key: &'a str,
    value: Option<&'a str>,
    effect: &'a str,
}

fn change(word: &str) -> Outcome<Change<'_>> {
    let bad = || plain(format!("invalid taint spec: {word}"));
    if let Some(word) = word.strip_suffix('-') {
        let (key, effect) = word.split_once(':').unwrap_or((word, ""));
        let key = key.split_once('=').map_or(key, |(key, _)| key);
        if !effect.is_empty() && !EFFECTS.contains(&effect) {
            return plain(format!(
                "invalid taint effect: {effect}, unsupported taint effect\nSee 'kubectl taint -h' for help and examples"
            ));
        }
        return Ok(Change { key, value: None, effect });
    }
    let said = |why: &[String]| {
        let why = why.first().map(String::as_str).unwrap_or_default();
        plain(format!("invalid taint spec: {word}, {why}\nSee 'kubectl taint -h' for help and examples"))
    };
    let Some((pair, effect)) = word.split_once(':') else {
        let wrong = api::names::qualified_name(word);
        return if wrong.is_empty() { bad() } else { said(&wrong) };
    };
    if !EFFECTS.contains(&effect) {
        return plain(format!(
            "invalid taint effect: {effect}, unsupported taint effect\nSee 'kubectl taint -h' for help and examples"
        ));
    }
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    let (wrong_value, wrong_key) = (api::names::label_value(value), api::names::qualified_name(key));
    match () {
        () if key.is_empty() || value.contains('=') => bad(),
        () if !wrong_value.is_empty() => said(&wrong_value),
        () if !wrong_key.is_empty() => said(&wrong_key),
        () => Ok(Change { key, value: Some(value), effect }),
    }
}

async fn taint(session: &Session, args: &Args) -> Outcome {
    let dry_run = DryRun::of(args)?;
    let is_change = |word: &String| word.contains([':', '=']) || word.ends_with('-');
    let first = args.words.iter().position(is_change).unwrap_or(args.words.len());
    let (words, changes) = args.words.split_at(first);
    if words.is_empty() {
        return plain("one or more resources must be specified as <resource> <name>");
    }
    // In resource/name form the words say the same.
    let kind = words[0].split('/').next().unwrap_or_default();
    if session.resource_of(kind).is_ok_and(|resource| resource.kind != "Node") {
        return plain(format!("invalid resource type {kind}, only node types are supported"));
    }
    if changes.is_empty() {
        return plain("at least one taint update is required");
    }
    let changes: Vec<Change> = changes.iter().map(|word| change(word)).collect::<Outcome<_>>()?;
    for (index, change) in changes.iter().enumerate() {
        let same = |other: &Change| (other.key, other.effect) == (change.key, change.effect) && other.value.is_some();
        if let Some(value) = change.value.filter(|_| changes[..index].iter().any(same)) {
            let (key, effect) = (change.key, change.effect);
            return plain(format!(
                "duplicated taints with the same key and effect: {{{key} {value} {effect} <nil>}}\nSee 'kubectl taint -h' for help and examples"
            ));
        }
    }
    let removed = changes.iter().filter(|change| change.value.is_none());
    let both = removed.filter(|removed| {
        let same = |added: &&Change| added.key == removed.key && ["", added.effect].contains(&removed.effect);
        changes.iter().filter(|change| change.value.is_some()).any(|added| same(&added))
    });
    let both: Vec<String> = both.map(|change| format!("{}={}", change.key, change.effect)).collect();
    if !both.is_empty() {
        let both = both.join(", ");
        return plain(format!("can not both modify and remove the following taint(s) in the same command: {both}"));
    }
    let output = printers::output(&*session.host, args, false)?;
    let (targets, mut errors) = target::find(session, args, words).await?;
    for mut target in targets {
        if target.resource.kind != "Node" {
            return plain(format!(
                "invalid resource type {}, only node types are supported",
                args.words.first().map_or("", |word| word)
            ));
        }
        match one(session, args, dry_run, &changes, &mut target).await {
            Ok(word) => report(session, &output, &target, word).await?,
            Err(error) => errors.push(error),
        }
    }
    Error::all(errors)
}

async fn one(
    session: &Session,
    args: &Args,
    dry_run: DryRun,
    changes: &[Change<'_>],
    node: &mut Target,
) -> Outcome<&'static str> {
    let mut taints: Vec<Value> = path::list(&node.object, "spec.taints").to_vec();
    let mut set = false;
    for change in changes {
        let same = |taint: &Value| {
            path::str(taint, "key") == change.key
                && (change.effect.is_empty() || path::str(taint, "effect") == change.effect)
        };
        let known = taints.iter().any(same);
        match change.value {
            None if !known => {
                let effect = if change.effect.is_empty() { String::new() } else { format!(":{}", change.effect) };
                return plain(format!("taint \"{}{effect}\" not found", change.key));
            }
            None => taints.retain(|taint| !same(taint)),
            Some(_) if known && !args.on("overwrite") => {
                return plain(format!(
                    "node {} already has {} taint(s) with same effect(s) and --overwrite is false",
                    node.name, change.key
                ));
            }
            Some(value) => {
                taints.retain(|taint| !same(taint));
                let mut taint = json!({"key": change.key, "effect": change.effect});
                if !value.is_empty() {
                    taint["value"] = value.into();
                }
                taints.push(taint);
                set = true;
            }
        }
    }
    let taints = if taints.is_empty() { Value::Null } else { taints.into() };
    if dry_run == DryRun::Client {
        node.object["spec"]["taints"] = taints;
    } else {
        let patch = json!({"spec": {"taints": taints}});
        let query = &[dry_run.query()];
        node.object = session.patch(node.resource, "", &node.name, PatchType::Merge, patch, query).await?;
    }
    Ok(match (set, changes.iter().any(|change| change.value.is_none())) {
        (true, true) => "modified",
        _ if args.on("overwrite") => "modified",
        (true, false) => "tainted",
        _ => "untainted",
    })
}
