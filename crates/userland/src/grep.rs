//! `grep`, `egrep`, `fgrep`: print lines that match. grep(1) of GNU grep 3.8.

use std::collections::VecDeque;

use regex_lite::Regex;

use super::pattern::{self, Syntax};
use super::perl_regex::{Flags, PerlRegex};
use super::prelude::*;

const SPEC: Spec = Spec {
    short: "A:B:C:EFGLHPRZabc\u{1}::e:f:hiIlm:noqrsvwxy\u{2}:\u{3}:\u{4}:z",
    long: &[
        ("after-context", 'A'),
        ("before-context", 'B'),
        ("context", 'C'),
        ("extended-regexp", 'E'),
        ("fixed-strings", 'F'),
        ("basic-regexp", 'G'),
        ("perl-regexp", 'P'),
        ("files-without-match", 'L'),
        ("with-filename", 'H'),
        ("dereference-recursive", 'R'),
        ("text", 'a'),
        ("null", 'Z'),
        ("byte-offset", 'b'),
        ("count", 'c'),
        ("color", '\u{1}'),
        ("colour", '\u{1}'),
        ("regexp", 'e'),
        ("file", 'f'),
        ("no-filename", 'h'),
        ("ignore-case", 'i'),
        ("files-with-matches", 'l'),
        ("max-count", 'm'),
        ("line-number", 'n'),
        ("only-matching", 'o'),
        ("quiet", 'q'),
        ("silent", 'q'),
        ("recursive", 'r'),
        ("no-messages", 's'),
        ("invert-match", 'v'),
        ("word-regexp", 'w'),
        ("line-regexp", 'x'),
        ("include", '\u{2}'),
        ("exclude", '\u{3}'),
        ("exclude-dir", '\u{4}'),
    ],
    usage: "[OPTION]... PATTERNS [FILE]...",
    status: 2,
};

/// A pattern in one of the syntaxes.
enum Engine {
    Posix(Regex),
    Perl(PerlRegex),
}

impl Engine {
    /// The first match from a byte on.
    fn find_at(&self, text: &str, at: usize) -> Option<(usize, usize)> {
        match self {
            Engine::Posix(regex) => regex.find_at(text, at).map(|found| (found.start(), found.end())),
            Engine::Perl(regex) => {
                let chars: Vec<char> = text.chars().collect();
                let from = text[..at].chars().count();
                let (start, end) = regex.find(&chars, from).ok()??.whole();
                let byte = |count: usize| chars[..count].iter().map(|c| c.len_utf8()).sum();
                Some((byte(start), byte(end)))
            }
        }
    }
}

/// The lines that count as matching, and where in them.
struct Matcher {
    regexes: Vec<Engine>,
    words: bool,
    lines: bool,
    invert: bool,
}

impl Matcher {
    fn find(&self, text: &str, from: usize) -> Option<(usize, usize)> {
        self.regexes
            .iter()
            .filter_map(|regex| self.find_one(regex, text, from))
            .min_by_key(|(s, e)| (*s, usize::MAX - e))
    }

    fn find_one(&self, regex: &Engine, text: &str, from: usize) -> Option<(usize, usize)> {
        let mut at = from;
        while let Some(found) = text.get(at..).and_then(|_| regex.find_at(text, at)) {
            let (start, end) = found;
            let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
            let word = !inside(text[..start].chars().next_back()) && !inside(text[end..].chars().next());
            let line = start == 0 && end == text.len();
            if (!self.words || word) && (!self.lines || line) {
                return Some((start, end));
            }
            at = start + text[start..].chars().next().map_or(1, char::len_utf8);
        }
        None
    }

    fn matches(&self, text: &str) -> bool {
        self.find(text, 0).is_some() != self.invert
    }
}

struct Show {
    number: bool,
    /// `-b`: the byte at which a line, or with `-o` a match, begins.
    offset: bool,
    name: bool,
    color: bool,
    only: bool,
}

impl Show {
    fn prefix(&self, path: &str, (number, offset): (usize, usize), mark: char) -> String {
        let mark = if self.color { format!("\x1b[36m\x1b[K{mark}\x1b[m\x1b[K") } else { mark.to_string() };
        let mut prefix = String::new();
        if self.name {
            prefix.push_str(&if self.color { format!("\x1b[35m\x1b[K{path}\x1b[m\x1b[K") } else { path.to_owned() });
            prefix.push_str(&mark);
        }
        if self.number {
            prefix.push_str(&if self.color {
                format!("\x1b[32m\x1b[K{number}\x1b[m\x1b[K")
            } else {
                number.to_string()
            });
            prefix.push_str(&mark);
        }
        if self.offset {
            prefix.push_str(&format!("{offset}{mark}"));
        }
        prefix
    }

    fn paint(&self, text: &str) -> String {
        if self.color { format!("\x1b[01;31m\x1b[K{text}\x1b[m\x1b[K") } else { text.to_owned() }
    }

    fn line(&self, matcher: &Matcher, text: &str, prefix: impl Fn(usize) -> String) -> String {
        if !self.only && (!self.color || matcher.invert) {
            return format!("{}{text}\n", prefix(0));
        }
        let (mut out, mut at) = (String::new(), 0);
        while let Some((start, end)) = matcher.find(text, at) {
            if end == start {
                let step = text[start..].chars().next().map_or(1, char::len_utf8);
                if start + step > text.len() {
                    break;
                }
                if !self.only {
                    out.push_str(&text[at..start + step]);
                }
                at = start + step;
                continue;
            }
            if self.only {
                out.push_str(&format!("{}{}\n", prefix(start), self.paint(&text[start..end])));
            } else {
                out.push_str(&text[at..start]);
                out.push_str(&self.paint(&text[start..end]));
            }
            at = end;
        }
        if self.only { out } else { format!("{}{out}{}\n", prefix(0), text.get(at..).unwrap_or("")) }
    }
}

/// Every file below `path`, in the order of the directory.
fn walk(p: &Process, path: &str, options: &Options, found: &mut Vec<String>, depth: usize) {
    let Ok(entries) = p.read_dir(path) else {
        found.push(path.to_owned());
        return;
    };
    for entry in entries {
        let below = format!("{}/{}", path.trim_end_matches('/'), entry.name);
        if p.symlink_metadata(&below).is_ok_and(|metadata| metadata.is_dir()) {
            if depth < 64 && !options.values('\u{4}').any(|glob| glob_match(glob, &entry.name)) {
                walk(p, &below, options, found, depth + 1);
            }
        } else if entry.file_type != machine::FileType::Device
            && (!options.has('\u{2}') || options.values('\u{2}').any(|glob| glob_match(glob, &entry.name)))
            && !options.values('\u{3}').any(|glob| glob_match(glob, &entry.name))
        {
            found.push(below);
        }
    }
}

/// The patterns of `-e` and `-f`, else the first operand, which is taken away. The error is a status, after grep has said why.
async fn patterns(p: &Process, options: &Options, operands: &mut Vec<String>) -> Result<Vec<String>, ExitStatus> {
    let mut patterns: Vec<String> = options.values('e').flat_map(|text| text.split('\n')).map(str::to_owned).collect();
    for path in options.values('f') {
        match p.read_file(path) {
            Ok(data) => {
                patterns.extend(lines(&data).iter().map(|line| String::from_utf8_lossy(line).into_owned()));
            }
            Err(error) => fail_with(p, 2, &format!("{path}: {error}")).await?,
        }
    }
    if !options.has('e') && !options.has('f') {
        if operands.is_empty() {
            p.err("Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n").await;
            return Err(ExitStatus(2));
        }
        patterns.extend(operands.remove(0).split('\n').map(str::to_owned));
    }
    Ok(patterns)
}

/// Reads the patterns in the syntax that is asked for.
fn compile(p: &Process, options: &Options, patterns: &[String]) -> Result<Vec<Engine>, String> {
    let syntax = match (options.last_of("EFGP"), name_of(p).as_str()) {
        (Some('E'), _) | (None, "egrep") => Syntax::Extended,
        (Some('F'), _) | (None, "fgrep") => Syntax::Fixed,
        _ => Syntax::Basic,
    };
    let ignore_case = options.has('i') || options.has('y');
    let mut engines = Vec::new();
    for text in patterns {
        engines.push(match options.last_of("EFGP") {
            Some('P') => PerlRegex::new(text, Flags { ignore_case, ..Flags::default() }).map(Engine::Perl)?,
            _ => pattern::compile(text, syntax, ignore_case).map(Engine::Posix)?,
        });
    }
    Ok(engines)
}

/// The files to search.
fn files(p: &Process, options: &Options, operands: &[String]) -> Vec<String> {
    if !options.has('r') && !options.has('R') {
        return operands_or_stdin(operands);
    }
    let mut paths = Vec::new();
    let roots = if operands.is_empty() { vec![".".to_owned()] } else { operands.to_vec() };
    for root in &roots {
        if p.metadata(root).is_ok_and(|metadata| metadata.is_dir()) {
            let from = paths.len();
            walk(p, root, options, &mut paths, 0);
            if operands.is_empty() {
                paths[from..].iter_mut().for_each(|path| *path = path.trim_start_matches("./").to_owned());
            }
        } else {
            paths.push(root.clone());
        }
    }
    paths
}

/// A search of several files.
struct Search<'a> {
    p: &'a Process,
    options: &'a Options,
    matcher: Matcher,
    show: Show,
    /// Lines of context behind and before a match.
    after: usize,
    before: usize,
    /// The most matching lines of a file.
    most: usize,
    /// What a byte costs, for all patterns.
    effort: u64,
    /// Some line of some file was shown.
    printed_any: bool,
    /// With `-q`: a line matched, so that nothing more is to be looked at.
    enough: bool,
}

impl Search<'_> {
    /// Searches a file, and shows what is asked for; whether anything counts as found.
    async fn file(&mut self, label: &str, mut source: Source) -> bool {
        let (p, options) = (self.p, self.options);
        let (quiet, list, counting) = (options.has('q'), options.last_of("lL"), options.has('c'));
        let mut binary = source.file().is_some_and(|data| data.contains(&0)) && !options.has('a');
        let mut count = 0usize;
        let mut number = 0usize;
        let mut next = 0usize;
        let mut waiting: VecDeque<((usize, usize), String)> = VecDeque::new();
        let mut trailing = 0usize;
        let mut last_shown = 0usize;
        while count < self.most || trailing > 0 {
            let Some(mut line) = source.line().await else { break };
            let offset = next;
            next += line.len();
            if line.ends_with(b"\n") {
                line.pop();
            }
            number += 1;
            let text = String::from_utf8_lossy(&line).into_owned();
            p.work(text.len() as u64 * self.effort).await;
            if count < self.most && self.matcher.matches(&text) {
                count += 1;
                binary |= text.contains('\0') && !options.has('a');
                if quiet {
                    self.enough = true;
                    return true;
                }
                if list.is_some() || (binary && !counting) {
                    break;
                }
                if counting {
                    continue;
                }
                let first = waiting.front().map_or(number, |((number, _), _)| *number);
                let mut out = String::new();
                if (self.before > 0 || self.after > 0) && self.printed_any && first > last_shown + 1 {
                    out.push_str(if self.show.color { "\x1b[36m\x1b[K--\x1b[m\x1b[K\n" } else { "--\n" });
                }
                for (number, text) in waiting.drain(..) {
                    if !self.show.only {
                        out.push_str(&format!("{}{text}\n", self.show.prefix(label, number, '-')));
                    }
                }
                if !(self.show.only && self.matcher.invert) {
                    out.push_str(
                        &self.show.line(&self.matcher, &text, |at| self.show.prefix(label, (number, offset + at), ':')),
                    );
                }
                p.out(&out).await;
                (self.printed_any, last_shown, trailing) = (true, number, self.after);
            } else if trailing > 0 {
                trailing -= 1;
                last_shown = number;
                if !self.show.only {
                    p.out(&format!("{}{text}\n", self.show.prefix(label, (number, offset), '-'))).await;
                }
            } else if self.before > 0 {
                waiting.push_back(((number, offset), text));
                if waiting.len() > self.before {
                    waiting.pop_front();
                }
            }
        }
        if counting && !quiet && list.is_none() {
            let prefix = Show { number: false, offset: false, ..self.show }.prefix(label, (0, 0), ':');
            p.out(&format!("{prefix}{count}\n")).await;
        } else if list == Some('L') && count > 0 {
            return true;
        } else if list == Some('l') && count > 0 || list == Some('L') && count == 0 {
            let end = if options.has('Z') { '\0' } else { '\n' };
            let name = match self.show.color {
                true => format!("\x1b[35m\x1b[K{label}\x1b[m\x1b[K{end}"),
                false => format!("{label}{end}"),
            };
            p.out(&name).await;
            return list == Some('l');
        } else if binary && count > 0 && list.is_none() {
            p.out(&format!("grep: {label}: binary file matches\n")).await;
        }
        count > 0
    }
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let options = SPEC.parse(&p).await?;
    let mut operands = options.operands.clone();
    let patterns = patterns(&p, &options, &mut operands).await?;
    let regexes = match compile(&p, &options, &patterns) {
        Ok(regexes) => regexes,
        Err(error) => {
            return fail_with(&p, 2, &error).await;
        }
    };
    let extended = options.last_of("EFGP") == Some('E') || name_of(&p) == "egrep";
    for pattern in patterns.iter().filter(|pattern| extended && !is_busybox(&p) && pattern.starts_with(['*', '+', '?']))
    {
        complain(&p, &format!("warning: {} at start of expression", &pattern[..1])).await;
    }
    let matcher = Matcher { regexes, words: options.has('w'), lines: options.has('x'), invert: options.has('v') };
    let amount = |letter| options.value(letter).map(|text| text.parse::<usize>());
    for letter in ['A', 'B', 'C', 'm'] {
        if let Some(Err(_)) = amount(letter) {
            let text = options.value(letter).unwrap_or("");
            let what = if letter == 'm' { "invalid max count" } else { "invalid context length argument" };
            return fail_with(&p, 2, &if letter == 'm' { what.to_owned() } else { format!("{text}: {what}") }).await;
        }
    }
    let get = |letter| amount(letter).and_then(Result::ok);
    let paths = files(&p, &options, &operands);
    let color = match options.given.iter().rev().find(|(letter, _)| *letter == '\u{1}') {
        Some((_, Some(when))) => when == "always" || (when == "auto" && p.is_tty(1)),
        Some((_, None)) => p.is_tty(1),
        None => false,
    };
    let recursive = options.has('r') || options.has('R');
    let name = match options.last_of("Hh") {
        Some(letter) => letter == 'H',
        None => operands.len() > 1 || (recursive && paths != operands),
    };
    let mut search = Search {
        p: &p,
        options: &options,
        matcher,
        show: Show { number: options.has('n'), offset: options.has('b'), name, color, only: options.has('o') },
        after: get('A').or(get('C')).unwrap_or(0),
        before: get('B').or(get('C')).unwrap_or(0),
        most: get('m').unwrap_or(usize::MAX),
        effort: patterns.iter().map(|pattern| pattern.len() as u64).sum::<u64>(),
        printed_any: false,
        enough: false,
    };
    let (mut any, mut trouble) = (false, false);
    for path in &paths {
        match Source::open(&p, path) {
            Ok(source) => {
                let label = if path == "-" { "(standard input)" } else { path.as_str() };
                any |= search.file(label, source).await;
                if search.enough {
                    return Ok(());
                }
            }
            Err(error) => {
                if !options.has('s') {
                    complain(&p, &format!("{path}: {error}")).await;
                }
                trouble = true;
            }
        }
    }
    if trouble && !(any && options.has('q')) { Err(ExitStatus(2)) } else { ExitStatus::check(i32::from(!any)) }
}
