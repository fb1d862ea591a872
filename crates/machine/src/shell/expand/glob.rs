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

impl Shell {
    /// The files that match a pattern, in the order of their names.
    pub(super) async fn files(&mut self, pattern: &str) -> Result<Vec<String>, Flow> {
        let absolute = pattern.starts_with('/');
        let mut found = vec![if absolute { "/".to_owned() } else { String::new() }];
        let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
        let mut work = Work::new();
        for (depth, part) in parts.iter().enumerate() {
            let last = depth + 1 == parts.len();
            let matcher = is_pattern(part).then(|| Pattern::new(part, &mut work));
            let dots = self.state.options.dotglob || part.starts_with('.') || part.starts_with("\\.");
            let mut next = Vec::new();
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
                    if entry.name.starts_with('.') && !dots || !matcher.matches(&entry.name, &mut work) {
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
