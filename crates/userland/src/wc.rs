//! `wc`: counts lines, words and bytes. wc(1) of GNU coreutils 9.1.

use super::prelude::*;
use unicode_width::UnicodeWidthChar;

/// How many bytes are counted at once.
const PIECE: usize = 64 * 1024;

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
    /// A file of a page, whose numbers of places have 32 bits, may be longer than these say.
    bytes: u64,
    longest: usize,
}

/// Counts what comes in pieces.
#[derive(Default)]
struct Meter {
    counts: Counts,
    in_word: bool,
    /// How wide the line is so far.
    width: usize,
    /// The beginning of a character whose end has not come.
    cut: Vec<u8>,
}

impl Meter {
    fn add(&mut self, bytes: &[u8], only_bytes: bool) {
        self.counts.bytes += bytes.len() as u64;
        if only_bytes {
            return;
        }
        self.counts.lines += bytes.iter().filter(|byte| **byte == b'\n').count();
        let mut piece = std::mem::take(&mut self.cut);
        piece.extend_from_slice(bytes);
        let whole = piece.len() - cut_character(&piece);
        self.cut = piece.split_off(whole);
        self.text(&String::from_utf8_lossy(&piece));
    }

    fn text(&mut self, text: &str) {
        for c in text.chars() {
            self.counts.chars += 1;
            let blank = c.is_whitespace();
            self.counts.words += usize::from(!blank && !self.in_word);
            self.in_word = !blank;
            if c == '\n' {
                self.width = 0;
            } else {
                self.width += c.width().unwrap_or(0);
                self.counts.longest = self.counts.longest.max(self.width);
            }
        }
    }

    fn finish(mut self) -> Counts {
        let cut = std::mem::take(&mut self.cut);
        self.text(&String::from_utf8_lossy(&cut));
        self.counts
    }
}

/// How many bytes at the end are the beginning of a character.
fn cut_character(bytes: &[u8]) -> usize {
    match std::str::from_utf8(&bytes[bytes.len().saturating_sub(4)..]) {
        Err(error) if error.error_len().is_none() => bytes.len().min(4) - error.valid_up_to(),
        _ => (1..=3.min(bytes.len()))
            .find(|length| {
                std::str::from_utf8(&bytes[bytes.len() - length..])
                    .is_err_and(|error| error.error_len().is_none() && error.valid_up_to() == 0)
            })
            .unwrap_or(0),
    }
}

/// Counts what a source holds.
async fn measure(p: &Process, source: &mut Source, only_bytes: bool) -> Counts {
    let mut meter = Meter::default();
    while let Some(chunk) = source.chunk().await {
        for piece in chunk.chunks(PIECE) {
            meter.add(piece, only_bytes);
            if !only_bytes {
                p.work(piece.len() as u64).await;
            }
        }
    }
    meter.finish()
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let options = SPEC.parse(&p).await?;
    let chosen: String = if options.given.is_empty() {
        "lwc".to_owned()
    } else {
        "lwmcL".chars().filter(|letter| options.has(*letter)).collect()
    };
    let operands = operands_or_stdin(&options.operands);
    let (mut rows, mut total, mut status) = (Vec::new(), Counts::default(), Ok(()));
    for path in &operands {
        let name = if options.operands.is_empty() { String::new() } else { format!(" {path}") };
        let size =
            p.metadata(path).ok().filter(|metadata| chosen == "c" && metadata.is_file() && p.may(path, machine::READ));
        let counts = match Source::open(&p, path) {
            // That need not be read.
            Ok(_) if size.is_some() => Counts { bytes: size.map_or(0, |size| size.size), ..Counts::default() },
            Ok(mut source) => measure(&p, &mut source, chosen == "c").await,
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
    } else if operands.iter().any(|path| path == "-" || !p.metadata(path).is_ok_and(|metadata| metadata.is_file())) {
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
                    'l' => counts.lines as u64,
                    'w' => counts.words as u64,
                    'm' => counts.chars as u64,
                    'c' => counts.bytes,
                    _ => counts.longest as u64,
                };
                format!("{number:width$}")
            })
            .collect();
        out.push_str(&format!("{}{name}\n", numbers.join(" ")));
    }
    p.out(&out).await;
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_count_as_the_whole() {
        let text = "one 두셋\u{2003}네 \u{1f600}x\n\nlast line 끝".as_bytes();
        let broken = [text, b"\xff\xed\x95 x\xf0\x9f"].concat();
        for data in [text, &broken] {
            let whole = {
                let mut meter = Meter::default();
                meter.add(data, false);
                meter.finish()
            };
            assert_eq!(whole.chars, String::from_utf8_lossy(data).chars().count());
            assert_eq!(whole.words, String::from_utf8_lossy(data).split_whitespace().count());
            for size in 1..9 {
                let mut meter = Meter::default();
                data.chunks(size).for_each(|piece| meter.add(piece, false));
                let counts = meter.finish();
                let of = |c: &Counts| (c.lines, c.words, c.bytes, c.longest);
                assert_eq!(of(&counts), of(&whole), "{size}");
            }
        }
    }
}
