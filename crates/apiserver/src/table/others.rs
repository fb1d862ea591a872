//! The kinds with few columns of their own, and those that only show a name and an age.

use api::{Resource, path};
use serde_json::Value;

use super::{Row, or, rare};

pub(super) fn cells(row: &Row, resource: &Resource) -> Vec<Value> {
    let count = |field: &str| path::object(row.object, field).map_or(0, serde_json::Map::len);
    match resource.key() {
        "configmaps" => vec![row.name(), (count("data") + count("binaryData")).into(), row.age()],
        "secrets" => vec![row.name(), row.text("type").into(), count("data").into(), row.age()],
        "namespaces" => vec![row.name(), row.text("status.phase").into(), row.age()],
        "leases.coordination.k8s.io" => vec![row.name(), row.text("spec.holderIdentity").into(), row.age()],
        "priorityclasses.scheduling.k8s.io" => vec![
            row.name(),
            row.int("value").into(),
            path::bool(row.object, "globalDefault").into(),
            row.age(),
            row.text("preemptionPolicy").into(),
        ],
        "poddisruptionbudgets.policy" => {
            let number = |field: &str| match path::get(row.object, field) {
                Value::Null => "N/A".to_owned(),
                Value::String(percent) => percent.clone(),
                number => number.to_string(),
            };
            vec![
                row.name(),
                number("spec.minAvailable").into(),
                number("spec.maxUnavailable").into(),
                row.int("status.disruptionsAllowed").into(),
                row.age(),
            ]
        }
        "componentstatuses" => {
            let condition = path::list(row.object, "conditions").first().unwrap_or(&Value::Null);
            let status = if path::str(condition, "status") == "True" { "Healthy" } else { "Unhealthy" };
            let texts = [path::str(condition, "message"), path::str(condition, "error")];
            vec![row.name(), status.into(), texts[0].into(), texts[1].into()]
        }
        "resourcequotas" => resource_quota(row),
        "rolebindings.rbac.authorization.k8s.io" | "clusterrolebindings.rbac.authorization.k8s.io" => role_binding(row),
        _ => generic(row, resource),
    }
}

/// Name, Age and Created At can be told of any object; the other columns are in `rare`.
fn generic(row: &Row, resource: &Resource) -> Vec<Value> {
    if resource.columns.is_empty() {
        return vec![row.name(), row.age()];
    }
    resource
        .columns
        .iter()
        .map(|column| match column.name {
            "Name" => row.name(),
            "Age" => row.age(),
            "Created At" => row.text("metadata.creationTimestamp").into(),
            name => rare::cell(row, resource.plural, name).unwrap_or_else(|| match column.kind {
                "integer" => 0.into(),
                "boolean" => false.into(),
                _ => "".into(),
            }),
        })
        .collect()
}

fn resource_quota(row: &Row) -> Vec<Value> {
    let (mut requests, mut limits) = (Vec::new(), Vec::new());
    for (resource, hard) in path::object(row.object, "status.hard").into_iter().flatten() {
        let used = row.object["status"]["used"][resource].as_str().unwrap_or("0");
        let shown = format!("{resource}: {used}/{}", hard.as_str().unwrap_or("0"));
        if resource.starts_with("limits.") { limits.push(shown) } else { requests.push(shown) }
    }
    vec![row.name(), requests.join(", ").into(), limits.join(", ").into(), row.age()]
}

fn role_binding(row: &Row) -> Vec<Value> {
    let subjects = |kind: &str| -> Value {
        let names: Vec<String> = path::list(row.object, "subjects")
            .iter()
            .filter(|subject| path::str(subject, "kind") == kind)
            .map(|subject| match path::str(subject, "namespace") {
                "" => path::str(subject, "name").to_owned(),
                namespace => format!("{namespace}/{}", path::str(subject, "name")),
            })
            .collect();
        names.join(", ").into()
    };
    vec![
        row.name(),
        format!("{}/{}", or(row.text("roleRef.kind"), ""), row.text("roleRef.name")).into(),
        row.age(),
        subjects("User"),
        subjects("Group"),
        subjects("ServiceAccount"),
    ]
}
