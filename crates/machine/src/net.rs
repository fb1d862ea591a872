//! What a process does with the network: connections, pings.

use std::net::Ipv4Addr;

use network::{ListenerId, Packet, Proto, Trace, Verdict};
use sim::Duration;
use thiserror::Error;

use crate::{Kernel, Process, TraceId};

/// How long Linux asks for a neighbour that does not answer.
const ARP_FAILS: Duration = Duration::from_millis(3_010);
/// How long Linux repeats a SYN that nothing answers (tcp_syn_retries = 6).
const SYN_FAILS: Duration = Duration::from_millis(129_000);

/// Why there is no connection.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{kind}")]
pub struct ConnectError {
    /// The errno, in connect(2)'s words.
    pub kind: ConnectErrorKind,
    /// What happened to the packet.
    pub trace: TraceId,
    /// How long it took.
    pub after: Duration,
}

/// connect(2)'s errors.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum ConnectErrorKind {
    /// ECONNREFUSED
    #[error("Connection refused")]
    Refused,
    /// EHOSTUNREACH
    #[error("No route to host")]
    HostUnreachable,
    /// ENETUNREACH
    #[error("Network is unreachable")]
    NetworkUnreachable,
    /// ETIMEDOUT, or the caller's own limit
    #[error("Connection timed out")]
    TimedOut,
}

/// Why a name has no address.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum ResolveError {
    /// The server says there is no such name.
    #[error("Name or service not known")]
    NotFound,
    /// No server answered.
    #[error("Temporary failure in name resolution")]
    NoAnswer,
}

/// What came of an echo request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ping {
    /// The answer.
    pub reply: PingReply,
    /// How long after the request it comes.
    pub after: Duration,
    /// What happened to the packet.
    pub trace: TraceId,
}

/// The answer to an echo request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PingReply {
    /// An echo.
    Echo {
        /// Who answers.
        from: Ipv4Addr,
        /// The answer's time to live when it arrives.
        ttl: u8,
    },
    /// "Destination Host Unreachable", from this address.
    HostUnreachable {
        /// Who says so.
        from: Ipv4Addr,
    },
    /// "Time to live exceeded", from this address.
    TtlExceeded {
        /// Who says so.
        from: Ipv4Addr,
    },
    /// sendmsg(2) fails with ENETUNREACH.
    NetworkUnreachable,
    /// Nothing comes.
    Nothing,
}

/// An open TCP connection.
pub struct Connection {
    /// This end's address.
    pub local: (Ipv4Addr, u16),
    /// The address that was connected to.
    pub remote: (Ipv4Addr, u16),
    /// What happened to the first packet.
    pub trace: TraceId,
    kernel: Kernel,
    listener: Option<ListenerId>,
    client: (Ipv4Addr, u16),
    server: (Ipv4Addr, u16),
    round_trip: Duration,
}

impl Connection {
    /// Sends bytes and gives what comes back; nothing if the server is gone.
    pub async fn exchange(&mut self, request: &[u8]) -> Vec<u8> {
        self.kernel.sim().sleep(self.round_trip).await;
        let Some(listener) = self.listener else { return Vec::new() };
        let takes = self.kernel.with(|state| state.answer_takes(listener));
        let answer = self.kernel.ask(listener, request, self.client, self.server);
        if !takes.is_zero() {
            self.kernel.sim().sleep(takes).await;
        }
        answer.unwrap_or_default()
    }
}

impl Connection {
    /// Sends bytes whose answer nobody waits for.
    pub(crate) fn send_last(&self, bytes: &[u8]) {
        if let Some(listener) = self.listener
            && self.kernel.0.state.try_borrow_mut().is_ok()
        {
            self.kernel.ask(listener, bytes, self.client, self.server);
        }
    }
}

impl Process {
    pub(crate) fn send(&self, packet: Packet) -> Option<(TraceId, Trace)> {
        let now = self.now();
        let (machine, pid) = (self.machine, Some(self.pid));
        self.sim().random(|rng| {
            self.kernel.with(|state| {
                let host = state.host_of(machine)?;
                let trace = state.network.send(rng, host, packet);
                Some((state.record_trace(now, machine, pid, trace.clone()), trace))
            })
        })
    }

    pub(crate) fn round_trip(&self, trace: &Trace) -> Duration {
        let links = trace.links_crossed() as u64;
        Duration::from_micros(40 + 60 * links + self.random(20 + 40 * links))
    }

    /// Opens a TCP connection, taking the time it takes in life, at most `timeout`.
    ///
    /// # Errors
    ///
    /// No connection came about: why, and the trace of the packet.
    pub async fn connect(
        &self,
        dst: Ipv4Addr,
        port: u16,
        timeout: Option<Duration>,
    ) -> Result<Connection, ConnectError> {
        let jitter = Duration::from_micros(self.random(90_000));
        let Some((id, trace)) = self.send(Packet::new(Proto::Tcp, dst, port)) else {
            let kind = ConnectErrorKind::NetworkUnreachable;
            return Err(ConnectError { kind, trace: TraceId(0), after: Duration::ZERO });
        };
        let round_trip = self.round_trip(&trace);
        let (after, kind) = match &trace.verdict {
            Verdict::Deliver { listener, src, dst: server, port: server_port, .. } => {
                self.sleep(round_trip).await;
                let ephemeral = 32768 + self.random(28232) as u16;
                return Ok(Connection {
                    local: (trace.source, ephemeral),
                    remote: (dst, port),
                    trace: id,
                    kernel: self.kernel.clone(),
                    listener: *listener,
                    client: (*src, ephemeral),
                    server: (*server, *server_port),
                    round_trip,
                });
            }
            Verdict::Refuse(_) => (round_trip, ConnectErrorKind::Refused),
            Verdict::Drop(_) => (SYN_FAILS + jitter * 20, ConnectErrorKind::TimedOut),
            Verdict::HostUnreachable { .. } => (ARP_FAILS + jitter, ConnectErrorKind::HostUnreachable),
            Verdict::TtlExceeded { .. } => (round_trip, ConnectErrorKind::HostUnreachable),
            Verdict::NetworkUnreachable { .. } => (Duration::ZERO, ConnectErrorKind::NetworkUnreachable),
        };
        let (after, kind) = match timeout {
            Some(limit) if limit < after => (limit, ConnectErrorKind::TimedOut),
            _ => (after, kind),
        };
        self.sleep(after).await;
        Err(ConnectError { kind, trace: id, after })
    }

    /// Sends an echo request; the answer is known at once, and comes after [`Ping::after`].
    pub fn send_ping(&self, dst: Ipv4Addr, ttl: u8) -> Ping {
        let packet = Packet { ttl, ..Packet::new(Proto::Icmp, dst, 0) };
        let Some((id, trace)) = self.send(packet) else {
            return Ping { reply: PingReply::NetworkUnreachable, after: Duration::ZERO, trace: TraceId(0) };
        };
        let round_trip = self.round_trip(&trace);
        let (reply, after) = match &trace.verdict {
            Verdict::Deliver { .. } => {
                (PingReply::Echo { from: dst, ttl: 64u8.saturating_sub(trace.forwards().min(63) as u8) }, round_trip)
            }
            Verdict::HostUnreachable { from, .. } => {
                (PingReply::HostUnreachable { from: *from }, ARP_FAILS + Duration::from_micros(self.random(60_000)))
            }
            Verdict::TtlExceeded { from } => (PingReply::TtlExceeded { from: *from }, round_trip),
            Verdict::NetworkUnreachable { .. } => (PingReply::NetworkUnreachable, Duration::ZERO),
            Verdict::Refuse(_) | Verdict::Drop(_) => (PingReply::Nothing, Duration::MAX),
        };
        Ping { reply, after, trace: id }
    }

    /// Sends an echo request and waits for the answer, at most `timeout`.
    pub async fn ping(&self, dst: Ipv4Addr, ttl: u8, timeout: Duration) -> Ping {
        let ping = self.send_ping(dst, ttl);
        if ping.after > timeout {
            self.sleep(timeout).await;
            return Ping { reply: PingReply::Nothing, after: timeout, ..ping };
        }
        self.sleep(ping.after).await;
        ping
    }
}
