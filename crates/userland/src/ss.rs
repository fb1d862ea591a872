//! `ss`: sockets that are listened on. ss(8) of iproute2 6.1.

use super::prelude::*;
use super::sockets::listening;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
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
    let options = SPEC.parse(&p).await?;
    let mut found = listening(&p);
    if options.has('s') {
        let text = format!("Total: {0}\nTCP:   {0} (estab 0, closed 0, orphaned 0, timewait 0)\n", found.len());
        p.out(&text).await;
        return Ok(());
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
    Ok(())
}
