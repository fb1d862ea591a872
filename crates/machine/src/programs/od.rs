//! `od`, `hexdump` and `xxd`: bytes as numbers.

use super::prelude::*;

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

/// Operands' bytes from `skip` on, at most `most`; for what has no end that many are read.
async fn bytes(p: &Process, operands: &[String], skip: usize, most: usize) -> Result<Vec<u8>, i32> {
    let wanted = skip.saturating_add(most);
    let mut data = Vec::new();
    let mut status = 0;
    for path in operands_or_stdin(operands) {
        match Source::open(p, &path) {
            Ok(mut source) => {
                while data.len() < wanted
                    && let Some(chunk) = source.chunk().await
                {
                    data.extend(chunk);
                    if data.len() > crate::process::stream::MEMORY_LIMIT {
                        exhausted(p).await;
                    }
                }
            }
            Err(error) => status = fail(p, &format!("{}: {error}", quote_if_needed(&path))).await,
        }
    }
    data.truncate(wanted);
    data.drain(..skip.min(data.len()));
    p.work(data.len() as u64 * 4).await;
    if status != 0 && data.is_empty() { Err(status) } else { Ok(data) }
}

pub async fn run(p: Process) -> i32 {
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
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
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
    let data = match bytes(&p, &options.operands, skip, most).await {
        Ok(data) => data,
        Err(status) => return status,
    };
    // All formats of a line are as wide as the widest needs.
    let per_byte = |format: &Format| (format.width, format.size);
    let line_width = formats.iter().map(|format| width.div_ceil(format.size) * per_byte(format).0).max().unwrap_or(0);
    let mut out = String::new();
    let (mut last, mut starred): (Option<&[u8]>, bool) = (None, false);
    for (number, chunk) in data.chunks(width).enumerate() {
        let at = skip + number * width;
        if last == Some(chunk) && chunk.len() == width && !options.has('v') {
            if !std::mem::replace(&mut starred, true) {
                out.push_str("*\n");
            }
            continue;
        }
        (last, starred) = (Some(chunk), false);
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
                line = format!("{line:<full$}  >{}<", printable(chunk));
            }
            out.push_str(&line);
            out.push('\n');
        }
    }
    if radix != "n" {
        out.push_str(&address(skip + data.len()));
        out.push('\n');
    }
    p.out(&out).await;
    0
}

/// `hexdump`: `-C` and the simple formats.
pub async fn hexdump(p: Process) -> i32 {
    const SPEC: Spec = Spec {
        short: "bcCde:f:n:os:vx",
        long: &[("canonical", 'C'), ("length", 'n'), ("skip", 's'), ("no-squeezing", 'v')],
        usage: "[options] <file>...",
        status: 1,
    };
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.has('e') || options.has('f') {
        return fail(&p, "formats of one's own (-e, -f) are not simulated here").await;
    }
    let amount = |letter, default| options.value(letter).map_or(Some(default), number);
    let (Some(skip), Some(most)) = (amount('s', 0), amount('n', usize::MAX)) else {
        return fail(&p, "failed to parse length").await;
    };
    let data = match bytes(&p, &options.operands, skip, most).await {
        Ok(data) => data,
        Err(status) => return status,
    };
    let kind = if name_of(&p) == "hd" { 'C' } else { options.last_of("bcCdox").unwrap_or('h') };
    let mut out = String::new();
    let (mut last, mut starred): (Option<&[u8]>, bool) = (None, false);
    for (number, chunk) in data.chunks(16).enumerate() {
        let at = skip + number * 16;
        if last == Some(chunk) && chunk.len() == 16 && !options.has('v') {
            if !std::mem::replace(&mut starred, true) {
                out.push_str("*\n");
            }
            continue;
        }
        (last, starred) = (Some(chunk), false);
        if kind == 'C' {
            let mut hex = String::new();
            for (index, byte) in chunk.iter().enumerate() {
                hex.push_str(if index == 8 { "  " } else { " " });
                hex.push_str(&format!("{byte:02x}"));
            }
            out.push_str(&format!("{at:08x} {hex:<49}  |{}|\n", printable(chunk)));
            continue;
        }
        let (size, format): (usize, fn(&[u8]) -> String) = match kind {
            'b' => (1, |b| format!(" {:03o}", b[0])),
            'c' => (1, |b| format!(" {:>3}", character(b[0]))),
            'd' => (2, |b| format!("   {:05}", u16::from_le_bytes([b[0], b.get(1).copied().unwrap_or(0)]))),
            'o' => (2, |b| format!("  {:06o}", u16::from_le_bytes([b[0], b.get(1).copied().unwrap_or(0)]))),
            'x' => (2, |b| format!("    {:04x}", u16::from_le_bytes([b[0], b.get(1).copied().unwrap_or(0)]))),
            _ => (2, |b| format!(" {:04x}", u16::from_le_bytes([b[0], b.get(1).copied().unwrap_or(0)]))),
        };
        let cell = format(&[0, 0]).len();
        let line: String = chunk.chunks(size).map(format).collect();
        let full = cell * 16 / size;
        out.push_str(&format!("{at:07x}{line:<full$}\n"));
    }
    if !data.is_empty() {
        let end = skip + data.len();
        out.push_str(&if kind == 'C' { format!("{end:08x}\n") } else { format!("{end:07x}\n") });
    }
    p.out(&out).await;
    0
}

/// `xxd`: hexadecimal there and (`-r`) back.
pub async fn xxd(p: Process) -> i32 {
    const SPEC: Spec = Spec { short: "abc:eg:il:o:prs:u", long: &[], usage: "[options] [infile [outfile]]", status: 1 };
    let args = p.args().iter().map(|arg| match arg.as_str() {
        "-ps" | "-plain" | "-postscript" => "-p".to_owned(),
        "-len" => "-l".to_owned(),
        "-cols" => "-c".to_owned(),
        arg => arg.to_owned(),
    });
    let args = args.collect::<Vec<String>>();
    let options = match SPEC.parse_args(&p, &args).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let amount =
        |letter, default| options.value(letter).map_or(Some(default), |text| number(text.trim_start_matches('+')));
    let plain = options.has('p');
    let bits = options.has('b');
    let default = if plain {
        30
    } else if options.has('i') {
        12
    } else if bits {
        6
    } else {
        16
    };
    let (Some(skip), Some(most), Some(columns)) = (amount('s', 0), amount('l', usize::MAX), amount('c', default))
    else {
        return fail(&p, "invalid number").await;
    };
    let group = amount('g', if bits { 1 } else { 2 }).unwrap_or(2);
    let columns = if columns == 0 && !plain { default } else { columns };
    let inputs: Vec<String> = options.operands.iter().take(1).cloned().collect();
    if options.has('r') {
        let data = match bytes(&p, &inputs, 0, usize::MAX).await {
            Ok(data) => data,
            Err(status) => return if status != 0 { 2 } else { 0 },
        };
        let text = String::from_utf8_lossy(&data).into_owned();
        let mut back: Vec<u8> = Vec::new();
        for line in text.lines() {
            let digits: String = if plain {
                line.chars().filter(char::is_ascii_hexdigit).collect()
            } else {
                let Some((_, rest)) = line.split_once(':') else { continue };
                // Two blanks end the numbers.
                let rest = rest.trim_start();
                let end = rest.find("  ").unwrap_or(rest.len());
                rest[..end].chars().filter(char::is_ascii_hexdigit).collect()
            };
            let pair = |at: usize| digits.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
            back.extend((0..digits.len() / 2).filter_map(|at| pair(at * 2)));
        }
        return put(&p, options.operands.get(1), &back).await;
    }
    let data = match bytes(&p, &inputs, skip, most).await {
        Ok(data) => data,
        Err(_) => return 2,
    };
    let byte = |byte: &u8| match (bits, options.has('u')) {
        (true, _) => format!("{byte:08b}"),
        (_, true) => format!("{byte:02X}"),
        _ => format!("{byte:02x}"),
    };
    let mut out = String::new();
    if options.has('i') {
        let name = inputs.first().filter(|name| *name != "-");
        let symbol: Option<String> =
            name.map(|name| name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect());
        if let Some(symbol) = &symbol {
            out.push_str(&format!("unsigned char {symbol}[] = {{\n"));
        }
        for (at, chunk) in data.chunks(columns).enumerate() {
            out.push_str(if at > 0 { ",\n  " } else { "  " });
            let items: Vec<String> = chunk.iter().map(|byte| format!("0x{byte:02x}")).collect();
            out.push_str(&items.join(", "));
        }
        out.push('\n');
        if let Some(symbol) = &symbol {
            out.push_str(&format!("}};\nunsigned int {symbol}_len = {};\n", data.len()));
        }
    } else if plain {
        let columns = if columns == 0 { data.len().max(1) } else { columns };
        for chunk in data.chunks(columns) {
            out.push_str(&chunk.iter().map(byte).collect::<String>());
            out.push('\n');
        }
    } else {
        for (number, chunk) in data.chunks(columns).enumerate() {
            let mut hex = String::new();
            for (at, one) in chunk.iter().enumerate() {
                if at > 0 && group > 0 && at % group == 0 {
                    hex.push(' ');
                }
                hex.push_str(&byte(one));
            }
            let digits = if bits { 8 } else { 2 };
            let full = columns * digits + if group > 0 { columns.div_ceil(group) - 1 } else { 0 };
            out.push_str(&format!("{:08x}: {hex:<full$}  {}\n", skip + number * columns, printable(chunk)));
        }
    }
    put(&p, options.operands.get(1), out.as_bytes()).await
}

async fn put(p: &Process, path: Option<&String>, data: &[u8]) -> i32 {
    match path.filter(|path| *path != "-") {
        Some(path) => match p.write_file(path, data) {
            Ok(()) => 0,
            Err(error) => {
                fail(p, &format!("{path}: {error}")).await;
                3
            }
        },
        None => {
            p.write(1, data).await;
            0
        }
    }
}
