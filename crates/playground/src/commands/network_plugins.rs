//! Network plugins that act on NetworkPolicies: what `minikube start --cni=…` installs, and the manifests that Calico's
//! documentation names by URL.
//!
//! The workloads and their names are the real ones'. Pods keep their addresses: what a plugin does beside filtering, the node does
//! already. The plugins' own kinds (GlobalNetworkPolicy, CiliumNetworkPolicy) are not there.
//! <https://docs.tigera.io/calico/latest/getting-started/kubernetes/self-managed-onprem/onpremises>

/// Of minikube's release.
const CALICO: &str = "v3.30.3";
const CILIUM: &str = "v1.18.1";

/// Where Calico's manifests are, before the version (or the file, in older documentation).
const PLACES: [&str; 3] = [
    "https://raw.githubusercontent.com/projectcalico/calico/",
    "https://docs.projectcalico.org/",
    "https://projectcalico.docs.tigera.io/",
];

/// A workload: its kind, its name, the label that its Pods have, its image.
type Workload<'a> = (&'a str, &'a str, (&'a str, &'a str), String);

/// The manifest of a plugin by the name that minikube has for it.
pub(super) fn of_minikube(name: &str) -> Option<String> {
    match name {
        "calico" => Some(calico("calico-node", CALICO)),
        "cilium" => Some(manifest(&[
            ("DaemonSet", "cilium", ("k8s-app", "cilium"), format!("quay.io/cilium/cilium:{CILIUM}")),
            (
                "Deployment",
                "cilium-operator",
                ("io.cilium/app", "operator"),
                format!("quay.io/cilium/operator-generic:{CILIUM}"),
            ),
        ])),
        _ => None,
    }
}

/// The manifest at a URL; `None` when it is none of Calico's.
pub(super) fn at(url: &str) -> Option<String> {
    let rest = PLACES.iter().find_map(|place| url.strip_prefix(place))?;
    let (path, file) = rest.rsplit_once('/')?;
    let version = path.split('/').find(|part| part.starts_with("v3.")).unwrap_or(CALICO);
    let version = if version.matches('.').count() == 2 { version.to_owned() } else { format!("{version}.0") };
    match file {
        "calico.yaml" => Some(calico("calico-node", &version)),
        "canal.yaml" => Some(calico("canal", &version)),
        _ => None,
    }
}

/// Calico; with flannel for its addresses it is called canal.
fn calico(daemon: &str, version: &str) -> String {
    manifest(&[
        ("DaemonSet", daemon, ("k8s-app", daemon), format!("docker.io/calico/node:{version}")),
        (
            "Deployment",
            "calico-kube-controllers",
            ("k8s-app", "calico-kube-controllers"),
            format!("docker.io/calico/kube-controllers:{version}"),
        ),
    ])
}

fn manifest(workloads: &[Workload]) -> String {
    let mut text = String::new();
    for (kind, name, (label, value), image) in workloads {
        let labels = format!("{{{label}: {value}}}");
        let is_daemon = *kind == "DaemonSet";
        let (network, class) = match is_daemon {
            true => ("\n      hostNetwork: true\n      terminationGracePeriodSeconds: 0", "system-node-critical"),
            false => ("", "system-cluster-critical"),
        };
        let (amount, tolerations) = match is_daemon {
            true => ("", "[{effect: NoSchedule, operator: Exists}, {effect: NoExecute, operator: Exists}]"),
            false => ("\n  replicas: 1\n  strategy: {type: Recreate}", "[{effect: NoSchedule, operator: Exists}]"),
        };
        let requests = if is_daemon { "\n        resources: {requests: {cpu: 250m}}" } else { "" };
        text.push_str(&format!(
            "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {name}, namespace: kube-system}}\n---\napiVersion: apps/v1\nkind: \
             {kind}\nmetadata: {{name: {name}, namespace: kube-system, labels: {labels}}}\nspec:{amount}\n  selector: {{matchLabels: \
             {labels}}}\n  template:\n    metadata: {{labels: {labels}}}\n    spec:\n      serviceAccountName: {name}\n      \
             priorityClassName: {class}{network}\n      nodeSelector: {{kubernetes.io/os: linux}}\n      tolerations: \
             {tolerations}\n      containers:\n      - name: {name}\n        image: {image}{requests}\n"
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_are_read_and_have_their_version() {
        for (url, image) in [
            ("https://raw.githubusercontent.com/projectcalico/calico/v3.27.0/manifests/calico.yaml", "node:v3.27.0"),
            ("https://raw.githubusercontent.com/projectcalico/calico/v3.25.1/manifests/canal.yaml", "node:v3.25.1"),
            ("https://docs.projectcalico.org/manifests/calico.yaml", "node:v3.30.3"),
            ("https://docs.projectcalico.org/v3.14/manifests/calico.yaml", "node:v3.14.0"),
        ] {
            let text = at(url).unwrap();
            assert!(text.contains(image), "{url}: {text}");
            let parsed = manifest::parse(&text);
            assert!(parsed.error.is_none() && parsed.documents.len() == 4, "{text}");
        }
        assert!(at("https://docs.projectcalico.org/manifests/tigera-operator.yaml").is_none());
        assert!(of_minikube("cilium").unwrap().contains("quay.io/cilium/operator-generic"));
        assert!(of_minikube("bridge").is_none());
    }
}
