//! Containers: names, images, ports, environment, mounts, probes, resources.

use std::collections::BTreeSet;
use std::fmt::Arguments;

use api::{Quantity, names, path};
use serde_json::Value;

use super::{Errors, non_negative, one_of, port_number_or_name};

const PROTOCOLS: &[&str] = &["SCTP", "TCP", "UDP"];

/// `spec.containers`; `volumes` are the names that mounts may use.
pub fn containers(spec: &Value, volumes: &BTreeSet<&str>, field: Arguments, errors: &mut Errors) {
    let field = format_args!("{field}.containers");
    let containers = path::list(spec, "containers");
    if containers.is_empty() {
        return errors.required(field, "");
    }
    let mut seen = BTreeSet::new();
    let mut host_ports = BTreeSet::new();
    for (index, container) in containers.iter().enumerate() {
        let here = format_args!("{field}[{index}]");
        common(container, volumes, here, errors);
        let name = path::str(container, "name");
        if !seen.insert(name) {
            errors.duplicate(format_args!("{here}.name"), name);
        }
        lifecycle(container, here, errors);
        probes(container, here, errors);
        restart_policy(container, here, errors);
        resize_policy(container, path::str(spec, "restartPolicy"), here, errors);
    }
    for (index, container) in containers.iter().enumerate() {
        host_port_conflicts(container, format_args!("{field}[{index}]"), &mut host_ports, errors);
    }
}

/// `spec.initContainers`.
pub fn init_containers(spec: &Value, volumes: &BTreeSet<&str>, field: Arguments, errors: &mut Errors) {
    let field = format_args!("{field}.initContainers");
    let mut seen: BTreeSet<&str> =
        sim::order::collect(path::list(spec, "containers").iter().map(|container| path::str(container, "name")));
    for (index, container) in path::list(spec, "initContainers").iter().enumerate() {
        let here = format_args!("{field}[{index}]");
        common(container, volumes, here, errors);
        restart_policy(container, here, errors);
        resize_policy(container, path::str(spec, "restartPolicy"), here, errors);
        let name = path::str(container, "name");
        if !seen.insert(name) {
            errors.duplicate(format_args!("{here}.name"), name);
        }
        host_port_conflicts(container, here, &mut BTreeSet::new(), errors);
        if path::str(container, "restartPolicy") == "Always" {
            lifecycle(container, here, errors);
            probes(container, here, errors);
            continue;
        }
        for name in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
            if container.get(name).is_some_and(|value| !value.is_null()) {
                let why = "may not be set for init containers without restartPolicy=Always";
                errors.forbidden(format_args!("{here}.{name}"), why);
            }
        }
    }
}

fn common(container: &Value, volumes: &BTreeSet<&str>, field: Arguments, errors: &mut Errors) {
    let name = path::str(container, "name");
    if name.is_empty() {
        errors.required(format_args!("{field}.name"), "");
    } else {
        errors.invalid_all(format_args!("{field}.name"), name, &names::dns1123_label(name));
    }
    let image = path::str(container, "image");
    if image.is_empty() {
        errors.required(format_args!("{field}.image"), "");
    } else if image.trim() != image {
        errors.invalid(format_args!("{field}.image"), image, "must not have leading or trailing whitespace");
    }
    one_of(container, "terminationMessagePolicy", field, &["File", "FallbackToLogsOnError"], errors);
    ports(path::list(container, "ports"), format_args!("{field}.ports"), errors);
    environment(path::list(container, "env"), format_args!("{field}.env"), errors);
    environment_sources(path::list(container, "envFrom"), format_args!("{field}.envFrom"), errors);
    mounts(path::list(container, "volumeMounts"), volumes, format_args!("{field}.volumeMounts"), errors);
    one_of(container, "imagePullPolicy", field, &["Always", "IfNotPresent", "Never"], errors);
    resources(&container["resources"], format_args!("{field}.resources"), errors);
}

/// Rules of a container, and exit codes of a rule, at most.
const RESTART_RULES: usize = 20;
const EXIT_CODES: usize = 255;

/// `validateContainerRestartPolicy`
fn restart_policy(container: &Value, field: Arguments, errors: &mut Errors) {
    one_of(container, "restartPolicy", field, &["Always", "Never", "OnFailure"], errors);
    let rules = path::list(container, "restartPolicyRules");
    if container["restartPolicy"].is_null() && !rules.is_empty() {
        let why = "must specify restartPolicy when restart rules are used";
        errors.required(format_args!("{field}.restartPolicy"), why);
    }
    if rules.len() > RESTART_RULES {
        errors.too_many(format_args!("{field}.restartPolicyRules"), rules.len() as i64, RESTART_RULES as i64);
    }
    for (index, rule) in rules.iter().enumerate() {
        let here = format!("{field}.restartPolicyRules[{index}]");
        let choice = |value: &Value, field: String, allowed: &[&str], errors: &mut Errors| {
            let value = value.as_str().unwrap_or_default();
            if !allowed.contains(&value) {
                errors.unsupported(field, value, allowed);
            }
        };
        choice(&rule["action"], format!("{here}.action"), &["Restart", "RestartAllContainers"], errors);
        if rule["exitCodes"].is_null() {
            errors.required(format!("{here}.exitCodes"), "must be specified");
            continue;
        }
        choice(&rule["exitCodes"]["operator"], format!("{here}.exitCodes.operator"), &["In", "NotIn"], errors);
        let values = path::list(&rule["exitCodes"], "values").len();
        if values > EXIT_CODES {
            errors.too_many(format!("{here}.exitCodes.values"), values as i64, EXIT_CODES as i64);
        }
    }
}

/// `validateResizePolicy`
fn resize_policy(container: &Value, of_pod: &str, field: Arguments, errors: &mut Errors) {
    let field = format_args!("{field}.resizePolicy");
    let mut seen = BTreeSet::new();
    for policy in path::list(container, "resizePolicy") {
        let (resource, action) = (path::str(policy, "resourceName"), path::str(policy, "restartPolicy"));
        if !seen.insert(resource) {
            errors.duplicate(field, resource);
        }
        for (value, allowed) in [(resource, ["cpu", "memory"]), (action, ["NotRequired", "RestartContainer"])] {
            match value {
                "" => errors.required(field, ""),
                known if allowed.contains(&known) => {}
                other => errors.unsupported(field, other, &allowed),
            }
        }
        if of_pod == "Never" && action == "RestartContainer" {
            errors.invalid(field, action, "must be 'NotRequired' when `restartPolicy` is 'Never'");
        }
    }
}

fn ports(ports: &[Value], field: Arguments, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    for (index, port) in ports.iter().enumerate() {
        let here = format_args!("{field}[{index}]");
        let name = path::str(port, "name");
        if !name.is_empty() {
            let wrong = names::port_name(name);
            if !wrong.is_empty() {
                errors.invalid_all(format_args!("{here}.name"), name, &wrong);
            } else if !seen.insert(name) {
                errors.duplicate(format_args!("{here}.name"), name);
            }
        }
        match path::int(port, "containerPort").unwrap_or_default() {
            0 => errors.required(format_args!("{here}.containerPort"), ""),
            number => {
                for error in names::port_number(number) {
                    errors.invalid(format_args!("{here}.containerPort"), number, &error);
                }
            }
        }
        if let Some(number) = path::int(port, "hostPort").filter(|number| *number != 0) {
            for error in names::port_number(number) {
                errors.invalid(format_args!("{here}.hostPort"), number, &error);
            }
        }
        one_of(port, "protocol", here, PROTOCOLS, errors);
    }
}

fn host_port_conflicts(container: &Value, field: Arguments, seen: &mut BTreeSet<String>, errors: &mut Errors) {
    for (index, port) in path::list(container, "ports").iter().enumerate() {
        let number = path::int(port, "hostPort").unwrap_or_default();
        let key = format!("{}/{}/{number}", path::str(port, "protocol"), path::str(port, "hostIP"));
        if number != 0 && !seen.insert(key.clone()) {
            errors.duplicate(format_args!("{field}.ports[{index}].hostPort"), key);
        }
    }
}

/// What a variable may say of its Pod.
const ENVIRONMENT: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// `validateObjectFieldSelector`: a field of the Pod that is one of these, or a label or annotation.
pub(super) fn field_reference(reference: &Value, allowed: &[&str], field: Arguments, errors: &mut Errors) {
    let path = path::str(reference, "fieldPath");
    let here = format_args!("{field}.fieldPath");
    if path.is_empty() {
        return errors.required(here, "");
    }
    if let Some((name, key)) = path.strip_suffix("']").and_then(|path| path.split_once("['")) {
        return match name {
            "metadata.annotations" => errors.invalid_all(field, key, &names::qualified_name(&key.to_lowercase())),
            "metadata.labels" => errors.invalid_all(field, key, &names::qualified_name(key)),
            _ => {
                let why = format!("error converting fieldPath: field label does not support subscript: {path}");
                errors.invalid(here, path, &why);
            }
        };
    }
    let known = ENVIRONMENT.contains(&path)
        || matches!(
            path,
            "metadata.annotations" | "metadata.labels" | "spec.restartPolicy" | "spec.schedulerName" | "status.phase"
        );
    if !known {
        errors.invalid(here, path, &format!("error converting fieldPath: field label not supported: {path}"));
    } else if !allowed.contains(&path) {
        errors.unsupported(here, path, allowed);
    }
}

/// `validateContainerResourceFieldSelector`: an amount that a container asks for or is limited to.
pub(super) fn resource_reference(reference: &Value, in_volume: bool, field: Arguments, errors: &mut Errors) {
    const AMOUNTS: &[&str] = &[
        "limits.cpu",
        "limits.ephemeral-storage",
        "limits.memory",
        "requests.cpu",
        "requests.ephemeral-storage",
        "requests.memory",
    ];
    let resource = path::str(reference, "resource");
    if in_volume && path::str(reference, "containerName").is_empty() {
        errors.required(format_args!("{field}.containerName"), "");
    } else if resource.is_empty() {
        errors.required(format_args!("{field}.resource"), "");
    } else if !AMOUNTS.contains(&resource)
        && !resource.starts_with("limits.hugepages-")
        && !resource.starts_with("requests.hugepages-")
    {
        errors.unsupported(format_args!("{field}.resource"), resource, AMOUNTS);
    }
}

fn environment(variables: &[Value], field: Arguments, errors: &mut Errors) {
    for (index, variable) in variables.iter().enumerate() {
        let here = format_args!("{field}[{index}]");
        let name = path::str(variable, "name");
        if name.is_empty() {
            errors.required(format_args!("{here}.name"), "");
        } else {
            errors.invalid_all(format_args!("{here}.name"), name, &names::env_name(name));
        }
        let Some(source) = variable.get("valueFrom").filter(|source| source.is_object()) else { continue };
        let here = format_args!("{here}.valueFrom");
        let mut sources = 0;
        if let Some(reference) = source.get("fieldRef") {
            sources += 1;
            field_reference(reference, ENVIRONMENT, format_args!("{here}.fieldRef"), errors);
        }
        if let Some(reference) = source.get("resourceFieldRef") {
            sources += 1;
            resource_reference(reference, false, format_args!("{here}.resourceFieldRef"), errors);
        }
        for kind in ["configMapKeyRef", "secretKeyRef"] {
            let Some(reference) = source.get(kind) else { continue };
            sources += 1;
            if path::str(reference, "name").is_empty() {
                errors.required(format_args!("{here}.{kind}.name"), "");
            }
            let key = path::str(reference, "key");
            if key.is_empty() {
                errors.required(format_args!("{here}.{kind}.key"), "");
            } else {
                errors.invalid_all(format_args!("{here}.{kind}.key"), key, &names::config_map_key(key));
            }
        }
        sources += usize::from(source.get("fileKeyRef").is_some());
        if sources == 0 {
            let why = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
            errors.invalid(here, "", why);
        } else if !path::str(variable, "value").is_empty() {
            errors.invalid(here, "", "may not be specified when `value` is not empty");
        } else if sources > 1 {
            errors.invalid(here, "", "may not have more than one field specified at a time");
        }
    }
}

fn environment_sources(sources: &[Value], field: Arguments, errors: &mut Errors) {
    for (index, source) in sources.iter().enumerate() {
        let here = format_args!("{field}[{index}]");
        let mut count = 0;
        for kind in ["configMapRef", "secretRef"] {
            let Some(reference) = source.get(kind) else { continue };
            count += 1;
            if path::str(reference, "name").is_empty() {
                errors.required(format_args!("{here}.{kind}.name"), "");
            }
        }
        match count {
            0 => errors.invalid(field, "", "must specify one of: `configMapRef` or `secretRef`"),
            1 => {}
            _ => errors.invalid(field, "", "may not have more than one field specified at a time"),
        }
    }
}

fn mounts(mounts: &[Value], volumes: &BTreeSet<&str>, field: Arguments, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    for (index, mount) in mounts.iter().enumerate() {
        let here = format_args!("{field}[{index}]");
        let (name, path) = (path::str(mount, "name"), path::str(mount, "mountPath"));
        if name.is_empty() {
            errors.required(format_args!("{here}.name"), "");
        }
        if !volumes.contains(name) {
            errors.not_found(format_args!("{here}.name"), name);
        }
        if path.is_empty() {
            errors.required(format_args!("{here}.mountPath"), "");
        }
        if !seen.insert(path) {
            errors.invalid(format_args!("{here}.mountPath"), path, "must be unique");
        }
        let sub_path = path::str(mount, "subPath");
        if sub_path.starts_with('/') {
            errors.invalid(format_args!("{field}.subPath"), sub_path, "must be a relative path");
        } else if sub_path.split('/').any(|part| part == "..") {
            errors.invalid(format_args!("{field}.subPath"), sub_path, "must not contain '..'");
        }
    }
}

fn lifecycle(container: &Value, field: Arguments, errors: &mut Errors) {
    for hook in ["postStart", "preStop"] {
        if let Some(found) = container["lifecycle"].get(hook).filter(|hook| hook.is_object()) {
            handler(found, format_args!("{field}.lifecycle.{hook}"), errors);
        }
    }
}

fn probes(container: &Value, field: Arguments, errors: &mut Errors) {
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let Some(probe) = container.get(name).filter(|probe| probe.is_object()) else { continue };
        let here = format_args!("{field}.{name}");
        handler(probe, here, errors);
        for number in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"]
        {
            non_negative(probe, number, here, errors);
        }
        if let Some(seconds) = probe["terminationGracePeriodSeconds"].as_i64().filter(|seconds| *seconds <= 0) {
            errors.invalid(format_args!("{here}.terminationGracePeriodSeconds"), seconds, "must be greater than 0");
        }
        let threshold = path::int(probe, "successThreshold").unwrap_or(1);
        if name != "readinessProbe" && threshold != 1 {
            errors.invalid(format_args!("{here}.successThreshold"), threshold, "must be 1");
        }
    }
}

fn handler(handler: &Value, field: Arguments, errors: &mut Errors) {
    let mut count = 0;
    for kind in ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] {
        let Some(action) = handler.get(kind).filter(|action| !action.is_null()) else { continue };
        let here = format_args!("{field}.{kind}");
        count += 1;
        if count > 1 {
            errors.forbidden(here, "may not specify more than 1 handler type");
            continue;
        }
        match kind {
            "exec" if path::list(action, "command").is_empty() => errors.required(format_args!("{here}.command"), ""),
            "httpGet" => {
                if path::str(action, "path").is_empty() {
                    errors.required(format_args!("{here}.path"), "");
                }
                port_number_or_name(&action["port"], format_args!("{here}.port"), errors);
                one_of(action, "scheme", here, &["HTTP", "HTTPS"], errors);
            }
            "tcpSocket" | "grpc" => port_number_or_name(&action["port"], format_args!("{here}.port"), errors),
            _ => {}
        }
    }
    if count == 0 {
        errors.required(field, "must specify a handler type");
    }
}

/// `resources`: no negative amounts, no request above its limit, only resources there are.
pub fn resources(resources: &Value, field: Arguments, errors: &mut Errors) {
    let quantity = |value: &Value| Quantity::parse(value.as_str().unwrap_or_default()).unwrap_or(Quantity::ZERO);
    let limits = path::object(resources, "limits");
    for list in ["limits", "requests"] {
        for (name, value) in path::object(resources, list).into_iter().flatten() {
            let here = format_args!("{field}.{list}[{name}]");
            resource_name(name, here, errors);
            let amount = quantity(value);
            if amount.is_negative() {
                errors.invalid(here, amount.to_string(), super::NOT_NEGATIVE);
            }
            if !matches!(name.as_str(), "cpu" | "memory" | "ephemeral-storage") && amount.milli_value() % 1000 != 0 {
                errors.invalid(here, amount.to_string(), "must be an integer");
            }
            let limit = limits.and_then(|limits| limits.get(name)).filter(|_| list == "requests").map(quantity);
            if let Some(limit) = limit.filter(|limit| amount > *limit) {
                let why = format!("must be less than or equal to {name} limit of {limit}");
                errors.invalid(format_args!("{field}.requests"), amount.to_string(), &why);
            }
        }
    }
}

fn resource_name(name: &str, field: Arguments, errors: &mut Errors) {
    errors.invalid_all(field, name, &names::qualified_name(name));
    let standard = matches!(name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-");
    if !name.contains('/') && !standard {
        errors.invalid(field, name, "must be a standard resource type or fully qualified");
        errors.invalid(field, name, "must be a standard resource for containers");
    }
}
