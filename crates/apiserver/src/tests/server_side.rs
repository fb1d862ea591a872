//! Server-side apply and who owns what.

use api::{PatchType, Request, Status};
use serde_json::{Value, json};
use std::rc::Rc;

use super::World;

const PATH: &str = "/api/v1/namespaces/default/services/web";

fn service(fields: Value) -> Value {
    let mut object = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}});
    object["spec"] = fields;
    object
}

fn apply(world: &mut World, manager: &str, object: Value, force: bool) -> Result<Rc<Value>, Status> {
    let mut request = Request::new(api::Method::Patch, PATH)
        .with_query("fieldManager", manager)
        .with_query("force", force.to_string())
        .with_body(object);
    request.patch = Some(PatchType::Apply);
    world.ask(&request)
}

fn managers(object: &Value) -> Vec<String> {
    let entries = object["metadata"]["managedFields"].as_array().unwrap();
    entries
        .iter()
        .map(|entry| format!("{}/{}", entry["manager"].as_str().unwrap(), entry["operation"].as_str().unwrap()))
        .collect()
}

#[test]
fn two_managers_share_fields_and_fight_over_others() {
    let mut world = World::new();
    let ports = json!([{"port": 80, "targetPort": 8080}]);
    let made = apply(&mut world, "a", service(json!({"ports": ports, "type": "NodePort"})), false).unwrap();
    assert_eq!(managers(&made), ["a/Apply"]);
    assert_eq!(
        made["metadata"]["managedFields"][0]["fieldsV1"],
        json!({"f:spec": {"f:type": {}, "f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}, "f:targetPort": {}}}}})
    );
    // The same value is shared, another one is a conflict.
    let shared = apply(&mut world, "b", service(json!({"ports": ports})), false).unwrap();
    assert_eq!(managers(&shared), ["a/Apply", "b/Apply"]);
    let other = service(json!({"ports": [{"port": 80, "targetPort": 9090}], "type": "ClusterIP"}));
    let refused = apply(&mut world, "b", other.clone(), false).unwrap_err();
    assert_eq!((refused.code, refused.causes.len()), (409, 2));
    assert_eq!(
        refused.message,
        "Apply failed with 2 conflicts: conflicts with \"a\":\n- .spec.ports[port=80,protocol=\"TCP\"].targetPort\n- .spec.type"
    );
    let one = apply(&mut world, "b", service(json!({"type": "LoadBalancer"})), false).unwrap_err();
    assert_eq!(one.message, "Apply failed with 1 conflict: conflict with \"a\": .spec.type");
    let forced = apply(&mut world, "b", other, true).unwrap();
    assert_eq!(forced["spec"]["type"], "ClusterIP");
    assert_eq!(
        forced["metadata"]["managedFields"][0]["fieldsV1"],
        json!({"f:spec": {"f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}}}}})
    );
}

#[test]
fn what_a_manager_no_longer_applies_goes_when_nobody_else_owns_it() {
    let mut world = World::new();
    let ports = json!([{"port": 80, "name": "a"}, {"port": 81, "name": "b"}]);
    apply(&mut world, "a", service(json!({"ports": ports, "sessionAffinity": "ClientIP"})), false).unwrap();
    apply(&mut world, "b", service(json!({"ports": [{"port": 81, "name": "b"}]})), false).unwrap();
    let after = apply(&mut world, "a", service(json!({"ports": [{"port": 80, "name": "a"}]})), false).unwrap();
    assert_eq!(after["spec"]["ports"].as_array().unwrap().len(), 2, "b still owns port 81");
    assert_eq!(after["spec"]["sessionAffinity"], "None", "a field that nobody owns is defaulted again");
    let after = apply(&mut world, "b", json!({"apiVersion": "v1", "kind": "Service"}), false).unwrap();
    assert_eq!(after["spec"]["ports"].as_array().unwrap().len(), 1);
    assert_eq!(managers(&after), ["a/Apply"]);
}

#[test]
fn an_update_owns_what_it_changed_and_takes_it_from_others() {
    let mut world = World::new();
    apply(&mut world, "a", service(json!({"ports": [{"port": 80}], "type": "NodePort"})), false).unwrap();
    let before = world.get(PATH).unwrap();
    let unchanged = world.patch(PATH, PatchType::Merge, json!({"spec": {"type": "NodePort"}})).unwrap();
    assert_eq!(unchanged, before);
    let changed = world
        .patch(PATH, PatchType::Merge, json!({"metadata": {"labels": {"x": "y"}}, "spec": {"type": "LoadBalancer"}}))
        .unwrap();
    assert_eq!(managers(&changed), ["a/Apply", "kubectl/Update"]);
    let own = &changed["metadata"]["managedFields"][1]["fieldsV1"];
    assert_eq!(own["f:metadata"], json!({"f:labels": {".": {}, "f:x": {}}}));
    assert!(own["f:spec"].get("f:type").is_some() && own.get("f:status").is_none(), "{own}");
    let refused = apply(&mut world, "a", service(json!({"type": "NodePort"})), false).unwrap_err();
    assert_eq!(refused.message, "Apply failed with 1 conflict: conflict with \"kubectl\" using v1: .spec.type");
    // `[{}]` gives all ownership up.
    let free = world.patch(PATH, PatchType::Merge, json!({"metadata": {"managedFields": [{}]}})).unwrap();
    assert!(free["metadata"].get("managedFields").is_none());
}

#[test]
fn who_gives_up_the_last_field_is_no_manager() {
    let mut world = World::new();
    let path = "/api/v1/namespaces/default/configmaps/web";
    let mut configuration =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}, "data": {"a": "b"}});
    let send = |world: &mut World, object: &Value| {
        let mut request =
            Request::new(api::Method::Patch, path).with_query("fieldManager", "a").with_body(object.clone());
        request.patch = Some(PatchType::Apply);
        world.ask(&request).unwrap()
    };
    assert_eq!(managers(&send(&mut world, &configuration)), ["a/Apply"]);
    configuration.as_object_mut().unwrap().remove("data");
    let object = send(&mut world, &configuration);
    assert_eq!((object.get("data"), object["metadata"].get("managedFields")), (None, None));
}

#[test]
fn a_bad_configuration_says_why() {
    let mut world = World::new();
    for (object, code, message) in [
        (
            service(json!({"ports": [{"targetPort": 80, "colour": "blue"}]})),
            500,
            "failed to create typed patch object (/web; /v1, Kind=Service): .spec.ports[protocol=\"TCP\"].colour: field not \
             declared in schema",
        ),
        (
            service(json!({"ports": [{"targetPort": 80}]})),
            422,
            "Service \"web\" is invalid: spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
        ),
        (
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"managedFields": [{"manager": "x"}]}}),
            400,
            "metadata.managedFields must be nil",
        ),
        (
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "other"}}),
            400,
            "name in the object does not match the name on the request (other does not match web)",
        ),
    ] {
        let refused = apply(&mut world, "a", object, false).unwrap_err();
        assert_eq!((refused.code, refused.message.as_str()), (code, message));
    }
    let refused = apply(&mut world, "", service(json!({})), false).unwrap_err();
    assert_eq!(
        refused.message,
        "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch"
    );
}

#[test]
fn nobody_owns_what_admission_adds() {
    let mut world = World::new();
    let path = "/api/v1/namespaces/default/pods/solo";
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "solo"},
        "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]}});
    let created = world.create("v1", "Pod", pod.clone()).unwrap();
    let spec = &created["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"];
    let owned: Vec<&String> = spec.as_object().unwrap().keys().collect();
    let container = "f:containers f:dnsPolicy f:enableServiceLinks f:restartPolicy f:schedulerName f:securityContext \
                     f:terminationGracePeriodSeconds";
    assert_eq!(owned, container.split_whitespace().collect::<Vec<_>>());
    // Who takes over what the creator wrote keeps what admission added.
    let mut applied = pod;
    applied["spec"]["containers"][0]["image"] = "nginx:1.29".into();
    let mut request = Request::new(api::Method::Patch, path)
        .with_query("fieldManager", "kubectl")
        .with_query("force", "true")
        .with_body(applied.clone());
    request.patch = Some(PatchType::Apply);
    let changed = world.ask(&request).unwrap();
    assert_eq!(changed["spec"]["tolerations"], created["spec"]["tolerations"]);
    // A replacement may leave out what a plugin adds again, but not what only a new Pod gets.
    let refused = world.put(path, applied).unwrap_err().message;
    assert!(refused.starts_with("Pod \"solo\" is invalid: spec: Forbidden: pod updates may not change"), "{refused}");
}
