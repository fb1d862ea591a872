//! `dig`: asks name servers, and shows their messages. dig(1) of BIND 9.18.

use std::net::Ipv4Addr;

use machine::dns::{self, Answer, Code, Kind, Question, Record};

use super::super::prelude::*;
use super::{TIMEOUT, TRIES, ask, say_ignored, servers, version};

/// What EDNS and its cookie add to a message.
const EDNS_SIZE: usize = 11 + 12;

/// What an option of dig asks for.
struct Query {
    name: String,
    kind: Option<Kind>,
    reverse: bool,
}

/// How dig was called.
struct Dig {
    queries: Vec<Query>,
    server: Option<String>,
    search: bool,
    short: bool,
    recurse: bool,
    tries: u32,
    timeout: Duration,
    /// Which parts are shown, by their options' names.
    hidden: Vec<&'static str>,
    /// Options that change nothing here.
    ignored: Vec<String>,
}

const PARTS: [&str; 7] = ["cmd", "comments", "question", "answer", "authority", "additional", "stats"];

/// Options of dig that would change nothing that is seen here.
const CARELESS: &str = "edns cookie tcp notcp vc novc ignore noignore nomultiline nodnssec ttlid class noidentify adflag \
                        cdflag nocdflag bufsize noqr norrcomments crypto split nosplit fail nofail besteffort nobesteffort \
                        noshowsearch noaaonly noexpire keepopen nokeepopen";
/// Options of dig that would.
const IGNORED: &str = "noedns nocookie multiline dnssec nottlid noclass identify noadflag qr rrcomments nocrypto ndots domain \
                       showsearch aaonly expire";

impl Dig {
    fn read(args: &[String]) -> Result<Dig, String> {
        let mut dig = Dig {
            queries: Vec::new(),
            server: None,
            search: false,
            short: false,
            recurse: true,
            tries: TRIES,
            timeout: TIMEOUT,
            hidden: Vec::new(),
            ignored: Vec::new(),
        };
        let mut kind = None;
        let mut words = args.iter().skip(1);
        while let Some(arg) = words.next() {
            if let Some(server) = arg.strip_prefix('@') {
                dig.server = Some(server.to_owned());
            } else if let Some(option) = arg.strip_prefix('+') {
                dig.option(option)?;
            } else if let Some(letter) = arg.strip_prefix('-').filter(|rest| !rest.is_empty()) {
                let (letter, attached) = letter.split_at(letter.chars().next().map_or(1, char::len_utf8));
                if "46mrui".contains(letter) {
                    continue;
                }
                let attached = Some(attached.to_owned()).filter(|text| !text.is_empty());
                let value = attached.or_else(|| words.next().cloned()).ok_or(format!("Invalid option: -{letter}"))?;
                match letter {
                    "x" => dig.queries.push(Query { name: value, kind: None, reverse: true }),
                    "q" => dig.queries.push(Query { name: value, kind: None, reverse: false }),
                    "t" => match Kind::named(&value) {
                        Some(named) => Dig::kind(&mut dig.queries, &mut kind, named),
                        None => return Err(format!(";; Warning, ignoring invalid type {value}")),
                    },
                    "c" if value.eq_ignore_ascii_case("IN") => {}
                    "p" if value == "53" => {}
                    "c" | "p" | "b" | "k" | "y" | "f" => dig.ignored.push(format!("-{letter} {value}")),
                    _ => return Err(format!("Invalid option: -{letter}{value}")),
                }
            } else if let Some(named) = Kind::named(arg) {
                Dig::kind(&mut dig.queries, &mut kind, named);
            } else if !arg.eq_ignore_ascii_case("IN") {
                dig.queries.push(Query { name: arg.clone(), kind: kind.take(), reverse: false });
            }
        }
        Ok(dig)
    }

    /// A type goes with the name before it, or with the first name.
    fn kind(queries: &mut [Query], waiting: &mut Option<Kind>, kind: Kind) {
        match queries.last_mut() {
            Some(last) => last.kind = Some(kind),
            None => *waiting = Some(kind),
        }
    }

    fn option(&mut self, option: &str) -> Result<(), String> {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let (bare, on) = name.strip_prefix("no").map_or((name, true), |bare| (bare, false));
        if let Some(part) = PARTS.iter().find(|part| **part == bare) {
            self.hidden.retain(|hidden| hidden != part);
            if !on {
                self.hidden.push(part);
            }
            return Ok(());
        }
        match (bare, on) {
            ("all", true) => self.hidden.clear(),
            ("all", false) => self.hidden = PARTS[1..].to_vec(),
            ("short", on) => self.short = on,
            ("search" | "defname", on) => self.search = on,
            ("recurse" | "rec", on) => self.recurse = on,
            ("tries", true) => self.tries = value.parse().unwrap_or(TRIES).clamp(1, 10),
            ("retry", true) => self.tries = value.parse().unwrap_or(TRIES - 1).min(9) + 1,
            ("time" | "timeout", true) => {
                self.timeout = Duration::from_secs(value.parse::<u64>().unwrap_or(5).clamp(1, 300));
            }
            ("trace", true) => {
                return Err("dig: +trace: not simulated; the servers of the internet are not here".to_owned());
            }
            _ if IGNORED.split_whitespace().any(|known| known == name) => self.ignored.push(format!("+{option}")),
            _ if CARELESS.split_whitespace().any(|known| known == name) => {}
            _ => return Err(format!("Invalid option: +{option}")),
        }
        Ok(())
    }

    fn shows(&self, part: &str) -> bool {
        !self.hidden.contains(&part)
    }
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    if p.args().get(1).is_some_and(|arg| arg == "-v") {
        p.out(&format!("DiG {}\n", version(&p))).await;
        return Ok(());
    }
    let mut dig = match Dig::read(p.args()) {
        Ok(dig) => dig,
        Err(wrong) => {
            p.err(&format!("{wrong}\n")).await;
            if wrong.contains("not simulated") {
                p.hint_not_simulated("dig +trace");
                return Err(ExitStatus(1));
            }
            p.err("Usage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}\n            {global-d-opt} host [@local-server] {local-d-opt}\n            [ host [@local-server] {local-d-opt} [...]]\n\nUse \"dig -h\" (or \"dig -h | more\") for complete list of options\n").await;
            return Err(ExitStatus(1));
        }
    };
    say_ignored(&p, &dig.ignored).await;
    let servers = servers(&p, dig.server.as_deref()).await?;
    if dig.queries.is_empty() {
        dig.queries.push(Query { name: ".".to_owned(), kind: Some(Kind::NS), reverse: false });
    }
    let mut status = Ok(());
    for (index, query) in dig.queries.iter().enumerate() {
        status = one(&p, &dig, query, &servers, index == 0).await.max(status);
    }
    status
}

/// What dig says first.
fn heading(p: &Process, dig: &Dig) -> String {
    // Newer versions leave it out with +noall, too.
    if !dig.shows("cmd") || dig.short || !dig.shows("comments") && !version(p).starts_with("9.9") {
        return String::new();
    }
    let servers = if dig.server.is_some() { "; (1 server found)\n" } else { "" };
    let words = p.args()[1..].join(" ");
    format!("\n; <<>> DiG {} <<>> {words}\n{servers};; global options: +cmd\n", version(p))
}

async fn one(p: &Process, dig: &Dig, query: &Query, servers: &[Ipv4Addr], first: bool) -> Result<(), ExitStatus> {
    let kind = query.kind.unwrap_or(Kind::A);
    let questions: Vec<Question> = match query.name.parse() {
        Ok(address) if query.reverse => vec![Question::reverse(address)],
        _ if query.reverse => {
            p.err(&format!("Invalid IP address {}\n", query.name)).await;
            return Err(ExitStatus(1));
        }
        _ if dig.search => {
            p.resolv_conf().candidates(&query.name).iter().map(|name| Question::new(name, kind)).collect()
        }
        _ => vec![Question::new(&query.name, kind)],
    };
    let began = p.now();
    let mut last = None;
    for question in questions {
        let Some((server, answer)) = ask(p, servers, &question, dig.tries, dig.timeout).await else {
            let heading = if first { heading(p, dig) } else { String::new() };
            p.out(&format!("{heading};; no servers could be reached\n\n")).await;
            return Err(ExitStatus(9));
        };
        let found = answer.code == Code::NoError;
        last = Some((question, server, answer));
        if found {
            break;
        }
    }
    let Some((question, server, answer)) = last else { return Err(ExitStatus(1)) };
    if answer.code == Code::NxDomain {
        p.warn_of_internet_name(&query.name).await;
    }
    if dig.short {
        p.out(&answer.answers.iter().map(|record| record.data.text() + "\n").collect::<String>()).await;
        return Ok(());
    }
    let mut text = if first { heading(p, dig) } else { String::new() };
    text.push_str(&message(p, dig, &question, &answer));
    if dig.shows("stats") {
        let date = strftime::format(p.now(), "%a %b %d %H:%M:%S UTC %Y");
        let size = dns::reply(&dns::query(&question), &answer).len() + EDNS_SIZE;
        let took = p.now().since(began).as_millis();
        let udp = if version(p).starts_with("9.9") { "" } else { " (UDP)" };
        text.push_str(&format!(
            ";; Query time: {took} msec\n;; SERVER: {server}#53({server}){udp}\n;; WHEN: {date}\n;; MSG SIZE  rcvd: {size}\n\n"
        ));
    }
    p.out(&text).await;
    Ok(())
}

fn message(p: &Process, dig: &Dig, question: &Question, answer: &Answer) -> String {
    let mut text = String::new();
    if dig.shows("comments") {
        let local = question.name.ends_with(".local") && !version(p).starts_with("9.9");
        let leak = ";; WARNING: .local is reserved for Multicast DNS\n;; You are currently testing what happens when an mDNS query is \
                    leaked to DNS\n";
        let flags = [("aa", answer.authoritative), ("rd", dig.recurse), ("ra", answer.recursive)];
        let flags: String = flags.iter().filter(|(_, on)| *on).map(|(name, _)| format!(" {name}")).collect();
        let none = dig.recurse && !answer.recursive;
        text.push_str(&format!(
            ";; Got answer:\n{};; ->>HEADER<<- opcode: QUERY, status: {}, id: {}\n;; flags: qr{flags}; QUERY: 1, ANSWER: {}, AUTHORITY: \
             {}, ADDITIONAL: {}\n{}\n;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1232\n; COOKIE: {:08x}{:08x} (echoed)\n",
            if local { leak } else { "" },
            answer.code.name(),
            p.random(65_536),
            answer.answers.len(),
            answer.authority.len(),
            answer.additional.len() + 1,
            if none { ";; WARNING: recursion requested but not available\n" } else { "" },
            p.random(1 << 32),
            p.random(1 << 32),
        ));
    }
    if dig.shows("question") {
        text.push_str(&format!(";; QUESTION SECTION:\n;{}\n", aligned(&question.name, None, question.kind, "")));
    }
    for (part, title, records) in [
        ("answer", "ANSWER", &answer.answers),
        ("authority", "AUTHORITY", &answer.authority),
        ("additional", "ADDITIONAL", &answer.additional),
    ] {
        if dig.shows(part) && !records.is_empty() {
            let whole = section(title, records);
            // The sections' titles are comments.
            let lines = whole.split_once('\n').map_or("", |(_, lines)| lines).trim_end_matches('\n').to_owned() + "\n";
            text.push_str(if dig.shows("comments") { &whole } else { &lines });
        }
    }
    text
}

fn section(title: &str, records: &[Record]) -> String {
    if records.is_empty() {
        return String::new();
    }
    let lines: String = records
        .iter()
        .map(|record| aligned(&record.name, Some(record.ttl), record.data.kind(), &record.data.text()))
        .collect();
    format!(";; {title} SECTION:\n{lines}\n")
}

/// What is printed of one record, as dig aligns it: columns begin at 24, 32, 40 and 48, a tab being 8 wide.
fn aligned(name: &str, ttl: Option<u32>, kind: Kind, data: &str) -> String {
    let mut text = format!("{name}.");
    let mut column = text.len();
    let ttl = ttl.map(|ttl| (24, ttl.to_string()));
    let fields = [(32, "IN".to_owned()), (40, kind.name()), (48, data.to_owned())];
    for (to, field) in ttl.into_iter().chain(fields).filter(|(_, field)| !field.is_empty()) {
        let to = to.max(column + 1);
        let tabs = to / 8 - column / 8;
        text.push_str(&"\t".repeat(tabs));
        text.push_str(&" ".repeat(if tabs > 0 { to % 8 } else { to - column }));
        text.push_str(&field);
        column = to + field.len();
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_digs() {
        assert_eq!(
            aligned("kubernetes.default.svc.cluster.local", Some(30), Kind::A, "10.96.0.1"),
            "kubernetes.default.svc.cluster.local. 30 IN A\t10.96.0.1\n"
        );
        assert_eq!(aligned("google.com", Some(300), Kind::A, "1.2.3.4"), "google.com.\t\t300\tIN\tA\t1.2.3.4\n");
        assert_eq!(aligned("google.com", None, Kind::A, ""), "google.com.\t\t\tIN\tA\n");
    }
}
