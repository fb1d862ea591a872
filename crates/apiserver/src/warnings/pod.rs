//! What is odd about a Pod or the template of Pods. Follows kubernetes/pkg/api/pod/warnings.go.

use std::fmt::Arguments;

use api::{Quantity, path};
use serde_json::Value;

use super::fractions;

/// Labels of nodes that are no longer set, and what to use.
const OLD_LABELS: &[(&str, &str)] = &[
    ("beta.kubernetes.io/arch", "deprecated since v1.14; use \"kubernetes.io/arch\" instead"),
    ("beta.kubernetes.io/os", "deprecated since v1.14; use \"kubernetes.io/os\" instead"),
    (
        "failure-domain.beta.kubernetes.io/region",
        "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead",
    ),
    ("failure-domain.beta.kubernetes.io/zone", "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead"),
    ("beta.kubernetes.io/instance-type", "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead"),
    ("app.kubernetes.io/created-by", "deprecated since v1.9"),
    ("scheduler.alpha.kubernetes.io/preferAvoidPods", "deprecated since v1.22; use Taints and Tolerations instead"),
    ("node-role.kubernetes.io/master", "use \"node-role.kubernetes.io/control-plane\" instead"),
];

const OLD_ANNOTATIONS: &[(&str, &str)] = &[
    (
        "scheduler.alpha.kubernetes.io/critical-pod",
        "non-functional in v1.16+; use the \"priorityClassName\" field instead",
    ),
    ("security.alpha.kubernetes.io/sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
    ("security.alpha.kubernetes.io/unsafe-sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
];

/// Volumes whose drivers are gone or will be.
const OLD_SOURCES: &[(&str, &str)] = &[
    ("photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    ("gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
    ("scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("storageos", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("rbd", "deprecated in v1.28, non-functional in v1.31+"),
];

const AFFINITY: &str = "DuringSchedulingIgnoredDuringExecution";

fn old_label(label: &str) -> Option<&'static str> {
    OLD_LABELS.iter().find(|(old, _)| *old == label).map(|(_, why)| *why)
}

/// The warnings about a Pod or a template; `field` is the path of its specification.
pub fn warnings(template: &Value, field: &str, warnings: &mut Vec<String>) {
    let (spec, metadata) = (&template["spec"], &template["metadata"]);
    let annotations = format!("{}metadata.annotations", field.strip_suffix("spec").unwrap_or_default());
    for label in path::object(spec, "nodeSelector").into_iter().flat_map(|labels| labels.keys()) {
        if let Some(why) = old_label(label) {
            warnings.push(format!("{field}.nodeSelector[{label}]: {why}"));
        }
    }
    affinity_to_nodes(&spec["affinity"]["nodeAffinity"], field, warnings);
    for (index, constraint) in path::list(spec, "topologySpreadConstraints").iter().enumerate() {
        let here = format_args!("{field}.topologySpreadConstraints[{index}]");
        let key = path::str(constraint, "topologyKey");
        if let Some(why) = old_label(key) {
            warnings.push(format!("{here}.topologyKey: {key} is {why}"));
        }
        no_selector(constraint, here, warnings);
    }
    for (annotation, why) in OLD_ANNOTATIONS {
        if metadata["annotations"].get(annotation).is_some() {
            warnings.push(format!("{annotations}[{annotation}]: {why}"));
        }
    }
    for (index, volume) in path::list(spec, "volumes").iter().enumerate() {
        let here = format_args!("{field}.volumes[{index}]");
        old_sources(volume, here, warnings);
        let claim = &volume["ephemeral"]["volumeClaimTemplate"]["spec"]["resources"];
        fractions(claim, &["storage"], format_args!("{here}.ephemeral.volumeClaimTemplate.spec.resources"), warnings);
    }
    for volume in path::list(spec, "volumes") {
        overlaps(volume, warnings);
    }
    for (list, name, what) in [("hostAliases", "ip", "ip"), ("imagePullSecrets", "name", "name")] {
        let items = path::list(spec, list);
        for (index, item) in items.iter().enumerate() {
            let value = path::str(item, name);
            if items[..index].iter().any(|other| path::str(other, name) == value) {
                warnings.push(format!("{field}.{list}[{index}].{name}: duplicate {what} {value:?}"));
            }
        }
    }
    for (index, secret) in path::list(spec, "imagePullSecrets").iter().enumerate() {
        if path::str(secret, "name").is_empty() {
            warnings.push(format!("{field}.imagePullSecrets[{index}].name: invalid empty name \"\""));
        }
    }
    for name in ["memory", "ephemeral-storage"] {
        let text = spec["overhead"][name].as_str().unwrap_or_default();
        if Quantity::parse(text).is_ok_and(|amount| amount.milli_value() % 1000 != 0) {
            warnings.push(format!(
                "{field}.overhead[{name}]: fractional byte value \"{text}\" is invalid, must be an integer"
            ));
        }
    }
    let mut old_profile = |annotation: &str, why: &str| {
        if metadata["annotations"].get(annotation).is_some() {
            warnings.push(format!("{annotations}[{annotation}]: {why}"));
        }
    };
    let seccomp = "non-functional in v1.27+; use the \"seccompProfile\" field instead";
    if spec["securityContext"]["seccompProfile"].is_null() {
        old_profile("seccomp.security.alpha.kubernetes.io/pod", seccomp);
    }
    for (_, container) in containers(spec, field) {
        let name = path::str(container, "name");
        let context = &container["securityContext"];
        if context["seccompProfile"].is_null() {
            old_profile(&format!("container.seccomp.security.alpha.kubernetes.io/{name}"), seccomp);
        }
        let profiles = [&context["appArmorProfile"], &spec["securityContext"]["appArmorProfile"]];
        if field != "spec" && profiles.iter().all(|profile| profile.is_null()) {
            let why = "deprecated since v1.30; use the \"appArmorProfile\" field instead";
            old_profile(&format!("container.apparmor.security.beta.kubernetes.io/{name}"), why);
        }
    }
    for (here, container) in containers(spec, field) {
        let resources = &container["resources"];
        fractions(resources, &["memory", "ephemeral-storage"], format_args!("{here}.resources"), warnings);
        hidden_variables(container, &here, warnings);
    }
    ports(spec, field, warnings);
    if path::int(spec, "terminationGracePeriodSeconds").is_some_and(|seconds| seconds < 0) {
        warnings.push(format!(
            "{field}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1"
        ));
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        for (when, inside) in [("required", ""), ("preferred", ".podAffinityTerm")] {
            let terms = path::list(&spec["affinity"][kind], &format!("{when}{AFFINITY}"));
            for (index, term) in terms.iter().enumerate() {
                let term = if inside.is_empty() { term } else { &term["podAffinityTerm"] };
                let here = format_args!("{field}.affinity.{kind}.{when}{AFFINITY}[{index}]{inside}");
                no_selector(term, here, warnings);
            }
        }
    }
}

/// All containers of a specification, with their paths.
fn containers<'a>(spec: &'a Value, field: &str) -> Vec<(String, &'a Value)> {
    let mut found = Vec::new();
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for (index, container) in path::list(spec, list).iter().enumerate() {
            found.push((format!("{field}.{list}[{index}]"), container));
        }
    }
    found
}

fn affinity_to_nodes(affinity: &Value, field: &str, warnings: &mut Vec<String>) {
    let required = format!("required{AFFINITY}");
    for (index, term) in path::list(&affinity[&required], "nodeSelectorTerms").iter().enumerate() {
        let here = format_args!("{field}.affinity.nodeAffinity.{required}.nodeSelectorTerms[{index}]");
        node_term(term, here, warnings);
    }
    let preferred = format!("preferred{AFFINITY}");
    for (index, term) in path::list(affinity, &preferred).iter().enumerate() {
        let here = format_args!("{field}.affinity.nodeAffinity.{preferred}[{index}].preference");
        node_term(&term["preference"], here, warnings);
    }
}

/// The labels that a term about nodes asks for.
pub fn node_term(term: &Value, field: Arguments, warnings: &mut Vec<String>) {
    for (index, expression) in path::list(term, "matchExpressions").iter().enumerate() {
        let key = path::str(expression, "key");
        if let Some(why) = old_label(key) {
            warnings.push(format!("{field}.matchExpressions[{index}].key: {key} is {why}"));
        }
    }
}

/// What a volume is made of.
pub fn old_sources(volume: &Value, field: Arguments, warnings: &mut Vec<String>) {
    for (source, why) in OLD_SOURCES {
        if volume.get(source).is_some() {
            // The API's Go name for it, in which only this one differs.
            let source = if *source == "storageos" { "storageOS" } else { source };
            warnings.push(format!("{field}.{source}: {why}"));
        }
    }
}

fn no_selector(term: &Value, field: Arguments, warnings: &mut Vec<String>) {
    if term["labelSelector"].is_null() {
        warnings.push(format!("{field}.labelSelector: a null labelSelector results in matching no pod"));
    }
}

/// Items of a volume that lie upon each other.
fn overlaps(volume: &Value, warnings: &mut Vec<String>) {
    let name = path::str(volume, "name");
    let mut seen: Vec<(String, String)> = Vec::new();
    let mut add = |path: &str, of: &str, source: String| {
        let here = path.trim_end_matches('/').to_owned();
        let shown = |path: &str, source: &str| match source {
            "" => format!("{path:?}"),
            source => format!("{path:?} ({source})"),
        };
        for (other, from) in &seen {
            let touches = |a: &str, b: &str| format!("{a}/").starts_with(&format!("{b}/"));
            if !here.is_empty() && !other.is_empty() && (touches(other, &here) || touches(&here, other)) {
                warnings.push(format!(
                    "volume {name:?} ({of}): overlapping paths: {} with {}",
                    shown(&here, &source),
                    shown(other, from)
                ));
            }
        }
        seen.push((here, source));
    };
    for (kind, field, shown) in [("configMap", "name", "ConfigMap"), ("secret", "secretName", "Secret")] {
        let of = format!("{shown} {:?}", path::str(&volume[kind], field));
        for item in path::list(&volume[kind], "items") {
            add(path::str(item, "path"), &of, String::new());
        }
    }
    for item in path::list(volume, "downwardAPI.items") {
        add(path::str(item, "path"), "DownwardAPI", String::new());
    }
    for source in path::list(volume, "projected.sources") {
        for (kind, shown) in [("configMap", "ConfigMap"), ("secret", "Secret"), ("downwardAPI", "DownwardAPI")] {
            let from = match kind {
                "downwardAPI" => shown.to_owned(),
                _ => format!("{shown} {:?}", path::str(&source[kind], "name")),
            };
            for item in path::list(&source[kind], "items") {
                add(path::str(item, "path"), "Projected", from.clone());
            }
        }
        if let Some(path) = source["serviceAccountToken"]["path"].as_str() {
            add(path, "Projected", "ServiceAccountToken".to_owned());
        }
    }
}

fn hidden_variables(container: &Value, field: &str, warnings: &mut Vec<String>) {
    let variables = path::list(container, "env");
    for (index, variable) in variables.iter().enumerate() {
        let name = path::str(variable, "name");
        let before = variables[..index].iter().any(|other| path::str(other, "name") == name);
        let (value, itself) = (path::str(variable, "value"), format!("$({name})"));
        if before && (!variable["valueFrom"].is_null() || value == itself || !value.contains(&itself)) {
            warnings.push(format!(
                "{field}.env[{index}]: hides previous definition of \"{name}\", which may be dropped when using apply"
            ));
        }
    }
}

fn ports(spec: &Value, field: &str, warnings: &mut Vec<String>) {
    let mut all: Vec<(String, &Value)> = Vec::new();
    for (here, container) in containers(spec, field) {
        for (index, port) in path::list(container, "ports").iter().enumerate() {
            all.push((format!("{here}.ports[{index}]"), port));
        }
    }
    for (index, (here, port)) in all.iter().enumerate() {
        let name = path::str(port, "name");
        let first = all[..index].iter().find(|(_, other)| !name.is_empty() && path::str(other, "name") == name);
        if let Some((other, _)) = first {
            warnings.push(format!(
                "{here}: duplicate port name \"{name}\" with {other}, services and probes that select ports by name will use \
                 {other}"
            ));
        }
    }
    let host = |port: &Value| (path::int(port, "hostPort").unwrap_or_default(), path::str(port, "hostIP").to_owned());
    for (index, (here, port)) in all.iter().enumerate() {
        let (number, ip) = host(port);
        if number == 0 && !ip.is_empty() {
            warnings.push(format!(
                "{here}: hostIP set without hostPort: {{Name:{} HostPort:0 ContainerPort:{} Protocol:{} HostIP:{ip}}}",
                path::str(port, "name"),
                port["containerPort"],
                path::str(port, "protocol")
            ));
        }
        let same = |other: &Value| {
            other["containerPort"] == port["containerPort"]
                && path::str(other, "protocol") == path::str(port, "protocol")
        };
        for (there, other) in all[..index].iter().filter(|(_, other)| same(other)) {
            let (other_number, other_ip) = host(other);
            let kind = if (number, &ip) == (other_number, &other_ip) {
                "duplicate"
            } else if number == 0 || other_number == 0 {
                "overlapping"
            } else if number == other_number && ip.is_empty() != other_ip.is_empty() {
                "dangerously ambiguous"
            } else {
                continue;
            };
            warnings.push(format!("{here}: {kind} port definition with {there}"));
        }
    }
}
