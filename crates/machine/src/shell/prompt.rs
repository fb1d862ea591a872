//! `PS1` and its escapes.

use super::{Flavour, ShellState};
use crate::Process;

/// What a prompt string shows: `\u`, `\h`, `\w`, `\$` and the other escapes of bash's manual, section PROMPTING. In `sh`
/// only variables count.
pub fn prompt(state: &ShellState, process: &Process, text: &str) -> String {
    let home = state.get("HOME").unwrap_or_default();
    let tilde = |path: &str| match path.strip_prefix(home) {
        Some(rest) if !home.is_empty() && home != "/" && (rest.is_empty() || rest.starts_with('/')) => {
            format!("~{rest}")
        }
        _ => path.to_owned(),
    };
    let mut shown = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '$' {
            let mut name = String::new();
            while let Some(next) = chars.peek().filter(|c| c.is_ascii_alphanumeric() || **c == '_') {
                name.push(*next);
                chars.next();
            }
            match name.as_str() {
                "" if chars.peek() == Some(&'?') => {
                    chars.next();
                    shown.push_str(&state.status.to_string());
                }
                "" => shown.push('$'),
                name => shown.push_str(state.get(name).unwrap_or_default()),
            }
            continue;
        }
        if c != '\\' || state.flavour == Flavour::Dash {
            shown.push(c);
            continue;
        }
        match chars.next() {
            Some('u') if process.user.name.is_empty() => shown.push_str("I have no name!"),
            Some('u') => shown.push_str(&process.user.name),
            Some('h') => shown.push_str(process.hostname().split('.').next().unwrap_or_default()),
            Some('H') => shown.push_str(&process.hostname()),
            Some('w') => shown.push_str(&tilde(&state.cwd)),
            Some('W') => {
                let path = tilde(&state.cwd);
                shown.push_str(match path.rsplit('/').next() {
                    Some("") | None => "/",
                    Some(name) => name,
                });
            }
            Some('$') => shown.push(if process.user.uid == 0 { '#' } else { '$' }),
            Some('s') => shown.push_str(state.name.trim_start_matches('-')),
            Some('v') => shown.push_str("5.2"),
            Some('n') => shown.push('\n'),
            Some('r') => shown.push('\r'),
            Some('a') => {}
            Some('e') => shown.push('\u{1b}'),
            Some('j') => shown.push_str(&state.jobs.len().to_string()),
            Some('!' | '#') => shown.push_str(&(state.history.len() + 1).to_string()),
            Some('t') => shown.push_str(&process.now().rfc3339()[11..19]),
            Some('A') => shown.push_str(&process.now().rfc3339()[11..16]),
            Some('[' | ']') => {}
            Some('\\') => shown.push('\\'),
            Some('0') if chars.peek() == Some(&'3') => {
                chars.next();
                chars.next();
                shown.push('\u{1b}');
            }
            Some(other) => {
                shown.push('\\');
                shown.push(other);
            }
            None => shown.push('\\'),
        }
    }
    shown
}
