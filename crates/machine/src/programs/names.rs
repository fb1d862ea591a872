//! Asking for names: `nslookup` (busybox's and BIND's), `dig`, `host`, `getent`.

use std::net::Ipv4Addr;

use super::prelude::*;

/// The name servers and search list of `/etc/resolv.conf`.
fn resolver(p: &Process) -> (Vec<Ipv4Addr>, Vec<String>) {
    let text = String::from_utf8_lossy(&p.read_file("/etc/resolv.conf").unwrap_or_default()).into_owned();
    let words = |name: &str| -> Vec<String> {
        let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        lines
            .filter(|line| line.first() == Some(&name))
            .flat_map(|line| line[1..].iter().map(|w| (*w).to_owned()).collect::<Vec<_>>())
            .collect()
    };
    (words("nameserver").iter().filter_map(|word| word.parse().ok()).collect(), words("search"))
}

/// The names to try, in order.
fn candidates(name: &str, search: &[String], first: bool) -> Vec<String> {
    if let Some(absolute) = name.strip_suffix('.') {
        return vec![absolute.to_owned()];
    }
    let mut names: Vec<String> = search.iter().map(|suffix| format!("{name}.{suffix}")).collect();
    names.insert(if first { 0 } else { names.len() }, name.to_owned());
    names
}

pub async fn nslookup(p: Process) -> i32 {
    let operands: Vec<String> = p.args().iter().skip(1).filter(|arg| !arg.starts_with('-')).cloned().collect();
    let Some(name) = operands.first().cloned() else {
        let text = if is_busybox(&p) {
            format!(
                "{}\n\nUsage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]\n",
                super::words::BUSYBOX_BANNER
            )
        } else {
            "nslookup: the interactive mode is not simulated; give a name\n".to_owned()
        };
        p.err(&text).await;
        return 1;
    };
    let (mut servers, search) = resolver(&p);
    if let Some(server) = operands.get(1) {
        match p.resolve_host(server).await {
            Ok(address) => servers = vec![address],
            Err(_) => return fail(&p, &format!("bad address '{server}'")).await,
        }
    }
    let Some(server) = servers.first().copied() else {
        p.out(";; connection timed out; no servers could be reached\n\n").await;
        return 1;
    };
    // busybox takes the name as it stands, unless it has no dot at all.
    let busybox = is_busybox(&p);
    let names = candidates(&name, &search, name.contains('.'));
    let mut found = None;
    for candidate in &names {
        match p.ask_server(server, candidate).await {
            None => {
                p.sleep(Duration::from_secs(if busybox { 5 } else { 15 })).await;
                p.out(";; connection timed out; no servers could be reached\n\n").await;
                return 1;
            }
            Some(Some(addresses)) => {
                found = Some((candidate.clone(), addresses));
                break;
            }
            Some(None) => {}
        }
    }
    let port = if busybox { format!("{server}:53") } else { format!("{server}#53") };
    p.out(&format!("Server:\t\t{server}\nAddress:\t{port}\n\n")).await;
    match found {
        Some((full, addresses)) => {
            let mut text = String::new();
            if busybox {
                text.push_str(&format!("Name:\t{full}\n"));
                text.push_str(&addresses.iter().map(|address| format!("Address: {address}\n")).collect::<String>());
            } else {
                text.push_str(
                    &addresses.iter().map(|address| format!("Name:\t{full}\nAddress: {address}\n")).collect::<String>(),
                );
            }
            p.out(&format!("{text}\n")).await;
            0
        }
        None => {
            let last = names.last().cloned().unwrap_or(name);
            p.out(&format!("** server can't find {last}: NXDOMAIN\n\n")).await;
            1
        }
    }
}

pub async fn dig(p: Process) -> i32 {
    let args: Vec<String> = p.args().iter().skip(1).cloned().collect();
    let (mut servers, search) = resolver(&p);
    let short = args.iter().any(|arg| arg == "+short");
    let use_search = args.iter().any(|arg| arg == "+search");
    let mut name = String::new();
    for arg in &args {
        if let Some(server) = arg.strip_prefix('@') {
            match p.resolve_host(server).await {
                Ok(address) => servers = vec![address],
                Err(_) => {
                    p.err(&format!("dig: couldn't get address for '{server}': not found\n")).await;
                    return 10;
                }
            }
        } else if !arg.starts_with(['+', '-']) && !matches!(arg.to_ascii_uppercase().as_str(), "A" | "IN" | "ANY") {
            name.clone_from(arg);
        }
    }
    let Some(server) = servers.first().copied() else {
        p.out(";; connection timed out; no servers could be reached\n").await;
        return 9;
    };
    let names =
        if use_search { candidates(&name, &search, false) } else { vec![name.trim_end_matches('.').to_owned()] };
    let mut result = (names[0].clone(), None);
    for candidate in names {
        match p.ask_server(server, &candidate).await {
            None => {
                p.sleep(Duration::from_secs(15)).await;
                p.out(&format!(
                    "\n; <<>> DiG 9.18.33 <<>> {}\n;; connection timed out; no servers could be reached\n",
                    args.join(" ")
                ))
                .await;
                return 9;
            }
            Some(addresses) => {
                let done = addresses.is_some();
                result = (candidate, addresses);
                if done {
                    break;
                }
            }
        }
    }
    let (name, found) = result;
    let addresses = found.clone().unwrap_or_default();
    if short {
        p.out(&addresses.iter().map(|address| format!("{address}\n")).collect::<String>()).await;
        return 0;
    }
    let status = if found.is_some() { "NOERROR" } else { "NXDOMAIN" };
    let mut text = format!(
        "\n; <<>> DiG 9.18.33 <<>> {}\n;; global options: +cmd\n;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: {status}, id: \
         {}\n;; flags: qr aa rd; QUERY: 1, ANSWER: {}, AUTHORITY: 0, ADDITIONAL: 1\n\n;; QUESTION SECTION:\n;{name}.\t\tIN\tA\n\n",
        args.join(" "),
        p.random(65_536),
        addresses.len()
    );
    if !addresses.is_empty() {
        text.push_str(";; ANSWER SECTION:\n");
        text.push_str(&addresses.iter().map(|address| format!("{name}.\t30\tIN\tA\t{address}\n")).collect::<String>());
        text.push('\n');
    }
    let date = super::date::format(p.now(), "%a %b %d %H:%M:%S UTC %Y");
    text.push_str(&format!(";; Query time: 0 msec\n;; SERVER: {server}#53({server}) (UDP)\n;; WHEN: {date}\n\n"));
    p.out(&text).await;
    0
}

pub async fn host(p: Process) -> i32 {
    let Some(name) = p.args().iter().skip(1).find(|arg| !arg.starts_with('-')).cloned() else {
        p.err("Usage: host [-aCdilrTvVw] [-c class] [-N ndots] [-t type] [-W time]\n            [-R number] [-m flag] [-p port] hostname [server]\n").await;
        return 1;
    };
    let (servers, search) = resolver(&p);
    for candidate in candidates(&name, &search, name.contains('.')) {
        let Some(server) = servers.first() else { break };
        if let Some(Some(addresses)) = p.ask_server(*server, &candidate).await {
            p.out(&addresses.iter().map(|address| format!("{candidate} has address {address}\n")).collect::<String>())
                .await;
            return 0;
        }
    }
    p.out(&format!("Host {name} not found: 3(NXDOMAIN)\n")).await;
    1
}

pub async fn getent(p: Process) -> i32 {
    let args: Vec<String> = p.args().iter().skip(1).cloned().collect();
    let Some(database) = args.first() else {
        p.err("getent: wrong number of arguments\nTry `getent --help' or `getent --usage' for more information.\n")
            .await;
        return 1;
    };
    let keys = &args[1..];
    match database.as_str() {
        "hosts" | "ahosts" | "ahostsv4" if !keys.is_empty() => {
            let mut status = 0;
            for key in keys {
                match p.resolve_all(key).await {
                    Ok(addresses) => {
                        let mut text = String::new();
                        for (index, address) in addresses.iter().enumerate() {
                            let address = address.to_string();
                            if database == "hosts" {
                                text.push_str(&format!("{address:<15} {key}\n"));
                            } else {
                                let name = if index == 0 { key.as_str() } else { "" };
                                text.push_str(&format!(
                                    "{address:<15} STREAM {name}\n{address:<15} DGRAM  \n{address:<15} RAW    \n"
                                ));
                            }
                        }
                        p.out(&text).await;
                    }
                    Err(_) => status = 2,
                }
            }
            status
        }
        "hosts" | "passwd" | "group" => {
            let text =
                String::from_utf8_lossy(&p.read_file(&format!("/etc/{database}")).unwrap_or_default()).into_owned();
            let mut status = 0;
            if keys.is_empty() {
                p.out(&text).await;
            }
            for key in keys {
                let line = text.lines().find(|line| {
                    let mut fields = line.split(':');
                    fields.next() == Some(key) || fields.nth(1) == Some(key)
                });
                match line {
                    Some(line) => p.out(&format!("{line}\n")).await,
                    None => status = 2,
                }
            }
            status
        }
        other => {
            p.err(&format!(
                "Unknown database: {other}\nTry `getent --help' or `getent --usage' for more information.\n"
            ))
            .await;
            1
        }
    }
}
