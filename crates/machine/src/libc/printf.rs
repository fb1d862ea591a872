//! The formats of `printf`, of the program and of the shell's builtin.

use super::escape::unescape;
use super::quote::{quote_always, quote_if_needed};

/// What a format and its arguments gave.
pub struct Printed {
    /// The text.
    pub bytes: Vec<u8>,
    /// What was wrong, without the program's name.
    pub complaints: Vec<String>,
    /// The text would have been longer than [`LIMIT`]: there is none, and a complaint says so.
    pub too_long: bool,
}

/// The longest text a format may give.
pub const LIMIT: usize = 1 << 20;

/// Writes a time: its format, and the argument if there is one.
pub type TimeFn<'a> = dyn Fn(&str, Option<&str>) -> String + 'a;

/// What differs between the program and bash's builtin.
#[derive(Clone, Copy)]
pub struct Dialect<'a> {
    /// What `%q` makes of a text.
    pub quote: fn(&str) -> String,
    /// What `%(format)T` makes of its format and its argument.
    pub time: Option<&'a TimeFn<'a>>,
}

/// Fills `pattern` in with `values`, again and again while values are left, as the program does.
pub fn format(pattern: &str, values: &[String]) -> Printed {
    format_as(pattern, values, Dialect { quote: quote_if_needed, time: None })
}

/// Likewise, as a dialect has it.
pub fn format_as(pattern: &str, values: &[String], dialect: Dialect) -> Printed {
    let mut printed = Printed { bytes: Vec::new(), complaints: Vec::new(), too_long: false };
    let mut values = values.iter();
    loop {
        let before = values.len();
        let stop = once(pattern, &mut values, &mut printed, dialect);
        if printed.too_long || printed.bytes.len() > LIMIT {
            let complaints = vec!["write error: Cannot allocate memory".to_owned()];
            return Printed { bytes: Vec::new(), complaints, too_long: true };
        }
        if stop || values.len() == 0 || values.len() == before {
            return printed;
        }
    }
}

fn once(pattern: &str, values: &mut std::slice::Iter<String>, printed: &mut Printed, dialect: Dialect) -> bool {
    let mut rest = pattern;
    while let Some(at) = rest.find('%') {
        let (bytes, stop) = unescape(&rest.as_bytes()[..at], false);
        printed.bytes.extend(bytes);
        if stop {
            return true;
        }
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            printed.bytes.push(b'%');
            rest = after;
            continue;
        }
        let flags: String = rest.chars().take_while(|c| "-+ 0#'".contains(*c)).collect();
        rest = &rest[flags.len()..];
        let mut flags = flags;
        let mut width = number(&mut rest, values);
        if width.is_some_and(|width| width < 0) {
            flags.push('-');
            width = width.map(i64::saturating_neg);
        }
        let mut precision = None;
        if let Some(after) = rest.strip_prefix('.') {
            rest = after;
            precision = Some(number(&mut rest, values).unwrap_or(0));
        }
        rest = rest.trim_start_matches(['h', 'l', 'L', 'j', 'z', 't']);
        let Some(kind) = rest.chars().next() else {
            printed.complaints.push(format!("'%{flags}': missing conversion specifier"));
            return true;
        };
        rest = &rest[kind.len_utf8()..];
        let width = usize::try_from(width.unwrap_or(0)).unwrap_or(0);
        let precision = precision.map(|p| usize::try_from(p).unwrap_or(0));
        // Of a string a precision takes away; to a number it adds.
        let longest = width.max(precision.filter(|_| !"sbcq".contains(kind)).unwrap_or(0));
        if longest > LIMIT || printed.bytes.len() > LIMIT {
            printed.too_long = true;
            return true;
        }
        let mut body = Vec::new();
        match kind {
            's' | 'b' | 'c' | 'q' => {
                let value = values.next().cloned().unwrap_or_default();
                let (bytes, stop) = match kind {
                    'b' => unescape(value.as_bytes(), true),
                    'c' => (value.chars().next().map(String::from).unwrap_or_default().into_bytes(), false),
                    'q' => ((dialect.quote)(&value).into_bytes(), false),
                    _ => (value.into_bytes(), false),
                };
                body = bytes;
                if let Some(precision) = precision.filter(|_| kind != 'c') {
                    body.truncate(precision);
                }
                if stop {
                    printed.bytes.extend(body);
                    return true;
                }
            }
            'd' | 'i' | 'u' | 'x' | 'X' | 'o' => {
                let value = integer(values.next().map_or("0", String::as_str), &mut printed.complaints);
                let mut digits = match kind {
                    'x' => format!("{value:x}"),
                    'X' => format!("{value:X}"),
                    'o' => format!("{value:o}"),
                    'u' => (value as u64).to_string(),
                    _ => value.unsigned_abs().to_string(),
                };
                if let Some(precision) = precision {
                    digits = zeros(precision, &digits);
                }
                let sign = match kind {
                    'd' | 'i' if value < 0 => "-",
                    'd' | 'i' if flags.contains('+') => "+",
                    'd' | 'i' if flags.contains(' ') => " ",
                    'x' if flags.contains('#') && value != 0 => "0x",
                    'X' if flags.contains('#') && value != 0 => "0X",
                    'o' if flags.contains('#') => "0",
                    _ => "",
                };
                if flags.contains('0') && !flags.contains('-') && precision.is_none() {
                    let room = width.saturating_sub(sign.len());
                    digits = zeros(room, &digits);
                }
                body.extend(sign.bytes().chain(digits.bytes()));
            }
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
                let text = values.next().map_or("0", String::as_str);
                let value = text.trim().parse::<f64>().unwrap_or_else(|_| {
                    printed.complaints.push(format!("{}: expected a numeric value", quote_always(text)));
                    0.0
                });
                let mut text = float(value, kind, precision.unwrap_or(6));
                if flags.contains('+') && value >= 0.0 {
                    text.insert(0, '+');
                }
                if flags.contains('0') && !flags.contains('-') {
                    let sign = usize::from(text.starts_with(['+', '-']));
                    let zeros = width.saturating_sub(text.len());
                    text.insert_str(sign, &"0".repeat(zeros));
                }
                body = text.into_bytes();
            }
            '(' if dialect.time.is_some() && rest.contains(")T") => {
                let (pattern, after) = rest.split_once(")T").unwrap_or((rest, ""));
                rest = after;
                let value = values.next().map(String::as_str);
                body = dialect.time.map_or_else(String::new, |time| time(pattern, value)).into_bytes();
            }
            other => {
                printed.complaints.push(format!("%{flags}{other}: invalid conversion specification"));
                return true;
            }
        }
        let shown = String::from_utf8_lossy(&body).chars().count();
        let padding = vec![b' '; width.saturating_sub(shown)];
        if flags.contains('-') {
            printed.bytes.extend(body.into_iter().chain(padding));
        } else {
            printed.bytes.extend(padding.into_iter().chain(body));
        }
    }
    let (bytes, stop) = unescape(rest.as_bytes(), false);
    printed.bytes.extend(bytes);
    stop
}

/// Puts zeros before digits, up to a width.
fn zeros(width: usize, digits: &str) -> String {
    "0".repeat(width.saturating_sub(digits.len())) + digits
}

/// No number has more digits than so many; what comes after them is zeros.
const DIGITS: usize = 1_100;

/// Writes a number as C's `%e`, `%f` or `%g` does.
pub fn float(value: f64, kind: char, precision: usize) -> String {
    let more = if value.is_finite() { "0".repeat(precision.saturating_sub(DIGITS)) } else { String::new() };
    let precision = precision.min(DIGITS);
    let text = match kind.to_ascii_lowercase() {
        'f' => format!("{value:.precision$}") + &more,
        'e' if !more.is_empty() => {
            let text = exponent(value, precision);
            text.split_once('e').map_or(text.clone(), |(digits, power)| format!("{digits}{more}e{power}"))
        }
        'e' => exponent(value, precision),
        _ => {
            let precision = precision.max(1);
            let written = exponent(value, precision - 1);
            let power: i32 = written.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0);
            let text = if power < -4 || power >= precision as i32 {
                written
            } else {
                format!("{value:.*}", usize::try_from(precision as i32 - 1 - power).unwrap_or(0))
            };
            match text.split_once('e') {
                Some((digits, power)) if digits.contains('.') => {
                    format!("{}e{power}", digits.trim_end_matches('0').trim_end_matches('.'))
                }
                None if text.contains('.') => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
                _ => text,
            }
        }
    };
    if kind.is_ascii_uppercase() { text.to_ascii_uppercase() } else { text }
}

fn exponent(value: f64, precision: usize) -> String {
    let text = format!("{value:.precision$e}");
    match text.split_once('e') {
        Some((digits, power)) => {
            let power: i32 = power.parse().unwrap_or(0);
            format!("{digits}e{}{:02}", if power < 0 { '-' } else { '+' }, power.abs())
        }
        None => text,
    }
}

fn number(rest: &mut &str, values: &mut std::slice::Iter<String>) -> Option<i64> {
    if let Some(after) = rest.strip_prefix('*') {
        *rest = after;
        return Some(values.next().and_then(|value| value.parse().ok()).unwrap_or(0));
    }
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    *rest = &rest[digits.len()..];
    (!digits.is_empty()).then(|| digits.parse().unwrap_or(i64::MAX))
}

fn integer(text: &str, complaints: &mut Vec<String>) -> i64 {
    let trimmed = text.trim_start();
    if let Some(quoted) = trimmed.strip_prefix(['\'', '"']) {
        return quoted.chars().next().map_or(0, |c| i64::from(u32::from(c)));
    }
    let (sign, digits) = match trimmed.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let (digits, radix) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => (hex, 16),
        None if digits.len() > 1 && digits.starts_with('0') => (&digits[1..], 8),
        None => (digits, 10),
    };
    let good: String = digits.chars().take_while(|c| c.is_digit(radix)).collect();
    let value = i64::from_str_radix(&good, radix).unwrap_or(0);
    if good.len() != digits.len() || digits.is_empty() {
        complaints.push(if good.is_empty() {
            format!("{}: expected a numeric value", quote_always(text))
        } else {
            format!("{}: value not completely converted", quote_always(text))
        });
    }
    sign * value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_print_as_in_c() {
        for (pattern, values, expected) in [
            ("%s\\n", &["a", "b"][..], "a\nb\n"),
            ("%5s|%-5s|", &["ab", "cd"], "   ab|cd   |"),
            ("%03d %x %o %+d", &["7", "255", "8", "3"], "007 ff 10 +3"),
            ("%.2f %5.1f", &["3.14159", "2.25"], "3.14   2.2"),
            ("%g %g %e", &["0.00001", "100000", "12345"], "1e-05 100000 1.234500e+04"),
            ("%%|%c|%b", &["xyz", "a\\tb"], "%|x|a\tb"),
            ("\\101\\n", &[], "A\n"),
            ("%s-%s\\n", &["a", "b", "c"], "a-b\nc-\n"),
            ("%d", &["'A"], "65"),
        ] {
            let values: Vec<String> = values.iter().map(|v| (*v).to_owned()).collect();
            assert_eq!(String::from_utf8(format(pattern, &values).bytes).unwrap(), expected, "{pattern}");
        }
        assert_eq!(format("%d", &["x".to_owned()]).complaints, ["'x': expected a numeric value"]);
        assert_eq!(format("%d", &["3x".to_owned()]).complaints, ["'3x': value not completely converted"]);
    }
}
