//! `Status`: how the API says that something failed.

use serde_json::{Value, json};

use crate::path;

/// Why a request failed (`metav1.StatusReason`), each with its HTTP code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// 400
    BadRequest,
    /// 401
    Unauthorized,
    /// 403
    Forbidden,
    /// 404
    NotFound,
    /// 405
    MethodNotAllowed,
    /// 406
    NotAcceptable,
    /// 409: it exists already
    AlreadyExists,
    /// 409: it was changed in between
    Conflict,
    /// 410: too old a resource version
    Expired,
    /// 410
    Gone,
    /// 413
    RequestEntityTooLarge,
    /// 415
    UnsupportedMediaType,
    /// 422
    Invalid,
    /// 429: a disruption budget, say
    TooManyRequests,
    /// 500
    InternalError,
    /// 503
    ServiceUnavailable,
    /// 504
    Timeout,
    /// any other, kept as the server wrote it nowhere
    Unknown,
}

const REASONS: &[(Reason, &str, u16)] = &[
    (Reason::BadRequest, "BadRequest", 400),
    (Reason::Unauthorized, "Unauthorized", 401),
    (Reason::Forbidden, "Forbidden", 403),
    (Reason::NotFound, "NotFound", 404),
    (Reason::MethodNotAllowed, "MethodNotAllowed", 405),
    (Reason::NotAcceptable, "NotAcceptable", 406),
    (Reason::AlreadyExists, "AlreadyExists", 409),
    (Reason::Conflict, "Conflict", 409),
    (Reason::Expired, "Expired", 410),
    (Reason::Gone, "Gone", 410),
    (Reason::RequestEntityTooLarge, "RequestEntityTooLarge", 413),
    (Reason::UnsupportedMediaType, "UnsupportedMediaType", 415),
    (Reason::Invalid, "Invalid", 422),
    (Reason::TooManyRequests, "TooManyRequests", 429),
    (Reason::InternalError, "InternalError", 500),
    (Reason::ServiceUnavailable, "ServiceUnavailable", 503),
    (Reason::Timeout, "Timeout", 504),
    (Reason::Unknown, "", 500),
];

impl Reason {
    /// The reason as the API writes it.
    pub fn as_str(self) -> &'static str {
        REASONS.iter().find(|(reason, _, _)| *reason == self).map_or("", |(_, name, _)| name)
    }

    /// The HTTP status code it comes with.
    pub fn code(self) -> u16 {
        REASONS.iter().find(|(reason, _, _)| *reason == self).map_or(500, |(_, _, code)| *code)
    }

    fn from_str(text: &str) -> Reason {
        REASONS.iter().find(|(_, name, _)| *name == text).map_or(Reason::Unknown, |(reason, _, _)| *reason)
    }
}

/// One of the causes in a `Status`' details (`metav1.StatusCause`): for an invalid object, one field's error.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cause {
    /// `FieldValueInvalid`, `FieldValueRequired`, `ExitCode` …
    pub reason: String,
    /// What is wrong with the field.
    pub message: String,
    /// The field's path, such as `spec.containers[0].name`.
    pub field: String,
}

/// A failure as the API reports it (`metav1.Status` with `status: Failure`), and exec's result, which may be a success.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Status {
    /// False for exec's `Success`.
    pub failure: bool,
    /// Why.
    pub reason: Reason,
    /// The HTTP code.
    pub code: u16,
    /// The sentence a person reads.
    pub message: String,
    /// The object's name.
    pub name: String,
    /// The group of the object's kind or resource.
    pub group: String,
    /// The kind (for `Invalid`) or the resource.
    pub kind: String,
    /// The object's uid, for a failed precondition.
    pub uid: String,
    /// The single errors.
    pub causes: Vec<Cause>,
}

impl Status {
    /// A failure without details.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Status {
            failure: true,
            reason,
            code: reason.code(),
            message: message.into(),
            name: String::new(),
            group: String::new(),
            kind: String::new(),
            uid: String::new(),
            causes: Vec::new(),
        }
    }

    /// An internal error: something in here is wrong, not what the person asked.
    pub fn internal(message: impl Into<String>) -> Self {
        Status::new(Reason::InternalError, format!("Internal error occurred: {}", message.into()))
    }

    /// The same failure about an object: `resource` is the plural (or the kind, for `Invalid`).
    #[must_use]
    pub fn about(mut self, group: &str, resource: &str, name: &str) -> Self {
        self.group = group.to_owned();
        self.kind = resource.to_owned();
        self.name = name.to_owned();
        self
    }

    /// `pods "web" not found`; with a group, `deployments.apps "web" not found`.
    pub fn not_found(group: &str, resource: &str, name: &str) -> Self {
        let qualified = qualified(group, resource);
        Status::new(Reason::NotFound, format!("{qualified} \"{name}\" not found")).about(group, resource, name)
    }

    /// `pods "web" already exists`.
    pub fn already_exists(group: &str, resource: &str, name: &str) -> Self {
        let qualified = qualified(group, resource);
        Status::new(Reason::AlreadyExists, format!("{qualified} \"{name}\" already exists"))
            .about(group, resource, name)
    }

    /// The optimistic lock failed.
    pub fn conflict(group: &str, resource: &str, name: &str, why: &str) -> Self {
        let qualified = qualified(group, resource);
        let message = format!("Operation cannot be fulfilled on {qualified} \"{name}\": {why}");
        Status::new(Reason::Conflict, message).about(group, resource, name)
    }

    /// `pods "web" is forbidden: why`.
    pub fn forbidden(group: &str, resource: &str, name: &str, why: &str) -> Self {
        let qualified = qualified(group, resource);
        let message = format!("{qualified} \"{name}\" is forbidden: {why}");
        Status::new(Reason::Forbidden, message).about(group, resource, name)
    }

    /// Reads a `Status` object; anything else becomes an unknown failure that quotes nothing.
    pub fn from_value(value: &Value) -> Self {
        let details = &value["details"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let causes = details["causes"].as_array().map(Vec::as_slice).unwrap_or_default();
        Status {
            failure: value["status"] != "Success",
            reason: Reason::from_str(path::str(value, "reason")),
            code: value["code"].as_u64().and_then(|code| u16::try_from(code).ok()).unwrap_or(500),
            message: text(&value["message"]),
            name: text(&details["name"]),
            group: text(&details["group"]),
            kind: text(&details["kind"]),
            uid: text(&details["uid"]),
            causes: causes
                .iter()
                .map(|cause| Cause {
                    reason: text(&cause["reason"]),
                    message: text(&cause["message"]),
                    field: text(&cause["field"]),
                })
                .collect(),
        }
    }

    /// The `Status` object as the API server sends it.
    pub fn to_value(&self) -> Value {
        let mut value = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {},
            "status": if self.failure { "Failure" } else { "Success" },
        });
        if !self.failure {
            return value;
        }
        value["message"] = self.message.clone().into();
        if self.reason != Reason::Unknown {
            value["reason"] = self.reason.as_str().into();
        }
        let mut details = serde_json::Map::new();
        for (key, text) in [("name", &self.name), ("group", &self.group), ("kind", &self.kind), ("uid", &self.uid)] {
            if !text.is_empty() {
                details.insert(key.to_owned(), text.clone().into());
            }
        }
        if !self.causes.is_empty() {
            let causes = self.causes.iter().map(|cause| {
                let mut object = json!({"reason": cause.reason, "message": cause.message});
                if !cause.field.is_empty() {
                    object["field"] = cause.field.clone().into();
                }
                object
            });
            details.insert("causes".to_owned(), causes.collect());
        }
        if !details.is_empty() {
            value["details"] = Value::Object(details);
        }
        value["code"] = self.code.into();
        value
    }
}

fn qualified(group: &str, resource: &str) -> String {
    if group.is_empty() { resource.to_owned() } else { format!("{resource}.{group}") }
}

/// The words that HTTP has for a code.
pub fn phrase(code: u16) -> &'static str {
    match code {
        101 => "Switching Protocols",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        409 => "Conflict",
        410 => "Gone",
        413 => "Request Entity Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Internal Server Error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_reads_back_as_it_was_written() {
        let mut status = Status::not_found("apps", "deployments", "web");
        status.causes.push(Cause { reason: "x".into(), message: "y".into(), field: "spec".into() });
        assert_eq!(status.message, "deployments.apps \"web\" not found");
        assert_eq!(Status::from_value(&status.to_value()), status);
        assert_eq!(status.to_value()["code"], 404);
    }
}
