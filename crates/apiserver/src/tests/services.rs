//! Services' addresses and node ports.

use api::PatchType;
use serde_json::{Value, json};

use super::{World, message};

const SERVICE: &str = "/api/v1/namespaces/default/services/web";

fn service(name: &str, spec: Value) -> Value {
    json!({"metadata": {"name": name}, "spec": spec})
}

#[test]
fn a_service_gets_an_address_and_keeps_it() {
    let mut world = World::new();
    let spec = json!({"type": "NodePort", "ports": [{"port": 80, "protocol": "TCP"}], "selector": {"app": "nginx"}});
    let created = world.create("v1", "Service", service("web", spec)).unwrap();
    let spec = &created["spec"];
    let address = spec["clusterIP"].as_str().unwrap().to_owned();
    assert!(address.starts_with("10.") && address.parse::<std::net::Ipv4Addr>().is_ok(), "{address}");
    let port = spec["ports"][0]["nodePort"].as_i64().unwrap();
    assert!((30086..=32767).contains(&port));
    assert_eq!(
        *spec,
        json!({"clusterIP": address, "clusterIPs": [address], "externalTrafficPolicy": "Cluster",
            "internalTrafficPolicy": "Cluster", "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
            "ports": [{"nodePort": port, "port": 80, "protocol": "TCP", "targetPort": 80}], "selector": {"app": "nginx"},
            "sessionAffinity": "None", "type": "NodePort"})
    );
    assert_eq!(created["status"], json!({"loadBalancer": {}}));
    assert_eq!(
        message(world.patch(SERVICE, PatchType::Strategic, json!({"spec": {"clusterIP": "10.96.0.77"}}))),
        "Service \"web\" is invalid: spec.clusterIPs[0]: Invalid value: [\"10.96.0.77\"]: may not change once set"
    );
    let plain = world.patch(SERVICE, PatchType::Strategic, json!({"spec": {"type": "ClusterIP"}})).unwrap();
    assert_eq!((&plain["spec"]["clusterIP"], plain["spec"]["ports"][0].get("nodePort")), (&json!(address), None));
    assert_eq!(plain["spec"].get("externalTrafficPolicy"), None);
    let patch = json!([{"op": "replace", "path": "/spec/type", "value": "NodePort"}]);
    let again = world.patch(SERVICE, PatchType::Json, patch).unwrap();
    assert!(again["spec"]["ports"][0]["nodePort"].as_i64().is_some());
    let external = json!({"spec": {"type": "ExternalName", "externalName": "example.com"}});
    let external = world.patch(SERVICE, PatchType::Strategic, external).unwrap();
    assert_eq!(external["spec"].get("clusterIP"), None);
}

#[test]
fn node_ports_collide_and_come_back() {
    let mut world = World::new();
    let fixed = |port: i64| json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": port}]});
    world.create("v1", "Service", service("web", fixed(30080))).unwrap();
    assert_eq!(
        message(world.create("v1", "Service", service("dup", fixed(30080)))),
        "Service \"dup\" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated"
    );
    assert_eq!(
        message(world.patch(
            SERVICE,
            PatchType::Strategic,
            json!({"spec": {"ports": [{"port": 80, "nodePort": 40000}]}})
        )),
        "Service \"web\" is invalid: spec.ports[0].nodePort: Invalid value: 40000: provided port is not in the valid range. \
         The range of valid ports is 30000-32767"
    );
    // A refused service keeps nothing.
    assert!(world.create("v1", "Service", service("Bad!", fixed(30090))).is_err());
    world.create("v1", "Service", service("other", fixed(30090))).unwrap();
    world.delete(SERVICE, Value::Null).unwrap();
    world.create("v1", "Service", service("dup", fixed(30080))).unwrap();
}

#[test]
fn addresses_are_asked_for_refused_and_given_back() {
    let mut world = World::new();
    let asked = |address: &str| json!({"clusterIP": address, "ports": [{"port": 80}]});
    world.create("v1", "Service", service("web", asked("10.96.0.10"))).unwrap();
    assert_eq!(
        message(world.create("v1", "Service", service("dns", asked("10.96.0.10")))),
        "Service \"dns\" is invalid: spec.clusterIPs: Invalid value: [\"10.96.0.10\"]: failed to allocate IP 10.96.0.10: \
         provided IP is already allocated"
    );
    assert_eq!(
        message(world.create("v1", "Service", service("far", asked("192.168.0.1")))),
        "Service \"far\" is invalid: spec.clusterIPs: Invalid value: [\"192.168.0.1\"]: failed to allocate IP 192.168.0.1: \
         the provided IP (192.168.0.1) is not in the valid range. The range of valid IPs is 10.96.0.0/12"
    );
    world.delete(SERVICE, Value::Null).unwrap();
    world.create("v1", "Service", service("dns", asked("10.96.0.10"))).unwrap();
    let headless = world
        .create(
            "v1",
            "Service",
            service(
                "headless",
                json!({"clusterIP": "None", "selector": {"a": "b"},
        "ports": [{"port": 80}]}),
            ),
        )
        .unwrap();
    assert_eq!(headless["spec"]["clusterIPs"], json!(["None"]));
    let balanced =
        world.create("v1", "Service", service("lb", json!({"type": "LoadBalancer", "ports": [{"port": 80}]}))).unwrap();
    assert_eq!(balanced["spec"]["allocateLoadBalancerNodePorts"], true);
    assert!(balanced["spec"]["ports"][0]["nodePort"].is_i64());
    let local = json!({"spec": {"externalTrafficPolicy": "Local"}});
    let path = "/api/v1/namespaces/default/services/lb";
    let local = world.patch(path, PatchType::Merge, local).unwrap();
    assert!(local["spec"]["healthCheckNodePort"].is_i64());
    let plain = world.patch(path, PatchType::Merge, json!({"spec": {"type": "ClusterIP"}})).unwrap();
    assert_eq!(plain["spec"].get("healthCheckNodePort"), None);
}

#[test]
fn a_write_that_fails_allocates_nothing() {
    let mut world = World::new();
    let spec = |port: i64, affinity: &str| {
        json!({"type": "NodePort", "clusterIP": "10.96.0.99", "sessionAffinity": affinity,
            "ports": [{"port": 80, "nodePort": port}]})
    };
    // Its address and port are there to be had, and allocated before the rest of it is found to be wrong.
    let refused = message(world.create("v1", "Service", service("web", spec(30090, "Sometimes"))));
    assert!(refused.contains("sessionAffinity"), "{refused}");
    world.create("v1", "Service", service("web", spec(30090, "None"))).unwrap();
    let refused = message(world.patch(SERVICE, PatchType::Merge, json!({"spec": spec(30091, "Sometimes")})));
    assert!(refused.contains("sessionAffinity"), "{refused}");
    // The update took the new port and gave back the old one; neither is so.
    let taken = message(world.create(
        "v1",
        "Service",
        service("b", json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": 30090}]})),
    ));
    assert!(taken.ends_with("provided port is already allocated"), "{taken}");
    world
        .create("v1", "Service", service("b", json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": 30091}]})))
        .unwrap();
}
