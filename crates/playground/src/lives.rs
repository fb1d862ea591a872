//! The lives of Services, Pods and claims, read off the store's changes; marks for what a person asked for.

use std::net::Ipv4Addr;

use api::{Method, Request, path};
use cluster::{Store, StoreEvent};
use serde_json::Value;
use sim::{SharedMap, SharedQueue, Time};

use crate::{Life, LifeKind, Mark, MarkKind, Survival};

/// The most bars and marks that are kept; older ones go.
const MOST: usize = 4000;

/// What names a life while it lasts.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum LifeKey {
    Object(String),
    /// A file of a container's own layer: container, path.
    Layer(String, String),
    /// A file of a volume: disk, number of the file.
    Volume(u64, u64),
}

/// All lives so far.
#[derive(Clone, Default)]
pub(crate) struct Lives {
    pub lives: SharedQueue<Life>,
    pub marks: SharedQueue<Mark>,
    /// The lives that last, as places in `lives` (counted from the first there ever was).
    open: SharedMap<LifeKey, u64>,
    dropped: u64,
    seen: u64,
}

impl Lives {
    /// Reads what changed in the store since the last time.
    pub fn observe(&mut self, store: &Store, now: Time) {
        if store.revision() == self.seen {
            return;
        }
        let changes: Vec<StoreEvent> = store.changes_since(self.seen).map(|c| c.cloned().collect()).unwrap_or_default();
        self.seen = store.revision();
        for change in changes {
            let kind = match &*change.key.resource {
                "pods" => LifeKind::Pod,
                "services" => LifeKind::Service,
                "persistentvolumeclaims" => LifeKind::Claim,
                _ => continue,
            };
            let namespace = &*change.key.namespace;
            if namespace.starts_with("kube-") || (namespace == "default" && &*change.key.name == "kubernetes") {
                continue;
            }
            self.object(kind, &change, now);
        }
    }

    fn object(&mut self, kind: LifeKind, change: &StoreEvent, now: Time) {
        let Some(object) = change.after.as_ref().or(change.before.as_ref()) else { return };
        let uid = path::str(object, "metadata.uid").to_owned();
        let key = LifeKey::Object(uid.clone());
        if change.after.is_none() {
            return self.end(&key, now);
        }
        let ip = address(kind, object);
        let port = path::list(object, "spec.ports").first().and_then(|port| path::int(port, "nodePort"));
        let port = port.and_then(|port| u16::try_from(port).ok());
        match self.get_mut(&key) {
            Some(life) => {
                if ip.is_some() {
                    life.ip = ip;
                }
                life.port = port;
            }
            None => self.begin(
                key,
                Life {
                    kind,
                    namespace: change.key.namespace.to_string(),
                    name: change.key.name.to_string(),
                    uid,
                    ip,
                    port,
                    owner: owner(object),
                    from: now,
                    until: None,
                    survival: None,
                },
            ),
        }
    }

    /// A life begins.
    pub fn begin(&mut self, key: LifeKey, life: Life) {
        self.open.insert(key, self.dropped + self.lives.len() as u64);
        self.lives.push_back(life);
        if self.lives.len() > MOST {
            self.lives.pop_front();
            self.dropped += 1;
        }
    }

    /// A life ends; one that is not known is ignored.
    pub fn end(&mut self, key: &LifeKey, now: Time) {
        if let Some(life) = self.get_mut(key) {
            life.until = Some(now);
        }
        self.open.remove(key);
    }

    fn get_mut(&mut self, key: &LifeKey) -> Option<&mut Life> {
        let index = self.open.get(key)?.checked_sub(self.dropped)?;
        self.lives.get_mut(usize::try_from(index).ok()?)
    }

    /// Whether this life lasts.
    pub fn lasts(&self, key: &LifeKey) -> bool {
        self.open.contains_key(key)
    }

    /// The files whose lives last.
    pub fn files(&self) -> Vec<LifeKey> {
        self.open.keys().filter(|key| !matches!(key, LifeKey::Object(_))).cloned().collect()
    }

    /// A file's life begins.
    pub fn begin_file(&mut self, key: LifeKey, namespace: &str, name: String, survival: Survival, now: Time) {
        let uid = format!("{key:?}");
        let life = Life {
            kind: LifeKind::File,
            namespace: namespace.to_owned(),
            name,
            uid,
            ip: None,
            port: None,
            owner: None,
            from: now,
            until: None,
            survival: Some(survival),
        };
        self.begin(key, life);
    }

    /// Marks what a person's request did.
    pub fn mark(&mut self, request: &Request, answer: &Value, now: Time) {
        let kind = match request.method {
            Method::Delete => MarkKind::Deleted,
            Method::Post => MarkKind::Created,
            _ => return,
        };
        if request.query("dryRun").is_some() {
            return;
        }
        // …/RESOURCE/NAME for a deletion; a creation's name is in the answer.
        let mut parts = request.path.rsplit('/');
        let name = match kind {
            MarkKind::Deleted => parts.next().unwrap_or_default().to_owned(),
            MarkKind::Created => path::str(answer, "metadata.name").to_owned(),
        };
        let resource = parts.next().unwrap_or_default();
        let resource =
            if kind == MarkKind::Created { request.path.rsplit('/').next().unwrap_or_default() } else { resource };
        if name.is_empty() || resource.is_empty() || resource == "v1" {
            return;
        }
        let singular = api::find_resource(resource).map_or(resource, |resource| resource.singular);
        self.marks.push_back(Mark { at: now, kind, object: format!("{singular}/{name}") });
        if self.marks.len() > MOST {
            self.marks.pop_front();
        }
    }
}

/// The workload that an object belongs to: `KIND/NAME` of its first owner.
fn owner(object: &Value) -> Option<String> {
    let first = &object["metadata"]["ownerReferences"][0];
    let (kind, name) = (first["kind"].as_str()?, first["name"].as_str()?);
    // A Deployment's ReplicaSet is named after the Deployment and the template's hash.
    let hash = object["metadata"]["labels"]["pod-template-hash"].as_str();
    let deployment = hash.and_then(|hash| name.strip_suffix(hash)?.strip_suffix('-'));
    Some(match deployment.filter(|_| kind == "ReplicaSet") {
        Some(name) => format!("Deployment/{name}"),
        None => format!("{kind}/{name}"),
    })
}

fn address(kind: LifeKind, object: &Value) -> Option<Ipv4Addr> {
    match kind {
        LifeKind::Pod => path::str(object, "status.podIP").parse().ok(),
        LifeKind::Service => path::str(object, "spec.clusterIP").parse().ok(),
        _ => None,
    }
}
