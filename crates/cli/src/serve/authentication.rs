//! Who a request comes from: the administrator, or whom its bearer token names; and for whom it acts.
//!
//! <https://kubernetes.io/docs/reference/access-authn-authz/authentication/>

use api::{Method, Reason, Request, Status, User};
use hyper::header::{self, HeaderMap};
use playground::Answer;
use serde_json::json;

use super::Server;

/// Puts into the request who it comes from, or for whom that one may act.
///
/// # Errors
/// 401 for a token that nobody was given; 403 for an impersonation that is not allowed.
pub fn authenticate(server: &Server, headers: &HeaderMap, request: &mut Request) -> Result<(), Status> {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = match authorization.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() => token.trim(),
        _ => return Ok(()), // the administrator, who may act for everybody
    };
    let Some(user) = server.world().authenticate(token) else {
        return Err(Status::new(Reason::Unauthorized, "Unauthorized"));
    };
    match request.user.take() {
        None => request.user = Some(Box::new(user)),
        Some(wanted) => {
            let groups = wanted.groups.iter().map(|group| ("groups", group));
            for (resource, name) in std::iter::once(("users", &wanted.name)).chain(groups) {
                may_impersonate(server, &user, resource, name)?;
            }
            request.user = Some(wanted);
        }
    }
    Ok(())
}

fn may_impersonate(server: &Server, user: &User, resource: &str, name: &str) -> Result<(), Status> {
    let mut review = Request::new(Method::Post, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
    review.user = Some(Box::new(user.clone()));
    let attributes = json!({"verb": "impersonate", "resource": resource, "name": name});
    let kind = "SelfSubjectAccessReview";
    review.body =
        json!({"apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": {"resourceAttributes": attributes}});
    match server.world().answer(&review) {
        Answer::Json { value, .. } if value["status"]["allowed"] == true => Ok(()),
        _ => {
            let why = format!(
                "User \"{}\" cannot impersonate resource \"{resource}\" in API group \"\" at the cluster scope",
                user.name
            );
            Err(Status::forbidden("", resource, name, &why))
        }
    }
}
