//! `expand`, `unexpand`: tabs to spaces, spaces to tabs. expand(1) and unexpand(1) of GNU coreutils 9.1.

use super::prelude::*;

/// `expand`, `unexpand`.
pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec {
        short: "ait:\u{1}",
        long: &[("all", 'a'), ("initial", 'i'), ("tabs", 't'), ("first-only", '\u{1}')],
        usage: "[OPTION]... [FILE]...",
        status: 1,
    };
    let options = SPEC.parse(&p).await?;
    let text = options.value('t').unwrap_or("8");
    let mut stops = Vec::new();
    for part in text.split([',', ' ']) {
        match part.parse::<usize>() {
            Ok(stop) if stop > 0 => stops.push(stop),
            Ok(_) => return fail(&p, "tab size cannot be 0").await,
            Err(_) => return fail(&p, &format!("tab size contains invalid character(s): {}", quote(&p, part))).await,
        }
    }
    let next_stop = |column: usize| match stops.as_slice() {
        [size] => (column / size + 1) * size,
        stops => stops.iter().find(|stop| **stop > column).copied().unwrap_or(column + 1),
    };
    let back = name_of(&p) == "unexpand";
    let everywhere = options.has('a') || options.has('t') && !options.has('\u{1}');
    let mut sources = Sources::new(&p, &options.operands);
    while let Some(mut source) = sources.next().await {
        while let Some(line) = source.line().await {
            let text = String::from_utf8_lossy(&line).into_owned();
            let (mut out, mut column, mut leading) = (String::new(), 0, true);
            let mut blanks = 0; // that may become a tab
            for c in text.chars() {
                let blank = c == ' ' || c == '\t';
                if back {
                    if blank && (leading || everywhere) {
                        let to = if c == '\t' { next_stop(column) } else { column + 1 };
                        blanks += to - column;
                        column = to;
                        if c == '\t' || next_stop(column - 1) == column && blanks > 1 {
                            out.push('\t');
                            blanks = 0;
                        }
                        continue;
                    }
                    out.push_str(&" ".repeat(std::mem::take(&mut blanks)));
                } else if c == '\t' && (leading || !options.has('i')) {
                    let to = next_stop(column);
                    out.push_str(&" ".repeat(to - column));
                    column = to;
                    continue;
                }
                leading &= blank;
                column += 1;
                out.push(c);
            }
            out.push_str(&" ".repeat(blanks));
            p.out(&out).await;
        }
    }
    sources.status
}
