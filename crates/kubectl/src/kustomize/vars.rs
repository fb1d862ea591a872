//! `vars`: `$(NAME)` stands for a field of an object (sigs.k8s.io/kustomize/api/filters/refvar). Deprecated, and still met.

use api::path;
use serde_json::Value;

use super::replacements::{lookup, split, text};
use super::{Item, each, template};
use crate::error::{Outcome, plain};

/// In a Pod's template, where there may be one.
const OF_PODS: &[&str] = &["args", "command", "env/value", "volumeMounts/mountPath"];
/// In other places: of which kind (empty for all), where.
const OTHERS: &[(&str, &str)] = &[
    ("Deployment", "spec/template/metadata/annotations"),
    ("Ingress", "spec/rules/host"),
    ("Ingress", "spec/tls/hosts"),
    ("Ingress", "spec/tls/secretName"),
    ("Service", "spec/ports/port"),
    ("Service", "spec/ports/targetPort"),
    ("PersistentVolume", "spec/nfs/server"),
    ("", "metadata/labels"),
    ("", "metadata/annotations"),
];

/// A variable of a kustomization.
pub struct Var {
    name: String,
    field: String,
    /// As it is shown.
    shown: String,
}

/// The API version of the object a variable is taken from; as `apiVersion` gives it only if asked.
fn version(var: &Value, whole: bool) -> String {
    let of = |field: &str| path::str(&var["objref"], field);
    match (of("apiVersion"), of("group")) {
        (version, _) if whole && !version.is_empty() => version.to_owned(),
        (_, "") => of("version").to_owned(),
        (_, group) => format!("{group}/{}", of("version")),
    }
}

fn field_of(var: &Value) -> &str {
    let field = |name: &str| var["fieldref"][name].as_str();
    field("fieldPath").or(field("fieldpath")).unwrap_or_default()
}

/// `{HOST Service.v1.[noGrp] {metadata.name}}`
fn shown(var: &Value, version: &str, field: &str) -> String {
    let version = if version.is_empty() { "[noVer]" } else { version };
    let id = super::id(version, path::str(var, "objref.kind"), "", "");
    format!("{{{} {} {{{field}}}}}", path::str(var, "name"), id.split("/.").next().unwrap_or_default())
}

/// Adds the variables of a folder, and notes in the objects which are taken from them.
pub fn merge(vars: &mut Vec<Var>, items: &mut [Item], file: &Value) -> Outcome {
    let incoming = path::list(file, "vars");
    let shown: Vec<String> = incoming.iter().map(|var| shown(var, &version(var, false), field_of(var))).collect();
    let wrong = |why: String| plain(format!("merging vars [{}]: {why}", shown.join(" ")));
    for var in incoming {
        let of = |field: &str| path::str(var, field);
        let (kind, name, namespace) = (of("objref.kind"), of("objref.name"), of("objref.namespace"));
        let version = version(var, true);
        let field = if field_of(var).is_empty() { "metadata.name" } else { field_of(var) };
        let is_it = |item: &&mut Item| {
            item.kind() == kind
                && path::str(&item.object, "apiVersion") == version
                && (item.name() == name || item.names.iter().any(|old| old == name))
                && (namespace.is_empty()
                    || item.namespace == namespace
                    || path::str(&item.object, "metadata.namespace") == namespace)
        };
        let mut found: Vec<&mut Item> = items.iter_mut().filter(is_it).collect();
        if found.len() > 1 {
            let shown = self::shown(var, &version, field_of(var));
            return wrong(format!("found {} resId matches for var {shown} (unable to disambiguate)", found.len()));
        }
        if vars.iter().any(|known| known.name == of("name")) {
            return wrong(format!("var '{}' already encountered", of("name")));
        }
        if let Some(item) = found.pop() {
            item.vars.push(of("name").to_owned());
        }
        let shown = self::shown(var, &version, field);
        vars.push(Var { name: of("name").to_owned(), field: field.to_owned(), shown });
    }
    Ok(())
}

/// Puts the values into the places that may have variables; names those that nothing used.
pub fn resolve(vars: &[Var], items: &mut [Item]) -> Outcome<Vec<String>> {
    let mut values: Vec<(&str, Value, bool)> = Vec::new();
    for var in vars {
        let Some(item) = items.iter().find(|item| item.vars.contains(&var.name)) else {
            let shown = &var.shown;
            return plain(format!("var '{shown}' cannot be mapped to a field in the set of known resources"));
        };
        // `containers[0].image` is `containers.0.image`.
        let field = var.field.replace('[', ".").replace(']', "");
        let Some(value) = lookup(&item.object, &split(&field)) else {
            return plain(format!("field specified in var '{}' not found in corresponding resource", var.shown));
        };
        values.push((&var.name, value.clone(), false));
    }
    for item in items {
        let kind = item.kind().to_owned();
        let mut places: Vec<String> = Vec::new();
        if let Some(place) = template(&kind) {
            for list in ["containers", "initContainers"] {
                places.extend(OF_PODS.iter().map(|field| format!("{place}spec/{list}/{field}")));
            }
            places.push(format!("{place}spec/volumes/nfs/server"));
        }
        let others = OTHERS.iter().filter(|(of, _)| of.is_empty() || *of == kind);
        places.extend(others.map(|(_, place)| (*place).to_owned()));
        for place in places {
            each(&mut item.object, &place, false, &mut |value| match value {
                Value::Object(fields) => fields.values_mut().for_each(|value| {
                    expand(value, &mut values);
                    // Labels and annotations stay texts.
                    if let (true, Some(text)) = (place.starts_with("metadata/"), text(value)) {
                        *value = text.into();
                    }
                }),
                Value::Array(items) => items.iter_mut().for_each(|value| expand(value, &mut values)),
                value => expand(value, &mut values),
            });
        }
    }
    Ok(values.into_iter().filter(|(_, _, used)| !used).map(|(name, ..)| name.to_owned()).collect())
}

/// Replaces `$(NAME)` in a text; a text that is nothing else becomes a value of its type. `$$` is a dollar.
fn expand(value: &mut Value, values: &mut [(&str, Value, bool)]) {
    let Value::String(whole) = &*value else { return };
    let (mut out, mut rest) = (String::new(), whole.as_str());
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let closed = rest.strip_prefix('(').and_then(|name| name.split_once(')'));
        match (closed, rest.chars().next()) {
            (Some((name, after)), _) => {
                let reference = format!("$({name})");
                let known = values.iter_mut().find(|(known, ..)| *known == name);
                match known.and_then(|(_, value, used)| Some((text(value)?, value, used))) {
                    Some((text, new, used)) => {
                        *used = true;
                        if *whole == reference {
                            *value = new.clone();
                            return;
                        }
                        out.push_str(&text);
                    }
                    None => out.push_str(&reference),
                }
                rest = after;
            }
            (None, Some('$')) => {
                out.push('$');
                rest = &rest[1..];
            }
            (None, _) => out.push('$'),
        }
    }
    out.push_str(rest);
    *value = out.into();
}
