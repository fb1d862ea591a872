//! The columns of kinds that nothing here acts on: each reads one place of the object.
//!
//! Follows kubernetes/pkg/printers/internalversion/printers.go.

use api::{duration, path};
use serde_json::Value;

use super::{Row, condition, containers, labels, or};

/// The cell of a column; `None` for one that is not known.
pub(super) fn cell(row: &Row, plural: &str, column: &str) -> Option<Value> {
    let object = row.object;
    let count = |field: &str| Value::from(path::list(object, field).len());
    let joined = |field: &str| -> String {
        path::list(object, field).iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")
    };
    Some(match (plural, column) {
        ("pods" | "nodes", "CPU" | "Memory") => {
            let of = column.to_lowercase();
            let containers = path::list(object, "containers").iter().map(|one| &one["usage"][of.as_str()]);
            let all = containers.chain(Some(&object["usage"][of.as_str()]));
            let amounts = all.filter_map(|amount| api::Quantity::parse(amount.as_str()?).ok());
            amounts.fold(api::Quantity::ZERO, api::Quantity::plus).to_string().into()
        }
        ("pods" | "nodes", "Window") => row.text("window").into(),
        ("apiservices", "Service") => match &object["spec"]["service"] {
            Value::Object(service) => {
                let part = |name: &str| service.get(name).and_then(Value::as_str).unwrap_or_default();
                format!("{}/{}", part("namespace"), part("name")).into()
            }
            _ => "Local".into(),
        },
        ("apiservices", "Available") => match condition(object, "Available") {
            Some(found) if found["status"] == "True" => "True".into(),
            Some(found) => format!("{} ({})", path::str(found, "status"), path::str(found, "reason")).into(),
            None => "Unknown".into(),
        },
        ("certificatesigningrequests", "SignerName") => row.text("spec.signerName").into(),
        ("certificatesigningrequests", "Requestor") => row.text("spec.username").into(),
        ("certificatesigningrequests", "RequestedDuration") => match path::int(object, "spec.expirationSeconds") {
            Some(seconds) => duration::human(seconds).into(),
            None => "<none>".into(),
        },
        ("certificatesigningrequests", "Condition") => signing_state(object).into(),
        ("csidrivers", "AttachRequired") => flag(object, "spec.attachRequired", true),
        ("csidrivers", "PodInfoOnMount") => flag(object, "spec.podInfoOnMount", false),
        ("csidrivers", "StorageCapacity") => flag(object, "spec.storageCapacity", false),
        ("csidrivers", "RequiresRepublish") => flag(object, "spec.requiresRepublish", false),
        ("csidrivers", "TokenRequests") => {
            let requests =
                path::list(object, "spec.tokenRequests").iter().map(|request| path::str(request, "audience"));
            or(&requests.collect::<Vec<_>>().join(","), "<unset>").into()
        }
        ("csidrivers", "Modes") => or(&joined("spec.volumeLifecycleModes"), "Persistent").into(),
        ("csinodes", "Drivers") => count("spec.drivers"),
        ("flowschemas", "PriorityLevel") => or(row.text("spec.priorityLevelConfiguration.name"), "<none>").into(),
        ("flowschemas", "MatchingPrecedence") => row.int("spec.matchingPrecedence").into(),
        ("flowschemas", "DistinguisherMethod") => or(row.text("spec.distinguisherMethod.type"), "<none>").into(),
        ("flowschemas", "MissingPL") => {
            condition(object, "Dangling").map_or("?", |found| path::str(found, "status")).into()
        }
        ("ingressclasses", "Controller") => row.text("spec.controller").into(),
        ("ingressclasses", "Parameters") => match &object["spec"]["parameters"] {
            parameters @ Value::Object(_) => {
                let (kind, group) = (path::str(parameters, "kind"), path::str(parameters, "apiGroup"));
                let kind = if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") };
                format!("{kind}/{}", path::str(parameters, "name")).into()
            }
            _ => "<none>".into(),
        },
        ("ipaddresses", "ParentRef") => {
            let part = |name: &str| path::str(&object["spec"]["parentRef"], name);
            let resource = if part("group").is_empty() {
                part("resource").to_owned()
            } else {
                format!("{}.{}", part("resource"), part("group"))
            };
            let parts = [resource.as_str(), part("namespace"), part("name")];
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/").into()
        }
        ("servicecidrs", "CIDRs") => joined("spec.cidrs").into(),
        ("mutatingadmissionpolicies", "Mutations") => count("spec.mutations"),
        ("validatingadmissionpolicies", "Validations") => count("spec.validations"),
        ("mutatingadmissionpolicies" | "validatingadmissionpolicies", "ParamKind") => {
            let kind = &object["spec"]["paramKind"];
            if kind.is_object() {
                format!("{}/{}", path::str(kind, "apiVersion"), path::str(kind, "kind")).into()
            } else {
                "<unset>".into()
            }
        }
        ("mutatingadmissionpolicybindings" | "validatingadmissionpolicybindings", "PolicyName") => {
            row.text("spec.policyName").into()
        }
        ("mutatingadmissionpolicybindings" | "validatingadmissionpolicybindings", "ParamRef") => {
            let (namespace, name) = (row.text("spec.paramRef.namespace"), row.text("spec.paramRef.name"));
            match (object["spec"]["paramRef"].is_object(), namespace) {
                (false, _) => "<unset>".into(),
                (true, "") => name.into(),
                (true, namespace) => format!("{namespace}/{name}").into(),
            }
        }
        ("mutatingwebhookconfigurations" | "validatingwebhookconfigurations", "Webhooks") => count("webhooks"),
        ("podtemplates", "Containers" | "Images") => {
            let [names, images] = containers(path::list(object, "template.spec.containers"));
            if column == "Images" { images } else { names }
        }
        ("podtemplates", "Pod Labels") => labels(&object["template"]["metadata"]["labels"]).into(),
        ("prioritylevelconfigurations", "Type") => row.text("spec.type").into(),
        ("prioritylevelconfigurations", name) => {
            let field = match name {
                "NominalConcurrencyShares" => "nominalConcurrencyShares",
                "Queues" => "limitResponse.queuing.queues",
                "HandSize" => "limitResponse.queuing.handSize",
                "QueueLengthLimit" => "limitResponse.queuing.queueLengthLimit",
                _ => return None,
            };
            match path::get(&object["spec"]["limited"], field) {
                Value::Null => "<none>".into(),
                number => number.to_string().into(),
            }
        }
        ("resourceclaims", "State") => claim_state(object).into(),
        ("resourceslices", "Node") => or(row.text("spec.nodeName"), "<unset>").into(),
        ("resourceslices", "Driver") => row.text("spec.driver").into(),
        ("resourceslices", "Pool") => row.text("spec.pool.name").into(),
        ("runtimeclasses", "Handler") => row.text("handler").into(),
        ("volumeattachments", "Attacher") => row.text("spec.attacher").into(),
        ("volumeattachments", "PV") => row.text("spec.source.persistentVolumeName").into(),
        ("volumeattachments", "Node") => row.text("spec.nodeName").into(),
        ("volumeattachments", "Attached") => flag(object, "status.attached", false),
        ("volumeattributesclasses", "DriverName") => row.text("driverName").into(),
        _ => return None,
    })
}

fn flag(object: &Value, field: &str, otherwise: bool) -> Value {
    path::get(object, field).as_bool().unwrap_or(otherwise).into()
}

fn signing_state(object: &Value) -> String {
    let conditions = path::list(object, "status.conditions");
    let kinds: Vec<&str> = ["Approved", "Denied", "Failed"]
        .into_iter()
        .filter(|kind| conditions.iter().any(|condition| condition["type"] == **kind))
        .collect();
    let issued = !path::str(object, "status.certificate").is_empty();
    let mut state = if kinds.is_empty() { "Pending".to_owned() } else { kinds.join(",") };
    if issued {
        state.push_str(",Issued");
    }
    state
}

fn claim_state(object: &Value) -> String {
    let mut states = Vec::new();
    if !object["metadata"]["deletionTimestamp"].is_null() {
        states.push("deleted");
    }
    if object["status"]["allocation"].is_null() {
        if object["metadata"]["deletionTimestamp"].is_null() {
            states.push("pending");
        }
    } else {
        states.push("allocated");
        states.push(if path::list(object, "status.reservedFor").is_empty() { "" } else { "reserved" });
    }
    states.into_iter().filter(|state| !state.is_empty()).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use sim::Time;

    #[test]
    fn every_column_of_every_kind_reads_something() {
        for resource in api::resources() {
            let object = json!({"metadata": {}});
            let row = Row { object: &object, now: Time::default() };
            for column in &resource.columns {
                let plain = matches!(column.name, "Name" | "Age" | "Created At");
                let known = cell(&row, resource.plural, column.name).is_some();
                let has_own_cells = super::super::has_own_cells(resource);
                assert!(plain || known || has_own_cells, "{}: {}", resource.key(), column.name);
            }
        }
    }

    #[test]
    fn cells_say_what_the_objects_do() {
        for (plural, column, object, expected) in [
            ("ingressclasses", "Controller", json!({"spec": {"controller": "a/b"}}), json!("a/b")),
            (
                "ingressclasses",
                "Parameters",
                json!({"spec": {"parameters": {"kind": "K", "apiGroup": "g", "name": "n"}}}),
                json!("K.g/n"),
            ),
            ("csidrivers", "AttachRequired", json!({}), json!(true)),
            ("validatingwebhookconfigurations", "Webhooks", json!({"webhooks": [{}, {}]}), json!(2)),
            (
                "certificatesigningrequests",
                "Condition",
                json!({"status": {"conditions": [{"type": "Approved"}], "certificate": "x"}}),
                json!("Approved,Issued"),
            ),
            (
                "prioritylevelconfigurations",
                "Queues",
                json!({"spec": {"limited": {"limitResponse": {"queuing": {"queues": 64}}}}}),
                json!("64"),
            ),
            (
                "resourceclaims",
                "State",
                json!({"status": {"allocation": {}, "reservedFor": [{}]}}),
                json!("allocated,reserved"),
            ),
        ] {
            let row = Row { object: &object, now: Time::default() };
            assert_eq!(cell(&row, plural, column), Some(expected), "{plural} {column}");
        }
    }
}
