//! Every way a packet can take in the playground's network, as a table.

use std::net::Ipv4Addr;

use network::{
    AddressPool, DropReason, Filter, HostId, Network, Packet, Peers, Ports, Proto, Rule, Rules, Step, Topology, Trace,
    Verdict, VirtualServer,
};
use sim::Rng;

struct World {
    net: Network,
    rng: Rng,
    laptop: HostId,
    node: HostId,
    pods: Vec<(HostId, Ipv4Addr)>,
}

fn ip(text: &str) -> Ipv4Addr {
    text.parse().unwrap()
}

fn server(name: &str, address: &str, host_port: Option<u16>, endpoints: Vec<(Ipv4Addr, u16)>) -> VirtualServer {
    let address = ip(address);
    VirtualServer {
        name: name.into(),
        address,
        proto: Proto::Tcp,
        port: 80,
        host_port,
        endpoints,
        client_affinity: false,
        external: Vec::new(),
        keeps_source: false,
        of_container: false,
    }
}

/// Two Pods that listen at 80, one that does not; Services `web` (both), `self` (the first), `empty`, `shut` (the third).
fn world(range: &str) -> World {
    let Topology { mut network, laptop, node, bridge, mut pool } = Topology::new(range.parse().unwrap());
    let pods: Vec<_> = (0..3)
        .map(|n| {
            let at = pool.allocate().unwrap();
            (Topology::add_container(&mut network, bridge, &pool, &format!("pod{n}"), at), at)
        })
        .collect();
    for (host, _) in &pods[..2] {
        network.listen(*host, Proto::Tcp, None, 80).unwrap();
    }
    network.listen(node, Proto::Tcp, None, 8443).unwrap();
    network.listen(node, Proto::Tcp, Some(Ipv4Addr::LOCALHOST), 10248).unwrap();
    network.set_servers(
        node,
        vec![
            server("default/web", "10.96.0.10", Some(30080), vec![(pods[0].1, 80), (pods[1].1, 80)]),
            server("default/self", "10.96.0.11", None, vec![(pods[0].1, 80)]),
            server("default/empty", "10.96.0.12", Some(30082), vec![]),
            server("default/shut", "10.96.0.13", Some(30083), vec![(pods[2].1, 80)]),
        ],
    );
    World { net: network, rng: Rng::new(1), laptop, node, pods }
}

impl World {
    fn send(&mut self, from: &str, to: &str, proto: Proto, port: u16) -> Trace {
        let from = match from {
            "laptop" => self.laptop,
            "node" => self.node,
            pod => self.pods[pod.trim_start_matches("pod").parse::<usize>().unwrap()].0,
        };
        let to = match to.strip_prefix("pod").and_then(|n| n.parse::<usize>().ok()) {
            Some(n) => self.pods[n].1,
            None => ip(to),
        };
        self.net.send(&mut self.rng, from, Packet::new(proto, to, port))
    }
}

/// The trace as one line: `laptop:Route(wlan0) …`.
fn hops(trace: &Trace) -> String {
    let hops = trace.hops.iter().map(|hop| {
        let step = match &hop.step {
            Step::OwnAddress { .. } => "own".to_owned(),
            Step::Translate { server, kind, choices, .. } => format!("to {server} ({kind:?}, 1 of {choices})"),
            Step::Reject { server, .. } => format!("reject {server}"),
            Step::Route { destination, via: Some(via) } => format!("{destination} via {via}"),
            Step::Route { destination, via: None } => format!("{destination}"),
            Step::NoRoute => "no route".to_owned(),
            Step::Masquerade { to, reason, .. } => format!("as {to} ({reason:?})"),
            Step::Arp { answer: Some(answer), .. } => format!("arp {answer}"),
            Step::Arp { answer: None, .. } => "arp nobody".to_owned(),
            Step::Arrive { .. } => "in".to_owned(),
            Step::Forward { ttl } => format!("forward {ttl}"),
            Step::NotForwarding => "not forwarding".to_owned(),
            Step::TtlExceeded => "ttl".to_owned(),
            Step::Listener { listener: Some(_), port } => format!("listens {port}"),
            Step::Listener { listener: None, port } => format!("nobody at {port}"),
            Step::Echo => "echo".to_owned(),
            Step::Internet => "internet".to_owned(),
            Step::Filter { inbound, allowed_by, .. } => {
                let way = if *inbound { "in" } else { "out" };
                format!("{way}bound {}", allowed_by.as_deref().unwrap_or("stopped"))
            }
        };
        format!("{}: {step}", hop.name)
    });
    hops.collect::<Vec<_>>().join("; ")
}

fn verdict(trace: &Trace) -> String {
    match &trace.verdict {
        Verdict::Deliver { src, dst, port, .. } => format!("deliver {dst}:{port} from {src}"),
        Verdict::Refuse(_) => "refuse".to_owned(),
        Verdict::Drop(DropReason::Filtered { inbound: true, name, peer, .. }) => format!("{name} does not take {peer}"),
        Verdict::Drop(DropReason::Filtered { name, peer, port, .. }) => format!("{name} does not make {peer}:{port}"),
        Verdict::Drop(_) => "drop".to_owned(),
        Verdict::HostUnreachable { from, target, .. } => format!("unreachable {target} says {from}"),
        Verdict::NetworkUnreachable { .. } => "no network".to_owned(),
        Verdict::TtlExceeded { from } => format!("ttl exceeded at {from}"),
    }
}

#[test]
fn every_way() {
    use Proto::{Icmp, Tcp, Udp};
    let mut failures = Vec::new();
    for (range, from, to, proto, port, expected) in [
        // From outside: a Pod's address is on the laptop's own docker0, where nobody has it …
        ("172.17.0.0/16", "laptop", "pod0", Tcp, 80, "unreachable 172.17.0.2 says 172.17.0.1"),
        ("172.17.0.0/16", "laptop", "pod0", Icmp, 0, "unreachable 172.17.0.2 says 172.17.0.1"),
        // … or, in newer minikubes' range, it is somewhere in the internet.
        ("10.244.0.0/16", "laptop", "pod0", Tcp, 80, "drop"),
        ("10.244.0.0/16", "laptop", "pod0", Icmp, 0, "drop"),
        ("172.17.0.0/16", "laptop", "10.96.0.10", Tcp, 80, "drop"),
        ("172.17.0.0/16", "laptop", "192.168.49.2", Icmp, 0, "deliver 192.168.49.2:0 from 192.168.49.1"),
        ("172.17.0.0/16", "laptop", "192.168.49.2", Tcp, 8443, "deliver 192.168.49.2:8443 from 192.168.49.1"),
        ("172.17.0.0/16", "laptop", "192.168.49.2", Tcp, 10248, "refuse"),
        ("172.17.0.0/16", "laptop", "192.168.49.2", Tcp, 31000, "refuse"),
        ("172.17.0.0/16", "laptop", "192.168.49.2", Tcp, 30080, "deliver pod:80 from 172.17.0.1"),
        ("172.17.0.0/16", "laptop", "192.168.49.2", Udp, 30080, "refuse"),
        ("172.17.0.0/16", "laptop", "192.168.49.2", Tcp, 30082, "refuse"),
        ("172.17.0.0/16", "laptop", "192.168.49.2", Tcp, 30083, "refuse"),
        ("172.17.0.0/16", "laptop", "192.168.49.3", Tcp, 80, "unreachable 192.168.49.3 says 192.168.49.1"),
        ("172.17.0.0/16", "laptop", "172.17.0.1", Icmp, 0, "deliver 172.17.0.1:0 from 172.17.0.1"),
        ("172.17.0.0/16", "laptop", "127.0.0.1", Tcp, 80, "refuse"),
        ("172.17.0.0/16", "laptop", "8.8.8.8", Icmp, 0, "drop"),
        // From the node.
        ("172.17.0.0/16", "node", "pod0", Tcp, 80, "deliver 172.17.0.2:80 from 172.17.0.1"),
        ("172.17.0.0/16", "node", "pod0", Icmp, 0, "deliver 172.17.0.2:0 from 172.17.0.1"),
        ("172.17.0.0/16", "node", "pod2", Tcp, 80, "refuse"),
        ("172.17.0.0/16", "node", "172.17.0.99", Tcp, 80, "unreachable 172.17.0.99 says 172.17.0.1"),
        ("172.17.0.0/16", "node", "10.96.0.10", Tcp, 80, "deliver pod:80 from 172.17.0.1"),
        ("172.17.0.0/16", "node", "10.96.0.10", Tcp, 81, "drop"),
        ("172.17.0.0/16", "node", "10.96.0.10", Icmp, 0, "drop"),
        ("172.17.0.0/16", "node", "10.96.0.12", Tcp, 80, "refuse"),
        ("172.17.0.0/16", "node", "192.168.49.2", Tcp, 30080, "deliver pod:80 from 172.17.0.1"),
        ("172.17.0.0/16", "node", "127.0.0.1", Tcp, 10248, "deliver 127.0.0.1:10248 from 127.0.0.1"),
        ("172.17.0.0/16", "node", "8.8.8.8", Icmp, 0, "drop"),
        ("10.244.0.0/16", "node", "pod0", Tcp, 80, "deliver 10.244.0.2:80 from 10.244.0.1"),
        // From a Pod.
        ("172.17.0.0/16", "pod1", "pod0", Tcp, 80, "deliver 172.17.0.2:80 from 172.17.0.3"),
        ("172.17.0.0/16", "pod1", "10.96.0.11", Tcp, 80, "deliver 172.17.0.2:80 from 172.17.0.3"),
        ("172.17.0.0/16", "pod0", "10.96.0.11", Tcp, 80, "deliver 172.17.0.2:80 from 172.17.0.1"),
        ("172.17.0.0/16", "pod0", "10.96.0.12", Tcp, 80, "refuse"),
        ("172.17.0.0/16", "pod0", "10.96.0.11", Icmp, 0, "drop"),
        ("172.17.0.0/16", "pod0", "127.0.0.1", Tcp, 80, "deliver 127.0.0.1:80 from 127.0.0.1"),
        ("172.17.0.0/16", "pod0", "pod0", Tcp, 80, "deliver 172.17.0.2:80 from 172.17.0.2"),
        ("172.17.0.0/16", "pod0", "192.168.49.2", Tcp, 30080, "deliver pod:80 from 172.17.0.1"),
        ("172.17.0.0/16", "pod0", "192.168.49.1", Icmp, 0, "deliver 192.168.49.1:0 from 192.168.49.2"),
        ("172.17.0.0/16", "pod0", "8.8.8.8", Tcp, 443, "drop"),
    ] {
        let mut world = world(range);
        let trace = world.send(from, to, proto, port);
        let mut got = verdict(&trace);
        if expected.contains("pod:") {
            for (_, address) in &world.pods {
                got = got.replace(&format!("deliver {address}:"), "deliver pod:");
            }
        }
        if got != expected {
            failures
                .push(format!("{range} {from} -> {to} {proto:?} {port}: {got}, not {expected}\n  {}", hops(&trace)));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_reasons_are_recorded_hop_by_hop() {
    for (range, from, to, port, expected) in [
        ("172.17.0.0/16", "laptop", "pod0", 80, "laptop: 172.17.0.0/16; laptop: arp nobody"),
        (
            "10.244.0.0/16",
            "laptop",
            "pod0",
            80,
            "laptop: 0.0.0.0/0 via 192.168.0.1; laptop: arp router; router: in; router: forward 63; \
             router: 0.0.0.0/0 via 203.0.113.1; router: as 203.0.113.7 (LeavesRange); router: internet",
        ),
        (
            "172.17.0.0/16",
            "laptop",
            "192.168.49.2",
            30083,
            "laptop: 192.168.49.0/24; laptop: arp minikube; minikube: in; minikube: to default/shut (HostPort, 1 of 1); \
             minikube: forward 63; minikube: 172.17.0.0/16; minikube: as 172.17.0.1 (FromOutside); minikube: arp pod2; \
             pod2: in; pod2: nobody at 80",
        ),
        (
            "172.17.0.0/16",
            "pod0",
            "10.96.0.11",
            80,
            "pod0: 0.0.0.0/0 via 172.17.0.1; pod0: arp minikube; minikube: in; \
             minikube: to default/self (Virtual, 1 of 1); minikube: forward 63; minikube: 172.17.0.0/16; \
             minikube: as 172.17.0.1 (Hairpin); minikube: arp pod0; pod0: in; pod0: listens 80",
        ),
        (
            "172.17.0.0/16",
            "pod0",
            "10.96.0.12",
            80,
            "pod0: 0.0.0.0/0 via 172.17.0.1; pod0: arp minikube; minikube: in; minikube: reject default/empty",
        ),
        ("172.17.0.0/16", "pod0", "127.0.0.1", 80, "pod0: own; pod0: listens 80"),
    ] {
        let trace = world(range).send(from, to, Proto::Tcp, port);
        assert_eq!(hops(&trace), expected);
    }
}

#[test]
fn a_server_spreads_over_its_endpoints_unless_clients_stick() {
    let mut world = world("172.17.0.0/16");
    let met = |world: &mut World| {
        let mut seen: Vec<_> = (0..32)
            .map(|_| match world.send("node", "10.96.0.10", Proto::Tcp, 80).verdict {
                Verdict::Deliver { dst, .. } => dst,
                other => panic!("{other:?}"),
            })
            .collect();
        seen.sort();
        seen.dedup();
        seen.len()
    };
    assert_eq!(met(&mut world), 2);
    let mut sticky = server("default/web", "10.96.0.10", None, vec![(world.pods[0].1, 80), (world.pods[1].1, 80)]);
    sticky.client_affinity = true;
    world.net.set_servers(world.node, vec![sticky]);
    assert_eq!(met(&mut world), 1);
}

#[test]
fn a_removed_host_answers_no_more_and_a_copy_of_the_network_still_has_it() {
    let mut world = world("172.17.0.0/16");
    let copy = world.net.clone();
    world.net.remove_host(world.pods[0].0);
    assert_eq!(verdict(&world.send("node", "pod0", Proto::Tcp, 80)), "unreachable 172.17.0.2 says 172.17.0.1");
    // A stale endpoint: the node says so to the laptop.
    world
        .net
        .set_servers(world.node, vec![server("default/web", "10.96.0.10", Some(30080), vec![(world.pods[0].1, 80)])]);
    let trace = world.send("laptop", "192.168.49.2", Proto::Tcp, 30080);
    assert_eq!(verdict(&trace), "unreachable 172.17.0.2 says 192.168.49.2");
    world.net = copy;
    assert_eq!(verdict(&world.send("node", "pod0", Proto::Tcp, 80)), "deliver 172.17.0.2:80 from 172.17.0.1");
}

#[test]
fn time_to_live_ends_loops_and_is_reported() {
    let mut world = world("172.17.0.0/16");
    let packet = Packet { proto: Proto::Icmp, dst: ip("8.8.8.8"), port: 0, ttl: 1 };
    let trace = world.net.send(&mut world.rng, world.pods[0].0, packet);
    assert_eq!(verdict(&trace), "ttl exceeded at 172.17.0.1");
    let lost = world.net.send(&mut world.rng, HostId(999), packet);
    assert_eq!(verdict(&lost), "drop");
}

#[test]
fn ports_are_taken_once() {
    let mut world = world("172.17.0.0/16");
    assert!(world.net.listen(world.pods[0].0, Proto::Tcp, None, 80).is_err());
    let other = world.net.listen(world.pods[0].0, Proto::Tcp, None, 81).unwrap();
    world.net.close(world.pods[0].0, other);
    assert!(world.net.listen(world.pods[0].0, Proto::Tcp, None, 81).is_ok());
    let pool = AddressPool::new("172.17.0.0/16".parse().unwrap());
    assert_eq!(pool.gateway(), ip("172.17.0.1"));
}

/// A Service that keeps the source of who comes from outside, with an external address; a port of the node for a container.
#[test]
fn external_addresses_kept_sources_and_containers_ports() {
    let mut world = world("172.17.0.0/16");
    let pod = world.pods[0].1;
    let external = |keeps_source| VirtualServer {
        external: vec![Topology::NODE, ip("10.9.9.9")],
        keeps_source,
        ..server("default/web", "10.96.0.10", Some(30080), vec![(pod, 80)])
    };
    let port = |host_port, address: &str| VirtualServer {
        port: 8080,
        keeps_source: true,
        of_container: true,
        ..server("pod/default/web", address, host_port, vec![(pod, 80)])
    };
    world.net.open_container_port(world.node, port(Some(8080), "0.0.0.0"));
    world.net.open_container_port(world.node, VirtualServer { port: 8081, ..port(None, "127.0.0.1") });
    for (keeps, from, to, at, expected) in [
        (false, "laptop", "192.168.49.2", 80, "deliver 172.17.0.2:80 from 172.17.0.1"),
        (true, "laptop", "192.168.49.2", 80, "deliver 172.17.0.2:80 from 192.168.49.1"),
        (true, "laptop", "192.168.49.2", 30080, "deliver 172.17.0.2:80 from 192.168.49.1"),
        (true, "node", "192.168.49.2", 30080, "deliver 172.17.0.2:80 from 172.17.0.1"),
        (false, "pod1", "10.9.9.9", 80, "deliver 172.17.0.2:80 from 172.17.0.1"),
        (true, "pod1", "10.9.9.9", 80, "deliver 172.17.0.2:80 from 172.17.0.3"),
        (true, "pod1", "10.96.0.10", 80, "deliver 172.17.0.2:80 from 172.17.0.3"),
        (true, "node", "10.9.9.9", 80, "deliver 172.17.0.2:80 from 172.17.0.1"),
        (true, "node", "10.9.9.9", 81, "drop"),
        (true, "laptop", "192.168.49.2", 8080, "deliver 172.17.0.2:80 from 192.168.49.1"),
        (true, "pod1", "192.168.49.2", 8080, "deliver 172.17.0.2:80 from 172.17.0.3"),
        (true, "pod0", "192.168.49.2", 8080, "deliver 172.17.0.2:80 from 172.17.0.1"),
        (true, "node", "127.0.0.1", 8080, "deliver 172.17.0.2:80 from 172.17.0.1"),
        // At one address only.
        (true, "node", "127.0.0.1", 8081, "deliver 172.17.0.2:80 from 172.17.0.1"),
        (true, "laptop", "192.168.49.2", 8081, "refuse"),
    ] {
        world.net.set_servers(world.node, vec![external(keeps)]);
        let trace = world.send(from, to, Proto::Tcp, at);
        assert_eq!(verdict(&trace), expected, "{from} to {to}:{at}, {keeps}: {}", hops(&trace));
    }
    let trace = world.send("laptop", "192.168.49.2", Proto::Tcp, 8080);
    assert!(hops(&trace).contains("minikube: to pod/default/web (ContainerPort, 1 of 1)"), "{}", hops(&trace));
    world.net.close_container_ports(world.node, "pod/default/web");
    assert_eq!(verdict(&world.send("laptop", "192.168.49.2", Proto::Tcp, 8080)), "refuse");
}

/// Rules that let these ranges of addresses through, at these TCP ports; no ports for any.
fn rules(allowed: &[(&str, &[(u16, u16)])]) -> Option<Rules> {
    let rule = |(peers, ports): &(&str, &[(u16, u16)])| Rule {
        policy: "p".into(),
        peers: (!peers.is_empty()).then(|| {
            let ranges = peers.split(',').map(|range| {
                let mut parts = range.split('-').map(|part| part.parse().unwrap());
                Peers { range: parts.next().unwrap(), except: parts.collect() }
            });
            ranges.collect()
        }),
        ports: (!ports.is_empty())
            .then(|| ports.iter().map(|&(first, last)| Ports { proto: Proto::Tcp, first, last }).collect()),
    };
    Some(Rules { policies: ["p".into()].into(), allowed: allowed.iter().map(rule).collect() })
}

#[test]
fn what_filters_let_through() {
    use Proto::{Icmp, Tcp, Udp};
    let closed = || rules(&[]);
    let mut failures = Vec::new();
    // The filter of pod0 (inbound), and of pod1 (outbound).
    for (inbound, outbound, from, to, proto, port, expected) in [
        (None, None, "pod1", "pod0", Tcp, 80, "deliver 172.17.0.2:80 from 172.17.0.3"),
        (closed(), None, "pod1", "pod0", Tcp, 80, "0 does not take 172.17.0.3"),
        (closed(), None, "pod1", "pod0", Tcp, 81, "0 does not take 172.17.0.3"),
        (closed(), None, "pod1", "pod0", Icmp, 0, "0 does not take 172.17.0.3"),
        // After a Service's address became the Pod's.
        (closed(), None, "pod1", "10.96.0.11", Tcp, 80, "0 does not take 172.17.0.3"),
        // The node reaches its Pods, a Pod reaches itself.
        (closed(), None, "node", "pod0", Tcp, 80, "deliver 172.17.0.2:80 from 172.17.0.1"),
        (closed(), None, "node", "10.96.0.11", Tcp, 80, "deliver 172.17.0.2:80 from 172.17.0.1"),
        (closed(), None, "pod0", "pod0", Tcp, 80, "deliver 172.17.0.2:80 from 172.17.0.2"),
        (closed(), None, "pod0", "127.0.0.1", Tcp, 80, "deliver 127.0.0.1:80 from 127.0.0.1"),
        (closed(), None, "pod0", "10.96.0.11", Tcp, 80, "deliver 172.17.0.2:80 from 172.17.0.1"),
        // Who comes from outside is judged by the address it had before the node put its own there.
        (rules(&[("172.17.0.1/32", &[])]), None, "laptop", "192.168.49.2", Tcp, 30081, "0 does not take 192.168.49.1"),
        (
            rules(&[("192.168.49.1/32", &[])]),
            None,
            "laptop",
            "192.168.49.2",
            Tcp,
            30081,
            "deliver 172.17.0.2:80 from 172.17.0.1",
        ),
        (rules(&[("172.17.0.3/32", &[])]), None, "pod1", "pod0", Tcp, 80, "deliver 172.17.0.2:80 from 172.17.0.3"),
        (rules(&[("172.17.0.3/32", &[])]), None, "pod2", "pod0", Tcp, 80, "0 does not take 172.17.0.4"),
        (
            rules(&[("172.17.0.0/16-172.17.0.3/32", &[])]),
            None,
            "pod2",
            "pod0",
            Tcp,
            80,
            "deliver 172.17.0.2:80 from 172.17.0.4",
        ),
        (rules(&[("172.17.0.0/16-172.17.0.3/32", &[])]), None, "pod1", "pod0", Tcp, 80, "0 does not take 172.17.0.3"),
        (rules(&[("", &[(80, 80)])]), None, "pod1", "10.96.0.11", Tcp, 80, "deliver 172.17.0.2:80 from 172.17.0.3"),
        (rules(&[("", &[(81, 90)])]), None, "pod1", "pod0", Tcp, 80, "0 does not take 172.17.0.3"),
        (rules(&[("", &[(70, 90)])]), None, "pod1", "pod0", Tcp, 80, "deliver 172.17.0.2:80 from 172.17.0.3"),
        // What is open and nobody listens at refuses at once; another protocol is not let through.
        (rules(&[("", &[(70, 90)])]), None, "pod1", "pod0", Tcp, 90, "refuse"),
        (rules(&[("", &[(70, 90)])]), None, "pod1", "pod0", Udp, 80, "0 does not take 172.17.0.3"),
        (rules(&[("", &[(70, 90)])]), None, "pod1", "pod0", Icmp, 0, "0 does not take 172.17.0.3"),
        (rules(&[("", &[])]), None, "pod1", "pod0", Icmp, 0, "deliver 172.17.0.2:0 from 172.17.0.3"),
        // The sender's filter, which sees where a Service leads.
        (None, closed(), "pod1", "pod0", Tcp, 80, "1 does not make 172.17.0.2:80"),
        (None, closed(), "pod1", "10.96.0.11", Tcp, 80, "1 does not make 172.17.0.2:80"),
        (None, closed(), "pod1", "8.8.8.8", Tcp, 443, "1 does not make 8.8.8.8:443"),
        (None, closed(), "pod1", "192.168.49.2", Tcp, 8443, "1 does not make 192.168.49.2:8443"),
        (None, closed(), "pod1", "10.96.0.12", Tcp, 80, "refuse"),
        (None, closed(), "pod0", "pod1", Tcp, 80, "deliver 172.17.0.3:80 from 172.17.0.2"),
        (None, rules(&[("10.96.0.11/32", &[])]), "pod1", "10.96.0.11", Tcp, 80, "1 does not make 172.17.0.2:80"),
        (
            None,
            rules(&[("172.17.0.2/32", &[])]),
            "pod1",
            "10.96.0.11",
            Tcp,
            80,
            "deliver 172.17.0.2:80 from 172.17.0.3",
        ),
        (None, rules(&[("0.0.0.0/0-172.17.0.0/16", &[])]), "pod1", "pod0", Tcp, 80, "1 does not make 172.17.0.2:80"),
        (None, rules(&[("0.0.0.0/0-172.17.0.0/16", &[])]), "pod1", "8.8.8.8", Tcp, 443, "drop"),
        // Both ends are asked.
        (closed(), rules(&[("", &[])]), "pod1", "pod0", Tcp, 80, "0 does not take 172.17.0.3"),
        (rules(&[("", &[])]), closed(), "pod1", "pod0", Tcp, 80, "1 does not make 172.17.0.2:80"),
    ] {
        let mut world = world("172.17.0.0/16");
        let pods = [world.pods[0].1, world.pods[1].1];
        let filter = |name: &str, inbound, outbound| Filter { name: name.into(), inbound, outbound };
        let filters = vec![(pods[0], filter("0", inbound, None)), (pods[1], filter("1", None, outbound))];
        world.net.set_filters(Some(filters));
        let mut servers: Vec<VirtualServer> =
            world.net.host(world.node).unwrap().servers.iter().map(|server| (**server).clone()).collect();
        servers.push(server("default/self", "10.96.0.14", Some(30081), vec![(pods[0], 80)]));
        world.net.set_servers(world.node, servers);
        let trace = world.send(from, to, proto, port);
        let got = verdict(&trace);
        if got != expected {
            failures.push(format!("{from} -> {to} {proto:?} {port}: {got}, not {expected}\n  {}", hops(&trace)));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let mut world = world("172.17.0.0/16");
    let filter = Filter { name: "0".into(), inbound: rules(&[("", &[(80, 80)])]), outbound: None };
    world.net.set_filters(Some(vec![(world.pods[0].1, filter)]));
    let trace = world.send("pod1", "pod0", Proto::Tcp, 80);
    assert_eq!(hops(&trace), "pod1: 172.17.0.0/16; pod1: inbound p; pod1: arp pod0; pod0: in; pod0: listens 80");
}
