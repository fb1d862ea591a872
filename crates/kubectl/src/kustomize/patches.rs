//! `patches`: strategic merge patches and JSON patches.

use api::{path, schema, strategic as merge};
use serde_json::Value;

use super::Item;
use crate::error::{Outcome, plain};

/// Applies an entry of `patches`: its text, and its target.
pub fn apply(items: &mut Vec<Item>, text: &str, entry: &Value) -> Outcome {
    let parsed = manifest::parse(text);
    let operations = parsed.documents.first().map(|document| &document.value).filter(|value| value.is_array());
    match operations {
        Some(operations) if parsed.error.is_none() => json(items, operations, &entry["target"], text),
        _ => strategic(items, text, entry),
    }
}

/// Applies strategic merge patches: to the target, or to the object that each names.
pub fn strategic(items: &mut Vec<Item>, text: &str, entry: &Value) -> Outcome {
    let parsed = manifest::parse(text);
    let documents: Vec<Value> = parsed.documents.into_iter().map(|document| document.value).collect();
    if parsed.error.is_some() || documents.is_empty() || !documents.iter().all(Value::is_object) {
        return plain(format!("unable to parse SM or JSON patch from [patch: {text:?}]"));
    }
    let target = &entry["target"];
    for patch in documents {
        let chosen: Vec<usize> = if target.is_object() {
            select(items, target)
        } else {
            let wanted = |item: &Item| {
                path::str(&item.object, "apiVersion") == path::str(&patch, "apiVersion")
                    && item.kind() == path::str(&patch, "kind")
                    && is_named(item, path::str(&patch, "metadata.name"))
                    && (path::str(&patch, "metadata.namespace").is_empty()
                        || path::str(&item.object, "metadata.namespace") == path::str(&patch, "metadata.namespace")
                        || item.namespace == path::str(&patch, "metadata.namespace"))
            };
            let found: Vec<usize> = (0..items.len()).filter(|at| wanted(&items[*at])).collect();
            if found.is_empty() {
                let of = |field: &str| path::str(&patch, field);
                let id = super::id(of("apiVersion"), of("kind"), of("metadata.name"), of("metadata.namespace"));
                return plain(format!(
                    "no resource matches strategic merge patch {id:?}: no matches for Id {id}; failed to find unique target for patch {id}"
                ));
            }
            found
        };
        let mut gone: Vec<usize> = Vec::new();
        for at in chosen {
            if path::str(&patch, "$patch") == "delete" {
                gone.push(at);
                continue;
            }
            merge_into(&mut items[at], &patch, &entry["options"])?;
        }
        for at in gone.into_iter().rev() {
            items.remove(at);
        }
    }
    Ok(())
}

fn merge_into(item: &mut Item, patch: &Value, options: &Value) -> Outcome {
    let (name, kind) = (item.object["metadata"]["name"].clone(), item.object["kind"].clone());
    let resource = api::resource_of_kind(path::str(&item.object, "apiVersion"), item.kind());
    match resource.and_then(schema::struct_of) {
        Some(schema) => match merge::apply(&item.object, patch, Some(schema)) {
            Ok(object) => item.object = object,
            Err(error) => return plain(error.to_string()),
        },
        None => api::patch::merge::apply(&mut item.object, patch),
    }
    let new = item.name().to_owned();
    item.object["metadata"]["name"] = name;
    if !path::bool(options, "allowKindChange") {
        item.object["kind"] = kind;
    }
    if path::bool(options, "allowNameChange") {
        item.rename(new);
    }
    Ok(())
}

fn json(items: &mut [Item], operations: &Value, target: &Value, text: &str) -> Outcome {
    if !target.is_object() {
        return plain(format!("must specify a target for JSON patch [patch: {text:?}]"));
    }
    for at in select(items, target) {
        let item = &mut items[at];
        match api::patch::json::apply(&item.object, operations) {
            Ok(object) => item.object = object,
            Err(error) => return plain(error.to_string()),
        }
    }
    Ok(())
}

fn is_named(item: &Item, name: &str) -> bool {
    item.name() == name || item.names.iter().any(|old| old == name)
}

/// The objects that a target means; names are patterns (regular expressions, of which `.*`, `|` and plain text are known).
pub fn select(items: &[Item], target: &Value) -> Vec<usize> {
    let of = |field: &str| path::str(target, field);
    let chosen = |item: &Item| {
        let version = path::str(&item.object, "apiVersion");
        let (group, version) = version.split_once('/').unwrap_or(("", version));
        let selected = |field: &str, place: &str| match of(field) {
            "" => true,
            text => {
                api::LabelSelector::parse(text).is_ok_and(|selector| selector.matches(path::get(&item.object, place)))
            }
        };
        (of("group").is_empty() || matches(of("group"), group))
            && (of("version").is_empty() || matches(of("version"), version))
            && (of("kind").is_empty() || matches(of("kind"), item.kind()))
            && (of("name").is_empty()
                || matches(of("name"), item.name())
                || item.names.iter().any(|name| matches(of("name"), name)))
            && (of("namespace").is_empty()
                || matches(of("namespace"), path::str(&item.object, "metadata.namespace"))
                || matches(of("namespace"), &item.namespace))
            && selected("labelSelector", "metadata.labels")
            && selected("annotationSelector", "metadata.annotations")
    };
    (0..items.len()).filter(|at| chosen(&items[*at])).collect()
}

/// Whether an anchored pattern fits.
fn matches(pattern: &str, text: &str) -> bool {
    let pattern = pattern.trim_start_matches('^').trim_end_matches('$');
    let pattern = pattern.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(pattern);
    pattern.split('|').any(|one| {
        let parts: Vec<&str> = one.split(".*").collect();
        let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return false };
        if parts.len() == 1 {
            return one == text;
        }
        let Some(mut rest) = text.strip_prefix(first) else { return false };
        for part in &parts[1..parts.len() - 1] {
            match rest.find(part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last)
    })
}
