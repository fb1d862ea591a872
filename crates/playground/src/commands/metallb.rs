//! MetalLB's manifests: the one that its documentation names by URL, and that of minikube's addon.
//!
//! The objects and their names are the real ones'; the definitions say no more of their fields than this world reads.

/// Where the manifest is, before the version and after it.
const PLACE: [&str; 2] =
    ["https://raw.githubusercontent.com/metallb/metallb/", "/config/manifests/metallb-native.yaml"];
/// The version of minikube's addon.
const OF_ADDON: &str = "v0.9.6";

/// The manifest at a URL; `None` when it is none of MetalLB's, or of a version that had none.
pub(super) fn at(url: &str) -> Option<String> {
    let version = url.strip_prefix(PLACE[0])?.strip_suffix(PLACE[1])?;
    let version = if version == "main" { "v0.15.2" } else { version };
    let minor: u32 = version.strip_prefix("v0.")?.split('.').next()?.parse().ok()?;
    (13..=15).contains(&minor).then(|| native(version))
}

fn native(version: &str) -> String {
    let mut text = NAMESPACE.to_owned();
    for (plural, kind, columns, spec) in DEFINITIONS {
        let singular = kind.to_lowercase();
        text.push_str(&format!(
            "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: {plural}.metallb.io}}\nspec:\n  group: \
             metallb.io\n  names: {{kind: {kind}, listKind: {kind}List, plural: {plural}, singular: {singular}}}\n  scope: Namespaced\n  \
             versions:\n  - name: {}\n    served: true\n    storage: true\n    subresources: {{status: {{}}}}\n    \
             additionalPrinterColumns: [{columns}]\n    schema:\n      openAPIV3Schema:\n        type: object\n        properties:\n          \
             spec: {spec}\n          status: {{type: object, x-kubernetes-preserve-unknown-fields: true}}\n",
            if *kind == "BGPPeer" { "v1beta2" } else { "v1beta1" },
        ));
    }
    text.push_str(ACCOUNTS);
    for role in ["controller", "speaker"] {
        text.push_str(&format!(
            "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: \"metallb-system:{role}\", labels: {{app: \
             metallb}}}}\nrules:\n- {{apiGroups: [\"\"], resources: [services, namespaces, nodes, events], verbs: [\"*\"]}}\n- \
             {{apiGroups: [\"\"], resources: [services/status], verbs: [update]}}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: \
             ClusterRoleBinding\nmetadata: {{name: \"metallb-system:{role}\", labels: {{app: metallb}}}}\nroleRef: {{apiGroup: \
             rbac.authorization.k8s.io, kind: ClusterRole, name: \"metallb-system:{role}\"}}\nsubjects: [{{kind: ServiceAccount, name: \
             {role}, namespace: metallb-system}}]\n"
        ));
    }
    text + &workloads(version)
}

/// What `minikube addons enable metallb` makes.
pub(super) fn addon() -> String {
    format!("{NAMESPACE}{ACCOUNTS}{}", workloads(OF_ADDON))
}

/// The settings that `minikube addons configure metallb` writes.
pub(super) fn addon_config(range: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: config, namespace: metallb-system}}\ndata:\n  config: |\n    \
         address-pools:\n    - name: default\n      protocol: layer2\n      addresses:\n      - {range}\n"
    )
}

fn workloads(version: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: controller, namespace: metallb-system, labels: {{app: metallb, \
         component: controller}}}}\nspec:\n  selector: {{matchLabels: {{app: metallb, component: controller}}}}\n  template:\n    metadata: \
         {{labels: {{app: metallb, component: controller}}}}\n    spec:\n      serviceAccountName: controller\n      \
         terminationGracePeriodSeconds: 0\n      containers:\n      - name: controller\n        image: \
         quay.io/metallb/controller:{version}\n        args: [--port=7472, --log-level=info]\n        ports: [{{name: monitoring, \
         containerPort: 7472}}]\n---\napiVersion: apps/v1\nkind: DaemonSet\nmetadata: {{name: speaker, namespace: metallb-system, \
         labels: {{app: metallb, component: speaker}}}}\nspec:\n  selector: {{matchLabels: {{app: metallb, component: speaker}}}}\n  \
         template:\n    metadata: {{labels: {{app: metallb, component: speaker}}}}\n    spec:\n      serviceAccountName: speaker\n      \
         hostNetwork: true\n      terminationGracePeriodSeconds: 2\n      containers:\n      - name: speaker\n        image: \
         quay.io/metallb/speaker:{version}\n        args: [--port=7472, --log-level=info]\n        ports: [{{name: monitoring, \
         containerPort: 7472}}]\n        securityContext: {{allowPrivilegeEscalation: false, readOnlyRootFilesystem: true}}\n"
    )
}

const NAMESPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: metallb-system\n  labels: \
    {pod-security.kubernetes.io/audit: privileged, pod-security.kubernetes.io/enforce: privileged, \
    pod-security.kubernetes.io/warn: privileged}\n";

const ACCOUNTS: &str = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: controller, namespace: metallb-system, labels: \
    {app: metallb}}\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: speaker, namespace: metallb-system, labels: \
    {app: metallb}}\n";

const ANY: &str = "{type: object, x-kubernetes-preserve-unknown-fields: true}";

/// Plural, kind, columns of `kubectl get`, and what is known of `spec`.
const DEFINITIONS: &[(&str, &str, &str, &str)] = &[
    ("bfdprofiles", "BFDProfile", "", ANY),
    ("bgpadvertisements", "BGPAdvertisement", "", ANY),
    ("bgppeers", "BGPPeer", "", ANY),
    ("communities", "Community", "", ANY),
    (
        "ipaddresspools",
        "IPAddressPool",
        "{jsonPath: .spec.autoAssign, name: Auto Assign, type: boolean}, {jsonPath: .spec.avoidBuggyIPs, name: Avoid Buggy IPs, type: \
         boolean}, {jsonPath: .spec.addresses, name: Addresses, type: string}",
        "{type: object, required: [addresses], properties: {addresses: {type: array, items: {type: string}}, autoAssign: {type: \
         boolean, default: true}, avoidBuggyIPs: {type: boolean, default: false}, serviceAllocation: {type: object, \
         x-kubernetes-preserve-unknown-fields: true}}}",
    ),
    (
        "l2advertisements",
        "L2Advertisement",
        "{jsonPath: .spec.ipAddressPools, name: IPAddressPools, type: string}, {jsonPath: .spec.ipAddressPoolSelectors, name: \
         IPAddressPool Selectors, type: string}, {jsonPath: .spec.interfaces, name: Interfaces, type: string}",
        "{type: object, properties: {ipAddressPools: {type: array, items: {type: string}}, interfaces: {type: array, items: {type: \
         string}}, ipAddressPoolSelectors: {type: array, items: {type: object, x-kubernetes-preserve-unknown-fields: true}}, \
         nodeSelectors: {type: array, items: {type: object, x-kubernetes-preserve-unknown-fields: true}}}}",
    ),
    ("servicel2statuses", "ServiceL2Status", "", ANY),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_are_of_the_versions_that_had_one() {
        let url = |version: &str| format!("{}{version}{}", PLACE[0], PLACE[1]);
        assert!(at(&url("v0.14.9")).unwrap().contains("quay.io/metallb/controller:v0.14.9"));
        assert!(
            at(&url("v0.9.6")).is_none() && at(&url("v0.99.0")).is_none() && at("https://example.com/x.yaml").is_none()
        );
        for text in [at(&url("main")).unwrap(), addon(), addon_config("192.168.49.100-192.168.49.110")] {
            let parsed = manifest::parse(&text);
            assert!(parsed.error.is_none(), "{text}");
        }
    }
}
