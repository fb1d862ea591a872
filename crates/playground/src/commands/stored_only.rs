//! What the cluster stores, checks and prints though nothing acts on it: `kubectl describe` says so.

/// Resources, by their plurals, and what that means for whoever made one. Each is a clause behind "nothing acts on it here: ".
const RESOURCES: &[(&[&str], &str)] = &[
    (&["networkpolicies"], "traffic is not filtered"),
    (&["ingresses", "ingressclasses"], "no ingress controller runs, so nothing listens for its hosts"),
    (&["replicationcontrollers"], "no Pods are made for it; a Deployment does that"),
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
    (&["apiservices"], "the API server answers for all groups itself"),
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

/// What `describe` adds for a resource (`networkpolicies.networking.k8s.io`) that nothing acts on.
pub(super) fn note(resource: &str) -> Option<String> {
    let (plural, group) = resource.split_once('.').unwrap_or((resource, ""));
    if plural == "horizontalpodautoscalers" {
        return Some("Note: there are no metrics here, so an autoscaler only keeps to its bounds.".to_owned());
    }
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
            assert!(note(key).is_some(), "{key}");
        }
        assert_eq!(note("deployments.apps"), None);
        assert_eq!(note("ingresses.example.com"), None);
    }
}
