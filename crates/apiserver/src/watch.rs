//! watch: the changes of a list, from a resource version on.

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use api::{Reason, Request, Resource, Status, WatchEvent, path};
use serde_json::{Value, json};
use sim::Time;

use super::route::{Target, storage_key};
use super::selection::Selection;
use super::{Reply, list, paging, table};
use crate::{ApiServer, StoreEvent};

/// A running watch. Data: [`ApiServer::poll_watch`] moves it on.
#[derive(Clone)]
pub struct Watch {
    resource: &'static Resource,
    namespace: String,
    selection: Selection,
    request: Option<Rc<Request>>,
    revision: u64,
    initial: VecDeque<Rc<Value>>,
    /// Whether the end of the initial objects is marked (`sendInitialEvents`).
    marks_initial: bool,
    /// When the last bookmark was due; `None` when none are wanted.
    bookmarked: Option<Time>,
    /// When the server ends it.
    ends: Option<Time>,
    ended: bool,
}

/// How often a watch that allows bookmarks gets one.
const BOOKMARK_EVERY: Duration = Duration::from_secs(60);

impl Watch {
    /// Whether the server has ended it (after an `ERROR` event); the client has to list anew.
    pub fn has_ended(&self) -> bool {
        self.ended
    }
}

/// Starts a watch. Without a resource version (or with `0`) the objects that exist come first, as `ADDED`.
///
/// # Errors
/// 400 for bad selectors or a resource version that is no number, 422 for initial events without saying from when.
#[inline(never)]
pub fn start(server: &ApiServer, now: Time, target: &Target, request: &Request) -> Result<Reply, Status> {
    let selection = Selection::new(target.resource, &target.name, request)?;
    let revision = match request.query("resourceVersion").unwrap_or_default() {
        "" | "0" => None,
        text => Some(text.parse::<u64>().map_err(|_| {
            Status::new(
                Reason::BadRequest,
                format!("Invalid value: {text:?}: strconv.ParseUint: parsing {text:?}: invalid syntax"),
            )
        })?),
    };
    paging::validate(request)?;
    let on = |name: &str| request.query(name).is_some_and(super::is_true);
    // `sendInitialEvents=false` means none, whatever the resource version.
    let silent = request.query("sendInitialEvents").is_some() && !on("sendInitialEvents");
    let sends_initial = on("sendInitialEvents");
    let marks_initial = sends_initial && on("allowWatchBookmarks");
    if let Some(wanted) = revision.filter(|wanted| sends_initial && *wanted > server.store.revision()) {
        return Err(paging::too_large(wanted, server.store.revision()));
    }
    let initial = match revision {
        Some(_) if !sends_initial => VecDeque::new(),
        _ if silent => VecDeque::new(),
        _ => list::matching(server, target, &selection).into(),
    };
    let revision = revision.filter(|_| !sends_initial);
    let seconds =
        request.query("timeoutSeconds").and_then(|text| text.parse::<u64>().ok()).filter(|seconds| *seconds > 0);
    Ok(Reply::Watch(Watch {
        resource: target.resource,
        namespace: target.namespace.clone(),
        selection,
        request: request.as_table.then(|| Rc::new(request.clone())),
        revision: revision.unwrap_or_else(|| server.store.revision()),
        initial,
        marks_initial,
        bookmarked: on("allowWatchBookmarks").then_some(now),
        ends: seconds.map(|seconds| now + Duration::from_secs(seconds)),
        ended: false,
    }))
}

impl ApiServer {
    /// The events of a watch since it was last asked.
    pub fn poll_watch(&self, now: Time, watch: &mut Watch) -> Vec<WatchEvent> {
        let mut events = Vec::new();
        if watch.ended {
            return events;
        }
        while let Some(object) = watch.initial.pop_front() {
            events.push(watch.event(now, "ADDED", object));
        }
        if std::mem::take(&mut watch.marks_initial) {
            let mut bookmark = watch.bookmark(watch.revision);
            bookmark.object["metadata"]["annotations"] = json!({"k8s.io/initial-events-end": "true"});
            events.push(bookmark);
        }
        let Some(changes) = self.store.changes_of(storage_key(watch.resource), watch.revision) else {
            watch.ended = true;
            let message = format!("too old resource version: {} ({})", watch.revision, self.store.oldest_revision());
            let status = Status::new(Reason::Expired, message);
            events.push(WatchEvent { kind: "ERROR", object: status.to_value() });
            return events;
        };
        for change in changes {
            if let Some((kind, object)) = watch.seen(change) {
                events.push(watch.event(now, kind, object));
            }
        }
        watch.revision = self.store.revision().max(watch.revision);
        if let Some(last) = watch.bookmarked.filter(|last| now >= *last + BOOKMARK_EVERY) {
            let due = now.since(last).as_secs() / BOOKMARK_EVERY.as_secs();
            watch.bookmarked = Some(last + BOOKMARK_EVERY * u32::try_from(due).unwrap_or(u32::MAX));
            events.push(watch.bookmark(watch.revision));
        }
        watch.ended = watch.ends.is_some_and(|end| now >= end);
        events
    }
}

impl Watch {
    /// What a change looks like to one who sees only what matches: an object that stops matching is deleted.
    fn seen(&self, change: &StoreEvent) -> Option<(&'static str, Rc<Value>)> {
        if *change.key.resource != *storage_key(self.resource)
            || (!self.namespace.is_empty() && *change.key.namespace != *self.namespace)
        {
            return None;
        }
        let matches = |object: &&Rc<Value>| self.selection.matches(object);
        let before = change.before.as_ref().filter(matches);
        let after = change.after.as_ref().filter(matches);
        match (before, after) {
            (None, Some(after)) => Some(("ADDED", after.clone())),
            (Some(_), Some(after)) => Some(("MODIFIED", after.clone())),
            (Some(before), None) => {
                let mut last = (**change.after.as_ref().unwrap_or(before)).clone();
                path::set(&mut last, "metadata.resourceVersion", change.revision.to_string());
                Some(("DELETED", Rc::new(last)))
            }
            (None, None) => None,
        }
    }

    /// Says how far the watch has come, and nothing else.
    fn bookmark(&self, revision: u64) -> WatchEvent {
        let object = json!({
            "kind": self.resource.kind, "apiVersion": self.resource.api_version(),
            "metadata": {"resourceVersion": revision.to_string(), "creationTimestamp": null},
        });
        WatchEvent { kind: "BOOKMARK", object }
    }

    fn event(&self, now: Time, kind: &'static str, object: Rc<Value>) -> WatchEvent {
        let object = match &self.request {
            Some(request) => {
                let version = path::str(&object, "metadata.resourceVersion").to_owned();
                table::table(self.resource, now, &[object], &version, request)
            }
            None => (*list::in_version(self.resource, object)).clone(),
        };
        WatchEvent { kind, object }
    }
}
