//! `shuf`: shuffles lines. shuf(1) of GNU coreutils 9.1.

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec {
        short: "ei:n:o:rz\u{1}:",
        long: &[
            ("echo", 'e'),
            ("input-range", 'i'),
            ("head-count", 'n'),
            ("output", 'o'),
            ("repeat", 'r'),
            ("zero-terminated", 'z'),
            ("random-source", '\u{1}'),
        ],
        usage: "[OPTION]... [FILE]",
        status: 1,
    };
    let options = SPEC.parse(&p).await?;
    let mut items: Vec<String> = Vec::new();
    if let Some(range) = options.value('i') {
        let bounds = range.split_once('-').and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
        let Some((from, to)) = bounds else {
            return fail(&p, &format!("invalid input range: {}", quote(&p, range))).await;
        };
        let (from, to): (u64, u64) = (from, to);
        if to.saturating_sub(from) > 1_000_000 {
            return fail(&p, "memory exhausted").await;
        }
        items.extend((from..=to).map(|number| number.to_string()));
    } else if options.has('e') {
        items.clone_from(&options.operands);
    } else {
        let (data, status) = read_operands(&p, &options.operands).await;
        status?;
        items.extend(lines(&data).iter().map(|line| String::from_utf8_lossy(line).into_owned()));
    }
    let text = options.value('n');
    let Ok(most) = text.map_or(Ok(usize::MAX), str::parse::<usize>) else {
        return fail(&p, &format!("invalid line count: {}", quote(&p, text.unwrap_or("")))).await;
    };
    let mut out = String::new();
    let end = if options.has('z') { '\0' } else { '\n' };
    if options.has('r') {
        if items.is_empty() {
            return fail(&p, "no lines to repeat").await;
        }
        let mut count = 0;
        while count < most {
            let line = format!("{}{end}", items[p.random(items.len() as u64) as usize]);
            p.out(&line).await;
            p.tick().await;
            count += 1;
        }
        return Ok(());
    }
    for at in 0..items.len().min(most) {
        let other = at + p.random((items.len() - at) as u64) as usize;
        items.swap(at, other);
        out.push_str(&items[at]);
        out.push(end);
    }
    match options.value('o') {
        Some(path) => match p.write_file(path, out.as_bytes()) {
            Ok(()) => Ok(()),
            Err(error) => fail(&p, &format!("{path}: {error}")).await,
        },
        None => {
            p.out(&out).await;
            Ok(())
        }
    }
}
