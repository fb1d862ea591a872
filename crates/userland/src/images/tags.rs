//! Which tags an image has.

/// Which tags a repository has.
pub(super) enum Tags {
    /// These words, numbers such as `1.2.3` whose first two parts are within the bounds, and either with one of the
    /// suffixes.
    Versions { words: &'static str, from: (u32, u32), to: (u32, u32), suffixes: &'static str },
    /// Any `v1.2.3`, `3.10`, `1.37.0-glibc`.
    Any,
}

/// The two numbers a version starts with, how many parts it has, and what follows after a dash.
fn numbers(tag: &str) -> Option<((u32, u32), usize, &str)> {
    let (number, suffix) = tag.split_once('-').unwrap_or((tag, ""));
    let parts: Vec<&str> = number.split('.').collect();
    if parts.len() > 4 || !parts.iter().all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit())) {
        return None;
    }
    let number = |at: usize| parts.get(at).map_or(Some(0), |part| part.parse::<u32>().ok());
    Some(((number(0)?, number(1)?), parts.len(), suffix))
}

impl Tags {
    /// Whether there is this one.
    pub(super) fn has(&self, tag: &str) -> bool {
        match self {
            Tags::Any => tag == "latest" || numbers(tag.strip_prefix('v').unwrap_or(tag)).is_some(),
            Tags::Versions { words, from, to, suffixes } => {
                let is_suffix = |text: &str| {
                    let release: String = text.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').to_owned();
                    suffixes.split_whitespace().any(|suffix| suffix == text || suffix == release)
                };
                if words.split_whitespace().any(|word| {
                    word == tag
                        || tag.strip_prefix(word).is_some_and(|rest| rest.strip_prefix('-').is_some_and(is_suffix))
                }) {
                    return true;
                }
                let Some((version, parts, suffix)) = numbers(tag) else { return false };
                let in_range = *from <= version && version <= *to && parts >= 2;
                in_range && parts <= 3 && (suffix.is_empty() || is_suffix(suffix))
            }
        }
    }
}
