//! `od`: bytes as numbers of many kinds. od(1) of GNU coreutils 9.1.

use super::super::prelude::*;
use super::{Row, Rows, character, number, printable, write};

/// How bytes are read as items: their size, and how one is written in so many columns.
#[derive(Clone, Copy)]
struct Format {
    size: usize,
    kind: char,
    /// Columns of an item, the blank before it counted.
    width: usize,
    /// The text at the line's end.
    text: bool,
}

impl Format {
    fn new(kind: char, size: usize) -> Format {
        let digits = match (kind, size) {
            ('x', size) => size * 2,
            ('o', 1) => 3,
            ('o', 2) => 6,
            ('o', 4) => 11,
            ('o', _) => 22,
            ('u', 1) => 3,
            ('u', 2) => 5,
            ('u', 4) => 10,
            ('u', _) => 20,
            ('d', 1) => 4,
            ('d', 2) => 6,
            ('d', 4) => 11,
            ('d', _) => 20,
            _ => 3,
        };
        Format { size, kind, width: digits + 1, text: false }
    }

    /// `x1`, `o2`, `c`, `u4`, `x1z`.
    fn of_type(text: &str) -> Option<Vec<Format>> {
        let mut formats = Vec::new();
        let mut chars = text.chars().peekable();
        while let Some(kind) = chars.next() {
            let mut size = match kind {
                'a' | 'c' => 1,
                'd' | 'o' | 'u' | 'x' => 4,
                _ => return None,
            };
            let mut digits = String::new();
            while let Some(c) = chars.next_if(char::is_ascii_digit) {
                digits.push(c);
            }
            if !digits.is_empty() {
                size = digits.parse().ok().filter(|size| [1, 2, 4, 8].contains(size))?;
            } else if let Some(c) = chars.next_if(|c| "CSIL".contains(*c)) {
                size = match c {
                    'C' => 1,
                    'S' => 2,
                    'I' => 4,
                    _ => 8,
                };
            }
            let text = chars.next_if_eq(&'z').is_some();
            formats.push(Format { text, ..Format::new(kind, size) });
        }
        Some(formats)
    }

    fn item(&self, bytes: &[u8]) -> String {
        let mut value = [0u8; 8];
        value[..bytes.len()].copy_from_slice(bytes);
        let value = u64::from_le_bytes(value);
        match self.kind {
            'x' => format!("{value:0width$x}", width = self.size * 2),
            'o' => format!("{value:0width$o}", width = self.width - 1),
            'u' => value.to_string(),
            'd' => {
                let shift = 64 - 8 * self.size;
                (((value << shift) as i64) >> shift).to_string()
            }
            'a' => named(bytes[0] & 0x7f),
            _ => character(bytes[0]),
        }
    }
}

fn named(byte: u8) -> String {
    const NAMES: [&str; 33] = [
        "nul", "soh", "stx", "etx", "eot", "enq", "ack", "bel", "bs", "ht", "nl", "vt", "ff", "cr", "so", "si", "dle",
        "dc1", "dc2", "dc3", "dc4", "nak", "syn", "etb", "can", "em", "sub", "esc", "fs", "gs", "rs", "us", "sp",
    ];
    match byte {
        0..=32 => NAMES[usize::from(byte)].to_owned(),
        127 => "del".to_owned(),
        byte => char::from(byte).to_string(),
    }
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec {
        short: "A:abcdij:lN:oS:st:vw::x\u{1}:",
        long: &[
            ("address-radix", 'A'),
            ("skip-bytes", 'j'),
            ("read-bytes", 'N'),
            ("format", 't'),
            ("output-duplicates", 'v'),
            ("width", 'w'),
        ],
        usage: "[OPTION]... [FILE]...",
        status: 1,
    };
    let options = SPEC.parse(&p).await?;
    let mut formats = Vec::new();
    for (letter, value) in &options.given {
        let text = match letter {
            't' => value.clone().unwrap_or_default(),
            'a' | 'c' => letter.to_string(),
            'b' => "o1".to_owned(),
            'd' => "u2".to_owned(),
            'i' => "d4".to_owned(),
            'l' => "d8".to_owned(),
            'o' => "o2".to_owned(),
            's' => "d2".to_owned(),
            'x' => "x2".to_owned(),
            _ => continue,
        };
        match Format::of_type(&text) {
            Some(more) => formats.extend(more),
            None => return fail(&p, &format!("invalid character '{0}' in type string '{text}'", &text[..1])).await,
        }
    }
    if formats.is_empty() {
        formats.push(Format::new('o', 2));
    }
    let radix = options.value('A').unwrap_or("o");
    let address = |at: usize| match radix {
        "d" => format!("{at:07}"),
        "x" => format!("{at:06x}"),
        "n" => String::new(),
        _ => format!("{at:07o}"),
    };
    let amount = |letter, default| options.value(letter).map_or(Some(default), number);
    let (Some(skip), Some(most)) = (amount('j', 0), amount('N', usize::MAX)) else {
        let text = options.value('N').or(options.value('j')).unwrap_or("");
        return fail(&p, &format!("invalid -N argument '{text}'")).await;
    };
    let width = if options.has('w') { options.value('w').and_then(number).unwrap_or(32).max(1) } else { 16 };
    // All formats of a line are as wide as the widest needs.
    let per_byte = |format: &Format| (format.width, format.size);
    let line_width = formats.iter().map(|format| width.div_ceil(format.size) * per_byte(format).0).max().unwrap_or(0);
    let mut out = String::new();
    let mut rows = Rows::new(&p, &options.operands, skip, most, !options.has('v'));
    while let Some(row) = rows.next(width).await {
        let Row::Bytes(at, chunk) = row else {
            out.push_str("*\n");
            continue;
        };
        for (index, format) in formats.iter().enumerate() {
            let head = address(at);
            out.push_str(&if index == 0 { head } else { " ".repeat(head.len()) });
            let items = width.div_ceil(format.size);
            let cell = line_width / items;
            let mut line = String::new();
            for item in chunk.chunks(format.size) {
                line.push_str(&format!("{:>cell$}", format.item(item)));
            }
            if format.text {
                let full = items * cell;
                line = format!("{line:<full$}  >{}<", printable(&chunk));
            }
            out.push_str(&line);
            out.push('\n');
        }
        write(&p, &mut out).await;
    }
    if rows.skip > 0 {
        return fail(&p, "cannot skip past end of combined input").await;
    }
    if radix != "n" && (rows.sources.status.is_ok() || rows.at > skip) {
        out.push_str(&address(rows.at));
        out.push('\n');
    }
    p.out(&out).await;
    rows.sources.status
}
