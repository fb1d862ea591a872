//! `split`: cuts a file into pieces. split(1) of GNU coreutils 9.1.

use super::prelude::*;

/// `10`, `1k`, `5M`, `1MB`.
fn size(text: &str) -> Option<usize> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: usize = text[..digits].parse().ok()?;
    let factor = match &text[digits..] {
        "" | "c" => 1,
        "b" => 512,
        "K" | "k" | "KiB" => 1 << 10,
        "M" | "m" | "MiB" => 1 << 20,
        "G" | "GiB" => 1 << 30,
        "kB" | "KB" => 1000,
        "MB" => 1_000_000,
        _ => return None,
    };
    number.checked_mul(factor).filter(|size| *size > 0)
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec {
        short: "a:b:C:d\u{1}:l:n:x\u{2}",
        long: &[
            ("suffix-length", 'a'),
            ("bytes", 'b'),
            ("line-bytes", 'C'),
            ("numeric-suffixes", 'd'),
            ("additional-suffix", '\u{1}'),
            ("lines", 'l'),
            ("number", 'n'),
            ("hex-suffixes", 'x'),
            ("verbose", '\u{2}'),
        ],
        usage: "[OPTION]... [FILE [PREFIX]]",
        status: 1,
    };
    // `-5` is a number of lines.
    let args: Vec<String> = p.args().to_vec();
    let old = |arg: &String| arg.len() > 1 && arg.starts_with('-') && arg[1..].bytes().all(|b| b.is_ascii_digit());
    let args: Vec<String> =
        args.iter().map(|arg| if old(arg) { format!("-l{}", &arg[1..]) } else { arg.clone() }).collect();
    let options = SPEC.parse_args(&p, &args).await?;
    let path = options.operands.first().map_or("-", String::as_str);
    let prefix = options.operands.get(1).map_or("x", String::as_str);
    if let Some(extra) = options.operands.get(2) {
        return usage_hint(&p, &format!("extra operand {}", quote(&p, extra))).await;
    }
    let data = match Source::open(&p, path) {
        Ok(mut source) => source.all().await,
        Err(error) => {
            return fail(&p, &format!("cannot open {} for reading: {error}", quote_always(path))).await;
        }
    };
    let mut pieces: Vec<&[u8]> = Vec::new();
    if let Some(text) = options.value('b') {
        let Some(size) = size(text) else {
            return fail(&p, &format!("invalid number of bytes: {}", quote(&p, text))).await;
        };
        pieces.extend(data.chunks(size));
    } else if let Some(text) = options.value('n') {
        let by_lines = text.strip_prefix("l/");
        let Some(count) = by_lines.unwrap_or(text).parse::<usize>().ok().filter(|count| *count > 0) else {
            return fail(&p, &format!("invalid number of chunks: {}", quote(&p, text))).await;
        };
        let mut from = 0;
        for at in 1..=count {
            let mut to = if at == count { data.len() } else { data.len() / count * at };
            if by_lines.is_some() && to < data.len() {
                to = to.max(from);
                to = data[to.saturating_sub(1)..]
                    .iter()
                    .position(|b| *b == b'\n')
                    .map_or(data.len(), |n| to.saturating_sub(1) + n + 1);
            }
            pieces.push(&data[from..to.max(from)]);
            from = to.max(from);
        }
    } else {
        let text = options.value('l').or(options.value('C')).unwrap_or("1000");
        let Some(most) = size(text) else {
            return fail(&p, &format!("invalid number of lines: {}", quote(&p, text))).await;
        };
        let (mut from, mut count) = (0, 0);
        let mut last = 0;
        for (at, byte) in data.iter().enumerate() {
            if *byte != b'\n' {
                continue;
            }
            count += 1;
            let full = if options.has('C') { at + 1 - from > most } else { count == most };
            if full {
                let to = if options.has('C') && last > from { last } else { at + 1 };
                pieces.push(&data[from..to]);
                (from, count) = (to, 0);
            }
            last = at + 1;
        }
        if from < data.len() {
            pieces.push(&data[from..]);
        }
    }
    let (letters, base) = match (options.has('d'), options.has('x')) {
        (true, _) => ("0123456789", 10),
        (_, true) => ("0123456789abcdef", 16),
        _ => ("abcdefghijklmnopqrstuvwxyz", 26usize),
    };
    let length: usize = options.value('a').and_then(|text| text.parse().ok()).unwrap_or(2);
    for (number, piece) in pieces.iter().enumerate() {
        let mut suffix = Vec::new();
        let mut left = number;
        for _ in 0..length {
            suffix.push(letters.as_bytes()[left % base] as char);
            left /= base;
        }
        if left > 0 {
            return fail(&p, "output file suffixes exhausted").await;
        }
        suffix.reverse();
        let more = options.value('\u{1}').unwrap_or_default();
        let name = format!("{prefix}{}{more}", suffix.iter().collect::<String>());
        if options.has('\u{2}') {
            p.out(&format!("creating file {}\n", quote(&p, &name))).await;
        }
        if let Err(error) = p.write_file(&name, piece) {
            return fail(&p, &format!("{name}: {error}")).await;
        }
    }
    Ok(())
}
