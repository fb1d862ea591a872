//! NetworkPolicies as the node's machine has them: by the addresses that Pods have now.

use std::net::Ipv4Addr;
use std::rc::Rc;

use cluster::node::{PolicyPeer, PolicyRule, PolicyRules};
use network::{Filter, Ipv4Net, Peers, Ports, Rule, Rules};

use super::{NodeRuntime, network::proto};

impl NodeRuntime<'_> {
    /// Programs the filters anew, if there are any, because a Pod came or went: before its first program runs, and before somebody
    /// else gets its address.
    pub(super) fn addresses_changed(&mut self) {
        if self.state.filters.as_ref().is_some_and(|filters| !filters.is_empty()) {
            self.program_filters();
        }
    }

    /// Programs the filters. What has no address of its own is not filtered, and is nobody's peer.
    pub(super) fn program_filters(&mut self) {
        let own: Vec<(String, Ipv4Addr)> = self
            .state
            .pods
            .values()
            .filter(|pod| !pod.host_network)
            .map(|pod| (format!("{}/{}", pod.namespace, pod.name), pod.ip))
            .collect();
        // A Pod and the one that had its name before may both be there.
        let address = |wanted: &str| own.iter().filter(|(name, _)| name == wanted).map(|(_, ip)| *ip).collect();
        let filters = self.state.filters.as_ref().map(|filters| {
            let mut found = Vec::new();
            for filter in filters.iter() {
                let addresses: Vec<Ipv4Addr> = address(&filter.pod);
                for ip in addresses {
                    let of = |all: &Option<PolicyRules>| all.as_ref().map(|all| rules(all, &address));
                    let name = filter.pod.as_str().into();
                    found.push((ip, Filter { name, inbound: of(&filter.ingress), outbound: of(&filter.egress) }));
                }
            }
            found
        });
        self.kernel.with(|state| state.network.set_filters(filters));
    }
}

fn rules(rules: &PolicyRules, address: &dyn Fn(&str) -> Vec<Ipv4Addr>) -> Rules {
    let allowed = rules.allowed.iter().map(|one| rule(one, address));
    Rules { policies: rules.policies.iter().map(|name| Rc::from(name.as_str())).collect(), allowed: allowed.collect() }
}

fn rule(rule: &PolicyRule, address: &dyn Fn(&str) -> Vec<Ipv4Addr>) -> Rule {
    let net = |(address, bits): (Ipv4Addr, u8)| Ipv4Net::new_assert(address, bits.min(32));
    let peers = rule.peers.as_ref().map(|peers| {
        let mut found = Vec::new();
        for peer in peers {
            match peer {
                PolicyPeer::Pod(name) => {
                    let addresses = address(name).into_iter();
                    found.extend(addresses.map(|ip| Peers { range: net((ip, 32)), except: Vec::new() }));
                }
                PolicyPeer::Block(range, except) => {
                    let except = except.iter().copied().map(net).collect();
                    found.push(Peers { range: net(*range), except });
                }
            }
        }
        found.into()
    });
    let ports = rule.ports.as_ref().map(|ports| {
        let known = ports.iter().filter_map(|port| {
            let proto = proto(&port.protocol)?;
            Some(Ports { proto, first: port.first, last: port.last })
        });
        known.collect()
    });
    Rule { policy: rule.policy.as_str().into(), peers, ports }
}
