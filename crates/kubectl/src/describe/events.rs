//! The events of an object.

use api::{find_resource, path};
use serde_json::Value;
use sim::Time;

use super::text::Text;
use crate::duration::age;
use crate::session::Session;
use crate::target::Target;

/// The events about an object; none where the server has none to give.
pub async fn search(session: &Session, target: &Target) -> Vec<Value> {
    let Some(resource) = find_resource("events") else { return Vec::new() };
    // The kubelet tells of a static Pod by the uid that it gave it.
    let mirror = path::get(&target.object, "metadata.annotations")["kubernetes.io/config.mirror"].as_str();
    let uid = mirror.unwrap_or(path::str(&target.object, "metadata.uid"));
    let selector = format!("involvedObject.name={}", target.name);
    let listed = session.list(resource, &target.namespace, &[("fieldSelector", &selector)]).await;
    let mut events: Vec<Value> = listed.unwrap_or_default();
    events.retain(|event| {
        let about = &event["involvedObject"];
        let named = path::str(about, "uid");
        // Events about a node name it instead of its uid.
        (named == uid || named.is_empty() || named == target.name)
            && path::str(about, "name") == target.name
            && path::str(about, "kind") == target.resource.kind
    });
    sim::order::sort_by_text(&mut events, |event| path::str(event, "lastTimestamp"));
    events
}

/// Writes the events.
pub fn describe(text: &mut Text, events: &[Value], now: Time) {
    if events.is_empty() {
        text.line(0, "Events:\t<none>");
        return;
    }
    text.line(0, "Events:");
    text.line(1, "Type\tReason\tAge\tFrom\tMessage");
    text.line(1, "----\t------\t----\t----\t-------");
    for event in events {
        let first = match path::str(event, "eventTime") {
            "" => age(path::str(event, "firstTimestamp"), now),
            time => age(time, now),
        };
        let count = path::int(event, "count").unwrap_or(0);
        let interval = if !event["series"].is_null() {
            let last = age(path::str(event, "series.lastObservedTime"), now);
            format!("{last} (x{} over {first})", path::int(event, "series.count").unwrap_or(0))
        } else if count > 1 {
            format!("{} (x{count} over {first})", age(path::str(event, "lastTimestamp"), now))
        } else {
            first
        };
        let source = match path::str(event, "source.component") {
            "" => path::str(event, "reportingComponent"),
            source => source,
        };
        let mut message = path::str(event, "message").trim().replace('\n', " ");
        let field = path::str(event, "involvedObject.fieldPath");
        if !field.is_empty() {
            message = format!("{field}: {message}");
        }
        let (kind, reason) = (path::str(event, "type"), path::str(event, "reason"));
        text.line(1, format!("{kind}\t{reason}\t{interval}\t{source}\t{message}"));
    }
}
