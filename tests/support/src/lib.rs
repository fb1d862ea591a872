//! What tests of several crates are written with.
//!
//! Here: a cluster on a stand-in for its node's machine ([`TestCluster`]), reading transcripts ([`Transcript`]) and replacing in them
//! what falls differently every time ([`normalize`]). Not here: whole worlds, which are in `tests`.

mod cluster_on_stub;
mod normalize;
mod transcript;

pub use cluster_on_stub::{StubNode, TestCluster, deployment, pod};
pub use normalize::normalize;
pub use transcript::{Item, Transcript};
