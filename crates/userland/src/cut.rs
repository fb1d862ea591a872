//! `cut`: prints columns of each line. cut(1) of GNU coreutils 9.1.

use super::prelude::*;

const SPEC: Spec = Spec {
    short: "b:c:d:f:nsz\u{1}\u{2}:",
    long: &[
        ("bytes", 'b'),
        ("characters", 'c'),
        ("delimiter", 'd'),
        ("fields", 'f'),
        ("only-delimited", 's'),
        ("complement", '\u{1}'),
        ("output-delimiter", '\u{2}'),
        ("zero-terminated", 'z'),
    ],
    usage: "OPTION... [FILE]...",
    status: 1,
};

/// Reads `1,3-5,-2,7-`; the error is what GNU says, with what it quotes after a NUL.
fn ranges(text: &str, fields: bool) -> Result<Vec<(usize, usize)>, String> {
    let what = if fields { "field" } else { "byte/character" };
    let number = |text: &str| -> Result<usize, String> {
        match text.parse::<usize>() {
            Ok(0) if fields => Err("fields are numbered from 1".to_owned()),
            Ok(0) => Err("byte/character positions are numbered from 1".to_owned()),
            Ok(number) => Ok(number),
            Err(_) if fields => Err(format!("invalid field value \0{text}")),
            Err(_) => Err(format!("invalid byte/character position \0{text}")),
        }
    };
    let mut found = Vec::new();
    for part in text.split([',', ' ']) {
        let range = match part.split_once('-') {
            None => {
                let at = number(part)?;
                (at, at)
            }
            Some(("", "")) => return Err("invalid range with no endpoint: -".to_owned()),
            Some((from, to)) => {
                let from = if from.is_empty() { 1 } else { number(from)? };
                let to = if to.is_empty() { usize::MAX } else { number(to)? };
                if to < from {
                    return Err("invalid decreasing range".to_owned());
                }
                (from, to)
            }
        };
        found.push(range);
    }
    if found.is_empty() { Err(format!("missing list of {what}s")) } else { Ok(found) }
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let options = SPEC.parse(&p).await?;
    let hint = "\nTry 'cut --help' for more information.";
    let kinds: Vec<char> = options.given.iter().map(|(letter, _)| *letter).filter(|c| "bcf".contains(*c)).collect();
    let Some(&kind) = kinds.first() else {
        return fail(&p, &format!("you must specify a list of bytes, characters, or fields{hint}")).await;
    };
    if kinds.len() > 1 {
        return fail(&p, &format!("only one list may be specified{hint}")).await;
    }
    let ranges = match ranges(options.value(kind).unwrap_or(""), kind == 'f') {
        Ok(ranges) => ranges,
        Err(error) => {
            let text = match error.split_once('\0') {
                Some((text, value)) => format!("{text}{}", quote(&p, value)),
                None => error,
            };
            let hint = if text.starts_with("invalid ") && !text.contains("range") { "" } else { hint };
            return fail(&p, &format!("{text}{hint}")).await;
        }
    };
    let delimiter = options.value('d').unwrap_or("\t").to_owned();
    if delimiter.chars().count() > 1 {
        return fail(&p, &format!("the delimiter must be a single character{hint}")).await;
    }
    if options.has('d') && kind != 'f' {
        return fail(&p, &format!("an input delimiter may be specified only when operating on fields{hint}")).await;
    }
    let delimiter = if delimiter.is_empty() { "\0".to_owned() } else { delimiter };
    let joint = options
        .value('\u{2}')
        .map_or_else(|| if kind == 'f' { delimiter.clone() } else { String::new() }, str::to_owned);
    let complement = options.has('\u{1}');
    let chosen = |at: usize| ranges.iter().any(|(from, to)| (*from..=*to).contains(&at)) != complement;
    let mut sources = Sources::new(&p, &options.operands);
    while let Some(mut source) = sources.next().await {
        while let Some(mut line) = source.line().await {
            if line.ends_with(b"\n") {
                line.pop();
            }
            let mut out: Vec<u8> = Vec::new();
            if kind == 'f' {
                let text = String::from_utf8_lossy(&line);
                if !text.contains(&delimiter) {
                    if options.has('s') {
                        continue;
                    }
                    out.extend(&line);
                } else {
                    let fields: Vec<&str> =
                        text.split(&delimiter).enumerate().filter(|(at, _)| chosen(at + 1)).map(|(_, f)| f).collect();
                    out.extend(fields.join(&joint).bytes());
                }
            } else {
                out.extend(line.iter().enumerate().filter(|(at, _)| chosen(at + 1)).map(|(_, byte)| *byte));
            }
            out.push(b'\n');
            p.write(1, &out).await;
        }
    }
    sources.status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_as_gnu_reads_them() {
        assert_eq!(ranges("1,3-5,-2,7-", true), Ok(vec![(1, 1), (3, 5), (1, 2), (7, usize::MAX)]));
        assert_eq!(ranges("0", true), Err("fields are numbered from 1".to_owned()));
        assert_eq!(ranges("3-1", true), Err("invalid decreasing range".to_owned()));
        assert_eq!(ranges("a", false), Err("invalid byte/character position \0a".to_owned()));
    }
}
