//! Events.

use serde_json::Value;

use super::{Row, or};

pub(super) fn cells(row: &Row) -> Vec<Value> {
    let first = row.since(or(row.text("firstTimestamp"), row.text("eventTime")));
    let mut last = match row.text("lastTimestamp") {
        "" => first.clone(),
        time => row.since(time),
    };
    let mut count = row.int("count").max(1);
    if row.object["series"].is_object() {
        last = row.since(row.text("series.lastObservedTime"));
        count = row.int("series.count");
    }
    let mut object = row.text("involvedObject.kind").to_lowercase();
    if !row.text("involvedObject.name").is_empty() {
        object = format!("{object}/{}", row.text("involvedObject.name"));
    }
    let component = or(row.text("source.component"), row.text("reportingComponent"));
    let instance = or(row.text("source.host"), row.text("reportingInstance"));
    let source = if instance.is_empty() { component.to_owned() } else { format!("{component}, {instance}") };
    vec![
        last.into(),
        row.text("type").into(),
        row.text("reason").into(),
        object.into(),
        row.text("involvedObject.fieldPath").into(),
        source.into(),
        row.text("message").trim().into(),
        first.into(),
        count.into(),
        row.name(),
    ]
}
