//! Reading a `sed` script.

use std::collections::BTreeMap;

use regex_lite::Regex;

use super::super::pattern::{Syntax, build, translate};
use super::command::{Address, Command, Verb};
use super::replacement::{Piece, pieces};

struct Reader {
    /// All of the script; each `-e` is a line of its own.
    chars: Vec<char>,
    at: usize,
    /// Where each `-e` starts.
    starts: Vec<usize>,
    syntax: Syntax,
}

/// Reads a script given in pieces (`-e`), and whether it starts with `#n`. The error is what GNU sed says.
pub(super) fn parse(scripts: &[String], syntax: Syntax) -> Result<(Vec<Command>, bool), String> {
    let mut chars = Vec::new();
    let mut starts = Vec::new();
    for script in scripts {
        starts.push(chars.len());
        chars.extend(script.chars());
        chars.push('\n');
    }
    let quiet = chars.starts_with(&['#', 'n', '\n']);
    let mut reader = Reader { chars, at: 0, starts, syntax };
    Ok((reader.commands()?, quiet))
}

impl Reader {
    fn error<T>(&self, text: &str) -> Result<T, String> {
        let expression = self.starts.iter().filter(|start| **start < self.at.max(1)).count().max(1);
        let start = self.starts[expression - 1];
        let end = self.starts.get(expression).copied().unwrap_or(self.chars.len());
        let column = self.at.min(end - 1).saturating_sub(start);
        Err(format!("-e expression #{expression}, char {column}: {text}"))
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(|c| c == ' ' || c == '\t') {
            self.at += 1;
        }
    }

    fn number(&mut self) -> Option<usize> {
        let from = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        self.chars[from..self.at].iter().collect::<String>().parse().ok()
    }

    /// Text up to an unescaped `end`, which is taken too. `\end` becomes `end`; other escapes stay.
    fn until(&mut self, end: char, regex: bool) -> Option<String> {
        let mut text = String::new();
        let mut brackets = false;
        loop {
            let c = self.next()?;
            if c == '\\' {
                let escaped = self.next()?;
                if escaped == end && !brackets {
                    // Without its backslash a special character would become one.
                    if regex && "|+?(){}".contains(escaped) {
                        text.push('\\');
                    }
                    text.push(escaped);
                } else {
                    text.push('\\');
                    text.push(escaped);
                }
                continue;
            }
            if c == '\n' && regex {
                return None;
            }
            if regex && c == '[' && !brackets {
                let rest = &self.chars[self.at..];
                let first = usize::from(rest.first() == Some(&'^'));
                let first = first + usize::from(rest.get(first) == Some(&']'));
                let closes = rest[first.min(rest.len())..].iter().take_while(|c| **c != '\n').any(|c| *c == ']');
                if closes && end != '[' {
                    brackets = true;
                    text.push('[');
                    for _ in 0..first {
                        text.extend(self.next());
                    }
                    continue;
                }
            }
            if brackets {
                brackets = c != ']';
            } else if c == end {
                return Some(text);
            }
            text.push(c);
        }
    }

    fn regex(&self, text: &str, ignore_case: bool) -> Result<Option<Regex>, String> {
        if text.is_empty() {
            return Ok(None);
        }
        match translate(text, self.syntax).and_then(|text| build(&text, ignore_case)) {
            Ok(regex) => Ok(Some(regex)),
            Err(error) => self.error(&error),
        }
    }

    fn address(&mut self) -> Result<Option<Address>, String> {
        let address = match self.peek() {
            Some(c) if c.is_ascii_digit() => {
                let line = self.number().unwrap_or(usize::MAX);
                if self.peek() == Some('~') {
                    self.at += 1;
                    Address::Step(line, self.number().unwrap_or(0))
                } else {
                    Address::Line(line)
                }
            }
            Some('~') => {
                self.at += 1;
                match self.number() {
                    Some(multiple) => Address::Multiple(multiple),
                    None => return self.error("unexpected `,'"),
                }
            }
            Some('$') => {
                self.at += 1;
                Address::Last
            }
            Some(c @ ('/' | '\\')) => {
                self.at += 1;
                let end = if c == '/' { '/' } else { self.next().unwrap_or('/') };
                let Some(text) = self.until(end, true) else { return self.error("unterminated address regex") };
                let ignore_case = self.peek() == Some('I');
                self.at += usize::from(ignore_case);
                Address::Pattern(self.regex(&text, ignore_case)?)
            }
            _ => return Ok(None),
        };
        Ok(Some(address))
    }

    fn commands(&mut self) -> Result<Vec<Command>, String> {
        let mut commands: Vec<Command> = Vec::new();
        let mut blocks: Vec<usize> = Vec::new();
        let mut labels: BTreeMap<String, usize> = BTreeMap::new();
        let mut jumps: Vec<(usize, String)> = Vec::new();
        loop {
            while self.peek().is_some_and(|c| c.is_whitespace() || c == ';') {
                self.at += 1;
            }
            if self.peek().is_none() {
                break;
            }
            let (from, to) = self.addresses()?;
            self.skip_blanks();
            let mut negate = false;
            while self.peek() == Some('!') {
                self.at += 1;
                negate = true;
                self.skip_blanks();
            }
            let Some(letter) = self.next().filter(|c| *c != '\n') else { return self.error("missing command") };
            let verb = match letter {
                '{' => {
                    blocks.push(commands.len());
                    Verb::Block(0)
                }
                '}' => {
                    if from.is_some() {
                        return self.error("} doesn't want any addresses");
                    }
                    let Some(start) = blocks.pop() else { return self.error("unexpected `}'") };
                    commands[start].verb = Verb::Block(commands.len());
                    self.end()?;
                    continue;
                }
                '#' => {
                    while self.next().is_some_and(|c| c != '\n') {}
                    continue;
                }
                ':' => {
                    let label = self.word();
                    if label.is_empty() {
                        return self.error("\":\" lacks a label");
                    }
                    labels.insert(label, commands.len());
                    continue;
                }
                'b' | 't' | 'T' => {
                    let word = self.word();
                    // What closes the block is none of the label.
                    let label = word.trim_end_matches('}');
                    self.at -= word.chars().count() - label.chars().count();
                    jumps.push((commands.len(), label.to_owned()));
                    match letter {
                        'b' => Verb::Branch(0),
                        't' => Verb::BranchIf(0),
                        _ => Verb::BranchUnless(0),
                    }
                }
                letter => self.verb(letter)?,
            };
            commands.push(Command { from, to, negate, verb });
        }
        if !blocks.is_empty() {
            return Err("-e expression #1, char 0: unmatched `{'".to_owned());
        }
        for (index, label) in jumps {
            let target = match labels.get(&label) {
                Some(target) => *target,
                None if label.is_empty() => commands.len(),
                None => return Err(format!("can't find label for jump to `{label}'")),
            };
            match &mut commands[index].verb {
                Verb::Branch(to) | Verb::BranchIf(to) | Verb::BranchUnless(to) => *to = target,
                _ => {}
            }
        }
        Ok(commands)
    }

    /// The address before a command, or the two of a range.
    fn addresses(&mut self) -> Result<(Option<Address>, Option<Address>), String> {
        let from = self.address()?;
        let mut to = None;
        self.skip_blanks();
        if from.is_some() && self.peek() == Some(',') {
            self.at += 1;
            self.skip_blanks();
            if self.peek() == Some('+') {
                self.at += 1;
                to = Some(Address::Plus(self.number().unwrap_or(0)));
            } else {
                to = self.address()?;
                if to.is_none() {
                    self.at += 1;
                    return self.error("unexpected `,'");
                }
            }
        }
        if matches!(from, Some(Address::Line(0))) && !matches!(to, Some(Address::Pattern(_))) {
            self.at += 1;
            return self.error("invalid usage of line address 0");
        }
        Ok((from, to))
    }

    /// What a command does that is neither a block, a label nor a jump.
    fn verb(&mut self, letter: char) -> Result<Verb, String> {
        let plain = match letter {
            's' => return self.substitute(),
            'y' => return self.transliterate(),
            'a' => return self.text().map(Verb::Append),
            'i' => return self.text().map(Verb::Insert),
            'c' => return self.text().map(Verb::Change),
            'r' | 'w' => {
                self.skip_blanks();
                let path = self.line();
                if path.is_empty() {
                    return self.error("missing filename in r/R/w/W commands");
                }
                return Ok(if letter == 'r' { Verb::Read(path) } else { Verb::Write(path) });
            }
            'q' | 'Q' => {
                self.skip_blanks();
                Verb::Quit(self.number().map_or(0, |n| (n & 255) as i32), letter == 'q')
            }
            'l' => {
                self.skip_blanks();
                self.number();
                Verb::List
            }
            'd' => Verb::Delete,
            'D' => Verb::DeleteFirst,
            'p' => Verb::Print,
            'P' => Verb::PrintFirst,
            '=' => Verb::LineNumber,
            'h' => Verb::Hold,
            'H' => Verb::HoldAppend,
            'g' => Verb::Get,
            'G' => Verb::GetAppend,
            'x' => Verb::Exchange,
            'n' => Verb::Next,
            'N' => Verb::NextAppend,
            other => return self.error(&format!("unknown command: `{other}'")),
        };
        self.end()?;
        Ok(plain)
    }

    /// `y/abc/xyz/` after its letter.
    fn transliterate(&mut self) -> Result<Verb, String> {
        let end = self.next().unwrap_or('\n');
        let (Some(a), Some(b)) = (self.until(end, false), self.until(end, false)) else {
            return self.error("unterminated `y' command");
        };
        let (a, b): (Vec<char>, Vec<char>) = (unescape(&a).chars().collect(), unescape(&b).chars().collect());
        if a.len() != b.len() {
            return self.error("strings for `y' command are different lengths");
        }
        self.end()?;
        Ok(Verb::Transliterate(a, b))
    }

    /// What may follow a command: `;`, `}`, `#` or the line's end.
    fn end(&mut self) -> Result<(), String> {
        self.skip_blanks();
        match self.peek() {
            None | Some('\n' | ';') => {
                self.at += 1;
                Ok(())
            }
            Some('}' | '#') => Ok(()),
            Some(_) => {
                self.at += 1;
                self.error("extra characters after command")
            }
        }
    }

    fn word(&mut self) -> String {
        self.skip_blanks();
        let from = self.at;
        while self.peek().is_some_and(|c| !c.is_whitespace() && c != ';') {
            self.at += 1;
        }
        self.chars[from..self.at].iter().collect()
    }

    fn line(&mut self) -> String {
        let from = self.at;
        while self.peek().is_some_and(|c| c != '\n') {
            self.at += 1;
        }
        self.chars[from..self.at].iter().collect()
    }

    /// The text of `a`, `i`, `c`: `a\` and lines, or GNU's `a text`. A line that ends in a backslash goes on.
    fn text(&mut self) -> Result<String, String> {
        self.skip_blanks();
        if self.peek() == Some('\\') {
            self.at += 1;
            let from = self.at;
            self.skip_blanks();
            if self.peek() == Some('\n') {
                self.at += 1;
            } else {
                self.at = from;
            }
        } else if self.peek().is_none_or(|c| c == '\n') {
            return self.error("expected \\ after `a', `c' or `i'");
        }
        if self.peek().is_none() {
            return self.error("expected \\ after `a', `c' or `i'");
        }
        let mut text = String::new();
        loop {
            match self.next() {
                None | Some('\n') => break,
                Some('\\') => match self.next() {
                    None => break,
                    Some('t') => text.push('\t'),
                    Some(c) => text.push(c),
                },
                Some(c) => text.push(c),
            }
        }
        text.push('\n');
        Ok(text)
    }

    fn substitute(&mut self) -> Result<Verb, String> {
        let end = self.next().unwrap_or('\n');
        if end == '\n' || end == '\\' {
            return self.error("unterminated `s' command");
        }
        let pattern = self.until(end, true);
        let replacement = pattern.as_ref().and_then(|_| self.until(end, false));
        let (Some(pattern), Some(replacement)) = (pattern, replacement) else {
            self.at = self.chars.len();
            return self.error("unterminated `s' command");
        };
        let (mut global, mut nth, mut print, mut ignore_case, mut write) = (false, 1, false, false, None);
        loop {
            match self.peek() {
                Some('g') => global = true,
                Some('p') => print = true,
                Some('i' | 'I') => ignore_case = true,
                Some('m' | 'M' | 'e') => return self.error("unknown option to `s'"),
                Some('w') => {
                    self.at += 1;
                    self.skip_blanks();
                    write = Some(self.line());
                    break;
                }
                Some(c) if c.is_ascii_digit() => {
                    nth = self.number().unwrap_or(1);
                    if nth == 0 {
                        return self.error("number option to `s' command may not be zero");
                    }
                    continue;
                }
                Some(' ' | '\t' | '\n' | ';' | '}' | '#') | None => {
                    self.end()?;
                    break;
                }
                Some(_) => {
                    self.at += 1;
                    return self.error("unknown option to `s'");
                }
            }
            self.at += 1;
        }
        let regex = self.regex(&pattern, ignore_case)?;
        let replacement = pieces(&replacement);
        let groups = regex.as_ref().map_or(9, |regex| regex.captures_len() - 1);
        if let Some(Piece::Group(group)) =
            replacement.iter().find(|piece| matches!(piece, Piece::Group(group) if *group > groups))
        {
            return self.error(&format!("invalid reference \\{group} on `s' command's RHS"));
        }
        Ok(Verb::Substitute { regex, replacement, global, nth, print, write })
    }
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('t')) => out.push('\t'),
            ('\\', Some('\\') | None) => out.push('\\'),
            ('\\', Some(c)) => out.extend(['\\', c]),
            (c, _) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_gnus() {
        for (script, error) in [
            ("s/a", "-e expression #1, char 3: unterminated `s' command"),
            ("s/a/b/k", "-e expression #1, char 7: unknown option to `s'"),
            ("k", "-e expression #1, char 1: unknown command: `k'"),
            ("1,p", "-e expression #1, char 3: unexpected `,'"),
            ("pp", "-e expression #1, char 2: extra characters after command"),
            ("s/a/\\1/", "-e expression #1, char 7: invalid reference \\1 on `s' command's RHS"),
            ("/a", "-e expression #1, char 2: unterminated address regex"),
            ("{p", "-e expression #1, char 0: unmatched `{'"),
            ("p}", "-e expression #1, char 2: unexpected `}'"),
            ("5", "-e expression #1, char 1: missing command"),
            ("a", "-e expression #1, char 1: expected \\ after `a', `c' or `i'"),
            ("bx", "can't find label for jump to `x'"),
        ] {
            let found = parse(&[script.to_owned()], Syntax::Basic).map(|_| ());
            assert_eq!(found, Err(error.to_owned()), "{script}");
        }
    }
}
