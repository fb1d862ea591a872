//! The Kubernetes wire: requests, responses, `Status`, resources, names, quantities, durations, selectors, patches and the
//! schema table.
//!
//! Here: what a server and a client of the Kubernetes API must agree on, as plain data over [`serde_json::Value`].
//! Not here: any behaviour of a server (`cluster`) or of a client (`kubectl`), bytes, HTTP.

#![warn(clippy::missing_errors_doc)]

pub mod base64;
mod certificate_request;
pub mod duration;
mod fetched;
pub mod fields;
pub mod go_json;
pub mod names;
pub mod patch;
pub mod path;
pub mod quantity;
mod request;
mod resource;
pub mod schema;
pub mod selector;
mod status;

pub use certificate_request::CertificateRequest;
pub use fetched::FetchedText;
pub use patch::strategic;
pub use quantity::Quantity;
pub use request::{
    Body, ByteStream, ExecOutput, Forward, ForwardEvent, LocalFuture, Method, PatchType, Request, Response, Transport,
    Unreachable, Upgraded, User, WatchEvent, WatchStream,
};
pub use resource::{
    Column, Resource, Subresource, find_resource, metrics_resources, resource_at, resource_of_key, resource_of_kind,
    resources, resources_in_category, split_api_version,
};
pub use selector::{FieldSelector, LabelSelector};
pub use status::{Cause, Reason, Status, phrase};
