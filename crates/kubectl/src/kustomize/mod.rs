//! kustomize: the objects that a folder with a `kustomization.yaml` describes.
//!
//! <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/>, sigs.k8s.io/kustomize/api. Not here: helm
//! charts, plugins (`generators`, `transformers`, `validators`), remote resources.

mod generate;
pub use generate::hash;
mod names;
mod patches;
mod replacements;
mod transform;
mod vars;

use api::path;
use serde_json::{Value, json};

use crate::Host;
use crate::dry_run;
use crate::error::{Outcome, plain};

/// An object on its way.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// As it is now.
    pub object: Value,
    /// The names it had, the first one first.
    pub names: Vec<String>,
    /// The namespace its file gives it.
    pub namespace: String,
    /// Its name gets a hash of its content at the end.
    pub hash: bool,
    /// The variables that are taken from it.
    pub vars: Vec<String>,
}

impl Item {
    fn new(object: Value) -> Item {
        let name = path::str(&object, "metadata.name").to_owned();
        let namespace = path::str(&object, "metadata.namespace").to_owned();
        Item { object, names: vec![name], namespace, hash: false, vars: Vec::new() }
    }

    fn kind(&self) -> &str {
        path::str(&self.object, "kind")
    }

    fn name(&self) -> &str {
        path::str(&self.object, "metadata.name")
    }

    fn rename(&mut self, name: String) {
        if self.name() != name {
            self.names.push(self.name().to_owned());
            path::set(&mut self.object, "metadata.name", name);
        }
    }

    /// `Deployment.v1.apps/web.[noNs]`
    fn id(&self) -> String {
        let namespace = path::str(&self.object, "metadata.namespace");
        id(path::str(&self.object, "apiVersion"), self.kind(), self.name(), namespace)
    }
}

fn id(version: &str, kind: &str, name: &str, namespace: &str) -> String {
    let (group, version) = version.split_once('/').unwrap_or(("[noGrp]", version));
    let namespace = if namespace.is_empty() { "[noNs]" } else { namespace };
    format!("{kind}.{version}.{group}/{name}.{namespace}")
}

/// What was built, and what is to be said on standard error.
pub struct Built {
    /// The objects, in their order; or what is wrong, in kustomize's words.
    pub objects: Outcome<Vec<Value>>,
    /// Lines about what is deprecated.
    pub warnings: Vec<String>,
}

/// Builds a folder; the objects in the order that kubectl has them in.
pub fn build(host: &dyn Host, folder: &str) -> Built {
    let mut build = Build { host, warnings: Vec::new(), vars: Vec::new(), depth: 0 };
    let objects = build.build(folder);
    Built { objects, warnings: build.warnings }
}

struct Build<'a> {
    host: &'a dyn Host,
    warnings: Vec<String>,
    vars: Vec<vars::Var>,
    depth: usize,
}

const FIELDS: &[&str] = &[
    "apiVersion",
    "kind",
    "metadata",
    "namePrefix",
    "nameSuffix",
    "namespace",
    "commonLabels",
    "labels",
    "commonAnnotations",
    "patchesStrategicMerge",
    "patchesJson6902",
    "patches",
    "images",
    "imageTags",
    "replicas",
    "sortOptions",
    "resources",
    "components",
    "bases",
    "configMapGenerator",
    "secretGenerator",
    "generatorOptions",
    "buildMetadata",
    "replacements",
    "vars",
];
const NOT_SIMULATED: &[&str] = &[
    "openapi",
    "crds",
    "helmGlobals",
    "helmCharts",
    "helmChartInflationGenerator",
    "configurations",
    "generators",
    "transformers",
    "validators",
];
const DEPRECATED: &[(&str, &str)] = &[
    ("bases", "resources"),
    ("imageTags", "images"),
    ("patchesJson6902", "patches"),
    ("patchesStrategicMerge", "patches"),
    ("commonLabels", "labels"),
    ("vars", "replacements"),
];

impl Build<'_> {
    fn build(&mut self, folder: &str) -> Outcome<Vec<Value>> {
        if self.host.read_dir(folder).is_err_and(|error| error.to_lowercase().contains("no such file")) {
            let place = self.absolute(folder);
            return plain(format!(
                "must build at directory: not a valid directory: evalsymlink failure on '{folder}' : lstat {place}: no such file or directory"
            ));
        }
        let mut items = self.folder(folder.trim_end_matches('/'), Vec::new())?;
        for item in &mut items {
            if item.hash {
                let name = format!("{}-{}", item.name(), hash(&item.object, ""));
                item.rename(name);
            }
        }
        names::fix_references(&mut items);
        let mut unused = vars::resolve(&self.vars, &mut items)?;
        if !unused.is_empty() {
            sim::order::sort_by(&mut unused, |a, b| a.cmp(b));
            let said = format!("well-defined vars that were never replaced: {}", unused.join(","));
            self.warnings.push(dry_run::log('I', self.host.now(), "log.go:244", &said));
        }
        items.retain(|item| {
            let annotations = path::get(&item.object, "metadata.annotations");
            annotations["config.kubernetes.io/local-config"].as_str().is_none_or(|local| local == "false")
        });
        sim::order::sort_by(&mut items, |a, b| transform::legacy_key(a).cmp(&transform::legacy_key(b)));
        Ok(items.into_iter().map(|item| item.object).collect())
    }

    /// The objects of a folder, behind those that were there before (for a component: changed with its own).
    fn folder(&mut self, folder: &str, before: Vec<Item>) -> Outcome<Vec<Item>> {
        let place = self.absolute(folder);
        self.depth += 1;
        if self.depth > 32 {
            return plain(format!("cycle detected: candidate root '{place}' contains visited root"));
        }
        let names = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
        let found = names.iter().find_map(|name| self.host.read_file(&under(folder, name)).ok());
        let Some(bytes) = found else {
            return plain(format!(
                "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '{place}'"
            ));
        };
        let mut parsed = manifest::parse(&String::from_utf8_lossy(&bytes));
        if let Some(error) = parsed.error {
            return plain(format!("invalid Kustomization: error converting YAML to JSON: {}", error.message));
        }
        if parsed.documents.is_empty() {
            return plain("kustomization.yaml is empty");
        }
        let file = parsed.documents.remove(0).value;
        let Some(fields) = file.as_object() else { return plain("kustomization.yaml is empty") };
        for name in fields.keys() {
            if NOT_SIMULATED.contains(&name.as_str()) {
                return plain(format!("{name} of a kustomization is not simulated here"));
            }
            if !FIELDS.contains(&name.as_str()) {
                return plain(format!("invalid Kustomization: json: unknown field {name:?}"));
            }
        }
        for (old, new) in DEPRECATED.iter().filter(|(old, _)| fields.contains_key(*old)) {
            let experimental = if *old == "vars" { "[EXPERIMENTAL] " } else { "" };
            let warning = format!(
                "# Warning: '{old}' is deprecated. Please use '{new}' instead. {experimental}Run 'kustomize edit fix' to update your Kustomization automatically."
            );
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
        let mut items = before;
        for field in ["resources", "bases"] {
            for resource in strings(&file, field) {
                let more = self.resource(folder, resource)?;
                add(&mut items, more)?;
            }
        }
        for (field, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
            for args in path::list(&file, field) {
                let host = self.host;
                generate::generate(host, folder, kind, args, &file["generatorOptions"], &mut items)?;
            }
        }
        for component in strings(&file, "components") {
            items = self.folder(&under(folder, component), items)?;
        }
        self.change(folder, &file, &mut items)?;
        vars::merge(&mut self.vars, &mut items, &file)?;
        self.depth -= 1;
        Ok(items)
    }

    /// The transformers, in kustomize's order.
    fn change(&self, folder: &str, file: &Value, items: &mut Vec<Item>) -> Outcome {
        for one in strings(file, "patchesStrategicMerge") {
            let text =
                self.host.read_file(&under(folder, one)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            patches::strategic(items, &text.unwrap_or_else(|_| one.to_owned()), &Value::Null)?;
        }
        for field in ["patches", "patchesJson6902"] {
            for one in path::list(file, field) {
                let text = match (path::str(one, "patch"), path::str(one, "path")) {
                    ("", "") => return plain("must specify one of patch and path in\n".to_owned()),
                    ("", file) => self.text(folder, file, "unable to get file content from path")?,
                    (text, _) => text.to_owned(),
                };
                patches::apply(items, &text, one)?;
            }
        }
        let namespace = path::str(file, "namespace");
        if !namespace.is_empty() {
            transform::namespace(items, namespace);
        }
        let (prefix, suffix) = (path::str(file, "namePrefix"), path::str(file, "nameSuffix"));
        if !prefix.is_empty() || !suffix.is_empty() {
            transform::rename(items, prefix, suffix);
        }
        for labels in path::list(file, "labels") {
            let (selectors, templates) =
                (path::bool(labels, "includeSelectors"), path::bool(labels, "includeTemplates"));
            transform::labels(items, &labels["pairs"], selectors, templates);
        }
        transform::labels(items, &file["commonLabels"], true, true);
        transform::annotations(items, &file["commonAnnotations"]);
        for replicas in path::list(file, "replicas") {
            transform::replicas(items, replicas)?;
        }
        for image in path::list(file, "images").iter().chain(path::list(file, "imageTags")) {
            transform::image(items, image);
        }
        let replacements = path::list(file, "replacements");
        let prepared: Outcome<Vec<Value>> = replacements.iter().map(|one| self.replacements(folder, one)).collect();
        let prepared = prepared.or_else(|error| {
            let config = manifest::to_yaml(&json!({"Replacements": replacements}));
            plain(format!("trouble configuring builtin ReplacementTransformer with config: `\n{config}`: {error}"))
        })?;
        prepared.iter().flat_map(|one| one.as_array()).flatten().try_for_each(|one| replacements::apply(items, one))?;
        Ok(())
    }

    /// A replacement, or those of the file that it names, as a list.
    fn replacements(&self, folder: &str, replacement: &Value) -> Outcome<Value> {
        let file = path::str(replacement, "path");
        if file.is_empty() {
            return Ok(json!([replacement]));
        }
        if !replacement["source"].is_null() || !replacement["targets"].is_null() {
            return plain("cannot specify both path and inline replacement");
        }
        let mut parsed = manifest::parse(&self.text(folder, file, "")?);
        match parsed.documents.pop().map(|document| document.value).unwrap_or_default() {
            list @ Value::Array(_) => Ok(list),
            one @ Value::Object(_) => Ok(json!([one])),
            _ => plain("unsupported replacement type encountered within replacement path: invalid"),
        }
    }

    fn resource(&mut self, folder: &str, name: &str) -> Outcome<Vec<Item>> {
        if name.starts_with("http://") || name.starts_with("https://") || name.starts_with("github.com/") {
            return plain(format!("accumulating resources: {name}: the internet is not simulated here"));
        }
        let file = under(folder, name);
        let place = self.absolute(&file);
        match self.host.read_file(&file) {
            Ok(bytes) => {
                let parsed = manifest::parse(&String::from_utf8_lossy(&bytes));
                let wrap = |why: String| {
                    plain(format!("accumulating resources: accumulation err='accumulating resources from '{name}': {why}': must build at directory: '{place}': file is not directory"))
                };
                if let Some(error) = parsed.error {
                    return wrap(format!("MalformedYAMLError: {} in File: {name}", error.message));
                }
                let mut items = Vec::new();
                for document in parsed.documents {
                    let objects = match path::str(&document.value, "kind").ends_with("List") {
                        true => path::list(&document.value, "items").to_vec(),
                        false => vec![document.value],
                    };
                    for object in objects.into_iter().filter(|object| !object.is_null()) {
                        if path::str(&object, "kind").is_empty() {
                            return wrap("missing Resource metadata".to_owned());
                        }
                        if path::str(&object, "metadata.name").is_empty() {
                            return wrap(format!("missing metadata.name in object {}", object));
                        }
                        items.push(Item::new(object));
                    }
                }
                Ok(items)
            }
            Err(_) if self.host.read_dir(&file).is_ok() => self.folder(file.trim_end_matches('/'), Vec::new()).or_else(|error| {
                plain(format!(
                    "accumulating resources: accumulation err='accumulating resources from '{name}': read {place}: is a directory': {}",
                    error.line()
                ))
            }),
            Err(error) => plain(format!(
                "accumulating resources: accumulation err='accumulating resources from '{name}': open {place}: {error}': must build at directory: not a valid directory: evalsymlink failure on '{place}' : lstat {place}: {error}"
            )),
        }
    }

    fn text(&self, folder: &str, name: &str, what: &str) -> Outcome<String> {
        let file = under(folder, name);
        match self.host.read_file(&file) {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) => {
                let place = self.absolute(&file);
                let what = if what.is_empty() { String::new() } else { format!("{what} {name:?}: ") };
                plain(format!("{what}evalsymlink failure on '{place}' : lstat {place}: {error}"))
            }
        }
    }

    fn absolute(&self, name: &str) -> String {
        if name.starts_with('/') {
            return clean(name);
        }
        clean(&format!("{}/{name}", self.host.env("PWD").unwrap_or_default()))
    }
}

/// Adds objects; each may be there once.
fn add(items: &mut Vec<Item>, more: Vec<Item>) -> Outcome {
    for item in more {
        let id = item.id();
        if items.iter().any(|other| other.id() == id) {
            return plain(format!("accumulating resources: may not add resource with an already registered id: {id}"));
        }
        items.push(item);
    }
    Ok(())
}

/// A path beside the file of a folder.
fn under(folder: &str, name: &str) -> String {
    match folder {
        _ if name.starts_with('/') => name.to_owned(),
        "" | "." => name.to_owned(),
        folder => format!("{folder}/{name}"),
    }
}

fn clean(path: &str) -> String {
    format!("/{}", crate::host::clean(path))
}

fn strings<'a>(value: &'a Value, field: &str) -> Vec<&'a str> {
    path::list(value, field).iter().filter_map(Value::as_str).collect()
}

/// Calls `f` on what a path leads to: `spec/containers/image`; lists on the way are gone through. With `create`, objects
/// on the way are made.
fn each(value: &mut Value, path: &str, create: bool, f: &mut dyn FnMut(&mut Value)) {
    if let Value::Array(items) = value {
        for item in items {
            each(item, path, create, f);
        }
        return;
    }
    let (first, rest) = match path.split_once('/') {
        Some((first, rest)) => (first, Some(rest)),
        None => (path, None),
    };
    let Some(object) = value.as_object_mut() else { return };
    if !object.contains_key(first) {
        if !create {
            return;
        }
        object.insert(first.to_owned(), Value::Null);
    }
    let Some(next) = object.get_mut(first) else { return };
    match rest {
        None => f(next),
        Some(rest) => {
            if next.is_null() && create {
                *next = Value::Object(serde_json::Map::new());
            }
            each(next, rest, create, f);
        }
    }
}

/// The paths at which a kind has a Pod's template: its labels and its spec are below. Empty for none; a Pod's own is "".
fn template(kind: &str) -> Option<&'static str> {
    match kind {
        "Pod" => Some(""),
        "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet" | "Job" | "ReplicationController" => {
            Some("spec/template/")
        }
        "CronJob" => Some("spec/jobTemplate/spec/template/"),
        "PodTemplate" => Some("template/"),
        _ => None,
    }
}
