//! The expression that find is given: tests and actions, and how they hang together.

use super::super::listing::Names;
use super::super::prelude::*;

/// A test or an action.
pub(super) enum Primary {
    Name(String, bool),
    Path(String),
    Kind(String),
    Empty,
    Newer(Time),
    Links(char, u64),
    Same((machine::DiskId, u64)),
    Size(char, u64, char),
    /// `-mtime` (a day) or `-mmin` (a minute): the sign, the number, the unit in seconds.
    Age(char, u64, u64),
    Perm(u32, char),
    User(u32),
    Regex(regex_lite::Regex),
    True,
    False,
    Print,
    Print0,
    Ls,
    Printf(String),
    Delete,
    Prune,
    Quit,
    /// The words, and whether it ends in `+`.
    Exec(Vec<String>, bool),
    Not(Box<Primary>),
    And(Vec<Primary>),
    Or(Vec<Primary>),
}

pub(super) struct Parser<'a> {
    pub p: &'a Process,
    pub args: &'a [String],
    pub at: usize,
    pub max_depth: usize,
    pub min_depth: usize,
    pub depth_first: bool,
    pub acts: bool,
    pub nesting: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&str> {
        self.args.get(self.at).map(String::as_str)
    }

    pub(super) fn or(&mut self) -> Result<Primary, String> {
        self.nesting += 1;
        if self.nesting > 50 {
            return Err("expression nested too deeply".to_owned());
        }
        let mut all = vec![self.and()?];
        while matches!(self.peek(), Some("-o" | "-or")) {
            self.at += 1;
            all.push(self.and()?);
        }
        self.nesting -= 1;
        Ok(if all.len() == 1 { all.remove(0) } else { Primary::Or(all) })
    }

    fn and(&mut self) -> Result<Primary, String> {
        let mut all = Vec::new();
        while let Some(word) = self.peek() {
            match word {
                "-o" | "-or" | ")" => break,
                "-a" | "-and" => self.at += 1,
                _ => all.push(self.primary()?),
            }
        }
        Ok(Primary::And(all))
    }

    fn word(&mut self, option: &str) -> Result<String, String> {
        let word = self.args.get(self.at).cloned().ok_or_else(|| format!("missing argument to `{option}'"))?;
        self.at += 1;
        Ok(word)
    }

    fn number(text: &str, option: &str) -> Result<(char, u64, char), String> {
        let sign = text.chars().next().filter(|c| "+-".contains(*c)).unwrap_or('=');
        let digits = text.trim_start_matches(['+', '-']);
        let unit = digits.chars().last().filter(char::is_ascii_alphabetic).unwrap_or('b');
        let number = digits.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse();
        number.map(|number| (sign, number, unit)).map_err(|_| format!("invalid argument `{text}' to `{option}'"))
    }

    fn primary(&mut self) -> Result<Primary, String> {
        let word = self.args[self.at].clone();
        self.at += 1;
        Ok(match word.as_str() {
            "!" | "-not" => {
                if self.peek().is_none() {
                    return Err("expected an expression after `!'".to_owned());
                }
                self.nesting += 1;
                if self.nesting > 50 {
                    return Err("expression nested too deeply".to_owned());
                }
                let inner = self.primary()?;
                self.nesting -= 1;
                Primary::Not(Box::new(inner))
            }
            "(" => {
                let inner = self.or()?;
                if self.peek() != Some(")") {
                    return Err(
                        "invalid expression; I was expecting to find a ')' somewhere but did not see one.".to_owned()
                    );
                }
                self.at += 1;
                inner
            }
            "-name" | "-iname" => Primary::Name(self.word(&word)?, word == "-iname"),
            "-path" | "-wholename" => Primary::Path(self.word(&word)?),
            "-regex" => {
                let text = self.word(&word)?;
                let regex =
                    super::super::pattern::compile(&format!("^{text}$"), super::super::pattern::Syntax::Basic, false);
                Primary::Regex(
                    regex.map_err(|error| format!("failed to compile regular expression '{text}': {error}"))?,
                )
            }
            "-type" => {
                let kinds = self.word(&word)?;
                if let Some(bad) = kinds.chars().find(|c| !"bcdpflsD,".contains(*c)) {
                    return Err(format!("Unknown argument to -type: {bad}"));
                }
                Primary::Kind(kinds)
            }
            "-empty" => Primary::Empty,
            "-links" => {
                let (sign, number, _) = Self::number(&self.word(&word)?, &word)?;
                Primary::Links(sign, number)
            }
            "-samefile" => {
                let path = self.word(&word)?;
                let metadata =
                    self.p.symlink_metadata(&path).map_err(|error| format!("{}: {error}", quote(self.p, &path)))?;
                Primary::Same(metadata.identity)
            }
            "-newer" => {
                let path = self.word(&word)?;
                let metadata = self.p.metadata(&path).map_err(|error| format!("{}: {error}", quote(self.p, &path)))?;
                Primary::Newer(metadata.modified)
            }
            "-size" => {
                let (sign, number, unit) = Self::number(&self.word(&word)?, &word)?;
                Primary::Size(sign, number, unit)
            }
            "-mtime" | "-mmin" | "-ctime" | "-cmin" | "-atime" | "-amin" => {
                let (sign, number, _) = Self::number(&self.word(&word)?, &word)?;
                Primary::Age(sign, number, if word.ends_with("min") { 60 } else { 86_400 })
            }
            "-perm" => {
                let text = self.word(&word)?;
                let sign = text.chars().next().filter(|c| "-/".contains(*c)).unwrap_or('=');
                let mode = super::super::chmod::change_mode(text.trim_start_matches(['-', '/']), 0, false);
                Primary::Perm(mode.ok_or_else(|| format!("invalid mode {}", quote(self.p, &text)))?, sign)
            }
            "-user" => {
                let name = self.word(&word)?;
                let number = Names::read(self.p, "/etc/passwd").number(&name).or_else(|| name.parse().ok());
                Primary::User(
                    number.ok_or_else(|| format!("{} is not the name of a known user", quote(self.p, &name)))?,
                )
            }
            "-maxdepth" | "-mindepth" => {
                let text = self.word(&word)?;
                let depth = text.parse().map_err(|_| {
                    format!("Expected a positive decimal integer argument to {word}, but got {}", quote(self.p, &text))
                })?;
                if word == "-maxdepth" {
                    self.max_depth = depth;
                } else {
                    self.min_depth = depth;
                }
                Primary::True
            }
            "-depth" | "-d" => {
                self.depth_first = true;
                Primary::True
            }
            "-mount" | "-xdev" | "-follow" | "-true" | "-daystart" | "-noleaf" => Primary::True,
            "-false" => Primary::False,
            "-prune" => Primary::Prune,
            "-quit" => Primary::Quit,
            "-print" | "-print0" | "-ls" | "-printf" | "-delete" => {
                self.acts = true;
                match word.as_str() {
                    "-print" => Primary::Print,
                    "-print0" => Primary::Print0,
                    "-ls" => Primary::Ls,
                    "-printf" => Primary::Printf(self.word(&word)?),
                    _ => {
                        self.depth_first = true;
                        Primary::Delete
                    }
                }
            }
            "-exec" | "-execdir" | "-ok" => {
                self.acts = true;
                let mut words = Vec::new();
                loop {
                    let next = self.word(&word)?;
                    if next == ";" {
                        break Primary::Exec(words, false);
                    }
                    if next == "+" && words.last().is_some_and(|last| last == "{}") {
                        words.pop();
                        break Primary::Exec(words, true);
                    }
                    words.push(next);
                }
            }
            word if word.starts_with('-') => return Err(format!("unknown predicate `{word}'")),
            word => return Err(format!("paths must precede expression: `{word}'")),
        })
    }
}
