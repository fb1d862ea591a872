//! `touch`: makes files, or changes when they were modified. touch(1) of GNU coreutils 9.1.

use machine::libc::zone::Zone;

use super::prelude::*;

const SPEC: Spec = Spec {
    short: "acd:fhmr:t:",
    long: &[("no-create", 'c'), ("date", 'd'), ("no-dereference", 'h'), ("reference", 'r'), ("time", '\u{1}')],
    usage: "[OPTION]... FILE...",
    status: 1,
};

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let options = SPEC.parse(&p).await?;
    if options.operands.is_empty() {
        return usage_hint(&p, "missing file operand").await;
    }
    let mut time = p.now();
    if let Some(text) = options.value('d') {
        match super::date_words::parse(text, p.now(), &Zone::named(p.env("TZ").as_deref(), &p)) {
            Some(given) => time = given,
            None => return fail(&p, &format!("invalid date format {}", quote(&p, text))).await,
        }
    } else if let Some(path) = options.value('r') {
        match p.metadata(path) {
            Ok(metadata) => time = metadata.modified,
            Err(error) => {
                return fail(&p, &format!("failed to get attributes of {}: {error}", quote_always(path))).await;
            }
        }
    } else if let Some(text) = options.value('t') {
        // [[CC]YY]MMDDhhmm[.ss]
        let (digits, seconds) = text.split_once('.').unwrap_or((text, "00"));
        let year = match digits.len() {
            12 => digits.get(..4).map(str::to_owned),
            10 => digits.get(..2).map(|year| format!("20{year}")),
            _ => Some(p.now().civil().year.to_string()),
        };
        let rest = digits.get(digits.len().saturating_sub(8)..).filter(|rest| rest.len() == 8 && rest.is_ascii());
        let given = year.zip(rest).and_then(|(year, d)| {
            Time::parse_rfc3339(&format!("{year}-{}-{}T{}:{}:{seconds}Z", &d[..2], &d[2..4], &d[4..6], &d[6..8]))
        });
        match given {
            Some(given) => time = given,
            None => return fail(&p, &format!("invalid date format {}", quote(&p, text))).await,
        }
    }
    let mut status = Ok(());
    for path in &options.operands {
        if options.has('c') && p.metadata(path).is_err() {
            continue;
        }
        if let Err(error) = p.touch(path, time) {
            let text = if is_busybox(&p) {
                format!("{path}: {error}")
            } else {
                format!("cannot touch {}: {error}", quote_always(path))
            };
            status = fail(&p, &text).await;
        }
    }
    status
}
