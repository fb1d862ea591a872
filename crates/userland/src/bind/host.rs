//! `host`: what a name has, in sentences. host(1) of BIND 9.18.

use std::net::Ipv4Addr;

use machine::dns::{Code, Data, Kind, Question, Record};

use super::super::prelude::*;
use super::{TIMEOUT, TRIES, ask, search, servers};

const HOST_USAGE: &str = "Usage: host [-aCdilrTvVw] [-c class] [-N ndots] [-t type] [-W time]\n            [-R number] [-m flag] [-p \
                          port] hostname [server]\n";

pub(crate) async fn run(p: Process) -> i32 {
    let (mut kind, mut operands) = (None, Vec::new());
    let mut words = p.args().iter().skip(1);
    while let Some(arg) = words.next() {
        match arg.as_str() {
            "-t" => {
                let named = words.next().cloned().unwrap_or_default();
                kind = Kind::named(&named);
                if kind.is_none() {
                    p.err(&format!("host: invalid type: {named}\n")).await;
                    return 1;
                }
            }
            "-W" | "-R" | "-c" | "-N" | "-p" | "-m" => drop(words.next()),
            option if option.starts_with('-') => {}
            operand => operands.push(operand.to_owned()),
        }
    }
    let Some(name) = operands.first() else {
        p.err(HOST_USAGE).await;
        return 1;
    };
    let servers = match servers(&p, operands.get(1).map(String::as_str)).await {
        Ok(servers) => servers,
        Err(status) => return status,
    };
    if let Some(server) = operands.get(1) {
        let address = servers[0];
        p.out(&format!("Using domain server:\nName: {server}\nAddress: {address}#53\nAliases: \n\n")).await;
    }
    let address = name.parse::<Ipv4Addr>().ok().filter(|_| kind.is_none());
    let found = match address {
        Some(address) => {
            let question = Question::reverse(address);
            let asked = ask(&p, &servers, &question, TRIES, TIMEOUT).await;
            asked.map(|(server, answer)| (question, server, answer))
        }
        None => search(&p, &servers, name, kind.unwrap_or(Kind::A)).await,
    };
    let Some((question, _, answer)) = found else {
        p.out(";; no servers could be reached\n\n").await;
        return 1;
    };
    if answer.code != Code::NoError {
        let shown = if address.is_some() { format!("{}.", question.name) } else { name.clone() };
        let number = if answer.code == Code::NxDomain { 3 } else { 2 };
        p.out(&format!("Host {shown} not found: {number}({})\n", answer.code.name())).await;
        return 1;
    }
    let mut text: String = answer.answers.iter().map(host_line).collect();
    if answer.answers.is_empty() && kind.is_some() {
        text = format!("{} has no {} record\n", question.name, question.kind.name());
    }
    p.out(&text).await;
    0
}

fn host_line(record: &Record) -> String {
    let what = match &record.data {
        Data::A(_) => "has address",
        Data::Cname(_) => "is an alias for",
        Data::Ptr(_) => "domain name pointer",
        Data::Ns(_) => "name server",
        Data::Txt(_) => "descriptive text",
        Data::Srv { .. } => "has SRV record",
        Data::Soa { .. } => "has SOA record",
    };
    format!("{} {what} {}\n", record.name, record.data.text())
}
