//! Sandboxes: a Pod's place in the network, and the files its containers share.

use std::net::Ipv4Addr;

use cluster::node::Sandbox;
use machine::{Disk, DiskId};
use network::Topology;
use sim::SharedMap;

use super::{Hands, Pod};

impl Hands<'_> {
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
        let files = if sandbox.host_network { None } else { Some(self.write_files(sandbox, ip)) };
        self.state.pods.insert(
            sandbox.uid.clone(),
            Pod {
                namespace: sandbox.namespace.clone(),
                name: sandbox.pod.clone(),
                hostname: sandbox.hostname.clone(),
                ip,
                host,
                host_network: sandbox.host_network,
                volumes: SharedMap::new(),
                files,
            },
        );
        Ok(ip)
    }

    /// The files the kubelet keeps for a Pod's containers.
    fn write_files(&self, sandbox: &Sandbox, ip: Ipv4Addr) -> DiskId {
        let now = self.now();
        let mut disk = Disk::new(now);
        let hosts = format!(
            "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n\
             fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n\
             {ip}\t{}\n",
            sandbox.hostname
        );
        let resolv = format!(
            "nameserver {}\nsearch {}.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n",
            self.state.dns_service, sandbox.namespace
        );
        disk.add_file("/hosts", hosts, 0o644, now);
        disk.add_file("/resolv.conf", resolv, 0o644, now);
        disk.add_file("/hostname", format!("{}\n", sandbox.hostname), 0o644, now);
        self.kernel.with(|state| state.add_disk(disk))
    }

    /// Removes a sandbox with its containers and volumes; its address becomes free.
    pub(super) fn remove_pod(&mut self, uid: &str) {
        let members: Vec<String> =
            self.state.containers.iter().filter(|(_, c)| c.pod_uid == uid).map(|(id, _)| id.clone()).collect();
        for id in members {
            self.remove(&id);
        }
        let Some(pod) = self.state.pods.remove(uid) else { return };
        if !pod.host_network {
            self.state.pool.release(pod.ip);
        }
        self.kernel.with(|state| {
            if !pod.host_network {
                state.network.remove_host(pod.host);
            }
            for disk in pod.volumes.values().chain(pod.files.iter()) {
                state.disks.remove(disk);
            }
        });
    }
}
