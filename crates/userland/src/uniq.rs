//! `uniq`: drops lines that repeat the line before. uniq(1) of GNU coreutils 9.1.

use super::prelude::*;

const SPEC: Spec = Spec {
    short: "cdDif:s:uw:",
    long: &[
        ("count", 'c'),
        ("repeated", 'd'),
        ("ignore-case", 'i'),
        ("skip-fields", 'f'),
        ("skip-chars", 's'),
        ("unique", 'u'),
        ("check-chars", 'w'),
    ],
    usage: "[OPTION]... [INPUT [OUTPUT]]",
    status: 1,
};

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let options = SPEC.parse(&p).await?;
    if let Some(extra) = options.operands.get(2) {
        let text = format!("extra operand {}\nTry 'uniq --help' for more information.", quote(&p, extra));
        return fail(&p, &text).await;
    }
    let path = options.operands.first().map_or("-", String::as_str);
    let mut source = match Source::open(&p, path) {
        Ok(source) => source,
        Err(error) => return fail(&p, &format!("{}: {error}", quote_if_needed(path))).await,
    };
    let amount = |letter| options.value(letter).and_then(|text| text.parse::<usize>().ok());
    let (fields, skip, width) = (amount('f').unwrap_or(0), amount('s').unwrap_or(0), amount('w'));
    let key = |line: &[u8]| -> String {
        let text = String::from_utf8_lossy(line).into_owned();
        let mut rest = text.as_str();
        for _ in 0..fields {
            rest = rest.trim_start_matches([' ', '\t']);
            rest = rest.trim_start_matches(|c| c != ' ' && c != '\t');
        }
        let kept: String = rest.chars().skip(skip).take(width.unwrap_or(usize::MAX)).collect();
        if options.has('i') { kept.to_lowercase() } else { kept }
    };
    let (count, repeated, unique, all) = (options.has('c'), options.has('d'), options.has('u'), options.has('D'));
    let shown = |times: u64, line: &[u8]| -> Vec<u8> {
        if (repeated && times < 2) || (unique && times > 1) || (all && times < 2) {
            return Vec::new();
        }
        let number = if count { format!("{times:7} ") } else { String::new() };
        let once = [number.as_bytes(), line, b"\n"].concat();
        if all { once.repeat(usize::try_from(times).unwrap_or(1)) } else { once }
    };
    let mut out = Vec::new();
    let mut last: Option<(Vec<u8>, String, u64)> = None;
    while let Some(mut line) = source.line().await {
        if line.ends_with(b"\n") {
            line.pop();
        }
        let this = key(&line);
        match &mut last {
            Some((_, key, times)) if *key == this => *times += 1,
            other => {
                if let Some((line, _, times)) = other.replace((line, this, 1)) {
                    out.extend(shown(times, &line));
                }
            }
        }
        if options.operands.len() < 2 && !out.is_empty() {
            p.write(1, &std::mem::take(&mut out)).await;
        }
    }
    if let Some((line, _, times)) = last {
        out.extend(shown(times, &line));
    }
    match options.operands.get(1) {
        Some(path) => match p.write_file(path, &out) {
            Ok(()) => Ok(()),
            Err(error) => fail(&p, &format!("{}: {error}", quote_if_needed(path))).await,
        },
        None => {
            p.write(1, &out).await;
            Ok(())
        }
    }
}
