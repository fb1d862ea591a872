//! BIND's tools: `dig`, `host`, `nslookup` (bin/dig of github.com/isc-projects/bind9).

pub(crate) mod dig;
pub(crate) mod host;
pub(crate) mod nslookup;

use std::net::Ipv4Addr;

use machine::Unanswered;
use machine::dns::{Answer, Code, Kind, Question};

use super::prelude::*;

/// How often a server is asked, and for how long each time.
const TRIES: u32 = 3;
const TIMEOUT: Duration = Duration::from_secs(5);

/// BIND's version where this is.
fn version(p: &Process) -> &'static str {
    if is_busybox(p) {
        return "9.20.10";
    }
    let image = p.image();
    if is_old(&image) { "9.9.5-9+deb8u19-Debian" } else { "9.18.33-1~deb12u2-Debian" }
}

/// Kubernetes' `jessie-dnsutils` is of 2015.
fn is_old(image: &str) -> bool {
    image.contains("jessie")
}

/// Asks one server after the other, again and again; tells of each that does not answer. Gives who answered.
async fn ask(
    p: &Process,
    servers: &[Ipv4Addr],
    question: &Question,
    tries: u32,
    timeout: Duration,
) -> Option<(Ipv4Addr, Answer)> {
    for _ in 0..tries {
        for server in servers {
            let why = match p.ask_server(*server, question).await {
                Ok(answer) => return Some((*server, answer)),
                Err(Unanswered::Refused) => "connection refused",
                Err(Unanswered::Silent) => {
                    p.sleep(timeout).await;
                    "timed out"
                }
            };
            p.out(&format!(";; communications error to {server}#53: {why}\n")).await;
        }
    }
    None
}

/// Says of options that they change nothing here; the rest is done.
async fn say_ignored(p: &Process, options: &[String]) {
    for option in options {
        p.err(&format!("{}: {option} is not simulated here, and changes nothing\n", name_of(p))).await;
    }
}

/// The servers to ask; the named one, or those of `/etc/resolv.conf`.
async fn servers(p: &Process, named: Option<&str>) -> Result<Vec<Ipv4Addr>, ExitStatus> {
    let Some(server) = named else {
        let servers = p.resolv_conf().servers;
        return Ok(if servers.is_empty() { vec![Ipv4Addr::LOCALHOST] } else { servers });
    };
    match p.resolve_host(server).await {
        Ok(address) => Ok(vec![address]),
        Err(_) => {
            p.err(&format!("{}: couldn't get address for '{server}': not found\n", name_of(p))).await;
            Err(if name_of(p) == "dig" { ExitStatus(10) } else { ExitStatus(1) })
        }
    }
}

/// Asks for the names that a name may stand for, as `host` and `nslookup` do, until one is found.
async fn search(p: &Process, servers: &[Ipv4Addr], name: &str, kind: Kind) -> Option<(Question, Ipv4Addr, Answer)> {
    let mut last = None;
    for name in p.resolv_conf().candidates(name) {
        let question = Question::new(&name, kind);
        let (server, answer) = ask(p, servers, &question, TRIES, TIMEOUT).await?;
        let found = answer.code == Code::NoError;
        last = Some((question, server, answer));
        if found {
            break;
        }
    }
    last
}
