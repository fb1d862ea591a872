use std::rc::Rc;

use api::{Request, Status};
use serde_json::{Value, json};

use super::verbs::{PODS, names};
use super::{World, message, pod};
use crate::Reply;

const MAPS: &str = "/api/v1/namespaces/default/configmaps";

fn world() -> World {
    let mut world = World::new();
    for name in ["a", "b", "c", "d"] {
        world.create("v1", "Pod", pod(name)).unwrap();
    }
    world
}

fn ask(world: &mut World, query: &[(&str, &str)]) -> Result<Rc<Value>, Status> {
    let request = query.iter().fold(Request::get(PODS), |request, (name, value)| request.with_query(name, *value));
    world.ask(&request)
}

/// Makes so many changes that the first ones are forgotten.
fn forget(world: &mut World) {
    for index in 0..2200 {
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("m{index}")}});
        world.create("v1", "ConfigMap", map).unwrap();
    }
}

#[test]
fn pages_are_of_one_moment() {
    let mut world = world();
    let first = ask(&mut world, &[("limit", "2")]).unwrap();
    let version = first["metadata"]["resourceVersion"].clone();
    world
        .ask(&Request::new(api::Method::Delete, format!("{PODS}/c")).with_body(json!({"gracePeriodSeconds": 0})))
        .unwrap();
    world.create("v1", "Pod", pod("e")).unwrap();
    let token = first["metadata"]["continue"].as_str().unwrap().to_owned();
    let second = ask(&mut world, &[("limit", "2"), ("continue", &token)]).unwrap();
    assert_eq!((names(&second), &second["metadata"]["resourceVersion"]), (vec!["c".into(), "d".into()], &version));
    assert_eq!(second["metadata"]["continue"], Value::Null);
    assert_eq!(names(&ask(&mut world, &[]).unwrap()), ["a", "b", "d", "e"]);
    let version = version.as_str().unwrap();
    let exact = ask(&mut world, &[("resourceVersion", version), ("resourceVersionMatch", "Exact")]).unwrap();
    assert_eq!(names(&exact), ["a", "b", "c", "d"]);
    let newer = ask(&mut world, &[("resourceVersion", version), ("resourceVersionMatch", "NotOlderThan")]).unwrap();
    assert_eq!(names(&newer), ["a", "b", "d", "e"]);
    // The watch cache, of which version 0 is asked, knows no pages.
    let cached = ask(&mut world, &[("resourceVersion", "0"), ("limit", "1")]).unwrap();
    assert_eq!((names(&cached).len(), &cached["metadata"]["continue"]), (4, &Value::Null));
    // How many more match a selector is not told.
    let some = ask(&mut world, &[("limit", "1"), ("labelSelector", "!x")]).unwrap();
    assert!(some["metadata"]["continue"].is_string() && some["metadata"]["remainingItemCount"].is_null());
}

#[test]
fn a_token_that_is_too_old_comes_with_one_that_goes_on() {
    let mut world = world();
    let first = ask(&mut world, &[("limit", "2")]).unwrap();
    let (version, token) = (&first["metadata"]["resourceVersion"], first["metadata"]["continue"].as_str().unwrap());
    forget(&mut world);
    let Reply::Json { code, value, .. } = world.send(&Request::get(PODS).with_query("continue", token)) else {
        panic!("json")
    };
    assert_eq!((code, value["reason"].as_str()), (410, Some("Expired")));
    let message = value["message"].as_str().unwrap();
    assert!(message.starts_with("The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token"), "{message}");
    let next = value["metadata"]["continue"].as_str().unwrap().to_owned();
    let rest = ask(&mut world, &[("continue", &next)]).unwrap();
    assert_eq!(names(&rest), ["c", "d"]);
    let query = [("resourceVersion", version.as_str().unwrap()), ("resourceVersionMatch", "Exact")];
    let old = ask(&mut world, &query).unwrap_err();
    assert_eq!((old.code, old.message.as_str()), (410, "The resourceVersion for the provided list is too old."));
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let mut world = world();
    for (query, expected) in [
        (vec![("limit", "x")], "strconv.ParseInt: parsing \"x\": invalid syntax"),
        (
            vec![("continue", "%")],
            "invalid continue token: continue key is not valid: illegal base64 data at input byte 0",
        ),
        (
            vec![("continue", "eyJ2IjoibWV0YS5rOHMuaW8vdjIifQ")],
            "invalid continue token: continue key is not valid: server does not recognize this encoded version meta.k8s.io/v2",
        ),
        (vec![("resourceVersion", "x")], "invalid resource version: strconv.ParseUint: parsing \"x\": invalid syntax"),
        (vec![("resourceVersion", "99999")], "Timeout: Too large resource version: 99999, current: "),
        (
            vec![("resourceVersionMatch", "Exact")],
            "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
        ),
        (
            vec![("resourceVersionMatch", "Exact"), ("resourceVersion", "0")],
            "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"",
        ),
        (
            vec![("sendInitialEvents", "true")],
            "ListOptions.meta.k8s.io \"\" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list",
        ),
        (
            vec![("watch", "true"), ("resourceVersionMatch", "NotOlderThan")],
            "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
        ),
    ] {
        let said = message(ask(&mut world, &query));
        assert!(said.starts_with(expected), "{query:?}: {said}");
    }
}

#[test]
fn a_watch_begins_where_it_is_told_to() {
    let mut world = world();
    let now = world.server.store.revision().to_string();
    let start = |world: &mut World, query: &[(&str, &str)]| -> Vec<(&'static str, String)> {
        let request = query.iter().fold(Request::get(MAPS).with_query("watch", "true"), |request, (name, value)| {
            request.with_query(name, *value)
        });
        let Reply::Watch(mut watch) = world.send(&request) else { panic!("a watch") };
        let events = world.server.poll_watch(world.now, &mut watch);
        events
            .iter()
            .map(|event| (event.kind, event.object["metadata"]["name"].as_str().unwrap_or("").to_owned()))
            .collect()
    };
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}});
    world.create("v1", "ConfigMap", map).unwrap();
    let added = ("ADDED", "m".to_owned());
    let only = vec![added.clone()];
    assert_eq!(start(&mut world, &[]), only);
    assert_eq!(start(&mut world, &[("resourceVersion", &now)]), only);
    let initial = [("sendInitialEvents", "true"), ("resourceVersionMatch", "NotOlderThan")];
    assert_eq!(start(&mut world, &initial), only);
    let marked = [initial[0], initial[1], ("allowWatchBookmarks", "true")];
    assert_eq!(start(&mut world, &marked), [added, ("BOOKMARK", String::new())]);
    let silent = [("sendInitialEvents", "false"), ("resourceVersionMatch", "NotOlderThan")];
    assert_eq!(start(&mut world, &silent), []);
    forget(&mut world);
    assert_eq!(start(&mut world, &[("resourceVersion", &now)]), [("ERROR", String::new())]);
}
