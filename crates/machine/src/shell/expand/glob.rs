//! Patterns: `*`, `?`, `[…]`, and bash's `@(…)` family; file names that match them.

use crate::{FileType, Process};

/// The most files one pattern gives.
const FILES_LIMIT: usize = 20_000;
/// Steps one match may take: patterns such as `*a*a*a*b` go back and forth.
const STEPS_LIMIT: u32 = 200_000;

/// Text as a pattern that matches only itself.
pub(crate) fn escape(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if "*?[]\\!+@(|)-^".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// Whether text has an unescaped character that makes it a pattern.
pub(crate) fn is_pattern(text: &str) -> bool {
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => drop(chars.next()),
            '*' | '?' => return true,
            '[' if chars.as_str().contains(']') => return true,
            _ => {}
        }
    }
    false
}

/// The text a pattern stands for, if it matches only that.
pub(crate) fn literal(pattern: &str) -> Option<String> {
    let mut text = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.push(chars.next().unwrap_or('\\')),
            '*' | '?' | '[' | '(' => return None,
            c => text.push(c),
        }
    }
    Some(text)
}

/// Whether a pattern matches all of a text.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let mut steps = 0;
    matches_at(&pattern, &text, &mut steps, 0)
}

/// The end of `(…)` that starts after `open`: the alternatives and the index after `)`.
fn alternatives(pattern: &[char], open: usize) -> Option<(Vec<&[char]>, usize)> {
    let (mut depth, mut start, mut at) = (0, open + 1, open);
    let mut found = Vec::new();
    while let Some(c) = pattern.get(at) {
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

fn matches_at(pattern: &[char], text: &[char], steps: &mut u32, depth: u32) -> bool {
    *steps += 1;
    if *steps > STEPS_LIMIT || depth > 400 {
        return false;
    }
    let Some(first) = pattern.first() else { return text.is_empty() };
    if pattern.get(1) == Some(&'(')
        && let ('?' | '*' | '+' | '@' | '!', Some((choices, after))) = (*first, alternatives(pattern, 1))
    {
        let rest = &pattern[after..];
        let (optional, repeats) = (matches!(first, '?' | '*'), matches!(first, '*' | '+'));
        if *first == '!' {
            return (0..=text.len()).any(|end| {
                !choices.iter().any(|choice| matches_at(choice, &text[..end], steps, depth + 1))
                    && matches_at(rest, &text[end..], steps, depth + 1)
            });
        }
        if optional && matches_at(rest, text, steps, depth + 1) {
            return true;
        }
        for end in 0..=text.len() {
            if choices.iter().any(|choice| matches_at(choice, &text[..end], steps, depth + 1)) {
                if matches_at(rest, &text[end..], steps, depth + 1) {
                    return true;
                }
                if repeats && end > 0 {
                    let again: Vec<char> = "*".chars().chain(pattern[1..].iter().copied()).collect();
                    if matches_at(&again, &text[end..], steps, depth + 1) {
                        return true;
                    }
                }
            }
        }
        return false;
    }
    match first {
        '*' => {
            let rest = &pattern[pattern.iter().take_while(|c| **c == '*').count()..];
            if rest.is_empty() {
                return true;
            }
            (0..=text.len()).any(|start| matches_at(rest, &text[start..], steps, depth + 1))
        }
        '?' => !text.is_empty() && matches_at(&pattern[1..], &text[1..], steps, depth + 1),
        '[' => match bracket(pattern, text.first().copied()) {
            Some((hit, after)) => {
                !text.is_empty() && hit && matches_at(&pattern[after..], &text[1..], steps, depth + 1)
            }
            None => text.first() == Some(&'[') && matches_at(&pattern[1..], &text[1..], steps, depth + 1),
        },
        '\\' if pattern.len() > 1 => {
            text.first() == Some(&pattern[1]) && matches_at(&pattern[2..], &text[1..], steps, depth + 1)
        }
        c => {
            // Plain text is compared in a loop, so that its length adds no depth.
            let plain = pattern.iter().take_while(|c| !"*?[\\+@!".contains(**c)).count().max(1);
            if plain == 1 {
                return text.first() == Some(c) && matches_at(&pattern[1..], &text[1..], steps, depth + 1);
            }
            text.len() >= plain
                && text[..plain] == pattern[..plain]
                && matches_at(&pattern[plain..], &text[plain..], steps, depth + 1)
        }
    }
}

/// Reads `[…]`: whether a character is in it, and the index after it; `None` if it is not closed.
fn bracket(pattern: &[char], c: Option<char>) -> Option<(bool, usize)> {
    let mut at = 1;
    let negated = matches!(pattern.get(at), Some('!' | '^'));
    at += usize::from(negated);
    let (mut hit, first) = (false, at);
    loop {
        let mut low = *pattern.get(at)?;
        if low == ']' && at > first {
            return Some((hit != negated, at + 1));
        }
        if low == '[' && pattern.get(at + 1) == Some(&':') {
            let end = (at + 2..pattern.len()).find(|end| pattern[*end] == ':' && pattern.get(end + 1) == Some(&']'));
            if let Some(end) = end {
                let class: String = pattern[at + 2..end].iter().collect();
                hit |= c.is_some_and(|c| in_class(&class, c));
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
        hit |= c.is_some_and(|c| low <= c && c <= high);
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

/// The files that match a pattern, in the order of their names.
pub(crate) fn files(process: &Process, pattern: &str, dots: bool) -> Vec<String> {
    let absolute = pattern.starts_with('/');
    let mut found = vec![if absolute { "/".to_owned() } else { String::new() }];
    let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    for (depth, part) in parts.iter().enumerate() {
        let last = depth + 1 == parts.len();
        let mut next = Vec::new();
        for dir in &found {
            if !is_pattern(part) {
                let path = format!("{dir}{}", unescape(part));
                if process.symlink_metadata(&path).is_ok() {
                    next.push(path);
                }
                continue;
            }
            let Ok(entries) = process.read_dir(if dir.is_empty() { "." } else { dir }) else { continue };
            for entry in entries {
                let hidden = entry.name.starts_with('.') && !part.starts_with('.') && !part.starts_with("\\.") && !dots;
                if hidden || !matches(part, &entry.name) {
                    continue;
                }
                let path = format!("{dir}{}", entry.name);
                let is_dir = entry.file_type == FileType::Directory
                    || entry.file_type == FileType::Symlink && process.metadata(&path).is_ok_and(|m| m.is_dir());
                if last && !pattern.ends_with('/') || is_dir {
                    next.push(path);
                }
            }
        }
        next.truncate(FILES_LIMIT);
        if !last || pattern.ends_with('/') {
            for path in &mut next {
                path.push('/');
            }
        }
        found = next;
    }
    sim::order::sort_by(&mut found, |a, b| collate(a).cmp(&collate(b)));
    found
}

/// Order of file names in a UTF-8 locale: letters without regard to case or punctuation first.
fn collate(name: &str) -> (String, String) {
    (name.chars().filter(|c| c.is_alphanumeric() || *c == '/').flat_map(char::to_lowercase).collect(), name.to_owned())
}

fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.push(if c == '\\' { chars.next().unwrap_or('\\') } else { c });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("@(foo|bar)", "bar", true),
            ("!(foo)", "foo", false),
            ("+(ab)", "abab", true),
            ("?(a)b", "b", true),
            ("x*(ab)y", "xababy", true),
            ("*.@(yaml|yml)", "pod.yml", true),
            ("*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
