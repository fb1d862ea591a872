//! The control plane and the node's agents.
//!
//! Here: the API server over a store with revisions and watch, the controllers (one a file), the scheduler, the kubelet,
//! kube-proxy, the cluster's DNS records and the volume provisioner. They meet only at the API: each watches, compares and
//! writes; nothing calls another component.
//! Not here: machines and networks (asked for through [`Node`]), kubectl, any future: the cluster is plain, cloneable data
//! that a host steps.

pub mod node;
pub mod reconcile;
pub mod store;

pub use node::Node;
pub use reconcile::{EventRecord, Outcome, View, Write};
pub use store::{ObjectKey, Store, StoreEvent};
