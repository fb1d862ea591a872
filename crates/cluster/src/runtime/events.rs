//! How components record Events: the same one again raises its count, many alike become one, and a component that says too
//! much about one object is cut short, as client-go's `EventCorrelator` does.
//!
//! The scheduler and the endpoint slice controllers use the newer `events.k8s.io` recorder, which counts in `series`.

use std::rc::Rc;
use std::time::Duration;

use api::path;
use component::{Component, EventRecord};
use serde_json::{Map, Value, json};
use sim::{SharedMap, SharedQueue, Time};

use super::EVENT_TTL;

/// How many messages that differ only in their text are recorded apart within [`ALIKE_WITHIN`].
const ALIKE: u32 = 10;
/// The prefix of a message that stands for many.
const COMBINED: &str = "(combined from similar events): ";
const ALIKE_WITHIN: Duration = Duration::from_secs(600);
/// How many events about one object a component may record at once; one more every [`REFILL`].
const BURST: u32 = 25;
const REFILL: Duration = Duration::from_secs(300);
/// How many events are remembered.
const REMEMBERED: usize = 4096;
/// How many of the oldest remembered events are checked for each new one.
const LOOKED_AT: usize = 2;

type Same = (Component, Rc<str>);

#[derive(Clone)]
struct Recorded {
    namespace: String,
    name: String,
    count: u32,
    last: Time,
}

#[derive(Clone, Default)]
struct Alike {
    messages: SharedMap<String, ()>,
    last: Time,
}

#[derive(Clone)]
struct Bucket {
    left: u32,
    filled: Time,
}

/// What was recorded lately, for counting. What makes no difference any more is forgotten, so that it costs no more in a week
/// than in an hour: every checkpoint copies the keys.
#[derive(Clone, Default)]
pub struct Recorder {
    recorded: SharedMap<Same, Recorded>,
    alike: SharedMap<Same, Alike>,
    buckets: SharedMap<Same, Bucket>,
    order: SharedQueue<(u8, Same)>,
    sequence: u64,
}

/// How to record an event.
#[derive(Clone, PartialEq, Debug)]
pub enum Record {
    /// POST this new Event.
    New(Value),
    /// PATCH the Event of this namespace and name.
    Again(String, String, Value),
    /// Do not record it: there were too many.
    Drop,
}

impl Recorder {
    /// Decides how to record an event.
    pub fn record(&mut self, component: Component, event: &EventRecord, now: Time, host: &str) -> Record {
        let about = &event.about;
        let series = component == Component::Scheduler;
        let metadata = path::field(about, "metadata");
        let [namespace, name, uid] = ["namespace", "name", "uid"].map(|field| path::str(metadata, field));
        // One text for all three tables: what it is about, then how it is said, then in which words.
        let mut text = String::with_capacity(256);
        for (part, end) in [
            (path::str(about, "kind"), "/"),
            (namespace, "/"),
            (name, "/"),
            (uid, "/"),
            (event.field_path.as_str(), ""),
        ] {
            text.push_str(part);
            text.push_str(end);
        }
        let object: Same = (component, text.as_str().into());
        for part in ["|", event.kind, "|", event.reason.as_str()] {
            text.push_str(part);
        }
        let combined =
            if series { None } else { self.combined((component, text.as_str().into()), &event.message, now) };
        text.push('|');
        if combined.is_none() && !event.message.starts_with("(combined") {
            text.push_str(&event.message);
        }
        let same: Same = (component, text.into());
        let message = combined.unwrap_or_else(|| event.message.clone());
        // Events that are not recorded still count: the next one that is recorded has their number.
        let admitted = series || self.admits(object, now);
        if let Some(known) = self.recorded.get_mut(&same) {
            known.count += 1;
            known.last = now;
            if !admitted {
                return Record::Drop;
            }
            let known = known.clone();
            let patch = if series {
                json!({"series": {"count": known.count, "lastObservedTime": now.rfc3339_micros()}})
            } else {
                json!({"count": known.count, "lastTimestamp": now.rfc3339(), "message": message})
            };
            return Record::Again(known.namespace, known.name, patch);
        }
        if !admitted {
            return Record::Drop;
        }
        self.sequence += 1;
        let nanos = now.unix_micros() * 1000 + (self.sequence % 1000) as i64;
        let event_name = format!("{name}.{nanos:x}");
        let event_namespace = if namespace.is_empty() { "default" } else { namespace };
        // The kubelet tells of a static Pod by the uid that it gave it, not by that of its mirror.
        let mirror = path::field(path::field(metadata, "annotations"), "kubernetes.io/config.mirror");
        let uid =
            if component == Component::Kubelet && mirror.is_string() { mirror } else { path::field(metadata, "uid") };
        // Copied one by one, as the macro that makes JSON would write each value anew.
        let mut involved = object_of(
            [
                ("kind", path::field(about, "kind")),
                ("apiVersion", path::field(about, "apiVersion")),
                ("name", path::field(metadata, "name")),
                ("uid", uid),
                ("resourceVersion", path::field(metadata, "resourceVersion")),
            ]
            .map(|(field, value)| (field, value.clone())),
        );
        for (field, text) in [("namespace", namespace), ("fieldPath", &event.field_path)] {
            if !text.is_empty() {
                path::set(&mut involved, field, text);
            }
        }
        let reporter = event.reporter.as_deref().unwrap_or(component.name());
        let (mut event_time, mut time, mut instance) = (Value::Null, Value::Null, String::new());
        let mut source = Value::Object(Map::new());
        if series {
            event_time = now.rfc3339_micros().into();
            instance = format!("{}-{host}", component.name());
        } else {
            time = now.rfc3339().into();
            path::set(&mut source, "component", reporter);
            if component == Component::Kubelet {
                path::set(&mut source, "host", host);
                instance = host.to_owned();
            }
        }
        let mut object = object_of([
            ("apiVersion", "v1".into()),
            ("kind", "Event".into()),
            ("metadata", object_of([("name", event_name.as_str().into()), ("namespace", event_namespace.into())])),
            ("involvedObject", involved),
            ("reason", event.reason.as_str().into()),
            ("message", message.into()),
            ("type", event.kind.into()),
            ("reportingComponent", reporter.into()),
            ("reportingInstance", instance.into()),
            ("eventTime", event_time),
            ("firstTimestamp", time.clone()),
            ("lastTimestamp", time),
            ("source", source),
        ]);
        if path::str(&object, "message").is_empty() {
            path::remove(&mut object, "message");
        }
        if series {
            let action = match event.reason.as_str() {
                "Scheduled" => "Binding",
                "Preempted" => "Preempting",
                _ => "Scheduling",
            };
            path::set(&mut object, "action", action);
        } else {
            path::set(&mut object, "count", 1);
        }
        let namespace = event_namespace.to_owned();
        self.remember(0, same.clone(), now);
        self.recorded.insert(same, Recorded { namespace, name: event_name, count: 1, last: now });
        Record::New(object)
    }

    /// The Event of a [`Record::Again`] is no longer there: the next one starts anew.
    pub fn forget(&mut self, namespace: &str, name: &str) {
        self.recorded = self
            .recorded
            .iter()
            .filter(|(_, known)| known.namespace != namespace || known.name != name)
            .map(|(same, known)| (same.clone(), known.clone()))
            .collect();
    }

    /// The message that stands for many alike ones; `None` while a message is recorded as it is.
    fn combined(&mut self, group: Same, message: &str, now: Time) -> Option<String> {
        if !self.alike.contains_key(&group) {
            self.remember(1, group.clone(), now);
        }
        let alike = self.alike.get_or_insert_with(group, Alike::default);
        if now.since(alike.last) > ALIKE_WITHIN {
            alike.messages.clear();
        }
        alike.last = now;
        if alike.messages.len() < ALIKE as usize && !alike.messages.contains_key(message) {
            alike.messages.insert(message.to_owned(), ());
        }
        (alike.messages.len() >= ALIKE as usize).then(|| format!("{COMBINED}{message}"))
    }

    fn admits(&mut self, object: Same, now: Time) -> bool {
        if !self.buckets.contains_key(&object) {
            self.remember(2, object.clone(), now);
        }
        let bucket = self.buckets.get_or_insert_with(object, || Bucket { left: BURST, filled: now });
        let more = bucket.more(now);
        if more > 0 {
            bucket.left = (bucket.left + more).min(BURST);
            bucket.filled = now;
        }
        if bucket.left == 0 {
            return false;
        }
        bucket.left -= 1;
        true
    }

    fn remember(&mut self, table: u8, same: Same, now: Time) {
        self.order.push_back((table, same));
        for _ in 0..LOOKED_AT {
            let Some(oldest) = self.order.pop_front() else { return };
            let (table, same) = &*oldest;
            if self.order.len() < REMEMBERED && self.matters(*table, same, now) {
                self.order.push_back((*table, same.clone()));
                continue;
            }
            match table {
                0 => drop(self.recorded.remove(same)),
                1 => drop(self.alike.remove(same)),
                _ => drop(self.buckets.remove(same)),
            }
        }
    }

    /// Whether it makes a difference that this is remembered: its Event is still there, others are alike, or its bucket is
    /// not full.
    fn matters(&self, table: u8, same: &Same, now: Time) -> bool {
        match table {
            0 => self.recorded.get(same).is_some_and(|known| now.since(known.last) <= EVENT_TTL),
            1 => self.alike.get(same).is_none_or(|alike| now.since(alike.last) <= ALIKE_WITHIN),
            _ => self.buckets.get(same).is_none_or(|bucket| bucket.left + bucket.more(now) < BURST),
        }
    }
}

/// An object of these fields.
fn object_of<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let mut object = Map::new();
    for (field, value) in fields {
        object.insert(field.to_owned(), value);
    }
    Value::Object(object)
}

impl Bucket {
    /// How many it has gained since it was last filled.
    fn more(&self, now: Time) -> u32 {
        (now.since(self.filled).as_secs() / REFILL.as_secs()) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(message: &str) -> EventRecord {
        let about = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "mypod", "namespace": "default", "uid": "u"}});
        EventRecord {
            about: Rc::new(about),
            kind: "Normal",
            reason: "Pulled".into(),
            message: message.into(),
            field_path: String::new(),
            reporter: None,
        }
    }

    fn at(secs: i64) -> Time {
        Time::from_unix_secs(1_795_343_107 + secs)
    }

    #[test]
    fn the_same_event_again_is_counted() {
        let mut recorder = Recorder::default();
        let Record::New(first) = recorder.record(Component::Kubelet, &event("a"), at(0), "minikube") else { panic!() };
        assert!(path::str(&first, "metadata.name").starts_with("mypod.18"));
        assert_eq!(first["source"], json!({"component": "kubelet", "host": "minikube"}));
        let again = recorder.record(Component::Kubelet, &event("a"), at(5), "minikube");
        let Record::Again(namespace, name, patch) = again else { panic!("{again:?}") };
        assert_eq!((namespace.as_str(), name.as_str()), ("default", path::str(&first, "metadata.name")));
        assert_eq!((patch["count"].clone(), patch["lastTimestamp"].clone()), (json!(2), json!("2026-11-22T10:25:12Z")));
        let Record::New(other) = recorder.record(Component::Scheduler, &event("a"), at(5), "minikube") else {
            panic!()
        };
        assert_eq!(
            (other["eventTime"].clone(), other["count"].clone()),
            (json!("2026-11-22T10:25:12.000000Z"), Value::Null)
        );
    }

    #[test]
    fn what_makes_no_difference_any_more_is_forgotten() {
        let mut recorder = Recorder::default();
        let mut most = 0;
        for n in 0..20_000 {
            // Ten objects an hour that say something once, and one that says the same all the time.
            let mut event = event("a");
            event.about = Rc::new(json!({"metadata": {"name": format!("p-{n}"), "uid": n.to_string()}}));
            recorder.record(Component::Kubelet, &event, at(n * 360), "minikube");
            event.about = Rc::new(json!({"metadata": {"name": "same"}}));
            let again = recorder.record(Component::Kubelet, &event, at(n * 360), "minikube");
            assert_eq!(matches!(again, Record::Again(..)), n > 0, "{again:?}");
            most = most.max(recorder.order.len());
        }
        assert!(most < 100, "{most} are remembered");
        let held = recorder.recorded.len() + recorder.alike.len() + recorder.buckets.len();
        assert_eq!(held, recorder.order.len());
        // No more than so many, whatever happens within the hour.
        for n in 0..20_000 {
            recorder.record(Component::Kubelet, &event(&format!("{n}")), at(20_000 * 360), "minikube");
            let mut event = event("a");
            event.about = Rc::new(json!({"metadata": {"name": format!("q-{n}")}}));
            recorder.record(Component::Kubelet, &event, at(20_000 * 360), "minikube");
            assert!(recorder.order.len() <= REMEMBERED);
        }
    }

    #[test]
    fn many_alike_become_one_and_too_many_are_dropped() {
        let mut recorder = Recorder::default();
        let mut messages = Vec::new();
        let mut dropped = 0;
        for n in 0..40 {
            match recorder.record(Component::ReplicaSet, &event(&format!("Created pod: p-{n}")), at(0), "") {
                Record::New(event) => messages.push(path::str(&event, "message").to_owned()),
                Record::Again(_, _, patch) => messages.push(path::str(&patch, "message").to_owned()),
                Record::Drop => dropped += 1,
            }
        }
        assert_eq!((messages.len(), dropped), (25, 15));
        assert_eq!(messages[8], "Created pod: p-8");
        assert_eq!(messages[9], "(combined from similar events): Created pod: p-9");
        assert_eq!(messages[24], "(combined from similar events): Created pod: p-24");
    }
}
