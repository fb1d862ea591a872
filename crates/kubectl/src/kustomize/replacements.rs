//! `replacements`: a value of one object, or a fixed one, is put into fields of others
//! (sigs.k8s.io/kustomize/api/filters/replacement).

use api::path;
use serde_json::{Value, json};

use super::Item;
use super::patches::select;
use crate::error::{Outcome, plain};
use crate::printers::json::{compact, narrow, pretty};

/// Makes one replacement.
pub fn apply(items: &mut [Item], replacement: &Value) -> Outcome {
    let (source, fixed) = (&replacement["source"], &replacement["sourceValue"]);
    if source.is_null() && fixed.is_null() || replacement["targets"].is_null() {
        return plain("replacements must specify a source and at least one target");
    }
    let value = match (source, fixed) {
        (Value::Null, fixed) => fixed.clone(),
        (source, Value::Null) => value_of(items, source)?,
        _ => return plain("value and resource selectors are mutually exclusive"),
    };
    for target in path::list(replacement, "targets") {
        if !target["select"].is_object() {
            return plain("target must specify resources to select");
        }
        let rejected: Vec<usize> =
            path::list(target, "reject").iter().flat_map(|reject| rejects(items, reject)).collect();
        let mut fields = super::strings(target, "fieldPaths");
        if fields.is_empty() {
            fields.push("metadata.name");
        }
        for at in select(items, &target["select"]).into_iter().filter(|at| !rejected.contains(at)) {
            for field in &fields {
                put(&mut items[at].object, field, &value, &target["options"])?;
            }
        }
    }
    Ok(())
}

/// What an entry of `reject` leaves out: what its selectors fit, and what its names fit.
fn rejects(items: &[Item], reject: &Value) -> Vec<usize> {
    let Some(reject) = reject.as_object() else { return Vec::new() };
    let (selectors, names): (Vec<_>, Vec<_>) =
        reject.clone().into_iter().partition(|(key, _)| key.ends_with("Selector"));
    let parts = [selectors, names].into_iter().filter(|part| !part.is_empty());
    parts.flat_map(|part| select(items, &Value::Object(sim::order::collect(part)))).collect()
}

/// `ConfigMap.[noVer].[noGrp]/web.[noNs]`
fn id(source: &Value) -> String {
    let of = |field: &str, none: &str| match path::str(source, field) {
        "" => format!("[no{none}]"),
        text => text.to_owned(),
    };
    let (kind, version, group) = (of("kind", "Kind"), of("version", "Ver"), of("group", "Grp"));
    format!("{kind}.{version}.{group}/{}.{}", of("name", "Name"), of("namespace", "Ns"))
}

fn value_of(items: &[Item], source: &Value) -> Outcome<Value> {
    let mut named = id(source);
    let (field, options) = (path::str(source, "fieldPath"), &source["options"]);
    let (delimiter, index) = (path::str(options, "delimiter"), path::int(options, "index").unwrap_or(0));
    for part in [
        field.to_owned(),
        if delimiter.is_empty() {
            String::new()
        } else {
            format!("{delimiter}({index}), create={}", path::bool(options, "create"))
        },
    ] {
        if !part.is_empty() {
            named = format!("{named}:{part}");
        }
    }
    let at = match select(items, source).as_slice() {
        [] => return plain(format!("nothing selected by {named}")),
        [at] => *at,
        _ => return plain(format!("multiple matches for selector {named}")),
    };
    let field = if field.is_empty() { "metadata.name" } else { field };
    let found = lookup(&items[at].object, &split(field)).cloned().unwrap_or_default();
    if found.is_null() || found == json!({}) || found == json!([]) {
        return plain(format!("fieldPath `{field}` is missing for replacement source {}", id(source)));
    }
    if delimiter.is_empty() {
        return Ok(found);
    }
    let Some(whole) = text(&found) else { return plain("delimiter option can only be used with scalar nodes") };
    match usize::try_from(index).ok().and_then(|index| whole.split(delimiter).nth(index)) {
        Some(part) => Ok(part.into()),
        None => plain(format!("options.index {index} is out of bounds for value {whole}")),
    }
}

/// A scalar's text.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::Object(_) | Value::Array(_) => None,
        Value::String(text) => Some(text.clone()),
        Value::Null => Some(String::new()),
        other => Some(other.to_string()),
    }
}

/// `metadata.annotations.[a.b/c]`, `spec.containers.[name=web].image`, `a\.b`: the parts.
pub fn split(field: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut open = false;
    for part in field.split('.') {
        match parts.last_mut() {
            Some(last) if last.ends_with('\\') => {
                last.pop();
                *last = format!("{last}.{part}");
            }
            Some(last) if open => *last = format!("{last}.{part}"),
            _ => parts.push(part.to_owned()),
        }
        let last = parts.last().map_or("", String::as_str);
        open = last.starts_with('[') && !last.ends_with(']');
    }
    for part in &mut parts {
        if part.starts_with('[') && !part.contains('=') {
            *part = part.trim_matches(['[', ']']).to_owned();
        }
    }
    parts
}

/// `[name=web]`
fn pair(part: &str) -> Option<(&str, &str)> {
    part.strip_prefix('[')?.strip_suffix(']')?.split_once('=')
}

/// The value at a path.
pub fn lookup<'a>(value: &'a Value, parts: &[String]) -> Option<&'a Value> {
    parts.iter().try_fold(value, |value, part| match value {
        Value::Array(items) => match pair(part) {
            Some((field, wanted)) => items.iter().find(|item| text(&item[field]).as_deref() == Some(wanted)),
            None => items.get(part.parse::<usize>().ok()?),
        },
        other => other.get(part),
    })
}

fn put(object: &mut Value, field: &str, value: &Value, options: &Value) -> Outcome {
    let create = path::bool(options, "create");
    let mut wrong = Ok(());
    let found = visit(object, &split(field), create, &mut |target| {
        if let Err(error) = set(target, value, options) {
            wrong = Err(error);
        }
    });
    wrong?;
    let said =
        format!("unable to find {}field {field:?} in replacement target", if create { "or create " } else { "" });
    match found {
        Err(why) => plain(format!("{said}: {why}")),
        Ok(0) => plain(said),
        Ok(_) => Ok(()),
    }
}

/// Calls `f` on what a path leads to, and counts. With `create`, what is missing on the way is made.
fn visit(value: &mut Value, parts: &[String], create: bool, f: &mut dyn FnMut(&mut Value)) -> Result<usize, String> {
    let Some((first, rest)) = parts.split_first() else {
        f(value);
        return Ok(1);
    };
    let in_list = |part: &String| pair(part).is_some() || part.parse::<usize>().is_ok();
    let new = || match rest.first() {
        None => Value::Null,
        Some(next) if in_list(next) => json!([]),
        Some(_) => json!({}),
    };
    match value {
        Value::Array(items) => {
            if let Some((field, wanted)) = pair(first) {
                // The pattern fits anywhere in the text.
                let fits = |item: &Value| match field {
                    "" => text(item).is_some_and(|text| text.contains(wanted)),
                    field => !item[field].is_null() && text(&item[field]).is_some_and(|text| text.contains(wanted)),
                };
                if create && !items.iter().any(fits) {
                    items.push(if field.is_empty() { wanted.into() } else { json!({field: wanted}) });
                }
                return items.iter_mut().filter(|item| fits(item)).map(|item| visit(item, rest, create, f)).sum();
            }
            if first == "*" {
                return items.iter_mut().map(|item| visit(item, rest, create, f)).sum();
            }
            let Ok(index) = first.parse::<usize>() else { return Ok(0) };
            if create && index == items.len() {
                items.push(new());
            }
            let count = items.len();
            match items.get_mut(index) {
                Some(item) => visit(item, rest, create, f),
                None => Err(format!("index {index} specified but only {count} elements found")),
            }
        }
        Value::Object(fields) => {
            if create && !fields.contains_key(first) {
                fields.insert(first.clone(), new());
            }
            fields.get_mut(first).map_or(Ok(0), |next| visit(next, rest, create, f))
        }
        // JSON or YAML in a text.
        Value::String(whole) => {
            let Some(document) = manifest::parse(whole).documents.into_iter().next() else { return Ok(0) };
            let mut inner = document.value;
            let found = if inner.is_string() { 0 } else { visit(&mut inner, parts, create, f)? };
            if found > 0 {
                *whole = match whole.trim_start().starts_with(['{', '[']) {
                    true if whole.contains('\n') && whole.contains("  ") => narrow(&pretty(&inner)),
                    true => compact(&inner),
                    false => manifest::to_yaml(&inner).trim().to_owned(),
                };
            }
            Ok(found)
        }
        _ => Ok(0),
    }
}

/// Puts the value into a field; a text stays one, another scalar becomes what the value's text means.
fn set(target: &mut Value, value: &Value, options: &Value) -> Outcome {
    let delimiter = path::str(options, "delimiter");
    let mut new = value.clone();
    if !delimiter.is_empty() {
        let Some(old) = text(target) else { return plain("delimiter option can only be used with scalar nodes") };
        let mut parts: Vec<String> = old.split(delimiter).map(str::to_owned).collect();
        let part = text(value).unwrap_or_default();
        match usize::try_from(path::int(options, "index").unwrap_or(0)) {
            Err(_) => parts.insert(0, part),
            Ok(index) if index >= parts.len() => parts.push(part),
            Ok(index) => parts[index] = part,
        }
        new = parts.join(delimiter).into();
    }
    *target = match (&*target, text(&new)) {
        (Value::String(_), text) => text.unwrap_or_default().into(),
        (Value::Null | Value::Bool(_) | Value::Number(_), Some(text)) => match serde_json::from_str(&text) {
            Ok(plain @ (Value::Bool(_) | Value::Number(_))) => plain,
            _ => text.into(),
        },
        _ => new,
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_split_between_brackets_and_escapes() {
        for (field, parts) in [
            ("a.b.0", &["a", "b", "0"][..]),
            ("metadata.annotations.[example.com/of]", &["metadata", "annotations", "example.com/of"]),
            ("spec.[name=a.b].image", &["spec", "[name=a.b]", "image"]),
            ("data.conf\\.json.x", &["data", "conf.json", "x"]),
        ] {
            assert_eq!(split(field), parts, "{field}");
        }
    }

    #[test]
    fn a_field_in_a_text_of_json_or_yaml() {
        let options = Value::Null;
        for (text, field, after) in [
            ("{\"a\": {\"b\": 1}}", "data.x.a.b", Some("{\"a\":{\"b\":2}}")),
            ("{\n  \"a\": 1\n}", "data.x.a", Some("{\n  \"a\": 2\n}")),
            ("a: 1\nb: c\n", "data.x.a", Some("a: 2\nb: c")),
            ("plain", "data.x.a", None),
        ] {
            let mut object = json!({"data": {"x": text}});
            let done = put(&mut object, field, &json!("2"), &options);
            assert_eq!(done.is_ok().then(|| path::str(&object, "data.x")), after, "{text}");
        }
    }
}
