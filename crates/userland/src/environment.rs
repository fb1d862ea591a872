//! `env`, `printenv`, `pwd`, `which`, `timeout`, `test`, `expr`, `busybox`.

use machine::{Spawn, SpawnError};

use super::prelude::*;

/// Runs a command for another program: its status, or the complaint and status that `env` and `timeout` give.
async fn run_command(p: &Process, argv: Vec<String>, env: Option<Vec<(String, String)>>) -> i32 {
    let name = argv.first().cloned().unwrap_or_default();
    let spawn = Spawn { env, ..Spawn::new(argv) };
    match p.spawn(spawn) {
        Ok(child) => child.wait().await,
        Err(error) => {
            let why = match &error {
                SpawnError::NotExecutable(_, errno) => errno.to_string(),
                _ => "No such file or directory".to_owned(),
            };
            let shown = if is_busybox(p) { format!("can't execute '{name}'") } else { quote(p, &name) };
            let what = if name_of(p) == "timeout" { format!("failed to run command {shown}") } else { shown };
            fail(p, &format!("{what}: {why}")).await;
            error.status()
        }
    }
}

pub async fn env(p: Process) -> i32 {
    const SPEC: Spec = Spec {
        short: "+iu:0C:S:v",
        long: &[("ignore-environment", 'i'), ("unset", 'u'), ("null", '0'), ("chdir", 'C')],
        usage: "[OPTION]... [-] [NAME=VALUE]... [COMMAND [ARG]...]",
        status: 125,
    };
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut environment = if options.has('i') { Vec::new() } else { p.environ() };
    for name in options.values('u') {
        environment.retain(|(known, _)| known != name);
    }
    let mut operands = options.operands.as_slice();
    if operands.first().is_some_and(|first| first == "-") {
        environment.clear();
        operands = &operands[1..];
    }
    while let [first, rest @ ..] = operands
        && let Some((name, value)) = first.split_once('=')
    {
        environment.retain(|(known, _)| known != name);
        environment.push((name.to_owned(), value.to_owned()));
        operands = rest;
    }
    if operands.is_empty() {
        let end = if options.has('0') { '\0' } else { '\n' };
        let text: String = environment.iter().map(|(name, value)| format!("{name}={value}{end}")).collect();
        p.out(&text).await;
        return 0;
    }
    run_command(&p, operands.to_vec(), Some(environment)).await
}

pub async fn printenv(p: Process) -> i32 {
    let names: Vec<String> = p.args().iter().skip(1).filter(|arg| !arg.starts_with('-')).cloned().collect();
    if names.is_empty() {
        let text: String = p.environ().iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        p.out(&text).await;
        return 0;
    }
    let mut status = 0;
    for name in names {
        match p.env(&name) {
            Some(value) => p.out(&format!("{value}\n")).await,
            None => status = 1,
        }
    }
    status
}

pub async fn pwd(p: Process) -> i32 {
    let cwd = p.canonicalize(".").unwrap_or_else(|_| p.cwd());
    p.out(&format!("{cwd}\n")).await;
    0
}

pub async fn which(p: Process) -> i32 {
    let all = p.args().iter().any(|arg| arg == "-a");
    let path = p.env("PATH").unwrap_or_default();
    let mut status = 0;
    let names: Vec<String> = p.args().iter().skip(1).filter(|arg| !arg.starts_with('-')).cloned().collect();
    for name in &names {
        let candidates: Vec<String> = if name.contains('/') {
            vec![name.clone()]
        } else {
            path.split(':').map(|dir| format!("{}/{name}", dir.trim_end_matches('/'))).collect()
        };
        let good = |file: &&String| p.metadata(file).is_ok_and(|m| m.is_file()) && p.may(file, machine::EXECUTE);
        let found: Vec<&String> = candidates.iter().filter(good).take(if all { usize::MAX } else { 1 }).collect();
        if found.is_empty() {
            status = 1;
        }
        for file in found {
            p.out(&format!("{file}\n")).await;
        }
    }
    if names.is_empty() { 1 } else { status }
}

pub async fn timeout(p: Process) -> i32 {
    const SPEC: Spec = Spec {
        short: "+k:s:fvt:",
        long: &[("kill-after", 'k'), ("signal", 's'), ("foreground", 'f'), ("preserve-status", 'p'), ("verbose", 'v')],
        usage: "[OPTION] DURATION COMMAND [ARG]...",
        status: 125,
    };
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let Some((limit, command)) = options.operands.split_first() else {
        usage_hint(&p, "missing operand").await;
        return 125;
    };
    let Some(limit) = super::small::interval(limit) else {
        usage_hint(&p, &format!("invalid time interval {}", quote(&p, limit))).await;
        return 125;
    };
    if command.is_empty() {
        usage_hint(&p, "missing operand").await;
        return 125;
    }
    let signal = options.value('s').map_or(Some(machine::Signal::Terminate), machine::Signal::parse);
    let Some(signal) = signal else {
        usage_hint(&p, &format!("{}: invalid signal", quote(&p, options.value('s').unwrap_or("")))).await;
        return 125;
    };
    let child = match p.spawn(Spawn::new(command.to_vec())) {
        Ok(child) => child,
        Err(error) => {
            let name = &command[0];
            fail(&p, &format!("failed to run command {}: No such file or directory", quote(&p, name))).await;
            return error.status();
        }
    };
    let pid = child.pid();
    use futures_util::future::{Either, select};
    let waiting = Box::pin(child.wait());
    match select(waiting, Box::pin(p.sleep(limit.max(Duration::from_micros(1))))).await {
        Either::Left((status, _)) => status,
        Either::Right(((), rest)) => {
            let preserve = options.has('p');
            p.kernel().kill(pid, signal);
            match options.value('k').and_then(super::small::interval) {
                Some(grace) => {
                    if let Either::Right(((), rest)) = select(rest, Box::pin(p.sleep(grace))).await {
                        p.kernel().kill(pid, machine::Signal::Kill);
                        rest.await;
                        return 137;
                    }
                }
                None => {
                    let status = rest.await;
                    if preserve || is_busybox(&p) {
                        return status;
                    }
                }
            }
            if signal == machine::Signal::Kill { 137 } else { 124 }
        }
    }
}

/// `test` and `[` as programs: the shell knows best.
pub async fn test(p: Process) -> i32 {
    let bracket = p.args().first().is_some_and(|name| name.ends_with('['));
    let script = if bracket { "[ \"$@\"" } else { "test \"$@\"" };
    let mut argv = ["/bin/sh", "-c", script, p.name()].map(str::to_owned).to_vec();
    argv.extend(p.args().iter().skip(1).cloned());
    run_command(&p, argv, None).await
}

/// `expr`: integers, comparisons, `:` and the string functions.
pub async fn expr(p: Process) -> i32 {
    let words = p.args().get(1..).unwrap_or_default().to_vec();
    if words.is_empty() {
        usage_hint(&p, "missing operand").await;
        return 2;
    }
    let mut at = 0;
    match or(&words, &mut at, 0) {
        Ok(value) if at == words.len() => {
            p.out(&format!("{value}\n")).await;
            i32::from(value.is_empty() || value == "0")
        }
        Ok(_) => {
            fail(&p, &format!("syntax error: unexpected argument {}", quote(&p, &words[at]))).await;
            2
        }
        Err(error) => {
            fail(&p, &error).await;
            2
        }
    }
}

type Value = Result<String, String>;

fn or(words: &[String], at: &mut usize, depth: usize) -> Value {
    let mut left = levels(words, at, 0, depth)?;
    while words.get(*at).is_some_and(|word| word == "|" || word == "&") {
        let operator = words[*at].clone();
        *at += 1;
        let right = levels(words, at, 0, depth)?;
        let nothing = |text: &str| text.is_empty() || text == "0";
        left = match operator.as_str() {
            "|" if nothing(&left) => right,
            "|" => left,
            _ if nothing(&left) || nothing(&right) => "0".to_owned(),
            _ => left,
        };
    }
    Ok(left)
}

fn levels(words: &[String], at: &mut usize, level: usize, depth: usize) -> Value {
    const LEVELS: [&[&str]; 4] = [&["=", "==", "!=", "<", "<=", ">", ">="], &["+", "-"], &["*", "/", "%"], &[":"]];
    let Some(operators) = LEVELS.get(level) else { return primary(words, at, depth) };
    let mut left = levels(words, at, level + 1, depth)?;
    while let Some(operator) = words.get(*at).filter(|word| operators.contains(&word.as_str())).cloned() {
        *at += 1;
        let right = levels(words, at, level + 1, depth)?;
        let numbers = left.parse::<i64>().ok().zip(right.parse::<i64>().ok());
        left = match level {
            0 => {
                let order = numbers.map_or_else(|| left.cmp(&right), |(a, b)| a.cmp(&b));
                let holds = match operator.as_str() {
                    "=" | "==" => order.is_eq(),
                    "!=" => order.is_ne(),
                    "<" => order.is_lt(),
                    "<=" => order.is_le(),
                    ">" => order.is_gt(),
                    _ => order.is_ge(),
                };
                u8::from(holds).to_string()
            }
            3 => matched(&left, &right)?,
            _ => {
                let (a, b) = numbers.ok_or("non-integer argument")?;
                let value = match operator.as_str() {
                    "+" => a.checked_add(b),
                    "-" => a.checked_sub(b),
                    "*" => a.checked_mul(b),
                    _ if b == 0 => return Err("division by zero".to_owned()),
                    "/" => a.checked_div(b),
                    _ => a.checked_rem(b),
                };
                value.ok_or("integer overflow")?.to_string()
            }
        };
    }
    Ok(left)
}

fn matched(text: &str, pattern: &str) -> Value {
    let regex = super::pattern::compile(
        &format!("^{}", pattern.trim_start_matches('^')),
        super::pattern::Syntax::Basic,
        false,
    )?;
    Ok(match regex.captures(text) {
        Some(found) if regex.captures_len() > 1 => found.get(1).map_or("", |m| m.as_str()).to_owned(),
        Some(found) => found.get(0).map_or(0, |m| m.as_str().chars().count()).to_string(),
        None if regex.captures_len() > 1 => String::new(),
        None => "0".to_owned(),
    })
}

fn primary(words: &[String], at: &mut usize, depth: usize) -> Value {
    let last = at.checked_sub(1).and_then(|at| words.get(at));
    let missing = || match last {
        Some(last) => format!("syntax error: missing argument after '{last}'"),
        None => "missing operand".to_owned(),
    };
    let word = words.get(*at).ok_or_else(missing)?.clone();
    *at += 1;
    let more = words.len() - *at;
    match word.as_str() {
        "(" if depth < 50 => {
            let value = or(words, at, depth + 1)?;
            if words.get(*at).map(String::as_str) != Some(")") {
                return Err("syntax error: expecting ')' after '('".to_owned());
            }
            *at += 1;
            Ok(value)
        }
        "length" if more >= 1 => Ok(primary(words, at, depth)?.chars().count().to_string()),
        "match" if more >= 2 => {
            let text = primary(words, at, depth)?;
            matched(&text, &primary(words, at, depth)?)
        }
        "index" if more >= 2 => {
            let text = primary(words, at, depth)?;
            let set = primary(words, at, depth)?;
            Ok(text.chars().position(|c| set.contains(c)).map_or(0, |at| at + 1).to_string())
        }
        "substr" if more >= 3 => {
            let text = primary(words, at, depth)?;
            let from = primary(words, at, depth)?.parse::<usize>().unwrap_or(0);
            let length = primary(words, at, depth)?.parse::<usize>().unwrap_or(0);
            Ok(if from == 0 { String::new() } else { text.chars().skip(from - 1).take(length).collect() })
        }
        _ => Ok(word),
    }
}

/// `busybox`: runs an applet, or lists them.
pub async fn busybox(p: Process) -> i32 {
    let args: Vec<String> = p.args().iter().skip(1).cloned().collect();
    let applets: Vec<String> = p.read_dir("/bin").unwrap_or_default().into_iter().map(|entry| entry.name).collect();
    match args.first().map(String::as_str) {
        None | Some("--help") => {
            let text = format!(
                "{}\nBusyBox is copyrighted by many authors between 1998-2015.\nLicensed under GPLv2. See source distribution \
                 for detailed\ncopyright notices.\n\nUsage: busybox [function [arguments]...]\n   or: busybox --list\n\n\
                 Currently defined functions:\n\t{}\n",
                super::words::BUSYBOX_BANNER,
                applets.join(", ")
            );
            p.out(&text).await;
            0
        }
        Some("--list") => {
            p.out(&applets.iter().map(|name| format!("{name}\n")).collect::<String>()).await;
            0
        }
        Some(name) if name.starts_with('-') || p.env("PATH").is_none() => {
            fail(&p, &format!("{name}: applet not found")).await;
            127
        }
        Some(name) => match p.spawn(Spawn::new(args.clone())) {
            Ok(child) => child.wait().await,
            Err(_) => {
                p.err(&format!("{name}: applet not found\n")).await;
                127
            }
        },
    }
}
