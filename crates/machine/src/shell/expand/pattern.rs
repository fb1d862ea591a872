//! Patterns, `*`, `?`, `[…]` and bash's `@(…)` family, matched against texts.
//!
//! Matching goes by sets of places: for all the places where a part of the pattern may start, where may it end? No part is
//! tried twice at one place, so a match takes no more steps than the pattern's length times the text's, where going back
//! and forth takes exponentially many. Only `!(…)` looks at each place where it may start by itself.

use crate::shell::{Flow, Shell};

/// Most steps of one expansion. A pattern that stays below takes about a second at worst.
const LIMIT: u64 = 1 << 28;
/// Most steps between two moments at which the shell can be interrupted.
const UNBROKEN_LIMIT: u64 = 1 << 25;
/// Steps that are not worth a pause.
const SMALL: u64 = 1 << 14;
/// Deepest nesting of `@(…)`; what is deeper stands for itself.
const DEPTH_LIMIT: usize = 50;
/// Longest name of a class, `[:name:]`.
const CLASS_LIMIT: usize = 16;

/// The steps that matching took, in characters looked at, for all matches of one expansion.
pub(crate) struct Work {
    /// Since the world was last told.
    new: u64,
    told: u64,
}

impl Work {
    pub(crate) fn new() -> Self {
        Work { new: 0, told: 0 }
    }

    pub(crate) fn add(&mut self, steps: usize) {
        self.new += steps as u64;
    }

    /// Whether it is too much; then what a match says means nothing.
    fn exceeded(&self) -> bool {
        self.new > UNBROKEN_LIMIT || self.told + self.new > LIMIT
    }
}

impl Shell {
    /// Takes the time for what was matched since the last call; fails if it was too much, or for Ctrl-C.
    pub(crate) async fn charge(&mut self, work: &mut Work) -> Result<(), Flow> {
        if work.exceeded() {
            self.complain("the pattern takes too many steps").await;
            return Err(Flow::Abort(2));
        }
        if work.new >= SMALL {
            let steps = std::mem::take(&mut work.new);
            work.told += steps;
            self.work(steps).await?;
        }
        Ok(())
    }

    /// Whether a pattern matches all of a text.
    pub(crate) async fn matches_pattern(&mut self, pattern: &str, text: &str) -> Result<bool, Flow> {
        let mut work = Work::new();
        let folded = self.state.options.nocasematch.then(|| (pattern.to_lowercase(), text.to_lowercase()));
        let (pattern, text) = folded.as_ref().map_or((pattern, text), |(pattern, text)| (pattern, text));
        let hit = Pattern::new(pattern, &mut work).matches(text, &mut work);
        self.charge(&mut work).await?;
        Ok(hit)
    }
}

/// A pattern, read.
pub(crate) struct Pattern {
    parts: Vec<Part>,
}

#[derive(Clone)]
enum Part {
    Char(char),
    Any,
    Set(Set),
    Star,
    /// `@(…)` and its kin, by the character before the parenthesis.
    Choice(char, Vec<Vec<Part>>),
}

/// `[…]`
#[derive(Clone, Default)]
struct Set {
    negated: bool,
    ranges: Vec<(char, char)>,
    classes: Vec<String>,
}

impl Set {
    fn has(&self, c: char) -> bool {
        let hit = self.ranges.iter().any(|(low, high)| *low <= c && c <= *high)
            || self.classes.iter().any(|class| in_class(class, c));
        hit != self.negated
    }
}

impl Pattern {
    pub(crate) fn new(pattern: &str, work: &mut Work) -> Self {
        Pattern { parts: read(&pattern.chars().collect::<Vec<char>>(), 0, work) }
    }

    /// The same pattern for texts that are read from their end.
    pub(super) fn reversed(&self) -> Self {
        Pattern { parts: reversed(&self.parts) }
    }

    pub(crate) fn matches(&self, text: &str, work: &mut Work) -> bool {
        let text: Vec<char> = text.chars().collect();
        self.ends(&text, vec![0], work).last() == Some(&text.len())
    }

    /// Whether where it may start can be told for all places at once.
    pub(super) fn is_regular(&self) -> bool {
        fn regular(parts: &[Part]) -> bool {
            parts.iter().all(|part| match part {
                Part::Choice(kind, choices) => *kind != '!' && choices.iter().all(|choice| regular(choice)),
                _ => true,
            })
        }
        regular(&self.parts)
    }

    /// The places where a match may end that starts at one of `starts`; both in order.
    pub(super) fn ends(&self, text: &[char], starts: Vec<usize>, work: &mut Work) -> Vec<usize> {
        ends(&self.parts, text, starts, work)
    }
}

fn ends(parts: &[Part], text: &[char], starts: Vec<usize>, work: &mut Work) -> Vec<usize> {
    let mut places = starts;
    for part in parts {
        let Some(first) = places.first().copied().filter(|_| !work.exceeded()) else { return Vec::new() };
        work.add(places.len());
        match part {
            Part::Star => {
                places = (first..=text.len()).collect();
                work.add(places.len());
            }
            Part::Choice(kind, choices) => places = choice_ends(*kind, choices, text, places, work),
            Part::Char(c) => places.retain(|at| text.get(*at) == Some(c)),
            Part::Any => places.retain(|at| *at < text.len()),
            Part::Set(set) => {
                work.add(places.len() * (set.ranges.len() + set.classes.len()));
                places.retain(|at| text.get(*at).is_some_and(|c| set.has(*c)));
            }
        }
        if !matches!(part, Part::Star | Part::Choice(..)) {
            places.iter_mut().for_each(|at| *at += 1);
        }
    }
    places
}

fn choice_ends(kind: char, choices: &[Vec<Part>], text: &[char], starts: Vec<usize>, work: &mut Work) -> Vec<usize> {
    let any = |starts: &[usize], work: &mut Work| {
        let mut found = Vec::new();
        for choice in choices {
            work.add(starts.len() + found.len());
            found = union(found, ends(choice, text, starts.to_vec(), work));
        }
        found
    };
    match kind {
        '!' => {
            let mut found = Vec::new();
            for start in starts {
                if work.exceeded() {
                    break;
                }
                let excluded = any(&[start], work);
                let mut excluded = excluded.into_iter().peekable();
                let rest = (start..=text.len()).filter(|end| excluded.next_if_eq(end).is_none()).collect();
                work.add(text.len() - start + found.len());
                found = union(found, rest);
            }
            found
        }
        '*' | '+' => {
            // Each place is gone on from once.
            let first = starts[0];
            let mut seen: Vec<bool> = Vec::new();
            let mut new = starts;
            if kind == '*' {
                mark(&mut seen, first, &mut new);
            }
            while !new.is_empty() && !work.exceeded() {
                new = any(&new, work);
                mark(&mut seen, first, &mut new);
            }
            work.add(seen.len());
            seen.iter().enumerate().filter(|(_, seen)| **seen).map(|(at, _)| first + at).collect()
        }
        '?' => {
            let found = any(&starts, work);
            union(starts, found)
        }
        _ => any(&starts, work),
    }
}

/// Notes places as seen, and leaves those that are new.
fn mark(seen: &mut Vec<bool>, first: usize, places: &mut Vec<usize>) {
    places.retain(|at| {
        let at = at - first;
        if seen.len() <= at {
            seen.resize(at + 1, false);
        }
        !std::mem::replace(&mut seen[at], true)
    });
}

fn union(one: Vec<usize>, other: Vec<usize>) -> Vec<usize> {
    if one.is_empty() || other.is_empty() {
        return if one.is_empty() { other } else { one };
    }
    let mut all = Vec::with_capacity(one.len() + other.len());
    let (mut one, mut other) = (one.into_iter().peekable(), other.into_iter().peekable());
    while let (Some(a), Some(b)) = (one.peek().copied(), other.peek().copied()) {
        all.push(a.min(b));
        one.next_if(|place| *place <= b);
        other.next_if(|place| *place <= a);
    }
    all.extend(one.chain(other));
    all
}

fn reversed(parts: &[Part]) -> Vec<Part> {
    let turn = |part: &Part| match part {
        Part::Choice(kind, choices) => Part::Choice(*kind, choices.iter().map(|choice| reversed(choice)).collect()),
        part => part.clone(),
    };
    parts.iter().rev().map(turn).collect()
}

fn read(pattern: &[char], depth: usize, work: &mut Work) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(c) = pattern.get(at).copied() {
        at += 1;
        if "?*+@!".contains(c)
            && pattern.get(at) == Some(&'(')
            && depth < DEPTH_LIMIT
            && let Some((choices, after)) = alternatives(pattern, at, work)
        {
            let choices = choices.into_iter().map(|choice| read(choice, depth + 1, work)).collect();
            parts.push(Part::Choice(c, choices));
            at = after;
            continue;
        }
        parts.push(match c {
            '*' if matches!(parts.last(), Some(Part::Star)) => continue,
            '*' => Part::Star,
            '?' => Part::Any,
            '[' => match set(pattern, at, work) {
                Some((set, after)) => {
                    at = after;
                    Part::Set(set)
                }
                None => Part::Char('['),
            },
            '\\' if at < pattern.len() => {
                at += 1;
                Part::Char(pattern[at - 1])
            }
            c => Part::Char(c),
        });
    }
    parts
}

/// The end of `(…)` that starts at `open`: the alternatives and the index after `)`.
fn alternatives<'a>(pattern: &'a [char], open: usize, work: &mut Work) -> Option<(Vec<&'a [char]>, usize)> {
    let (mut depth, mut start, mut at) = (0, open + 1, open);
    let mut found = Vec::new();
    while let Some(c) = pattern.get(at).filter(|_| !work.exceeded()) {
        work.add(1);
        match c {
            '\\' => at += 1,
            '(' => depth += 1,
            '|' if depth == 1 => {
                found.push(&pattern[start..at]);
                start = at + 1;
            }
            ')' if depth == 1 => {
                found.push(&pattern[start..at]);
                return Some((found, at + 1));
            }
            ')' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    None
}

/// Reads `[…]` from after its bracket: the set and the index after it; `None` if it is not closed.
fn set(pattern: &[char], start: usize, work: &mut Work) -> Option<(Set, usize)> {
    let mut at = start;
    let mut set = Set { negated: matches!(pattern.get(at), Some('!' | '^')), ..Set::default() };
    at += usize::from(set.negated);
    let first = at;
    loop {
        let mut low = *pattern.get(at).filter(|_| !work.exceeded())?;
        work.add(1);
        if low == ']' && at > first {
            return Some((set, at + 1));
        }
        if low == '[' && pattern.get(at + 1) == Some(&':') {
            let longest = pattern.len().min(at + 2 + CLASS_LIMIT);
            let end = (at + 2..longest).find(|end| pattern[*end] == ':' && pattern.get(end + 1) == Some(&']'));
            if let Some(end) = end {
                set.classes.push(pattern[at + 2..end].iter().collect());
                at = end + 2;
                continue;
            }
        }
        if low == '\\' && pattern.get(at + 1).is_some() {
            at += 1;
            low = pattern[at];
        }
        at += 1;
        let mut high = low;
        if pattern.get(at) == Some(&'-') && pattern.get(at + 1).is_some_and(|next| *next != ']') {
            high = pattern[at + 1];
            at += 2;
        }
        set.ranges.push((low, high));
    }
}

fn in_class(class: &str, c: char) -> bool {
    match class {
        "alpha" => c.is_alphabetic(),
        "digit" => c.is_ascii_digit(),
        "alnum" => c.is_alphanumeric(),
        "upper" => c.is_uppercase(),
        "lower" => c.is_lowercase(),
        "space" => c.is_whitespace(),
        "blank" => c == ' ' || c == '\t',
        "punct" => c.is_ascii_punctuation(),
        "xdigit" => c.is_ascii_hexdigit(),
        "cntrl" => c.is_control(),
        "print" => !c.is_control(),
        "graph" => !c.is_control() && c != ' ',
        "word" => c.is_alphanumeric() || c == '_',
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> (bool, u64) {
        let mut work = Work::new();
        (Pattern::new(pattern, &mut work).matches(text, &mut work), work.new)
    }

    #[test]
    fn patterns_match_as_in_bash() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*c", "abc", true),
            ("a*c", "abd", false),
            ("?", "한", true),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[[:digit:]]*", "7up", true),
            ("[]]", "]", true),
            ("[", "[", true),
            ("[a", "[a", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("\\", "\\", true),
            ("@(foo|bar)", "bar", true),
            ("@(foo|bar", "@(foo|bar", true),
            ("!(foo)", "foo", false),
            ("!(foo)", "", true),
            ("a!(b)c", "abc", false),
            ("a!(b)c", "abbc", true),
            ("!(a|b)!(c)", "ac", true),
            ("+(ab)", "abab", true),
            ("+(ab)", "", false),
            ("*(ab)", "", true),
            ("+(a|ab)c", "aabc", true),
            ("+()x", "x", true),
            ("?(a)b", "b", true),
            ("x*(ab)y", "xababy", true),
            ("*(*(a)b)c", "aabbabc", true),
            ("*.@(yaml|yml)", "pod.yml", true),
            ("@(a*|b)c", "aXcc", true),
        ] {
            assert_eq!(matches(pattern, text).0, expected, "{pattern} {text}");
            let (back, text_back) =
                (Pattern::new(pattern, &mut Work::new()).reversed(), text.chars().rev().collect::<String>());
            assert_eq!(back.matches(&text_back, &mut Work::new()), expected, "{pattern} {text} from the end");
        }
    }

    #[test]
    fn a_match_takes_no_more_steps_than_both_lengths_multiplied() {
        let text = "a".repeat(2_000);
        for pattern in
            ["*b", "*a*a*b", "*a*a*a*a*a*a*b", "+(a|aa)b", "+(*(a)|b)c", "*(*(*(a)))b", "+(a|a|a|a|a)+(a|a|a)b"]
        {
            let (hit, steps) = matches(pattern, &text);
            assert!(!hit, "{pattern}");
            assert!(steps < 40 * 2_000 * pattern.len() as u64, "{pattern}: {steps} steps");
        }
    }
}
