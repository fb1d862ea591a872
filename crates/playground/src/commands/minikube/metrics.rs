//! The objects of metrics-server: those of minikube's addon, and those of its own manifest, which its documentation names by URL.

/// The image, as minikube says it.
pub(super) const IMAGE: &str = "registry.k8s.io/metrics-server/metrics-server:v0.8.0";
/// Its Deployment.
pub(super) const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/kube-system/deployments/metrics-server";
/// What goes when it is turned off; the Deployment last.
pub(super) const OBJECTS: [&str; 8] = [
    "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io",
    "/api/v1/namespaces/kube-system/services/metrics-server",
    "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/system:metrics-server",
    "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/metrics-server:system:auth-delegator",
    "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:metrics-server",
    "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:aggregated-metrics-reader",
    "/api/v1/namespaces/kube-system/serviceaccounts/metrics-server",
    DEPLOYMENT,
];

/// Where its manifests are.
const PLACE: &str = "https://github.com/kubernetes-sigs/metrics-server/releases/";

/// The manifest at a URL; `None` when it is none of metrics-server's.
pub(in crate::commands) fn at(url: &str) -> Option<String> {
    let version = match url.strip_prefix(PLACE)? {
        "latest/download/components.yaml" => "v0.8.0",
        path => path.strip_prefix("download/")?.strip_suffix("/components.yaml")?,
    };
    let probe = |path: &str, delay: u32| {
        format!(
            "{{failureThreshold: 3, httpGet: {{path: {path}, port: https, scheme: HTTPS}}, periodSeconds: 10, initialDelaySeconds: {delay}}}"
        )
    };
    Some(manifest(&Kind {
        labels: "{k8s-app: metrics-server}",
        image: &format!("registry.k8s.io/metrics-server/metrics-server:{version}"),
        resolution: "15s",
        more: "",
        probes: &format!(
            "\n        livenessProbe: {}\n        readinessProbe: {}",
            probe("/livez", 0),
            probe("/readyz", 20)
        ),
    }))
}

/// The addon's manifest.
pub(super) fn addon() -> String {
    manifest(&Kind {
        labels: "{k8s-app: metrics-server, addonmanager.kubernetes.io/mode: Reconcile, kubernetes.io/minikube-addons: metrics-server}",
        image: IMAGE,
        resolution: "60s",
        more: ", --kubelet-insecure-tls",
        probes: "",
    })
}

/// What the manifests differ in.
struct Kind<'a> {
    labels: &'a str,
    image: &'a str,
    resolution: &'a str,
    /// Arguments.
    more: &'a str,
    probes: &'a str,
}

fn manifest(kind: &Kind) -> String {
    let Kind { labels, image, resolution, more, probes } = *kind;
    let role = |name: &str, labels: &str, rules: &str| {
        format!(
            "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: \"{name}\", labels: {labels}}}\n\
             rules: [{rules}]\n"
        )
    };
    let binding = |name: &str, role: &str| {
        format!(
            "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: \"{name}\", labels: \
             {labels}}}\nroleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: \"{role}\"}}\nsubjects: \
             [{{kind: ServiceAccount, name: metrics-server, namespace: kube-system}}]\n"
        )
    };
    let reader = "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: metrics-server-auth-reader, namespace: \
         kube-system, labels: {k8s-app: metrics-server}}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: \
         extension-apiserver-authentication-reader}\nsubjects: [{kind: ServiceAccount, name: metrics-server, namespace: kube-system}]\n";
    [
        format!(
            "apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: metrics-server, namespace: kube-system, labels: {labels}}}\n"
        ),
        role(
            "system:aggregated-metrics-reader",
            "{rbac.authorization.k8s.io/aggregate-to-admin: \"true\", rbac.authorization.k8s.io/aggregate-to-edit: \"true\", \
             rbac.authorization.k8s.io/aggregate-to-view: \"true\"}",
            "{apiGroups: [metrics.k8s.io], resources: [pods, nodes], verbs: [get, list, watch]}",
        ),
        role(
            "system:metrics-server",
            labels,
            "{apiGroups: [\"\"], resources: [nodes/metrics], verbs: [get]}, {apiGroups: [\"\"], resources: [pods, nodes], verbs: \
             [get, list, watch]}",
        ),
        if more.is_empty() { reader.to_owned() } else { String::new() },
        binding("metrics-server:system:auth-delegator", "system:auth-delegator"),
        binding("system:metrics-server", "system:metrics-server"),
        format!(
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: metrics-server, namespace: kube-system, labels: {labels}}}\nspec: \
             {{selector: {{k8s-app: metrics-server}}, ports: [{{name: https, port: 443, protocol: TCP, targetPort: https}}]}}\n"
        ),
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: metrics-server, namespace: kube-system, labels: {labels}}}\n\
             spec:\n  selector: {{matchLabels: {{k8s-app: metrics-server}}}}\n  strategy: {{rollingUpdate: {{maxUnavailable: \
             0}}}}\n  template:\n    metadata: {{name: metrics-server, labels: {{k8s-app: metrics-server}}}}\n    spec:\n      \
             serviceAccountName: metrics-server\n      priorityClassName: system-cluster-critical\n      containers:\n      - name: \
             metrics-server\n        image: {image}\n        args: [--cert-dir=/tmp, --secure-port=10250, \
             \"--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname\", --kubelet-use-node-status-port, \
             --metric-resolution={resolution}{more}]\n        ports: [{{name: https, containerPort: 10250, protocol: TCP}}]\n        \
             resources: {{requests: {{cpu: 100m, memory: 200Mi}}}}\n        securityContext: {{readOnlyRootFilesystem: true, runAsNonRoot: \
             true, runAsUser: 1000}}\n        volumeMounts: [{{name: tmp-dir, mountPath: /tmp}}]{probes}\n      volumes: [{{name: tmp-dir, \
             emptyDir: {{}}}}]\n"
        ),
        format!(
            "---\napiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {{name: v1beta1.metrics.k8s.io, labels: \
             {labels}}}\nspec: {{group: metrics.k8s.io, groupPriorityMinimum: 100, insecureSkipTLSVerify: true, service: {{name: \
             metrics-server, namespace: kube-system, port: 443}}, version: v1beta1, versionPriority: 100}}\n"
        ),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_is_yaml() {
        let parsed = manifest::parse(&addon());
        assert!(parsed.error.is_none() && parsed.documents.len() == OBJECTS.len(), "{:?}", parsed.error);
        let latest = at(&format!("{PLACE}latest/download/components.yaml")).expect("it is here");
        let parsed = manifest::parse(&latest);
        assert!(parsed.error.is_none() && parsed.documents.len() == 9, "{:?}", parsed.error);
        assert_eq!(at(&format!("{PLACE}download/v0.7.2/high-availability.yaml")), None);
    }
}
