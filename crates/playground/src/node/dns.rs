//! The cluster's name server: CoreDNS as a daemon, which asks the cluster for its names when somebody asks it.

use std::net::Ipv4Addr;

use cluster::dns as names;
use machine::dns::{self, Answer, Code, Data, Kind, Question, Record};
use machine::{Backend, Daemon, Process, Program, Proto, Service, ServiceCx, User};

use super::corefile::{self, Block, Hosts};
use super::{api_server, ingress};
use crate::control::{WeakShared, upgrade};

/// What the cluster of a world answers to its daemons.
pub(crate) struct ClusterBackend(pub WeakShared);

impl Backend for ClusterBackend {
    fn respond(&self, server: &str, cx: &mut ServiceCx<'_>, request: &[u8]) -> Vec<u8> {
        let Some(world) = upgrade(&self.0) else { return Vec::new() };
        match server {
            ingress::SERVER => ingress::respond(&world, cx, request),
            _ => api_server::respond(&world, cx, request),
        }
    }

    fn look_up(&self, question: &Question) -> Option<Answer> {
        let world = upgrade(&self.0)?;
        let Ok(control) = world.control.try_borrow() else { return Some(Answer::empty(Code::ServFail)) };
        let found = control.cluster.look_up(&question.name, kind(question.kind))?;
        let records = |records: Vec<names::Record>| records.into_iter().map(record).collect();
        Some(Answer {
            code: if found.exists { Code::NoError } else { Code::NxDomain },
            authoritative: true,
            recursive: false,
            answers: records(found.answers),
            authority: records(found.authority),
            additional: records(found.additional),
        })
    }
}

fn kind(kind: Kind) -> names::Kind {
    match kind {
        Kind::A => names::Kind::A,
        Kind::AAAA => names::Kind::Aaaa,
        Kind::CNAME => names::Kind::Cname,
        Kind::SRV => names::Kind::Srv,
        Kind::PTR => names::Kind::Ptr,
        Kind::NS => names::Kind::Ns,
        Kind::SOA => names::Kind::Soa,
        Kind::TXT => names::Kind::Txt,
        _ => names::Kind::Other,
    }
}

fn record(record: names::Record) -> Record {
    let data = match record.data {
        names::Data::Address(address) => Data::A(address),
        names::Data::Alias(name) => Data::Cname(name),
        names::Data::Pointer(name) => Data::Ptr(name),
        names::Data::Server(name) => Data::Ns(name),
        names::Data::Text(text) => Data::Txt(text),
        names::Data::Service { weight, port, target } => Data::Srv { priority: 0, weight, port, target },
        names::Data::Zone { server, mail, serial } => {
            Data::Soa { server, mail, numbers: [serial, 7200, 1800, 86400, names::TTL] }
        }
    };
    Record { name: record.name, ttl: names::TTL, data }
}

/// `coredns`: listens at port 53; the cluster's names, and none of those that it would ask other servers for.
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

/// Where CoreDNS finds its configuration in its container.
const COREFILE: &str = "/etc/coredns/Corefile";
/// For how many seconds an answer of the plugin `hosts` may be kept.
const HOSTS_TTL: u32 = 3600;

impl Service for CoreDns {
    fn respond(&self, cx: &mut ServiceCx<'_>, request: &[u8]) -> Vec<u8> {
        match cx.local.1 {
            53 => {}
            8080 | 8181 | 9153 => {
                return b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK".to_vec();
            }
            _ => return Vec::new(),
        }
        let Some(question) = dns::parse_query(request) else { return Vec::new() };
        let text = cx.kernel.read_file(cx.machine, &User::root(), COREFILE).unwrap_or_default();
        let block =
            corefile::block_for(&String::from_utf8_lossy(&text), &question.name.to_lowercase()).unwrap_or_default();
        let mut answer = look_up(cx, &block, &question);
        shuffle(&mut answer.answers, cx.rng);
        let reply = dns::reply(request, &answer);
        if block.has("log") {
            let line = log_line(cx.client, &question, &answer, request.len(), reply.len());
            cx.kernel.write_log(cx.machine, false, line.as_bytes(), cx.now);
        }
        reply
    }

    fn signal(&self, signal: machine::Signal, _is_init: bool) -> Option<(sim::Duration, machine::Exit)> {
        matches!(signal, machine::Signal::Terminate | machine::Signal::Interrupt)
            .then_some((sim::Duration::from_secs(5), machine::Exit::Code(0)))
    }
}

/// The answer of the plugins of a server block, in the order in which CoreDNS asks them.
fn look_up(cx: &ServiceCx<'_>, block: &Block, question: &Question) -> Answer {
    let name = question.name.to_lowercase();
    let asked = Question { name: block.rewritten(&name).unwrap_or(name), kind: question.kind };
    let mut answer = match block.hosts(&asked.name) {
        Hosts::Known(addresses) => {
            let record = |address| Record { name: asked.name.clone(), ttl: HOSTS_TTL, data: Data::A(address) };
            let wanted = addresses.into_iter().filter(|_| asked.kind == Kind::A);
            let answers = wanted.map(record).collect();
            Answer { authoritative: true, recursive: false, answers, ..Answer::empty(Code::NoError) }
        }
        Hosts::Failed => Answer::empty(Code::ServFail),
        Hosts::Next => {
            let found = cx.backend.filter(|_| block.has("kubernetes")).and_then(|cluster| cluster.look_up(&asked));
            // `forward`: the servers of the internet are not here, and others do not answer.
            let outside = if block.has("forward") { Code::NxDomain } else { Code::ServFail };
            found.unwrap_or_else(|| Answer::empty(outside))
        }
    };
    // Who asked for a name hears of that name.
    for record in answer.answers.iter_mut().filter(|record| record.name == asked.name) {
        record.name.clone_from(&question.name);
    }
    answer
}

/// A line of the plugin `log` in its common format.
fn log_line(client: (Ipv4Addr, u16), question: &Question, answer: &Answer, asked: usize, replied: usize) -> String {
    let flags = if answer.authoritative { "qr,aa,rd" } else { "qr,rd,ra" };
    format!(
        "[INFO] {}:{} - 19256 \"{} IN {}. udp {asked} false 512\" {} {flags} {replied} 0.000{:03}s\n",
        client.0,
        client.1,
        question.kind.name(),
        question.name,
        answer.code.name(),
        100 + replied % 100,
    )
}

/// Puts addresses into another order each time, after the names they belong to (the plugin `loadbalance`).
fn shuffle(records: &mut [Record], rng: &mut sim::Rng) {
    let first = records.iter().position(|record| matches!(record.data, Data::A(_))).unwrap_or(records.len());
    let addresses = &mut records[first..];
    for at in (1..addresses.len()).rev() {
        addresses.swap(at, rng.below(at as u64 + 1) as usize);
    }
}
