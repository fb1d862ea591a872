//! The values that a program gets: read from files or standard input.

use super::super::prelude::*;
use super::json::{Json, Reader};
use super::options::Asked;

/// A value, or what is wrong with the text at its place, and the file and line up to which was read for it.
pub(super) type Input = (Result<Json, String>, String);

/// All inputs, and the status: 2 if a file could not be read, which jq has said.
pub(super) async fn read(p: &Process, asked: &Asked) -> (Vec<Input>, i32) {
    let mut status = 0;
    let mut all = Vec::new();
    let mut whole = String::new();
    for path in operands_or_stdin(&asked.files) {
        let data = match Source::open(p, &path) {
            Ok(mut source) => source.all().await,
            Err(error) => {
                p.err(&format!("jq: error: Could not open file {path}: {error}\n")).await;
                status = 2;
                continue;
            }
        };
        let text = String::from_utf8_lossy(&data).into_owned();
        let name = if path == "-" { "<stdin>".to_owned() } else { path };
        if asked.raw_input && asked.slurp {
            whole.push_str(&text);
        } else if asked.raw_input {
            let lines = text.split_inclusive('\n').enumerate();
            all.extend(lines.map(|(at, line)| {
                let line = line.strip_suffix('\n').unwrap_or(line);
                (Ok(Json::text(line)), format!("{name}:{}", at + 1))
            }));
        } else {
            all.extend(values(&text, &name));
        }
    }
    (if asked.slurp { slurped(all, asked.raw_input.then_some(whole)) } else { all }, status)
}

/// `--slurp`: all inputs as one, which is an array, or the text with `--raw-input`. What is wrong stays as it is.
fn slurped(all: Vec<Input>, raw: Option<String>) -> Vec<Input> {
    let place = all.last().map_or_else(|| "<unknown>".to_owned(), |(_, place)| place.clone());
    if let Some(text) = raw {
        return vec![(Ok(Json::text(text)), place)];
    }
    let (mut items, mut wrong) = (Vec::new(), Vec::new());
    for (value, place) in all {
        match value {
            Ok(value) => items.push(value),
            Err(text) => wrong.push((Err(text), place)),
        }
    }
    if wrong.is_empty() { vec![(Ok(Json::array(items)), place)] } else { wrong }
}

/// A text's values, and what is wrong with it behind them; each with the lines that were read for it.
fn values(text: &str, name: &str) -> Vec<Input> {
    let mut reader = Reader::new(text);
    let mut all = Vec::new();
    while let Some(read) = reader.next_value() {
        // jq reads a line at a time.
        let end = text[reader.place()..].find('\n').map_or(text.len(), |at| reader.place() + at + 1);
        let place = format!("{name}:{}", text[..end].matches('\n').count());
        match read {
            Ok(value) => all.push((Ok(value), place)),
            Err(wrong) => {
                let at = wrong.at.min(text.len());
                // What is unfinished is seen at the end, after its newline.
                let unfinished = wrong.text.starts_with("Unfinished");
                let at = if unfinished { text.len() } else { at };
                let line = text[..at].matches('\n').count() + 1;
                let column = text[..at].rsplit('\n').next().unwrap_or_default().len();
                let end =
                    if unfinished || at == text.len() && !text.ends_with('\n') && wrong.text.starts_with("Invalid") {
                        " at EOF"
                    } else {
                        ""
                    };
                all.push((Err(format!("{}{end} at line {line}, column {column}", wrong.text)), place));
                break;
            }
        }
    }
    all
}
