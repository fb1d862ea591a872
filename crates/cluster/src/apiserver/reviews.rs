//! The kinds that are only questions: created, answered, never stored. One person administers this cluster, who may do
//! everything.

use std::rc::Rc;

use api::{Request, Status};
use serde_json::{Value, json};

use super::route::Target;
use super::{Reply, not_offered, pod_subresources};
use crate::{Cluster, Cx};

/// Answers a review, or carries out a Binding.
///
/// # Errors
/// 405 for a kind nobody answers; what binding a Pod says.
#[inline(never)]
pub fn answer(cluster: &mut Cluster, cx: &mut Cx, target: &Target, request: &Request) -> Result<Reply, Status> {
    let user = json!({"username": "minikube-user", "groups": ["system:masters", "system:authenticated"]});
    let status = match target.resource.plural {
        "bindings" => return pod_subresources::bind_by_name(cluster, cx, target, &request.body),
        "selfsubjectaccessreviews" | "subjectaccessreviews" | "localsubjectaccessreviews" => json!({"allowed": true}),
        "selfsubjectreviews" => json!({"userInfo": user}),
        "selfsubjectrulesreviews" => json!({
            "incomplete": false,
            "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}],
            "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
        }),
        "tokenreviews" => json!({"authenticated": false}),
        _ => return Err(not_offered()),
    };
    let mut object: Value = if request.body.is_object() { request.body.clone() } else { json!({}) };
    object["apiVersion"] = target.resource.api_version().into();
    object["kind"] = target.resource.kind.into();
    object["status"] = status;
    Ok(Reply::Json { code: 201, value: Rc::new(object), warnings: Vec::new() })
}
