//! What every component of the cluster is built with, as client-go and component-helpers are for the real ones.
//!
//! Here: the [`Component`]s' names and latencies, what a reconcile is given ([`Context`], [`View`], [`Index`]) and gives back
//! ([`Reconciled`], [`Write`]), the queue of keys, the trait by which agents use their [`Node`], and how a Pod's requests add up.
//! Not here: what a component decides (`controllers`, `kubelet`), and how its writes reach the API server (`cluster`).

#![warn(clippy::missing_errors_doc)]

mod component;
mod context;
pub mod index;
pub mod node;
pub mod placement;
pub mod reconcile;
pub mod resources;
mod work_queue;

pub use component::Component;
pub use context::{Context, is_deleting, singleton_key};
pub use index::{Index, PodInfo};
pub use node::Node;
pub use reconcile::{EventRecord, Reconciled, View, Write, write_status};
pub use work_queue::WorkQueue;
