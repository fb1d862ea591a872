//! Reading values.

use std::rc::Rc;

use super::Json;

/// Deepest nesting of arrays and objects.
const DEPTH_LIMIT: usize = 256;

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
