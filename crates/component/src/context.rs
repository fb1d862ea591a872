//! What a reconcile is given beside its key.

use api::path;
use apiserver::{ObjectKey, Settings};
use serde_json::Value;
use sim::{Rng, Time};

use crate::{Index, View};

/// What a component is given beside the key: what it sees, the time, and chance for generated names.
pub struct Context<'a> {
    /// All objects.
    pub view: View<'a>,
    /// Who owns what, which Pods are where.
    pub index: &'a Index,
    /// How the cluster is set up.
    pub settings: &'a Settings,
    /// The time.
    pub now: Time,
    /// The world's generator.
    pub rng: &'a mut Rng,
}

/// The key of components that have only one: each of their reconciles reads all objects they act on.
pub fn singleton_key() -> ObjectKey {
    ObjectKey::new("", "", "")
}

/// Whether its deletion was asked for.
pub fn is_deleting(object: &Value) -> bool {
    !path::get(object, "metadata.deletionTimestamp").is_null()
}
