//! Backslash escapes, as echo(1) and printf(1) read them.

/// Reads backslash escapes as echo(1) and printf(1) do; true when `\c` ended the text. Octal is `\0NNN` for echo, and
/// `\NNN` for a printf format.
pub fn unescape(text: &[u8], octal_needs_zero: bool) -> (Vec<u8>, bool) {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        let Some(&letter) = text.get(at).filter(|_| byte == b'\\') else {
            out.push(byte);
            continue;
        };
        at += 1;
        match letter {
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'c' => return (out, true),
            b'e' => out.push(27),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(11),
            b'\\' => out.push(b'\\'),
            b'"' if !octal_needs_zero => out.push(b'"'),
            b'0'..=b'7' if letter == b'0' || !octal_needs_zero => {
                let mut value = u32::from(letter - b'0');
                let most = if octal_needs_zero { 3 } else { 2 };
                for _ in 0..most {
                    match text.get(at) {
                        Some(digit @ b'0'..=b'7') => {
                            value = value * 8 + u32::from(digit - b'0');
                            at += 1;
                        }
                        _ => break,
                    }
                }
                out.push(value as u8);
            }
            b'x' => {
                let digits = text[at..].iter().take(2).take_while(|b| b.is_ascii_hexdigit()).count();
                let value =
                    std::str::from_utf8(&text[at..at + digits]).ok().and_then(|d| u8::from_str_radix(d, 16).ok());
                match value {
                    Some(value) => out.push(value),
                    None => out.extend(b"\\x"),
                }
                at += digits;
            }
            b'u' | b'U' => {
                let most = if letter == b'u' { 4 } else { 8 };
                let digits = text[at..].iter().take(most).take_while(|b| b.is_ascii_hexdigit()).count();
                let c = std::str::from_utf8(&text[at..at + digits])
                    .ok()
                    .and_then(|d| u32::from_str_radix(d, 16).ok())
                    .and_then(char::from_u32);
                match c {
                    Some(c) => out.extend(c.to_string().bytes()),
                    None => out.extend([b'\\', letter]),
                }
                at += digits;
            }
            other => out.extend([b'\\', other]),
        }
    }
    (out, false)
}
