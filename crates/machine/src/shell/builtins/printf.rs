//! `printf [-v var] format [arg …]`: the program's formats, and bash's `%(…)T`.

use crate::libc::zone::Zone;
use crate::libc::{printf, strftime};
use crate::shell::{Flavour, Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let mut rest = &words[1..];
        let mut variable = None;
        if rest.first().is_some_and(|word| word == "-v") {
            variable = rest.get(1).cloned();
            rest = rest.get(2..).unwrap_or_default();
        }
        if rest.first().is_some_and(|word| word == "--") {
            rest = &rest[1..];
        }
        let Some((format, arguments)) = rest.split_first() else {
            shell.process.err("printf: usage: printf [-v var] format [arguments]\n").await;
            return Ok(2);
        };
        let (now, zone) = (shell.process.now(), shell.zone());
        let time = |pattern: &str, value: Option<&str>| {
            let at = match value.and_then(|value| value.parse::<i64>().ok()) {
                Some(seconds) if seconds >= 0 => sim::Time::from_unix_secs(seconds),
                _ => now,
            };
            strftime::format_in(at, if pattern.is_empty() { "%X" } else { pattern }, &zone)
        };
        let printed = match shell.state.flavour {
            Flavour::Bash => {
                let dialect = printf::Dialect { quote: super::quote_with_backslashes, time: Some(&time) };
                printf::format_as(format, arguments, dialect)
            }
            _ => printf::format(format, arguments),
        };
        let mut status = 0;
        for complaint in &printed.complaints {
            // The program's words, as the builtin says them.
            let text = match complaint
                .split_once(": expected a numeric value")
                .or(complaint.split_once(": value not completely converted"))
            {
                Some((word, _)) => format!("{}: invalid number", word.trim_matches(|c| "'‘’".contains(c))),
                None => complaint.clone(),
            };
            status = shell.builtin_error("printf", &text, 1).await;
        }
        match variable {
            Some(name) => {
                let text = String::from_utf8_lossy(&printed.bytes).into_owned();
                if !shell.assign_or_complain(&name, text).await {
                    status = 1;
                }
            }
            None => status = shell.print("printf", &printed.bytes).await.max(status),
        }
        Ok(status)
    })
}

impl Shell {
    /// The time zone that `$TZ` names.
    pub(super) fn zone(&self) -> Zone {
        Zone::named(self.state.get("TZ"), &self.process)
    }
}
