//! Backslash escapes of `$'…'`, `echo -e` and `printf`.

/// Reads one escape after its backslash; `None` if it is none. `octal_zero`: octal needs a leading 0 (`echo -e`, `%b`).
fn escape(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, octal_zero: bool) -> Option<Vec<u8>> {
    let digits = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>, radix: u32, most: usize| {
        let mut value: Option<u32> = None;
        for _ in 0..most {
            let Some(digit) = chars.peek().and_then(|c| c.to_digit(radix)) else { break };
            value = Some(value.unwrap_or(0) * radix + digit);
            chars.next();
        }
        value
    };
    let text = |c: char| Some(c.to_string().into_bytes());
    let c = *chars.peek()?;
    let simple = match c {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'e' | 'E' => '\u{1b}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '\\' => '\\',
        '\'' | '"' | '?' if !octal_zero => c,
        'x' => {
            chars.next();
            return match digits(chars, 16, 2) {
                Some(value) => Some(vec![value as u8]),
                None => Some(b"\\x".to_vec()),
            };
        }
        'u' | 'U' => {
            chars.next();
            let value = digits(chars, 16, if c == 'u' { 4 } else { 8 });
            return value.and_then(char::from_u32).and_then(text);
        }
        '0'..='7' if !octal_zero || c == '0' => {
            if octal_zero {
                chars.next();
            }
            return Some(vec![digits(chars, 8, 3).unwrap_or(0) as u8]);
        }
        _ => return None,
    };
    chars.next();
    text(simple)
}

/// The text of `$'…'`.
pub(crate) fn ansi_c(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            bytes.extend_from_slice(c.to_string().as_bytes());
        } else if let Some(escaped) = escape(&mut chars, false) {
            bytes.extend(escaped);
        } else {
            bytes.push(b'\\');
        }
    }
    bytes.retain(|byte| *byte != 0);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The bytes of `echo -e`'s argument, and whether `\c` ended all output.
pub(crate) fn echo_escapes(text: &str, octal_zero: bool) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            bytes.extend_from_slice(c.to_string().as_bytes());
        } else if chars.peek() == Some(&'c') {
            return (bytes, true);
        } else if let Some(escaped) = escape(&mut chars, octal_zero) {
            bytes.extend(escaped);
        } else {
            bytes.push(b'\\');
        }
    }
    (bytes, false)
}
