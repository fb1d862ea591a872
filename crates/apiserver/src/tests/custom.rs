//! Custom resources, from definition to object.

use api::{Method, PatchType, Request};
use serde_json::{Value, json};

use super::{World, message};
use crate::served;

const WIDGETS: &str = "/apis/example.com/v1/namespaces/default/widgets";

fn define(world: &mut World) {
    let schema = json!({"type": "object", "properties": {
        "spec": {"type": "object", "required": ["size"], "properties": {
            "size": {"type": "integer", "maximum": 10}, "colour": {"type": "string", "default": "blue"}}},
        "status": {"type": "object", "properties": {"size": {"type": "integer"}}}}});
    let scale = json!({"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"});
    let definition = json!({"metadata": {"name": "widgets.example.com"}, "spec": {
        "group": "example.com", "scope": "Namespaced", "names": {"plural": "widgets", "kind": "Widget"},
        "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema},
            "subresources": {"status": {}, "scale": scale},
            "additionalPrinterColumns": [{"name": "Size", "type": "integer", "jsonPath": ".spec.size"}]}]}});
    let made = world.create("apiextensions.k8s.io/v1", "CustomResourceDefinition", definition).unwrap();
    assert_eq!(made["spec"]["names"]["listKind"], "WidgetList");
    let mut served = (*made).clone();
    served["status"] = json!({"acceptedNames": made["spec"]["names"], "conditions": [{
        "type": "Established", "status": "True", "reason": "x", "message": "", "lastTransitionTime": null}]});
    world.put("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com/status", served).unwrap();
}

fn create(world: &mut World, spec: Value, strict: bool) -> Result<std::rc::Rc<Value>, api::Status> {
    let body = json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": spec});
    let mode = if strict { "Strict" } else { "Ignore" };
    world.ask(&Request::new(Method::Post, WIDGETS).with_query("fieldValidation", mode).with_body(body))
}

#[test]
fn objects_are_served_validated_defaulted_and_scaled() {
    let mut world = World::new();
    assert_eq!(world.get(WIDGETS).unwrap_err().code, 404);
    define(&mut world);
    assert_eq!(
        message(create(&mut world, json!({"size": 11}), true)),
        "Widget.example.com \"w\" is invalid: spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10"
    );
    assert_eq!(
        message(create(&mut world, json!({"size": 1, "odd": 2}), true)),
        "Widget in version \"v1\" cannot be handled as a Widget: strict decoding error: unknown field \"spec.odd\""
    );
    let made = create(&mut world, json!({"size": 1, "odd": 2}), false).unwrap();
    assert_eq!((&made["spec"], &made["metadata"]["generation"]), (&json!({"size": 1, "colour": "blue"}), &json!(1)));
    let one = format!("{WIDGETS}/w");
    let status = json!({"status": {"size": 1}, "spec": {"size": 5}});
    let main = world.patch(&one, PatchType::Merge, status.clone()).unwrap();
    assert_eq!(
        (&main["spec"]["size"], main.get("status"), &main["metadata"]["generation"]),
        (&json!(5), None, &json!(2))
    );
    let sub = world.patch(&format!("{one}/status"), PatchType::Merge, status).unwrap();
    assert_eq!((&sub["status"]["size"], &sub["metadata"]["generation"]), (&json!(1), &json!(2)));
    let scaled = world.patch(&format!("{one}/scale"), PatchType::Merge, json!({"spec": {"replicas": 7}})).unwrap();
    assert_eq!((&scaled["spec"]["replicas"], &scaled["status"]["replicas"]), (&json!(7), &json!(1)));
    let mut table = Request::get(WIDGETS);
    table.as_table = true;
    assert_eq!(world.ask(&table).unwrap()["rows"][0]["cells"], json!(["w", 7]));
    let listed = world.get("/apis/example.com/v1").unwrap();
    assert_eq!(listed["resources"][0]["name"], "widgets");
    assert_eq!(served::resources(world.server.store()).count(), 1);
}

#[test]
fn how_a_custom_objects_lists_merge_nobody_knows() {
    let mut world = World::new();
    define(&mut world);
    create(&mut world, json!({"size": 1}), true).unwrap();
    let patch = json!({"metadata": {"finalizers": ["mine"]}, "spec": {"size": 2}});
    let refused = world.patch(&format!("{WIDGETS}/w"), PatchType::Strategic, patch.clone()).unwrap_err();
    assert_eq!(
        (refused.code, refused.message.as_str()),
        (
            415,
            "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, \
             application/merge-patch+json, application/apply-patch+yaml"
        )
    );
    // A finalizer of a custom object may be called anything.
    assert_eq!(world.patch(&format!("{WIDGETS}/w"), PatchType::Merge, patch).unwrap()["spec"]["size"], 2);
}

#[test]
fn a_bad_definition_says_why() {
    let mut world = World::new();
    let definition = json!({"metadata": {"name": "x.example.com"}, "spec": {
        "group": "example.com", "scope": "Everywhere", "names": {"plural": "widgets", "kind": "Widget"},
        "versions": [{"name": "v1", "served": true, "storage": false,
            "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {}}}}}]}});
    let refused = world.create("apiextensions.k8s.io/v1", "CustomResourceDefinition", definition).unwrap_err();
    let fields: Vec<&str> = refused.causes.iter().map(|cause| cause.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "metadata.name",
            "spec.scope",
            "spec.versions",
            "spec.versions[0].schema.openAPIV3Schema.properties[spec].type"
        ]
    );
}

#[test]
fn a_deprecated_version_is_told() {
    let version = json!({"deprecated": true, "deprecationWarning": "use v2"});
    let mut resource = api::find_resource("pods").unwrap().clone();
    resource.definition = Some(Box::leak(Box::new(version)));
    assert_eq!(crate::custom::deprecation(&resource), "use v2");
    resource.definition = Some(Box::leak(Box::new(json!({"deprecated": true}))));
    assert_eq!(crate::custom::deprecation(&resource), "v1 Pod is deprecated");
}
