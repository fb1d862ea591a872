//! What a plain scalar means, by YAML 1.1 as go-yaml v2 reads it.

use serde_json::{Number, Value};

/// The value of a plain scalar: `yes` is a truth, `0644` an octal, `1e3` a number, `2001-01-01` a text.
pub fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => return Value::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Value::Bool(false);
        }
        _ => {}
    }
    if text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'))
        && let Some(number) = number(text)
    {
        return Value::Number(number);
    }
    Value::String(text.to_owned())
}

/// The number a plain scalar is, if it is one.
fn number(text: &str) -> Option<Number> {
    let plain = text.replace('_', "");
    if let Some(number) = integer(&plain) {
        return Some(number);
    }
    if !is_float(&plain) {
        return None;
    }
    // JSON as Go writes it has no fraction for a number that is whole: `2.0`, and `0008`, which is no octal.
    let float = plain.parse::<f64>().ok()?;
    if float == float.trunc() && float.abs() < 9e15 { Some((float as i64).into()) } else { Number::from_f64(float) }
}

fn integer(text: &str) -> Option<Number> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.get(..2) {
        Some("0x") => (16, &lower[2..]),
        Some("0b") => (2, &lower[2..]),
        Some("0o") => (8, &lower[2..]),
        _ if lower.len() > 1 && lower.starts_with('0') => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let number = i128::from_str_radix(digits, radix).ok()?;
    let number = if negative { -number } else { number };
    match (i64::try_from(number), u64::try_from(number)) {
        (Ok(number), _) => Some(number.into()),
        (_, Ok(number)) => Some(number.into()),
        _ => None,
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).count();
    let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let whole = digits(rest);
    let mut rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let count = digits(fraction);
        if whole == 0 && count == 0 {
            return false;
        }
        rest = &fraction[count..];
    } else if whole == 0 {
        return false;
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        let count = digits(exponent);
        return count > 0 && count == exponent.len();
    }
    rest.is_empty()
}

/// Whether a text written plain would be read back as something else than this text: then a writer quotes it.
pub fn needs_quotes(text: &str) -> bool {
    !plain(text).is_string() || is_special(text) || is_base60(text) || is_timestamp(text)
}

fn is_special(text: &str) -> bool {
    matches!(
        text,
        ".nan"
            | ".NaN"
            | ".NAN"
            | ".inf"
            | ".Inf"
            | ".INF"
            | "+.inf"
            | "+.Inf"
            | "+.INF"
            | "-.inf"
            | "-.Inf"
            | "-.INF"
            | "<<"
    )
}

/// `1:30`, which YAML 1.1 reads as a number to the base of 60.
fn is_base60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit()) || !text.contains(':') {
        return false;
    }
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut parts = whole.split(':');
    parts.next().is_some_and(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit() || c == '_'))
        && parts.all(|part| {
            (1..=2).contains(&part.len())
                && part.chars().all(|c| c.is_ascii_digit())
                && (part.len() == 1 || part < "60")
        })
        && fraction.chars().all(|c| c.is_ascii_digit() || c == '_')
}

/// `2001-01-01` and `2001-01-01T10:00:00Z`.
fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    if digits != 4 || bytes.get(4) != Some(&b'-') {
        return false;
    }
    let mut rest = &text[5..];
    for separator in ["-", ""] {
        let count = rest.chars().take_while(char::is_ascii_digit).count();
        if !(1..=2).contains(&count) {
            return false;
        }
        rest = &rest[count..];
        let Some(after) = rest.strip_prefix(separator) else { return false };
        rest = after;
    }
    let Some(clock) = rest.strip_prefix(['T', 't', ' ']) else { return rest.is_empty() };
    clock.split(':').count() == 3
        && clock.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '.' | 'Z' | '+' | '-' | ' '))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn plain_scalars_mean_what_go_yaml_reads() {
        for (text, value) in [
            ("yes", json!(true)),
            ("off", json!(false)),
            ("0644", json!(420)),
            ("0o17", json!(15)),
            ("0x1F", json!(31)),
            ("1_000", json!(1000)),
            ("-12", json!(-12)),
            ("+12", json!(12)),
            ("18446744073709551615", json!(18_446_744_073_709_551_615_u64)),
            ("1.5", json!(1.5)),
            ("1e3", json!(1000)),
            ("2.0", json!(2)),
            ("0008", json!(8)),
            (".5", json!(0.5)),
            ("~", json!(null)),
            ("", json!(null)),
            ("10Mi", json!("10Mi")),
            ("1.14.2", json!("1.14.2")),
            ("089", json!(89)),
            ("-", json!("-")),
            (".", json!(".")),
            ("2001-01-01", json!("2001-01-01")),
            ("yEs", json!("yEs")),
        ] {
            assert_eq!(plain(text), value, "{text}");
        }
    }

    #[test]
    fn texts_that_look_like_something_else_are_quoted() {
        for text in ["true", "1", "", "1:30", "2026-11-22T10:25:07Z", "2026-11-22", "on", "null", "1e3", ".inf"] {
            assert!(needs_quotes(text), "{text}");
        }
        for text in ["nginx:1.14.2", "10.96.0.1", "10Mi", "a:1", "12:99", "2026-11", "v1"] {
            assert!(!needs_quotes(text), "{text}");
        }
    }
}
