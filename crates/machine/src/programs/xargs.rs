//! `xargs`: words from standard input as arguments.

use super::prelude::*;
use crate::{Spawn, Stdio};

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

pub async fn run(p: Process) -> i32 {
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let number = |letter: char| options.value(letter).map(|text| (text, text.parse::<usize>()));
    for letter in ['n', 'L'] {
        if let Some((text, Err(_) | Ok(0))) = number(letter) {
            return fail(&p, &format!("invalid number \"{text}\" for -{letter} option")).await;
        }
    }
    let get = |letter| number(letter).and_then(|(_, number)| number.ok());
    let mut source = match options.value('a') {
        Some(path) => match Source::open(&p, path) {
            Ok(source) => source,
            Err(error) => return fail(&p, &format!("Cannot open input file {}: {error}", quote(&p, path))).await,
        },
        None => Source::stdin(&p),
    };
    let data = String::from_utf8_lossy(&source.all().await).into_owned();
    let replace = options
        .value('I')
        .map(str::to_owned)
        .or_else(|| options.has('i').then(|| options.value('i').unwrap_or("{}").to_owned()));
    let split = |delimiter: char| -> Vec<String> {
        let mut parts: Vec<String> = data.split(delimiter).map(str::to_owned).collect();
        if parts.last().is_some_and(String::is_empty) {
            parts.pop();
        }
        parts
    };
    let items: Result<Vec<String>, String> = if options.has('0') {
        Ok(split('\0'))
    } else if let Some(delimiter) = options.value('d') {
        Ok(split(match delimiter {
            "\\n" => '\n',
            "\\t" => '\t',
            "\\0" => '\0',
            text => text.chars().next().unwrap_or('\n'),
        }))
    } else if replace.is_some() {
        Ok(data.lines().map(str::trim_start).filter(|line| !line.is_empty()).map(str::to_owned).collect())
    } else if options.has('L') {
        Ok(data.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect())
    } else {
        words(&data)
    };
    let items = match items {
        Ok(items) => items,
        Err(error) => return fail(&p, &error).await,
    };
    let command = if options.operands.is_empty() { vec!["echo".to_owned()] } else { options.operands.clone() };
    let mut calls: Vec<Vec<String>> = Vec::new();
    if let Some(mark) = &replace {
        for item in &items {
            calls.push(command.iter().map(|word| word.replace(mark.as_str(), item)).collect());
        }
    } else if items.is_empty() {
        if !options.has('r') && !is_busybox(&p) {
            calls.push(command.clone());
        }
    } else if let Some(most) = get('L') {
        for group in items.chunks(most) {
            let rest = group.iter().flat_map(|line| line.split_whitespace().map(str::to_owned));
            calls.push(command.iter().cloned().chain(rest).collect());
        }
    } else {
        let most = get('n').unwrap_or(4096);
        calls.extend(items.chunks(most).map(|group| command.iter().chain(group).cloned().collect()));
    }
    let mut status = 0;
    for call in calls {
        if options.has('t') {
            let shown: Vec<String> = call.iter().map(|word| quote_if_needed(word)).collect();
            p.err(&format!("{}\n", shown.join(" "))).await;
        }
        let name = call[0].clone();
        let spawn = Spawn { stdin: Stdio::Null, ..Spawn::new(call) };
        match p.spawn(spawn) {
            Ok(child) => match child.wait().await {
                0 => {}
                255 => {
                    fail(&p, &format!("{name}: exited with status 255; aborting")).await;
                    return 124;
                }
                code if code > 128 && code < 160 => {
                    fail(&p, &format!("{name}: terminated by signal {}", code - 128)).await;
                    return 125;
                }
                _ => status = 123,
            },
            Err(error) => {
                let code = error.status();
                let why = if code == 127 { "No such file or directory" } else { "Permission denied" };
                fail(&p, &format!("{name}: {why}")).await;
                return code;
            }
        }
    }
    status
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
