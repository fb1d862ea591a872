//! kube-proxy's rules, as the node's machine has them.

use std::net::Ipv4Addr;

use cluster::node::{HostPort, ServiceRule};
use network::{Proto, VirtualServer};

use super::NodeRuntime;

/// The node's interface to the network it shares with the laptop.
const INTERFACE: &str = "eth0";

impl NodeRuntime<'_> {
    /// Replaces the rules.
    pub(super) fn program_services(&mut self, rules: &[ServiceRule]) {
        let servers = rules
            .iter()
            .filter_map(|rule| {
                let proto = proto(&rule.protocol)?;
                Some(VirtualServer {
                    name: rule.service.as_str().into(),
                    address: rule.cluster_ip,
                    proto,
                    port: rule.port,
                    host_port: rule.node_port,
                    endpoints: rule.endpoints.clone(),
                    client_affinity: rule.client_affinity,
                    external: rule.external.clone(),
                    keeps_source: rule.keeps_source,
                    of_container: false,
                })
            })
            .collect();
        let host = self.state.host;
        self.kernel.with(|state| state.network.set_servers(host, servers));
    }

    /// Replaces the addresses that the node answers for on the network it shares with the laptop.
    pub(super) fn answer_for(&mut self, addresses: &[Ipv4Addr]) -> Vec<Ipv4Addr> {
        let host = self.state.host;
        let before = std::mem::replace(&mut self.state.announced, addresses.to_vec());
        let new: Vec<Ipv4Addr> = addresses.iter().copied().filter(|address| !before.contains(address)).collect();
        self.kernel.with(|state| {
            for address in before.iter().filter(|address| !addresses.contains(address)) {
                state.network.answer_for(host, INTERFACE, *address, false);
            }
            for address in &new {
                state.network.answer_for(host, INTERFACE, *address, true);
            }
        });
        new
    }

    /// Opens ports of the node for a Pod's containers, as the CNI plugin `portmap` does.
    pub(super) fn open_host_ports(&mut self, name: &str, pod: Ipv4Addr, ports: &[HostPort]) {
        let host = self.state.host;
        for port in ports {
            let Some(proto) = proto(&port.protocol) else { continue };
            let server = VirtualServer {
                name: name.into(),
                address: port.address.unwrap_or(Ipv4Addr::UNSPECIFIED),
                proto,
                port: port.port,
                host_port: Some(port.port).filter(|_| port.address.is_none()),
                endpoints: vec![(pod, port.container_port)],
                client_affinity: false,
                external: Vec::new(),
                keeps_source: true,
                of_container: true,
            };
            self.kernel.with(|state| state.network.open_container_port(host, server));
        }
    }
}

/// SCTP is not simulated.
pub(super) fn proto(name: &str) -> Option<Proto> {
    match name {
        "TCP" => Some(Proto::Tcp),
        "UDP" => Some(Proto::Udp),
        _ => None,
    }
}
