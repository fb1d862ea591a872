//! Perl's regular expressions, as `grep -P` and `jq` have them: groups with and without names, lazy and possessive
//! repetition, look-around, back-references, `\K`. A match is looked for by going forth and back, in a limited number of steps.

/// Most steps of one search.
const LIMIT: u64 = 4_000_000;
/// Deepest nesting of what is matched.
const DEPTH_LIMIT: usize = 1_000;
/// Deepest nesting of groups in a pattern.
const GROUPS_LIMIT: usize = 50;

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

#[derive(Clone, Debug, Default)]
struct Set {
    not: bool,
    ranges: Vec<(char, char)>,
    /// Classes by letter (`d`, `W`) or POSIX name.
    classes: Vec<String>,
}

/// A pattern, read.
#[derive(Clone, Debug)]
pub struct PerlRegex {
    node: Node,
    groups: usize,
    names: Vec<(String, usize)>,
    ignore_case: bool,
}

/// A match: the places of the whole and of each group, in characters.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The whole match, then each group if it took part.
    pub groups: Vec<Option<(usize, usize)>>,
}

impl Found {
    /// Where the whole begins and ends.
    pub fn whole(&self) -> (usize, usize) {
        self.groups[0].unwrap_or((0, 0))
    }
}

/// How letters of a pattern are read; `(?i)` and its kin change it.
#[derive(Clone, Copy, Default)]
pub struct Flags {
    /// `i`
    pub ignore_case: bool,
    /// `x`
    pub extended: bool,
    /// `s`
    pub dot_all: bool,
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    groups: usize,
    depth: usize,
    names: Vec<(String, usize)>,
    flags: Flags,
}

impl PerlRegex {
    /// Reads a pattern.
    ///
    /// Errors: what is wrong with it, or beyond this reader.
    pub fn new(pattern: &str, flags: Flags) -> Result<PerlRegex, String> {
        let chars = pattern.chars().collect();
        let mut reader = Reader { chars, at: 0, groups: 0, depth: 0, names: Vec::new(), flags };
        let node = reader.choice()?;
        if reader.at < reader.chars.len() {
            return Err("unmatched closing parenthesis".to_owned());
        }
        let ignore_case = reader.flags.ignore_case;
        Ok(PerlRegex { node, groups: reader.groups, names: reader.names, ignore_case })
    }

    /// The names of groups, by number.
    pub fn name(&self, group: usize) -> Option<&str> {
        self.names.iter().find(|(_, number)| *number == group).map(|(name, _)| name.as_str())
    }

    /// How many groups there are, the whole not counted.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// The first match that begins at `from` or later; `Err` when it takes too many steps.
    pub fn find(&self, text: &[char], from: usize) -> Result<Option<Found>, String> {
        let mut state = State {
            text,
            groups: vec![None; self.groups + 1],
            steps: 0,
            depth: 0,
            ignore_case: self.ignore_case,
            keep: None,
            failed: false,
        };
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

impl Reader {
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

    fn choice(&mut self) -> Result<Node, String> {
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

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

impl Set {
    fn has(&self, c: char, ignore_case: bool) -> bool {
        let within = |c: char| {
            self.ranges.iter().any(|(low, high)| (*low..=*high).contains(&c))
                || self.classes.iter().any(|class| in_class(class, c))
        };
        let mut hit = within(c);
        if !hit && ignore_case {
            hit = c.to_lowercase().any(within) || c.to_uppercase().any(within);
        }
        hit != self.not
    }
}

fn in_class(class: &str, c: char) -> bool {
    match class {
        "d" | "digit" => c.is_ascii_digit(),
        "D" => !c.is_ascii_digit(),
        "w" | "word" => is_word(c),
        "W" => !is_word(c),
        "s" | "space" => c.is_whitespace(),
        "S" => !c.is_whitespace(),
        "h" | "blank" => c == ' ' || c == '\t',
        "H" => c != ' ' && c != '\t',
        "alpha" => c.is_alphabetic(),
        "alnum" => c.is_alphanumeric(),
        "upper" => c.is_uppercase(),
        "lower" => c.is_lowercase(),
        "punct" => c.is_ascii_punctuation(),
        "xdigit" => c.is_ascii_hexdigit(),
        "cntrl" => c.is_control(),
        "print" => !c.is_control(),
        "graph" => !c.is_control() && !c.is_whitespace(),
        _ => false,
    }
}

struct State<'a> {
    text: &'a [char],
    groups: Vec<Option<(usize, usize)>>,
    steps: u64,
    depth: usize,
    ignore_case: bool,
    keep: Option<usize>,
    failed: bool,
}

/// What is to match after a node; false sends the matcher back.
type After<'b, 'a> = &'b mut dyn FnMut(&mut State<'a>, usize) -> bool;

impl<'a> State<'a> {
    fn same(&self, a: char, b: char) -> bool {
        a == b || self.ignore_case && a.to_lowercase().eq(b.to_lowercase())
    }

    fn step(&mut self, node: &Node, at: usize, after: After<'_, 'a>) -> bool {
        self.steps += 1;
        self.depth += 1;
        if self.steps > LIMIT || self.depth > DEPTH_LIMIT {
            self.failed = true;
        }
        let hit = !self.failed && self.step_in(node, at, after);
        self.depth -= 1;
        hit
    }

    fn step_in(&mut self, node: &Node, at: usize, after: After<'_, 'a>) -> bool {
        let here = self.text.get(at).copied();
        let before = at.checked_sub(1).and_then(|at| self.text.get(at).copied());
        match node {
            Node::Char(c) => here.is_some_and(|here| self.same(here, *c)) && after(self, at + 1),
            Node::Any(all) => here.is_some_and(|here| *all || here != '\n') && after(self, at + 1),
            Node::Set(set) => here.is_some_and(|here| set.has(here, self.ignore_case)) && after(self, at + 1),
            Node::Start | Node::TextStart => at == 0 && after(self, at),
            Node::End => (at == self.text.len() || at + 1 == self.text.len() && here == Some('\n')) && after(self, at),
            Node::TextEnd => at == self.text.len() && after(self, at),
            Node::Boundary(not) => {
                (before.is_some_and(is_word) != here.is_some_and(is_word)) != *not && after(self, at)
            }
            Node::Keep => {
                let old = self.keep.replace(at);
                let hit = after(self, at);
                if !hit {
                    self.keep = old;
                }
                hit
            }
            Node::Group(inner, None) => self.step(inner, at, after),
            Node::Group(inner, Some(number)) => {
                let old = self.groups[*number];
                let hit = self.step(inner, at, &mut |state, end| {
                    let earlier = state.groups[*number].replace((at, end));
                    let hit = after(state, end);
                    if !hit {
                        state.groups[*number] = earlier;
                    }
                    hit
                });
                if !hit {
                    self.groups[*number] = old;
                }
                hit
            }
            Node::Back(number) => {
                let Some((from, to)) = self.groups.get(*number).copied().flatten() else { return false };
                let (text, length) = (self.text, to - from);
                let fits = at + length <= text.len() && (0..length).all(|n| self.same(text[from + n], text[at + n]));
                fits && after(self, at + length)
            }
            Node::Sequence(nodes) => self.sequence(nodes, at, after),
            Node::Choice(choices) => choices.iter().any(|choice| self.step(choice, at, after)),
            Node::Repeat { node, least, most, kind } => self.repeat(node, (*least, *most, *kind), 0, at, after),
            Node::Look { node, behind, not } => {
                let hit = if *behind {
                    (0..=at).rev().any(|from| self.step(node, from, &mut |_, end| end == at))
                } else {
                    self.step(node, at, &mut |_, _| true)
                };
                hit != *not && !self.failed && after(self, at)
            }
        }
    }

    fn sequence(&mut self, nodes: &[Node], at: usize, after: After<'_, 'a>) -> bool {
        match nodes.split_first() {
            None => after(self, at),
            Some((first, rest)) => self.step(first, at, &mut |state, at| state.sequence(rest, at, after)),
        }
    }

    fn repeat(
        &mut self,
        node: &Node,
        how: (usize, usize, Greed),
        count: usize,
        at: usize,
        after: After<'_, 'a>,
    ) -> bool {
        let (least, most, kind) = how;
        // One character at a time needs no nesting.
        if let Node::Char(_) | Node::Any(_) | Node::Set(_) = node {
            let mut longest = 0;
            let wanted = if kind == Greed::Least { least } else { most };
            while longest < wanted && self.step_in(node, at + longest, &mut |_, _| true) {
                longest += 1;
                self.steps += 1;
            }
            if longest < least {
                return false;
            }
            match kind {
                Greed::Possessive => return after(self, at + longest),
                Greed::Most => return (least..=longest).rev().any(|count| after(self, at + count)),
                Greed::Least => loop {
                    if after(self, at + longest) {
                        return true;
                    }
                    self.steps += 1;
                    if self.steps > LIMIT {
                        self.failed = true;
                    }
                    if self.failed || longest >= most || !self.step_in(node, at + longest, &mut |_, _| true) {
                        return false;
                    }
                    longest += 1;
                },
            }
        }
        if kind == Greed::Possessive {
            let (mut at, mut count) = (at, 0);
            while count < most {
                let end = std::cell::Cell::new(at);
                let hit = self.step(node, at, &mut |_, place| {
                    end.set(place);
                    true
                });
                if !hit || end.get() == at && count >= least {
                    break;
                }
                at = end.get();
                count += 1;
            }
            return count >= least && after(self, at);
        }
        if kind == Greed::Least && count >= least && after(self, at) {
            return true;
        }
        let more = count < most
            && self.step(node, at, &mut |state, end| {
                // A turn that takes nothing would go on for ever.
                (end > at || count < least) && state.repeat(node, how, count + 1, end, after)
            });
        more || kind == Greed::Most && count >= least && !self.failed && after(self, at)
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
