//! What happened to a packet, as data.

use std::net::Ipv4Addr;
use std::rc::Rc;

use ipnet::Ipv4Net;

use crate::network::{HostId, ListenerId, Proto};

/// The way of one packet: its hops with their reasons, and how it ended.
#[derive(Clone, PartialEq, Debug)]
pub struct Trace {
    /// The host that sent it.
    pub from: HostId,
    /// The source address it was sent with.
    pub source: Ipv4Addr,
    /// The address it was sent to.
    pub to: Ipv4Addr,
    /// The port it was sent to; 0 for ICMP.
    pub port: u16,
    /// The protocol.
    pub proto: Proto,
    /// What happened, in order.
    pub hops: Vec<Hop>,
    /// How it ended.
    pub verdict: Verdict,
}

impl Trace {
    /// How many links the packet crossed: what its travel time is reckoned from.
    pub fn links_crossed(&self) -> usize {
        self.hops.iter().filter(|hop| matches!(hop.step, Step::Arrive { .. })).count()
    }

    /// How often it was forwarded: what the TTL of an answer to it is reckoned from.
    pub fn forwards(&self) -> usize {
        self.hops.iter().filter(|hop| matches!(hop.step, Step::Forward { .. })).count()
    }

    /// Whether it arrived.
    pub fn delivered(&self) -> bool {
        matches!(self.verdict, Verdict::Deliver { .. })
    }
}

/// One thing that happened to a packet on a host.
#[derive(Clone, PartialEq, Debug)]
pub struct Hop {
    /// The host.
    pub host: HostId,
    /// The host's name.
    pub name: Rc<str>,
    /// The interface concerned; empty where none is.
    pub interface: Rc<str>,
    /// What happened, and why.
    pub step: Step,
}

/// What happened at a [`Hop`].
#[derive(Clone, PartialEq, Debug)]
pub enum Step {
    /// The host has the address itself: nothing leaves it.
    OwnAddress {
        /// The address.
        address: Ipv4Addr,
    },
    /// A rule of the host rewrote the destination.
    Translate {
        /// The [`crate::VirtualServer`]'s name.
        server: Rc<str>,
        /// Which of its addresses was meant.
        kind: AddressKind,
        /// The destination before.
        from: (Ipv4Addr, u16),
        /// The destination after: the endpoint that chance chose.
        to: (Ipv4Addr, u16),
        /// Of how many endpoints.
        choices: usize,
    },
    /// A rule of the host turned the packet away: the server has no endpoint.
    Reject {
        /// The [`crate::VirtualServer`]'s name.
        server: Rc<str>,
        /// Which of its addresses was meant.
        kind: AddressKind,
    },
    /// The most specific route that fits.
    Route {
        /// What the route is for; `0.0.0.0/0` is the default route.
        destination: Ipv4Net,
        /// The next router; `None` when the destination is on the link.
        via: Option<Ipv4Addr>,
    },
    /// No route fits.
    NoRoute,
    /// The source was rewritten to the host's own address.
    Masquerade {
        /// The source before.
        from: Ipv4Addr,
        /// The source after.
        to: Ipv4Addr,
        /// Why.
        reason: MasqueradeReason,
    },
    /// "Who has this address?" was asked on the link, and answered.
    Arp {
        /// The address.
        target: Ipv4Addr,
        /// The link.
        link: Rc<str>,
        /// Who has it; `None`: nobody answered.
        answer: Option<Rc<str>>,
    },
    /// The packet came in from a link.
    Arrive {
        /// The link.
        link: Rc<str>,
    },
    /// The filter of the packet's sender or receiver was asked.
    Filter {
        /// Whether the receiver's; else the sender's.
        inbound: bool,
        /// The policy that lets the packet through; `None`: it is dropped.
        allowed_by: Option<Rc<str>>,
        /// The policies that closed this direction.
        policies: Rc<[Rc<str>]>,
    },
    /// The host passes it on.
    Forward {
        /// The time to live that is left.
        ttl: u8,
    },
    /// It is for another address, and this host passes nothing on.
    NotForwarding,
    /// Its time to live ended here.
    TtlExceeded,
    /// The host looked for a listener at the port.
    Listener {
        /// The port.
        port: u16,
        /// The listener, if there is one.
        listener: Option<ListenerId>,
    },
    /// The host answers the echo request.
    Echo,
    /// The packet left what is simulated.
    Internet,
}

/// Which address of a virtual server a packet was for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AddressKind {
    /// The virtual address (a ClusterIP).
    Virtual,
    /// A port of the host's own addresses (a node port).
    HostPort,
    /// An address beside that one, which comes to this host from elsewhere (an external IP).
    External,
    /// A port that the host opens for one container.
    ContainerPort,
}

/// Why a source address was rewritten.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MasqueradeReason {
    /// The answer must come back by this host: the destination was rewritten for a client outside the containers' range,
    /// or it came in by a port of the host.
    FromOutside,
    /// The endpoint is the client itself: it must not see its own address as the source.
    Hairpin,
    /// The source's range is private to this host, and the packet leaves it.
    LeavesRange,
}

/// How a packet ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It arrived.
    Deliver {
        /// The host that has it.
        host: HostId,
        /// Who listens; `None` for an echo request, which the host answers itself.
        listener: Option<ListenerId>,
        /// The source as the receiver sees it.
        src: Ipv4Addr,
        /// The destination after all rewriting.
        dst: Ipv4Addr,
        /// The port after all rewriting.
        port: u16,
    },
    /// Somebody said no at once: "Connection refused".
    Refuse(RefuseReason),
    /// It is lost without an answer: a time-out.
    Drop(DropReason),
    /// Nobody answered to ARP for 3 s: "No route to host".
    HostUnreachable {
        /// Who noticed.
        host: HostId,
        /// That host's address, as the ICMP message's source.
        from: Ipv4Addr,
        /// The address nobody has.
        target: Ipv4Addr,
    },
    /// The sender has no route: "Network is unreachable".
    NetworkUnreachable {
        /// Who noticed.
        host: HostId,
    },
    /// Its time to live ended on the way.
    TtlExceeded {
        /// The router's address.
        from: Ipv4Addr,
    },
}

/// Why a packet was refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RefuseReason {
    /// No process listens at the port.
    NothingListens {
        /// Where.
        host: HostId,
        /// The port.
        port: u16,
    },
    /// A virtual server has no endpoint.
    NoEndpoints {
        /// The server's name.
        server: Rc<str>,
    },
}

/// Why a packet was lost.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DropReason {
    /// It went to the internet, which is not simulated.
    Internet,
    /// It came to a host that is not its destination and passes nothing on.
    NotForwarding {
        /// Where.
        host: HostId,
    },
    /// A filter does not let it through.
    Filtered {
        /// Whether the receiver's; else the sender's.
        inbound: bool,
        /// Whose filter it is.
        name: Rc<str>,
        /// The address whose filter it is.
        of: Ipv4Addr,
        /// The other side's address, as the filter sees it.
        peer: Ipv4Addr,
        /// The port, after all rewriting.
        port: u16,
        /// The policies that closed this direction.
        policies: Rc<[Rc<str>]>,
    },
    /// It was rewritten or forwarded too often.
    Loop,
    /// The sender does not exist (any more).
    NoSender,
}
