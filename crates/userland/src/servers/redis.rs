//! `redis-server` and `redis-cli`: strings under keys, in Redis' own protocol.

use machine::{DaemonStart, ServiceCx, User};

use super::super::prelude::*;
use super::{Kind, server};

/// `redis-server`: answers `PING`; its data is not simulated.
pub(crate) fn redis_server(p: &Process) -> DaemonStart {
    let time = strftime::format(p.now(), "%d %b %Y %H:%M:%S.%3N");
    let greeting = format!(
        "1:C {time} * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo\n1:M {time} * Running mode=standalone, port=6379.\n\
         1:M {time} * Server initialized\n1:M {time} * Ready to accept connections tcp\n"
    );
    server(Kind::Redis, &[6379], greeting)
}

pub(crate) fn respond(cx: &mut ServiceCx<'_>, request: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(request).into_owned();
    let words: Vec<&str> = text.split_whitespace().filter(|word| !word.starts_with(['*', '$'])).collect();
    const DATA: &str = "/data/.simulated-keys";
    let root = User::root();
    let stored = cx.kernel.read_file(cx.machine, &root, DATA).unwrap_or_default();
    let mut stored: std::collections::BTreeMap<String, String> = sim::order::collect(
        String::from_utf8_lossy(&stored)
            .lines()
            .filter_map(|line| line.split_once('\t').map(|(key, value)| (key.to_owned(), value.to_owned()))),
    );
    let mut changed = false;
    let answer =
        match (words.first().map(|word| word.to_ascii_uppercase()).as_deref(), words.get(1..).unwrap_or_default()) {
            (Some("PING"), []) => "+PONG\r\n".to_owned(),
            (Some("PING" | "ECHO"), [word, ..]) => format!("${}\r\n{word}\r\n", word.len()),
            (Some("SET"), [key, value, ..]) => {
                stored.insert((*key).to_owned(), (*value).to_owned());
                changed = true;
                "+OK\r\n".to_owned()
            }
            (Some("GET"), [key]) => match stored.get(*key) {
                Some(value) => format!("${}\r\n{value}\r\n", value.len()),
                None => "$-1\r\n".to_owned(),
            },
            (Some("DEL"), [key]) => {
                changed = stored.remove(*key).is_some();
                format!(":{}\r\n", u8::from(changed))
            }
            (Some("INCR"), [key]) => match stored.get(*key).map_or(Ok(0), |value| value.parse::<i64>()) {
                Ok(number) => {
                    stored.insert((*key).to_owned(), number.saturating_add(1).to_string());
                    changed = true;
                    format!(":{}\r\n", number.saturating_add(1))
                }
                Err(_) => "-ERR value is not an integer or out of range\r\n".to_owned(),
            },
            (Some("DBSIZE"), _) => format!(":{}\r\n", stored.len()),
            (Some(name), _) => {
                format!("-ERR unknown command '{}', with args beginning with: \r\n", name.to_lowercase())
            }
            (None, _) => "-ERR Protocol error\r\n".to_owned(),
        };
    if changed {
        let text: String = stored.iter().map(|(key, value)| format!("{key}\t{value}\n")).collect();
        let _ = cx.kernel.write_file(cx.machine, &root, DATA, text.as_bytes(), false, cx.now);
    }
    answer.into_bytes()
}

/// `redis-cli`: one command to a server.
pub(crate) async fn redis_cli(p: Process) -> Result<(), ExitStatus> {
    let mut args = p.args().get(1..).unwrap_or_default().to_vec();
    let (mut host, mut port) = ("127.0.0.1".to_owned(), 6379u16);
    while args.len() >= 2 && (args[0] == "-h" || args[0] == "-p") {
        if args[0] == "-h" {
            host.clone_from(&args[1]);
        } else {
            port = args[1].parse().unwrap_or(6379);
        }
        args.drain(..2);
    }
    let failed = |why: &str| format!("Could not connect to Redis at {host}:{port}: {why}\n");
    let address = match p.resolve_host(&host).await {
        Ok(address) => address,
        Err(error) => {
            p.err(&failed(&error.to_string())).await;
            return Err(ExitStatus(1));
        }
    };
    let mut connection = match p.connect(address, port, None).await {
        Ok(connection) => connection,
        Err(error) => {
            p.note(machine::Note::Trace(error.trace));
            p.err(&failed(&error.kind.to_string())).await;
            return Err(ExitStatus(1));
        }
    };
    if args.is_empty() {
        return fail(&p, "the interactive mode is not simulated; give a command, such as 'redis-cli ping'").await;
    }
    let mut message = format!("*{}\r\n", args.len());
    for arg in &args {
        message.push_str(&format!("${}\r\n{arg}\r\n", arg.len()));
    }
    let answer = String::from_utf8_lossy(&connection.exchange(message.as_bytes()).await).into_owned();
    let tty = p.is_tty(1);
    let mut lines = answer.lines();
    let first = lines.next().unwrap_or("");
    let text = match first.chars().next() {
        Some('+') => first[1..].to_owned(),
        Some(':') if tty => format!("(integer) {}", &first[1..]),
        Some(':') => first[1..].to_owned(),
        Some('-') if tty => format!("(error) {}", &first[1..]),
        Some('-') => first[1..].to_owned(),
        Some('$') if first == "$-1" => if tty { "(nil)" } else { "" }.to_owned(),
        Some('$') if tty => format!("\"{}\"", lines.next().unwrap_or("")),
        _ => lines.next().unwrap_or("").to_owned(),
    };
    p.out(&format!("{text}\n")).await;
    Ok(())
}
