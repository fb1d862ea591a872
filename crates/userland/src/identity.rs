//! Who and where: `whoami`, `id`, `hostname`, `uname`, `uptime`, `free`.

use machine::User;

use super::listing::Names;
use super::prelude::*;

pub async fn whoami(p: Process) -> i32 {
    if let Some(extra) = p.args().get(1).cloned() {
        return usage_hint(&p, &format!("extra operand {}", quote(&p, &extra))).await;
    }
    let user = p.user();
    if user.name.is_empty() {
        let why = if is_busybox(&p) { "unknown uid" } else { "cannot find name for user ID" };
        return fail(&p, &format!("{why} {}", user.uid)).await;
    }
    p.out(&format!("{}\n", user.name)).await;
    0
}

/// The groups a user is in, besides the primary one: from `/etc/group`.
fn more_groups(p: &Process, name: &str, primary: u32) -> Vec<u32> {
    if name.is_empty() {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(&p.read_file("/etc/group").unwrap_or_default()).into_owned();
    let member = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let number = fields.get(2)?.parse().ok()?;
        (number != primary && fields.get(3)?.split(',').any(|user| user == name)).then_some(number)
    };
    text.lines().filter_map(member).collect()
}

pub async fn id(p: Process) -> i32 {
    const SPEC: Spec = Spec {
        short: "Ggnru",
        long: &[("groups", 'G'), ("group", 'g'), ("name", 'n'), ("real", 'r'), ("user", 'u')],
        usage: "[OPTION]... [USER]...",
        status: 1,
    };
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let (users, groups) = (Names::read(&p, "/etc/passwd"), Names::read(&p, "/etc/group"));
    let mut user = p.user();
    if let Some(name) = options.operands.first() {
        let text = String::from_utf8_lossy(&p.read_file("/etc/passwd").unwrap_or_default()).into_owned();
        let found = text.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            (fields.first() == Some(&name.as_str())).then_some(())?;
            Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
        });
        match found {
            Some((uid, gid)) => user = User { name: name.clone(), uid, gid, groups: Vec::new(), home: String::new() },
            None => return fail(&p, &format!("{}: no such user", quote(&p, name))).await,
        }
    }
    let mut all = vec![user.gid];
    for group in user.groups.iter().copied().chain(more_groups(&p, &user.name, user.gid)) {
        if !all.contains(&group) {
            all.push(group);
        }
    }
    if is_busybox(&p) {
        // As the kernel has them: GNU's puts the primary one first.
        sim::order::sort(&mut all);
    }
    let text = match (options.last_of("Ggu"), options.has('n')) {
        (Some('u'), false) => user.uid.to_string(),
        (Some('u'), true) => users.get(user.uid),
        (Some('g'), false) => user.gid.to_string(),
        (Some('g'), true) => groups.get(user.gid),
        (Some(_), named) => {
            let texts: Vec<String> =
                all.iter().map(|gid| if named { groups.get(*gid) } else { gid.to_string() }).collect();
            texts.join(" ")
        }
        (None, true) => return fail(&p, "cannot print only names or real IDs in default format").await,
        (None, false) => {
            let label = |names: &Names, number: u32| match names.find(number) {
                Some(name) => format!("{number}({name})"),
                None => number.to_string(),
            };
            let all: Vec<String> = all.iter().map(|gid| label(&groups, *gid)).collect();
            format!("uid={} gid={} groups={}", label(&users, user.uid), label(&groups, user.gid), all.join(","))
        }
    };
    p.out(&format!("{text}\n")).await;
    0
}

/// The addresses of the machine's interfaces, without loopback.
pub fn addresses(p: &Process) -> Vec<std::net::Ipv4Addr> {
    p.kernel().with(|state| {
        let host = state.host_of(p.machine()).and_then(|host| state.network.host(host));
        let interfaces = host.map(|host| host.interfaces.as_slice()).unwrap_or_default();
        interfaces.iter().map(|interface| interface.address.addr()).filter(|address| !address.is_loopback()).collect()
    })
}

pub async fn hostname(p: Process) -> i32 {
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
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let name = p.hostname();
    if !options.operands.is_empty() {
        p.err("hostname: you must be root to change the host name\n").await;
        return 1;
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
    0
}

pub async fn uname(p: Process) -> i32 {
    const SPEC: Spec = Spec {
        short: "asnrvmpio",
        long: &[
            ("all", 'a'),
            ("kernel-name", 's'),
            ("nodename", 'n'),
            ("kernel-release", 'r'),
            ("kernel-version", 'v'),
            ("machine", 'm'),
            ("processor", 'p'),
            ("hardware-platform", 'i'),
            ("operating-system", 'o'),
        ],
        usage: "[OPTION]...",
        status: 1,
    };
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if let Some(extra) = options.operands.first() {
        return usage_hint(&p, &format!("extra operand {}", quote(&p, extra))).await;
    }
    let system = if is_busybox(&p) { "Linux" } else { "GNU/Linux" };
    let fields = [
        ('s', "Linux".to_owned()),
        ('n', p.hostname()),
        ('r', "5.15.0-139-generic".to_owned()),
        ('v', "#149-Ubuntu SMP Fri Apr 11 22:06:13 UTC 2025".to_owned()),
        ('m', "x86_64".to_owned()),
        ('o', system.to_owned()),
    ];
    let asked = |letter: char| options.has('a') || options.has(letter) || (options.given.is_empty() && letter == 's');
    let mut shown: Vec<String> =
        fields.into_iter().filter(|(letter, _)| asked(*letter)).map(|(_, text)| text).collect();
    if shown.is_empty() {
        shown.push("unknown".to_owned());
    }
    p.out(&format!("{}\n", shown.join(" "))).await;
    0
}

pub async fn uptime(p: Process) -> i32 {
    let started = p.processes().iter().map(|entry| entry.started).min().unwrap_or_else(|| p.now());
    let minutes = p.now().since(started).as_secs() / 60;
    let up = match minutes / 60 {
        0 => format!("{minutes} min"),
        hours if hours < 24 => format!("{hours:2}:{:02}", minutes % 60),
        hours => format!("{} days, {:2}:{:02}", hours / 24, hours % 24, minutes % 60),
    };
    let clock = strftime::format(p.now(), "%H:%M:%S");
    p.out(&format!(" {clock} up {up},  1 user,  load average: 0.31, 0.28, 0.25\n")).await;
    0
}

pub async fn free(p: Process) -> i32 {
    let text = String::from_utf8_lossy(&p.read_file("/proc/meminfo").unwrap_or_default()).into_owned();
    let get = |name: &str| -> u64 {
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_whitespace().nth(1)).and_then(|number| number.parse().ok()).unwrap_or(0)
    };
    let (total, unused, available) = (get("MemTotal:"), get("MemFree:"), get("MemAvailable:"));
    let cache = get("Buffers:") + get("Cached:");
    let used = total.saturating_sub(unused + cache);
    let human = p.args().iter().any(|arg| arg == "-h" || arg == "--human");
    let unit = p.args().iter().find_map(|arg| match arg.as_str() {
        "-m" | "--mebi" => Some(1024),
        "-g" | "--gibi" => Some(1024 * 1024),
        "-b" => Some(0),
        _ => None,
    });
    let show = |kilobytes: u64| {
        if human {
            let text = super::listing::human(kilobytes * 1024);
            return text.replace('K', "Ki").replace('M', "Mi").replace('G', "Gi")
                + if kilobytes == 0 { "B" } else { "" };
        }
        match unit {
            Some(0) => kilobytes * 1024,
            Some(unit) => kilobytes / unit,
            None => kilobytes,
        }
        .to_string()
    };
    let row = |name: &str, numbers: &[u64]| {
        let cells: String = numbers.iter().map(|number| format!("{:>12}", show(*number))).collect();
        format!("{name:<7}{}\n", cells.get(0..).unwrap_or(""))
    };
    p.out(&format!(
        "               total        used        free      shared  buff/cache   available\n{}{}",
        row("Mem:", &[total, used, unused, 0, cache, available]).replacen("Mem:   ", "Mem:    ", 1),
        row("Swap:", &[0, 0, 0]).replacen("Swap:  ", "Swap:   ", 1),
    ))
    .await;
    0
}
