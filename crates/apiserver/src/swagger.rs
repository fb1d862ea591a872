//! OpenAPI v2 at `/openapi/v2`: the v3 documents of everything that is served, as one, in v2's words.

use api::{Request, Status};
use serde_json::{Map, Value, json};

use super::openapi;
use crate::ApiServer;

/// The document.
///
/// # Errors
/// Those of the v3 documents.
#[inline(never)]
pub fn document(server: &ApiServer) -> Result<Value, Status> {
    let root = openapi::answer(server, &Request::get("/openapi/v3"))?;
    let (mut paths, mut definitions) = (Map::new(), Map::new());
    for place in root["paths"].as_object().into_iter().flat_map(Map::keys) {
        let mut document = openapi::answer(server, &Request::get(format!("/openapi/v3/{place}")))?;
        translate(&mut document);
        paths.extend(take_object(&mut document["paths"]));
        definitions.extend(take_object(&mut document["components"]["schemas"]));
    }
    Ok(json!({
        "swagger": "2.0", "info": {"title": "Kubernetes", "version": server.settings.version},
        "paths": paths, "definitions": definitions,
    }))
}

fn take_object(value: &mut Value) -> Map<String, Value> {
    match value.take() {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Rewrites v3 to v2: the prefix of `$ref`, types inline in parameters, no `oneOf`.
fn translate(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(target)) = map.get_mut("$ref") {
                *target = target.replace("#/components/schemas/", "#/definitions/");
            }
            // v2 lets words stand beside a reference.
            if let Some([only]) = map.get("allOf").and_then(Value::as_array).map(Vec::as_slice)
                && let Some(target) = only.get("$ref").cloned()
            {
                map.remove("allOf");
                map.insert("$ref".to_owned(), target);
                return translate(value);
            }
            if map.remove("oneOf").is_some() {
                map.insert("type".to_owned(), "string".into());
            }
            if map.get("in").is_some_and(|place| place == "query") {
                let schema = map.get_mut("schema").map(take_object).unwrap_or_default();
                map.remove("schema");
                map.extend(schema);
            }
            for (name, value) in map {
                match value {
                    // Keys of `properties` are field names, not schema keywords: the schema of definitions has a field `oneOf`.
                    Value::Object(fields) if name == "properties" => fields.values_mut().for_each(translate),
                    value => translate(value),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(translate),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::tests::World;

    /// Rewrites all references of a document.
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                for (name, value) in map {
                    match value.as_str().filter(|_| name == "$ref") {
                        Some(text) => found.push(text.to_owned()),
                        None => references(value, found),
                    }
                }
            }
            Value::Array(list) => list.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn the_documents_are_whole_and_say_how_fields_merge() {
        let mut world = World::new();
        for path in ["/openapi/v2", "/openapi/v3/api/v1", "/openapi/v3/apis/apps/v1"] {
            let document = world.get(path).unwrap();
            let mut found = Vec::new();
            references(&document, &mut found);
            for reference in found {
                let pointer = reference.trim_start_matches('#');
                assert!(document.pointer(pointer).is_some_and(Value::is_object), "{path}: {reference}");
            }
        }
        let document = world.get("/openapi/v2").unwrap();
        let volumes = &document["definitions"]["io.k8s.api.core.v1.PodSpec"]["properties"]["volumes"];
        assert_eq!(volumes["x-kubernetes-patch-strategy"], "merge,retainKeys");
        assert_eq!(volumes["items"]["$ref"], "#/definitions/io.k8s.api.core.v1.Volume");
        let schema = "/definitions/io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps/properties";
        let fields = document.pointer(schema).unwrap().as_object().unwrap();
        assert!(fields.contains_key("oneOf") && fields.values().all(Value::is_object));
    }
}
