//! `xargs`: runs commands with words from standard input. xargs(1) of GNU findutils 4.9.0.

use std::collections::VecDeque;

use machine::{Spawn, Stdio};

use super::prelude::*;

const SPEC: Spec = Spec {
    short: "+0a:d:E:I:i::L:n:P:prs:tx",
    long: &[
        ("null", '0'),
        ("arg-file", 'a'),
        ("delimiter", 'd'),
        ("replace", 'i'),
        ("max-lines", 'L'),
        ("max-args", 'n'),
        ("max-procs", 'P'),
        ("interactive", 'p'),
        ("no-run-if-empty", 'r'),
        ("verbose", 't'),
        ("exit", 'x'),
    ],
    usage: "[OPTION]... COMMAND [INITIAL-ARGS]...",
    status: 1,
};

/// The longest command line, as GNU's xargs makes it unless told otherwise.
const LONGEST: usize = 128 * 1024;

/// What ends an item.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// A byte.
    Ended(u8),
    /// A newline, blank lines being none.
    Lines,
    /// A blank or a newline, unless quoted.
    Words,
}

/// The items of the input, read as they are needed: the input may have no end.
struct Items {
    source: Source,
    kind: Kind,
    waiting: VecDeque<String>,
}

impl Items {
    async fn next(&mut self) -> Result<Option<String>, String> {
        loop {
            if let Some(item) = self.waiting.pop_front() {
                return Ok(Some(item));
            }
            let end = if let Kind::Ended(byte) = self.kind { byte } else { b'\n' };
            let Some(mut item) = self.source.until(end).await else { return Ok(None) };
            // A backslash takes the newline into the word.
            while self.kind == Kind::Words && item.ends_with(b"\\\n") {
                let Some(more) = self.source.until(end).await else { break };
                item.extend(more);
            }
            if self.kind != Kind::Words && item.last() == Some(&end) {
                item.pop();
            }
            let text = String::from_utf8_lossy(&item);
            match self.kind {
                Kind::Ended(_) => return Ok(Some(text.into_owned())),
                Kind::Lines if text.trim().is_empty() => {}
                Kind::Lines => return Ok(Some(text.trim_start().to_owned())),
                Kind::Words => self.waiting.extend(words(&text)?),
            }
        }
    }
}

/// Splits words at blanks and newlines, with quotes and backslashes, as xargs does without `-0` and `-d`.
fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\n' => words.extend(word.take()),
            '\\' => word.get_or_insert_default().extend(chars.next()),
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some(end) if end == c => break,
                        Some('\n') | None => {
                            let kind = if c == '"' { "double" } else { "single" };
                            return Err(format!(
                                "unmatched {kind} quote; by default quotes are special to xargs unless you use the -0 option"
                            ));
                        }
                        Some(c) => word.push(c),
                    }
                }
            }
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let options = SPEC.parse(&p).await?;
    let number = |letter: char| options.value(letter).map(|text| (text, text.parse::<usize>()));
    for letter in ['n', 'L'] {
        if let Some((text, Err(_) | Ok(0))) = number(letter) {
            return fail(&p, &format!("invalid number \"{text}\" for -{letter} option")).await;
        }
    }
    let get = |letter| number(letter).and_then(|(_, number)| number.ok());
    let source = match options.value('a') {
        Some(path) => match Source::open(&p, path) {
            Ok(source) => source,
            Err(error) => return fail(&p, &format!("Cannot open input file {}: {error}", quote(&p, path))).await,
        },
        None => Source::stdin(&p),
    };
    let replace = options
        .value('I')
        .map(str::to_owned)
        .or_else(|| options.has('i').then(|| options.value('i').unwrap_or("{}").to_owned()));
    let kind = if options.has('0') {
        Kind::Ended(0)
    } else if let Some(delimiter) = options.value('d') {
        Kind::Ended(match delimiter {
            "\\n" => b'\n',
            "\\t" => b'\t',
            "\\0" => 0,
            text => text.bytes().next().unwrap_or(b'\n'),
        })
    } else if replace.is_some() || options.has('L') {
        Kind::Lines
    } else {
        Kind::Words
    };
    let mut items = Items { source, kind, waiting: VecDeque::new() };
    let command = if options.operands.is_empty() { vec!["echo".to_owned()] } else { options.operands.clone() };
    let most = match (&replace, get('L')) {
        (Some(_), _) => 1,
        (None, Some(lines)) => lines,
        (None, None) => get('n').unwrap_or(usize::MAX),
    };
    let own: usize = command.iter().map(|word| word.len() + 1).sum();
    let (mut call, mut taken, mut size) = (Vec::new(), 0, own);
    let (mut status, mut any) = (0, false);
    loop {
        let item = match items.next().await {
            Ok(item) => item,
            Err(error) => return fail(&p, &error).await,
        };
        let length = item.as_ref().map_or(0, |item| item.len() + 1);
        if own + length > LONGEST {
            return fail(&p, "argument line too long").await;
        }
        if taken > 0 && (item.is_none() || size + length > LONGEST) {
            match run_one(&p, std::mem::take(&mut call), options.has('t')).await {
                Ok(ended) => status = ended.max(status),
                Err(status) => return ExitStatus::check(status),
            }
            (taken, size) = (0, own);
        }
        let Some(item) = item else { break };
        any = true;
        taken += 1;
        size += length;
        match &replace {
            Some(mark) => {
                call = command.iter().map(|word| word.replace(mark.as_str(), &item)).collect();
                size = call.iter().map(|word| word.len() + 1).sum();
                if size > LONGEST {
                    return fail(&p, "command too long").await;
                }
            }
            None => {
                if call.is_empty() {
                    call.clone_from(&command);
                }
                match options.has('L') {
                    true => call.extend(item.split_whitespace().map(str::to_owned)),
                    false => call.push(item),
                }
            }
        }
        if taken == most {
            match run_one(&p, std::mem::take(&mut call), options.has('t')).await {
                Ok(ended) => status = ended.max(status),
                Err(status) => return ExitStatus::check(status),
            }
            (taken, size) = (0, own);
        }
    }
    if !any && replace.is_none() && !options.has('r') && !is_busybox(&p) {
        status = match run_one(&p, command, options.has('t')).await {
            Ok(status) | Err(status) => status,
        };
    }
    ExitStatus::check(status)
}

/// Runs a command. `Err` is the status with which no other is run.
async fn run_one(p: &Process, call: Vec<String>, show: bool) -> Result<i32, i32> {
    if show {
        let shown: Vec<String> = call.iter().map(|word| quote_if_needed(word)).collect();
        p.err(&format!("{}\n", shown.join(" "))).await;
    }
    let name = call[0].clone();
    let spawn = Spawn { stdin: Stdio::Null, ..Spawn::new(call) };
    match p.spawn(spawn) {
        Ok(child) => match child.wait().await {
            0 => Ok(0),
            255 => {
                complain(p, &format!("{name}: exited with status 255; aborting")).await;
                Err(124)
            }
            code if code > 128 && code < 160 => {
                complain(p, &format!("{name}: terminated by signal {}", code - 128)).await;
                Err(125)
            }
            _ => Ok(123),
        },
        Err(error) => {
            let code = error.status();
            let why = if code == 127 { "No such file or directory" } else { "Permission denied" };
            complain(p, &format!("{name}: {why}")).await;
            Err(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_are_split_with_their_quotes() {
        assert_eq!(words("a b\n'c d' \"e\"f \\ g"), Ok(["a", "b", "c d", "ef", " g"].map(String::from).to_vec()));
        assert!(words("it's").is_err());
    }
}
