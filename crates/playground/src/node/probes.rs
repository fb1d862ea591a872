//! Probes, as the kubelet sends them: over the network, or as a command in the container.

use std::net::Ipv4Addr;

use cluster::node::Probe;
use machine::{Fd, Kernel};
use network::{Packet, Proto, Verdict};
use sim::{Duration, Sim};

use super::Hands;

/// What a command probe may take: its time-out, and as many steps.
const EXEC_TIMEOUT: Duration = Duration::from_secs(1);
const EXEC_FUEL: u32 = 20_000;

impl Hands<'_> {
    pub(super) fn probe_now(&mut self, container: &str, ip: Ipv4Addr, probe: &Probe) -> Result<(), String> {
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
            Probe::Exec(command) => self.exec(container, command),
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

    /// Runs a command in a copy of the world that ends with it: a probe is asked and answered in one moment here, and what it
    /// changes (a probe should change nothing) is not kept.
    fn exec(&mut self, container: &str, command: &[String]) -> Result<(), String> {
        let machine = self.state.containers.get(container).ok_or("container not found")?.machine;
        let now = self.now();
        let sim = Sim::new(now, self.state.rng.next_u64());
        let copy = Kernel::new(sim.clone());
        copy.restore(self.kernel.state());
        let output = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
        let capture = Fd::capture(output.clone());
        let child = copy
            .execute(machine, command, Fd::null(), capture.clone(), capture)
            .map_err(|_| format!("command {command:?} could not be started: executable file not found in $PATH"))?;
        for _ in 0..EXEC_FUEL {
            match child.ended().map(machine::Exit::status) {
                Some(0) => return Ok(()),
                Some(_) => return Err(String::from_utf8_lossy(&output.borrow()).trim_end().to_owned()),
                None => {}
            }
            match sim.next_due() {
                Some(due) if due <= now + EXEC_TIMEOUT => {
                    sim.set_now(due);
                    sim.step();
                }
                _ => break,
            }
        }
        Err(format!("command timed out: {:?} timed out after 1s", command.join(" ")))
    }
}
