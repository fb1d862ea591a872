//! `pgrep`, `pkill`: processes whose name (`-f`: whose words) a pattern matches. pgrep(1) of procps-ng 4.0.2.

use machine::{PsEntry, Signal};

use super::prelude::*;
use super::ps::short_name;

/// `pgrep`, `pkill`: processes whose name (`-f`: whose words) a pattern matches.
pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
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
                            complain(&p, &format!("invalid option -- '{other}'")).await;
                            p.err(&format!(
                                "\nUsage:\n {name} [options] <pattern>\n\nFor more details see {name}(1).\n"
                            ))
                            .await;
                            return Err(ExitStatus(2));
                        }
                    }
                }
            }
        }
    }
    if patterns.len() != 1 && user.is_none() || patterns.len() > 1 {
        let what =
            if patterns.is_empty() { "no matching criteria specified" } else { "only one pattern can be provided" };
        complain(&p, what).await;
        p.err(&format!("Try `{name} --help' for more information.\n")).await;
        return Err(ExitStatus(2));
    }
    let text = patterns.first().map_or("", String::as_str);
    let regex = match super::pattern::compile(text, super::pattern::Syntax::Extended, ignore_case) {
        Ok(regex) => regex,
        Err(error) => {
            return fail_with(&p, 2, &error).await;
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
    let mut status = ExitStatus::check(i32::from(found.is_empty()));
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
            complain(&p, &format!("killing pid {} failed: {error}", entry.pid)).await;
            status = Err(ExitStatus(1));
        }
    }
    status
}
