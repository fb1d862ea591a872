//! Reads a lesson as `build.rs` wrote it. Serde's reader, which says what is wrong with a file, costs the page 15 KB before its first
//! prompt; this one gives up on what is no lesson, and a test holds it to the same result.

use api::path;
use playground::Computer;
use serde_json::Value;

use crate::evidence::{Place, Protocol, Reach, TargetKind};
use crate::format::{Action, Choice, Goal, Lesson, Prediction, Scripts, Step, Subject, Text};
use crate::{Condition, Outcome};

/// The lesson, if it is one.
pub(crate) fn lesson(value: &Value) -> Option<Lesson> {
    Some(Lesson {
        id: string(&value["id"])?,
        title: text(&value["title"])?,
        files: each(value, "files", string)?,
        steps: each(value, "steps", step)?,
        computer: Computer::default(),
        seed: None,
        markdown: false,
    })
}

fn step(value: &Value) -> Option<Step> {
    Some(Step {
        id: string(&value["id"])?,
        needs: None,
        title: text(&value["title"])?,
        text: text(&value["text"])?,
        scripts: Scripts::default(),
        actions: each(value, "actions", action)?,
        goals: each(value, "goals", goal)?,
        hints: each(value, "hints", text)?,
        solution: each(value, "solution", string)?,
        done: text(&value["done"])?,
        notes: text(&value["notes"]),
    })
}

fn action(value: &Value) -> Option<Action> {
    let predict = &value["predict"];
    Some(Action {
        run: string(&value["run"])?,
        on: place(&value["on"])?,
        text: text(&value["text"]),
        predict: if predict.is_null() { None } else { Some(prediction(predict)?) },
    })
}

fn prediction(value: &Value) -> Option<Prediction> {
    let (name, about) = variant(&value["about"])?;
    Some(Prediction {
        question: text(&value["question"])?,
        about: match name {
            "reach" => Subject::Reach {
                from: place(&about["from"])?,
                to: target(&about["to"])?,
                protocol: protocol(&about["protocol"])?,
            },
            _ => Subject::File { pod: string(&about["pod"])?, path: string(&about["path"])? },
        },
        choices: each(value, "choices", choice)?,
    })
}

fn choice(value: &Value) -> Option<Choice> {
    let outcome = match value["outcome"].as_str()? {
        "listed" => Outcome::Listed,
        "not_listed" => Outcome::NotListed,
        _ => reach(&value["outcome"])?.into(),
    };
    Some(Choice { outcome, text: text(&value["text"])? })
}

fn goal(value: &Value) -> Option<Goal> {
    Some(Goal { text: text(&value["text"])?, when: condition(&value["when"])?, hint: None, fail: None })
}

fn condition(value: &Value) -> Option<Condition> {
    let (name, it) = variant(value)?;
    let named = |key: &str| string(&it[key]);
    Some(match name {
        "all" => Condition::All(each(value, "all", condition)?),
        "any" => Condition::Any(each(value, "any", condition)?),
        "not" => Condition::Not(Box::new(condition(it)?)),
        "available" => Condition::Available { deployment: named("deployment")?, replicas: it["replicas"].as_i64()? },
        "service" => Condition::Service {
            name: named("name")?,
            r#type: named("type"),
            endpoints: it["endpoints"].as_u64().unwrap_or(0) as usize,
        },
        "claim_bound" => Condition::ClaimBound(string(it)?),
        "pod_ready" => Condition::PodReady { pod: named("pod")?, claim: named("claim") },
        "absent" => Condition::Absent { resource: named("resource")?, name: named("name") },
        "attempted" => Condition::Attempted {
            from: place(&it["from"])?,
            to: target(&it["to"])?,
            protocol: protocol(&it["protocol"])?,
            reach: each(it, "reach", reach)?,
            after_deleted: named("after_deleted"),
        },
        "replaced" => Condition::Replaced { pods: named("pods")? },
        "file" => Condition::File { pod: named("pod")?, path: named("path")?, kept: it["kept"].as_bool()? },
        "script" => Condition::Script(string(it)?),
        "file_lost" => Condition::FileLost { pod: named("pod")?, path: named("path")? },
        _ => return None,
    })
}

/// Nothing means the outside computer.
fn place(value: &Value) -> Option<Place> {
    Some(match value.as_str() {
        Some("node") => Place::Node,
        None if !value.is_null() => Place::Pod(string(&value["pod"])?),
        _ => Place::Outside,
    })
}

fn target(value: &Value) -> Option<TargetKind> {
    Some(match value.as_str()? {
        "pod" => TargetKind::Pod,
        "cluster_ip" => TargetKind::ClusterIp,
        "node_port" => TargetKind::NodePort,
        _ => return None,
    })
}

fn protocol(value: &Value) -> Option<Protocol> {
    Some(match value.as_str()? {
        "tcp" => Protocol::Tcp,
        "icmp" => Protocol::Icmp,
        _ => return None,
    })
}

fn reach(value: &Value) -> Option<Reach> {
    Some(match value.as_str()? {
        "answers" => Reach::Answers,
        "unreachable" => Reach::Unreachable,
        "refused" => Reach::Refused,
        "timed_out" => Reach::TimedOut,
        _ => return None,
    })
}

/// A text in every language.
pub(crate) fn text(value: &Value) -> Option<Text> {
    Some(Text { ko: string(&value["ko"])?, en: string(&value["en"])? })
}

fn string(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// The one key of an object, and what it has.
fn variant(value: &Value) -> Option<(&str, &Value)> {
    value.as_object()?.iter().next().map(|(name, value)| (name.as_str(), value))
}

/// All of a list, which may be missing.
fn each<T>(value: &Value, key: &str, read: fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    let mut all = Vec::new();
    for item in path::list(value, key) {
        all.push(read(item)?);
    }
    Some(all)
}
