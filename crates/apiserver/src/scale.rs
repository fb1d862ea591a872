//! The scale subresource: an `autoscaling/v1 Scale` in front of `spec.replicas`.

use api::{LabelSelector, Method, Request, Resource, Status, path};
use serde_json::{Value, json};

use super::managed_fields::Writer;
use super::route::Target;
use super::validation::Errors;
use super::{Reply, not_offered, patch, update};
use crate::{ApiServer, Cx};

/// get, update and patch of a Scale.
///
/// # Errors
/// 404, 405, 409, 422.
#[inline(never)]
pub fn serve(server: &mut ApiServer, cx: &mut Cx, target: &Target, request: &Request) -> Result<Reply, Status> {
    let object = server.fetch(target)?;
    let current = scale_of(target.resource, &object);
    let wanted = match request.method {
        Method::Get => return Ok(Reply::ok(current)),
        Method::Put => request.body.clone(),
        Method::Patch => {
            let kind = request.patch.filter(|kind| *kind != api::PatchType::Strategic).unwrap_or(api::PatchType::Merge);
            patch::apply(kind, target, &current, &request.body)?
        }
        _ => return Err(not_offered()),
    };
    let replicas = path::int(&wanted, "spec.replicas").unwrap_or_default();
    let mut errors = Errors::default();
    if replicas < 0 {
        errors.invalid("spec.replicas", replicas, "must be greater than or equal to 0");
    }
    errors.into_result("autoscaling", "Scale", &target.name)?;
    let mut new = (*object).clone();
    path::set(&mut new, place(target.resource, "specReplicasPath"), replicas);
    for field in ["uid", "resourceVersion"] {
        new["metadata"][field] = wanted["metadata"][field].clone();
    }
    let main = Target { subresource: String::new(), ..target.clone() };
    let changed = update::change(server, cx, &main, &object, new, &Writer::of(target, request))?;
    Ok(Reply::ok(scale_of(target.resource, &changed)))
}

/// The path of a number: `spec.replicas` and `status.replicas`, or the path in a custom resource's definition.
fn place(resource: &Resource, which: &str) -> &'static str {
    let scale = resource.definition.map(|definition| path::str(&definition["subresources"]["scale"], which));
    match (scale, which) {
        (Some(place), _) => place.trim_start_matches('.'),
        (None, "specReplicasPath") => "spec.replicas",
        (None, _) => "status.replicas",
    }
}

fn scale_of(resource: &Resource, object: &Value) -> Value {
    let metadata = &object["metadata"];
    let number = |which: &str| path::int(object, place(resource, which)).unwrap_or_default();
    let mut status = json!({"replicas": number("statusReplicasPath")});
    if resource.definition.is_some() {
        let selector = place(resource, "labelSelectorPath");
        if !selector.is_empty() {
            status["selector"] = path::str(object, selector).into();
        }
    } else if let Some(selector) = LabelSelector::from_value(&object["spec"]["selector"]) {
        status["selector"] = selector.to_string().into();
    }
    json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1",
        "metadata": {
            "name": metadata["name"], "namespace": metadata["namespace"], "uid": metadata["uid"],
            "resourceVersion": metadata["resourceVersion"], "creationTimestamp": metadata["creationTimestamp"],
        },
        "spec": {"replicas": number("specReplicasPath")},
        "status": status,
    })
}
