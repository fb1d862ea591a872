//! `printf [-v var] format [arg …]`: the program's formats, and bash's `%(…)T`.

use crate::programs::{date, printf};
use crate::shell::{Run, Shell};

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
        let printed = printf::format(&times(format, shell.process.now()), arguments);
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

/// Fills `%(…)T` in with now; of its arguments only `-1` is known, which stays for the next conversion to drop.
fn times(format: &str, now: sim::Time) -> String {
    let mut filled = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("%(") {
        let Some((pattern, tail)) = after.split_once(")T") else { break };
        filled.push_str(before);
        filled.push_str(&date::format(now, pattern));
        filled.push_str("%.0s"); // takes the argument
        rest = tail;
    }
    filled + rest
}
