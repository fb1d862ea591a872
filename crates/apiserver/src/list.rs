//! get and list.

use std::rc::Rc;

use api::{Request, Resource, Status, path};
use serde_json::{Value, json};
use sim::Time;

use super::autoscaling;
use super::custom;
use super::paging::{self, Page};
use super::route::{Target, storage_key};
use super::selection::Selection;
use super::{List, Reply, component_statuses, table};
use crate::{ApiServer, ObjectKey};

/// One object, or its Table of one row.
///
/// # Errors
/// 404
#[inline(never)]
pub fn get(server: &ApiServer, now: Time, target: &Target, request: &Request) -> Result<Reply, Status> {
    let object = if target.resource.plural == "componentstatuses" {
        Rc::new(component_statuses::find(target)?.remove(0))
    } else {
        server.fetch(target)?
    };
    Ok(Reply::ok(if request.as_table {
        let version = path::str(&object, "metadata.resourceVersion").to_owned();
        Rc::new(table::table(target.resource, now, &[object], &version, request))
    } else {
        in_version(target.resource, object)
    }))
}

/// The objects of a resource that match the request's selectors, or their Table.
///
/// # Errors
/// 400 for bad selectors and a `continue` that cannot be read, 422 and 504 as [`Page::of`] says. That a version is gone is a reply.
#[inline(never)]
pub fn list(server: &ApiServer, now: Time, target: &Target, request: &Request) -> Result<Reply, Status> {
    let selection = Selection::new(target.resource, "", request)?;
    let page = Page::of(request, server.store.revision())?;
    let (mut items, revision) = if target.resource.plural == "componentstatuses" {
        (component_statuses::find(target)?.into_iter().map(Rc::new).collect(), server.store.revision())
    } else if page.is_plain() {
        (matching(server, target, &selection), server.store.revision())
    } else {
        match page.objects(&server.store, storage_key(target.resource), target.scope()) {
            Ok((mut items, revision)) => {
                items.retain(|item| selection.matches(item));
                (items, revision)
            }
            Err(expired) => return Ok(Reply::Json { code: 410, value: Rc::new(expired), warnings: Vec::new() }),
        }
    };
    // Version 0 is answered from the watch cache, which gives all it has (`computeListLimit` in k8s.io/apiserver's cacher).
    let cached = request.query("resourceVersion") == Some("0");
    let limit = request.query("limit").and_then(|limit| limit.parse::<usize>().ok());
    let limit = limit.filter(|limit| *limit > 0 && !cached);
    let mut remaining = 0;
    let mut next = String::new();
    if let Some(limit) = limit.filter(|limit| *limit < items.len()) {
        remaining = items.len() - limit;
        items.truncate(limit);
        if let Some(last) = items.last() {
            next = paging::next(revision, path::str(last, "metadata.namespace"), path::str(last, "metadata.name"));
        }
    }
    let mark = |value: &mut Value| {
        if remaining > 0 {
            value["metadata"]["continue"] = next.into();
            // With a selector, the answer does not say how many more objects match.
            if selection.is_empty() {
                value["metadata"]["remainingItemCount"] = remaining.into();
            }
        }
    };
    Ok(if request.as_table {
        if target.resource.plural == "flowschemas" {
            // As they are tried (`printFlowSchemaList`).
            let precedence = |flow: &Value| path::int(flow, "spec.matchingPrecedence").unwrap_or_default();
            sim::order::sort_by(&mut items, |a, b| precedence(a).cmp(&precedence(b)));
        }
        let mut table = table::table(target.resource, now, &items, &revision.to_string(), request);
        mark(&mut table);
        Reply::ok(table)
    } else {
        let mut list = list_of(revision, target.resource, items);
        mark(&mut list.head);
        Reply::List(list)
    })
}

/// The stored objects that a list selects, in order of namespace and name.
pub fn matching(server: &ApiServer, target: &Target, selection: &Selection) -> Vec<Rc<Value>> {
    let key = storage_key(target.resource);
    if let (Some(name), true) = (selection.name(), !target.namespace.is_empty() || !target.resource.namespaced) {
        let object = server.store.get(&ObjectKey::new(key, &target.namespace, name));
        return object.filter(|object| selection.matches(object)).cloned().into_iter().collect();
    }
    server
        .store
        .list(key, target.scope())
        .map(|(_, object)| object)
        .filter(|object| selection.matches(object))
        .cloned()
        .collect()
}

/// A `…List` of these objects.
pub fn list_of(revision: u64, resource: &Resource, objects: Vec<Rc<Value>>) -> List {
    let head = json!({
        "kind": format!("{}List", resource.kind),
        "apiVersion": resource.api_version(),
        "metadata": {"resourceVersion": revision.to_string()},
    });
    List { head, items: objects.into_iter().map(|object| in_version(resource, object)).collect(), warnings: Vec::new() }
}

/// An object as this resource serves it: `events.k8s.io` serves core Events under its own version and names.
pub fn in_version(resource: &Resource, object: Rc<Value>) -> Rc<Value> {
    if let Some(shown) = custom::in_version(resource, &object) {
        return Rc::new(shown);
    }
    if autoscaling::is_v1(resource) {
        return Rc::new(autoscaling::to_v1(&object));
    }
    if resource.group != "events.k8s.io" {
        return object;
    }
    let mut event = (*object).clone();
    event["apiVersion"] = resource.api_version().into();
    for (new, core) in EVENT_FIELDS {
        if let Some(value) = path::remove(&mut event, core) {
            event[*new] = value;
        }
    }
    // Core Events have these fields even where nobody set them.
    event.as_object_mut().into_iter().for_each(|map| map.retain(|_, value| value != ""));
    Rc::new(event)
}

/// What `events.k8s.io` calls the fields of a core Event: new name, core name.
pub const EVENT_FIELDS: &[(&str, &str)] = &[
    ("regarding", "involvedObject"),
    ("note", "message"),
    ("deprecatedCount", "count"),
    ("deprecatedFirstTimestamp", "firstTimestamp"),
    ("deprecatedLastTimestamp", "lastTimestamp"),
    ("deprecatedSource", "source"),
    ("reportingController", "reportingComponent"),
];
