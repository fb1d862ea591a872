//! `proxy_pass` and `upstream`: nginx asks another server. Names are looked up once, when it starts or reads its configuration
//! again; those in which a variable stands with each request, from the `resolver`.
//!
//! ngx_http_proxy_module, ngx_http_upstream_module.

use std::net::Ipv4Addr;

use machine::dns::{Code, Data, Kind, Question};
use machine::{ConnectErrorKind, ServiceCx};

use super::super::http::{Request, Response};
use super::super::prelude::*;
use super::conf::{Directive, Location, Server, Settings};
use super::serve::{Answer, Nginx, expand};

/// How many turns a server has at most for its weight.
const MOST_TURNS: usize = 16;

/// What the names of groups begin with that are a `resolver`.
const RESOLVER: &str = "resolver ";

/// Servers that a `proxy_pass` may name, as the configuration has them.
pub(super) struct Wanted {
    name: String,
    members: Vec<Member>,
}

struct Member {
    /// As it is written: `web:8080`.
    text: String,
    place: String,
    turns: usize,
}

/// Such servers, found.
#[derive(Clone)]
pub(super) struct Group {
    name: String,
    servers: Vec<(Ipv4Addr, u16)>,
}

/// `http://web:8080/api` as `web:8080` and `/api`; `None` for what is not http.
fn parts(target: &str) -> Option<(&str, Option<&str>)> {
    let rest = target.strip_prefix("http://")?;
    Some(match rest.find('/') {
        Some(at) => (&rest[..at], Some(&rest[at..])),
        None => (rest, None),
    })
}

fn host_and_port(text: &str) -> (&str, u16) {
    let authority = text.split('/').next().unwrap_or(text);
    match authority.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().unwrap_or(80)),
        None => (authority, 80),
    }
}

/// The address of what needs no name server.
fn literal_address(host: &str) -> Option<Ipv4Addr> {
    if host == "localhost" { Some(Ipv4Addr::LOCALHOST) } else { host.parse().ok() }
}

/// All that the servers of a configuration ask.
pub(super) fn wanted(top: &[Directive], servers: &[Server]) -> Vec<Wanted> {
    let mut all = Vec::new();
    let http = top.iter().filter(|one| one.name == "http").filter_map(|one| one.block.as_ref()).flatten();
    for block in http.filter(|one| one.name == "upstream") {
        let name = block.args.first().cloned().unwrap_or_default();
        let inner = block.block.iter().flatten().filter(|one| one.name == "server");
        let used = inner.filter(|one| !one.args.iter().any(|word| word == "down" || word == "backup"));
        let members = used.map(|one| Member {
            text: one.args.first().cloned().unwrap_or_default(),
            place: one.place.clone(),
            turns: one.args.iter().find_map(|word| word.strip_prefix("weight=")?.parse().ok()).unwrap_or(1),
        });
        all.push(Wanted { name, members: members.collect() });
    }
    let settings = servers
        .iter()
        .flat_map(|server| server.locations.iter().map(|location| &location.settings).chain([&server.settings]));
    for (server, place) in settings.clone().filter_map(|settings| settings.resolver.as_ref()) {
        let name = format!("{RESOLVER}{server}");
        if !all.iter().any(|one: &Wanted| one.name == name) {
            let members = vec![Member { text: server.clone(), place: place.clone(), turns: 1 }];
            all.push(Wanted { name, members });
        }
    }
    for (target, place) in settings.filter_map(|settings| settings.proxy_pass.as_ref()) {
        let Some((authority, uri)) = parts(target).filter(|(authority, _)| !authority.contains('$')) else { continue };
        if !all.iter().any(|one: &Wanted| one.name == authority) {
            let text = format!("{authority}{}", uri.unwrap_or(""));
            let members = vec![Member { text, place: place.clone(), turns: 1 }];
            all.push(Wanted { name: authority.to_owned(), members });
        }
    }
    all
}

/// Whether a name server has to be asked.
pub(super) fn needs_names(wanted: &[Wanted]) -> bool {
    wanted.iter().flat_map(|one| &one.members).any(|member| literal_address(host_and_port(&member.text).0).is_none())
}

/// Finds the servers. The error is nginx's, without `nginx: [emerg] `.
pub(super) async fn find(p: &Process, wanted: &[Wanted]) -> Result<Vec<Group>, String> {
    let mut groups = Vec::new();
    for one in wanted {
        let mut servers = Vec::new();
        for member in &one.members {
            let (host, port) = host_and_port(&member.text);
            let addresses = match literal_address(host) {
                Some(address) => Ok(vec![address]),
                None => p.resolve_all(host).await,
            };
            let role = if one.name.starts_with(RESOLVER) { "resolver" } else { "upstream" };
            let addresses =
                addresses.map_err(|_| format!("host not found in {role} \"{}\" in {}", member.text, member.place))?;
            let turns = member.turns.clamp(1, MOST_TURNS);
            servers.extend(addresses.iter().flat_map(|address| [(*address, port)].repeat(turns)));
        }
        groups.push(Group { name: one.name.clone(), servers });
    }
    Ok(groups)
}

/// The servers of a configuration that names addresses only.
pub(super) fn without_names(wanted: &[Wanted]) -> Vec<Group> {
    let found = |member: &Member| {
        let (host, port) = host_and_port(&member.text);
        Some([(literal_address(host)?, port)].repeat(member.turns.clamp(1, MOST_TURNS)))
    };
    let group = |one: &Wanted| Group {
        name: one.name.clone(),
        servers: one.members.iter().filter_map(found).flatten().collect(),
    };
    wanted.iter().map(group).collect()
}

impl Nginx {
    /// What another server answers; 502 or 504 if none does.
    pub(super) fn proxy(
        &self,
        cx: &mut ServiceCx<'_>,
        request: &Request,
        server: &Server,
        location: Option<&Location>,
        settings: &Settings,
        target: &str,
    ) -> Answer {
        let target = expand(&with_variables(target, &settings.variables), request, cx, server);
        let Some((authority, uri)) = parts(&target).filter(|_| !target.contains('$')) else {
            let what =
                format!("proxy_pass \"{target}\" is not simulated: only http is, and no variable that 'map' makes");
            self.log_error(cx, request, server, &what, "");
            return self.error_page(502);
        };
        let (host, port) = host_and_port(authority);
        let group = self.groups.iter().find(|group| group.name == authority);
        let servers = match (group, literal_address(host)) {
            (Some(group), _) => group.servers.clone(),
            (None, Some(address)) => vec![(address, port)],
            (None, None) => match self.look_up(cx, settings, host) {
                Ok(addresses) => addresses.into_iter().map(|address| (address, port)).collect(),
                Err(why) => {
                    self.log_error(cx, request, server, &why, "");
                    return self.error_page(502);
                }
            },
        };
        let path = match (uri, location) {
            (Some(uri), Some(location)) if matches!(location.modifier.as_str(), "" | "=" | "^~") => {
                // What `rewrite` led away from the location is passed on as it is.
                match request.target.strip_prefix(location.path.as_str()) {
                    Some(rest) => format!("{uri}{rest}"),
                    None => request.target.clone(),
                }
            }
            (Some(uri), _) => uri.to_owned(),
            (None, _) => request.target.clone(),
        };
        let message = self.message(cx, request, server, settings, authority, &path);
        let first = super::serve::connections(cx) - 1;
        let mut code = 502;
        let mut tried: Vec<(Ipv4Addr, u16)> = Vec::new();
        for turn in 0..servers.len() {
            let to = servers[(first + turn) % servers.len()];
            if tried.contains(&to) {
                continue;
            }
            tried.push(to);
            let upstream = format!("http://{}:{}{path}", to.0, to.1);
            let failure = match cx.exchange(to, &message) {
                Ok(bytes) => match Response::parse(&bytes) {
                    Some(response) => return answer(response),
                    None => "upstream prematurely closed connection while reading response header from upstream",
                },
                Err(ConnectErrorKind::TimedOut) => {
                    code = 504;
                    "upstream timed out (110: Operation timed out) while connecting to upstream"
                }
                Err(ConnectErrorKind::Refused) => {
                    "connect() failed (111: Connection refused) while connecting to upstream"
                }
                Err(ConnectErrorKind::HostUnreachable | ConnectErrorKind::NetworkUnreachable) => {
                    "connect() failed (113: Host is unreachable) while connecting to upstream"
                }
            };
            self.log_error(cx, request, server, failure, &upstream);
        }
        self.error_page(code)
    }

    /// A name's addresses, by the `resolver`: it takes names as they stand, and knows no search list.
    #[inline(never)]
    fn look_up(&self, cx: &mut ServiceCx<'_>, settings: &Settings, host: &str) -> Result<Vec<Ipv4Addr>, String> {
        let group = settings.resolver.as_ref().and_then(|(resolver, _)| {
            let name = format!("{RESOLVER}{resolver}");
            let port = if resolver.contains(':') { host_and_port(resolver).1 } else { 53 };
            let found = self.groups.iter().find(|group| group.name == name)?;
            Some((found.servers.first()?.0, port))
        });
        let Some(resolver) = group else { return Err(format!("no resolver defined to resolve {host}")) };
        let question = Question { name: host.trim_end_matches('.').to_owned(), kind: Kind::A };
        let why = match cx.ask_name_server(resolver, &question) {
            None => "110: Operation timed out",
            Some(answer) => {
                let address = |data: &Data| if let Data::A(address) = data { Some(*address) } else { None };
                let found: Vec<Ipv4Addr> = answer.answers.iter().filter_map(|record| address(&record.data)).collect();
                match answer.code {
                    _ if !found.is_empty() => return Ok(found),
                    Code::ServFail => "2: Server failure",
                    _ => "3: Host not found",
                }
            }
        };
        Err(format!("{host} could not be resolved ({why})"))
    }

    /// The request as the other server gets it.
    fn message(
        &self,
        cx: &ServiceCx<'_>,
        request: &Request,
        server: &Server,
        settings: &Settings,
        authority: &str,
        path: &str,
    ) -> Vec<u8> {
        let set: Vec<(String, String)> = settings
            .proxy_headers
            .iter()
            .map(|(name, value)| {
                let value = value.replace("$proxy_host", authority);
                (name.clone(), expand(&value, request, cx, server))
            })
            .collect();
        let is_set = |name: &str| set.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        let mut text = format!("{} {path} HTTP/1.0\r\n", request.method);
        let mut put = |name: &str, value: &str| {
            if !value.is_empty() {
                text.push_str(&format!("{name}: {value}\r\n"));
            }
        };
        for (name, value) in &set {
            put(name, value);
        }
        for (name, value) in [("Host", authority), ("Connection", "close")] {
            if !is_set(name) {
                put(name, value);
            }
        }
        let own = ["Host", "Connection", "Keep-Alive", "Expect", "Upgrade", "TE", "Transfer-Encoding"];
        for (name, value) in &request.headers {
            if !own.iter().any(|known| known.eq_ignore_ascii_case(name)) && !is_set(name) {
                put(name, value);
            }
        }
        [text.as_bytes(), b"\r\n", &request.body].concat()
    }
}

/// A text with what `set` gave to variables, the last first; a variable's value may name others that were set before it.
fn with_variables(text: &str, variables: &[(String, String)]) -> String {
    let mut out = text.to_owned();
    for (at, (name, _)) in variables.iter().enumerate().rev() {
        let newer = variables[at + 1..].iter().any(|(other, _)| other == name);
        if !newer {
            out = replace_variable(&out, name, &variables[at].1);
        }
    }
    out
}

fn replace_variable(text: &str, name: &str, value: &str) -> String {
    let text = text.replace(&format!("${{{name}}}"), value);
    let (mut out, mut rest) = (String::new(), text.as_str());
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let length = rest.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        if &rest[..length] == name {
            out.push_str(value);
        } else {
            out.push('$');
            out.push_str(&rest[..length]);
        }
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

/// The other server's answer, as this one passes it on.
fn answer(response: Response) -> Answer {
    let own = [
        "Date",
        "Server",
        "Connection",
        "Keep-Alive",
        "Content-Length",
        "Content-Type",
        "Transfer-Encoding",
        "Location",
    ];
    let headers = response.head.iter().skip(1).filter_map(|line| line.split_once(':'));
    let passed = headers.filter(|(name, _)| !own.iter().any(|known| known.eq_ignore_ascii_case(name)));
    Answer {
        code: response.code,
        content_type: response.header("Content-Type").unwrap_or("text/plain").to_owned(),
        modified: None,
        location: response.header("Location").map(str::to_owned),
        headers: passed.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect(),
        range: None,
        body: response.body,
    }
}
