//! The network's parts: hosts with interfaces and routes, links between them, listeners.

use std::net::Ipv4Addr;
use std::rc::Rc;

use ipnet::Ipv4Net;
use sim::SharedMap;

use crate::filter::Filter;
use crate::nat::VirtualServer;

/// Names a host of a [`Network`]; never reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct HostId(pub u32);

/// Names a link of a [`Network`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LinkId(pub u32);

/// Names a listener of a [`Network`]; never reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ListenerId(pub u64);

/// The protocol of a packet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Proto {
    /// A TCP connection's first packet stands for the connection.
    Tcp,
    /// A datagram.
    Udp,
    /// An echo request.
    Icmp,
}

/// What a link is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LinkKind {
    /// A segment on which everyone hears everyone's ARP.
    Segment,
    /// The way out of the simulation: packets on it are lost.
    Internet,
}

/// A segment that joins interfaces.
#[derive(Clone, Debug)]
pub struct Link {
    /// Its name.
    pub name: Rc<str>,
    /// What it is.
    pub kind: LinkKind,
    /// Who answers to ARP for which address.
    pub(crate) neighbours: SharedMap<Ipv4Addr, HostId>,
}

/// A host's place on a link.
#[derive(Clone, Debug)]
pub struct Interface {
    /// `eth0`
    pub name: Rc<str>,
    /// The address with its prefix length.
    pub address: Ipv4Net,
    /// The link; `None` for the loopback.
    pub link: Option<LinkId>,
}

/// One line of a routing table.
#[derive(Clone, Debug)]
pub struct Route {
    /// What it is for.
    pub destination: Ipv4Net,
    /// The next router; `None` when the destination is on the link.
    pub via: Option<Ipv4Addr>,
    /// The interface to leave by.
    pub interface: Rc<str>,
}

/// Somebody waiting for connections or datagrams at a port.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Listener {
    /// Its name.
    pub id: ListenerId,
    /// The protocol.
    pub proto: Proto,
    /// The address it is bound to; `None` for all.
    pub address: Option<Ipv4Addr>,
    /// The port.
    pub port: u16,
}

/// A host: a network namespace with interfaces, routes, rules and listeners.
#[derive(Clone, Debug)]
pub struct Host {
    /// Its name, as traces show it.
    pub name: Rc<str>,
    /// Its interfaces, the loopback first.
    pub interfaces: Vec<Interface>,
    /// Its routes.
    pub routes: Vec<Route>,
    /// Whether it passes on what is for others.
    pub forwarding: bool,
    /// A range whose addresses must not leave this host: they are masqueraded.
    pub masquerade: Vec<Ipv4Net>,
    /// Its listeners.
    pub listeners: Vec<Listener>,
    /// The virtual servers it translates for.
    pub servers: Vec<Rc<VirtualServer>>,
    /// The ports it opens for containers, after those.
    pub container_ports: Vec<Rc<VirtualServer>>,
    pub(crate) affinity: SharedMap<(Ipv4Addr, Ipv4Addr, u16), (Ipv4Addr, u16)>,
}

/// The port is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("Address already in use")]
pub struct AddressInUse;

/// All hosts and links. Plain data: a clone shares everything and lives its own life.
#[derive(Clone, Default, Debug)]
pub struct Network {
    pub(crate) hosts: SharedMap<HostId, Rc<Host>>,
    pub(crate) links: SharedMap<LinkId, Link>,
    /// What is filtered, by address; `None` where nothing filters.
    filters: Option<Rc<[(Ipv4Addr, Filter)]>>,
    next: u64,
}

impl Host {
    /// Whether an address is one of this host's own (all of 127.0.0.0/8 is).
    pub fn has_address(&self, address: Ipv4Addr) -> bool {
        address.is_loopback() || self.interfaces.iter().any(|interface| interface.address.addr() == address)
    }

    /// Whether it rewrites the destination of any packet.
    pub(crate) fn translates(&self) -> bool {
        !self.servers.is_empty() || !self.container_ports.is_empty()
    }

    /// The first address that is not the loopback's.
    pub fn address(&self) -> Option<Ipv4Addr> {
        self.interfaces.iter().map(|interface| interface.address.addr()).find(|address| !address.is_loopback())
    }

    /// The interface of this name.
    pub fn interface(&self, name: &str) -> Option<&Interface> {
        self.interfaces.iter().find(|interface| &*interface.name == name)
    }

    /// The most specific route to an address.
    pub fn route(&self, to: Ipv4Addr) -> Option<&Route> {
        self.routes
            .iter()
            .filter(|route| route.destination.contains(&to))
            .max_by_key(|route| route.destination.prefix_len())
    }

    /// Who listens at a port of one of the host's addresses.
    pub fn listener(&self, proto: Proto, address: Ipv4Addr, port: u16) -> Option<ListenerId> {
        self.listeners
            .iter()
            .find(|listener| {
                listener.proto == proto
                    && listener.port == port
                    && listener.address.is_none_or(|bound| bound == address)
            })
            .map(|listener| listener.id)
    }
}

impl Network {
    /// An empty network.
    pub fn new() -> Self {
        Self::default()
    }

    fn next_id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Adds a link.
    pub fn add_link(&mut self, name: &str, kind: LinkKind) -> LinkId {
        let id = LinkId(self.next_id() as u32);
        self.links.insert(id, Link { name: name.into(), kind, neighbours: SharedMap::new() });
        id
    }

    /// Adds a host that has only a loopback.
    pub fn add_host(&mut self, name: &str) -> HostId {
        let id = HostId(self.next_id() as u32);
        let loopback = Interface { name: "lo".into(), address: net([127, 0, 0, 1], 8), link: None };
        self.hosts.insert(
            id,
            Rc::new(Host {
                name: name.into(),
                interfaces: vec![loopback],
                routes: Vec::new(),
                forwarding: false,
                masquerade: Vec::new(),
                listeners: Vec::new(),
                servers: Vec::new(),
                container_ports: Vec::new(),
                affinity: SharedMap::new(),
            }),
        );
        id
    }

    /// Removes a host with its interfaces and listeners: nobody answers for its addresses any more.
    pub fn remove_host(&mut self, id: HostId) {
        let Some(host) = self.hosts.remove(&id) else { return };
        for interface in &host.interfaces {
            if let Some(link) = interface.link.and_then(|link| self.links.get_mut(&link))
                && link.neighbours.get(&interface.address.addr()) == Some(&id)
            {
                link.neighbours.remove(&interface.address.addr());
            }
        }
    }

    /// Joins a host to a link by a new interface, with the route to the link's range. Unknown ids are ignored.
    pub fn add_interface(&mut self, id: HostId, name: &str, link: LinkId, address: Ipv4Net) {
        if !self.links.contains_key(&link) {
            return;
        }
        let Some(host) = self.host_mut(id) else { return };
        let name: Rc<str> = name.into();
        host.routes.push(Route { destination: address.trunc(), via: None, interface: name.clone() });
        host.interfaces.push(Interface { name, address, link: Some(link) });
        if let Some(link) = self.links.get_mut(&link) {
            link.neighbours.insert(address.addr(), id);
        }
    }

    /// Adds a route by a router.
    pub fn add_route(&mut self, id: HostId, destination: Ipv4Net, via: Ipv4Addr, interface: &str) {
        if let Some(host) = self.host_mut(id) {
            host.routes.push(Route { destination, via: Some(via), interface: interface.into() });
        }
    }

    /// The host of this id.
    pub fn host(&self, id: HostId) -> Option<&Host> {
        self.hosts.get(&id).map(|host| &**host)
    }

    /// The host of this id, to change it.
    pub fn host_mut(&mut self, id: HostId) -> Option<&mut Host> {
        self.hosts.get_mut(&id).map(Rc::make_mut)
    }

    /// All hosts.
    pub fn hosts(&self) -> impl Iterator<Item = (HostId, &Host)> {
        self.hosts.iter().map(|(id, host)| (*id, &**host))
    }

    /// The link of this id.
    pub fn link(&self, id: LinkId) -> Option<&Link> {
        self.links.get(&id)
    }

    /// Waits at a port of a host.
    ///
    /// # Errors
    /// [`AddressInUse`] when somebody does already, or when there is no such host.
    pub fn listen(
        &mut self,
        id: HostId,
        proto: Proto,
        address: Option<Ipv4Addr>,
        port: u16,
    ) -> Result<ListenerId, AddressInUse> {
        let listener = ListenerId(self.next_id());
        let host = self.host_mut(id).ok_or(AddressInUse)?;
        let taken = host.listeners.iter().any(|other| {
            other.proto == proto
                && other.port == port
                && (other.address.is_none() || address.is_none() || other.address == address)
        });
        if taken {
            return Err(AddressInUse);
        }
        host.listeners.push(Listener { id: listener, proto, address, port });
        Ok(listener)
    }

    /// Ends a listener.
    pub fn close(&mut self, id: HostId, listener: ListenerId) {
        if let Some(host) = self.host_mut(id) {
            host.listeners.retain(|other| other.id != listener);
        }
    }

    /// Lets a host answer to ARP on an interface's link for an address that it does not have, or no longer. An address that
    /// somebody else has stays theirs.
    pub fn answer_for(&mut self, id: HostId, interface: &str, address: Ipv4Addr, answers: bool) {
        let link = self.host(id).and_then(|host| host.interface(interface)?.link);
        let Some(link) = link.and_then(|link| self.links.get_mut(&link)) else { return };
        match (answers, link.neighbours.get(&address).copied()) {
            (true, None) => drop(link.neighbours.insert(address, id)),
            (false, Some(who)) if who == id => drop(link.neighbours.remove(&address)),
            _ => {}
        }
    }

    /// Opens a port of a host for a container.
    pub fn open_container_port(&mut self, id: HostId, server: VirtualServer) {
        if let Some(host) = self.host_mut(id) {
            host.container_ports.push(Rc::new(server));
        }
    }

    /// Closes all ports of a host that were opened under this name.
    pub fn close_container_ports(&mut self, id: HostId, name: &str) {
        if let Some(host) = self.host_mut(id) {
            host.container_ports.retain(|server| &*server.name != name);
        }
    }

    /// Replaces a host's virtual servers.
    pub fn set_servers(&mut self, id: HostId, servers: Vec<VirtualServer>) {
        if let Some(host) = self.host_mut(id) {
            host.servers = servers.into_iter().map(Rc::new).collect();
        }
    }

    /// Replaces all filters, by the address that each is for; `None` if nothing filters any more.
    pub fn set_filters(&mut self, filters: Option<Vec<(Ipv4Addr, Filter)>>) {
        self.filters = filters.map(Rc::from);
    }

    /// Whether something filters, be it only what nobody has closed.
    pub fn filters(&self) -> bool {
        self.filters.is_some()
    }

    /// The filter of an address, if there is one.
    pub(crate) fn filter(&self, address: Ipv4Addr) -> Option<&Filter> {
        self.filters.as_ref()?.iter().find(|(of, _)| *of == address).map(|(_, filter)| filter)
    }
}

/// A prefix from its parts; a length over 32 counts as 32.
pub(crate) fn net(address: [u8; 4], prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(address[0], address[1], address[2], address[3]), prefix.min(32))
}
