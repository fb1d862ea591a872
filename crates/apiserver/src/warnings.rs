//! Warnings about objects that the API accepts; kubectl prints them as `Warning: …`.
//!
//! Follows the `WarningsOnCreate` and `WarningsOnUpdate` of kubernetes/pkg/registry.

mod pod;
mod service;

use std::fmt::Arguments;

use api::{Quantity, Resource, base64, names, path};
use serde_json::Value;

use super::unsimulated;

const CLASS_ANNOTATION: &str = "volume.beta.kubernetes.io/storage-class";

/// The warnings about an object that is written, in the place of `old` if there was one.
pub fn warnings(resource: &Resource, object: &Value, old: Option<&Value>) -> Vec<String> {
    let key = resource.key();
    let mut warnings = Vec::new();
    unsimulated::of_kind(key, object, &mut warnings);
    if old.is_none() {
        name(key, object, &mut warnings);
    }
    of_kind(key, object, old, &mut warnings);
    if let Some((template, field)) = pod_template(key, object) {
        unsimulated::of_pod(&template["spec"], field, &mut warnings);
        let is_new = match key {
            // People seldom change Pods themselves.
            "pods" => old.is_none(),
            "daemonsets.apps" => old.is_none_or(|old| old["spec"]["template"] != object["spec"]["template"]),
            _ => old.is_none_or(|old| old["metadata"]["generation"] != object["metadata"]["generation"]),
        };
        if is_new {
            pod::warnings(template, field, &mut warnings);
        }
    }
    warnings
}

/// The Pod of an object, or the template of its Pods, and the path of the specification.
pub fn pod_template<'a>(key: &str, object: &'a Value) -> Option<(&'a Value, &'static str)> {
    Some(match key {
        "pods" => (object, "spec"),
        "podtemplates" => (&object["template"], "template.spec"),
        "deployments.apps"
        | "replicasets.apps"
        | "statefulsets.apps"
        | "daemonsets.apps"
        | "jobs.batch"
        | "replicationcontrollers" => (&object["spec"]["template"], "spec.template.spec"),
        "cronjobs.batch" => (&object["spec"]["jobTemplate"]["spec"]["template"], "spec.jobTemplate.spec.template.spec"),
        _ => return None,
    })
}

/// A name with dots is no host name.
fn name(key: &str, object: &Value, warnings: &mut Vec<String>) {
    let used = match key {
        "pods" => "the Pod's hostname",
        "deployments.apps" | "replicasets.apps" | "jobs.batch" | "cronjobs.batch" | "replicationcontrollers" => {
            "Pod names and hostnames"
        }
        _ => return,
    };
    let wrong = names::dns1123_label(path::str(object, "metadata.name"));
    if !wrong.is_empty() {
        warnings.push(format!(
            "metadata.name: this is used in {used}, which can result in surprising behavior; a DNS label is recommended: \
             [{}]",
            wrong.join(" ")
        ));
    }
}

fn of_kind(key: &str, object: &Value, old: Option<&Value>, warnings: &mut Vec<String>) {
    let spec = &object["spec"];
    let annotations = &object["metadata"]["annotations"];
    match key {
        "services" => service::warnings(object, warnings),
        "persistentvolumeclaims" => {
            if annotations.get(CLASS_ANNOTATION).is_some() {
                warnings.push(format!(
                    "metadata.annotations[{CLASS_ANNOTATION}]: deprecated since v1.8; use \"storageClassName\" attribute \
                     instead"
                ));
            }
            fractions(&spec["resources"], &["storage"], format_args!("spec.resources"), warnings);
        }
        "persistentvolumes" => volume(spec, annotations, warnings),
        "statefulsets.apps" => {
            for (index, claim) in path::list(spec, "volumeClaimTemplates").iter().enumerate() {
                let field = format_args!("spec.volumeClaimTemplates[{index}].resources");
                fractions(&claim["spec"]["resources"], &["storage"], field, warnings);
            }
            if path::int(spec, "revisionHistoryLimit").is_some_and(|limit| limit < 0) {
                warnings.push(
                    "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is \
                     recommended"
                        .to_owned(),
                );
            }
        }
        "cronjobs.batch" if old.is_some() && path::str(spec, "schedule").contains("TZ") => warnings.push(
            "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see \
             https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details"
                .to_owned(),
        ),
        "ingresses.networking.k8s.io"
            if old.is_none()
                && annotations.get("kubernetes.io/ingress.class").is_some()
                && spec["ingressClassName"].is_null() =>
        {
            warnings.push(
                "annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead"
                    .to_owned(),
            );
        }
        "secrets" if object["type"] == "kubernetes.io/tls" => warnings.extend(key_pair(&object["data"])),
        "serviceaccounts" => {
            const ENFORCE: &str = "kubernetes.io/enforce-mountable-secrets";
            let before = old.is_some_and(|old| old["metadata"]["annotations"].get(ENFORCE).is_some());
            if annotations.get(ENFORCE).is_some() && !before {
                warnings.push(format!(
                    "metadata.annotations[{ENFORCE}]: deprecated in v1.32+; prefer separate namespaces to isolate access to \
                     mounted secrets"
                ));
            }
        }
        "resourcequotas" if old.is_none() => quota(&spec["hard"], warnings),
        _ => {}
    }
}

/// Amounts of bytes that are no whole numbers: `memory: 100m` is a tenth of a byte.
fn fractions(resources: &Value, names: &[&str], field: Arguments, warnings: &mut Vec<String>) {
    for name in names {
        for list in ["limits", "requests"] {
            let text = resources[list][name].as_str().unwrap_or_default();
            if Quantity::parse(text).is_ok_and(|amount| amount.milli_value() % 1000 != 0) {
                warnings.push(format!(
                    "{field}.{list}[{name}]: fractional byte value \"{text}\" is invalid, must be an integer"
                ));
            }
        }
    }
}

fn volume(spec: &Value, annotations: &Value, warnings: &mut Vec<String>) {
    for (annotation, since, field) in [
        (CLASS_ANNOTATION, "v1.8", "storageClassName"),
        ("volume.beta.kubernetes.io/mount-options", "v1.31", "mountOptions"),
    ] {
        if annotations.get(annotation).is_some() {
            warnings.push(format!(
                "metadata.annotations[{annotation}]: deprecated since {since}; use \"{field}\" attribute instead"
            ));
        }
    }
    if spec["persistentVolumeReclaimPolicy"] == "Recycle" {
        warnings.push(
            "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach \
             is to use dynamic provisioning."
                .to_owned(),
        );
    }
    for (index, term) in path::list(spec, "nodeAffinity.required.nodeSelectorTerms").iter().enumerate() {
        pod::node_term(term, format_args!("spec.nodeAffinity.required.nodeSelectorTerms[{index}]"), warnings);
    }
    pod::old_sources(spec, format_args!("spec"), warnings);
}

/// A quota that lets less be used than requested.
fn quota(hard: &Value, warnings: &mut Vec<String>) {
    for name in ["cpu", "memory", "ephemeral-storage"] {
        let mut request = format!("requests.{name}");
        if hard.get(&request).is_none() && name != "ephemeral-storage" {
            request = name.to_owned();
        }
        let limit = format!("limits.{name}");
        let amount = |name: &str| Quantity::parse(hard[name].as_str().unwrap_or_default()).ok();
        if let (Some(least), Some(most)) = (amount(&request), amount(&limit))
            && least.milli_value() > most.milli_value()
        {
            let text = |name: &str| hard[name].as_str().unwrap_or_default().to_owned();
            warnings.push(format!(
                "ResourceQuota {request} ({}) should be less than {limit} ({})",
                text(&request),
                text(&limit)
            ));
        }
    }
}

/// What Go's `tls.X509KeyPair` finds wrong with a certificate and its key before it looks into either.
fn key_pair(data: &Value) -> Option<String> {
    for (field, what, ends) in [("tls.crt", "certificate", "CERTIFICATE"), ("tls.key", "key", "PRIVATE KEY")] {
        let bytes = base64::decode(data[field].as_str().unwrap_or_default()).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let mut found = Vec::new();
        for block in text.split("-----BEGIN ").skip(1) {
            if let Some((kind, _)) = block.split_once("-----")
                && block.contains(&format!("-----END {kind}-----"))
            {
                found.push(kind);
            }
        }
        if found.is_empty() {
            return Some(format!("tls: failed to find any PEM data in {what} input"));
        }
        if !found.iter().any(|kind| kind.ends_with(ends)) {
            let skipped = found.join(" ");
            return Some(match what {
                "key" if found.contains(&"CERTIFICATE") => {
                    "tls: found a certificate rather than a key in the PEM for the private key".to_owned()
                }
                "key" => format!(
                    "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM blocks \
                     of the following types: [{skipped}]"
                ),
                _ if found.iter().all(|kind| kind.ends_with("PRIVATE KEY")) => {
                    "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may \
                     have been switched"
                        .to_owned()
                }
                _ => format!(
                    "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the \
                     following types: [{skipped}]"
                ),
            });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(resource: &str, object: Value, expected: &[&str]) {
        assert_eq!(warnings(api::find_resource(resource).unwrap(), &object, None), expected, "{object}");
    }

    #[test]
    fn what_is_odd_is_said() {
        let pod = json!({"metadata": {"name": "a.b", "annotations": {"scheduler.alpha.kubernetes.io/critical-pod": ""}},
            "spec": {"nodeSelector": {"node-role.kubernetes.io/master": ""},
            "topologySpreadConstraints": [{"topologyKey": "beta.kubernetes.io/os"}],
            "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"podAffinityTerm": {}}]}},
            "volumes": [{"name": "v", "gitRepo": {}}, {"name": "c", "configMap": {"name": "m", "items": [
                {"key": "a", "path": "x"}, {"key": "b", "path": "x/y"}, {"key": "c", "path": "xy"}]}}],
            "imagePullSecrets": [{"name": "r"}, {"name": "r"}],
            "containers": [{
                "resources": {"limits": {"memory": "100m"}}, "env": [{"name": "A"}, {"name": "A"}],
                "ports": [{"containerPort": 80}, {"containerPort": 80}, {"containerPort": 80, "hostPort": 80}]}]}});
        check(
            "pods",
            pod,
            &[
                "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is \
                 recommended: [must not contain dots]",
                "spec.nodeSelector[node-role.kubernetes.io/master]: use \"node-role.kubernetes.io/control-plane\" instead",
                "spec.topologySpreadConstraints[0].topologyKey: beta.kubernetes.io/os is deprecated since v1.14; use \
                 \"kubernetes.io/os\" instead",
                "spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod",
                "metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the \
                 \"priorityClassName\" field instead",
                "spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+",
                "volume \"c\" (ConfigMap \"m\"): overlapping paths: \"x/y\" with \"x\"",
                "spec.imagePullSecrets[1].name: duplicate name \"r\"",
                "spec.containers[0].resources.limits[memory]: fractional byte value \"100m\" is invalid, must be an integer",
                "spec.containers[0].env[1]: hides previous definition of \"A\", which may be dropped when using apply",
                "spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]",
                "spec.containers[0].ports[2]: overlapping port definition with spec.containers[0].ports[0]",
                "spec.containers[0].ports[2]: overlapping port definition with spec.containers[0].ports[1]",
                "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.\
                 labelSelector: a null labelSelector results in matching no pod",
            ],
        );
        let deployment = json!({"metadata": {"name": "x"}, "spec": {"template": {"metadata": {"annotations": {
            "security.alpha.kubernetes.io/sysctls": ""}}, "spec": {}}}});
        let why = "spec.template.metadata.annotations[security.alpha.kubernetes.io/sysctls]: non-functional in v1.11+; use the \
                   \"sysctls\" field instead";
        check("deployments", deployment.clone(), &[why]);
        let resource = api::find_resource("deployments").unwrap();
        assert_eq!(warnings(resource, &deployment, Some(&deployment)), [""; 0]);
    }

    #[test]
    fn other_kinds_have_odd_things_too() {
        let class = json!({"metadata": {"annotations": {CLASS_ANNOTATION: "x"}}, "spec": {
            "resources": {"requests": {"storage": "1500m"}}}});
        check(
            "persistentvolumeclaims",
            class,
            &[
                "metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use \
                 \"storageClassName\" attribute instead",
                "spec.resources.requests[storage]: fractional byte value \"1500m\" is invalid, must be an integer",
            ],
        );
        check(
            "persistentvolumes",
            json!({"spec": {"persistentVolumeReclaimPolicy": "Recycle", "rbd": {}}}),
            &[
                "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended \
                 approach is to use dynamic provisioning.",
                "spec.rbd: deprecated in v1.28, non-functional in v1.31+",
            ],
        );
        check(
            "ingresses",
            json!({"metadata": {"annotations": {"kubernetes.io/ingress.class": "nginx"}}, "spec": {}}),
            &["annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead"],
        );
        check(
            "services",
            json!({"spec": {"type": "ClusterIP", "clusterIP": "None", "sessionAffinity": "ClientIP"}}),
            &["spec.SessionAffinity is ignored for headless services"],
        );
        check(
            "services",
            json!({"spec": {"type": "NodePort", "externalIPs": ["1.2.3.4"], "externalName": "x", "sessionAffinity": "None"}}),
            &[
                "spec.externalIPs is deprecated and may no longer be implemented in some clusters",
                "spec.externalName is ignored when spec.type is not \"ExternalName\"",
            ],
        );
        check(
            "resourcequotas",
            json!({"spec": {"hard": {"requests.cpu": "2", "limits.cpu": "1"}}}),
            &["ResourceQuota requests.cpu (2) should be less than limits.cpu (1)"],
        );
        let tls =
            |text: &str| json!({"type": "kubernetes.io/tls", "data": {"tls.crt": base64::encode(text.as_bytes())}});
        check("secrets", tls("nothing"), &["tls: failed to find any PEM data in certificate input"]);
        let pem = |kind: &str| format!("-----BEGIN {kind}-----\nAA==\n-----END {kind}-----\n");
        check(
            "secrets",
            tls(&pem("RSA PRIVATE KEY")),
            &[
                "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have \
               been switched",
            ],
        );
        check("secrets", tls(&pem("CERTIFICATE")), &["tls: failed to find any PEM data in key input"]);
    }
}
