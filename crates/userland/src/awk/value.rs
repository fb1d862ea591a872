//! awk's values: numbers, strings, and input that may be either.

use std::rc::Rc;

use machine::libc::printf;

/// A value: a number, a string, or what was read and looks like a number.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Number(f64),
    Text(Rc<str>),
    /// Input: compared as a number if it looks like one.
    Input(Rc<str>),
    Nothing,
}

pub(super) fn number_of(text: &str) -> f64 {
    let text = text.trim_start();
    let mut end = 0;
    let bytes = text.as_bytes();
    let mut seen_dot = false;
    while let Some(&byte) = bytes.get(end) {
        let good = byte.is_ascii_digit()
            || (end == 0 && (byte == b'-' || byte == b'+'))
            || (byte == b'.' && !std::mem::replace(&mut seen_dot, true));
        if !good {
            break;
        }
        end += 1;
    }
    if bytes.get(end).is_some_and(|b| *b == b'e' || *b == b'E') {
        let signed = usize::from(bytes.get(end + 1).is_some_and(|b| *b == b'-' || *b == b'+'));
        let digits = bytes[end + 1 + signed..].iter().take_while(|b| b.is_ascii_digit()).count();
        if digits > 0 {
            end += 1 + signed + digits;
        }
    }
    text[..end].parse().unwrap_or(0.0)
}

pub(super) fn looks_numeric(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty()
        && text.parse::<f64>().is_ok()
        && text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
}

pub(super) fn text_of_number(number: f64, format: &str) -> String {
    if number.fract() == 0.0 && number.abs() < 1e16 {
        return format!("{}", number as i64);
    }
    String::from_utf8_lossy(&printf::format(format, &[number.to_string()]).bytes).into_owned()
}

impl Value {
    pub(super) fn number(&self) -> f64 {
        match self {
            Value::Number(number) => *number,
            Value::Text(text) | Value::Input(text) => number_of(text),
            Value::Nothing => 0.0,
        }
    }

    pub(super) fn text(&self) -> Rc<str> {
        match self {
            Value::Number(number) => text_of_number(*number, "%.6g").into(),
            Value::Text(text) | Value::Input(text) => text.clone(),
            Value::Nothing => "".into(),
        }
    }

    /// How many bytes of text it holds.
    pub(super) fn length(&self) -> usize {
        match self {
            Value::Text(text) | Value::Input(text) => text.len(),
            Value::Number(_) | Value::Nothing => 0,
        }
    }

    pub(super) fn truth(&self) -> bool {
        match self {
            Value::Number(number) => *number != 0.0,
            Value::Input(text) if looks_numeric(text) => number_of(text) != 0.0,
            Value::Text(text) | Value::Input(text) => !text.is_empty(),
            Value::Nothing => false,
        }
    }

    pub(super) fn is_numeric(&self) -> bool {
        match self {
            Value::Number(_) | Value::Nothing => true,
            Value::Input(text) => looks_numeric(text),
            Value::Text(_) => false,
        }
    }
}

/// Fills a format in; fails if that gives too long a text.
pub(super) fn sprintf(format: &str, given: &[Value]) -> Result<String, String> {
    // awk reads no escapes here (the string had its own) and uses a format once.
    let escaped = format.replace('\\', "\\\\");
    let wanted = format.replace("%%", "").matches('%').count();
    let mut values: Vec<String> = given.iter().take(wanted).map(|value| value.text().to_string()).collect();
    values.resize(wanted, String::new());
    // `%d` cuts a fraction off; `%c` of a number is that character.
    let mut kinds = format.replace("%%", "");
    for (at, value) in values.iter_mut().enumerate() {
        let number = given.get(at).map_or(0.0, Value::number);
        let Some(sign) = kinds.find('%') else { break };
        let kind = kinds[sign + 1..].chars().find(char::is_ascii_alphabetic);
        kinds = kinds[sign + 1..].to_owned();
        match kind {
            Some('d' | 'i' | 'x' | 'X' | 'o' | 'u') => *value = (number.trunc() as i64).to_string(),
            Some('f' | 'e' | 'g' | 'F' | 'E' | 'G') => *value = number.to_string(),
            Some('c') if looks_numeric(value) => {
                *value = char::from_u32(number as u32).map(String::from).unwrap_or_default();
            }
            _ => {}
        }
    }
    let printed = printf::format(&escaped, &values);
    if printed.too_long {
        return Err("a string grew too long".to_owned());
    }
    Ok(String::from_utf8_lossy(&printed.bytes).into_owned())
}

pub(super) fn arithmetic(operator: &str, left: f64, right: f64) -> Result<f64, String> {
    Ok(match operator {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" => left / right,
        "%" => left % right,
        _ => left.powf(right),
    })
}

pub(super) fn unescape(text: &str) -> String {
    let (bytes, _) = machine::libc::escape::unescape(text.as_bytes(), false);
    String::from_utf8_lossy(&bytes).into_owned()
}
