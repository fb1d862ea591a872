//! The machine's place in the network: `ip`, `ifconfig`, `arp`, `route`.

use std::net::Ipv4Addr;

use super::prelude::*;

struct Link {
    name: String,
    address: Ipv4Addr,
    prefix: u8,
    up: bool,
}

/// Interfaces, and routes as `ip route` shows them.
fn look(p: &Process) -> (Vec<Link>, Vec<String>) {
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
fn neighbours(p: &Process) -> Vec<(Ipv4Addr, String)> {
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
fn hardware(address: Ipv4Addr) -> String {
    let [a, b, c, d] = address.octets();
    format!("02:42:{a:02x}:{b:02x}:{c:02x}:{d:02x}")
}

fn mask(prefix: u8) -> Ipv4Addr {
    Ipv4Addr::from(u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0))
}

fn broadcast(link: &Link) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(link.address) | !u32::from(mask(link.prefix)))
}

pub async fn ip(p: Process) -> i32 {
    let args: Vec<String> = p.args().iter().skip(1).cloned().collect();
    let brief = args.iter().any(|arg| arg == "-br" || arg == "-brief");
    let words: Vec<&str> = args.iter().map(String::as_str).filter(|arg| !arg.starts_with('-')).collect();
    let Some(object) = words.first() else {
        let usage = "Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }\nwhere  OBJECT := { address | link | neighbour | route }\n";
        p.err(usage).await;
        return 255;
    };
    let is = |name: &str| name.starts_with(object);
    let command = words.get(1).copied().unwrap_or("show");
    if matches!(command, "add" | "del" | "set" | "replace" | "flush" | "change") {
        p.err("RTNETLINK answers: Operation not permitted\n").await;
        return 2;
    }
    let (links, routes) = look(&p);
    let wanted = words.iter().position(|word| *word == "dev").and_then(|at| words.get(at + 1)).copied();
    let wanted = wanted.or_else(|| words.get(2).copied().filter(|word| *word != "dev"));
    let mut out = String::new();
    if is("address") || is("link") {
        if let Some(name) = wanted
            && !links.iter().any(|link| link.name == name)
        {
            p.err(&format!("Device \"{name}\" does not exist.\n")).await;
            return 1;
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
                return 1;
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
                    return 2;
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
        return 1;
    }
    p.out(&out).await;
    0
}

pub async fn ifconfig(p: Process) -> i32 {
    let (links, _) = look(&p);
    let wanted = p.args().iter().skip(1).find(|arg| !arg.starts_with('-')).cloned();
    let busybox = is_busybox(&p);
    let mut links: Vec<Link> =
        links.into_iter().filter(|link| wanted.as_ref().is_none_or(|name| *name == link.name)).collect();
    if links.is_empty() {
        let name = wanted.unwrap_or_default();
        p.err(&format!("{name}: error fetching interface information: Device not found\n")).await;
        return 1;
    }
    sim::order::sort_by(&mut links, |a, b| a.name.cmp(&b.name));
    let mut out = String::new();
    for link in &links {
        let loopback = link.address.is_loopback();
        if busybox {
            let first = if loopback {
                "Link encap:Local Loopback  ".to_owned()
            } else {
                format!("Link encap:Ethernet  HWaddr {}  ", hardware(link.address).to_uppercase())
            };
            let cast = if loopback { String::new() } else { format!("  Bcast:{}", broadcast(link)) };
            let flags =
                if loopback { "UP LOOPBACK RUNNING  MTU:65536" } else { "UP BROADCAST RUNNING MULTICAST  MTU:1500" };
            out.push_str(&format!(
                "{:<10}{first}\n          inet addr:{}{cast}  Mask:{}\n          {flags}  Metric:1\n\n",
                link.name,
                link.address,
                mask(link.prefix)
            ));
        } else {
            let flags = match (loopback, link.up) {
                (true, _) => "flags=73<UP,LOOPBACK,RUNNING>  mtu 65536",
                (_, true) => "flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500",
                (_, false) => "flags=4099<UP,BROADCAST,MULTICAST>  mtu 1500",
            };
            let cast = if loopback { String::new() } else { format!("  broadcast {}", broadcast(link)) };
            let kind = if loopback {
                "        loop  txqueuelen 1000  (Local Loopback)".to_owned()
            } else {
                format!("        ether {}  txqueuelen 0  (Ethernet)", hardware(link.address))
            };
            out.push_str(&format!(
                "{}: {flags}\n        inet {}  netmask {}{cast}\n{kind}\n\n",
                link.name,
                link.address,
                mask(link.prefix)
            ));
        }
    }
    p.out(&out).await;
    0
}

pub async fn arp(p: Process) -> i32 {
    let all = p.args().iter().any(|arg| arg == "-a");
    let mut out = String::new();
    if !all {
        out.push_str("Address                  HWtype  HWaddress           Flags Mask            Iface\n");
    }
    for (address, device) in neighbours(&p) {
        let hardware = hardware(address);
        if all {
            out.push_str(&format!("? ({address}) at {hardware} [ether] on {device}\n"));
        } else {
            out.push_str(&format!("{:<24} ether   {hardware}   C                     {device}\n", address.to_string()));
        }
    }
    p.out(&out).await;
    0
}

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

pub async fn route(p: Process) -> i32 {
    let args: Vec<String> = p.args().iter().skip(1).cloned().collect();
    if let Some(word) = args.iter().find(|arg| !arg.starts_with('-')) {
        let text = match word.as_str() {
            "add" | "del" => "SIOCADDRT: Operation not permitted",
            _ => "Usage: route [-nNvee] [-FC] [<AF>]           List kernel routing tables",
        };
        p.err(&format!("{text}\n")).await;
        return if word == "add" || word == "del" { 7 } else { 4 };
    }
    let text = routing_table(&p, args.iter().any(|arg| arg.contains('n')), false);
    p.out(&text).await;
    0
}

/// `traceroute`: which routers there are on the way.
pub async fn traceroute(p: Process) -> i32 {
    let Some(target) = p.args().iter().skip(1).find(|arg| !arg.starts_with('-')).cloned() else {
        p.err("Usage: traceroute [ -n ] [ -m max_ttl ] host\n").await;
        return 2;
    };
    let address = match p.resolve_host(&target).await {
        Ok(address) => address,
        Err(_) if is_busybox(&p) => return fail(&p, &format!("bad address '{target}'")).await,
        Err(_) => {
            p.err(&format!("{target}: Name or service not known\nCannot handle \"host\" cmdline arg `{target}' on position 1 (argc 1)\n")).await;
            return 2;
        }
    };
    p.out(&format!("traceroute to {target} ({address}), 30 hops max, 60 byte packets\n")).await;
    let wait = Duration::from_secs(5);
    for ttl in 1..=30u8 {
        p.out(&format!("{ttl:2} ")).await;
        let mut shown = false;
        let mut done = false;
        for _ in 0..3 {
            let ping = p.ping(address, ttl, wait).await;
            let (from, mark) = match ping.reply {
                machine::PingReply::Echo { from, .. } => {
                    done = true;
                    (from, "")
                }
                machine::PingReply::TtlExceeded { from } => (from, ""),
                machine::PingReply::HostUnreachable { from } => {
                    done = true;
                    if !shown {
                        p.note(machine::Note::Trace(ping.trace));
                    }
                    (from, " !H")
                }
                _ => {
                    p.out(" *").await;
                    continue;
                }
            };
            let who = if std::mem::replace(&mut shown, true) { String::new() } else { format!(" {from} ({from})") };
            p.out(&format!("{who}  {:.3} ms{mark}", ping.after.as_micros() as f64 / 1000.0)).await;
        }
        p.out("\n").await;
        if done {
            break;
        }
    }
    0
}

/// `nc`: is a port open (`-z`), and one exchange with what listens there.
pub async fn nc(p: Process) -> i32 {
    const SPEC: Spec = Spec { short: "46de:hklnp:q:tuvw:z", long: &[], usage: "[OPTIONS] HOST PORT", status: 1 };
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.has('u') || options.has('e') {
        return fail(&p, "UDP (-u) and programs behind a connection (-e) are not simulated").await;
    }
    if options.has('l') {
        return nc_listens(&p, &options).await;
    }
    let [host, port, ..] = options.operands.as_slice() else {
        p.err("usage: nc [-vz] [-w timeout] host port\n").await;
        return 1;
    };
    let Ok(number) = port.parse::<u16>() else { return fail(&p, &format!("port number invalid: {port}")).await };
    let address = match p.resolve_host(host).await {
        Ok(address) => address,
        Err(_) if is_busybox(&p) => return fail(&p, &format!("bad address '{host}'")).await,
        Err(error) => return fail(&p, &format!("getaddrinfo for host \"{host}\" port {port}: {error}")).await,
    };
    let limit = options.value('w').and_then(super::small::interval).filter(|limit| !limit.is_zero());
    let mut connection = match p.connect(address, number, limit).await {
        Ok(connection) => connection,
        Err(error) => {
            p.note(machine::Note::Trace(error.trace));
            if options.has('v') || is_busybox(&p) {
                let text = if is_busybox(&p) {
                    format!("nc: {host} ({address}:{port}): {}\n", error.kind)
                } else {
                    format!("nc: connect to {host} port {port} (tcp) failed: {}\n", error.kind)
                };
                p.err(&text).await;
            }
            return 1;
        }
    };
    if options.has('v') {
        let text = if is_busybox(&p) {
            format!("{host} ({address}:{port}) open\n")
        } else {
            format!("Connection to {host} ({address}) {port} port [tcp/*] succeeded!\n")
        };
        p.err(&text).await;
    }
    if options.has('z') {
        return 0;
    }
    let request = Source::stdin(&p).all().await;
    let answer = connection.exchange(&request).await;
    p.write(1, &answer).await;
    0
}

/// `nc -l`: shows what comes, and answers with what its own standard input held when it began.
async fn nc_listens(p: &Process, options: &Options) -> i32 {
    let text = options.value('p').or(options.operands.last().map(String::as_str));
    let Some(port) = text.and_then(|text| text.parse::<u16>().ok()) else {
        p.err("usage: nc -l [-kv] [-p port] [port]\n").await;
        return 1;
    };
    let answer = if p.is_tty(0) { Vec::new() } else { Source::stdin(p).all().await };
    let listening = match p.listen(machine::Proto::Tcp, port, answer) {
        Ok(listening) => listening,
        Err(error) => {
            let why = match error {
                machine::ListenError::InUse => "Address already in use",
                machine::ListenError::Denied => "Permission denied",
                machine::ListenError::NotAvailable => "Cannot assign requested address",
            };
            return fail(p, &if is_busybox(p) { format!("bind: {why}") } else { why.to_owned() }).await;
        }
    };
    if options.has('v') {
        let text = if is_busybox(p) { "listening on [::]:" } else { "Listening on 0.0.0.0 " };
        p.err(&format!("{text}{port}\n")).await;
    }
    loop {
        p.write(1, &listening.next().await).await;
        if !options.has('k') {
            return 0;
        }
    }
}
