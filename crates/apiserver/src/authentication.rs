//! The user that a request comes from.
//!
//! <https://kubernetes.io/docs/reference/access-authn-authz/authentication/>

use api::{Request, User};
use serde_json::{Value, json};

/// The user of minikube's client certificate.
const ADMIN: &str = "minikube-user";
/// The group whose members may do everything.
pub const MASTERS: &str = "system:masters";
const AUTHENTICATED: &str = "system:authenticated";
const SERVICE_ACCOUNT: &str = "system:serviceaccount:";

/// The user of a request, with all groups.
pub fn user(request: &Request) -> User {
    match &request.user {
        Some(user) => complete((**user).clone()),
        None => User {
            name: ADMIN.to_owned(),
            uid: String::new(),
            groups: vec![MASTERS.to_owned(), AUTHENTICATED.to_owned()],
        },
    }
}

/// Adds the groups that follow from a name, as the impersonation filter does: a ServiceAccount's when none are given, and
/// `system:authenticated`.
pub fn complete(mut user: User) -> User {
    if user.groups.is_empty()
        && let Some((namespace, _)) = user.name.strip_prefix(SERVICE_ACCOUNT).and_then(|rest| rest.split_once(':'))
    {
        user.groups.push("system:serviceaccounts".to_owned());
        user.groups.push(format!("system:serviceaccounts:{namespace}"));
    }
    let implied = if user.name == "system:anonymous" { "system:unauthenticated" } else { AUTHENTICATED };
    if !user.groups.iter().any(|group| group == implied) {
        user.groups.push(implied.to_owned());
    }
    user
}

/// A user as `UserInfo`.
pub fn info(user: &User) -> Value {
    let mut info = json!({"username": user.name, "groups": user.groups});
    if !user.uid.is_empty() {
        info["uid"] = user.uid.clone().into();
    }
    info
}
