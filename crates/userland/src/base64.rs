//! `base64`: encodes bytes as letters, and decodes them. base64(1) of GNU coreutils 9.1.

use super::prelude::*;

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const SPEC: Spec = Spec {
    short: "diw:",
    long: &[("decode", 'd'), ("ignore-garbage", 'i'), ("wrap", 'w')],
    usage: "[OPTION]... [FILE]",
    status: 1,
};

/// Encodes, in one line.
pub(crate) fn encode(data: &[u8]) -> String {
    let mut out = String::new();
    for three in data.chunks(3) {
        let bits = three.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let at = (bits >> (18 - 6 * place) & 63) as usize;
            out.push(if place <= three.len() { char::from(LETTERS[at]) } else { '=' });
        }
    }
    out
}

/// Decodes; what is good so far, and whether all was.
pub(crate) fn decode(text: &[u8], ignore: bool) -> (Vec<u8>, bool) {
    let (mut out, mut bits, mut count, mut ended) = (Vec::new(), 0u32, 0, 0);
    let mut whole = true;
    for &byte in text {
        if byte == b'\n' || byte == b'\r' {
            continue;
        }
        if byte == b'=' {
            ended += 1;
            continue;
        }
        let Some(value) = LETTERS.iter().position(|letter| *letter == byte).filter(|_| ended == 0) else {
            if ignore {
                continue;
            }
            whole = false;
            break;
        };
        bits = bits << 6 | value as u32;
        count += 1;
        if count == 4 {
            out.extend(&bits.to_be_bytes()[1..]);
            (bits, count) = (0, 0);
        }
    }
    match count {
        0 => {}
        2 => out.push((bits >> 4) as u8),
        3 => out.extend([(bits >> 10) as u8, (bits >> 2) as u8]),
        _ => return (out, false),
    }
    (out, whole && (count == 0 && ended == 0) || (count > 0 && count + ended == 4))
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let options = SPEC.parse(&p).await?;
    if let Some(extra) = options.operands.get(1) {
        return usage_hint(&p, &format!("extra operand {}", quote(&p, extra))).await;
    }
    let wrap = match options.value('w').map(str::parse::<usize>) {
        None => 76,
        Some(Ok(wrap)) => wrap,
        Some(Err(_)) => {
            return fail(&p, &format!("invalid wrap size: {}", quote(&p, options.value('w').unwrap_or("")))).await;
        }
    };
    if options.has('d') {
        let (data, status) = read_operands(&p, &options.operands).await;
        status?;
        let (bytes, good) = decode(&data, options.has('i'));
        p.write(1, &bytes).await;
        return if good { Ok(()) } else { fail(&p, "invalid input").await };
    }
    let mut sources = Sources::new(&p, &options.operands);
    let Some(mut source) = sources.next().await else { return sources.status };
    let (mut left, mut column) = (Vec::new(), 0);
    loop {
        let chunk = source.chunk().await;
        let ended = chunk.is_none();
        left.extend(chunk.unwrap_or_default());
        // Three bytes are four letters.
        let whole = if ended { left.len() } else { left.len() / 3 * 3 };
        let text = encode(&left[..whole]);
        left.drain(..whole);
        let out = wrapped(&text, wrap, &mut column, ended);
        p.out(&out).await;
        p.work(whole as u64).await;
        if ended {
            return Ok(());
        }
    }
}

/// Letters in lines of a width, the first of which has some already; 0 is one line without an end.
fn wrapped(text: &str, width: usize, column: &mut usize, ended: bool) -> String {
    if width == 0 {
        return text.to_owned();
    }
    let (mut out, mut rest) = (String::new(), text);
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(width - *column));
        out.push_str(line);
        *column += line.len();
        if *column == width {
            out.push('\n');
            *column = 0;
        }
        rest = more;
    }
    if ended && *column > 0 {
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("admin", "YWRtaW4=")] {
            assert_eq!(encode(plain.as_bytes()), coded);
            assert_eq!(decode(coded.as_bytes(), false), (plain.as_bytes().to_vec(), true));
        }
        let mut column = 0;
        let pieces: Vec<String> =
            ["abcdefg", "hi", ""].iter().map(|text| wrapped(text, 4, &mut column, text.is_empty())).collect();
        assert_eq!(pieces.concat(), "abcd\nefgh\ni\n");
        assert!(!decode(b"Zg", false).1 && !decode(b"Z*", false).1);
    }
}
