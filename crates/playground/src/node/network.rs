//! kube-proxy's rules, as the node's machine has them.

use cluster::node::ServiceRule;
use network::{Proto, VirtualServer};

use super::Hands;

impl Hands<'_> {
    /// Replaces the rules.
    pub(super) fn program_services(&mut self, rules: &[ServiceRule]) {
        let servers = rules
            .iter()
            .filter_map(|rule| {
                let proto = match rule.protocol.as_str() {
                    "TCP" => Proto::Tcp,
                    "UDP" => Proto::Udp,
                    _ => return None, // SCTP is not simulated
                };
                Some(VirtualServer {
                    name: rule.service.as_str().into(),
                    address: rule.cluster_ip,
                    proto,
                    port: rule.port,
                    host_port: rule.node_port,
                    endpoints: rule.endpoints.clone(),
                    client_affinity: rule.client_affinity,
                })
            })
            .collect();
        let host = self.state.host;
        self.kernel.with(|state| state.network.set_servers(host, servers));
    }
}
