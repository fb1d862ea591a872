//! Scalars: plain ones, quoted ones, blocks; and how the lines of each are folded.

use super::{Kind, Mark, Result, Scanner, Style, Token, is_blank, is_blankz, is_break, is_breakz};

/// The two kinds of line folding share this: what was between two pieces of a scalar that spans lines.
#[derive(Default)]
struct Gap {
    leading_blanks: bool,
    whitespaces: String,
    leading_break: String,
    trailing_breaks: String,
}

impl Gap {
    fn flush(&mut self, text: &mut String) {
        if self.leading_blanks {
            if self.leading_break.starts_with('\n') {
                if self.trailing_breaks.is_empty() {
                    text.push(' ');
                }
            } else {
                text.push_str(&self.leading_break);
            }
            text.push_str(&self.trailing_breaks);
        } else {
            text.push_str(&self.whitespaces);
        }
        *self = Gap::default();
    }
}

impl Scanner {
    pub(super) fn scan_block_scalar(&mut self, literal: bool) -> Result<()> {
        let start = self.mark;
        self.skip();
        let (mut chomping, mut increment) = (' ', 0_isize);
        for _ in 0..2 {
            match self.at(0) {
                c @ ('+' | '-') if chomping == ' ' => {
                    chomping = c;
                    self.skip();
                }
                '0' if increment == 0 => return self.error(start, "found an indentation indicator equal to 0"),
                c @ '1'..='9' if increment == 0 => {
                    increment = c as isize - '0' as isize;
                    self.skip();
                }
                _ => {}
            }
        }
        self.rest_of_line(start)?;
        let mut indent = if increment > 0 { self.indent.max(0) + increment } else { 0 } as usize;
        let (mut text, mut leading_break, mut trailing_breaks) = (String::new(), String::new(), String::new());
        let mut end = self.mark;
        self.block_scalar_breaks(&mut indent, &mut trailing_breaks, start, &mut end)?;
        let mut leading_blank = false;
        while self.mark.column == indent && self.at(0) != '\0' {
            let trailing_blank = is_blank(self.at(0));
            if !literal && leading_break.starts_with('\n') && !leading_blank && !trailing_blank {
                if trailing_breaks.is_empty() {
                    text.push(' ');
                }
            } else {
                text.push_str(&leading_break);
            }
            leading_break.clear();
            text.push_str(&trailing_breaks);
            trailing_breaks.clear();
            leading_blank = is_blank(self.at(0));
            while !is_breakz(self.at(0)) {
                text.push(self.read());
            }
            end = self.mark;
            if is_break(self.at(0)) {
                leading_break.push(self.read_line());
            }
            self.block_scalar_breaks(&mut indent, &mut trailing_breaks, start, &mut end)?;
        }
        if chomping != '-' {
            text.push_str(&leading_break);
        }
        if chomping == '+' {
            text.push_str(&trailing_breaks);
        }
        self.tokens.push_back(Token { kind: Kind::Scalar(text, Style::Quoted), start, end });
        Ok(())
    }

    fn block_scalar_breaks(
        &mut self,
        indent: &mut usize,
        breaks: &mut String,
        start: Mark,
        end: &mut Mark,
    ) -> Result<()> {
        let mut widest = 0;
        loop {
            while (*indent == 0 || self.mark.column < *indent) && self.at(0) == ' ' {
                self.skip();
            }
            widest = widest.max(self.mark.column);
            if (*indent == 0 || self.mark.column < *indent) && self.at(0) == '\t' {
                return self.error(start, "found a tab character where an indentation space is expected");
            }
            if !is_break(self.at(0)) {
                break;
            }
            breaks.push(self.read_line());
            *end = self.mark;
        }
        if *indent == 0 {
            *indent = widest.max((self.indent + 1).max(1) as usize);
        }
        Ok(())
    }

    pub(super) fn at_document_indicator(&self) -> bool {
        let c = self.at(0);
        self.mark.column == 0 && (c == '-' || c == '.') && self.at(1) == c && self.at(2) == c && is_blankz(self.at(3))
    }

    pub(super) fn scan_flow_scalar(&mut self, quote: char) -> Result<()> {
        let start = self.mark;
        self.skip();
        let (mut text, mut gap) = (String::new(), Gap::default());
        loop {
            if self.at_document_indicator() {
                return self.error(start, "found unexpected document indicator");
            }
            if self.at(0) == '\0' {
                return self.error(start, "found unexpected end of stream");
            }
            while !is_blankz(self.at(0)) {
                let c = self.at(0);
                if quote == '\'' && c == '\'' && self.at(1) == '\'' {
                    text.push('\'');
                    self.skip();
                    self.skip();
                } else if c == quote {
                    break;
                } else if quote == '"' && c == '\\' && is_break(self.at(1)) {
                    self.skip();
                    self.read_line();
                    gap.leading_blanks = true;
                    break;
                } else if quote == '"' && c == '\\' {
                    let escaped = self.scan_escape(start)?;
                    text.push(escaped);
                } else {
                    text.push(self.read());
                }
            }
            if self.at(0) == quote {
                break;
            }
            self.scan_gap(&mut gap, None)?;
            gap.flush(&mut text);
        }
        self.skip();
        self.push(Kind::Scalar(text, Style::Quoted), start);
        Ok(())
    }

    fn scan_escape(&mut self, start: Mark) -> Result<char> {
        let digits = match self.at(1) {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            code => {
                let c = match code {
                    '0' => '\0',
                    'a' => '\u{7}',
                    'b' => '\u{8}',
                    't' | '\t' => '\t',
                    'n' => '\n',
                    'v' => '\u{b}',
                    'f' => '\u{c}',
                    'r' => '\r',
                    'e' => '\u{1b}',
                    ' ' | '"' | '\'' | '\\' | '/' => code,
                    'N' => '\u{85}',
                    '_' => '\u{a0}',
                    'L' => '\u{2028}',
                    'P' => '\u{2029}',
                    _ => return self.error(start, "found unknown escape character"),
                };
                self.skip();
                self.skip();
                return Ok(c);
            }
        };
        self.skip();
        self.skip();
        let mut code = 0_u32;
        for ahead in 0..digits {
            let Some(digit) = self.at(ahead).to_digit(16) else {
                return self.error(start, "did not find expected hexdecimal number");
            };
            code = code << 4 | digit;
        }
        let Some(c) = char::from_u32(code) else {
            return self.error(start, "found invalid Unicode character escape code");
        };
        (0..digits).for_each(|_| self.skip());
        Ok(c)
    }

    /// Reads blanks and line breaks between two pieces of a scalar. `indent` is a plain scalar's, with its start.
    fn scan_gap(&mut self, gap: &mut Gap, indent: Option<(isize, Mark)>) -> Result<()> {
        while is_blank(self.at(0)) || is_break(self.at(0)) {
            if is_blank(self.at(0)) {
                if let Some((indent, start)) = indent
                    && gap.leading_blanks
                    && (self.mark.column as isize) < indent
                    && self.at(0) == '\t'
                {
                    return self.error(start, "found a tab character that violates indentation");
                }
                let c = self.read();
                if !gap.leading_blanks {
                    gap.whitespaces.push(c);
                }
            } else if gap.leading_blanks {
                let c = self.read_line();
                gap.trailing_breaks.push(c);
            } else {
                gap.whitespaces.clear();
                let c = self.read_line();
                gap.leading_break.push(c);
                gap.leading_blanks = true;
            }
        }
        Ok(())
    }

    pub(super) fn scan_plain_scalar(&mut self) -> Result<()> {
        let start = self.mark;
        let indent = self.indent + 1;
        let (mut text, mut gap, mut end) = (String::new(), Gap::default(), start);
        loop {
            if self.at_document_indicator() || self.at(0) == '#' {
                break;
            }
            while !is_blankz(self.at(0)) {
                let c = self.at(0);
                if c == ':' && is_blankz(self.at(1)) || self.flow_level > 0 && ",?[]{}".contains(c) {
                    break;
                }
                gap.flush(&mut text);
                text.push(self.read());
                end = self.mark;
            }
            if !is_blank(self.at(0)) && !is_break(self.at(0)) {
                break;
            }
            self.scan_gap(&mut gap, Some((indent, start)))?;
            if self.flow_level == 0 && (self.mark.column as isize) < indent {
                break;
            }
        }
        self.tokens.push_back(Token { kind: Kind::Scalar(text, Style::Plain), start, end });
        if gap.leading_blanks {
            self.simple_key_allowed = true;
        }
        Ok(())
    }
}
