//! What the cluster's DNS answers, by CoreDNS' `kubernetes` plugin.

use cluster::dns::{Answer, Data, Kind};
use serde_json::{Value, json};
use test_support::{TestCluster, pod};

fn service(name: &str, spec: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec})
}

/// A line a record; `NXDOMAIN` and `NODATA` for those that are none, `-` for a name of others.
fn ask(world: &TestCluster, name: &str, kind: Kind) -> String {
    let Some(Answer { exists, answers, authority, additional }) = world.cluster.look_up(name, kind) else {
        return "-".to_owned();
    };
    assert_eq!(authority.len(), usize::from(answers.is_empty()));
    if answers.is_empty() {
        return if exists { "NODATA" } else { "NXDOMAIN" }.to_owned();
    }
    let text = |record: &cluster::dns::Record| {
        let data = match &record.data {
            Data::Address(address) => format!("A {address}"),
            Data::Alias(name) => format!("CNAME {name}"),
            Data::Pointer(name) => format!("PTR {name}"),
            Data::Server(name) => format!("NS {name}"),
            Data::Text(text) => format!("TXT {text}"),
            Data::Service { weight, port, target } => format!("SRV {weight} {port} {target}"),
            Data::Zone { server, .. } => format!("SOA {server}"),
        };
        format!("{} {data}", record.name.replace(".svc.cluster.local", ".SVC")).replace(".svc.cluster.local", ".SVC")
    };
    answers.iter().chain(&additional).map(text).collect::<Vec<_>>().join("\n")
}

fn world() -> TestCluster {
    let mut world = TestCluster::new();
    for name in ["a", "b"] {
        let mut object = pod(name, "nginx");
        object["metadata"]["labels"] = json!({"app": "web"});
        object["spec"]["hostname"] = if name == "a" { json!("web-0") } else { Value::Null };
        object["spec"]["subdomain"] = if name == "a" { json!("headless") } else { Value::Null };
        world.create(object);
    }
    let ports = json!([{"name": "http", "port": 80}, {"name": "dns", "port": 53, "protocol": "UDP"}]);
    world.create(service("web", json!({"clusterIP": "10.96.1.1", "selector": {"app": "web"}, "ports": ports})));
    world.create(service(
        "headless",
        json!({"clusterIP": "None", "selector": {"app": "web"}, "ports": [{"name": "http", "port": 80}]}),
    ));
    world.create(service("empty", json!({"clusterIP": "None", "selector": {"app": "none"}, "ports": [{"port": 80}]})));
    for (name, target) in [
        ("inner", "web.default.svc.cluster.local"),
        ("twice", "inner.default.svc.cluster.local"),
        ("outer", "db.example.com"),
        ("number", "10.1.2.3"),
        ("gone", "nosuch.default.svc.cluster.local"),
        ("loop", "loop.default.svc.cluster.local"),
    ] {
        world.create(service(name, json!({"type": "ExternalName", "externalName": target})));
    }
    world.run(5.0);
    world
}

#[test]
fn addresses_of_services_and_pods() {
    let world = world();
    for (name, kind, expected) in [
        ("Web.default.svc.cluster.local", Kind::A, "web.default.SVC A 10.96.1.1"),
        ("web.default.svc.cluster.local", Kind::Aaaa, "NODATA"),
        ("web.default.svc.cluster.local", Kind::Txt, "NODATA"),
        ("nosuch.default.svc.cluster.local", Kind::A, "NXDOMAIN"),
        ("nosuch.default.svc.cluster.local", Kind::Aaaa, "NXDOMAIN"),
        ("web.nosuch.svc.cluster.local", Kind::A, "NXDOMAIN"),
        ("default.svc.cluster.local", Kind::A, "NODATA"),
        ("svc.cluster.local", Kind::A, "NODATA"),
        ("cluster.local", Kind::A, "NODATA"),
        ("cluster.local", Kind::Soa, "cluster.local SOA ns.dns.cluster.local"),
        ("web.default", Kind::A, "-"),
        (
            "headless.default.svc.cluster.local",
            Kind::A,
            "headless.default.SVC A 172.17.0.3\nheadless.default.SVC A 172.17.0.4",
        ),
        ("web-0.headless.default.svc.cluster.local", Kind::A, "web-0.headless.default.SVC A 172.17.0.3"),
        ("172-17-0-4.headless.default.svc.cluster.local", Kind::A, "172-17-0-4.headless.default.SVC A 172.17.0.4"),
        ("172-17-0-3.web.default.svc.cluster.local", Kind::A, "172-17-0-3.web.default.SVC A 172.17.0.3"),
        ("empty.default.svc.cluster.local", Kind::A, "NXDOMAIN"),
        ("172-17-0-9.default.pod.cluster.local", Kind::A, "172-17-0-9.default.pod.cluster.local A 172.17.0.9"),
        ("172-17-0-9.nosuch.pod.cluster.local", Kind::A, "NXDOMAIN"),
        ("web.default.pod.cluster.local", Kind::A, "NXDOMAIN"),
    ] {
        assert_eq!(ask(&world, name, kind), expected, "{name} {kind:?}");
    }
}

#[test]
fn ports_and_reverse_names() {
    let world = world();
    for (name, kind, expected) in [
        (
            "_http._tcp.web.default.svc.cluster.local",
            Kind::Srv,
            "_http._tcp.web.default.SVC SRV 100 80 web.default.SVC\nweb.default.SVC A 10.96.1.1",
        ),
        (
            "_dns._udp.web.default.svc.cluster.local",
            Kind::Srv,
            "_dns._udp.web.default.SVC SRV 100 53 web.default.SVC\nweb.default.SVC A 10.96.1.1",
        ),
        ("_dns._tcp.web.default.svc.cluster.local", Kind::Srv, "NXDOMAIN"),
        (
            "_http._tcp.headless.default.svc.cluster.local",
            Kind::Srv,
            "_http._tcp.headless.default.SVC SRV 50 80 web-0.headless.default.SVC\n_http._tcp.headless.default.SVC SRV 50 80 \
             172-17-0-4.headless.default.SVC\nweb-0.headless.default.SVC A 172.17.0.3\n172-17-0-4.headless.default.SVC A 172.17.0.4",
        ),
        (
            "web.default.svc.cluster.local",
            Kind::Srv,
            "web.default.SVC SRV 50 80 web.default.SVC\nweb.default.SVC SRV 50 53 web.default.SVC\nweb.default.SVC A 10.96.1.1",
        ),
        ("10.0.96.10.in-addr.arpa", Kind::Ptr, "10.0.96.10.in-addr.arpa PTR kube-dns.kube-system.SVC"),
        (
            "3.0.17.172.in-addr.arpa",
            Kind::Ptr,
            "3.0.17.172.in-addr.arpa PTR web-0.headless.default.SVC\n3.0.17.172.in-addr.arpa PTR 172-17-0-3.web.default.SVC",
        ),
        ("9.9.9.9.in-addr.arpa", Kind::Ptr, "-"),
    ] {
        assert_eq!(ask(&world, name, kind), expected, "{name} {kind:?}");
    }
}

#[test]
fn external_names_are_followed_within_the_cluster() {
    let world = world();
    let chain = "inner.default.SVC CNAME web.default.SVC\nweb.default.SVC A 10.96.1.1";
    for (name, kind, expected) in [
        ("inner", Kind::A, chain),
        ("twice", Kind::A, &format!("twice.default.SVC CNAME inner.default.SVC\n{chain}") as &str),
        ("inner", Kind::Cname, "inner.default.SVC CNAME web.default.SVC"),
        ("inner", Kind::Aaaa, "NODATA"),
        ("inner", Kind::Srv, "NODATA"),
        ("web", Kind::Cname, "NODATA"),
        ("outer", Kind::A, "outer.default.SVC CNAME db.example.com"),
        ("gone", Kind::A, "gone.default.SVC CNAME nosuch.default.SVC"),
        ("loop", Kind::A, "NODATA"),
        // An address is no name to stand for.
        ("number", Kind::A, "NXDOMAIN"),
        ("number", Kind::Cname, "NXDOMAIN"),
    ] {
        assert_eq!(ask(&world, &format!("{name}.default.svc.cluster.local"), kind), expected, "{name} {kind:?}");
    }
}
