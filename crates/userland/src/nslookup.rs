//! `nslookup`: busybox's own, of which there are two, or BIND's ([`super::bind`]).
//!
//! busybox's networking/nslookup.c. Up to 1.28 it asked the C library and printed `Address 1:`; since then it asks by itself:
//! a name with a dot as it stands, one without (from 1.30 on) with every search domain at once.

use std::net::Ipv4Addr;

use machine::dns::{Answer, Code, Data, Kind, Question};
use machine::{ResolvConf, Unanswered};

use super::prelude::*;

/// From here on it asks by itself.
const OWN_RESOLVER: u32 = 29;
/// From here on it looks at the search list again.
const SEARCHES: u32 = 30;
/// From here on it says nothing of an empty answer.
const QUIET_ABOUT_NOTHING: u32 = 33;

/// The options, each of which may be shortened; the one-letter one is `-timeout`.
const OPTIONS: [&str; 7] = ["type", "querytype", "port", "retry", "debug", "t", "timeout"];
const KINDS: &str = "SOA NS A AAAA CNAME MX TXT SRV PTR ANY";

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    if !is_busybox(&p) || p.metadata("/usr/bin/dig").is_ok() {
        return super::bind::nslookup::run(p).await;
    }
    match version(&p) {
        ..OWN_RESOLVER => by_library(&p).await,
        version => by_itself(&p, version).await,
    }
}

/// The minor number of busybox's version, which the image's name or Alpine's release tells.
fn version(p: &Process) -> u32 {
    let minor = |text: &str| {
        let number = text.trim().split(['-', '_']).next()?.split('.').nth(1)?;
        number.parse::<u32>().ok()
    };
    if let Ok(release) = p.read_file("/etc/alpine-release") {
        return match minor(&String::from_utf8_lossy(&release)) {
            Some(..9) => 28,
            Some(9) => 29,
            Some(10) => 30,
            Some(11 | 12) => 31,
            _ => 36,
        };
    }
    let image = p.image();
    let (repository, tag) = image.rsplit_once(':').unwrap_or((&image, ""));
    let old = ["registry.k8s.io/", "k8s.gcr.io/", "gcr.io/google"].iter().any(|name| repository.starts_with(name));
    minor(tag).unwrap_or(if old { 27 } else { 36 })
}

async fn usage(p: &Process, new: bool) -> Result<(), ExitStatus> {
    let words = if new { "[-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]" } else { "[HOST] [SERVER]" };
    p.err(&format!("{}\n\nUsage: nslookup {words}\n", super::words::BUSYBOX_BANNER)).await;
    Err(ExitStatus(1))
}

/// The server that a command line names, or `None` after saying that it cannot be found.
async fn named_server(p: &Process, server: &str) -> Option<Ipv4Addr> {
    match p.resolve_host(server).await {
        Ok(address) => Some(address),
        Err(_) => {
            p.err(&format!("nslookup: bad address '{server}'\n")).await;
            None
        }
    }
}

/// busybox 1.28 and older.
async fn by_library(p: &Process) -> Result<(), ExitStatus> {
    let args = p.args().to_vec();
    let Some(name) = args.get(1).filter(|name| !name.starts_with('-') && args.len() <= 3) else {
        return usage(p, false).await;
    };
    let mut conf = p.resolv_conf();
    if let Some(server) = args.get(2) {
        let Some(address) = named_server(p, server).await else { return Err(ExitStatus(1)) };
        conf.servers = vec![address];
    }
    let server = conf.servers.first().copied().unwrap_or(Ipv4Addr::LOCALHOST);
    // Whether the server has a name does not change the status.
    let _ = hosts(p, &conf, &server.to_string(), "Server:").await;
    p.out("\n").await;
    hosts(p, &conf, name, "Name:").await
}

async fn hosts(p: &Process, conf: &ResolvConf, name: &str, header: &str) -> Result<(), ExitStatus> {
    let Ok(found) = p.addresses_of(name, conf).await else {
        p.err(&format!("nslookup: can't resolve '{name}'\n")).await;
        return Err(ExitStatus(1));
    };
    let mut text = format!("{header:<10} {name}\n");
    for (index, address) in found.addresses.iter().enumerate() {
        let host = p.name_of_address(*address, conf).await.map_or_else(String::new, |name| format!(" {name}"));
        text.push_str(&format!("Address {}: {address}{host}\n", index + 1));
    }
    p.out(&text).await;
    Ok(())
}

/// What was asked for on the command line of a newer busybox.
struct Asked {
    kinds: Vec<Kind>,
    debug: bool,
    /// Options that change nothing here.
    ignored: Vec<String>,
    name: String,
    server: Option<String>,
}

fn asked(args: &[String]) -> Result<Asked, Option<String>> {
    let mut asked = Asked { kinds: Vec::new(), debug: false, ignored: Vec::new(), name: String::new(), server: None };
    let mut rest = args.iter().skip(1);
    let mut operands = Vec::new();
    for arg in rest.by_ref() {
        let Some(option) = arg.strip_prefix('-') else {
            operands.push(arg.clone());
            break;
        };
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let exact = OPTIONS.iter().find(|known| **known == name);
        let found = exact.or_else(|| OPTIONS.iter().find(|known| known.starts_with(name) && !name.is_empty()));
        match found {
            Some(&("type" | "querytype")) => {
                let known = KINDS.split(' ').any(|kind| kind.eq_ignore_ascii_case(value));
                let kind = Kind::named(value).filter(|_| known);
                asked.kinds.push(kind.ok_or_else(|| Some(format!("invalid query type \"{value}\"")))?);
            }
            Some(&"debug") => asked.debug = true,
            Some(&"port") if value != "53" => asked.ignored.push(arg.clone()),
            Some(_) => {}
            None => return Err(None),
        }
    }
    operands.extend(rest.cloned());
    asked.name = operands.first().cloned().ok_or(None)?;
    asked.server = operands.get(1).cloned();
    if operands.len() > 2 { Err(None) } else { Ok(asked) }
}

/// busybox 1.29 and newer.
async fn by_itself(p: &Process, version: u32) -> Result<(), ExitStatus> {
    let asked = match asked(p.args()) {
        Ok(asked) => asked,
        Err(None) => return usage(p, true).await,
        Err(Some(wrong)) => return fail(p, &wrong).await,
    };
    for option in &asked.ignored {
        p.err(&format!("nslookup: {option} is not simulated here, and changes nothing\n")).await;
    }
    let conf = p.resolv_conf();
    let mut servers: Vec<(String, Ipv4Addr)> =
        conf.servers.iter().map(|server| (server.to_string(), *server)).collect();
    let mut search = conf.search;
    if let Some(server) = &asked.server {
        let Some(address) = named_server(p, server).await else { return Err(ExitStatus(1)) };
        servers = vec![(server.clone(), address)];
        search.clear(); // it reads resolv.conf for its servers only
    } else if servers.is_empty() {
        servers.push(("127.0.0.1".to_owned(), Ipv4Addr::LOCALHOST));
    }
    let questions = questions(&asked, &search, version);
    for (name, server) in servers {
        match ask_all(p, &name, server, &questions, &asked, version).await {
            Some(status) => {
                if status != 0 {
                    p.warn_of_internet_name(&asked.name).await;
                }
                return ExitStatus::check(status);
            }
            None => continue,
        }
    }
    p.out(";; connection timed out; no servers could be reached\n\n").await;
    Err(ExitStatus(1))
}

fn questions(asked: &Asked, search: &[String], version: u32) -> Vec<Question> {
    let mut kinds = asked.kinds.clone();
    if kinds.is_empty() {
        if let Ok(address) = asked.name.parse() {
            return vec![Question::reverse(address)];
        }
        kinds = vec![Kind::A, Kind::AAAA];
    }
    let order = |kind: &Kind| KINDS.split(' ').position(|known| known == kind.name());
    sim::order::sort_by(&mut kinds, |a, b| order(a).cmp(&order(b)));
    kinds.dedup();
    let mut questions = Vec::new();
    for kind in kinds {
        if kind == Kind::PTR || version < SEARCHES || search.is_empty() || asked.name.contains('.') {
            questions.push(Question::new(&asked.name, kind));
        } else {
            questions.extend(search.iter().map(|suffix| Question::new(&format!("{}.{suffix}", asked.name), kind)));
        }
    }
    questions
}

/// Asks a server everything; the exit status, or `None` when it does not answer.
async fn ask_all(
    p: &Process,
    name: &str,
    server: Ipv4Addr,
    questions: &[Question],
    asked: &Asked,
    version: u32,
) -> Option<i32> {
    let mut status = 0;
    for (index, question) in questions.iter().enumerate() {
        match p.ask_server(server, question).await {
            Ok(answer) => {
                if index == 0 {
                    p.out(&format!("Server:\t\t{name}\nAddress:\t{server}:53\n\n")).await;
                }
                let (text, failed) = block(question, &answer, asked.debug, version);
                p.out(&text).await;
                status |= i32::from(failed);
            }
            // The first question's refusal is what the second one is told.
            Err(Unanswered::Refused) if questions.len() > 1 => {
                p.err(&format!("nslookup: write to '{name}': Connection refused\n")).await;
                return None;
            }
            Err(refused) => {
                for _ in 0..2 {
                    if refused == Unanswered::Refused {
                        p.err("nslookup: read: Connection refused\n").await;
                    }
                    p.sleep(Duration::from_millis(2_500)).await;
                }
                return None;
            }
        }
    }
    Some(status)
}

/// What is printed of one answer, and whether it makes the command fail.
fn block(question: &Question, answer: &Answer, debug: bool, version: u32) -> (String, bool) {
    if answer.code != Code::NoError {
        return (format!("** server can't find {}: {}\n\n", question.name, answer.code.name()), true);
    }
    let mut text = String::new();
    if !answer.authoritative {
        text.push_str("Non-authoritative answer:\n");
    } else if debug {
        text.push_str("authoritative answer:\n");
    }
    text.extend(answer.answers.iter().map(|record| line(&record.name, &record.data)));
    if answer.answers.is_empty() && version < QUIET_ABOUT_NOTHING {
        text.push_str(&format!("*** Can't find {}: No answer\n", question.name));
    }
    (text + "\n", false)
}

fn line(name: &str, data: &Data) -> String {
    match data {
        Data::A(address) => format!("Name:\t{name}\nAddress: {address}\n"),
        Data::Cname(target) => format!("{name}\tcanonical name = {target}\n"),
        Data::Ptr(target) => format!("{name}\tname = {target}\n"),
        Data::Ns(target) => format!("{name}\tnameserver = {target}\n"),
        Data::Txt(text) => format!("{name}\ttext = \"{text}\"\n"),
        Data::Srv { priority, weight, port, target } => {
            format!("{name}\tservice = {priority} {weight} {port} {target}\n")
        }
        Data::Soa { server, mail, numbers: [serial, refresh, retry, expire, minimum] } => format!(
            "{name}\n\torigin = {server}\n\tmail addr = {mail}\n\tserial = {serial}\n\trefresh = {refresh}\n\tretry = {retry}\n\texpire = \
             {expire}\n\tminimum = {minimum}\n"
        ),
    }
}
