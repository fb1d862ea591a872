//! `ps`, `kill`, `pidof`, `killall`: the machine's processes.

use machine::{PsEntry, Signal};

use super::prelude::*;

fn command(entry: &PsEntry) -> String {
    let text = entry.argv.join(" ");
    let name = entry.argv.first().map_or("", |name| name.rsplit('/').next().unwrap_or(name));
    // nginx writes its own title.
    if name == "nginx" && entry.pid == 1 {
        return format!("nginx: master process {text}");
    }
    if name == "docker-entrypoint.sh" && entry.argv.len() > 1 {
        let inner = entry.argv[1..].join(" ");
        return if inner.starts_with("nginx") { format!("nginx: master process {inner}") } else { inner };
    }
    if entry.zombie { format!("[{name}] <defunct>") } else { text }
}

fn short_name(entry: &PsEntry) -> String {
    let name = entry.argv.first().map_or("", |name| name.rsplit('/').next().unwrap_or(name));
    name.trim_start_matches('-').chars().take(15).collect()
}

/// The processes, with nginx's workers, which live inside its master here.
fn entries(p: &Process) -> Vec<(PsEntry, String)> {
    let mut all: Vec<(PsEntry, String)> = Vec::new();
    for entry in p.processes() {
        let text = command(&entry);
        if text.starts_with("nginx: master") {
            let worker = PsEntry {
                pid: if entry.argv.len() > 1 && entry.argv[0].contains("entrypoint") { 29 } else { 7 },
                parent: entry.pid,
                user: "nginx".into(),
                ..entry.clone()
            };
            all.push((entry, text));
            all.push((worker, "nginx: worker process".to_owned()));
        } else {
            all.push((entry, text));
        }
    }
    all
}

const BAD_OPTION: &str = "
Usage:
 ps [options]

 Try 'ps --help <simple|list|output|threads|misc|all>'
  or 'ps --help <s|l|o|t|m|a>'
 for additional help text.

For more details see ps(1).
";

pub async fn ps(p: Process) -> i32 {
    let all = entries(&p);
    let me = p.tty();
    if is_busybox(&p) {
        let mut out = "PID   USER     TIME  COMMAND\n".to_owned();
        for (entry, text) in &all {
            out.push_str(&format!("{:>5} {:<8} {:>5} {text}\n", entry.pid, entry.user, "0:00"));
        }
        p.out(&out).await;
        return 0;
    }
    let (mut everyone, mut full, mut user_format, mut wide) = (false, false, false, false);
    let mut pids: Option<Vec<u32>> = None;
    let mut columns: Option<Vec<String>> = None;
    let mut args = p.args().iter().skip(1);
    while let Some(arg) = args.next() {
        let unix = arg.starts_with('-') && !arg.starts_with("--");
        let letters = arg.trim_start_matches('-');
        if arg.starts_with("--") {
            match letters {
                "forest" | "no-headers" => continue,
                _ => {
                    p.err(&format!("error: unknown gnu long option\n{BAD_OPTION}")).await;
                    return 1;
                }
            }
        }
        let mut rest = letters.chars();
        while let Some(letter) = rest.next() {
            match (letter, unix) {
                ('e' | 'A', true) => everyone = true,
                ('f' | 'F', true) => full = true,
                ('a' | 'x', false) => everyone = true,
                ('a', true) => everyone = true,
                ('u', false) => user_format = true,
                ('w', _) => wide = true,
                ('l' | 'H' | 'f' | 'e' | 'h' | 'j' | 'y' | 'L', _) => {}
                ('o' | 'p' | 'C' | 'u' | 'U', _) => {
                    let value =
                        if rest.as_str().is_empty() { args.next().cloned() } else { Some(rest.as_str().to_owned()) };
                    let Some(value) = value else {
                        p.err(&format!("error: list of process IDs must follow -{letter}\n{BAD_OPTION}")).await;
                        return 1;
                    };
                    match letter {
                        'o' => columns = Some(value.split(',').map(str::to_owned).collect()),
                        'p' => {
                            everyone = true;
                            pids = Some(value.split([',', ' ']).filter_map(|pid| pid.parse().ok()).collect());
                        }
                        _ => everyone = true,
                    }
                    break;
                }
                (_, true) => {
                    p.err(&format!("error: unsupported SysV option\n{BAD_OPTION}")).await;
                    return 1;
                }
                _ => {
                    p.err(&format!("error: unsupported option (BSD syntax)\n{BAD_OPTION}")).await;
                    return 1;
                }
            }
        }
    }
    let shown: Vec<&(PsEntry, String)> = all
        .iter()
        .filter(|(entry, _)| everyone || (entry.tty == me && entry.tty.is_some()))
        .filter(|(entry, _)| pids.as_ref().is_none_or(|pids| pids.contains(&entry.pid)))
        .collect();
    let tty = |entry: &PsEntry| if entry.tty.is_some() { "pts/0" } else { "?" };
    let time = |entry: &PsEntry| strftime::format(entry.started, "%H:%M");
    let state = |entry: &PsEntry| {
        if entry.zombie {
            "Z"
        } else if entry.argv.first().is_some_and(|name| name.ends_with("ps")) {
            "R+"
        } else {
            "Ss"
        }
    };
    let mut lines = Vec::new();
    if let Some(columns) = columns {
        let cell = |name: &str, entry: &PsEntry, text: &str| match name {
            "pid" => format!("{:>7}", entry.pid),
            "ppid" => format!("{:>7}", entry.parent),
            "user" | "uname" => format!("{:<8}", entry.user),
            "comm" | "ucmd" => format!("{:<15}", short_name(entry)),
            "tty" | "tt" => format!("{:<8}", tty(entry)),
            "stat" | "state" | "s" => format!("{:<4}", state(entry)),
            "time" => "00:00:00".to_owned(),
            "etime" => {
                let seconds = p.now().since(entry.started).as_secs();
                format!("{:>11}", format!("{:02}:{:02}", seconds / 60, seconds % 60))
            }
            "%cpu" | "pcpu" | "%mem" | "pmem" => " 0.0".to_owned(),
            _ => text.to_owned(),
        };
        let title = |name: &str| match name {
            "pid" => "    PID".to_owned(),
            "ppid" => "   PPID".to_owned(),
            "user" | "uname" => format!("{:<8}", "USER"),
            "comm" | "ucmd" => format!("{:<15}", "COMMAND"),
            "tty" | "tt" => format!("{:<8}", "TT"),
            "stat" | "state" | "s" => "STAT".to_owned(),
            "time" => "    TIME".to_owned(),
            "etime" => "    ELAPSED".to_owned(),
            "%cpu" | "pcpu" => "%CPU".to_owned(),
            "%mem" | "pmem" => "%MEM".to_owned(),
            _ => "COMMAND".to_owned(),
        };
        let join = |cells: Vec<String>| cells.join(" ").trim_end().to_owned();
        lines.push(join(columns.iter().map(|name| title(name)).collect()));
        for (entry, text) in shown {
            lines.push(join(columns.iter().map(|name| cell(name, entry, text)).collect()));
        }
    } else if user_format {
        lines.push("USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND".to_owned());
        for (entry, text) in shown {
            lines.push(format!(
                "{:<8} {:>7}  0.0  0.0 {:>6} {:>5} {:<8} {:<4} {}   0:00 {text}",
                entry.user,
                entry.pid,
                4000 + 16 * text.len(),
                1000 + 8 * text.len(),
                tty(entry),
                state(entry),
                time(entry)
            ));
        }
    } else if full {
        lines.push("UID          PID    PPID  C STIME TTY          TIME CMD".to_owned());
        for (entry, text) in shown {
            lines.push(format!(
                "{:<8} {:>7} {:>7}  0 {} {:<8} 00:00:00 {text}",
                entry.user,
                entry.pid,
                entry.parent,
                time(entry),
                tty(entry)
            ));
        }
    } else {
        lines.push("    PID TTY          TIME CMD".to_owned());
        for (entry, _) in shown {
            lines.push(format!("{:>7} {:<8} 00:00:00 {}", entry.pid, tty(entry), short_name(entry)));
        }
    }
    let width = if p.is_tty(1) && !wide { usize::from(p.window().0) } else { usize::MAX };
    let out: String = lines.iter().map(|line| format!("{}\n", line.chars().take(width).collect::<String>())).collect();
    p.out(&out).await;
    0
}

pub async fn kill(p: Process) -> i32 {
    let mut signal = Signal::Terminate;
    let mut pids = Vec::new();
    let mut args = p.args().iter().skip(1);
    while let Some(arg) = args.next() {
        let name = match arg.as_str() {
            "-l" | "-L" | "--list" => {
                let names: Vec<String> = (1..32).filter_map(Signal::of_number).map(Signal::name).collect();
                p.out(&format!("{}\n", names.join(" "))).await;
                return 0;
            }
            "-s" | "--signal" => args.next().cloned(),
            arg if arg.starts_with('-') && arg.len() > 1 && arg != "--" => Some(arg[1..].to_owned()),
            "--" => continue,
            _ => {
                pids.push(arg.clone());
                continue;
            }
        };
        let name = name.unwrap_or_default();
        match Signal::parse(&name) {
            Some(found) => signal = found,
            None if name == "0" => return i32::from(!pids.is_empty()),
            None => {
                p.err(&format!("kill: unknown signal {name}\n")).await;
                return 1;
            }
        }
    }
    if pids.is_empty() {
        p.err("kill: not enough arguments\n").await;
        return 1;
    }
    let mut status = 0;
    for text in pids {
        let result = text.parse::<u32>().map(|pid| p.kill(pid, signal));
        let why = match result {
            Ok(Ok(())) => continue,
            Ok(Err(error)) => format!("({text}): {error}"),
            Err(_) => format!("failed to parse argument: '{text}'"),
        };
        p.err(&format!("kill: {why}\n")).await;
        status = 1;
    }
    status
}

/// `pgrep`, `pkill`: processes whose name (`-f`: whose words) a pattern matches.
pub async fn by_pattern(p: Process) -> i32 {
    let name = name_of(&p);
    let kills = name == "pkill";
    let (mut full, mut exact, mut list, mut all, mut count) = (false, false, false, false, false);
    let (mut newest, mut oldest, mut ignore_case, mut invert) = (false, false, false, false);
    let (mut signal, mut user, mut patterns) = (Signal::Terminate, None, Vec::new());
    let mut args = p.args().iter().skip(1);
    while let Some(arg) = args.next() {
        let Some(flags) = arg.strip_prefix('-').filter(|flags| !flags.is_empty()) else {
            patterns.push(arg.clone());
            continue;
        };
        if let Some(found) = Signal::parse(flags).filter(|_| kills) {
            signal = found;
            continue;
        }
        match flags {
            "-full" => full = true,
            "-exact" => exact = true,
            "-signal" => signal = args.next().and_then(|text| Signal::parse(text)).unwrap_or(signal),
            _ => {
                for flag in flags.chars() {
                    match flag {
                        'f' => full = true,
                        'x' => exact = true,
                        'l' => list = true,
                        'a' => all = true,
                        'c' => count = true,
                        'n' => newest = true,
                        'o' => oldest = true,
                        'i' => ignore_case = true,
                        'v' => invert = true,
                        'e' | 'q' => {}
                        'u' | 'U' => user = args.next().cloned(),
                        other => {
                            fail(&p, &format!("invalid option -- '{other}'")).await;
                            p.err(&format!(
                                "\nUsage:\n {name} [options] <pattern>\n\nFor more details see {name}(1).\n"
                            ))
                            .await;
                            return 2;
                        }
                    }
                }
            }
        }
    }
    if patterns.len() != 1 && user.is_none() || patterns.len() > 1 {
        let what =
            if patterns.is_empty() { "no matching criteria specified" } else { "only one pattern can be provided" };
        fail(&p, what).await;
        p.err(&format!("Try `{name} --help' for more information.\n")).await;
        return 2;
    }
    let text = patterns.first().map_or("", String::as_str);
    let regex = match super::pattern::compile(text, super::pattern::Syntax::Extended, ignore_case) {
        Ok(regex) => regex,
        Err(error) => {
            fail(&p, &error).await;
            return 2;
        }
    };
    let own = p.local_pid();
    let words = |entry: &PsEntry| entry.argv.join(" ");
    let matches = |entry: &PsEntry| {
        let subject = if full { words(entry) } else { short_name(entry).chars().take(15).collect() };
        let hit = match (exact, regex.find(&subject)) {
            (true, found) => found.is_some_and(|found| found.as_str() == subject),
            (false, found) => found.is_some(),
        };
        hit != invert && user.as_ref().is_none_or(|user| *user == entry.user)
    };
    let mut found: Vec<PsEntry> =
        p.processes().into_iter().filter(|entry| entry.pid != own && !entry.zombie && matches(entry)).collect();
    if newest || oldest {
        let chosen = if newest { found.pop() } else { found.drain(..).next() };
        found = chosen.into_iter().collect();
    }
    let mut status = i32::from(found.is_empty());
    if count {
        p.out(&format!("{}\n", found.len())).await;
        return status;
    }
    for entry in &found {
        if !kills {
            let text = match (all, list) {
                (true, _) => format!("{} {}\n", entry.pid, words(entry)),
                (_, true) => format!("{} {}\n", entry.pid, short_name(entry)),
                _ => format!("{}\n", entry.pid),
            };
            p.out(&text).await;
        } else if let Err(error) = p.kill(entry.pid, signal) {
            fail(&p, &format!("killing pid {} failed: {error}", entry.pid)).await;
            status = 1;
        }
    }
    status
}

/// `pidof NAME`, `killall NAME`.
pub async fn by_name(p: Process) -> i32 {
    let killing = name_of(&p) == "killall";
    let names: Vec<String> = p.args().iter().skip(1).filter(|arg| !arg.starts_with('-')).cloned().collect();
    let mut found = Vec::new();
    for name in &names {
        let before = found.len();
        found.extend(
            p.processes()
                .into_iter()
                .filter(|entry| short_name(entry) == *name && !entry.zombie)
                .map(|entry| entry.pid),
        );
        if killing && found.len() == before {
            p.err(&format!("killall: {name}: no process killed\n")).await;
        }
    }
    if killing {
        for pid in &found {
            let _ = p.kill(*pid, Signal::Terminate);
        }
    } else if !found.is_empty() {
        let text: Vec<String> = found.iter().rev().map(ToString::to_string).collect();
        p.out(&format!("{}\n", text.join(" "))).await;
    }
    i32::from(found.is_empty())
}
