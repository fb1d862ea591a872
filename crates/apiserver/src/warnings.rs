//! Warnings about objects that the API accepts; kubectl prints them as `Warning: …`.
//!
//! Follows kubernetes/pkg/api/pod/warnings.go, for what beginners do.

use std::collections::BTreeMap;
use std::fmt::Arguments;

use api::{Quantity, Resource, path};
use serde_json::Value;

use super::unsimulated;

/// The warnings about an object that is written.
pub fn warnings(resource: &Resource, object: &Value) -> Vec<String> {
    let mut warnings = Vec::new();
    unsimulated::of_kind(resource.key(), object, &mut warnings);
    let Some((template, field)) = pod_template(resource.key(), object) else { return warnings };
    let spec = &template["spec"];
    unsimulated::of_pod(spec, field, &mut warnings);
    let mut port_names: BTreeMap<&str, String> = BTreeMap::new();
    for list in ["initContainers", "containers"] {
        for (index, container) in path::list(spec, list).iter().enumerate() {
            let here = format_args!("{field}.{list}[{index}]");
            fractions(container, here, &mut warnings);
            hidden_variables(container, here, &mut warnings);
            ports(container, here, &mut port_names, &mut warnings);
        }
    }
    if path::int(spec, "terminationGracePeriodSeconds").is_some_and(|seconds| seconds < 0) {
        warnings.push(format!(
            "{field}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1"
        ));
    }
    warnings
}

/// The Pod of an object, or the template of its Pods, and the path of the specification.
pub fn pod_template<'a>(key: &str, object: &'a Value) -> Option<(&'a Value, &'static str)> {
    Some(match key {
        "pods" => (object, "spec"),
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

/// `memory: 100m` is a tenth of a byte.
fn fractions(container: &Value, field: Arguments, warnings: &mut Vec<String>) {
    for resource in ["memory", "ephemeral-storage"] {
        for list in ["limits", "requests"] {
            let text = container["resources"][list][resource].as_str().unwrap_or_default();
            if Quantity::parse(text).is_ok_and(|amount| amount.milli_value() % 1000 != 0) {
                warnings.push(format!(
                    "{field}.resources.{list}[{resource}]: fractional byte value \"{text}\" is invalid, must be an integer"
                ));
            }
        }
    }
}

fn hidden_variables(container: &Value, field: Arguments, warnings: &mut Vec<String>) {
    let variables = path::list(container, "env");
    for (index, variable) in variables.iter().enumerate() {
        let name = path::str(variable, "name");
        let before = variables[..index].iter().any(|other| path::str(other, "name") == name);
        let refers = path::str(variable, "value").contains(&format!("$({name})"));
        if before && !refers {
            warnings.push(format!(
                "{field}.env[{index}]: hides previous definition of \"{name}\", which may be dropped when using apply"
            ));
        }
    }
}

fn ports<'a>(
    container: &'a Value,
    field: Arguments,
    names: &mut BTreeMap<&'a str, String>,
    warnings: &mut Vec<String>,
) {
    let ports = path::list(container, "ports");
    for (index, port) in ports.iter().enumerate() {
        let here = format_args!("{field}.ports[{index}]");
        let same = |other: &Value| {
            ["containerPort", "protocol", "hostPort", "hostIP"].into_iter().all(|name| other[name] == port[name])
        };
        if let Some(first) = ports[..index].iter().position(same) {
            warnings.push(format!("{here}: duplicate port definition with {field}.ports[{first}]"));
        }
        let name = path::str(port, "name");
        if name.is_empty() {
            continue;
        }
        match names.get(name) {
            Some(other) => warnings.push(format!(
                "{here}: duplicate port name \"{name}\" with {other}, services and probes that select ports by name will use {other}"
            )),
            None => _ = names.insert(name, here.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_odd_is_said() {
        let pod = json!({"spec": {"containers": [{
            "resources": {"limits": {"memory": "100m"}}, "env": [{"name": "A"}, {"name": "A"}],
            "ports": [{"containerPort": 80}, {"containerPort": 80}]}]}});
        assert_eq!(
            warnings(api::find_resource("pods").unwrap(), &pod),
            [
                "spec.containers[0].resources.limits[memory]: fractional byte value \"100m\" is invalid, must be an integer",
                "spec.containers[0].env[1]: hides previous definition of \"A\", which may be dropped when using apply",
                "spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]",
            ]
        );
    }
}
