//! A container's environment: Services, ConfigMaps, Secrets, the Pod's own fields, and `$(NAME)` in values and commands.
//!
//! <https://kubernetes.io/docs/tasks/inject-data-application/>, pkg/kubelet/kubelet_pods.go

use std::collections::BTreeMap;

use api::path;
use component::Context;
use component::resources::{amount, milli};
use serde_json::Value;

/// The longest string that a program may be started with, as MAX_ARG_STRLEN of Linux.
const STRING_LIMIT: usize = 128 * 1024;
/// The most bytes that all of them may take, as a quarter of the usual stack is.
const TOTAL_LIMIT: usize = 2 * 1024 * 1024;

type Variables = Vec<(String, String)>;

/// Variables by their names, in the order in which they were first set.
#[derive(Default)]
pub(super) struct Environment {
    list: Variables,
    places: BTreeMap<String, usize>,
    size: usize,
}

impl Environment {
    /// Sets a variable.
    pub(super) fn put(&mut self, name: String, value: String) {
        self.size += name.len() + value.len();
        match self.places.get(&name) {
            Some(place) => self.list[*place].1 = value,
            None => {
                self.places.insert(name.clone(), self.list.len());
                self.list.push((name, value));
            }
        }
    }

    /// Whether no program starts with so much. What is left need not be worked out.
    fn is_too_large(&self) -> bool {
        self.size > TOTAL_LIMIT
    }

    /// The words with `$(NAME)` replaced, or as many of them as are too many to start a program with.
    pub(super) fn expand_all<'a>(&self, words: impl Iterator<Item = &'a str>) -> Vec<String> {
        let (mut expanded, mut size) = (Vec::new(), 0);
        for word in words {
            expanded.push(expand(word, self));
            size += expanded.last().map_or(0, String::len);
            if size > TOTAL_LIMIT {
                break;
            }
        }
        expanded
    }

    /// The text with `$(NAME)` replaced.
    ///
    /// # Errors
    /// When a variable is not there (`ExpandContainerVolumeMounts` in pkg/kubelet/container/helpers.go).
    pub(super) fn expand_known(&self, text: &str) -> Result<String, String> {
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                rest = after;
            } else if let Some((name, after)) = rest.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
                if !self.places.contains_key(name) {
                    return Err(format!("missing value for {name:?}"));
                }
                rest = after;
            }
        }
        Ok(expand(text, self))
    }

    /// Names and values, in order.
    pub(super) fn into_list(self) -> Variables {
        self.list
    }
}

/// The environment of a container, Services first.
///
/// # Errors
/// What is missing, as in `configmap "web" not found`.
pub(super) fn of_container(cx: &Context, pod: &Value, container: &Value, pod_ip: &str) -> Result<Environment, String> {
    let namespace = path::str(pod, "metadata.namespace");
    let mut variables = Environment::default();
    for (name, value) in services(cx, namespace, pod["spec"]["enableServiceLinks"] != false) {
        variables.put(name, value);
    }
    for from in path::list(container, "envFrom") {
        if variables.is_too_large() {
            break;
        }
        let prefix = path::str(from, "prefix");
        for (field, resource, kind) in [("configMapRef", "configmaps", "configmap"), ("secretRef", "secrets", "secret")]
        {
            let reference = &from[field];
            if !reference.is_object() {
                continue;
            }
            let name = path::str(reference, "name");
            match cx.view.get(resource, namespace, name) {
                Some(object) => {
                    for (key, content) in data(object) {
                        variables.put(format!("{prefix}{key}"), String::from_utf8_lossy(&content).into_owned());
                    }
                }
                None if path::bool(reference, "optional") => {}
                None => return Err(format!("{kind} \"{name}\" not found")),
            }
        }
    }
    for entry in path::list(container, "env") {
        if variables.is_too_large() {
            break;
        }
        let name = path::str(entry, "name").to_owned();
        let from = &entry["valueFrom"];
        if !from.is_object() {
            let value = expand(path::str(entry, "value"), &variables);
            variables.put(name, value);
        } else if from["fieldRef"].is_object() {
            let value = field(cx, pod, path::str(from, "fieldRef.fieldPath"), Some(pod_ip));
            variables.put(name, value);
        } else if from["resourceFieldRef"].is_object() {
            let value = resource_field_of(cx, container, &from["resourceFieldRef"]);
            variables.put(name, value);
        } else {
            for (field, resource, kind) in
                [("configMapKeyRef", "configmaps", "configmap"), ("secretKeyRef", "secrets", "secret")]
            {
                if from[field].is_object()
                    && let Some(value) = key_ref(cx, namespace, resource, kind, &from[field])?
                {
                    variables.put(name.clone(), value);
                }
            }
        }
    }
    Ok(variables)
}

fn key_ref(
    cx: &Context,
    namespace: &str,
    resource: &'static str,
    kind: &str,
    reference: &Value,
) -> Result<Option<String>, String> {
    let (name, key) = (path::str(reference, "name"), path::str(reference, "key"));
    let optional = path::bool(reference, "optional");
    let Some(object) = cx.view.get(resource, namespace, name) else {
        return if optional { Ok(None) } else { Err(format!("{kind} \"{name}\" not found")) };
    };
    match data(object).into_iter().find(|(known, _)| known == key) {
        Some((_, content)) => Ok(Some(String::from_utf8_lossy(&content).into_owned())),
        None if optional => Ok(None),
        None => {
            let kind = if kind == "secret" { "Secret" } else { "ConfigMap" };
            Err(format!("couldn't find key {key} in {kind} {namespace}/{name}"))
        }
    }
}

/// The variables of the Services there are (<https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables>).
fn services(cx: &Context, namespace: &str, links: bool) -> Variables {
    let mut variables = Vec::new();
    let kubernetes = cx.view.get("services", "default", "kubernetes");
    let own = cx.view.list("services", Some(namespace)).filter(|_| links);
    let others = own.filter(|service| !(namespace == "default" && service["metadata"]["name"] == "kubernetes"));
    for service in kubernetes.into_iter().chain(others) {
        let address = path::str(service, "spec.clusterIP");
        let ports = path::list(service, "spec.ports");
        if address.is_empty() || address == "None" || ports.is_empty() {
            continue;
        }
        let prefix = path::str(service, "metadata.name").to_ascii_uppercase().replace(['-', '.'], "_");
        let number = |port: &Value| path::int(port, "port").unwrap_or(0);
        variables.push((format!("{prefix}_SERVICE_HOST"), address.to_owned()));
        variables.push((format!("{prefix}_SERVICE_PORT"), number(&ports[0]).to_string()));
        for port in ports.iter().filter(|port| !path::str(port, "name").is_empty()) {
            let name = path::str(port, "name").to_ascii_uppercase().replace('-', "_");
            variables.push((format!("{prefix}_SERVICE_PORT_{name}"), number(port).to_string()));
        }
        for (at, port) in ports.iter().enumerate() {
            let protocol = port["protocol"].as_str().unwrap_or("TCP");
            let url = format!("{}://{address}:{}", protocol.to_ascii_lowercase(), number(port));
            if at == 0 {
                variables.push((format!("{prefix}_PORT"), url.clone()));
            }
            let prefix = format!("{prefix}_PORT_{}_{protocol}", number(port));
            variables.push((prefix.clone(), url));
            variables.push((format!("{prefix}_PROTO"), protocol.to_ascii_lowercase()));
            variables.push((format!("{prefix}_PORT"), number(port).to_string()));
            variables.push((format!("{prefix}_ADDR"), address.to_owned()));
        }
    }
    variables
}

/// A field of the Pod, as the downward API gives it.
pub(super) fn field(cx: &Context, pod: &Value, field: &str, pod_ip: Option<&str>) -> String {
    let map = |map: &Value| {
        let entries = map.as_object().into_iter().flatten();
        entries
            .map(|(key, value)| format!("{key}={:?}", value.as_str().unwrap_or_default()))
            .collect::<Vec<_>>()
            .join("\n")
    };
    if let Some((parent, key)) = field.strip_suffix("']").and_then(|field| field.split_once("['")) {
        return path::get(pod, parent)[key].as_str().unwrap_or_default().to_owned();
    }
    match field {
        "metadata.labels" | "metadata.annotations" => map(path::get(pod, field)),
        "status.hostIP" | "status.hostIPs" => cx.settings.node_ip.to_string(),
        "status.podIP" | "status.podIPs" => pod_ip.unwrap_or_else(|| path::str(pod, "status.podIP")).to_owned(),
        "spec.serviceAccountName" => match path::str(pod, field) {
            "" => "default".to_owned(),
            account => account.to_owned(),
        },
        _ => path::str(pod, field).to_owned(),
    }
}

/// A container's request or limit, named by the reference.
pub(super) fn resource_field(cx: &Context, pod: &Value, reference: &Value) -> String {
    let name = path::str(reference, "containerName");
    let container = path::list(pod, "spec.containers").iter().find(|container| container["name"] == name);
    container.map_or_else(String::new, |container| resource_field_of(cx, container, reference))
}

fn resource_field_of(cx: &Context, container: &Value, reference: &Value) -> String {
    let Some((list, resource)) = path::str(reference, "resource").split_once('.') else { return String::new() };
    let mut quantity = container["resources"][list][resource].clone();
    if quantity.is_null() && list == "limits" {
        // Without a limit it is what the node has.
        quantity = match resource {
            "cpu" => cx.settings.cpus.to_string().into(),
            "memory" => cx.settings.memory.clone().into(),
            _ => Value::Null,
        };
    }
    let divisor = &reference["divisor"];
    let unset = divisor.is_null() || amount(divisor) == 0 && milli(divisor) == 0;
    let (value, unit) = if resource == "cpu" {
        (milli(&quantity), if unset { 1000 } else { milli(divisor) })
    } else {
        (amount(&quantity), if unset { 1 } else { amount(divisor) })
    };
    (value + unit.max(1) - 1).div_euclid(unit.max(1)).to_string()
}

/// Replaces `$(NAME)` by the variable's value; an unknown one stays, `$$` is one `$`.
///
/// What gets longer than a program may be started with ends there, too long still, so that values which name each other
/// twice cannot grow without end: the start fails by it.
fn expand(text: &str, variables: &Environment) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$').filter(|_| result.len() <= STRING_LIMIT) {
        result.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            result.push('$');
            rest = after;
        } else if let Some((name, after)) = rest.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
            match variables.places.get(name) {
                Some(place) => result.push_str(&variables.list[*place].1),
                None => result.push_str(&format!("$({name})")),
            }
            rest = after;
        } else {
            result.push('$');
        }
    }
    result.push_str(rest);
    result.truncate(result.floor_char_boundary(result.len().min(STRING_LIMIT + 4)));
    result
}

/// How a value of a ConfigMap or a Secret is decoded, when it is asked for.
fn decoded(value: &Value, base64: bool) -> impl Fn() -> Vec<u8> {
    move || {
        let text = value.as_str().unwrap_or_default();
        if base64 { api::base64::decode(text).unwrap_or_default() } else { text.as_bytes().to_vec() }
    }
}

/// What a ConfigMap or a Secret holds, in the order of its keys, each decoded when it is asked for.
pub(super) fn entries(object: &Value) -> impl Iterator<Item = (&str, impl Fn() -> Vec<u8>)> {
    let secret = object["kind"] == "Secret";
    [("data", secret), ("binaryData", true)].into_iter().flat_map(move |(field, base64)| {
        let entries = path::object(object, field).into_iter().flatten();
        entries.map(move |(key, value)| (key.as_str(), decoded(value, base64)))
    })
}

/// The value of a key.
pub(super) fn entry<'a>(object: &'a Value, key: &str) -> Option<impl Fn() -> Vec<u8> + use<'a>> {
    let secret = object["kind"] == "Secret";
    let found = |field: &str| Some(&object[field][key]).filter(|value| !value.is_null());
    match found("data") {
        Some(value) => Some(decoded(value, secret)),
        None => found("binaryData").map(|value| decoded(value, true)),
    }
}

/// What a ConfigMap or a Secret holds, decoded, in the order of its keys.
pub(super) fn data(object: &Value) -> Vec<(String, Vec<u8>)> {
    entries(object).map(|(key, content)| (key.to_owned(), content())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced_in_values() {
        let mut variables = Environment::default();
        variables.put("A".to_owned(), "1".to_owned());
        variables.put("B".to_owned(), "$(A)".to_owned());
        for (text, expected) in [
            ("x$(A)y", "x1y"),
            ("$(NO)", "$(NO)"),
            ("$$(A)", "$(A)"),
            ("$A", "$A"),
            ("$(A", "$(A"),
            ("$(B)", "$(A)"),
            ("$", "$"),
        ] {
            assert_eq!(expand(text, &variables), expected, "{text}");
        }
    }

    #[test]
    fn values_that_name_each_other_twice_stay_bounded() {
        let mut variables = Environment::default();
        variables.put("A0".to_owned(), "x".repeat(16));
        for n in 1..60 {
            let value = expand(&format!("$(A{0})$(A{0})", n - 1), &variables);
            variables.put(format!("A{n}"), value);
        }
        assert_eq!(variables.list[13].1.len(), STRING_LIMIT);
        assert!(variables.list.iter().all(|(_, value)| value.len() <= STRING_LIMIT + 4));
        assert!(variables.list[59].1.len() > STRING_LIMIT, "still too long to start with");
        assert!(variables.is_too_large());
        let words = variables.expand_all(std::iter::repeat_n("$(A59)", 1_000_000));
        assert!(words.len() < 20);
    }
}
