//! Patches that cannot be, and what the API server says of them.

use api::PatchType;
use serde_json::json;

use super::{World, pod};

const POD: &str = "/api/v1/namespaces/default/pods/a";

#[test]
fn a_patch_that_does_not_fit_says_why() {
    let mut world = World::new();
    world.create("v1", "Pod", pod("a")).unwrap();
    let unmarshal = "json: cannot unmarshal string into Go value of type map[string]interface {}";
    for (kind, patch, code, message) in [
        (PatchType::Merge, json!("x"), 400, format!("error decoding patch: {unmarshal}")),
        (PatchType::Strategic, json!("x"), 400, unmarshal.to_owned()),
        (
            PatchType::Strategic,
            json!({"spec": {"containers": [{"image": "x"}]}}),
            500,
            "map: map[image:x] does not contain declared merge key: name".to_owned(),
        ),
        (PatchType::Json, json!({}), 400, {
            "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"
                .to_owned()
        }),
        (
            PatchType::Json,
            json!([{"op": "test", "path": "/metadata/name", "value": "b"}]),
            422,
            "the server rejected our request due to an error in our request".to_owned(),
        ),
    ] {
        let refused = world.patch(POD, kind, patch).unwrap_err();
        assert_eq!((refused.code, refused.message), (code, message));
    }
    let refused = world.patch(POD, PatchType::Json, json!([{"op": "remove", "path": "/x"}])).unwrap_err();
    assert_eq!(refused.reason.as_str(), "Invalid");
}

#[test]
fn no_patch_makes_another_kind_of_an_object() {
    let mut world = World::new();
    let made = world.create("v1", "Pod", pod("a")).unwrap();
    for kind in [PatchType::Strategic, PatchType::Merge] {
        let patched = world.patch(POD, kind, json!({"apiVersion": "apps/v1", "kind": "Service"})).unwrap();
        assert_eq!(patched, made);
    }
    assert_eq!(world.get("/api/v1/namespaces/default/pods").unwrap()["items"][0]["kind"], "Pod");
}

#[test]
fn a_patch_of_nothing_but_a_status_is_no_other_than_one_that_says_more() {
    let running = json!({"status": {
        "phase": "Running", "podIP": "10.0.0.1", "message": null, "conditions": [{"type": "Ready", "status": "True", "lastProbeTime": null}],
    }});
    for patches in [
        vec![running.clone()],
        vec![running.clone(), running.clone()],
        vec![running.clone(), json!({"status": {"podIP": null, "conditions": []}})],
        vec![json!({"status": {"phase": 3}})],
        vec![json!({"status": {"nosuch": "x"}})],
        vec![json!({"status": {"podIPs": [{"ip": "10.0.0.1"}, {"ip": "10.0.0.2"}]}}), running],
    ] {
        let [short, long] = [false, true].map(|long| {
            let mut world = World::new();
            world.create("v1", "Pod", pod("a")).unwrap();
            let answers = patches.iter().map(|patch| {
                let mut patch = patch.clone();
                if long {
                    patch["kind"] = "Pod".into();
                }
                world.patch(&format!("{POD}/status"), PatchType::Merge, patch).map_err(|refused| refused.message)
            });
            answers.collect::<Vec<_>>()
        });
        assert_eq!(short, long, "{patches:?}");
    }
}
