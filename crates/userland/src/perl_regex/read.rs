//! Reading a pattern.

use super::set::Set;
use super::{Flags, Greed, Node};

/// Deepest nesting of groups in a pattern.
const GROUPS_LIMIT: usize = 50;

/// Reads a pattern from one end to the other.
pub(super) struct Reader {
    pub chars: Vec<char>,
    pub at: usize,
    pub groups: usize,
    depth: usize,
    pub names: Vec<(String, usize)>,
    pub flags: Flags,
}

impl Reader {
    pub(super) fn new(pattern: &str, flags: Flags) -> Reader {
        Reader { chars: pattern.chars().collect(), at: 0, groups: 0, depth: 0, names: Vec::new(), flags }
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn take(&mut self, text: &str) -> bool {
        let wanted: Vec<char> = text.chars().collect();
        let hit = self.chars[self.at..].starts_with(&wanted);
        if hit {
            self.at += wanted.len();
        }
        hit
    }

    pub(super) fn choice(&mut self) -> Result<Node, String> {
        self.depth += 1;
        if self.depth > GROUPS_LIMIT {
            return Err("parentheses are too deeply nested".to_owned());
        }
        let flags = self.flags;
        let mut choices = vec![self.sequence()?];
        while self.take("|") {
            choices.push(self.sequence()?);
        }
        let whole = self.depth == 1;
        self.depth -= 1;
        if !whole {
            self.flags = flags;
        }
        Ok(if choices.len() == 1 { choices.remove(0) } else { Node::Choice(choices) })
    }

    fn sequence(&mut self) -> Result<Node, String> {
        let mut nodes = Vec::new();
        while let Some(c) = self.peek() {
            if c == '|' || c == ')' {
                break;
            }
            if self.flags.extended && (c.is_whitespace() || c == '#') {
                self.at += 1;
                if c == '#' {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.at += 1;
                    }
                }
                continue;
            }
            if let Some(node) = self.atom()? {
                nodes.push(self.repeated(node)?);
            }
        }
        Ok(Node::Sequence(nodes))
    }

    fn repeated(&mut self, mut node: Node) -> Result<Node, String> {
        loop {
            let (least, most) = match self.peek() {
                Some('*') => (0, usize::MAX),
                Some('+') => (1, usize::MAX),
                Some('?') => (0, 1),
                Some('{') => {
                    let rest: String = self.chars[self.at + 1..].iter().take_while(|c| **c != '}').collect();
                    let closed = self.chars.get(self.at + 1 + rest.chars().count()) == Some(&'}');
                    let range = match rest.split_once(',') {
                        None => rest.parse().ok().map(|count: usize| (count, count)),
                        Some((least, "")) => least.parse().ok().map(|least| (least, usize::MAX)),
                        Some((least, most)) => least.parse().ok().zip(most.parse().ok()),
                    };
                    let Some((least, most)) = range.filter(|_| closed) else { return Ok(node) };
                    if least > 1000 || most != usize::MAX && (most > 1000 || most < least) {
                        return Err("numbers out of order or too big in {} quantifier".to_owned());
                    }
                    self.at += rest.chars().count() + 1;
                    (least, most)
                }
                _ => return Ok(node),
            };
            self.at += 1;
            let kind = if self.take("?") {
                Greed::Least
            } else if self.take("+") {
                Greed::Possessive
            } else {
                Greed::Most
            };
            node = Node::Repeat { node: Box::new(node), least, most, kind };
        }
    }

    fn close(&mut self) -> Result<(), String> {
        if self.take(")") { Ok(()) } else { Err("missing closing parenthesis".to_owned()) }
    }

    fn atom(&mut self) -> Result<Option<Node>, String> {
        let Some(c) = self.peek() else { return Ok(None) };
        self.at += 1;
        Ok(Some(match c {
            '.' => Node::Any(self.flags.dot_all),
            '^' => Node::Start,
            '$' => Node::End,
            '[' => Node::Set(self.set()?),
            '(' => return self.group(),
            '*' | '+' | '?' => return Err("quantifier does not follow a repeatable item".to_owned()),
            '\\' => self.escape()?,
            c => Node::Char(c),
        }))
    }

    fn group(&mut self) -> Result<Option<Node>, String> {
        if self.take("?#") {
            while self.peek().is_some_and(|c| c != ')') {
                self.at += 1;
            }
            self.close()?;
            return Ok(None);
        }
        for (mark, behind, not) in
            [("?=", false, false), ("?!", false, true), ("?<=", true, false), ("?<!", true, true)]
        {
            if self.take(mark) {
                let node = Box::new(self.choice()?);
                self.close()?;
                return Ok(Some(Node::Look { node, behind, not }));
            }
        }
        if self.take("?>") {
            let node = Box::new(self.choice()?);
            self.close()?;
            return Ok(Some(Node::Repeat { node, least: 1, most: 1, kind: Greed::Possessive }));
        }
        let quoted = [("?P<", '>'), ("?<", '>'), ("?'", '\'')].into_iter().find(|(mark, _)| self.take(mark));
        if let Some((_, end)) = quoted {
            let name: String = self.chars[self.at..].iter().take_while(|c| **c != end).collect();
            self.at += name.chars().count() + 1;
            self.groups += 1;
            let number = self.groups;
            self.names.push((name, number));
            let node = Box::new(self.choice()?);
            self.close()?;
            return Ok(Some(Node::Group(node, Some(number))));
        }
        if self.take("?") {
            let mut on = true;
            let before = self.flags;
            while let Some(c) = self.peek().filter(|c| *c != ':' && *c != ')') {
                self.at += 1;
                match c {
                    '-' => on = false,
                    'i' => self.flags.ignore_case = on,
                    'x' => self.flags.extended = on,
                    's' => self.flags.dot_all = on,
                    'm' | 'u' | 'n' => {}
                    _ => return Err("unrecognized character after (? or (?-".to_owned()),
                }
            }
            if self.take(")") {
                return Ok(None);
            }
            self.take(":");
            let node = Box::new(self.choice()?);
            self.close()?;
            let inside = self.flags.ignore_case;
            self.flags = before;
            self.flags.ignore_case |= inside; // of the whole pattern: letters are not told apart by place
            return Ok(Some(Node::Group(node, None)));
        }
        self.groups += 1;
        let number = self.groups;
        let node = Box::new(self.choice()?);
        self.close()?;
        Ok(Some(Node::Group(node, Some(number))))
    }

    fn escape(&mut self) -> Result<Node, String> {
        let c = self.peek().ok_or("\\ at end of pattern")?;
        self.at += 1;
        let class = |name: &str| Node::Set(Set { classes: vec![name.to_owned()], ..Set::default() });
        Ok(match c {
            'd' | 'D' | 'w' | 'W' | 's' | 'S' | 'h' | 'H' => class(&c.to_string()),
            'b' => Node::Boundary(false),
            'B' => Node::Boundary(true),
            'A' => Node::TextStart,
            'z' | 'Z' => Node::TextEnd,
            'K' => Node::Keep,
            'R' => Node::Char('\n'),
            'Q' => {
                let mut nodes = Vec::new();
                while self.at < self.chars.len() && !self.take("\\E") {
                    nodes.push(Node::Char(self.chars[self.at]));
                    self.at += 1;
                }
                Node::Sequence(nodes)
            }
            '1'..='9' => {
                let mut number = c.to_digit(10).unwrap_or(0) as usize;
                if let Some(digit) = self.peek().and_then(|c| c.to_digit(10)).filter(|_| number * 10 <= self.groups) {
                    number = number * 10 + digit as usize;
                    self.at += 1;
                }
                Node::Back(number)
            }
            'k' => {
                let end = if self.peek() == Some('{') { '}' } else { '>' };
                let name: String = self.chars[self.at + 1..].iter().take_while(|c| **c != end).collect();
                self.at += name.chars().count() + 2;
                let known = self.names.iter().find(|(known, _)| *known == name);
                Node::Back(known.map(|(_, number)| *number).ok_or("reference to non-existent subpattern")?)
            }
            c => Node::Char(self.plain(c)?),
        })
    }

    /// A character that an escape stands for.
    fn plain(&mut self, c: char) -> Result<char, String> {
        Ok(match c {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'f' => '\x0c',
            'e' => '\x1b',
            'a' => '\x07',
            '0' => '\0',
            'x' => {
                let digits: String = if self.take("{") {
                    let digits: String = self.chars[self.at..].iter().take_while(|c| **c != '}').collect();
                    self.at += 1;
                    digits
                } else {
                    self.chars[self.at..].iter().take(2).take_while(|c| c.is_ascii_hexdigit()).collect()
                };
                self.at += digits.chars().count();
                let code = u32::from_str_radix(&digits, 16).unwrap_or(0);
                char::from_u32(code).ok_or("character code point value in \\x{} is too large")?
            }
            c => c,
        })
    }

    fn set(&mut self) -> Result<Set, String> {
        let mut set = Set { not: self.take("^"), ..Set::default() };
        let mut first = true;
        loop {
            let c = self.peek().ok_or("missing terminating ] for character class")?;
            self.at += 1;
            if c == ']' && !first {
                return Ok(set);
            }
            first = false;
            if c == '[' && self.peek() == Some(':') {
                let name: String = self.chars[self.at + 1..].iter().take_while(|c| **c != ':').collect();
                self.at += name.chars().count() + 1;
                if !self.take(":]") {
                    return Err("unknown POSIX class name".to_owned());
                }
                set.classes.push(name);
                continue;
            }
            let low = if c == '\\' {
                let c = self.peek().ok_or("\\ at end of pattern")?;
                self.at += 1;
                if "dDwWsShH".contains(c) {
                    set.classes.push(c.to_string());
                    continue;
                }
                if c == 'b' { '\x08' } else { self.plain(c)? }
            } else {
                c
            };
            let is_range = self.peek() == Some('-') && self.chars.get(self.at + 1).is_some_and(|c| *c != ']');
            if !is_range {
                set.ranges.push((low, low));
                continue;
            }
            self.at += 1;
            let c = self.chars[self.at];
            self.at += 1;
            let high = if c == '\\' {
                let c = self.peek().ok_or("\\ at end of pattern")?;
                self.at += 1;
                self.plain(c)?
            } else {
                c
            };
            if high < low {
                return Err("range out of order in character class".to_owned());
            }
            set.ranges.push((low, high));
        }
    }
}
