//! Completion from the API's schema, by indentation, so that it works in text that is no YAML yet.

use api::schema::{Struct, Type, struct_of_kind};

/// One thing that may be written.
#[derive(Clone, PartialEq, Debug)]
pub struct Choice {
    /// As it is listed.
    pub label: String,
    /// Its type.
    pub detail: String,
    /// As it is written.
    pub insert: String,
}

/// Kinds a beginner writes, with their API versions.
const KINDS: [(&str, &str); 12] = [
    ("Pod", "v1"),
    ("Service", "v1"),
    ("Deployment", "apps/v1"),
    ("ReplicaSet", "apps/v1"),
    ("PersistentVolumeClaim", "v1"),
    ("PersistentVolume", "v1"),
    ("ConfigMap", "v1"),
    ("Secret", "v1"),
    ("Namespace", "v1"),
    ("ServiceAccount", "v1"),
    ("StorageClass", "storage.k8s.io/v1"),
    ("Job", "batch/v1"),
];

/// Values of fields that have few.
const VALUES: [(&str, &[&str]); 8] = [
    ("accessModes", &["ReadWriteOnce", "ReadWriteMany", "ReadOnlyMany", "ReadWriteOncePod"]),
    ("volumeMode", &["Filesystem", "Block"]),
    ("protocol", &["TCP", "UDP"]),
    ("restartPolicy", &["Always", "OnFailure", "Never"]),
    ("imagePullPolicy", &["IfNotPresent", "Always", "Never"]),
    ("storageClassName", &["standard"]),
    ("persistentVolumeReclaimPolicy", &["Retain", "Delete"]),
    ("image", &["nginx", "nginx:1.14.2", "busybox"]),
];

/// What may stand at a place of a text: the line from 1, the column from 0 in UTF-16 units.
pub fn choices(text: &str, line: usize, column: usize) -> Vec<Choice> {
    let (Some(at), lines) = (line.checked_sub(1), text.lines().collect::<Vec<_>>()) else { return Vec::new() };
    let current = lines.get(at).copied().unwrap_or_default();
    let before: String = current.chars().take(column).collect();
    let first =
        lines[..at.min(lines.len())].iter().rposition(|line| line.trim_end() == "---").map_or(0, |line| line + 1);
    let document = &lines[first..];
    let (path, key) = path_at(&lines[first..at.min(lines.len())], &before);
    let top = |name: &str| {
        document.iter().take_while(|line| line.trim_end() != "---").find_map(|line| line.strip_prefix(name)).map(clean)
    };
    if let Some(key) = key {
        return values(&path, &key, top("kind:"));
    }
    let kind = top("kind:").unwrap_or_default();
    let version = top("apiVersion:").unwrap_or_else(|| {
        KINDS.iter().find(|(known, _)| *known == kind).map(|(_, version)| (*version).to_owned()).unwrap_or_default()
    });
    let Some(mut place) = struct_of_kind(&version, &kind) else {
        return if path.is_empty() {
            ["apiVersion", "kind", "metadata", "spec"].map(plain).to_vec()
        } else {
            Vec::new()
        };
    };
    for name in &path {
        match place.field(name).and_then(|field| field.kind.element()) {
            Some(inner) => place = inner,
            None => return Vec::new(),
        }
    }
    fields(place, path.is_empty(), before.chars().take_while(|c| *c == ' ' || *c == '-').count())
}

fn plain(name: &str) -> Choice {
    Choice { label: name.to_owned(), detail: String::new(), insert: format!("{name}: ") }
}

fn clean(value: &str) -> String {
    value.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']).to_owned()
}

fn fields(place: &'static Struct, top: bool, indent: usize) -> Vec<Choice> {
    let fields = place.fields.iter().filter(|field| !(top && field.name == "status"));
    fields
        .map(|field| {
            let insert = match &field.kind {
                Type::Struct(_) | Type::Map(_) => format!("{}:\n{}", field.name, " ".repeat(indent + 2)),
                Type::List(_) => format!("{}:\n{}- ", field.name, " ".repeat(indent)),
                _ => format!("{}: ", field.name),
            };
            Choice { label: field.name.to_owned(), detail: field.kind.go_name(), insert }
        })
        .collect()
}

fn values(path: &[String], key: &str, kind: Option<String>) -> Vec<Choice> {
    let words: Vec<&str> = match (key, path.is_empty()) {
        ("kind", true) => KINDS.iter().map(|(kind, _)| *kind).collect(),
        ("apiVersion", true) => {
            let mut versions: Vec<&str> = match &kind {
                Some(kind) => KINDS.iter().filter(|(known, _)| known == kind).map(|(_, version)| *version).collect(),
                None => Vec::new(),
            };
            if versions.is_empty() {
                versions = vec!["v1", "apps/v1", "batch/v1", "storage.k8s.io/v1"];
            }
            versions
        }
        ("type", false) if kind.as_deref() == Some("Service") => vec!["ClusterIP", "NodePort", "LoadBalancer"],
        ("type", false) if kind.as_deref() == Some("Deployment") => vec!["RollingUpdate", "Recreate"],
        _ => VALUES.iter().find(|(name, _)| *name == key).map(|(_, words)| words.to_vec()).unwrap_or_default(),
    };
    words
        .into_iter()
        .map(|word| Choice { label: word.to_owned(), detail: String::new(), insert: word.to_owned() })
        .collect()
}

/// The field names that lead to the place after `before`, and the key whose value is being written there.
fn path_at(lines: &[&str], before: &str) -> (Vec<String>, Option<String>) {
    let (mut indent, content) = content_of(before);
    let mut key = content.split_once(':').map(|(key, _)| key.trim().to_owned());
    let mut path = Vec::new();
    let dash = before.trim_start().starts_with("- ") || before.trim_start() == "-";
    let mut dash_at = dash.then(|| before.len() - before.trim_start().len());
    for line in lines.iter().rev() {
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        let (at, content) = content_of(line);
        let outer = line.len() - line.trim_start().len();
        let Some((name, value)) = content.split_once(':') else { continue };
        // A list may begin in its key's own column.
        let holds = at < indent || dash_at.is_some_and(|dash| at <= dash && outer == at);
        if holds && value.split(" #").next().unwrap_or_default().trim().is_empty() {
            path.push(name.trim().to_owned());
            indent = at;
            dash_at = None;
        }
        if line.trim_start().starts_with("- ") && outer < indent && at <= indent {
            dash_at = Some(outer);
            indent = indent.min(at);
        }
    }
    path.reverse();
    // `- ReadWriteOnce` below `accessModes:`: a value of the list.
    if key.is_none() && dash && path.last().is_some_and(|name| VALUES.iter().any(|(known, _)| known == name)) {
        key = path.pop();
    }
    (path, key)
}

/// The column at which a line's key begins, behind the dashes of lists, and what stands there.
fn content_of(line: &str) -> (usize, &str) {
    let mut rest = line.trim_start();
    while let Some(inner) = rest.strip_prefix("- ") {
        rest = inner.trim_start();
    }
    if rest == "-" {
        rest = "";
    }
    let at =
        if rest.is_empty() && line.trim_start().starts_with('-') { line.len() + 1 } else { line.len() - rest.len() };
    (at, rest)
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    fn the_place_decides_what_may_stand_there() {
        let service = "apiVersion: v1\nkind: Service\nspec:\n";
        let deployment = "apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n";
        for (text, line, has, lacks) in [
            (String::new(), "", "kind", "containers"),
            ("kind: Pod\n".to_owned(), "apiVersion: ", "v1", "apps/v1"),
            (String::new(), "kind: ", "Deployment", "v1"),
            (service.to_owned(), "  ", "selector", "containers"),
            (service.to_owned(), "  type: ", "NodePort", "RollingUpdate"),
            (format!("{service}  ports:\n"), "  - ", "targetPort", "selector"),
            (format!("{service}  ports:\n  - port: 80\n"), "    ", "targetPort", "selector"),
            (deployment.to_owned(), "      - ", "image", "replicas"),
            (format!("{deployment}      - name: web\n"), "        ", "volumeMounts", "replicas"),
            (format!("{deployment}      - name: web\n"), "      ", "volumes", "image"),
        ] {
            let choices = choices(&format!("{text}{line}\n"), text.lines().count() + 1, line.len());
            let labels: Vec<&str> = choices.iter().map(|choice| choice.label.as_str()).collect();
            assert!(labels.contains(&has), "{text}{line}| has no {has}: {labels:?}");
            assert!(!labels.contains(&lacks), "{text}{line}| has {lacks}");
        }
    }
}
