//! A ServiceAccount's `token` subresource: tokens that name who they are for. The signature is noise: the API server knows
//! its own tokens by what they say.
//!
//! <https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/>

use std::rc::Rc;

use api::base64::{decode_url, encode_url};
use api::{Request, Status, User, path};
use serde_json::{Value, json};
use sim::{Rng, Time};

use super::route::Target;
use super::validation::Errors;
use super::{Reply, authentication};
use crate::{ApiServer, Cx, ObjectKey};

const AUDIENCE: &str = "https://kubernetes.default.svc.cluster.local";
/// How long a token lives when nobody says, and at least, in seconds.
const LIFE: i64 = 3600;
const SHORTEST: i64 = 600;
/// Bytes of an RSA signature, and of the key's id.
const SIGNATURE: usize = 256;
const KEY_ID: usize = 32;

/// Makes a token for a ServiceAccount.
///
/// # Errors
/// 404; 422 for a life that is too short.
#[inline(never)]
pub fn create(server: &mut ApiServer, cx: &mut Cx, target: &Target, request: &Request) -> Result<Reply, Status> {
    let account = server.fetch(target)?;
    let mut object = if request.body.is_object() { request.body.clone() } else { json!({}) };
    let seconds = path::int(&object, "spec.expirationSeconds").unwrap_or(LIFE);
    let mut errors = Errors::default();
    if seconds < SHORTEST {
        errors.invalid("spec.expirationSeconds", seconds, "may not specify a duration less than 10 minutes");
    }
    errors.into_result("authentication.k8s.io", "TokenRequest", "")?;
    let audiences = match path::list(&object, "spec.audiences") {
        [] => vec![AUDIENCE.into()],
        given => given.to_vec(),
    };
    let now = cx.now.unix_secs();
    let claims = json!({
        "aud": audiences, "exp": now + seconds, "iat": now, "iss": AUDIENCE, "jti": cx.rng.uuid(),
        "kubernetes.io": {
            "namespace": target.namespace,
            "serviceaccount": {"name": target.name, "uid": account["metadata"]["uid"]},
        },
        "nbf": now, "sub": format!("system:serviceaccount:{}:{}", target.namespace, target.name),
    });
    let header = json!({"alg": "RS256", "kid": encode_url(&noise(cx.rng, KEY_ID))});
    let token = [header.to_string(), claims.to_string()].map(|part| encode_url(part.as_bytes())).join(".");
    object["apiVersion"] = "authentication.k8s.io/v1".into();
    object["kind"] = "TokenRequest".into();
    object["metadata"] =
        json!({"name": target.name, "namespace": target.namespace, "creationTimestamp": cx.now.rfc3339()});
    path::set(&mut object, "spec.audiences", audiences);
    path::set(&mut object, "spec.expirationSeconds", seconds);
    object["status"] = json!({
        "token": format!("{token}.{}", encode_url(&noise(cx.rng, SIGNATURE))),
        "expirationTimestamp": Time::from_unix_secs(now + seconds).rfc3339(),
    });
    Ok(Reply::Json { code: 201, value: Rc::new(object), warnings: Vec::new() })
}

/// Whom a token is for, as a TokenReview's status.
pub fn review(server: &ApiServer, now: Time, token: &str) -> Value {
    match user_of(server, now, token) {
        Some(user) => json!({
            "authenticated": true, "user": authentication::info(&authentication::complete(user)), "audiences": [AUDIENCE],
        }),
        None => json!({"user": {}, "error": "invalid bearer token"}),
    }
}

impl ApiServer {
    /// The user of a bearer token; `None` for a token that is not valid at this time.
    pub fn authenticate(&self, now: Time, token: &str) -> Option<User> {
        user_of(self, now, token).map(authentication::complete)
    }
}

/// The ServiceAccount of a token that has not expired, while the account is still the same one; of a Pod's token, while the
/// Pod is there.
fn user_of(server: &ApiServer, now: Time, token: &str) -> Option<User> {
    let claims: Value = serde_json::from_slice(&decode_url(token.split('.').nth(1)?)?).ok()?;
    let account = &claims["kubernetes.io"]["serviceaccount"];
    let namespace = path::str(&claims["kubernetes.io"], "namespace");
    let stored = server.store.get(&ObjectKey::new("serviceaccounts", namespace, path::str(account, "name")))?;
    let pod = &claims["kubernetes.io"]["pod"];
    let same_pod = || {
        let found = server.store.get(&ObjectKey::new("pods", namespace, path::str(pod, "name")));
        found.is_some_and(|found| found["metadata"]["uid"] == pod["uid"])
    };
    let lives = path::int(&claims, "exp")? > now.unix_secs()
        && stored["metadata"]["uid"] == account["uid"]
        && (pod.is_null() || same_pod());
    lives.then(|| User {
        name: format!("system:serviceaccount:{namespace}:{}", path::str(account, "name")),
        uid: path::str(stored, "metadata.uid").to_owned(),
        groups: Vec::new(),
    })
}

fn noise(rng: &mut Rng, count: usize) -> Vec<u8> {
    (0..count).map(|_| (rng.next_u64() >> 24) as u8).collect()
}
