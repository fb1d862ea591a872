//! Reviews (SubjectAccessReview, TokenReview …): kinds that are answered when they are created, and never stored.

use std::rc::Rc;

use api::{Request, Status, User, path};
use serde_json::{Value, json};

use super::authorization::{self, Attributes};
use super::route::Target;
use super::{Reply, authentication, not_offered, pod_subresources, token};
use crate::{ApiServer, Cx};

/// Answers a review, or carries out a Binding.
///
/// # Errors
/// 405 for a kind nobody answers; what binding a Pod says.
#[inline(never)]
pub fn answer(server: &mut ApiServer, cx: &mut Cx, target: &Target, request: &Request) -> Result<Reply, Status> {
    let spec = &request.body["spec"];
    let user = authentication::user(request);
    let status = match target.resource.plural {
        "bindings" => return pod_subresources::bind_by_name(server, cx, target, &request.body),
        "selfsubjectaccessreviews" => access(server, &user, spec),
        "subjectaccessreviews" | "localsubjectaccessreviews" => access(server, &reviewed(spec), spec),
        "selfsubjectreviews" => json!({"userInfo": authentication::info(&user)}),
        "selfsubjectrulesreviews" => {
            let (resources, paths) = authorization::rules(&server.store, &user, path::str(spec, "namespace"));
            json!({"incomplete": false, "resourceRules": resources, "nonResourceRules": paths})
        }
        "tokenreviews" => token::review(server, cx.now, path::str(spec, "token")),
        _ => return Err(not_offered()),
    };
    let mut object: Value = if request.body.is_object() { request.body.clone() } else { json!({}) };
    object["apiVersion"] = target.resource.api_version().into();
    object["kind"] = target.resource.kind.into();
    object["status"] = status;
    if target.resource.plural == "selfsubjectreviews" {
        object["metadata"] = json!({"creationTimestamp": cx.now.rfc3339()});
    }
    Ok(Reply::Json { code: 201, value: Rc::new(object), warnings: Vec::new() })
}

/// The user a SubjectAccessReview asks about.
fn reviewed(spec: &Value) -> User {
    let groups = path::list(spec, "groups").iter().filter_map(Value::as_str).map(str::to_owned).collect();
    User { name: path::str(spec, "user").to_owned(), uid: path::str(spec, "uid").to_owned(), groups }
}

fn access(server: &ApiServer, user: &User, spec: &Value) -> Value {
    let (resource, other) = (&spec["resourceAttributes"], &spec["nonResourceAttributes"]);
    let of = if resource.is_object() { resource } else { other };
    let text = |name: &str| path::str(of, name).to_owned();
    let wanted = Attributes {
        verb: text("verb"),
        group: text("group"),
        resource: text("resource"),
        subresource: text("subresource"),
        name: text("name"),
        namespace: text("namespace"),
        path: path::str(other, "path").to_owned(),
    };
    match authorization::allows(&server.store, user, &wanted) {
        Some(reason) if reason.is_empty() => json!({"allowed": true}),
        Some(reason) => json!({"allowed": true, "reason": reason}),
        None => json!({"allowed": false}),
    }
}
