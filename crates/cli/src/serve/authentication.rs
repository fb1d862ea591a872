//! Who a request comes from: the administrator, or whom its bearer token names; and for whom it acts.
//!
//! <https://kubernetes.io/docs/reference/access-authn-authz/authentication/>

use api::{Reason, Request, Status};
use hyper::header::{self, HeaderMap};
use playground::{Answer, wire};
use serde_json::Value;

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
            let ask = |review: &Request| match server.world().answer(review) {
                Answer::Json { value, .. } => Value::clone(&value),
                _ => Value::Null,
            };
            wire::may_impersonate(&user, &wanted, ask)?;
            request.user = Some(wanted);
        }
    }
    Ok(())
}
