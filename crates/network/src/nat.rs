//! Virtual servers: destination NAT as kube-proxy's iptables mode programs it.

use std::net::Ipv4Addr;
use std::rc::Rc;

use sim::Rng;

use crate::network::{Host, Proto};
use crate::trace::AddressKind;

/// One port of an address that no interface has: what is sent there goes to one of the endpoints, chosen by chance.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VirtualServer {
    /// What it is called in a trace: `default/my-nginx`.
    pub name: Rc<str>,
    /// The virtual address.
    pub address: Ipv4Addr,
    /// TCP or UDP.
    pub proto: Proto,
    /// The port at the virtual address.
    pub port: u16,
    /// The port at every address of the host itself, if any.
    pub host_port: Option<u16>,
    /// Further addresses whose `port` is answered, for whoever comes by this host.
    pub external: Vec<Ipv4Addr>,
    /// Who comes from outside is not masqueraded, unless by the virtual address itself.
    pub keeps_source: bool,
    /// It stands for a container's own port, not for several alike.
    pub of_container: bool,
    /// Where packets go. None: the host rejects, so that a client sees "Connection refused" at once.
    pub endpoints: Vec<(Ipv4Addr, u16)>,
    /// Whether a client always meets the same endpoint.
    pub client_affinity: bool,
}

/// What a host's rules say of a packet.
pub(crate) enum Translation {
    To { server: Rc<VirtualServer>, kind: AddressKind, endpoint: (Ipv4Addr, u16) },
    NoEndpoints { server: Rc<VirtualServer>, kind: AddressKind },
}

/// Looks the destination up in the host's rules. An established affinity is kept while its endpoint lives.
pub(crate) fn translate(
    host: &mut Host,
    rng: &mut Rng,
    src: Ipv4Addr,
    dst: Ipv4Addr,
    proto: Proto,
    port: u16,
) -> Option<Translation> {
    if !host.translates() || proto == Proto::Icmp {
        return None;
    }
    let own = host.has_address(dst);
    let (server, kind) = host.servers.iter().chain(&host.container_ports).find_map(|server| {
        let kind = if server.proto != proto {
            return None;
        } else if server.address == dst && server.port == port {
            AddressKind::Virtual
        } else if own && server.host_port == Some(port) {
            AddressKind::HostPort
        } else if server.port == port && server.external.contains(&dst) {
            AddressKind::External
        } else {
            return None;
        };
        Some((server.clone(), if server.of_container { AddressKind::ContainerPort } else { kind }))
    })?;
    let remembered = (src, server.address, server.port);
    let kept = host.affinity.get(&remembered).copied();
    let endpoint = match kept.filter(|kept| server.client_affinity && server.endpoints.contains(kept)) {
        Some(kept) => kept,
        None if server.endpoints.is_empty() => return Some(Translation::NoEndpoints { server, kind }),
        None => server.endpoints[rng.below(server.endpoints.len() as u64) as usize],
    };
    if server.client_affinity {
        host.affinity.insert(remembered, endpoint);
    }
    Some(Translation::To { server, kind, endpoint })
}
