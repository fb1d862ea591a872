//! Sandboxes: a Pod's place in the network, and the files its containers share.

use std::net::Ipv4Addr;

use cluster::node::{Dns, DnsFrom, Sandbox};
use machine::{Content, Disk, DiskId};
use network::Topology;
use sim::SharedMap;

use super::{NodeRuntime, Pod};

/// What the ports that are opened for a Pod are called, unlike any Service's name.
fn port_name(namespace: &str, pod: &str) -> String {
    format!("pod/{namespace}/{pod}")
}

impl NodeRuntime<'_> {
    /// The node's host name.
    fn node_name(&self) -> String {
        self.kernel
            .with(|state| state.machines.get(&self.state.machine).map(|node| node.hostname.clone()))
            .unwrap_or_default()
    }

    /// Makes a Pod's sandbox. Asked again for the same Pod, it answers the same.
    pub(super) fn make_sandbox(&mut self, sandbox: &Sandbox) -> Result<Ipv4Addr, String> {
        if let Some(pod) = self.state.pods.get(&sandbox.uid) {
            return Ok(pod.ip);
        }
        let (host, ip) = if sandbox.host_network {
            (self.state.host, Topology::NODE)
        } else {
            let ip = self.state.pool.allocate().map_err(|full| {
                format!(
                    "failed to create pod sandbox: rpc error: code = Unknown desc = failed to set up sandbox container \
                     network for pod \"{}\": networkPlugin cni failed to set up pod \"{}_{}\" network: failed to allocate \
                     for range 0: {full}",
                    sandbox.pod, sandbox.pod, sandbox.namespace
                )
            })?;
            let (pool, bridge) = (self.state.pool.clone(), self.state.bridge);
            let host =
                self.kernel.with(|state| Topology::add_container(&mut state.network, bridge, &pool, &sandbox.pod, ip));
            (host, ip)
        };
        let files = self.write_files(sandbox, ip);
        if !sandbox.host_ports.is_empty() {
            self.open_host_ports(&port_name(&sandbox.namespace, &sandbox.pod), ip, &sandbox.host_ports);
        }
        self.state.pods.insert(
            sandbox.uid.clone(),
            Pod {
                namespace: sandbox.namespace.clone(),
                name: sandbox.pod.clone(),
                // The node's own name is part of its network.
                hostname: self.hostname(sandbox),
                has_host_ports: !sandbox.host_ports.is_empty(),
                ip,
                host,
                host_network: sandbox.host_network,
                volumes: SharedMap::new(),
                files,
            },
        );
        self.addresses_changed();
        Ok(ip)
    }

    /// The files the kubelet keeps for a Pod's containers.
    fn write_files(&self, sandbox: &Sandbox, ip: Ipv4Addr) -> DiskId {
        let now = self.now();
        let mut disk = Disk::new(now);
        disk.add_file("/hosts", self.hosts(sandbox, ip), 0o644, now);
        disk.add_file("/resolv.conf", self.resolv_conf(sandbox), 0o644, now);
        let hostname = self.hostname(sandbox);
        disk.add_file("/hostname", format!("{hostname}\n"), 0o644, now);
        self.kernel.with(|state| state.add_disk(disk))
    }

    /// What `hostname` prints in the Pod's containers.
    fn hostname(&self, sandbox: &Sandbox) -> String {
        match (sandbox.host_network, sandbox.full_hostname) {
            (true, _) => self.node_name(),
            (false, true) => format!("{}.{}", sandbox.hostname, sandbox.domain),
            (false, false) => sandbox.hostname.clone(),
        }
    }

    fn of_node(&self, file: &str) -> String {
        self.kernel.with(|state| {
            let content = state.disks.get(&self.state.disk).and_then(|disk| disk.get(&["etc", file]));
            match content.map(|inode| &inode.content) {
                Some(Content::File(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
                _ => String::new(),
            }
        })
    }

    /// pkg/kubelet/kubelet_pods.go, `managedHostsFileContent` and `nodeHostsFileContent`.
    fn hosts(&self, sandbox: &Sandbox, ip: Ipv4Addr) -> String {
        let name = &sandbox.hostname;
        let mut text = if sandbox.host_network {
            format!("# Kubernetes-managed hosts file (host network).\n{}", self.of_node("hosts"))
        } else {
            let full = if sandbox.domain.is_empty() { String::new() } else { format!("{name}.{}\t", sandbox.domain) };
            format!(
                "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n\
                 fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n\
                 {ip}\t{full}{name}\n"
            )
        };
        if !sandbox.host_aliases.is_empty() {
            text.push_str("\n# Entries added by HostAliases.\n");
            for (address, names) in &sandbox.host_aliases {
                text.push_str(&format!("{address}\t{}\n", names.join("\t")));
            }
        }
        text
    }

    /// What the Pod's policy gives, with its own settings added: `GetPodDNS` in pkg/kubelet/network/dns/dns.go.
    fn resolv_conf(&self, sandbox: &Sandbox) -> String {
        let dns = &sandbox.dns;
        if *dns == Dns::default() {
            let (server, namespace) = (self.state.dns_service, &sandbox.namespace);
            return format!(
                "nameserver {server}\nsearch {namespace}.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n"
            );
        }
        let (mut servers, mut searches, mut options) = match dns.from {
            DnsFrom::Cluster => {
                let domains = [&format!("{}.svc.", sandbox.namespace), "svc.", ""];
                let searches = domains.iter().map(|domain| format!("{domain}cluster.local")).collect();
                (vec![self.state.dns_service.to_string()], searches, vec!["ndots:5".to_owned()])
            }
            DnsFrom::Nothing => Default::default(),
            DnsFrom::Node => {
                let text = self.of_node("resolv.conf");
                let words = |name: &str| -> Vec<String> {
                    let lines = text.lines().map(|line| line.split_whitespace().map(str::to_owned));
                    let lines = lines.map(|words| words.collect::<Vec<String>>());
                    lines
                        .filter(|words| words.first().is_some_and(|word| word == name))
                        .flat_map(|w| w[1..].to_vec())
                        .collect()
                };
                (words("nameserver"), words("search"), words("options"))
            }
        };
        for (list, more) in [(&mut servers, &dns.servers), (&mut searches, &dns.searches)] {
            for one in more.iter().filter(|one| !one.is_empty()) {
                if !list.contains(one) {
                    list.push(one.clone());
                }
            }
        }
        for (name, value) in &dns.options {
            options.retain(|option: &String| option.split(':').next() != Some(name));
            options.push(if value.is_empty() { name.clone() } else { format!("{name}:{value}") });
        }
        let mut text: String = servers.iter().map(|server| format!("nameserver {server}\n")).collect();
        for (name, words) in [("search", searches), ("options", options)] {
            if !words.is_empty() {
                text.push_str(&format!("{name} {}\n", words.join(" ")));
            }
        }
        text
    }

    /// Removes a sandbox with its containers and volumes; its address becomes free.
    pub(super) fn remove_pod(&mut self, uid: &str) {
        let members: Vec<String> =
            self.state.containers.iter().filter(|(_, c)| c.pod_uid == uid).map(|(id, _)| id.clone()).collect();
        for id in members {
            self.remove(&id);
        }
        let Some(pod) = self.state.pods.remove(uid) else { return };
        self.hide_pod(uid, &pod);
        if !pod.host_network {
            self.state.pool.release(pod.ip);
        }
        let node = self.state.host;
        self.kernel.with(|state| {
            if !pod.host_network {
                state.network.remove_host(pod.host);
            }
            if pod.has_host_ports {
                state.network.close_container_ports(node, &port_name(&pod.namespace, &pod.name));
            }
            for disk in pod.volumes.values().map(|volume| &volume.disk).chain([&pod.files]) {
                state.disks.remove(disk);
            }
        });
        self.addresses_changed();
    }
}
