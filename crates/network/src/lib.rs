//! Hosts, addresses, routes, NAT and listeners: where a packet goes and why.
//!
//! Here: [`Network`], a pure router over plain data. [`Network::send`] follows one packet hop by hop and answers with a
//! [`Trace`]: every hop with its reason as data, and a [`Verdict`]. [`AddressPool`] hands out addresses in rotation.
//! Not here: time (how long a failure takes is the kernel's business), bytes and connections, names (DNS), sentences for
//! people, and anything Kubernetes: a [`VirtualServer`] is what kube-proxy programs and a [`Filter`] what a network plugin does,
//! but nothing here knows that.

mod filter;
mod nat;
mod network;
mod pool;
mod send;
mod topology;
mod trace;

pub use filter::{Filter, Peers, Ports, Rule, Rules};
pub use ipnet::Ipv4Net;
pub use nat::VirtualServer;
pub use network::{
    AddressInUse, Host, HostId, Interface, Link, LinkId, LinkKind, Listener, ListenerId, Network, Proto, Route,
};
pub use pool::{AddressPool, NoFreeAddress};
pub use send::Packet;
pub use topology::Topology;
pub use trace::{AddressKind, DropReason, Hop, MasqueradeReason, RefuseReason, Step, Trace, Verdict};
