//! `host`: what a name has, in sentences. host(1) of BIND 9.18.

use std::net::Ipv4Addr;

use machine::dns::{Code, Data, Kind, Question, Record};

use super::super::prelude::*;
use super::{TIMEOUT, TRIES, ask, say_ignored, search, servers, version};

const HOST_USAGE: &str = "Usage: host [-aCdilrTvVw] [-c class] [-N ndots] [-t type] [-W time]\n            [-R number] [-m flag] [-p \
                          port] hostname [server]\n";

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let (mut kind, mut operands, mut ignored) = (None, Vec::new(), Vec::new());
    let mut words = p.args().iter().skip(1);
    while let Some(arg) = words.next() {
        match arg.as_str() {
            "-t" => {
                let named = words.next().cloned().unwrap_or_default();
                kind = Kind::named(&named);
                if kind.is_none() {
                    p.err(&format!("host: invalid type: {named}\n")).await;
                    return Err(ExitStatus(1));
                }
            }
            "-V" => {
                p.err(&format!("host {}\n", version(&p))).await;
                return Ok(());
            }
            "-W" | "-R" => drop(words.next()),
            "-c" | "-N" | "-p" | "-m" => {
                let value = words.next().map_or("", String::as_str);
                if !matches!((arg.as_str(), value), ("-p", "53") | ("-c", "IN")) {
                    ignored.push(format!("{arg} {value}"));
                }
            }
            "-4" | "-T" | "-U" | "-w" | "-i" | "-s" => {}
            option if option.len() > 2 && option.starts_with("-t") => {
                kind = Kind::named(&option[2..]);
                if kind.is_none() {
                    p.err(&format!("host: invalid type: {}\n", &option[2..])).await;
                    return Err(ExitStatus(1));
                }
            }
            "-a" | "-C" | "-d" | "-l" | "-r" | "-v" | "-6" => ignored.push(arg.clone()),
            option if option.starts_with('-') && option.len() > 1 => {
                p.err(&format!("host: illegal option -- {}\n{HOST_USAGE}", &option[1..])).await;
                return Err(ExitStatus(1));
            }
            operand => operands.push(operand.to_owned()),
        }
    }
    let Some(name) = operands.first() else {
        p.err(HOST_USAGE).await;
        return Err(ExitStatus(1));
    };
    say_ignored(&p, &ignored).await;
    let servers = servers(&p, operands.get(1).map(String::as_str)).await?;
    if let Some(server) = operands.get(1) {
        let address = servers[0];
        p.out(&format!("Using domain server:\nName: {server}\nAddress: {address}#53\nAliases: \n\n")).await;
    }
    let address = name.parse::<Ipv4Addr>().ok();
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
        return Err(ExitStatus(1));
    };
    if answer.code != Code::NoError {
        let shown = if address.is_some() { format!("{}.", question.name) } else { name.clone() };
        let number = if answer.code == Code::NxDomain { 3 } else { 2 };
        p.out(&format!("Host {shown} not found: {number}({})\n", answer.code.name())).await;
        p.warn_of_internet_name(name).await;
        return Err(ExitStatus(1));
    }
    let mut text: String = answer.answers.iter().map(host_line).collect();
    if answer.answers.is_empty() && kind.is_some() {
        text = format!("{} has no {} record\n", question.name, question.kind.name());
    }
    p.out(&text).await;
    Ok(())
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
