//! Manifests: YAML (or JSON) to JSON as kubectl reads it, with errors in kubectl's words and places for an editor.
//!
//! Here: the reader ([`parse`]), the writer ([`to_yaml`]), and [`diagnose`], which tells an editor what `kubectl apply`
//! would complain about, and where. Not here: files, the API server's own validation ([`place_status`] maps its answer to
//! places), rendering.

#![warn(clippy::missing_errors_doc)]

mod compose;
mod diagnose;
mod document;
mod emit;
mod yaml;

pub use diagnose::{Diagnostic, Help, Severity, diagnose, place_status};
pub use document::{Document, MAX_BYTES, ParseError, Parsed, Span, parse};
pub use emit::to_yaml;
