//! What crosses crates.
//!
//! Here: the golden-transcript harness ([`check`]), worlds to test with ([`world`]), and hostile input ([`corpus`](corpus())) with what
//! plays it ([`fuzz`]). The transcripts are under
//! `tests/transcripts`, the manifests they use under `tests/manifests`; both folders' READMEs say how they came to be.
//! Not here: anything the product uses.

mod corpus;
pub mod fuzz;
mod golden;
mod worlds;

pub use corpus::corpus;
pub use golden::check;
pub use test_support::{Item, Transcript, normalize};
pub use worlds::{manifests, world};
