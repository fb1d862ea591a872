//! RBAC rules taken apart and put together again (k8s.io/kubectl/pkg/util/rbac): what `describe`, `auth can-i --list` and
//! `auth reconcile` say of them.

use api::path;
use serde_json::{Value, json};

/// The words of one of a rule's lists.
pub fn words<'a>(rule: &'a Value, field: &str) -> Vec<&'a str> {
    path::list(rule, field).iter().filter_map(Value::as_str).collect()
}

/// A rule as rules of one verb, resource and name each.
pub fn break_down(rule: &Value) -> Vec<Value> {
    let mut rules = Vec::new();
    let names = words(rule, "resourceNames");
    for group in words(rule, "apiGroups") {
        for resource in words(rule, "resources") {
            for verb in words(rule, "verbs") {
                let simple = json!({"apiGroups": [group], "resources": [resource], "verbs": [verb]});
                if names.is_empty() {
                    rules.push(simple);
                    continue;
                }
                for name in &names {
                    let mut named = simple.clone();
                    named["resourceNames"] = json!([name]);
                    rules.push(named);
                }
            }
        }
    }
    for url in words(rule, "nonResourceURLs") {
        rules.extend(words(rule, "verbs").into_iter().map(|verb| json!({"nonResourceURLs": [url], "verbs": [verb]})));
    }
    rules
}

/// Lines of the table of what rules allow: resource, path, name, and all verbs for them.
pub fn table<'a>(rules: impl Iterator<Item = &'a Value>) -> Vec<String> {
    let mut compact: Vec<Value> = Vec::new();
    for rule in rules.flat_map(break_down) {
        let same = |other: &&mut Value| {
            rule["resources"].is_array()
                && ["resources", "apiGroups", "resourceNames"].iter().all(|field| other[*field] == rule[*field])
        };
        let Some(found) = compact.iter_mut().find(same) else {
            compact.push(rule);
            continue;
        };
        let verb = &rule["verbs"][0];
        if let Some(verbs) = found["verbs"].as_array_mut().filter(|verbs| !verbs.contains(verb)) {
            verbs.push(verb.clone());
        }
    }
    let mut lines: Vec<(String, String)> = Vec::new();
    for rule in &compact {
        let of = |field: &str| words(rule, field).join(" ");
        let (resource, group) = (of("resources"), of("apiGroups"));
        // The group stands behind the resource, before its subresource.
        let resource = match resource.split_once('/') {
            _ if group.is_empty() => resource,
            Some((resource, sub)) => format!("{resource}.{group}/{sub}"),
            None => format!("{resource}.{group}"),
        };
        let (urls, names, verbs) = (of("nonResourceURLs"), of("resourceNames"), of("verbs"));
        lines.push((line(rule), format!("{resource}\t[{urls}]\t[{names}]\t[{verbs}]")));
    }
    sim::order::sort_by_text(&mut lines, |(order, _)| order);
    lines.into_iter().map(|(_, line)| line).collect()
}

/// A rule as Go prints its structure.
pub fn line(rule: &Value) -> String {
    let list = |field: &str| words(rule, field).join(" ");
    format!(
        "{{Verbs:[{}] APIGroups:[{}] Resources:[{}] ResourceNames:[{}] NonResourceURLs:[{}]}}",
        list("verbs"),
        list("apiGroups"),
        list("resources"),
        list("resourceNames"),
        list("nonResourceURLs")
    )
}
