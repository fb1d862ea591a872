//! `metadata.managedFields`: who wrote which field last, and the conflicts of a server-side apply.
//!
//! Follows k8s.io/apimachinery/pkg/util/managedfields and sigs.k8s.io/structured-merge-diff's `merge.Updater`. Events and
//! Leases are left out: nobody applies them, and they are most of what is written.

use api::fields::{self, Shape, set, set::Set};
use api::{Cause, Reason, Request, Resource, Status, path, schema};
use serde_json::{Value, json};
use sim::Time;

use super::custom;
use super::route::Target;

/// Where client-side apply keeps its configuration.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// How many managers that update are told apart; older ones become one.
const MAX_UPDATERS: usize = 10;

/// What nobody owns: the object's identity and what the server writes.
const UNOWNED: &[&str] = &[
    "f:name",
    "f:namespace",
    "f:creationTimestamp",
    "f:selfLink",
    "f:uid",
    "f:clusterName",
    "f:generation",
    "f:managedFields",
    "f:resourceVersion",
];

/// The manager and operation for which a write is recorded.
#[derive(Clone, Debug)]
pub enum Writer {
    /// A create, update or patch: the manager owns what it changed.
    Update {
        /// Its name.
        manager: String,
        /// The subresource it wrote to.
        subresource: String,
    },
    /// A server-side apply, whose fields are already settled in the object.
    Applied,
}

impl Writer {
    /// The writer of a request: its `fieldManager`, else kubectl.
    pub fn of(target: &Target, request: &Request) -> Writer {
        Writer::Update { manager: manager(request).to_owned(), subresource: target.subresource.clone() }
    }
}

fn manager(request: &Request) -> &str {
    request.query("fieldManager").filter(|name| !name.is_empty()).unwrap_or("kubectl")
}

/// One manager's part.
#[derive(Clone, PartialEq, Debug)]
struct Entry {
    manager: String,
    operation: String,
    api_version: String,
    subresource: String,
    time: String,
    fields: Set,
}

impl Entry {
    fn read(mut value: Value) -> Entry {
        let mut take = |name: &str| value.get_mut(name).map(Value::take).unwrap_or_default();
        let fields = match take("fieldsV1") {
            Value::Object(fields) => fields,
            _ => Set::new(),
        };
        let mut text = |name: &str| match take(name) {
            Value::String(text) => text,
            _ => String::new(),
        };
        Entry {
            manager: text("manager"),
            operation: text("operation"),
            api_version: text("apiVersion"),
            subresource: text("subresource"),
            time: text("time"),
            fields,
        }
    }

    /// The entry as JSON. Moved, not copied: most writes of the cluster come through here.
    fn write(self) -> Value {
        let mut entry = Set::new();
        for (name, text) in [
            ("manager", self.manager),
            ("operation", self.operation),
            ("apiVersion", self.api_version),
            ("time", self.time),
            ("fieldsType", "FieldsV1".to_owned()),
            ("subresource", self.subresource),
        ] {
            if !text.is_empty() {
                entry.insert(name.to_owned(), Value::String(text));
            }
        }
        entry.insert("fieldsV1".to_owned(), Value::Object(self.fields));
        Value::Object(entry)
    }

    fn is_of(&self, other: &Entry) -> bool {
        (&self.manager, &self.operation, &self.api_version, &self.subresource)
            == (&other.manager, &other.operation, &other.api_version, &other.subresource)
    }

    /// As conflicts name it.
    fn shown(&self) -> String {
        let mut text = format!("{:?}", self.manager);
        if !self.subresource.is_empty() {
            text.push_str(&format!(" with subresource {:?}", self.subresource));
        }
        if self.operation == "Update" {
            text.push_str(&format!(" using {}", self.api_version));
        }
        text
    }
}

/// Takes the entries out of an object.
fn take_all(object: &mut Value) -> Vec<Entry> {
    match path::remove(object, "metadata.managedFields") {
        Some(Value::Array(entries)) => entries.into_iter().map(Entry::read).collect(),
        _ => Vec::new(),
    }
}

fn write_all(object: &mut Value, mut entries: Vec<Entry>) {
    entries.retain(|entry| !entry.fields.is_empty());
    if entries.is_empty() {
        path::remove(object, "metadata.managedFields");
        return;
    }
    sim::order::sort_by(&mut entries, |a, b| {
        (&a.operation, &a.time, &a.manager, &a.subresource).cmp(&(&b.operation, &b.time, &b.manager, &b.subresource))
    });
    merge_old_updaters(&mut entries);
    path::set(object, "metadata.managedFields", entries.into_iter().map(Entry::write).collect::<Vec<_>>());
}

/// Of more than ten managers that update, the oldest become `ancient-changes`.
fn merge_old_updaters(entries: &mut Vec<Entry>) {
    while entries.iter().filter(|entry| entry.operation == "Update").count() > MAX_UPDATERS {
        let Some(at) = entries.iter().position(|entry| entry.operation == "Update") else { return };
        let oldest = entries.remove(at);
        let Some(next) = entries.get_mut(at) else { return };
        set::unite(&mut next.fields, oldest.fields);
        next.manager = "ancient-changes".to_owned();
    }
}

/// The shape of a resource's objects.
fn shape(resource: &Resource) -> Shape<'_> {
    match (schema::struct_of(resource), custom::schema_of(resource)) {
        (Some(kind), _) => Shape::Struct(kind),
        (None, Some(schema)) => Shape::CustomObject(schema),
        (None, None) => Shape::Unknown,
    }
}

fn is_tracked(resource: &Resource) -> bool {
    !matches!(resource.plural, "events" | "leases")
}

/// Takes out of a set what a write of this (sub)resource cannot own.
fn keep_ownable(fields: &mut Set, target: &Target, has_status: bool) {
    set::cut(fields, &["f:apiVersion"]);
    set::cut(fields, &["f:kind"]);
    if let Some(Value::Object(mut metadata)) = fields.remove("f:metadata") {
        metadata.retain(|name, _| !UNOWNED.contains(&name.as_str()));
        set::put(fields, "f:metadata".to_owned(), metadata, false);
    }
    if target.subresource == "status" {
        set::cut(fields, &["f:spec"]);
    } else if has_status {
        set::cut(fields, &["f:status"]);
    }
}

/// What an update may say about `managedFields`: nothing keeps the old ones, `[{}]` gives all ownership up, and a list
/// replaces them.
pub fn take_over(new: &mut Value, old: &Value) {
    let wanted = path::list(new, "metadata.managedFields");
    let resets = matches!(wanted, [only] if only.as_object().is_none_or(|entry| entry.is_empty()));
    if resets {
        path::remove(new, "metadata.managedFields");
    } else if wanted.is_empty() {
        match old["metadata"].get("managedFields") {
            Some(fields) => new["metadata"]["managedFields"] = fields.clone(),
            None => _ = path::remove(new, "metadata.managedFields"),
        }
    }
}

/// What a write may have changed of an object.
#[derive(Clone, Copy, Debug)]
pub enum Scope<'a> {
    /// All of it: it is new.
    New,
    /// Whatever differs from this.
    Since(&'a Value),
    /// Only the status; the rest is as it was in this.
    Status(&'a Value),
}

/// Records what a write changed: the writer owns it, and nobody else does.
pub fn record(target: &Target, has_status: bool, scope: Scope, new: &mut Value, writer: &Writer, now: Time) {
    let Writer::Update { manager, subresource } = writer else { return };
    if !is_tracked(target.resource) {
        return;
    }
    let own = Identity { manager, api_version: &target.resource.api_version(), subresource };
    let shape = shape(target.resource);
    if let Scope::Status(old) = scope
        && owns_already(old, new, shape, own)
    {
        // The same fields as ever: only when is new.
        if let Some(entry) = entries_of(new).and_then(|entries| entries.iter_mut().find(|entry| own.is_of(entry))) {
            path::set(entry, "time", now.rfc3339());
            put_in_order(new);
            return;
        }
    }
    let mut changes = match scope {
        Scope::New => fields::changes(None, new, shape),
        Scope::Since(old) => fields::changes(Some(old), new, shape),
        Scope::Status(old) => fields::changes_of(old, new, "status", shape),
    };
    keep_ownable(&mut changes.changed, target, has_status);
    keep_ownable(&mut changes.removed, target, has_status);
    if changes.changed.is_empty() && changes.removed.is_empty() {
        return;
    }
    if entries_of(new).is_none() {
        path::set(new, "metadata.managedFields", Vec::<Value>::new());
    }
    let Some(entries) = entries_of(new) else { return };
    for entry in entries.iter_mut() {
        let mine = own.is_of(entry);
        let Some(fields) = entry.get_mut("fieldsV1").and_then(Value::as_object_mut) else { continue };
        set::subtract(fields, &changes.removed);
        if !mine {
            set::subtract(fields, &changes.changed);
        }
    }
    if !changes.changed.is_empty() {
        match entries.iter_mut().find(|entry| own.is_of(entry)) {
            Some(entry) => {
                path::set(entry, "time", now.rfc3339());
                if let Some(fields) = entry.get_mut("fieldsV1").and_then(Value::as_object_mut) {
                    set::unite(fields, changes.changed);
                }
            }
            None => entries.push(own.entry(changes.changed, now)),
        }
    }
    entries.retain(|entry| entry["fieldsV1"].as_object().is_some_and(|fields| !fields.is_empty()));
    put_in_order(new);
}

/// The writer of a request.
#[derive(Clone, Copy)]
struct Identity<'a> {
    manager: &'a str,
    api_version: &'a str,
    subresource: &'a str,
}

impl Identity<'_> {
    /// Whether an entry is that of this writer's updates.
    fn is_of(self, entry: &Value) -> bool {
        path::str(entry, "manager") == self.manager
            && path::str(entry, "operation") == "Update"
            && path::str(entry, "apiVersion") == self.api_version
            && path::str(entry, "subresource") == self.subresource
    }

    fn entry(self, fields: Set, now: Time) -> Value {
        Entry {
            manager: self.manager.to_owned(),
            operation: "Update".to_owned(),
            api_version: self.api_version.to_owned(),
            subresource: self.subresource.to_owned(),
            time: now.rfc3339(),
            fields,
        }
        .write()
    }
}

/// An object's entries, to change.
fn entries_of(object: &mut Value) -> Option<&mut Vec<Value>> {
    object.get_mut("metadata")?.get_mut("managedFields")?.as_array_mut()
}

/// Whether a writer owns all that its write changes of a status, and nobody else any of it.
fn owns_already(old: &Value, new: &Value, shape: Shape, own: Identity) -> bool {
    let mut mine = None;
    for entry in path::list(new, "metadata.managedFields") {
        let status = path::get(entry, "fieldsV1.f:status");
        if own.is_of(entry) && mine.is_none() {
            mine = status.as_object();
        } else if !status.is_null() {
            return false;
        }
    }
    let (Some(mine), Some(before), Some(after)) = (mine, old.get("status"), new.get("status")) else { return false };
    fields::covers(mine, before, after, shape.field("status").0)
}

/// Puts an object's entries in their order; without any, there is no list.
fn put_in_order(object: &mut Value) {
    let Some(entries) = entries_of(object) else { return };
    if entries.is_empty() {
        path::remove(object, "metadata.managedFields");
        return;
    }
    fn key(entry: &Value) -> [&str; 4] {
        ["operation", "time", "manager", "subresource"].map(|field| path::str(entry, field))
    }
    if !entries.is_sorted_by_key(key) {
        sim::order::sort_by(entries, |a, b| key(a).cmp(&key(b)));
    }
    if entries.len() > MAX_UPDATERS {
        let entries = take_all(object);
        write_all(object, entries);
    }
}

/// Refuses a configuration that does not fit the schema, before it is read as an object.
///
/// # Errors
/// 500, as the API server's own.
pub fn check(target: &Target, applied: &Value) -> Result<(), Status> {
    fields::check(applied, shape(target.resource)).map_err(|why| {
        let text = |field| path::str(&applied["metadata"], field);
        let message = format!(
            "failed to create typed patch object ({}/{}; {}/{}, Kind={}): {why}",
            text("namespace"),
            text("name"),
            target.resource.group,
            target.resource.version,
            target.resource.kind
        );
        Status::new(Reason::Unknown, message)
    })
}

/// What a server-side apply makes of a live object (`Value::Null` when there is none), with the managers settled.
///
/// # Errors
/// 400 for a configuration that says `managedFields`, 409 when another manager owns what it changes.
pub fn apply(
    target: &Target,
    has_status: bool,
    live: &Value,
    applied: &Value,
    request: &Request,
    now: Time,
) -> Result<Value, Status> {
    if !applied["metadata"]["managedFields"].is_null() {
        return Err(Status::new(Reason::BadRequest, "metadata.managedFields must be nil"));
    }
    let manager = manager(request);
    let force = request.query("force").is_some_and(super::is_true);
    let shape = shape(target.resource);
    let mut owned = fields::fields_of(applied, shape);
    keep_ownable(&mut owned, target, has_status);
    let listed = path::list(live, "metadata.managedFields");
    let mut entries: Vec<Entry> = listed.iter().cloned().map(Entry::read).collect();
    let mut own = Entry {
        manager: manager.to_owned(),
        operation: "Apply".to_owned(),
        api_version: target.resource.api_version(),
        subresource: target.subresource.clone(),
        time: now.rfc3339(),
        fields: owned,
    };
    let mut last = Set::new();
    if let Some(at) = entries.iter().position(|entry| entry.is_of(&own)) {
        let before = entries.remove(at);
        if before.fields == own.fields {
            own.time = before.time;
        }
        last = before.fields;
    }
    let empty = json!({"metadata": {}});
    let live_or_empty = if live.is_null() { &empty } else { live };
    let mut merged = fields::merge(live_or_empty, applied, shape);
    if !last.is_empty() {
        let mut everybodys = own.fields.clone();
        for entry in &entries {
            set::unite(&mut everybodys, entry.fields.clone());
        }
        fields::prune(&mut merged, &last, &everybodys, shape);
    }
    let mut changes = fields::changes((!live.is_null()).then_some(live), &merged, shape);
    keep_ownable(&mut changes.changed, target, has_status);
    keep_ownable(&mut changes.removed, target, has_status);
    let mut conflicts: Vec<(Entry, Set)> = entries
        .iter()
        .map(|entry| (entry.clone(), set::common(&entry.fields, &changes.changed)))
        .filter(|(_, fields)| !fields.is_empty())
        .collect();
    if !force {
        if manager == "kubectl" {
            allow_last_applied(&mut conflicts, live, shape);
        }
        refuse(&conflicts)?;
    }
    for entry in &mut entries {
        set::subtract(&mut entry.fields, &changes.changed);
        set::subtract(&mut entry.fields, &changes.removed);
    }
    if !changes.changed.is_empty() || !changes.removed.is_empty() {
        own.time = now.rfc3339();
    }
    entries.push(own);
    if manager == "kubectl" && live["metadata"]["annotations"].get(LAST_APPLIED).is_some() {
        merged["metadata"]["annotations"][LAST_APPLIED] = last_applied(applied).into();
    }
    write_all(&mut merged, entries);
    Ok(merged)
}

/// kubectl may take over from client-side apply: what the annotation says and the live object still has is no conflict.
fn allow_last_applied(conflicts: &mut Vec<(Entry, Set)>, live: &Value, shape: Shape) {
    let Some(text) = live["metadata"]["annotations"][LAST_APPLIED].as_str() else { return };
    let Ok(before) = serde_json::from_str::<Value>(text) else { return };
    let mut allowed = fields::fields_of(&before, shape);
    let differs = fields::changes(Some(&before), live, shape);
    set::subtract(&mut allowed, &differs.changed);
    set::subtract(&mut allowed, &differs.removed);
    for (_, fields) in conflicts.iter_mut() {
        set::subtract(fields, &allowed);
    }
    conflicts.retain(|(_, fields)| !fields.is_empty());
}

/// The applied configuration as the annotation keeps it.
fn last_applied(applied: &Value) -> String {
    let mut object = applied.clone();
    if let Some(annotations) = object["metadata"].get_mut("annotations").and_then(Value::as_object_mut) {
        annotations.remove(LAST_APPLIED);
    } else {
        path::set(&mut object, "metadata.annotations", json!({}));
    }
    format!("{object}\n")
}

fn refuse(conflicts: &[(Entry, Set)]) -> Result<(), Status> {
    let mut causes = Vec::new();
    let mut lines: Vec<String> = Vec::new();
    for (entry, fields) in conflicts {
        lines.push(format!("conflicts with {}:", entry.shown()));
        for path in set::paths(fields) {
            lines.push(format!("- {path}"));
            let message = format!("conflict with {}", entry.shown());
            causes.push(Cause { reason: "FieldManagerConflict".to_owned(), message, field: path });
        }
    }
    let message = match causes.as_slice() {
        [] => return Ok(()),
        [only] => format!("Apply failed with 1 conflict: {}: {}", only.message, only.field),
        many => format!("Apply failed with {} conflicts: {}", many.len(), lines.join("\n")),
    };
    let mut status = Status::new(Reason::Conflict, message);
    status.causes = causes;
    Err(status)
}
