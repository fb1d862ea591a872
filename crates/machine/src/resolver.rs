//! How a process comes from a name to an address: `/etc/hosts`, `/etc/resolv.conf`, and the rules of its C library.
//!
//! glibc's `resolv/res_query.c`, musl's `src/network/lookup_name.c` and `res_msend.c`.

use std::net::Ipv4Addr;

use network::{DropReason, Packet, Proto, Verdict};
use sim::Duration;

use crate::dns::{self, Answer, Code, Kind, Question};
use crate::{Process, ResolveError};

/// The name servers of ordinary networks, which have no process here: the laptop's, and the node's. They know none of the
/// internet's names.
const OUTSIDE: [Ipv4Addr; 2] = [Ipv4Addr::new(192, 168, 0, 1), Ipv4Addr::new(192, 168, 49, 1)];
/// The longest name there is.
const LONGEST_NAME: usize = 253;

/// What `/etc/resolv.conf` says (resolv.conf(5)).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResolvConf {
    /// The name servers to ask, in order.
    pub servers: Vec<Ipv4Addr>,
    /// What is put behind names that have few dots.
    pub search: Vec<String>,
    /// A name with so many dots is asked for as it stands first.
    pub ndots: usize,
    /// How long to wait for a server's answer.
    pub timeout: Duration,
    /// How often to ask all servers.
    pub attempts: u32,
}

impl ResolvConf {
    fn parse(text: &str) -> Self {
        let mut conf = ResolvConf {
            servers: Vec::new(),
            search: Vec::new(),
            ndots: 1,
            timeout: Duration::from_secs(5),
            attempts: 2,
        };
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.split_first() {
                Some((&"nameserver", rest)) => {
                    conf.servers.extend(rest.first().and_then(|word| word.parse::<Ipv4Addr>().ok()))
                }
                Some((&("search" | "domain"), rest)) => {
                    conf.search = rest.iter().map(|word| (*word).to_owned()).collect()
                }
                Some((&"options", rest)) => rest.iter().for_each(|word| conf.option(word)),
                _ => {}
            }
        }
        conf
    }

    fn option(&mut self, word: &str) {
        let Some((name, Ok(value))) = word.split_once(':').map(|(name, value)| (name, value.parse::<u32>())) else {
            return;
        };
        match name {
            "ndots" => self.ndots = value.min(15) as usize,
            "timeout" => self.timeout = Duration::from_secs(u64::from(value.clamp(1, 30))),
            "attempts" => self.attempts = value.clamp(1, 5),
            _ => {}
        }
    }

    /// The names to ask for, in order: with few dots the search list goes first.
    pub fn candidates(&self, name: &str) -> Vec<String> {
        if let Some(absolute) = name.strip_suffix('.') {
            return vec![absolute.to_owned()];
        }
        let mut names: Vec<String> = self.search.iter().map(|suffix| format!("{name}.{suffix}")).collect();
        let first = name.matches('.').count() >= self.ndots;
        names.insert(if first { 0 } else { names.len() }, name.to_owned());
        names
    }
}

/// Why a name server gave no answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unanswered {
    /// It was refused at once: nobody is there.
    Refused,
    /// Nothing came.
    Silent,
}

/// What a name was found to be.
pub struct Resolved {
    /// The name in full.
    pub name: String,
    /// Its addresses; one at least.
    pub addresses: Vec<Ipv4Addr>,
}

impl Process {
    /// The first address of a name; see [`Process::resolve_all`].
    ///
    /// # Errors
    ///
    /// There is no such name, or no server answered.
    pub async fn resolve_host(&self, name: &str) -> Result<Ipv4Addr, ResolveError> {
        self.resolve_all(name).await.and_then(|all| all.first().copied().ok_or(ResolveError::NotFound))
    }

    /// A name's addresses, as getaddrinfo(3) finds them: an address as it stands, `/etc/hosts`, then the servers of
    /// `/etc/resolv.conf` over the network, with its search list.
    ///
    /// # Errors
    ///
    /// There is no such name, or no server answered.
    pub async fn resolve_all(&self, name: &str) -> Result<Vec<Ipv4Addr>, ResolveError> {
        Ok(self.addresses_of(name, &self.resolv_conf()).await?.addresses)
    }

    /// What its machine's `/etc/resolv.conf` says.
    pub fn resolv_conf(&self) -> ResolvConf {
        ResolvConf::parse(&self.text_of("/etc/resolv.conf"))
    }

    fn text_of(&self, path: &str) -> String {
        String::from_utf8_lossy(&self.read_file(path).unwrap_or_default()).into_owned()
    }

    /// Whether programs here are linked to musl, as Alpine's are; else to glibc.
    fn has_musl(&self) -> bool {
        let image =
            || self.kernel.with(|state| state.machines.get(&self.machine).is_some_and(|m| m.image.contains("musl")));
        self.metadata("/etc/alpine-release").is_ok() || image()
    }

    /// A name's addresses and the full name under which they were found; see [`Process::resolve_all`].
    ///
    /// # Errors
    ///
    /// There is no such name, or no server answered.
    pub async fn addresses_of(&self, name: &str, conf: &ResolvConf) -> Result<Resolved, ResolveError> {
        let found = self.find_addresses(name, conf).await;
        if found.as_ref().err() == Some(&ResolveError::NotFound) {
            self.warn_of_internet_name(name).await;
        }
        found
    }

    /// Says of a name of the internet that there is none here; nothing of any other name. For a program that has not found it.
    pub async fn warn_of_internet_name(&self, name: &str) {
        if is_outside(name) {
            self.hint_not_simulated(INTERNET);
            let why = "the internet is not simulated here; only names of the cluster and of these computers are known";
            self.err(&format!("({name}: {why})\n")).await;
        }
    }

    async fn find_addresses(&self, name: &str, conf: &ResolvConf) -> Result<Resolved, ResolveError> {
        let one = |name: &str, address| Ok(Resolved { name: name.to_owned(), addresses: vec![address] });
        if let Ok(address) = name.parse() {
            return one(name, address);
        }
        if name.is_empty() || name.len() > LONGEST_NAME {
            return Err(ResolveError::NotFound);
        }
        for line in self.text_of("/etc/hosts").lines() {
            let words: Vec<&str> = line.split('#').next().unwrap_or_default().split_whitespace().collect();
            if let Some(address) = words.first().and_then(|word| word.parse().ok())
                && words[1..].iter().any(|word| word.eq_ignore_ascii_case(name))
            {
                return one(words[1], address);
            }
        }
        if name == "localhost" {
            return one(name, Ipv4Addr::LOCALHOST);
        }
        let musl = self.has_musl();
        let mut names = conf.candidates(&name.to_ascii_lowercase());
        if musl && name.matches('.').count() >= conf.ndots {
            names.truncate(1); // musl asks for such a name as it stands, and for no other
        }
        let mut answered = false;
        for name in names {
            let answer = self.ask(conf, &Question::new(&name, Kind::A), musl).await;
            let Ok(answer) = answer else { return Err(ResolveError::NoAnswer) };
            let addresses = answer.addresses();
            if !addresses.is_empty() {
                let last = answer.answers.iter().rfind(|record| record.data.kind() == Kind::A);
                return Ok(Resolved { name: last.map_or(name, |record| record.name.clone()), addresses });
            }
            match answer.code {
                Code::ServFail if musl => return Err(ResolveError::NoAnswer),
                Code::ServFail => {}
                // There is such a name, without an address: musl looks no further.
                Code::NoError if musl => return Err(ResolveError::NotFound),
                Code::NoError | Code::NxDomain => answered = true,
            }
        }
        Err(if answered { ResolveError::NotFound } else { ResolveError::NoAnswer })
    }

    /// The name of an address: that of `/etc/hosts`, or what the name servers say.
    pub async fn name_of_address(&self, address: Ipv4Addr, conf: &ResolvConf) -> Option<String> {
        for line in self.text_of("/etc/hosts").lines() {
            let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
            if words.next().and_then(|word| word.parse().ok()) == Some(address) {
                return words.next().map(str::to_owned);
            }
        }
        let answer = self.ask(conf, &Question::reverse(address), self.has_musl()).await.ok()?;
        answer.pointer().map(str::to_owned)
    }

    /// Asks the servers of `/etc/resolv.conf` as a C library does: glibc one after the other, and again; musl all at once, and
    /// it does not notice that one refuses.
    async fn ask(&self, conf: &ResolvConf, question: &Question, musl: bool) -> Result<Answer, Unanswered> {
        let mut failed = None;
        for _ in 0..if musl { 1 } else { conf.attempts } {
            for server in &conf.servers {
                match self.ask_server(*server, question).await {
                    Ok(answer) if answer.code == Code::ServFail => failed = Some(answer),
                    Ok(answer) => return Ok(answer),
                    Err(Unanswered::Silent) if !musl => self.sleep(conf.timeout).await,
                    Err(_) => {}
                }
            }
        }
        if let Some(answer) = failed {
            return Ok(answer);
        }
        if musl && !conf.servers.is_empty() {
            self.sleep(conf.timeout).await;
        }
        Err(Unanswered::Silent)
    }

    /// Asks one DNS server, once. Who gets no answer waits as long as it likes.
    ///
    /// # Errors
    ///
    /// The server refused, or nothing came.
    pub async fn ask_server(&self, server: Ipv4Addr, question: &Question) -> Result<Answer, Unanswered> {
        let (_, trace) = self.send(Packet::new(Proto::Udp, server, 53)).ok_or(Unanswered::Silent)?;
        let round_trip = self.round_trip(&trace);
        match &trace.verdict {
            Verdict::Deliver { listener: Some(listener), src, dst, port, .. } => {
                self.sleep(round_trip + Duration::from_micros(300)).await;
                let client = (*src, 32768 + self.random(28232) as u16);
                let answer = self.kernel.ask(*listener, &dns::query(question), client, (*dst, *port));
                answer.and_then(|answer| dns::parse_reply(&answer)).ok_or(Unanswered::Silent)
            }
            Verdict::Refuse(_) if !OUTSIDE.contains(&server) => {
                self.sleep(round_trip).await;
                Err(Unanswered::Refused)
            }
            Verdict::Drop(DropReason::Internet) if server.is_private() => Err(Unanswered::Silent),
            Verdict::Refuse(_) | Verdict::Drop(DropReason::Internet) => {
                self.sleep(Duration::from_millis(12)).await;
                Ok(Answer::empty(Code::NxDomain))
            }
            _ => Err(Unanswered::Silent),
        }
    }
}

/// What the page is told to say of the internet, as of a command that is not simulated.
pub const INTERNET: &str = "the internet";

/// Whether a name is one that the internet has, and no cluster. A Service may be called `com`, but hardly with a namespace `www`.
fn is_outside(name: &str) -> bool {
    const ENDS: [&str; 17] =
        ["com", "org", "net", "io", "kr", "edu", "gov", "uk", "jp", "de", "fr", "us", "eu", "ai", "info", "cn", "ch"];
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let mut labels = name.rsplit('.');
    let (Some(end), Some(domain)) = (labels.next(), labels.next()) else { return false };
    // Below example.com are the hosts that people make up for their Ingresses.
    ENDS.contains(&end) && !domain.is_empty() && (domain != "example" || matches!(labels.next(), None | Some("www")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_internet_are_told_from_others() {
        for name in
            ["google.com", "example.com", "www.example.org.", "registry.k8s.io", "www.naver.co.kr", "GitHub.com"]
        {
            assert!(is_outside(name), "{name}");
        }
        for name in
            ["web", "web.default", "web.default.svc.cluster.local", "shop.example.com", "nosuch.example", "com", ""]
        {
            assert!(!is_outside(name), "{name}");
        }
    }

    #[test]
    fn few_dots_search_first() {
        let conf = ResolvConf::parse(
            "# x\nnameserver 10.96.0.10\nnameserver fd00::1\nsearch default.svc.cluster.local cluster.local\noptions ndots:2 timeout:1 \
             edns0\n",
        );
        assert_eq!((conf.ndots, conf.timeout, conf.attempts), (2, Duration::from_secs(1), 2));
        assert_eq!(conf.servers, [Ipv4Addr::new(10, 96, 0, 10)]);
        assert_eq!(conf.candidates("a.b"), ["a.b.default.svc.cluster.local", "a.b.cluster.local", "a.b"]);
        assert_eq!(conf.candidates("a.b.c")[0], "a.b.c");
        assert_eq!(conf.candidates("a."), ["a"]);
    }
}
