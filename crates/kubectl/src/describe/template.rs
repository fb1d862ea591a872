//! What Pods and Pod templates have in common: containers, volumes, tolerations.

use api::path;
use serde_json::Value;

use super::text::{Text, capital, go_list, scalar};
use crate::duration::rfc1123;

/// A workload's Pod template.
pub fn pod_template(text: &mut Text, template: &Value) {
    text.line(0, "Pod Template:");
    text.labels("", "  Labels", path::get(template, "metadata.labels"));
    if path::object(template, "metadata.annotations").is_some_and(|map| !map.is_empty()) {
        text.annotations("  Annotations", path::get(template, "metadata.annotations"));
    }
    let spec = &template["spec"];
    let account = path::str(spec, "serviceAccountName");
    if !account.is_empty() {
        text.pair(1, "Service Account", account);
    }
    if !path::list(spec, "initContainers").is_empty() {
        containers(text, "Init Containers", &spec["initContainers"], None, "  ");
    }
    containers(text, "Containers", &spec["containers"], None, "  ");
    volumes(text, &spec["volumes"], "  ");
    let class = path::str(spec, "priorityClassName");
    if !class.is_empty() {
        text.pair(1, "Priority Class Name", class);
    }
    text.labels("", "  Node-Selectors", &spec["nodeSelector"]);
    tolerations(text, "  Tolerations", &spec["tolerations"]);
}

/// Containers with, for a Pod, their statuses.
pub fn containers(text: &mut Text, title: &str, containers: &Value, statuses: Option<&Value>, space: &str) {
    let containers = containers.as_array().map(Vec::as_slice).unwrap_or_default();
    text.line(0, format!("{space}{title}:{}", if containers.is_empty() { " <none>" } else { "" }));
    let indent = if space.is_empty() { "" } else { " " };
    for container in containers {
        let name = path::str(container, "name");
        let status = statuses
            .and_then(Value::as_array)
            .and_then(|statuses| statuses.iter().find(|status| path::str(status, "name") == name));
        text.line(1, format!("{indent}{name}:"));
        if let Some(status) = status {
            text.pair(2, "Container ID", path::str(status, "containerID"));
        }
        text.pair(2, "Image", path::str(container, "image"));
        if let Some(status) = status {
            text.pair(2, "Image ID", path::str(status, "imageID"));
        }
        for (title, field) in [("Port", "containerPort"), ("Host Port", "hostPort")] {
            let ports = ports(container, field);
            match ports.len() {
                0 => text.pair(2, title, "<none>"),
                1 => text.pair(2, title, &ports[0]),
                _ => text.pair(2, &format!("{title}s"), ports.join(", ")),
            }
        }
        for (title, field) in [("Command", "command"), ("Args", "args")] {
            let words = path::list(container, field);
            if !words.is_empty() {
                text.line(2, format!("{title}:"));
            }
            for word in words.iter().filter_map(Value::as_str) {
                word.split('\n').for_each(|line| text.line(3, line));
            }
        }
        if let Some(status) = status {
            state(text, "State", &status["state"]);
            if !path::get(status, "lastState.terminated").is_null() {
                state(text, "Last State", &status["lastState"]);
            }
            text.pair(2, "Ready", capital(path::bool(status, "ready")));
            text.pair(2, "Restart Count", path::int(status, "restartCount").unwrap_or(0).to_string());
        }
        resources(text, &container["resources"]);
        for (title, field) in
            [("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"), ("Startup", "startupProbe")]
        {
            if !container[field].is_null() {
                text.pair(2, title, probe(&container[field]));
            }
        }
        environment(text, container);
        mounts(text, container);
    }
}

fn ports(container: &Value, field: &str) -> Vec<String> {
    let port = |port: &Value| {
        let protocol = match path::str(port, "protocol") {
            "" => "TCP",
            protocol => protocol,
        };
        let text = format!("{}/{protocol}", path::int(port, field).unwrap_or(0));
        match path::str(port, "name") {
            "" => text,
            name => format!("{text} ({name})"),
        }
    };
    path::list(container, "ports").iter().map(port).collect()
}

fn state(text: &mut Text, title: &str, state: &Value) {
    if let Some(running) = state.get("running") {
        text.pair(2, title, "Running");
        text.pair(3, "Started", rfc1123(path::str(running, "startedAt")));
    } else if let Some(ended) = state.get("terminated") {
        text.pair(2, title, "Terminated");
        for (title, field) in [("Reason", "reason"), ("Message", "message")] {
            if !path::str(ended, field).is_empty() {
                text.pair(3, title, path::str(ended, field));
            }
        }
        text.pair(3, "Exit Code", path::int(ended, "exitCode").unwrap_or(0).to_string());
        if let Some(signal) = path::int(ended, "signal").filter(|signal| *signal > 0) {
            text.pair(3, "Signal", signal.to_string());
        }
        text.pair(3, "Started", rfc1123(path::str(ended, "startedAt")));
        text.pair(3, "Finished", rfc1123(path::str(ended, "finishedAt")));
    } else {
        text.pair(2, title, "Waiting");
        let reason = path::str(state, "waiting.reason");
        if !reason.is_empty() {
            text.pair(3, "Reason", reason);
        }
    }
}

fn resources(text: &mut Text, resources: &Value) {
    for (title, field) in [("Limits", "limits"), ("Requests", "requests")] {
        let Some(map) = resources[field].as_object().filter(|map| !map.is_empty()) else { continue };
        text.line(2, format!("{title}:"));
        for (name, quantity) in map {
            text.pair(3, name, scalar(quantity));
        }
    }
}

fn probe(probe: &Value) -> String {
    let number = |field: &str, default: i64| path::int(probe, field).unwrap_or(default);
    let attributes = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        number("initialDelaySeconds", 0),
        number("timeoutSeconds", 1),
        number("periodSeconds", 10),
        number("successThreshold", 1),
        number("failureThreshold", 3)
    );
    if let Some(exec) = probe.get("exec") {
        return format!("exec {} {attributes}", go_list(&exec["command"]));
    }
    if let Some(get) = probe.get("httpGet") {
        let scheme = match path::str(get, "scheme") {
            "" => "http".to_owned(),
            scheme => scheme.to_lowercase(),
        };
        let (host, port) = (path::str(get, "host"), scalar(&get["port"]));
        return format!("http-get {scheme}://{host}:{port}{} {attributes}", path::str(get, "path"));
    }
    if let Some(socket) = probe.get("tcpSocket") {
        return format!("tcp-socket {}:{} {attributes}", path::str(socket, "host"), scalar(&socket["port"]));
    }
    if let Some(grpc) = probe.get("grpc") {
        return format!("grpc <pod>:{} {} {attributes}", scalar(&grpc["port"]), path::str(grpc, "service"));
    }
    format!("unknown {attributes}")
}

fn environment(text: &mut Text, container: &Value) {
    let from = path::list(container, "envFrom");
    if !from.is_empty() {
        text.line(2, "Environment Variables from:");
    }
    for source in from {
        let (kind, reference) = match source.get("configMapRef") {
            Some(reference) => ("ConfigMap", reference),
            None => ("Secret", &source["secretRef"]),
        };
        let prefix = match path::str(source, "prefix") {
            "" => String::new(),
            prefix => format!(" with prefix '{prefix}'"),
        };
        let (name, optional) = (path::str(reference, "name"), path::bool(reference, "optional"));
        text.line(3, format!("{name}\t{kind}{prefix}\tOptional: {optional}"));
    }
    let variables = path::list(container, "env");
    text.line(2, if variables.is_empty() { "Environment:\t<none>" } else { "Environment:" });
    for variable in variables {
        let name = path::str(variable, "name");
        let source = &variable["valueFrom"];
        let key = |of: &str, reference: &Value| {
            let (key, object) = (path::str(reference, "key"), path::str(reference, "name"));
            let optional = path::bool(reference, "optional");
            format!("{name}:\t<set to the key '{key}' {of} '{object}'>\tOptional: {optional}")
        };
        if let Some(reference) = source.get("configMapKeyRef") {
            text.line(3, key("of config map", reference));
        } else if let Some(reference) = source.get("secretKeyRef") {
            text.line(3, key("in secret", reference));
        } else if let Some(reference) = source.get("fieldRef") {
            let version = match path::str(reference, "apiVersion") {
                "" => "v1",
                version => version,
            };
            text.line(3, format!("{name}:\t ({version}:{})", path::str(reference, "fieldPath")));
        } else if let Some(reference) = source.get("resourceFieldRef") {
            let resource = path::str(reference, "resource");
            let amount = match amount(container, reference).as_str() {
                "0" if matches!(resource, "limits.cpu" | "limits.memory") => "node allocatable".to_owned(),
                amount => amount.to_owned(),
            };
            text.line(3, format!("{name}:\t{amount} ({resource})"));
        } else {
            for (index, line) in path::str(variable, "value").split('\n').enumerate() {
                text.line(3, if index == 0 { format!("{name}:\t{line}") } else { format!("\t{line}") });
            }
        }
    }
}

/// What a resource field comes to, in units of its divisor, rounded up.
fn amount(container: &Value, reference: &Value) -> String {
    let parse = |value: &Value| api::Quantity::parse(&scalar(value)).ok().map(|quantity| quantity.milli_value());
    let Some((kind, resource)) = path::str(reference, "resource").split_once('.') else { return String::new() };
    let divisor = parse(&reference["divisor"]).filter(|divisor| *divisor > 0).unwrap_or(1000);
    let found = parse(&container["resources"][kind][resource]).unwrap_or_default();
    (found / divisor + i64::from(found % divisor > 0)).to_string()
}

fn mounts(text: &mut Text, container: &Value) {
    let mut mounts: Vec<&Value> = path::list(container, "volumeMounts").iter().collect();
    sim::order::sort_by_text(&mut mounts, |mount| path::str(mount, "mountPath"));
    text.line(2, if mounts.is_empty() { "Mounts:\t<none>" } else { "Mounts:" });
    for mount in mounts {
        let mut flags = if path::bool(mount, "readOnly") { "ro" } else { "rw" }.to_owned();
        let sub_path = path::str(mount, "subPath");
        if !sub_path.is_empty() {
            flags.push_str(&format!(",path={sub_path:?}"));
        }
        text.line(3, format!("{} from {} ({flags})", path::str(mount, "mountPath"), path::str(mount, "name")));
    }
}

/// The volumes of a Pod or a template.
pub fn volumes(text: &mut Text, volumes: &Value, space: &str) {
    let volumes = volumes.as_array().map(Vec::as_slice).unwrap_or_default();
    text.line(0, format!("{space}Volumes:{}", if volumes.is_empty() { "\t<none>" } else { "" }));
    let indent = if space.is_empty() { "" } else { " " };
    for volume in volumes {
        text.line(1, format!("{indent}{}:", path::str(volume, "name")));
        if let Some(source) = volume.get("hostPath") {
            host_path(text, source);
        } else if let Some(source) = volume.get("emptyDir") {
            text.pair(2, "Type", "EmptyDir (a temporary directory that shares a pod's lifetime)");
            text.pair(2, "Medium", path::str(source, "medium"));
            let limit = scalar(&source["sizeLimit"]);
            text.pair(2, "SizeLimit", if limit.is_empty() { "<unset>".to_owned() } else { limit });
        } else if let Some(source) = volume.get("secret") {
            text.pair(2, "Type", "Secret (a volume populated by a Secret)");
            text.pair(2, "SecretName", path::str(source, "secretName"));
            text.pair(2, "Optional", path::bool(source, "optional").to_string());
        } else if let Some(source) = volume.get("configMap") {
            text.pair(2, "Type", "ConfigMap (a volume populated by a ConfigMap)");
            text.pair(2, "Name", path::str(source, "name"));
            text.pair(2, "Optional", path::bool(source, "optional").to_string());
        } else if let Some(source) = volume.get("persistentVolumeClaim") {
            text.pair(
                2,
                "Type",
                "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
            );
            text.pair(2, "ClaimName", path::str(source, "claimName"));
            text.pair(2, "ReadOnly", path::bool(source, "readOnly").to_string());
        } else if let Some(source) = volume.get("projected") {
            projected(text, source);
        } else if let Some(source) = volume.get("nfs") {
            text.pair(2, "Type", "NFS (an NFS mount that lasts the lifetime of a pod)");
            text.pair(2, "Server", path::str(source, "server"));
            text.pair(2, "Path", path::str(source, "path"));
            text.pair(2, "ReadOnly", path::bool(source, "readOnly").to_string());
        } else if volume.get("downwardAPI").is_some() {
            text.pair(2, "Type", "DownwardAPI (a volume populated by information about the pod)");
            text.line(2, "Items:");
            for item in path::list(volume, "downwardAPI.items") {
                for (from, field) in [("fieldRef", "fieldPath"), ("resourceFieldRef", "resource")] {
                    if !item[from].is_null() {
                        text.line(3, format!("{} -> {}", path::str(&item[from], field), path::str(item, "path")));
                    }
                }
            }
        } else if let Some(source) = volume.get("image") {
            text.pair(2, "Type", "Image (a container image or OCI artifact)");
            text.pair(2, "Reference", path::str(source, "reference"));
            text.pair(2, "PullPolicy", path::str(source, "pullPolicy"));
        } else {
            text.line(1, "<unknown>");
        }
    }
}

fn projected(text: &mut Text, source: &Value) {
    text.pair(2, "Type", "Projected (a volume that contains injected data from multiple sources)");
    for source in path::list(source, "sources") {
        for (title, field) in [("SecretName", "secret"), ("ConfigMapName", "configMap")] {
            if let Some(reference) = source.get(field) {
                text.pair(2, title, path::str(reference, "name"));
                text.pair(2, "Optional", path::bool(reference, "optional").to_string());
            }
        }
        if source.get("downwardAPI").is_some() {
            text.pair(2, "DownwardAPI", "true");
        }
        if let Some(token) = source.get("serviceAccountToken") {
            text.pair(2, "TokenExpirationSeconds", scalar(&token["expirationSeconds"]));
        }
    }
}

/// A folder of the node.
pub fn host_path(text: &mut Text, source: &Value) {
    let kind = source["type"].as_str().unwrap_or("<none>");
    text.pair(2, "Type", "HostPath (bare host directory volume)");
    text.pair(2, "Path", path::str(source, "path"));
    text.pair(2, "HostPathType", kind);
}

/// Tolerations, sorted by key.
pub fn tolerations(text: &mut Text, title: &str, tolerations: &Value) {
    let mut tolerations: Vec<&Value> = tolerations.as_array().into_iter().flatten().collect();
    sim::order::sort_by_text(&mut tolerations, |toleration| path::str(toleration, "key"));
    let lines: Vec<String> = tolerations
        .into_iter()
        .map(|toleration| {
            let (key, value, effect) =
                (path::str(toleration, "key"), path::str(toleration, "value"), path::str(toleration, "effect"));
            let mut line = key.to_owned();
            if !value.is_empty() {
                line.push_str(&format!("={value}"));
            }
            if !effect.is_empty() {
                line.push_str(&format!(":{effect}"));
            }
            if path::str(toleration, "operator") == "Exists" && value.is_empty() {
                line.push_str(if line.is_empty() { "op=Exists" } else { " op=Exists" });
            }
            if let Some(seconds) = path::int(toleration, "tolerationSeconds") {
                line.push_str(&format!(" for {seconds}s"));
            }
            line
        })
        .collect();
    text.column("", title, &lines);
}
