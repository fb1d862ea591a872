//! Tables: what `kubectl get` prints, computed by the server. One kind's cells a file.

use std::rc::Rc;

use api::{Request, Resource, path};
use serde_json::{Value, json};
use sim::Time;

/// The `meta.k8s.io/v1 Table` of some objects.
pub fn table(resource: &Resource, _now: Time, objects: &[Rc<Value>], version: &str, _request: &Request) -> Value {
    let rows: Vec<Value> = objects
        .iter()
        .map(|object| json!({"cells": [path::str(object, "metadata.name")], "object": **object}))
        .collect();
    json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": version},
        "columnDefinitions": resource.columns.iter().take(1).map(|column| json!({"name": column.name})).collect::<Vec<_>>(), "rows": rows})
}
