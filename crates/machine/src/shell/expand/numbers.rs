//! Numbers in arithmetic, as bash reads them: any base from 2 to 64, and what is too large goes round.

/// The expression with its numbers as decimals that any parser takes.
///
/// # Errors
/// bash's words for what is no number.
pub(super) fn in_decimal(text: &str) -> Result<String, String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_@#".contains(c);
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '0'..='9' => rest.find(|c| !is_part(c)).unwrap_or(rest.len()),
            // A name may hold digits.
            'a'..='z' | 'A'..='Z' | '_' => {
                rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len())
            }
            c => c.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        if !first.is_ascii_digit() || token == "0" || !token.starts_with('0') && token.parse::<i64>().is_ok() {
            result.push_str(token);
            continue;
        }
        match value(token)? {
            i64::MIN => result.push_str("(-9223372036854775807-1)"),
            negative @ ..0 => result.push_str(&format!("({negative})")),
            value => result.push_str(&value.to_string()),
        }
    }
    Ok(result)
}

fn value(token: &str) -> Result<i64, String> {
    let error = |what: &str| Err(format!("{what} (error token is \"{token}\")"));
    let (base, digits) = match token.split_once('#') {
        Some((base, digits)) => match base.parse::<i64>() {
            _ if token.starts_with('0') => return error("value too great for base"),
            Ok(_) if digits.is_empty() || digits.starts_with('#') => return error("invalid integer constant"),
            Ok(base @ 2..=64) => (base, digits),
            _ => return error("invalid arithmetic base"),
        },
        None => match token.strip_prefix("0x").or_else(|| token.strip_prefix("0X")) {
            Some(digits) => (16, digits),
            None if token.starts_with('0') => (8, &token[1..]),
            None => (10, token),
        },
    };
    let mut value = 0i64;
    for c in digits.chars() {
        let digit = match c {
            '0'..='9' => i64::from(c as u8 - b'0'),
            'a'..='z' => i64::from(c as u8 - b'a') + 10,
            'A'..='Z' if base <= 36 => i64::from(c as u8 - b'A') + 10,
            'A'..='Z' => i64::from(c as u8 - b'A') + 36,
            '@' => 62,
            '_' => 63,
            _ => return error("invalid number"),
        };
        if digit >= base {
            return error("value too great for base");
        }
        value = value.wrapping_mul(base).wrapping_add(digit);
    }
    Ok(value)
}
