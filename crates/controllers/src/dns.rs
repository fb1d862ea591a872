//! The cluster's DNS: what CoreDNS' `kubernetes` plugin answers, read from the API's objects when somebody asks.
//!
//! <https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/>; github.com/coredns/coredns,
//! `plugin/kubernetes` and `plugin/backend_lookup.go`, with `pods insecure`, as minikube's Corefile has it.
//! Not here: messages (`machine::dns`), the server (`playground/src/node/dns.rs`), names outside of the cluster.

use std::net::Ipv4Addr;

use api::path;
use component::View;
use serde_json::Value;

/// For how many seconds an answer may be kept (`ttl` in the Corefile).
pub const TTL: u32 = 30;
/// The zone of all names.
const ZONE: &str = "cluster.local";
/// The longest chain of ExternalNames that is followed.
const LONGEST_CHAIN: usize = 8;

/// The type of a query.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// An IPv4 address.
    A,
    /// An IPv6 address.
    Aaaa,
    /// The name it stands for.
    Cname,
    /// Port and host of a service.
    Srv,
    /// The name of an address.
    Ptr,
    /// The zone's name server.
    Ns,
    /// The zone's start of authority.
    Soa,
    /// Free text.
    Txt,
    /// Any other type; no name here has records of it.
    Other,
}

/// The data of a record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Data {
    /// [`Kind::A`]
    Address(Ipv4Addr),
    /// [`Kind::Cname`]
    Alias(String),
    /// [`Kind::Ptr`]
    Pointer(String),
    /// [`Kind::Ns`]
    Server(String),
    /// [`Kind::Txt`]
    Text(String),
    /// [`Kind::Srv`]; the priority is 0.
    Service {
        /// The weight: the share of one record among all.
        weight: u16,
        /// The port.
        port: u16,
        /// The host.
        target: String,
    },
    /// [`Kind::Soa`]
    Zone {
        /// The first name server.
        server: String,
        /// The mailbox of the person in charge, with a dot for the `@`.
        mail: String,
        /// The serial number of the zone.
        serial: u32,
    },
}

/// A record of a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// The name.
    pub name: String,
    /// The data.
    pub data: Data,
}

/// The answer for a name in the cluster's zones.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// Whether there is such a name (else `NXDOMAIN`).
    pub exists: bool,
    /// The records that were asked for; empty where there are none of that type (`NODATA`).
    pub answers: Vec<Record>,
    /// The zone's SOA record, where there is no answer.
    pub authority: Vec<Record>,
    /// Addresses of the hosts in the answers.
    pub additional: Vec<Record>,
}

enum Found {
    /// The name is in none of the cluster's zones.
    Elsewhere,
    NoSuchName,
    Records {
        answers: Vec<Record>,
        additional: Vec<Record>,
    },
}

/// What a name stands for.
struct Entry {
    host: Host,
    port: Option<u16>,
    /// Its own name, which may be longer than the name of the query.
    name: String,
}

enum Host {
    Address(Ipv4Addr),
    Alias(String),
}

/// There is no such name.
struct Nothing;

/// Looks a name up; it has no dot at its end. `None` when it is in none of the cluster's zones.
#[inline(never)]
pub fn look_up(view: View, name: &str, kind: Kind) -> Option<Answer> {
    let name = name.to_ascii_lowercase();
    let (exists, answers, additional) = match find(view, &name, kind) {
        Found::Elsewhere => return None,
        Found::NoSuchName => (false, Vec::new(), Vec::new()),
        Found::Records { answers, additional } => (true, answers, additional),
    };
    let authority = if answers.is_empty() { vec![zone(view)] } else { Vec::new() };
    Some(Answer { exists, answers, authority, additional })
}

fn find(view: View, name: &str, kind: Kind) -> Found {
    if let Some(reversed) = name.strip_suffix(".in-addr.arpa") {
        return reverse(view, name, reversed, kind);
    }
    let Some(base) = within_zone(name) else { return Found::Elsewhere };
    let own = |data| Record { name: name.to_owned(), data };
    let just = |answers: Vec<Record>| Found::Records { answers, additional: Vec::new() };
    let server = view.get("services", "kube-system", "kube-dns");
    let server: Option<Ipv4Addr> = server.and_then(|service| path::str(service, "spec.clusterIP").parse().ok());
    match (base, kind) {
        ("", Kind::Soa) => return just(vec![own(zone(view).data)]),
        ("", Kind::Ns) => {
            let target = "kube-dns.kube-system.svc.cluster.local".to_owned();
            let address = server.map(|address| Record { name: target.clone(), data: Data::Address(address) });
            let additional = address.into_iter().collect();
            return Found::Records { answers: vec![own(Data::Server(target))], additional };
        }
        ("dns-version", Kind::Txt) => return just(vec![own(Data::Text("1.1.0".to_owned()))]),
        ("ns.dns", Kind::A) => return just(server.map(|address| own(Data::Address(address))).into_iter().collect()),
        ("ns.dns", _) => return just(Vec::new()),
        _ => {}
    }
    if let Kind::A | Kind::Aaaa = kind {
        return match addresses(view, name, kind, &mut Vec::new()) {
            Ok(answers) => just(answers),
            Err(Nothing) => Found::NoSuchName,
        };
    }
    let Ok(entries) = entries(view, name) else { return Found::NoSuchName };
    match kind {
        Kind::Cname => just(entries.iter().filter_map(|entry| alias(name, entry)).collect()),
        Kind::Srv => srv_records(name, entries),
        _ => just(Vec::new()),
    }
}

/// The authority section of an answer without records.
fn zone(view: View) -> Record {
    let data = Data::Zone {
        server: format!("ns.dns.{ZONE}"),
        mail: format!("hostmaster.{ZONE}"),
        serial: view.revision() as u32,
    };
    Record { name: ZONE.to_owned(), data }
}

/// The name without the zone.
fn within_zone(name: &str) -> Option<&str> {
    let base = name.strip_suffix(ZONE)?;
    if base.is_empty() { Some(base) } else { base.strip_suffix('.') }
}

fn alias(name: &str, entry: &Entry) -> Option<Record> {
    match &entry.host {
        Host::Alias(target) => Some(Record { name: name.to_owned(), data: Data::Alias(target.clone()) }),
        Host::Address(_) => None,
    }
}

/// A name's addresses. Of an alias, the chain of names first; what cannot be found stays an alias.
fn addresses(view: View, name: &str, kind: Kind, before: &mut Vec<String>) -> Result<Vec<Record>, Nothing> {
    let mut answers: Vec<Record> = Vec::new();
    for entry in entries(view, name)? {
        match &entry.host {
            Host::Address(address) => {
                let record = Record { name: name.to_owned(), data: Data::Address(*address) };
                if kind == Kind::A && !answers.contains(&record) {
                    answers.push(record);
                }
            }
            Host::Alias(target) => {
                before.push(name.to_owned());
                if before.contains(target) || before.len() >= LONGEST_CHAIN {
                    continue;
                }
                let further = within_zone(target).and_then(|_| addresses(view, target, kind, before).ok());
                if further.as_ref().is_none_or(|further| !further.is_empty()) {
                    answers.extend(alias(name, &entry));
                    answers.extend(further.unwrap_or_default());
                }
            }
        }
    }
    Ok(answers)
}

fn srv_records(name: &str, entries: Vec<Entry>) -> Found {
    let (mut answers, mut additional) = (Vec::new(), Vec::new());
    let inside: Vec<(Ipv4Addr, u16, String)> = entries
        .into_iter()
        .filter_map(|entry| match entry.host {
            Host::Address(address) => Some((address, entry.port?, entry.name)),
            Host::Alias(_) => None,
        })
        .collect();
    let weight = (100 / inside.len().max(1)).max(1) as u16;
    for (address, port, target) in inside {
        let record = Record { name: name.to_owned(), data: Data::Service { weight, port, target: target.clone() } };
        let host = Record { name: target, data: Data::Address(address) };
        for (list, one) in [(&mut answers, record), (&mut additional, host)] {
            if !list.contains(&one) {
                list.push(one);
            }
        }
    }
    Found::Records { answers, additional }
}

/// What stands behind `[endpoint.|_port._protocol.]service.namespace.svc` and `a-b-c-d.namespace.pod`; nothing where only
/// longer names have something.
fn entries(view: View, name: &str) -> Result<Vec<Entry>, Nothing> {
    let labels: Vec<&str> = within_zone(name).ok_or(Nothing)?.rsplit('.').collect();
    let (is_pod, rest) = match labels.as_slice() {
        ["" | "svc" | "pod"] => return Ok(Vec::new()),
        ["svc", rest @ ..] => (false, rest),
        ["pod", rest @ ..] => (true, rest),
        _ => return Err(Nothing),
    };
    let (namespace, rest) = rest.split_first().ok_or(Nothing)?;
    view.get("namespaces", "", namespace).ok_or(Nothing)?;
    let Some((first, rest)) = rest.split_first() else { return Ok(Vec::new()) };
    if is_pod {
        let address = first.replace('-', ".").parse().map_err(|_| Nothing)?;
        return Ok(vec![Entry { host: Host::Address(address), port: None, name: name.to_owned() }]);
    }
    let bare = |label: &&str| label.strip_prefix('_').unwrap_or(label).to_owned();
    let (endpoint, protocol, port) = match rest {
        [] => ("", String::new(), String::new()),
        [endpoint] => (*endpoint, String::new(), String::new()),
        [protocol, port] => ("", bare(protocol), bare(port)),
        _ => return Err(Nothing),
    };
    let service = view.get("services", namespace, first).ok_or(Nothing)?;
    let domain = format!("{first}.{namespace}.svc.{ZONE}");
    let wanted = |known: &Value| {
        (port.is_empty() || path::str(known, "name").eq_ignore_ascii_case(&port))
            && (protocol.is_empty() || known["protocol"].as_str().unwrap_or("TCP").eq_ignore_ascii_case(&protocol))
    };
    let number = |port: &Value| port["port"].as_u64().and_then(|number| u16::try_from(number).ok());
    let mut found = Vec::new();
    if service["spec"]["type"] == "ExternalName" {
        let target = path::str(service, "spec.externalName").trim_end_matches('.').to_ascii_lowercase();
        if endpoint.is_empty() && target.parse::<std::net::IpAddr>().is_err() {
            found.push(Entry { host: Host::Alias(target), port: None, name: domain });
        }
    } else if service["spec"]["clusterIP"] == "None" || !endpoint.is_empty() {
        each_endpoint(view, namespace, |of, slice, host, address| {
            if of != *first || !endpoint.is_empty() && host != endpoint {
                return;
            }
            let entry = |port| Entry { host: Host::Address(address), port, name: format!("{host}.{domain}") };
            let ports = path::list(slice, "ports");
            if ports.is_empty() && port.is_empty() {
                found.push(entry(None));
            }
            found.extend(ports.iter().filter(|port| wanted(port)).map(|port| entry(number(port))));
        });
    } else if let Ok(address) = path::str(service, "spec.clusterIP").parse() {
        for port in path::list(service, "spec.ports").iter().filter(|port| wanted(port)) {
            found.push(Entry { host: Host::Address(address), port: number(port), name: domain.clone() });
        }
    }
    if found.is_empty() { Err(Nothing) } else { Ok(found) }
}

/// Every ready endpoint of a namespace: its Service's name, its slice, its host name, its address.
fn each_endpoint(view: View, namespace: &str, mut tell: impl FnMut(&str, &Value, &str, Ipv4Addr)) {
    for slice in view.list("endpointslices.discovery.k8s.io", Some(namespace)) {
        let service = slice["metadata"]["labels"]["kubernetes.io/service-name"].as_str().unwrap_or_default();
        for endpoint in path::list(slice, "endpoints").iter().filter(|one| one["conditions"]["ready"] != false) {
            for address in path::list(endpoint, "addresses").iter().filter_map(Value::as_str) {
                let Ok(ip) = address.parse() else { continue };
                let host = match path::str(endpoint, "hostname") {
                    "" => address.replace('.', "-"),
                    hostname => hostname.to_owned(),
                };
                tell(service, slice, &host, ip);
            }
        }
    }
}

/// The names of an address: the Service whose it is, or the endpoints that have it.
fn reverse(view: View, name: &str, reversed: &str, kind: Kind) -> Found {
    let parts: Vec<&str> = reversed.rsplit('.').collect();
    let Ok(wanted) = parts.join(".").parse::<Ipv4Addr>() else { return Found::Elsewhere };
    let mut names: Vec<String> = Vec::new();
    let text = wanted.to_string();
    for service in view.list("services", None).filter(|service| path::str(service, "spec.clusterIP") == text) {
        let (namespace, name) = (path::str(service, "metadata.namespace"), path::str(service, "metadata.name"));
        names.push(format!("{name}.{namespace}.svc.{ZONE}"));
    }
    if names.is_empty() {
        for namespace in view.list("namespaces", None) {
            let namespace = path::str(namespace, "metadata.name");
            each_endpoint(view, namespace, |service, _, host, address| {
                let name = format!("{host}.{service}.{namespace}.svc.{ZONE}");
                if address == wanted && !service.is_empty() && !names.contains(&name) {
                    names.push(name);
                }
            });
        }
    }
    // `fallthrough in-addr.arpa`: whoever is asked next may know more.
    if names.is_empty() || kind != Kind::Ptr {
        return Found::Elsewhere;
    }
    let answers = names.into_iter().map(|target| Record { name: name.to_owned(), data: Data::Pointer(target) });
    Found::Records { answers: answers.collect(), additional: Vec::new() }
}
