//! Probes over the network, as the kubelet sends them.

use std::net::Ipv4Addr;

use cluster::node::Probe;
use network::{Packet, Proto, Verdict};

use super::NodeRuntime;

impl NodeRuntime<'_> {
    pub(super) fn probe_now(&mut self, ip: Ipv4Addr, probe: &Probe) -> Result<(), String> {
        match probe {
            Probe::TcpSocket { port } => {
                self.connect(ip, *port).map(drop).map_err(|why| format!("dial tcp {ip}:{port}: {why}"))
            }
            Probe::HttpGet { port, path } => {
                let url = format!("http://{ip}:{port}{path}");
                let listener =
                    self.connect(ip, *port).map_err(|why| format!("Get \"{url}\": dial tcp {ip}:{port}: {why}"))?;
                let request = format!(
                    "GET {path} HTTP/1.1\r\nHost: {ip}:{port}\r\nUser-Agent: kube-probe/1.36\r\nAccept: */*\r\n\
                     Connection: close\r\n\r\n"
                );
                let client = (self.state.pool.gateway(), 40_000 + (self.state.rng.below(20_000) as u16));
                let answer = self.kernel.ask(listener, request.as_bytes(), client, (ip, *port)).unwrap_or_default();
                let status = String::from_utf8_lossy(&answer)
                    .split_whitespace()
                    .nth(1)
                    .and_then(|code| code.parse::<u16>().ok())
                    .ok_or_else(|| format!("Get \"{url}\": EOF"))?;
                match status {
                    200..=399 => Ok(()),
                    _ => Err(format!("HTTP probe failed with statuscode: {status}")),
                }
            }
        }
    }

    fn connect(&mut self, ip: Ipv4Addr, port: u16) -> Result<network::ListenerId, &'static str> {
        let host = self.state.host;
        let rng = &mut self.state.rng;
        let trace = self.kernel.with(|state| state.network.send(rng, host, Packet::new(Proto::Tcp, ip, port)));
        match trace.verdict {
            Verdict::Deliver { listener: Some(listener), .. } => Ok(listener),
            Verdict::Refuse(_) => Err("connect: connection refused"),
            Verdict::HostUnreachable { .. } => Err("connect: no route to host"),
            Verdict::NetworkUnreachable { .. } => Err("connect: network is unreachable"),
            _ => Err("i/o timeout"),
        }
    }
}
