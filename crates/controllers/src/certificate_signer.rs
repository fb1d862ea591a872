//! The signers of approved certificate requests.
//!
//! <https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers>;
//! pkg/controller/certificates/signer/signer.go

use api::{CertificateRequest, path};
use apiserver::ObjectKey;
use component::{Context, Node, Reconciled, Write};
use serde_json::{Value, json};
use sim::Time;

/// The resource of requests.
pub const REQUESTS: &str = "certificatesigningrequests.certificates.k8s.io";

/// How long a certificate is valid at most (`--cluster-signing-duration`), in seconds.
const LONGEST: i64 = 365 * 86_400;
/// How long it is valid at least.
const SHORTEST: i64 = 600;
/// How long before its making it is valid already, for clocks that are late. What is valid for longer than `SHORT` ends as much earlier.
const BACKDATE: i64 = 300;
const SHORT: i64 = 8 * 3600;

/// The last numbers of the ids of parts of a name.
const COMMON_NAME: u8 = 3;
const ORGANIZATION: u8 = 10;

/// Reconciles one request.
#[inline(never)]
pub fn reconcile(cx: &mut Context, key: &ObjectKey, node: &mut dyn Node) -> Reconciled {
    let mut out = Reconciled::default();
    let Some(request) = cx.view.get(REQUESTS, "", &key.name) else { return out };
    let has = |kind: &str| path::list(request, "status.conditions").iter().any(|one| one["type"] == kind);
    if !has("Approved") || has("Denied") || has("Failed") || !path::str(request, "status.certificate").is_empty() {
        return out;
    }
    let status = match refusal(request) {
        None => return out,
        Some(Err(message)) => {
            let mut conditions = path::list(request, "status.conditions").to_vec();
            conditions.push(json!({
                "type": "Failed", "status": "True", "reason": "SignerValidationFailure", "message": message,
            }));
            json!({"conditions": conditions})
        }
        Some(Ok(())) => {
            let Some(certificate) = sign(cx, request, node) else { return out };
            json!({"conditions": request["status"]["conditions"], "certificate": certificate})
        }
    };
    let mut new = (**request).clone();
    new["status"] = status;
    out.writes.push(Write::UpdateStatus(REQUESTS, new));
    out
}

/// Whether a signer of the cluster takes the request, and why it refuses it; `None` where the signer is somebody else.
fn refusal(request: &Value) -> Option<Result<(), String>> {
    let usages: Vec<&str> = path::list(request, "spec.usages").iter().filter_map(Value::as_str).collect();
    match path::str(request, "spec.signerName") {
        "kubernetes.io/kube-apiserver-client" => Some(client_usages(&usages)),
        "kubernetes.io/kube-apiserver-client-kubelet" => Some(of_node(request).and_then(|()| client_usages(&usages))),
        "kubernetes.io/kubelet-serving" => Some(of_node(request)),
        _ => None,
    }
}

fn client_usages(usages: &[&str]) -> Result<(), String> {
    let other = usages.iter().find(|usage| !["digital signature", "key encipherment", "client auth"].contains(usage));
    match other {
        Some(usage) => Err(format!("invalid usage for client certificate: {usage}")),
        None if usages.contains(&"client auth") => Ok(()),
        None => Err("missing required usage for client certificate: client auth".to_owned()),
    }
}

fn of_node(request: &Value) -> Result<(), String> {
    let read = CertificateRequest::parse(path::str(request, "spec.request"))?;
    if read.subject(ORGANIZATION).ne(["system:nodes"]) {
        return Err("subject organization is not system:nodes".to_owned());
    }
    match read.subject(COMMON_NAME).next().is_some_and(|name| name.starts_with("system:node:")) {
        true => Ok(()),
        false => Err("subject common name does not begin with system:node: ".to_owned()),
    }
}

/// The certificate in PEM, as base64.
fn sign(cx: &Context, request: &Value, node: &mut dyn Node) -> Option<String> {
    let authority = cx.view.get("configmaps", "kube-system", "kube-root-ca.crt")?;
    let asked = path::get(request, "spec.expirationSeconds").as_i64().unwrap_or(LONGEST);
    let seconds = asked.clamp(SHORTEST, LONGEST);
    let now = cx.now.unix_secs();
    let end = if seconds < SHORT { now + seconds } else { now + seconds - BACKDATE };
    let validity = (Time::from_unix_secs(now - BACKDATE), Time::from_unix_secs(end));
    let asked = api::base64::decode(path::str(request, "spec.request"))?;
    let usages: Vec<&str> = path::list(request, "spec.usages").iter().filter_map(Value::as_str).collect();
    let asked = String::from_utf8_lossy(&asked);
    let certificate = node.sign(authority["data"]["ca.crt"].as_str()?, &asked, &usages, validity)?;
    Some(api::base64::encode(certificate.as_bytes()))
}
