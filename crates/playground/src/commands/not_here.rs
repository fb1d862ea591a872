//! What `kubectl describe` adds because the cluster is simulated: that an object is stored, checked and printed though nothing
//! acts on it, or that an image which may exist is not there.

use api::path;
use serde_json::Value;
use userland::images::{self, PullError, private};

/// Resources, by their plurals, and what that means for whoever made one. Each is a clause behind "nothing acts on it here: ".
const RESOURCES: &[(&[&str], &str)] = &[
    (
        &["networkpolicies"],
        "minikube's network plugin does not filter traffic; 'minikube start --cni=calico' installs one that does",
    ),
    (&["ingresses", "ingressclasses"], "no ingress controller runs; 'minikube addons enable ingress' installs one"),
    (&["runtimeclasses"], "all containers run in the same way"),
    (
        &[
            "mutatingadmissionpolicies",
            "mutatingadmissionpolicybindings",
            "mutatingwebhookconfigurations",
            "validatingadmissionpolicies",
            "validatingadmissionpolicybindings",
            "validatingwebhookconfigurations",
        ],
        "the API server admits objects without asking it",
    ),
    (
        &["csidrivers", "csinodes", "csistoragecapacities", "volumeattachments", "volumeattributesclasses"],
        "all volumes are folders of the node",
    ),
    (
        &["deviceclasses", "resourceclaims", "resourceclaimtemplates", "resourceslices"],
        "the node has no devices to give",
    ),
    (&["flowschemas", "prioritylevelconfigurations"], "requests never wait for each other"),
    (&["ipaddresses", "servicecidrs"], "Services get their addresses from a range that does not change"),
];

/// What `describe` adds for an object of a resource (`networkpolicies.networking.k8s.io`).
pub(super) fn note(resource: &str, object: &Value) -> Option<String> {
    match resource {
        "pods" => image_note(object),
        "horizontalpodautoscalers.autoscaling" => nobody_measures(object),
        _ => stored_only(resource),
    }
}

/// That a Pod waits for an image which this world does not have, though it may exist. A wrong tag of an image that is here is
/// wrong in life, too.
fn image_note(pod: &Value) -> Option<String> {
    let statuses = ["status.initContainerStatuses", "status.containerStatuses"];
    let mut waiting = statuses
        .iter()
        .flat_map(|list| path::list(pod, list))
        .filter(|status| matches!(path::str(status, "state.waiting.reason"), "ErrImagePull" | "ImagePullBackOff"));
    let image = waiting.find_map(|status| {
        let image = path::str(status, "image");
        if private::is_of(image) && path::str(status, "state.waiting.message").contains("auth") {
            return Some(image);
        }
        let error = images::lookup(image).err()?;
        let is_here = images::has_repository(image) || matches!(error, PullError::InvalidName(_));
        (!is_here).then_some(image)
    })?;
    if private::is_of(image) {
        return Some(format!(
            "Note: {} is the private registry of this playground. Its one account is {:?}, with the password {:?}.",
            private::REGISTRY,
            private::USER,
            private::PASSWORD
        ));
    }
    Some(format!(
        "Note: {image} is not one of the {} images of this playground. If it exists in life, use one that is here: nginx, httpd, \
         busybox, alpine, ubuntu, redis ...",
        images::count()
    ))
}

/// That an autoscaler has nothing to go by, as on every minikube at first.
fn nobody_measures(scaler: &Value) -> Option<String> {
    let missing = "the server could not find the requested resource (get pods.metrics.k8s.io)";
    let conditions = path::list(scaler, "status.conditions");
    conditions.iter().any(|one| path::str(one, "message").ends_with(missing)).then(|| {
        "Note: nothing measures what Pods use yet: 'minikube addons enable metrics-server' installs what does."
            .to_owned()
    })
}

/// That nothing acts on what is stored.
fn stored_only(resource: &str) -> Option<String> {
    let (plural, group) = resource.split_once('.').unwrap_or((resource, ""));
    // Somebody's own definition may have the name of a built-in resource.
    let built_in = group.is_empty() || group.ends_with(".k8s.io");
    let (_, why) = RESOURCES.iter().find(|(plurals, _)| built_in && plurals.contains(&plural))?;
    Some(format!("Note: it is stored, but nothing acts on it here: {why}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_resource_named_here_is_served() {
        for plural in RESOURCES.iter().flat_map(|(plurals, _)| *plurals) {
            let served = api::resources().iter().find(|resource| resource.plural == *plural);
            let key = served.unwrap_or_else(|| panic!("{plural} is not served")).key();
            assert!(stored_only(key).is_some(), "{key}");
        }
        assert_eq!(stored_only("deployments.apps"), None);
        assert_eq!(stored_only("ingresses.example.com"), None);
    }
}
