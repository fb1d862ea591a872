//! A Pod's place in the network, as its specification asks for it: names, name servers, ports of the node.
//!
//! pkg/kubelet/kubelet_pods.go (`GeneratePodHostNameAndDomain`), pkg/kubelet/network/dns/dns.go (`GetPodDNS`).

use api::path;
use apiserver::ObjectKey;
use component::node::{Dns, DnsFrom, HostPort, Sandbox};
use serde_json::Value;

/// The longest host name that Linux has.
const LONGEST_HOST_NAME: usize = 63;

/// The specification of a Pod's sandbox for the runtime.
pub(super) fn spec(key: &ObjectKey, pod: &Value, uid: &str) -> Sandbox {
    let spec = &pod["spec"];
    let hostname = match path::str(spec, "hostname") {
        "" => &*key.name,
        hostname => hostname,
    };
    let domain = match path::str(spec, "subdomain") {
        "" => String::new(),
        subdomain => format!("{subdomain}.{}.svc.cluster.local", key.namespace),
    };
    let host_network = path::bool(spec, "hostNetwork");
    Sandbox {
        namespace: key.namespace.to_string(),
        pod: key.name.to_string(),
        uid: uid.to_owned(),
        hostname: short_host_name(hostname),
        full_hostname: path::bool(spec, "setHostnameAsFQDN") && !domain.is_empty(),
        host_network,
        domain,
        host_aliases: path::list(spec, "hostAliases")
            .iter()
            .map(|alias| (path::str(alias, "ip").to_owned(), texts(alias, "hostnames")))
            .collect(),
        dns: dns(spec, host_network),
        // A Pod in the node's network listens there itself, without a mapping.
        host_ports: if host_network { Vec::new() } else { host_ports(spec) },
    }
}

fn texts(value: &Value, field: &str) -> Vec<String> {
    path::list(value, field).iter().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

fn dns(spec: &Value, host_network: bool) -> Dns {
    let from = match path::str(spec, "dnsPolicy") {
        "None" => DnsFrom::Nothing,
        "Default" => DnsFrom::Node,
        "ClusterFirst" if host_network => DnsFrom::Node,
        _ => DnsFrom::Cluster,
    };
    let config = &spec["dnsConfig"];
    let option = |option: &Value| (path::str(option, "name").to_owned(), path::str(option, "value").to_owned());
    Dns {
        from,
        servers: texts(config, "nameservers"),
        searches: texts(config, "searches"),
        options: path::list(config, "options").iter().map(option).collect(),
    }
}

fn host_ports(spec: &Value) -> Vec<HostPort> {
    let mut ports = Vec::new();
    let sidecars = path::list(spec, "initContainers").iter().filter(|one| one["restartPolicy"] == "Always");
    for container in path::list(spec, "containers").iter().chain(sidecars) {
        for port in path::list(container, "ports") {
            let number = |field: &str| port[field].as_u64().and_then(|number| u16::try_from(number).ok());
            let Some((host, own)) = number("hostPort").filter(|port| *port > 0).zip(number("containerPort")) else {
                continue;
            };
            ports.push(HostPort {
                protocol: port["protocol"].as_str().unwrap_or("TCP").to_owned(),
                address: path::str(port, "hostIP")
                    .parse()
                    .ok()
                    .filter(|address: &std::net::Ipv4Addr| !address.is_unspecified()),
                port: host,
                container_port: own,
            });
        }
    }
    ports
}

/// As `truncatePodHostnameIfNeeded` does (pkg/kubelet/util/util.go): what is cut off leaves no dash or dot at the end.
fn short_host_name(name: &str) -> String {
    match name.char_indices().nth(LONGEST_HOST_NAME) {
        Some((end, _)) => name[..end].trim_end_matches(['-', '.']).to_owned(),
        None => name.to_owned(),
    }
}
