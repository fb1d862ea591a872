//! `comm`: the lines that two sorted files have alone and together. comm(1) of GNU coreutils 9.1.

use std::cmp::Ordering;

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec {
        short: "123z\u{1}:\u{2}\u{3}",
        long: &[
            ("output-delimiter", '\u{1}'),
            ("check-order", '\u{2}'),
            ("nocheck-order", '\u{3}'),
            ("total", '\u{2}'),
        ],
        usage: "[OPTION]... FILE1 FILE2",
        status: 1,
    };
    let options = SPEC.parse(&p).await?;
    let [first, second] = match options.operands.as_slice() {
        [first, second] => [first, second],
        [] => return usage_hint(&p, "missing operand").await,
        [one] => return usage_hint(&p, &format!("missing operand after {}", quote(&p, one))).await,
        [_, _, extra, ..] => return usage_hint(&p, &format!("extra operand {}", quote(&p, extra))).await,
    };
    let mut sources = Vec::new();
    for path in [first, second] {
        match Source::open(&p, path) {
            Ok(source) => sources.push(source),
            Err(error) => return fail(&p, &format!("{}: {error}", quote_if_needed(path))).await,
        }
    }
    let separator = options.value('\u{1}').unwrap_or("\t").to_owned();
    let line = |line: Option<Vec<u8>>| {
        line.map(|mut line| {
            if line.ends_with(b"\n") {
                line.pop();
            }
            line
        })
    };
    let mut heads = Vec::new();
    for source in &mut sources {
        heads.push(line(source.line().await));
    }
    let mut unordered = [false, false];
    // Said once the line that is out of order is out.
    let mut to_say = [false, false];
    loop {
        let order = match (&heads[0], &heads[1]) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => a.cmp(b),
        };
        let (column, from) = match order {
            Ordering::Less => ('1', 0),
            Ordering::Greater => ('2', 1),
            Ordering::Equal => ('3', 0),
        };
        if !options.has(column) {
            let before = ('1'..column).filter(|column| !options.has(*column)).count();
            let mut out = separator.repeat(before).into_bytes();
            out.extend(heads[from].as_deref().unwrap_or_default());
            out.push(b'\n');
            p.write(1, &out).await;
        }
        for (at, to_say) in to_say.iter_mut().enumerate() {
            if (order.is_eq() || at == from) && std::mem::take(to_say) {
                complain(&p, &format!("file {} is not in sorted order", at + 1)).await;
            }
        }
        for at in 0..2 {
            if order.is_eq() || at == from {
                let next = line(sources[at].line().await);
                if let (Some(old), Some(new)) = (&heads[at], &next)
                    && new < old
                    && !unordered[at]
                    && !options.has('\u{3}')
                {
                    unordered[at] = true;
                    to_say[at] = true;
                }
                heads[at] = next;
            }
        }
    }
    if unordered.contains(&true) {
        return fail(&p, "input is not in sorted order").await;
    }
    Ok(())
}
