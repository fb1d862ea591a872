//! The cluster's name server: CoreDNS as a daemon over the records that the cluster keeps.

use std::net::Ipv4Addr;

use machine::{Daemon, Disk, Process, Program, Proto, Service, ServiceCx, User, dns};

use super::Hands;

/// Where CoreDNS finds the records in its container: a line a name, `NAME ADDRESS …`.
pub(super) const RECORDS: &str = "/etc/coredns/records";
const ZONE: &str = ".cluster.local";

impl Hands<'_> {
    /// Replaces the cluster's names.
    pub(super) fn program_dns(&mut self, records: &[(String, Vec<Ipv4Addr>)]) {
        let mut text = String::new();
        for (name, addresses) in records {
            text.push_str(&name.to_ascii_lowercase());
            for address in addresses {
                text.push_str(&format!(" {address}"));
            }
            text.push('\n');
        }
        let (now, id) = (self.now(), self.state.dns_disk);
        self.kernel.with(|state| match state.disks.get_mut(&id) {
            Some(disk) => disk.add_file("/records", text, 0o644, now),
            None => {
                let mut disk = Disk::new(now);
                disk.add_file("/records", text, 0o644, now);
                state.disks.insert(id, disk);
            }
        });
    }
}

/// `coredns`: listens at port 53; names of the cluster from its records, others from the public DNS.
pub(crate) fn program() -> Program {
    Program::daemon("coredns", start)
}

fn start(_process: &Process) -> Result<Option<Daemon>, (String, i32)> {
    let mut daemon = Daemon::new(CoreDns);
    daemon.listen =
        vec![(Proto::Udp, 53), (Proto::Tcp, 53), (Proto::Tcp, 8080), (Proto::Tcp, 8181), (Proto::Tcp, 9153)];
    daemon.greeting = ".:53\n[INFO] plugin/reload: Running configuration\nCoreDNS-1.13.1\nlinux/amd64\n".to_owned();
    Ok(Some(daemon))
}

struct CoreDns;

impl Service for CoreDns {
    fn respond(&self, cx: &mut ServiceCx<'_>, request: &[u8]) -> Vec<u8> {
        match cx.local.1 {
            53 => {}
            8080 | 8181 | 9153 => {
                return b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK".to_vec();
            }
            _ => return Vec::new(),
        }
        let Some(name) = dns::parse_query(request) else { return Vec::new() };
        let addresses = if name.ends_with(ZONE) {
            let records = cx.kernel.read_file(cx.machine, &User::root(), RECORDS).unwrap_or_default();
            let records = String::from_utf8_lossy(&records);
            let line = records.lines().find(|line| line.split(' ').next() == Some(name.as_str()));
            line.map(|line| line.split(' ').skip(1).filter_map(|word| word.parse().ok()).collect::<Vec<Ipv4Addr>>())
        } else {
            cx.kernel.dns.get(&name).map(|addresses| addresses.to_vec())
        };
        dns::answer(request, addresses.as_deref())
    }

    fn signal(&self, signal: machine::Signal, _is_init: bool) -> Option<(sim::Duration, machine::Exit)> {
        matches!(signal, machine::Signal::Terminate | machine::Signal::Interrupt)
            .then_some((sim::Duration::from_secs(5), machine::Exit::Code(0)))
    }
}
