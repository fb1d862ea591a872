//! `date`: prints the virtual time, or another. date(1) of GNU coreutils 9.1.

use machine::libc::zone::Zone;

use super::date_words::parse;
use super::prelude::*;

const SPEC: Spec = Spec {
    short: "d:f:I::r:Rs:u\u{1}:",
    long: &[
        ("date", 'd'),
        ("iso-8601", 'I'),
        ("reference", 'r'),
        ("rfc-email", 'R'),
        ("rfc-3339", '\u{1}'),
        ("set", 's'),
        ("utc", 'u'),
        ("universal", 'u'),
    ],
    usage: "[OPTION]... [+FORMAT]",
    status: 1,
};

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let options = SPEC.parse(&p).await?;
    let mut time = p.now();
    let zone = if options.has('u') { Zone::utc() } else { Zone::named(p.env("TZ").as_deref(), &p) };
    if let Some(text) = options.value('d') {
        match parse(text, time, &zone) {
            Some(given) => time = given,
            None => return fail(&p, &format!("invalid date {}", quote(&p, text))).await,
        }
    }
    if let Some(path) = options.value('r') {
        match p.metadata(path) {
            Ok(metadata) => time = metadata.modified,
            Err(error) => return fail(&p, &format!("{path}: {error}")).await,
        }
    }
    let pattern = match options.operands.as_slice() {
        [] => None,
        [pattern] if pattern.starts_with('+') => Some(pattern[1..].to_owned()),
        [pattern, extra, ..] if pattern.starts_with('+') => {
            return usage_hint(&p, &format!("extra operand {}", quote(&p, extra))).await;
        }
        [other, ..] => return fail(&p, &format!("invalid date {}", quote(&p, other))).await,
    };
    if options.has('s') {
        return fail(&p, "cannot set date: Operation not permitted").await;
    }
    let iso = |precision: Option<&str>| match precision.unwrap_or("date") {
        "s" | "seconds" => Some("%Y-%m-%dT%H:%M:%S%:z"),
        "m" | "minutes" => Some("%Y-%m-%dT%H:%M%:z"),
        "h" | "hours" => Some("%Y-%m-%dT%H%:z"),
        "ns" => Some("%Y-%m-%dT%H:%M:%S,%N%:z"),
        "date" => Some("%Y-%m-%d"),
        _ => None,
    };
    let pattern = match (pattern, options.last_of("IR\u{1}")) {
        (Some(pattern), _) => pattern,
        (None, Some('R')) => "%a, %d %b %Y %H:%M:%S %z".to_owned(),
        (None, Some('I')) => match iso(options.value('I')) {
            Some(pattern) => pattern.to_owned(),
            None => {
                let text = format!("invalid argument {} for '--iso-8601'", quote(&p, options.value('I').unwrap_or("")));
                return usage_hint(&p, &text).await;
            }
        },
        (None, Some('\u{1}')) => match options.value('\u{1}') {
            Some("date") => "%Y-%m-%d".to_owned(),
            Some("ns") => "%Y-%m-%d %H:%M:%S.%N%:z".to_owned(),
            _ => "%Y-%m-%d %H:%M:%S%:z".to_owned(),
        },
        _ => "%a %b %e %H:%M:%S %Z %Y".to_owned(),
    };
    p.out(&format!("{}\n", strftime::format_in(time, &pattern, &zone))).await;
    Ok(())
}
