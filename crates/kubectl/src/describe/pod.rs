//! `kubectl describe pod`

use api::path;
use serde_json::Value;
use sim::Time;

use super::template::{containers, tolerations, volumes};
use super::text::{Text, controller, scalar};
use crate::duration::{age, rfc1123};

/// Describes a Pod.
pub fn describe(text: &mut Text, pod: &Value, now: Time) {
    let (spec, status) = (&pod["spec"], &pod["status"]);
    text.name(pod);
    if let Some(priority) = path::int(spec, "priority") {
        text.pair(0, "Priority", priority.to_string());
    }
    for (title, field) in [
        ("Priority Class Name", "priorityClassName"),
        ("Runtime Class Name", "runtimeClassName"),
        ("Service Account", "serviceAccountName"),
    ] {
        if !path::str(spec, field).is_empty() {
            text.pair(0, title, path::str(spec, field));
        }
    }
    match path::str(spec, "nodeName") {
        "" => text.pair(0, "Node", "<none>"),
        node => text.pair(0, "Node", format!("{node}/{}", path::str(status, "hostIP"))),
    }
    if !path::str(status, "startTime").is_empty() {
        text.pair(0, "Start Time", rfc1123(path::str(status, "startTime")));
    }
    text.labels_and_annotations(pod);
    let phase = path::str(status, "phase");
    let deleted = path::str(pod, "metadata.deletionTimestamp");
    if !deleted.is_empty() && !matches!(phase, "Failed" | "Succeeded") {
        text.pair(0, "Status", format!("Terminating (lasts {})", age(deleted, now)));
        let grace = path::int(pod, "metadata.deletionGracePeriodSeconds").unwrap_or(0);
        text.pair(0, "Termination Grace Period", format!("{grace}s"));
    } else {
        text.pair(0, "Status", phase);
    }
    for (title, field) in [("Reason", "reason"), ("Message", "message")] {
        if !path::str(status, field).is_empty() {
            text.pair(0, title, path::str(status, field));
        }
    }
    let profile = path::str(spec, "securityContext.seccompProfile.type");
    if !profile.is_empty() {
        text.pair(0, "SeccompProfile", profile);
    }
    text.pair(0, "IP", path::str(status, "podIP"));
    let addresses = path::list(status, "podIPs");
    text.line(0, if addresses.is_empty() { "IPs:\t<none>" } else { "IPs:" });
    for address in addresses {
        text.pair(1, "IP", path::str(address, "ip"));
    }
    if let Some(controller) = controller(pod) {
        text.pair(0, "Controlled By", controller);
    }
    if !path::str(status, "nominatedNodeName").is_empty() {
        text.pair(0, "NominatedNodeName", path::str(status, "nominatedNodeName"));
    }
    if !path::list(spec, "initContainers").is_empty() {
        let statuses = Some(&status["initContainerStatuses"]);
        containers(text, "Init Containers", &spec["initContainers"], statuses, "");
    }
    containers(text, "Containers", &spec["containers"], Some(&status["containerStatuses"]), "");
    if !path::list(spec, "ephemeralContainers").is_empty() {
        let statuses = Some(&status["ephemeralContainerStatuses"]);
        containers(text, "Ephemeral Containers", &spec["ephemeralContainers"], statuses, "");
    }
    let conditions = path::list(status, "conditions");
    if !conditions.is_empty() {
        text.line(0, "Conditions:");
        text.line(1, "Type\tStatus");
        for condition in conditions {
            text.line(1, format!("{} \t{} ", path::str(condition, "type"), path::str(condition, "status")));
        }
    }
    volumes(text, &spec["volumes"], "");
    text.pair(0, "QoS Class", scalar(&status["qosClass"]));
    text.labels("", "Node-Selectors", &spec["nodeSelector"]);
    tolerations(text, "Tolerations", &spec["tolerations"]);
}
