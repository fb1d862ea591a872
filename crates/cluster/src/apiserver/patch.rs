//! patch: JSON patch, merge patch, strategic merge patch.

use api::{PatchType, Reason, Request, Status, patch};
use serde_json::Value;

use super::route::Target;
use super::{Reply, decode, update};
use crate::{Cluster, Cx};

/// Changes an object by the request's patch.
///
/// # Errors
/// 404; 400 and 422 for a bad patch or what it makes; 409 when the patch carries an old resourceVersion; 415 for server-side
/// apply, which is not simulated.
pub fn patch(cluster: &mut Cluster, cx: &mut Cx, target: &Target, request: &Request) -> Result<Reply, Status> {
    let Some(kind) = request.patch else {
        return Err(Status::new(Reason::UnsupportedMediaType, "the body of the request was in an unknown format"));
    };
    if kind == PatchType::Apply {
        return Err(Status::new(
            Reason::UnsupportedMediaType,
            "server-side apply (application/apply-patch+yaml) is not simulated here; use kubectl apply without --server-side",
        ));
    }
    let old = cluster.fetch(target)?;
    let patched = apply(kind, target, &old, &request.body)?;
    let (new, warnings) = decode::decode(target.resource, &patched, super::strictness(request))?;
    let object = update::change(cluster, cx, target, &old, new)?;
    Ok(Reply::ok(object).warn(warnings))
}

/// The patched object.
///
/// # Errors
/// 400 for what is no patch, 422 for a patch that does not fit the object.
pub fn apply(kind: PatchType, target: &Target, old: &Value, body: &Value) -> Result<Value, Status> {
    let unprocessable = |message: String| Status::new(Reason::Invalid, message);
    match kind {
        PatchType::Json => patch::json::apply(old, body).map_err(|error| {
            unprocessable(format!("the server rejected our request due to an error in our request: {error}"))
        }),
        PatchType::Merge | PatchType::Strategic | PatchType::Apply => {
            let _ = target;
            if !body.is_object() {
                return Err(Status::new(Reason::BadRequest, "the patch is no object"));
            }
            let mut new = old.clone();
            patch::merge::apply(&mut new, body);
            Ok(new)
        }
    }
}
