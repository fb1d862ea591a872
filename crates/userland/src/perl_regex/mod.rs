//! Perl's regular expressions, as `grep -P` and `jq` have them: groups with and without names, lazy and possessive
//! repetition, look-around, back-references, `\K`. A match is looked for by going forth and back, in a limited number of steps.

mod read;
mod run;
mod set;

use self::read::Reader;
use self::run::State;
use self::set::Set;

#[derive(Clone, Debug)]
enum Node {
    Char(char),
    /// `.`; true if it takes newlines.
    Any(bool),
    Set(Set),
    Start,
    End,
    /// `\A`, `\z`
    TextStart,
    TextEnd,
    /// `\b`; true for `\B`.
    Boundary(bool),
    Keep,
    Group(Box<Node>, Option<usize>),
    Back(usize),
    Sequence(Vec<Node>),
    Choice(Vec<Node>),
    Repeat {
        node: Box<Node>,
        least: usize,
        most: usize,
        kind: Greed,
    },
    /// `(?=…)` and the like: whether it looks behind, whether it must not match.
    Look {
        node: Box<Node>,
        behind: bool,
        not: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Greed {
    Most,
    Least,
    Possessive,
}

/// A pattern, read.
#[derive(Clone, Debug)]
pub(crate) struct PerlRegex {
    node: Node,
    groups: usize,
    names: Vec<(String, usize)>,
    ignore_case: bool,
}

/// A match: the places of the whole and of each group, in characters.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    /// The whole match, then each group if it took part.
    pub groups: Vec<Option<(usize, usize)>>,
}

impl Found {
    /// Where the whole begins and ends.
    pub(crate) fn whole(&self) -> (usize, usize) {
        self.groups[0].unwrap_or((0, 0))
    }
}

/// How letters of a pattern are read; `(?i)` and its kin change it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Flags {
    /// `i`
    pub ignore_case: bool,
    /// `x`
    pub extended: bool,
    /// `s`
    pub dot_all: bool,
}

impl PerlRegex {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// What is wrong with it, or beyond this reader.
    pub(crate) fn new(pattern: &str, flags: Flags) -> Result<PerlRegex, String> {
        let mut reader = Reader::new(pattern, flags);
        let node = reader.choice()?;
        if reader.at < reader.chars.len() {
            return Err("unmatched closing parenthesis".to_owned());
        }
        let ignore_case = reader.flags.ignore_case;
        Ok(PerlRegex { node, groups: reader.groups, names: reader.names, ignore_case })
    }

    /// The names of groups, by number.
    pub(crate) fn name(&self, group: usize) -> Option<&str> {
        self.names.iter().find(|(_, number)| *number == group).map(|(name, _)| name.as_str())
    }

    /// How many groups there are, the whole not counted.
    pub(crate) fn groups(&self) -> usize {
        self.groups
    }

    /// The first match that begins at `from` or later; `Err` when it takes too many steps.
    pub(crate) fn find(&self, text: &[char], from: usize) -> Result<Option<Found>, String> {
        let mut state = State::new(text, self.groups, self.ignore_case);
        for start in from..=text.len() {
            state.groups.fill(None);
            state.keep = None;
            let end = std::cell::Cell::new(0);
            let groups = std::cell::RefCell::new(Vec::new());
            let keep = std::cell::Cell::new(None);
            let hit = state.step(&self.node, start, &mut |state, at| {
                end.set(at);
                *groups.borrow_mut() = state.groups.clone();
                keep.set(state.keep);
                true
            });
            if state.failed {
                return Err("exceeded PCRE's backtracking limit".to_owned());
            }
            if hit {
                let mut groups = groups.into_inner();
                groups[0] = Some((keep.get().unwrap_or(start), end.get()));
                return Ok(Some(Found { groups }));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, text: &str) -> Option<String> {
        let chars: Vec<char> = text.chars().collect();
        let regex = PerlRegex::new(pattern, Flags::default()).unwrap_or_else(|error| panic!("{pattern}: {error}"));
        let (from, to) = regex.find(&chars, 0).unwrap()?.whole();
        Some(chars[from..to].iter().collect())
    }

    #[test]
    fn patterns_find_what_perl_finds() {
        for (pattern, text, wanted) in [
            (r"name=\K\w+", "x name=web y", Some("web")),
            (r"\d+(?=bar)", "foo123bar", Some("123")),
            (r"\d+(?!bar)", "12bar 34x", Some("1")),
            (r"(?<=a)b", "ab", Some("b")),
            (r"(?<!a)b", "ab b", Some("b")),
            (r"(a|ab)(c|bcd)(d*)", "abcd", Some("abcd")),
            (r"<.+?>", "<a><b>", Some("<a>")),
            (r"(\w)\1", "hello", Some("ll")),
            (r"(?i)HELLO", "say hello", Some("hello")),
            (r"a{2,3}", "aaaa", Some("aaa")),
            (r"^\s*$", "  ", Some("  ")),
            (r"(a*)*b", "aaab", Some("aaab")),
            (r"[^\d\s]+", "12 ab3", Some("ab")),
            (r"x*+x", "xxx", None),
            (r"\bcat\b", "concat cat", Some("cat")),
            (r"(?<year>\d{4})-\k<year>", "2024-2024", Some("2024-2024")),
        ] {
            assert_eq!(found(pattern, text).as_deref(), wanted, "{pattern}");
        }
        let text: Vec<char> = "a".repeat(40).chars().collect();
        let slow = PerlRegex::new("(a+)+b", Flags::default()).unwrap();
        assert!(slow.find(&text, 0).is_err());
        assert!(PerlRegex::new("(a", Flags::default()).is_err());
        assert!(PerlRegex::new("a)", Flags::default()).is_err());
    }
}
