//! `netstat`: sockets that are listened on, and routes. netstat(8) of net-tools 2.10.

use super::prelude::*;
use super::route::routing_table;
use super::sockets::listening;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
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
    let options = SPEC.parse(&p).await?;
    if options.has('r') {
        let text = routing_table(&p, options.has('n'), true);
        p.out(&text).await;
        return Ok(());
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
    Ok(())
}
