//! The API's requests and answers as HTTP carries them, for whoever has a wire: the API server's port in the world, and
//! `kube-playground serve`.

use api::{Method, PatchType, Reason, Request, Status, User};
use serde_json::{Map, Value};

/// Method, path, query and whom the client acts for. `target` is a path with its query, percent-encoded; `header` gives a
/// header's value or nothing.
///
/// # Errors
/// A `Status`: the method or the kind of patch is unknown.
pub fn head<'a>(method: &str, target: &str, header: impl Fn(&str) -> &'a str) -> Result<Request, Box<Value>> {
    let method = match method {
        "GET" | "HEAD" => Method::Get,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        _ => {
            let message = "the server does not allow this method on the requested resource";
            return Err(Box::new(Status::new(Reason::MethodNotAllowed, message).to_value()));
        }
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request = Request::new(method, decode(path, false));
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        request.query.push((decode(name, true), decode(value, true)));
    }
    if method == Method::Patch {
        request.patch = match header("content-type").split(';').next().unwrap_or_default().trim() {
            "application/json-patch+json" => Some(PatchType::Json),
            "application/merge-patch+json" => Some(PatchType::Merge),
            "application/strategic-merge-patch+json" => Some(PatchType::Strategic),
            "application/apply-patch+yaml" => Some(PatchType::Apply),
            _ => {
                return Err(unknown_format(
                    "application/json-patch+json, application/merge-patch+json, \
                     application/strategic-merge-patch+json, application/apply-patch+yaml",
                ));
            }
        };
    }
    let user = header("impersonate-user");
    if !user.is_empty() {
        let uid = header("impersonate-uid").to_owned();
        request.user = Some(Box::new(User { name: user.to_owned(), uid, groups: Vec::new() }));
    }
    Ok(request)
}

/// The refusal of a body in a form that nobody reads.
pub fn unknown_format(accepted: &str) -> Box<Value> {
    let message =
        format!("the body of the request was in an unknown format - accepted media types include: {accepted}");
    Box::new(Status::new(Reason::UnsupportedMediaType, message).to_value())
}

/// A body as JSON: it may be YAML.
///
/// # Errors
/// A `Status`: the form is unknown, or what it says cannot be read.
pub fn body(content_type: &str, bytes: &[u8]) -> Result<Value, Box<Value>> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let unreadable = |message: String| Box::new(Status::new(Reason::BadRequest, message).to_value());
    match content_type.split(';').next().unwrap_or_default().trim() {
        "application/yaml" | "application/apply-patch+yaml" => {
            let mut parsed = manifest::parse(&String::from_utf8_lossy(bytes));
            match parsed.error {
                Some(error) => Err(unreadable(format!("error decoding YAML: {}", error.message))),
                None if parsed.documents.is_empty() => Ok(Value::Null),
                None => Ok(parsed.documents.swap_remove(0).value),
            }
        }
        kind if kind.ends_with("-patch+json") => serde_json::from_slice(bytes).map_err(|error| {
            let text = String::from_utf8_lossy(bytes);
            unreadable(kubectl::json_error(&text).unwrap_or_else(|| error.to_string()))
        }),
        "" | "application/json" => serde_json::from_slice(bytes)
            .map_err(|error| unreadable(format!("couldn't get version/kind; json parse error: {error}"))),
        _ => Err(unknown_format("application/json, application/yaml, application/vnd.kubernetes.protobuf")),
    }
}

/// Whether a user may act for another. `ask` answers a request.
///
/// # Errors
/// The user may not.
pub fn may_impersonate(user: &User, wanted: &User, ask: impl Fn(&Request) -> Value) -> Result<(), Status> {
    let groups = wanted.groups.iter().map(|group| ("groups", group));
    for (resource, name) in std::iter::once(("users", &wanted.name)).chain(groups) {
        let mut review = Request::new(Method::Post, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
        review.user = Some(Box::new(user.clone()));
        review.body = serde_json::json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {"verb": "impersonate", "resource": resource, "name": name}},
        });
        if ask(&review)["status"]["allowed"] != true {
            let why = format!(
                "User \"{}\" cannot impersonate resource \"{resource}\" in API group \"\" at the cluster scope",
                user.name
            );
            return Err(Status::forbidden("", resource, name, &why));
        }
    }
    Ok(())
}

/// Whether a path's objects are of a built-in kind, not of a custom resource; `None` when it is no path of the API's.
pub fn built_in(path: &str) -> Option<bool> {
    let words: Vec<&str> = path.trim_matches('/').split('/').collect();
    match words[..] {
        ["api", ..] | ["apis"] | ["apis", _] | ["apis", _, _] => Some(true),
        ["apis", group, version, ..] => {
            Some(api::resources().iter().any(|one| one.group == group && one.version == version))
        }
        _ => None,
    }
}

/// `%2F` as `/`; in a query also `+` as a space.
pub fn decode(text: &str, plus: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).filter(|hex| hex.iter().all(u8::is_ascii_hexdigit));
        let hex = hex.and_then(|hex| std::str::from_utf8(hex).ok());
        match (bytes[at], hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'+', _) if plus => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The words beside a status code.
pub(crate) fn reason(code: u16) -> &'static str {
    match code {
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
        415 => "Unsupported Media Type",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        _ => "Internal Server Error",
    }
}

/// The order of the fields in which Go writes objects, lists and statuses; of others it is the letters'.
const ORDER: [&str; 9] =
    ["kind", "apiVersion", "metadata", "versions", "spec", "status", "message", "reason", "details"];
/// The order of `metadata`.
const METADATA: [&str; 11] = [
    "name",
    "generateName",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "labels",
    "annotations",
];

fn ordered<'a>(fields: &'a Map<String, Value>, order: &[&str]) -> Vec<(&'a String, &'a Value)> {
    let mut found: Vec<_> = order.iter().filter_map(|name| fields.get_key_value(*name)).collect();
    found.extend(fields.iter().filter(|(name, _)| !order.contains(&name.as_str())));
    found
}

/// An object as people are shown it: indented, its fields in Go's order, without a line's end.
pub(crate) fn pretty(value: &Value, out: &mut String) {
    put(value, 1, &ORDER, out);
}

fn put(value: &Value, depth: usize, order: &[&str], out: &mut String) {
    let line = |depth: usize, out: &mut String| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            out.push('{');
            for (at, (name, value)) in ordered(fields, order).into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                line(depth, out);
                out.push_str(&format!("{}: ", Value::String(name.clone())));
                let inner: &[&str] = match name.as_str() {
                    "metadata" if !order.is_empty() => &METADATA,
                    "items" if depth == 1 => &ORDER,
                    _ => &[],
                };
                put(value, depth + 1, inner, out);
            }
            line(depth - 1, out);
            out.push('}');
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                line(depth, out);
                put(item, depth + 1, order, out);
            }
            line(depth - 1, out);
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_decoded() {
        let request = head("GET", "/api/v1/pods?labelSelector=app%3Dweb%2Ctier+in+%28a%29&watch=", |_| "").unwrap();
        assert_eq!(request.query("labelSelector"), Some("app=web,tier in (a)"));
        assert_eq!(request.query("watch"), Some(""));
        assert_eq!(decode("100%", true), "100%");
        assert_eq!(decode("100%+5", true), "100% 5");
    }

    #[test]
    fn objects_are_written_as_go_does() {
        let value = serde_json::json!({
            "apiVersion": "v1", "kind": "Status", "code": 403, "status": "Failure", "metadata": {}, "reason": "Forbidden",
            "details": {}, "message": "m",
        });
        let mut text = String::new();
        pretty(&value, &mut text);
        let names: Vec<&str> = text.split('"').skip(1).step_by(2).filter(|word| value.get(word).is_some()).collect();
        assert_eq!(names, ["kind", "apiVersion", "metadata", "status", "message", "reason", "details", "code"]);
        assert!(text.contains("\n  \"metadata\": {},\n") && text.ends_with("\n}"));
    }
}
