//! Which nodes a Pod fits, and why not.

use api::path;
use apiserver::{Settings, Store};
use component::{Index, View};
use serde_json::{Value, json};
use sim::{Rng, Time};

use super::*;

fn node(name: &str, more: Value) -> Value {
    let mut node = json!({
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, "disk": "ssd"}},
        "status": {"allocatable": {"cpu": "2", "memory": "1Gi", "pods": "2"}},
    });
    merge(&mut node, more);
    node
}

fn pod(more: Value) -> Value {
    let mut pod = json!({
        "metadata": {"name": "p", "namespace": "default"},
        "spec": {"containers": [{"name": "c"}]},
    });
    merge(&mut pod, more);
    pod
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

/// The message of a failure, or the node's name.
fn schedule(objects: &[(&str, Value)], pod: &Value) -> String {
    let mut store = Store::new();
    for (resource, object) in objects {
        let key = ObjectKey::new(resource, path::str(object, "metadata.namespace"), path::str(object, "metadata.name"));
        store.put(key, Some(object.clone()));
    }
    let index = Index::of(&store);
    let settings = Settings::default();
    let mut rng = Rng::new(1);
    let cx =
        Context { view: View::new(&store), index: &index, settings: &settings, now: Time::default(), rng: &mut rng };
    match find(&cx, pod) {
        Ok(node) => path::str(node, "metadata.name").to_owned(),
        Err(failure) => failure.message,
    }
}

fn reason(objects: &[(&str, Value)], pod: &Value) -> String {
    let message = schedule(objects, pod);
    let rest = message.strip_prefix("0/1 nodes are available: ").unwrap_or(&message);
    rest.split(". ").next().unwrap_or_default().trim_end_matches('.').to_owned()
}

#[test]
fn filters_and_their_reasons() {
    let cpu = |cpu: &str| json!({"spec": {"containers": [{"resources": {"requests": {"cpu": cpu}}}]}});
    let taint = json!({"spec": {"taints": [{"key": "k", "value": "v", "effect": "NoSchedule"}]}});
    let tolerates = |toleration: Value| json!({"spec": {"tolerations": [toleration]}});
    let affinity = |operator: &str, values: Value| {
        json!({"spec": {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchExpressions": [{"key": "disk", "operator": operator, "values": values}]}]}}}}})
    };
    for (node_more, pod_more, expected) in [
        (json!({}), json!({}), "n"),
        (json!({}), cpu("2"), "n"),
        (json!({}), cpu("2001m"), "1 Insufficient cpu"),
        (json!({"status": {"allocatable": {"pods": "0"}}}), json!({}), "1 Too many pods"),
        (json!({"status": {"allocatable": {"pods": "0"}}}), cpu("3"), "1 Insufficient cpu, 1 Too many pods"),
        (json!({"spec": {"unschedulable": true}}), json!({}), "1 node(s) were unschedulable"),
        (json!({}), json!({"spec": {"nodeName": "other"}}), "1 node(s) didn't match the requested node name"),
        (json!({}), json!({"spec": {"nodeSelector": {"disk": "ssd"}}}), "n"),
        (
            json!({}),
            json!({"spec": {"nodeSelector": {"disk": "hdd"}}}),
            "1 node(s) didn't match Pod's node affinity/selector",
        ),
        (json!({}), affinity("In", json!(["ssd", "nvme"])), "n"),
        (json!({}), affinity("NotIn", json!(["ssd"])), "1 node(s) didn't match Pod's node affinity/selector"),
        (taint.clone(), json!({}), "1 node(s) had untolerated taint(s)"),
        (taint.clone(), tolerates(json!({"key": "k", "operator": "Exists"})), "n"),
        (taint.clone(), tolerates(json!({"key": "k", "value": "v", "effect": "NoSchedule"})), "n"),
        (taint.clone(), tolerates(json!({"key": "k", "value": "w"})), "1 node(s) had untolerated taint(s)"),
        (taint, tolerates(json!({"operator": "Exists"})), "n"),
        (json!({"spec": {"taints": [{"key": "k", "effect": "PreferNoSchedule"}]}}), json!({}), "n"),
    ] {
        assert_eq!(
            reason(&[("nodes", node("n", node_more.clone()))], &pod(pod_more.clone())),
            expected,
            "{node_more} {pod_more}"
        );
    }
    assert_eq!(schedule(&[], &pod(json!({}))), "no nodes available to schedule pods");
}

#[test]
fn what_runs_already_takes_room_and_ports() {
    let running = |name: &str, more: Value| {
        let mut object =
            pod(json!({"metadata": {"name": name}, "spec": {"nodeName": "n"}, "status": {"phase": "Running"}}));
        merge(&mut object, more);
        ("pods", object)
    };
    let asks = |cpu: &str| json!({"spec": {"containers": [{"resources": {"requests": {"cpu": cpu}}}]}});
    let host_port = json!({"spec": {"containers": [{"ports": [{"containerPort": 80, "hostPort": 8080}]}]}});
    let n = || ("nodes", node("n", json!({})));
    assert_eq!(reason(&[n(), running("a", asks("1500m"))], &pod(asks("600m"))), "1 Insufficient cpu");
    assert_eq!(reason(&[n(), running("a", asks("1500m"))], &pod(asks("500m"))), "n");
    assert_eq!(reason(&[n(), running("a", json!({})), running("b", json!({}))], &pod(json!({}))), "1 Too many pods");
    let ended = running("b", json!({"status": {"phase": "Succeeded"}}));
    assert_eq!(reason(&[n(), running("a", json!({})), ended], &pod(json!({}))), "n");
    assert_eq!(
        reason(&[n(), running("a", host_port.clone())], &pod(host_port)),
        "1 node(s) didn't have free ports for the requested pod ports"
    );
    // The emptier of two nodes is taken.
    assert_eq!(schedule(&[n(), ("nodes", node("z", json!({}))), running("a", asks("1"))], &pod(json!({}))), "z");
    let anti = json!({"metadata": {"labels": {"app": "x"}}, "spec": {"affinity": {"podAntiAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": [
            {"labelSelector": {"matchLabels": {"app": "x"}}, "topologyKey": "kubernetes.io/hostname"}]}}}});
    let other = running("a", json!({"metadata": {"labels": {"app": "x"}}}));
    assert_eq!(reason(&[n(), other], &pod(anti.clone())), "1 node(s) didn't match pod anti-affinity rules");
    assert_eq!(reason(&[n()], &pod(anti.clone())), "n");
    // Those that are there keep others away, too.
    let labelled = pod(json!({"metadata": {"labels": {"app": "x"}}}));
    assert_eq!(
        reason(&[n(), running("a", anti.clone())], &labelled),
        "1 node(s) didn't satisfy existing pods anti-affinity rules"
    );
    assert_eq!(reason(&[n(), running("a", anti.clone())], &pod(json!({}))), "n");
    let mut elsewhere = anti;
    elsewhere["spec"]["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"][0]["topologyKey"] =
        "zone".into();
    assert_eq!(reason(&[n(), running("a", elsewhere)], &labelled), "n", "the node is in no zone");
}

#[test]
fn pods_are_spread_and_devices_counted() {
    let zoned = |name: &str, zone: &str| ("nodes", node(name, json!({"metadata": {"labels": {"zone": zone}}})));
    let spread = |more: Value| {
        let mut one = json!({"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": {"matchLabels": {"app": "x"}}});
        merge(&mut one, more);
        pod(json!({"metadata": {"labels": {"app": "x"}}, "spec": {"topologySpreadConstraints": [one]}}))
    };
    let running = |name: &str, node: &str| {
        let object = pod(json!({"metadata": {"name": name, "labels": {"app": "x"}}, "spec": {"nodeName": node}}));
        ("pods", object)
    };
    let n = || ("nodes", node("n", json!({})));
    assert_eq!(
        reason(&[n()], &spread(json!({}))),
        "1 node(s) didn't match pod topology spread constraints (missing required label)"
    );
    assert_eq!(reason(&[n()], &spread(json!({"whenUnsatisfiable": "ScheduleAnyway"}))), "n");
    assert_eq!(reason(&[zoned("n", "a"), running("p1", "n")], &spread(json!({}))), "n", "the only zone");
    assert_eq!(
        reason(&[zoned("n", "a"), running("p1", "n")], &spread(json!({"minDomains": 2}))),
        "1 node(s) didn't match pod topology spread constraints"
    );
    let two = [zoned("n", "a"), zoned("m", "b"), running("p1", "m")];
    assert_eq!(schedule(&two, &spread(json!({}))), "n", "the other zone has one more");

    let gpu = |count: &str| json!({"spec": {"containers": [{"name": "c", "resources": {"requests": {"nvidia.com/gpu": count}}}]}});
    assert_eq!(reason(&[n()], &pod(gpu("1"))), "1 Insufficient nvidia.com/gpu");
    let with = || ("nodes", node("n", json!({"status": {"capacity": {"nvidia.com/gpu": "2"}}})));
    assert_eq!(reason(&[with()], &pod(gpu("2"))), "n");
    let mut taken = pod(gpu("1"));
    merge(&mut taken, json!({"metadata": {"name": "t"}, "spec": {"nodeName": "n"}}));
    assert_eq!(reason(&[with(), ("pods", taken)], &pod(gpu("2"))), "1 Insufficient nvidia.com/gpu");
}

#[test]
fn claims_decide_too() {
    let uses = pod(json!({"spec": {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}]}}));
    let claim = |more: Value| {
        let mut claim = json!({"metadata": {"name": "c", "namespace": "default"}, "spec": {"storageClassName": "s"}});
        merge(&mut claim, more);
        ("persistentvolumeclaims", claim)
    };
    let class = |mode: &str, provisioner: &str| {
        (
            "storageclasses.storage.k8s.io",
            json!({"metadata": {"name": "s"}, "volumeBindingMode": mode, "provisioner": provisioner}),
        )
    };
    let n = || ("nodes", node("n", json!({})));
    let bound =
        json!({"metadata": {"annotations": {"pv.kubernetes.io/bind-completed": "yes"}}, "spec": {"volumeName": "pv"}});
    let volume = |node: &str| {
        (
            "persistentvolumes",
            json!({"metadata": {"name": "pv"}, "spec": {"nodeAffinity": {"required": {"nodeSelectorTerms": [
            {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}]}]}}}}),
        )
    };
    for (objects, expected) in [
        (vec![n()], "persistentvolumeclaim \"c\" not found"),
        (vec![n(), claim(json!({})), class("Immediate", "x")], "pod has unbound immediate PersistentVolumeClaims"),
        (vec![n(), claim(json!({})), class("WaitForFirstConsumer", "x")], "n"),
        (
            vec![n(), claim(json!({})), class("WaitForFirstConsumer", "kubernetes.io/no-provisioner")],
            "1 node(s) didn't find available persistent volumes to bind",
        ),
        (
            vec![n(), claim(json!({"metadata": {"deletionTimestamp": "2026-11-22T10:25:07Z"}}))],
            "persistentvolumeclaim \"c\" is being deleted",
        ),
        (vec![n(), claim(bound.clone()), volume("n")], "n"),
        (vec![n(), claim(bound.clone()), volume("m")], "1 node(s) didn't match PersistentVolume's node affinity"),
        (vec![n(), claim(bound)], "1 node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"),
    ] {
        assert_eq!(reason(&objects, &uses), expected);
    }
}
