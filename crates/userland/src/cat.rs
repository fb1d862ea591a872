//! `cat`: prints files one after the other. cat(1) of GNU coreutils 9.1.

use super::prelude::*;

const SPEC: Spec = Spec {
    short: "AbeEnstTuv",
    long: &[
        ("show-all", 'A'),
        ("number-nonblank", 'b'),
        ("show-ends", 'E'),
        ("number", 'n'),
        ("squeeze-blank", 's'),
        ("show-tabs", 'T'),
        ("show-nonprinting", 'v'),
    ],
    usage: "[OPTION]... [FILE]...",
    status: 1,
};

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let options = SPEC.parse(&p).await?;
    let any = |letters: &str| letters.chars().any(|letter| options.has(letter));
    let (nonblank, squeeze) = (options.has('b'), options.has('s'));
    let number = options.has('n') && !nonblank;
    let (ends, tabs, marks) = (any("AEe"), any("ATt"), any("Avet"));
    let plain = !(nonblank || squeeze || number || ends || tabs || marks);
    let (mut status, mut count, mut blank) = (Ok(()), 0u64, false);
    for path in operands_or_stdin(&options.operands) {
        let mut source = match Source::open(&p, &path) {
            Ok(source) => source,
            Err(error) => {
                let text = match is_busybox(&p) {
                    true => format!("can't open '{path}': {error}"),
                    false => format!("{}: {error}", quote_if_needed(&path)),
                };
                status = fail(&p, &text).await;
                continue;
            }
        };
        if plain {
            while let Some(bytes) = source.chunk().await {
                p.write(1, &bytes).await;
            }
            continue;
        }
        while let Some(line) = source.line().await {
            let (body, newline) = match line.strip_suffix(b"\n") {
                Some(body) => (body, true),
                None => (line.as_slice(), false),
            };
            if squeeze && body.is_empty() && std::mem::replace(&mut blank, body.is_empty()) {
                continue;
            }
            blank = body.is_empty();
            let mut out = Vec::new();
            if number || (nonblank && !body.is_empty()) {
                count += 1;
                out.extend(format!("{count:6}\t").into_bytes());
            }
            for byte in body {
                show(&mut out, *byte, tabs, marks);
            }
            if newline {
                if ends {
                    out.push(b'$');
                }
                out.push(b'\n');
            }
            p.write(1, &out).await;
        }
    }
    status
}

fn show(out: &mut Vec<u8>, byte: u8, tabs: bool, marks: bool) {
    let mut low = byte;
    if byte == b'\t' {
        out.extend(if tabs { &b"^I"[..] } else { &b"\t"[..] });
        return;
    }
    if !marks {
        out.push(byte);
        return;
    }
    if byte >= 128 {
        out.extend(b"M-");
        low = byte - 128;
    }
    match low {
        0..=31 => out.extend([b'^', low + 64]),
        127 => out.extend(b"^?"),
        _ => out.push(low),
    }
}
