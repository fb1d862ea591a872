//! `tr`: replaces or deletes characters, byte by byte as GNU's does. tr(1) of GNU coreutils 9.1.

use super::prelude::*;

const SPEC: Spec = Spec {
    short: "+cCdst",
    long: &[("complement", 'c'), ("delete", 'd'), ("squeeze-repeats", 's'), ("truncate-set1", 't')],
    usage: "[OPTION]... STRING1 [STRING2]",
    status: 1,
};

fn class(name: &str) -> Option<fn(&u8) -> bool> {
    Some(match name {
        "alnum" => u8::is_ascii_alphanumeric,
        "alpha" => u8::is_ascii_alphabetic,
        "digit" => u8::is_ascii_digit,
        "lower" => u8::is_ascii_lowercase,
        "upper" => u8::is_ascii_uppercase,
        "punct" => u8::is_ascii_punctuation,
        "xdigit" => u8::is_ascii_hexdigit,
        "cntrl" => u8::is_ascii_control,
        "graph" => u8::is_ascii_graphic,
        "print" => |b| (32..127).contains(b),
        "blank" => |b| *b == b' ' || *b == b'\t',
        "space" => |b| b" \t\n\r\x0b\x0c".contains(b),
        _ => return None,
    })
}

/// One of `tr`'s sets: its bytes in order, and where a `[x*]` fills up.
struct Set {
    bytes: Vec<u8>,
    fill: Option<(usize, u8)>,
}

fn set(text: &str) -> Result<Set, String> {
    // Each byte with whether it was escaped (an escaped `-` or `[` is itself).
    let raw = text.as_bytes();
    let mut units: Vec<(u8, bool)> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = raw.get(at) {
        at += 1;
        if byte != b'\\' || at == raw.len() {
            units.push((byte, false));
            continue;
        }
        let octal = raw[at..].iter().take(3).take_while(|b| (b'0'..=b'7').contains(*b)).count();
        if octal > 0 {
            let value = raw[at..at + octal].iter().fold(0u32, |value, digit| value * 8 + u32::from(digit - b'0'));
            units.push((value as u8, true));
            at += octal;
            continue;
        }
        let letter = raw[at];
        at += 1;
        let value = match letter {
            b'a' => 7,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 11,
            other => other,
        };
        units.push((value, true));
    }
    let mut found = Set { bytes: Vec::new(), fill: None };
    let mut at = 0;
    while let Some(&(byte, escaped)) = units.get(at) {
        let rest: Vec<u8> = units[at..].iter().map(|(byte, _)| *byte).collect();
        if byte == b'[' && !escaped {
            if rest.get(1) == Some(&b':')
                && let Some(end) = rest.windows(2).position(|pair| pair == b":]").filter(|end| *end > 1)
            {
                let name = String::from_utf8_lossy(&rest[2..end]).into_owned();
                let Some(is_in) = class(&name) else { return Err(format!("invalid character class \0{name}\0")) };
                found.bytes.extend((0..=255u8).filter(is_in));
                at += end + 2;
                continue;
            }
            if let (Some(&repeated), Some(b'*')) = (rest.get(1), rest.get(2))
                && let Some(end) = rest.iter().position(|b| *b == b']')
            {
                let times = String::from_utf8_lossy(&rest[3..end.max(3)]).into_owned();
                match times.parse::<usize>() {
                    Ok(times) if times > 0 => found.bytes.extend(vec![repeated; times.min(65_536)]),
                    _ => found.fill = Some((found.bytes.len(), repeated)),
                }
                at += end + 1;
                continue;
            }
        }
        if let (Some(&(b'-', false)), Some(&(last, _))) = (units.get(at + 1), units.get(at + 2)) {
            if last < byte {
                let range = format!("{}-{}", char::from(byte), char::from(last));
                return Err(format!("range-endpoints of '{range}' are in reverse collating sequence order"));
            }
            found.bytes.extend(byte..=last);
            at += 3;
            continue;
        }
        found.bytes.push(byte);
        at += 1;
    }
    Ok(found)
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let options = SPEC.parse(&p).await?;
    let (delete, squeeze) = (options.has('d'), options.has('s'));
    let complement = options.has('c') || options.has('C');
    let operands = &options.operands;
    let most = if delete && !squeeze { 1 } else { 2 };
    let least = if delete == squeeze { 2 } else { 1 };
    let hint = "Try 'tr --help' for more information.";
    if operands.is_empty() {
        return fail(&p, &format!("missing operand\n{hint}")).await;
    }
    if operands.len() < least {
        let why = if squeeze {
            "Two strings must be given when both deleting and squeezing repeats."
        } else {
            "Two strings must be given when translating."
        };
        return fail(&p, &format!("missing operand after {}\n{why}\n{hint}", quote(&p, &operands[0]))).await;
    }
    if let Some(extra) = operands.get(most) {
        let why = if most == 1 && operands.len() == 2 {
            "Only one string may be given when deleting without squeezing repeats.\n"
        } else {
            ""
        };
        return fail(&p, &format!("extra operand {}\n{why}{hint}", quote(&p, extra))).await;
    }
    let (first, second) = match (set(&operands[0]), operands.get(1).map(|text| set(text)).transpose()) {
        (Ok(first), Ok(second)) => (first, second),
        (Err(error), _) | (_, Err(error)) => {
            let mut parts = error.split('\0');
            let text = match (parts.next(), parts.next()) {
                (Some(text), Some(name)) => format!("{text}{}", quote(&p, name)),
                _ => error.clone(),
            };
            return fail(&p, &text).await;
        }
    };
    let from: Vec<u8> =
        if complement { (0..=255u8).filter(|byte| !first.bytes.contains(byte)).collect() } else { first.bytes.clone() };
    let mut table: Vec<u8> = (0..=255u8).collect();
    let translate = !delete && second.is_some();
    if let Some(second) = second.as_ref().filter(|_| translate) {
        let mut to = second.bytes.clone();
        if let Some((at, byte)) = second.fill {
            let missing = from.len().saturating_sub(to.len());
            to.splice(at..at, vec![byte; missing]);
        }
        let Some(&last) = to.last() else {
            return fail(&p, "when not truncating set1, string2 must be non-empty").await;
        };
        for (index, byte) in from.iter().enumerate() {
            match to.get(index) {
                Some(other) => table[usize::from(*byte)] = *other,
                None if options.has('t') => break,
                None => table[usize::from(*byte)] = last,
            }
        }
    }
    let mut deleted = [false; 256];
    let mut squeezed = [false; 256];
    if delete {
        from.iter().for_each(|byte| deleted[usize::from(*byte)] = true);
    }
    if squeeze {
        let set = second.as_ref().map_or(&from, |second| &second.bytes);
        set.iter().for_each(|byte| squeezed[usize::from(*byte)] = true);
    }
    let mut last = None;
    let mut source = Source::stdin(&p);
    while let Some(chunk) = source.chunk().await {
        let mut out = Vec::with_capacity(chunk.len());
        for byte in chunk {
            if deleted[usize::from(byte)] {
                continue;
            }
            let byte = table[usize::from(byte)];
            if squeezed[usize::from(byte)] && last == Some(byte) {
                continue;
            }
            last = Some(byte);
            out.push(byte);
        }
        p.write(1, &out).await;
    }
    Ok(())
}
