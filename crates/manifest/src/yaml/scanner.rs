//! Characters to tokens.

mod scalars;

use std::collections::VecDeque;

use super::{Mark, Stage, Style, SyntaxError};

/// What a [`Token`] is.
#[derive(Clone, PartialEq, Debug)]
pub enum Kind {
    StreamEnd,
    VersionDirective,
    TagDirective(String, String),
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(String),
    Anchor(String),
    Tag(String, String),
    Scalar(String, Style),
}

/// A token with its place.
#[derive(Clone, Debug)]
pub struct Token {
    pub kind: Kind,
    pub start: Mark,
    pub end: Mark,
}

#[derive(Clone, Copy, Default)]
struct SimpleKey {
    possible: bool,
    required: bool,
    token_number: usize,
    mark: Mark,
}

/// Makes tokens of a text.
pub struct Scanner {
    chars: Vec<char>,
    mark: Mark,
    tokens: VecDeque<Token>,
    parsed: usize,
    ended: bool,
    indent: isize,
    indents: Vec<isize>,
    flow_level: usize,
    simple_key_allowed: bool,
    simple_keys: Vec<SimpleKey>,
}

type Result<T> = std::result::Result<T, SyntaxError>;

fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_blank(c: char) -> bool {
    c == ' ' || c == '\t'
}

fn is_breakz(c: char) -> bool {
    c == '\0' || is_break(c)
}

fn is_blankz(c: char) -> bool {
    is_blank(c) || is_breakz(c)
}

fn is_alpha(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

impl Scanner {
    pub fn new(text: &str) -> Result<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.chars().any(|c| !is_allowed(c)) {
            return Err(SyntaxError {
                stage: Stage::Reader,
                problem: "control characters are not allowed".to_owned(),
                mark: first_forbidden(text),
                context: Mark::default(),
            });
        }
        Ok(Scanner {
            chars: text.chars().collect(),
            mark: Mark::default(),
            tokens: VecDeque::new(),
            parsed: 0,
            ended: false,
            indent: -1,
            indents: Vec::new(),
            flow_level: 0,
            simple_key_allowed: true,
            simple_keys: vec![SimpleKey::default()],
        })
    }

    /// The next token, left in place.
    pub fn peek(&mut self) -> Result<&Token> {
        self.fetch_more()?;
        let end = Token { kind: Kind::StreamEnd, start: self.mark, end: self.mark };
        if self.tokens.is_empty() {
            self.tokens.push_back(end);
        }
        Ok(&self.tokens[0])
    }

    /// Takes the next token away.
    pub fn next(&mut self) -> Result<Token> {
        self.peek()?;
        self.parsed += 1;
        let end = Token { kind: Kind::StreamEnd, start: self.mark, end: self.mark };
        Ok(self.tokens.pop_front().unwrap_or(end))
    }

    fn at(&self, ahead: usize) -> char {
        self.chars.get(self.mark.index + ahead).copied().unwrap_or('\0')
    }

    fn skip(&mut self) {
        self.mark.index += 1;
        self.mark.column += 1;
    }

    fn read(&mut self) -> char {
        let c = self.at(0);
        self.skip();
        c
    }

    fn read_line(&mut self) -> char {
        let c = self.at(0);
        self.mark.index += if c == '\r' && self.at(1) == '\n' { 2 } else { 1 };
        self.mark.column = 0;
        self.mark.line += 1;
        if matches!(c, '\u{2028}' | '\u{2029}') { c } else { '\n' }
    }

    fn error<T>(&self, context: Mark, problem: &str) -> Result<T> {
        Err(SyntaxError { stage: Stage::Scanner, problem: problem.to_owned(), mark: self.mark, context })
    }

    fn push(&mut self, kind: Kind, start: Mark) {
        let end = self.mark;
        self.tokens.push_back(Token { kind, start, end });
    }

    fn fetch_more(&mut self) -> Result<()> {
        loop {
            if !self.tokens.is_empty() {
                let head = self.parsed;
                let key = self.simple_keys.iter().copied().find(|key| key.possible && key.token_number == head);
                match key {
                    None => return Ok(()),
                    Some(key) if !self.is_valid(&key)? => {
                        for place in &mut self.simple_keys {
                            if place.token_number == head {
                                place.possible = false;
                            }
                        }
                        return Ok(());
                    }
                    Some(_) => {}
                }
            }
            if self.ended {
                return Ok(());
            }
            self.fetch_next()?;
        }
    }

    /// A simple key must be on one line and short.
    fn is_valid(&self, key: &SimpleKey) -> Result<bool> {
        if !key.possible {
            return Ok(false);
        }
        if key.mark.line < self.mark.line || key.mark.index + 1024 < self.mark.index {
            if key.required {
                return self.error(key.mark, "could not find expected ':'");
            }
            return Ok(false);
        }
        Ok(true)
    }

    fn fetch_next(&mut self) -> Result<()> {
        self.skip_to_next_token();
        self.unroll_indent(self.mark.column as isize);
        let start = self.mark;
        let (c, next) = (self.at(0), self.at(1));
        if c == '\0' && self.mark.index >= self.chars.len() {
            if self.mark.column != 0 {
                self.mark.column = 0;
                self.mark.line += 1;
            }
            self.unroll_indent(-1);
            self.remove_simple_key()?;
            self.simple_key_allowed = false;
            self.ended = true;
            let start = self.mark;
            self.push(Kind::StreamEnd, start);
            return Ok(());
        }
        if start.column == 0 && c == '%' {
            self.unroll_indent(-1);
            self.remove_simple_key()?;
            self.simple_key_allowed = false;
            return self.scan_directive();
        }
        if start.column == 0 && is_blankz(self.at(3)) && next == c && self.at(2) == c && (c == '-' || c == '.') {
            self.unroll_indent(-1);
            self.remove_simple_key()?;
            self.simple_key_allowed = false;
            (0..3).for_each(|_| self.skip());
            self.push(if c == '-' { Kind::DocumentStart } else { Kind::DocumentEnd }, start);
            return Ok(());
        }
        match c {
            '[' | '{' => {
                self.save_simple_key()?;
                self.simple_keys.push(SimpleKey::default());
                self.flow_level += 1;
                self.simple_key_allowed = true;
                self.skip();
                self.push(if c == '[' { Kind::FlowSequenceStart } else { Kind::FlowMappingStart }, start);
            }
            ']' | '}' => {
                self.remove_simple_key()?;
                if self.flow_level > 0 {
                    self.flow_level -= 1;
                    self.simple_keys.pop();
                }
                self.simple_key_allowed = false;
                self.skip();
                self.push(if c == ']' { Kind::FlowSequenceEnd } else { Kind::FlowMappingEnd }, start);
            }
            ',' => {
                self.remove_simple_key()?;
                self.simple_key_allowed = true;
                self.skip();
                self.push(Kind::FlowEntry, start);
            }
            '-' if is_blankz(next) => {
                if self.flow_level == 0 {
                    if !self.simple_key_allowed {
                        return self.error(start, "block sequence entries are not allowed in this context");
                    }
                    self.roll_indent(start.column, None, Kind::BlockSequenceStart, start);
                }
                self.remove_simple_key()?;
                self.simple_key_allowed = true;
                self.skip();
                self.push(Kind::BlockEntry, start);
            }
            '?' if self.flow_level > 0 || is_blankz(next) => {
                if self.flow_level == 0 {
                    if !self.simple_key_allowed {
                        return self.error(start, "mapping keys are not allowed in this context");
                    }
                    self.roll_indent(start.column, None, Kind::BlockMappingStart, start);
                }
                self.remove_simple_key()?;
                self.simple_key_allowed = self.flow_level == 0;
                self.skip();
                self.push(Kind::Key, start);
            }
            ':' if self.flow_level > 0 || is_blankz(next) => self.fetch_value()?,
            '*' | '&' => {
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                self.scan_anchor(c == '&')?;
            }
            '!' => {
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                self.scan_tag()?;
            }
            '|' | '>' if self.flow_level == 0 => {
                self.remove_simple_key()?;
                self.simple_key_allowed = true;
                self.scan_block_scalar(c == '|')?;
            }
            '\'' | '"' => {
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                self.scan_flow_scalar(c)?;
            }
            _ => {
                let indicator = is_blankz(c) || "-?:,[]{}#&*!|>'\"%@`".contains(c);
                let plain = !indicator
                    || (c == '-' && !is_blank(next))
                    || (self.flow_level == 0 && (c == '?' || c == ':') && !is_blankz(next));
                if !plain {
                    return self.error(start, "found character that cannot start any token");
                }
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                self.scan_plain_scalar()?;
            }
        }
        Ok(())
    }

    fn skip_to_next_token(&mut self) {
        loop {
            while self.at(0) == ' '
                || self.at(0) == '\t' && (self.flow_level > 0 || !self.simple_key_allowed)
                || self.at(0) == '\u{feff}' && self.mark.column == 0
            {
                self.skip();
            }
            if self.at(0) == '#' {
                while !is_breakz(self.at(0)) {
                    self.skip();
                }
            }
            if !is_break(self.at(0)) {
                return;
            }
            self.read_line();
            if self.flow_level == 0 {
                self.simple_key_allowed = true;
            }
        }
    }

    fn save_simple_key(&mut self) -> Result<()> {
        if self.simple_key_allowed {
            let required = self.flow_level == 0 && self.indent == self.mark.column as isize;
            self.remove_simple_key()?;
            let token_number = self.parsed + self.tokens.len();
            if let Some(last) = self.simple_keys.last_mut() {
                *last = SimpleKey { possible: true, required, token_number, mark: self.mark };
            }
        }
        Ok(())
    }

    fn remove_simple_key(&mut self) -> Result<()> {
        let key = self.simple_keys.last().copied().unwrap_or_default();
        if key.possible && key.required {
            return self.error(key.mark, "could not find expected ':'");
        }
        if let Some(last) = self.simple_keys.last_mut() {
            last.possible = false;
        }
        Ok(())
    }

    fn roll_indent(&mut self, column: usize, number: Option<usize>, kind: Kind, mark: Mark) {
        let column = column as isize;
        if self.flow_level == 0 && self.indent < column {
            self.indents.push(self.indent);
            self.indent = column;
            let token = Token { kind, start: mark, end: mark };
            match number {
                Some(number) => self.tokens.insert((number - self.parsed).min(self.tokens.len()), token),
                None => self.tokens.push_back(token),
            }
        }
    }

    fn unroll_indent(&mut self, column: isize) {
        while self.flow_level == 0 && self.indent > column {
            let mark = self.mark;
            self.push(Kind::BlockEnd, mark);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn fetch_value(&mut self) -> Result<()> {
        let key = self.simple_keys.last().copied().unwrap_or_default();
        if self.is_valid(&key)? && key.token_number >= self.parsed {
            let token = Token { kind: Kind::Key, start: key.mark, end: key.mark };
            self.tokens.insert((key.token_number - self.parsed).min(self.tokens.len()), token);
            self.roll_indent(key.mark.column, Some(key.token_number), Kind::BlockMappingStart, key.mark);
            if let Some(last) = self.simple_keys.last_mut() {
                last.possible = false;
            }
            self.simple_key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.simple_key_allowed {
                    return self.error(self.mark, "mapping values are not allowed in this context");
                }
                self.roll_indent(self.mark.column, None, Kind::BlockMappingStart, self.mark);
            }
            self.simple_key_allowed = self.flow_level == 0;
        }
        let start = self.mark;
        self.skip();
        self.push(Kind::Value, start);
        Ok(())
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while !is_blankz(self.at(0)) {
            word.push(self.read());
        }
        word
    }

    fn blanks(&mut self) {
        while is_blank(self.at(0)) {
            self.skip();
        }
    }

    fn scan_directive(&mut self) -> Result<()> {
        let start = self.mark;
        self.skip();
        let name = self.word();
        self.blanks();
        let kind = match name.as_str() {
            name if !name.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')) => {
                return self.error(start, "could not find expected directive name");
            }
            "YAML" => {
                let version = self.word();
                if !version.starts_with(|c: char| c.is_ascii_digit()) || !version.contains('.') {
                    return self.error(start, "did not find expected digit or '.' character");
                }
                Kind::VersionDirective
            }
            "TAG" => {
                let handle = self.word();
                self.blanks();
                Kind::TagDirective(handle, self.word())
            }
            _ => return self.error(start, "found unknown directive name"),
        };
        self.push(kind, start);
        self.rest_of_line(start)
    }

    /// After a directive or a block scalar's header: nothing but a comment may stand there.
    fn rest_of_line(&mut self, start: Mark) -> Result<()> {
        self.blanks();
        if self.at(0) == '#' {
            while !is_breakz(self.at(0)) {
                self.skip();
            }
        }
        if !is_breakz(self.at(0)) {
            return self.error(start, "did not find expected comment or line break");
        }
        if is_break(self.at(0)) {
            self.read_line();
        }
        Ok(())
    }

    fn scan_anchor(&mut self, anchor: bool) -> Result<()> {
        let start = self.mark;
        self.skip();
        let mut name = String::new();
        while is_alpha(self.at(0)) {
            name.push(self.read());
        }
        if name.is_empty() || !(is_blankz(self.at(0)) || "?:,]}%@`".contains(self.at(0))) {
            return self.error(start, "did not find expected alphabetic or numeric character");
        }
        self.push(if anchor { Kind::Anchor(name) } else { Kind::Alias(name) }, start);
        Ok(())
    }

    fn scan_tag(&mut self) -> Result<()> {
        let start = self.mark;
        let mut text = String::new();
        let verbatim = self.at(1) == '<';
        while !is_blankz(self.at(0)) && (verbatim || self.flow_level == 0 || !",[]{}".contains(self.at(0))) {
            text.push(self.read());
        }
        let (handle, suffix) = if let Some(uri) = text.strip_prefix("!<").and_then(|uri| uri.strip_suffix('>')) {
            (String::new(), uri.to_owned())
        } else if verbatim {
            return self.error(start, "did not find the expected '>'");
        } else {
            match text[1..].find('!') {
                Some(end) => (text[..end + 2].to_owned(), text[end + 2..].to_owned()),
                None => ("!".to_owned(), text[1..].to_owned()),
            }
        };
        if !is_blankz(self.at(0)) && self.flow_level == 0 {
            return self.error(start, "did not find expected whitespace or line break");
        }
        self.push(Kind::Tag(handle, suffix), start);
        Ok(())
    }
}

fn first_forbidden(text: &str) -> Mark {
    let mut mark = Mark::default();
    for c in text.chars() {
        if !is_allowed(c) {
            break;
        }
        mark.index += 1;
        mark.column += 1;
        if c == '\n' {
            mark.line += 1;
            mark.column = 0;
        }
    }
    mark
}
