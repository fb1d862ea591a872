//! Fields that few write, each with what it does.

use api::{Method, Request, path};
use serde_json::{Value, json};
use test_support::{TestCluster, pod};

fn phase(world: &TestCluster, name: &str) -> String {
    path::str(&world.get("pods", name), "status.phase").to_owned()
}

/// A Pod with labels and a specification of its own.
fn labelled(name: &str, labels: Value, spec: Value) -> Value {
    let mut object = pod(name, "nginx:1");
    object["metadata"]["labels"] = labels;
    for (field, value) in spec.as_object().into_iter().flatten() {
        object["spec"][field.as_str()] = value.clone();
    }
    object
}

#[test]
fn keys_of_labels_narrow_what_a_pod_spreads_from_and_keeps_away_from() {
    let mut world = TestCluster::new();
    let spread = |more: Value| {
        // One node of two domains that there should be: a second Pod is one too many.
        let mut constraint = json!({"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "minDomains": 2,
            "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "x"}}});
        more.as_object().into_iter().flatten().for_each(|(name, value)| constraint[name.as_str()] = value.clone());
        json!({"topologySpreadConstraints": [constraint]})
    };
    world.create(labelled("first", json!({"app": "x", "rev": "1"}), json!({})));
    world.create(labelled("even", json!({"app": "x", "rev": "2"}), spread(json!({}))));
    world.create(labelled("by-rev", json!({"app": "x", "rev": "2"}), spread(json!({"matchLabelKeys": ["rev"]}))));
    let away = |field: &str| {
        let mut term = json!({"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "x"}}});
        if !field.is_empty() {
            term[field] = json!(["rev"]);
        }
        json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}})
    };
    world.run(5.0);
    world.delete("pods", "by-rev");
    world.delete("pods", "even");
    world.run(5.0);
    for (name, rev, field, runs) in [
        ("all", "3", "", false),
        ("same-rev", "3", "matchLabelKeys", true),
        ("own-rev", "1", "matchLabelKeys", false),
        ("other-revs", "1", "mismatchLabelKeys", true),
        ("others", "3", "mismatchLabelKeys", false),
    ] {
        world.create(labelled(name, json!({"app": "y", "rev": rev}), away(field)));
        world.run(5.0);
        assert_eq!(phase(&world, name) == "Running", runs, "{name}");
    }
}

#[test]
fn spreading_counts_nodes_by_its_policies() {
    let mut world = TestCluster::new();
    world.create(json!({"apiVersion": "v1", "kind": "Node",
        "metadata": {"name": "other", "labels": {"kubernetes.io/hostname": "other"}},
        "spec": {"taints": [{"key": "gpu", "effect": "NoSchedule"}]}}));
    world.create(labelled("first", json!({"app": "x"}), json!({})));
    world.run(5.0);
    let spread = |more: Value| {
        let mut constraint = json!({"maxSkew": 1, "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "x"}}});
        more.as_object().into_iter().flatten().for_each(|(name, value)| constraint[name.as_str()] = value.clone());
        json!([constraint])
    };
    let here = json!({"kubernetes.io/hostname": "minikube"});
    for (name, policies, selector, runs) in [
        ("counts", json!({}), Value::Null, false),
        ("honors-taints", json!({"nodeTaintsPolicy": "Honor"}), Value::Null, true),
        ("honors-selector", json!({}), here.clone(), true),
        ("ignores-selector", json!({"nodeAffinityPolicy": "Ignore"}), here, false),
    ] {
        let mut object = labelled(name, json!({"app": "x"}), json!({"topologySpreadConstraints": spread(policies)}));
        if !selector.is_null() {
            object["spec"]["nodeSelector"] = selector;
        }
        world.create(object);
        world.run(5.0);
        assert_eq!(phase(&world, name) == "Running", runs, "{name}");
        world.delete("pods", name);
        world.run(5.0);
    }
}

#[test]
fn a_grpc_probe_asks_its_port() {
    let mut world = TestCluster::new();
    let mut object = pod("p", "nginx:1");
    object["spec"]["containers"][0]["readinessProbe"] = json!({"grpc": {"port": 9000}, "periodSeconds": 1});
    world.node.unready = true;
    world.create(object);
    world.run(5.0);
    let ready =
        |world: &TestCluster| path::list(&world.get("pods", "p"), "status.containerStatuses")[0]["ready"] == true;
    assert!(!ready(&world));
    world.node.unready = false;
    world.run(3.0);
    assert!(ready(&world));
}

#[test]
fn the_first_who_attaches_can_be_the_last() {
    let mut world = TestCluster::new();
    let mut object = pod("p", "nginx:1");
    object["spec"]["containers"][0]["stdin"] = true.into();
    object["spec"]["containers"][0]["stdinOnce"] = true.into();
    world.create(object);
    world.run(3.0);
    let (spec, _) = world.node.containers.values().find(|(spec, _)| spec.name == "c").unwrap();
    assert!(spec.stdin && spec.stdin_once);
}

#[test]
fn a_service_answers_at_external_addresses() {
    let mut world = TestCluster::new();
    world.create(labelled("p", json!({"app": "x"}), json!({})));
    world.create(json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"},
        "spec": {"selector": {"app": "x"}, "ports": [{"port": 80}], "externalIPs": ["192.168.49.50"]}}));
    world.run(5.0);
    let rule = world.node.rules.iter().find(|rule| rule.service.starts_with("default/s")).unwrap();
    assert_eq!(rule.external, ["192.168.49.50".parse::<std::net::Ipv4Addr>().unwrap()]);
}

#[test]
fn a_budget_can_let_go_of_what_is_not_healthy() {
    let mut world = TestCluster::new();
    world.node.unready = true;
    let mut object = labelled("p", json!({"app": "x"}), json!({}));
    object["spec"]["containers"][0]["readinessProbe"] = json!({"tcpSocket": {"port": 80}, "periodSeconds": 1});
    world.create(object);
    world.create(json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "x"}}}}));
    world.run(5.0);
    let evict = |world: &mut TestCluster| {
        let eviction = json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "p"}});
        let path = "/api/v1/namespaces/default/pods/p/eviction";
        world.send(&Request::new(Method::Post, path).with_body(eviction)).map_err(|status| status.code)
    };
    assert_eq!(evict(&mut world).err(), Some(429));
    world.patch("poddisruptionbudgets.policy", "b", json!({"spec": {"unhealthyPodEvictionPolicy": "AlwaysAllow"}}));
    world.run(1.0);
    assert!(evict(&mut world).is_ok());
}
