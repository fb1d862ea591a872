//! Who listens where: `ss`, `netstat`, `lsof -i`. A connection here is over as soon as it was answered, so none is ever shown.

use machine::Proto;

use super::prelude::*;

/// A listening socket.
struct Socket {
    proto: &'static str,
    address: String,
    port: u16,
    /// The process's number and name, where the person may know it.
    owner: Option<(u32, String, String)>,
}

fn listening(p: &Process) -> Vec<Socket> {
    let me = p.user();
    let mut all = p.kernel().with(|state| {
        let Some(host) = state.host_of(p.machine()).and_then(|host| state.network.host(host)) else {
            return Vec::new();
        };
        let mut all = Vec::new();
        for listener in &host.listeners {
            let process = state.listening(listener.id);
            let visible =
                process.filter(|one| me.uid == 0 || one.user.uid == me.uid).filter(|one| one.machine == p.machine());
            let owner = visible.map(|one| {
                let name = one.argv.first().map_or("", |name| name.rsplit('/').next().unwrap_or(name));
                let user = if one.user.name.is_empty() { one.user.uid.to_string() } else { one.user.name.clone() };
                (one.local_pid, name.chars().take(15).collect(), user)
            });
            all.push(Socket {
                proto: if listener.proto == Proto::Udp { "udp" } else { "tcp" },
                address: listener.address.map_or_else(|| "0.0.0.0".to_owned(), |address| address.to_string()),
                port: listener.port,
                owner,
            });
        }
        all
    });
    sim::order::sort_by(&mut all, |a, b| (a.proto, a.port).cmp(&(b.proto, b.port)));
    all
}

pub async fn ss(p: Process) -> i32 {
    const SPEC: Spec = Spec {
        short: "tuwxlanprsemioH46hV",
        long: &[
            ("tcp", 't'),
            ("udp", 'u'),
            ("listening", 'l'),
            ("all", 'a'),
            ("numeric", 'n'),
            ("processes", 'p'),
            ("resolve", 'r'),
            ("summary", 's'),
            ("extended", 'e'),
            ("no-header", 'H'),
            ("ipv4", '4'),
            ("ipv6", '6'),
            ("unix", 'x'),
        ],
        usage: "[ OPTIONS ]",
        status: 255,
    };
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut found = listening(&p);
    if options.has('s') {
        let text = format!("Total: {0}\nTCP:   {0} (estab 0, closed 0, orphaned 0, timewait 0)\n", found.len());
        p.out(&text).await;
        return 0;
    }
    let (tcp, udp) = (options.has('t'), options.has('u'));
    let shows = options.has('l') || options.has('a');
    let both = tcp == udp;
    found.retain(|one| {
        shows && !options.has('6') && (both && !options.has('x') || (one.proto == "tcp") == tcp && tcp != udp)
    });
    // A service's name is shown where there is one in /etc/services, which none of these computers has.
    let names: Vec<(String, String)> = found.iter().map(|one| (one.address.clone(), one.port.to_string())).collect();
    let wide = |texts: &mut dyn Iterator<Item = usize>, least: usize| texts.max().unwrap_or(0).max(least);
    let address = wide(&mut names.iter().map(|(address, _)| address.len()), "Local Address".len());
    let port = wide(&mut names.iter().map(|(_, port)| port.len()), "Port".len());
    let netid = if both { "Netid " } else { "" };
    let mut out = String::new();
    if !options.has('H') {
        out.push_str(&format!(
            "{netid}State  Recv-Q Send-Q {:>address$}:{:<port$} {:>12}:{:<4}Process\n",
            "Local Address", "Port", "Peer Address", "Port"
        ));
    }
    for (one, (at, number)) in found.iter().zip(&names) {
        let netid = if both { format!("{:<6}", one.proto) } else { String::new() };
        let (state, queue) = if one.proto == "udp" { ("UNCONN", 0) } else { ("LISTEN", 511) };
        let owner = match &one.owner {
            Some((pid, name, _)) if options.has('p') => format!(" users:((\"{name}\",pid={pid},fd=6))"),
            _ => String::new(),
        };
        out.push_str(&format!(
            "{netid}{state:<6} {:<6} {queue:<6} {at:>address$}:{number:<port$} {:>12}:{:<4}{owner}\n",
            0, "0.0.0.0", "*"
        ));
    }
    p.out(&out).await;
    0
}

pub async fn netstat(p: Process) -> i32 {
    const SPEC: Spec = Spec {
        short: "tuwxlanprsieoWNc46",
        long: &[
            ("tcp", 't'),
            ("udp", 'u'),
            ("listening", 'l'),
            ("all", 'a'),
            ("numeric", 'n'),
            ("programs", 'p'),
            ("route", 'r'),
            ("statistics", 's'),
            ("interfaces", 'i'),
        ],
        usage: "[-ral] [-tuwx] [-enWp]",
        status: 1,
    };
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.has('r') {
        let text = super::interfaces::routing_table(&p, options.has('n'), true);
        p.out(&text).await;
        return 0;
    }
    if options.has('s') || options.has('i') {
        return fail(&p, "counters of packets are not kept here; 'ip addr' shows the interfaces").await;
    }
    let (tcp, udp, shows) = (options.has('t'), options.has('u'), options.has('l') || options.has('a'));
    let servers = match (options.has('l'), options.has('a')) {
        (true, _) => "only servers",
        (_, true) => "servers and established",
        _ => "w/o servers",
    };
    let mut out = format!(
        "Active Internet connections ({servers})\nProto Recv-Q Send-Q Local Address           Foreign Address         State      "
    );
    let programs = options.has('p');
    out.push_str(if programs { " PID/Program name    \n" } else { "\n" });
    for one in listening(&p) {
        if !shows || tcp != udp && (one.proto == "tcp") != tcp {
            continue;
        }
        let state = if one.proto == "tcp" { "LISTEN" } else { "" };
        let owner = match &one.owner {
            _ if !programs => String::new(),
            Some((pid, name, _)) => format!(" {:<20}", format!("{pid}/{name}")),
            None => format!(" {:<20}", "-"),
        };
        let local = format!("{}:{}", one.address, one.port);
        out.push_str(&format!(
            "{:<5} {:>6} {:>6} {local:<23} {:<23} {state:<11}{owner}\n",
            one.proto, 0, 0, "0.0.0.0:*"
        ));
    }
    p.out(&out).await;
    0
}

/// `lsof -i`: the listening sockets. Which files processes hold is not kept.
pub async fn lsof(p: Process) -> i32 {
    let args: Vec<String> = p.args().iter().skip(1).cloned().collect();
    let mut words = args.iter();
    let (mut internet, mut port, mut quiet) = (false, None, false);
    while let Some(word) = words.next() {
        let Some(letters) = word.strip_prefix('-') else {
            return fail(&p, "which files a process holds open is not kept here; 'lsof -i' shows who listens").await;
        };
        match letters.split_once('i') {
            Some((before, rest)) if !letters.starts_with('s') => {
                internet = true;
                quiet |= before.contains('t');
                let mut rest = rest.trim_start_matches(['P', 'n']);
                if rest.is_empty()
                    && let Some(next) =
                        words.clone().next().filter(|next| next.starts_with(':') || next.starts_with("TCP"))
                {
                    rest = next;
                    words.next();
                }
                port = rest.split_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
            }
            _ => quiet |= letters == "t",
        }
    }
    if !internet {
        return fail(&p, "which files a process holds open is not kept here; 'lsof -i' shows who listens").await;
    }
    let found: Vec<Socket> = listening(&p).into_iter().filter(|one| port.is_none_or(|port| one.port == port)).collect();
    let owned: Vec<(&Socket, &(u32, String, String))> =
        found.iter().filter_map(|one| one.owner.as_ref().map(|owner| (one, owner))).collect();
    if owned.is_empty() {
        return 1;
    }
    let mut out = String::new();
    if !quiet {
        out.push_str("COMMAND   PID USER   FD   TYPE  DEVICE SIZE/OFF NODE NAME\n");
    }
    for (one, (pid, name, user)) in owned {
        if quiet {
            out.push_str(&format!("{pid}\n"));
            continue;
        }
        let at = if one.address == "0.0.0.0" { "*" } else { &one.address };
        let name: String = name.chars().take(9).collect();
        let node = one.proto.to_uppercase();
        let state = if one.proto == "tcp" { " (LISTEN)" } else { "" };
        out.push_str(&format!(
            "{name:<7} {pid:>5} {user:<6} 6u   IPv4 {:>7}      0t0  {node} {at}:{}{state}\n",
            20_000 + u32::from(one.port),
            one.port
        ));
    }
    p.out(&out).await;
    0
}
