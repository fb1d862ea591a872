//! Sets of an object's fields, and what makes a set of two objects: who owns what, what changed, how a server-side apply
//! merges.
//!
//! Follows sigs.k8s.io/structured-merge-diff (`fieldpath`, `typed`).
//! <https://kubernetes.io/docs/reference/using-api/server-side-apply/>

mod check;
pub mod set;
mod shape;
mod typed;

pub use check::check;
pub use shape::Shape;
pub use typed::{Changes, changes, changes_of, covers, fields_of, merge, prune};
