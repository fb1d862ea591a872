//! `nslookup` as BIND 9.18 has it: nslookup(1).

use machine::dns::{Code, Data, Kind, Question, Record};

use super::super::prelude::*;
use super::{TIMEOUT, TRIES, ask, say_ignored, search, servers, version};

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let (mut kind, mut operands, mut ignored) = (None, Vec::new(), Vec::new());
    for arg in p.args().iter().skip(1) {
        let Some(option) = arg.strip_prefix('-') else {
            operands.push(arg.clone());
            continue;
        };
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        if ["querytype", "type"].iter().any(|known| !name.is_empty() && known.starts_with(name)) {
            kind = Kind::named(value);
            if kind.is_none() {
                p.out(&format!("unknown query type: {value}\n")).await;
            }
            continue;
        }
        let known = |names: &[&str]| names.iter().any(|known| !name.is_empty() && known.starts_with(name));
        match () {
            () if name == "version" => {
                p.out(&format!("nslookup {}\n", version(&p))).await;
                return Ok(());
            }
            () if known(&["timeout", "retry", "recurse", "search", "defname", "fail", "novc", "nodebug", "nod2"]) => {}
            () if known(&["port"]) && value == "53" || known(&["class"]) && value.eq_ignore_ascii_case("IN") => {}
            () if known(&["debug", "d2", "port", "class", "domain", "norecurse", "nosearch", "vc", "nofail"]) => {
                ignored.push(arg.clone());
            }
            () => p.out(&format!("*** Invalid option: {name}\n")).await,
        }
    }
    let Some(name) = operands.first() else {
        p.err("nslookup: the interactive mode is not simulated; give a name\n").await;
        p.hint_not_simulated("nslookup without a name");
        return Err(ExitStatus(1));
    };
    say_ignored(&p, &ignored).await;
    let servers = servers(&p, operands.get(1).map(String::as_str)).await?;
    let found = match name.parse() {
        Ok(address) => {
            let question = Question::reverse(address);
            let asked = ask(&p, &servers, &question, TRIES, TIMEOUT).await;
            asked.map(|(server, answer)| (question, server, answer))
        }
        _ => search(&p, &servers, name, kind.unwrap_or(Kind::A)).await,
    };
    let Some((question, server, answer)) = found else {
        p.out(";; no servers could be reached\n\n").await;
        return Err(ExitStatus(1));
    };
    let reverse = question.kind == Kind::PTR;
    let shown = operands.get(1).cloned().unwrap_or_else(|| server.to_string());
    let mut text = if reverse { String::new() } else { format!("Server:\t\t{shown}\nAddress:\t{server}#53\n\n") };
    if answer.code != Code::NoError {
        text.push_str(&format!("** server can't find {}: {}\n\n", question.name, answer.code.name()));
        p.out(&text).await;
        p.warn_of_internet_name(name).await;
        return Err(ExitStatus(1));
    }
    if !answer.authoritative && !reverse {
        text.push_str("Non-authoritative answer:\n");
    }
    text.extend(answer.answers.iter().map(nslookup_line));
    if answer.answers.is_empty() {
        text.push_str(&format!("*** Can't find {}: No answer\n", question.name));
    }
    p.out(&(text + "\n")).await;
    Ok(())
}

fn nslookup_line(record: &Record) -> String {
    let (name, text) = (&record.name, record.data.text());
    match &record.data {
        Data::A(address) => format!("Name:\t{name}\nAddress: {address}\n"),
        Data::Cname(_) => format!("{name}\tcanonical name = {text}\n"),
        Data::Ptr(_) => format!("{name}\tname = {text}\n"),
        Data::Ns(_) => format!("{name}\tnameserver = {text}\n"),
        Data::Txt(_) => format!("{name}\ttext = {text}\n"),
        Data::Srv { .. } => format!("{name}\tservice = {text}\n"),
        Data::Soa { server, mail, numbers: [serial, refresh, retry, expire, minimum] } => format!(
            "{name}\n\torigin = {server}\n\tmail addr = {mail}\n\tserial = {serial}\n\trefresh = {refresh}\n\tretry = {retry}\n\texpire = \
             {expire}\n\tminimum = {minimum}\n"
        ),
    }
}
