//! Patterns as texts, and the files whose names match one.

use super::pattern::{Pattern, Work};
use crate::FileType;
use crate::shell::{Flow, Shell};

/// The most files one pattern gives.
const FILES_LIMIT: usize = 20_000;

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
pub(crate) fn is_pattern(text: &str, extended: bool) -> bool {
    if extended && has_choice(text) {
        return true;
    }
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

/// Whether text has one of `?(…)`, `*(…)`, `+(…)`, `@(…)`, `!(…)`.
pub(crate) fn has_choice(text: &str) -> bool {
    ["?(", "*(", "+(", "@(", "!("]
        .iter()
        .any(|start| text.split_once(start).is_some_and(|(_, rest)| rest.contains(')')))
}

/// The parts of a pattern between its slashes; one within parentheses parts nothing.
fn parts(pattern: &str) -> Vec<&str> {
    let (mut parts, mut from, mut depth) = (Vec::new(), 0, 0usize);
    let mut escaped = false;
    for (at, c) in pattern.char_indices() {
        match c {
            _ if std::mem::take(&mut escaped) => {}
            '\\' => escaped = true,
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            '/' if depth == 0 => {
                parts.push(&pattern[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&pattern[from..]);
    parts.retain(|part| !part.is_empty());
    parts
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

impl Shell {
    /// The files that match a pattern, in the order of their names.
    pub(super) async fn files(&mut self, pattern: &str) -> Result<Vec<String>, Flow> {
        let absolute = pattern.starts_with('/');
        let mut found = vec![if absolute { "/".to_owned() } else { String::new() }];
        let parts = parts(pattern);
        let (extended, fold) = (self.state.options.extglob, self.state.options.nocaseglob);
        let mut work = Work::new();
        for (depth, part) in parts.iter().enumerate() {
            let last = depth + 1 == parts.len();
            let lowered = if fold { part.to_lowercase() } else { String::new() };
            let matcher = (is_pattern(part, extended) || fold && part.chars().any(char::is_alphabetic))
                .then(|| Pattern::new(if fold { &lowered } else { part }, &mut work));
            let dots = self.state.options.dotglob || part.starts_with('.') || part.starts_with("\\.");
            let mut next = Vec::new();
            if *part == "**" && self.state.options.globstar {
                // Folders of any depth, the one it stands in with them; at the end files as well.
                let folders_only = !last || pattern.ends_with('/');
                for dir in &found {
                    if !last || !dir.is_empty() {
                        next.push(dir.clone());
                    }
                    let mut waiting = vec![dir.clone()];
                    while let Some(dir) = waiting.pop() {
                        let Ok(entries) = self.process.read_dir(if dir.is_empty() { "." } else { &dir }) else {
                            continue;
                        };
                        for entry in entries {
                            work.add(dir.len() + entry.name.len());
                            if entry.name.starts_with('.') && !self.state.options.dotglob {
                                continue;
                            }
                            let path = format!("{dir}{}", entry.name);
                            if entry.file_type == FileType::Directory {
                                waiting.push(format!("{path}/"));
                                next.push(path);
                            } else if !folders_only {
                                next.push(path);
                            }
                        }
                        self.charge(&mut work).await?;
                        if next.len() > FILES_LIMIT {
                            self.complain("xmalloc: cannot allocate memory").await;
                            return Err(Flow::Abort(2));
                        }
                    }
                }
                for path in next.iter_mut().filter(|path| folders_only && !path.is_empty() && !path.ends_with('/')) {
                    path.push('/');
                }
                found = next;
                continue;
            }
            for dir in &found {
                let Some(matcher) = &matcher else {
                    let path = format!("{dir}{}", unescape(part));
                    if self.process.symlink_metadata(&path).is_ok() {
                        next.push(path);
                    }
                    work.add(dir.len());
                    self.charge(&mut work).await?;
                    continue;
                };
                let Ok(entries) = self.process.read_dir(if dir.is_empty() { "." } else { dir }) else { continue };
                for entry in entries {
                    work.add(dir.len() + entry.name.len());
                    if entry.name.starts_with('.') && !dots
                        || !matcher
                            .matches(&if fold { entry.name.to_lowercase() } else { entry.name.clone() }, &mut work)
                    {
                        continue;
                    }
                    let path = format!("{dir}{}", entry.name);
                    let is_dir = entry.file_type == FileType::Directory
                        || entry.file_type == FileType::Symlink
                            && self.process.metadata(&path).is_ok_and(|m| m.is_dir());
                    if last && !pattern.ends_with('/') || is_dir {
                        next.push(path);
                    }
                }
                self.charge(&mut work).await?;
                if next.len() > FILES_LIMIT {
                    self.complain("xmalloc: cannot allocate memory").await;
                    return Err(Flow::Abort(2));
                }
            }
            if !last || pattern.ends_with('/') {
                for path in &mut next {
                    path.push('/');
                }
            }
            found = next;
        }
        sim::order::sort_by(&mut found, |a, b| collate(a).cmp(&collate(b)));
        Ok(found)
    }
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
