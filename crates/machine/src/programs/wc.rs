//! `wc`: how many lines, words and bytes.

use super::prelude::*;
use unicode_width::UnicodeWidthStr;

const SPEC: Spec = Spec {
    short: "clLmw",
    long: &[("bytes", 'c'), ("lines", 'l'), ("max-line-length", 'L'), ("chars", 'm'), ("words", 'w')],
    usage: "[OPTION]... [FILE]...",
    status: 1,
};

#[derive(Clone, Copy, Default)]
struct Counts {
    lines: usize,
    words: usize,
    chars: usize,
    bytes: usize,
    longest: usize,
}

fn measure(data: &[u8]) -> Counts {
    let text = String::from_utf8_lossy(data);
    Counts {
        lines: data.iter().filter(|b| **b == b'\n').count(),
        words: text.split_whitespace().count(),
        chars: text.chars().count(),
        bytes: data.len(),
        longest: text.lines().map(UnicodeWidthStr::width).max().unwrap_or(0),
    }
}

pub async fn run(p: Process) -> i32 {
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let chosen: String = if options.given.is_empty() {
        "lwc".to_owned()
    } else {
        "lwmcL".chars().filter(|letter| options.has(*letter)).collect()
    };
    let operands = operands_or_stdin(&options.operands);
    let (mut rows, mut total, mut status) = (Vec::new(), Counts::default(), 0);
    for path in &operands {
        let name = if options.operands.is_empty() { String::new() } else { format!(" {path}") };
        let counts = match Source::open(&p, path) {
            Ok(mut source) => measure(&source.all().await),
            Err(error) => {
                status = fail(&p, &format!("{}: {error}", quote_if_needed(path))).await;
                if error != Errno::EISDIR {
                    continue;
                }
                Counts::default()
            }
        };
        total.lines += counts.lines;
        total.words += counts.words;
        total.chars += counts.chars;
        total.bytes += counts.bytes;
        total.longest = total.longest.max(counts.longest);
        rows.push((counts, name));
    }
    if operands.len() > 1 {
        rows.push((total, " total".to_owned()));
    }
    // One number stands alone; of several, each is as wide as the total's digits, and at least 7 from a pipe.
    let width = if is_busybox(&p) {
        if chosen.len() == 1 && rows.len() == 1 { 1 } else { 9 }
    } else if chosen.len() == 1 && operands.len() == 1 {
        1
    } else if operands.iter().any(|path| path == "-" || p.read_file(path).is_err()) {
        7
    } else {
        total.bytes.to_string().len()
    };
    let mut out = String::new();
    for (counts, name) in rows {
        let numbers: Vec<String> = chosen
            .chars()
            .map(|letter| {
                let number = match letter {
                    'l' => counts.lines,
                    'w' => counts.words,
                    'm' => counts.chars,
                    'c' => counts.bytes,
                    _ => counts.longest,
                };
                format!("{number:width$}")
            })
            .collect();
        out.push_str(&format!("{}{name}\n", numbers.join(" ")));
    }
    p.out(&out).await;
    status
}
