//! Following a packet.

use std::net::Ipv4Addr;
use std::rc::Rc;

use sim::Rng;

use crate::nat::{self, Translation};
use crate::network::{Host, HostId, LinkKind, Network, Proto};
use crate::trace::{AddressKind, DropReason, Hop, MasqueradeReason, RefuseReason, Step, Trace, Verdict};

/// A packet to send. For TCP, the connection's first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Packet {
    /// The protocol.
    pub proto: Proto,
    /// Where to.
    pub dst: Ipv4Addr,
    /// Which port; 0 for ICMP.
    pub port: u16,
    /// How often it may be forwarded.
    pub ttl: u8,
}

impl Packet {
    /// A packet with Linux's usual time to live, 64.
    pub fn new(proto: Proto, dst: Ipv4Addr, port: u16) -> Self {
        Packet { proto, dst, port, ttl: 64 }
    }
}

/// The packet on its way: what was rewritten so far.
struct Flight {
    src: Ipv4Addr,
    dst: Ipv4Addr,
    port: u16,
    proto: Proto,
    ttl: u8,
    hops: Vec<Hop>,
    /// The sender's filter is still to be asked.
    leaves: bool,
}

impl Flight {
    fn hop(&mut self, id: HostId, host: &Host, interface: &str, step: Step) {
        self.hops.push(Hop { host: id, name: host.name.clone(), interface: interface.into(), step });
    }
}

/// No way in the playground is longer; more is a loop.
const MOST_HOSTS: usize = 32;

impl Network {
    /// Sends a packet and follows it to its end. The network changes only where a rule remembers a client's endpoint; the
    /// answer's way back is not followed (it takes the same way, as connection tracking makes it).
    pub fn send(&mut self, rng: &mut Rng, from: HostId, packet: Packet) -> Trace {
        let source = self.source_for(from, packet.dst);
        let mut flight = Flight {
            src: source,
            dst: packet.dst,
            port: packet.port,
            proto: packet.proto,
            ttl: packet.ttl,
            hops: Vec::new(),
            leaves: self.filters(),
        };
        let verdict = self.follow(rng, from, &mut flight);
        Trace { from, source, to: packet.dst, port: packet.port, proto: packet.proto, hops: flight.hops, verdict }
    }

    /// The address a host sends from: that of the interface it leaves by.
    fn source_for(&self, from: HostId, dst: Ipv4Addr) -> Ipv4Addr {
        let Some(host) = self.hosts.get(&from) else { return Ipv4Addr::UNSPECIFIED };
        if host.has_address(dst) {
            return dst;
        }
        let interface = host.route(dst).and_then(|route| host.interface(&route.interface));
        interface.map_or(Ipv4Addr::UNSPECIFIED, |interface| interface.address.addr())
    }

    fn follow(&mut self, rng: &mut Rng, from: HostId, flight: &mut Flight) -> Verdict {
        let mut at = from;
        let mut came_in: Option<Rc<str>> = None; // the interface it arrived by; none where it starts
        for _ in 0..MOST_HOSTS {
            let Some(shared) = self.hosts.get_mut(&at) else { return Verdict::Drop(DropReason::NoSender) };
            let mut masquerade = None;
            if shared.translates() {
                let host = Rc::make_mut(shared);
                match nat::translate(host, rng, flight.src, flight.dst, flight.proto, flight.port) {
                    Some(Translation::NoEndpoints { server, kind }) => {
                        let name = server.name.clone();
                        flight.hop(at, host, "", Step::Reject { server: name.clone(), kind });
                        return Verdict::Refuse(RefuseReason::NoEndpoints { server: name });
                    }
                    Some(Translation::To { server, kind, endpoint }) => {
                        let from = (flight.dst, flight.port);
                        let choices = server.endpoints.len();
                        let step = Step::Translate { server: server.name.clone(), kind, from, to: endpoint, choices };
                        flight.hop(at, host, "", step);
                        (flight.dst, flight.port) = endpoint;
                        let inside = host.masquerade.iter().any(|range| range.contains(&flight.src));
                        let from_outside = match kind {
                            AddressKind::Virtual => !inside,
                            AddressKind::ContainerPort => flight.src.is_loopback(),
                            AddressKind::HostPort | AddressKind::External if server.keeps_source => {
                                host.has_address(flight.src)
                            }
                            AddressKind::HostPort | AddressKind::External => true,
                        };
                        if flight.src == endpoint.0 && !host.has_address(endpoint.0) {
                            masquerade = Some(MasqueradeReason::Hairpin);
                        } else if from_outside {
                            masquerade = Some(MasqueradeReason::FromOutside);
                        }
                    }
                    None => {}
                }
            }
            let host = shared.clone();
            if came_in.is_some()
                && let Some(dropped) = self.leave(at, &host, flight)
            {
                return dropped;
            }
            if host.has_address(flight.dst) {
                return deliver(at, &host, came_in.as_deref(), flight);
            }
            if came_in.is_some() {
                if !host.forwarding {
                    flight.hop(at, &host, "", Step::NotForwarding);
                    return Verdict::Drop(DropReason::NotForwarding { host: at });
                }
                flight.ttl = flight.ttl.saturating_sub(1);
                if flight.ttl == 0 {
                    flight.hop(at, &host, "", Step::TtlExceeded);
                    let interface = came_in.as_deref().and_then(|name| host.interface(name));
                    let from = interface.map_or(Ipv4Addr::UNSPECIFIED, |interface| interface.address.addr());
                    return Verdict::TtlExceeded { from };
                }
                let ttl = flight.ttl;
                flight.hop(at, &host, "", Step::Forward { ttl });
            }
            let Some(route) = host.route(flight.dst) else {
                flight.hop(at, &host, "", Step::NoRoute);
                return Verdict::NetworkUnreachable { host: at };
            };
            let name = route.interface.clone();
            let via = route.via;
            flight.hop(at, &host, &name, Step::Route { destination: route.destination, via });
            // A router may still rewrite where it goes; without one this is where it goes.
            if via.is_none()
                && let Some(dropped) = self.leave(at, &host, flight).or_else(|| self.enter(at, from, &host, flight))
            {
                return dropped;
            }
            let Some(interface) = host.interface(&name) else { return Verdict::NetworkUnreachable { host: at } };
            let Some((link_id, link)) = interface.link.and_then(|id| self.links.get(&id).map(|link| (id, link))) else {
                return Verdict::NetworkUnreachable { host: at };
            };
            let own = interface.address.addr();
            let private = host
                .masquerade
                .iter()
                .any(|range| range.contains(&flight.src) && !range.contains(&flight.dst) && !range.contains(&own));
            if masquerade.is_none() && private && !host.has_address(flight.src) {
                masquerade = Some(MasqueradeReason::LeavesRange);
            }
            if let Some(reason) = masquerade
                && flight.src != own
            {
                flight.hop(at, &host, &name, Step::Masquerade { from: flight.src, to: own, reason });
                flight.src = own;
            }
            if link.kind == LinkKind::Internet {
                flight.hop(at, &host, &name, Step::Internet);
                return Verdict::Drop(DropReason::Internet);
            }
            let target = via.unwrap_or(flight.dst);
            let neighbour = link.neighbours.get(&target).and_then(|id| Some((*id, self.hosts.get(id)?.clone())));
            let answer = neighbour.as_ref().map(|(_, host)| host.name.clone());
            flight.hop(at, &host, &name, Step::Arp { target, link: link.name.clone(), answer });
            let Some((next_id, next)) = neighbour else {
                // An ICMP error goes back by the interface the packet came in by; at home it is the outgoing one's address.
                let back = came_in.as_deref().and_then(|name| host.interface(name)).unwrap_or(interface);
                return Verdict::HostUnreachable { host: at, from: back.address.addr(), target };
            };
            let arrived = next.interfaces.iter().find(|interface| interface.link == Some(link_id));
            let arrived: Rc<str> = arrived.map_or_else(|| "".into(), |interface| interface.name.clone());
            flight.hop(next_id, &next, &arrived, Step::Arrive { link: link.name.clone() });
            came_in = Some(arrived);
            at = next_id;
        }
        Verdict::Drop(DropReason::Loop)
    }

    /// Asks the filter of the packet's sender, once: what it drops ends here.
    fn leave(&self, at: HostId, host: &Host, flight: &mut Flight) -> Option<Verdict> {
        if !std::mem::take(&mut flight.leaves) {
            return None;
        }
        self.judge(false, (flight.src, flight.dst), at, host, flight)
    }

    /// Asks the filter of the packet's receiver. A machine that passes packets on for others reaches those behind it itself.
    fn enter(&self, at: HostId, from: HostId, host: &Host, flight: &mut Flight) -> Option<Verdict> {
        if at == from && host.forwarding {
            return None;
        }
        self.judge(true, (flight.dst, flight.src), at, host, flight)
    }

    /// What the filter of an address says of a packet from or to another. Nobody is kept from itself.
    fn judge(
        &self,
        inbound: bool,
        (of, peer): (Ipv4Addr, Ipv4Addr),
        at: HostId,
        host: &Host,
        flight: &mut Flight,
    ) -> Option<Verdict> {
        let filter = self.filter(of)?;
        let rules = if inbound { &filter.inbound } else { &filter.outbound };
        let rules = rules.as_ref().filter(|_| of != peer)?;
        let (port, policies) = (flight.port, rules.policies.clone());
        let allowed_by = rules.allow(peer, flight.proto, port).cloned();
        let dropped = allowed_by.is_none();
        flight.hop(at, host, "", Step::Filter { inbound, allowed_by, policies: policies.clone() });
        let name = filter.name.clone();
        dropped.then_some(Verdict::Drop(DropReason::Filtered { inbound, name, of, peer, port, policies }))
    }
}

fn deliver(at: HostId, host: &Host, came_in: Option<&str>, flight: &mut Flight) -> Verdict {
    if came_in.is_none() {
        flight.hop(at, host, "lo", Step::OwnAddress { address: flight.dst });
    }
    let interface = came_in.unwrap_or("lo");
    let (src, dst, port) = (flight.src, flight.dst, flight.port);
    if flight.proto == Proto::Icmp {
        flight.hop(at, host, interface, Step::Echo);
        return Verdict::Deliver { host: at, listener: None, src, dst, port };
    }
    let listener = host.listener(flight.proto, dst, port);
    flight.hop(at, host, interface, Step::Listener { port, listener });
    match listener {
        Some(_) => Verdict::Deliver { host: at, listener, src, dst, port },
        None => Verdict::Refuse(RefuseReason::NothingListens { host: at, port }),
    }
}
