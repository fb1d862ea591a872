//! `ping`: iputils' (and busybox's, where the machine has that), with the timing that Linux gives failures.

use std::net::Ipv4Addr;

use machine::{Note, PingReply, ResolveError, TraceId};

use super::prelude::*;

const SPEC: Spec = Spec {
    short: "46AaBbc:DdfhI:i:Ll:M:m:nOp:Q:qRrS:s:T:t:UvVW:w:",
    long: &[],
    usage: "[options] <destination>",
    status: 2,
};

const USAGE: &str = "
Usage
  ping [options] <destination>

Options:
  <destination>      dns name or ip address
  -c <count>         stop after <count> replies
  -h                 print help and exit
  -i <interval>      seconds between sending each packet
  -n                 no dns name resolution
  -q                 quiet output
  -s <size>          use <size> as number of data bytes to be sent
  -t <ttl>           define time to live
  -w <deadline>      reply wait <deadline> in seconds
  -W <timeout>       time to wait for response

For more details see ping(8).
";

/// An answer that is on its way.
struct PendingReply {
    at: Time,
    sequence: u64,
    sent: Time,
    reply: PingReply,
    trace: TraceId,
}

#[derive(Default)]
struct Statistics {
    sent: u64,
    received: u64,
    errors: u64,
    /// The most packets that were under way at once.
    pipe: u64,
    first: Option<Time>,
    last: Option<Time>,
    rtt: RoundTrips,
}

/// Round trips, summed up as ping does: who pings for a day keeps no more than who pings for a minute.
#[derive(Default)]
struct RoundTrips {
    count: u64,
    shortest: Option<Duration>,
    longest: Option<Duration>,
    /// Of milliseconds, and of their squares.
    sums: [f64; 2],
}

impl RoundTrips {
    fn push(&mut self, rtt: Duration) {
        let ms = rtt.as_micros() as f64 / 1000.0;
        self.count += 1;
        self.shortest = Some(self.shortest.map_or(rtt, |shortest| shortest.min(rtt)));
        self.longest = self.longest.max(Some(rtt));
        self.sums = [self.sums[0] + ms, self.sums[1] + ms * ms];
    }
}

/// A round trip as iputils writes it: three digits below a millisecond, fewer above.
fn rtt_text(rtt: Duration) -> String {
    let micros = rtt.as_micros();
    match micros {
        99_950.. => format!("{}", (micros + 500) / 1000),
        9_995.. => format!("{}.{}", (micros + 50) / 1000, (micros + 50) % 1000 / 100),
        1_000.. => format!("{}.{:02}", (micros + 5) / 1000, (micros + 5) % 1000 / 10),
        _ => format!("{}.{micros:03}", 0),
    }
}

impl Statistics {
    fn round_trips(&self) -> (f64, f64, f64, f64) {
        let ms = |rtt: Option<Duration>| rtt.unwrap_or_default().as_micros() as f64 / 1000.0;
        let [average, square] = self.rtt.sums.map(|sum| sum / self.rtt.count.max(1) as f64);
        let deviation = (square - average * average).max(0.0).sqrt();
        (ms(self.rtt.shortest), average, ms(self.rtt.longest), deviation)
    }

    fn loss(&self) -> String {
        let lost = (self.sent - self.received.min(self.sent)) as f64 * 100.0 / self.sent.max(1) as f64;
        let text = format!("{lost:.4}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }

    fn text(&self, target: &str, busybox: bool) -> String {
        let (low, average, high, deviation) = self.round_trips();
        let mut text = format!("\n--- {target} ping statistics ---\n");
        if busybox {
            let loss = (self.sent - self.received.min(self.sent)) * 100 / self.sent.max(1);
            text.push_str(&format!(
                "{} packets transmitted, {} packets received, {loss}% packet loss\n",
                self.sent, self.received
            ));
            if self.received > 0 {
                text.push_str(&format!("round-trip min/avg/max = {low:.3}/{average:.3}/{high:.3} ms\n"));
            }
            return text;
        }
        let time = match (self.first, self.last) {
            (Some(first), Some(last)) => last.since(first).as_millis(),
            _ => 0,
        };
        let errors = if self.errors > 0 { format!(", +{} errors", self.errors) } else { String::new() };
        text.push_str(&format!(
            "{} packets transmitted, {} received{errors}, {}% packet loss, time {time}ms\n",
            self.sent,
            self.received,
            self.loss()
        ));
        if self.received > 0 {
            let pipe = if self.pipe > 1 { format!(", pipe {}", self.pipe) } else { String::new() };
            text.push_str(&format!("rtt min/avg/max/mdev = {low:.3}/{average:.3}/{high:.3}/{deviation:.3} ms{pipe}\n"));
        } else if self.pipe > 1 {
            text.push_str(&format!("pipe {}\n", self.pipe));
        }
        text
    }
}

/// What a command line asks for.
struct Asked {
    target: String,
    count: Option<u64>,
    interval: Duration,
    /// For how long a first answer is waited for, once all is sent.
    wait: Duration,
    /// After how long it is over, whatever came.
    deadline: Option<Duration>,
    /// Bytes of data in a packet.
    size: u64,
    ttl: u8,
    quiet: bool,
    numeric: bool,
}

/// Reads the command line; the error is a status, after ping has said what is wrong, or has said what was asked for.
async fn read_command_line(p: &Process, busybox: bool) -> Result<Asked, ExitStatus> {
    let args = p.args().to_vec();
    let options = match SPEC.read(args.get(1..).unwrap_or_default()) {
        Ok(options) => options,
        Err(wrong) if busybox => {
            p.err(&format!("ping: {}\n", wrong.text())).await;
            return Err(ExitStatus(1));
        }
        Err(wrong) => {
            p.err(&format!("ping: {}\n{USAGE}", wrong.text())).await;
            return Err(ExitStatus(2));
        }
    };
    if options.has('h') {
        p.err(USAGE).await;
        return Err(ExitStatus(2));
    }
    if options.has('V') {
        p.out("ping from iputils 20221126\n").await;
        return Err(ExitStatus(0));
    }
    let mut numbers = [None; 6];
    for (slot, letter) in numbers.iter_mut().zip("ciWwst".chars()) {
        if let Some(text) = options.value(letter) {
            match text.parse::<f64>() {
                Ok(number) if (0.0..1e9).contains(&number) => *slot = Some(number),
                _ => {
                    p.err(&format!("ping: invalid argument: '{text}'\n")).await;
                    return Err(ExitStatus(1));
                }
            }
        }
    }
    let [count, interval, wait, deadline, size, ttl] = numbers;
    let count = count.map(|count| count as u64);
    if count == Some(0) {
        p.err("ping: invalid argument: '0': out of range: 1 <= value <= 9223372036854775807\n").await;
        return Err(ExitStatus(1));
    }
    let Some(target) = options.operands.last().cloned() else {
        let text = if busybox {
            format!("{}\n\nUsage: ping [OPTIONS] HOST\n", super::words::BUSYBOX_BANNER)
        } else {
            "ping: usage error: Destination address required\n".to_owned()
        };
        p.err(&text).await;
        return Err(ExitStatus(1));
    };
    Ok(Asked {
        target,
        count,
        interval: Duration::from_secs_f64(interval.unwrap_or(1.0).max(0.002)),
        wait: Duration::from_secs_f64(wait.unwrap_or(10.0)),
        deadline: deadline.map(Duration::from_secs_f64),
        size: size.map_or(56, |size| size as u64).min(65_507),
        ttl: ttl.map_or(64, |ttl| ttl.min(255.0) as u8),
        quiet: options.has('q'),
        numeric: options.has('n'),
    })
}

/// The target's address; the error is a status, after ping has said that there is none.
async fn address_of(p: &Process, target: &str, busybox: bool) -> Result<Ipv4Addr, ExitStatus> {
    match p.resolve_host(target).await {
        Ok(address) => Ok(address),
        Err(_) if busybox => {
            p.err(&format!("ping: bad address '{target}'\n")).await;
            Err(ExitStatus(1))
        }
        Err(error) => {
            let text = match error {
                ResolveError::NotFound => "Name or service not known",
                ResolveError::NoAnswer => "Temporary failure in name resolution",
            };
            p.err(&format!("ping: {target}: {text}\n")).await;
            Err(ExitStatus(2))
        }
    }
}

/// A ping under way.
struct Pinging {
    p: Process,
    asked: Asked,
    busybox: bool,
    address: Ipv4Addr,
    /// Of a target that was given by name, the name its address has.
    name: Option<String>,
    statistics: Statistics,
    coming: Vec<PendingReply>,
    /// When the ARP that is under way gives up: all packets that wait for it fail together.
    arp_ends: Option<Time>,
    next_send: Time,
    last_trace: Option<TraceId>,
    /// Why nothing comes back was shown.
    explained: bool,
}

impl Pinging {
    /// Sends a packet; the error is a status, after ping has said that it knows no way there.
    async fn send(&mut self) -> Result<(), ExitStatus> {
        let (p, now) = (&self.p, self.p.now());
        let ping = p.send_ping(self.address, self.asked.ttl);
        if ping.reply == PingReply::NetworkUnreachable {
            p.note(Note::Trace(ping.trace));
            let what = if self.busybox { "sendto" } else { "connect" };
            p.err(&format!("ping: {what}: Network is unreachable\n")).await;
            return Err(if self.busybox { ExitStatus(1) } else { ExitStatus(2) });
        }
        if self.statistics.sent == 0 {
            let (Asked { target, size, .. }, address) = (&self.asked, self.address);
            let text = if self.busybox {
                format!("PING {target} ({address}): {size} data bytes\n")
            } else {
                format!("PING {target} ({address}) {size}({}) bytes of data.\n", size + 28)
            };
            p.out(&text).await;
        }
        self.statistics.sent += 1;
        self.statistics.first.get_or_insert(now);
        self.statistics.last = Some(now);
        self.last_trace = Some(ping.trace);
        let at = match ping.reply {
            PingReply::Nothing => None,
            PingReply::HostUnreachable { .. } => {
                let ends = self.arp_ends.filter(|ends| *ends > now).unwrap_or(now + ping.after);
                self.arp_ends = Some(ends);
                Some(ends)
            }
            _ => Some(now + ping.after),
        };
        if let Some(at) = at {
            let sequence = self.statistics.sent;
            self.coming.push(PendingReply { at, sequence, sent: now, reply: ping.reply, trace: ping.trace });
        }
        // The kernel's timer wakes ping a little late, every time.
        self.next_send = now + self.asked.interval + Duration::from_micros(2_000 + p.random(24_000));
        Ok(())
    }

    /// Counts an answer, and shows it.
    async fn receive(&mut self, answer: PendingReply) {
        let statistics = &mut self.statistics;
        statistics.pipe = statistics.pipe.max(statistics.sent + 1 - answer.sequence);
        let (sequence, size) = (answer.sequence, self.asked.size);
        let line = match &answer.reply {
            PingReply::Echo { from, ttl } => {
                let rtt = answer.at.since(answer.sent);
                statistics.received += 1;
                statistics.rtt.push(rtt);
                let who = self.name.as_ref().map_or(from.to_string(), |name| format!("{name} ({from})"));
                if self.busybox {
                    let ms = rtt.as_micros() as f64 / 1000.0;
                    format!("{} bytes from {from}: seq={} ttl={ttl} time={ms:.3} ms\n", size + 8, sequence - 1)
                } else {
                    format!("{} bytes from {who}: icmp_seq={sequence} ttl={ttl} time={} ms\n", size + 8, rtt_text(rtt))
                }
            }
            PingReply::HostUnreachable { from } => {
                statistics.errors += 1;
                format!("From {from} icmp_seq={sequence} Destination Host Unreachable\n")
            }
            PingReply::TtlExceeded { from } => {
                statistics.errors += 1;
                format!("From {from} icmp_seq={sequence} Time to live exceeded\n")
            }
            PingReply::NetworkUnreachable | PingReply::Nothing => String::new(),
        };
        let failed = !matches!(answer.reply, PingReply::Echo { .. });
        if !(self.asked.quiet || self.busybox && failed) {
            self.p.out(&line).await;
        }
        if failed {
            self.explain(answer.trace);
        }
    }

    /// Shows why nothing comes back, once.
    fn explain(&mut self, trace: TraceId) {
        if !std::mem::replace(&mut self.explained, true) {
            self.p.note(Note::Trace(trace));
        }
    }

    /// Sends and receives until all is done; the error is a status with which it ends at once.
    async fn run(&mut self, ends: Option<Time>) -> Result<(), ExitStatus> {
        loop {
            let Statistics { sent, received, errors, last, .. } = self.statistics;
            let all_sent = self.asked.count.is_some_and(|count| sent >= count);
            if all_sent && received + errors >= sent && (!self.busybox || errors == 0) {
                return Ok(());
            }
            if self.p.now() >= self.next_send && !all_sent {
                self.send().await?;
                continue;
            }
            sim::order::sort_by(&mut self.coming, |a, b| (a.at, a.sequence).cmp(&(b.at, b.sequence)));
            if self.coming.first().is_some_and(|first| first.at <= self.p.now()) {
                let answer = self.coming.remove(0);
                self.receive(answer).await;
                continue;
            }
            if ends.is_some_and(|ends| self.p.now() >= ends) {
                return Ok(());
            }
            // After the last packet, twice the longest round trip is enough; without any answer, `-W`.
            let patience = match self.statistics.rtt.longest {
                Some(longest) => (longest * 2).max(Duration::from_millis(1)),
                None => self.asked.wait,
            };
            let gives_up = last.filter(|_| all_sent && self.coming.is_empty()).map(|last| last + patience);
            if gives_up.is_some_and(|gives_up| self.p.now() >= gives_up) {
                return Ok(());
            }
            if let Some(trace) = self.last_trace.filter(|_| received == 0 && errors == 0 && sent >= 3) {
                self.explain(trace); // nothing comes back: say why while it still tries
            }
            let next =
                [(!all_sent).then_some(self.next_send), self.coming.first().map(|coming| coming.at), ends, gives_up];
            let until = next.into_iter().flatten().min().unwrap_or(self.next_send);
            let pause = until.since(self.p.now()).max(Duration::from_micros(1));
            if self.p.unless_interrupted(self.p.sleep(pause)).await.is_none() {
                return Ok(());
            }
        }
    }
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let busybox = is_busybox(&p);
    let asked = read_command_line(&p, busybox).await?;
    let address = address_of(&p, &asked.target, busybox).await?;
    if !p.may_ping() {
        p.err(match busybox {
            true => "ping: permission denied (are you root?)\n",
            false => {
                "ping: socktype: SOCK_RAW\nping: socket: Operation not permitted\nping: => missing cap_net_raw+p capability or \
                 setuid?\n"
            }
        })
        .await;
        return Err(ExitStatus(if busybox { 1 } else { 2 }));
    }
    let numeric = busybox || asked.quiet || asked.numeric || asked.target.parse::<Ipv4Addr>().is_ok();
    let name = if numeric { None } else { p.name_of_address(address, &p.resolv_conf()).await };
    p.catch_interrupt();
    let began = p.now();
    let ends = asked.deadline.map(|deadline| began + deadline);
    let mut pinging = Pinging {
        p: p.clone(),
        asked,
        busybox,
        address,
        name,
        statistics: Statistics::default(),
        coming: Vec::new(),
        arp_ends: None,
        next_send: began,
        last_trace: None,
        explained: false,
    };
    pinging.run(ends).await?;
    let received = pinging.statistics.received;
    if let Some(trace) = pinging.last_trace.filter(|_| received == 0) {
        pinging.explain(trace);
    }
    let Pinging { asked, statistics, .. } = pinging;
    p.out(&statistics.text(&asked.target, busybox)).await;
    ExitStatus::check(i32::from(received == 0 || (ends.is_some() && asked.count.is_some_and(|count| received < count))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_iputils_does() {
        for (micros, text) in [(45, "0.045"), (1_234, "1.23"), (12_340, "12.3"), (123_400, "123"), (999, "0.999")] {
            assert_eq!(rtt_text(Duration::from_micros(micros)), text);
        }
        let mut statistics = Statistics { sent: 3, received: 2, ..Statistics::default() };
        assert_eq!(statistics.loss(), "33.3333");
        for micros in [100, 300] {
            statistics.rtt.push(Duration::from_micros(micros));
        }
        let text = statistics.text("x", false);
        assert!(text.contains("3 packets transmitted, 2 received, 33.3333% packet loss, time 0ms\n"), "{text}");
        assert!(text.ends_with("rtt min/avg/max/mdev = 0.100/0.200/0.300/0.100 ms\n"), "{text}");
    }
}
