//! Pods and Pod templates.

use api::path;
use serde_json::{Value, json};

use super::{default, default_text, each, storage};

/// A Pod: its spec, and what only a Pod (not a template) gets.
pub fn pod(object: &mut Value) {
    let spec = &mut object["spec"];
    pod_spec(spec);
    default(spec, "enableServiceLinks", true);
    if path::bool(spec, "hostNetwork") {
        for list in ["initContainers", "containers"] {
            each(spec, list, |container| each(container, "ports", host_port));
        }
    }
    for list in ["initContainers", "containers"] {
        each(spec, list, requests_from_limits);
    }
}

/// A Pod template.
pub fn template(template: &mut Value) {
    if template["metadata"].is_null() {
        template["metadata"] = json!({});
    }
    pod_spec(&mut template["spec"]);
}

/// What is limited and not requested is requested as limited.
fn requests_from_limits(container: &mut Value) {
    let Some(limits) = path::object(container, "resources.limits").cloned() else { return };
    for (resource, quantity) in limits {
        default(&mut container["resources"]["requests"], &resource, quantity);
    }
}

fn pod_spec(spec: &mut Value) {
    default_text(spec, "dnsPolicy", "ClusterFirst");
    default_text(spec, "restartPolicy", "Always");
    default_text(spec, "schedulerName", "default-scheduler");
    default(spec, "securityContext", json!({}));
    default(spec, "terminationGracePeriodSeconds", 30);
    // The old name of the field always says what the new one says.
    if let Some(old) = spec["serviceAccount"].as_str().map(str::to_owned) {
        default_text(spec, "serviceAccountName", &old);
    }
    let name = spec["serviceAccountName"].as_str().unwrap_or_default().to_owned();
    if !name.is_empty() {
        spec["serviceAccount"] = name.into();
    }
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        each(spec, list, container);
    }
    each(spec, "volumes", volume);
}

fn host_port(port: &mut Value) {
    let number = port["containerPort"].clone();
    if port["hostPort"].as_i64().unwrap_or_default() == 0 && !number.is_null() {
        port["hostPort"] = number;
    }
}

fn container(container: &mut Value) {
    if !container.is_object() {
        return;
    }
    let policy = if pulls_always(path::str(container, "image")) { "Always" } else { "IfNotPresent" };
    default_text(container, "imagePullPolicy", policy);
    default_text(container, "terminationMessagePath", "/dev/termination-log");
    default_text(container, "terminationMessagePolicy", "File");
    default(container, "resources", json!({}));
    each(container, "ports", |port| default_text(port, "protocol", "TCP"));
    for field in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(check) = container.get_mut(field).filter(|probe| probe.is_object()) {
            probe(check);
        }
    }
    for hook in ["postStart", "preStop"] {
        if let Some(handler) = container["lifecycle"].get_mut(hook) {
            http_get(handler);
        }
    }
    if container["lifecycle"].is_null() {
        path::remove(container, "lifecycle");
    }
    each(container, "env", |variable| {
        if let Some(field) = variable.get_mut("valueFrom").and_then(|source| source.get_mut("fieldRef")) {
            default_text(field, "apiVersion", "v1");
        }
        if let Some(field) = variable.get_mut("valueFrom").and_then(|source| source.get_mut("resourceFieldRef")) {
            default(field, "divisor", "0");
        }
    });
}

/// Whether an image's tag is `latest`, written or meant.
fn pulls_always(image: &str) -> bool {
    if image.contains('@') {
        return false;
    }
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}

fn probe(probe: &mut Value) {
    http_get(probe);
    if probe.get("grpc").is_some() {
        default(&mut probe["grpc"], "service", "");
    }
    // A zero means the default, too.
    for (field, value) in
        [("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)]
    {
        if probe[field].as_i64().unwrap_or_default() == 0 {
            probe[field] = value.into();
        }
    }
}

fn http_get(handler: &mut Value) {
    if let Some(get) = handler.get_mut("httpGet").filter(|get| get.is_object()) {
        default_text(get, "path", "/");
        default_text(get, "scheme", "HTTP");
    }
}

fn volume(volume: &mut Value) {
    let Some(fields) = volume.as_object() else { return };
    if fields.keys().all(|key| key == "name") {
        volume["emptyDir"] = json!({});
    }
    for source in ["secret", "configMap", "downwardAPI", "projected"] {
        if volume.get(source).is_some() {
            default(&mut volume[source], "defaultMode", 420);
        }
    }
    source(volume);
    if let Some(image) = volume.get_mut("image").filter(|image| image.is_object()) {
        let policy = if pulls_always(path::str(image, "reference")) { "Always" } else { "IfNotPresent" };
        default_text(image, "pullPolicy", policy);
    }
    if let Some(template) = volume.get_mut("ephemeral").and_then(|source| source.get_mut("volumeClaimTemplate")) {
        default(template, "metadata", json!({}));
        storage::claim(template);
    }
    if let Some(files) = volume.get_mut("downwardAPI") {
        downward(files);
    }
    let Some(sources) = volume.get_mut("projected").and_then(|projected| projected.get_mut("sources")) else { return };
    for source in sources.as_array_mut().into_iter().flatten() {
        if source.get("serviceAccountToken").is_some() {
            default(&mut source["serviceAccountToken"], "expirationSeconds", 3600);
        }
        if let Some(files) = source.get_mut("downwardAPI") {
            downward(files);
        }
    }
}

/// What a volume is made of, in a Pod as in a PersistentVolume.
pub fn source(volume: &mut Value) {
    for (source, fields) in [
        ("hostPath", &[("type", "")] as &[(&str, &str)]),
        ("iscsi", &[("iscsiInterface", "default")]),
        ("rbd", &[("pool", "rbd"), ("user", "admin"), ("keyring", "/etc/ceph/keyring")]),
        ("azureDisk", &[("cachingMode", "ReadWrite"), ("kind", "Shared"), ("fsType", "ext4")]),
        ("scaleIO", &[("storageMode", "ThinProvisioned"), ("fsType", "xfs")]),
    ] {
        let Some(values) = volume.get_mut(source) else { continue };
        for (field, value) in fields {
            default(values, field, *value);
        }
        if source == "azureDisk" {
            default(values, "readOnly", false);
        }
    }
}

/// Files that tell of the Pod.
fn downward(files: &mut Value) {
    each(files, "items", |item| {
        if let Some(field) = item.get_mut("fieldRef") {
            default_text(field, "apiVersion", "v1");
        }
        if let Some(field) = item.get_mut("resourceFieldRef") {
            default(field, "divisor", "0");
        }
    });
}
