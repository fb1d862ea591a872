//! A machine's interfaces, neighbours and routes, for the programs that show them.

use std::net::Ipv4Addr;

use super::prelude::*;

pub(crate) struct Link {
    pub(crate) name: String,
    pub(crate) address: Ipv4Addr,
    pub(crate) prefix: u8,
    pub(crate) up: bool,
}

/// The interfaces of a machine, and its routes as `ip route` prints them.
pub(crate) fn links_and_routes(p: &Process) -> (Vec<Link>, Vec<String>) {
    p.kernel().with(|state| {
        let Some(host) = state.host_of(p.machine()).and_then(|host| state.network.host(host)) else {
            return (Vec::new(), Vec::new());
        };
        let mut links: Vec<Link> = host
            .interfaces
            .iter()
            .map(|interface| {
                // A bridge with nothing else on it has no carrier.
                let shared = state.network.hosts().any(|(_, other)| {
                    other.name != host.name
                        && other.interfaces.iter().any(|i| i.link == interface.link && i.link.is_some())
                });
                Link {
                    name: interface.name.to_string(),
                    address: interface.address.addr(),
                    prefix: interface.address.prefix_len(),
                    up: shared || &*interface.name != "docker0",
                }
            })
            .collect();
        sim::order::sort_by(&mut links, |a, b| b.address.is_loopback().cmp(&a.address.is_loopback()));
        if !links.first().is_some_and(|link| link.address.is_loopback()) {
            links.insert(0, Link { name: "lo".into(), address: Ipv4Addr::LOCALHOST, prefix: 8, up: true });
        }
        let mut routes = Vec::new();
        for route in &host.routes {
            let to =
                if route.destination.prefix_len() == 0 { "default".to_owned() } else { route.destination.to_string() };
            match route.via {
                Some(via) => routes.push(format!("{to} via {via} dev {} ", route.interface)),
                None => {
                    let source = links.iter().find(|link| link.name == *route.interface);
                    let source = source.map_or(String::new(), |link| format!("src {} ", link.address));
                    let down = source.is_empty() || links.iter().any(|link| link.name == *route.interface && !link.up);
                    let down = if down { "linkdown " } else { "" };
                    if !route.destination.addr().is_loopback() {
                        routes.push(format!("{to} dev {} proto kernel scope link {source}{down}", route.interface));
                    }
                }
            }
        }
        for interface in &host.interfaces {
            let net = interface.address.trunc();
            let known = host.routes.iter().any(|route| route.destination == net && route.via.is_none());
            if known || net.addr().is_loopback() || net.prefix_len() == 32 {
                continue;
            }
            let up = links.iter().any(|link| link.name == *interface.name && link.up);
            let down = if up { "" } else { "linkdown " };
            routes.push(format!(
                "{net} dev {} proto kernel scope link src {} {down}",
                interface.name,
                interface.address.addr()
            ));
        }
        let network = |route: &String| route.split(['/', ' ']).next().and_then(|word| word.parse::<Ipv4Addr>().ok());
        sim::order::sort_by(&mut routes, |a, b| network(a).cmp(&network(b))); // the default route is none, and so the first
        (links, routes)
    })
}

/// The neighbours on the links, as far as somebody answers there.
pub(crate) fn neighbours(p: &Process) -> Vec<(Ipv4Addr, String)> {
    p.kernel().with(|state| {
        let Some(id) = state.host_of(p.machine()) else { return Vec::new() };
        let Some(host) = state.network.host(id) else { return Vec::new() };
        let mut found = Vec::new();
        for mine in host.interfaces.iter().filter(|interface| interface.link.is_some()) {
            for (other, data) in state.network.hosts() {
                if other != id {
                    let same = data.interfaces.iter().filter(|theirs| theirs.link == mine.link);
                    found.extend(same.map(|theirs| (theirs.address.addr(), mine.name.to_string())));
                }
            }
        }
        sim::order::sort_by(&mut found, |a, b| a.cmp(b));
        found.truncate(32);
        found
    })
}

/// Docker's way to make a hardware address of an IP.
pub(crate) fn hardware(address: Ipv4Addr) -> String {
    let [a, b, c, d] = address.octets();
    format!("02:42:{a:02x}:{b:02x}:{c:02x}:{d:02x}")
}

pub(crate) fn mask(prefix: u8) -> Ipv4Addr {
    Ipv4Addr::from(u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0))
}

pub(crate) fn broadcast(link: &Link) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(link.address) | !u32::from(mask(link.prefix)))
}
