//! `ping`: iputils' (and busybox's, where the machine has that), with the timing that Linux gives failures.

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
struct Coming {
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

pub async fn run(p: Process) -> i32 {
    let busybox = is_busybox(&p);
    let args = p.args().to_vec();
    let options = match SPEC.read(args.get(1..).unwrap_or_default()) {
        Ok(options) => options,
        Err(wrong) if busybox => {
            p.err(&format!("ping: {}\n", wrong.text())).await;
            return 1;
        }
        Err(wrong) => {
            p.err(&format!("ping: {}\n{USAGE}", wrong.text())).await;
            return 2;
        }
    };
    if options.has('h') {
        p.err(USAGE).await;
        return 2;
    }
    if options.has('V') {
        p.out("ping from iputils 20221126\n").await;
        return 0;
    }
    let mut numbers = [None; 6];
    for (slot, letter) in numbers.iter_mut().zip("ciWwst".chars()) {
        if let Some(text) = options.value(letter) {
            match text.parse::<f64>() {
                Ok(number) if (0.0..1e9).contains(&number) => *slot = Some(number),
                _ => {
                    p.err(&format!("ping: invalid argument: '{text}'\n")).await;
                    return 1;
                }
            }
        }
    }
    let [count, interval, wait, deadline, size, ttl] = numbers;
    let count = count.map(|count| count as u64);
    if count == Some(0) {
        p.err("ping: invalid argument: '0': out of range: 1 <= value <= 9223372036854775807\n").await;
        return 1;
    }
    let size = size.map_or(56, |size| size as u64).min(65_507);
    let ttl = ttl.map_or(64, |ttl| ttl.min(255.0) as u8);
    let interval = Duration::from_secs_f64(interval.unwrap_or(1.0).max(0.002));
    let wait = Duration::from_secs_f64(wait.unwrap_or(10.0));
    let Some(target) = options.operands.last().cloned() else {
        let text = if busybox {
            format!("{}\n\nUsage: ping [OPTIONS] HOST\n", super::words::BUSYBOX_BANNER)
        } else {
            "ping: usage error: Destination address required\n".to_owned()
        };
        p.err(&text).await;
        return 1;
    };
    let address = match p.resolve_host(&target).await {
        Ok(address) => address,
        Err(_) if busybox => {
            p.err(&format!("ping: bad address '{target}'\n")).await;
            return 1;
        }
        Err(error) => {
            let text = match error {
                ResolveError::NotFound => "Name or service not known",
                ResolveError::NoAnswer => "Temporary failure in name resolution",
            };
            p.err(&format!("ping: {target}: {text}\n")).await;
            return 2;
        }
    };
    let quiet = options.has('q');
    // Of a target that was given by name, the name its address has.
    let numeric = busybox || quiet || options.has('n') || target.parse::<std::net::Ipv4Addr>().is_ok();
    let name = if numeric { None } else { p.name_of_address(address, &p.resolv_conf()).await };
    p.catch_interrupt();
    let mut statistics = Statistics::default();
    let mut coming: Vec<Coming> = Vec::new();
    let mut explained = false;
    let mut last_trace = None;
    // When the ARP that is under way gives up: all packets that wait for it fail together.
    let mut arp_ends: Option<Time> = None;
    let began = p.now();
    let ends = deadline.map(|seconds| began + Duration::from_secs_f64(seconds));
    let mut next_send = began;
    let mut greeted = false;
    loop {
        let all_sent = count.is_some_and(|count| statistics.sent >= count);
        let answered = statistics.received + statistics.errors;
        if all_sent && answered >= statistics.sent && (!busybox || statistics.errors == 0) {
            break;
        }
        if p.now() >= next_send && !all_sent {
            let now = p.now();
            let ping = p.send_ping(address, ttl);
            if ping.reply == PingReply::NetworkUnreachable {
                p.note(Note::Trace(ping.trace));
                let what = if busybox { "sendto" } else { "connect" };
                p.err(&format!("ping: {what}: Network is unreachable\n")).await;
                return if busybox { 1 } else { 2 };
            }
            if !std::mem::replace(&mut greeted, true) {
                let text = if busybox {
                    format!("PING {target} ({address}): {size} data bytes\n")
                } else {
                    format!("PING {target} ({address}) {size}({}) bytes of data.\n", size + 28)
                };
                p.out(&text).await;
            }
            statistics.sent += 1;
            statistics.first.get_or_insert(now);
            statistics.last = Some(now);
            last_trace = Some(ping.trace);
            let at = match ping.reply {
                PingReply::Nothing => None,
                PingReply::HostUnreachable { .. } => {
                    let ends = arp_ends.filter(|ends| *ends > now).unwrap_or(now + ping.after);
                    arp_ends = Some(ends);
                    Some(ends)
                }
                _ => Some(now + ping.after),
            };
            if let Some(at) = at {
                coming.push(Coming { at, sequence: statistics.sent, sent: now, reply: ping.reply, trace: ping.trace });
            }
            // The kernel's timer wakes ping a little late, every time.
            next_send = now + interval + Duration::from_micros(2_000 + p.random(24_000));
            continue;
        }
        sim::order::sort_by(&mut coming, |a, b| (a.at, a.sequence).cmp(&(b.at, b.sequence)));
        if coming.first().is_some_and(|first| first.at <= p.now()) {
            let answer = coming.remove(0);
            statistics.pipe = statistics.pipe.max(statistics.sent + 1 - answer.sequence);
            let sequence = answer.sequence;
            let line = match &answer.reply {
                PingReply::Echo { from, ttl } => {
                    let rtt = answer.at.since(answer.sent);
                    statistics.received += 1;
                    statistics.rtt.push(rtt);
                    let who = name.as_ref().map_or(from.to_string(), |name| format!("{name} ({from})"));
                    if busybox {
                        let ms = rtt.as_micros() as f64 / 1000.0;
                        format!("{} bytes from {from}: seq={} ttl={ttl} time={ms:.3} ms\n", size + 8, sequence - 1)
                    } else {
                        format!(
                            "{} bytes from {who}: icmp_seq={sequence} ttl={ttl} time={} ms\n",
                            size + 8,
                            rtt_text(rtt)
                        )
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
            if !(quiet || busybox && failed) {
                p.out(&line).await;
            }
            if failed && !std::mem::replace(&mut explained, true) {
                p.note(Note::Trace(answer.trace));
            }
            continue;
        }
        if ends.is_some_and(|ends| p.now() >= ends) {
            break;
        }
        // After the last packet, twice the longest round trip is enough; without any answer, `-W`.
        let patience = match statistics.rtt.longest {
            Some(longest) => (longest * 2).max(Duration::from_millis(1)),
            None => wait,
        };
        let gives_up = statistics.last.filter(|_| all_sent).map(|last| last + patience);
        if gives_up.is_some_and(|gives_up| p.now() >= gives_up && coming.is_empty()) {
            break;
        }
        let silent = statistics.received == 0 && statistics.errors == 0 && statistics.sent >= 3;
        if let Some(trace) = last_trace.filter(|_| silent)
            && !std::mem::replace(&mut explained, true)
        {
            p.note(Note::Trace(trace)); // nothing comes back: say why while it still tries
        }
        let next = [
            (!all_sent).then_some(next_send),
            coming.first().map(|coming| coming.at),
            ends,
            gives_up.filter(|_| coming.is_empty()),
        ];
        let until = next.into_iter().flatten().min().unwrap_or(next_send);
        let pause = until.since(p.now()).max(Duration::from_micros(1));
        if p.unless_interrupted(p.sleep(pause)).await.is_none() {
            break;
        }
    }
    if let Some(trace) = last_trace.filter(|_| statistics.received == 0 && !explained) {
        p.note(Note::Trace(trace));
    }
    p.out(&statistics.text(&target, busybox)).await;
    i32::from(statistics.received == 0 || (ends.is_some() && count.is_some_and(|count| statistics.received < count)))
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
