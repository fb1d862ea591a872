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

/// What a command line asks for.
#[derive(Default)]
struct Asked {
    everyone: bool,
    format: Format,
    /// As wide as it is, also on a terminal.
    wide: bool,
    pids: Option<Vec<u32>>,
}

/// Which columns are shown.
#[derive(Default)]
enum Format {
    #[default]
    Simple,
    /// `-f`
    Full,
    /// `u`
    User,
    /// `-o`
    Columns(Vec<String>),
}

/// Reads the options of Unix (`-ef`) and of BSD (`aux`); the error is ps' sentence.
fn read_options(args: &[String]) -> Result<Asked, String> {
    let mut asked = Asked::default();
    let (mut full, mut user, mut columns) = (false, false, None);
    let mut args = args.iter().skip(1);
    while let Some(arg) = args.next() {
        let unix = arg.starts_with('-') && !arg.starts_with("--");
        let letters = arg.trim_start_matches('-');
        if arg.starts_with("--") {
            match letters {
                "forest" | "no-headers" => continue,
                _ => return Err("unknown gnu long option".to_owned()),
            }
        }
        let mut rest = letters.chars();
        while let Some(letter) = rest.next() {
            match (letter, unix) {
                ('e' | 'A', true) => asked.everyone = true,
                ('f' | 'F', true) => full = true,
                ('a' | 'x', false) => asked.everyone = true,
                ('a', true) => asked.everyone = true,
                ('u', false) => user = true,
                ('w', _) => asked.wide = true,
                ('l' | 'H' | 'f' | 'e' | 'h' | 'j' | 'y' | 'L', _) => {}
                ('o' | 'p' | 'C' | 'u' | 'U', _) => {
                    let value =
                        if rest.as_str().is_empty() { args.next().cloned() } else { Some(rest.as_str().to_owned()) };
                    let value = value.ok_or_else(|| format!("list of process IDs must follow -{letter}"))?;
                    match letter {
                        'o' => columns = Some(value.split(',').map(str::to_owned).collect()),
                        'p' => {
                            asked.everyone = true;
                            asked.pids = Some(value.split([',', ' ']).filter_map(|pid| pid.parse().ok()).collect());
                        }
                        _ => asked.everyone = true,
                    }
                    break;
                }
                (_, true) => return Err("unsupported SysV option".to_owned()),
                _ => return Err("unsupported option (BSD syntax)".to_owned()),
            }
        }
    }
    asked.format = match columns {
        Some(columns) => Format::Columns(columns),
        None if user => Format::User,
        None if full => Format::Full,
        None => Format::Simple,
    };
    Ok(asked)
}

fn tty(entry: &PsEntry) -> &'static str {
    if entry.tty.is_some() { "pts/0" } else { "?" }
}

fn state(entry: &PsEntry) -> &'static str {
    if entry.zombie {
        "Z"
    } else if entry.argv.first().is_some_and(|name| name.ends_with("ps")) {
        "R+"
    } else {
        "Ss"
    }
}

/// A cell of `-o`.
fn cell(column: &str, entry: &PsEntry, text: &str, now: Time) -> String {
    match column {
        "pid" => format!("{:>7}", entry.pid),
        "ppid" => format!("{:>7}", entry.parent),
        "user" | "uname" => format!("{:<8}", entry.user),
        "comm" | "ucmd" => format!("{:<15}", short_name(entry)),
        "tty" | "tt" => format!("{:<8}", tty(entry)),
        "stat" | "state" | "s" => format!("{:<4}", state(entry)),
        "time" => "00:00:00".to_owned(),
        "etime" => {
            let seconds = now.since(entry.started).as_secs();
            format!("{:>11}", format!("{:02}:{:02}", seconds / 60, seconds % 60))
        }
        "%cpu" | "pcpu" | "%mem" | "pmem" => " 0.0".to_owned(),
        _ => text.to_owned(),
    }
}

/// The title of a column of `-o`.
fn title(column: &str) -> String {
    match column {
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
    }
}

/// The line of titles.
fn titles(format: &Format) -> String {
    match format {
        Format::Simple => "    PID TTY          TIME CMD".to_owned(),
        Format::Full => "UID          PID    PPID  C STIME TTY          TIME CMD".to_owned(),
        Format::User => "USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND".to_owned(),
        Format::Columns(columns) => joined(columns.iter().map(|column| title(column)).collect()),
    }
}

/// A process's line.
fn line(format: &Format, entry: &PsEntry, text: &str, now: Time) -> String {
    let started = || strftime::format(entry.started, "%H:%M");
    match format {
        Format::Simple => format!("{:>7} {:<8} 00:00:00 {}", entry.pid, tty(entry), short_name(entry)),
        Format::Full => format!(
            "{:<8} {:>7} {:>7}  0 {} {:<8} 00:00:00 {text}",
            entry.user,
            entry.pid,
            entry.parent,
            started(),
            tty(entry)
        ),
        Format::User => format!(
            "{:<8} {:>7}  0.0  0.0 {:>6} {:>5} {:<8} {:<4} {}   0:00 {text}",
            entry.user,
            entry.pid,
            4000 + 16 * text.len(),
            1000 + 8 * text.len(),
            tty(entry),
            state(entry),
            started()
        ),
        Format::Columns(columns) => joined(columns.iter().map(|column| cell(column, entry, text, now)).collect()),
    }
}

fn joined(cells: Vec<String>) -> String {
    cells.join(" ").trim_end().to_owned()
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let all = entries(&p);
    if is_busybox(&p) {
        let mut out = "PID   USER     TIME  COMMAND\n".to_owned();
        for (entry, text) in &all {
            out.push_str(&format!("{:>5} {:<8} {:>5} {text}\n", entry.pid, entry.user, "0:00"));
        }
        p.out(&out).await;
        return Ok(());
    }
    let asked = match read_options(p.args()) {
        Ok(asked) => asked,
        Err(error) => {
            p.err(&format!("error: {error}\n{BAD_OPTION}")).await;
            return Err(ExitStatus(1));
        }
    };
    let me = p.tty();
    let shown = all
        .iter()
        .filter(|(entry, _)| asked.everyone || (entry.tty == me && entry.tty.is_some()))
        .filter(|(entry, _)| asked.pids.as_ref().is_none_or(|pids| pids.contains(&entry.pid)))
        .map(|(entry, text)| line(&asked.format, entry, text, p.now()));
    let width = if p.is_tty(1) && !asked.wide { usize::from(p.window().0) } else { usize::MAX };
    let lines = [titles(&asked.format)].into_iter().chain(shown);
    let out: String = lines.map(|line| format!("{}\n", line.chars().take(width).collect::<String>())).collect();
    p.out(&out).await;
    Ok(())
}
