//! `od`, `hexdump` and `xxd`: bytes as numbers, a line at a time, so that what never ends can be looked at.

pub(crate) mod hexdump;
pub(crate) mod od;
pub(crate) mod xxd;

use super::prelude::*;

/// Output is written when there is so much of it, in bytes.
const WRITTEN: usize = 4096;

fn character(byte: u8) -> String {
    match byte {
        0 => "\\0".to_owned(),
        7 => "\\a".to_owned(),
        8 => "\\b".to_owned(),
        9 => "\\t".to_owned(),
        10 => "\\n".to_owned(),
        11 => "\\v".to_owned(),
        12 => "\\f".to_owned(),
        13 => "\\r".to_owned(),
        32..=126 => char::from(byte).to_string(),
        byte => format!("{byte:03o}"),
    }
}

fn printable(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| if (32..127).contains(byte) { char::from(*byte) } else { '.' }).collect()
}

/// A number as `od` and `xxd` read offsets: `10`, `0x10`, `010`, with `b`, `k`, `m`.
fn number(text: &str) -> Option<usize> {
    let (text, factor) = match text.chars().last() {
        Some('k' | 'K') => (&text[..text.len() - 1], 1024),
        Some('m' | 'M') => (&text[..text.len() - 1], 1 << 20),
        Some('b') if !text.starts_with("0x") => (&text[..text.len() - 1], 512),
        _ => (text, 1),
    };
    let value = match text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        Some(digits) => usize::from_str_radix(digits, 16),
        None if text.len() > 1 && text.starts_with('0') => usize::from_str_radix(text, 8),
        None => text.parse(),
    };
    value.ok()?.checked_mul(factor)
}

/// The operands' bytes from `skip` on, at most `most`, in rows.
struct Rows {
    sources: Sources,
    source: Option<Source>,
    /// What was read, and how much of it was taken.
    data: Vec<u8>,
    taken: usize,
    skip: usize,
    left: usize,
    /// Where the next row begins.
    at: usize,
    /// Whether rows equal to the one before are left out; that one, and whether it was said already.
    squeezes: bool,
    last: Vec<u8>,
    said: bool,
}

enum Row {
    /// Where it begins, and its bytes.
    Bytes(usize, Vec<u8>),
    /// Rows equal to the last are left out from here on.
    Same,
}

impl Rows {
    fn new(p: &Process, operands: &[String], skip: usize, most: usize, squeezes: bool) -> Rows {
        let sources = Sources::new(p, operands);
        let (source, data, last) = Default::default();
        Rows { sources, source, data, taken: 0, skip, left: most, at: skip, squeezes, last, said: false }
    }

    /// Reads until so many bytes are at hand, or to the end.
    async fn fill(&mut self, wanted: usize) {
        loop {
            let skipped = self.skip.min(self.data.len() - self.taken);
            self.taken += skipped;
            self.skip -= skipped;
            if self.skip == 0 && self.data.len() - self.taken >= wanted {
                return;
            }
            self.data.drain(..self.taken);
            self.taken = 0;
            if self.source.is_none() {
                self.source = self.sources.next().await;
            }
            let Some(source) = &mut self.source else { return };
            match source.chunk().await {
                Some(chunk) => self.data.extend(chunk),
                None => self.source = None,
            }
        }
    }

    /// The next row of at most `width` bytes.
    async fn next(&mut self, width: usize) -> Option<Row> {
        loop {
            let wanted = width.min(self.left);
            if wanted > 0 {
                self.fill(wanted).await;
            }
            let end = (self.taken + wanted).min(self.data.len());
            let row = self.data[self.taken..end].to_vec();
            if row.is_empty() {
                return None;
            }
            let at = self.at;
            (self.taken, self.at, self.left) = (end, at + row.len(), self.left - row.len());
            if self.squeezes && row.len() == width {
                if self.last == row {
                    self.sources.p.work(width as u64).await; // it may go on for ever
                    if !std::mem::replace(&mut self.said, true) {
                        return Some(Row::Same);
                    }
                    continue;
                }
                (self.last, self.said) = (row.clone(), false);
            }
            return Some(Row::Bytes(at, row));
        }
    }
}

/// Writes what was formatted, once it is enough to be worth a write.
async fn write(p: &Process, out: &mut String) {
    if out.len() >= WRITTEN {
        p.work(out.len() as u64 * 4).await;
        p.out(&std::mem::take(out)).await;
    }
}
