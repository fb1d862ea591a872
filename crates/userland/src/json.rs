//! JSON as `jq` holds it: objects keep the order in which their keys came.

use std::cmp::Ordering;
use std::rc::Rc;

/// Deepest nesting of arrays and objects.
const DEPTH_LIMIT: usize = 256;

/// A value. Copies share.
#[derive(Clone, Debug)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(f64),
    Text(Rc<str>),
    Array(Rc<Vec<Json>>),
    Object(Rc<Vec<(Rc<str>, Json)>>),
}

impl Json {
    /// A string.
    pub(crate) fn text(text: impl AsRef<str>) -> Json {
        Json::Text(text.as_ref().into())
    }

    /// An array.
    pub(crate) fn array(items: Vec<Json>) -> Json {
        Json::Array(Rc::new(items))
    }

    /// An object of keys that all differ.
    pub(crate) fn object(entries: Vec<(Rc<str>, Json)>) -> Json {
        Json::Object(Rc::new(entries))
    }

    /// What `type` says.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "boolean",
            Json::Number(_) => "number",
            Json::Text(_) => "string",
            Json::Array(_) => "array",
            Json::Object(_) => "object",
        }
    }

    /// Everything but `null` and `false` is true.
    pub(crate) fn truth(&self) -> bool {
        !matches!(self, Json::Null | Json::Bool(false))
    }

    /// The value under a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Json::Object(entries) => entries.iter().find(|(known, _)| &**known == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// An object with a key set, or without it (`None`).
    pub(crate) fn with(entries: &Rc<Vec<(Rc<str>, Json)>>, key: &str, value: Option<Json>) -> Json {
        let mut entries = entries.clone();
        let all = Rc::make_mut(&mut entries);
        let at = all.iter().position(|(known, _)| &**known == key);
        match (at, value) {
            (Some(at), Some(value)) => all[at].1 = value,
            (Some(at), None) => drop(all.remove(at)),
            (None, Some(value)) => all.push((key.into(), value)),
            (None, None) => {}
        }
        Json::Object(entries)
    }

    /// The keys in order.
    pub(crate) fn sorted_keys(&self) -> Vec<Rc<str>> {
        let Json::Object(entries) = self else { return Vec::new() };
        let mut keys: Vec<Rc<str>> = entries.iter().map(|(key, _)| key.clone()).collect();
        sim::order::sort_by(&mut keys, |a, b| a.cmp(b));
        keys
    }

    fn rank(&self) -> u8 {
        match self {
            Json::Null => 0,
            Json::Bool(false) => 1,
            Json::Bool(true) => 2,
            Json::Number(_) => 3,
            Json::Text(_) => 4,
            Json::Array(_) => 5,
            Json::Object(_) => 6,
        }
    }

    /// jq's order of all values.
    pub(crate) fn order(&self, other: &Json) -> Ordering {
        match (self, other) {
            (Json::Number(a), Json::Number(b)) => {
                if a.is_nan() {
                    Ordering::Less
                } else {
                    a.partial_cmp(b).unwrap_or(Ordering::Greater)
                }
            }
            (Json::Text(a), Json::Text(b)) => a.cmp(b),
            (Json::Array(a), Json::Array(b)) => {
                let first = a.iter().zip(b.iter()).map(|(a, b)| a.order(b)).find(|order| order.is_ne());
                first.unwrap_or_else(|| a.len().cmp(&b.len()))
            }
            (Json::Object(_), Json::Object(_)) => {
                let (a, b) = (self.sorted_keys(), other.sorted_keys());
                if a != b {
                    return a.cmp(&b);
                }
                let value = |json: &Json, key: &str| json.get(key).cloned().unwrap_or(Json::Null);
                let first = a.iter().map(|key| value(self, key).order(&value(other, key))).find(|order| order.is_ne());
                first.unwrap_or(Ordering::Equal)
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

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

/// Reads values from a text, one after the other.
pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
}

/// What is wrong with JSON, and where.
pub(crate) struct Wrong {
    /// In jq's words.
    pub text: &'static str,
    /// The byte at which it was seen.
    pub at: usize,
}

impl<'a> Reader<'a> {
    /// Over a text.
    pub(crate) fn new(text: &'a str) -> Self {
        Reader { text, at: 0 }
    }

    /// How many bytes were read.
    pub(crate) fn place(&self) -> usize {
        self.at
    }

    /// The next value; `None` at the end.
    pub(crate) fn next_value(&mut self) -> Option<Result<Json, Wrong>> {
        self.skip();
        if self.at == self.text.len() { None } else { Some(self.value(0)) }
    }

    fn skip(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == 0x1e).count();
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn wrong<T>(&self, text: &'static str) -> Result<T, Wrong> {
        Err(Wrong { text, at: self.at })
    }

    fn value(&mut self, depth: usize) -> Result<Json, Wrong> {
        self.skip();
        if depth > DEPTH_LIMIT {
            return self.wrong("Exceeds depth limit for parsing");
        }
        match self.peek() {
            Some(b'{') => {
                self.at += 1;
                let mut entries: Vec<(Rc<str>, Json)> = Vec::new();
                self.skip();
                if self.peek() == Some(b'}') {
                    self.at += 1;
                    return Ok(Json::object(entries));
                }
                loop {
                    self.skip();
                    match self.peek() {
                        Some(b'"') => {}
                        None => return self.wrong("Unfinished JSON term"),
                        Some(b'}' | b',') => {
                            self.at += 1;
                            return self.wrong("Expected another key-value pair");
                        }
                        Some(b'{' | b'[') => return self.wrong("Object keys must be strings"),
                        Some(_) => {
                            self.word()?;
                            self.at += 1;
                            return self.wrong("Object keys must be strings");
                        }
                    }
                    let key = self.string()?;
                    self.skip();
                    match self.peek() {
                        Some(b':') => self.at += 1,
                        None => return self.wrong("Unfinished JSON term"),
                        Some(_) => {
                            self.value(depth + 1)?;
                            self.at += 1;
                            return self.wrong("Expected separator between values");
                        }
                    }
                    let value = self.value(depth + 1)?;
                    match entries.iter_mut().find(|(known, _)| **known == *key) {
                        Some(entry) => entry.1 = value,
                        None => entries.push((key.into(), value)),
                    }
                    self.skip();
                    match self.peek() {
                        Some(b',') => self.at += 1,
                        Some(b'}') => {
                            self.at += 1;
                            return Ok(Json::object(entries));
                        }
                        None => return self.wrong("Unfinished JSON term"),
                        Some(_) => {
                            self.at += 1;
                            return self.wrong("Expected separator between values");
                        }
                    }
                }
            }
            Some(b'[') => {
                self.at += 1;
                let mut items = Vec::new();
                self.skip();
                if self.peek() == Some(b']') {
                    self.at += 1;
                    return Ok(Json::array(items));
                }
                loop {
                    self.skip();
                    if let Some(b']' | b',') = self.peek() {
                        self.at += 1;
                        return self.wrong("Expected another array element");
                    }
                    items.push(self.value(depth + 1)?);
                    self.skip();
                    match self.peek() {
                        Some(b',') => self.at += 1,
                        Some(b']') => {
                            self.at += 1;
                            return Ok(Json::array(items));
                        }
                        None => return self.wrong("Unfinished JSON term"),
                        Some(_) => {
                            self.at += 1;
                            return self.wrong("Expected separator between values");
                        }
                    }
                }
            }
            Some(b'"') => Ok(Json::Text(self.string()?.into())),
            Some(b'}') => {
                self.at += 1;
                self.wrong("Unmatched '}'")
            }
            Some(b']') => {
                self.at += 1;
                self.wrong("Unmatched ']'")
            }
            Some(b',') => {
                self.at += 1;
                self.wrong("Expected value before ','")
            }
            Some(b':') => {
                self.at += 1;
                self.wrong("':' not as part of an object")
            }
            None => self.wrong("Unfinished JSON term"),
            Some(_) => self.word(),
        }
    }

    /// A number, or a word: everything up to what separates values.
    fn word(&mut self) -> Result<Json, Wrong> {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| c.is_ascii_whitespace() || "{}[],:\"".contains(c)).unwrap_or(rest.len());
        let word = &rest[..end];
        let value = match word {
            "null" => Json::Null,
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            "nan" => Json::Number(f64::NAN),
            word => {
                let number = word.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
                match word.parse::<f64>().ok().filter(|_| number) {
                    Some(value) => Json::Number(value),
                    None => {
                        // jq sees it at the character that ends the word.
                        self.at += end + usize::from(end < rest.len());
                        let text = match word.starts_with(['t', 'f', 'n', '\'']) {
                            true if !word.starts_with('\'') => "Invalid literal",
                            _ => "Invalid numeric literal",
                        };
                        return self.wrong(text);
                    }
                }
            }
        };
        self.at += end;
        Ok(value)
    }

    fn string(&mut self) -> Result<String, Wrong> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let Some(stop) = rest.find(['"', '\\']) else {
                self.at = self.text.len();
                return self.wrong("Unfinished string");
            };
            text.push_str(&rest[..stop]);
            self.at += stop + 1;
            if rest.as_bytes()[stop] == b'"' {
                return Ok(text);
            }
            let Some(c) = self.peek() else { return self.wrong("Unfinished string") };
            self.at += 1;
            text.push(match c {
                b'n' => '\n',
                b't' => '\t',
                b'r' => '\r',
                b'b' => '\u{8}',
                b'f' => '\u{c}',
                b'"' | b'\\' | b'/' => char::from(c),
                b'u' => {
                    let unit = |at: usize| {
                        let digits = self.text.get(at..at + 4)?;
                        u16::from_str_radix(digits, 16).ok()
                    };
                    let Some(first) = unit(self.at) else { return self.wrong("Invalid escape") };
                    self.at += 4;
                    let mut units = vec![first];
                    if (0xd800..0xdc00).contains(&first)
                        && self.text[self.at..].starts_with("\\u")
                        && let Some(second) = unit(self.at + 2).filter(|unit| (0xdc00..0xe000).contains(unit))
                    {
                        units.push(second);
                        self.at += 6;
                    }
                    char::decode_utf16(units).next().and_then(Result::ok).unwrap_or('\u{fffd}')
                }
                _ => return self.wrong("Invalid escape"),
            });
        }
    }
}
