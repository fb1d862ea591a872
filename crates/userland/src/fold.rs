//! `fold`: long lines broken; `expand` and `unexpand`: tabs as blanks, and blanks as tabs.

use super::prelude::*;

pub async fn run(p: Process) -> i32 {
    const SPEC: Spec = Spec {
        short: "bsw:",
        long: &[("bytes", 'b'), ("spaces", 's'), ("width", 'w')],
        usage: "[OPTION]... [FILE]...",
        status: 1,
    };
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let text = options.value('w').unwrap_or("80");
    let Some(width) = text.parse::<usize>().ok().filter(|width| *width > 0) else {
        return fail(&p, &format!("invalid number of columns: {}", quote(&p, text))).await;
    };
    let mut sources = Sources::new(&p, &options.operands);
    while let Some(mut source) = sources.next().await {
        // What of the line is not written yet.
        let mut held: Vec<u8> = Vec::new();
        while let Some(piece) = source.piece(b'\n').await {
            held.extend(&piece);
            let newline = held.pop_if(|last| *last == b'\n').is_some();
            let mut out = Vec::new();
            // GNU's counts bytes here, whatever the locale.
            while held.len() > width {
                let blank = held[..width].iter().rposition(|byte| *byte == b' ' || *byte == b'\t');
                let end = if options.has('s') { blank.map_or(width, |at| at + 1) } else { width };
                out.extend(held.drain(..end));
                out.push(b'\n');
            }
            if newline {
                out.append(&mut held);
                out.push(b'\n');
            }
            p.write(1, &out).await;
        }
        p.write(1, &held).await;
    }
    sources.status
}

/// `expand`, `unexpand`.
pub async fn expand(p: Process) -> i32 {
    const SPEC: Spec = Spec {
        short: "ait:\u{1}",
        long: &[("all", 'a'), ("initial", 'i'), ("tabs", 't'), ("first-only", '\u{1}')],
        usage: "[OPTION]... [FILE]...",
        status: 1,
    };
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
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
