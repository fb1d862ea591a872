//! The API's requests and answers as HTTP carries them, for whoever has a wire: the API server's port in the world, and
//! `kube-playground serve`.

use api::{Method, PatchType, Reason, Request, Status, User};
use serde_json::Value;

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

/// A body that is sent to `path` as JSON: it may be YAML.
///
/// # Errors
/// A `Status`: the form is unknown, or what it says cannot be read.
pub fn body(content_type: &str, bytes: &[u8], path: &str) -> Result<Value, Box<Value>> {
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
            .map_err(|_| Box::new(kubectl::unreadable_body(&String::from_utf8_lossy(bytes), path).to_value())),
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
}
