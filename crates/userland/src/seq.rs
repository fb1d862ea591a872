//! `seq`: numbers. seq(1) of GNU coreutils 9.1.

use machine::libc::printf;

use super::prelude::*;

/// Prints whole numbers, a line each: the digits of one become those of the next, as there may be a thousand million.
async fn count_up(p: &Process, first: u64, last: u64) -> Result<(), ExitStatus> {
    const CHUNK: usize = 64 * 1024;
    let chunk = if p.is_tty(1) { 4096 } else { CHUNK };
    let mut out = Vec::with_capacity(CHUNK + 32);
    let mut line = format!("{first}\n").into_bytes();
    let mut pieces = 0u64;
    for _ in first..=last {
        out.extend_from_slice(&line);
        let mut at = line.len() - 1;
        loop {
            if at == 0 {
                line.insert(0, b'1');
                break;
            }
            at -= 1;
            if line[at] < b'9' {
                line[at] += 1;
                break;
            }
            line[at] = b'0';
        }
        if out.len() >= chunk {
            p.write(1, &out).await;
            out.clear();
            // It counts quickly: a step is worth several pieces.
            pieces += 1;
            if pieces.is_multiple_of(4) {
                p.tick().await;
            }
        }
    }
    p.write(1, &out).await;
    Ok(())
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec {
        short: "+f:s:w0123456789.",
        long: &[("format", 'f'), ("separator", 's'), ("equal-width", 'w')],
        usage: "[OPTION]... [FIRST [INCREMENT]] LAST",
        status: 1,
    };
    // `-5` is a number here.
    let mut args = p.args().to_vec();
    if let Some(at) = (1..args.len()).find(|at| args[*at].parse::<f64>().is_ok()) {
        args.insert(at, "--".to_owned());
    }
    let options = SPEC.parse_args(&p, &args).await?;
    let mut numbers = Vec::new();
    for text in &options.operands {
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => numbers.push(number),
            _ => return usage_hint(&p, &format!("invalid floating point argument: {}", quote(&p, text))).await,
        }
    }
    let (first, step, last) = match numbers.as_slice() {
        [] => return usage_hint(&p, "missing operand").await,
        [last] => (1.0, 1.0, *last),
        [first, last] => (*first, 1.0, *last),
        [first, step, last] => (*first, *step, *last),
        [_, _, _, ..] => {
            return usage_hint(&p, &format!("extra operand {}", quote(&p, &options.operands[3]))).await;
        }
    };
    if step == 0.0 {
        return usage_hint(&p, &format!("invalid Zero increment value: {}", quote(&p, &options.operands[1]))).await;
    }
    let decimals = |text: &String| text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let precision = options.operands.iter().take(options.operands.len().max(2) - 1).map(decimals).max().unwrap_or(0);
    let separator = options.value('s').unwrap_or("\n").to_owned();
    let width = if options.has('w') {
        format!("{first:.precision$}").len().max(format!("{last:.precision$}").len())
    } else {
        0
    };
    let whole = |number: f64| number.fract() == 0.0 && (0.0..1e15).contains(&number);
    if options.given.is_empty() && step == 1.0 && precision == 0 && whole(first) && whole(last) {
        return count_up(&p, first as u64, last as u64).await;
    }
    let (mut index, mut out) = (0u64, String::new());
    loop {
        let value = first + step * index as f64;
        if (step > 0.0 && value > last + 1e-9) || (step < 0.0 && value < last - 1e-9) {
            break;
        }
        if index > 0 {
            out.push_str(&separator);
        }
        match options.value('f') {
            Some(pattern) => {
                let printed = printf::format(pattern, &[value.to_string()]);
                if printed.too_long {
                    exhausted(&p).await;
                }
                out.push_str(&String::from_utf8_lossy(&printed.bytes));
            }
            None => out.push_str(&format!("{value:0width$.precision$}")),
        }
        index += 1;
        if out.len() > 4096 {
            p.out(&std::mem::take(&mut out)).await;
            p.tick().await;
        }
    }
    if index > 0 {
        out.push('\n');
    }
    p.out(&out).await;
    Ok(())
}
