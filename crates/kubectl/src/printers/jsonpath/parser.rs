//! The text of a template to its steps.

use super::{MAX_DEPTH, Node, Step};

pub(super) struct Parser<'a> {
    pub(super) chars: &'a [char],
    pub(super) at: usize,
    pub(super) depth: usize,
    /// Whether `{end}` ended the steps that were read last.
    pub(super) ended: bool,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn spaces(&mut self) {
        while self.peek().is_some_and(|c| c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            self.at += 1;
        }
    }

    /// Steps until the end, or until `{end}` in a range.
    pub(super) fn steps(&mut self, in_range: bool) -> Result<Vec<Step>, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("too many nested ranges".to_owned());
        }
        let mut steps = Vec::new();
        let mut text = String::new();
        loop {
            match self.peek() {
                Some('{') => {
                    if !text.is_empty() {
                        steps.push(Step::Path(vec![Node::Text(std::mem::take(&mut text))]));
                    }
                    self.at += 1;
                    self.spaces();
                    let word: String = self.chars[self.at..].iter().take_while(|c| c.is_ascii_alphabetic()).collect();
                    match word.as_str() {
                        "range" => {
                            self.at += word.len();
                            self.spaces();
                            let nodes = self.action()?;
                            let body = self.steps(true)?;
                            steps.push(Step::Range { nodes, body, ended: self.ended });
                        }
                        "end" => {
                            self.at += word.len();
                            self.action()?;
                            if !in_range {
                                return Err("not in range, nothing to end".to_owned());
                            }
                            self.depth -= 1;
                            self.ended = true;
                            return Ok(steps);
                        }
                        _ => {
                            let nodes = self.action()?;
                            // Without a path there is nothing to print: `{}` and `{ }`.
                            if !nodes.is_empty() {
                                steps.push(Step::Path(nodes));
                            }
                        }
                    }
                }
                Some(c) => {
                    text.push(c);
                    self.at += 1;
                }
                None => {
                    if !text.is_empty() {
                        steps.push(Step::Path(vec![Node::Text(text)]));
                    }
                    self.depth -= 1;
                    self.ended = false;
                    return Ok(steps);
                }
            }
        }
    }

    /// The inside of `{…}`, with its closing brace.
    fn action(&mut self) -> Result<Vec<Node>, String> {
        let nodes = self.path(&['}'])?;
        match self.peek() {
            Some('}') => {
                self.at += 1;
                Ok(nodes)
            }
            _ => Err("unclosed action".to_owned()),
        }
    }

    fn path(&mut self, stops: &[char]) -> Result<Vec<Node>, String> {
        let mut nodes = Vec::new();
        while let Some(c) = self.peek() {
            match c {
                c if stops.contains(&c) => break,
                ' ' | '\t' | '\n' | '\r' => self.at += 1,
                // `$` is no other value than `@`.
                '$' | '@' => {
                    self.at += 1;
                    nodes.push(Node::Current);
                }
                '\'' | '"' => {
                    let text = self.quoted(c)?;
                    nodes.push(Node::Text(text));
                }
                '[' => self.bracket(&mut nodes)?,
                '*' => {
                    self.at += 1;
                    nodes.push(Node::Wildcard);
                }
                '.' => {
                    self.at += 1;
                    match self.peek() {
                        Some('.') => {
                            self.at += 1;
                            nodes.push(Node::Recursive);
                            if self.peek().is_some_and(is_name) {
                                nodes.push(Node::Field(self.name()));
                            }
                        }
                        Some('*') => {}
                        Some('[') | None => {}
                        Some(c) if is_name(c) => nodes.push(Node::Field(self.name())),
                        Some(_) => {}
                    }
                }
                '0'..='9' | '-' | '+' => {
                    let text: String = self.chars[self.at..]
                        .iter()
                        .take_while(|c| !stops.contains(c) && !" ]),".contains(**c))
                        .collect();
                    self.at += text.chars().count();
                    nodes.push(Node::Number(text.parse().map_err(|_| format!("cannot parse number {text}"))?));
                }
                c if is_name(c) => {
                    let name = self.name();
                    match name.as_str() {
                        "true" => nodes.push(Node::Bool(true)),
                        "false" => nodes.push(Node::Bool(false)),
                        _ => return Err(format!("unrecognized identifier {name}")),
                    }
                }
                c => return Err(format!("unrecognized character in action: U+{:04X} '{c}'", c as u32)),
            }
        }
        Ok(nodes)
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(c) = self.peek() {
            if c == '\\' {
                self.at += 1;
                name.extend(self.peek());
            } else if is_name(c) {
                name.push(c);
            } else {
                break;
            }
            self.at += 1;
        }
        name
    }

    fn quoted(&mut self, quote: char) -> Result<String, String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.peek() {
                None => return Err("unterminated quoted string".to_owned()),
                Some('\\') => {
                    self.at += 1;
                    match self.peek() {
                        Some('n') => text.push('\n'),
                        Some('t') => text.push('\t'),
                        Some('r') => text.push('\r'),
                        Some(c) => text.push(c),
                        None => return Err("unterminated quoted string".to_owned()),
                    }
                }
                Some(c) if c == quote => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(c) => text.push(c),
            }
            self.at += 1;
        }
    }

    /// `[…]`: an index, a slice, a path in single quotes, `*`, a filter, or a union of these.
    fn bracket(&mut self, nodes: &mut Vec<Node>) -> Result<(), String> {
        self.at += 1;
        if self.peek() == Some('?') {
            nodes.push(self.filter()?);
            return Ok(());
        }
        let inside = self.chars[self.at..].iter().take_while(|c| !matches!(c, ']' | '\n'));
        let text: String = inside.collect();
        self.at += text.chars().count();
        if self.peek() != Some(']') {
            return Err("unterminated array".to_owned());
        }
        self.at += 1;
        if text.contains(',') {
            let paths = text.split(',').map(|part| selected(part.trim_matches(' '), self.depth + 1));
            nodes.push(Node::Union(paths.collect::<Result<_, _>>()?));
        } else {
            nodes.extend(selected(&text, self.depth + 1)?);
        }
        Ok(())
    }

    fn close(&mut self) -> Result<bool, String> {
        self.spaces();
        let c = self.peek();
        self.at += 1;
        match c {
            Some(']') => Ok(true),
            Some(',') => Ok(false),
            _ => Err("unterminated array".to_owned()),
        }
    }

    /// `?(@.a == "b")]`
    fn filter(&mut self) -> Result<Node, String> {
        self.at += 1;
        self.spaces();
        if self.peek() != Some('(') {
            return Err("unterminated filter".to_owned());
        }
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("too many nested filters".to_owned());
        }
        let left = self.path(&['=', '!', '<', '>', ')'])?;
        let mut operator = String::new();
        while let Some(c) = self.peek().filter(|c| "=!<>".contains(*c)) {
            operator.push(c);
            self.at += 1;
        }
        let right = if operator.is_empty() {
            operator.push_str("exists");
            Vec::new()
        } else {
            self.path(&[')'])?
        };
        self.depth -= 1;
        if self.peek() != Some(')') {
            return Err("unterminated filter".to_owned());
        }
        self.at += 1;
        match self.close() {
            Ok(true) => Ok(Node::Filter { left, right, operator }),
            _ => Err("unclosed array expect ]".to_owned()),
        }
    }
}

/// What a part of brackets selects: `*`, `'metadata.name'`, `0`, `1:3`.
fn selected(text: &str, depth: usize) -> Result<Vec<Node>, String> {
    if text == "*" {
        return Ok(vec![Node::Wildcard]);
    }
    if let Some(path) =
        text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).filter(|path| !path.contains('\''))
    {
        if depth > MAX_DEPTH {
            return Err("too many nested brackets".to_owned());
        }
        let chars: Vec<char> = format!(".{path}").chars().collect();
        return Parser { chars: &chars, at: 0, depth, ended: false }.path(&['}']);
    }
    index(text).map(|node| vec![node])
}

fn index(text: &str) -> Result<Node, String> {
    let bad = || format!("invalid array index {text}");
    let number = |part: &str| match part {
        "" => Ok(None),
        part => part.parse::<i64>().map(Some).map_err(|_| bad()),
    };
    let parts: Vec<&str> = text.split(':').collect();
    match parts.as_slice() {
        // Without a number, the first: what is left out of a slice is derived from what is there.
        [one] => Ok(Node::Slice { start: number(one)?.unwrap_or(0), end: None, step: 1, single: true }),
        [start, end, rest @ ..] if rest.len() < 2 => Ok(Node::Slice {
            start: number(start)?.unwrap_or(0),
            end: number(end)?,
            step: rest.first().map_or(Ok(None), |step| number(step))?.unwrap_or(1),
            single: false,
        }),
        _ => Err(bad()),
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '\\')
}
