//! CertificateSigningRequests: who asked, who may approve, and what approval and status may change.
//!
//! Follows kubernetes/pkg/registry/certificates, pkg/apis/certificates/validation, and the admission plugins
//! CertificateApproval and CertificateSubjectRestriction. Not here: a signer (nothing is ever issued), the check of a request's
//! signature, and the cleaner that removes old requests.

use api::{CertificateRequest, Reason, Request, Status, User, path};
use serde_json::{Value, json};
use sim::Time;

use super::authentication;
use super::authorization::{self, Attributes};
use super::route::Target;
use super::validation::Errors;
use crate::ApiServer;

/// The resource's key.
pub const KEY: &str = "certificatesigningrequests.certificates.k8s.io";

/// Conditions that cannot be removed.
const LASTING: &[&str] = &["Approved", "Denied", "Failed"];

/// The usages of a certificate, in the order in which errors list them.
const USAGES: &[&str] = &[
    "any",
    "cert sign",
    "client auth",
    "code signing",
    "content commitment",
    "crl sign",
    "data encipherment",
    "decipher only",
    "digital signature",
    "email protection",
    "encipher only",
    "ipsec end system",
    "ipsec tunnel",
    "ipsec user",
    "key agreement",
    "key encipherment",
    "microsoft sgc",
    "netscape sgc",
    "ocsp signing",
    "s/mime",
    "server auth",
    "signing",
    "timestamping",
];

/// Sets the requesting user in a new request; clients cannot choose it.
pub fn requested_by(object: &mut Value, request: &Request) {
    let User { name, uid, groups } = authentication::user(request);
    for field in ["username", "uid", "groups", "extra"] {
        path::remove(object, &format!("spec.{field}"));
    }
    if object["spec"].is_object() {
        object["spec"]["username"] = name.into();
        object["spec"]["groups"] = groups.into();
        if !uid.is_empty() {
            object["spec"]["uid"] = uid.into();
        }
    }
}

/// Refuses a new request that would make its owner a member of `system:masters`.
///
/// # Errors
/// 403.
pub fn admit(object: &Value) -> Result<(), Status> {
    let signer = "kubernetes.io/kube-apiserver-client";
    if path::str(object, "spec.signerName") != signer {
        return Ok(());
    }
    let name = path::str(object, "metadata.name");
    let asked = CertificateRequest::parse(path::str(object, "spec.request"))
        .map_err(|error| forbidden(name, &format!("failed to parse CSR: {error}")))?;
    if asked.subject(10).any(|group| group == authentication::MASTERS) {
        return Err(forbidden(
            name,
            &format!("use of {signer} signer with {} group is not allowed", authentication::MASTERS),
        ));
    }
    Ok(())
}

/// Refuses an approval or denial by a user who may not approve for the request's signer.
///
/// # Errors
/// 403; 404 for a request that is not there.
pub fn authorize(server: &ApiServer, target: &Target, request: &Request) -> Result<(), Status> {
    let old = server.fetch(target)?;
    let signer = path::str(&old, "spec.signerName");
    let user = authentication::user(request);
    let all = format!("{}/*", signer.split('/').next().unwrap_or_default());
    let may = [signer, &all].into_iter().any(|name| {
        let wanted = Attributes {
            verb: "approve".to_owned(),
            group: "certificates.k8s.io".to_owned(),
            resource: "signers".to_owned(),
            name: name.to_owned(),
            ..Attributes::default()
        };
        authorization::allows(&server.store, &user, &wanted).is_some()
    });
    match may {
        true => Ok(()),
        false => {
            let why = format!("user not permitted to approve requests with signerName {signer:?}");
            Err(forbidden(&target.name, &why))
        }
    }
}

fn forbidden(name: &str, why: &str) -> Status {
    let (group, plural) = ("certificates.k8s.io", "certificatesigningrequests");
    Status::new(Reason::Forbidden, format!("{plural}.{group} {name:?} is forbidden: {why}")).about(group, plural, name)
}

/// What an update may change: nothing of the request itself, by `approval` the conditions, by `status` all of the status but
/// Approved and Denied.
pub fn prepare(subresource: &str, new: &mut Value, old: &Value, now: Time) {
    new["spec"] = old["spec"].clone();
    match subresource {
        "approval" => {
            stamp(new, old, now);
            let conditions = new["status"]["conditions"].take();
            new["status"] = old.get("status").filter(|status| status.is_object()).cloned().unwrap_or_else(|| json!({}));
            if !conditions.is_null() {
                new["status"]["conditions"] = conditions;
            }
        }
        "status" => {
            for kind in ["Approved", "Denied"] {
                let before = of_kind(old, kind);
                if before.len() == of_kind(new, kind).len() {
                    let mut before = before.into_iter();
                    for condition in conditions_mut(new).filter(|condition| condition["type"] == kind) {
                        *condition = before.next().cloned().unwrap_or_default();
                    }
                }
            }
            stamp(new, old, now);
        }
        _ => {}
    }
}

fn conditions_mut(object: &mut Value) -> impl Iterator<Item = &mut Value> {
    object
        .get_mut("status")
        .and_then(|status| status.get_mut("conditions"))
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
}

fn of_kind<'a>(object: &'a Value, kind: &str) -> Vec<&'a Value> {
    path::list(object, "status.conditions").iter().filter(|condition| condition["type"] == kind).collect()
}

/// Sets the times of conditions that have none.
fn stamp(new: &mut Value, old: &Value, now: Time) {
    for condition in conditions_mut(new).filter(|condition| condition.is_object()) {
        if condition["lastUpdateTime"].is_null() {
            condition["lastUpdateTime"] = now.rfc3339().into();
        }
        if condition["lastTransitionTime"].is_null() {
            let before = path::list(old, "status.conditions").iter().find(|before| {
                before["type"] == condition["type"]
                    && before["status"] == condition["status"]
                    && !before["lastTransitionTime"].is_null()
            });
            condition["lastTransitionTime"] =
                before.map_or_else(|| now.rfc3339().into(), |before| before["lastTransitionTime"].clone());
        }
    }
}

/// Validates a new request.
pub fn validate(object: &Value, errors: &mut Errors) {
    let spec = &object["spec"];
    let request = path::str(spec, "request");
    if let Err(error) = CertificateRequest::parse(request) {
        errors.invalid("spec.request", request, &error);
    }
    let usages = path::list(spec, "usages");
    if usages.is_empty() {
        errors.required("spec.usages", "");
    }
    let usages: Vec<&str> = usages.iter().filter_map(Value::as_str).collect();
    for (index, usage) in usages.iter().enumerate().filter(|(_, usage)| !USAGES.contains(usage)) {
        errors.unsupported(format_args!("spec.usages[{index}]"), *usage, USAGES);
    }
    for (index, usage) in usages.iter().enumerate().filter(|(index, usage)| usages[..*index].contains(usage)) {
        errors.duplicate(format_args!("spec.usages[{index}]"), *usage);
    }
    match path::str(spec, "signerName") {
        legacy @ "kubernetes.io/legacy-unknown" => {
            errors.invalid("spec.signerName", legacy, "the legacy signerName is not allowed via this API version");
        }
        signer => signer_name(signer, errors),
    }
    if let Some(seconds) = spec["expirationSeconds"].as_i64().filter(|seconds| *seconds < 600) {
        let why = "may not specify a duration less than 600 seconds (10 minutes)";
        errors.invalid("spec.expirationSeconds", seconds, why);
    }
    conditions(object, errors);
}

fn signer_name(name: &str, errors: &mut Errors) {
    let field = "spec.signerName";
    if name.is_empty() {
        return errors.required(field, "");
    }
    let Some((domain, rest)) = name.split_once('/').filter(|(_, rest)| !rest.contains('/')) else {
        let why = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
        return errors.invalid(field, name, why);
    };
    for label in domain.split('.') {
        for error in api::names::dns1123_label(label) {
            errors.invalid(field, domain, &format!("validating label {label:?}: {error}"));
        }
    }
    if !domain.contains('.') {
        errors.invalid(field, domain, "should be a domain with at least two segments separated by dots");
    }
    for label in rest.split('.') {
        for error in api::names::dns1123_subdomain(label) {
            errors.invalid(field, rest, &format!("validating label {label:?}: {error}"));
        }
    }
}

fn conditions(object: &Value, errors: &mut Errors) {
    let conditions = path::list(object, "status.conditions");
    for (index, condition) in conditions.iter().enumerate() {
        let field = format!("status.conditions[{index}]");
        let (kind, status) = (path::str(condition, "type"), path::str(condition, "status"));
        if kind.is_empty() {
            errors.required(format_args!("{field}.type"), "");
        }
        let allowed: &[&str] = if LASTING.contains(&kind) { &["True"] } else { &["False", "True", "Unknown"] };
        if status.is_empty() {
            errors.required(format_args!("{field}.status"), "");
        } else if !allowed.contains(&status) {
            errors.unsupported(format_args!("{field}.status"), status, allowed);
        }
        let before = &conditions[..index];
        let has = |kind: &str| before.iter().any(|condition| condition["type"] == kind);
        if kind == "Approved" && has("Denied") || kind == "Denied" && has("Approved") {
            errors.invalid("status.conditions", kind, "Approved and Denied conditions are mutually exclusive");
        }
        if has(kind) {
            errors.duplicate(format_args!("{field}.type"), kind);
        }
    }
}

/// Finds what an update through this subresource must not change.
pub fn validate_update(subresource: &str, new: &Value, old: &Value, errors: &mut Errors) {
    validate(new, errors);
    let place = "status.conditions";
    for kind in LASTING {
        if of_kind(new, kind).len() < of_kind(old, kind).len() {
            errors.forbidden(place, &format!("updates may not remove a condition of type {kind:?}"));
        }
    }
    for kind in ["Approved", "Denied"].into_iter().filter(|_| subresource != "approval") {
        if of_kind(new, kind).len() > of_kind(old, kind).len() {
            errors.forbidden(place, &format!("updates may not add a condition of type {kind:?}"));
        }
    }
    let (before, after) = (path::str(old, "status.certificate"), path::str(new, "status.certificate"));
    if before != after && subresource != "status" {
        errors.forbidden("status.certificate", "updates may not set certificate content");
    } else if before != after && !before.is_empty() {
        errors.forbidden("status.certificate", "updates may not modify existing certificate content");
    } else if before != after && !is_certificate(after) {
        let why = "must contain at least one CERTIFICATE PEM block";
        errors.invalid("status.certificate", "<certificate data>", why);
    }
}

/// Whether base64 holds something that looks like a certificate.
fn is_certificate(text: &str) -> bool {
    let pem = api::base64::decode(text).unwrap_or_default();
    String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----")
}
