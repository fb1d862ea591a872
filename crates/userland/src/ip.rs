//! `ip`: addresses, links, neighbours and routes. ip(8) of iproute2 6.1.

use std::net::Ipv4Addr;

use super::interfaces::{broadcast, hardware, links_and_routes, neighbours};
use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let args: Vec<String> = p.args().iter().skip(1).cloned().collect();
    let brief = args.iter().any(|arg| arg == "-br" || arg == "-brief");
    let words: Vec<&str> = args.iter().map(String::as_str).filter(|arg| !arg.starts_with('-')).collect();
    let Some(object) = words.first() else {
        let usage = "Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }\nwhere  OBJECT := { address | link | neighbour | route }\n";
        p.err(usage).await;
        return Err(ExitStatus(255));
    };
    let is = |name: &str| name.starts_with(object);
    let command = words.get(1).copied().unwrap_or("show");
    if matches!(command, "add" | "del" | "set" | "replace" | "flush" | "change") {
        p.err("RTNETLINK answers: Operation not permitted\n").await;
        return Err(ExitStatus(2));
    }
    let (links, routes) = links_and_routes(&p);
    let wanted = words.iter().position(|word| *word == "dev").and_then(|at| words.get(at + 1)).copied();
    let wanted = wanted.or_else(|| words.get(2).copied().filter(|word| *word != "dev"));
    let mut out = String::new();
    if is("address") || is("link") {
        if let Some(name) = wanted
            && !links.iter().any(|link| link.name == name)
        {
            p.err(&format!("Device \"{name}\" does not exist.\n")).await;
            return Err(ExitStatus(1));
        }
        for (index, link) in links.iter().enumerate().filter(|(_, link)| wanted.is_none_or(|name| name == link.name)) {
            let loopback = link.address.is_loopback();
            let state = if loopback {
                "UNKNOWN"
            } else if link.up {
                "UP"
            } else {
                "DOWN"
            };
            let address = format!("{}/{}", link.address, link.prefix);
            if brief {
                let shown = if is("address") { format!("{address} ") } else { hardware(link.address) };
                out.push_str(&format!("{:<16} {:<14} {shown}\n", link.name, state));
                continue;
            }
            let flags = match (loopback, link.up) {
                (true, _) => "LOOPBACK,UP,LOWER_UP",
                (false, true) => "BROADCAST,MULTICAST,UP,LOWER_UP",
                (false, false) => "NO-CARRIER,BROADCAST,MULTICAST,UP",
            };
            let (mtu, queue) = if loopback { (65536, "noqueue") } else { (1500, "noqueue") };
            out.push_str(&format!(
                "{}: {}: <{flags}> mtu {mtu} qdisc {queue} state {state} group default qlen 1000\n",
                index + 1,
                link.name
            ));
            if loopback {
                out.push_str("    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n");
            } else {
                out.push_str(&format!("    link/ether {} brd ff:ff:ff:ff:ff:ff\n", hardware(link.address)));
            }
            if is("address") {
                let scope =
                    if loopback { "scope host".to_owned() } else { format!("brd {} scope global", broadcast(link)) };
                out.push_str(&format!(
                    "    inet {address} {scope} {}\n       valid_lft forever preferred_lft forever\n",
                    link.name
                ));
            }
        }
    } else if is("route") {
        if command == "get" {
            let to = words.get(2).and_then(|word| word.parse::<Ipv4Addr>().ok());
            let Some(to) = to else {
                p.err("Error: any valid prefix is expected.\n").await;
                return Err(ExitStatus(1));
            };
            let found = p.kernel().with(|state| {
                let host = state.host_of(p.machine()).and_then(|host| state.network.host(host))?;
                let route = host.route(to)?;
                let source = host.interface(&route.interface).map(|interface| interface.address.addr())?;
                let via = route.via.map_or(String::new(), |via| format!("via {via} "));
                Some(format!("{to} {via}dev {} src {source} uid {} \n    cache \n", route.interface, p.user().uid))
            });
            match found {
                Some(text) => out.push_str(&text),
                None => {
                    p.err("RTNETLINK answers: Network is unreachable\n").await;
                    return Err(ExitStatus(2));
                }
            }
        } else {
            out.extend(routes.iter().map(|route| format!("{route}\n")));
        }
    } else if is("neighbour") || is("neighbor") || *object == "neigh" {
        for (address, device) in neighbours(&p) {
            out.push_str(&format!("{address} dev {device} lladdr {} REACHABLE \n", hardware(address)));
        }
    } else {
        p.err(&format!("Object \"{object}\" is unknown, try \"ip help\".\n")).await;
        return Err(ExitStatus(1));
    }
    p.out(&out).await;
    Ok(())
}
