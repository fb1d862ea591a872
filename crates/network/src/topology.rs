//! The network the playground starts with: a computer with Docker on it, and a node in one of Docker's networks.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::network::{HostId, LinkId, LinkKind, Network, net};
use crate::pool::AddressPool;

/// A computer ("laptop") on a home network, and a machine ("minikube") inside it as minikube's docker driver makes one:
///
/// - the laptop: `wlan0` 192.168.0.10/24 with the router 192.168.0.1 as default, `br-minikube` 192.168.49.1/24 to the node,
///   and a `docker0` 172.17.0.1/16 of its own, with nothing else on it;
/// - the node: `eth0` 192.168.49.2/24 with the laptop as default, and the bridge its containers are on.
#[derive(Clone, Debug)]
pub struct Topology {
    /// The hosts and links.
    pub network: Network,
    /// The outside computer.
    pub laptop: HostId,
    /// The node.
    pub node: HostId,
    /// The bridge inside the node.
    pub bridge: LinkId,
    /// The containers' addresses.
    pub pool: AddressPool,
}

impl Topology {
    /// The laptop's address on the node's network.
    pub const LAPTOP: Ipv4Addr = Ipv4Addr::new(192, 168, 49, 1);
    /// The node's address.
    pub const NODE: Ipv4Addr = Ipv4Addr::new(192, 168, 49, 2);
    /// The home network's router.
    pub const ROUTER: Ipv4Addr = Ipv4Addr::new(192, 168, 0, 1);

    /// The network with nothing running on it; containers will be on `range`.
    pub fn new(range: Ipv4Net) -> Self {
        let default = net([0, 0, 0, 0], 0);
        let mut network = Network::new();
        let internet = network.add_link("internet", LinkKind::Internet);
        let home = network.add_link("home", LinkKind::Segment);
        let minikube = network.add_link("minikube", LinkKind::Segment);
        let empty = network.add_link("docker0", LinkKind::Segment);
        let bridge = network.add_link("pods", LinkKind::Segment);

        let router = network.add_host("router");
        network.add_interface(router, "lan0", home, net([192, 168, 0, 1], 24));
        network.add_interface(router, "wan0", internet, net([203, 0, 113, 7], 24));
        network.add_route(router, default, Ipv4Addr::new(203, 0, 113, 1), "wan0");

        let laptop = network.add_host("laptop");
        network.add_interface(laptop, "wlan0", home, net([192, 168, 0, 10], 24));
        network.add_interface(laptop, "docker0", empty, net([172, 17, 0, 1], 16));
        network.add_interface(laptop, "br-minikube", minikube, net([192, 168, 49, 1], 24));
        network.add_route(laptop, default, Self::ROUTER, "wlan0");

        let pool = AddressPool::new(range);
        let node = network.add_host("minikube");
        network.add_interface(node, "eth0", minikube, net([192, 168, 49, 2], 24));
        network.add_interface(node, "docker0", bridge, Ipv4Net::new_assert(pool.gateway(), range.prefix_len()));
        network.add_route(node, default, Self::LAPTOP, "eth0");

        for (host, masquerade) in
            [(router, vec![net([192, 168, 0, 0], 24)]), (laptop, vec![net([192, 168, 49, 0], 24)]), (node, vec![range])]
        {
            if let Some(host) = network.host_mut(host) {
                host.forwarding = true;
                host.masquerade = masquerade;
            }
        }
        Topology { network, laptop, node, bridge, pool }
    }

    /// Adds a container's host to a network of this shape: `eth0` on the bridge, the node as default route.
    pub fn add_container(
        network: &mut Network,
        bridge: LinkId,
        pool: &AddressPool,
        name: &str,
        at: Ipv4Addr,
    ) -> HostId {
        let host = network.add_host(name);
        network.add_interface(host, "eth0", bridge, Ipv4Net::new_assert(at, pool.range().prefix_len()));
        network.add_route(host, net([0, 0, 0, 0], 0), pool.gateway(), "eth0");
        host
    }
}
