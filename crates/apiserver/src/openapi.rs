//! OpenAPI v3: what the kinds of a group's version look like, made of the schema table and the definitions of custom
//! resources. `kubectl explain` reads it, and clients that want to know whether a query parameter is understood.
//!
//! <https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3>. Of paths, only what such clients look for is
//! here: each operation's kind, and the parameters of writes.

use std::collections::{BTreeMap, BTreeSet};

use api::schema::{self, Field, Struct, Type, descriptions};
use api::{Request, Resource, Status, resources};
use serde_json::{Map, Value, json};

use super::route::page_not_found;
use crate::{ApiServer, served};

const SCHEMAS: &str = "#/components/schemas/";

/// Answers `/openapi/v3` and `/openapi/v3/apis/GROUP/VERSION`.
///
/// # Errors
/// 404 for a group or version that is not served.
#[inline(never)]
pub fn answer(server: &ApiServer, request: &Request) -> Result<Value, Status> {
    let path = request.path.trim_end_matches('/');
    let all = || resources().iter().chain(served::resources(&server.store));
    let place = |resource: &Resource| match resource.group {
        "" => format!("api/{}", resource.version),
        group => format!("apis/{group}/{}", resource.version),
    };
    if path == "/openapi/v3" {
        let paths: Map<String, Value> = sim::order::collect(all().map(|resource| {
            let place = place(resource);
            let at = format!("/openapi/v3/{place}?hash={}", server.settings.version);
            (place, json!({"serverRelativeURL": at}))
        }));
        return Ok(json!({"paths": paths}));
    }
    let wanted = path.strip_prefix("/openapi/v3/").unwrap_or_default();
    let served: Vec<&Resource> = all().filter(|resource| place(resource) == wanted).collect();
    if served.is_empty() {
        return Err(page_not_found());
    }
    let mut document = Document { described: descriptions::all(), schemas: BTreeMap::new(), queue: BTreeSet::new() };
    let mut paths = Map::new();
    for resource in served {
        document.kind(resource);
        operations(resource, &mut paths);
    }
    document.finish();
    Ok(json!({
        "openapi": "3.0.0", "info": {"title": "Kubernetes", "version": server.settings.version},
        "paths": paths, "components": {"schemas": document.schemas},
    }))
}

fn operations(resource: &Resource, paths: &mut Map<String, Value>) {
    let kind = json!({"group": resource.group, "version": resource.version, "kind": resource.kind});
    let namespace = resource.namespaced.then_some("{namespace}");
    let parameter =
        |name: &str| json!({"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": true}});
    let write: Vec<Value> = ["dryRun", "fieldManager", "fieldValidation"].into_iter().map(parameter).collect();
    for (verb, method, named, parameters) in [
        ("list", "get", false, vec![]),
        ("create", "post", false, write.clone()),
        ("get", "get", true, vec![]),
        ("update", "put", true, write.clone()),
        ("patch", "patch", true, write.clone()),
        ("delete", "delete", true, vec![parameter("dryRun")]),
    ] {
        if resource.can(verb) {
            let path = resource.path(namespace, named.then_some("{name}"));
            paths.entry(path).or_insert_with(|| json!({}))[method] = json!({
                "x-kubernetes-action": verb, "x-kubernetes-group-version-kind": kind, "parameters": parameters,
            });
        }
    }
}

struct Document {
    described: BTreeMap<&'static str, descriptions::Descriptions>,
    schemas: BTreeMap<String, Value>,
    /// Types that are referred to and not yet written.
    queue: BTreeSet<&'static str>,
}

/// `core.v1.Pod` as documents name it: `io.k8s.api.core.v1.Pod`.
fn full_name(name: &str) -> String {
    match name.split('.').next() {
        Some("meta") => format!("io.k8s.apimachinery.pkg.apis.{name}"),
        Some("apiextensions") => format!("io.k8s.apiextensions-apiserver.pkg.apis.{name}"),
        Some("apiregistration") => format!("io.k8s.kube-aggregator.pkg.apis.{name}"),
        _ => format!("io.k8s.api.{name}"),
    }
}

/// The values that a description ends with; a line of them is ` - `"ClusterIP"` means …`.
fn values_in(description: &str) -> Vec<&str> {
    let Some((_, list)) = description.split_once("\n\nPossible enum values:\n") else { return Vec::new() };
    list.lines().filter_map(|line| line.strip_prefix(" - `\"")?.split_once("\"`").map(|(value, _)| value)).collect()
}

impl Document {
    fn kind(&mut self, resource: &Resource) {
        let kind = json!([{"group": resource.group, "version": resource.version, "kind": resource.kind}]);
        let (name, mut schema) = match (schema::struct_of(resource), super::custom::schema_of(resource)) {
            (Some(found), _) => (full_name(found.name), self.structure(found)),
            (None, Some(schema)) => {
                let mut reversed: Vec<&str> = resource.group.split('.').collect();
                reversed.reverse();
                (format!("{}.{}.{}", reversed.join("."), resource.version, resource.kind), self.custom(schema))
            }
            (None, None) => return,
        };
        schema["x-kubernetes-group-version-kind"] = kind;
        self.schemas.insert(name, schema);
    }

    /// A custom resource's schema, with what every object has.
    fn custom(&mut self, schema: &Value) -> Value {
        let mut schema = schema.clone();
        // Any kind will do: these say the same everywhere.
        if let Some(pod) = schema::find_struct("core.v1.Pod") {
            for name in ["apiVersion", "kind", "metadata"] {
                if let Some(field) = pod.field(name) {
                    schema["properties"][name] = self.field(pod, field);
                }
            }
        }
        schema
    }

    fn finish(&mut self) {
        while let Some(name) = self.queue.pop_first() {
            if let (false, Some(found)) = (self.schemas.contains_key(&full_name(name)), schema::find_struct(name)) {
                let schema = self.structure(found);
                self.schemas.insert(full_name(name), schema);
            }
        }
        for (letter, name, mut schema) in [
            (
                "q",
                "io.k8s.apimachinery.pkg.api.resource.Quantity",
                json!({"oneOf": [{"type": "string"}, {"type": "number"}]}),
            ),
            (
                "x",
                "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
                json!({"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]}),
            ),
            ("t", "io.k8s.apimachinery.pkg.apis.meta.v1.Time", json!({"format": "date-time", "type": "string"})),
            ("fields", "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1", json!({"type": "object"})),
        ] {
            if let Some(text) = self.described.get(letter).and_then(|type_| type_.get("")) {
                schema["description"] = text.clone().into();
            }
            self.schemas.insert(name.to_owned(), schema);
        }
    }

    fn structure(&mut self, found: &'static Struct) -> Value {
        let properties: Map<String, Value> =
            sim::order::collect(found.fields.iter().map(|field| (field.name.to_owned(), self.field(found, field))));
        let required: Vec<&str> = found
            .fields
            .iter()
            // The table's source says that every kind has metadata; the real documents do not.
            .filter(|field| field.always && field.name != "metadata")
            .map(|field| field.name)
            .collect();
        let mut schema = json!({"type": "object", "properties": properties});
        if !required.is_empty() {
            schema["required"] = required.into();
        }
        if let Some(text) = self.described.get(found.name).and_then(|type_| type_.get("")) {
            schema["description"] = text.clone().into();
        }
        schema
    }

    fn field(&mut self, owner: &Struct, field: &'static Field) -> Value {
        let mut schema = if field.name == "fieldsV1" {
            json!({"$ref": format!("{SCHEMAS}io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1")})
        } else {
            self.of(&field.kind)
        };
        // What stands beside a reference is not read: the reference is wrapped.
        if schema["$ref"].is_string() {
            schema = json!({"allOf": [schema]});
        }
        if let Some(text) = self.described.get(owner.name).and_then(|type_| type_.get(field.name)) {
            schema["description"] = text.clone().into();
            let values = values_in(text);
            if !values.is_empty() {
                schema["enum"] = values.into();
            }
        }
        if field.is_set {
            schema["x-kubernetes-list-type"] = "set".into();
        } else if !field.list_keys.is_empty() {
            schema["x-kubernetes-list-type"] = "map".into();
            schema["x-kubernetes-list-map-keys"] = field.list_keys.clone().into();
        }
        let merge = field.merge;
        let strategies =
            [(merge.key.is_some(), "merge"), (merge.retain_keys, "retainKeys"), (merge.replace, "replace")];
        let strategies: Vec<&str> = strategies.into_iter().filter_map(|(holds, name)| holds.then_some(name)).collect();
        if !strategies.is_empty() {
            schema["x-kubernetes-patch-strategy"] = strategies.join(",").into();
        }
        if let Some(key) = merge.key.filter(|key| !key.is_empty()) {
            schema["x-kubernetes-patch-merge-key"] = key.into();
        }
        schema
    }

    fn of(&mut self, kind: &'static Type) -> Value {
        let reference = |name: &str| json!({"$ref": format!("{SCHEMAS}{name}")});
        match kind {
            Type::String => json!({"type": "string"}),
            Type::Bytes => json!({"type": "string", "format": "byte"}),
            Type::Int32 => json!({"type": "integer", "format": "int32"}),
            Type::Int64 => json!({"type": "integer", "format": "int64"}),
            Type::Float => json!({"type": "number", "format": "double"}),
            Type::Bool => json!({"type": "boolean"}),
            Type::Quantity => reference("io.k8s.apimachinery.pkg.api.resource.Quantity"),
            Type::IntOrString => reference("io.k8s.apimachinery.pkg.util.intstr.IntOrString"),
            Type::Time => reference("io.k8s.apimachinery.pkg.apis.meta.v1.Time"),
            Type::Any => json!({"type": "object"}),
            Type::List(inner) => json!({"type": "array", "items": self.of(inner)}),
            Type::Map(inner) => json!({"type": "object", "additionalProperties": self.of(inner)}),
            Type::Struct(_) => match kind.element() {
                Some(found) => {
                    self.queue.insert(found.name);
                    reference(&full_name(found.name))
                }
                None => json!({"type": "object"}),
            },
        }
    }
}
