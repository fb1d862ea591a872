//! The store: every object as JSON, a revision for every change, and the recent changes for watchers.

use std::rc::Rc;

use api::path;
use serde_json::Value;
use sim::{SharedMap, SharedQueue};

/// Names an object: its resource, namespace (empty for cluster-scoped ones) and name. Ordered as lists are.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ObjectKey {
    /// The plural with its group, as `kubectl api-resources -o name` prints it: `pods`, `deployments.apps`.
    pub resource: Rc<str>,
    /// The namespace; empty for a cluster-scoped object.
    pub namespace: Rc<str>,
    /// The name.
    pub name: Rc<str>,
}

impl ObjectKey {
    /// A key from its three parts.
    pub fn new(resource: &str, namespace: &str, name: &str) -> Self {
        ObjectKey { resource: resource.into(), namespace: namespace.into(), name: name.into() }
    }
}

/// One change of the store.
#[derive(Clone, Debug)]
pub struct StoreEvent {
    /// The revision this change made.
    pub revision: u64,
    /// The object's key.
    pub key: ObjectKey,
    /// The object before; `None` when it was created.
    pub before: Option<Rc<Value>>,
    /// The object after; `None` when it was removed.
    pub after: Option<Rc<Value>>,
}

/// How many changes are kept for watchers; older resource versions get 410 Expired.
const HISTORY: usize = 2048;
/// How many bytes the kept changes may hold, as [`size`] counts them: a large object that is changed often pushes out older
/// changes sooner. The last change is always kept.
const HISTORY_BYTES: u64 = 6 << 20;

/// A change as the history keeps it.
#[derive(Clone, Debug)]
struct Kept {
    event: StoreEvent,
    /// The size of the object that it made or removed.
    bytes: u64,
}

/// How many objects there may be: the real database has 2 GiB, which is more than a page can hold.
const SPACE: usize = 8_000;

/// The objects of one resource, in the order of namespace and name.
type ResourceTable = Vec<(ObjectKey, Rc<Value>)>;

/// All objects and the recent history. Cloning shares everything; the first change after it copies the list of the resource's
/// keys and pointers.
#[derive(Clone, Default)]
pub struct Store {
    objects: SharedMap<Rc<str>, ResourceTable>,
    history: SharedQueue<Kept>,
    /// By resource, the last change that is no longer kept, so that many changes of one resource do not expire watches of others.
    forgotten: SharedMap<Rc<str>, u64>,
    /// Bytes of the changes that are kept, and of all changes ever.
    held: u64,
    remembered: u64,
    revision: u64,
}

impl Store {
    /// An empty store at revision 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// The revision of the last change.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Whether there is no room for another object.
    pub fn is_full(&self) -> bool {
        self.objects.values().map(Vec::len).sum::<usize>() >= SPACE
    }

    fn table(&self, resource: &str) -> &[(ObjectKey, Rc<Value>)] {
        self.objects.get(resource).map(Vec::as_slice).unwrap_or_default()
    }

    /// The object of this key.
    pub fn get(&self, key: &ObjectKey) -> Option<&Rc<Value>> {
        let table = self.table(&key.resource);
        position(table, key).ok().map(|at| &table[at].1)
    }

    /// The objects of a resource in the order of namespace and name; of one namespace, if one is given.
    pub fn list<'a>(
        &'a self,
        resource: &str,
        namespace: Option<&str>,
    ) -> impl Iterator<Item = (&'a ObjectKey, &'a Rc<Value>)> + use<'a> {
        let mut table = self.table(resource);
        if let Some(namespace) = namespace {
            let from = table.partition_point(|(key, _)| &*key.namespace < namespace);
            let to = table.partition_point(|(key, _)| &*key.namespace <= namespace);
            table = &table[from..to];
        }
        table.iter().map(|(key, object)| (key, object))
    }

    /// All objects, in the order of resource, namespace and name.
    pub fn all(&self) -> impl Iterator<Item = (&ObjectKey, &Rc<Value>)> {
        self.objects.values().flatten().map(|(key, object)| (key, object))
    }

    /// Replaces, inserts or removes the object of a key in its table; returns the one that was there.
    fn exchange(&mut self, key: &ObjectKey, object: Option<Rc<Value>>) -> Option<Rc<Value>> {
        let table = self.objects.get_or_insert_with(key.resource.clone(), Vec::new);
        match (position(table, key), object) {
            (Ok(at), Some(object)) => Some(std::mem::replace(&mut table[at].1, object)),
            (Ok(at), None) => Some(table.remove(at).1),
            (Err(at), Some(object)) => {
                table.insert(at, (key.clone(), object));
                None
            }
            (Err(_), None) => None,
        }
    }

    /// Puts an object in (or, with `None`, takes it out) under a new revision, which is written into its
    /// `metadata.resourceVersion`. Returns the object as stored: after the change, or before it if it was taken out.
    pub fn put(&mut self, key: ObjectKey, object: Option<Value>) -> Option<Rc<Value>> {
        if object.is_none() && self.get(&key).is_none() {
            return None;
        }
        self.revision += 1;
        let after = object.map(|mut object| {
            path::set(&mut object, "metadata.resourceVersion", self.revision.to_string());
            Rc::new(object)
        });
        let before = self.exchange(&key, after.clone());
        self.remember(StoreEvent { revision: self.revision, key, before: before.clone(), after: after.clone() });
        after.or(before)
    }

    /// Takes an object out under a new revision; `last` is what watchers see of it, with that revision. Returns it.
    pub fn remove(&mut self, key: ObjectKey, mut last: Value) -> Rc<Value> {
        if self.exchange(&key, None).is_none() {
            return Rc::new(last);
        }
        self.revision += 1;
        path::set(&mut last, "metadata.resourceVersion", self.revision.to_string());
        let last = Rc::new(last);
        self.remember(StoreEvent { revision: self.revision, key, before: Some(last.clone()), after: None });
        last
    }

    /// The oldest revision a watch can start from.
    pub fn oldest_revision(&self) -> u64 {
        self.history.front().map_or(self.revision, |kept| kept.event.revision - 1)
    }

    /// Which part of all bytes ever remembered the history holds: from, to. Copies of one store that hold the same part
    /// share it.
    pub fn history_span(&self) -> (u64, u64) {
        (self.remembered - self.held, self.remembered)
    }

    fn remember(&mut self, event: StoreEvent) {
        // The object before is the one of an earlier change.
        let bytes = event.after.as_ref().or(event.before.as_ref()).map_or(0, |object| size(object));
        self.held += bytes;
        self.remembered += bytes;
        self.history.push_back(Kept { event, bytes });
        while self.history.len() > HISTORY || self.held > HISTORY_BYTES && self.history.len() > 1 {
            let Some(kept) = self.history.pop_front() else { break };
            self.held -= kept.bytes;
            self.forgotten.insert(kept.event.key.resource.clone(), kept.event.revision);
        }
    }

    /// The changes after a revision, oldest first; `None` when they are no longer all kept.
    pub fn changes_since(&self, revision: u64) -> Option<impl Iterator<Item = &StoreEvent>> {
        let oldest = self.history.front().map_or(self.revision + 1, |kept| kept.event.revision);
        (revision + 1 >= oldest).then(|| self.kept_since(revision))
    }

    /// The changes of one resource after a revision, oldest first; `None` when those are no longer all kept.
    pub fn changes_of(&self, resource: &str, revision: u64) -> Option<impl Iterator<Item = &StoreEvent>> {
        let known = self.forgotten.get(resource).is_none_or(|last| *last <= revision);
        known.then(|| self.kept_since(revision).filter(move |event| *event.key.resource == *resource))
    }

    /// The kept changes after a revision.
    fn kept_since(&self, revision: u64) -> impl Iterator<Item = &StoreEvent> {
        let oldest = self.history.front().map_or(self.revision + 1, |kept| kept.event.revision);
        // By index: an iterator would visit all that it skips.
        let first = (revision + 1).saturating_sub(oldest) as usize;
        (first..self.history.len()).filter_map(|index| self.history.get(index)).map(|kept| &kept.event)
    }
}

/// About how many bytes of memory an object takes. A map of one field takes as much as one of eleven, which is most of it.
fn size(value: &Value) -> u64 {
    const VALUE: u64 = 32;
    const TEXT: u64 = 16;
    const MAP: u64 = 640;
    let of_text = |text: &str| TEXT + text.len() as u64;
    let inside = match value {
        Value::String(text) => of_text(text),
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(fields) => {
            let mut sum = (fields.len() as u64).div_ceil(8) * MAP;
            for (name, value) in fields {
                sum += of_text(name);
                // Most values are texts, whose size needs no call.
                sum += match value {
                    Value::String(text) => VALUE + of_text(text),
                    other => size(other),
                };
            }
            sum
        }
        _ => 0,
    };
    VALUE + inside
}

/// The index of a key in its table; `Err` with the index at which it would be inserted.
fn position(table: &[(ObjectKey, Rc<Value>)], key: &ObjectKey) -> Result<usize, usize> {
    table.binary_search_by(|(other, _)| (&other.namespace, &other.name).cmp(&(&key.namespace, &key.name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn revisions_lists_and_changes() {
        let mut store = Store::new();
        for (namespace, name) in [("b", "x"), ("a", "y"), ("a", "x")] {
            store.put(ObjectKey::new("pods", namespace, name), Some(json!({"metadata": {"name": name}})));
        }
        store.put(ObjectKey::new("pods.other", "a", "z"), Some(json!({"metadata": {}})));
        let names =
            |ns| store.list("pods", ns).map(|(key, _)| format!("{}/{}", key.namespace, key.name)).collect::<Vec<_>>();
        assert_eq!(names(None), ["a/x", "a/y", "b/x"]);
        assert_eq!(names(Some("a")), ["a/x", "a/y"]);
        assert_eq!(store.revision(), 4);
        let copy = store.clone();
        store.put(ObjectKey::new("pods", "a", "x"), None);
        assert_eq!(store.changes_since(3).unwrap().map(|event| event.revision).collect::<Vec<_>>(), [4, 5]);
        assert_eq!(copy.changes_since(3).unwrap().count(), 1);
        assert_eq!(store.changes_since(5).unwrap().count(), 0);
        assert!(store.get(&ObjectKey::new("pods", "a", "x")).is_none());
    }

    #[test]
    fn the_history_is_bounded_by_bytes_too() {
        // Each is a little more than a mebibyte, so that one less than their sum fits.
        let fit = (HISTORY_BYTES >> 20) as usize - 1;
        let mut store = Store::new();
        let large = ObjectKey::new("configmaps", "default", "large");
        for _ in 0..300 {
            store.put(large.clone(), Some(json!({"metadata": {}, "data": {"k": "x".repeat(1 << 20)}})));
            let (from, to) = store.history_span();
            assert!(to - from <= HISTORY_BYTES, "{} bytes are kept", to - from);
        }
        assert_eq!(store.history.len(), fit);
        assert!(store.changes_since(299 - fit as u64).is_none());
        assert_eq!(store.changes_since(300 - fit as u64).unwrap().count(), fit);
        // A change that is larger than the whole history is still seen by watchers.
        store.put(large.clone(), Some(json!({"metadata": {}, "data": {"k": "x".repeat(40 << 20)}})));
        assert_eq!(store.changes_since(300).unwrap().count(), 1);
        assert_eq!(store.oldest_revision(), 300);
        // Of another resource nothing was forgotten.
        assert_eq!(store.changes_of("pods", 1).map(Iterator::count), Some(0));
        assert!(store.changes_of("configmaps", 299).is_none());
        // Small ones are bounded by their count, and nothing of the large ones is left.
        for n in 0..3000 {
            store.put(ObjectKey::new("pods", "default", &format!("{n}")), Some(json!({"metadata": {}})));
        }
        let (from, to) = store.history_span();
        assert_eq!((store.history.len(), to - from < 8 << 20), (HISTORY, true));
        assert!(store.changes_of("pods", 301).is_none());
        assert_eq!(store.changes_of("configmaps", 301).map(Iterator::count), Some(0));
    }
}
