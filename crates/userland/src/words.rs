//! How programs speak: names, quoting, errors.

use machine::{ExitStatus, Process};

/// What busybox says before a usage text.
pub(crate) const BUSYBOX_BANNER: &str = "BusyBox v1.36.1 (2024-06-10 07:11:47 UTC) multi-call binary.";

/// The program's name, as its messages start.
pub(crate) fn name_of(p: &Process) -> String {
    match p.name() {
        "[" => "test".to_owned(),
        name => name.to_owned(),
    }
}

/// Whether the machine's programs are busybox's.
pub(crate) fn is_busybox(p: &Process) -> bool {
    p.symlink_metadata("/bin/busybox").is_ok()
}

/// The package and version that `--version` prints.
pub(crate) fn package_of(name: &str) -> &'static str {
    match name {
        "grep" | "egrep" | "fgrep" => "GNU grep) 3.8",
        "sed" => "GNU sed) 4.9",
        "find" | "xargs" => "GNU findutils) 4.9.0",
        "diff" => "GNU diffutils) 3.8",
        "ps" | "free" | "uptime" | "kill" => "procps-ng) 4.0.2",
        _ => "GNU coreutils) 9.1",
    }
}

/// Writes `NAME: text` to standard error.
pub(crate) async fn complain(p: &Process, text: &str) {
    p.err(&format!("{}: {text}\n", name_of(p))).await;
}

/// Writes `NAME: text` to standard error.
///
/// # Errors
///
/// Status 1, always.
pub(crate) fn fail(p: &Process, text: &str) -> impl Future<Output = Result<(), ExitStatus>> {
    fail_with(p, 1, text)
}

/// [`fail`] with another status.
pub(crate) async fn fail_with(p: &Process, status: i32, text: &str) -> Result<(), ExitStatus> {
    complain(p, text).await;
    Err(ExitStatus(status))
}

/// [`fail`] with GNU's `Try 'NAME --help' for more information.`
pub(crate) fn usage_hint(p: &Process, text: &str) -> impl Future<Output = Result<(), ExitStatus>> {
    usage_error(p, 1, text)
}

/// [`usage_hint`] with another status.
pub(crate) async fn usage_error(p: &Process, status: i32, text: &str) -> Result<(), ExitStatus> {
    let hint = match is_busybox(p) {
        true => String::new(),
        false => format!("\nTry '{} --help' for more information.", name_of(p)),
    };
    fail_with(p, status, &format!("{text}{hint}")).await
}

/// GNU's `quote`: ‘x’ where the locale is UTF-8, 'x' in the C locale that containers have.
pub(crate) fn quote(p: &Process, text: &str) -> String {
    if is_busybox(p) {
        return format!("'{text}'");
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| p.env(name).filter(|value| !value.is_empty()));
    if locale.is_some_and(|locale| locale.to_ascii_lowercase().replace('-', "").contains("utf8")) {
        format!("‘{text}’")
    } else {
        format!("'{text}'")
    }
}

/// Whether a shell pattern (`*`, `?`, `[a-z]`, `\x`) matches a whole name; a leading dot is nothing special.
pub(crate) fn glob_match(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    // The place to go back to when what follows the last star does not match.
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
                continue;
            }
            Some('?') => {
                p += 1;
                n += 1;
                continue;
            }
            Some('[') => {
                if let Some((used, found)) = set_match(&pattern[p + 1..], name[n]) {
                    if found {
                        p += used + 1;
                        n += 1;
                        continue;
                    }
                } else if name[n] == '[' {
                    p += 1;
                    n += 1;
                    continue;
                }
            }
            Some('\\') if pattern.get(p + 1) == Some(&name[n]) => {
                p += 2;
                n += 1;
                continue;
            }
            Some(c) if *c == name[n] => {
                p += 1;
                n += 1;
                continue;
            }
            _ => {}
        }
        match star {
            Some((at, from)) => {
                p = at + 1;
                n = from + 1;
                star = Some((at, from + 1));
            }
            None => return false,
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// A bracket expression after its `[`: its length and whether `c` is in it; `None` if it is not closed.
fn set_match(set: &[char], c: char) -> Option<(usize, bool)> {
    let negate = matches!(set.first(), Some('!' | '^'));
    let start = usize::from(negate);
    let mut at = start;
    let mut found = false;
    loop {
        let low = *set.get(at)?;
        if low == ']' && at > start {
            return Some((at + 1, found != negate));
        }
        if set.get(at + 1) == Some(&'-') && set.get(at + 2).is_some_and(|c| *c != ']') {
            found |= (low..=set[at + 2]).contains(&c);
            at += 3;
        } else {
            found |= low == c;
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_a_shell() {
        for (pattern, name, matches) in [
            ("*.yaml", "pod.yaml", true),
            ("*.yaml", "pod.yml", false),
            ("a*b*c", "aXbYbZc", true),
            ("?[a-c]*", "xb", true),
            ("[!a]*", "abc", false),
            ("\\*", "*", true),
            ("", "", true),
            ("*", "", true),
            ("[", "[", true),
        ] {
            assert_eq!(glob_match(pattern, name), matches, "{pattern} {name}");
        }
    }
}
