//! What Go's JSON reader says of a text that is no JSON: the server's answer to a malformed patch.

/// Go's sentence about the first thing wrong with a text; `None` when it is JSON.
pub fn error(text: &str) -> Option<String> {
    let mut scanner = Scanner { chars: text.chars().collect(), at: 0 };
    let result = scanner.value(0).and_then(|()| {
        scanner.spaces();
        match scanner.peek() {
            Some(c) => Err(invalid(c, "after top-level value")),
            None => Ok(()),
        }
    });
    result.err()
}

struct Scanner {
    chars: Vec<char>,
    at: usize,
}

fn invalid(c: char, context: &str) -> String {
    let shown = match c {
        '\'' => "'\\''".to_owned(),
        '"' => "'\"'".to_owned(),
        c => format!("{c:?}"),
    };
    format!("invalid character {shown} {context}")
}

fn end() -> String {
    "unexpected end of JSON input".to_owned()
}

impl Scanner {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn spaces(&mut self) {
        while self.peek().is_some_and(|c| matches!(c, ' ' | '\t' | '\r' | '\n')) {
            self.at += 1;
        }
    }

    fn next(&mut self) -> Result<char, String> {
        self.spaces();
        let c = self.peek().ok_or_else(end)?;
        self.at += 1;
        Ok(c)
    }

    fn value(&mut self, depth: usize) -> Result<(), String> {
        if depth > 500 {
            return Err("exceeded max depth".to_owned());
        }
        match self.next()? {
            '{' => self.object(depth),
            '[' => self.array(depth),
            '"' => self.string(),
            't' => self.word("true"),
            'f' => self.word("false"),
            'n' => self.word("null"),
            c if c == '-' || c.is_ascii_digit() => self.number(c),
            c => Err(invalid(c, "looking for beginning of value")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<(), String> {
        let mut first = true;
        loop {
            match self.next()? {
                '"' => self.string()?,
                '}' if first => return Ok(()),
                c => return Err(invalid(c, "looking for beginning of object key string")),
            }
            first = false;
            match self.next()? {
                ':' => self.value(depth + 1)?,
                c => return Err(invalid(c, "after object key")),
            }
            match self.next()? {
                ',' => {}
                '}' => return Ok(()),
                c => return Err(invalid(c, "after object key:value pair")),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<(), String> {
        self.spaces();
        if self.peek() == Some(']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value(depth + 1)?;
            match self.next()? {
                ',' => {}
                ']' => return Ok(()),
                c => return Err(invalid(c, "after array element")),
            }
        }
    }

    fn string(&mut self) -> Result<(), String> {
        loop {
            let c = self.peek().ok_or_else(end)?;
            self.at += 1;
            match c {
                '"' => return Ok(()),
                '\\' => {
                    let c = self.peek().ok_or_else(end)?;
                    self.at += 1;
                    match c {
                        'b' | 'f' | 'n' | 'r' | 't' | '\\' | '/' | '"' => {}
                        'u' => {
                            for _ in 0..4 {
                                let c = self.peek().ok_or_else(end)?;
                                self.at += 1;
                                if !c.is_ascii_hexdigit() {
                                    return Err(invalid(c, "in \\u hexadecimal character escape"));
                                }
                            }
                        }
                        c => return Err(invalid(c, "in string escape code")),
                    }
                }
                c if c < ' ' => return Err(invalid(c, "in string literal")),
                _ => {}
            }
        }
    }

    fn word(&mut self, word: &str) -> Result<(), String> {
        for expected in word.chars().skip(1) {
            let c = self.peek().ok_or_else(end)?;
            self.at += 1;
            if c != expected {
                return Err(invalid(c, &format!("in literal {word} (expecting '{expected}')")));
            }
        }
        Ok(())
    }

    fn number(&mut self, first: char) -> Result<(), String> {
        let digits = |scanner: &mut Scanner| {
            while scanner.peek().is_some_and(|c| c.is_ascii_digit()) {
                scanner.at += 1;
            }
        };
        let digit = |scanner: &mut Scanner, context: &str| match scanner.peek() {
            Some(c) if c.is_ascii_digit() => Ok(()),
            Some(c) => Err(invalid(c, context)),
            None => Err(end()),
        };
        if first == '-' {
            digit(self, "in numeric literal")?;
        }
        digits(self);
        if self.peek() == Some('.') {
            self.at += 1;
            digit(self, "after decimal point in numeric literal")?;
            digits(self);
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            self.at += 1;
            if matches!(self.peek(), Some('+' | '-')) {
                self.at += 1;
            }
            digit(self, "in exponent of numeric literal")?;
            digits(self);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_sentences_are_gos() {
        for (text, error) in [
            ("{bad", Some("invalid character 'b' looking for beginning of object key string")),
            ("{\"a\" 1}", Some("invalid character '1' after object key")),
            ("{\"a\":1 2}", Some("invalid character '2' after object key:value pair")),
            ("[1 2]", Some("invalid character '2' after array element")),
            ("{\"a\":tru}", Some("invalid character '}' in literal true (expecting 'e')")),
            ("{\"a\":", Some("unexpected end of JSON input")),
            ("{} x", Some("invalid character 'x' after top-level value")),
            ("{'a':1}", Some("invalid character '\\'' looking for beginning of object key string")),
            ("{\"a\":[1,{\"b\":null}]}", None),
        ] {
            assert_eq!(super::error(text).as_deref(), error, "{text}");
        }
    }
}
