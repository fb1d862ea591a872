//! `configMapGenerator` and `secretGenerator`, and the hash of what they make.

use api::path;
use serde_json::{Value, json};

use super::{Item, strings, under};
use crate::Host;
use crate::error::{Outcome, plain};
use api::base64;

/// Makes a ConfigMap or Secret, or merges into one that is there.
pub fn generate(
    host: &dyn Host,
    folder: &str,
    kind: &str,
    args: &Value,
    common: &Value,
    items: &mut Vec<Item>,
) -> Outcome {
    let name = path::str(args, "name");
    if name.is_empty() {
        return plain(format!(
            "{}: a name is required",
            if kind == "Secret" { "secretGenerator" } else { "configMapGenerator" }
        ));
    }
    let mut object = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}});
    if !path::str(args, "namespace").is_empty() {
        object["metadata"]["namespace"] = args["namespace"].clone();
    }
    if kind == "Secret" {
        let given = path::str(args, "type");
        object["type"] = if given.is_empty() { "Opaque" } else { given }.into();
    }
    for (key, bytes) in sources(host, folder, args)? {
        let taken = ["data", "binaryData"].iter().any(|field| object[field].get(&key).is_some());
        if taken {
            return plain(format!("configmap {name} illegally repeats the key `{key}`"));
        }
        match (kind, String::from_utf8(bytes)) {
            ("Secret", Ok(text)) => object["data"][key] = wrapped(text.as_bytes()).into(),
            ("Secret", Err(error)) => object["data"][key] = wrapped(error.as_bytes()).into(),
            (_, Ok(text)) => object["data"][key] = text.into(),
            (_, Err(error)) => object["binaryData"][key] = wrapped(error.as_bytes()).into(),
        }
    }
    let own = &args["options"];
    for options in [common, own] {
        for field in ["labels", "annotations"] {
            for (key, value) in options[field].as_object().into_iter().flatten() {
                object["metadata"][field][key] = value.clone();
            }
        }
        if path::bool(options, "immutable") {
            object["immutable"] = true.into();
        }
    }
    let hash = !path::bool(common, "disableNameSuffixHash") && !path::bool(own, "disableNameSuffixHash");
    let same =
        |item: &&mut Item| item.kind() == kind && (item.name() == name || item.names.iter().any(|old| old == name));
    let there = items.iter_mut().find(same);
    match (path::str(args, "behavior"), there) {
        ("" | "create" | "unspecified", None) => {
            items.push(Item { hash, ..Item::new(object) });
            Ok(())
        }
        ("" | "create" | "unspecified", Some(item)) => {
            let id = item.id();
            plain(format!("merging from generator: id {id} exists; behavior must be merge or replace"))
        }
        ("merge", Some(item)) => {
            for field in ["data", "binaryData"] {
                for (key, value) in object[field].as_object().into_iter().flatten() {
                    item.object[field][key] = value.clone();
                }
            }
            for field in ["labels", "annotations"] {
                for (key, value) in object["metadata"][field].as_object().into_iter().flatten() {
                    item.object["metadata"][field][key] = value.clone();
                }
            }
            item.hash |= hash;
            Ok(())
        }
        ("replace", Some(item)) => {
            object["metadata"]["name"] = item.object["metadata"]["name"].clone();
            item.object = object;
            item.hash |= hash;
            Ok(())
        }
        (behavior @ ("merge" | "replace"), None) => {
            let id = super::id("v1", kind, name, path::str(args, "namespace"));
            plain(format!("merging from generator: id {id} does not exist; cannot {behavior}"))
        }
        (other, _) => plain(format!("invalid behavior {other:?}")),
    }
}

fn sources(host: &dyn Host, folder: &str, args: &Value) -> Outcome<Vec<(String, Vec<u8>)>> {
    let read = |name: &str, what: &str| match host.read_file(&under(folder, name)) {
        Ok(bytes) => Ok(bytes),
        Err(error) => {
            plain(format!("loading KV pairs: {what} sources: [{name}]: open {}: {error}", under(folder, name)))
        }
    };
    let mut pairs: Vec<(String, Vec<u8>)> = Vec::new();
    let env: Vec<&str> = strings(args, "envs").into_iter().chain(args["env"].as_str()).collect();
    for file in env {
        for line in String::from_utf8_lossy(&read(file, "env")?).lines() {
            let line = line.trim_start();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match line.split_once('=') {
                Some((key, value)) => pairs.push((key.to_owned(), value.as_bytes().to_vec())),
                None => pairs.push((line.to_owned(), host.env(line).unwrap_or_default().into_bytes())),
            }
        }
    }
    for literal in strings(args, "literals") {
        let Some((key, value)) = literal.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return plain(format!(
                "loading KV pairs: literal sources {literal}: invalid literal source {literal}, expected key=value"
            ));
        };
        let quoted =
            value.len() > 1 && ['"', '\''].iter().any(|quote| value.starts_with(*quote) && value.ends_with(*quote));
        let value = if quoted { &value[1..value.len() - 1] } else { value };
        pairs.push((key.to_owned(), value.as_bytes().to_vec()));
    }
    for file in strings(args, "files") {
        let (key, name) = file.split_once('=').unwrap_or((file.rsplit('/').next().unwrap_or(file), file));
        pairs.push((key.to_owned(), read(name, "file")?));
    }
    Ok(pairs)
}

/// Base64 in lines of 70 letters, where it is longer than one.
fn wrapped(bytes: &[u8]) -> String {
    let text = base64::encode(bytes);
    if text.len() < 70 {
        return text;
    }
    let mut lines = String::new();
    for (at, c) in text.char_indices() {
        lines.push(c);
        if at % 70 == 69 {
            lines.push('\n');
        }
    }
    if !lines.ends_with('\n') {
        lines.push('\n');
    }
    lines
}

/// The hash of a ConfigMap or Secret, as its name ends with it. kustomize means to take the name in, but reads it where it is
/// not (api/hasher), so that the name given here is empty for it.
pub fn hash(object: &Value, name: &str) -> String {
    let mut what = json!({"kind": object["kind"], "name": name});
    let or_empty = |value: &Value| if value.is_null() { json!("") } else { value.clone() };
    what["data"] = or_empty(&object["data"]);
    match path::str(object, "kind") {
        "Secret" => {
            what["type"] = or_empty(&object["type"]);
            if object["stringData"].is_object() {
                what["stringData"] = object["stringData"].clone();
            }
        }
        _ if object["binaryData"].is_object() => what["binaryData"] = object["binaryData"].clone(),
        _ => {}
    }
    // As Go's encoding/json writes it.
    let mut text = what.to_string();
    for (c, escaped) in
        [("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("\u{2028}", "\\u2028"), ("\u{2029}", "\\u2029")]
    {
        text = text.replace(c, escaped);
    }
    let digest = digest::sha256_hex(text.as_bytes());
    let letter = |c: char| match c {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        c => c,
    };
    digest.chars().take(10).map(letter).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    /// From kustomize's own tests (api/hasher/hasher_test.go).
    #[test]
    fn hashes_are_kustomizes() {
        let map = |data| json!({"kind": "ConfigMap", "metadata": {"name": ""}, "data": data});
        assert_eq!(super::hash(&map(json!({})), ""), "42745tchd9");
        assert_eq!(super::hash(&map(json!({"one": ""})), ""), "9g67k2htb6");
        assert_eq!(super::hash(&map(json!({"two": "2", "one": "", "three": "3"})), ""), "f5h7t85m9b");
        let secret = |data| json!({"kind": "Secret", "type": "my-type", "metadata": {"name": ""}, "data": data});
        assert_eq!(super::hash(&secret(json!({})), ""), "t75bgf6ctb");
    }
}
