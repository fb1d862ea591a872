//! What `${x#…}`, `${x%…}`, `${x/…/…}` and `${x^…}` make of a text.

use brush_parser::word::SubstringMatchKind;

use super::glob;
use super::pattern::{Pattern, Work};
use crate::shell::{EXPANSION_LIMIT, Flow, Shell};

/// What is done where a pattern matches.
pub(super) enum Change {
    Remove { prefix: bool, largest: bool },
    Replace { replacement: String, kind: SubstringMatchKind },
    Case { upper: bool, first_only: bool },
}

impl Shell {
    /// Changes texts by one pattern.
    pub(super) async fn change(
        &mut self,
        texts: &[String],
        pattern: &str,
        change: &Change,
    ) -> Result<Vec<String>, Flow> {
        let mut work = Work::new();
        let matcher = Pattern::new(pattern, &mut work);
        let literal = glob::literal(pattern);
        let mut changed = Vec::new();
        let mut length = 0;
        for text in texts {
            let text = match (change, &literal) {
                (Change::Remove { prefix: true, .. }, Some(plain)) => {
                    text.strip_prefix(plain).unwrap_or(text).to_owned()
                }
                (Change::Remove { .. }, Some(plain)) => text.strip_suffix(plain).unwrap_or(text).to_owned(),
                (Change::Remove { prefix, largest }, None) => remove(text, &matcher, *prefix, *largest, &mut work),
                (Change::Replace { replacement, kind }, _) if pattern.is_empty() => match kind {
                    SubstringMatchKind::Prefix => format!("{replacement}{text}"),
                    SubstringMatchKind::Suffix => format!("{text}{replacement}"),
                    _ => text.clone(),
                },
                (Change::Replace { replacement, kind }, Some(plain)) => {
                    match replace_plain(text, plain, replacement, kind) {
                        Some(text) => text,
                        None => return Err(self.too_long().await),
                    }
                }
                (Change::Replace { replacement, kind }, None) => {
                    self.replace(text, &matcher, replacement, kind, &mut work).await?
                }
                (Change::Case { upper, first_only }, _) => {
                    let chosen = |c: char, work: &mut Work| pattern.is_empty() || matcher.matches(&c.to_string(), work);
                    case(text, *upper, *first_only, |c| chosen(c, &mut work))
                }
            };
            self.charge(&mut work).await?;
            length += text.len();
            if length > EXPANSION_LIMIT {
                return Err(self.too_long().await);
            }
            changed.push(text);
        }
        Ok(changed)
    }

    async fn too_long(&mut self) -> Flow {
        self.process.wants_endless_memory().await;
        self.complain("xmalloc: cannot allocate memory").await;
        Flow::Abort(2)
    }

    /// Replaces the longest match: at the start, at the end, the first, or all from left to right.
    async fn replace(
        &mut self,
        text: &str,
        pattern: &Pattern,
        replacement: &str,
        kind: &SubstringMatchKind,
        work: &mut Work,
    ) -> Result<String, Flow> {
        let mut chars: Vec<char> = text.chars().collect();
        let count = chars.len();
        match kind {
            SubstringMatchKind::Prefix => {
                let end = pattern.ends(&chars, vec![0], work).last().copied();
                return Ok(end.map_or(text.to_owned(), |end| format!("{replacement}{}", string(&chars[end..]))));
            }
            SubstringMatchKind::Suffix => {
                chars.reverse();
                let length = pattern.reversed().ends(&chars, vec![0], work).last().copied();
                chars.reverse();
                let start = length.map(|length| count - length);
                return Ok(start.map_or(text.to_owned(), |start| format!("{}{replacement}", string(&chars[..start]))));
            }
            SubstringMatchKind::FirstOccurrence | SubstringMatchKind::Anywhere => {}
        }
        // Where a match may start is found in one go from the text's end, so that only those places are tried.
        let mut may_start = vec![!pattern.is_regular(); count + 1];
        if pattern.is_regular() {
            chars.reverse();
            for length in pattern.reversed().ends(&chars, (0..=count).collect(), work) {
                may_start[count - length] = true;
            }
            chars.reverse();
            self.charge(work).await?;
        }
        let (mut result, mut at) = (String::new(), 0);
        while at < count {
            let ends = if may_start[at] { pattern.ends(&chars, vec![at], work) } else { Vec::new() };
            self.charge(work).await?;
            match ends.last().filter(|end| **end > at) {
                Some(end) => {
                    result.push_str(replacement);
                    at = *end;
                    if matches!(kind, SubstringMatchKind::FirstOccurrence) {
                        break;
                    }
                }
                None => {
                    result.push(chars[at]);
                    at += 1;
                    work.add(1);
                }
            }
            if result.len() > EXPANSION_LIMIT {
                return Err(self.too_long().await);
            }
        }
        result.push_str(&string(&chars[at..]));
        Ok(result)
    }
}

fn string(chars: &[char]) -> String {
    chars.iter().collect()
}

fn remove(text: &str, pattern: &Pattern, prefix: bool, largest: bool, work: &mut Work) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let ends = if prefix {
        pattern.ends(&chars, vec![0], work)
    } else {
        chars.reverse();
        let ends = pattern.reversed().ends(&chars, vec![0], work);
        chars.reverse();
        ends
    };
    match if largest { ends.last() } else { ends.first() } {
        Some(length) if prefix => string(&chars[*length..]),
        Some(length) => string(&chars[..chars.len() - length]),
        None => text.to_owned(),
    }
}

/// Replaces a text that stands for itself; `None` if the result is too long.
fn replace_plain(text: &str, plain: &str, replacement: &str, kind: &SubstringMatchKind) -> Option<String> {
    let changed = match kind {
        SubstringMatchKind::Prefix => text.strip_prefix(plain).map(|rest| format!("{replacement}{rest}")),
        SubstringMatchKind::Suffix => text.strip_suffix(plain).map(|rest| format!("{rest}{replacement}")),
        SubstringMatchKind::FirstOccurrence => Some(text.replacen(plain, replacement, 1)),
        SubstringMatchKind::Anywhere => {
            if text.matches(plain).count().saturating_mul(replacement.len()) > EXPANSION_LIMIT {
                return None;
            }
            Some(text.replace(plain, replacement))
        }
    };
    Some(changed.unwrap_or_else(|| text.to_owned()))
}

fn case(text: &str, upper: bool, first_only: bool, mut chosen: impl FnMut(char) -> bool) -> String {
    let mut result = String::new();
    for (at, c) in text.chars().enumerate() {
        let hit = (at == 0 || !first_only) && chosen(c);
        match (hit, upper) {
            (true, true) => result.extend(c.to_uppercase()),
            (true, false) => result.extend(c.to_lowercase()),
            (false, _) => result.push(c),
        }
    }
    result
}

/// `${x@u}`
pub(super) fn capitalized(text: &str) -> String {
    case(text, true, true, |_| true)
}
