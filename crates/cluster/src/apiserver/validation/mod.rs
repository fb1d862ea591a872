//! Validation: one file a kind. All errors of an object at once, in the order in which Kubernetes finds them.

pub mod field;

pub use field::Errors;
