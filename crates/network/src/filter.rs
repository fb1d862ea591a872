//! Filters: which connections an address takes and makes, as a network plugin programs them into the machine that it is on.
//!
//! Judged is the first packet of a connection; its answers pass, as connection tracking makes them. The source is what it is
//! before the last machine rewrites it, the destination what it is after all rewriting.

use std::net::Ipv4Addr;
use std::rc::Rc;

use ipnet::Ipv4Net;

use crate::network::Proto;

/// What an address takes and makes. A direction without rules is open.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Filter {
    /// Whose it is, for people: `default/web`.
    pub name: Rc<str>,
    /// Who may connect to it.
    pub inbound: Option<Rules>,
    /// Where it may connect to.
    pub outbound: Option<Rules>,
}

/// The rules of one direction: what none of them lets through is dropped.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Rules {
    /// The names of whatever closed this direction.
    pub policies: Rc<[Rc<str>]>,
    /// What is let through all the same.
    pub allowed: Vec<Rule>,
}

/// One thing that is let through: these addresses, at these ports.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// Whose rule it is.
    pub policy: Rc<str>,
    /// The other side's addresses; `None` for any.
    pub peers: Option<Rc<[Peers]>>,
    /// The destination's ports; `None` for any, and for what has no ports.
    pub ports: Option<Rc<[Ports]>>,
}

/// A range of addresses, less some of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Peers {
    /// The range.
    pub range: Ipv4Net,
    /// What of it does not count.
    pub except: Vec<Ipv4Net>,
}

/// A range of ports.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ports {
    /// The protocol.
    pub proto: Proto,
    /// The first port.
    pub first: u16,
    /// The last one.
    pub last: u16,
}

impl Rules {
    /// The policy that lets a connection with `peer` to `port` through, if one does.
    pub(crate) fn allow(&self, peer: Ipv4Addr, proto: Proto, port: u16) -> Option<&Rc<str>> {
        let rule = self.allowed.iter().find(|rule| {
            let of_peer = |one: &Peers| one.range.contains(&peer) && !one.except.iter().any(|not| not.contains(&peer));
            let of_port = |one: &Ports| one.proto == proto && (one.first..=one.last).contains(&port);
            rule.peers.as_ref().is_none_or(|peers| peers.iter().any(of_peer))
                && rule.ports.as_ref().is_none_or(|ports| ports.iter().any(of_port))
        });
        rule.map(|rule| &rule.policy)
    }
}
