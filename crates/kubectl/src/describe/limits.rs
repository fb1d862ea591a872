//! `kubectl describe` for LimitRange and HorizontalPodAutoscaler

use std::collections::BTreeSet;

use api::path;
use serde_json::Value;

use super::text::{Text, scalar};
use crate::duration::rfc1123;

/// Describes a LimitRange: a line a resource.
pub fn limit_range(text: &mut Text, range: &Value) {
    text.pair(0, "Name", path::str(range, "metadata.name"));
    text.pair(0, "Namespace", path::str(range, "metadata.namespace"));
    text.line(0, "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio");
    text.line(0, "----\t--------\t---\t---\t---------------\t-------------\t-----------------------");
    limits(text, range, "");
}

/// The lines of the LimitRanges of a namespace.
pub fn limit_ranges(text: &mut Text, ranges: &[Value]) {
    if ranges.is_empty() {
        return text.line(0, "\nNo LimitRange resource.");
    }
    text.line(
        0,
        "\nResource Limits\n Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio",
    );
    text.line(0, " ----\t--------\t---\t---\t---------------\t-------------\t-----------------------");
    ranges.iter().for_each(|range| limits(text, range, " "));
}

fn limits(text: &mut Text, range: &Value, prefix: &str) {
    const FIELDS: [&str; 5] = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];
    for limit in path::list(range, "spec.limits") {
        let parts = FIELDS.iter().filter_map(|field| limit[*field].as_object());
        let names: BTreeSet<&String> = sim::order::collect(parts.flat_map(|map| map.keys()));
        for name in names {
            let cells = FIELDS.map(|field| match scalar(&limit[field][name]) {
                empty if empty.is_empty() => "-".to_owned(),
                amount => amount,
            });
            text.line(0, format!("{prefix}{}\t{name}\t{}", path::str(limit, "type"), cells.join("\t")));
        }
    }
}

/// Describes a HorizontalPodAutoscaler.
pub fn autoscaler(text: &mut Text, scaler: &Value) {
    let (spec, status) = (&scaler["spec"], &scaler["status"]);
    text.name(scaler);
    text.labels_and_annotations(scaler);
    text.pair(0, "CreationTimestamp", rfc1123(path::str(scaler, "metadata.creationTimestamp")));
    let target = &spec["scaleTargetRef"];
    text.pair(0, "Reference", format!("{}/{}", path::str(target, "kind"), path::str(target, "name")));
    text.line(0, "Metrics:\t( current / target )");
    for (index, metric) in path::list(spec, "metrics").iter().enumerate() {
        if path::str(metric, "type") != "Resource" {
            text.line(1, format!("<unknown metric type {:?}>", path::str(metric, "type")));
            continue;
        }
        let now = &path::list(status, "currentMetrics").get(index).unwrap_or(&Value::Null)["resource"]["current"];
        let (name, wanted) = (path::str(metric, "resource.name"), &metric["resource"]["target"]);
        let known = |value: &Value| if value.is_null() { "<unknown>".to_owned() } else { scalar(value) };
        match path::int(wanted, "averageUtilization") {
            Some(percent) => {
                let shown = match path::int(now, "averageUtilization") {
                    Some(percent) => format!("{percent}% ({})", known(&now["averageValue"])),
                    None => "<unknown>".to_owned(),
                };
                text.line(1, format!("resource {name} on pods  (as a percentage of request):\t{shown} / {percent}%"));
            }
            None => text.line(
                1,
                format!(
                    "resource {name} on pods:\t{} / {}",
                    known(&now["averageValue"]),
                    scalar(&wanted["averageValue"])
                ),
            ),
        }
    }
    let least = path::int(spec, "minReplicas").map_or_else(|| "<unset>".to_owned(), |least| least.to_string());
    text.pair(0, "Min replicas", least);
    text.pair(0, "Max replicas", scalar(&spec["maxReplicas"]));
    let number = |field: &str| path::int(status, field).unwrap_or_default();
    text.pair(
        0,
        &format!("{} pods", path::str(target, "kind")),
        format!("{} current / {} desired", number("currentReplicas"), number("desiredReplicas")),
    );
    let conditions = path::list(status, "conditions");
    if !conditions.is_empty() {
        text.line(0, "Conditions:");
        text.line(1, "Type\tStatus\tReason\tMessage");
        text.line(1, "----\t------\t------\t-------");
        for condition in conditions {
            let field = |name: &str| path::str(condition, name).to_owned();
            text.line(1, format!("{}\t{}\t{}\t{}", field("type"), field("status"), field("reason"), field("message")));
        }
    }
}
