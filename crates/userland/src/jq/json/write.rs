//! Writing values.

use super::Json;

/// How JSON is written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Style {
    /// What a level is indented by; `None` writes one line.
    pub indent: Option<usize>,
    /// With tabs.
    pub tabs: bool,
    /// Keys in order.
    pub sorted: bool,
    /// Characters beyond ASCII as `\u` escapes.
    pub ascii: bool,
    /// With a terminal's colours.
    pub color: bool,
}

/// Writes a number as jq does: no more digits than tell it from its neighbours, with an exponent where many zeros would be.
pub(crate) fn number_text(number: f64) -> String {
    if number.is_nan() {
        return "null".to_owned();
    }
    let number = number.clamp(-f64::MAX, f64::MAX);
    if number == 0.0 {
        return if number.is_sign_negative() { "-0".to_owned() } else { "0".to_owned() };
    }
    let text = format!("{:e}", number.abs());
    let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
    let digits = digits.replace('.', "");
    let place = power.parse::<i32>().unwrap_or(0) + 1; // of the point, among the digits
    let count = digits.len() as i32;
    let sign = if number < 0.0 { "-" } else { "" };
    if place <= -4 || place > count + 15 {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let power = place - 1;
        return format!("{sign}{first}{point}{rest}e{}{:02}", if power < 0 { '-' } else { '+' }, power.abs());
    }
    match place {
        place if place <= 0 => format!("{sign}0.{}{digits}", "0".repeat(place.unsigned_abs() as usize)),
        place if place >= count => format!("{sign}{digits}{}", "0".repeat((place - count) as usize)),
        place => format!("{sign}{}.{}", &digits[..place as usize], &digits[place as usize..]),
    }
}

fn write_text(text: &str, ascii: bool, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if u32::from(c) < 0x20 || u32::from(c) == 0x7f => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c if ascii && !c.is_ascii() => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

const RESET: &str = "\u{1b}[0m";

impl Json {
    /// Written on one line.
    pub(crate) fn compact(&self) -> String {
        self.written(Style::default())
    }

    /// Written in a style.
    pub(crate) fn written(&self, style: Style) -> String {
        let mut out = String::new();
        self.write(style, 0, &mut out);
        out
    }

    fn write(&self, style: Style, depth: usize, out: &mut String) {
        let color = match self {
            _ if !style.color => "",
            Json::Null => "\u{1b}[1;30m",
            Json::Text(_) => "\u{1b}[0;32m",
            Json::Array(_) | Json::Object(_) => "\u{1b}[1;39m",
            _ => "\u{1b}[0;39m",
        };
        let end = if style.color { RESET } else { "" };
        out.push_str(color);
        let line = |depth: usize, out: &mut String| {
            if let Some(indent) = style.indent {
                out.push('\n');
                if style.tabs {
                    out.extend(std::iter::repeat_n('\t', depth));
                } else {
                    out.extend(std::iter::repeat_n(' ', depth * indent));
                }
            }
        };
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(on) => out.push_str(if *on { "true" } else { "false" }),
            Json::Number(number) => out.push_str(&number_text(*number)),
            Json::Text(text) => write_text(text, style.ascii, out),
            Json::Array(items) if items.is_empty() => out.push_str("[]"),
            Json::Object(entries) if entries.is_empty() => out.push_str("{}"),
            Json::Array(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push_str(color);
                        out.push(',');
                    }
                    line(depth + 1, out);
                    item.write(style, depth + 1, out);
                }
                out.push_str(color);
                line(depth, out);
                out.push_str(color);
                out.push(']');
            }
            Json::Object(entries) => {
                out.push('{');
                let sorted = if style.sorted { self.sorted_keys() } else { Vec::new() };
                let in_order: Vec<(&str, &Json)> = match style.sorted {
                    true => sorted.iter().filter_map(|key| Some((&**key, self.get(key)?))).collect(),
                    false => entries.iter().map(|(key, value)| (&**key, value)).collect(),
                };
                for (at, (key, value)) in in_order.into_iter().enumerate() {
                    if at > 0 {
                        out.push_str(color);
                        out.push(',');
                    }
                    line(depth + 1, out);
                    out.push_str(end);
                    out.push_str(if style.color { "\u{1b}[34;1m" } else { "" });
                    write_text(key, style.ascii, out);
                    out.push_str(end);
                    out.push_str(color);
                    out.push(':');
                    out.push_str(if style.indent.is_some() { " " } else { "" });
                    out.push_str(end);
                    value.write(style, depth + 1, out);
                }
                out.push_str(color);
                line(depth, out);
                out.push_str(color);
                out.push('}');
            }
        }
        out.push_str(end);
    }
}
