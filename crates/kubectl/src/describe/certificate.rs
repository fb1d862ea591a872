//! `kubectl describe` for CertificateSigningRequest

use api::{CertificateRequest, path};
use serde_json::Value;

use super::text::{Text, format_labels};
use crate::duration::rfc1123;
use crate::error::{Outcome, plain};

/// The parts of a subject that are listed, by the last number of their id.
const PARTS: &[(&str, u8)] = &[
    ("Organization", 10),
    ("Organizational Unit", 11),
    ("Country", 6),
    ("Locality", 7),
    ("Province", 8),
    ("StreetAddress", 9),
    ("PostalCode", 17),
];

/// Describes a CertificateSigningRequest.
///
/// # Errors
/// When what it carries is no request.
pub fn signing_request(text: &mut Text, object: &Value) -> Outcome {
    let spec = &object["spec"];
    let request = match CertificateRequest::parse(path::str(spec, "request")) {
        Ok(request) => request,
        Err(error) => return plain(format!("Error parsing CSR: {error}")),
    };
    text.pair(0, "Name", path::str(object, "metadata.name"));
    text.pair(0, "Labels", format_labels(path::get(object, "metadata.labels")));
    text.pair(0, "Annotations", format_labels(path::get(object, "metadata.annotations")));
    text.pair(0, "CreationTimestamp", rfc1123(path::str(object, "metadata.creationTimestamp")));
    text.pair(0, "Requesting User", path::str(spec, "username"));
    let signer = path::str(spec, "signerName");
    if !signer.is_empty() {
        text.pair(0, "Signer", signer);
    }
    if let Some(seconds) = spec["expirationSeconds"].as_i64() {
        text.pair(0, "Requested Duration", api::duration::human(seconds));
    }
    text.pair(0, "Status", status(object));
    text.line(0, "Subject:");
    let one = |part: u8| request.subject(part).last().unwrap_or_default().to_owned();
    text.line(0, format!("\tCommon Name:\t{}", one(3)));
    text.line(0, format!("\tSerial Number:\t{}", one(5)));
    for (title, part) in PARTS {
        let values: Vec<String> = request.subject(*part).map(str::to_owned).collect();
        list(text, title, &values);
    }
    let names = [
        ("DNS Names", &request.dns_names),
        ("Email Addresses", &request.email_addresses),
        ("URIs", &request.uris),
        ("IP Addresses", &request.ip_addresses),
    ];
    if names.iter().any(|(_, values)| !values.is_empty()) {
        text.line(0, "Subject Alternative Names:");
    }
    for (title, values) in names {
        list(text, title, values);
    }
    Ok(())
}

fn list(text: &mut Text, title: &str, values: &[String]) {
    if !values.is_empty() {
        text.column("\t", title, values);
    }
}

/// Denied, Approved or Pending, and what came of it. Approved by hand but never issued is said to be so: nothing signs here.
fn status(object: &Value) -> String {
    let conditions = path::list(object, "status.conditions");
    let has = |kind: &str| conditions.iter().any(|condition| condition["type"] == kind);
    let mut status = if has("Denied") {
        "Denied"
    } else if has("Approved") {
        "Approved"
    } else {
        "Pending"
    }
    .to_owned();
    if has("Failed") {
        status.push_str(",Failed");
    }
    if !path::str(object, "status.certificate").is_empty() {
        status.push_str(",Issued");
    }
    status
}
