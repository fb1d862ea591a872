//! `ps`: the machine's processes. ps(1) of procps-ng 4.0.2, and busybox'.

use machine::PsEntry;

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

pub(crate) fn short_name(entry: &PsEntry) -> String {
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

pub async fn run(p: Process) -> i32 {
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
