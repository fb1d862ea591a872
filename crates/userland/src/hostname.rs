//! `hostname`: the machine's name and addresses. hostname(1) 3.23.

use super::prelude::*;

/// The addresses of the machine's interfaces, without loopback.
pub(crate) fn addresses(p: &Process) -> Vec<std::net::Ipv4Addr> {
    p.kernel().with(|state| {
        let host = state.host_of(p.machine()).and_then(|host| state.network.host(host));
        let interfaces = host.map(|host| host.interfaces.as_slice()).unwrap_or_default();
        interfaces.iter().map(|interface| interface.address.addr()).filter(|address| !address.is_loopback()).collect()
    })
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec {
        short: "aAdfiIsyF:bV",
        long: &[
            ("all-ip-addresses", 'I'),
            ("ip-address", 'i'),
            ("fqdn", 'f'),
            ("long", 'f'),
            ("short", 's'),
            ("domain", 'd'),
        ],
        usage: "[-b] {hostname|-F file}         set host name (from file)",
        status: 255,
    };
    let options = SPEC.parse(&p).await?;
    let name = p.hostname();
    if !options.operands.is_empty() {
        p.err("hostname: you must be root to change the host name\n").await;
        return Err(ExitStatus(1));
    }
    let all: Vec<String> = addresses(&p).iter().map(ToString::to_string).collect();
    let text = match options.last_of("aAdfiIsy") {
        Some('I') => format!("{} ", all.join(" ")),
        Some('i') => match p.resolve_host(&name).await {
            Ok(address) => address.to_string(),
            Err(_) => return fail(&p, "Name or service not known").await,
        },
        Some('s') => name.split('.').next().unwrap_or("").to_owned(),
        // The first name that the address of the host's name has.
        Some(letter @ ('f' | 'd')) => match p.addresses_of(&name, &p.resolv_conf()).await {
            Ok(found) if letter == 'f' => found.name,
            Ok(found) => found.name.split_once('.').map_or("", |(_, domain)| domain).to_owned(),
            Err(_) => return fail(&p, "Name or service not known").await,
        },
        _ => name,
    };
    p.out(&format!("{text}\n")).await;
    Ok(())
}
