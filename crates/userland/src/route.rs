//! `route`: the table of routes. route(8) of net-tools 2.10.

use std::net::Ipv4Addr;

use super::prelude::*;

/// The routing table as `route` and `netstat -r` print it.
pub(super) fn routing_table(p: &Process, numeric: bool, netstat: bool) -> String {
    let mut rows: Vec<(network::Ipv4Net, Option<Ipv4Addr>, String)> = p.kernel().with(|state| {
        let Some(host) = state.host_of(p.machine()).and_then(|host| state.network.host(host)) else {
            return Vec::new();
        };
        let mut rows: Vec<(network::Ipv4Net, Option<Ipv4Addr>, String)> =
            host.routes.iter().map(|route| (route.destination, route.via, route.interface.to_string())).collect();
        for interface in &host.interfaces {
            let net = interface.address.trunc();
            if !rows.iter().any(|(known, via, _)| *known == net && via.is_none()) && net.prefix_len() < 32 {
                rows.push((net, None, interface.name.to_string()));
            }
        }
        rows.retain(|(net, ..)| !net.addr().is_loopback());
        rows
    });
    sim::order::sort_by(&mut rows, |a, b| a.0.addr().cmp(&b.0.addr()));
    let columns = if netstat { "Flags   MSS Window  irtt Iface" } else { "Flags Metric Ref    Use Iface" };
    let mut out = format!("Kernel IP routing table\nDestination     Gateway         Genmask         {columns}\n");
    for (net, via, interface) in rows {
        let destination = match net.prefix_len() {
            0 if !numeric => "default".to_owned(),
            _ => net.addr().to_string(),
        };
        let gateway = match via {
            Some(via) => via.to_string(),
            None if numeric => "0.0.0.0".to_owned(),
            None => "*".to_owned(),
        };
        let gateway = if gateway == "*" && netstat { "0.0.0.0".to_owned() } else { gateway };
        let flags = if via.is_some() { "UG" } else { "U" };
        let rest = match netstat {
            true => format!("{flags:<5} {:>5} {:<6} {:>6}", 0, 0, 0),
            false => format!("{flags:<5} {:<6} {:<6} {:>3}", 0, 0, 0),
        };
        out.push_str(&format!(
            "{destination:<15} {gateway:<15} {:<15} {rest} {interface}\n",
            net.netmask().to_string()
        ));
    }
    out
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let args: Vec<String> = p.args().iter().skip(1).cloned().collect();
    if let Some(word) = args.iter().find(|arg| !arg.starts_with('-')) {
        let text = match word.as_str() {
            "add" | "del" => "SIOCADDRT: Operation not permitted",
            _ => "Usage: route [-nNvee] [-FC] [<AF>]           List kernel routing tables",
        };
        p.err(&format!("{text}\n")).await;
        return Err(ExitStatus(if word == "add" || word == "del" { 7 } else { 4 }));
    }
    let text = routing_table(&p, args.iter().any(|arg| arg.contains('n')), false);
    p.out(&text).await;
    Ok(())
}
