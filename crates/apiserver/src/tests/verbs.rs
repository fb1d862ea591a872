//! The verbs: get, list, watch, create, update, patch, delete and the subresources.

use api::{Method, PatchType, Request};
use serde_json::{Value, json};

use super::{World, message, pod};
use crate::Reply;

pub const PODS: &str = "/api/v1/namespaces/default/pods";

pub fn names(list: &Value) -> Vec<String> {
    list["items"].as_array().unwrap().iter().map(|item| item["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_created_pod_has_what_the_control_plane_adds() {
    let mut world = World::new();
    let pod = world.create("v1", "Pod", pod("web")).unwrap();
    assert_eq!(pod["metadata"]["creationTimestamp"], "2026-11-22T10:00:00Z");
    assert_eq!(pod["metadata"]["uid"].as_str().unwrap().len(), 36);
    assert_eq!((&pod["status"]["phase"], &pod["status"]["qosClass"]), (&json!("Pending"), &json!("BestEffort")));
    assert_eq!((&pod["spec"]["serviceAccountName"], &pod["spec"]["priority"]), (&json!("default"), &json!(0)));
    let mount = &pod["spec"]["containers"][0]["volumeMounts"][0];
    assert_eq!(mount["mountPath"], "/var/run/secrets/kubernetes.io/serviceaccount");
    assert_eq!(mount["name"], pod["spec"]["volumes"][0]["name"]);
    assert_eq!(pod["spec"]["tolerations"].as_array().unwrap().len(), 2);
    assert_eq!(world.create("v1", "Pod", super::pod("web")).unwrap_err().message, "pods \"web\" already exists");
    let lost = json!({"metadata": {"name": "x", "namespace": "nosuch"}, "spec": {"containers": [{"name": "c", "image": "i"}]}});
    assert_eq!(message(world.create("v1", "Pod", lost)), "namespaces \"nosuch\" not found");
    let generated =
        json!({"metadata": {"generateName": "web-"}, "spec": {"containers": [{"name": "c", "image": "i"}]}});
    let generated = world.create("v1", "Pod", generated).unwrap();
    assert_eq!(generated["metadata"]["name"].as_str().unwrap().len(), 9);
}

#[test]
fn lists_select_by_labels_and_fields_and_come_in_pages() {
    let mut world = World::new();
    for (name, app) in [("a", "x"), ("b", "y"), ("c", "x")] {
        let mut pod = pod(name);
        pod["metadata"]["labels"] = json!({"app": app});
        world.create("v1", "Pod", pod).unwrap();
    }
    let mut list = |query: &str, value: &str| world.ask(&Request::get(PODS).with_query(query, value));
    assert_eq!(names(&list("labelSelector", "app=x").unwrap()), ["a", "c"]);
    assert_eq!(names(&list("labelSelector", "app notin (x)").unwrap()), ["b"]);
    assert_eq!(names(&list("fieldSelector", "metadata.name=b").unwrap()), ["b"]);
    assert_eq!(names(&list("fieldSelector", "status.phase!=Pending").unwrap()), [""; 0]);
    assert_eq!(message(list("fieldSelector", "spec.nope=1")), "field label not supported: spec.nope");
    assert!(message(list("labelSelector", "=")).starts_with("found '='"));
    let first = list("limit", "2").unwrap();
    assert_eq!((names(&first), &first["metadata"]["remainingItemCount"]), (vec!["a".into(), "b".into()], &json!(1)));
    let token = first["metadata"]["continue"].as_str().unwrap().to_owned();
    assert_eq!(names(&list("continue", &token).unwrap()), ["c"]);
    let claims = "/api/v1/namespaces/default/configmaps";
    assert_eq!(
        message(world.ask(&Request::get(claims).with_query("fieldSelector", "data.x=1"))),
        "\"data.x\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
    );
}

#[test]
fn a_watch_tells_what_happens_from_a_revision_on() {
    let mut world = World::new();
    let mut labelled = pod("a");
    labelled["metadata"]["labels"] = json!({"app": "x"});
    world.create("v1", "Pod", labelled).unwrap();
    let request = Request::get(PODS).with_query("watch", "true").with_query("labelSelector", "app=x");
    let Reply::Watch(mut watch) = world.send(&request) else { panic!("a watch") };
    let mut poll = |world: &World| -> Vec<(&'static str, String)> {
        let events = world.server.poll_watch(world.now, &mut watch);
        events
            .iter()
            .map(|event| (event.kind, event.object["metadata"]["name"].as_str().unwrap_or("").to_owned()))
            .collect()
    };
    assert_eq!(poll(&world), [("ADDED", "a".to_owned())]);
    world.patch(&format!("{PODS}/a"), PatchType::Merge, json!({"metadata": {"labels": {"app": "y"}}})).unwrap();
    world.create("v1", "Pod", pod("b")).unwrap();
    assert_eq!(poll(&world), [("DELETED", "a".to_owned())]);
    world.patch(&format!("{PODS}/a"), PatchType::Merge, json!({"metadata": {"labels": {"app": "x"}}})).unwrap();
    world.patch(&format!("{PODS}/a"), PatchType::Merge, json!({"metadata": {"labels": {"b": "c"}}})).unwrap();
    world.delete(&format!("{PODS}/a"), Value::Null).unwrap();
    assert_eq!(poll(&world), [("ADDED", "a".into()), ("MODIFIED", "a".into()), ("DELETED", "a".into())]);
    assert_eq!(poll(&world), []);
    let busy = |world: &mut World, resource: &str| {
        for index in 0..5000 {
            world.server.store.put(crate::ObjectKey::new(resource, "dev", "busy"), Some(json!({"data": index})));
        }
    };
    // However busy another resource is, of Pods nothing was forgotten.
    busy(&mut world, "configmaps");
    assert_eq!(world.server.poll_watch(world.now, &mut watch), []);
    busy(&mut world, "pods");
    let events = world.server.poll_watch(world.now, &mut watch);
    assert_eq!((events[0].kind, &events[0].object["code"]), ("ERROR", &json!(410)));
    assert!(watch.has_ended());
}

#[test]
fn updates_need_the_current_revision_and_the_right_name() {
    let mut world = World::new();
    let map = json!({"metadata": {"name": "m"}, "data": {"a": "1"}});
    let created = (*world.create("v1", "ConfigMap", map).unwrap()).clone();
    let path = "/api/v1/namespaces/default/configmaps/m";
    let mut changed = created.clone();
    changed["data"]["a"] = "2".into();
    let updated = world.put(path, changed.clone()).unwrap();
    assert_ne!(updated["metadata"]["resourceVersion"], created["metadata"]["resourceVersion"]);
    let status = world.put(path, changed).unwrap_err();
    assert_eq!(
        (status.message.as_str(), status.code),
        (
            "Operation cannot be fulfilled on configmaps \"m\": the object has been modified; please apply your changes to \
             the latest version and try again",
            409
        )
    );
    let renamed = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "other"}});
    assert_eq!(
        message(world.put(path, renamed)),
        "the name of the object (other) does not match the name on the URL (m)"
    );
    assert_eq!(message(world.get("/api/v1/namespaces/default/configmaps/x")), "configmaps \"x\" not found");
    let status = world.get("/apis/apps/v1/namespaces/default/deployments/x").unwrap_err();
    assert_eq!(status.message, "deployments.apps \"x\" not found");
}

#[test]
fn status_and_spec_are_written_by_different_doors() {
    let mut world = World::new();
    world.create("v1", "Pod", pod("web")).unwrap();
    let path = format!("{PODS}/web");
    let running = json!({"status": {"phase": "Running"}, "spec": {"nodeName": "x"}});
    let updated = world.patch(&format!("{path}/status"), PatchType::Merge, running).unwrap();
    assert_eq!((&updated["status"]["phase"], updated["spec"].get("nodeName")), (&json!("Running"), None));
    let failed = json!({"status": {"phase": "Failed"}, "metadata": {"labels": {"a": "b"}}});
    let updated = world.patch(&path, PatchType::Merge, failed).unwrap();
    assert_eq!((&updated["status"]["phase"], &updated["metadata"]["labels"]["a"]), (&json!("Running"), &json!("b")));
}

#[test]
fn pods_end_gracefully_and_finalizers_hold() {
    let mut world = World::new();
    let path = format!("{PODS}/web");
    // Nothing runs yet: gone at once.
    world.create("v1", "Pod", pod("web")).unwrap();
    let status = world.delete(&path, Value::Null).unwrap();
    assert_eq!((&status["status"], &status["details"]["kind"]), (&json!("Success"), &json!("pods")));
    world.create("v1", "Pod", pod("web")).unwrap();
    let binding =
        json!({"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "web"}, "target": {"name": "minikube"}});
    world.ask(&Request::new(Method::Post, format!("{path}/binding")).with_body(binding.clone())).unwrap();
    let again = world.ask(&Request::new(Method::Post, format!("{path}/binding")).with_body(binding));
    assert_eq!(
        message(again),
        "Operation cannot be fulfilled on pods/binding \"web\": pod web is already assigned to node \"minikube\""
    );
    let wrong = world.delete(&path, json!({"preconditions": {"uid": "other"}})).unwrap_err();
    assert!(wrong.code == 409 && wrong.message.contains("Precondition failed: UID in precondition: other"));
    let ending = world.delete(&path, Value::Null).unwrap();
    assert_eq!(ending["metadata"]["deletionTimestamp"], "2026-11-22T10:00:30Z");
    assert_eq!(ending["metadata"]["deletionGracePeriodSeconds"], 30);
    let sooner = world.delete(&path, json!({"gracePeriodSeconds": 5})).unwrap();
    assert_eq!(sooner["metadata"]["deletionTimestamp"], "2026-11-22T10:00:05Z");
    world.delete(&path, json!({"gracePeriodSeconds": 0})).unwrap();
    assert!(world.get(&path).is_err());
    let mut held = pod("held");
    held["metadata"]["finalizers"] = json!(["example.com/wait"]);
    world.create("v1", "Pod", held).unwrap();
    let path = format!("{PODS}/held");
    assert!(world.delete(&path, Value::Null).unwrap()["metadata"]["deletionTimestamp"].is_string());
    let more = json!({"metadata": {"finalizers": ["example.com/wait", "example.com/more"]}});
    assert!(message(world.patch(&path, PatchType::Merge, more)).contains("no new finalizers can be added"));
    world.patch(&path, PatchType::Merge, json!({"metadata": {"finalizers": null}})).unwrap();
    assert!(world.get(&path).is_err());
}

#[test]
fn deletion_can_wait_for_dependents_and_whole_lists_can_go() {
    let mut world = World::new();
    let set = json!({"metadata": {"name": "rs"}, "spec": {"selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}}});
    let path = "/apis/apps/v1/namespaces/default/replicasets/rs";
    for (policy, finalizer) in [("Foreground", "foregroundDeletion"), ("Orphan", "orphan")] {
        world.create("apps/v1", "ReplicaSet", set.clone()).unwrap();
        let going = world.delete(path, json!({"propagationPolicy": policy})).unwrap();
        assert_eq!(going["metadata"]["finalizers"], json!([finalizer]));
        world.patch(path, PatchType::Merge, json!({"metadata": {"finalizers": null}})).unwrap();
        assert!(world.get(path).is_err());
    }
    for name in ["a", "b"] {
        world.create("v1", "Pod", pod(name)).unwrap();
    }
    world.delete(PODS, Value::Null).unwrap();
    assert_eq!(names(&world.get(PODS).unwrap()), [""; 0]);
}

#[test]
fn a_namespace_goes_when_its_finalizer_does_and_takes_nothing_new() {
    let mut world = World::new();
    let going = world.delete("/api/v1/namespaces/dev", Value::Null).unwrap();
    assert_eq!(going["status"]["phase"], "Terminating");
    let lost =
        json!({"metadata": {"name": "x", "namespace": "dev"}, "spec": {"containers": [{"name": "c", "image": "i"}]}});
    let status = world.create("v1", "Pod", lost).unwrap_err();
    assert_eq!(
        (status.message.as_str(), status.code),
        ("pods \"x\" is forbidden: unable to create new content in namespace dev because it is being terminated", 403)
    );
    let mut done = (*going).clone();
    done["spec"] = json!({});
    world.put("/api/v1/namespaces/dev/finalize", done).unwrap();
    assert!(world.get("/api/v1/namespaces/dev").is_err());
    let kept = world.delete("/api/v1/namespaces/default", Value::Null);
    assert_eq!(message(kept), "namespaces \"default\" is forbidden: this namespace may not be deleted");
}

#[test]
fn a_dry_run_leaves_no_trace() {
    let mut world = World::new();
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
        "spec": {"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080}]}});
    let revision = world.server.store().revision();
    let request = Request::new(Method::Post, "/api/v1/namespaces/default/services").with_body(service);
    for _ in 0..2 {
        let made = world.ask(&request.clone().with_query("dryRun", "All")).unwrap();
        assert!(made["spec"]["clusterIP"].is_string());
        assert_eq!(made["metadata"].get("resourceVersion"), None);
    }
    assert_eq!(world.server.store().revision(), revision);
    let real = world.ask(&request).unwrap();
    let mut change = Request::new(Method::Patch, "/api/v1/namespaces/default/services/web");
    change.patch = Some(PatchType::Merge);
    let change = change.with_body(json!({"metadata": {"labels": {"a": "b"}}})).with_query("dryRun", "All");
    let changed = world.ask(&change).unwrap();
    assert_eq!(changed["metadata"]["labels"]["a"], "b");
    assert_eq!(changed["metadata"]["resourceVersion"], real["metadata"]["resourceVersion"]);
}

#[test]
fn component_statuses_are_computed() {
    let mut world = World::new();
    let mut request = Request::get("/api/v1/componentstatuses");
    request.as_table = true;
    let table = world.ask(&request).unwrap();
    assert_eq!(table["rows"][1]["cells"], json!(["etcd-0", "Healthy", "ok", ""]));
    assert_eq!(world.get("/api/v1/componentstatuses/scheduler").unwrap()["metadata"]["name"], "scheduler");
    assert!(world.get("/api/v1/componentstatuses/x").is_err());
}

#[test]
fn unknown_fields_warn_when_asked_to() {
    let mut world = World::new();
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "bad"},
        "spec": {"ports": [{"port": 80, "targetport": 80}]}});
    let request = Request::new(Method::Post, "/api/v1/namespaces/default/services").with_body(service);
    let Reply::Json { code, warnings, value } = world.send(&request.with_query("fieldValidation", "Warn")) else {
        panic!("JSON")
    };
    assert_eq!((code, warnings), (201, vec!["unknown field \"spec.ports[0].targetport\"".to_owned()]));
    assert_eq!(value["spec"]["ports"][0].get("targetport"), None);
}

#[test]
fn scale_log_and_exec() {
    let mut world = World::new();
    let deployment = json!({"metadata": {"name": "web"}, "spec": {"selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}}});
    world.create("apps/v1", "Deployment", deployment).unwrap();
    let scale = "/apis/apps/v1/namespaces/default/deployments/web/scale";
    assert_eq!(world.get(scale).unwrap()["spec"]["replicas"], 1);
    let scaled = world.patch(scale, PatchType::Merge, json!({"spec": {"replicas": 4}})).unwrap();
    assert_eq!((&scaled["kind"], &scaled["spec"]["replicas"]), (&json!("Scale"), &json!(4)));
    assert!(world.patch(scale, PatchType::Merge, json!({"spec": {"replicas": -1}})).is_err());
    let two = json!({"metadata": {"name": "two"}, "spec": {"containers": [{"name": "a", "image": "i"}, {"name": "b", "image": "i"}]}});
    world.create("v1", "Pod", two).unwrap();
    let log = format!("{PODS}/two/log");
    assert_eq!(message(world.get(&log)), "a container name must be specified for pod two, choose one of: [a b]");
    assert_eq!(
        message(world.ask(&Request::get(&log).with_query("container", "x"))),
        "container x is not valid for pod two"
    );
    let Reply::Log(nothing) = world.send(&Request::get(&log).with_query("container", "a")) else { panic!("a log") };
    assert_eq!(nothing.id, None);
    let exec = Request::get(format!("{PODS}/two/exec")).with_query("container", "a").with_query("command", "ls");
    assert_eq!(message(world.ask(&exec)), "pod two does not have a host assigned");
    let binding = json!({"target": {"name": "minikube"}});
    world.ask(&Request::new(Method::Post, format!("{PODS}/two/binding")).with_body(binding)).unwrap();
    assert_eq!(
        message(world.ask(&Request::get(&log).with_query("container", "a"))),
        "container \"a\" in pod \"two\" is waiting to start: ContainerCreating"
    );
    let running = json!({"status": {"containerStatuses": [{"name": "a", "image": "i", "imageID": "i", "ready": true,
        "restartCount": 0, "containerID": "docker://4f6", "state": {"running": {}}}]}});
    world.patch(&format!("{PODS}/two/status"), PatchType::Merge, running).unwrap();
    let exec = exec.with_query("command", "-la").with_query("stdout", "true").with_query("tty", "true");
    let Reply::Exec(exec) = world.send(&exec) else { panic!("an exec") };
    assert_eq!(
        (exec.id.as_str(), exec.command.join(" ").as_str(), exec.tty, exec.stdin),
        ("4f6", "ls -la", true, false)
    );
    let exec = Request::get(format!("{PODS}/two/exec")).with_query("container", "b").with_query("command", "ls");
    assert_eq!(
        message(world.ask(&exec)),
        "Internal error occurred: unable to upgrade connection: container not found (\"b\")"
    );
}

#[test]
fn discovery_names_every_resource_once() {
    let mut world = World::new();
    assert_eq!(world.get("/api").unwrap()["versions"], json!(["v1"]));
    let groups = world.get("/apis").unwrap();
    let mut count = world.get("/api/v1").unwrap()["resources"].as_array().unwrap().len();
    for group in groups["groups"].as_array().unwrap() {
        for version in group["versions"].as_array().unwrap() {
            let list = world.get(&format!("/apis/{}", version["groupVersion"].as_str().unwrap())).unwrap();
            count += list["resources"].as_array().unwrap().len();
        }
    }
    let expected: usize = api::resources().iter().map(|resource| 1 + resource.subresources.len()).sum();
    assert_eq!(count, expected);
    assert_eq!(world.get("/version").unwrap()["gitVersion"], "v1.36.2");
    assert_eq!(*world.get("/healthz").unwrap(), "ok");
    assert_eq!(world.get("/nosuch").unwrap_err().code, 404);
}

#[test]
fn events_are_the_same_in_both_their_groups() {
    let mut world = World::new();
    let event = json!({"metadata": {"name": "e"}, "involvedObject": {"kind": "Pod", "name": "web", "namespace": "default"},
        "reason": "Started", "message": "Started container c", "type": "Normal"});
    world.create("v1", "Event", event).unwrap();
    let new = world.get("/apis/events.k8s.io/v1/namespaces/default/events/e").unwrap();
    assert_eq!((&new["note"], &new["regarding"]["name"]), (&json!("Started container c"), &json!("web")));
    let other = json!({"metadata": {"name": "f"}, "regarding": {"kind": "Pod", "name": "web", "namespace": "default"},
        "reason": "x", "note": "y", "type": "Normal", "eventTime": "2026-11-22T10:00:00.000000Z", "action": "z",
        "reportingController": "c", "reportingInstance": "i"});
    world.create("events.k8s.io/v1", "Event", other).unwrap();
    let core = world.get("/api/v1/namespaces/default/events/f").unwrap();
    assert_eq!((&core["message"], &core["reportingComponent"]), (&json!("y"), &json!("c")));
}

#[test]
fn a_stateful_set_may_mount_its_claim_templates() {
    let mut world = World::new();
    let set = |mount: &str| {
        json!({"metadata": {"name": mount}, "spec": {"serviceName": "db", "selector": {"matchLabels": {"app": "db"}},
        "template": {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": [{"name": "pg", "image": "postgres:16",
            "volumeMounts": [{"name": mount, "mountPath": "/d"}]}]}},
        "volumeClaimTemplates": [{"metadata": {"name": "data"},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]}})
    };
    let made = world.create("apps/v1", "StatefulSet", set("data")).unwrap();
    assert_eq!(made["spec"]["template"]["spec"].get("volumes"), None);
    assert!(message(world.create("apps/v1", "StatefulSet", set("other"))).contains("Not found: \"other\""));
}

#[test]
fn questions_are_answered_and_not_stored() {
    let mut world = World::new();
    let revision = world.server.store().revision();
    let review = json!({"spec": {"resourceAttributes": {"verb": "delete", "resource": "pods"}}});
    let answer = world.create("authorization.k8s.io/v1", "SelfSubjectAccessReview", review).unwrap();
    assert_eq!(answer["status"]["allowed"], true);
    assert_eq!(world.server.store().revision(), revision);
    world.create("v1", "Pod", pod("web")).unwrap();
    let binding = json!({"metadata": {"name": "web"}, "target": {"name": "minikube"}});
    world.create("v1", "Binding", binding).unwrap();
    assert_eq!(world.get(&format!("{PODS}/web")).unwrap()["spec"]["nodeName"], "minikube");
}

#[test]
fn a_watch_marks_where_it_is_and_ends_in_time() {
    let mut world = World::new();
    world.create("v1", "Pod", pod("one")).unwrap();
    let watch = |world: &mut World, query: &[(&str, &str)]| {
        let request = query.iter().fold(Request::get(PODS).with_query("watch", "true"), |request, (name, value)| {
            request.with_query(name, *value)
        });
        match world.send(&request) {
            Reply::Watch(watch) => Ok(watch),
            reply => Err(message(reply.json())),
        }
    };
    let refused = watch(&mut world, &[("sendInitialEvents", "true")]).map(|_| ()).unwrap_err();
    assert!(refused.contains("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"), "{refused}");
    let query = [
        ("sendInitialEvents", "true"),
        ("resourceVersionMatch", "NotOlderThan"),
        ("resourceVersion", "0"),
        ("allowWatchBookmarks", "true"),
    ];
    let mut initial = watch(&mut world, &query).unwrap();
    let events = world.server.poll_watch(world.now, &mut initial);
    assert_eq!(events.iter().map(|event| event.kind).collect::<Vec<_>>(), ["ADDED", "BOOKMARK"]);
    assert_eq!(events[1].object["metadata"]["annotations"], json!({"k8s.io/initial-events-end": "true"}));
    let mut marked = watch(&mut world, &[("allowWatchBookmarks", "true"), ("timeoutSeconds", "90")]).unwrap();
    assert_eq!(world.server.poll_watch(world.now, &mut marked).len(), 1);
    let later = world.now + std::time::Duration::from_secs(61);
    let events = world.server.poll_watch(later, &mut marked);
    assert_eq!((events[0].kind, marked.has_ended()), ("BOOKMARK", false));
    assert!(world.server.poll_watch(later, &mut marked).is_empty());
    world.server.poll_watch(world.now + std::time::Duration::from_secs(90), &mut marked);
    assert!(marked.has_ended());
}

#[test]
fn finalizers_have_a_domain_and_namespaces_no_grace() {
    let mut world = World::new();
    let finalizers = |names: Value| json!({"metadata": {"finalizers": names}});
    world.create("v1", "Pod", pod("a")).unwrap();
    let refused = world
        .patch("/api/v1/namespaces/default/pods/a", PatchType::Merge, finalizers(json!(["orphan", "mine"])))
        .unwrap_err();
    assert_eq!(
        refused.message,
        "Pod \"a\" is invalid: metadata.finalizers[1]: Invalid value: \"mine\": name is neither a standard finalizer name nor \
         is it fully qualified"
    );
    world
        .patch("/api/v1/namespaces/default/pods/a", PatchType::Merge, finalizers(json!(["orphan", "example.com/mine"])))
        .unwrap();
    world.ask(&api::Request::new(api::Method::Delete, "/api/v1/namespaces/dev")).unwrap();
    let going = world.get("/api/v1/namespaces/dev").unwrap();
    assert!(going["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(going["metadata"].get("deletionGracePeriodSeconds"), None);
}

#[test]
fn a_new_object_has_the_status_that_its_kind_begins_with() {
    let mut world = World::new();
    for (api_version, kind, object, status) in [
        (
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            json!({"spec": {"maxReplicas": 2, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"}}}),
            json!({"currentMetrics": null, "desiredReplicas": 0}),
        ),
        (
            "policy/v1",
            "PodDisruptionBudget",
            json!({"spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"a": "b"}}}}),
            json!({"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0}),
        ),
        (
            "v1",
            "PersistentVolume",
            json!({"spec": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}, "hostPath": {"path": "/x"}}}),
            json!({"phase": "Pending", "lastPhaseTransitionTime": "2026-11-22T10:00:00Z"}),
        ),
    ] {
        let mut object = object;
        object["metadata"] = json!({"name": "x"});
        assert_eq!(world.create(api_version, kind, object).unwrap()["status"], status, "{kind}");
    }
    world.now = sim::Time::parse_rfc3339("2026-11-22T10:01:00Z").unwrap();
    let path = "/api/v1/persistentvolumes/x/status";
    let changed = world.patch(path, PatchType::Merge, json!({"status": {"phase": "Available"}})).unwrap();
    assert_eq!(changed["status"]["lastPhaseTransitionTime"], "2026-11-22T10:01:00Z");
}
