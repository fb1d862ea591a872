//! `sed`: the stream editor, sed(1) of GNU sed 4.9. [`script`](self::script) reads the script; this runs it.

mod command;
mod lines;
mod replacement;
mod script;

use machine::FILE_LIMIT;
use regex_lite::Regex;

use self::command::{Address, Command, Verb};
use self::lines::{Lines, take_line};
use self::replacement::Piece;
use self::script::parse;
use super::pattern::Syntax;
use super::prelude::*;

const SPEC: Spec = Spec {
    short: "nse:f:Eri::ul:z",
    long: &[
        ("quiet", 'n'),
        ("silent", 'n'),
        ("expression", 'e'),
        ("file", 'f'),
        ("regexp-extended", 'E'),
        ("in-place", 'i'),
        ("separate", 's'),
        ("unbuffered", 'u'),
        ("line-length", 'l'),
        ("null-data", 'z'),
    ],
    usage: "[OPTION]... {script-only-if-no-other-script} [input-file]...",
    status: 1,
};

/// The most commands one line may take, so that a branch loop ends.
const FUEL: usize = 100_000;
/// The most the pattern space and the hold space may hold.
const SPACE_LIMIT: usize = 1 << 20;
/// What is printed is handed on when it is so much.
const OUTPUT: usize = 64 * 1024;
const NO_MEMORY: &str = "couldn't re-allocate memory";

/// How one run through the script ended.
enum End {
    /// At its end: the line is printed, unless `-n`.
    Line,
    /// With `d`: nothing is printed.
    Deleted,
    /// With `D`: the script starts again on what is left.
    Again,
    /// With `q` (the line is printed) or `Q` (it is not).
    Quit(i32, bool),
    /// With an error.
    Failed(&'static str),
}

struct Editor<'a> {
    commands: &'a [Command],
    quiet: bool,
    /// Which ranges are open, and until which line (0: until the pattern).
    open: Vec<Option<usize>>,
    number: usize,
    hold: String,
    last: Option<Regex>,
    out: Vec<u8>,
    /// Text that `a` and `r` put after the line.
    queued: Vec<u8>,
    /// Something could not be done: no file is changed any more.
    failed: bool,
    writes: std::collections::BTreeMap<String, Vec<u8>>,
}

impl Editor<'_> {
    fn is_at(&mut self, address: &Address, space: &str, last: bool) -> bool {
        match address {
            Address::Line(line) => self.number == *line,
            Address::Step(first, 0) => self.number == *first,
            Address::Step(first, step) => self.number >= *first && (self.number - first).is_multiple_of(*step),
            Address::Last => last,
            Address::Pattern(Some(regex)) => {
                self.last = Some(regex.clone());
                regex.is_match(space)
            }
            Address::Pattern(None) => self.last.as_ref().is_some_and(|regex| regex.is_match(space)),
            Address::Plus(_) | Address::Multiple(_) => false,
        }
    }

    fn selects(&mut self, index: usize, command: &Command, space: &str, last: bool) -> bool {
        let is_open = self.open.get(index).copied().flatten();
        let selected = match (&command.from, &command.to) {
            (None, _) => true,
            (Some(from), None) => self.is_at(from, space, last),
            (Some(from), Some(to)) => match is_open {
                Some(until) => {
                    let ends = match to {
                        Address::Line(_) | Address::Plus(_) | Address::Multiple(_) => self.number >= until,
                        other => self.is_at(other, space, last),
                    };
                    if ends {
                        self.open[index] = None;
                    }
                    // A range whose last line has already gone by does not take this line.
                    !matches!(to, Address::Line(_) | Address::Plus(_) | Address::Multiple(_)) || self.number <= until
                }
                None if matches!(from, Address::Line(0)) && self.number == 1 => {
                    if !self.is_at(to, space, last) {
                        self.open[index] = Some(0);
                    }
                    true
                }
                None if self.is_at(from, space, last) => {
                    self.open[index] = match to {
                        Address::Line(line) => (*line > self.number).then_some(*line),
                        Address::Plus(more) => (*more > 0).then_some(self.number + more),
                        Address::Multiple(of) => {
                            let end = self.number.next_multiple_of((*of).max(1));
                            (end > self.number).then_some(end)
                        }
                        Address::Last if last => None,
                        _ => Some(0),
                    };
                    true
                }
                None => false,
            },
        };
        selected != command.negate
    }

    fn substitute(&mut self, verb: &Verb, space: &mut String) -> bool {
        let Verb::Substitute { regex, replacement, global, nth, print, write } = verb else { return false };
        let Some(regex) = regex.clone().or_else(|| self.last.clone()) else { return false };
        let (mut out, mut at, mut count, mut changed) = (String::new(), 0, 0usize, false);
        for found in regex.captures_iter(space) {
            let Some(whole) = found.get(0) else { continue };
            // An empty match right after another one is not a match of its own.
            if whole.start() == whole.end() && whole.start() == at && count > 0 && at > 0 {
                continue;
            }
            count += 1;
            if count < *nth {
                continue;
            }
            out.push_str(&space[at..whole.start()]);
            replace(replacement, &found, &mut out);
            at = whole.end();
            changed = true;
            if !global || out.len() > SPACE_LIMIT {
                break;
            }
        }
        self.last = Some(regex);
        if changed {
            out.push_str(&space[at..]);
            *space = out;
            if *print {
                self.out.extend(format!("{space}\n").bytes());
            }
            if let Some(path) = write {
                self.writes.entry(path.clone()).or_default().extend(format!("{space}\n").bytes());
            }
        }
        changed
    }
}

fn replace(pieces: &[Piece], found: &regex_lite::Captures, out: &mut String) {
    // The case that `\U` and `\L` ask for, and that `\u` and `\l` ask for once.
    let (mut case, mut once) = (None, None);
    for piece in pieces {
        let text = match piece {
            Piece::Text(text) => text.as_str(),
            Piece::Group(group) => found.get(*group).map_or("", |m| m.as_str()),
            Piece::Case(letter @ ('U' | 'L')) => {
                case = Some(*letter);
                continue;
            }
            Piece::Case('E') => {
                case = None;
                continue;
            }
            Piece::Case(letter) => {
                once = Some(*letter);
                continue;
            }
        };
        let mut text = match case {
            Some('U') => text.to_uppercase(),
            Some(_) => text.to_lowercase(),
            None => text.to_owned(),
        };
        if let Some(letter) = once.filter(|_| !text.is_empty()) {
            let first: String = text.chars().take(1).collect();
            let changed = if letter == 'u' { first.to_uppercase() } else { first.to_lowercase() };
            text.replace_range(..first.len(), &changed);
            once = None;
        }
        out.push_str(&text);
    }
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let options = SPEC.parse(&p).await?;
    let mut operands = options.operands.clone();
    let mut scripts: Vec<String> = Vec::new();
    for (letter, value) in &options.given {
        match (letter, value) {
            ('e', Some(text)) => scripts.push(text.clone()),
            ('f', Some(path)) => match p.read_file(path) {
                Ok(data) => scripts.push(String::from_utf8_lossy(&data).trim_end_matches('\n').to_owned()),
                Err(error) => return fail(&p, &format!("couldn't open file {path}: {error}")).await,
            },
            _ => {}
        }
    }
    if scripts.is_empty() {
        if operands.is_empty() {
            p.err("Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n").await;
            return Err(ExitStatus(1));
        }
        scripts.push(operands.remove(0));
    }
    let syntax = if options.has('E') || options.has('r') { Syntax::Extended } else { Syntax::Basic };
    let (commands, quiet) = match parse(&scripts, syntax) {
        Ok((commands, quiet)) => (commands, quiet || options.has('n')),
        Err(error) => return fail(&p, &error).await,
    };
    let in_place = options.has('i');
    if in_place && operands.is_empty() {
        return fail(&p, "no input files").await;
    }
    let groups: Vec<Vec<String>> = if in_place || options.has('s') {
        operands_or_stdin(&operands).into_iter().map(|path| vec![path]).collect()
    } else {
        vec![operands_or_stdin(&operands)]
    };
    let mut editor = Editor {
        commands: &commands,
        quiet,
        open: vec![None; commands.len()],
        number: 0,
        hold: String::new(),
        last: None,
        out: Vec::new(),
        queued: Vec::new(),
        failed: false,
        writes: std::collections::BTreeMap::new(),
    };
    let mut status = Ok(());
    for group in groups {
        let target = group[0].clone();
        if in_place {
            editor.number = 0;
            match p.metadata(&target) {
                Ok(metadata) if metadata.is_dir() => {
                    complain(&p, &format!("couldn't edit {target}: not a regular file")).await;
                    status = Err(ExitStatus(4));
                    continue;
                }
                Ok(_) => {}
                Err(error) => {
                    complain(&p, &format!("can't read {target}: {error}")).await;
                    status = status.max(Err(ExitStatus(2)));
                    continue;
                }
            }
        }
        let sources = group.into_iter().map(|path| (path, None)).collect();
        let mut lines = Lines { sources, ahead: None, status: 0 };
        let mut edited = Vec::new();
        let quit = edit(&p, &mut editor, &mut lines, in_place.then_some(&mut edited)).await;
        status = status.max(ExitStatus::check(lines.status));
        if editor.failed {
            return Err(ExitStatus(4));
        }
        if in_place {
            // What `q` left unread stays in the file.
            while let Some(line) = lines.next(&p).await {
                edited.extend(line);
            }
            if let Some(suffix) = options.value('i').filter(|suffix| !suffix.is_empty()) {
                let backup =
                    if suffix.contains('*') { suffix.replace('*', &target) } else { format!("{target}{suffix}") };
                if let Ok(old) = p.read_file(&target) {
                    let _ = p.write_file(&backup, &old);
                }
            }
            // The real one makes another file, which the file's other names do not get to see.
            let several = p.metadata(&target).ok().filter(|metadata| metadata.links > 1);
            if several.is_some() {
                let _ = p.remove_file(&target);
            }
            let written = p.write_file(&target, &edited);
            if let Some(before) = several {
                let _ = p.set_mode(&target, before.mode);
            }
            if let Err(error) = written {
                complain(&p, &format!("couldn't write {target}: {error}")).await;
                status = Err(ExitStatus(4));
            }
        }
        if let Some(code) = quit {
            status = status.max(ExitStatus::check(code));
            break;
        }
    }
    for (path, bytes) in std::mem::take(&mut editor.writes) {
        match path.as_str() {
            "/dev/stdout" => p.write(1, &bytes).await,
            "/dev/stderr" => p.write(2, &bytes).await,
            _ => {
                if let Err(error) = p.write_file(&path, &bytes) {
                    complain(&p, &format!("couldn't open file {path}: {error}")).await;
                    status = Err(ExitStatus(4));
                }
            }
        }
    }
    status
}

/// Edits one input; `Some` is the status that `q` or `Q` gave.
async fn edit(
    p: &Process,
    editor: &mut Editor<'_>,
    lines: &mut Lines,
    mut target: Option<&mut Vec<u8>>,
) -> Option<i32> {
    while let Some(line) = lines.next(p).await {
        let (mut space, mut newline) = take_line(line);
        editor.number += 1;
        let mut fuel = FUEL;
        let end = loop {
            match cycle(p, editor, lines, &mut space, &mut newline, &mut fuel, &mut target).await {
                End::Again if fuel > 0 => {}
                end => break end,
            }
        };
        if !editor.quiet && matches!(end, End::Line | End::Quit(_, true)) {
            editor.out.extend(space.bytes());
            if newline || !editor.queued.is_empty() || !lines.is_last(p).await {
                editor.out.push(b'\n');
            }
        }
        flush(p, editor, &mut target).await;
        match end {
            End::Quit(status, _) => return Some(status),
            End::Failed(why) => {
                complain(p, why).await;
                editor.failed = true;
                return Some(4);
            }
            _ => {}
        }
    }
    None
}

/// Hands on what was printed, and what `a` and `r` put after it.
async fn flush(p: &Process, editor: &mut Editor<'_>, target: &mut Option<&mut Vec<u8>>) {
    let mut out = std::mem::take(&mut editor.out);
    out.append(&mut editor.queued);
    match target {
        Some(target) => target.append(&mut out),
        None if out.is_empty() => {}
        None => p.write(1, &out).await,
    }
}

/// Runs the script once over the pattern space.
async fn cycle(
    p: &Process,
    editor: &mut Editor<'_>,
    lines: &mut Lines,
    space: &mut String,
    newline: &mut bool,
    fuel: &mut usize,
    target: &mut Option<&mut Vec<u8>>,
) -> End {
    let commands = editor.commands;
    let (mut index, mut substituted) = (0, false);
    while let Some(command) = commands.get(index) {
        *fuel = fuel.saturating_sub(1);
        if *fuel == 0 {
            return End::Failed("the script takes too many steps on a line");
        }
        p.work(64 + space.len() as u64).await;
        let last = command.needs_last() && lines.is_last(p).await;
        let selected = editor.selects(index, command, space, last);
        index += 1;
        if !selected {
            if let Verb::Block(end) = command.verb {
                index = end;
            }
            continue;
        }
        match &command.verb {
            Verb::Block(_) => {}
            Verb::Substitute { .. } => substituted |= editor.substitute(&command.verb, space),
            Verb::Delete => return End::Deleted,
            Verb::DeleteFirst => match space.split_once('\n') {
                Some((_, rest)) => {
                    *space = rest.to_owned();
                    return End::Again;
                }
                None => return End::Deleted,
            },
            Verb::Print => editor.out.extend(format!("{space}\n").bytes()),
            Verb::PrintFirst => {
                let first = space.split('\n').next().unwrap_or("");
                editor.out.extend(format!("{first}\n").bytes());
            }
            Verb::List => editor.out.extend(format!("{}$\n", space.escape_default()).bytes()),
            Verb::LineNumber => editor.out.extend(format!("{}\n", editor.number).bytes()),
            Verb::Quit(status, print) => return End::Quit(*status, *print),
            Verb::Append(text) => editor.queued.extend(text.bytes()),
            Verb::Insert(text) => editor.out.extend(text.bytes()),
            Verb::Change(text) => {
                // For a range, once, at its end.
                if command.negate || command.to.is_none() || editor.open[index - 1].is_none() {
                    editor.out.extend(text.bytes());
                }
                return End::Deleted;
            }
            Verb::Read(path) => editor.queued.extend(p.read_file(path).unwrap_or_default()),
            Verb::Write(path) => {
                editor.writes.entry(path.clone()).or_default().extend(format!("{space}\n").bytes());
            }
            Verb::Transliterate(from, to) => {
                *space = space
                    .chars()
                    .map(|c| from.iter().position(|f| *f == c).and_then(|at| to.get(at)).copied().unwrap_or(c))
                    .collect();
            }
            Verb::Hold => editor.hold = space.clone(),
            Verb::HoldAppend => {
                editor.hold.push('\n');
                editor.hold.push_str(space);
            }
            Verb::Get => *space = editor.hold.clone(),
            Verb::GetAppend => {
                space.push('\n');
                space.push_str(&editor.hold);
            }
            Verb::Exchange => std::mem::swap(space, &mut editor.hold),
            Verb::Next => {
                if lines.is_last(p).await {
                    return End::Quit(0, true);
                }
                if !editor.quiet {
                    editor.out.extend(format!("{space}\n").bytes());
                }
                flush(p, editor, target).await;
                if let Some(line) = lines.next(p).await {
                    (*space, *newline) = take_line(line);
                    editor.number += 1;
                }
            }
            Verb::NextAppend => match lines.next(p).await {
                Some(line) => {
                    let (text, ends) = take_line(line);
                    space.push('\n');
                    space.push_str(&text);
                    *newline = ends;
                    editor.number += 1;
                }
                None => return End::Quit(0, true),
            },
            Verb::Branch(to) => index = *to,
            Verb::BranchIf(to) => {
                if std::mem::take(&mut substituted) {
                    index = *to;
                }
            }
            Verb::BranchUnless(to) => {
                if !std::mem::take(&mut substituted) {
                    index = *to;
                }
            }
        }
        if space.len().max(editor.hold.len()) > SPACE_LIMIT {
            return End::Failed(NO_MEMORY);
        }
        if editor.out.len() > OUTPUT {
            let queued = std::mem::take(&mut editor.queued);
            flush(p, editor, target).await;
            editor.queued = queued;
        }
        let written: usize = editor.writes.values().map(Vec::len).sum();
        if written.max(editor.queued.len()).max(target.as_ref().map_or(0, |t| t.len())) > FILE_LIMIT as usize {
            return End::Failed("couldn't write: File too large");
        }
    }
    End::Line
}
