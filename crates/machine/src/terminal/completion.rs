//! Tab: commands, variables, files, and what a program knows of its own words.

use super::frame::Frame;
use super::readline::Readline;
use crate::FileType;
use crate::shell::builtin_names;

/// What is to be completed.
pub struct CompletionRequest<'a> {
    /// The words before the one being typed, aliases resolved; the first is the command.
    pub words: &'a [String],
    /// The word being typed, up to the cursor; perhaps empty.
    pub word: &'a str,
    /// The machine of the shell in front.
    pub machine: crate::MachineId,
    /// Its working directory.
    pub cwd: &'a str,
}

/// Completes the words of programs that the machine crate does not know.
pub trait Completer {
    /// The words that could stand here (only those that start with [`CompletionRequest::word`]); `None` if it does not
    /// know, and files are to be offered. A word that ends in `=` or `/` gets no blank after it.
    fn complete(&self, request: &CompletionRequest<'_>) -> Option<Vec<String>>;
}

/// How many candidates are shown.
const SHOWN: usize = 200;

pub(super) fn complete(frame: &Frame, readline: &mut Readline, completer: Option<&dyn Completer>) {
    let text = readline.before_cursor();
    let (mut words, raw) = command_before(&text);
    let word = unquote(&raw);
    let (candidates, typed): (Vec<String>, String) = if let Some(name) = raw.strip_prefix('$') {
        let names =
            frame.shell.variables.keys().filter(|known| known.starts_with(name) && crate::shell::is_name(known));
        (names.map(|name| format!("${name}")).collect(), raw.clone())
    } else if words.is_empty() && !word.contains('/') {
        (commands(frame, &word), word.clone())
    } else {
        if let Some(text) = words.first().and_then(|first| frame.shell.aliases.get(first)) {
            let aliased: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
            words.splice(..1, aliased);
        }
        let request =
            CompletionRequest { words: &words, word: &word, machine: frame.process.machine(), cwd: &frame.shell.cwd };
        let known = if words.is_empty() { None } else { completer.and_then(|completer| completer.complete(&request)) };
        match known {
            Some(candidates) => (candidates, word.clone()),
            None => (files(frame, &word), word.clone()),
        }
    };
    let mut candidates: Vec<String> =
        candidates.into_iter().filter(|candidate| candidate.starts_with(&typed)).collect();
    sim::order::sort(&mut candidates);
    candidates.dedup();
    let Some(common) = common_start(&candidates) else { return readline.refuse() };
    let only = candidates.len() == 1;
    if only || common.len() > typed.len() {
        let quoted = if raw.starts_with('$') { common.clone() } else { escape(&common, &raw) };
        let open = common.ends_with(['/', '=']);
        readline.replace_back(raw.chars().count(), &(quoted + if only && !open { " " } else { "" }));
        // A Tab that only made the word longer counts: the next one lists what is left. (bash waits for a third.)
        if only {
            readline.tabs = 0;
        }
        return;
    }
    if readline.tabs < 2 {
        return readline.refuse();
    }
    let short: Vec<String> = candidates
        .iter()
        .take(SHOWN)
        .map(|candidate| {
            let trimmed = candidate.trim_end_matches('/');
            trimmed.rfind('/').map_or_else(|| candidate.clone(), |at| candidate[at + 1..].to_owned())
        })
        .collect();
    readline.list(&short);
}

/// The finished words of the simple command that the cursor is in, and the raw text of the word it is at.
fn command_before(text: &str) -> (Vec<String>, String) {
    let (mut words, mut word) = (Vec::new(), String::new());
    let mut quote: Option<char> = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\\', None | Some('"')) => {
                word.push(c);
                word.extend(chars.next());
            }
            (c, Some(open)) => {
                word.push(c);
                if c == open {
                    quote = None;
                }
            }
            ('\'' | '"', None) => {
                word.push(c);
                quote = Some(c);
            }
            (' ' | '\t', None) => {
                if !word.is_empty() {
                    words.push(unquote(&std::mem::take(&mut word)));
                }
            }
            ('|' | ';' | '&' | '(' | '\n' | '`', None) => {
                words.clear();
                word.clear();
            }
            ('>' | '<', None) => {
                // A file is next, whatever the command.
                word.clear();
                words = vec![">".into()];
            }
            (c, None) => word.push(c),
        }
    }
    while words
        .first()
        .is_some_and(|word| word.contains('=') && crate::shell::is_name(word.split('=').next().unwrap_or_default()))
    {
        words.remove(0);
    }
    while words
        .first()
        .is_some_and(|word| matches!(word.as_str(), "do" | "then" | "else" | "!" | "time" | "if" | "while" | "{"))
    {
        words.remove(0);
    }
    if words.first().is_some_and(|word| word == "sudo") {
        words.remove(0);
    }
    (words, word)
}

fn unquote(raw: &str) -> String {
    let mut plain = String::new();
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => plain.extend(chars.next()),
            '\'' | '"' => {}
            c => plain.push(c),
        }
    }
    plain
}

fn escape(text: &str, raw: &str) -> String {
    if let Some(open) = raw.chars().next().filter(|c| *c == '\'' || *c == '"') {
        return format!("{open}{text}");
    }
    let mut escaped = String::new();
    for c in text.chars() {
        if " '\"\\$`()&;|<>*?[]#!".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

fn commands(frame: &Frame, word: &str) -> Vec<String> {
    if word.is_empty() {
        return Vec::new();
    }
    all_commands(frame).into_iter().filter(|name| name.starts_with(word)).collect()
}

/// Every command there is in a shell: builtins, aliases, functions, programs.
pub(super) fn all_commands(frame: &Frame) -> Vec<String> {
    let mut found: Vec<String> = builtin_names().into_iter().map(str::to_owned).collect();
    found.extend(frame.shell.aliases.keys().cloned());
    found.extend(frame.shell.functions.keys().cloned());
    for dir in frame.shell.get("PATH").unwrap_or_default().split(':') {
        for entry in frame.process.read_dir(dir).unwrap_or_default() {
            if frame.process.may(&format!("{dir}/{}", entry.name), crate::EXECUTE) {
                found.push(entry.name);
            }
        }
    }
    found
}

fn files(frame: &Frame, word: &str) -> Vec<String> {
    let (dir, start) = word.rfind('/').map_or(("", word), |at| word.split_at(at + 1));
    let home = frame.shell.get("HOME").unwrap_or("/");
    let look = match dir.strip_prefix("~/") {
        Some(rest) => format!("{home}/{rest}"),
        None if dir.is_empty() => ".".to_owned(),
        None => dir.to_owned(),
    };
    let mut found = Vec::new();
    for entry in frame.process.read_dir(&look).unwrap_or_default() {
        if !entry.name.starts_with(start) || entry.name.starts_with('.') && !start.starts_with('.') {
            continue;
        }
        let is_dir = entry.file_type == FileType::Directory
            || entry.file_type == FileType::Symlink
                && frame.process.metadata(&format!("{look}/{}", entry.name)).is_ok_and(|metadata| metadata.is_dir());
        found.push(format!("{dir}{}{}", entry.name, if is_dir { "/" } else { "" }));
    }
    found
}

fn common_start(candidates: &[String]) -> Option<String> {
    let first = candidates.first()?;
    let mut length = first.len();
    for other in candidates {
        let same =
            first.char_indices().zip(other.chars()).find(|((_, a), b)| a != b).map_or(other.len(), |((at, _), _)| at);
        length = length.min(same).min(other.len());
    }
    Some(first[..length].to_owned())
}
